"""The measures: what rules judge, and below them what positions are told by.

``rear`` is the stretched leg and ``front`` the other one; ``low`` and ``high``, ``smaller`` and
``larger`` pick one of both legs, so that no side is needed. Angles are those in the picture, except
where the 3D landmarks are named. Positions take a covered joint where the model guesses it: good
enough to tell a position, not to judge form.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np

from formcheck.measure.angles import (
    compute_distance_px,
    compute_elevation_deg,
    compute_included_angle_deg,
    compute_tilt_deg,
)
from formcheck.measure.body import Body
from formcheck.measure.registry import Compute, add_measure, measure
from formcheck.pose.landmarks import landmark_on, other_side
from formcheck.pose.track import Floats

STRAIGHT_ARM_DEG: Final = 140.0
"""An elbow as open as this reaches."""
FLAT_THIGH_DEG: Final = 20.0
STRAIGHT_KNEE_DEG: Final = 145.0
"""A leg lies flat if its thigh rises no more than the one and its knee opens at least the other."""
WIDTHS_FROM_YAW_DEG: Final = 35.0
"""Widths show from here on. A squat seen 8° off the side reads up to 24°."""
STANDING_THIGH_DEG: Final = -50.0
"""A thigh less steep than this does not bear weight on all fours: then nothing is a kick. Behind a
low kick of the near leg it read -57° at worst, elsewhere -79° or steeper; from -55 to -40 no other
movement of two draws of rendered clips and the real ones shows a kick."""
HANG_LEG: Final = 0.12
"""An ankle as far below the hip hangs: on the floor beside the hip it cannot."""
HANG_KNEE_DEG: Final = 142.0
"""A knee less open than this hangs."""


# --- angles between joints ----------------------------------------------------------------------


def _angle(points: str, body: Body) -> Floats:
    return compute_included_angle_deg(*map(body.joint, points.split()))


def _rise(points: str, body: Body) -> Floats:
    return compute_elevation_deg(*map(body.joint, points.split()))


def _distance_px(points: str, body: Body) -> Floats:
    return compute_distance_px(*map(body.joint, points.split()))


def _tilt(points: str, body: Body) -> Floats:
    low, high = map(body.joint, points.split())
    return compute_tilt_deg(low, high, body.facing)


def _knee(which: str, body: Body) -> Floats:
    return _angle(f"{which}_hip {which}_knee {which}_ankle", body)


def _trunk_thigh(which: str, body: Body) -> Floats:
    # Between two directions, not at the hip: that lies off the trunk's line by half the pelvis.
    trunk = body.joint("mid_shoulder") - body.joint("mid_hip")
    thigh = body.joint(f"{which}_knee") - body.joint(f"{which}_hip")
    return compute_included_angle_deg(trunk, np.zeros_like(trunk), thigh)


def _hip_ankle(which: str, body: Body) -> Floats:
    return _distance_px(f"{which}_hip {which}_ankle", body) / body.thigh_px


for _name, _points, _says in (
    ("front_knee_deg", "front_hip front_knee front_ankle", "Included angle of the front knee."),
    ("rear_knee_deg", "rear_hip rear_knee rear_ankle", "Included angle of the rear knee."),
    ("near_knee_deg", "near_hip near_knee near_ankle", "Included angle of the nearer knee."),
    ("near_shoulder_flexion_deg", "near_hip near_shoulder near_elbow",
     "Nearer upper arm against the trunk: 0 hanging, 180 overhead."),
    ("rear_arm_raise_deg", "rear_hip rear_shoulder rear_elbow",
     "Upper arm of the rear side against the trunk: 0 hanging, 180 overhead."),
    ("near_elbow_deg", "near_shoulder near_elbow near_wrist",
     "Included angle of the nearer elbow."),
    ("left_elbow_deg", "left_shoulder left_elbow left_wrist",
     "Included angle of the person's left elbow."),
    ("right_elbow_deg", "right_shoulder right_elbow right_wrist",
     "Included angle of the person's right elbow."),
):  # fmt: skip
    add_measure(_name, _points, _says, partial(_angle, _points))

for _name, _joints, _points, _says in (
    ("front_thigh_elevation_deg", "front_hip front_knee", "front_hip front_knee",
     "Front thigh above horizontal, + when the knee is higher."),
    ("rear_thigh_elevation_deg", "rear_hip rear_knee", "rear_hip rear_knee",
     "Rear thigh above horizontal, + when the knee is higher."),
    ("trunk_inclination_deg", "near_hip near_shoulder", "mid_hip mid_shoulder",
     "Trunk above horizontal, + when the shoulders are higher than the hips."),
    ("hip_line_tilt_deg", "rear_hip front_hip", "front_hip rear_hip",
     "From the front: the line through both hips from horizontal, + when the rear hip is higher."),
):  # fmt: skip
    add_measure(_name, _joints, _says, partial(_rise, _points))


# --- trunk, thighs and head ---------------------------------------------------------------------


@measure("front_leg_off_flat_deg", "front_hip", "front_knee", "front_ankle")
def measure_front_leg_off_flat(body: Body) -> Floats:
    """How far the front leg is from lying flat: its thigh's elevation, or its knee's bend if worse.

    The bend is shifted so that the value passes ``FLAT_THIGH_DEG`` where the knee passes
    ``STRAIGHT_KNEE_DEG``.
    """
    bend = STRAIGHT_KNEE_DEG + FLAT_THIGH_DEG - _knee("front", body)
    return np.maximum(_rise("front_hip front_knee", body), bend)


_lean = partial(_tilt, "mid_hip mid_shoulder")
_thigh_back = partial(_tilt, "rear_knee rear_hip")


def _find_trunk_m(body: Body) -> Floats:
    """(N, 3) metres from mid-hip to mid-shoulder."""
    low, high = (
        (body.xyz_m[:, landmark_on("left", name)] + body.xyz_m[:, landmark_on("right", name)]) / 2
        for name in ("hip", "shoulder")
    )
    return np.asarray(high - low)


def _trunk_tilt_3d(body: Body) -> Floats:
    d = _find_trunk_m(body)
    return np.degrees(np.arctan2(np.hypot(d[:, 0], d[:, 2]), -d[:, 1]))


def _trunk_away_3d(body: Body) -> Floats:
    d = _find_trunk_m(body)
    return np.degrees(np.arctan2(d[:, 2], -d[:, 1]))


def _trunk_thigh_3d(body: Body) -> Floats:
    hip, knee = (body.xyz_m[:, landmark_on(body.side, name)] for name in ("hip", "knee"))
    trunk, thigh = _find_trunk_m(body), knee - hip
    across = np.linalg.norm(np.cross(trunk, thigh), axis=-1)
    return np.asarray(np.degrees(np.arctan2(across, (trunk * thigh).sum(axis=-1))))


_TRUNK: Final = "near_hip near_shoulder"

_PLAIN: Final[tuple[tuple[str, str, Compute, str], ...]] = (
    ("yaw_deg", "", lambda body: body.yaw_deg,
     "How far the view is from pure side-on: 0 side-on, 90 frontal."),
    ("hip_travel_trunk", "", lambda body: body.hip_travel,
     "Diagonal of the box that mid-hip kept to over the last second."),
    ("rear_thigh_back_deg", "rear_hip rear_knee", _thigh_back,
     "Rear thigh from vertical, + when the knee is behind the hip."),
    ("rear_hip_extension_deg", "rear_knee rear_hip near_shoulder",
     lambda body: _thigh_back(body) - _lean(body), "Rear thigh against the trunk, + extension."),
    ("trunk_lean_deg", _TRUNK, _lean, "Trunk from vertical, + forward."),
    ("trunk_off_upright_deg", _TRUNK, lambda body: np.abs(_lean(body)),
     "Trunk from vertical, whichever way it leans."),
    ("trunk_tilt_3d_deg", _TRUNK, _trunk_tilt_3d,
     "Trunk from vertical by the 3D landmarks, for a level camera: 0 upright, 90 lying."),
    ("trunk_away_3d_deg", _TRUNK, _trunk_away_3d,
     "Trunk from vertical by the 3D landmarks, + when the shoulders are farther than the hips."),
    ("rear_trunk_thigh_3d_deg", "near_shoulder rear_hip rear_knee", _trunk_thigh_3d,
     "Included angle between trunk and rear thigh by the 3D landmarks."),
    ("near_arm_tilt_deg", "near_shoulder near_wrist",
     lambda body: -_tilt("near_wrist near_shoulder", body),
     "Nearer wrist to shoulder from vertical, + when the wrist is ahead of the shoulder."),
    ("near_hip_ankle_thigh", "near_hip near_ankle", partial(_hip_ankle, "near"),
     "Distance from the nearer hip to its ankle."),
)  # fmt: skip
for _name, _joints, _compute, _says in _PLAIN:
    add_measure(_name, _joints, _says, _compute)


@measure("trunk_side_bend_deg", "rear_hip", "rear_shoulder", "front_shoulder", "front_hip")
def measure_trunk_side_bend(body: Body) -> Floats:
    """From the front or from behind: the trunk from vertical, + away from the rear side."""
    shoulders, hips = (
        body.joint(f"front_{name}") - body.joint(f"rear_{name}") for name in ("shoulder", "hip")
    )
    to_rear = np.where((shoulders + hips)[:, 0] > 0, 1.0, -1.0)
    return compute_tilt_deg(body.joint("mid_hip"), body.joint("mid_shoulder"), to_rear)


@measure("near_head_lift_deg", "near_shoulder", "near_ear")
def measure_head_lift(body: Body) -> Floats:
    """Lying: the neck above the trunk's own line, + when the head comes off the floor."""
    hip, shoulder, ear = map(body.joint, ("mid_hip", "mid_shoulder", "near_ear"))
    trunk, neck = shoulder - hip, ear - shoulder
    angle = np.degrees(np.arctan2(-neck[:, 1], -neck[:, 0] * body.facing))
    return angle - np.degrees(np.arctan2(-trunk[:, 1], -trunk[:, 0] * body.facing))


