"""The mannequin: inside its region at any size, and the other way round when asked."""

from __future__ import annotations

import numpy as np
import pytest

from formcheck.exercises.load import load_exercises
from formcheck.exercises.spec import Exercise
from formcheck.feedback.figure import draw_figure

SEEN = [one for one in load_exercises().values() if one.figure is not None]
SIZES = [(60, 60), (240, 240), (480, 300), (90, 400), (800, 800)]


@pytest.mark.parametrize("exercise", SEEN, ids=lambda one: one.id)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_it_stays_off_the_edges(exercise: Exercise, width: int, height: int) -> None:
    assert exercise.figure is not None
    image = np.zeros((height, width, 3), np.uint8)
    draw_figure(image, exercise.figure, mirrored=False)
    body = image.min(axis=2) > 160
    assert body.any()
    assert not body[0].any()
    assert not body[-1].any()
    assert not body[:, 0].any()
    assert not body[:, -1].any()


def test_mirrored_is_the_other_way_round() -> None:
    figure = SEEN[2].figure
    assert figure is not None
    plain, mirrored = np.zeros((2, 301, 301, 3), np.uint8)
    draw_figure(plain, figure, mirrored=False)
    draw_figure(mirrored, figure, mirrored=True)
    differs = (np.abs(plain[:, ::-1].astype(int) - mirrored) > 60).any(axis=2)
    assert differs.mean() < 0.02
    assert (plain != mirrored).any()


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (10, 10)])
def test_a_region_too_small_is_left_alone(size: tuple[int, int]) -> None:
    figure = SEEN[0].figure
    assert figure is not None
    image = np.zeros((*size, 3), np.uint8)
    draw_figure(image, figure, mirrored=False)


def test_a_mark_is_drawn() -> None:
    figure = SEEN[2].figure
    assert figure is not None
    plain, marked = np.zeros((2, 240, 240, 3), np.uint8)
    draw_figure(plain, figure, mirrored=False)
    draw_figure(marked, figure, mirrored=False, marks=["right_knee"])
    assert (plain != marked).any()
