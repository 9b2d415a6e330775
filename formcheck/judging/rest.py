"""Where a signal that goes both ways rests between repetitions, from the frames so far."""

from __future__ import annotations

import math
import statistics
from collections import deque
from collections.abc import Mapping
from typing import Final

from formcheck.measure.reason import Reason, ReasonCode
from formcheck.measure.registry import FROM_REST, FROM_START, Measurements
from formcheck.pose.landmarks import Side

REST_S: Final = 12.0
"""So many seconds in position outside repetitions tell where a signal rests: enough to outvote the
hold of a repetition under way, and a model that takes a second or two to find the legs."""
SURE_S: Final = 4.0
"""From so many seconds of rest on a repetition is told from it and left out; before, what was taken
for rest may have been a hold, and has to be outvoted. Chosen with ``REST_S`` on 20 rendered clips
(docs/accuracy.md)."""
MAX_STEP_S: Final = 1.0
"""A frame stands for no more than this, however long after the one before."""


class RestWatch:
    """Adds the changes from rest to the measurements of a session, frame by frame.

    A signal rests at its median over the frames in position, entered or not yet, that belong to no
    repetition.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        """Fill in those of ``names`` that are changes from rest."""
        self._frames = {name: _Frames() for name in names if name in FROM_REST}

    def complete(
        self, measured: Mapping[Side, Measurements], *, inside: bool
    ) -> Mapping[Side, Measurements]:
        """The same frame with its changes from rest; ``inside`` if it is in position."""
        for name, frames in self._frames.items():
            base = FROM_START[name]
            frame = next(iter(measured.values()))
            value = frame.values[base]
            if inside and math.isfinite(value):
                frames.push(frame.time_s, value)
            value -= frames.median
            why = None
            if not math.isfinite(value):
                why = frame.why.get(base, Reason(ReasonCode.NOT_AT_START))
            measured = {side: m.with_value(name, value, why) for side, m in measured.items()}
        return measured

    def forget_since(self, time_s: float) -> None:
        """What has been seen from then on was a repetition, not rest."""
        for frames in self._frames.values():
            frames.forget_since(time_s)


class _Frames:
    """The values of the last ``REST_S`` seconds that are not forgotten."""

    def __init__(self) -> None:
        self._rows: deque[tuple[float, float, float]] = deque()
        """Time, the seconds that it stands for, and value of each."""
        self._sum_s = 0.0

    @property
    def median(self) -> float:
        return statistics.median(row[2] for row in self._rows) if self._rows else math.nan

    def push(self, time_s: float, value: float) -> None:
        length_s = min(time_s - self._rows[-1][0], MAX_STEP_S) if self._rows else 0.0
        self._rows.append((time_s, length_s, value))
        self._sum_s += length_s
        while self._sum_s > REST_S:
            self._sum_s -= self._rows.popleft()[1]

    def forget_since(self, time_s: float) -> None:
        """Leave out what was a repetition, once enough is known of rest."""
        if sum(length_s for then_s, length_s, _ in self._rows if then_s < time_s) < SURE_S:
            return
        while self._rows and self._rows[-1][0] >= time_s:
            self._sum_s -= self._rows.pop()[1]
