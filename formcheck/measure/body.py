"""The body as measures see it: smoothed, scaled, with a facing, and a stretched side to try.

What a frame alone cannot tell (the person's lengths, which way they face, how still they are) is
taken from the frames so far, never from later ones: live and recorded give the same answers.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from formcheck.measure.angles import compute_distance_px
from formcheck.measure.level import Level, turn_points
from formcheck.measure.view import (
    Unseen,
    compute_facing_score,
    compute_yaw_deg,
    find_hidden,
    find_unseen,
)
from formcheck.pose.landmarks import SIDES, Landmark, Side, landmark_on, other_side
from formcheck.pose.leg_swap import EXCHANGED, LegKeeper
from formcheck.pose.outline import N_LEVELS
from formcheck.pose.smoothing import OneEuro
from formcheck.pose.track import Floats, Pose, PoseTrack

LENGTHS_WINDOW_S: Final = 60.0
LENGTH_PERCENTILE: Final = 90.0
"""A limb is foreshortened far more often than stretched: its length is near its largest."""
SIZE_WINDOW_S: Final = 1.0
SIZE_CHANGE: Final = 1.25
"""Over a second, a person who stays where they are has .85 to 1.09 times their usual size in the
picture, however they turn, bend or lie (36 clips); another one, or elsewhere, has plainly not."""
FACING_WINDOW_S: Final = 0.5
"""Short, so that a person who turns round is followed at once: the score has the correct sign on
every frame of all side-view clips with truth."""
YAW_WINDOW_S: Final = 1.0
STILL_WINDOW_S: Final = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """One person over N frames, seen with one leg taken as the stretched (rear) one."""

    time_s: Floats
    """(N,) presentation times."""
    xy_px: Floats
    """(N, 33, 2) smoothed pixels of the levelled picture, NaN where nobody was found."""
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
    off_feet_travel: Floats
    """(N,) the same of mid-hip as seen from the middle of the ankles: where that is much less, the
    camera moved and not the person."""
    outline: Floats
    """(N, 2, K) edges of the trunk as ``trace_outline`` gives them, NaN where there is none."""
    is_traced: NDArray[np.bool_]
    """(N,) whether an outline was asked for at all."""
    roll_deg: Floats
    """(N,) by how much the picture was turned anticlockwise, about its middle, to be level."""
    middle_px: tuple[float, float]
    """The picture's middle."""
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

    def at(self, frame: int) -> Body:
        """One frame of it, N = 1."""
        names = [one.name for one in fields(self) if one.name not in ("side", "middle_px")]
        row: dict[str, Any] = {name: getattr(self, name)[frame : frame + 1] for name in names}
        return replace(self, **row)

    @property
    def shown_xy_px(self) -> Floats:
        """(N, 33, 2) smoothed pixels of the picture as the camera gave it."""
        return turn_points(self.xy_px, self.roll_deg, self.middle_px)

    def joint(self, name: str) -> Floats:
        """(N, 2) a joint by its name, e.g. ``rear_knee``; ``mid_hip`` is the middle of both hips.

        Raises:
            KeyError: no such joint.
        """
        first, last = find_landmarks(self.side, name)
        points = self.xy_px[:, first]
        if first == last:
            return points
        if name.startswith("mid_"):
            return (points + self.xy_px[:, last]) / 2
        return np.where((self.facing > 0)[:, None], self.xy_px[:, last], points)

    def joint_unseen(self, name: str) -> NDArray[np.uint8]:
        """(N,) codes of ``Unseen`` of a joint by its name; a copy."""
        left, right = find_landmarks(self.side, name)
        return np.where(self.facing > 0, self.unseen[:, right], self.unseen[:, left])

    def joint_at(self, name: str, frame: int) -> Landmark:
        """The landmark that a joint's name means in one frame."""
        left, right = find_landmarks(self.side, name)
        return right if self.facing[frame] > 0 else left

    @property
    def floor_y_px(self) -> Floats:
        """(N,) y of the lowest ankle, heel or toe."""
        feet = [landmark_on(s, n) for s in SIDES for n in ("ankle", "heel", "foot_index")]
        return np.asarray(self.xy_px[:, feet, 1].max(axis=1))


@cache
def find_landmarks(side: Side, joint: str) -> tuple[Landmark, Landmark]:
    """What a joint's name means: the left and the right landmark, which differ if it may be either.

    Args:
        side: the stretched one, that of ``rear_``.
        joint: ``nose``, or one of a pair after ``rear_``, ``front_``, ``left_``, ``right_``,
            ``near_`` (the camera) or ``mid_``.

    Raises:
        KeyError: no such joint.
    """
    if joint == "nose":
        return Landmark.NOSE, Landmark.NOSE
    which, name = joint.split("_", 1)
    if which in ("near", "mid"):
        return landmark_on("left", name), landmark_on("right", name)
    own = which if which in SIDES else side if which == "rear" else other_side(side)
    return landmark_on(own, name), landmark_on(own, name)


