"""The measures that positions use: the view, heights and distances in the person's own lengths.

They take a covered joint where the model guesses it: good enough to tell a position. ``low`` and
``high``, ``smaller`` and ``larger`` pick one of both legs, so that no side is needed.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from formcheck.measure.angles import compute_distance_px
from formcheck.measure.body import Body
from formcheck.measure.form import (
    measure_front_knee,
    measure_rear_knee,
    measure_rear_trunk_thigh,
)
from formcheck.measure.registry import measure
from formcheck.pose.landmarks import Landmark, other_side
from formcheck.pose.track import Floats

HANG_LEG: Final = 0.12
"""An ankle as far below the hip hangs: on the floor beside the hip it cannot."""
HANG_KNEE_DEG: Final = 142.0
"""A knee less open than this hangs."""


def _height_px(low: Floats, high: Floats) -> Floats:
    return np.asarray(low[:, 1] - high[:, 1])


# --- the view and the whole body --------------------------------------------------------------


@measure("yaw_deg")
def _yaw(body: Body) -> Floats:
    """How far the view is from pure side-on: 0 side-on, 90 frontal."""
    return body.yaw_deg


@measure("hip_travel_trunk")
def _hip_travel(body: Body) -> Floats:
    """Diagonal of the box that mid-hip kept to over the last second."""
    return body.hip_travel


@measure("hip_above_floor_leg", "near_hip", "near_ankle", "near_heel", guess=True)
def _hip_above_floor(body: Body) -> Floats:
    """Mid-hip above the lowest ankle, heel or toe."""
    return (body.floor_y_px - body.mid("hip")[:, 1]) / body.leg_px


@measure("high_wrist_above_nose_trunk", "nose", guess=True)
def _high_wrist_above_nose(body: Body) -> Floats:
    """The higher wrist above the nose."""
    # Raised hands may leave the picture at the top: where the model puts them is enough here.
    high_y = np.minimum(body.rear("wrist")[:, 1], body.front("wrist")[:, 1])
    return (body.xy_px[:, Landmark.NOSE, 1] - high_y) / body.trunk_px


@measure("near_wrist_below_shoulder_trunk", "near_wrist", "near_shoulder", guess=True)
def _near_wrist_below_shoulder(body: Body) -> Floats:
    """The nearer wrist below its shoulder."""
    return _height_px(body.near("wrist"), body.near("shoulder")) / body.trunk_px


# --- the stretched leg and the other ----------------------------------------------------------


@measure("rear_knee_below_hip_thigh", "rear_hip", "rear_knee", guess=True)
def _rear_knee_below_hip(body: Body) -> Floats:
    """The rear knee below its hip."""
    return _height_px(body.rear("knee"), body.rear("hip")) / body.thigh_px


def _front_knee_below_hip(body: Body) -> Floats:
    return _height_px(body.front("knee"), body.front("hip")) / body.thigh_px


@measure(
    "rear_knee_further_below_hip_thigh",
    "rear_hip", "rear_knee", "front_hip", "front_knee",
    guess=True,
)  # fmt: skip
def _rear_knee_further_below_hip(body: Body) -> Floats:
    """How much farther than the front knee is below its own."""
    return _rear_knee_below_hip(body) - _front_knee_below_hip(body)


@measure("rear_knee_below_front_knee_thigh", "rear_knee", "front_knee", guess=True)
def _rear_knee_below_front_knee(body: Body) -> Floats:
    """The rear knee below the front one."""
    return _height_px(body.rear("knee"), body.front("knee")) / body.thigh_px


@measure("rear_knee_above_front_heel_shank", "rear_knee", "front_heel", guess=True)
def _rear_knee_above_front_heel(body: Body) -> Floats:
    """The rear knee above the front heel."""
    return _height_px(body.front("heel"), body.rear("knee")) / body.shank_px


@measure("rear_ankle_above_rear_knee_shank", "rear_knee", "rear_ankle", guess=True)
def _rear_ankle_above_rear_knee(body: Body) -> Floats:
    """The rear ankle above the rear knee."""
    return _height_px(body.rear("knee"), body.rear("ankle")) / body.shank_px


@measure("front_knee_above_front_ankle_shank", "front_knee", "front_ankle", guess=True)
def _front_knee_above_front_ankle(body: Body) -> Floats:
    """The front knee above its ankle."""
    return _height_px(body.front("ankle"), body.front("knee")) / body.shank_px


@measure("rear_ankle_behind_front_ankle_leg", "rear_ankle", "front_ankle", guess=True)
def _rear_ankle_behind_front_ankle(body: Body) -> Floats:
    """The rear ankle behind the front one."""
    ahead_px = body.facing * (body.front("ankle") - body.rear("ankle"))[:, 0]
    return np.asarray(ahead_px / body.leg_px)


@measure("rear_ankle_nearer_middle_leg", "rear_ankle", "front_ankle", guess=True)
def _rear_ankle_nearer_middle(body: Body) -> Floats:
    """How much nearer the rear ankle is to the middle of the hips."""
    middle = body.mid("hip")[:, 0]
    off = [np.abs(foot[:, 0] - middle) for foot in (body.front("ankle"), body.rear("ankle"))]
    return np.asarray((off[0] - off[1]) / body.leg_px)


@measure("rear_knee_guessed_deg", "rear_hip", "rear_knee", "rear_ankle", guess=True)
def _rear_knee_guessed(body: Body) -> Floats:
    """Included angle of the rear knee, even where it is covered."""
    return measure_rear_knee(body)


@measure("front_knee_guessed_deg", "front_hip", "front_knee", "front_ankle", guess=True)
def _front_knee_guessed(body: Body) -> Floats:
    """Included angle of the front knee, even where it is covered."""
    return measure_front_knee(body)


@measure("rear_trunk_thigh_guessed_deg", "near_shoulder", "rear_hip", "rear_knee", guess=True)
def _rear_trunk_thigh_guessed(body: Body) -> Floats:
    """Between trunk and rear thigh, even where the knee is covered."""
    return measure_rear_trunk_thigh(body)


@measure("front_trunk_thigh_guessed_deg", "near_shoulder", "front_hip", "front_knee", guess=True)
def _front_trunk_thigh_guessed(body: Body) -> Floats:
    """Between trunk and front thigh, even where the knee is covered."""
    return measure_rear_trunk_thigh(body.with_side(other_side(body.side)))


@measure("other_hip_less_rear_hip_deg", "rear_knee", "rear_hip", "front_knee", guess=True)
def _other_hip_less_rear_hip(body: Body) -> Floats:
    """How much more open the front hip is than the rear one, + when the rear thigh is hugged."""
    return _front_trunk_thigh_guessed(body) - measure_rear_trunk_thigh(body)


@measure("rear_hang_leg", "rear_hip", "rear_knee", "rear_ankle", guess=True)
def _rear_hang(body: Body) -> Floats:
    """Lying: how far the rear ankle hangs below the hip, but no more than its knee's bend allows.

    The bend counts so that the value passes ``HANG_LEG`` where the knee passes ``HANG_KNEE_DEG``:
    a straight leg on a sloping floor does not hang.
    """
    below = _height_px(body.rear("ankle"), body.rear("hip")) / body.leg_px
    bent = (180 - measure_rear_knee(body)) / (180 - HANG_KNEE_DEG) * HANG_LEG
    return np.minimum(below, bent)


@measure("front_hang_leg", "front_hip", "front_knee", "front_ankle", guess=True)
def _front_hang(body: Body) -> Floats:
    """The same as rear_hang_leg, of the front leg."""
    return _rear_hang(body.with_side(other_side(body.side)))


# --- one of both legs -------------------------------------------------------------------------


@measure("low_knee_above_floor_shank", "rear_knee", "front_knee", guess=True)
def _low_knee_above_floor(body: Body) -> Floats:
    """The lower knee above the lowest ankle, heel or toe."""
    low_y = np.maximum(body.rear("knee")[:, 1], body.front("knee")[:, 1])
    return (body.floor_y_px - low_y) / body.shank_px


@measure("low_knee_below_hip_thigh", "rear_hip", "rear_knee", "front_hip", "front_knee", guess=True)
def _low_knee_below_hip(body: Body) -> Floats:
    """Of the knee that is farther below its hip."""
    return np.maximum(_rear_knee_below_hip(body), _front_knee_below_hip(body))


@measure(
    "high_knee_below_hip_thigh", "rear_hip", "rear_knee", "front_hip", "front_knee", guess=True
)
def _high_knee_below_hip(body: Body) -> Floats:
    """Of the knee that is less far below its hip."""
    return np.minimum(_rear_knee_below_hip(body), _front_knee_below_hip(body))


@measure(
    "low_knee_above_ankle_shank", "rear_knee", "rear_ankle", "front_knee", "front_ankle", guess=True
)
def _low_knee_above_ankle(body: Body) -> Floats:
    """Of the knee that is less far above its ankle."""
    return np.minimum(-_rear_ankle_above_rear_knee(body), _front_knee_above_front_ankle(body))


@measure(
    "high_knee_above_ankle_shank",
    "rear_knee", "rear_ankle", "front_knee", "front_ankle",
    guess=True,
)  # fmt: skip
def _high_knee_above_ankle(body: Body) -> Floats:
    """Of the knee that is farther above its ankle."""
    return np.maximum(-_rear_ankle_above_rear_knee(body), _front_knee_above_front_ankle(body))


@measure(
    "low_ankle_above_low_knee_shank",
    "rear_knee", "rear_ankle", "front_knee", "front_ankle",
    guess=True,
)  # fmt: skip
def _low_ankle_above_low_knee(body: Body) -> Floats:
    """The lower ankle above the lower knee, which need not be of one leg."""
    ankle_y, knee_y = (
        np.maximum(body.rear(name)[:, 1], body.front(name)[:, 1]) for name in ("ankle", "knee")
    )
    return (knee_y - ankle_y) / body.shank_px


@measure("smaller_knee_deg", "rear_knee", "rear_ankle", "front_knee", "front_ankle", guess=True)
def _smaller_knee(body: Body) -> Floats:
    """The more bent of the knees."""
    return np.minimum(measure_rear_knee(body), measure_front_knee(body))


@measure("larger_knee_deg", "rear_knee", "rear_ankle", "front_knee", "front_ankle", guess=True)
def _larger_knee(body: Body) -> Floats:
    """The straighter of the knees."""
    return np.maximum(measure_rear_knee(body), measure_front_knee(body))


def _hip_ankles(body: Body) -> tuple[Floats, Floats]:
    rear, front = (
        compute_distance_px(leg("hip"), leg("ankle")) / body.thigh_px
        for leg in (body.rear, body.front)
    )
    return rear, front


@measure("larger_hip_ankle_thigh", "rear_hip", "rear_ankle", "front_hip", "front_ankle", guess=True)
def _larger_hip_ankle(body: Body) -> Floats:
    """The larger of the distances from hip to ankle."""
    return np.maximum(*_hip_ankles(body))


@measure(
    "smaller_hip_ankle_thigh", "rear_hip", "rear_ankle", "front_hip", "front_ankle", guess=True
)
def _smaller_hip_ankle(body: Body) -> Floats:
    """The smaller of the distances from hip to ankle."""
    return np.minimum(*_hip_ankles(body))


@measure("ankles_apart_leg", "rear_ankle", "front_ankle", guess=True)
def _ankles_apart(body: Body) -> Floats:
    """Distance of the ankles from each other."""
    return compute_distance_px(body.rear("ankle"), body.front("ankle")) / body.leg_px
