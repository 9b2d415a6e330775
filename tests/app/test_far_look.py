"""Somebody far in a large picture is found, and where they are, as in their cut-out."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import formcheck
from formcheck.app.far_look import find_window, prefer_near
from formcheck.app.live.estimator import LiveEstimator
from formcheck.pose.landmarks import Landmark
from formcheck.pose.track import PoseTrack
from formcheck.video.clip import Clip
from formcheck.video.frame import Frame
from tests.support import media
from tests.support.builders import kneeling_pose

CLIP = "half-kneeling_good25"
HIGH = 160
"""The person, standing, in pixels of a picture of 1080 lines."""
CORNER = 1300, 500
JOINTS = {
    "hip_L": Landmark.LEFT_HIP,
    "knee_L": Landmark.LEFT_KNEE,
    "hip_R": Landmark.RIGHT_HIP,
    "knee_R": Landmark.RIGHT_KNEE,
}


def room(samples: Path, start_s: float, end_s: float) -> tuple[media.Images, NDArray[np.float64]]:
    """The clip in a corner of a large wall, and the joints there: (M, 4, 2) at 15 Hz."""
    with (samples / f"{CLIP}.truth.csv").open() as file:
        rows = [r for r in csv.DictReader(file) if start_s <= float(r["time_s"]) < end_s]
    share = HIGH / 395  # of the person in the clip
    frames = []
    for time_s, image in media.read_frames(samples / f"{CLIP}.mp4", start_s, end_s):
        wall = np.empty((1080, 1920, 3), np.uint8)
        wall[:] = np.median(image.reshape(-1, 3), axis=0)
        small = cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        x, y = CORNER
        wall[y : y + small.shape[0], x : x + small.shape[1]] = small
        frames.append((time_s, wall))
    joints = [[(float(r[f"{n}_x"]), float(r[f"{n}_y"])) for n in JOINTS] for r in rows]
    return frames, np.array(joints) * share + CORNER


def measure_off_px(xy_px: NDArray[np.float64], true_px: NDArray[np.float64]) -> float:
    """How far the joints are from where they are, in the median."""
    return float(np.median(np.linalg.norm(xy_px[:, list(JOINTS.values())] - true_px, axis=-1)))


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_clip_of_somebody_far(samples: Path, tmp_path: Path, mirrored: bool) -> None:
    frames, true_px = room(samples, 6.0, 9.0)
    if mirrored:
        frames = [(t, np.ascontiguousarray(image[:, ::-1])) for t, image in frames]
    clip = media.write_clip(tmp_path / "far.mp4", frames)
    track = formcheck.estimate(clip, mirrored=mirrored)
    assert track.found.mean() > 0.9
    rows = np.rint(track.time_s * 15).astype(int)
    assert measure_off_px(track.xy_px, true_px[rows]) < 0.06 * HIGH
    assert measure_off_px(track.xy_px, true_px[rows] + np.array([0.2 * HIGH, 0])) > 0.1 * HIGH


def test_a_live_session_with_somebody_far(samples: Path) -> None:
    frames, true_px = room(samples, 6.0, 10.0)
    live = LiveEstimator("full", outlines=False)
    poses = [live.estimate(Frame(image, t, k)) for k, (t, image) in enumerate(frames)]
    live.close()
    found = np.array([pose.found for pose in poses])
    assert not found[:15].any(), "else nothing is shown"
    assert found[45:].all()
    xy_px = np.array([pose.xy_px for pose in poses])
    assert measure_off_px(xy_px[45:], true_px[45:]) < 0.06 * HIGH


def track_of(share: float, found: NDArray[np.bool_]) -> PoseTrack:
    """Somebody so large in a picture of 1920 by 1080, where they are found."""
    pose, n = kneeling_pose(), len(found)

    def show(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(found.reshape(-1, *[1] * values.ndim), values[None], np.nan)

    return PoseTrack(
        time_s=np.arange(n) / 8,
        xy_px=show(pose.xy_px * share),
        xyz_m=show(pose.xyz_m),
        visibility=show(pose.visibility),
        n_people=found.astype(np.int16),
        width_px=1920,
        height_px=1080,
        clip="clip",
        model="full",
        n_frames=n,
        duration_s=n / 8,
    )


ALL = np.ones(40, np.bool_)
NO_CLIP = cast(Clip, None)
"""Nothing is decoded of it."""


def test_somebody_large_is_not_looked_at_again() -> None:
    """Nor somebody who is away for a while."""
    away = np.arange(40) > 18
    for track in (track_of(2.0, ALL), track_of(2.0, away)):
        assert find_window(NO_CLIP, track, model="full", follow="largest") is None
    small = replace(track_of(0.5, ALL), width_px=640, height_px=360)
    assert find_window(NO_CLIP, small, model="full", follow="largest") is None


def test_somebody_small_is_looked_at_where_they_are() -> None:
    track = track_of(0.5, ALL)
    window = find_window(NO_CLIP, track, model="full", follow="largest")
    assert window is not None
    left, top, right, bottom = window
    x, y = track.xy_px[0].T
    assert left < x.min() < x.max() < right < 960
    assert top < y.min() < y.max() < bottom


def test_of_both_looks_the_better_one_is_kept() -> None:
    """Nearer, unless the person is large, or is not found there."""
    seen = np.arange(40) < 30
    whole, near = track_of(0.5, ALL), track_of(0.6, seen)
    kept = prefer_near(whole, near).xy_px
    np.testing.assert_array_equal(kept[seen], near.xy_px[seen])
    np.testing.assert_array_equal(kept[~seen], whole.xy_px[~seen])
    missing = prefer_near(track_of(0.5, ~seen), near)
    assert missing.found.all()
    large = track_of(2.0, ALL)
    np.testing.assert_array_equal(prefer_near(large, near).xy_px, large.xy_px)
