"""Says sentences and rings chimes without ever making the session wait.

Calls only put a note into an inbox. A thread takes the notes, keeps the few sentences that wait,
and hands them one at a time to a process that speaks (`formcheck.voice.speaker`), which is
replaced once when it ends or hangs.
"""

from __future__ import annotations

import json
import queue
import shutil
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from formcheck.errors import FormcheckError, StoreError
from formcheck.voice.chime import Chime
from formcheck.voice.speaker_process import SpeakerProcess

LOG_NAME: Final = "said.jsonl"
N_WAITING: Final = 3
"""The oldest of more sentences than these is dropped."""
CHIME_WITHIN_S: Final = 1.0
"""A chime marks a moment: while the process is starting, an older one is dropped."""
START_LIMIT_S: Final = 30.0
SENTENCE_LIMIT_S: Final = 15.0
"""A sentence, or a start, that takes longer hangs."""
GOODBYE_S: Final = 2.0
"""How long `Voice.close` waits for what is still to be said, unless told otherwise."""
_CLOSE_LIMIT_S: Final = 2.0
"""How much longer it waits for the process's end, before it is killed."""


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    is_urgent: bool
    until_s: float
    """When it has become stale, on the monotonic clock as all times here."""


@dataclass(frozen=True, slots=True)
class _Ring:
    kind: Chime
    until_s: float


class _Hush:
    """Stop what is said and forget what waits."""


@dataclass(frozen=True, slots=True)
class _Close:
    until_s: float


@dataclass(frozen=True, slots=True)
class _Reply:
    process: SpeakerProcess
    message: Mapping[str, Any] | None


