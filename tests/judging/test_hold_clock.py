"""The clock, clause by clause: entering, settling, pausing, faults, leaving, sets."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

import pytest

from formcheck.exercises.load import load_exercise
from formcheck.exercises.schema import Rule
from formcheck.judging.session import Session
from formcheck.judging.set import Set
from formcheck.judging.stay import Stay
from tests.support.builders import OUT, Script, Tick, between, measured, play

BENT = {"front_knee_deg": 60.0}
UNSEEN = {"front_knee_deg": math.nan}
FRAME_S = 0.05


def holds_of(session: Session) -> list[tuple[float, float]]:
    return [(h.start_s, h.end_s) for s in session.sets for h in s.holds]


def faults_of(session: Session) -> list[tuple[str, float, float | None]]:
    return [(f.rule.id, f.start_s, f.end_s) for s in session.sets for f in s.faults]


def clocks_of(ticks: list[Tick]) -> list[str]:
    """What the clock did, each once."""
    return [clock for clock, _ in itertools.groupby(tick.moment.clock for tick in ticks)]


def ended_of(kind: type[Stay] | type[Set], ticks: list[Tick]) -> list[float]:
    """When such a thing ended, as it was told."""
    return [tick.time_s for tick in ticks for one in tick.ended if isinstance(one, kind)]


def test_a_good_hold_is_dated_back_to_its_first_frame() -> None:
    session, _ = play(between(0, 2, OUT), until_s=12)
    assert holds_of(session) == [(2.0, 12.0)]


def test_the_position_is_not_entered_under_a_second() -> None:
    session, ticks = play(lambda t: {} if 2 <= t < 2.95 else OUT, until_s=6)
    assert session.sets == []
    assert not any(tick.ended for tick in ticks)


def test_moving_hips_do_not_enter_and_the_still_second_dates_the_entry() -> None:
    session, _ = play(between(0, 3, {"hip_travel_trunk": 0.2}), until_s=8)
    assert holds_of(session) == [(2.0, 8.0)]


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


def moving(values: Mapping[str, float]) -> dict[str, float]:
    """The same while the hips have not come to rest; not so far that it would be no entry."""
    return {**values, "hip_travel_trunk": 0.12}


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


@pytest.mark.parametrize("is_still", [True, False])
def test_a_set_that_was_never_well_has_its_fault_from_the_entering(is_still: bool) -> None:
    script = BENT if is_still else moving(BENT)
    session, _ = play(lambda t: script if t < 4.5 else OUT, until_s=16)
    [(rule, start_s, end_s)] = faults_of(session)
    assert (rule, start_s) == ("front_knee", 0.0)
    assert end_s == pytest.approx(4.5 - FRAME_S)
    assert holds_of(session) == []


def test_a_rule_that_was_mended_in_a_set_that_was_never_well_is_a_fault_up_to_there() -> None:
    lean = {"trunk_lean_deg": 40.0}
    session, _ = play(lambda t: moving(BENT if t < 3.5 else lean) if t < 4.8 else OUT, until_s=16)
    [(rule, start_s, end_s)] = faults_of(session)
    assert (rule, start_s) == ("front_knee", 0.0)
    assert end_s == pytest.approx(3.5)


def test_under_three_seconds_of_failing_is_no_fault_of_a_set_that_was_never_well() -> None:
    session, _ = play(lambda t: BENT if t < 2.9 else OUT, until_s=6)
    assert faults_of(session) == []


def test_a_set_that_was_never_well_adds_its_stays_up() -> None:
    session, _ = play(lambda t: OUT if 2 <= t < 4 or t > 6 else moving(BENT), until_s=18)
    assert len(session.sets) == 1
    assert len(session.sets[0].stays) == 2
    assert [f[:2] for f in faults_of(session)] == [("front_knee", 0.0)]


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


def test_a_short_absence_does_not_end_the_stay() -> None:
    session, ticks = play(between(5, 5.6, OUT), until_s=10)
    assert holds_of(session) == [(0.0, 10.0)]
    assert ended_of(Stay, ticks) == [10.0]


def test_leaving_is_dated_back_and_a_return_within_ten_seconds_is_the_same_set() -> None:
    session, ticks = play(between(5, 9, OUT), until_s=15)
    assert len(session.sets) == 1
    assert holds_of(session) == [(0.0, pytest.approx(5 - FRAME_S)), (9.0, 15.0)]
    assert session.sets[0].position_s == pytest.approx(11 - FRAME_S)
    assert ended_of(Stay, ticks) == pytest.approx([5.65, 15.0])
    assert ended_of(Set, ticks) == [15.0]


def test_a_return_after_ten_seconds_is_another_set() -> None:
    session, _ = play(between(5, 16, OUT), until_s=20)
    assert [(s.start_s, s.end_s) for s in session.sets] == [(0.0, 4.95), (16.0, 20.0)]


@pytest.mark.parametrize(("away_s", "n_sets"), [(9.1, 1), (9.9, 1), (10.1, 2)])
@pytest.mark.parametrize("rate_hz", [10, 20])
def test_absences_under_ten_seconds_belong_to_the_set(
    away_s: float, n_sets: int, rate_hz: int
) -> None:
    """To enter takes a second, and is dated back: the set waits for one that may have begun."""
    last_s, back_s = 4.9, 4.9 + away_s
    session, ticks = play(
        lambda t: OUT if last_s + 1e-6 < t < back_s - 1e-6 else {}, until_s=20, rate_hz=rate_hz
    )
    times = [s for done in session.sets for stay in done.stays for s in (stay.start_s, stay.end_s)]
    assert times == pytest.approx([0.0, last_s, back_s, 20.0])
    assert len(session.sets) == n_sets
    assert len(ended_of(Set, ticks)) == n_sets


def test_a_set_is_over_once_nothing_can_be_dated_back_into_it() -> None:
    """Back at 9.5 s, but with hips that move: what is entered at last is another set."""

    def script(t: float) -> dict[str, float]:
        return dict(OUT) if 5 <= t < 14.5 else {"hip_travel_trunk": 0.3} if 14.5 <= t < 17 else {}

    session, _ = play(script, until_s=22)
    assert [(s.start_s, s.end_s) for s in session.sets] == [(0.0, 4.95), (16.0, 22.0)]
    whole, told = Session(session.exercise), []
    for k in range(20 * 17):
        t = round(k / 20, 6)
        ended = whole.push({"left": measured(t, script(t)), "right": measured(t, OUT)})
        told += [t for one in ended if isinstance(one, Set)]
    assert told == [pytest.approx(15.95, abs=0.06)], "a second after the last moment that counts"
    assert not whole.is_set_open


def test_changing_sides_starts_another_set() -> None:
    session, ticks = play(between(5, 7, OUT), until_s=12, left=lambda t: t < 6)
    assert [(s.side, s.start_s) for s in session.sets] == [("left", 0.0), ("right", 7.0)]
    assert ended_of(Set, ticks) == [8.0, 12.0]


def test_losing_the_person_pauses_and_counts_nothing() -> None:
    session, ticks = play(lambda t: {}, until_s=12, found=lambda t: not 4 <= t < 8)
    assert holds_of(session) == [(0.0, pytest.approx(3.95)), (8.0, 12.0)]
    assert ended_of(Stay, ticks) == pytest.approx([4.65, 12.0])


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


def test_a_gap_between_frames_is_not_counted() -> None:
    """Frames that stop for five seconds in the middle of a hold, as a stalled source does."""
    session = Session(play(lambda t: {}, until_s=0)[0].exercise)
    for k in range(200):
        t = k * 0.05 + (5.0 if k >= 100 else 0.0)
        session.push({"left": measured(t, {}), "right": measured(t, OUT)})
    session.finish()
    assert sum(e - s for s, e in holds_of(session)) == pytest.approx(9.9)
    assert len(session.sets) == 1
    assert session.sets[0].position_s == pytest.approx(9.9)


@pytest.mark.parametrize("gap_s", [0.8, 3.0, 40.0])
def test_a_gap_between_frames_is_no_absence(gap_s: float) -> None:
    """The same position and the same set after it, at once and without a second entering."""
    session = Session(load_exercise("half-kneeling"))
    for k in range(110):
        t = k * 0.05 + (gap_s if k >= 100 else 0.0)
        session.push({"left": measured(t, {}), "right": measured(t, OUT)})
    assert session.stay is not None
    assert session.stay.start_s == pytest.approx(5 + gap_s)
    assert session.is_set_open
    session.finish()
    assert len(session.sets) == 1


def test_who_is_gone_after_a_gap_has_left() -> None:
    session = Session(load_exercise("half-kneeling"))
    for k in range(140):
        t = k * 0.05 + (3.0 if k >= 100 else 0.0)
        session.push({"left": measured(t, {} if k < 100 else OUT), "right": measured(t, OUT)})
    session.finish()
    assert [(s.start_s, s.end_s) for s in session.sets[0].stays] == [(0.0, 4.95)]
