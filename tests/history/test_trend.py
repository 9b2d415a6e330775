"""What is said of day values: nothing of few, nothing of noise, the rest with its size."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from formcheck.history.trend import (
    PAIR_DAYS,
    TREND_DAYS,
    Difference,
    compare_sides,
    find_first,
    find_now,
    find_trend,
)

FIRST = date(2026, 8, 24)


def spread(values: list[float], *, every: int = 3) -> list[tuple[date, float]]:
    """One value every few days."""
    return [(FIRST + timedelta(days=every * k), value) for k, value in enumerate(values)]


def test_too_few_days_tell_nothing() -> None:
    rising = [2.0 * k for k in range(TREND_DAYS)]
    assert find_trend([], 5).direction == "unknown"
    few = find_trend(spread(rising[:-1]), 5)
    assert (few.direction, few.change, few.n_days) == ("unknown", None, TREND_DAYS - 1)
    assert find_trend(spread(rising), 5).direction == "up"


def test_too_short_a_time_tells_nothing() -> None:
    values = [3.0 * k for k in range(14)]
    short = find_trend(spread(values, every=1), 5)
    assert (short.direction, short.span_days) == ("unknown", 13)
    assert find_trend(spread([*values, 42.0], every=1), 5).direction == "up"


@pytest.mark.parametrize(("sign", "direction"), [(1, "up"), (-1, "down")])
def test_a_change_is_told_with_its_size(sign: int, direction: str) -> None:
    chance = random.Random(1)
    values = [sign * 10 * k / 29 + chance.gauss(0, 2) for k in range(30)]
    trend = find_trend(spread(values), 5)
    assert trend.direction == direction
    assert trend.change == pytest.approx(10 * sign, abs=2)
    assert trend.span_days == 87


def test_a_change_smaller_than_the_noise_is_none() -> None:
    values = [0.1 * k for k in range(30)]
    assert find_trend(spread(values), 5).direction == "none"
    assert find_trend(spread(values), 2.5).direction == "up"


def test_a_stray_day_changes_nothing() -> None:
    steady = [5.0 + 0.1 * (-1) ** k for k in range(30)]
    steady[-1] = 90.0
    trend = find_trend(spread(steady), 5)
    assert trend.direction == "none"
    assert trend.change == pytest.approx(0, abs=0.5)


def test_values_that_are_all_alike_are_no_trend() -> None:
    assert find_trend(spread([4.0] * 20), 0.0).direction == "none"


def test_noise_alone_is_hardly_ever_called_a_trend() -> None:
    """Scatter of 4° from day to day, three months, a thousand people."""
    chance = random.Random(7)
    found = [
        find_trend(spread([chance.gauss(0, 4) for _ in range(30)]), 5).direction
        for _ in range(1000)
    ]
    assert "unknown" not in found
    assert sum(direction != "none" for direction in found) <= 15


def test_a_real_change_is_found() -> None:
    """8° in 80 days in a row, under the same scatter."""
    chance = random.Random(8)
    found = [
        find_trend(spread([8 * k / 79 + chance.gauss(0, 4) for k in range(80)], every=1), 5)
        for _ in range(200)
    ]
    assert sum(trend.direction == "up" for trend in found) >= 180
    assert all(trend.direction != "down" for trend in found)


def test_beginning_and_now_never_share_a_day() -> None:
    assert find_first(spread([float(k) for k in range(9)])) is None
    ten = spread([float(k) for k in range(10)])
    assert (find_first(ten), find_now(ten)) == (2.0, 7.0)
    assert find_now(spread([3.0, 9.0])) == 6.0


def by_day(values: list[float], start: int = 0) -> dict[date, float]:
    return {FIRST + timedelta(days=start + k): value for k, value in enumerate(values)}


def test_sides_are_compared_on_days_with_both() -> None:
    left, right = by_day([20.0] * 10), by_day([10.0] * 10, start=5)
    assert compare_sides(left, right, 8) == Difference("unknown", None, 5)
    assert compare_sides(by_day([20.0] * 11), right, 8) == Difference("up", 10.0, PAIR_DAYS)
    assert compare_sides(right, by_day([20.0] * 11), 8).direction == "down"


def test_sides_that_are_apart_by_less_than_the_noise_are_alike() -> None:
    left, right = by_day([17.0] * 20), by_day([10.0] * 20)
    assert compare_sides(left, right, 8) == Difference("none", 7.0, 20)


def test_sides_that_take_turns_are_alike() -> None:
    left, right = by_day([0.0, 30.0] * 6), by_day([15.0] * 12)
    assert compare_sides(left, right, 8).direction == "none"
    # Eight of twelve is what chance gives as well.
    assert compare_sides(by_day([30.0] * 8 + [0.0] * 4), right, 8).direction == "none"


def test_equal_days_do_not_count_for_either_side() -> None:
    left, right = by_day([10.0] * 5 + [20.0] * 7), by_day([10.0] * 12)
    assert compare_sides(left, right, 8).direction == "up"
