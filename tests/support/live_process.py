"""``formcheck`` at a camera, in a process of its own, and the clips that the camera plays."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

from tests.support.display import DISPLAY_NAMES, QT_NAMES
from tests.support.media import read_frames, write_clip

LIMIT_S: Final = 90.0
"""For what takes seconds on a machine with nothing else to do."""
RATE_HZ: Final = 15
_KNEELS: Final = "half-kneeling_good25.mp4"


def make_kneeling(folder: Path, samples: Path) -> Path:
    """Someone who kneels well on the right knee; its end goes on with its beginning."""
    images = [image for _, image in read_frames(samples / _KNEELS, 3.5, 8.0)]
    images += images[-2:0:-1]
    return write_clip(folder / "kneels.mp4", ((k / RATE_HZ, i) for k, i in enumerate(images)))


def make_leaving(folder: Path, samples: Path, kneels_s: float) -> Path:
    """The same person, gone after so many seconds."""
    frames = read_frames(samples / _KNEELS, 3.5, 3.5 + kneels_s)
    end_s = frames[-1][0]
    empty = [(end_s + k / RATE_HZ, np.full_like(frames[0][1], 120)) for k in range(1, 30)]
    return write_clip(folder / "leaves.mp4", [*frames, *empty])


class LiveProcess:
    """A command whose lines are read as they come.

    Args:
        folder: where it works; what it says is logged there, in ``said``, and what it remembers
            unless told otherwise goes to ``home``.
        arguments: of ``formcheck``.
        display: of a window; None has none.
    """

    def __init__(self, folder: Path, *arguments: str | Path, display: str | None = None) -> None:
        self.folder = folder
        self.lines: list[str] = []
        """Of stdout, so far."""
        self._errors = (folder / "stderr").open("w+")
        hidden = {*DISPLAY_NAMES, *QT_NAMES}
        self.environment = {k: v for k, v in os.environ.items() if k not in hidden}
        self.environment["XDG_DATA_HOME"] = str(folder / "home")
        self.environment["FORMCHECK_VOICE_DIR"] = str(folder / "said")
        if display is not None:
            self.environment["DISPLAY"] = display
        self._process = subprocess.Popen(
            [sys.executable, "-m", "formcheck.cli.main", *map(str, arguments)],
            cwd=folder, env=self.environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._errors,
        )  # fmt: skip
        self._new: queue.Queue[str | None] = queue.Queue()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))
            self._new.put(self.lines[-1])
        self._new.put(None)

    def wait_for_line(self, part: str) -> str:
        """The next line of stdout that has ``part`` in it."""
        end_s = time.monotonic() + LIMIT_S
        while (line := self._new.get(timeout=max(0.01, end_s - time.monotonic()))) is not None:
            if part in line:
                return line
        raise AssertionError(f"no {part!r} in {self.lines}; stderr: {self.stderr}")

    def wait_until(self, condition: Callable[[], object], what: str) -> None:
        """Wait for a condition, while the command runs."""
        end_s = time.monotonic() + LIMIT_S
        while not condition():
            assert self._process.poll() is None, f"it ended: {self.lines}; {self.stderr}"
            assert time.monotonic() < end_s, f"waited in vain: {what}; {self.lines}"
            time.sleep(0.01)

    def send(self, signum: signal.Signals) -> None:
        self._process.send_signal(signum)

    def end(self) -> int:
        """Wait for its end; the exit code."""
        code = self._process.wait(LIMIT_S)
        self._reading.join(LIMIT_S)
        return code

    @property
    def stdout(self) -> str:
        return "\n".join(self.lines)

    @property
    def stderr(self) -> str:
        return (self.folder / "stderr").read_text()

    @property
    def said(self) -> list[str]:
        """What was spoken, so far."""
        log = self.folder / "said" / "said.jsonl"
        lines = log.read_text().splitlines() if log.exists() else []
        entries: list[dict[str, Any]] = [json.loads(line) for line in lines]
        return [str(entry["text"]) for entry in entries if "text" in entry]

    def files(self) -> set[str]:
        """What lies in its folder, aside from what the test itself put there."""
        mine = {"stderr", "said"}
        found = (path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file())
        return {str(path) for path in found if path.parts[0] not in mine}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(LIMIT_S)
        self._reading.join(LIMIT_S)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._errors.close()
