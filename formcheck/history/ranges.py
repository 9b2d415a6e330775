"""Which of what is remembered tells the range of motion, and how it went day by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Final, Literal

from formcheck.exercises.schema import Assessment, Exercise
from formcheck.history.past import PastSet
from formcheck.history.trend import (
    Difference,
    Points,
    Trend,
    compare_sides,
    find_first,
    find_now,
    find_trend,
)
from formcheck.pose.landmarks import Side

RANGES: Final[Mapping[str, tuple[str, Literal[1, -1]]]] = {
    "rear_hip_extension_deg": ("hip extension", 1),
    "rear_thigh_back_deg": ("thigh behind hip", 1),
    "rear_thigh_above_trunk_line_deg": ("kick height", 1),
    "rear_thigh_elevation_deg": ("thigh above level", -1),
    "rear_trunk_thigh_deg": ("trunk to thigh", -1),
    "knee_drop_deg": ("knee drop", 1),
    "trunk_side_bend_deg": ("side bend", 1),
    "near_shoulder_flexion_deg": ("arm overhead", 1),
    "rear_arm_raise_deg": ("arm overhead", 1),
    "hips_above_knees_leg": ("hips above knees", -1),
    "near_hip_ankle_thigh": ("hips to heels", -1),
}
"""Measures that tell how far a joint goes: in words, and 1 if a larger value is more range, -1 if a
smaller one is. Exercises of the user's own that use one of them have their range told as well."""
TREND_NOISE: Final = {"deg": 5.0}
"""A smaller change counts as none, by unit: about the camera's error from day to day."""
SIDE_NOISE: Final = {"deg": 8.0}
"""Larger: one side may be the far one, which is seen worse."""
LENGTH_NOISE: Final = 0.08
"""Of both, in lengths of the person's own limbs."""


@dataclass(frozen=True, slots=True)
class RangeSeries:
    """The range that one exercise shows, on one side, one value a day."""

    exercise: str
    side: Side | None
    name: str
    """The rule's id, or the name of what an assessment reads."""
    words: str
    unit: str
    """As in a measure's name: ``deg``, or a length of the person's own."""
    more: Literal[1, -1]
    """1 if a larger value is more range, -1 if a smaller one is."""
    points: Points
    """Day and the median over its sets, in order of the days; never empty."""
    first: float | None
    """Median of the first days; None where there are too few for a beginning and a now."""
    now: float
    """Median of the last days."""
    trend: Trend
    """``up`` if the value rises, whatever that means for the range."""


@dataclass(frozen=True, slots=True)
class RangeSides:
    """The range of one exercise, left against right."""

    exercise: str
    name: str
    words: str
    unit: str
    more: Literal[1, -1]
    left: float
    """Median of the last days; so is ``right``."""
    right: float
    difference: Difference
    """``up`` if left has the larger value, whatever that means for the range."""


def find_ranges(
    sets: Iterable[PastSet], exercises: Mapping[str, Exercise]
) -> tuple[RangeSeries, ...]:
    """The range over time, for each exercise, side and measure that tells one.

    Args:
        sets: those to look at; one without a good second or repetition tells nothing.
        exercises: by id; sets of others tell nothing.
    """
    found: dict[tuple[str, str, Side | None], dict[date, list[float]]] = defaultdict(dict)
    measures: dict[tuple[str, str], str] = {}
    for one in sets:
        exercise = exercises.get(one.exercise)
        for name, measure, value in _read(one, exercise) if exercise else ():
            found[one.exercise, name, one.side].setdefault(one.day, []).append(value)
            measures[one.exercise, name] = measure
    return tuple(
        _make_series(key, measures[key[:2]], found[key])
        for key in sorted(found, key=lambda key: (key[0], key[1], key[2] or ""))
    )


def compare_ranges(series: Iterable[RangeSeries]) -> tuple[RangeSides, ...]:
    """Left against right, wherever both were measured."""
    by_side: dict[tuple[str, str], dict[Side, RangeSeries]] = defaultdict(dict)
    for one in series:
        if one.side is not None:
            by_side[one.exercise, one.name][one.side] = one
    both = ((sides["left"], sides["right"]) for sides in by_side.values() if len(sides) == 2)
    return tuple(
        RangeSides(
            left.exercise, left.name, left.words, left.unit, left.more, left.now, right.now,
            compare_sides(
                dict(left.points), dict(right.points), SIDE_NOISE.get(left.unit, LENGTH_NOISE)
            ),
        )
        for left, right in both
    )  # fmt: skip


def _read(one: PastSet, exercise: Exercise) -> Iterator[tuple[str, str, float]]:
    """Name, measure and value of each range that a set tells."""
    if isinstance(exercise.count, Assessment):
        name, measure = next(iter(exercise.count.measures.items()))
        read = one.measured or {}
        value = read.get(name)
        # Without a verdict the limb was not kept still for long enough.
        if measure in RANGES and read.get("verdict") is not None and isinstance(value, int | float):
            yield name, measure, float(value)
    elif one.good_hold_s > 0 or one.n_good_reps > 0:
        for rule in exercise.rules:
            if rule.measure in RANGES and rule.id in one.medians:
                yield rule.id, rule.measure, one.medians[rule.id].value


def _make_series(
    key: tuple[str, str, Side | None], measure: str, by_day: Mapping[date, list[float]]
) -> RangeSeries:
    exercise, name, side = key
    points = [(day, float(median(by_day[day]))) for day in sorted(by_day)]
    unit = measure.rpartition("_")[2]
    words, more = RANGES[measure]
    trend = find_trend(points, TREND_NOISE.get(unit, LENGTH_NOISE))
    return RangeSeries(
        exercise, side, name, words, unit, more, points,
        find_first(points), find_now(points), trend,
    )  # fmt: skip
