"""The good-form clock.

A hold is an unbroken stretch in position in which every required rule is seen to be met. A failing
or unseen rule pauses it at once; a pause after which all is met again in time is credited back,
else the hold ended where the pause began. A rule that, as its file says, may be unknown does not
pause it by being unseen: that time is held, but not confirmed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from formcheck.judging.rules import FaultWatch

CREDIT_S: Final = 0.5
"""A pause shorter than this is credited back (interface of the clock)."""


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
        """Those that are over, in order."""
        self.start_s: float | None = None
        """When the running hold began; None while none runs."""
        self.paused_s: float | None = None
        """Since when the running hold is paused; None while it is not."""
        self.now_s = 0.0
        """The latest frame."""
        self._met_from_s: float | None = None
        """First of the frames up to now in which no verdict stopped the clock."""
        self._met_s = 0.0
        """The latest of them."""
        self._stopped_s = 0.0
        """First frame of the present pause."""

    @property
    def running(self) -> Interval | None:
        """The hold under way, up to its pause or to now."""
        if self.start_s is None:
            return None
        return Interval(self.start_s, self.now_s if self.paused_s is None else self.paused_s)

    def update(self, required: Sequence[FaultWatch], time_s: float) -> None:
        """Take the next settled frame.

        Args:
            required: the watches of the required rules, already updated with this frame.
            time_s: the frame's time.
        """
        self.now_s = time_s
        failing = unseen = stopped = faulty = False
        for watch in required:
            stopped = stopped or watch.stops_the_clock
            failing = failing or watch.is_failing
            unseen = unseen or (watch.is_unseen and watch.rule.stops_unseen)
            faulty = faulty or watch.open_fault is not None
        if failing or unseen:
            # A failure is dated from its first frame; what is unseen ends where it was seen.
            self._pause(time_s, time_s if failing else self._met_s)
            credit_s = [w.rule.for_s for w in required if w.suspect_since_s is not None]
            if time_s - self._stopped_s >= max([CREDIT_S, *credit_s]) - 1e-6:
                self._end()
        else:
            self._met_from_s = time_s if self._met_from_s is None else self._met_from_s
            self._met_s = time_s
            if not stopped:
                self._run(required)
        if faulty:
            self._end()

    def miss(self, time_s: float) -> None:
        """Take a frame in which the position itself could not be seen."""
        self.now_s = time_s
        self._pause(time_s, self._met_s)
        if time_s - self._stopped_s >= CREDIT_S - 1e-6:
            self._end()

    def _run(self, required: Sequence[FaultWatch]) -> None:
        self.paused_s = None
        if self.start_s is None and self._met_from_s is not None:
            mended = [w.faults[-1].end_s or 0.0 for w in required if w.faults]
            self.start_s = max([self._met_from_s, *mended])

    def _pause(self, time_s: float, since_s: float) -> None:
        self._met_from_s = None
        if self.start_s is not None and self.paused_s is None:
            self._stopped_s, self.paused_s = time_s, since_s

    def stop(self, required: Sequence[FaultWatch], time_s: float) -> None:
        """End the running hold: the position was left after that frame, or is not held any more.

        A failure under way, fault or not yet, is not credited.
        """
        self.now_s = time_s
        self._met_from_s = None
        running = self.running
        if running is None:
            return
        failing = [w.suspect_since_s for w in required if w.suspect_since_s is not None]
        self.paused_s = min([running.end_s, *failing])
        self._end()

    def _end(self) -> None:
        """The running hold, if there is one, ended where it was paused."""
        if self.start_s is not None and self.paused_s is not None:
            if self.paused_s > self.start_s:
                self.holds.append(Interval(self.start_s, self.paused_s))
            self.start_s = self.paused_s = None


class SureTime:
    """The stretches in which every required rule was seen to be met, and their share of holds."""

    def __init__(self) -> None:
        """Start with no frame."""
        self._stretches: list[Interval] = []
        """Those that are over, in order."""
        self._since_s: float | None = None
        self._hold_start_s: float | None = None
        """Of the hold that `count_s` was last asked about, of which it has added up to ``_sum_s``
        the stretches before ``_n_added``."""
        self._n_added = 0
        self._sum_s = 0.0

    def update(self, is_sure: bool, time_s: float) -> None:
        """Take the next frame, whose verdicts stand until the one after it."""
        if is_sure and self._since_s is None:
            self._since_s = time_s
        elif not is_sure and self._since_s is not None:
            self._stretches.append(Interval(self._since_s, time_s))
            self._since_s = None

    def list_within(self, hold: Interval, now_s: float) -> list[Interval]:
        """The parts of a hold that are in them; ``now_s`` is the latest frame."""
        sure = list(self._stretches)
        if self._since_s is not None:
            sure.append(Interval(self._since_s, now_s))
        parts = (
            Interval(max(one.start_s, hold.start_s), min(one.end_s, hold.end_s)) for one in sure
        )
        return [part for part in parts if part.length_s > 0]

    def count_s(self, hold: Interval, now_s: float) -> float:
        """Seconds of a hold that are in them; a stretch is added once and for all when it is over.

        Args:
            hold: the one that was asked about before, or a later one.
            now_s: the latest frame.
        """
        start_s, end_s = hold.start_s, hold.end_s
        if start_s != self._hold_start_s:
            self._hold_start_s, self._sum_s = start_s, 0.0
        total_s = self._sum_s
        for one in self._stretches[self._n_added :]:
            total_s += max(0.0, min(one.end_s, end_s) - max(one.start_s, start_s))
            if one.end_s <= end_s:
                self._n_added, self._sum_s = self._n_added + 1, total_s
        if self._since_s is not None:
            total_s += max(0.0, min(now_s, end_s) - max(self._since_s, start_s))
        return total_s
