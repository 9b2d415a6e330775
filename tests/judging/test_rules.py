"""One list of checks over every rule: where it passes, fails, keeps its state, cannot be told."""

from __future__ import annotations

import math

import pytest

from formcheck.exercises.load import list_exercises
from formcheck.exercises.schema import Exercise, Rule
from formcheck.judging.rules import (
    CLEAR_AFTER_S,
    FORGET_AFTER_S,
    LEAVING_S,
    FaultWatch,
    Outcome,
    RuleJudge,
    Verdict,
    find_worst,
    is_in_views,
    judge_value,
)
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.measure.registry import Measurements
from formcheck.measure.view import View
from tests.support.builders import UNSEEN_JOINT

CATALOGUE = list_exercises()
RULES = [
    pytest.param(exercise, rule, id=f"{exercise.id}.{rule.id}")
    for exercise in CATALOGUE.values()
    for rule in exercise.rules
]
every_rule = pytest.mark.parametrize(("exercise", "rule"), RULES)
MID_YAW_DEG: dict[View, float] = {"side": 10.0, "oblique": 45.0, "front": 80.0}
RULE = CATALOGUE["half-kneeling"].rule("front_knee")
FRAME_S = 0.1


def measure(rule: Rule, exercise: Exercise, value: float) -> Measurements:
    yaw_deg = MID_YAW_DEG[(rule.views or exercise.views)[0]]
    why = {rule.measure: UNSEEN_JOINT} if math.isnan(value) else {}
    return Measurements(0.0, {"yaw_deg": yaw_deg, rule.measure: value}, why, True)


def list_bounds(rule: Rule) -> list[tuple[float, float]]:
    """Each bound of its band, and which way is out."""
    both = ((rule.low, -1.0), (rule.high, 1.0))
    return [(bound, out) for bound, out in both if math.isfinite(bound)]


def judge(rule: Rule, exercise: Exercise, *values: float) -> list[Outcome]:
    judge = RuleJudge(rule, exercise)
    return [judge.judge(measure(rule, exercise, value)).outcome for value in values]


# --- every rule ---------------------------------------------------------------------------------


@every_rule
def test_it_passes_in_its_band_and_fails_beyond_the_slack(exercise: Exercise, rule: Rule) -> None:
    if rule.never is not None:
        return
    for bound, out in list_bounds(rule):
        beyond = bound + out * (rule.slack + 0.01)
        assert judge(rule, exercise, bound, beyond) == [Outcome.PASS, Outcome.FAIL]
        assert rule.cue_for(beyond) == (rule.cue_low if out < 0 else rule.cue_high)


@every_rule
def test_between_it_keeps_its_state_or_is_not_clear(exercise: Exercise, rule: Rule) -> None:
    if rule.never is not None or not rule.slack:
        return
    for bound, out in list_bounds(rule):
        beyond, between = bound + out * (rule.slack + 0.01), bound + out * rule.slack / 2
        outcomes = judge(rule, exercise, bound, between, beyond, between)
        if rule.unclear_s is None:
            assert outcomes == [Outcome.PASS, Outcome.PASS, Outcome.FAIL, Outcome.FAIL]
        else:
            assert outcomes[1] is outcomes[3] is Outcome.UNKNOWN
            verdict = judge_value(rule, between)
            assert verdict.is_unclear
            assert verdict.why_unknown == Reason(ReasonCode.NOT_CLEAR)


@every_rule
def test_what_is_not_seen_is_unknown_with_its_reason(exercise: Exercise, rule: Rule) -> None:
    verdict = RuleJudge(rule, exercise).judge(measure(rule, exercise, math.nan))
    assert verdict.outcome is Outcome.UNKNOWN
    assert math.isnan(verdict.value)
    never = None if rule.never is None else Reason(ReasonCode.NEVER, (rule.never,))
    assert verdict.why_unknown == (never or UNSEEN_JOINT)
    assert not verdict.is_unclear


@every_rule
def test_what_is_unseen_keeps_the_state(exercise: Exercise, rule: Rule) -> None:
    if rule.never is not None or rule.unclear_s is not None or not rule.slack:
        return
    bound, out = list_bounds(rule)[0]
    beyond, between = bound + out * (rule.slack + 0.01), bound + out * rule.slack / 2
    outcomes = judge(rule, exercise, beyond, math.nan, between)
    assert outcomes == [Outcome.FAIL, Outcome.UNKNOWN, Outcome.FAIL]


