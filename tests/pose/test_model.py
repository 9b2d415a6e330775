"""The estimator: steady, silent, one person at a time, and clear about a bad model."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from formcheck import ModelError
from formcheck.pose.landmarks import Landmark
from formcheck.pose.model import (
    Estimate,
    PoseEstimator,
)
from formcheck.pose.model_files import find_model
from formcheck.pose.people import LOOK_EVERY_S
from formcheck.runtime.environment import block_metrics_upload
from formcheck.video.clip import Clip
from formcheck.video.frame import Frame

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sample_videos" / "half-kneeling_good25.mp4"
OTHER = ROOT / "sample_videos" / "standing-stretch_good.mp4"
Image = NDArray[np.uint8]


def read(clip: Path, n: int, rate_hz: float = 5.0) -> list[Frame]:
    with Clip(clip) as source:
        frames = source.frames(max_side_px=640, rate_hz=rate_hz)
        return [next(frames) for _ in range(n)]


def estimate(frames: list[Frame], *, still: bool = False, n_poses: int = 2) -> list[Estimate]:
    with PoseEstimator("lite", still=still, n_poses=n_poses) as estimator:
        return [estimator.estimate(frame) for frame in frames]


def blank(time_s: float = 0.0, shape: tuple[int, int] = (48, 64)) -> Frame:
    return Frame(np.zeros((*shape, 3), np.uint8), time_s, 0)


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    return read(SAMPLE, 6)


@pytest.fixture(scope="module")
def side_by_side() -> list[Image]:
    """A larger person on the left and a smaller one on the right, 12 times."""
    pictures = []
    for large, other in zip(read(SAMPLE, 12), read(OTHER, 12), strict=True):
        small = cv2.resize(other.image[:, 180:460], None, fx=0.75, fy=0.75)
        right = np.broadcast_to(other.image[:, 100:101], (360, 280, 3)).copy()
        right[70 : 70 + small.shape[0], 35 : 35 + small.shape[1]] = small
        pictures.append(np.hstack([large.image[:, 110:390], right]).astype(np.uint8))
    return pictures


def test_a_person_is_found_in_pixels_of_the_size_asked_for(frames: list[Frame]) -> None:
    with PoseEstimator("full") as estimator:
        found = [estimator.estimate(frame, 1280, 720) for frame in frames]
        assert estimator.model_name == "full"
    for frame, seen in zip(frames, found, strict=True):
        pose = seen.pose
        assert seen.n_people == 1
        assert pose.time_s == frame.time_s
        assert (pose.xy_px >= 0).all()
        assert (pose.xy_px <= [1280, 720]).all()
        assert pose.xy_px[Landmark.NOSE, 1] < pose.xy_px[Landmark.LEFT_ANKLE, 1]
        assert 0.5 < np.ptp(pose.xyz_m[:, 1]) < 2.5
        assert pose.visibility.min() >= 0
        assert pose.visibility.max() <= 1


def test_numbers_are_float32_and_the_same_every_time(frames: list[Frame]) -> None:
    first, again = estimate(frames), estimate(frames)
    for one, two in zip(first, again, strict=True):
        for name in ("xy_px", "xyz_m", "visibility"):
            values = getattr(one.pose, name)
            assert values.dtype == np.float64
            np.testing.assert_array_equal(values, values.astype(np.float32))
            np.testing.assert_array_equal(values, getattr(two.pose, name))


def test_looking_for_others_does_not_change_the_pose(frames: list[Frame]) -> None:
    pairs = zip(estimate(frames, n_poses=1), estimate(frames, n_poses=2), strict=True)
    for alone, looking in pairs:
        np.testing.assert_array_equal(alone.pose.xy_px, looking.pose.xy_px)


def test_a_still_is_judged_alone(frames: list[Frame]) -> None:
    [seen] = estimate(frames[:1], still=True)
    assert seen.n_people == 1
    assert seen.pose.found


@pytest.mark.parametrize("mirrored", [False, True], ids=["left", "right"])
def test_the_larger_of_two_is_followed_and_both_are_counted(
    side_by_side: list[Image], mirrored: bool
) -> None:
    pictures = [p[:, ::-1].copy() if mirrored else p for p in side_by_side]
    frames = [Frame(picture, k / 5, k) for k, picture in enumerate(pictures)]
    seen = estimate(frames)
    middle = pictures[0].shape[1] / 2
    for one in seen:
        assert (float(np.median(one.pose.xy_px[:, 0])) > middle) == mirrored
    assert [one.n_people for one in seen[2:]] == [2] * (len(seen) - 2)
    [still] = estimate(frames[:1], still=True)
    assert still.n_people == 2
    assert (float(np.median(still.pose.xy_px[:, 0])) > middle) == mirrored


@pytest.mark.parametrize("mirrored", [False, True], ids=["left", "right"])
@pytest.mark.parametrize("every", [2, 3])
def test_frames_with_and_without_an_outline_are_of_the_same_person(
    side_by_side: list[Image], mirrored: bool, every: int
) -> None:
    """Two trackers share the frames, and each begins by itself."""
    middle = side_by_side[0].shape[1] / 2
    with PoseEstimator("lite", outlines=True) as estimator:
        for k, picture in enumerate(side_by_side):
            shown = picture[:, ::-1].copy() if mirrored else picture
            seen = estimator.estimate(Frame(shown, k / 15, k), outline=k % every == 0)
            assert (float(np.median(seen.pose.xy_px[:, 0])) > middle) == mirrored, k


def test_of_two_in_a_picture_either_may_be_found_first(frames: list[Frame]) -> None:
    """Twice the same person: now the first one found is larger, now the second."""
    pairs = [np.hstack(2 * [frame.image[:, 110:390]]) for frame in frames]
    for pair in pairs:
        [seen] = estimate([Frame(np.ascontiguousarray(pair), 0.0, 0)], still=True)
        assert seen.n_people == 2


def test_an_outline_begins_with_the_person_who_is_followed(side_by_side: list[Image]) -> None:
    """Not with the larger one, who has come since."""
    middle = side_by_side[0].shape[1] // 2
    with PoseEstimator("lite", outlines=True) as estimator:
        for k, picture in enumerate(side_by_side):
            shown = picture.copy()
            if k < 4:
                shown[:, :middle] = shown[:, middle : middle + 1]
            seen = estimator.estimate(Frame(shown, k / 15, k), outline=k > 5)
            assert float(np.median(seen.pose.xy_px[:, 0])) > middle, k


def test_an_outline_after_long_is_of_who_is_followed_not_of_who_stands_there_now(
    side_by_side: list[Image],
) -> None:
    middle = side_by_side[0].shape[1] // 2
    large, small = side_by_side[0][:, :middle], side_by_side[0][:, middle:]
    with PoseEstimator("lite", outlines=True) as estimator:
        for k in range(30):
            left_px = round(middle * np.clip((k - 4) / 20, 0, 1))
            shown = np.repeat(large[:, :1], 2 * middle, axis=1)
            shown[:, left_px : left_px + middle] = large
            if k > 26:
                shown[:, :middle] = small
            seen = estimator.estimate(Frame(shown, k / 15, k), outline=k < 3 or k > 27)
            assert abs(float(np.median(seen.pose.xy_px[:, 0])) - left_px - middle / 2) < 60, k


def test_who_was_followed_first_stays_followed_while_others_pass(
    side_by_side: list[Image],
) -> None:
    """A larger person who comes late and goes within four seconds changes nothing."""
    middle = side_by_side[0].shape[1] // 2
    alone = []
    for picture in side_by_side:
        picture = picture.copy()
        picture[:, :middle] = picture[:, middle : middle + 1]
        alone.append(picture)
    shown = [*alone[:3], *side_by_side, *alone[3:6]]
    seen = estimate([Frame(picture, k / 5, k) for k, picture in enumerate(shown)])
    assert all(float(np.median(one.pose.xy_px[:, 0])) > middle for one in seen)


def test_a_larger_person_who_stays_is_followed(side_by_side: list[Image]) -> None:
    middle = side_by_side[0].shape[1] // 2
    alone = side_by_side[0].copy()
    alone[:, :middle] = alone[:, middle : middle + 1]
    shown = [alone, alone, *side_by_side]
    seen = estimate([Frame(picture, k * LOOK_EVERY_S, k) for k, picture in enumerate(shown)])
    followed = [float(np.median(one.pose.xy_px[:, 0])) < middle for one in seen]
    assert not followed[1]
    assert followed[-1]


@pytest.mark.parametrize("outlines", [False, True])
def test_single_frames_may_have_an_outline_or_not(frames: list[Frame], outlines: bool) -> None:
    """Two trackers share the frames; each finds the same body."""
    wanted: list[bool | None] = [False, True, False, False, True, None]
    with PoseEstimator("lite", outlines=outlines) as mixed:
        found = [
            mixed.estimate(frame, 1280, 720, outline=outline)
            for frame, outline in zip(frames, wanted, strict=True)
        ]
    with PoseEstimator("lite") as plain:
        alone = [plain.estimate(frame, 1280, 720) for frame in frames]
    for seen, other, outline in zip(found, alone, wanted, strict=True):
        traced = seen.pose.outline
        assert (traced is not None) == (outlines if outline is None else outline)
        if traced is not None:
            assert np.isfinite(traced).any()
        assert seen.n_people == other.n_people
        apart_px = np.linalg.norm(seen.pose.xy_px - other.pose.xy_px, axis=1)
        assert np.median(apart_px) < 5


def test_nobody_has_an_outline_of_nothing() -> None:
    with PoseEstimator("lite", outlines=True) as estimator:
        with_one, without = (
            estimator.estimate(blank(k / 10), outline=k == 0).pose for k in range(2)
        )
    assert with_one.outline is not None
    assert np.isnan(with_one.outline).all()
    assert without.outline is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 640), (3, 5), (480, 640)])
def test_nobody_is_all_nan(shape: tuple[int, int]) -> None:
    for still in (False, True):
        [seen] = estimate([blank(shape=shape)], still=still)
        assert seen.n_people == 0
        assert not seen.pose.found
        assert np.isnan(seen.pose.xyz_m).all()


def test_frames_less_than_a_millisecond_apart_are_taken(frames: list[Frame]) -> None:
    close = [Frame(frames[0].image, k / 10_000, k) for k in range(4)]
    assert all(seen.pose.found for seen in estimate(close))


def test_a_closed_estimator_says_so() -> None:
    estimator = PoseEstimator("lite")
    estimator.close()
    estimator.close()
    with pytest.raises(ModelError, match="closed"):
        estimator.estimate(blank())


def test_a_model_file_may_be_given() -> None:
    with PoseEstimator(find_model("lite")) as estimator:
        assert estimator.model_name == "pose_landmarker_lite"


def test_bad_models_get_one_line(tmp_path: Path) -> None:
    whole = find_model("lite").read_bytes()
    (tmp_path / "cut.task").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "bit.task").write_bytes(whole[:3_000_000] + b"?" + whole[3_000_001:])
    (tmp_path / "text.task").write_text("no model")
    with zipfile.ZipFile(tmp_path / "fake.task", "w") as parts:
        parts.writestr("pose_detector.tflite", "x")
        parts.writestr("pose_landmarks_detector.tflite", "x")
    with zipfile.ZipFile(tmp_path / "packed.task", "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("pose_landmarks_detector.tflite", bytes(range(256)) * 9)
    packed = (tmp_path / "packed.task").read_bytes()
    start, listed = packed.index(b"tflite") + 6, packed.index(b"PK\1\2")
    (tmp_path / "garbled.task").write_bytes(packed[:start] + b"\xff" * 9 + packed[start + 9 :])
    for name, at, value in (("locked", 6, 1), ("odd", 8, 99)):  # encrypted; no such method
        changed = bytearray(packed)
        changed[at] = changed[listed + at + 2] = value
        (tmp_path / f"{name}.task").write_bytes(changed)
    names = ("cut", "bit", "text", "fake", "garbled", "locked", "odd", "missing", "long" * 80)
    for name in names:
        with pytest.raises(ModelError) as caught:
            PoseEstimator(tmp_path / f"{name}.task")
        assert f"{name}.task" in str(caught.value)
        assert "\n" not in str(caught.value)
    with pytest.raises(ModelError, match="lite, full"):
        PoseEstimator("heavy")
    with pytest.raises(ValueError, match="n_poses"):
        PoseEstimator("lite", n_poses=0)


def test_the_upload_is_blocked_in_the_c_environment_only() -> None:
    """A child sees the block, whatever exceptions the user's environment makes."""
    before = dict(os.environ)
    block_metrics_upload()
    code = "import os; print([os.environ.get(n) for n in ('https_proxy', 'no_proxy', 'NO_PROXY')])"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert child.stdout.strip() == "['http://127.0.0.1:9', '', '']"
    assert dict(os.environ) == before


@pytest.mark.parametrize("room", [True, False], ids=["", "with a full disk"])
def test_nothing_is_written_but_what_python_writes(room: bool) -> None:
    if not room and not hasattr(os, "memfd_create"):
        pytest.skip("this system has no files without a disk")
    code = f"""
import sys, tempfile
if not {room}:
    def refuse(*arguments, **more):
        raise FileNotFoundError(2, "No usable temporary directory found")
    tempfile.TemporaryFile = refuse
from formcheck.video.clip import Clip
from formcheck.pose.model import PoseEstimator
with Clip({str(SAMPLE)!r}) as clip, PoseEstimator("lite") as estimator:
    for frame in clip.frames(rate_hz=1):
        assert estimator.estimate(frame).pose.found
        print("mine", file=sys.stderr)
        if frame.time_s > 2:
            break
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == 0, run.stderr
    assert set(run.stderr.split()) == {"mine"}
    assert run.stdout == ""
