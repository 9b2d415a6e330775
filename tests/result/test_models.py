"""Scores, verdicts and the Result's JSON; the documented example obeys its own rules."""

from __future__ import annotations

import json
import math

import pytest

from formcheck.exercises.load import load_exercise
from formcheck.exercises.schema import Hold
from formcheck.judging.rules import Outcome
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.result.models import RuleResult, SetResult
from formcheck.result.score import compute_score, judge_clip, mean_score, score_set
from tests.support.builders import OUT, UNSEEN_JOINT, Script, between, play

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


UNSEEN = {"front_knee_deg": math.nan}
BENT = {"front_knee_deg": 60.0}


@pytest.mark.parametrize(
    ("script", "verdict", "why"),
    [
        (lambda t: {}, "pass", None),
        (between(4, 5, BENT), "fix", None),
        (between(0, 4, UNSEEN), "pass", None),
        (between(0, 6, UNSEEN), "cannot_judge", f"front_knee: {UNSEEN_JOINT}"),
        (lambda t: BENT if 7 <= t < 9 else UNSEEN if t < 6 else {}, "cannot_judge", "front_knee"),
        (lambda t: {"pelvic_tilt_change_deg": math.nan}, "pass", None),
    ],
)
def test_the_verdict_of_a_set(script: Script, verdict: str, why: str | None) -> None:
    session, _ = play(script, until_s=10)
    [done] = [score_set(s) for s in session.sets]
    assert done.verdict == verdict
    assert (done.score is None) == (verdict == "cannot_judge")
    assert (done.why_not_judged or "").startswith(why or "")
    assert (done.why_not_judged is None) == (why is None)


@pytest.mark.parametrize(
    ("target_s", "held_s", "verdict"),
    [(30, 2.9, "cannot_judge"), (30, 3.1, "pass"), (4, 1.9, "cannot_judge"), (4, 2.1, "pass")],
)
def test_what_is_held_too_briefly_is_not_judged(
    target_s: float, held_s: float, verdict: str
) -> None:
    aim = Hold(kind="hold", target_s=target_s)
    exercise = EXERCISE.model_copy(update={"count": aim})
    session, _ = play(between(held_s, 9, OUT), until_s=8, exercise=exercise)
    [done] = [score_set(s) for s in session.sets]
    assert (done.verdict, done.faults) == (verdict, ())


def test_the_result_says_where_and_why_nothing_could_be_held() -> None:
    session, _ = play(lambda t: UNSEEN if 4 <= t < 6 or 7 <= t < 7.3 else {}, until_s=10)
    [done] = [score_set(s) for s in session.sets]
    assert [(u.rule, u.start_s, u.end_s, u.why) for u in done.unseen] == [
        ("front_knee", 4.0, 6.0, str(UNSEEN_JOINT)),
    ]
    unclear = between(4, 6, {"pelvic_tilt_change_deg": math.nan})
    assert score_set(play(unclear, until_s=10)[0].sets[0]).unseen == ()


def test_a_fault_is_said_however_brief_the_hold() -> None:
    session, _ = play(lambda t: {} if t < 2 else BENT, until_s=7)
    [done] = [score_set(s) for s in session.sets]
    assert done.verdict == "fix"
    assert done.good_hold_s == pytest.approx(2.0)
    assert done.score is not None


def test_an_unjudged_tuck_is_good_but_not_confirmed() -> None:
    session, _ = play(lambda t: {"pelvic_tilt_change_deg": math.nan}, until_s=10)
    [done] = [score_set(s) for s in session.sets]
    assert (done.good_hold_s, done.confirmed_hold_s, done.verdict) == (10.0, 0.0, "pass")
    assert done.rules["pelvis_tuck"].outcome is Outcome.UNKNOWN
    assert done.rules["pelvis_tuck"].reason == UNSEEN_JOINT


@pytest.mark.parametrize(("until_s", "verdict"), [(2.9, "cannot_judge"), (3.1, "fix"), (9, "fix")])
def test_what_is_wrong_from_the_start_is_wrong(until_s: float, verdict: str) -> None:
    session, _ = play(lambda t: BENT, until_s=until_s)
    [done] = [score_set(s) for s in session.sets]
    assert (done.good_hold_s, done.verdict) == (0.0, verdict)
    assert done.rules["front_knee"].outcome == ("fail" if verdict == "fix" else "unknown")
    if verdict == "fix":
        required, advised = 4, 1
        share = (2 * (required - 1) + advised) / (2 * required + advised)
        assert done.score == pytest.approx(100 * share, abs=0.1)


def test_a_view_from_the_front_makes_side_rules_unknown() -> None:
    session, _ = play(lambda t: {"yaw_deg": 50.0}, until_s=10)
    [done] = [score_set(s) for s in session.sets]
    assert done.verdict == "cannot_judge"
    assert done.rules["front_knee"].reason == Reason(ReasonCode.VIEW, ("side",))


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


def test_a_clip_that_cannot_be_judged_has_no_score() -> None:
    assert mean_score([make_set("pass", 100.0, 30.0), make_set("cannot_judge", None, 9.0)]) is None


def test_json_knows_no_nan() -> None:
    session, _ = play(lambda t: {"front_knee_deg": math.nan}, until_s=5)
    text = score_set(session.sets[0]).model_dump_json()
    assert "NaN" not in text
    assert json.loads(text)["rules"]["front_knee"]["median"] is None
