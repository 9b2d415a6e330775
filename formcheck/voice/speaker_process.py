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
"""How long it has to end by itself once its input has ended."""
_KILLED_S: Final = 2.0
_N_LAST_LINES: Final = 20

OnReply = Callable[["SpeakerProcess", Mapping[str, Any] | None], None]


class SpeakerProcess:
    """A process of its own, so that neither speech nor sound can delay or end a session.

    It does not receive the terminal's Ctrl-C, and what its libraries print reaches no terminal.
    However the session ends, its input ends, and so does the process.

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
        # -P: a file in the user's folder that is named like one of our modules is not imported.
        command = [sys.executable, "-P", "-m", "formcheck.voice.speaker", mode, str(folder)]
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
