"""Figures: each shows its own exercise done right, and one's own may have one too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from formcheck.coach.setup import find_near_side
from formcheck.errors import ExerciseError
from formcheck.exercises.load import CATALOGUE_DIR, load_exercises, read_exercise
from formcheck.exercises.spec import FIGURE_POINTS, Exercise
from formcheck.measure.named import FROM_NEUTRAL, FROM_START, MEASURES, OF_REP
from formcheck.pose.landmarks import landmark_on
from tests.builders import make_body

EXERCISES = load_exercises()
SEEN = [exercise for exercise in EXERCISES.values() if exercise.is_seen]
PX = 100.0
NEEDS_3D = ("trunk_inclination_3d_deg",)


@pytest.mark.parametrize("exercise", SEEN, ids=lambda one: one.id)
def test_every_exercise_that_is_seen_has_one(exercise: Exercise) -> None:
    figure = exercise.figure
    assert figure is not None
    assert set(figure.points) == set(FIGURE_POINTS)
    xy = {name: np.array(point) for name, point in figure.points.items()}
    trunk = (xy["left_shoulder"] + xy["right_shoulder"] - xy["left_hip"] - xy["right_hip"]) / 2
    assert np.hypot(*trunk) == pytest.approx(1, abs=0.02)
    assert (figure.near is not None) == ("side" in exercise.views)


@pytest.mark.parametrize(
    "name", ["half-kneeling", "half-kneeling-reach", "lunge-stretch", "standing-stretch"]
)
def test_a_figure_keeps_the_rules_it_stands_for(name: str) -> None:
    """Measured as a person would be, the left leg as the stretched one."""
    exercise = EXERCISES[name]
    figure = exercise.figure
    assert figure is not None
    xy = np.zeros((1, 33, 2))
    for point, (x, y) in figure.points.items():
        if point == "head":
            continue
        side, joint = point.split("_")
        joint = "foot_index" if joint == "toe" else joint
        xy[:, landmark_on("left" if side == "left" else "right", joint)] = [x * PX, -y * PX]
    facing = 1.0 if figure.near == "right" else -1.0
    body = make_body(xy, np.zeros((1, 33, 3)), np.array([facing]), np.array([0.0]))
    checked = 0
    for rule in exercise.rules:
        if rule.measure in {*FROM_NEUTRAL, *FROM_START, *OF_REP}:
            continue
        value = float(MEASURES[rule.measure].compute(body)[0])
        assert rule.contains(value, rule.slack), (rule.id, value)
        checked += 1
    assert checked >= 3


def test_the_front_leg_is_asked_to_be_nearest_where_the_page_says_so() -> None:
    for exercise in SEEN:
        says_so = "the front leg nearest" in exercise.camera
        assert (exercise.near == "other") == says_so, exercise.id
        if says_so:
            assert find_near_side(exercise, "left") == "right"
            assert exercise.figure is not None
            assert exercise.figure.near == "right"


def own(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = (CATALOGUE_DIR / "half-kneeling.toml").read_text(encoding="utf-8")
    text = text.replace('id = "half-kneeling"', 'id = "mine"', 1)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("left_toe =", "left_paw =", "left_"),
        ('near = "right"', 'near = "up"', "near"),
        ("head = [", 'head = ["a", ', "head"),
    ],
)
def test_a_mistake_in_a_figure_is_named(tmp_path: Path, old: str, new: str, word: str) -> None:
    with pytest.raises(ExerciseError) as error:
        read_exercise(own(tmp_path, (old, new)))
    assert "mine.toml" in str(error.value)
    assert "figure" in str(error.value)
    assert word in str(error.value)


def test_an_exercise_needs_none(tmp_path: Path) -> None:
    path = own(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").split("[figure]")[0], encoding="utf-8")
    assert read_exercise(path).figure is None
