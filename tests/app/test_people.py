"""Several people in the picture: somebody walks through, two do their stretches side by side."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import formcheck
from formcheck.pose.landmarks import Landmark
from formcheck.pose.track import PoseTrack
from formcheck.pose.track_file import load_track
from tests.support import media

CROSSES_S = (3.0, 8.0)


def test_a_passer_by_ends_no_set_and_is_told(samples: Path, tmp_path: Path) -> None:
    """The passer-by takes five seconds, and hides the person for two or three of them."""
    frames = media.read_frames(samples / "half-kneeling_good25.mp4", 9.0, 20.0)
    start_s = frames[0][0]
    other = media.read_frames(samples / "standing-stretch_good.mp4", 5.0, 5.2)[0][1]
    cut = other[60:470, 400:590]
    assert cut.shape == (410, 190, 3)

    def pass_by(time_s: float, image: np.ndarray) -> np.ndarray:
        since_s = time_s - start_s - CROSSES_S[0]
        if not 0 <= since_s <= CROSSES_S[1] - CROSSES_S[0]:
            return image
        x = int(-190 + since_s / (CROSSES_S[1] - CROSSES_S[0]) * 1150)
        left, right = max(0, x), min(960, x + 190)
        shown = image.copy()
        if right > left:
            shown[60:470, left:right] = cut[:, left - x : right - x]
        return shown

    clip = media.write_clip(tmp_path / "two.mp4", [(t, pass_by(t, image)) for t, image in frames])
    track = formcheck.estimate(clip)
    hips_px = track.xy_px[:, [Landmark.LEFT_HIP, Landmark.RIGHT_HIP], 0].mean(axis=1)
    n_away = int((np.abs(hips_px - np.nanmedian(hips_px)) > 40).sum())
    assert n_away <= 1, "nobody else is followed, but for a frame that has both in one"
    hidden = np.flatnonzero(np.isnan(hips_px))
    assert np.ptp(track.time_s[hidden]) < 3, "only while they are hidden"
    result = formcheck.judge(track).result
    [one] = result.sets
    assert (one.exercise, one.side, one.verdict) == ("half-kneeling", "right", "pass")
    assert one.good_hold_s == pytest.approx(11, abs=4)
    assert one.end_s > 10.5
    assert one.faults == ()
    assert "several_people" in [warning.code for warning in result.warnings]


def join(
    folder: Path, left: Path, right: Path, shape: str, shares: tuple[float, float] = (1.0, 1.0)
) -> Path:
    """Four seconds of two clips side by side, each person shrunk to that share of their size."""
    pairs = zip(media.read_frames(left, 4.0, 8.0), media.read_frames(right, 4.0, 8.0), strict=True)
    frames = []
    for (time_s, one), (_, other) in pairs:
        whole = np.hstack([shrink(one, shares[0]), shrink(other, shares[1])])
        height, width = whole.shape[:2]
        if shape == "16:9 with bars":
            whole = np.pad(whole, ((height // 2, height // 2), (0, 0), (0, 0)))
        if shape != "32:9":
            size = width // 2, height
            whole = np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.uint8)
        frames.append((time_s, whole))
    return media.write_clip(folder / "pair.mp4", frames)


def shrink(image: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    """The picture on a wall of its commonest colour, at its foot."""
    height, width = image.shape[:2]
    size = int(width * share), int(height * share)
    wall = np.empty_like(image)
    wall[:] = np.median(image.reshape(-1, 3), axis=0)
    left = (width - size[0]) // 2
    wall[height - size[1] :, left : left + size[0]] = cv2.resize(
        image, size, interpolation=cv2.INTER_AREA
    )
    return wall


def share_on_left(track: PoseTrack) -> float:
    """Of the frames: the followed person is in the left half of the picture."""
    x = np.median(track.xy_px[:, :, 0], axis=1)
    return float(np.mean(x < track.width_px / 2))


@pytest.mark.parametrize(
    ("left", "right", "shape", "shares"),
    [
        ("half-kneeling_good25", "standing-stretch_good", "32:9", (1.0, 0.6)),
        ("thomas-test_ok", "knee-drops_good", "16:9 squeezed", (0.6, 1.0)),
        ("childs-pose_good", "lunge-stretch_good", "16:9 with bars", (0.6, 1.0)),
        ("seated-90-90_good", "prayer-squat_good", "32:9", (1.0, 0.6)),
    ],
)
def test_two_clips_side_by_side_are_told_and_the_larger_one_is_followed(
    samples: Path, tmp_path: Path, left: str, right: str, shape: str, shares: tuple[float, float]
) -> None:
    clip = join(tmp_path, samples / f"{left}.mp4", samples / f"{right}.mp4", shape, shares)
    poses = tmp_path / "poses.npz"
    result = formcheck.analyze(clip, poses=poses)
    assert "several_people" in [note.code for note in result.warnings]
    track = load_track(poses)
    assert track.found.all()
    assert (track.n_people[2:] == 2).mean() > 0.9
    assert share_on_left(track) == (shares[0] > shares[1])


@pytest.mark.parametrize(("follow", "on_left"), [("left", 1), ("right", 0), ("0.75,0.6", 0)])
def test_whom_one_asks_for_is_followed(
    samples: Path, tmp_path: Path, follow: str, on_left: float
) -> None:
    left, right = samples / "half-kneeling_good25.mp4", samples / "half-kneeling_knee-lean.mp4"
    clip = join(tmp_path, left, right, "32:9")
    poses = tmp_path / "poses.npz"
    result = formcheck.analyze(clip, follow=follow, poses=poses)
    assert share_on_left(load_track(poses)) == on_left
    # In the one clip the right side is stretched, in the other one the left.
    assert [one.side for one in result.sets] == ["right" if on_left else "left"]
    assert "several_people" in [note.code for note in result.warnings]
    with pytest.raises(formcheck.SourceError, match="saved poses are of one person"):
        formcheck.analyze(poses, follow=follow)
    with pytest.raises(ValueError, match="give left, right, largest"):
        formcheck.analyze(clip, follow="middle")


def test_in_a_picture_too_one_says_who_is_meant(samples: Path, tmp_path: Path) -> None:
    one, other = (
        media.read_frames(samples / f"{name}.mp4", 6.0, 6.1)[0][1]
        for name in ("half-kneeling_good25", "half-kneeling_knee-lean")
    )
    picture = tmp_path / "two.png"
    cv2.imwrite(str(picture), np.hstack([one, shrink(other, 0.7)]))
    for follow, on_left in (("largest", 1), ("left", 1), ("right", 0), ("0.8,0.7", 0)):
        poses = tmp_path / f"{follow}.npz"
        result = formcheck.analyze(picture, follow=follow, poses=poses)
        assert share_on_left(load_track(poses)) == on_left, follow
        assert "several_people" in [note.code for note in result.warnings]