@every_rule
def test_it_is_told_in_its_views_only(exercise: Exercise, rule: Rule) -> None:
    views = rule.views or exercise.views
    bound, _ = list_bounds(rule)[0]
    for yaw_deg in (0.0, 90.0):
        frame = Measurements(0.0, {"yaw_deg": yaw_deg, rule.measure: bound}, {}, True)
        verdict = RuleJudge(rule, exercise).judge(frame)
        if rule.never is None and not is_in_views(yaw_deg, views):
            assert verdict.why_unknown == Reason(ReasonCode.VIEW, views)
        else:
            assert (verdict.outcome is Outcome.PASS) == (rule.never is None)


# --- views and values ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("yaw_deg", "views", "told"),
    [
        (0, ("side",), True), (40, ("side",), True), (41, ("side",), False),
        (49, ("front",), False), (50, ("front",), True), (90, ("front",), True),
        (19, ("oblique",), False), (20, ("oblique",), True), (70, ("oblique",), True),
        (45, ("side", "front"), False), (math.nan, ("side",), True),
    ],
)  # fmt: skip
def test_a_view_reaches_as_far_as_its_estimate_is_off(
    yaw_deg: float, views: tuple[View, ...], told: bool
) -> None:
    assert is_in_views(yaw_deg, views) == told


def test_the_worst_is_the_farthest_outside() -> None:
    low, high = RULE.low - 5, RULE.high + 9
    assert find_worst(RULE, [low, high, RULE.high + 2]) == high
    assert find_worst(RULE, [RULE.low - 3, RULE.high + 3]) == RULE.low - 3, "the first of several"


# --- faults -------------------------------------------------------------------------------------


def follow(script: str) -> FaultWatch:
    """One frame a letter: well, bad, unseen, and worse."""
    values = {"w": 90.0, "b": 60.0, "u": math.nan, "x": 40.0}
    watch = FaultWatch(RULE)
    for k, letter in enumerate(script):
        value = values[letter]
        verdict = judge_value(RULE, value)
        if math.isnan(value):
            verdict = Verdict(RULE, Outcome.UNKNOWN, value, UNSEEN_JOINT)
        watch.update(verdict, round(k * FRAME_S, 6))
    return watch


def test_a_failure_is_suspected_then_a_fault_then_cleared() -> None:
    suspect = follow("wbb")
    assert (suspect.suspect_since_s, suspect.open_fault) == (0.1, None)
    assert suspect.is_failing
    raised = follow("wbbxbbb")
    assert raised.open_fault is not None
    assert (raised.open_fault.start_s, raised.open_fault.worst) == (0.1, 40.0)
    assert raised.suspect_since_s is None
    n_well = round(CLEAR_AFTER_S / FRAME_S)
    assert follow("wbbbbbb" + "w" * n_well).stops_the_clock
    cleared = follow("wbbbbbb" + "w" * (n_well + 1))
    assert not cleared.stops_the_clock
    assert [fault.end_s for fault in cleared.faults] == [0.7]


def test_not_being_seen_mends_nothing_until_it_lapses() -> None:
    n_unseen = round(FORGET_AFTER_S / FRAME_S)
    assert follow("bbbbbb" + "u" * (n_unseen - 1)).open_fault is not None
    lapsed = follow("bbbbbb" + "u" * n_unseen)
    assert lapsed.open_fault is None
    assert [fault.end_s for fault in lapsed.faults] == [0.5], "where it was last seen"
    assert lapsed.is_unseen
    assert lapsed.unseen_since_s == pytest.approx(0.6)


def test_a_young_fault_at_the_end_belongs_to_the_leaving() -> None:
    young = follow("wbbbbbb")
    young.leave(0.6, was_well=True)
    assert young.faults == []
    never_well = follow("wbbbbbb")
    never_well.leave(0.6, was_well=False)
    assert [fault.end_s for fault in never_well.faults] == [0.6]
    old = follow("w" + "b" * (round(LEAVING_S / FRAME_S) + 1))
    old.leave(0.1 + LEAVING_S, was_well=True)
    assert len(old.faults) == 1


def test_a_kick_in_line_with_the_back_is_well_however_it_reads() -> None:
    """A true 10° above the trunk's line was read as 24.5°, a real one well past it as 27°."""
    height = CATALOGUE["donkey-kick"].rule("kick_height")
    assert judge_value(height, 24.5).outcome is Outcome.PASS
    assert judge_value(height, 27.0).outcome is Outcome.FAIL
