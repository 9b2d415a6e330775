"""One list of checks over every measure; the answers are those of points placed by hand.

A measure that is added is tried by all of them, and has to bring an answer of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from formcheck.measure.body import Body, find_landmarks
from formcheck.measure.reason import OF_JOINTS, Reason, ReasonCode
from formcheck.measure.registry import MEASURES, measure_body
from formcheck.measure.view import Unseen
from formcheck.pose.landmarks import Side, landmark_on
from tests.support.builders import make_body, mirror_body, place_body

Points = Mapping[str, tuple[float, float]]

# x is forward and y up. On all fours, forward is where the head is; lying, where the belly is up,
# forward is away from the head.
UPRIGHT: Points = {"shoulder": (0, 100), "ear": (0, 130), "elbow": (0, 50), "wrist": (0, 0)}
LYING: Points = {"shoulder": (-100, 0), "ear": (-130, 0)}
FOURS: Points = {"shoulder": (100, 0), "knee": (0, -100), "ankle": (-100, -100)}
FOLDED: Points = {"shoulder": (100, 0), "ear": (130, 0)}
FACING_US: Points = {
    "rear_shoulder": (20, 100), "front_shoulder": (-20, 100),
    "rear_hip": (15, 0), "front_hip": (-15, 0),
}  # fmt: skip
"""Facing the camera, the left side, which is the rear one, is on the right in the picture."""


KNEELING: Points = {
    "rear_knee": (0, -100), "rear_ankle": (-90, -90),
    "front_knee": (90, -10), "front_ankle": (90, -110), "heel": (80, -120),
}  # fmt: skip
KNEELING_SQUARE: Points = {
    "rear_knee": (0, -100), "rear_ankle": (-100, -100),
    "front_knee": (100, 0), "front_ankle": (100, -100),
}  # fmt: skip
SUPINE: Points = {
    "shoulder": (-100, 0),
    "rear_knee": (-70, 70), "rear_ankle": (0, 70),
    "front_knee": (100, 0), "front_ankle": (200, 0),
}  # fmt: skip
"""The rear knee hugged, the other leg flat."""
HUGGED_BESIDE: Points = {
    **LYING, "rear_hip": (0, -20), "front_hip": (0, 20), "rear_knee": (-70, 50),
}  # fmt: skip
"""A thigh that starts half a pelvis beside the trunk's line."""
LEANING: Points = {**KNEELING_SQUARE, "shoulder": (34.2, 93.97)}


def lean(x: float) -> Points:
    return {**FACING_US, "rear_shoulder": (20 + x, 100), "front_shoulder": (-20 + x, 100)}


def read(name: str, points: Points, facing: int = 1, yaw_deg: float = 0.0) -> float:
    body = place_body(points, facing=facing, yaw_deg=yaw_deg)
    return measure_body(body, "left", [name])[0].values[name]