@measure("near_arm_reach_deg", "near_shoulder", "near_elbow", "near_wrist", "near_ear")
def measure_near_arm_reach(body: Body) -> Floats:
    """How far the nearer arm reaches: its elbow's included angle, less if the wrist is not ahead.

    Where the wrist is beside or behind the head, the angle by which it is short of being ahead,
    seen from the ear, is taken off ``STRAIGHT_ARM_DEG``.
    """
    elbow = _angle("near_shoulder near_elbow near_wrist", body)
    d = body.joint("near_wrist") - body.joint("near_ear")
    ahead = np.degrees(np.arctan2(body.facing * d[:, 0], np.abs(d[:, 1])))
    return np.minimum(elbow, STRAIGHT_ARM_DEG + ahead)


@measure("ankles_apart_shoulders", "rear_ankle", "front_ankle", "near_shoulder")
def measure_ankles_apart(body: Body) -> Floats:
    """Distance of the ankles in shoulder widths, both as they are seen now; NaN from the side."""
    ankles = _distance_px("rear_ankle front_ankle", body)
    shoulders = _distance_px("rear_shoulder front_shoulder", body)
    return np.where(body.yaw_deg >= WIDTHS_FROM_YAW_DEG, ankles / shoulders, np.nan)


# --- movements --------------------------------------------------------------------------------


