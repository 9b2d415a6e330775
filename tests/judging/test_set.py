"""What stays add up to, and the faults of a set that was never well."""

from __future__ import annotations

import pytest

from formcheck.judging.session import Session
from tests.support.builders import OUT, between, faults_of, holds_of, measured, moving, play
from tests.support.kicks import RATE_HZ, kicks, make_exercise

BENT = {"front_knee_deg": 60.0}
FRAME_S = 0.05


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


def test_stays_add_up_without_what_was_between_them() -> None:
    session, _ = play(between(5, 9, OUT), until_s=15)
    [done] = session.sets
    first, second = done.stays
    assert done.add_up() == (done.good_hold_s, done.confirmed_hold_s)
    assert done.good_hold_s == first.add_up()[0] + second.add_up()[0]
    assert done.position_s == pytest.approx(done.good_hold_s)
    assert done.holds == [*first.holds, *second.holds]
    assert (done.start_s, done.end_s) == (first.start_s, second.end_s)


@pytest.mark.parametrize(
    ("left_s", "right_s", "side"),
    [((2, 5), (), "left"), ((), (2, 5), "right"), ((2,), (5,), None)],
)
def test_the_side_of_repetitions_is_that_of_the_leg_that_moved(
    left_s: tuple[int, ...], right_s: tuple[int, ...], side: str | None
) -> None:
    session = Session(make_exercise("each"))
    for k in range(round(8 * RATE_HZ)):
        t = round(k / RATE_HZ, 6)
        session.push(
            {"left": measured(t, kicks(*left_s)(t)), "right": measured(t, kicks(*right_s)(t))}
        )
    [done] = session.sets
    assert done.side == side
    assert (done.n_good_reps, done.n_confirmed_reps, done.n_quick) == (2, 2, 0)
    assert [rep.good for rep in done.reps] == [True, True]
