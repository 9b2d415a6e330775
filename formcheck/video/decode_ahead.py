"""The next frames are decoded while the caller is at work on one."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from formcheck.video.frame import Frame

N_AHEAD: Final = 4
"""Frames that may wait: more would only fill memory."""


def read_ahead(frames: Iterator[Frame]) -> Generator[Frame]:
    """The same frames, decoded in a thread of their own; what that raises is raised here.

    Args:
        frames: dropped where the caller stops early; nobody else may use it meanwhile.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="decoder") as pool:
        waiting = deque(pool.submit(next, frames, None) for _ in range(N_AHEAD))
        while (frame := waiting.popleft().result()) is not None:
            waiting.append(pool.submit(next, frames, None))
            yield frame
