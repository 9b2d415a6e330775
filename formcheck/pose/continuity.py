"""Legs that the model calls by each other's name for a moment, told by continuity and put right."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.landmarks import PAIRS, Landmark
from formcheck.pose.pose import Floats, Pose

MAX_GAP_S: Final = 0.4
"""After a longer gap nothing is known of where the legs were."""
GIVE_UP_S: Final = 1.0
"""The model is believed again after so long: it may have been wrong before."""
MIN_APART_THIGH: Final = 0.35
"""Legs nearer to each other than this, joint by joint in the mean, cannot be told apart."""
FAR_NEARER: Final = 0.4
"""Exchanged they must lie this many times nearer to where they were than as they are called."""

_LEG: Final = frozenset({"HIP", "KNEE", "ANKLE", "HEEL", "FOOT_INDEX"})
_LEFT, _RIGHT = (
    [pair[side] for pair in PAIRS if Landmark(pair[side]).name.split("_", 1)[1] in _LEG]
    for side in (0, 1)
)
_LEGS: Final = (_LEFT, _RIGHT)
_TOLD: Final = slice(1, None)
"""The hips lie too near each other, side-on, to tell."""


class LegKeeper:
    """Keeps each leg the same leg from frame to frame."""

    def __init__(self) -> None:
        """Start with no frame."""
        self._last: tuple[float, Floats] | None = None
        self._exchanged_since_s: float | None = None

    def update(self, pose: Pose) -> Pose:
        """The next pose, its legs exchanged back if the model exchanged them."""
        if not pose.found:
            return pose
        if self._is_exchanged(pose):
            if self._exchanged_since_s is None:
                self._exchanged_since_s = pose.time_s
            if pose.time_s - self._exchanged_since_s < GIVE_UP_S:
                pose = _exchange(pose)
            else:
                self._exchanged_since_s = None
        else:
            self._exchanged_since_s = None
        self._last = (pose.time_s, pose.xy_px)
        return pose

    def _is_exchanged(self, pose: Pose) -> bool:
        if self._last is None or pose.time_s - self._last[0] > MAX_GAP_S:
            return False
        before, now = self._last[1], pose.xy_px
        left, right = before[_LEFT], before[_RIGHT]
        thigh_px = max(_mean_distance(left[0], left[1]), _mean_distance(right[0], right[1]))
        if _mean_distance(left[_TOLD], right[_TOLD]) < MIN_APART_THIGH * thigh_px:
            return False
        as_called = sum(_mean_distance(now[leg][_TOLD], before[leg][_TOLD]) for leg in _LEGS)
        exchanged = sum(
            _mean_distance(now[leg][_TOLD], before[other][_TOLD])
            for leg, other in (_LEGS, _LEGS[::-1])
        )
        return bool(exchanged < FAR_NEARER * as_called)


def _mean_distance(a: Floats, b: Floats) -> float:
    return float(np.linalg.norm(a - b, axis=-1).mean())


def _exchange(pose: Pose) -> Pose:
    order: NDArray[np.intp] = np.arange(len(pose.xy_px))
    order[_LEFT], order[_RIGHT] = _RIGHT, _LEFT
    return replace(
        pose,
        xy_px=pose.xy_px[order],
        xyz_m=pose.xyz_m[order],
        visibility=pose.visibility[order],
    )
