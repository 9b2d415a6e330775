"""From when on a stay is judged: nobody is corrected while still getting into position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from formcheck.judging.rules import CLEAR_AFTER_S, Outcome, Verdict
from formcheck.measure.registry import Measurements

SETTLE_WITHIN_S: Final = 5.0
STILL_S: Final = 2.0
"""A person who keeps still for this long has settled, well or not."""
_MAX_HIP_TRAVEL_TRUNK: Final = 0.08
"""Still hips, over the last second, as for a neutral."""
_HIP_TRAVEL_S: Final = 1.0


class Settling:
    """Finds when a stay has settled, frame by frame.

    It has once all required rules have been met at once, or the person has kept still for 2 s, or
    after 5 s. They have to be met for as long as it takes to clear a fault, as one frame proves
    nothing; rules that may be unknown are left out.
    """

    def __init__(self, start_s: float) -> None:
        """The position was entered at ``start_s``."""
        self.since_s: float | None = None
        """When it had settled: the first well frame, or else the latest; None before."""
        self.was_well = False
        """Whether the required rules have been well together, then or later."""
        self._start_s = start_s
        self._well_from_s: float | None = None
        self._still = _StillWatch(start_s)

    def carry_on(self, before: Settling) -> None:
        """It is the stay before that goes on, after a gap in which nobody looked."""
        self.was_well = before.was_well
        if before.since_s is not None:
            self.since_s = self._start_s

    def begin_anew(self, time_s: float) -> None:
        """The person does something else until then."""
        self._start_s = time_s
        self.since_s = self._well_from_s = None
        self._still = _StillWatch(time_s)

    def update(self, measured: Measurements, verdicts: Sequence[Verdict], *, waits: bool) -> None:
        """Take the next frame.

        Args:
            measured: the frame.
            verdicts: its verdicts.
            waits: whether keeping still is what is asked, as the neutral is not known yet.
        """
        time_s = measured.time_s
        if not self.was_well:
            self._note_well(verdicts, time_s)
        if self.since_s is not None:
            return
        self._still.update(measured, verdicts, waits=waits)
        if self.was_well:
            self.since_s = time_s if self._well_from_s is None else self._well_from_s
        elif self._well_from_s is None:
            over = time_s - self._start_s >= SETTLE_WITHIN_S - 1e-6
            if over or time_s - self._still.since_s >= STILL_S - 1e-6:
                self.since_s = time_s

    def _note_well(self, verdicts: Sequence[Verdict], time_s: float) -> None:
        if any(v.rule.stops_unseen and v.outcome is not Outcome.PASS for v in verdicts):
            self._well_from_s = None
        elif self._well_from_s is None:
            self._well_from_s = time_s
        if self._well_from_s is not None and time_s - self._well_from_s >= CLEAR_AFTER_S - 1e-6:
            self.was_well = True


class _StillWatch:
    """Since when the person has kept still: the hips, and what a required rule fails by."""

    def __init__(self, start_s: float) -> None:
        self.since_s = start_s
        """When they came to rest; the latest frame while they move."""
        self._earliest_s = start_s
        self._was_still = False
        self._ranges: dict[str, tuple[float, float]] = {}

    def update(self, measured: Measurements, verdicts: Sequence[Verdict], *, waits: bool) -> None:
        """Take the next frame; while the person waits for their neutral nothing counts.

        A failing value keeps still while it moves by no more than the rule's slack either way,
        which is the noise of a still person.
        """
        time_s = measured.time_s
        if waits:
            self._earliest_s = time_s
        if waits or not measured.values["hip_travel_trunk"] <= _MAX_HIP_TRAVEL_TRUNK:
            self._was_still, self.since_s = False, time_s
            self._ranges.clear()
        elif not self._was_still:  # the travel is that of the second before
            self._was_still, self.since_s = True, max(self._earliest_s, time_s - _HIP_TRAVEL_S)
        for verdict in verdicts:
            rule, value = verdict.rule, verdict.value
            if not rule.stops_unseen or verdict.outcome is not Outcome.FAIL:
                continue
            low, high = self._ranges.get(rule.id, (value, value))
            low, high = min(low, value), max(high, value)
            if high - low > 2 * rule.slack:
                self.since_s, low, high = time_s, value, value
            self._ranges[rule.id] = low, high
