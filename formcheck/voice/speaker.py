"""The process that speaks: sentences and chimes, both through one sound output.

`SpeakerProcess` runs it as ``python -m formcheck.voice.speaker play|write FOLDER MANNER``: the last
is the JSON of a `Manner`.
With ``play`` the folder is scratch space. With ``write`` nothing is played: each sentence and chime
is left there as a WAV file, and a sentence takes as long as it would when spoken.

Standard input brings one JSON object a line: ``{"say": text, "id": n, "file": name}``, with
``"quiet": true`` for a low voice, ``{"stop": n}`` for the sentences up to the n-th, ``{"chime":
kind}``. Standard output answers ``{"ready": true, "voice": why not or null, "sound": [what is
missing, why] or null}`` once, then ``{"started": n}`` and ``{"done": n}`` for a sentence,
``{"chimed": kind, "file": name or null}``.
The process ends when its input does, whatever it is doing then.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, Final, Literal, TextIO

import numpy as np

from formcheck.voice.engine import Espeak, Manner, SystemEngine
from formcheck.voice.sound import RATE_HZ, Chime, Player, Samples, synthesize_chime, write_wav

Mode = Literal["play", "write"]
OnReply = Callable[["SpeakerProcess", Mapping[str, Any] | None], None]

_END_S: Final = 0.5
"""How long the process has to end by itself once its input has ended."""
_KILLED_S: Final = 2.0
_N_LAST_LINES: Final = 20
QUIET: Final = 0.4
"""How loud a low voice is, of the full one."""
_STALL_S: Final = 2.0
"""A sound that is this late at its end will never end: its output is gone."""
_POLL_S: Final = 0.02


class SpeakerProcess:
    """A process of its own, so that neither speech nor sound can delay or end a session.

    It does not receive the terminal's Ctrl-C, and what its libraries print reaches no terminal.
    However the session ends, its input ends, and so does the process.

    Args:
        mode: to play, or to write files.
        folder: for its files.
        manner: how it speaks.
        on_reply: called from another thread with each reply, and with None when it has ended.

    Raises:
        OSError: the process cannot be started.
    """

    def __init__(self, mode: Mode, folder: Path, manner: Manner, on_reply: OnReply) -> None:
        self._on_reply = on_reply
        self._last_lines: deque[str] = deque(maxlen=_N_LAST_LINES)
        # -P: a file in the user's folder that is named like one of our modules is not imported.
        command = [sys.executable, "-P", "-m", "formcheck.voice.speaker", mode, str(folder)]
        command.append(json.dumps(asdict(manner)))
        if sys.platform == "win32":
            flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        else:
            flags = 0
        pipe = subprocess.PIPE
        self._process = process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, creationflags=flags,
            start_new_session=sys.platform != "win32",
        )  # fmt: skip
        assert process.stdin
        assert process.stdout
        assert process.stderr
        self._input = process.stdin
        self._threads = (
            threading.Thread(target=self._note, args=(process.stderr,), daemon=True),
            threading.Thread(target=self._hear, args=(process.stdout,), daemon=True),
        )
        for thread in self._threads:
            thread.start()

    @property
    def last_words(self) -> str:
        """The last line that it or one of its libraries printed, empty if there is none."""
        return next((line for line in reversed(self._last_lines) if line), "")

    def send(self, order: Mapping[str, Any]) -> None:
        """Give it an order; one that has ended says so by its None reply."""
        with suppress(OSError, ValueError):
            self._input.write(json.dumps(order).encode("ascii") + b"\n")
            self._input.flush()

    def kill(self) -> None:
        """End it this moment, from any thread."""
        self._process.kill()

    def end(self) -> None:
        """End it, by force if it does not end by itself in half a second."""
        with suppress(OSError, ValueError):
            self._input.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_KILLED_S)
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(_KILLED_S)

    def _hear(self, pipe: IO[bytes]) -> None:
        with pipe:
            for line in pipe:
                # The last line may have been cut short.
                with suppress(ValueError):
                    self._on_reply(self, json.loads(line))
        self._on_reply(self, None)

    def _note(self, pipe: IO[bytes]) -> None:
        with pipe:
            for line in pipe:
                self._last_lines.append(line.decode("utf-8", "replace").strip())


class Speaker:
    """Does what standard input asks for.

    Sentences are said by the main thread, as the engines of Windows and macOS require. Another
    thread reads the input, so that a chime or a stop comes through during a sentence.
    """

    def __init__(self, mode: Mode, folder: Path, manner: Manner, replies: TextIO) -> None:
        self._plays = mode == "play"
        # macOS writes AIFF, and its engine is at its best when it plays by itself.
        self._engine_plays = self._plays and sys.platform == "darwin"
        self._folder, self._manner = folder, manner
        self._replies = replies
        self._reply_lock = threading.Lock()
        self._sentences: queue.SimpleQueue[Mapping[str, Any]] = queue.SimpleQueue()
        self._changed = threading.Condition()
        self._stopped_id = 0
        self._chime_end_s = 0.0
        self._player: Player | None = None
        self._engine: Espeak | SystemEngine | None = None

    def run(self) -> None:
        """Speak until the input ends, which ends the process; never returns."""
        threading.Thread(target=self._read, daemon=True).start()
        no_voice = no_sound = None
        if self._plays:
            try:
                self._player = Player()
            except OSError as error:
                no_sound = "library", str(error)
            except Exception as error:  # PortAudioError, whose class is part of the library
                no_sound = "device", str(error)
        try:
            has_espeak = sys.platform not in ("win32", "darwin")
            self._engine = Espeak(self._manner) if has_espeak else SystemEngine(self._manner)
        except Exception as error:
            traceback.print_exc()
            no_voice = f"{type(error).__name__}: {error}"
        self._reply({"ready": True, "voice": no_voice, "sound": no_sound})
        while True:
            self._say(self._sentences.get())

    def _read(self) -> None:
        """Take the orders; ends the process with the input, even if it hangs elsewhere."""
        try:
            for line in sys.stdin:
                self._take(json.loads(line))
            if self._plays:
                shutil.rmtree(self._folder, ignore_errors=True)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)

    def _take(self, order: Mapping[str, Any]) -> None:
        if "say" in order:
            self._sentences.put(order)
        elif "chime" in order:
            self._ring(order["chime"])
        else:
            with self._changed:
                self._stopped_id = order["stop"]
                self._changed.notify_all()

    def _ring(self, kind: Chime) -> None:
        samples, file = synthesize_chime(kind), None
        samples = samples * np.float32(self._manner.volume / 100)
        self._chime_end_s = time.monotonic() + len(samples) / RATE_HZ
        if self._player is not None:
            self._player.play(samples, RATE_HZ)
        elif not self._plays:
            file = f"chime-{kind}.wav"
            write_wav(self._folder / file, samples, RATE_HZ)
        self._reply({"chimed": kind, "file": file})

    def _say(self, order: Mapping[str, Any]) -> None:
        number, text, path = int(order["id"]), str(order["say"]), self._folder / order["file"]
        loudness = self._manner.volume / 100 * (QUIET if order.get("quiet") else 1.0)
        if self._engine is not None and not self._wait(number, 0.0):
            if self._engine_plays and isinstance(self._engine, SystemEngine):
                self._reply({"started": number})
                self._engine.speak(text, loudness)
            else:
                samples, rate_hz = self._engine.synthesize(text, path)
                # A chime that has just rung is heard to its end first.
                is_stopped = self._wait(number, self._chime_end_s - time.monotonic())
                if self._plays or is_stopped:
                    path.unlink()
                if not is_stopped:
                    self._reply({"started": number})
                    self._utter(number, samples * np.float32(loudness), rate_hz)
        self._reply({"done": number})

    def _utter(self, number: int, samples: Samples, rate_hz: int) -> None:
        """Play a sentence, or wait as long as that would take, until its end or its stop.

        Raises:
            OSError: the sound output was lost.
        """
        length_s = len(samples) / rate_hz
        if self._player is None:
            self._wait(number, length_s)
            return
        playing = self._player.play(samples, rate_hz)
        if self._wait(number, length_s):
            self._player.cut(playing)
        give_up_s = time.monotonic() + _STALL_S
        while not playing.is_over:
            if time.monotonic() > give_up_s:
                raise OSError("the sound output has stalled")
            if self._wait(number, _POLL_S):
                return
        self._wait(number, self._player.latency_s)

    def _wait(self, number: int, time_s: float) -> bool:
        """Wait, at most until the sentence is to stop; whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: self._stopped_id >= number, max(time_s, 0.0))

    def _reply(self, message: Mapping[str, Any]) -> None:
        with self._reply_lock:
            self._replies.write(json.dumps(message) + "\n")
            self._replies.flush()


def main() -> None:
    """Speak until standard input ends."""
    # Ctrl-C is for the session to handle: it may have a last sentence to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Standard output is for replies alone: what a driver prints goes to standard error instead.
    replies = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    try:
        mode: Mode = "write" if sys.argv[1] == "write" else "play"
        manner = Manner(**json.loads(sys.argv[3]))
        Speaker(mode, Path(sys.argv[2]), manner, replies).run()
    except BaseException:
        traceback.print_exc()
    # The ordinary way out would wait for a thread that waits for input.
    os._exit(1)


if __name__ == "__main__":
    main()
