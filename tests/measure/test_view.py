"""How the camera sees the body: the view, the side nearer the camera, what is hidden."""

from __future__ import annotations

import numpy as np

from formcheck.measure.body import Body, BodyTracker
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.measure.registry import measure_body
from formcheck.measure.view import compute_yaw_deg, is_whole_body_in_frame, name_view, near_side
from formcheck.pose.landmarks import Landmark
from formcheck.pose.track import Pose
from tests.support.builders import kneeling_pose


def body_of(pose: Pose) -> Body:
    return BodyTracker(640, 480).update(pose)


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
