"""A set's numbers: what its rules come to, its score, its verdict; a clip's from its sets'."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from formcheck.exercises.load import list_exercises, load_exercise
from formcheck.judging.rules import Outcome
from formcheck.result.models import RuleResult, SetResult
from formcheck.result.score import (
    JUDGED_FROM_S,
    POSITION_ONLY,
    REQUIRED_WEIGHT,
    compute_score,
    judge_clip,
    judge_still,
    mean_completion,
    mean_score,
    read_assessment,
    score_set,
    score_still,
)
from tests.support.builders import Script, between, measured, play

EXERCISE = load_exercise("half-kneeling")
BENT = {"front_knee_deg": 60.0}
HIDDEN = {"front_knee_deg": math.nan}


def score(script: Script, until_s: float = 20.0) -> SetResult:
    session, _ = play(script, until_s=until_s)
    [done] = session.sets
    return score_set(done)


def rule(outcome: Outcome, pass_s: float = 0.0, fail_s: float = 0.0) -> RuleResult:
    return RuleResult(
        outcome=outcome, pass_s=pass_s, fail_s=fail_s, unknown_s=0, median=None, min=None,
        max=None, unit="deg", why_unknown=None,
    )  # fmt: skip


class TestASet:
    def test_all_well_is_a_pass_of_100(self) -> None:
        done = score(lambda t: {})
        assert (done.verdict, done.why_not_judged, done.faults) == ("pass", None, ())
        assert done.score == pytest.approx(100)
        assert {one.outcome for one in done.rules.values()} == {Outcome.PASS}
        assert done.completion == pytest.approx(done.good_hold_s / 30, abs=0.01)

    def test_a_fault_is_a_fix_and_costs_its_share(self) -> None:
        done = score(between(8.0, 12.0, BENT))
        knee = done.rules["front_knee"]
        assert (done.verdict, knee.outcome) == ("fix", Outcome.FAIL)
        assert knee.fail_s == pytest.approx(4.0, abs=0.2)
        weights = [REQUIRED_WEIGHT if one.required else 1.0 for one in EXERCISE.rules]
        lost = 100 * REQUIRED_WEIGHT / sum(weights) * knee.fail_s / (knee.fail_s + knee.pass_s)
        assert done.score == pytest.approx(100 - lost, abs=1.0)
        [fault] = done.faults
        assert (fault.rule, fault.worst) == ("front_knee", 60.0)

    def test_a_required_rule_that_is_mostly_unseen_cannot_be_judged(self) -> None:
        done = score(between(4.0, 20.0, HIDDEN))
        assert (done.verdict, done.score) == ("cannot_judge", None)
        assert done.why_not_judged is not None
        assert done.why_not_judged.startswith("front_knee: ")
        assert done.rules["front_knee"].reason is not None

    def test_a_short_time_unseen_is_listed_and_still_judged(self) -> None:
        done = score(between(8.0, 11.0, HIDDEN))
        assert done.verdict == "pass"
        [unseen] = done.unseen
        assert unseen.rule == "front_knee"
        assert unseen.end_s - unseen.start_s == pytest.approx(3, abs=0.1)
        assert done.good_hold_s == pytest.approx(done.position_s - 3.0, abs=0.8)

    def test_too_short_says_nothing_and_a_fault_says_something_all_the_same(self) -> None:
        brief = score(lambda t: {}, until_s=JUDGED_FROM_S - 0.7)
        assert (brief.verdict, brief.score) == ("cannot_judge", None)
        assert brief.why_not_judged is not None
        faulty = score(between(0.0, 9.0, BENT), until_s=3.5)
        assert faulty.verdict == "fix"


class TestAStillPicture:
    @pytest.mark.parametrize(
        ("values", "verdict"), [({}, "pass"), (BENT, "fix"), (HIDDEN, "cannot_judge")]
    )
    def test_it_has_a_verdict_and_no_time(self, values: Mapping[str, float], verdict: str) -> None:
        frame = measured(0.0, values)
        done = score_still(EXERCISE, "left", frame)
        assert done.verdict == verdict
        assert (done.good_hold_s, done.position_s, done.holds, done.completion) == (0, 0, (), 0)
        outcomes = {one.rule.id: one.outcome for one in judge_still(EXERCISE, frame)}
        assert {name: one.outcome for name, one in done.rules.items()} == outcomes


class TestTheScore:
    def test_required_rules_count_double(self) -> None:
        required = next(one for one in EXERCISE.rules if one.required)
        other = next(one for one in EXERCISE.rules if not one.required)
        results = {required.id: rule(Outcome.PASS, 10), other.id: rule(Outcome.FAIL, 0, 10)}
        expected = 100 * REQUIRED_WEIGHT / (REQUIRED_WEIGHT + 1)
        assert compute_score((required, other), results) == pytest.approx(expected)

    def test_what_was_not_judged_counts_for_nothing(self) -> None:
        first, second = EXERCISE.rules[:2]
        results = {first.id: rule(Outcome.PASS, 10), second.id: rule(Outcome.UNKNOWN)}
        assert compute_score((first, second), results) == pytest.approx(100)
        assert compute_score((second,), results) is None

    def test_repetitions_count_by_number(self) -> None:
        [one] = EXERCISE.rules[:1]
        results = {one.id: rule(Outcome.FAIL, 9, 1)}
        assert compute_score((one,), results, {one.id: (1, 3)}) == pytest.approx(25)


class TestAClip:
    def test_the_worst_set_says_the_verdict(self) -> None:
        good, bad = score(lambda t: {}), score(between(8.0, 12.0, BENT))
        unseen = score(between(4.0, 20.0, HIDDEN))
        assert judge_clip([good]) == "pass"
        assert judge_clip([good, bad]) == "fix"
        assert judge_clip([good, unseen, bad]) == "cannot_judge"
        assert judge_clip([]) == "not_seen"

    def test_scores_are_weighted_by_time_and_none_where_one_is_missing(self) -> None:
        good, bad = score(lambda t: {}), score(between(8.0, 12.0, BENT), until_s=40.0)
        assert good.score is not None
        assert bad.score is not None
        total_s = good.position_s + bad.position_s
        mean = (good.score * good.position_s + bad.score * bad.position_s) / total_s
        assert mean_score([good, bad]) == pytest.approx(mean)
        assert mean_score([good, score(between(4.0, 20.0, HIDDEN))]) is None
        assert mean_score([]) is None
        still = score_still(EXERCISE, "left", measured(0.0, {}))
        assert mean_score([still]) == still.score

    def test_completion_is_the_mean_of_the_sets(self) -> None:
        one, two = score(lambda t: {}), score(lambda t: {}, until_s=40.0)
        assert mean_completion([one, two]) == pytest.approx((one.completion + two.completion) / 2)
        assert two.completion == 1
        assert mean_completion([]) is None


class TestAFormThatNoCameraSees:
    SITTING = load_exercise("seated-90-90")
    TALL = measured(0.0, {"trunk_off_upright_deg": 5.0, "yaw_deg": 90.0})
    BENT_OVER = measured(0.0, {"trunk_off_upright_deg": 70.0, "yaw_deg": 90.0})

    def test_is_no_pass(self) -> None:
        done = score_still(self.SITTING, "left", self.TALL)
        assert (done.verdict, done.score) == ("cannot_judge", None)
        assert done.why_not_judged == f"{POSITION_ONLY}: {self.SITTING.why_form_unseen}"
        assert done.rules["trunk_tall"].outcome is Outcome.PASS

    def test_a_fault_that_is_seen_is_told(self) -> None:
        done = score_still(self.SITTING, "left", self.BENT_OVER)
        assert (done.verdict, done.why_not_judged) == ("fix", None)

    def test_is_so_only_where_no_required_rule_can_be_seen(self) -> None:
        unseen = {name for name, one in list_exercises().items() if one.why_form_unseen}
        assert unseen == {"seated-90-90"}


def test_an_assessment_reads_only_what_was_kept_and_seen() -> None:
    count = load_exercise("thomas-test").count
    assert count.kind == "assessment"
    names = list(count.measures)
    for reading in count.readings:
        value = max(-1e3, min(1e3, (reading.low + reading.high) / 2))
        if not math.isfinite(value):
            value = reading.high - 1 if math.isinf(reading.low) else reading.low + 1
        values = dict.fromkeys(names, value)
        assert read_assessment(count, values, kept=True) == {**values, "verdict": reading.text}
        assert read_assessment(count, values, kept=False)["verdict"] is None
    unseen = read_assessment(count, dict.fromkeys(names, math.nan), kept=True)
    assert unseen == dict.fromkeys([*names, "verdict"])
