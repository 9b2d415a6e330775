"""Repetitions: counted with hysteresis, judged one by one, none invented on the way in or out."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from formcheck.exercises.schema import Reps
from formcheck.judging.reps import Rep, RepCounter, Rise
from formcheck.judging.session import Session
from formcheck.result.score import score_set
from tests.support.builders import measured
from tests.support.kicks import COUNT, RATE_HZ, SIGNAL, kicks, make_exercise, pulse


def count(signal: Callable[[float], float], until_s: float, reps: Reps = COUNT) -> list[Rise]:
    counter = RepCounter(reps)
    times = np.arange(0, until_s, 1 / RATE_HZ)
    return [rise for t in times if (rise := counter.push(float(t), signal(float(t))))]


def test_each_pulse_is_one() -> None:
    rises = count(lambda t: pulse(t, 1, 4, 7), 10)
    assert [round(rise.peak_s, 1) for rise in rises] == [2.0, 5.0, 8.0]
    for rise, start in zip(rises, (1, 4, 7), strict=True):
        assert rise.start_s == pytest.approx(start + 0.15, abs=0.06)
        assert rise.end_s == pytest.approx(start + 1.9, abs=0.06)
        assert rise.top_s == pytest.approx(1.1, abs=0.11)


def test_a_signal_that_goes_down_and_back_counts() -> None:
    """The mirror image of one that goes up, at the very same times."""
    down = Reps(
        kind="reps", target_reps=4, signal=SIGNAL, rest="up", up=-10, down=-20, min_s=0.8, top_s=1
    )
    starts = (1, 4, 7)
    rises = count(lambda t: -pulse(t, *starts), 10, down)
    assert rises == count(lambda t: pulse(t, *starts), 10)
    assert len(rises) == 3
    assert count(lambda t: -pulse(t, 1, height=18), 6, down) == []
    assert count(lambda t: pulse(t, *starts), 10, down) == []


def test_a_knee_that_bends_and_straightens_counts() -> None:
    squat = Reps(kind="reps", target_reps=3, signal=SIGNAL, rest="up", up=150, down=120)
    [one] = count(lambda t: 170 - pulse(t, 2, height=85), 8, squat)
    assert one.peak_s == pytest.approx(3.0, abs=0.1)
    assert count(lambda t: 170 - pulse(t, 2, height=40), 8, squat) == [], "130° is no squat"


def test_trembling_at_a_threshold_is_not_counted() -> None:
    seed = 4
    print("seed", seed)
    noise = np.random.default_rng(seed).normal(0, 1.5, 2000)
    shaky = count(lambda t: pulse(t, 1, 4, 7, height=25) + noise[round(t * RATE_HZ)], 10)
    assert len(shaky) == 3
    assert count(lambda t: 10 + noise[round(t * RATE_HZ)], 30) == []


def test_a_small_or_a_short_one_is_none() -> None:
    assert count(lambda t: pulse(t, 1, height=18), 6) == []
    assert count(lambda t: 40.0 if 1 <= t < 1.5 else 0.0, 6) == []


def test_a_quick_one_is_none_and_is_told() -> None:
    """One that is slow, one that is quick, one that is quick and small, one out of position."""

    def some(t: float) -> dict[str, float]:
        quick = 40.0 if 5 <= t < 5.6 or 11 <= t < 11.6 else 18.0 if 8 <= t < 8.6 else 0.0
        inside = t < 10
        return {
            SIGNAL: pulse(t, 2) + quick, "rear_knee_below_hip_thigh": 0.9 if inside else 0.1,
        }  # fmt: skip

    for sides in ("each", "none"):
        [one] = play(some, sides=sides).sets
        assert (len(one.reps), one.n_quick) == (1, 1)
    [both] = play(some, some).sets
    assert (len(both.reps), both.n_quick) == (2, 2)


def test_one_that_was_under_way_at_the_start_or_the_end_is_none() -> None:
    assert count(lambda t: pulse(t, -1), 6) == []
    assert len(count(lambda t: pulse(t, 1, 4), 5.0)) == 1


def test_one_that_was_not_seen_for_long_is_none() -> None:
    def hidden(t: float, long_s: float) -> float:
        return math.nan if 2 <= t < 2 + long_s else pulse(t, 1)

    assert len(count(lambda t: hidden(t, 0.3), 6)) == 1
    assert count(lambda t: hidden(t, 1.2), 6) == []


@pytest.mark.parametrize(("gap_s", "n_reps"), [(0.3, 1), (0.65, 1), (0.8, 0), (2.4, 0)])
def test_one_without_frames_for_long_is_none(gap_s: float, n_reps: int) -> None:
    """A stalled source: nobody knows what the leg did meanwhile."""
    counter = RepCounter(COUNT)
    times = [t for t in np.arange(0, 8, 1 / RATE_HZ) if not 1.7 < t < 1.7 + gap_s]
    rises = [rise for t in times if (rise := counter.push(float(t), pulse(float(t), 1, 5)))]
    assert len(rises) == n_reps + 1, "the next one is whole"


def test_a_stall_that_ends_at_rest_completes_none() -> None:
    counter = RepCounter(COUNT)
    up = [counter.push(k / RATE_HZ, pulse(k / RATE_HZ, 1)) for k in range(40)]
    assert not any(up)
    assert counter.is_moving
    assert counter.push(4.4, 0.0) is None
    assert not counter.is_moving


def test_both_ways() -> None:
    both = COUNT.model_copy(update={"both_ways": True})
    rises = count(lambda t: pulse(t, 1) - pulse(t, 4), 8, both)
    assert [round(rise.peak_s) for rise in rises] == [2, 5]
    straight_through = count(lambda t: 40 * math.sin(t * math.tau / 4), 12.5, both)
    assert len(straight_through) == 6


def play(
    left: Callable[[float], dict[str, float]],
    right: Callable[[float], dict[str, float]] = lambda t: {},
    *,
    sides: str = "each",
    until_s: float = 14.0,
) -> Session:
    session = Session(make_exercise(sides))
    for k in range(round(until_s * RATE_HZ) + 1):
        t = round(k / RATE_HZ, 6)
        session.push({"left": measured(t, left(t)), "right": measured(t, right(t))})
    session.finish()
    return session


def test_a_set_of_good_repetitions() -> None:
    [done] = [score_set(s) for s in play(kicks(2, 5, 8, 11)).sets]
    assert (done.side, done.verdict, done.score, done.completion) == ("left", "pass", 100, 1)
    assert [rep.good for rep in done.reps] == [True] * 4
    assert done.good_hold_s == pytest.approx(4.4, abs=0.3)
    assert done.confirmed_hold_s == pytest.approx(done.good_hold_s)
    assert len(done.holds) == 4


def test_the_rule_that_failed_is_kept() -> None:
    def some(t: float) -> dict[str, float]:
        low = pulse(t, 5, height=28)
        lean = 25.0 if 8.2 <= t < 9.2 else 0.0
        quick = pulse(t, 11, ramp_s=0.1)
        return {SIGNAL: pulse(t, 2, 8) + low + quick, "trunk_lean_deg": lean}

    [done] = [score_set(s) for s in play(some).sets]
    assert [(rep.good, rep.faults) for rep in done.reps] == [
        (True, ()), (False, ("height",)), (True, ("still",)), (True, ("slow",)),
    ]  # fmt: skip
    assert done.verdict == "fix"
    assert done.completion == 0.75
    [height] = [fault for fault in done.faults if fault.rule == "height"]
    assert height.worst == pytest.approx(28, abs=0.5)
    assert height.cue == "Higher"
    assert height.start_s == done.reps[1].start_s
    assert done.rules["height"].outcome.value == "fail"
    assert done.rules["height"].pass_s == pytest.approx(3 * done.rules["height"].fail_s, rel=0.1)


def test_the_score_counts_repetitions_not_their_seconds() -> None:
    """Three that are too quick and three that take three times as long: half of them passed."""

    def some(t: float) -> dict[str, float]:
        return {SIGNAL: pulse(t, 2, 4, 6, ramp_s=0.05) + pulse(t, 8, 13, 18, ramp_s=1.5)}

    [done] = [score_set(s) for s in play(some, until_s=24).sets]
    assert [rep.faults for rep in done.reps] == [("slow",)] * 3 + [()] * 3
    slow = done.rules["slow"]
    assert slow.pass_s > 2.5 * slow.fail_s > 0, "the seconds are kept as they are"
    assert done.score == pytest.approx(100 * (2 + 1 + 0.5) / 4)


def test_a_jerk_of_one_frame_is_no_fault_over_a_repetition() -> None:
    def jerk(t: float) -> dict[str, float]:
        return {SIGNAL: pulse(t, 2), "trunk_lean_deg": 40.0 if t == 3.0 else 0.0}

    [done] = [score_set(s) for s in play(jerk).sets]
    assert done.reps[0].faults == ()


def test_legs_may_alternate() -> None:
    [one] = play(kicks(2, 8), kicks(5, 11)).sets
    assert [rep.side for rep in one.reps] == ["left", "right", "left", "right"]
    assert one.side is None
    [right] = play(lambda t: {}, kicks(2, 5)).sets
    assert right.side == "right"


def test_without_sides_both_legs_count_once() -> None:
    [one] = play(kicks(2, 5), kicks(2, 5), sides="none").sets
    assert [rep.side for rep in one.reps] == [None, None]
    assert one.side is None


def test_getting_into_position_and_out_of_it_counts_nothing() -> None:
    def kneeling(t: float) -> dict[str, float]:
        inside = 3 <= t < 9
        return {SIGNAL: pulse(t, 2, 5, 8.4), "rear_knee_below_hip_thigh": 0.9 if inside else 0.1}

    [one] = play(kneeling).sets
    assert [round(rep.rise.peak_s) for rep in one.reps] == [6]


def test_an_unseen_top_is_unknown_and_not_confirmed() -> None:
    def unseen(t: float) -> dict[str, float]:
        lean = math.nan if 2 <= t < 4.5 else 0.0
        return {SIGNAL: pulse(t, 2, 5), "trunk_lean_deg": lean}

    [one] = play(unseen).sets
    assert [v.outcome.value for v in one.reps[0].verdicts] == ["pass", "unknown", "pass"]
    assert one.reps[0].good


def test_repetitions_are_told_as_they_end() -> None:
    session = Session(make_exercise("each"))
    told = []
    for k in range(round(10 * RATE_HZ)):
        t = round(k / RATE_HZ, 6)
        ended = session.push({"left": measured(t, kicks(2, 5)(t)), "right": measured(t, {})})
        told += [(one.rise.end_s, t) for one in ended if isinstance(one, Rep)]
    assert [at for at, _ in told] == pytest.approx([3.9, 6.9], abs=0.1)
    assert all(at == known for at, known in told)


@pytest.mark.parametrize(("back_s", "n_reps"), [(6.6, 2), (8.5, 1)], ids=["ends in it", "ends out"])
def test_a_repetition_may_lead_out_of_the_position_if_it_ends_in_it(
    back_s: float, n_reps: int
) -> None:
    """Knees that drop far hide the very posture that tells the exercise."""

    def out(t: float) -> dict[str, float]:
        inside = not 5.3 <= t < back_s
        return {SIGNAL: pulse(t, 2, 5), "rear_knee_below_hip_thigh": 0.9 if inside else 0.1}

    [one] = play(out).sets
    assert len(one.reps) == n_reps
