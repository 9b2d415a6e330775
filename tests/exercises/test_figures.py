"""Figures: each shows its own exercise done right, and one's own may have one too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from formcheck.coach.setup import find_near_side
from formcheck.errors import ExerciseError
from formcheck.exercises.contradiction import FIGURE_POINTS
from formcheck.exercises.load import CATALOGUE_DIR, check_file, list_exercises, read_exercise
from formcheck.exercises.schema import Exercise
from formcheck.judging.position import find_hidden, is_in_position
from formcheck.judging.rules import Outcome, RuleJudge
from formcheck.judging.session import measure_sides
from formcheck.measure.body import Body
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.measure.registry import FROM_NEUTRAL, FROM_START, MEASURES, OF_REP
from formcheck.measure.view import Unseen
from formcheck.pose.landmarks import Side, landmark_on, other_side
from tests.support.builders import make_body, mirror_body
from tools.exercise_figures import NOTE, write_figure

EXERCISES = list_exercises()
SEEN = [exercise for exercise in EXERCISES.values() if exercise.is_seen]
PX = 100.0
N_CHECKED = {
    "half-kneeling": 4, "half-kneeling-reach": 5, "lunge-stretch": 3, "standing-stretch": 3,
    "donkey-kick": 3, "knee-to-chest": 2, "childs-pose": 2, "thomas-test": 0,
}  # fmt: skip
"""How many of its rules can be told from a drawing."""


@pytest.mark.parametrize("exercise", SEEN, ids=lambda one: one.id)
def test_every_exercise_that_is_seen_has_one(exercise: Exercise) -> None:
    figure = exercise.figure
    assert figure is not None
    assert set(figure.points) == set(FIGURE_POINTS)
    xy = {name: np.array(point) for name, point in figure.points.items()}
    trunk = (xy["left_shoulder"] + xy["right_shoulder"] - xy["left_hip"] - xy["right_hip"]) / 2
    lies_away = exercise.id == "knee-drops"
    assert np.hypot(*trunk) == pytest.approx(0.48 if lies_away else 1, abs=0.02)
    assert (figure.near is not None) == ("side" in exercise.views)


@pytest.mark.parametrize(
    "name",
    [
        "half-kneeling", "half-kneeling-reach", "lunge-stretch", "standing-stretch", "donkey-kick",
        "knee-to-chest", "childs-pose", "thomas-test",
    ],
)  # fmt: skip
def test_a_figure_keeps_the_rules_it_stands_for(name: str) -> None:
    """Measured as a person would be, the left leg as the stretched one."""
    exercise = EXERCISES[name]
    body = make_body_of(exercise)
    checked = 0
    for rule in exercise.rules:
        if rule.measure in {*FROM_NEUTRAL, *FROM_START, *OF_REP}:
            continue
        value = float(MEASURES[rule.measure].compute(body)[0])
        assert rule.contains(value, rule.slack), (rule.id, value)
        checked += 1
    assert checked >= N_CHECKED[name]


def test_half_kneeling_is_the_ideal() -> None:
    """In the words of its instructions, and not just inside its bands."""
    figure = EXERCISES["half-kneeling"].figure
    assert figure is not None
    hip, knee, ankle, shoulder = (
        np.array(figure.points[f"right_{joint}"]) for joint in ("hip", "knee", "ankle", "shoulder")
    )
    assert find_angle(hip - knee, ankle - knee) == pytest.approx(90, abs=6)
    assert find_angle(knee - hip, np.array([1.0, 0.0])) <= 6
    assert find_angle(shoulder - hip, np.array([0.0, 1.0])) <= 6


def find_angle(a: np.ndarray, b: np.ndarray) -> float:
    """Degrees between two arrows."""
    return float(np.degrees(np.arccos(a @ b / np.hypot(*a) / np.hypot(*b))))


def test_knees_drop_inward_and_stand_apart() -> None:
    figure = EXERCISES["knee-drops"].figure
    assert figure is not None
    across = {
        joint: figure.points[f"left_{joint}"][0] - figure.points[f"right_{joint}"][0]
        for joint in ("knee", "ankle")
    }
    assert 0 <= across["knee"] < 0.3 * across["ankle"]


def test_the_files_hold_what_the_tool_writes(tmp_path: Path) -> None:
    for exercise in SEEN:
        path = CATALOGUE_DIR / f"{exercise.id}.toml"
        made = tmp_path / path.name
        made.write_text(path.read_text(encoding="utf-8").split(NOTE)[0], encoding="utf-8")
        write_figure(made, exercise)
        assert made.read_text(encoding="utf-8") == path.read_text(encoding="utf-8")


def make_body_of(exercise: Exercise) -> Body:
    """A body with the joints of its figure, and a nose and ears where the head is."""
    figure = exercise.figure
    assert figure is not None
    xy = np.zeros((1, 33, 2))
    for point, (x, y) in figure.points.items():
        if point == "head":
            xy[:, :11] = [x * PX, -y * PX]
            continue
        side, joint = point.split("_")
        own: Side = "left" if side == "left" else "right"
        for name in ("foot_index", "heel") if joint == "toe" else (joint,):
            xy[:, landmark_on(own, name)] = [x * PX, -y * PX]
    facing = 1.0 if figure.near == "right" else -1.0
    return make_body(xy, np.zeros((1, 33, 3)), np.array([facing]), np.array([0.0]))


def test_the_front_leg_is_asked_to_be_nearest_where_the_page_says_so() -> None:
    for exercise in SEEN:
        says_so = "the front leg nearer" in exercise.camera
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
    ("old", "new", "says"),
    [
        ("left_toe =", "left_paw =", "figure.points.left_paw: there is no such point"),
        ("left_toe =", "left_paw =", "figure.points.left_toe: is missing"),
        ('near = "right"\n\n[fig', 'near = "rigth"\n\n[fig', "figure.near: Input should be"),
        ("head = [", 'head = ["a", ', "figure.points.head"),
        ("head = [", "head = [1, ", "figure.points.head"),
        ("left_knee = [", "left_knee = [inf, ", "figure.points.left_knee"),
        ("left_hip = [", "left_hip = [300", "figure.points: hips to shoulders is"),
        ("[figure]\n", "[figure]\nbench = [1, -1, 0]\n", "figure.bench: left 1 must be below"),
        ("[figure]\n", "[figure]\nbench = [1, 2]\n", "figure.bench"),
        ("[figure]\n", '[figure]\nfar = "left"\n', "figure.far: Extra inputs"),
        ("[figure]\n", "[[figure]]\n", "figure: write [figure], in single brackets"),
    ],
)
def test_a_mistake_in_a_figure_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = own(tmp_path, (old, new))
    found = [str(mistake) for mistake in check_file(path).mistakes]
    assert any(line.startswith(f"{path}: {says}") for line in found), found
    with pytest.raises(ExerciseError, match=r"mine\.toml"):
        read_exercise(path)


def test_no_mistake_hides_another_in_a_figure(tmp_path: Path) -> None:
    path = own(tmp_path, ("left_toe =", "left_paw ="), ("head = [", 'head = ["a", '))
    keys = {mistake.key for mistake in check_file(path).mistakes}
    assert {"figure.points.left_paw", "figure.points.left_toe"} <= keys
    assert any(key.startswith("figure.points.head") for key in keys)


def test_an_exercise_needs_none(tmp_path: Path) -> None:
    path = own(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").split("[figure]")[0], encoding="utf-8")
    assert read_exercise(path).figure is None


@pytest.mark.parametrize("exercise", SEEN, ids=lambda one: one.id)
def test_a_figure_is_in_its_position_however_large_and_in_the_mirror_too(
    exercise: Exercise,
) -> None:
    """A drawing has no depth: what is taken from the 3D landmarks is left out."""
    flat = tuple(b for b in exercise.position if "3d" not in b.measure and b.measure != "yaw_deg")
    shown = exercise.model_copy(update={"position": flat})
    body = make_body_of(exercise)
    large = replace(
        body, xy_px=body.xy_px * 3, trunk_px=body.trunk_px * 3, thigh_px=body.thigh_px * 3,
        shank_px=body.shank_px * 3,
    )  # fmt: skip
    is_sided = exercise.sides != "none" and exercise.count.kind != "reps"
    cases: tuple[tuple[Body, Side], ...] = (
        (body, "left"), (large, "left"), (mirror_body(body), "right"),
    )  # fmt: skip
    for seen, side in cases:
        sides = {
            one: is_in_position(shown, rows[0])
            for one, rows in measure_sides(seen, [exercise]).items()
        }
        assert sides[side]
        assert sides[other_side(side)] != is_sided
    nobody = replace(
        body, xy_px=body.xy_px * np.nan, unseen=np.full_like(body.unseen, Unseen.NO_PERSON)
    )
    for rows in measure_sides(nobody, [exercise]).values():
        assert not is_in_position(shown, rows[0])
        assert find_hidden(shown, rows[0]) == Reason(ReasonCode.NO_PERSON)
        for rule in exercise.rules:
            assert RuleJudge(rule, exercise).judge(rows[0]).outcome is Outcome.UNKNOWN


def test_the_way_in_ends_where_the_figure_stands() -> None:
    """Each drawing is seen from the figure's side, and the last one is not the position itself."""
    for exercise in SEEN:
        figure = exercise.figure
        assert figure is not None
        assert 1 <= len(exercise.way_in) <= 2
        for drawing in exercise.way_in:
            assert drawing.near == figure.near
            moved = [
                np.hypot(*np.subtract(xy, figure.points[k])) for k, xy in drawing.points.items()
            ]
            assert max(moved) > 0.3, exercise.id
