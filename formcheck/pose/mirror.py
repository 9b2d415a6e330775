"""Poses seen in a mirrored picture, turned into the person's own."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from formcheck.pose.landmarks import N_LANDMARKS, PAIRS
from formcheck.pose.track import PoseTrack

_OTHER: Final = np.arange(N_LANDMARKS)
"""The same landmark on the other side."""
for _left, _right in PAIRS:
    _OTHER[[_left, _right]] = _right, _left


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
        is_mirrored=not track.is_mirrored,
    )
