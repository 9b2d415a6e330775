"""Scores, verdicts and the Result's JSON; the documented example obeys its own rules."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import pytest

from formcheck.coach.result import RuleResult, SetResult
from formcheck.coach.rules import Outcome
from formcheck.coach.score import compute_score, judge_clip, judge_set, mean_score, score_set
from formcheck.exercises.load import load_exercise
from tests.builders import OUT, between, play

EXERCISE = load_exercise("half-kneeling")
Rules = dict[str, RuleResult]


def rule(pass_s: float, fail_s: float, unknown_s: float = 0.0) -> RuleResult:
    outcome = Outcome.FAIL if fail_s else Outcome.PASS if pass_s else Outcome.UNKNOWN
    return RuleResult(
        outcome=outcome, pass_s=pass_s, fail_s=fail_s, unknown_s=unknown_s, median=None, min=None,
        max=None, unit="deg", why_unknown=None,
    )  # fmt: skip


def example_rules() -> Rules:
    well = rule(10.2, 0.0)
    rules = {r.id: well for r in EXERCISE.rules}
    rules["front_knee"] = rule(8.1, 2.1)
    rules["rear_hip"] = rule(0.0, 0.0, 10.2)
    return rules


def test_the_documented_example_obeys_the_rules() -> None:
    """Position 2.9-13.1 s, the knee failing 7.0-9.1 s, the rear hip unjudged."""

    def script(t: float) -> dict[str, float]:
        values = {"front_knee_deg": 66.0} if 7.0 <= t < 9.1 else {}
        return dict(OUT) if not 2.9 <= t <= 13.1 else {**values, "rear_hip_extension_deg": math.nan}

    session, _ = play(script, until_s=14.2)
    [done] = [score_set(s) for s in session.sets]
    assert [(h.start_s, h.end_s) for h in done.holds] == [(2.9, 7.0), (9.1, 13.1)]
    assert done.good_hold_s == pytest.approx(8.1)
    assert done.longest_hold_s == pytest.approx(4.1)
    assert done.position_s == pytest.approx(10.2)
    knee = done.rules["front_knee"]
    assert (knee.outcome, knee.pass_s, knee.fail_s, knee.unknown_s) == ("fail", 8.1, 2.1, 0.0)
    [fault] = done.faults
    assert (fault.rule, fault.start_s, fault.end_s, fault.worst, fault.cue) == (
        "front_knee", 7.0, 9.1, 66.0, "Slide your front foot forward",
    )  # fmt: skip
    assert done.completion == 0.27
    assert done.score == 94.9
    assert done.verdict == "fix"


def test_the_score_weighs_required_rules_double() -> None:
    score = compute_score(EXERCISE.rules, example_rules())
    assert score == pytest.approx(100 * (2 * 8.1 / 10.2 + 6) / 8)
    assert compute_score(EXERCISE.rules, {r.id: rule(0, 0, 9) for r in EXERCISE.rules}) is None


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (lambda rules: None, "fix"),
        (lambda rules: rules.update(front_knee=rule(10.2, 0)), "pass"),
        (lambda rules: rules.update(front_knee=rule(4.0, 0, 6.2)), "cannot_judge"),
        (lambda rules: rules.update(front_knee=rule(6.2, 0, 4.0)), "pass"),
        (
            lambda rules: rules.update(front_knee=rule(10.2, 0), pelvis_tuck=rule(0, 0, 10.2)),
            "pass",
        ),
    ],
)
def test_the_verdict_of_a_set(change: Callable[[Rules], None], verdict: str) -> None:
    rules = example_rules()
    change(rules)
    asked_s = dict.fromkeys(rules, 10.2)
    assert judge_set(EXERCISE.rules, rules, asked_s) == verdict


def test_an_unjudged_tuck_is_good_but_not_confirmed() -> None:
    session, _ = play(lambda t: {"pelvic_tilt_change_deg": math.nan}, until_s=10)
    [done] = [score_set(s) for s in session.sets]
    assert (done.good_hold_s, done.confirmed_hold_s, done.verdict) == (10.0, 0.0, "pass")
    assert done.rules["pelvis_tuck"].outcome is Outcome.UNKNOWN
    assert done.rules["pelvis_tuck"].why_unknown == "the joint is not seen"


@pytest.mark.parametrize("until_s", [3.0, 7.0])
def test_bad_form_that_is_left_before_a_fault_is_no_pass(until_s: float) -> None:
    """Settling takes 5 s and a leaving fault is dropped under 3 s: no fault is raised here."""
    session, _ = play(lambda t: {"front_knee_deg": 60.0}, until_s=until_s)
    [done] = [score_set(s) for s in session.sets]
    assert (done.good_hold_s, done.faults, done.verdict) == (0.0, (), "cannot_judge")
    session, _ = play(lambda t: {"front_knee_deg": 60.0}, until_s=9.0)
    assert score_set(session.sets[0]).verdict == "fix"


def test_a_view_from_the_front_makes_side_rules_unknown() -> None:
    session, _ = play(lambda t: {"yaw_deg": 50.0}, until_s=10)
    [done] = [score_set(s) for s in session.sets]
    assert done.verdict == "cannot_judge"
    assert done.rules["front_knee"].why_unknown == "it can only be judged from the side"


def test_failing_while_settling_counts_neither_way() -> None:
    session, _ = play(between(0, 3, {"front_knee_deg": 60.0}), until_s=10)
    [done] = [score_set(s) for s in session.sets]
    knee = done.rules["front_knee"]
    assert (knee.outcome, knee.pass_s, knee.fail_s) == ("pass", 7.0, 0.0)
    assert knee.min == 90.0


def test_a_credited_slip_counts_as_passed() -> None:
    session, _ = play(between(4, 4.3, {"front_knee_deg": 60.0}), until_s=10)
    [done] = [score_set(s) for s in session.sets]
    assert (done.rules["front_knee"].pass_s, done.rules["front_knee"].fail_s) == (10.0, 0.0)


def make_set(verdict: str, score: float | None, position_s: float) -> SetResult:
    session, _ = play(lambda t: {}, until_s=5)
    done = score_set(session.sets[0])
    return done.model_copy(update={"verdict": verdict, "score": score, "position_s": position_s})


def test_a_clip_is_as_good_as_its_worst_set() -> None:
    good, bad, dark = (make_set(v, 100.0, 1.0) for v in ("pass", "fix", "cannot_judge"))
    assert judge_clip([]) == "not_seen"
    assert judge_clip([good]) == "pass"
    assert judge_clip([good, bad]) == "fix"
    assert judge_clip([bad, dark]) == "cannot_judge"


def test_a_clips_score_is_weighted_by_time_in_position() -> None:
    sets = [make_set("pass", 100.0, 30.0), make_set("fix", 70.0, 10.0), make_set("fix", None, 9.0)]
    assert mean_score(sets) == pytest.approx(92.5)
    assert mean_score([]) is None


def test_json_knows_no_nan() -> None:
    session, _ = play(lambda t: {"front_knee_deg": math.nan}, until_s=5)
    text = score_set(session.sets[0]).model_dump_json()
    assert "NaN" not in text
    assert json.loads(text)["rules"]["front_knee"]["median"] is None