CASES: list[tuple[str, Points, float]] = [
    ("rear_thigh_elevation_deg", {"rear_knee": (80, 0)}, 0),
    ("rear_thigh_elevation_deg", {"rear_knee": (80, 80)}, 45),
    ("rear_thigh_elevation_deg", {"rear_knee": (-80, -80)}, -45),
    ("rear_trunk_thigh_guessed_deg", {**LYING, "rear_knee": (100, 0)}, 180),
    ("rear_trunk_thigh_guessed_deg", {**LYING, "rear_knee": (0, 100)}, 90),
    ("rear_trunk_thigh_guessed_deg", HUGGED_BESIDE, 45),
    ("front_leg_off_flat_deg", {"front_knee": (100, 0), "front_ankle": (200, 0)}, 0),
    # the thigh rises by 30, the shank goes on in its line
    ("front_leg_off_flat_deg", {"front_knee": (86.6, 50), "front_ankle": (173.2, 100)}, 30),
    # a flat thigh and a knee of 90: as much over 20 as 90 is under 145
    ("front_leg_off_flat_deg", {"front_knee": (100, 0), "front_ankle": (100, -80)}, 75),
    ("trunk_inclination_deg", {"shoulder": (100, 0)}, 0),
    ("trunk_inclination_deg", {"shoulder": (100, 100)}, 45),
    ("trunk_inclination_deg", {"shoulder": (100, -100)}, -45),
    ("trunk_off_upright_deg", {"shoulder": (100, 100)}, 45),
    ("trunk_off_upright_deg", {"shoulder": (-100, 100)}, 45),
    ("near_head_lift_deg", LYING, 0),
    ("near_head_lift_deg", {**LYING, "ear": (-130, 30)}, 45),
    ("near_head_lift_deg", {**LYING, "ear": (-130, -30)}, -45),
    # a sloping trunk with the neck in its line
    ("near_head_lift_deg", {"shoulder": (-100, 20), "ear": (-150, 30)}, 0),
    ("near_ear_above_hip_trunk", {**FOLDED, "ear": (130, 20)}, 0.2),
    ("near_ear_above_hip_trunk", {**FOLDED, "ear": (130, -30)}, -0.3),
    ("rear_arm_raise_deg", UPRIGHT, 0),
    ("rear_arm_raise_deg", {**UPRIGHT, "rear_elbow": (50, 100)}, 90),
    ("rear_arm_raise_deg", {**UPRIGHT, "rear_elbow": (0, 150)}, 180),
    ("near_arm_reach_deg", {**FOLDED, "elbow": (140, 0), "wrist": (180, 0)}, 180),
    ("near_arm_reach_deg", {**FOLDED, "elbow": (140, 0), "wrist": (140, 40)}, 90),
    # a straight arm laid back beside the trunk: 90 short of being ahead
    ("near_arm_reach_deg", {**FOLDED, "elbow": (60, 0), "wrist": (20, 0)}, 50),
    ("near_elbow_deg", UPRIGHT, 180),
    ("near_elbow_deg", {**UPRIGHT, "wrist": (50, 50)}, 90),
    ("near_knee_deg", {"knee": (100, 0), "ankle": (100, -100)}, 90),
    ("near_knee_deg", {"knee": (0, -100), "ankle": (0, -200)}, 180),
    ("near_arm_tilt_deg", {"shoulder": (100, 0), "wrist": (100, -100)}, 0),
    ("near_arm_tilt_deg", {"shoulder": (100, 0), "wrist": (200, -100)}, 45),
    ("near_arm_tilt_deg", {"shoulder": (100, 0), "wrist": (0, -100)}, -45),
    ("hips_above_knees_leg", {"knee": (80, -60)}, 0.3),
    ("hips_above_knees_leg", {"knee": (80, 20)}, -0.1),
    ("near_ankle_height_leg", {"ankle": (0, -180)}, -0.9),
    ("near_hip_ankle_thigh", {"ankle": (30, -40)}, 0.5),
    ("rear_thigh_above_trunk_line_deg", FOURS, -90),
    ("rear_thigh_above_trunk_line_deg", {**FOURS, "rear_knee": (-100, 0)}, 0),
    ("rear_thigh_above_trunk_line_deg", {**FOURS, "rear_knee": (-100, 100)}, 45),
    ("rear_thigh_above_trunk_line_deg", {"shoulder": (80, 60), "rear_knee": (-80, -60)}, 0),
    ("kick_elevation_deg", FOURS, -90),
    ("kick_elevation_deg", {**FOURS, "rear_knee": (-100, 0)}, 0),
    # both thighs off the vertical: sitting back on the heels is no kick
    ("kick_elevation_deg", {**FOURS, "knee": (100, -100)}, np.nan),
    ("front_knee_deg", KNEELING_SQUARE, 90),
    ("rear_knee_deg", KNEELING_SQUARE, 90),
    ("front_thigh_elevation_deg", KNEELING_SQUARE, 0),
    ("front_thigh_elevation_deg", {"front_knee": (80, 80)}, 45),
    ("trunk_lean_deg", LEANING, 20),
    ("rear_thigh_back_deg", LEANING, 0),
    ("rear_thigh_back_deg", {"rear_knee": (-50, -50)}, 45),
    ("rear_hip_extension_deg", LEANING, -20),
    ("rear_knee_below_hip_thigh", KNEELING_SQUARE, 1),
    ("rear_knee_below_front_knee_thigh", KNEELING_SQUARE, 1),
    ("rear_knee_above_front_heel_shank", {**KNEELING_SQUARE, "front_heel": (90, -120)}, 0.2),
    ("rear_ankle_above_rear_knee_shank", KNEELING, 0.1),
    ("rear_ankle_behind_front_ankle_leg", KNEELING_SQUARE, 1),
    ("front_knee_above_front_ankle_shank", KNEELING_SQUARE, 1),
    ("hip_above_floor_leg", KNEELING, 0.6),
    ("high_wrist_above_nose_trunk", {"nose": (0, 130), "rear_wrist": (0, 180)}, 0.5),
    ("near_shoulder_flexion_deg", UPRIGHT, 0),
    ("near_shoulder_flexion_deg", {**UPRIGHT, "elbow": (50, 100)}, 90),
    ("left_elbow_deg", {**UPRIGHT, "rear_wrist": (50, 50)}, 90),
    ("right_elbow_deg", {**UPRIGHT, "rear_wrist": (50, 50)}, 180),
    ("yaw_deg", KNEELING_SQUARE, 0),
    ("hip_travel_trunk", KNEELING_SQUARE, 0),
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
    ("larger_trunk_thigh_guessed_deg", SUPINE, 180),
    ("wrists_apart_trunk", {"rear_wrist": (0, 30), "front_wrist": (40, 0)}, 0.5),
    ("front_ankle_above_rear_ankle_shank", {"rear_ankle": (0, -90), "front_ankle": (9, -70)}, 0.2),
    ("ankles_apart_leg", {"rear_ankle": (0, -100), "front_ankle": (60, -180)}, 0.5),
    # flat, hanging down from the knee, straight but sloping, bent but high
    ("front_hang_leg", SUPINE, 0),
    ("rear_hang_leg", {"rear_knee": (100, 0), "rear_ankle": (100, -40)}, 0.2),
    ("rear_hang_leg", {"rear_knee": (80, -60), "rear_ankle": (160, -120)}, 0),
    ("rear_hang_leg", {"rear_knee": (100, 40), "rear_ankle": (100, 20)}, -0.1),
]
OF_THEIR_OWN = {
    "trunk_side_bend_deg", "hip_line_tilt_deg", "ankles_apart_shoulders", "trunk_tilt_3d_deg",
    "trunk_away_3d_deg", "knees_apart_deg", "rear_trunk_thigh_3d_deg",
}  # fmt: skip
"""Measures from the front and in depth, whose answers are in tests of their own below."""
OTHER_SIDE = {"left_elbow_deg": "right_elbow_deg", "right_elbow_deg": "left_elbow_deg"}
"""What is of the person's own left, and so of their right in the mirror."""

