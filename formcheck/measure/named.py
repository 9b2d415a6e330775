"""The measures that exercises name, and the measurements of a frame.

A measure is one function from a Body to (N,) numbers, registered under a name that ends in its
unit: ``_deg``, or the body length it is a share of (``_trunk _thigh _shank _leg``). It is NaN where
a joint it needs is not seen, and the reason is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from formcheck.measure.angles import (
    compute_elevation_deg,
    compute_included_angle_deg,
    compute_tilt_deg,
)
from formcheck.measure.body import Body
from formcheck.measure.pelvis import Back, BackUnseen, view_backs
from formcheck.measure.view import UNSEEN_TEXT, Unseen
from formcheck.pose.landmarks import Landmark, Side, landmark_on, other_side
from formcheck.pose.pose import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """One registered measure."""

    name: str
    """Ends in its unit."""
    joints: tuple[str, ...]
    """Joints it needs, as ``rear_knee``, ``front_hip``, ``near_elbow``, or ``nose``."""
    guess: bool
    """True: a joint that is covered but inside the picture is taken where the model guesses it.
    Good enough to tell a position (hidden knees are off by .04 thigh), not to judge form."""
    compute: Callable[[Body], Floats]
    """Body to (N,)."""

    @property
    def unit(self) -> str:
        """``deg``, or the length it is a share of."""
        return self.name.rsplit("_", 1)[1]


MEASURES: Final[dict[str, Measure]] = {}
"""Every measure by its name."""

PELVIC_TILT: Final = "pelvic_tilt_change_deg"
FROM_NEUTRAL: Final = frozenset({PELVIC_TILT})
"""Measures that mean nothing without the person's own neutral: the coach works them out from
``Measurements.back`` once it knows that."""


FROM_START: Final[Mapping[str, str]] = {
    "trunk_inclination_change_deg": "trunk_inclination_deg",
    "near_heel_rise_leg": "near_heel_height_leg",
    "knee_drop_deg": "shanks_inward_deg",
}
"""Measures that are the change of another since the position was entered: worked out by the coach,
against the median of the first second in position."""
NOT_YET: Final = "it is known only once the position has been kept"
OF_REP: Final = frozenset({"rep_s"})
"""What is known of a repetition only once it is over: how long it took."""


def measure(
    name: str, *joints: str, guess: bool = False
) -> Callable[[Callable[[Body], Floats]], Callable[[Body], Floats]]:
    """Register a function from Body to (N,) under a name."""

    def register(compute: Callable[[Body], Floats]) -> Callable[[Body], Floats]:
        if name in MEASURES:
            raise ValueError(f"measure {name} is registered twice")
        MEASURES[name] = Measure(name, joints, guess, compute)
        return compute

    return register


@dataclass(frozen=True, slots=True, eq=False)
class Measurements:
    """What was measured in one frame, with one leg taken as the stretched one."""

    time_s: float
    """Presentation time of the frame."""
    values: Mapping[str, float]
    """Measure name to value in the unit its name ends in; NaN = not seen."""
    why: Mapping[str, str]
    """Measure name to the reason, for each that is NaN."""
    found: bool
    """False when nobody was in the frame."""
    back: Back | None = None
    """The back's outline, where a measure from neutral was asked for."""

    def with_value(self, name: str, value: float, why: str | None) -> Measurements:
        """The same with one more measure; ``why`` says why it is NaN."""
        reasons = {key: text for key, text in self.why.items() if key != name}
        if why is not None:
            reasons[name] = why
        return replace(self, values={**self.values, name: value}, why=reasons)


def measure_body(
    body: Body, side: Side, names: Iterable[str], backs: list[Back] | None = None
) -> list[Measurements]:
    """Measure every frame of a Body with one leg taken as the stretched one.

    Args:
        body: N frames.
        side: the leg to take as stretched.
        names: any of ``MEASURE_NAMES``; what only the coach can work out is NaN.
        backs: what ``view_backs`` gives for the body, where it is known already.

    Returns:
        N Measurements, in order.

    Raises:
        KeyError: a name is not registered.
    """
    body = body.with_side(side)
    n = len(body)
    values: dict[str, list[float]] = {}
    why: list[dict[str, str]] = [{} for _ in range(n)]
    for name in dict.fromkeys(names):
        if name in FROM_START or name in OF_REP:
            values[name] = [np.nan] * n
            for reasons in why:
                reasons[name] = NOT_YET
            continue
        if name in FROM_NEUTRAL:
            backs = backs or view_backs(body)
            values[name] = [np.nan] * n
            for reasons, back in zip(why, backs, strict=True):
                reasons[name] = back.why or BackUnseen.NO_NEUTRAL
            continue
        numbers = np.array(MEASURES[name].compute(body), dtype=np.float64)
        for joint in reversed(MEASURES[name].joints):
            codes = _unseen_codes(body, joint)
            if MEASURES[name].guess:
                codes[codes > Unseen.OUT_OF_FRAME] = Unseen.SEEN
            numbers[codes != Unseen.SEEN] = np.nan
            for i in np.flatnonzero(codes):
                text = UNSEEN_TEXT[Unseen(int(codes[i]))]
                why[i][name] = text.format(joint=_joint_text(joint))
        for i in np.flatnonzero(~np.isfinite(numbers)):
            why[i].setdefault(name, "it cannot be measured here")
        values[name] = numbers.tolist()
    found = np.asarray(np.isfinite(body.xy_px).any(axis=(1, 2)))
    return [
        Measurements(
            float(body.time_s[i]),
            {k: v[i] for k, v in values.items()},
            why[i],
            bool(found[i]),
            backs[i] if backs else None,
        )
        for i in range(n)
    ]


