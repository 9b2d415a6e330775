"""The voice of a session in a page: sentences as sound made here, or as text that the page speaks.

It keeps the same rules as the voice of this machine: what waits, what cuts off, what is dropped
when its turn comes too late. A sentence is being said until the page tells that it is over, or for
as long as it can last.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import threading
import time
import wave
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from formcheck.errors import FormcheckError
from formcheck.voice.engine import CALM, Espeak, Manner
from formcheck.voice.sound import RATE_HZ, Chime, Samples, synthesize_chime
from formcheck.voice.speaker import QUIET
from formcheck.voice.speech import N_WAITING
from formcheck.web.protocol import Hush, Line, Ring

MAKES_SOUND: Final = sys.platform not in ("win32", "darwin")
"""Whether an engine of this system makes sound without playing it."""
LATE_S: Final = 1.0
"""A page that tells nothing is given this long beyond the sentence."""
_WORDS_A_MINUTE: Final = 110.0
"""No voice of a page is slower."""
_AT_LEAST_S: Final = 1.0
_N_SOUNDS: Final = 64
"""Sentences whose sound is kept: a countdown's are the same each time."""


class _ToSay(NamedTuple):
    text: str
    until_s: float
    is_quiet: bool
    cuts: bool


def make_wav(samples: Samples, rate_hz: int) -> bytes:
    """A 16-bit mono WAV file, in memory."""
    with io.BytesIO() as file:
        with wave.open(file, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(rate_hz)
            sound.writeframes((samples * 32767).round().astype("<i2").tobytes())
        return file.getvalue()


def make_chime(kind: Chime) -> bytes:
    """A chime as a WAV file."""
    return make_wav(synthesize_chime(kind), RATE_HZ)


class Engine:
    """The session's own engine, where it can make sound without playing it: espeak-ng on Linux.

    Attributes:
        is_there: whether it can; else pages speak by themselves.
    """

    def __init__(self, manner: Manner = CALM) -> None:
        self.manner = manner
        self._espeak: Espeak | None = None
        if MAKES_SOUND:
            try:
                self._espeak = Espeak(manner)
            except (OSError, RuntimeError, subprocess.SubprocessError):
                self._espeak = None
        self._made: OrderedDict[tuple[str, bool], tuple[bytes, float]] = OrderedDict()
        self.is_there = self._espeak is not None

    def make(self, text: str, *, quiet: bool) -> tuple[bytes, float] | None:
        """A sentence as a WAV file, and its seconds; None where it cannot be made."""
        known = self._made.get((text, quiet))
        if known is not None or self._espeak is None:
            return known
        try:
            with tempfile.TemporaryDirectory(prefix="formcheck-voice-") as folder:
                samples, rate_hz = self._espeak.synthesize(text, Path(folder) / "said.wav")
        except (OSError, RuntimeError, ValueError, subprocess.SubprocessError):
            return None
        loudness = self.manner.volume / 100 * (QUIET if quiet else 1.0)
        loud = np.asarray(samples * np.float32(loudness), np.float32)
        made = make_wav(loud, rate_hz), len(samples) / rate_hz
        self._made[text, quiet] = made
        while len(self._made) > _N_SOUNDS:
            self._made.popitem(last=False)
        return made


class BrowserVoice:
    """Says sentences through pages; every call returns at once.

    Args:
        engine: makes their sound, if it can.
        send: called with each line, chime or hush, from another thread.
    """

    warning: FormcheckError | None = None

    def __init__(self, engine: Engine, send: Callable[[Line | Ring | Hush], None]) -> None:
        self._engine, self._send = engine, send
        self._lock = threading.RLock()
        self._waiting: deque[_ToSay] = deque(maxlen=N_WAITING)
        self._current: int | None = None
        self._over_s = 0.0
        """When the current one is over at the latest."""
        self._n_begun = 0
        self._is_muted = False
        self._sounds: OrderedDict[int, bytes] = OrderedDict()
        # One thread, so that lines keep their order; to make a sound takes a dozen milliseconds.
        self._worker = ThreadPoolExecutor(1, "browser voice")

    @property
    def muted(self) -> bool:
        """Whether nothing is to be heard; muting stops what is said and forgets what waits."""
        return self._is_muted

    @muted.setter
    def muted(self, muted: bool) -> None:
        with self._lock:
            self._is_muted = muted
            if muted:
                self._waiting.clear()
                self._current = None
                self._worker.submit(self._send, Hush())

    @property
    def is_speaking(self) -> bool:
        """Whether something is being said or waits to be said, as far as is known."""
        with self._lock:
            self._go_on()
            return self._current is not None

    def say(
        self,
        text: str,
        *,
        urgent: bool = False,
        replaces: bool = False,
        within_s: float = 3.0,
        quiet: bool = False,
    ) -> None:
        """Say a sentence after those that wait; as ``Voice.say``."""
        if not text.strip() or self._is_muted:
            return
        with self._lock:
            cuts = urgent and self._current is not None
            if urgent or replaces:
                self._waiting.clear()
            if cuts:
                self._current = None
            self._waiting.append(_ToSay(text.strip(), time.monotonic() + within_s, quiet, cuts))
            self._go_on()

    def chime(self, kind: Chime) -> None:
        """Ring at once, even during a sentence."""
        if not self._is_muted:
            self._worker.submit(self._send, Ring(kind=kind))

    def note_end(self, number: int) -> None:
        """A page has said a line to its end."""
        with self._lock:
            if number == self._current:
                self._current = None
            self._go_on()

    def find_sound(self, number: int) -> bytes | None:
        """The WAV file of a line; None if it is of long ago, or has none."""
        return self._sounds.get(number)

    def close(self, within_s: float) -> None:
        """Wait up to so long for what is still to be said."""
        end_s = time.monotonic() + within_s
        while self.is_speaking and time.monotonic() < end_s:
            time.sleep(0.02)
        with self._lock:
            self._waiting.clear()
        self._worker.shutdown()

    def _go_on(self) -> None:
        """Begin the next one if its time has come; the lock is held."""
        now_s = time.monotonic()
        if self._current is not None and now_s < self._over_s:
            return
        self._current = None
        while self._waiting:
            line = self._waiting.popleft()
            if now_s > line.until_s:
                continue
            self._n_begun += 1
            self._current = self._n_begun
            n_words = len(line.text.split())
            self._over_s = now_s + LATE_S + max(_AT_LEAST_S, 60 * n_words / _WORDS_A_MINUTE)
            self._worker.submit(self._begin, self._n_begun, line)
            return

    def _begin(self, number: int, line: _ToSay) -> None:
        made = self._engine.make(line.text, quiet=line.is_quiet)
        if made is not None:
            sound, length_s = made
            self._sounds[number] = sound
            while len(self._sounds) > N_WAITING:
                self._sounds.popitem(last=False)
            with self._lock:
                if self._current == number:
                    self._over_s = time.monotonic() + length_s + LATE_S
        self._send(
            Line(
                id=number, text=line.text, quiet=line.is_quiet, cuts=line.cuts,
                audio=made is not None,
            )
        )  # fmt: skip