@measure("knees_apart_deg", "rear_knee", "front_knee", guess=True)
def measure_knees_apart(body: Body) -> Floats:
    """Lying, seen from the feet: how far apart the knees are across the picture, as an angle.

    It is what both shanks tilt by together, were each upright where its knee meets the other: an
    arc of one shank's length. The feet stay where they are, so that the ankles are not asked: where
    one leg covers the other the model puts them anywhere, often both on one leg.
    """
    knees = body.joint("rear_knee") - body.joint("front_knee")
    return np.asarray(np.degrees(np.abs(knees[:, 0]) / body.shank_px))


@measure("kick_elevation_deg", "rear_hip", "rear_knee", "front_hip", "front_knee", guess=True)
def measure_kick_elevation(body: Body) -> Floats:
    """On all fours: the rear thigh above horizontal, while the other one stands.

    Known where the knees are covered too: side by side at rest, they are.
    """
    stands = _rise("front_hip front_knee", body) < STANDING_THIGH_DEG
    return np.where(stands, _rise("rear_hip rear_knee", body), np.nan)


@measure("rear_thigh_above_trunk_line_deg", "near_shoulder", "rear_hip", "rear_knee")
def measure_rear_thigh_above_trunk_line(body: Body) -> Floats:
    """On all fours: the rear thigh against the trunk's line prolonged, + when the knee is above."""
    shoulder, hip, knee = map(body.joint, ("rear_shoulder", "rear_hip", "rear_knee"))
    trunk, thigh = hip - shoulder, knee - hip
    back, up = -body.facing * trunk[:, 0], -trunk[:, 1]
    thigh_back, thigh_up = -body.facing * thigh[:, 0], -thigh[:, 1]
    return np.degrees(
        np.arctan2(back * thigh_up - up * thigh_back, back * thigh_back + up * thigh_up)
    )


# --- heights and distances in the person's own lengths ------------------------------------------


def _height(low: str, high: str, length: str, body: Body) -> Floats:
    """How far one joint is above another."""
    height_px = body.joint(low)[:, 1] - body.joint(high)[:, 1]
    return np.asarray(height_px / getattr(body, f"{length}_px"))


_LEGS: Final = "rear_hip rear_knee front_hip front_knee"
_SHANKS: Final = "rear_knee rear_ankle front_knee front_ankle"
_HIPS_ANKLES: Final = "rear_hip rear_ankle front_hip front_ankle"

