"""A pose, and the poses of a clip."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.landmarks import N_LANDMARKS, PAIRS
from formcheck.pose.outline import N_LEVELS

Floats = NDArray[np.float64]
_OTHER: Final = np.arange(N_LANDMARKS)
"""The same landmark on the other side."""
for _left, _right in PAIRS:
    _OTHER[[_left, _right]] = _right, _left


def _check(name: str, array: NDArray[np.generic], shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {array.shape}")


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """Where one person's 33 landmarks are at one moment; all NaN when nobody was found.

    Raises:
        ValueError: an array has the wrong shape.
    """

    xy_px: Floats
    """(33, 2) pixels of the upright picture, x right, y down."""
    xyz_m: Floats
    """(33, 3) metres, hip origin, x right, y down, z away from the camera."""
    visibility: Floats
    """(33,) in [0, 1], as the model reports it: near 1 for the far leg even when hidden."""
    time_s: float
    """Presentation time of the frame."""
    outline: Floats | None = None
    """(2, K) edges of the trunk as ``trace_outline`` gives them; None unless asked for."""
    roll_deg: float = math.nan
    """How far the room is turned clockwise in this picture; NaN where it was not looked for, which
    is every few seconds, or not told."""

    def __post_init__(self) -> None:
        _check("xy_px", self.xy_px, (N_LANDMARKS, 2))
        _check("xyz_m", self.xyz_m, (N_LANDMARKS, 3))
        _check("visibility", self.visibility, (N_LANDMARKS,))
        if self.outline is not None:
            _check("outline", self.outline, (2, N_LEVELS))

    @property
    def found(self) -> bool:
        """True if a person was found."""
        return bool(np.isfinite(self.xy_px).any())

    @staticmethod
    def missing(time_s: float, *, outlined: bool = False) -> Pose:
        """The pose of a frame with nobody in it; ``outlined`` if outlines were asked for."""
        return Pose(
            xy_px=np.full((N_LANDMARKS, 2), np.nan),
            xyz_m=np.full((N_LANDMARKS, 3), np.nan),
            visibility=np.full(N_LANDMARKS, np.nan),
            time_s=time_s,
            outline=np.full((2, N_LEVELS), np.nan) if outlined else None,
        )


@dataclass(frozen=True, slots=True, eq=False)
class PoseTrack:
    """A clip's poses as the model gave them, unsmoothed, with what a Result says about the clip.

    Everything needed to judge again without the video.

    Raises:
        ValueError: an array has the wrong shape, or times do not increase strictly.
    """

    time_s: Floats
    """(N,) presentation times of the analysed frames, strictly increasing."""
    xy_px: Floats
    """(N, 33, 2) pixels, y down; NaN rows where nobody was found."""
    xyz_m: Floats
    """(N, 33, 3) metres, hip origin."""
    visibility: Floats
    """(N, 33) in [0, 1]."""
    n_people: NDArray[np.int16]
    """(N,) people found in the frame."""
    width_px: int
    """Width of the upright picture."""
    height_px: int
    """Height of the upright picture."""
    clip: str
    """Name of the clip the poses came from."""
    model: str
    """Name of the pose model."""
    n_frames: int
    """Frames the clip has; at least N."""
    duration_s: float
    """Length of the clip in seconds; 0 for a still picture."""
    is_still: bool = False
    """True for a single picture: rules are judged, but no time is counted."""
    outline: Floats | None = None
    """(N, 2, K) edges of the trunk, NaN where not found; None where they were not asked for."""
    rolls: Floats | None = None
    """(M, 2) times, and how far the room is turned clockwise in the picture then, in degrees, as
    its lines tell; None for poses saved before they were read."""
    is_mirrored: bool = False
    """True where the picture shows it all mirrored: see ``mirror_track``. Not saved: a file
    of poses holds what the picture showed."""
    true_hz: float | None = None
    """Frames per second that the camera took, if the user said so; None believes the file."""

    def __post_init__(self) -> None:
        n = len(self.time_s)
        _check("time_s", self.time_s, (n,))
        _check("xy_px", self.xy_px, (n, N_LANDMARKS, 2))
        _check("xyz_m", self.xyz_m, (n, N_LANDMARKS, 3))
        _check("visibility", self.visibility, (n, N_LANDMARKS))
        _check("n_people", self.n_people, (n,))
        if self.outline is not None:
            _check("outline", self.outline, (n, 2, N_LEVELS))
        if self.rolls is not None:
            _check("rolls", self.rolls, (len(self.rolls), 2))
        if n > 1 and not bool((np.diff(self.time_s) > 0).all()):
            raise ValueError("the time_s of a track must increase strictly")

    def __len__(self) -> int:
        return len(self.time_s)

    def __iter__(self) -> Iterator[Pose]:
        roll_deg = self.roll_deg.tolist()
        for i in range(len(self)):
            yield Pose(
                self.xy_px[i],
                self.xyz_m[i],
                self.visibility[i],
                float(self.time_s[i]),
                None if self.outline is None else self.outline[i],
                roll_deg[i],
            )

    @property
    def roll_deg(self) -> Floats:
        """(N,) the latest of ``rolls`` since the frame before; NaN where there is none."""
        roll_deg = np.full(len(self), math.nan)
        if self.rolls is not None:
            rows = np.searchsorted(self.time_s, self.rolls[:, 0])
            roll_deg[rows[rows < len(self)]] = self.rolls[rows < len(self), 1]
        return roll_deg

    @property
    def found(self) -> NDArray[np.bool_]:
        """(N,) True where a person was found."""
        return np.asarray(np.isfinite(self.xy_px).any(axis=(1, 2)))


def mirror_track(track: PoseTrack) -> PoseTrack:
    """The poses as they would be seen in the mirrored picture, left and right exchanged.

    Done twice, it gives the same poses again, except for the last bits of x.
    """
    return replace(
        track,
        xy_px=track.xy_px[:, _OTHER] * (-1.0, 1.0) + (track.width_px, 0.0),
        xyz_m=track.xyz_m[:, _OTHER] * (-1.0, 1.0, 1.0),
        visibility=track.visibility[:, _OTHER],
        outline=None if track.outline is None else track.outline[:, ::-1],
        rolls=None if track.rolls is None else track.rolls * (1.0, -1.0),
        is_mirrored=not track.is_mirrored,
    )
