"""The measures that rules judge: angles of trunk, arms and legs, and a few lengths.

``rear`` is the stretched leg and ``front`` the other one. Angles are those in the picture, except
where the 3D landmarks are named.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from formcheck.measure.angles import (
    compute_distance_px,
    compute_elevation_deg,
    compute_included_angle_deg,
    compute_tilt_deg,
)
from formcheck.measure.body import Body
from formcheck.measure.registry import measure
from formcheck.pose.landmarks import Landmark, Side, landmark_on
from formcheck.pose.track import Floats

STRAIGHT_ARM_DEG: Final = 140.0
"""An elbow as open as this reaches."""
FLAT_THIGH_DEG: Final = 20.0
STRAIGHT_KNEE_DEG: Final = 145.0
"""A leg lies flat if its thigh rises no more than the one and its knee opens at least the other."""
WIDTHS_FROM_YAW_DEG: Final = 35.0
"""Widths show from here on. A squat seen 8° off the side reads up to 24°."""
STANDING_THIGH_DEG: Final = -60.0
"""A thigh less steep than this does not bear weight on all fours: then nothing is a kick."""


# --- knees, thighs, hips ----------------------------------------------------------------------


@measure("front_knee_deg", "front_hip", "front_knee", "front_ankle")
def measure_front_knee(body: Body) -> Floats:
    """Included angle of the front knee."""
    return compute_included_angle_deg(body.front("hip"), body.front("knee"), body.front("ankle"))


@measure("rear_knee_deg", "rear_hip", "rear_knee", "rear_ankle")
def measure_rear_knee(body: Body) -> Floats:
    """Included angle of the rear knee."""
    return compute_included_angle_deg(body.rear("hip"), body.rear("knee"), body.rear("ankle"))


@measure("near_knee_deg", "near_hip", "near_knee", "near_ankle")
def measure_near_knee(body: Body) -> Floats:
    """Included angle of the nearer knee."""
    return compute_included_angle_deg(body.near("hip"), body.near("knee"), body.near("ankle"))


@measure("front_thigh_elevation_deg", "front_hip", "front_knee")
def measure_front_thigh_elevation(body: Body) -> Floats:
    """Front thigh above horizontal, + when the knee is higher."""
    return compute_elevation_deg(body.front("hip"), body.front("knee"))


@measure("rear_thigh_elevation_deg", "rear_hip", "rear_knee")
def measure_rear_thigh_elevation(body: Body) -> Floats:
    """Rear thigh above horizontal, + when the knee is higher."""
    return compute_elevation_deg(body.rear("hip"), body.rear("knee"))


@measure("rear_thigh_back_deg", "rear_hip", "rear_knee")
def measure_rear_thigh_back(body: Body) -> Floats:
    """Rear thigh from vertical, + when the knee is behind the hip."""
    return compute_tilt_deg(body.rear("knee"), body.rear("hip"), body.facing)


@measure("rear_hip_extension_deg", "rear_knee", "rear_hip", "near_shoulder")
def measure_rear_hip_extension(body: Body) -> Floats:
    """Rear thigh against the trunk, + extension."""
    return measure_rear_thigh_back(body) - measure_trunk_lean(body)


@measure("rear_trunk_thigh_deg", "near_shoulder", "rear_hip", "rear_knee")
def measure_rear_trunk_thigh(body: Body) -> Floats:
    """Included angle between trunk and rear thigh."""
    return compute_included_angle_deg(body.mid("shoulder"), body.rear("hip"), body.rear("knee"))


@measure("front_leg_off_flat_deg", "front_hip", "front_knee", "front_ankle")
def measure_front_leg_off_flat(body: Body) -> Floats:
    """How far the front leg is from lying flat: its thigh's elevation, or its knee's bend if worse.

    The bend is shifted so that the value passes ``FLAT_THIGH_DEG`` where the knee passes
    ``STRAIGHT_KNEE_DEG``.
    """
    bend = STRAIGHT_KNEE_DEG + FLAT_THIGH_DEG - measure_front_knee(body)
    return np.maximum(measure_front_thigh_elevation(body), bend)


# --- trunk and head ---------------------------------------------------------------------------


@measure("trunk_lean_deg", "near_hip", "near_shoulder")
def measure_trunk_lean(body: Body) -> Floats:
    """Trunk from vertical, + forward."""
    return compute_tilt_deg(body.mid("hip"), body.mid("shoulder"), body.facing)


@measure("trunk_inclination_deg", "near_hip", "near_shoulder")
def measure_trunk_inclination(body: Body) -> Floats:
    """Trunk above horizontal, + when the shoulders are higher than the hips."""
    return compute_elevation_deg(body.mid("hip"), body.mid("shoulder"))


@measure("trunk_off_upright_deg", "near_hip", "near_shoulder")
def measure_trunk_off_upright(body: Body) -> Floats:
    """Trunk from vertical, whichever way it leans."""
    return np.abs(measure_trunk_lean(body))


@measure("trunk_tilt_3d_deg", "near_hip", "near_shoulder")
def measure_trunk_tilt_3d(body: Body) -> Floats:
    """Trunk from vertical by the 3D landmarks, for a level camera: 0 upright, 90 lying."""
    d = _find_trunk_m(body)
    return np.degrees(np.arctan2(np.hypot(d[:, 0], d[:, 2]), -d[:, 1]))


@measure("trunk_away_3d_deg", "near_hip", "near_shoulder")
def measure_trunk_away_3d(body: Body) -> Floats:
    """Trunk from vertical by the 3D landmarks, + when the shoulders are farther than the hips."""
    d = _find_trunk_m(body)
    return np.degrees(np.arctan2(d[:, 2], -d[:, 1]))


def _find_trunk_m(body: Body) -> Floats:
    """(N, 3) metres from mid-hip to mid-shoulder."""
    low, high = (
        (body.xyz_m[:, landmark_on("left", name)] + body.xyz_m[:, landmark_on("right", name)]) / 2
        for name in ("hip", "shoulder")
    )
    return np.asarray(high - low)


@measure("trunk_side_bend_deg", "rear_hip", "rear_shoulder", "front_shoulder", "front_hip")
def measure_trunk_side_bend(body: Body) -> Floats:
    """From the front or from behind: the trunk from vertical, + away from the rear side."""
    away = sum((body.front(n) - body.rear(n) for n in ("shoulder", "hip")), np.zeros(2))[:, 0]
    return compute_tilt_deg(body.mid("hip"), body.mid("shoulder"), np.where(away > 0, 1.0, -1.0))


@measure("hip_line_tilt_deg", "rear_hip", "front_hip")
def measure_hip_line_tilt(body: Body) -> Floats:
    """From the front: the line through both hips from horizontal, + when the rear hip is higher."""
    return compute_elevation_deg(body.front("hip"), body.rear("hip"))


@measure("near_head_lift_deg", "near_shoulder", "near_ear")
def measure_head_lift(body: Body) -> Floats:
    """Lying: the neck above the trunk's own line, + when the head comes off the floor."""
    trunk, neck = body.mid("shoulder") - body.mid("hip"), body.near("ear") - body.mid("shoulder")
    angle = np.degrees(np.arctan2(-neck[:, 1], -neck[:, 0] * body.facing))
    return angle - np.degrees(np.arctan2(-trunk[:, 1], -trunk[:, 0] * body.facing))


