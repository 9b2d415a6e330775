"""The mannequin: inside its region at any size, and the other way round when asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from formcheck.exercises.contradiction import FIGURE_POINTS
from formcheck.exercises.load import list_exercises
from formcheck.exercises.schema import Exercise, Figure
from formcheck.screen.figure import BENCH, FAR, NEAR, TRUNK, draw_figure
from formcheck.screen.signs import DARK, GREY, YELLOW

SEEN = [one for one in list_exercises().values() if one.figure is not None]
SIZES = [(60, 60), (61, 97), (240, 240), (480, 300), (90, 400), (333, 75), (800, 800)]


def draw(figure: Figure, width: int, height: int, **options: Any) -> np.ndarray:
    """On the panel's ground, in the middle of a larger picture; nothing may be drawn beside it."""
    canvas = np.full((height + 20, width + 20, 3), DARK, np.uint8)
    draw_figure(canvas[10:-10, 10:-10], figure, **{"mirrored": False, **options})
    frame = canvas.copy()
    frame[10:-10, 10:-10] = DARK
    assert (frame == DARK).all()
    return canvas[10:-10, 10:-10]


def figure_of(name: str) -> Figure:
    found = next(one.figure for one in SEEN if one.id == name)
    assert found is not None
    return found


@pytest.mark.parametrize("exercise", SEEN, ids=lambda one: one.id)
@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("mirrored", [False, True])
def test_it_stays_off_the_edges(
    exercise: Exercise, width: int, height: int, mirrored: bool
) -> None:
    assert exercise.figure is not None
    image = draw(exercise.figure, width, height, mirrored=mirrored)
    body = image.min(axis=2) > 160
    rows, columns = np.flatnonzero(body.any(axis=1)), np.flatnonzero(body.any(axis=0))
    assert rows[0] > 0
    assert columns[0] > 0
    assert rows[-1] < height - 1
    assert columns[-1] < width - 1
    filled = max((rows[-1] - rows[0]) / height, (columns[-1] - columns[0]) / width)
    assert filled > 0.4, "as large as it fits, the far limbs aside"


@pytest.mark.parametrize("exercise", SEEN, ids=lambda one: one.id)
def test_head_trunk_and_far_limbs_have_their_colours(exercise: Exercise) -> None:
    """The ring about the head tells where that is; from the front no limb is the far one."""
    figure = exercise.figure
    assert figure is not None
    image = draw(figure, 480, 480)
    ringed = draw(figure, 480, 480, marks=["head"])
    changed = np.argwhere((image != ringed).any(axis=2))
    head = changed.mean(axis=0)[::-1]
    assert (np.abs(image[round(head[1]), round(head[0])].astype(int) - NEAR) < 3).all()
    assert (np.abs(image.astype(int) - TRUNK) < 3).all(axis=2).mean() > 0.01
    has_far = (np.abs(image.astype(int) - FAR) < 3).all(axis=2).sum() > 100
    assert has_far == (figure.near is not None)


@pytest.mark.parametrize("exercise", SEEN, ids=lambda one: one.id)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_mirrored_is_the_flip(exercise: Exercise, width: int, height: int) -> None:
    assert exercise.figure is not None
    plain = draw(exercise.figure, width, height)
    mirrored = draw(exercise.figure, width, height, mirrored=True)
    differs = np.abs(plain[:, ::-1].astype(int) - mirrored).max(axis=2)
    assert (differs > 40).mean() < 0.002, "the softened edges aside"
    assert (plain != mirrored).any()


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (3, 200), (200, 3), (10, 10)])
def test_a_region_too_small_is_left_alone(size: tuple[int, int]) -> None:
    width, height = size
    assert (draw(figure_of("half-kneeling"), width, height) == DARK).all()


@pytest.mark.parametrize("seed", range(20))
def test_any_figure_can_be_drawn(seed: int) -> None:
    """Also one in which all points are the same, and points far off."""
    rng = np.random.default_rng(seed)
    spread = [0.0, 0.2, 1.0, 30.0][seed % 4]
    points = {name: (*(rng.normal(0, spread, 2)),) for name in FIGURE_POINTS}
    near = [None, "left", "right"][seed % 3]
    figure = Figure.model_construct(points=points, near=near, bench=None)
    draw(figure, 60 + 7 * seed, 200 - 5 * seed, mirrored=bool(seed % 2), marks=["left_knee"])


def test_a_mark_rings_its_point() -> None:
    figure = figure_of("half-kneeling")
    plain, marked = draw(figure, 240, 240), draw(figure, 240, 240, marks=["right_knee"])
    ring = np.argwhere((plain != marked).any(axis=2))
    yellow = np.argwhere((np.abs(marked.astype(int) - YELLOW) < 12).all(axis=2))
    assert len(yellow) > 20
    assert (np.ptp(ring, axis=0) < 60).all()
    knee, hip = (draw_place(figure, name) for name in ("right_knee", "right_hip"))
    assert np.hypot(*(ring.mean(axis=0) - knee)) < 2
    assert np.hypot(*(knee - hip)) > 20


def draw_place(figure: Figure, name: str) -> np.ndarray:
    """Row and column of a point, told from the ring about it."""
    plain, marked = draw(figure, 240, 240), draw(figure, 240, 240, marks=[name])
    ring = np.argwhere((plain != marked).any(axis=2))
    return np.asarray(ring.mean(axis=0))


def test_a_mark_of_no_point_is_refused() -> None:
    with pytest.raises(KeyError):
        draw(figure_of("half-kneeling"), 240, 240, marks=["tail"])


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_bench_is_under_the_trunk_and_stands_on_the_floor(mirrored: bool) -> None:
    figure = figure_of("thomas-test")
    image = draw(figure, 300, 300, mirrored=mirrored)
    bench = np.argwhere((image == BENCH).all(axis=2))
    trunk = np.argwhere((image == TRUNK).all(axis=2))
    floor = np.flatnonzero((image == GREY).all(axis=2).mean(axis=1) > 0.7)
    middle = trunk[:, 1].mean()
    assert bench[:, 1].min() < middle < bench[:, 1].max()
    assert 0 <= bench[:, 0].min() - trunk[:, 0].max() < 12
    assert 0 < floor[0] - bench[:, 0].max() < 4
    assert not (draw(figure_of("knee-to-chest"), 300, 300) == BENCH).all(axis=2).any()
