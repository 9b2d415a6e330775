"""What a page is given to say: in order, one at a time, and no longer than it can last."""

from __future__ import annotations

import io
import time
import wave
from collections.abc import Callable

import pytest

from formcheck.voice.engine import CALM
from formcheck.web import browser_voice
from formcheck.web.browser_voice import BrowserVoice, Engine, make_chime
from formcheck.web.protocol import Hush, Line, Ring
from tests.support.waiting import await_that


class Dumb(Engine):
    """An engine that makes no sound, so that pages speak by themselves."""

    def __init__(self) -> None:
        super().__init__(CALM)
        self._espeak = None


@pytest.fixture
def told() -> list[Line | Ring | Hush]:
    return []


@pytest.fixture
def voice(told: list[Line | Ring | Hush]) -> BrowserVoice:
    return BrowserVoice(Dumb(), told.append)


def texts(told: list[Line | Ring | Hush]) -> list[str]:
    return [one.text for one in told if isinstance(one, Line)]


def wait_for_lines(told: list[Line | Ring | Hush], n: int) -> None:
    is_there: Callable[[], bool] = lambda: len(texts(told)) >= n  # noqa: E731
    await_that(is_there)


def test_sentences_come_one_by_one_once_the_page_has_said_each(
    voice: BrowserVoice, told: list[Line | Ring | Hush]
) -> None:
    for text in ("one", "two", "three"):
        voice.say(text)
    wait_for_lines(told, 1)
    assert voice.is_speaking
    assert texts(told) == ["one"]
    voice.note_end(7)  # of another session
    assert texts(told) == ["one"]
    voice.note_end(1)
    wait_for_lines(told, 2)
    voice.note_end(2)
    wait_for_lines(told, 3)
    voice.note_end(3)
    assert not voice.is_speaking
    assert [one.id for one in told if isinstance(one, Line)] == [1, 2, 3]


def test_what_is_urgent_cuts_off_and_what_waits_is_dropped(
    voice: BrowserVoice, told: list[Line | Ring | Hush]
) -> None:
    for text in ("one", "two"):
        voice.say(text)
    voice.say("now", urgent=True)
    wait_for_lines(told, 2)
    assert texts(told) == ["one", "now"]
    assert [one.cuts for one in told if isinstance(one, Line)] == [False, True]
    voice.say("three")
    voice.say("four", replaces=True)
    voice.note_end(2)
    wait_for_lines(told, 3)
    assert texts(told)[2] == "four"


def test_a_sentence_whose_turn_comes_too_late_is_dropped(
    voice: BrowserVoice, told: list[Line | Ring | Hush]
) -> None:
    voice.say("one")
    voice.say("stale", within_s=0.01)
    time.sleep(0.05)
    voice.note_end(1)
    assert not voice.is_speaking


def test_a_page_that_is_gone_does_not_speak_for_ever(
    voice: BrowserVoice, told: list[Line | Ring | Hush], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser_voice, "LATE_S", 0.0)
    monkeypatch.setattr(browser_voice, "_AT_LEAST_S", 0.05)
    monkeypatch.setattr(browser_voice, "_WORDS_A_MINUTE", 1e6)
    voice.say("one")
    voice.say("two")
    await_that(lambda: not voice.is_speaking)
    assert texts(told) == ["one", "two"], "nothing is lost by it"


def test_muted_nothing_is_said(voice: BrowserVoice, told: list[Line | Ring | Hush]) -> None:
    voice.say("one")
    voice.muted = True
    voice.say("two")
    voice.chime("start")
    await_that(lambda: any(isinstance(one, Hush) for one in told))
    assert not voice.is_speaking
    assert texts(told) == ["one"]
    voice.muted = False
    voice.chime("end")
    voice.close(1.0)
    assert told[-1] == Ring(kind="end")


def test_a_farewell_is_waited_for(voice: BrowserVoice, told: list[Line | Ring | Hush]) -> None:
    voice.say("All done")
    start_s = time.monotonic()
    voice.close(0.2)
    assert time.monotonic() - start_s >= 0.19
    assert texts(told) == ["All done"]


def test_the_own_engine_makes_the_sound() -> None:
    engine = Engine()
    if not engine.is_there:
        pytest.skip("this machine has no engine that writes files")
    told: list[Line | Ring | Hush] = []
    voice = BrowserVoice(engine, told.append)
    voice.say("Good. Hold.")
    wait_for_lines(told, 1)
    [line] = told
    assert isinstance(line, Line)
    assert line.audio
    sound = voice.find_sound(line.id)
    assert sound is not None
    with wave.open(io.BytesIO(sound)) as file:
        length_s = file.getnframes() / file.getframerate()
    assert 0.4 < length_s < 3
    loud, quiet = (engine.make("Breathe in", quiet=one) for one in (False, True))
    assert loud is not None
    assert quiet is not None
    assert loud[1] == quiet[1]
    assert loud[0] != quiet[0]
    voice.note_end(line.id)
    voice.close(0.0)


def test_chimes_are_wav_files() -> None:
    with wave.open(io.BytesIO(make_chime("good"))) as file:
        assert 0.2 < file.getnframes() / file.getframerate() < 0.4