class Voice:
    """English speech and chimes, from a process that starts as soon as this is made.

    Every call returns at once and none fails when nothing can be heard: then `warning` says why.
    Use it as a context manager, or call `close`.

    Args:
        folder: nothing is played when it is given. Each sentence is written there as ``NNN.wav``,
            each kind of chime as ``chime-KIND.wav``, and ``said.jsonl``, begun anew, gets one line
            for each, with the seconds since the start. A sentence takes as long as when spoken.
            Not on macOS, whose engine writes no WAV files.

    Raises:
        StoreError: the folder cannot be written to.
    """

    def __init__(self, *, folder: Path | None = None) -> None:
        self._start_s = time.monotonic()
        self._folder = folder
        if folder is not None:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                (folder / LOG_NAME).write_text("", encoding="utf-8")
            except OSError as error:
                what = f"speech cannot be written there: {error.strerror or error}"
                raise StoreError(folder, what) from error
        self.warning: FormcheckError | None = None
        """Once it is known that something cannot be heard: what, and what to do; else None."""
        self._is_muted = False
        self._is_closed = False
        self._said: list[tuple[float, str]] = []
        self._inbox: queue.SimpleQueue[_Line | _Ring | _Hush | _Close | _Reply] = (
            queue.SimpleQueue()
        )
        # The rest belongs to the thread alone.
        self._waiting: deque[_Line] = deque(maxlen=N_WAITING)
        self._rings: deque[_Ring] = deque(maxlen=N_WAITING)
        self._current: _Line | None = None
        self._n_sent = 0
        self._process: SpeakerProcess | None = None
        self._scratch: Path | None = None
        self._is_ready = False
        self._has_engine = True
        self._was_replaced = False
        self._hangs_at_s: float | None = None
        self._closing: _Close | None = None
        self._thread = threading.Thread(target=self._run, name="voice", daemon=True)
        self._thread.start()

    @property
    def muted(self) -> bool:
        """Whether nothing is to be heard; muting stops what is said and forgets what waits."""
        return self._is_muted

    @muted.setter
    def muted(self, muted: bool) -> None:
        self._is_muted = muted
        if muted:
            self._inbox.put(_Hush())

    @property
    def is_speaking(self) -> bool:
        """Whether something is being said or waits to be said, as far as is known."""
        return self._current is not None or bool(self._waiting) or not self._inbox.empty()

    @property
    def said(self) -> tuple[tuple[float, str], ...]:
        """Every sentence that was begun, with the seconds from the voice's start to its own."""
        return tuple(self._said)

    def say(self, text: str, *, urgent: bool = False, within_s: float = 3.0) -> None:
        """Say a sentence after those that wait.

        Args:
            text: English.
            urgent: say it now: what is being said is cut off (not on macOS, whose engine cannot),
                what waits is dropped.
            within_s: drop it if its turn has not come by then.
        """
        if text.strip() and not self._is_muted and not self._is_closed:
            self._inbox.put(_Line(text.strip(), urgent, time.monotonic() + within_s))

    def chime(self, kind: Chime) -> None:
        """Ring at once, even while something is being said; a sentence waits for its end."""
        if not self._is_muted and not self._is_closed:
            self._inbox.put(_Ring(kind, time.monotonic() + CHIME_WITHIN_S))

    def close(self, within_s: float = GOODBYE_S) -> None:
        """Wait up to ``within_s`` for what is still to be said, then end the process."""
        if not self._is_closed:
            self._is_closed = True
            self._inbox.put(_Close(time.monotonic() + within_s))
        self._thread.join(within_s + _CLOSE_LIMIT_S)
        process = self._process
        if self._thread.is_alive() and process is not None:
            process.kill()
            self._thread.join(_CLOSE_LIMIT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # What follows runs in the voice's thread.

    def _run(self) -> None:
        try:
            self._launch()
            while not self._is_finished():
                try:
                    note = self._inbox.get(timeout=self._find_patience_s())
                except queue.Empty:
                    self._end_what_hangs()
                else:
                    self._take(note)
                self._speak_next()
        finally:
            self._current = None
            self._waiting.clear()
            if self._process is not None:
                self._process.end()
            if self._scratch is not None:
                shutil.rmtree(self._scratch, ignore_errors=True)

    def _is_finished(self) -> bool:
        if self._closing is None:
            return False
        is_idle = self._process is None or (self._current is None and not self._waiting)
        return is_idle or time.monotonic() >= self._closing.until_s

    def _find_patience_s(self) -> float | None:
        limits = [self._hangs_at_s, self._closing.until_s if self._closing else None]
        known = [limit_s for limit_s in limits if limit_s is not None]
        return max(min(known) - time.monotonic(), 0.0) if known else None

    def _take(self, note: _Line | _Ring | _Hush | _Close | _Reply) -> None:
        if isinstance(note, _Reply):
            if note.process is self._process:
                self._hear(note.message)
        elif isinstance(note, _Close):
            self._closing = note
        elif isinstance(note, _Hush):
            self._drop_all()
            self._rings.clear()
        elif self._process is None:
            return  # nothing can be heard, and the warning has said so
        elif isinstance(note, _Ring):
            self._rings.append(note)
            self._ring_waiting()
        elif self._has_engine:
            if note.is_urgent:
                self._drop_all()
            self._waiting.append(note)

    def _drop_all(self) -> None:
        self._waiting.clear()
        if self._current is not None and self._process is not None:
            self._process.send({"stop": self._n_sent})

    def _ring_waiting(self) -> None:
        while self._is_ready and self._process is not None and self._rings:
            ring = self._rings.popleft()
            if time.monotonic() <= ring.until_s:
                self._process.send({"chime": ring.kind})

    def _speak_next(self) -> None:
        now_s = time.monotonic()
        while self._waiting and self._is_ready and self._current is None and self._process:
            line = self._waiting.popleft()
            if now_s > line.until_s:
                continue
            self._n_sent += 1
            self._current, self._hangs_at_s = line, now_s + SENTENCE_LIMIT_S
            order = {"say": line.text, "id": self._n_sent, "file": f"{self._n_sent:03d}.wav"}
            self._process.send(order)

    def _hear(self, message: Mapping[str, Any] | None) -> None:
        if message is None:
            self._replace("ended")
        elif "ready" in message:
            self._hear_ready(message["voice"], message["sound"])
        elif "chimed" in message:
            if message["file"] is not None:
                self._log({"chime": message["chimed"], "file": message["file"]})
        elif "started" in message:
            if self._current is not None:
                self._said.append((time.monotonic() - self._start_s, self._current.text))
                self._log({"text": self._current.text, "file": f"{message['started']:03d}.wav"})
        else:
            self._current, self._hangs_at_s = None, None

    def _hear_ready(self, no_voice: str | None, no_sound: list[str] | None) -> None:
        self._is_ready, self._hangs_at_s = True, None
        if no_sound is not None:
            what, advice = describe_no_sound(*no_sound)
            self._give_up(what, advice if no_voice is None else f"{advice}; {_advise_engine()}")
            return
        if no_voice is not None:
            self._has_engine = False
            self._waiting.clear()
            what = f"no speech engine was found ({no_voice})"
            self._warn(FormcheckError("no voice, only chimes", what, _advise_engine()))
        self._ring_waiting()

    def _launch(self) -> None:
        self._is_ready, self._current = False, None
        self._hangs_at_s = time.monotonic() + START_LIMIT_S
        try:
            if self._folder is None and self._scratch is None:
                self._scratch = Path(tempfile.mkdtemp(prefix="formcheck-voice-"))
            folder = self._folder or self._scratch
            assert folder is not None
            self._process = SpeakerProcess(
                "write" if self._folder else "play", folder.absolute(), self._on_reply
            )
        except OSError as error:
            self._give_up(f"the speaking process cannot start: {error}")

    def _on_reply(self, process: SpeakerProcess, message: Mapping[str, Any] | None) -> None:
        self._inbox.put(_Reply(process, message))

    def _end_what_hangs(self) -> None:
        if self._hangs_at_s is not None and time.monotonic() >= self._hangs_at_s:
            self._replace("did not answer")

    def _replace(self, what_happened: str) -> None:
        """Start another process, once; what was being said is lost, as it may be the cause."""
        assert self._process is not None
        process, self._process = self._process, None
        process.kill()
        process.end()
        self._current, self._hangs_at_s = None, None
        if not self._was_replaced:
            self._was_replaced = True
            self._launch()
            return
        words = f" ({process.last_words})" if process.last_words else ""
        self._give_up(
            f"the speaking process {what_happened}{words}, and so did the one before it",
            f"if it happens again, {_advise_engine()}",
        )

    def _give_up(self, what: str, advice: str | None = None) -> None:
        process, self._process = self._process, None
        self._current, self._hangs_at_s = None, None
        self._waiting.clear()
        self._rings.clear()
        self._warn(FormcheckError("no voice and no chimes", what, advice))
        if process is not None:
            process.end()

    def _warn(self, warning: FormcheckError) -> None:
        if self.warning is None:
            self.warning = warning

    def _log(self, entry: Mapping[str, str]) -> None:
        if self._folder is None:
            return
        time_s = round(time.monotonic() - self._start_s, 3)
        try:
            with (self._folder / LOG_NAME).open("a", encoding="utf-8") as file:
                file.write(json.dumps({"time_s": time_s, **entry}, ensure_ascii=False) + "\n")
        except OSError as error:
            what = f"cannot be written: {error.strerror or error}"
            self._warn(StoreError(self._folder / LOG_NAME, what))


def describe_no_sound(missing: str, reason: str) -> tuple[str, str]:
    """What is missing for any sound, and what to do about it."""
    if missing == "library":
        package = "the Debian package libportaudio2" if sys.platform == "linux" else "PortAudio"
        return f"PortAudio was not found ({reason})", f"install {package}"
    return (
        f"this machine has no sound output that works ({reason})",
        "connect or switch on a speaker, then start again",
    )


def _advise_engine() -> str:
    if sys.platform == "linux":
        return "install the Debian package espeak-ng (sudo apt install espeak-ng)"
    if sys.platform == "darwin":
        return "choose a voice in the system settings, under Spoken Content"
    return "add an English voice in the system settings, under Time & language, Speech"