def find_joint(body: Body, joint: str, frame: int = 0) -> Landmark:
    """The landmark that a joint's name means in one frame, e.g. ``rear_knee``.

    Raises:
        KeyError: no such joint.
    """
    if joint == "nose":
        return Landmark.NOSE
    which, name = joint.split("_", 1)
    if which == "near":
        return landmark_on("right" if body.facing[frame] > 0 else "left", name)
    return landmark_on(body.side if which == "rear" else other_side(body.side), name)


def _unseen_codes(body: Body, joint: str) -> NDArray[np.uint8]:
    if joint.startswith("near_"):
        name = joint.removeprefix("near_")
        left, right = (body.unseen[:, landmark_on(s, name)] for s in ("left", "right"))
        return np.where(body.facing > 0, right, left)
    return body.unseen[:, find_joint(body, joint)].copy()


def _joint_text(joint: str) -> str:
    return "the " + joint.replace("foot_index", "toes").replace("_", " ")


# --- the view and the whole body ------------------------------------------------------------


@measure("yaw_deg")
def _yaw(body: Body) -> Floats:
    return body.yaw_deg


@measure("hip_travel_trunk")
def _hip_travel(body: Body) -> Floats:
    return body.hip_travel


# --- rules: angles of the stretch -----------------------------------------------------------


@measure("front_knee_deg", "front_hip", "front_knee", "front_ankle")
def _front_knee(body: Body) -> Floats:
    return compute_included_angle_deg(body.front("hip"), body.front("knee"), body.front("ankle"))


@measure("rear_knee_deg", "rear_hip", "rear_knee", "rear_ankle")
def _rear_knee(body: Body) -> Floats:
    return compute_included_angle_deg(body.rear("hip"), body.rear("knee"), body.rear("ankle"))


@measure("front_thigh_elevation_deg", "front_hip", "front_knee")
def _front_thigh_elevation(body: Body) -> Floats:
    return compute_elevation_deg(body.front("hip"), body.front("knee"))


@measure("trunk_lean_deg", "near_hip", "near_shoulder")
def _trunk_lean(body: Body) -> Floats:
    return compute_tilt_deg(body.mid("hip"), body.mid("shoulder"), body.facing)


@measure("rear_thigh_back_deg", "rear_hip", "rear_knee")
def _rear_thigh_back(body: Body) -> Floats:
    return compute_tilt_deg(body.rear("knee"), body.rear("hip"), body.facing)


@measure("rear_hip_extension_deg", "rear_knee", "rear_hip", "near_shoulder")
def _rear_hip_extension(body: Body) -> Floats:
    return _rear_thigh_back(body) - _trunk_lean(body)


@measure("near_shoulder_flexion_deg", "near_hip", "near_shoulder", "near_elbow")
def _near_shoulder_flexion(body: Body) -> Floats:
    return compute_included_angle_deg(body.near("hip"), body.near("shoulder"), body.near("elbow"))


# --- positions: heights and distances as shares of the person's own lengths -----------------


def _height_px(low: Floats, high: Floats) -> Floats:
    return np.asarray(low[:, 1] - high[:, 1])


@measure("rear_knee_below_hip_thigh", "rear_hip", "rear_knee", guess=True)
def _rear_knee_below_hip(body: Body) -> Floats:
    return _height_px(body.rear("knee"), body.rear("hip")) / body.thigh_px


@measure("rear_knee_below_front_knee_thigh", "rear_knee", "front_knee", guess=True)
def _rear_knee_below_front_knee(body: Body) -> Floats:
    return _height_px(body.rear("knee"), body.front("knee")) / body.thigh_px


@measure("rear_knee_above_front_heel_shank", "rear_knee", "front_heel", guess=True)
def _rear_knee_above_front_heel(body: Body) -> Floats:
    return _height_px(body.front("heel"), body.rear("knee")) / body.shank_px


@measure("rear_ankle_above_rear_knee_shank", "rear_knee", "rear_ankle", guess=True)
def _rear_ankle_above_rear_knee(body: Body) -> Floats:
    return _height_px(body.rear("knee"), body.rear("ankle")) / body.shank_px


@measure("front_knee_above_front_ankle_shank", "front_knee", "front_ankle", guess=True)
def _front_knee_above_front_ankle(body: Body) -> Floats:
    return _height_px(body.front("ankle"), body.front("knee")) / body.shank_px


@measure("rear_ankle_behind_front_ankle_leg", "rear_ankle", "front_ankle", guess=True)
def _rear_ankle_behind_front_ankle(body: Body) -> Floats:
    ahead_px = body.facing * (body.front("ankle") - body.rear("ankle"))[:, 0]
    return np.asarray(ahead_px / body.leg_px)


@measure("hip_above_floor_leg", "near_hip", "near_ankle", "near_heel", guess=True)
def _hip_above_floor(body: Body) -> Floats:
    return (body.floor_y_px - body.mid("hip")[:, 1]) / body.leg_px


@measure("low_knee_above_floor_shank", "rear_knee", "front_knee", guess=True)
def _low_knee_above_floor(body: Body) -> Floats:
    low_y = np.maximum(body.rear("knee")[:, 1], body.front("knee")[:, 1])
    return (body.floor_y_px - low_y) / body.shank_px


@measure("high_wrist_above_nose_trunk", "nose", guess=True)
def _high_wrist_above_nose(body: Body) -> Floats:
    # Raised hands may leave the picture at the top: where the model puts them is enough here.
    high_y = np.minimum(body.rear("wrist")[:, 1], body.front("wrist")[:, 1])
    return (body.xy_px[:, Landmark.NOSE, 1] - high_y) / body.trunk_px


MEASURE_NAMES: Final = frozenset({*MEASURES, *FROM_NEUTRAL, *FROM_START, *OF_REP})
"""Every name that a rule may give as its measure."""
