"""Range, left against right and faults over time: what is said of them, and when not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from formcheck.exercises.load import list_exercises
from formcheck.exercises.schema import Exercise
from formcheck.history.past import PastFault, PastMedian, PastSet
from formcheck.history.wording import (
    tell_headline,
    tell_sides,
    tell_summary,
    tell_trend,
)
from tests.support.days import TODAY, back, look, past


@pytest.fixture(scope="module")
def exercises() -> dict[str, Exercise]:
    return list_exercises()


def measured(day: date, value: float, side: str = "left", **changes: Any) -> PastSet:
    medians = {"rear_hip": PastMedian(value, "deg"), "front_knee": PastMedian(92.0, "deg")}
    return past(day, side=side, **{"medians": medians, **changes})


def test_the_range_is_a_value_a_day(exercises: dict[str, Exercise]) -> None:
    first, second = back(1, 0)
    sets = [measured(first, -10), measured(first, -6), measured(first, -7), measured(second, -4)]
    [one] = look(sets, exercises).ranges
    assert (one.exercise, one.side, one.name, one.unit) == (
        "half-kneeling", "left", "rear_hip", "deg",
    )  # fmt: skip
    assert list(one.points) == [(first, -7.0), (second, -4.0)]
    assert (one.first, one.now, one.more) == (None, -5.5, 1)
    assert tell_trend(one) == "can't tell yet: 2 of 8 days"


def test_what_gained_nothing_tells_no_range(exercises: dict[str, Exercise]) -> None:
    assert look([measured(TODAY, 5, good_hold_s=0.0)], exercises).ranges == ()


@pytest.mark.parametrize(
    ("exercise", "rule", "values", "said"),
    [
        ("half-kneeling", "rear_hip", (-12, 0), "more, by about 12°"),
        ("half-kneeling", "rear_hip", (0, -12), "less, by about 12°"),
        ("knee-to-chest", "knee_close", (70, 50), "more, by about 20°"),
        ("knee-to-chest", "knee_close", (60, 57), "no clear change"),
        ("knee-drops", "range", (40, 25), "less, by about 15°"),
        ("childs-pose", "hips_to_heels", (0.7, 0.4), "more, by about 30 % thigh"),
        ("prayer-squat", "depth", (0.05, 0.2), "less, by about 15 % leg"),
    ],
)
def test_more_range_is_more_whatever_its_sign(
    exercises: dict[str, Exercise],
    exercise: str,
    rule: str,
    values: tuple[float, float],
    said: str,
) -> None:
    unit = exercises[exercise].rule(rule).unit
    first, last = values
    sets = [
        past(
            day,
            exercise=exercise,
            side=None,
            medians={rule: PastMedian(first + (last - first) * k / 19, unit)},
        )
        for k, day in enumerate(back(*range(20)))
    ]
    [one] = look(sets, exercises).ranges
    assert tell_trend(one) == said


def test_a_test_tells_range_only_if_it_was_kept_still(exercises: dict[str, Exercise]) -> None:
    days = back(0, 1, 2)
    values = (("tight", 10.0), (None, 2.0), ("borderline", None))
    sets = [
        past(
            day,
            exercise="thomas-test",
            unit="s",
            good_hold_s=0.0,
            measured={"thigh_elevation_deg": value, "knee_deg": 90.0, "verdict": verdict},
        )
        for day, (verdict, value) in zip(days, values, strict=True)
    ]
    [one] = look(sets, exercises).ranges
    assert (one.words, one.more, list(one.points)) == ("thigh above level", -1, [(days[0], 10.0)])


def test_of_an_exercise_that_is_not_known_the_days_are(exercises: dict[str, Exercise]) -> None:
    found = look([measured(TODAY, 5, exercise="my-own")], exercises)
    assert (found.unknown, found.ranges, found.n_days) == (("my-own",), (), 1)


def test_left_and_right_are_compared_once_there_are_days_enough(
    exercises: dict[str, Exercise],
) -> None:
    days = back(*range(6))
    sets = [measured(day, -12) for day in days]
    sets += [measured(day, 0, "right", good_hold_s=20.0) for day in days[:5]]
    [early] = look(sets, exercises).range_sides
    assert tell_sides(early) == "can't tell yet: 5 of 6 days with both"
    sets.append(measured(days[5], 0, "right", good_hold_s=20.0))
    found = look(sets, exercises)
    [sides] = found.range_sides
    assert (sides.left, sides.right, sides.difference.difference) == (-12, 0, -12)
    assert tell_sides(sides) == "right has more, by about 12°"
    [held] = found.held_sides
    assert (held.left_s, held.right_s) == (180.0, 120.0)


def test_less_of_an_angle_may_be_more_range(exercises: dict[str, Exercise]) -> None:
    sets = [
        past(
            day,
            exercise="knee-to-chest",
            side=side,
            medians={"knee_close": PastMedian(value, "deg")},
        )
        for day in back(*range(6))
        for side, value in (("left", 50.0), ("right", 65.0))
    ]
    [sides] = look(sets, exercises).range_sides
    assert tell_sides(sides) == "left has more, by about 15°"


def test_faults_are_told_a_minute_of_judged_time(exercises: dict[str, Exercise]) -> None:
    faults = {"trunk_upright": PastFault(2, 3.0), "front_knee": PastFault(1, 1.0)}
    sets = [
        past(TODAY, faults=faults, position_s=45.0),
        past(TODAY, faults={"front_knee": PastFault(2, 1.0)}, position_s=45.0),
        past(TODAY, faults=faults, position_s=90.0, verdict="cannot_judge"),
    ]
    found = look(sets, exercises)
    [one] = found.faults
    assert one.now == pytest.approx(5 / 1.5)
    assert one.commonest == "front_knee"  # where it could be judged
    assert found.weeks[0].faults_per_min == pytest.approx(5 / 1.5)
    assert tell_trend(one) == "can't tell yet: 1 of 8 days"


def test_a_moment_in_position_tells_no_rate(exercises: dict[str, Exercise]) -> None:
    found = look([past(TODAY, position_s=19.0)], exercises)
    assert found.faults == ()
    assert found.weeks[0].faults_per_min is None
    assert look([past(TODAY, position_s=0.0)], exercises).faults == ()


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [(4, 0, "fewer, by about 4.0 per min"), (0, 3, "more, by about 3.0 per min")],
)
def test_faults_become_fewer_or_more(
    exercises: dict[str, Exercise], first: int, last: int, said: str
) -> None:
    sets = [
        past(
            day,
            position_s=600.0,
            faults={"front_knee": PastFault(round(10 * (first + (last - first) * k / 20)), 1.0)},
        )
        for k, day in enumerate(back(*range(21)))
    ]
    [one] = look(sets, exercises).faults
    assert tell_trend(one) == said


@pytest.mark.parametrize(
    ("n_days", "hip", "knee", "n_faults", "headline", "summary"),
    [
        (
            20, (-12, 0), (70, 50), (60, 0), "More range, fewer faults",
            "More range in 2 of 2, less in 0, not clear in 0. "
            "Fewer faults in 2 of 2, more in 0, not clear in 0.",
        ),
        (
            20, (-12, 0), (50, 70), (0, 60), "More range here, less there, more faults",
            "More range in 1 of 2, less in 1, not clear in 0. "
            "Fewer faults in 0 of 2, more in 2, not clear in 0.",
        ),
        (
            20, (0, -12), (60, 60), (9, 9), "Less range, no clear change in faults",
            "More range in 0 of 2, less in 1, not clear in 1. No clear change in faults yet.",
        ),
        (
            20, (5, 5), (60, 60), (60, 0), "No clear change in range, fewer faults",
            "No clear change in range yet. Fewer faults in 2 of 2, more in 0, not clear in 0.",
        ),
        (
            7, (-12, 0), (70, 50), (60, 0), "Too early to tell",
            "Too early to tell about range. Too early to tell about faults.",
        ),
    ],
)  # fmt: skip
def test_whether_it_gets_better_is_summed_up(
    exercises: dict[str, Exercise],
    n_days: int,
    hip: tuple[float, float],
    knee: tuple[float, float],
    n_faults: tuple[int, int],
    headline: str,
    summary: str,
) -> None:
    """Of the hip a larger angle is better, of the knee a smaller one, as are fewer faults."""
    before, after = n_faults
    sets = [
        past(
            day,
            exercise=exercise,
            side=None,
            position_s=600.0,
            medians={rule: PastMedian(first + (last - first) * k / (n_days - 1), "deg")},
            faults={rule: PastFault(round(before + (after - before) * k / (n_days - 1)), 1.0)},
        )
        for k, day in enumerate(back(*range(n_days)))
        for exercise, rule, (first, last) in (
            ("half-kneeling", "rear_hip", hip),
            ("knee-to-chest", "knee_close", knee),
        )
    ]
    found = look(sets, exercises)
    assert tell_headline(found) == headline
    assert tell_summary(found) == summary
