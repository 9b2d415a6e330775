"""A clip played as a camera: in real time, newest first, to its end."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from formcheck.errors import SourceError
from formcheck.video.clip_camera import ClipCamera, is_recorded, open_camera
from tests.support.cameras import number_of, numbered
from tests.support.media import write_clip

RATE_HZ = 20
N = 20


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mp4", ((k / RATE_HZ, numbered(k)) for k in range(N)))


def test_frames_come_at_their_time_and_in_order(clip: Path) -> None:
    with ClipCamera(clip) as camera:
        assert camera.now_s == 0
        taken = [(f, camera.now_s) for f in camera.frames_or_none(0.01) if f is not None]
    assert camera.lost is None
    assert (camera.name, camera.width_px, camera.height_px) == ("clip.mp4", 320, 180)
    assert taken[-1][0].time_s == pytest.approx((N - 1) / RATE_HZ)
    assert all(now_s >= frame.time_s for frame, now_s in taken)
    assert np.all(np.diff([frame.index for frame, _ in taken]) > 0)
    assert [number_of(frame.image) for frame, _ in taken] == [f.index for f, _ in taken]


def test_who_is_slow_gets_the_newest_and_none_late(clip: Path) -> None:
    taken, late_s = [], []
    with ClipCamera(clip) as camera:
        for frame in camera.frames_or_none(1.0):
            assert frame is not None
            late_s.append(camera.now_s - frame.time_s)
            taken.append(frame.index)
            time.sleep(0.2)
    assert taken[-1] == N - 1, "the end is shown"
    assert len(taken) < N / 2
    assert max(late_s) < 0.2, "no queue"


def test_between_two_frames_it_says_that_none_has_come(tmp_path: Path) -> None:
    slow = write_clip(tmp_path / "slow.mp4", ((0.5 * k, numbered(k)) for k in range(2)))
    with ClipCamera(slow) as camera:
        frames = list(camera.frames_or_none(0.05))
    n_none = frames.index(next(f for f in frames[1:] if f is not None)) - 1
    assert n_none >= 5


def test_closing_ends_the_frames_at_once(clip: Path) -> None:
    camera = ClipCamera(clip)
    frames = camera.frames_or_none(0.01)
    assert next(frames) is not None
    camera.close()
    start_s = time.monotonic()
    assert [frame for frame in frames if frame is not None] == []
    assert time.monotonic() - start_s < 0.3


def test_a_large_clip_is_shrunk_as_a_camera_is(tmp_path: Path) -> None:
    images = ((k / 10, numbered(k, 1920, 1080)) for k in range(2))
    large = write_clip(tmp_path / "large.mp4", images)
    with ClipCamera(large) as camera:
        frame = next(f for f in camera.frames_or_none(0.01) if f is not None)
    assert (camera.width_px, camera.height_px) == (1280, 720)
    assert (frame.width_px, frame.height_px) == (1280, 720)


def test_a_picture_and_what_is_no_video_are_refused(tmp_path: Path) -> None:
    import cv2

    cv2.imwrite(str(tmp_path / "still.png"), numbered(1))
    with pytest.raises(SourceError) as still:
        ClipCamera(tmp_path / "still.png")
    assert still.value.problem == "is a single picture"
    (tmp_path / "notes.txt").write_text("no video")
    with pytest.raises(SourceError):
        ClipCamera(tmp_path / "notes.txt")


def test_a_file_that_is_there_is_a_clip_and_a_number_is_a_camera(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(clip.parent)
    clip.rename("7")
    assert not is_recorded("7"), "a camera, whatever files there are"
    Path("7").rename("seven.mp4")
    with open_camera("seven.mp4", tell=print) as camera:
        assert isinstance(camera, ClipCamera)
    long = f"http://127.0.0.1:9/video?token={'a' * 5000}"
    for where in ("missing.mp4", "http://127.0.0.1:9/video", "/dev/video97", long, "a\0b"):
        assert not is_recorded(where)
        with pytest.raises(SourceError):
            open_camera(where, tell=print)
