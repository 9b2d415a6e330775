"""The engines themselves: the program that is installed, and pyttsx3 by a stand-in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from formcheck.errors import ArgumentError
from formcheck.voice.engine import (
    WORDS_A_MINUTE,
    Espeak,
    Manner,
    SystemEngine,
    check_voice,
    list_voices,
)
from formcheck.voice.sound import write_wav

SENTENCES = ["Straighten your back knee a little.", "Good. Hold.", "Lift your chest."]


def test_every_sentence_is_whole_each_time(tmp_path: Path) -> None:
    engine = Espeak()
    lengths = {
        tuple(len(engine.synthesize(text, tmp_path / "a.wav")[0]) for text in SENTENCES)
        for _ in range(20)
    }
    assert len(lengths) == 1
    assert min(lengths.pop()) > 0


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises((OSError, RuntimeError), match="nowhere"):
        Espeak().synthesize("Hold.", tmp_path / "nowhere" / "a.wav")


def test_there_is_a_voice_where_no_file_can_grow() -> None:
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "from formcheck.voice.engine import Espeak; Espeak()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


class Driver:
    """What pyttsx3 hands out; each one raises at its first sentence, but for the last."""

    def __init__(self, n_failing: int) -> None:
        self.n_made, self.n_failing = 0, n_failing
        self.properties: dict[str, Any] = {}

    def init(self) -> Driver:
        self.n_made += 1
        self.properties = {"voice": "fr"}
        return self

    def getProperty(self, name: str) -> Any:  # noqa: N802 (pyttsx3's own name)
        voices = [("fr", ["fr_FR"]), ("de", None), ("en", ["en_GB"])]
        known = [SimpleNamespace(id=name, languages=languages) for name, languages in voices]
        return known if name == "voices" else self.properties[name]

    def setProperty(self, name: str, value: object) -> None:  # noqa: N802 (pyttsx3's own name)
        self.properties[name] = value

    def save_to_file(self, text: str, path: str) -> None:
        if self.n_made <= self.n_failing:
            raise RuntimeError("run loop already started")
        write_wav(Path(path), np.full(len(text), 0.5, np.float32), 22050)

    def runAndWait(self) -> None:  # noqa: N802 (pyttsx3's own name)
        pass


def test_pyttsx3_speaks_english_calmly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver(n_failing=0)
    monkeypatch.setitem(sys.modules, "pyttsx3", driver)
    samples, rate_hz = SystemEngine().synthesize("Hold.", tmp_path / "a.wav")
    assert (len(samples), rate_hz, driver.n_made) == (5, 22050, 1)
    assert driver.properties == {"voice": "en", "rate": WORDS_A_MINUTE}


@pytest.mark.parametrize("n_failing", [1, 2])
def test_pyttsx3_that_raises_is_made_anew_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_failing: int
) -> None:
    driver = Driver(n_failing)
    monkeypatch.setitem(sys.modules, "pyttsx3", driver)
    engine = SystemEngine()
    if n_failing == 1:
        assert len(engine.synthesize("Hold.", tmp_path / "a.wav")[0]) == 5
    else:
        with pytest.raises(RuntimeError, match="already started"):
            engine.synthesize("Hold.", tmp_path / "a.wav")
    assert driver.n_made == 2


def test_a_voice_speaks_at_the_rate_it_is_asked_for(tmp_path: Path) -> None:
    def seconds(manner: Manner) -> float:
        samples, rate_hz = Espeak(manner).synthesize("Slide your front foot.", tmp_path / "a.wav")
        return len(samples) / rate_hz

    assert seconds(Manner(words_a_minute=100)) > 1.3 * seconds(Manner(words_a_minute=200))


def test_an_unknown_voice_names_those_that_there_are() -> None:
    assert "en-gb" in list_voices()
    check_voice("en-gb")
    with pytest.raises(ArgumentError, match=r"there is no such voice: give .*en-gb"):
        check_voice("nobody")


def test_german_has_voices_of_its_own(tmp_path: Path) -> None:
    assert "de" in list_voices("de")
    assert "en-gb" not in list_voices("de")
    check_voice("de", "de")
    with pytest.raises(ArgumentError, match="there is no such voice"):
        check_voice("en-gb", "de")
    said = [
        Espeak(Manner(language=one)).synthesize("Gleich geht es weiter", tmp_path / "a.wav")[0]
        for one in ("en", "de")
    ]
    assert len(said[0]) != len(said[1])
