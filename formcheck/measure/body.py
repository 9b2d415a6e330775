"""The body as measures see it: smoothed, scaled, with a facing, and a stretched side to try.

What a frame alone cannot tell (the person's lengths, which way they face, how still they are) is
taken from the frames so far, never from later ones: live and recorded give the same answers.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from formcheck.measure.angles import compute_distance_px
from formcheck.measure.view import (
    Unseen,
    compute_facing_score,
    compute_yaw_deg,
    find_hidden,
    find_unseen,
)
from formcheck.pose.continuity import LegKeeper
from formcheck.pose.landmarks import Landmark, Side, landmark_on, other_side
from formcheck.pose.outline import N_LEVELS
from formcheck.pose.pose import Floats, Pose, PoseTrack
from formcheck.pose.smoothing import OneEuro

LENGTHS_WINDOW_S: Final = 60.0
LENGTH_PERCENTILE: Final = 90.0
"""A limb is foreshortened far more often than stretched: its length is near its largest."""
FACING_WINDOW_S: Final = 0.5
"""The score has the right sign on every frame of all side-view clips with truth: short, so that a
person who turns round is followed at once."""
YAW_WINDOW_S: Final = 1.0
STILL_WINDOW_S: Final = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """One person over N frames, seen with one leg taken as the stretched (rear) one."""

    time_s: Floats
    """(N,) presentation times."""
    xy_px: Floats
    """(N, 33, 2) smoothed pixels, NaN where nobody was found."""
    xyz_m: Floats
    """(N, 33, 3) metres as the model gave them, y down, z away from the camera."""
    unseen: NDArray[np.uint8]
    """(N, 33) codes of ``Unseen``."""
    facing: Floats
    """(N,) +1 facing right in the picture, -1 left, NaN unknown."""
    yaw_deg: Floats
    """(N,) view from pure side-on, 0 to 90."""
    trunk_px: Floats
    """(N,) mid-hip to mid-shoulder."""
    thigh_px: Floats
    """(N,) hip to knee."""
    shank_px: Floats
    """(N,) knee to ankle."""
    hip_travel: Floats
    """(N,) diagonal of the box mid-hip kept to over the last second, in trunk lengths."""
    outline: Floats
    """(N, 2, K) edges of the trunk as ``trace_outline`` gives them, NaN where there is none."""
    is_traced: NDArray[np.bool_]
    """(N,) whether an outline was asked for at all."""
    side: Side
    """The leg taken as stretched."""

    def __len__(self) -> int:
        return len(self.time_s)

    @property
    def leg_px(self) -> Floats:
        """(N,) thigh and shank together."""
        return self.thigh_px + self.shank_px

    def with_side(self, side: Side) -> Body:
        """The same body with that leg taken as the stretched one."""
        return self if side == self.side else replace(self, side=side)

    def rear(self, name: str) -> Floats:
        """(N, 2) a joint of the stretched side."""
        return self.xy_px[:, landmark_on(self.side, name)]

    def front(self, name: str) -> Floats:
        """(N, 2) a joint of the other side."""
        return self.xy_px[:, landmark_on(other_side(self.side), name)]

    def near(self, name: str) -> Floats:
        """(N, 2) the joint of the side nearer the camera."""
        left, right = (self.xy_px[:, landmark_on(s, name)] for s in ("left", "right"))
        return np.where((self.facing > 0)[:, None], right, left)

    def mid(self, name: str) -> Floats:
        """(N, 2) the middle of a left and right pair."""
        return (self.rear(name) + self.front(name)) / 2

    @property
    def floor_y_px(self) -> Floats:
        """(N,) y of the lowest ankle, heel or toe."""
        feet = [
            landmark_on(s, n) for s in ("left", "right") for n in ("ankle", "heel", "foot_index")
        ]
        return np.asarray(self.xy_px[:, feet, 1].max(axis=1))


@dataclass(slots=True)
class _Window:
    """Values of the last ``length_s`` seconds."""

    length_s: float
    items: deque[tuple[float, tuple[float, ...]]] = field(default_factory=deque)

    def push(self, time_s: float, *values: float) -> Floats:
        """Add values and return all that are young enough, (n, k)."""
        self.items.append((time_s, values))
        while self.items[0][0] < time_s - self.length_s - 1e-9:
            self.items.popleft()
        return np.array([v for _, v in self.items])


class BodyTracker:
    """Builds Bodies from poses, one at a time and in order."""

    def __init__(self, width_px: int, height_px: int) -> None:
        """Start with a picture of this size."""
        self._size = (width_px, height_px)
        self._legs = LegKeeper()
        self._smooth = OneEuro()
        self._lengths = _Window(LENGTHS_WINDOW_S)
        self._facing = _Window(FACING_WINDOW_S)
        self._yaw = _Window(YAW_WINDOW_S)
        self._hip = _Window(STILL_WINDOW_S)

    def update(self, pose: Pose) -> Body:
        """The Body of the next pose, N = 1, with the left leg as the stretched one."""
        pose = self._legs.update(pose)
        xy, t, outline = pose.xy_px, pose.time_s, pose.outline
        facing, yaw, travel = 1.0, np.nan, np.nan
        lengths = np.full(3, np.nan)
        unseen = find_unseen(xy[None], pose.visibility[None], *self._size)
        if pose.found:
            xy = self._smooth.update(xy, t)
            lengths = np.percentile(
                self._lengths.push(t, *_measure_lengths(xy)), LENGTH_PERCENTILE, axis=0
            )
            score = np.median(self._facing.push(t, float(compute_facing_score(xy))))
            facing = 1.0 if score >= 0 else -1.0
            yaw = np.median(self._yaw.push(t, float(compute_yaw_deg(pose.xyz_m))))
            hips = self._hip.push(t, *((xy[Landmark.LEFT_HIP] + xy[Landmark.RIGHT_HIP]) / 2))
            travel = np.hypot(*np.ptp(hips, axis=0)) / lengths[0]
            hidden = find_hidden(xy[None], np.array([facing]), lengths[1:2])
            unseen[hidden & (unseen == Unseen.SEEN)] = Unseen.HIDDEN
        else:
            self._smooth.reset()
            facing = np.nan
        return Body(
            time_s=np.array([t]),
            xy_px=xy[None],
            xyz_m=pose.xyz_m[None],
            unseen=unseen,
            facing=np.array([facing]),
            yaw_deg=np.array([yaw]),
            trunk_px=lengths[0:1],
            thigh_px=lengths[1:2],
            shank_px=lengths[2:3],
            hip_travel=np.array([travel]),
            outline=np.full((1, 2, N_LEVELS), np.nan) if outline is None else outline[None],
            is_traced=np.array([outline is not None]),
            side="left",
        )


def _measure_lengths(xy: Floats) -> tuple[float, float, float]:
    """Trunk, thigh and shank of one (33, 2) pose: the longer of the two legs'."""

    def length(a: str, b: str) -> float:
        return max(
            float(compute_distance_px(xy[landmark_on(s, a)], xy[landmark_on(s, b)]))
            for s in ("left", "right")
        )

    mid_shoulder = (xy[Landmark.LEFT_SHOULDER] + xy[Landmark.RIGHT_SHOULDER]) / 2
    mid_hip = (xy[Landmark.LEFT_HIP] + xy[Landmark.RIGHT_HIP]) / 2
    trunk = float(compute_distance_px(mid_hip, mid_shoulder))
    return max(trunk, 1e-6), max(length("hip", "knee"), 1e-6), max(length("knee", "ankle"), 1e-6)


def _join(bodies: list[Body]) -> Body:
    """One Body of all frames of several, at least one, in order."""
    arrays = {
        name: np.concatenate([getattr(body, name) for body in bodies])
        for name in Body.__dataclass_fields__
        if name != "side"
    }
    return Body(**arrays, side=bodies[0].side)


def track_body(track: PoseTrack) -> Body:
    """The Body of a whole track of at least one frame."""
    tracker = BodyTracker(track.width_px, track.height_px)
    return _join([tracker.update(pose) for pose in track])