@measure("near_ear_above_hip_trunk", "near_ear", "near_hip")
def measure_ear_above_hip(body: Body) -> Floats:
    """The nearer ear above mid-hip."""
    return (body.mid("hip") - body.near("ear"))[:, 1] / body.trunk_px


# --- arms -------------------------------------------------------------------------------------


@measure("near_shoulder_flexion_deg", "near_hip", "near_shoulder", "near_elbow")
def measure_near_shoulder_flexion(body: Body) -> Floats:
    """Nearer upper arm against the trunk: 0 hanging, 180 overhead."""
    return compute_included_angle_deg(body.near("hip"), body.near("shoulder"), body.near("elbow"))


@measure("rear_arm_raise_deg", "rear_hip", "rear_shoulder", "rear_elbow")
def measure_rear_arm_raise(body: Body) -> Floats:
    """Upper arm of the rear side against the trunk: 0 hanging, 180 overhead."""
    return compute_included_angle_deg(body.rear("hip"), body.rear("shoulder"), body.rear("elbow"))


@measure("near_elbow_deg", "near_shoulder", "near_elbow", "near_wrist")
def measure_near_elbow(body: Body) -> Floats:
    """Included angle of the nearer elbow."""
    return compute_included_angle_deg(body.near("shoulder"), body.near("elbow"), body.near("wrist"))


def _measure_elbow(body: Body, side: Side) -> Floats:
    arm = [body.xy_px[:, landmark_on(side, name)] for name in ("shoulder", "elbow", "wrist")]
    return compute_included_angle_deg(*arm)


@measure("left_elbow_deg", "left_shoulder", "left_elbow", "left_wrist")
def measure_left_elbow(body: Body) -> Floats:
    """Included angle of the person's left elbow."""
    return _measure_elbow(body, "left")


@measure("right_elbow_deg", "right_shoulder", "right_elbow", "right_wrist")
def measure_right_elbow(body: Body) -> Floats:
    """Included angle of the person's right elbow."""
    return _measure_elbow(body, "right")


