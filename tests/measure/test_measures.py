"""Angles with known answers, signs as the catalogue defines them, and what is not seen."""

from __future__ import annotations

import numpy as np
import pytest

from formcheck.measure.angles import (
    compute_distance_to_segment_px,
    compute_elevation_deg,
    compute_included_angle_deg,
    compute_tilt_deg,
)
from formcheck.measure.body import Body, BodyTracker
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.measure.registry import MEASURES, measure_body
from formcheck.measure.view import (
    compute_yaw_deg,
    is_whole_body_in_frame,
    name_view,
    near_side,
)
from formcheck.pose.landmarks import Landmark
from formcheck.pose.track import Pose
from tests.support.builders import kneeling_pose

SIZE = (640, 480)


def body_of(pose: Pose) -> Body:
    return BodyTracker(*SIZE).update(pose)


def value(pose: Pose, name: str) -> float:
    return measure_body(body_of(pose), "left", [name])[0].values[name]


def test_included_angle() -> None:
    a, b = np.array([1.0, 0.0]), np.array([0.0, 0.0])
    assert compute_included_angle_deg(a, b, np.array([0.0, 3.0])) == pytest.approx(90)
    assert compute_included_angle_deg(a, b, np.array([-2.0, 0.0])) == pytest.approx(180)
    assert np.isnan(compute_included_angle_deg(a, b, np.array([np.nan, 0.0])))


def test_elevation_is_positive_upward_whichever_way() -> None:
    hip = np.array([0.0, 0.0])
    for x in (1.0, -1.0):
        assert compute_elevation_deg(hip, np.array([x, -1.0])) == pytest.approx(45)
        assert compute_elevation_deg(hip, np.array([x, 1.0])) == pytest.approx(-45)


def test_tilt_is_positive_forward() -> None:
    hip, facing = np.array([[0.0, 0.0]]), np.array([-1.0])
    assert compute_tilt_deg(hip, np.array([[-1.0, -1.0]]), facing)[0] == pytest.approx(45)
    assert compute_tilt_deg(hip, np.array([[1.0, -1.0]]), facing)[0] == pytest.approx(-45)
    assert compute_tilt_deg(hip, np.array([[-1.0, 0.0]]), facing)[0] == pytest.approx(90)


def test_distance_to_segment() -> None:
    a, b = np.array([0.0, 0.0]), np.array([10.0, 0.0])
    assert compute_distance_to_segment_px(np.array([5.0, 3.0]), a, b) == pytest.approx(3)
    assert compute_distance_to_segment_px(np.array([13.0, 4.0]), a, b) == pytest.approx(5)


@pytest.mark.parametrize("facing", [1, -1])
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("front_knee_deg", 90),
        ("rear_knee_deg", 90),
        ("front_thigh_elevation_deg", 0),
        ("trunk_lean_deg", 20),
        ("rear_thigh_back_deg", 0),
        ("rear_hip_extension_deg", -20),
        ("rear_knee_below_hip_thigh", 1),
        ("rear_knee_below_front_knee_thigh", 1),
        ("rear_ankle_behind_front_ankle_leg", 1),
        ("front_knee_above_front_ankle_shank", 1),
        ("yaw_deg", 0),
    ],
)
def test_measures_of_a_known_pose(facing: int, name: str, expected: float) -> None:
    assert value(kneeling_pose(facing, lean_deg=20), name) == pytest.approx(expected, abs=0.01)


def test_facing_and_near_side() -> None:
    assert body_of(kneeling_pose(1)).facing[0] == 1
    assert body_of(kneeling_pose(-1)).facing[0] == -1
    assert near_side(1) == "right"
    assert near_side(-1) == "left"


def test_the_view() -> None:
    xyz = np.zeros((33, 3))
    xyz[Landmark.LEFT_SHOULDER], xyz[Landmark.RIGHT_SHOULDER] = [0.2, 0, 0], [-0.2, 0, 0]
    assert name_view(float(compute_yaw_deg(xyz))) == "front"
    xyz[Landmark.LEFT_SHOULDER], xyz[Landmark.RIGHT_SHOULDER] = [0.15, 0, 0.2], [-0.15, 0, -0.2]
    assert name_view(float(compute_yaw_deg(xyz))) == "oblique"
    assert name_view(float(compute_yaw_deg(kneeling_pose().xyz_m))) == "side"


def test_a_joint_outside_the_picture_is_unknown_with_its_reason() -> None:
    pose = kneeling_pose()
    pose.xy_px[Landmark.RIGHT_ANKLE, 1] = SIZE[1] + 5
    frame = measure_body(body_of(pose), "left", ["front_knee_deg", "trunk_lean_deg"])[0]
    assert np.isnan(frame.values["front_knee_deg"])
    assert frame.why == {"front_knee_deg": Reason(ReasonCode.OUT_OF_FRAME, ("front_ankle",))}
    assert frame.values["trunk_lean_deg"] == pytest.approx(0, abs=0.01)


def test_a_far_knee_behind_the_near_leg_is_hidden_but_tells_the_position() -> None:
    pose = kneeling_pose(facing=1)  # the left side is far
    pose.xy_px[Landmark.LEFT_KNEE] = pose.xy_px[Landmark.RIGHT_KNEE] + [-4, 2]
    frame = measure_body(body_of(pose), "left", ["rear_knee_deg", "rear_knee_below_hip_thigh"])[0]
    assert frame.why == {"rear_knee_deg": Reason(ReasonCode.HIDDEN, ("rear_knee",))}
    assert np.isfinite(frame.values["rear_knee_below_hip_thigh"])


def test_a_near_knee_is_not_hidden_by_the_far_leg() -> None:
    pose = kneeling_pose(facing=-1)  # now the left side is near
    pose.xy_px[Landmark.LEFT_KNEE] = pose.xy_px[Landmark.RIGHT_KNEE] + [-4, 2]
    assert not measure_body(body_of(pose), "left", ["rear_knee_deg"])[0].why


def test_the_whole_body_is_in_the_picture_or_not() -> None:
    assert is_whole_body_in_frame(body_of(kneeling_pose()).unseen).tolist() == [True]
    cut = kneeling_pose()
    cut.xy_px[Landmark.LEFT_FOOT_INDEX, 0] = -3
    assert is_whole_body_in_frame(body_of(cut).unseen).tolist() == [False]
    raised = kneeling_pose()
    raised.xy_px[Landmark.LEFT_WRIST, 1] = -20
    assert is_whole_body_in_frame(body_of(raised).unseen).tolist() == [True]
    assert is_whole_body_in_frame(body_of(Pose.missing(0.0)).unseen).tolist() == [False]


def test_nobody_is_a_reason_too() -> None:
    tracker = BodyTracker(*SIZE)
    frame = measure_body(tracker.update(Pose.missing(0.0)), "left", ["front_knee_deg"])[0]
    assert not frame.found
    assert frame.why == {"front_knee_deg": Reason(ReasonCode.NO_PERSON)}


def test_hip_travel_is_the_last_seconds() -> None:
    tracker = BodyTracker(*SIZE)
    for k in range(31):
        pose = kneeling_pose(time_s=k / 10)
        pose.xy_px[:, 0] += 40 if k >= 10 else 0
        body = tracker.update(pose)
        travel = float(body.hip_travel[0])
        if k == 9:
            assert travel == pytest.approx(0)
        if k == 15:
            assert travel > 0.3
    assert travel == pytest.approx(0, abs=0.01)


def test_every_measure_names_its_unit() -> None:
    assert {m.unit for m in MEASURES.values()} <= {
        *("deg", "trunk", "thigh", "shank", "leg", "shoulders")
    }
