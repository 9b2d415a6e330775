"""The steady stretches of an assessment: a limb that is still moving is not read."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from formcheck.judging.hold_clock import Interval

WINDOW_S: Final = 1.0
MAX_TRAVEL_DEG: Final = 4.0
"""What a held thigh may travel in a second, and away from where it was when it came to rest: three
held ones travel 2° at most."""
BRIDGE_S: Final = 1.0
"""A stretch that is broken for no longer goes on, if the value is back in its place: the model
loses a held leg for half a second."""


@dataclass(slots=True)
class Stretch:
    """A stretch of time in which the value keeps still, and what was read in it."""

    start_s: float
    end_s: float
    values: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @property
    def interval(self) -> Interval:
        """Its time."""
        return Interval(self.start_s, self.end_s)

    def read(self) -> dict[str, float]:
        """The median of each value; NaN where it was never seen."""
        seen = {name: [v for v in values if np.isfinite(v)] for name, values in self.values.items()}
        return {name: float(np.median(v)) if v else math.nan for name, v in seen.items()}


class SteadyWatch:
    """Finds the steady stretches of the first of some values, frame by frame.

    What keeps still within each second may yet sink without end: once it has left the place of a
    stretch's first second, another stretch begins with the second that led there. What moves, or is
    not seen, ends a stretch too, unless it is back in that place and still within ``BRIDGE_S``.
    """

    def __init__(self) -> None:
        """Start with no frame."""
        self.longest: Stretch | None = None
        """The longest stretch so far; None before the first."""
        self._recent: deque[tuple[float, Mapping[str, float]]] = deque()
        self._present: Stretch | None = None
        self._broken: Stretch | None = None
        """The latest stretch, while none is present."""
        self._place = math.nan
        """Median of the first second of the present stretch, or of the broken one."""

    @property
    def is_steady(self) -> bool:
        """Whether the latest frame belongs to a stretch."""
        return self._present is not None

    def update(self, time_s: float, values: Mapping[str, float]) -> None:
        """Take the next frame's values, the one that has to keep still first."""
        self._recent.append((time_s, values))
        while time_s - self._recent[1 % len(self._recent)][0] >= WINDOW_S - 1e-6:
            self._recent.popleft()
        first = next(iter(values))
        watched = np.array([v[first] for _, v in self._recent])
        whole = time_s - self._recent[0][0] >= WINDOW_S - 1e-6
        if not (whole and np.isfinite(watched).all() and np.ptp(watched) <= MAX_TRAVEL_DEG):
            self._broken, self._present = self._present or self._broken, None
            return
        new = [values]
        if self._present is None or abs(values[first] - self._place) > MAX_TRAVEL_DEG:
            new = [earlier for _, earlier in self._recent]
            self._present = self._begin(self._recent[0][0], float(np.median(watched)))
        self._present.end_s = time_s
        for one in new:
            for name, value in one.items():
                self._present.values[name].append(value)
        if self.longest is None or self._present.interval.length_s > self.longest.interval.length_s:
            self.longest = self._present

    def _begin(self, start_s: float, place: float) -> Stretch:
        """The stretch that the value keeps still in from then on: another, or the broken one."""
        broken, self._broken = self._broken, None
        is_near = broken is not None and start_s - broken.end_s <= BRIDGE_S
        if broken is not None and is_near and abs(place - self._place) <= MAX_TRAVEL_DEG:
            return broken
        self._place = place
        return Stretch(start_s, start_s)