@measure("near_arm_reach_deg", "near_shoulder", "near_elbow", "near_wrist", "near_ear")
def measure_near_arm_reach(body: Body) -> Floats:
    """How far the nearer arm reaches: its elbow's included angle, less if the wrist is not ahead.

    Where the wrist is beside or behind the head, the angle by which it is short of being ahead,
    seen from the ear, is taken off ``STRAIGHT_ARM_DEG``.
    """
    elbow = measure_near_elbow(body)
    d = body.near("wrist") - body.near("ear")
    ahead = np.degrees(np.arctan2(body.facing * d[:, 0], np.abs(d[:, 1])))
    return np.minimum(elbow, STRAIGHT_ARM_DEG + ahead)


@measure("near_arm_tilt_deg", "near_shoulder", "near_wrist")
def measure_near_arm_tilt(body: Body) -> Floats:
    """Nearer wrist to shoulder from vertical, + when the wrist is ahead of the shoulder."""
    return compute_tilt_deg(body.near("wrist"), body.near("shoulder"), -body.facing)


# --- squat and child's pose -------------------------------------------------------------------


@measure("hips_above_knees_leg", "near_hip", "near_knee")
def measure_hips_above_knees(body: Body) -> Floats:
    """Mid-hip above the middle of the knees."""
    return (body.mid("knee") - body.mid("hip"))[:, 1] / body.leg_px


@measure("near_heel_height_leg", "near_heel", "near_foot_index")
def measure_near_heel_height(body: Body) -> Floats:
    """The nearer heel above its toes: they stay where they are when it rises."""
    return (body.near("foot_index") - body.near("heel"))[:, 1] / body.leg_px


@measure("ankles_apart_shoulders", "rear_ankle", "front_ankle", "near_shoulder")
def measure_ankles_apart(body: Body) -> Floats:
    """Distance of the ankles in shoulder widths, both as they are seen now; NaN from the side."""
    ankles, shoulders = (
        compute_distance_px(body.rear(name), body.front(name)) for name in ("ankle", "shoulder")
    )
    return np.where(body.yaw_deg >= WIDTHS_FROM_YAW_DEG, ankles / shoulders, np.nan)


@measure("near_hip_ankle_thigh", "near_hip", "near_ankle")
def measure_near_hip_ankle(body: Body) -> Floats:
    """Distance from the nearer hip to its ankle."""
    return compute_distance_px(body.near("hip"), body.near("ankle")) / body.thigh_px


# --- movements --------------------------------------------------------------------------------


@measure("shanks_inward_deg", "rear_knee", "rear_ankle", "front_knee", "front_ankle", guess=True)
def measure_shanks_inward(body: Body) -> Floats:
    """Lying, by the 3D landmarks: both shanks' tilts toward the midline together, + inward.

    Each is taken against the line through the hips, so that a camera beside the feet's axis sees
    what one on it sees: in the picture the shank on its far side shows half of its tilt.
    """
    across = body.xyz_m[:, Landmark.LEFT_HIP] - body.xyz_m[:, Landmark.RIGHT_HIP]
    across = across * [1.0, 0.0, 1.0]
    across = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    outward = np.zeros(len(body))
    sides: tuple[tuple[Side, float], ...] = (("left", 1.0), ("right", -1.0))
    for side, sign in sides:
        ankle, knee = (body.xyz_m[:, landmark_on(side, name)] for name in ("ankle", "knee"))
        shank = knee - ankle
        outward += np.degrees(np.arctan2(sign * (shank * across).sum(axis=1), -shank[:, 1]))
    return -outward


@measure("kick_elevation_deg", "rear_hip", "rear_knee", "front_hip", "front_knee", guess=True)
def measure_kick_elevation(body: Body) -> Floats:
    """On all fours: the rear thigh above horizontal, while the other one stands.

    Known where the knees are covered too: side by side at rest, they are.
    """
    stands = measure_front_thigh_elevation(body) < STANDING_THIGH_DEG
    return np.where(stands, measure_rear_thigh_elevation(body), np.nan)


@measure("rear_thigh_above_trunk_line_deg", "near_shoulder", "rear_hip", "rear_knee")
def measure_rear_thigh_above_trunk_line(body: Body) -> Floats:
    """On all fours: the rear thigh against the trunk's line prolonged, + when the knee is above."""
    trunk, thigh = body.rear("hip") - body.rear("shoulder"), body.rear("knee") - body.rear("hip")
    back, up = -body.facing * trunk[:, 0], -trunk[:, 1]
    thigh_back, thigh_up = -body.facing * thigh[:, 0], -thigh[:, 1]
    return np.degrees(
        np.arctan2(back * thigh_up - up * thigh_back, back * thigh_back + up * thigh_up)
    )