class _Rank:
    """A percentile of the values of the last ``length_s`` seconds, interpolated as numpy does."""

    def __init__(self, length_s: float, percent: float) -> None:
        self._length_s, self._share = length_s, percent / 100
        self._items: deque[tuple[float, float]] = deque()
        self._ordered: list[float] = []

    def push(self, time_s: float, value: float) -> float:
        """Add a value; the percentile of those young enough but NaN, or NaN where there is none."""
        ordered = self._ordered
        if value == value:  # what is no number has no rank
            self._items.append((time_s, value))
            insort(ordered, value)
        while self._items and self._items[0][0] < time_s - self._length_s - 1e-9:
            del ordered[bisect_left(ordered, self._items.popleft()[1])]
        if not ordered:
            return math.nan
        place = self._share * (len(ordered) - 1)
        whole = int(place)
        low, part = ordered[whole], place - whole
        return low if part == 0 else low + part * (ordered[whole + 1] - low)


class _Lengths:
    """A person's trunk, thigh and shank in pixels: what is long among the frames so far.

    Where the person is plainly of another size in the picture than usual, as in a clip of two
    shots, all that was seen before is taken as if it had been of that size.
    """

    def __init__(self) -> None:
        self._frames: deque[tuple[float, list[float], float]] = deque()
        self._size = _Rank(SIZE_WINDOW_S, 50.0)
        self._changed_s: float | None = None
        self._start()

    def _start(self) -> None:
        self._ranks = [_Rank(LENGTHS_WINDOW_S, LENGTH_PERCENTILE) for _ in range(3)]
        self._usual = _Rank(LENGTHS_WINDOW_S, 50.0)

    def push(self, time_s: float, lengths: list[float], size: float) -> list[float]:
        """Add a frame.

        Args:
            time_s: later than the one before.
            lengths: its three, in pixels.
            size: pixels a metre of the person; NaN where that is not known.

        Returns:
            The three as they are for the person.
        """
        now = self._size.push(time_s, size)
        self._frames.append((time_s, lengths, size))
        while self._frames[0][0] < time_s - LENGTHS_WINDOW_S - 1e-9:
            self._frames.popleft()
        known, usual = self._add(time_s, lengths, size)
        if max(now, usual) > SIZE_CHANGE * min(now, usual):
            self._changed_s = time_s
        elif self._changed_s is None or time_s < self._changed_s + SIZE_WINDOW_S:
            return known
        else:  # the second that told of it has passed, and only the new size is in the present one
            self._changed_s = None
        return self._resize(now)

    def _resize(self, now: float) -> list[float]:
        """Take all frames so far as of that size."""
        self._frames = deque(
            (t, [length * now / then for length in lengths], now)
            if then == then
            else (t, lengths, then)
            for t, lengths, then in self._frames
        )
        self._start()
        for frame in self._frames:
            known, _ = self._add(*frame)
        return known

    def _add(self, time_s: float, lengths: list[float], size: float) -> tuple[list[float], float]:
        known = [rank.push(time_s, one) for rank, one in zip(self._ranks, lengths, strict=True)]
        return known, self._usual.push(time_s, size)


