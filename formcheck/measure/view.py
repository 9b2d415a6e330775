"""How the camera sees the body: the view's angle, which way it faces, which joints are seen."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from formcheck.measure.angles import compute_distance_to_segment_px, cross
from formcheck.pose.landmarks import SIDES, Landmark, Side, landmark_on, other_side
from formcheck.pose.track import Floats

View = Literal["side", "oblique", "front"]
"""side up to 30° off a pure side view, front from 60°, oblique between."""

SIDE_UP_TO_DEG: Final = 30.0
FRONT_FROM_DEG: Final = 60.0
YAW_SCALE: Final = 0.94
"""Fitted on renders: yaw = 0.94 V, mean error 4.3°, at most 14.5°."""
MIN_VISIBILITY: Final = 0.3
"""Below this the model's points go astray: on renders knees are off by .15 thigh in the median,
against .07 between .3 and .5 and .04 above."""
LEG_RADIUS_THIGH: Final = 0.11
"""Half a leg's thickness at the knee and shank, in thigh lengths."""


_BODY: Final = (
    Landmark.NOSE,
    *(
        landmark_on(side, name)
        for side in SIDES
        for name in ("shoulder", "hip", "knee", "ankle", "heel", "foot_index")
    ),
)


class Unseen(IntEnum):
    """Why a joint cannot be used; 0 when it can."""

    SEEN = 0
    NO_PERSON = 1
    OUT_OF_FRAME = 2
    NOT_VISIBLE = 3
    HIDDEN = 4


VIEW_TEXT: Final[Mapping[View, str]] = {
    "side": "side-on",
    "oblique": "half turned",
    "front": "front-on",
}


def compute_yaw_deg(xyz_m: Floats) -> Floats:
    """How far the view is from pure side-on, from the 3D shoulders of (..., 33, 3) metres.

    (...) degrees in [0, 90]: 0 side-on, 90 frontal.
    """
    d = xyz_m[..., Landmark.LEFT_SHOULDER, :] - xyz_m[..., Landmark.RIGHT_SHOULDER, :]
    return YAW_SCALE * np.degrees(np.arctan2(np.hypot(d[..., 0], d[..., 1]), np.abs(d[..., 2])))


def name_view(yaw_deg: float) -> View:
    """The view's name for a yaw in degrees."""
    if yaw_deg <= SIDE_UP_TO_DEG:
        return "side"
    return "front" if yaw_deg >= FRONT_FROM_DEG else "oblique"


def compute_facing_score(xy_px: Floats) -> Floats:
    """Which way the person faces: + right in the picture, - left; near 0 when unclear.

    Of (..., 33, 2) pixels, (...) in about [-4, 4]: the sum of knee bend, foot against shank, and
    twice nose against ear, each a cross product of unit vectors in the body's own frame, so that it
    holds lying down too.
    """

    def at(name: str, side: Side) -> Floats:
        return xy_px[..., landmark_on(side, name), :]

    def mid(name: str) -> Floats:
        return (at(name, "left") + at(name, "right")) / 2

    score = 2 * _sin(mid("shoulder") - mid("hip"), xy_px[..., Landmark.NOSE, :] - mid("ear"))
    for side in SIDES:
        hip, knee, ankle = at("hip", side), at("knee", side), at("ankle", side)
        score = score + 0.5 * _sin(hip - ankle, knee - ankle)
        score = score + 0.5 * _sin(knee - ankle, at("foot_index", side) - at("heel", side))
    return score


def _sin(up: Floats, v: Floats) -> Floats:
    lengths = np.linalg.norm(up, axis=-1) * np.linalg.norm(v, axis=-1)
    return np.asarray(cross(up, v) / np.maximum(lengths, 1e-9))


def near_side(facing: float) -> Side:
    """The side of the body nearer the camera: facing right shows the person's right."""
    return "right" if facing > 0 else "left"


def find_unseen(
    xy_px: Floats, visibility: Floats, width_px: int, height_px: int
) -> NDArray[np.uint8]:
    """Which landmarks cannot be used because the camera does not show them.

    Args:
        xy_px: (N, 33, 2) pixels, NaN where nobody was found.
        visibility: (N, 33).
        width_px: width of the picture.
        height_px: height of the picture.

    Returns:
        (N, 33) codes of ``Unseen``.
    """
    x, y = xy_px[..., 0], xy_px[..., 1]
    codes = np.zeros(x.shape, dtype=np.uint8)
    codes[visibility < MIN_VISIBILITY] = Unseen.NOT_VISIBLE
    codes[(x < 0) | (y < 0) | (x >= width_px) | (y >= height_px)] = Unseen.OUT_OF_FRAME
    codes[~np.isfinite(x)] = Unseen.NO_PERSON
    return codes


def is_whole_body_in_frame(unseen: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(N,) whether head, trunk and legs are all inside the picture; arms may leave it.

    Of (N, 33) codes of ``Unseen``; False where nobody was found, too.
    """
    return np.asarray(
        (unseen[:, _BODY] != Unseen.OUT_OF_FRAME).all(axis=1) & (unseen[:, 0] != Unseen.NO_PERSON)
    )


def find_hidden(xy_px: Floats, facing: Floats, thigh_px: Floats) -> NDArray[np.bool_]:
    """Knees and ankles of the far leg that the near leg covers.

    The model reports visibility near 1 for them, so geometry has to tell.

    Args:
        xy_px: (N, 33, 2) pixels.
        facing: (N,) +1 right, -1 left: the far leg is the left one when facing right.
        thigh_px: (N,) the person's thigh length.

    Returns:
        (N, 33) True where hidden.
    """
    hidden = np.zeros(xy_px.shape[:2], dtype=np.bool_)
    for far in SIDES:
        near = other_side(far)
        is_far = facing > 0 if far == "left" else facing < 0
        hip, knee, ankle = (xy_px[:, landmark_on(near, n)] for n in ("hip", "knee", "ankle"))
        for name in ("knee", "ankle"):
            joint = landmark_on(far, name)
            gap_px = np.minimum(
                compute_distance_to_segment_px(xy_px[:, joint], hip, knee),
                compute_distance_to_segment_px(xy_px[:, joint], knee, ankle),
            )
            hidden[:, joint] = is_far & (gap_px < LEG_RADIUS_THIGH * thigh_px)
    return hidden
