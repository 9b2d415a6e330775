"""Exercises that are not in the catalogue: nothing is held, counted or faulted, and it is said.

Stick figures in metres, x forward of the hips' place and y above the floor, seen from the side; the
trunk is about half a metre. Every landmark trembles by half a pixel.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import pytest

from formcheck.exercises.load import list_exercises
from formcheck.pose.landmarks import N_LANDMARKS, Landmark, Side, landmark_on
from formcheck.pose.track import PoseTrack
from tests.support.builders import judge_track

EXERCISES = list_exercises()
PX_PER_M = 260.0
SIZE = (960, 540)
RATE_HZ = 10.0
LENGTH_S = 20.0

Point = tuple[float, float]
Figure = Callable[[float], Mapping[str, tuple[Point, Point]]]
"""Time to the left and the right point of each joint; ``nose`` has two that are the same."""


def both(point: Point) -> tuple[Point, Point]:
    return point, point


def bridge(t: float) -> Mapping[str, tuple[Point, Point]]:
    """On the back, feet flat, the hips lifted and lowered every five seconds."""
    hip = 0.12 + 0.28 * (0.5 - 0.5 * math.cos(t * math.tau / 5))
    return {
        "nose": both((-0.68, 0.22)), "ear": both((-0.66, 0.12)),
        "shoulder": both((-0.5, 0.1)), "elbow": both((-0.25, 0.05)), "wrist": both((0.0, 0.03)),
        "hip": both((0.0, hip)), "knee": both((0.38, 0.5)), "ankle": both((0.42, 0.08)),
        "heel": both((0.38, 0.03)), "foot_index": both((0.6, 0.03)),
    }  # fmt: skip


def high_plank(t: float) -> Mapping[str, tuple[Point, Point]]:
    return {
        "nose": both((0.78, 0.55)), "ear": both((0.68, 0.62)),
        "shoulder": both((0.5, 0.58)), "elbow": both((0.5, 0.3)), "wrist": both((0.5, 0.03)),
        "hip": both((0.0, 0.4)), "knee": both((-0.4, 0.25)), "ankle": both((-0.8, 0.12)),
        "heel": both((-0.86, 0.14)), "foot_index": both((-0.75, 0.02)),
    }  # fmt: skip


def cat_cow(t: float) -> Mapping[str, tuple[Point, Point]]:
    """On all fours, the back rounded and hollowed every four seconds."""
    sway = math.sin(t * math.tau / 4)
    return {
        "nose": both((0.72, 0.5 - 0.1 * sway)), "ear": both((0.64, 0.58 - 0.06 * sway)),
        "shoulder": both((0.5, 0.56 + 0.02 * sway)), "elbow": both((0.5, 0.29)),
        "wrist": both((0.5, 0.03)), "hip": both((0.03 * sway, 0.48 + 0.02 * sway)),
        "knee": both((0.0, 0.06)), "ankle": both((-0.4, 0.06)),
        "heel": both((-0.44, 0.09)), "foot_index": both((-0.55, 0.03)),
    }  # fmt: skip


def warrior(t: float) -> Mapping[str, tuple[Point, Point]]:
    """From the side: a deep lunge, rear leg straight, heel down, arms out fore and aft."""
    return {
        "nose": both((0.1, 1.38)), "ear": both((0.0, 1.4)), "shoulder": both((0.0, 1.2)),
        "elbow": ((0.3, 1.2), (-0.3, 1.2)), "wrist": ((0.55, 1.2), (-0.55, 1.2)),
        "hip": both((0.0, 0.66)), "knee": ((0.42, 0.5), (-0.42, 0.38)),
        "ankle": ((0.45, 0.08), (-0.78, 0.08)), "heel": ((0.4, 0.03), (-0.82, 0.03)),
        "foot_index": ((0.62, 0.03), (-0.62, 0.03)),
    }  # fmt: skip


def standing_about(t: float) -> Mapping[str, tuple[Point, Point]]:
    """Upright, the weight shifted from foot to foot."""
    x = 0.04 * math.sin(t)
    return {
        "nose": both((0.1 + x, 1.6)), "ear": both((x, 1.62)), "shoulder": both((x, 1.4)),
        "elbow": both((x, 1.1)), "wrist": both((0.05 + x, 0.85)), "hip": both((x, 0.9)),
        "knee": both((0.02, 0.5)), "ankle": both((0.0, 0.08)), "heel": both((-0.05, 0.03)),
        "foot_index": both((0.17, 0.03)),
    }  # fmt: skip


def make_track(figure: Figure, name: str) -> PoseTrack:
    seed = 12
    print("seed", seed)
    time_s = np.arange(0, LENGTH_S, 1 / RATE_HZ)
    metres = np.zeros((len(time_s), N_LANDMARKS, 3))
    sides: tuple[Side, Side] = ("left", "right")
    for i, t in enumerate(time_s):
        joints = {**figure(float(t))}
        nose = joints.pop("nose")[0]
        for extra, like in (("eye", "ear"), ("eye_inner", "ear"), ("eye_outer", "ear"),
                            ("mouth", "ear"), ("pinky", "wrist"), ("index", "wrist"),
                            ("thumb", "wrist")):  # fmt: skip
            joints[extra] = joints[like]
        metres[i, Landmark.NOSE] = (nose[0], -nose[1], 0.0)
        for joint, points in joints.items():
            for side, (x, y), depth in zip(sides, points, (0.18, -0.18), strict=True):
                metres[i, landmark_on(side, joint)] = (x, -y, depth)
    noise = np.random.default_rng(seed).normal(0, 0.5, (len(time_s), N_LANDMARKS, 2))
    ground = np.array([SIZE[0] / 2, SIZE[1] - 40.0])
    hips = metres[:, [Landmark.LEFT_HIP, Landmark.RIGHT_HIP]].mean(axis=1, keepdims=True)
    return PoseTrack(
        time_s=time_s,
        xy_px=metres[..., :2] * PX_PER_M + ground + noise,
        xyz_m=metres - hips,
        visibility=np.ones((len(time_s), N_LANDMARKS)),
        n_people=np.ones(len(time_s), np.int16),
        width_px=SIZE[0], height_px=SIZE[1], clip=name, model="full",
        n_frames=len(time_s), duration_s=LENGTH_S,
    )  # fmt: skip


FIGURES = (bridge, high_plank, cat_cow, warrior, standing_about)


@pytest.mark.parametrize("figure", FIGURES)
def test_it_is_not_seen(figure: Figure) -> None:
    result = judge_track(make_track(figure, "other.mp4"), EXERCISES)
    assert result.verdict == "not_seen"
    assert result.sets == ()
    assert result.exercise is None


@pytest.mark.parametrize("figure", [bridge, high_plank, cat_cow, standing_about])
@pytest.mark.parametrize("name", [e.id for e in EXERCISES.values() if e.is_seen])
def test_nor_when_an_exercise_was_asked_for(figure: Figure, name: str) -> None:
    result = judge_track(make_track(figure, "other.mp4"), EXERCISES, exercise=name)
    assert result.verdict == "not_seen", [(s.start_s, s.end_s) for s in result.sets]


def test_such_a_figure_would_be_seen_in_an_exercise() -> None:
    """The figures are no worse than a person: half-kneeling is recognised in one."""

    def half_kneeling(t: float) -> Mapping[str, tuple[Point, Point]]:
        return {
            "nose": both((0.1, 1.18)), "ear": both((0.0, 1.2)), "shoulder": both((0.0, 1.0)),
            "elbow": both((0.05, 0.75)), "wrist": both((0.25, 0.6)), "hip": both((0.0, 0.5)),
            "knee": ((0.0, 0.06), (0.43, 0.5)), "ankle": ((-0.42, 0.06), (0.43, 0.08)),
            "heel": ((-0.46, 0.09), (0.38, 0.03)), "foot_index": ((-0.57, 0.03), (0.6, 0.03)),
        }  # fmt: skip

    result = judge_track(make_track(half_kneeling, "kneel.mp4"), EXERCISES)
    assert (result.exercise, result.verdict) == ("half-kneeling", "pass")
    assert result.sets[0].side == "left"
