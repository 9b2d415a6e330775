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


@dataclass(frozen=True, slots=True)
class RangeMeasure:
    """A measure that tells how far a joint goes."""

    words: str
    more: Literal[1, -1]
    """1 if a larger value is more range, -1 if a smaller one is."""


RANGES: Final[Mapping[str, RangeMeasure]] = {
    "rear_hip_extension_deg": RangeMeasure("hip extension", 1),
    "rear_thigh_back_deg": RangeMeasure("thigh behind hip", 1),
    "rear_thigh_above_trunk_line_deg": RangeMeasure("kick height", 1),
    "rear_thigh_elevation_deg": RangeMeasure("thigh above level", -1),
    "rear_trunk_thigh_deg": RangeMeasure("trunk to thigh", -1),
    "knee_drop_deg": RangeMeasure("knee drop", 1),
    "trunk_side_bend_deg": RangeMeasure("side bend", 1),
    "near_shoulder_flexion_deg": RangeMeasure("arm overhead", 1),
    "rear_arm_raise_deg": RangeMeasure("arm overhead", 1),
    "hips_above_knees_leg": RangeMeasure("hips above knees", -1),
    "near_hip_ankle_thigh": RangeMeasure("hips to heels", -1),
}
"""By measure, so that an exercise of one's own that uses one of them has its range told as well."""
TREND_NOISE: Final = {"deg": 5.0}
"""A smaller change is none, by unit: about what the camera is wrong by from day to day."""
SIDE_NOISE: Final = {"deg": 8.0}
"""Larger: one side may be the far one, which is seen worse."""
LENGTH_NOISE: Final = 0.08
"""For both, in lengths of the person's own limbs."""


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
        sets: those to look at; what was done without a good second or repetition tells nothing.
        exercises: by id; of one that is not there, nothing is known.
    """
    found: dict[tuple[str, str, Side | None], dict[date, list[float]]] = defaultdict(dict)
    units: dict[tuple[str, str], str] = {}
    for one in sets:
        exercise = exercises.get(one.exercise)
        if exercise is None:
            continue
        for name, measure, value in _read(one, exercise):
            key = (one.exercise, name, one.side)
            found[key].setdefault(one.day, []).append(value)
            units[key[:2]] = measure
    order = sorted(found, key=lambda key: (key[0], key[1], key[2] or ""))
    return tuple(_make_series(key, units[key[:2]], found[key]) for key in order)


def compare_ranges(series: Iterable[RangeSeries]) -> tuple[RangeSides, ...]:
    """Left against right, wherever both were measured."""
    by_side: dict[tuple[str, str], dict[Side, RangeSeries]] = defaultdict(dict)
    for one in series:
        if one.side is not None:
            by_side[one.exercise, one.name][one.side] = one
    return tuple(
        RangeSides(
            exercise=left.exercise,
            name=left.name,
            words=left.words,
            unit=left.unit,
            more=left.more,
            left=left.now,
            right=right.now,
            difference=compare_sides(
                dict(left.points), dict(right.points), SIDE_NOISE.get(left.unit, LENGTH_NOISE)
            ),
        )
        for left, right in (
            (sides["left"], sides["right"]) for sides in by_side.values() if len(sides) == 2
        )
    )


def _read(one: PastSet, exercise: Exercise) -> Iterator[tuple[str, str, float]]:
    """Name, measure and value of each range that a set tells."""
    if isinstance(exercise.count, Assessment):
        name, measure = next(iter(exercise.count.measures.items()))
        read = one.measured or {}
        value = read.get(name)
        # Without a verdict the limb was not kept still for long enough.
        if measure in RANGES and read.get("verdict") is not None and isinstance(value, int | float):
            yield name, measure, float(value)
        return
    if one.good_hold_s <= 0 and one.n_good_reps == 0:
        return
    for rule in exercise.rules:
        if rule.measure in RANGES and rule.id in one.medians:
            yield rule.id, rule.measure, one.medians[rule.id].value


def _make_series(
    key: tuple[str, str, Side | None], measure: str, by_day: Mapping[date, list[float]]
) -> RangeSeries:
    points = [(day, float(median(by_day[day]))) for day in sorted(by_day)]
    unit = measure.rpartition("_")[2]
    told = RANGES[measure]
    return RangeSeries(
        exercise=key[0],
        side=key[2],
        name=key[1],
        words=told.words,
        unit=unit,
        more=told.more,
        points=points,
        first=find_first(points),
        now=find_now(points),
        trend=find_trend(points, TREND_NOISE.get(unit, LENGTH_NOISE)),
    )
