"""Frames that are fresh: after a hiccup one is left out, so that the next is not late as well.

A machine that judges a frame in nearly the time between two of them never makes up for a delay:
each waits for the one before, and drawing the one takes the processor from judging the next.
"""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from formcheck.video.frame import Frame

STALE_S: Final = 0.010
"""A frame that has waited for longer is late."""
_KEPT: Final = 15
_MIN_KNOWN: Final = 5
_ROOM: Final = 0.95
"""Only where a frame is done in less than this share of the time between two does leaving one out
help; a slower machine takes every frame it can."""


def keep_fresh(frames: Iterable[Frame], now_s: Callable[[], float]) -> Iterator[Frame]:
    """The frames, without those that come late and make the next one late.

    Args:
        frames: as a camera gives them.
        now_s: the present on the clock of their times.
    """
    intervals: deque[float] = deque(maxlen=_KEPT)
    works: deque[float] = deque(maxlen=_KEPT)
    before_s: float | None = None
    was_left_out = False
    for frame in frames:
        if before_s is not None:
            intervals.append(frame.time_s - before_s)
        before_s = frame.time_s
        known = min(len(intervals), len(works)) >= _MIN_KNOWN
        late = now_s() - frame.time_s > STALE_S
        if known and late and not was_left_out:
            has_room = statistics.median(works) < _ROOM * statistics.median(intervals)
            was_left_out = has_room
            if has_room:
                continue
        was_left_out = False
        start_s = time.perf_counter()
        yield frame
        works.append(time.perf_counter() - start_s)
