"""The session's end of the speaking process: starts it, writes to it, hears from it, ends it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

from formcheck.voice.speaker import Mode

_END_S: Final = 0.5
"""How long it gets to end by itself once its input has ended."""
_KILLED_S: Final = 2.0
_N_LAST_LINES: Final = 20

OnReply = Callable[["SpeakerProcess", Mapping[str, Any] | None], None]


class SpeakerProcess:
    """A process of its own, so that neither speech nor sound can delay or end a session.

    It does not get the terminal's Ctrl-C, and what its libraries print reaches no terminal. When
    the session ends in whatever way, its input ends and so does it.

    Args:
        mode: to play, or to write files.
        folder: for its files.
        on_reply: called from another thread with each reply, and with None when it has ended.

    Raises:
        OSError: the process cannot be started.
    """

    def __init__(self, mode: Mode, folder: Path, on_reply: OnReply) -> None:
        self._on_reply = on_reply
        self._last_lines: deque[str] = deque(maxlen=_N_LAST_LINES)
        # -P: a file in the user's folder that is named as one of our modules is not imported.
        command = [sys.executable, "-P", "-m", "formcheck.voice.speaker", mode, str(folder)]
        self._process = _start(command)
        assert self._process.stdin
        assert self._process.stdout
        assert self._process.stderr
        self._input = self._process.stdin
        self._hearing = threading.Thread(
            target=self._hear, args=(self._process.stdout,), daemon=True
        )
        self._noting = threading.Thread(
            target=self._note, args=(self._process.stderr,), daemon=True
        )
        self._noting.start()
        self._hearing.start()

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

    def end(self, wait_s: float = _END_S) -> None:
        """End it, by force if it has not ended by itself after ``wait_s``."""
        with suppress(OSError, ValueError):
            self._input.close()
        try:
            self._process.wait(wait_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_KILLED_S)
        for thread in (self._hearing, self._noting):
            if thread is not threading.current_thread():
                thread.join(_KILLED_S)

    def _hear(self, pipe: IO[bytes]) -> None:
        with pipe:
            for line in pipe:
                # A line that was cut short by its end is none.
                with suppress(ValueError):
                    self._on_reply(self, json.loads(line))
        self._on_reply(self, None)

    def _note(self, pipe: IO[bytes]) -> None:
        with pipe:
            for line in pipe:
                self._last_lines.append(line.decode("utf-8", "replace").strip())


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    if sys.platform == "win32":
        apart = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, creationflags=apart)
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True)
