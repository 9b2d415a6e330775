"""Whether something that was measured day by day goes up or down, or one side differs.

Nothing is said of few days, or of changes smaller than the camera's error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

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
    """Left against right, on the days on which both were measured."""

    direction: Direction
    """``up`` if left is larger, ``down`` if right is, ``none`` if they are not clearly apart."""
    difference: float | None
    """Median of left minus right over the days; None if there are too few to tell."""
    n_days: int


def find_trend(points: Points, noise: float) -> Trend:
    """Whether the values rise or fall.

    By the test of Mann and Kendall, which counts over all pairs of days how often the later value
    is the larger one; the change is the median of all pairs' slopes (Theil and Sen) times the span.
    So a stray day, or a change that comes early, does no harm.

    Args:
        points: one value a day, finite, in order of the days.
        noise: in the values' unit; a smaller change counts as none.
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
    clear = chance < TREND_CHANCE and abs(change) >= noise
    direction: Direction = "none" if not clear else "up" if change > 0 else "down"
    return Trend(direction, change, n, span_days)


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
    """Whether left is larger than right, by a sign test over the days with both.

    Args:
        left: value by day.
        right: likewise.
        noise: in the values' unit; a smaller difference counts as none.
    """
    apart = [left[day] - right[day] for day in sorted(left.keys() & right.keys())]
    if len(apart) < PAIR_DAYS:
        return Difference("unknown", None, len(apart))
    typical = float(median(apart))
    n_left, n_right = sum(d > 0 for d in apart), sum(d < 0 for d in apart)
    n, fewer = n_left + n_right, min(n_left, n_right)
    chance = min(1.0, 2 * sum(math.comb(n, k) for k in range(fewer + 1)) / 2**n)
    clear = chance < PAIR_CHANCE and abs(typical) >= noise
    direction: Direction = "none" if not clear else "up" if typical > 0 else "down"
    return Difference(direction, typical, len(apart))


def _find_chance(score: float, values: NDArray[np.float64]) -> float:
    """The two-sided p-value of a Mann-Kendall score, by the normal distribution."""
    n = len(values)
    _, ties = np.unique(values, return_counts=True)
    variance = (n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18
    if variance <= 0 or score == 0:
        return 1.0
    return math.erfc((abs(score) - 1) / math.sqrt(2 * variance))
