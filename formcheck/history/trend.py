"""What was measured day by day: whether it goes up or down, one side differs, the range grows.

Nothing is said of few days, or of changes smaller than the camera's error.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from formcheck.exercises.schema import Assessment, Exercise
from formcheck.history.past import PastSet
from formcheck.pose.landmarks import Side

Direction = Literal["up", "down", "none", "unknown"]
Points = Sequence[tuple[date, float]]
"""One value a day, in order of the days."""
Middle = Callable[[list[float]], float]

TREND_DAYS: Final = 8
"""A trend needs values on at least so many days."""
TREND_SPAN_DAYS: Final = 14
"""And so many from the first to the last of them."""
TREND_CHANCE: Final = 0.01
"""The largest p-value of a trend. Several are tested at once: one in twenty would mislead too
often."""
PAIR_DAYS: Final = 6
"""A difference needs so many days with both sides: fewer may all be alike by chance."""
PAIR_CHANCE: Final = 0.05
"""The largest p-value of a difference."""
EDGE_DAYS: Final = 5
"""The middle of so many days stands for the beginning, and for now: one day says little."""
RANGES: Final[Mapping[str, tuple[str, Literal[1, -1]]]] = {
    "rear_hip_extension_deg": ("hip extension", 1),
    "rear_thigh_back_deg": ("thigh behind hip", 1),
    "rear_thigh_above_trunk_line_deg": ("kick height", 1),
    "rear_thigh_elevation_deg": ("thigh above level", -1),
    "rear_trunk_thigh_3d_deg": ("trunk to thigh", -1),
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
"""For both of them, where the unit is a length of the person's own limbs."""


@dataclass(frozen=True, slots=True)
class Trend:
    """Where day values go."""

    direction: Direction
    """``none`` if no change is clear, ``unknown`` where there are too few days."""
    change: float | None
    """From the first day to the last, in the values' unit, by the median slope; None if unknown."""
    n_days: int
    span_days: int
    """From the first day to the last; 0 for one day or none."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Left compared with right, on the days on which both were measured."""

    direction: Direction
    """``up`` if left is larger, ``down`` if right is, ``none`` if they are not clearly apart."""
    difference: float | None
    """Median of left minus right over the days; None if there are too few to tell."""
    n_days: int


def find_trend(points: Points, noise: float) -> Trend:
    """Whether finite values rise or fall by at least ``noise``, which is in their unit.

    By the test of Mann and Kendall, which counts over all pairs of days how often the later value
    is the larger one; the change is the median of all pairs' slopes (Theil and Sen) times the span.
    So a stray day, or a change that comes early, does no harm.
    """
    n = len(points)
    span_days = (points[-1][0] - points[0][0]).days if n else 0
    if n < TREND_DAYS or span_days < TREND_SPAN_DAYS:
        return Trend("unknown", None, n, span_days)
    days = np.array([day.toordinal() for day, _ in points], float)
    values = np.array([value for _, value in points], float)
    earlier, later = np.triu_indices(n, k=1)
    rises = values[later] - values[earlier]
    change = float(np.median(rises / (days[later] - days[earlier])) * span_days)
    chance = _find_chance(float(np.sign(rises).sum()), values)
    is_clear = chance < TREND_CHANCE and abs(change) >= noise
    return Trend(_find_direction(change, is_clear), change, n, span_days)


def find_first(points: Points, middle: Middle = median) -> float | None:
    """The middle of the first days; None where there are too few for a beginning and a now."""
    if len(points) < 2 * EDGE_DAYS:
        return None
    return float(middle([value for _, value in points[:EDGE_DAYS]]))


def find_now(points: Points, middle: Middle = median) -> float:
    """The middle of the last days; there is one at least."""
    return float(middle([value for _, value in points[-EDGE_DAYS:]]))


def compare_sides(
    left: Mapping[date, float], right: Mapping[date, float], noise: float
) -> Difference:
    """Whether left differs from right by ``noise`` at least: a sign test over days with both."""
    apart = [left[day] - right[day] for day in sorted(left.keys() & right.keys())]
    if len(apart) < PAIR_DAYS:
        return Difference("unknown", None, len(apart))
    typical = float(median(apart))
    n_left, n_right = sum(d > 0 for d in apart), sum(d < 0 for d in apart)
    n, fewer = n_left + n_right, min(n_left, n_right)
    chance = min(1.0, 2 * sum(math.comb(n, k) for k in range(fewer + 1)) / 2**n)
    is_clear = chance < PAIR_CHANCE and abs(typical) >= noise
    return Difference(_find_direction(typical, is_clear), typical, len(apart))


def _find_direction(change: float, is_clear: bool) -> Direction:
    if not is_clear:
        return "none"
    return "up" if change > 0 else "down"


def _find_chance(score: float, values: NDArray[np.float64]) -> float:
    """The two-sided p-value of a Mann-Kendall score, by the normal distribution."""
    n = len(values)
    _, ties = np.unique(values, return_counts=True)
    variance = (n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18
    if variance <= 0 or score == 0:
        return 1.0
    return math.erfc((abs(score) - 1) / math.sqrt(2 * variance))


# --- the range of motion ----------------------------------------------------------------------


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

    A set without a good second or repetition tells nothing, nor does one of an unknown exercise.
    """
    found: dict[tuple[str, str, Side | None], dict[date, list[float]]] = defaultdict(dict)
    measures: dict[tuple[str, str], str] = {}
    for one in (one for one in sets if one.exercise in exercises):
        for name, measure, value in _read(one, exercises[one.exercise]):
            found[one.exercise, name, one.side].setdefault(one.day, []).append(value)
            measures[one.exercise, name] = measure
    return tuple(
        _make_series(key, measures[key[:2]], found[key])
        for key in sorted(found, key=lambda key: (key[0], key[1], key[2] or ""))
    )


def compare_ranges(series: Iterable[RangeSeries]) -> tuple[RangeSides, ...]:
    """Left compared with right, wherever both were measured."""
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
