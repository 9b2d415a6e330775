"""PASS, FAIL or UNKNOWN: a rule's state with hysteresis, and its faults with persistence."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from formcheck.exercises.schema import Exercise, Rule
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.measure.registry import Measurements
from formcheck.measure.view import FRONT_FROM_DEG, SIDE_UP_TO_DEG, View

CLEAR_AFTER_S: Final = 0.3
"""A fault is cleared after this long well."""
VIEW_SLACK_DEG: Final = 10.0
"""How far outside a view its estimate has to be: that is 4° off in the mean, 14.5° at most."""
_REACH_DEG: Final[dict[View, tuple[float, float]]] = {
    "side": (-VIEW_SLACK_DEG, SIDE_UP_TO_DEG + VIEW_SLACK_DEG),
    "oblique": (SIDE_UP_TO_DEG - VIEW_SLACK_DEG, FRONT_FROM_DEG + VIEW_SLACK_DEG),
    "front": (FRONT_FROM_DEG - VIEW_SLACK_DEG, 90.0 + VIEW_SLACK_DEG),
}
FORGET_AFTER_S: Final = 3.0
"""A failure that has not been seen for this long ended where it was last seen."""
LEAVING_S: Final = 3.0
"""A fault younger than this when the position is left belongs to the leaving."""


class Outcome(StrEnum):
    """What is known of a rule."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule at one moment."""

    rule: Rule
    outcome: Outcome
    value: float
    """In the measure's unit; NaN when it could not be measured."""
    why_unknown: Reason | None
    """Why the outcome is UNKNOWN; None when it is not."""

    @property
    def is_unclear(self) -> bool:
        """True if the value is known but lies between well and failing."""
        return self.outcome is Outcome.UNKNOWN and not math.isnan(self.value)


@dataclass(slots=True)
class Fault:
    """A rule that failed for long enough to be told."""

    rule: Rule
    start_s: float
    """First failing frame."""
    end_s: float | None
    """First frame it was well again; None while it is open."""
    worst: float
    """The value farthest outside the band."""


def explain_unknown(rule: Rule, exercise: Exercise, measured: Measurements) -> Reason | None:
    """Why a rule cannot be judged in a frame; None if it can."""
    if rule.never is not None:
        return Reason(ReasonCode.NEVER, (rule.never,))
    views = rule.views or exercise.views
    if not is_in_views(measured.values["yaw_deg"], views):
        return Reason(ReasonCode.VIEW, views)
    if math.isnan(measured.values[rule.measure]):
        return measured.why[rule.measure]
    return None


def judge_value(rule: Rule, value: float, *, was_failing: bool = False) -> Verdict:
    """The verdict on one known value: FAIL outside the widened band, well inside the band.

    Between them it is not clear, of a rule that knows that, or else as it was.
    """
    if rule.contains(value):
        return Verdict(rule, Outcome.PASS, value, None)
    if not rule.contains(value, rule.slack):
        return Verdict(rule, Outcome.FAIL, value, None)
    if rule.unclear_s is not None:
        return Verdict(rule, Outcome.UNKNOWN, value, Reason(ReasonCode.NOT_CLEAR))
    return Verdict(rule, Outcome.FAIL if was_failing else Outcome.PASS, value, None)


class RuleJudge:
    """Judges one rule frame by frame."""

    def __init__(self, rule: Rule, exercise: Exercise) -> None:
        """Judge ``rule`` in the views it allows, or else the exercise's."""
        self._rule = rule
        self._exercise = exercise
        self._failing = False

    def judge(self, measured: Measurements) -> Verdict:
        """The verdict of the next frame."""
        why = explain_unknown(self._rule, self._exercise, measured)
        if why is not None:
            return Verdict(self._rule, Outcome.UNKNOWN, math.nan, why)
        value = measured.values[self._rule.measure]
        verdict = judge_value(self._rule, value, was_failing=self._failing)
        self._failing = verdict.outcome is Outcome.FAIL
        return verdict


