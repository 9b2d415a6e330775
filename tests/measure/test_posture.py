"""What positions ask, on points placed by hand: known answers in the person's own lengths."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from formcheck.measure.registry import measure_body
from formcheck.measure.view import Unseen
from formcheck.pose.landmarks import Landmark
from tests.support.builders import place_body

Points = Mapping[str, tuple[float, float]]

KNEELING: Points = {
    "rear_knee": (0, -100), "rear_ankle": (-90, -90),
    "front_knee": (90, -10), "front_ankle": (90, -110), "heel": (80, -120),
}  # fmt: skip
SUPINE: Points = {
    "shoulder": (-100, 0),
    "rear_knee": (-70, 70), "rear_ankle": (0, 70),
    "front_knee": (100, 0), "front_ankle": (200, 0),
}  # fmt: skip
"""The rear knee hugged, the other leg flat."""


def read(name: str, points: Points, facing: int = 1) -> float:
    return measure_body(place_body(points, facing=facing), "left", [name])[0].values[name]


@pytest.mark.parametrize("facing", [1, -1])
@pytest.mark.parametrize(
    ("name", "points", "expected"),
    [
        ("rear_knee_further_below_hip_thigh", KNEELING, 0.9),
        ("low_knee_below_hip_thigh", KNEELING, 1.0),
        ("high_knee_below_hip_thigh", KNEELING, 0.1),
        ("low_knee_above_ankle_shank", KNEELING, -0.1),
        ("high_knee_above_ankle_shank", KNEELING, 1.0),
        # the lower ankle is the front one, the lower knee the rear one
        ("low_ankle_above_low_knee_shank", KNEELING, -0.1),
        ("low_knee_above_floor_shank", KNEELING, 0.2),
        ("near_wrist_below_shoulder_trunk", {"shoulder": (0, 100), "wrist": (50, 30)}, 0.7),
        ("rear_ankle_nearer_middle_leg", {"rear_ankle": (20, 0), "front_ankle": (-120, 0)}, 0.5),
        ("rear_ankle_nearer_middle_leg", {"rear_ankle": (120, 0), "front_ankle": (20, 0)}, -0.5),
        ("smaller_knee_deg", SUPINE, 45),
        ("larger_knee_deg", SUPINE, 180),
        ("rear_knee_guessed_deg", SUPINE, 45),
        ("front_knee_guessed_deg", SUPINE, 180),
        ("rear_trunk_thigh_guessed_deg", SUPINE, 45),
        ("front_trunk_thigh_guessed_deg", SUPINE, 180),
        ("other_hip_less_rear_hip_deg", SUPINE, 135),
        ("larger_hip_ankle_thigh", SUPINE, 2.0),
        ("smaller_hip_ankle_thigh", SUPINE, 0.7),
        ("ankles_apart_leg", {"rear_ankle": (0, -100), "front_ankle": (60, -180)}, 0.5),
        # flat, hanging down from the knee, straight but sloping, bent but high
        ("front_hang_leg", SUPINE, 0),
        ("rear_hang_leg", {"rear_knee": (100, 0), "rear_ankle": (100, -40)}, 0.2),
        ("rear_hang_leg", {"rear_knee": (80, -60), "rear_ankle": (160, -120)}, 0),
        ("rear_hang_leg", {"rear_knee": (100, 40), "rear_ankle": (100, 20)}, -0.1),
    ],
)
def test_known_answers(name: str, points: Points, expected: float, facing: int) -> None:
    assert read(name, points, facing) == pytest.approx(expected, abs=0.01)


def test_a_hanging_knee_counts_as_the_ankle_does() -> None:
    """142° and .12 leg are the same edge: whichever is reached last decides."""
    bent = {"rear_knee": (100, 0), "rear_ankle": (100 + 78.8, -61.57)}  # a knee of 142
    assert read("rear_hang_leg", bent) == pytest.approx(0.12, abs=0.001)


@pytest.mark.parametrize(
    "name",
    ["rear_knee_below_hip_thigh", "rear_trunk_thigh_guessed_deg", "low_knee_above_floor_shank"],
)
def test_a_covered_knee_is_guessed_for_a_position(name: str) -> None:
    points = {**KNEELING, "shoulder": (0, 100), "wrist": (0, 50)}
    body = place_body(points)
    body.unseen[:, Landmark.LEFT_KNEE] = Unseen.HIDDEN
    assert not measure_body(body, "left", [name])[0].why
    body.unseen[:, Landmark.LEFT_KNEE] = Unseen.OUT_OF_FRAME
    assert measure_body(body, "left", [name])[0].why
