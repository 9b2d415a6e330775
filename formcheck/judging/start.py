"""What has changed since the position was entered: against the median of the first second in it."""

from __future__ import annotations

import math
import statistics
from typing import Final

from formcheck.measure.reason import Reason, ReasonCode
from formcheck.measure.registry import FROM_START, Measurements

START_S: Final = 1.0
"""Entering takes a second with the hips nearly still: that is the start."""


class StartWatch:
    """Adds the changes since the start to the measurements of one stay, frame by frame."""

    def __init__(self, names: tuple[str, ...]) -> None:
        """Fill in those of ``names`` that are changes since the start."""
        self._asked = {name: FROM_START[name] for name in names if name in FROM_START}
        self._first_s: float | None = None
        self._seen: dict[str, list[float]] = {base: [] for base in self._asked.values()}
        self._start: dict[str, float] = {}

    def complete(self, measured: Measurements) -> Measurements:
        """The same frame with its changes since the start, or why there is none."""
        if not self._asked:
            return measured
        if self._first_s is None:
            self._first_s = measured.time_s
        if measured.time_s - self._first_s <= START_S + 1e-6:
            for base, values in self._seen.items():
                if math.isfinite(measured.values[base]):
                    values.append(measured.values[base])
                if values:
                    self._start[base] = statistics.median(values)
        for name, base in self._asked.items():
            value = measured.values[base] - self._start.get(base, math.nan)
            why = None
            if not math.isfinite(value):
                why = measured.why.get(base, Reason(ReasonCode.NOT_AT_START))
            measured = measured.with_value(name, value, why)
        return measured