for _name, _joints, _low, _high, _guess, _says in (
    ("near_ear_above_hip_trunk", "near_ear near_hip", "mid_hip", "near_ear", False,
     "The nearer ear above mid-hip."),
    ("hips_above_knees_leg", "near_hip near_knee", "mid_knee", "mid_hip", False,
     "Mid-hip above the middle of the knees."),
    ("near_wrist_below_shoulder_trunk", "near_wrist near_shoulder", "near_wrist", "near_shoulder",
     True, "The nearer wrist below its shoulder."),
    ("rear_knee_below_hip_thigh", "rear_hip rear_knee", "rear_knee", "rear_hip", True,
     "The rear knee below its hip."),
    ("rear_knee_below_front_knee_thigh", "rear_knee front_knee", "rear_knee", "front_knee", True,
     "The rear knee below the front one."),
    ("rear_knee_above_front_heel_shank", "rear_knee front_heel", "front_heel", "rear_knee", True,
     "The rear knee above the front heel."),
    ("rear_ankle_above_rear_knee_shank", "rear_knee rear_ankle", "rear_knee", "rear_ankle", True,
     "The rear ankle above the rear knee."),
    ("front_knee_above_front_ankle_shank", "front_knee front_ankle", "front_ankle", "front_knee",
     True, "The front knee above its ankle."),
    ("front_ankle_above_rear_ankle_shank", "front_ankle rear_ankle", "rear_ankle", "front_ankle",
     True, "The front ankle above the rear one."),
):  # fmt: skip
    _length = _name.rsplit("_", 1)[1]
    add_measure(_name, _joints, _says, partial(_height, _low, _high, _length), guess=_guess)


@measure("near_ankle_height_leg", "near_ankle")
def measure_near_ankle_height(body: Body) -> Floats:
    """How high the nearer ankle is in the picture: what counts is its change, as a heel rises.

    Not above the toes, which the model lifts with it: of a true rise of .09 to .10 leg the heel
    against the toes shows .01 to .06, the ankle in the picture .04 to .10.
    """
    return np.asarray(-body.joint("near_ankle")[:, 1] / body.leg_px)


def _knee_below_hip(which: str, body: Body) -> Floats:
    return _height(f"{which}_knee", f"{which}_hip", "thigh", body)


def _knee_above_ankle(which: str, body: Body) -> Floats:
    return _height(f"{which}_ankle", f"{which}_knee", "shank", body)


def _lower_y_px(joint: str, body: Body) -> Floats:
    """(N,) y of the lower one of a pair."""
    return np.maximum(body.joint(f"rear_{joint}")[:, 1], body.joint(f"front_{joint}")[:, 1])


@measure("hip_above_floor_leg", "near_hip", "near_ankle", "near_heel", guess=True)
def _hip_above_floor(body: Body) -> Floats:
    """Mid-hip above the lowest ankle, heel or toe."""
    return (body.floor_y_px - body.joint("mid_hip")[:, 1]) / body.leg_px


@measure("high_wrist_above_nose_trunk", "nose", guess=True)
def _high_wrist_above_nose(body: Body) -> Floats:
    """The higher wrist above the nose."""
    # Raised hands may leave the picture at the top: where the model puts them is enough here.
    high_y = np.minimum(body.joint("rear_wrist")[:, 1], body.joint("front_wrist")[:, 1])
    return (body.joint("nose")[:, 1] - high_y) / body.trunk_px


@measure("rear_ankle_behind_front_ankle_leg", "rear_ankle", "front_ankle", guess=True)
def _rear_ankle_behind_front_ankle(body: Body) -> Floats:
    """The rear ankle behind the front one."""
    ahead_px = body.facing * (body.joint("front_ankle") - body.joint("rear_ankle"))[:, 0]
    return np.asarray(ahead_px / body.leg_px)


@measure("rear_ankle_nearer_middle_leg", "rear_ankle", "front_ankle", guess=True)
def _rear_ankle_nearer_middle(body: Body) -> Floats:
    """How much nearer the rear ankle is to the middle of the hips."""
    middle = body.joint("mid_hip")[:, 0]
    front, rear = (np.abs(body.joint(f"{w}_ankle")[:, 0] - middle) for w in ("front", "rear"))
    return np.asarray((front - rear) / body.leg_px)


def _hang(body: Body) -> Floats:
    """How far the rear ankle hangs below the hip, but no more than its knee's bend allows.

    The bend counts so that the value passes ``HANG_LEG`` where the knee passes ``HANG_KNEE_DEG``:
    a straight leg on a sloping floor does not hang.
    """
    below = _height("rear_ankle", "rear_hip", "leg", body)
    return np.minimum(below, (180 - _knee("rear", body)) / (180 - HANG_KNEE_DEG) * HANG_LEG)


