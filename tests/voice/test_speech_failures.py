"""No engine, no output, a process that dies or hangs: one warning at most, and nobody waits."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import numpy as np
import pytest
import sounddevice  # type: ignore[import-untyped]

from formcheck import language
from formcheck.voice import speech as voice_module
from formcheck.voice.speech import GOODBYE_S, Voice
from tests.support.german import list_english
from tests.support.speech import (
    Machine,
    texts,
    wait_for_silence,
    wait_for_start,
    wait_for_warning,
    wait_until,
)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


@pytest.fixture
def folder(machine: Machine) -> Path:
    """Where a session without sound writes; the engine is the stand-in."""
    machine.fake_engine()
    return machine.folder / "speech"


def assert_goes_on(voice: Voice, machine: Machine) -> None:
    """With nothing to be heard, every call still returns, and the warning stays what it is."""
    warning = wait_for_warning(voice)
    assert "\n" not in warning
    for _ in range(3):
        voice.say("Go on.")
        voice.say("Stop.", urgent=True)
        voice.chime("good")
        voice.muted = True
        voice.muted = False
    wait_for_silence(voice)
    assert texts(voice).count("Go on.") == 0
    assert str(voice.warning) == warning
    voice.close()
    assert machine.is_tidy()


def has_output() -> bool:
    try:
        sounddevice.query_devices(kind="output")
    except sounddevice.PortAudioError:
        return False
    return True


def test_this_machine_has_an_output_or_is_said_to_have_none(machine: Machine) -> None:
    voice = Voice()
    wait_until(lambda: voice._is_ready, "the start")
    if has_output():
        wait_for_silence(voice)
        assert voice.warning is None
        voice.close()
    else:
        assert "no sound output" in wait_for_warning(voice)
        assert_goes_on(voice, machine)


def test_no_output_is_one_warning(machine: Machine) -> None:
    machine.fake_output("no device")
    voice = Voice()
    warning = wait_for_warning(voice)
    assert "no sound output" in warning
    assert "connect or switch on a speaker" in warning
    assert "espeak-ng" not in warning
    assert_goes_on(voice, machine)


def test_no_portaudio_names_its_package(machine: Machine) -> None:
    machine.fake_output("no library")
    voice = Voice()
    assert "install the Debian package libportaudio2" in wait_for_warning(voice)
    assert_goes_on(voice, machine)


def test_neither_engine_nor_output_is_one_warning_of_both(machine: Machine) -> None:
    machine.fake_engine("none")
    machine.fake_output("no device")
    voice = Voice()
    warning = wait_for_warning(voice)
    assert "no sound output" in warning
    assert "espeak-ng" in warning
    assert_goes_on(voice, machine)


def test_a_german_session_is_warned_in_german(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "_used", "de")
    machine.fake_engine("none")
    machine.fake_output("no device")
    voice = Voice()
    warning = wait_for_warning(voice)
    voice.close()
    assert list_english(re.sub(r"\(.*?\)", "", warning)) == [], "but for what the system says"


def test_no_engine_leaves_the_chimes(machine: Machine) -> None:
    machine.fake_engine("none")
    machine.fake_output()
    voice = Voice()
    warning = wait_for_warning(voice)
    assert "only chimes" in warning
    assert "install the Debian package espeak-ng" in warning
    voice.chime("end")
    wait_until(lambda: np.abs(machine.played()).max(initial=0) > 0.3, "a chime")
    assert_goes_on(voice, machine)


def test_an_engine_that_fails_is_one_warning(machine: Machine) -> None:
    machine.fake_engine("fails")
    voice = Voice(folder=machine.folder / "speech")
    warning = wait_for_warning(voice)
    assert "phontab: No such file" in warning
    assert "espeak-ng" in warning
    assert_goes_on(voice, machine)


def test_a_killed_process_is_replaced_once(machine: Machine, folder: Path) -> None:
    voice = Voice(folder=folder)
    killed: list[int] = []
    for text in ("One.", "Two."):
        voice.say(text, within_s=60)
        wait_for_start(voice, text)
        assert voice.warning is None
        [speaker] = machine.speakers()
        assert speaker not in killed
        os.kill(speaker, signal.SIGKILL)
        killed.append(speaker)
        wait_until(lambda: killed[-1] not in machine.speakers(), "its end")
        wait_until(lambda: voice._process is None or voice._is_ready, "what follows")
    assert "the speaking process ended" in wait_for_warning(voice)
    assert_goes_on(voice, machine)


def test_a_process_that_hangs_is_replaced_once(
    machine: Machine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice_module, "SENTENCE_LIMIT_S", 1.5)
    voice = Voice(folder=folder)
    voice.say("hang", within_s=60)
    voice.say("After.", within_s=60)
    wait_for_start(voice, "After.")
    assert voice.warning is None
    voice.say("hang", within_s=60)
    assert "did not answer" in wait_for_warning(voice)
    assert texts(voice) == ["After."]
    assert_goes_on(voice, machine)


def test_an_output_that_is_lost_is_looked_for_again(machine: Machine) -> None:
    machine.fake_engine()
    machine.fake_output()
    voice = Voice()
    voice.say("One.", within_s=60)
    wait_for_start(voice, "One.")
    wait_for_silence(voice)
    machine.lose_output()
    voice.say("Two.", within_s=60)
    assert "no sound output" in wait_for_warning(voice)
    assert_goes_on(voice, machine)


@pytest.mark.parametrize("state", ["busy", "stopped"])
def test_no_call_waits_for_a_process_that_hangs(machine: Machine, folder: Path, state: str) -> None:
    made_s = time.perf_counter()
    voice = Voice(folder=folder)
    times_s = [time.perf_counter() - made_s]
    voice.say("Ready.", within_s=60)
    wait_for_start(voice, "Ready.")
    wait_for_silence(voice)
    [speaker] = machine.speakers()
    if state == "stopped":
        os.kill(speaker, signal.SIGSTOP)
    voice.say("hang", within_s=60)
    wait_until(lambda: voice._current == "hang", "its turn")
    for k in range(300):
        begun_s = time.perf_counter()
        voice.say(f"Sentence {k}.", urgent=k % 7 == 0)
        voice.chime("good")
        voice.muted = k % 50 == 0
        times_s.append(time.perf_counter() - begun_s)
    # On a busy machine any thread may lose its turn for longer, now and then.
    assert sorted(times_s)[-10] < 0.010
    begun_s = time.monotonic()
    voice.close()
    assert time.monotonic() - begun_s < GOODBYE_S + 6
    assert machine.is_tidy()


def test_close_while_it_starts(machine: Machine, folder: Path) -> None:
    voice = Voice(folder=folder)
    begun_s = time.monotonic()
    voice.close()
    assert time.monotonic() - begun_s < GOODBYE_S + 6
    assert machine.is_tidy()


def test_a_process_that_cannot_tidy_up_leaves_nothing(machine: Machine) -> None:
    machine.fake_engine()
    machine.fake_output()
    with Voice() as voice:
        voice.say("Ready.", within_s=60)
        wait_for_start(voice, "Ready.")
        [speaker] = machine.speakers()
        os.kill(speaker, signal.SIGSTOP)
    assert machine.is_tidy()


def test_a_log_that_cannot_be_written_is_one_warning(machine: Machine, folder: Path) -> None:
    with Voice(folder=folder) as voice:
        (folder / "said.jsonl").unlink()
        (folder / "said.jsonl").mkdir()
        voice.say("Go on.", within_s=60)
        wait_for_start(voice, "Go on.")
        assert r"said.jsonl: cannot be written" in wait_for_warning(voice)
