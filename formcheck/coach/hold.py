"""The good-form clock.

A hold is an unbroken stretch in position with no required rule failing. A failing rule pauses it
at once; a pause after which the rule is well again in time is credited back, else the hold ended
where the failing began.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from formcheck.coach.rules import FaultWatch


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time, ``start_s <= end_s``."""

    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        """Its length."""
        return self.end_s - self.start_s


class HoldClock:
    """Builds the holds of one stay in position."""

    def __init__(self) -> None:
        """Start outside any hold."""
        self.holds: list[Interval] = []
        self.start_s: float | None = None
        """When the running hold began; None while none runs."""
        self.paused_s: float | None = None
        """Since when the running hold is paused; None while it is not."""
        self.now_s = 0.0
        """The latest frame."""
        self._first_s: float | None = None
        self._lapsed_s = -math.inf
        """Last frame of the latest failure that could not be seen any more."""

    @property
    def running(self) -> Interval | None:
        """The hold under way, up to its pause or to now."""
        if self.start_s is None:
            return None
        return Interval(self.start_s, self.now_s if self.paused_s is None else self.paused_s)

    def update(self, required: list[FaultWatch], time_s: float) -> None:
        """Take the next settled frame.

        Args:
            required: the watches of the required rules, already updated with this frame.
            time_s: the frame's time.
        """
        self.now_s = time_s
        if self._first_s is None:
            self._first_s = time_s
        if self.start_s is not None:
            open_since = [w.open_fault.start_s for w in required if w.open_fault]
            if open_since:
                self._end(min(open_since))
        lapsed_s = max((w.lapsed_s for w in required if w.lapsed_s is not None), default=None)
        if lapsed_s is not None:
            self._lapsed_s = lapsed_s
            if self.start_s is not None and self.paused_s is not None:
                self._end(self.paused_s)
        if any(watch.stops_the_clock for watch in required):
            if self.start_s is not None and self.paused_s is None:
                self.paused_s = time_s
        elif self.start_s is None:
            mended = [w.faults[-1].end_s or time_s for w in required if w.faults]
            self.start_s = max([self._first_s, self._lapsed_s, *mended])
        else:
            self.paused_s = None

    def stop(self, required: list[FaultWatch], time_s: float) -> None:
        """End the running hold: the position was left after that frame.

        A failure under way, fault or not yet, is not credited.
        """
        self.now_s = time_s
        running = self.running
        if running is None:
            return
        failing = [w.suspect_since_s for w in required if w.suspect_since_s is not None]
        self._end(min([running.end_s, *failing]))

    def _end(self, end_s: float) -> None:
        if self.start_s is not None and end_s > self.start_s:
            self.holds.append(Interval(self.start_s, end_s))
        self.start_s = self.paused_s = None