def _either(pick: np.ufunc, of: Callable[[str, Body], Floats], body: Body) -> Floats:
    return np.asarray(pick(of("rear", body), of("front", body)))


for _name, _joints, _pick, _of, _says in (
    ("low_knee_below_hip_thigh", _LEGS, np.maximum, _knee_below_hip,
     "A knee below its hip, of the leg where that is more."),
    ("high_knee_below_hip_thigh", _LEGS, np.minimum, _knee_below_hip,
     "A knee below its hip, of the leg where that is less."),
    ("low_knee_above_ankle_shank", _SHANKS, np.minimum, _knee_above_ankle,
     "A knee above its ankle, of the leg where that is less."),
    ("high_knee_above_ankle_shank", _SHANKS, np.maximum, _knee_above_ankle,
     "A knee above its ankle, of the leg where that is more."),
    ("smaller_knee_deg", _SHANKS, np.minimum, _knee, "The more bent of the knees."),
    ("larger_knee_deg", _SHANKS, np.maximum, _knee, "The straighter of the knees."),
    ("larger_trunk_thigh_guessed_deg", "near_shoulder rear_hip rear_knee front_knee", np.maximum,
     _trunk_thigh, "Between trunk and thigh, of the leg that is drawn up less."),
    ("larger_hip_ankle_thigh", _HIPS_ANKLES, np.maximum, _hip_ankle,
     "The larger of the distances from hip to ankle."),
    ("smaller_hip_ankle_thigh", _HIPS_ANKLES, np.minimum, _hip_ankle,
     "The smaller of the distances from hip to ankle."),
):  # fmt: skip
    add_measure(_name, _joints, _says, partial(_either, _pick, _of), guess=True)

_OTHERS: Final[tuple[tuple[str, str, Compute, str], ...]] = (
    ("rear_knee_guessed_deg", "rear_hip rear_knee rear_ankle", partial(_knee, "rear"),
     "Included angle of the rear knee, even where it is covered."),
    ("front_knee_guessed_deg", "front_hip front_knee front_ankle", partial(_knee, "front"),
     "Included angle of the front knee, even where it is covered."),
    ("rear_trunk_thigh_guessed_deg", "near_shoulder rear_hip rear_knee",
     partial(_trunk_thigh, "rear"),
     "Between trunk and rear thigh, even where the knee is covered."),
    ("front_trunk_thigh_guessed_deg", "near_shoulder front_hip front_knee",
     partial(_trunk_thigh, "front"),
     "Between trunk and front thigh, even where the knee is covered."),
    ("other_hip_less_rear_hip_deg", "rear_knee rear_hip front_knee",
     lambda body: _trunk_thigh("front", body) - _trunk_thigh("rear", body),
     "How much more open the front hip is than the rear one, + when the rear thigh is hugged."),
    ("rear_hang_leg", "rear_hip rear_knee rear_ankle", _hang,
     "Lying: how far the rear ankle hangs below the hip, but no more than its knee's bend allows."),
    ("front_hang_leg", "front_hip front_knee front_ankle",
     lambda body: _hang(body.with_side(other_side(body.side))),
     "The same as rear_hang_leg, of the front leg."),
    ("rear_knee_further_below_hip_thigh", _LEGS,
     lambda body: _knee_below_hip("rear", body) - _knee_below_hip("front", body),
     "How much farther below its hip the rear knee is than the front one below its own."),
    ("low_knee_above_floor_shank", "rear_knee front_knee",
     lambda body: (body.floor_y_px - _lower_y_px("knee", body)) / body.shank_px,
     "The lower knee above the lowest ankle, heel or toe."),
    ("low_ankle_above_low_knee_shank", _SHANKS,
     lambda body: (_lower_y_px("knee", body) - _lower_y_px("ankle", body)) / body.shank_px,
     "The lower ankle above the lower knee, which need not be of one leg."),
    ("wrists_apart_trunk", "rear_wrist front_wrist",
     lambda body: _distance_px("rear_wrist front_wrist", body) / body.trunk_px,
     "Distance of the wrists from each other."),
    ("ankles_apart_leg", "rear_ankle front_ankle",
     lambda body: _distance_px("rear_ankle front_ankle", body) / body.leg_px,
     "Distance of the ankles from each other."),
)  # fmt: skip
for _name, _joints, _compute, _says in _OTHERS:
    add_measure(_name, _joints, _says, _compute, guess=True)
