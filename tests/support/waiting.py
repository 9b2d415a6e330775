"""Waiting for what other processes do, and how long at most."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE_S = 120.0
"""Processes start within seconds on a machine that has nothing else to do."""


def await_that(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, "it never came"
        threading.Event().wait(0.02)


def began(folder: Path) -> list[int]:
    """Ids of the workers that have begun a clip of ``stand_ins`` that waits in the folder."""
    return [int(path.name.rpartition(" ")[2]) for path in folder.glob("began *")]
