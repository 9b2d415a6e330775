"""The clock, clause by clause: settling, pausing, faults, leaving."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

import pytest

from formcheck.exercises.load import load_exercise
from formcheck.exercises.schema import Rule
from formcheck.judging.session import Session
from tests.support.builders import (
    OUT,
    Script,
    Tick,
    between,
    faults_of,
    holds_of,
    moving,
    play,
)  # fmt: skip

BENT = {"front_knee_deg": 60.0}
UNSEEN = {"front_knee_deg": math.nan}
FRAME_S = 0.05


def clocks_of(ticks: list[Tick]) -> list[str]:
    """What the clock did, each once."""
    return [clock for clock, _ in itertools.groupby(tick.moment.clock for tick in ticks)]


def test_a_good_hold_is_dated_back_to_its_first_frame() -> None:
    session, _ = play(between(0, 2, OUT), until_s=12)
    assert holds_of(session) == [(2.0, 12.0)]


def test_a_short_slip_is_credited_back() -> None:
    session, _ = play(between(5, 5.45, BENT), until_s=10)
    assert holds_of(session) == [(0.0, 10.0)]
    assert faults_of(session) == []


def test_a_slip_of_half_a_second_is_a_fault_from_its_first_frame() -> None:
    session, ticks = play(between(5, 5.6, BENT), until_s=10)
    assert faults_of(session) == [("front_knee", 5.0, 5.6)]
    assert holds_of(session) == [(0.0, 5.0), (5.6, 10.0)]
    paused_s = [tick.time_s for tick in ticks if tick.moment.clock == "paused"]
    raised_s = [t for t, moment, _ in ticks if any(one.worst for one in moment.rules)]
    assert (paused_s[0], paused_s[-1]) == pytest.approx((5.0, 5.85))
    assert (raised_s[0], raised_s[-1]) == pytest.approx((5.5, 5.85)), "cleared after 0.3 s well"


def test_being_well_too_briefly_does_not_clear_a_fault() -> None:
    def script(t: float) -> dict[str, float]:
        return {} if t < 5 or 6 <= t < 6.25 or t >= 7 else BENT

    session, _ = play(script, until_s=10)
    assert faults_of(session) == [("front_knee", 5.0, 7.0)]


def test_between_the_bands_a_rule_keeps_its_state() -> None:
    # The band is 80 to 105 with a slack of 3: 78 neither fails a good knee nor mends a bad one.
    session, _ = play(lambda t: {"front_knee_deg": 78.0 if t > 1 else 90.0}, until_s=8)
    assert faults_of(session) == []
    session, _ = play(
        lambda t: {"front_knee_deg": 90.0 if t < 2 or t > 6 else 60.0 if t < 4 else 78.0},
        until_s=10,
    )
    [(rule, start_s, end_s)] = faults_of(session)
    assert (rule, start_s) == ("front_knee", 2.0)
    assert end_s == pytest.approx(6.05)


def test_settling_raises_nothing_and_counts_nothing() -> None:
    session, _ = play(between(0, 4, moving(BENT)), until_s=10)
    assert faults_of(session) == []
    assert holds_of(session) == [(4.0, 10.0)]


def test_a_well_moment_does_not_settle() -> None:
    session, _ = play(lambda t: moving(BENT) if t < 4 and not 2 <= t < 2.2 else {}, until_s=10)
    assert faults_of(session) == []
    assert holds_of(session) == [(4.0, 10.0)]


def test_settling_ends_after_five_seconds() -> None:
    session, _ = play(between(0, 8, moving(BENT)), until_s=12)
    [(rule, start_s, end_s)] = faults_of(session)
    assert (rule, end_s) == ("front_knee", 8.0)
    assert start_s == pytest.approx(5.0)
    assert holds_of(session) == [(8.0, 12.0)]


SQUAT_HIGH = {"hips_above_knees_leg": 0.5}
IN_SQUAT = {
    "trunk_off_upright_deg": 10.0, "trunk_lean_deg": 10.0, "hips_above_knees_leg": 0.0,
}  # fmt: skip


def play_squat(script: Script, until_s: float) -> Session:
    """A hold without a neutral: the prayer squat's rules in half-kneeling's position."""
    base, squat = load_exercise("half-kneeling"), load_exercise("prayer-squat")
    rules = tuple(rule for rule in squat.rules if rule.id == "depth")
    exercise = base.model_copy(update={"rules": rules})
    return play(lambda t: {**IN_SQUAT, **script(t)}, until_s=until_s, exercise=exercise)[0]


def test_settling_ends_after_two_seconds_of_keeping_still() -> None:
    """The travel of the hips is that of the second before: they came to rest a second ago."""

    def script(t: float) -> Mapping[str, float]:
        return {} if t >= 6 else SQUAT_HIGH if t >= 2 else moving(SQUAT_HIGH)

    [(rule, start_s, _)] = faults_of(play_squat(script, until_s=8))
    assert rule == "depth"
    assert start_s == pytest.approx(2 + 2 - 1, abs=2 * FRAME_S)


def test_a_fault_that_was_open_when_a_set_settled_that_was_never_well_is_dated_back() -> None:
    session = play_squat(lambda t: SQUAT_HIGH, until_s=8)
    assert faults_of(session) == [("depth", 0.0, 8.0)]


def test_who_still_corrects_a_joint_does_not_keep_still() -> None:
    session = play_squat(lambda t: {"hips_above_knees_leg": max(0.0, 0.9 - 0.2 * t)}, until_s=8)
    assert faults_of(session) == []
    [(start_s, _)] = holds_of(session)
    assert start_s > 2.5


def test_keeping_still_is_what_finding_the_neutral_asks_for() -> None:
    """Without a neutral that is known, only the five seconds end settling."""
    session, _ = play(between(0, 8, BENT), until_s=12)
    [(rule, start_s, _)] = faults_of(session)
    assert rule == "front_knee"
    assert start_s == pytest.approx(5.0)


def test_a_young_fault_at_leaving_is_kept_if_nothing_was_well_before() -> None:
    session = play_squat(lambda t: SQUAT_HIGH if t < 4.0 else OUT, until_s=6)
    [(rule, start_s, end_s)] = faults_of(session)
    assert rule == "depth"
    assert end_s is not None
    assert end_s == pytest.approx(4.0, abs=FRAME_S)
    assert start_s < end_s - 1


def test_the_tuck_does_not_keep_settling_open() -> None:
    session, _ = play(between(0, 3, {"pelvic_tilt_change_deg": 10.0}), until_s=8)
    assert faults_of(session) == [("pelvis_tuck", 0.0, 3.0)]


def test_a_young_fault_at_leaving_is_dropped_and_its_time_not_held() -> None:
    def script(t: float) -> dict[str, float]:
        return dict(OUT) if t >= 10 else BENT if t >= 8 else {}

    session, _ = play(script, until_s=14)
    assert faults_of(session) == []
    assert holds_of(session) == [(0.0, 8.0)]


def test_an_old_fault_at_leaving_is_kept() -> None:
    session, _ = play(lambda t: BENT if t >= 6 else {}, until_s=10)
    assert faults_of(session) == [("front_knee", 6.0, 10.0)]


def test_a_failure_under_way_at_leaving_is_not_credited() -> None:
    session, _ = play(lambda t: BENT if t >= 9.8 else {}, until_s=10)
    [(start_s, end_s)] = holds_of(session)
    assert start_s == 0.0
    assert end_s == pytest.approx(9.8)


def test_two_faults_end_the_hold_once_and_it_starts_when_both_are_mended() -> None:
    def script(t: float) -> dict[str, float]:
        knee = {"front_knee_deg": 60.0} if 4 <= t < 6 else {}
        lean = {"trunk_lean_deg": 30.0} if 5 <= t < 7 else {}
        return {**knee, **lean}

    session, _ = play(script, until_s=10)
    assert holds_of(session) == [(0.0, 4.0), (7.0, 10.0)]
    assert faults_of(session) == [("front_knee", 4.0, 6.0), ("trunk_upright", 5.0, 7.0)]


def test_a_rule_that_is_not_required_faults_without_stopping_the_clock() -> None:
    session, _ = play(between(4, 6, {"rear_hip_extension_deg": -30.0}), until_s=10)
    assert faults_of(session) == [("rear_hip", 4.0, 6.0)]
    assert holds_of(session) == [(0.0, 10.0)]


def test_what_is_unseen_ends_the_hold_where_it_was_last_seen_without_a_fault() -> None:
    session, ticks = play(between(4, 6, UNSEEN), until_s=10)
    assert faults_of(session) == []
    assert holds_of(session) == [(0.0, pytest.approx(4 - FRAME_S)), (6.0, 10.0)]
    assert clocks_of(ticks)[-3:] == ["running", "paused", "running"]


@pytest.mark.parametrize(("unseen_s", "n_holds"), [(0.1, 1), (0.45, 1), (0.55, 2), (0.7, 2)])
def test_what_is_unseen_for_under_half_a_second_is_credited_back(
    unseen_s: float, n_holds: int
) -> None:
    session, _ = play(between(4, 4 + unseen_s, UNSEEN), until_s=10)
    assert len(holds_of(session)) == n_holds
    assert session.sets[0].confirmed_hold_s == pytest.approx(10 - unseen_s, abs=2 * FRAME_S)


def test_a_hold_of_one_frame_has_no_length_and_breaks_nothing() -> None:
    session, ticks = play(lambda t: {} if t < 3 or abs(t - 4) < 0.01 else UNSEEN, until_s=8)
    [held] = holds_of(session)
    assert held == pytest.approx((0.0, 3 - FRAME_S))
    assert clocks_of(ticks)[-4:] == ["running", "paused", "running", "paused"]


def test_what_is_never_seen_is_never_held() -> None:
    session, _ = play(lambda t: UNSEEN, until_s=10)
    assert holds_of(session) == []
    assert faults_of(session) == []


def test_a_rule_that_may_be_unknown_leaves_the_clock_running_unconfirmed() -> None:
    session, _ = play(between(4, 6, {"pelvic_tilt_change_deg": math.nan}), until_s=10)
    assert holds_of(session) == [(0.0, 10.0)]
    assert session.sets[0].confirmed_hold_s == pytest.approx(8.0)


def test_no_rule_s_name_is_special() -> None:
    """A rule that is named as the tuck stops the clock unseen, if its file does not say otherwise;
    another one does not if it says so."""
    exercise = load_exercise("half-kneeling")

    def renamed(rule: Rule) -> Rule:
        if rule.id == "pelvis_tuck":
            return rule.model_copy(update={"may_be_unknown": False})
        return rule.model_copy(update={"may_be_unknown": rule.id == "front_knee"})

    swapped = exercise.model_copy(update={"rules": tuple(map(renamed, exercise.rules))})
    session, _ = play(between(4, 6, UNSEEN), until_s=10, exercise=swapped)
    assert holds_of(session) == [(0.0, 10.0)]
    unclear = between(4, 6, {"pelvic_tilt_change_deg": math.nan})
    session, _ = play(unclear, until_s=10, exercise=swapped)
    assert len(holds_of(session)) == 2


def test_a_position_that_cannot_be_seen_is_not_held() -> None:
    """Too short an absence to leave the position, and too long to credit it."""
    session, _ = play(lambda t: {}, until_s=10, found=lambda t: not 4 <= t < 4.6)
    assert holds_of(session) == [(0.0, pytest.approx(4 - FRAME_S)), (4.6, 10.0)]
    assert len(session.sets[0].stays) == 1


def test_an_unknown_right_after_failing_invents_no_fault() -> None:
    def script(t: float) -> dict[str, float]:
        return {"front_knee_deg": 60.0 if t < 4.3 else math.nan} if 4 <= t < 7 else {}

    session, _ = play(script, until_s=10)
    assert faults_of(session) == []
    [before, after] = holds_of(session)
    assert before == (0.0, 4.0), "what was seen to fail is not credited"
    assert after == pytest.approx((7.0, 10.0), abs=FRAME_S)


@pytest.mark.parametrize("unseen_s", [0.1, 0.2, 0.5, 0.9])
def test_a_failure_that_is_unseen_now_and_then_is_a_fault(unseen_s: float) -> None:
    """Not being seen makes nothing well again."""

    def script(t: float) -> dict[str, float]:
        return {"front_knee_deg": 60.0 if (t - 4) % (0.4 + unseen_s) < 0.4 else math.nan}

    session, _ = play(lambda t: script(t) if 4 <= t < 12 else {}, until_s=16)
    [(rule, start_s, end_s)] = faults_of(session)
    assert (rule, start_s) == ("front_knee", 4.0)
    assert end_s is not None
    assert end_s >= 12 - unseen_s - FRAME_S
    assert holds_of(session) == [(0.0, 4.0), (end_s, 16.0)]


def test_a_failure_that_is_unseen_and_then_well_is_credited_back() -> None:
    def script(t: float) -> dict[str, float]:
        return {"front_knee_deg": 60.0 if t < 4.2 else math.nan} if 4 <= t < 4.4 else {}

    session, _ = play(script, until_s=10)
    assert faults_of(session) == []
    assert holds_of(session) == [(0.0, 10.0)]


def test_a_fault_that_is_seen_no_more_ends_where_it_was_last_seen() -> None:
    def script(t: float) -> dict[str, float]:
        return {"front_knee_deg": 60.0 if t < 6 else math.nan} if t >= 4 else {}

    session, _ = play(script, until_s=12)
    [(rule, start_s, end_s)] = faults_of(session)
    assert (rule, start_s) == ("front_knee", 4.0)
    assert end_s == pytest.approx(6 - FRAME_S)


@pytest.mark.parametrize("rate_hz", [10, 15, 24, 30, 60])
def test_the_clock_does_not_depend_on_the_frame_rate(rate_hz: float) -> None:
    session, _ = play(between(5, 7, BENT), until_s=12, rate_hz=rate_hz)
    assert [f[0] for f in faults_of(session)] == ["front_knee"]
    assert sum(e - s for s, e in holds_of(session)) == pytest.approx(10.0, abs=2 / rate_hz)