def is_in_views(yaw_deg: float, views: tuple[View, ...]) -> bool:
    """False if the view is outside all of these by more than its estimate's error; True for NaN."""
    if math.isnan(yaw_deg):
        return True
    for view in views:  # noqa: SIM110, any(...) takes twice as long
        if _REACH_DEG[view][0] <= yaw_deg <= _REACH_DEG[view][1]:
            return True
    return False


class FaultWatch:
    """Turns one rule's verdicts into faults: raised after ``for_s``, cleared after 0.3 s well."""

    def __init__(self, rule: Rule) -> None:
        """Watch one rule."""
        self.rule = rule
        self.faults: list[Fault] = []
        self.open_fault: Fault | None = None
        """The fault that is not cleared yet; the last of ``faults``."""
        self.suspect_since_s: float | None = None
        """First frame of a failure that is not a fault yet."""
        self.unclear_since_s: float | None = None
        """Since when the value has been unclear; None while it is not."""
        self.unseen_since_s: float | None = None
        """Since when there has been no value; None while there is one."""
        self.is_unseen = False
        """True if the latest verdict was UNKNOWN."""
        self._worst = math.nan
        self._well_since_s: float | None = None
        self._last_fail_s = math.nan

    @property
    def is_failing(self) -> bool:
        """True if the latest frame that was seen failed."""
        return self.stops_the_clock and self._well_since_s is None

    @property
    def stops_the_clock(self) -> bool:
        """True while the rule fails, or has not been well for long enough since."""
        return self.suspect_since_s is not None or self.open_fault is not None

    def update(self, verdict: Verdict, time_s: float) -> None:
        """Take the next frame's verdict."""
        is_unclear = verdict.is_unclear
        self.is_unseen = verdict.outcome is Outcome.UNKNOWN
        if not is_unclear:
            self.unclear_since_s = None
        elif self.unclear_since_s is None:
            self.unclear_since_s = time_s
        if not math.isnan(verdict.value):
            self.unseen_since_s = None
        elif self.unseen_since_s is None:
            self.unseen_since_s = time_s
        if verdict.outcome is Outcome.FAIL:
            self._fail(verdict.value, time_s)
        elif self.stops_the_clock and verdict.outcome is Outcome.UNKNOWN and not is_unclear:
            self._lose_sight(time_s)
        else:
            self._mend(time_s)

    def leave(self, end_s: float, *, was_well: bool) -> None:
        """The position was left at that time.

        Args:
            end_s: the last frame in position.
            was_well: whether all was well before in this set: only then a young fault is one of
                the leaving, and dropped.
        """
        if self.open_fault is None:
            return
        if was_well and end_s - self.open_fault.start_s < LEAVING_S:
            self.faults.pop()
        self._close(end_s)

    def _lose_sight(self, time_s: float) -> None:
        """Being unseen mends nothing: the failure stands until it lapses."""
        self._well_since_s = None
        if time_s - self._last_fail_s < FORGET_AFTER_S:
            return
        self.suspect_since_s = None
        self._close(self._last_fail_s)

    def _mend(self, time_s: float) -> None:
        self.suspect_since_s = None
        if self.open_fault is None:
            return
        if self._well_since_s is None:
            self._well_since_s = time_s
        if time_s - self._well_since_s >= CLEAR_AFTER_S - 1e-6:
            self._close(self._well_since_s)

    def _close(self, end_s: float) -> None:
        if self.open_fault is not None:
            self.open_fault.end_s = end_s
            self.open_fault = None

    def _fail(self, value: float, time_s: float) -> None:
        self._well_since_s = None
        self._last_fail_s = time_s
        fault = self.open_fault
        if fault is not None:
            fault.worst = find_worst(self.rule, (fault.worst, value))
            return
        if self.suspect_since_s is None:
            self.suspect_since_s, self._worst = time_s, value
        self._worst = find_worst(self.rule, (self._worst, value))
        if time_s - self.suspect_since_s >= self.rule.for_s - 1e-6:
            self.open_fault = Fault(self.rule, self.suspect_since_s, None, self._worst)
            self.faults.append(self.open_fault)
            self.suspect_since_s = None


def find_worst(rule: Rule, values: Iterable[float]) -> float:
    """The value farthest outside the rule's band; the first of several."""
    return max(values, key=lambda value: max(rule.low - value, value - rule.high))
