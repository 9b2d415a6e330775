"""The 33 points of a pose, their pairs, and the lines drawn between them.

Order and names are BlazePose's (https://arxiv.org/abs/2006.10204), which MediaPipe keeps.
Left and right are the person's own.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from typing import Final, Literal

Side = Literal["left", "right"]
"""A side of the person's own body."""
SIDES: Final[tuple[Side, Side]] = ("left", "right")

N_LANDMARKS: Final = 33


class Landmark(IntEnum):
    """Index of a body point in a pose's arrays."""

    NOSE = 0
    LEFT_EYE_INNER = 1
    LEFT_EYE = 2
    LEFT_EYE_OUTER = 3
    RIGHT_EYE_INNER = 4
    RIGHT_EYE = 5
    RIGHT_EYE_OUTER = 6
    LEFT_EAR = 7
    RIGHT_EAR = 8
    MOUTH_LEFT = 9
    MOUTH_RIGHT = 10
    LEFT_SHOULDER = 11
    RIGHT_SHOULDER = 12
    LEFT_ELBOW = 13
    RIGHT_ELBOW = 14
    LEFT_WRIST = 15
    RIGHT_WRIST = 16
    LEFT_PINKY = 17
    RIGHT_PINKY = 18
    LEFT_INDEX = 19
    RIGHT_INDEX = 20
    LEFT_THUMB = 21
    RIGHT_THUMB = 22
    LEFT_HIP = 23
    RIGHT_HIP = 24
    LEFT_KNEE = 25
    RIGHT_KNEE = 26
    LEFT_ANKLE = 27
    RIGHT_ANKLE = 28
    LEFT_HEEL = 29
    RIGHT_HEEL = 30
    LEFT_FOOT_INDEX = 31
    RIGHT_FOOT_INDEX = 32


def other_side(side: Side) -> Side:
    """The opposite side of the body."""
    return "right" if side == "left" else "left"


@cache
def landmark_on(side: Side, name: str) -> Landmark:
    """The landmark of a pair, e.g. ``landmark_on("left", "knee")``.

    Raises:
        KeyError: no such pair.
    """
    if name == "mouth":
        return Landmark[f"MOUTH_{side.upper()}"]
    return Landmark[f"{side.upper()}_{name.upper()}"]


PAIRS: Final[tuple[tuple[Landmark, Landmark], ...]] = tuple(
    (landmark_on("left", n), landmark_on("right", n))
    for n in (
        "eye_inner", "eye", "eye_outer", "ear", "mouth", "shoulder", "elbow", "wrist", "pinky",
        "index", "thumb", "hip", "knee", "ankle", "heel", "foot_index",
    )
)  # fmt: skip
"""(left, right) of every landmark that comes in two; the nose is alone."""

_LIMBS = (
    ("shoulder", "elbow"), ("elbow", "wrist"), ("shoulder", "hip"), ("hip", "knee"),
    ("knee", "ankle"), ("ankle", "heel"), ("heel", "foot_index"), ("ankle", "foot_index"),
)  # fmt: skip

SKELETON: Final[tuple[tuple[Landmark, Landmark], ...]] = (
    (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER),
    (Landmark.LEFT_HIP, Landmark.RIGHT_HIP),
    *((landmark_on("left", a), landmark_on("left", b)) for a, b in _LIMBS),
    *((landmark_on("right", a), landmark_on("right", b)) for a, b in _LIMBS),
)
"""Lines of the drawn skeleton: trunk, arms and legs, without face and fingers."""