every_measure = pytest.mark.parametrize("name", sorted(MEASURES))
every_joint = pytest.mark.parametrize(
    ("name", "joint"), [(one.name, joint) for one in MEASURES.values() for joint in one.joints]
)


# --- every measure ----------------------------------------------------------------------------


def test_every_measure_has_a_known_answer() -> None:
    assert set(MEASURES) == {name for name, _, _ in CASES} | OF_THEIR_OWN


@pytest.mark.parametrize("facing", [1, -1])
@pytest.mark.parametrize(("name", "points", "expected"), CASES)
def test_known_answers(name: str, points: Points, expected: float, facing: int) -> None:
    assert read(name, points, facing) == pytest.approx(expected, abs=0.01, nan_ok=True)


@every_measure
def test_its_name_ends_in_its_unit_and_it_says_what_it_is(name: str) -> None:
    measure = MEASURES[name]
    assert measure.unit in {"deg", "trunk", "thigh", "shank", "leg", "shoulders"}
    assert len(measure.says) > 15
    assert measure.says.endswith(".")


def make_random_body(n: int = 50, yaw_deg: float = 60.0) -> Body:
    rng = np.random.default_rng(5)
    return make_body(
        rng.normal(0, 100, (n, 33, 2)),
        rng.normal(0, 0.4, (n, 33, 3)),
        rng.choice([-1.0, 1.0], n),
        np.full(n, yaw_deg),
    )


@every_measure
def test_the_mirror_image_measures_the_same(name: str) -> None:
    body = make_random_body()
    mirrored = mirror_body(body).with_side("right")
    there = MEASURES[OTHER_SIDE.get(name, name)].compute(mirrored)
    np.testing.assert_allclose(there, MEASURES[name].compute(body), atol=1e-9)


