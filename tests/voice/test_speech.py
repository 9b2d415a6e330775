"""What is said, when, and that nobody waits for it. Speech is the system's own, into files."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from formcheck import StoreError
from formcheck.voice.engine import WORDS_A_MINUTE
from formcheck.voice.sound import read_wav
from formcheck.voice.speech import GOODBYE_S, N_WAITING, Voice
from tests.support.speech import (
    OUTPUT_HZ,
    Machine,
    texts,
    wait_for_silence,
    wait_for_start,
    wait_until,
)

LONG = (
    "Kneel on your right knee, put your left foot in front of you, tuck your tailbone under, "
    "lift your chest, and then shift your whole body slowly forward until you feel a mild pull."
)
SHORT = "Straighten your back knee a little."


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def read_log(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "said.jsonl").read_text().splitlines()]


def measure_length(path: Path) -> float:
    samples, rate_hz = read_wav(path)
    return len(samples) / rate_hz


def measure_loudness(path: Path) -> np.ndarray:
    """The RMS of the first 1.5 s, every 25 ms: what tells one sentence from another."""
    pieces = read_wav(path)[0][: 60 * 551].reshape(60, -1)
    loudness: np.ndarray = np.sqrt(np.mean(pieces.astype(float) ** 2, axis=1))
    return loudness


def test_sentences_are_heard_in_order_each_after_the_one_before(machine: Machine) -> None:
    folder = machine.folder / "speech"
    with Voice(folder=folder) as voice:
        for text in (LONG, SHORT, "Good. Hold."):
            voice.say(text, within_s=60)
        wait_until(lambda: len(voice.said) == 3, "three sentences")
        wait_for_silence(voice)
        assert voice.warning is None
    log = read_log(folder)
    assert [entry["text"] for entry in log] == [LONG, SHORT, "Good. Hold."]
    assert [entry["file"] for entry in log] == ["001.wav", "002.wav", "003.wav"]
    assert [entry["time_s"] for entry in log] == pytest.approx([at for at, _ in voice.said], abs=1)
    for entry in log:
        samples, rate_hz = read_wav(folder / entry["file"])
        spoken_s = len(samples) / rate_hz
        assert np.sqrt(np.mean(samples**2)) > 0.03
        expected_s = len(entry["text"].split()) / WORDS_A_MINUTE * 60
        assert 0.6 * expected_s < spoken_s < 1.4 * expected_s + 0.8
        entry["end_s"] = entry["time_s"] + spoken_s
    for before, after in pairwise(log):
        assert before["end_s"] - 0.1 < after["time_s"] < before["end_s"] + 5


def test_the_sound_is_the_words_own(machine: Machine) -> None:
    folder = machine.folder / "speech"
    other = "Lift your chest and come forward."
    with Voice(folder=folder) as voice:
        for text in (SHORT, SHORT, other):
            voice.say(text, within_s=60)
        wait_for_start(voice, other)
    first, second, third = (measure_loudness(folder / f"{n:03d}.wav") for n in (1, 2, 3))
    assert np.corrcoef(first, second)[0, 1] > 0.9
    assert np.corrcoef(first, third)[0, 1] < 0.6


def test_a_chime_is_written_and_heard_to_its_end(machine: Machine) -> None:
    folder = machine.folder / "speech"
    with Voice(folder=folder) as voice:
        voice.say("Ready.", within_s=60)
        wait_for_start(voice, "Ready.")
        wait_for_silence(voice)
        voice.chime("good")
        voice.say(SHORT)
        wait_for_start(voice, SHORT)
    _, rung, said = read_log(folder)
    assert (rung["chime"], rung["file"]) == ("good", "chime-good.wav")
    assert np.abs(read_wav(folder / "chime-good.wav")[0]).max() > 0.2
    assert said["text"] == SHORT
    assert said["time_s"] - rung["time_s"] > 0.25


def test_a_chime_does_not_wait_for_a_sentence(machine: Machine) -> None:
    folder = machine.folder / "speech"
    with Voice(folder=folder) as voice:
        voice.say(LONG, within_s=60)
        wait_for_start(voice, LONG)
        voice.chime("fix")
        wait_until(lambda: len(read_log(folder)) == 2, "a chime")
    said, rung = read_log(folder)
    assert rung["chime"] == "fix"
    assert rung["time_s"] - said["time_s"] < measure_length(folder / "001.wav") / 2


def test_urgent_cuts_off_and_drops_what_waits(machine: Machine) -> None:
    folder = machine.folder / "speech"
    with Voice(folder=folder) as voice:
        voice.say(LONG, within_s=60)
        wait_for_start(voice, LONG)
        voice.say("One.", within_s=60)
        voice.say("Two.", within_s=60)
        voice.say("Stop there.", urgent=True)
        wait_for_start(voice, "Stop there.")
        wait_for_silence(voice)
    assert texts(voice) == [LONG, "Stop there."]
    begun_s, urgent_s = (at for at, _ in voice.said)
    assert urgent_s - begun_s < measure_length(folder / "001.wav") / 2


def test_what_is_stale_when_its_turn_comes_is_dropped(machine: Machine) -> None:
    with Voice(folder=machine.folder / "speech") as voice:
        voice.say(SHORT, within_s=60)
        wait_for_start(voice, SHORT)
        voice.say("Three.", within_s=0.3)
        voice.say("Go on.", within_s=60)
        wait_for_start(voice, "Go on.")
    assert texts(voice) == [SHORT, "Go on."]


def test_only_the_last_few_wait(machine: Machine) -> None:
    with Voice(folder=machine.folder / "speech") as voice:
        voice.say(SHORT, within_s=60)
        wait_for_start(voice, SHORT)
        numbers = ["One.", "Two.", "Three.", "Four.", "Five."]
        for number in numbers:
            voice.say(number, within_s=60)
        wait_for_start(voice, numbers[-1])
    assert texts(voice) == [SHORT, *numbers[-N_WAITING:]]


def test_muting_stops_at_once_and_forgets(machine: Machine) -> None:
    folder = machine.folder / "speech"
    with Voice(folder=folder) as voice:
        voice.say(LONG, within_s=60)
        wait_for_start(voice, LONG)
        voice.say("Waiting.", within_s=60)
        voice.muted = True
        voice.say("Muted.", within_s=60)
        voice.chime("good")
        wait_for_silence(voice)
        voice.muted = False
        assert not voice.muted
        voice.say("Back.", within_s=60)
        wait_for_start(voice, "Back.")
    assert texts(voice) == [LONG, "Back."]
    assert [entry.get("chime") for entry in read_log(folder)] == [None, None]
    begun_s, back_s = (at for at, _ in voice.said)
    assert back_s - begun_s < measure_length(folder / "001.wav") / 2


def test_nothing_to_pronounce_is_no_trouble(machine: Machine) -> None:
    with Voice(folder=machine.folder / "speech") as voice:
        for text in ("", "  ", "...", "Ça va, 30° – ½?\nYes."):
            voice.say(text, within_s=60)
        wait_until(lambda: len(voice.said) == 2, "the last sentence")
        wait_for_silence(voice)
        assert voice.warning is None


def test_the_goodbye_is_heard_and_nothing_is_left(machine: Machine) -> None:
    voice = Voice(folder=machine.folder / "speech")
    voice.say("Ready.", within_s=60)
    wait_for_start(voice, "Ready.")
    wait_for_silence(voice)
    assert machine.speakers()
    begun_s = time.monotonic()
    voice.say("Well done.")
    voice.close()
    took_s = time.monotonic() - begun_s
    assert texts(voice) == ["Ready.", "Well done."]
    assert took_s > measure_length(machine.folder / "speech" / "002.wav")
    assert machine.is_tidy()
    voice.say("Late.")
    voice.chime("end")
    voice.muted = True
    voice.close()
    assert len(voice.said) == 2


def test_close_does_not_wait_for_a_speech(machine: Machine) -> None:
    voice = Voice(folder=machine.folder / "speech")
    voice.say(LONG, within_s=60)
    wait_for_start(voice, LONG)
    begun_s = time.monotonic()
    voice.close()
    took_s = time.monotonic() - begun_s
    assert GOODBYE_S - 0.1 < took_s < measure_length(machine.folder / "speech" / "001.wav")
    assert machine.is_tidy()


def test_speech_is_played_where_there_is_an_output(machine: Machine) -> None:
    machine.fake_output()
    with Voice() as voice:
        voice.say(SHORT, within_s=60)
        wait_for_start(voice, SHORT)
        wait_for_silence(voice)
        assert voice.warning is None
    played = machine.played()
    assert not np.isnan(played).any()
    assert 0.03 < np.sqrt(np.mean(played**2)) < 1
    assert 1.0 < len(played) / OUTPUT_HZ < 3.5
    assert machine.is_tidy()


def test_an_urgent_sentence_cuts_what_is_played(machine: Machine) -> None:
    machine.fake_output()
    with Voice() as voice:
        voice.say(LONG, within_s=60)
        wait_until(lambda: len(machine.played()) > 0.2 * OUTPUT_HZ, "the sound of it")
        voice.say("Stop.", urgent=True)
        wait_for_start(voice, "Stop.")
        wait_for_silence(voice)
        n_heard, n_before = len(machine.played()), machine.n_played()
        wait_until(lambda: machine.n_played() > n_before + 0.3 * OUTPUT_HZ, "what comes after")
        assert len(machine.played()) - n_heard < 0.05 * OUTPUT_HZ


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="speech cannot be written there"):
        Voice(folder=tmp_path / "file" / "speech")


def test_the_process_is_apart_from_the_terminal_and_from_sockets(machine: Machine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.set_inheritable(True)
        with Voice(folder=machine.folder / "speech") as voice:
            voice.say("One.", within_s=60)
            wait_for_start(voice, "One.")
            [speaker] = machine.speakers()
            assert os.getsid(speaker) != os.getsid(0)
            held = [str(fd.readlink()) for fd in Path(f"/proc/{speaker}/fd").iterdir()]
            assert not [name for name in held if name.startswith("socket:")]
            os.kill(speaker, signal.SIGINT)
            voice.say("Two.", within_s=60)
            wait_for_start(voice, "Two.")
            assert machine.speakers() == [speaker]


SESSION = """
import sys, time
from pathlib import Path
from formcheck.voice.speech import Voice
voice = Voice(folder=Path(sys.argv[1]) if len(sys.argv) > 1 else None)
voice.say("Go on.", within_s=60)
end_s = time.monotonic() + 60
while time.monotonic() < end_s and (not voice.said or voice.is_speaking):
    time.sleep(0.01)
"""


@pytest.mark.parametrize("last", ["", "voice.say('hang')"], ids=["idle", "hanging"])
def test_a_session_that_is_killed_takes_the_process_along(machine: Machine, last: str) -> None:
    machine.fake_engine()
    folder = machine.folder / "speech"
    code = f"{SESSION}{last}\nprint('said', flush=True)\ntime.sleep(600)"
    command = [sys.executable, "-c", code, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as session:
        assert session.stdout is not None
        assert session.stdout.readline() == b"said\n"
        if last:
            wait_until(lambda: (machine.folder / "hanging").exists(), "the hanging sentence")
        assert len(machine.speakers()) == 1
        session.kill()
    wait_until(lambda: not machine.speakers(), "the end of the process")


def test_what_the_libraries_print_reaches_no_terminal(machine: Machine) -> None:
    machine.fake_engine()
    machine.fake_output()
    code = SESSION + "voice.close()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        timeout=120,
        env={**os.environ, "TMPDIR": str(machine.folder / "tmp")},
    )
    assert (done.stdout, done.stderr) == (b"", b"")
    assert len(machine.played())
    assert machine.is_tidy()
