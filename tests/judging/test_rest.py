"""Where a signal that goes both ways rests, and its repetitions counted from there."""

from __future__ import annotations

import math

import numpy as np
import pytest

from formcheck.exercises.load import list_exercises
from formcheck.exercises.schema import Reps
from formcheck.judging.reps import RepCounter
from formcheck.judging.rest import RestWatch
from formcheck.measure.registry import Measurements

RATE_HZ = 8
COUNT = list_exercises()["knee-drops"].count
REST_DEG, OUT_DEG, IN_DEG = 50.0, 90.0, 34.0


def drops(
    order: str, *, hold_s: float, pause_s: float, lead_s: float = 5.0
) -> list[tuple[float, float]]:
    """Times and degrees of drops ``o`` out and ``i`` in, each of .9 s there and back."""
    points = [(0.0, REST_DEG), (lead_s, REST_DEG)]
    for way in order:
        at = {"o": OUT_DEG, "i": IN_DEG}[way]
        for after_s, value in ((0.9, at), (hold_s, at), (0.9, REST_DEG), (pause_s, REST_DEG)):
            points.append((points[-1][0] + after_s, value))
    times, values = zip(*points, strict=True)
    grid = np.arange(0, times[-1] + 1, 1 / RATE_HZ)
    return [(float(t), float(np.interp(t, times, values))) for t in grid]


def watch(
    signal: list[tuple[float, float]], outside: tuple[float, float] = (0.0, 0.0)
) -> tuple[int, list[float]]:
    """How many repetitions are counted, and the change from rest at each frame."""
    assert isinstance(COUNT, Reps)
    rest, counter, n, changes = RestWatch(("knee_drop_deg",)), RepCounter(COUNT), 0, []
    for time_s, value in signal:
        frame = Measurements(time_s, {"knees_apart_deg": value}, {}, found=True)
        inside = not outside[0] <= time_s < outside[1]
        seen = rest.complete({"left": frame}, inside=inside)["left"]
        changes.append(seen.values["knee_drop_deg"])
        rise = counter.push(time_s, changes[-1])
        if rise is not None:
            n += 1
            rest.forget_since(rise.start_s)
    return n, changes


@pytest.mark.parametrize("order", ["iiiiiooooo", "ioioioioio", "ooooo"])
@pytest.mark.parametrize("hold_s", [0.5, 2.0])
@pytest.mark.parametrize("pause_s", [0.5, 2.0])
def test_holds_in_a_row_do_not_become_rest(order: str, hold_s: float, pause_s: float) -> None:
    n, changes = watch(drops(order, hold_s=hold_s, pause_s=pause_s))
    assert n == len(order)
    assert changes[-1] == pytest.approx(0, abs=1)


def test_what_was_taken_for_rest_too_early_is_outvoted() -> None:
    """The position is entered in the middle of the first drop."""
    signal = [row for row in drops("oioioi", hold_s=1.0, pause_s=1.0) if row[0] > 6]
    n, changes = watch(signal)
    assert n >= 4
    assert changes[-1] == pytest.approx(0, abs=1)


def test_frames_out_of_position_tell_nothing_of_rest() -> None:
    lying = drops("o", hold_s=1.0, pause_s=1.0)
    late = [(0.0, 400.0), *((t + 9, v) for t, v in lying)]
    n, changes = watch(late, outside=(0.0, 5.0))
    assert (n, changes[1]) == (1, 0)


def test_unseen_has_no_change_and_is_no_rest() -> None:
    signal = [(0.0, math.nan), (0.1, 50.0), (0.2, math.nan), (0.3, 52.0)]
    _, changes = watch(signal)
    assert [math.isnan(change) for change in changes] == [True, False, True, False]