@every_measure
def test_the_size_in_the_picture_does_not_matter(name: str) -> None:
    small = make_random_body()
    large = make_body(small.xy_px * 3, small.xyz_m, small.facing, small.yaw_deg)
    for length in ("trunk_px", "thigh_px", "shank_px"):
        object.__setattr__(large, length, np.full(len(large), 300.0))
    compute = MEASURES[name].compute
    np.testing.assert_allclose(compute(large), compute(small), atol=1e-9)


@every_measure
def test_a_frame_depends_on_no_other(name: str) -> None:
    body, compute = make_random_body(), MEASURES[name].compute
    alone = [float(compute(body.at(i))[0]) for i in range(len(body))]
    np.testing.assert_array_equal(alone, compute(body))


@every_measure
def test_of_nobody_it_is_unknown(name: str) -> None:
    body = make_random_body(3)
    for values in (body.xy_px, body.xyz_m, body.yaw_deg, body.facing, body.hip_travel):
        values[:] = np.nan
    body.unseen[:] = Unseen.NO_PERSON
    for frame in measure_body(body, "left", [name]):
        assert np.isnan(frame.values[name])
        assert frame.why[name].code in (ReasonCode.NO_PERSON, ReasonCode.NOT_MEASURABLE)


@every_joint
@pytest.mark.parametrize("code", OF_JOINTS)
@pytest.mark.parametrize("facing", [1, -1])
def test_a_joint_that_is_not_seen_is_named(
    name: str, joint: str, code: ReasonCode, facing: int
) -> None:
    """But one that is covered is guessed, where that is good enough."""
    body = make_random_body(1)
    body.facing[:] = facing
    body.unseen[0, body.joint_at(joint, 0)] = Unseen[code.name]
    [frame] = measure_body(body, "left", [name])
    if MEASURES[name].guess and code is not ReasonCode.OUT_OF_FRAME:
        assert name not in frame.why or frame.why[name].code is ReasonCode.NOT_MEASURABLE
    else:
        assert np.isnan(frame.values[name])
        assert frame.why[name].code is code
        [named] = frame.why[name].subject
        assert body.joint_at(named, 0) == body.joint_at(joint, 0)


@every_measure
def test_no_joint_decides_that_it_does_not_name(name: str) -> None:
    """Where every named joint is seen, those that are not change nothing."""
    body = make_random_body()
    named = {mark for joint in MEASURES[name].joints for mark in find_landmarks("left", joint)}
    known = measure_body(body, "left", [name])
    body.unseen[:, [mark for mark in range(33) if mark not in named]] = Unseen.OUT_OF_FRAME
    again = measure_body(body, "left", [name])
    np.testing.assert_array_equal(
        [frame.values[name] for frame in again], [frame.values[name] for frame in known]
    )


# --- some of them -----------------------------------------------------------------------------


@pytest.mark.parametrize("stretched", ["left", "right"])
@pytest.mark.parametrize("facing", [1, -1])
def test_elbows_are_the_persons_own(facing: int, stretched: Side) -> None:
    """Whichever leg is tried as the stretched one, and whichever way they face."""
    # In place_body the left side is the rear one.
    body = place_body({**UPRIGHT, "rear_wrist": (50, 50)}, facing=facing)
    names = ["left_elbow_deg", "right_elbow_deg", "near_elbow_deg"]
    seen = measure_body(body, stretched, names)[0].values
    assert seen["left_elbow_deg"] == pytest.approx(90)
    assert seen["right_elbow_deg"] == pytest.approx(180)
    assert seen["near_elbow_deg"] == pytest.approx(180 if facing > 0 else 90)


def test_an_elbow_whose_wrist_is_out_of_the_picture_is_unknown() -> None:
    body = place_body(UPRIGHT)
    body.unseen[:, landmark_on("left", "wrist")] = Unseen.OUT_OF_FRAME
    [seen] = measure_body(body, "right", ["left_elbow_deg", "right_elbow_deg"])
    assert np.isnan(seen.values["left_elbow_deg"])
    assert seen.why["left_elbow_deg"] == Reason(ReasonCode.OUT_OF_FRAME, ("left_wrist",))
    assert seen.values["right_elbow_deg"] == pytest.approx(180)


