"""The steady stretches of an assessment: a limb that is still moving is not read."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from formcheck.judging.hold_clock import Interval

WINDOW_S: Final = 1.0
MAX_TRAVEL_DEG: Final = 4.0
"""What a held thigh may travel in a second, and away from where it was when it came to rest: three
held ones travel 2° at most."""


@dataclass(slots=True)
class Stretch:
    """A stretch of time in which the value keeps still, and what was read in it."""

    start_s: float
    end_s: float
    values: dict[str, list[float]] = field(default_factory=dict)

    @property
    def interval(self) -> Interval:
        """Its time."""
        return Interval(self.start_s, self.end_s)

    def read(self) -> dict[str, float]:
        """The median of each value; NaN where it was never seen."""
        seen = {name: [v for v in values if np.isfinite(v)] for name, values in self.values.items()}
        return {name: float(np.median(v)) if v else float("nan") for name, v in seen.items()}


class SteadyWatch:
    """Finds the steady stretches of the first of some values, frame by frame.

    What keeps still in each second may yet sink without end: where it has left the place of a
    stretch's first second, another stretch begins with the second that leads there.
    """

    def __init__(self) -> None:
        """Start with no frame."""
        self.stretches: list[Stretch] = []
        self._recent: deque[tuple[float, dict[str, float]]] = deque()
        self._place = float("nan")
        """Median of the present stretch's first second."""
        self.is_steady = False
        """Whether the latest frame belongs to a stretch."""

    @property
    def longest(self) -> Stretch | None:
        """The longest stretch so far; None before the first."""
        return max(self.stretches, key=lambda s: s.end_s - s.start_s, default=None)

    def update(self, time_s: float, values: dict[str, float]) -> None:
        """Take the next frame's values, the one that has to keep still first."""
        self._recent.append((time_s, values))
        while time_s - self._recent[1 % len(self._recent)][0] >= WINDOW_S - 1e-6:
            self._recent.popleft()
        first = next(iter(values))
        watched = np.array([v[first] for _, v in self._recent])
        whole = time_s - self._recent[0][0] >= WINDOW_S - 1e-6
        steady = whole and bool(np.isfinite(watched).all()) and np.ptp(watched) <= MAX_TRAVEL_DEG
        if not steady:
            self.is_steady = False
            return
        if not self.is_steady or abs(values[first] - self._place) > MAX_TRAVEL_DEG:
            self.is_steady, self._place = True, float(np.median(watched))
            self.stretches.append(Stretch(self._recent[0][0], time_s))
            for _, earlier in self._recent:
                self._add(earlier)
        else:
            self.stretches[-1].end_s = time_s
            self._add(values)

    def _add(self, values: dict[str, float]) -> None:
        for name, value in values.items():
            self.stretches[-1].values.setdefault(name, []).append(value)
