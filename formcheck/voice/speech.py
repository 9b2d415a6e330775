"""Says sentences and rings chimes without ever making the session wait.

Calls only leave work in an inbox. A thread does it, keeps the few sentences that wait, and hands
them one at a time to a process that speaks (`formcheck.voice.speaker`), which is replaced once if
it ends or hangs.
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
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

from formcheck.errors import FormcheckError, StoreError
from formcheck.language import phrase, tell_system, translate
from formcheck.voice.engine import CALM, Manner
from formcheck.voice.sound import Chime
from formcheck.voice.speaker import SpeakerProcess

LOG_NAME: Final = "said.jsonl"
N_WAITING: Final = 8
"""At most this many sentences wait; then the oldest is dropped."""
CHIME_WITHIN_S: Final = 1.0
"""A chime marks a moment: one that has waited longer, as while the process starts, is dropped."""
START_LIMIT_S: Final = 30.0
SENTENCE_LIMIT_S: Final = 15.0
"""A start or a sentence that takes longer has hung."""
GOODBYE_S: Final = 2.0
"""How long `Voice.close` waits for what is still to be said, unless told otherwise."""
_CLOSE_LIMIT_S: Final = 2.0
"""How much longer it waits for the process to end, before it kills it."""
_ENGINE_ADVICE: Final = {
    "linux": phrase("install the Debian package espeak-ng (sudo apt install espeak-ng)"),
    "darwin": phrase("choose a voice in the system settings, under Spoken Content"),
}.get(
    sys.platform,
    phrase("add a voice for the language in the system settings, under Time & language, Speech"),
)

_NO_ANSWER: Final = phrase(
    "the speaking process did not answer{words}, and neither did the one before it"
)
_ENDED: Final = phrase("the speaking process ended{words}, and so did the one before it")


class _Waiting(NamedTuple):
    """A sentence, or a kind of chime, and until when it may begin, on the monotonic clock."""

    what: str
    until_s: float
    is_quiet: bool = False


class Voice:
    """English speech and chimes, from a process that starts as soon as this is made.

    Every call returns at once, and none fails when nothing can be heard: then `warning` says why.
    Use it as a context manager, or call `close`.

    Args:
        folder: if given, nothing is played. Each sentence is written there as ``NNN.wav``, each
            kind of chime as ``chime-KIND.wav``, and ``said.jsonl``, begun anew, gets one line for
            each, with the seconds since the start. A sentence takes as long as when spoken. Not on
            macOS, whose engine writes no WAV files.

        manner: which voice, how fast, how loud.

    Raises:
        StoreError: the folder cannot be written to.
    """

    def __init__(self, *, folder: Path | None = None, manner: Manner = CALM) -> None:
        self._start_s = time.monotonic()
        self._folder, self._manner = folder, manner
        if folder is not None:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                (folder / LOG_NAME).write_text("", encoding="utf-8")
            except OSError as error:
                what = translate(
                    "speech cannot be written there: {problem}", problem=tell_system(error)
                )
                raise StoreError(folder, what) from error
        self.warning: FormcheckError | None = None
        """The first reason found why something cannot be heard, and what to do; else None."""
        self._is_muted = False
        self._is_closed = False
        self._said: list[tuple[float, str]] = []
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        # Only the thread uses the rest.
        self._waiting: deque[_Waiting] = deque(maxlen=N_WAITING)
        self._rings: deque[_Waiting] = deque(maxlen=N_WAITING)
        self._current: str | None = None
        self._n_sent = 0
        self._process: SpeakerProcess | None = None
        self._scratch: Path | None = None
        self._is_ready = False
        self._has_engine = True
        self._was_replaced = False
        self._hangs_at_s: float | None = None
        self._closes_at_s: float | None = None
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
            self._inbox.put(self._hush)

    @property
    def is_speaking(self) -> bool:
        """Whether something is being said or waits to be said, as far as is known."""
        return self._current is not None or bool(self._waiting) or not self._inbox.empty()

    @property
    def said(self) -> tuple[tuple[float, str], ...]:
        """Every sentence that was begun, with the seconds from the voice's start to its own."""
        return tuple(self._said)

    def say(
        self,
        text: str,
        *,
        urgent: bool = False,
        replaces: bool = False,
        within_s: float = 3.0,
        quiet: bool = False,
    ) -> None:
        """Say a sentence after those that wait.

        Args:
            text: English.
            urgent: say it now: what is being said is cut off (not on macOS, whose engine cannot),
                what waits is dropped.
            replaces: what waits is dropped, and what is being said is heard to its end.
            within_s: drop it if its turn has not come by then.
            quiet: say it in a low voice.
        """
        if text.strip() and not self._is_muted and not self._is_closed:
            line = _Waiting(text.strip(), time.monotonic() + within_s, quiet)
            self._inbox.put(partial(self._add, line, urgent, replaces))

    def chime(self, kind: Chime) -> None:
        """Ring at once, even during a sentence; the next sentence waits for the end of the ring."""
        if not self._is_muted and not self._is_closed:
            ring = _Waiting(kind, time.monotonic() + CHIME_WITHIN_S)
            self._inbox.put(partial(self._ring, ring))

    def close(self, within_s: float = GOODBYE_S) -> None:
        """Wait up to ``within_s`` for what is still to be said, then end the process."""
        if not self._is_closed:
            self._is_closed = True
            self._inbox.put(partial(setattr, self, "_closes_at_s", time.monotonic() + within_s))
        self._thread.join(within_s + _CLOSE_LIMIT_S)
        process = self._process
        if self._thread.is_alive() and process is not None:
            process.kill()
            self._thread.join(_CLOSE_LIMIT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    # What follows runs in the voice's thread.

    def _run(self) -> None:
        try:
            self._launch()
            while not self._is_finished():
                limits_s = [s for s in (self._hangs_at_s, self._closes_at_s) if s is not None]
                patience_s = max(min(limits_s) - time.monotonic(), 0.0) if limits_s else None
                try:
                    self._inbox.get(timeout=patience_s)()
                except queue.Empty:
                    if self._hangs_at_s is not None and time.monotonic() >= self._hangs_at_s:
                        self._replace(_NO_ANSWER)
                self._speak_next()
        finally:
            self._current = None
            self._waiting.clear()
            if self._process is not None:
                self._process.end()
            if self._scratch is not None:
                shutil.rmtree(self._scratch, ignore_errors=True)

    def _is_finished(self) -> bool:
        if self._closes_at_s is None:
            return False
        is_idle = self._process is None or (self._current is None and not self._waiting)
        return is_idle or time.monotonic() >= self._closes_at_s

    def _add(self, line: _Waiting, is_urgent: bool, replaces: bool) -> None:
        if self._process is not None and self._has_engine:
            if is_urgent:
                self._hush(rings=False)
            elif replaces:
                self._waiting.clear()
            self._waiting.append(line)

    def _ring(self, ring: _Waiting) -> None:
        if self._process is not None:
            self._rings.append(ring)
            self._ring_waiting()

    def _ring_waiting(self) -> None:
        while self._is_ready and self._process is not None and self._rings:
            ring = self._rings.popleft()
            if time.monotonic() <= ring.until_s:
                self._process.send({"chime": ring.what})

    def _hush(self, *, rings: bool = True) -> None:
        """Stop what is being said, and drop what waits."""
        if rings:
            self._rings.clear()
        self._waiting.clear()
        if self._current is not None and self._process is not None:
            self._process.send({"stop": self._n_sent})

    def _speak_next(self) -> None:
        now_s = time.monotonic()
        while self._waiting and self._is_ready and self._current is None and self._process:
            line = self._waiting.popleft()
            if now_s > line.until_s:
                continue
            self._n_sent += 1
            self._current, self._hangs_at_s = line.what, now_s + SENTENCE_LIMIT_S
            file = f"{self._n_sent:03d}.wav"
            order = {"say": line.what, "id": self._n_sent, "file": file, "quiet": line.is_quiet}
            self._process.send(order)

    def _hear(self, process: SpeakerProcess, message: Mapping[str, Any] | None) -> None:
        if process is not self._process:
            return
        if message is None:
            self._replace(_ENDED)
        elif "ready" in message:
            self._hear_ready(message["voice"], message["sound"])
        elif "chimed" in message:
            if message["file"] is not None:
                self._log({"chime": message["chimed"], "file": message["file"]})
        elif "started" in message:
            if self._current is not None:
                self._said.append((time.monotonic() - self._start_s, self._current))
                self._log({"text": self._current, "file": f"{message['started']:03d}.wav"})
        else:
            self._current, self._hangs_at_s = None, None

    def _hear_ready(self, no_voice: str | None, no_sound: list[str] | None) -> None:
        self._is_ready, self._hangs_at_s = True, None
        if no_sound is not None:
            what, advice = _describe_no_sound(*no_sound)
            engine = translate(_ENGINE_ADVICE)
            self._give_up(what, advice if no_voice is None else f"{advice}; {engine}")
            return
        if no_voice is not None:
            self._has_engine = False
            self._waiting.clear()
            what = translate("no speech engine was found ({problem})", problem=no_voice)
            subject, advice = translate("no voice, only chimes"), translate(_ENGINE_ADVICE)
            self._warn(FormcheckError(subject, what, advice))
        self._ring_waiting()

    def _launch(self) -> None:
        self._is_ready, self._current = False, None
        self._hangs_at_s = time.monotonic() + START_LIMIT_S
        try:
            folder = self._folder or self._scratch
            if folder is None:
                folder = self._scratch = Path(tempfile.mkdtemp(prefix="formcheck-voice-"))
            self._process = SpeakerProcess(
                "write" if self._folder else "play",
                folder.absolute(),
                self._manner,
                lambda process, message: self._inbox.put(partial(self._hear, process, message)),
            )
        except OSError as error:
            self._give_up(translate("the speaking process cannot start: {problem}", problem=error))

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
            translate(what_happened, words=words),
            translate("if it happens again, {advice}", advice=translate(_ENGINE_ADVICE)),
        )

    def _give_up(self, what: str, advice: str | None = None) -> None:
        process, self._process = self._process, None
        self._current, self._hangs_at_s = None, None
        self._waiting.clear()
        self._rings.clear()
        self._warn(FormcheckError(translate("no voice and no chimes"), what, advice))
        if process is not None:
            process.end()

    def _warn(self, warning: FormcheckError) -> None:
        self.warning = self.warning or warning

    def _log(self, entry: Mapping[str, str]) -> None:
        if self._folder is None:
            return
        time_s = round(time.monotonic() - self._start_s, 3)
        try:
            with (self._folder / LOG_NAME).open("a", encoding="utf-8") as file:
                file.write(json.dumps({"time_s": time_s, **entry}, ensure_ascii=False) + "\n")
        except OSError as error:
            what = translate("cannot be written: {problem}", problem=tell_system(error))
            self._warn(StoreError(self._folder / LOG_NAME, what))


def _describe_no_sound(missing: str, reason: str) -> tuple[str, str]:
    """What is missing for any sound, and what to do about it."""
    if missing == "library":
        advice = phrase("install PortAudio")
        if sys.platform == "linux":
            advice = phrase("install the Debian package libportaudio2")
        what = translate("PortAudio was not found ({problem})", problem=reason)
        return what, translate(advice)
    return (
        translate("this machine has no sound output that works ({problem})", problem=reason),
        translate("connect or switch on a speaker, then start again"),
    )