@pytest.mark.parametrize(
    ("name", "points", "expected"),
    [
        ("trunk_side_bend_deg", FACING_US, 0),
        # toward the right of the picture is toward their left, which is the rear side
        ("trunk_side_bend_deg", lean(100), -45),
        ("trunk_side_bend_deg", lean(-100), 45),
        ("hip_line_tilt_deg", {"rear_hip": (15, 15), "front_hip": (-15, -15)}, 45),
        ("hip_line_tilt_deg", {"rear_hip": (15, -15), "front_hip": (-15, 15)}, -45),
    ],
)  # fmt: skip
def test_a_bend_to_the_side_is_away_from_the_rear_leg(
    name: str, points: Points, expected: float
) -> None:
    assert read(name, points, yaw_deg=90) == pytest.approx(expected)
    behind = {key: (-x, y) for key, (x, y) in points.items()}
    assert read(name, behind, yaw_deg=90) == pytest.approx(expected)


def test_the_stance_is_told_where_widths_show() -> None:
    points = {**FACING_US, "rear_ankle": (30, -180), "front_ankle": (-30, -180)}
    assert read("ankles_apart_shoulders", points, yaw_deg=60) == pytest.approx(1.5)
    assert np.isnan(read("ankles_apart_shoulders", points, yaw_deg=20))


@pytest.mark.parametrize(
    ("shoulder", "tilt_deg", "away_deg"),
    [
        ((0.0, -0.5, 0.0), 0, 0),
        ((0.5, -0.5, 0.0), 45, 0),
        ((0.0, -0.5, 0.5), 45, 45),
        ((0.0, -0.5, -0.5), 45, -45),
        ((0.0, 0.0, 0.5), 90, 90),
    ],
)
def test_a_lean_in_depth(
    shoulder: tuple[float, float, float], tilt_deg: float, away_deg: float
) -> None:
    body = place_body({}, {"shoulder": shoulder})
    seen = measure_body(body, "left", ["trunk_tilt_3d_deg", "trunk_away_3d_deg"])[0].values
    assert seen["trunk_tilt_3d_deg"] == pytest.approx(tilt_deg)
    assert seen["trunk_away_3d_deg"] == pytest.approx(away_deg)


@pytest.mark.parametrize(
    ("knee", "expected"),
    [
        ((0.4, 0.0, 0.0), 180),
        ((0.0, -0.4, 0.0), 90),
        ((-0.3, -0.3, 0.0), 45),
        # turned outward, towards the camera: a picture from the side would show 45
        ((-0.3, -0.3, -0.3), 54.74),
    ],
)
def test_a_hugged_thigh_in_depth(knee: tuple[float, float, float], expected: float) -> None:
    body = place_body({}, {"shoulder": (-0.5, 0.0, 0.0), "rear_knee": knee})
    seen = measure_body(body, "left", ["rear_trunk_thigh_3d_deg"])[0].values
    assert seen["rear_trunk_thigh_3d_deg"] == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(("left", "right"), [(90, -10), (-10, 90), (45, -55)])
def test_knees_apart_is_the_same_whichever_leg_the_model_calls_left(left: int, right: int) -> None:
    """A radian for each shank's length across, wherever the model puts the ankles."""
    shins = {"rear_ankle": (7, -150), "front_ankle": (7, -150)}
    knees = {"rear_knee": (left, 0), "front_knee": (right, 20)}
    apart = measure_body(place_body({**knees, **shins}), "left", ["knees_apart_deg"])[0].values
    shank = measure_body(place_body({**knees, **shins}), "left", ["high_knee_above_ankle_shank"])
    shank_px = 170 / shank[0].values["high_knee_above_ankle_shank"]
    assert apart["knees_apart_deg"] == pytest.approx(np.degrees(100 / shank_px))


def test_a_hanging_knee_counts_as_the_ankle_does() -> None:
    """142° and .12 leg are the same edge: whichever is reached last decides."""
    bent = {"rear_knee": (100, 0), "rear_ankle": (100 + 78.8, -61.57)}  # a knee of 142
    assert read("rear_hang_leg", bent) == pytest.approx(0.12, abs=0.001)
