"""PASS, FAIL or UNKNOWN: a rule's state with hysteresis, and its faults with persistence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from formcheck.exercises.spec import Exercise, Rule
from formcheck.measure.named import Measurements
from formcheck.measure.view import FRONT_FROM_DEG, SIDE_UP_TO_DEG, View

CLEAR_AFTER_S: Final = 0.3
"""A fault is cleared after this long well."""
VIEW_SLACK_DEG: Final = 10.0
"""The view's estimate is 4° off in the mean, 14.5° at most: it rules nothing out earlier."""
_REACH_DEG: Final[dict[View, tuple[float, float]]] = {
    "side": (0.0, SIDE_UP_TO_DEG),
    "oblique": (SIDE_UP_TO_DEG, FRONT_FROM_DEG),
    "front": (FRONT_FROM_DEG, 90.0),
}
NOT_CLEAR: Final = "not clear yet: a little more"
"""Why a value between well and failing is UNKNOWN."""
FORGET_AFTER_S: Final = 1.0
"""A fault that cannot be seen any more for this long ends where it was last seen."""


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
    why_unknown: str | None
    """Why the outcome is UNKNOWN; None when it is not."""

    @property
    def is_unclear(self) -> bool:
        """True if the value is known but lies between well and failing."""
        return self.outcome is Outcome.UNKNOWN and not math.isnan(self.value)


@dataclass(slots=True)
class Fault:
    """A rule that failed for long enough to be said."""

    rule: Rule
    start_s: float
    """First failing frame."""
    end_s: float | None
    """First frame it was well again; None while it is open."""
    worst: float
    """The value farthest outside the band."""


def explain_unknown(rule: Rule, exercise: Exercise, measured: Measurements) -> str | None:
    """Why a rule cannot be judged in a frame; None if it can."""
    if rule.never is not None:
        return rule.never
    views = rule.views or exercise.views
    if not is_in_views(measured.values["yaw_deg"], views):
        return f"it can only be judged from the {' or '.join(views)}"
    if math.isnan(measured.values[rule.measure]):
        return measured.why[rule.measure]
    return None


def judge_value(rule: Rule, value: float) -> Verdict:
    """The verdict on one known value by itself: FAIL outside the widened band."""
    if rule.is_unclear(value):
        return Verdict(rule, Outcome.UNKNOWN, value, NOT_CLEAR)
    outcome = Outcome.PASS if rule.contains(value, rule.slack) else Outcome.FAIL
    return Verdict(rule, outcome, value, None)


class RuleJudge:
    """Judges one rule frame by frame: FAIL outside the widened band, well inside the band."""

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
        verdict = judge_value(self._rule, value)
        if verdict.outcome is Outcome.PASS and self._failing and not self._rule.contains(value):
            return Verdict(self._rule, Outcome.FAIL, value, None)
        self._failing = verdict.outcome is Outcome.FAIL
        return verdict


def is_in_views(yaw_deg: float, views: tuple[View, ...]) -> bool:
    """False if the view is none of those, by more than the estimate's own error; NaN is allowed."""
    if math.isnan(yaw_deg):
        return True
    for view in views:
        low, high = _REACH_DEG[view]
        if low - VIEW_SLACK_DEG <= yaw_deg <= high + VIEW_SLACK_DEG:
            return True
    return False


class FaultWatch:
    """Turns one rule's verdicts into faults: raised after ``for_s``, cleared after 0.3 s well."""

    def __init__(self, rule: Rule) -> None:
        """Watch one rule."""
        self.rule = rule
        self.faults: list[Fault] = []
        self._since_s: float | None = None
        self._worst = math.nan
        self.unclear_since_s: float | None = None
        """Since when the value has been unclear; None while it is not."""
        self.unseen_since_s: float | None = None
        """Since when there has been no value; None while there is one."""
        self._well_since_s: float | None = None
        self._last_fail_s = math.nan

    @property
    def open_fault(self) -> Fault | None:
        """The fault that is not cleared yet."""
        return self.faults[-1] if self.faults and self.faults[-1].end_s is None else None

    @property
    def suspect_since_s(self) -> float | None:
        """First frame of a failure that is not a fault yet."""
        return self._since_s

    @property
    def stops_the_clock(self) -> bool:
        """True while the rule fails, or has not been well for long enough since."""
        return self._since_s is not None or self.open_fault is not None

    def update(self, verdict: Verdict, time_s: float) -> None:
        """Take the next frame's verdict."""
        if not verdict.is_unclear:
            self.unclear_since_s = None
        elif self.unclear_since_s is None:
            self.unclear_since_s = time_s
        if not math.isnan(verdict.value):
            self.unseen_since_s = None
        elif self.unseen_since_s is None:
            self.unseen_since_s = time_s
        if verdict.outcome is Outcome.FAIL:
            self._fail(verdict.value, time_s)
            return
        self._since_s = None
        fault = self.open_fault
        if fault is None:
            return
        if verdict.outcome is Outcome.UNKNOWN and not verdict.is_unclear:
            self._well_since_s = None
            if time_s - self._last_fail_s >= FORGET_AFTER_S:
                fault.end_s = self._last_fail_s
            return
        if self._well_since_s is None:
            self._well_since_s = time_s
        if time_s - self._well_since_s >= CLEAR_AFTER_S - 1e-6:
            fault.end_s = self._well_since_s

    def _fail(self, value: float, time_s: float) -> None:
        self._well_since_s = None
        self._last_fail_s = time_s
        fault = self.open_fault
        if fault is not None:
            fault.worst = worse(self.rule, fault.worst, value)
            return
        if self._since_s is None:
            self._since_s, self._worst = time_s, value
        self._worst = worse(self.rule, self._worst, value)
        if time_s - self._since_s >= self.rule.for_s - 1e-6:
            self.faults.append(Fault(self.rule, self._since_s, None, self._worst))
            self._since_s = None


def worse(rule: Rule, a: float, b: float) -> float:
    """The value that lies farther outside the rule's band."""
    return max(a, b, key=lambda value: max(rule.low - value, value - rule.high))
