"""A nearer look where nobody was found in a clip, or somebody too small to be judged well."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.far import frame_stay, is_small, is_worth_it, list_pieces
from formcheck.pose.follow import Box, Follow, choose_box
from formcheck.pose.model import PoseEstimator
from formcheck.pose.people import Window
from formcheck.pose.track import PoseTrack
from formcheck.video.clip import Clip

_MOST: Final = 0.5
"""Of the frames nobody, or somebody small: who is seen well for longer is judged as they are."""
_FEW: Final = 0.25
"""Of the frames: somebody who is found in fewer may be nobody, so that pieces are searched too."""
_N_SEARCHES: Final = 4
"""Frames that are searched in pieces: eighteen of them at 1080 lines, ninety of 4K."""


def find_window(source: Clip, track: PoseTrack, *, model: str, follow: Follow) -> Window | None:
    """The part of a clip's pictures in which somebody far is to be looked at from nearer.

    Args:
        source: the clip.
        track: its poses, as the whole pictures showed them.
        model: as ``PoseEstimator`` takes it.
        follow: whom to follow where several people are seen.

    Returns:
        None where the person is large enough, nobody is found, or the pictures show no more.
    """
    size = track.width_px, track.height_px
    if not is_worth_it(*size):
        return None
    boxes = _list_small(track)
    n_missing = int(np.count_nonzero(~track.found))
    if n_missing + len(boxes) < _MOST * len(track):
        return None
    if len(boxes) < _FEW * len(track):
        boxes = _search(source, track.time_s[~track.found], model, follow) or boxes
    return frame_stay(boxes, *size) if boxes else None


def prefer_near(track: PoseTrack, near: PoseTrack) -> PoseTrack:
    """Poses of the same frames: those found nearer where the whole picture shows less.

    Args:
        track: as the whole pictures showed them.
        near: as a part of them did.
    """
    chosen = near.found & (~track.found | _are_small(track))

    def pick(name: str) -> Any:
        ours, theirs = getattr(track, name), getattr(near, name)
        return np.where(chosen.reshape(-1, *[1] * (ours.ndim - 1)), theirs, ours)

    return replace(
        track,
        xy_px=pick("xy_px"),
        xyz_m=pick("xyz_m"),
        visibility=pick("visibility"),
        n_people=pick("n_people"),
        outline=None if track.outline is None else pick("outline"),
    )


def _list_boxes(track: PoseTrack) -> NDArray[np.float64]:
    """(N, 4) boxes of the landmarks, cut off at the picture's edge."""
    inside = np.clip(track.xy_px, 0, (track.width_px, track.height_px))
    return np.concatenate([inside.min(axis=1), inside.max(axis=1)], axis=1)


def _are_small(track: PoseTrack) -> NDArray[np.bool_]:
    """(N,) whether somebody is found who is small."""
    boxes = _list_boxes(track)
    return np.array([is_small(box, track.width_px, track.height_px) for box in boxes], np.bool_)


def _list_small(track: PoseTrack) -> list[Box]:
    return list(_list_boxes(track)[_are_small(track)])


def _search(source: Clip, times_s: NDArray[np.float64], model: str, follow: Follow) -> list[Box]:
    """Where the person meant is in some of the frames of these times, in pieces of the picture."""
    chosen = times_s[np.linspace(0, len(times_s) - 1, _N_SEARCHES + 2).round().astype(int)[1:-1]]
    within = [(time_s - 1e-3, time_s + 1e-3) for time_s in np.unique(chosen).tolist()]
    boxes: list[Box] = []
    with PoseEstimator(model, still=True, n_poses=1) as estimator:
        for frame in source.frames(within=within):
            size = frame.width_px, frame.height_px
            found = estimator.search(frame.image, list_pieces(*size))
            if found:
                boxes.append(found[choose_box(found, follow, *size)])
    return boxes
