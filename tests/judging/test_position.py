"""In position or not, and from when: entered after a still second, left after a while out of it."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pytest

from formcheck.exercises.load import list_exercises
from formcheck.exercises.schema import Exercise
from formcheck.judging.position import (
    PositionWatch,
    find_hidden,
    hold_bands,
    is_ever_in_position,
    is_in_position,
)
from formcheck.measure.registry import Measurements
from tests.support.builders import OUT, UNSEEN_JOINT, measured

KNEELING = list_exercises()["half-kneeling"]
SEEN = [exercise for exercise in list_exercises().values() if exercise.is_seen]
FRAME_S = 0.1


def make_values(exercise: Exercise) -> dict[str, float]:
    """A value inside every band."""
    values: dict[str, float] = {}
    for band in exercise.position:
        low = max(band.low, values.get(band.measure, -math.inf))
        values[band.measure] = low if math.isfinite(low) else band.high
    return values


def watch(frames: Iterable[tuple[float, Measurements]]) -> PositionWatch:
    found = PositionWatch(KNEELING)
    for _, frame in frames:
        found.update(frame)
    return found


def frames(until_s: float, **values: float) -> list[tuple[float, Measurements]]:
    times = [round(k * FRAME_S, 6) for k in range(round(until_s / FRAME_S) + 1)]
    return [(t, measured(t, values)) for t in times]


@pytest.mark.parametrize("exercise", SEEN, ids=lambda one: one.id)
def test_each_band_of_every_position_is_asked(exercise: Exercise) -> None:
    well = make_values(exercise)
    assert is_in_position(exercise, Measurements(0.0, well, {}, True))
    for band in exercise.position:
        for bound, beyond in ((band.low, -1.0), (band.high, 1.0)):
            if math.isfinite(bound):
                off = {**well, band.measure: bound + beyond}
                frame = Measurements(0.0, off, {}, True)
                assert not is_in_position(exercise, frame)
                assert find_hidden(exercise, frame) is None, "it is seen not to be kept"
        unseen = Measurements(
            0.0, {**well, band.measure: math.nan}, {band.measure: UNSEEN_JOINT}, True
        )
        assert not is_in_position(exercise, unseen)
        assert find_hidden(exercise, unseen) == UNSEEN_JOINT


@pytest.mark.parametrize("exercise", SEEN, ids=lambda one: one.id)
def test_many_frames_at_once_are_told_as_each_alone(exercise: Exercise) -> None:
    rng = np.random.default_rng(3)
    well = make_values(exercise)
    n = 40
    numbers = {name: np.full(n, value) for name, value in well.items()}
    for values in numbers.values():
        values[rng.random(n) < 0.1] = np.nan
        values[rng.random(n) < 0.1] += 500.0
    each = [
        is_in_position(exercise, Measurements(0.0, {k: v[i] for k, v in numbers.items()}, {}, True))
        for i in range(n)
    ]
    assert hold_bands(exercise, numbers).all(axis=0).tolist() == each
    assert is_ever_in_position(exercise, numbers) == any(each)


def test_it_is_entered_after_a_second_from_its_first_frame() -> None:
    early = watch(frames(0.9))
    assert (early.entered_s, early.entering_s, early.inside) == (None, 0.0, True)
    entered = watch(frames(1.0))
    assert (entered.entered_s, entered.entering_s) == (0.0, None)


def test_moving_hips_do_not_enter() -> None:
    moving = watch(frames(5.0, hip_travel_trunk=0.2))
    assert moving.entered_s is None
    assert moving.entering_s == pytest.approx(4.0)


def test_it_is_left_after_a_while_out_of_it() -> None:
    found = watch(frames(2.0))
    for k in range(1, 7):
        found.update(measured(2.0 + k * FRAME_S, OUT))
    assert (found.entered_s, found.last_in_s, found.inside) == (0.0, 2.0, False)
    assert found.is_over(2.7)
    found.update(measured(2.7, OUT))
    assert found.entered_s is None


@pytest.mark.parametrize(
    ("name", "measure", "well", "fault", "beyond"),
    [
        ("prayer-squat", "hip_above_floor_leg", 0.5, 0.9, 1.0),
        ("half-kneeling", "rear_knee_below_hip_thigh", 0.9, 0.36, 0.2),
        ("lunge-stretch", "rear_knee_below_hip_thigh", 0.9, 0.36, 0.2),
    ],
)
def test_hips_at_the_wrong_height_do_not_end_it_but_begin_none(
    name: str, measure: str, well: float, fault: float, beyond: float
) -> None:
    exercise = list_exercises()[name]
    in_it, off, out = (
        make_values(exercise) | {measure: value, "hip_travel_trunk": 0.02}
        for value in (well, fault, beyond)
    )
    found = PositionWatch(exercise)
    entered = []
    for k in range(91):
        values = off if k <= 20 else in_it if k <= 40 else off if k <= 80 else out
        found.update(Measurements(k * FRAME_S, values, {}, True))
        entered.append(found.entered_s)
    assert entered[20] is None
    assert entered[40] == entered[80] == pytest.approx(2.1)
    assert entered[90] is None


def test_a_longer_patience_keeps_it() -> None:
    found = watch(frames(2.0))
    found.patience_s = 3.0
    assert not found.is_over(4.9)
    assert found.is_over(5.0)


@pytest.mark.parametrize(("out_s", "entered_s"), [(0.0, 9.0), (0.6, 9.6), (0.7, None)])
def test_after_a_gap_it_is_entered_at_once_unless_it_would_have_been_left(
    out_s: float, entered_s: float | None
) -> None:
    found = watch(frames(2.0))
    found.leave()
    found.resume(9.0)
    for k in range(round(out_s * 10)):
        found.update(measured(9 + k / 10, OUT))
    found.update(measured(9 + out_s, {}))
    assert found.entered_s == entered_s