class BodyTracker:
    """Builds Bodies from poses, in order: one at a time or many."""

    def __init__(self, width_px: int, height_px: int) -> None:
        """Start with a picture of this size."""
        self._size = (width_px, height_px)
        self._level = Level()
        self._legs = LegKeeper()
        self._smooth = OneEuro()
        self._lengths = _Lengths()
        self._facing = _Rank(FACING_WINDOW_S, 50.0)
        self._yaw = _Rank(YAW_WINDOW_S, 50.0)
        self._hips: deque[tuple[float, ...]] = deque()

    def update(self, pose: Pose) -> Body:
        """The Body of the next pose, N = 1, with the left leg as the stretched one."""
        outline = None if pose.outline is None else pose.outline[None]
        landmarks = (pose.xy_px[None], pose.xyz_m[None], pose.visibility[None])
        return self.follow(np.array([pose.time_s]), *landmarks, outline, np.array([pose.roll_deg]))

    def follow(
        self,
        time_s: Floats,
        xy_px: Floats,
        xyz_m: Floats,
        visibility: Floats,
        outline: Floats | None,
        roll_deg: Floats | None = None,
    ) -> Body:
        """The Body of the next poses, with the left leg as the stretched one.

        Args:
            time_s: (N,) presentation times.
            xy_px: (N, 33, 2) pixels, NaN where nobody was found.
            xyz_m: (N, 33, 3) metres.
            visibility: (N, 33) in [0, 1].
            outline: (N, 2, K) edges of the trunk; None where nobody asked for them.
            roll_deg: (N,) readings as a track has them; None where there are none.
        """
        n = len(time_s)
        found = np.asarray(np.isfinite(xy_px[:, :, 0]).any(axis=1))
        exchanged = found.copy()
        exchanged[found] = self._legs.update(time_s[found], xy_px[found])
        if exchanged.any():
            xy_px, xyz_m, visibility = (a.copy() for a in (xy_px, xyz_m, visibility))
            for array in (xy_px, xyz_m, visibility):
                array[exchanged] = array[exchanged][:, EXCHANGED]
        unseen = find_unseen(xy_px, visibility, *self._size)
        roll = self._level.follow(np.full(n, np.nan) if roll_deg is None else roll_deg)
        middle_px = (self._size[0] / 2, self._size[1] / 2)
        xy = self._smooth.update(time_s, turn_points(xy_px, -roll, middle_px), found)
        xyz_m = turn_points(xyz_m, -roll)
        known = np.full((n, 7), np.nan)
        known[found] = self._remember(time_s[found], xy[found], xyz_m[found])
        facing, thigh_px = known[:, 3], known[:, 1]
        unseen[find_hidden(xy, facing, thigh_px) & (unseen == Unseen.SEEN)] = Unseen.HIDDEN
        return Body(
            time_s=np.array(time_s),
            xy_px=xy,
            xyz_m=xyz_m,
            unseen=unseen,
            facing=facing,
            yaw_deg=known[:, 4],
            trunk_px=known[:, 0],
            thigh_px=thigh_px,
            shank_px=known[:, 2],
            hip_travel=known[:, 5],
            off_feet_travel=known[:, 6],
            outline=np.full((n, 2, N_LEVELS), np.nan) if outline is None else outline,
            is_traced=np.full(n, outline is not None),
            roll_deg=roll,
            middle_px=middle_px,
            side="left",
        )

    def _remember(self, time_s: Floats, xy_px: Floats, xyz_m: Floats) -> Floats:
        """What only the frames so far tell of each of (N,) found poses.

        Returns:
            (N, 7): trunk, thigh and shank in pixels, facing, yaw in degrees, travel of the hips
            over the picture and from the feet.
        """
        mid_hip = (xy_px[:, Landmark.LEFT_HIP] + xy_px[:, Landmark.RIGHT_HIP]) / 2
        mid_ankle = (xy_px[:, Landmark.LEFT_ANKLE] + xy_px[:, Landmark.RIGHT_ANKLE]) / 2
        now = np.column_stack([
            time_s, _measure_lengths(xy_px, mid_hip), _measure_size(xy_px, xyz_m),
            compute_facing_score(xy_px), compute_yaw_deg(xyz_m), mid_hip, mid_hip - mid_ankle,
        ])  # fmt: skip
        known = []
        for t, *lengths, size, score, yaw, x, y, off_x, off_y in now.tolist():
            sizes = self._lengths.push(t, lengths, size)
            facing = 1.0 if self._facing.push(t, score) >= 0 else -1.0
            travels = self._follow_hips(t, x, y, off_x, off_y)
            in_trunks = [travel_px / sizes[0] for travel_px in travels]
            known.append((*sizes, facing, self._yaw.push(t, yaw), *in_trunks))
        return np.array(known).reshape(len(known), 7)

    def _follow_hips(self, time_s: float, *places: float) -> tuple[float, float]:
        """The diagonals of the boxes that two points kept to over the last second, in pixels."""
        self._hips.append((time_s, *places))
        while self._hips[0][0] < time_s - STILL_WINDOW_S - 1e-9:
            self._hips.popleft()
        _, *columns = zip(*self._hips, strict=True)
        wide, high, off_wide, off_high = (max(column) - min(column) for column in columns)
        return math.hypot(wide, high), math.hypot(off_wide, off_high)


def _measure_lengths(xy_px: Floats, mid_hip: Floats) -> Floats:
    """(N, 3) trunk, thigh and shank of (N, 33, 2) poses: the longer of the two legs'."""

    def longer(a: str, b: str) -> Floats:
        left, right = (
            compute_distance_px(xy_px[:, landmark_on(s, a)], xy_px[:, landmark_on(s, b)])
            for s in SIDES
        )
        return np.maximum(left, right)

    mid_shoulder = (xy_px[:, Landmark.LEFT_SHOULDER] + xy_px[:, Landmark.RIGHT_SHOULDER]) / 2
    trunk = compute_distance_px(mid_hip, mid_shoulder)
    lengths = np.column_stack([trunk, longer("hip", "knee"), longer("knee", "ankle")])
    return np.maximum(lengths, 1e-6)


def _measure_size(xy_px: Floats, xyz_m: Floats) -> Floats:
    """(N,) pixels a metre: how far shoulders, hips, knees and ankles are spread, seen and as told.

    A limb that points at the camera is short in both, so that no pose changes it. NaN where the
    metres are all one point.
    """
    joints = [landmark_on(s, n) for s in SIDES for n in ("shoulder", "hip", "knee", "ankle")]

    def spread(points: Floats) -> Floats:
        return np.asarray(points[:, joints, :2].std(axis=1))

    px, metres = (np.hypot(*spread(points).T) for points in (xy_px, xyz_m))
    return np.asarray(px / np.where(metres > 0, metres, np.nan))


def track_body(track: PoseTrack) -> Body:
    """The Body of a whole track of at least one frame."""
    tracker = BodyTracker(track.width_px, track.height_px)
    landmarks = (track.xy_px, track.xyz_m, track.visibility)
    return tracker.follow(track.time_s, *landmarks, track.outline, track.roll_deg)
