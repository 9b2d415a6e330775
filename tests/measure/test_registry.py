"""The registry: what is not seen is unknown with its reason, and a name stands for one measure."""

from __future__ import annotations

import numpy as np
import pytest

from formcheck.measure.body import Body, BodyTracker, find_landmarks, track_body
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.measure.registry import (
    MEASURES,
    Compute,
    Measurements,
    measure,
    measure_body,
    measure_numbers,
    name_measures,
)
from formcheck.pose.landmarks import Landmark, Side
from formcheck.pose.track import Floats, Pose, PoseTrack
from tests.support.builders import kneeling_pose, make_body

SIZE = (640, 480)


def test_a_joint_outside_the_picture_is_unknown_with_its_reason() -> None:
    pose = kneeling_pose()
    pose.xy_px[Landmark.RIGHT_ANKLE, 1] = SIZE[1] + 5
    frame = measure_body(
        BodyTracker(*SIZE).update(pose), "left", ["front_knee_deg", "trunk_lean_deg"]
    )[0]
    assert np.isnan(frame.values["front_knee_deg"])
    assert frame.why == {"front_knee_deg": Reason(ReasonCode.OUT_OF_FRAME, ("front_ankle",))}
    assert frame.values["trunk_lean_deg"] == pytest.approx(0, abs=0.01)


def test_nobody_is_a_reason_too() -> None:
    tracker = BodyTracker(*SIZE)
    frame = measure_body(tracker.update(Pose.missing(0.0)), "left", ["front_knee_deg"])[0]
    assert not frame.found
    assert frame.why == {"front_knee_deg": Reason(ReasonCode.NO_PERSON)}


def test_a_name_stands_for_one_measure() -> None:
    with pytest.raises(ValueError, match="registered twice"):
        measure("yaw_deg")(lambda body: body.yaw_deg)


def give_nothing(body: Body) -> Floats:
    """Nothing."""
    return np.zeros((len(body), 2))


def say_nothing(body: Body) -> Floats:
    return np.zeros(len(body))


@pytest.mark.parametrize(
    ("name", "joint", "compute", "why"),
    [
        ("hands_together", "left_wrist", give_nothing, "end in a unit"),
        ("elbow_deg", "near_elbo", give_nothing, "no joint 'near_elbo'"),
        ("elbow_deg", "elbow", give_nothing, "no joint 'elbow'"),
        ("elbow_deg", "near_elbow", say_nothing, "what it is"),
    ],
)
def test_what_could_never_be_measured_is_refused_at_once(
    name: str, joint: str, compute: Compute, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        measure(name, joint)(compute)
    assert name not in MEASURES


def test_a_measure_gives_one_number_a_frame() -> None:
    try:
        measure("two_numbers_deg", "rear_knee")(give_nothing)
        with pytest.raises(ValueError, match="one number a frame"):
            measure_body(BodyTracker(*SIZE).update(kneeling_pose()), "left", ["two_numbers_deg"])
    finally:
        MEASURES.pop("two_numbers_deg", None)


def test_a_measure_says_the_first_paragraph_of_its_docstring() -> None:
    try:

        @measure("one_more_deg", "rear_knee")
        def _one_more(body: object) -> np.ndarray:
            """One
            more.

            And how.
            """
            return np.zeros(1)

        assert MEASURES["one_more_deg"].says == "One more."
    finally:
        del MEASURES["one_more_deg"]


def test_a_name_that_is_not_registered() -> None:
    body = BodyTracker(*SIZE).update(kneeling_pose())
    with pytest.raises(KeyError):
        measure_body(body, "left", ["no_such_deg"])
    with pytest.raises(KeyError):
        measure_numbers(body, "left", ["no_such_deg"])


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_numbers_alone_are_the_same_numbers(
    sample_tracks: dict[str, PoseTrack], side: Side
) -> None:
    body = track_body(sample_tracks["donkey-kick_good"])
    names = sorted(name_measures())
    numbers = measure_numbers(body, side, names)
    rows = measure_body(body, side, names)
    for name in names:
        np.testing.assert_array_equal(numbers[name], [row.values[name] for row in rows])


@pytest.mark.parametrize(
    ("joint", "left", "right"),
    [
        ("nose", Landmark.NOSE, Landmark.NOSE),
        ("rear_knee", Landmark.LEFT_KNEE, Landmark.LEFT_KNEE),
        ("front_knee", Landmark.RIGHT_KNEE, Landmark.RIGHT_KNEE),
        ("right_wrist", Landmark.RIGHT_WRIST, Landmark.RIGHT_WRIST),
        ("near_hip", Landmark.LEFT_HIP, Landmark.RIGHT_HIP),
        ("mid_hip", Landmark.LEFT_HIP, Landmark.RIGHT_HIP),
    ],
)
def test_what_a_joint_s_name_means(joint: str, left: Landmark, right: Landmark) -> None:
    assert find_landmarks("left", joint) == (left, right)


def test_the_nearer_joint_is_that_of_the_side_toward_the_camera() -> None:
    xy = np.arange(2 * 33 * 2, dtype=np.float64).reshape(2, 33, 2)
    body = make_body(xy, np.zeros((2, 33, 3)), np.array([1.0, -1.0]), np.zeros(2))
    assert [body.joint_at("near_knee", i) for i in range(2)] == [
        Landmark.RIGHT_KNEE, Landmark.LEFT_KNEE
    ]  # fmt: skip
    near = body.joint("near_knee")
    assert near[0].tolist() == xy[0, Landmark.RIGHT_KNEE].tolist()
    assert near[1].tolist() == xy[1, Landmark.LEFT_KNEE].tolist()
    middle = (xy[:, Landmark.LEFT_KNEE] + xy[:, Landmark.RIGHT_KNEE]) / 2
    np.testing.assert_array_equal(body.joint("mid_knee"), middle)
    with pytest.raises(KeyError):
        body.joint("rear_tail")


def test_one_more_value_takes_the_place_of_its_reason() -> None:
    unknown = Measurements(1.0, {"a_deg": np.nan}, {"a_deg": Reason(ReasonCode.NOT_YET)}, True)
    known = unknown.with_value("a_deg", 3.0, None)
    assert (known.values, known.why) == ({"a_deg": 3.0}, {})
    assert unknown.why == {"a_deg": Reason(ReasonCode.NOT_YET)}
