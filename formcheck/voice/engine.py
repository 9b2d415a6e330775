"""Speech from the system's own engine: the program espeak-ng on Linux, pyttsx3 elsewhere.

pyttsx3 can use espeak-ng too, but drives its library from two threads: one start in seven spoke too
fast, and now and then a sentence was empty (measured with version 2.99). The program takes 13 ms
for a sentence, and reports its failures.
"""

from __future__ import annotations

import re
import subprocess
import sys
import traceback
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from formcheck.errors import ArgumentError
from formcheck.language import ENGLISH, translate
from formcheck.voice.sound import Samples, read_wav

WORDS_A_MINUTE: Final = 165
"""A calm rate: the engines' defaults go up to 200, a fast reader's."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How it is spoken."""

    voice: str | None = None
    """The name or the language of one of `list_voices`; None for one that speaks ``language``."""
    words_a_minute: int = WORDS_A_MINUTE
    volume: int = 100
    """Of sentences and chimes, per cent."""
    language: str = ENGLISH
    """One of ``language.LANGUAGES``."""


CALM: Final = Manner()
"""As it is spoken unless asked otherwise."""


_LIMIT_S: Final = 10.0


class Espeak:
    """The program espeak-ng.

    Raises:
        OSError: it is not installed.
        RuntimeError: it does not work.
    """

    def __init__(self, manner: Manner = CALM) -> None:
        self._manner = manner
        self._run("1", "-q")

    def synthesize(self, text: str, path: Path) -> tuple[Samples, int]:
        """Write a sentence as a WAV file; its samples, none for silence, and their rate in Hz.

        Raises:
            OSError: the program or its file is gone.
            RuntimeError: the program failed, in its own words.
            subprocess.TimeoutExpired: it hangs.
        """
        self._run(text, "-w", str(path))
        return read_wav(path)

    def _run(self, text: str, *options: str) -> None:
        voice, rate = self._manner.voice or self._manner.language, str(self._manner.words_a_minute)
        command = ["espeak-ng", "-v", voice, "-s", rate, "--stdin", *options]
        # Quiet or not, it asks the sound server for memory. Where the size of files is limited it
        # does without, as long as it inherits from Python that the signal is ignored.
        done = subprocess.run(
            command, input=text.encode(), capture_output=True, timeout=_LIMIT_S, check=False,
            restore_signals=False,
        )  # fmt: skip
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip() or "it did not say why"
            raise RuntimeError(f"espeak-ng failed: {said.splitlines()[-1].strip()}")


class SystemEngine:
    """What pyttsx3 finds on Windows and macOS; made anew when it raises.

    Raises:
        Exception: there is none; which exception depends on the system's driver.
    """

    def __init__(self, manner: Manner = CALM) -> None:
        self._manner = manner
        self._engine = _init_pyttsx3(manner)

    def synthesize(self, text: str, path: Path) -> tuple[Samples, int]:
        """As ``Espeak.synthesize``; raises if a new engine fails as well."""
        try:
            return self._write(text, path)
        except Exception:
            traceback.print_exc()
        # pyttsx3 hands out the same engine again as long as anything holds it.
        self._engine = None
        self._engine = _init_pyttsx3(self._manner)
        return self._write(text, path)

    def speak(self, text: str, loudness: float) -> None:
        """Say a sentence through the system's own output, 0 to 1 loud, and wait for its end."""
        self._engine.setProperty("volume", loudness)
        self._engine.say(text)
        self._engine.runAndWait()

    def _write(self, text: str, path: Path) -> tuple[Samples, int]:
        self._engine.save_to_file(text, str(path))
        self._engine.runAndWait()
        return read_wav(path)


def list_voices(language: str = ENGLISH) -> list[str]:
    """The names of the voices that there are of a language, sorted; none without an engine."""
    if sys.platform in ("win32", "darwin"):
        import pyttsx3

        found = pyttsx3.init().getProperty("voices")
        return sorted({str(voice.name) for voice in found if _speaks(voice, language)})
    try:
        told = subprocess.run(
            ["espeak-ng", f"--voices={language}"],
            capture_output=True,
            timeout=_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    rows = [line.split() for line in told.stdout.decode("utf-8", "replace").splitlines()[1:]]
    # Voices of MBROLA are listed, installed or not.
    real = [row for row in rows if row[1:] and not any(part.startswith("mb/") for part in row)]
    return sorted({row[1] for row in real} - {"variant"})


def check_voice(name: str, language: str = ENGLISH) -> None:
    """Refuse a voice that there is not of that language.

    Raises:
        ArgumentError: the engine has no such voice; it names those that it has.
    """
    known = list_voices(language)
    if known and name not in known:
        what = translate("there is no such voice")
        advice = translate("give {choices}", choices=", ".join(known))
        raise ArgumentError(f"--voice {name}", what, advice)


def _speaks(voice: Any, language: str) -> bool:
    is_it = re.compile(rf"{language}([-_]|$)", re.IGNORECASE)
    return any(is_it.match(str(one)) for one in voice.languages or ())


def _init_pyttsx3(manner: Manner) -> Any:
    import pyttsx3

    engine = pyttsx3.init()
    # Any voice is better than none: some drivers fail to describe the voices that they have.
    with suppress(Exception):
        voices = list(engine.getProperty("voices"))
        own = [voice.id for voice in voices if _speaks(voice, manner.language)]
        named = manner.voice is not None
        asked = [voice.id for voice in voices if named and manner.voice in (voice.id, voice.name)]
        if asked:
            engine.setProperty("voice", asked[0])
        elif own and engine.getProperty("voice") not in own:
            engine.setProperty("voice", own[0])
    engine.setProperty("rate", manner.words_a_minute)
    return engine
