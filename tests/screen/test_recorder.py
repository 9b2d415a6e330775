"""The recording: whole, never in the way, and honest about what it left out."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from formcheck.errors import StoreError
from formcheck.runtime import finishing
from formcheck.screen.recorder import Recorder
from formcheck.video.clip import Clip
from formcheck.video.writer import VideoWriter


def image(width: int = 64, height: int = 48, level: int = 90) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def read_times(path: Path) -> list[float]:
    with Clip(path) as clip:
        return [frame.time_s for frame in clip.frames()]


def feed(recording: Recorder, n: int) -> None:
    """Offer frames as fast as they are taken."""
    for k in range(n):
        before = recording.n_dropped
        recording.offer(image(level=k % 200), k / 30)
        while recording.n_dropped > before:
            time.sleep(0.005)
            before = recording.n_dropped
            recording.offer(image(level=k % 200), k / 30)


def test_frames_are_recorded_at_their_times(tmp_path: Path) -> None:
    path = tmp_path / "session.mp4"
    recording = Recorder(path)
    feed(recording, 40)
    recording.close()
    assert recording.failed is None
    assert recording.has_file
    times = read_times(path)
    assert len(times) == recording.n_written == 40
    assert np.diff(times) == pytest.approx(np.full(39, 1 / 30), abs=0.002)
    assert [p.name for p in tmp_path.iterdir()] == ["session.mp4"]


def test_a_disk_that_is_full_at_the_end_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: VideoWriter) -> None:
        raise StoreError("session.mp4", "the disk is full")

    monkeypatch.setattr(VideoWriter, "close", refuse)
    recording = Recorder(tmp_path / "session.mp4")
    feed(recording, 3)
    recording.close()
    assert recording.failed == "session.mp4: the disk is full"
    assert not recording.has_file, "though frames were written"
    assert "recorder" not in [thread.name for thread in threading.enumerate()]
    assert list(tmp_path.iterdir()) == []


def test_a_slow_disk_delays_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    write = VideoWriter.write

    def wait(self: VideoWriter, frame: np.ndarray, time_s: float) -> None:
        gate.wait(30)
        write(self, frame, time_s)

    monkeypatch.setattr(VideoWriter, "write", wait)
    recording = Recorder(tmp_path / "session.mp4")
    start_s = time.monotonic()
    for k in range(100):
        recording.offer(image(), k / 30)
    assert time.monotonic() - start_s < 1
    gate.set()
    recording.close()
    assert recording.n_dropped > 50
    assert recording.n_written + recording.n_dropped == 100
    assert len(read_times(tmp_path / "session.mp4")) == recording.n_written


def test_another_size_is_fitted_into_the_first(tmp_path: Path) -> None:
    path = tmp_path / "session.mp4"
    recording = Recorder(path)
    recording.offer(image(65, 49), 0.0)
    recording.offer(image(200, 31), 0.1)
    recording.close()
    with Clip(path) as clip:
        assert (clip.width_px, clip.height_px) == (64, 48)
        assert sum(1 for _ in clip.frames()) == 2


def test_nothing_recorded_leaves_no_file(tmp_path: Path) -> None:
    recording = Recorder(tmp_path / "session.mp4")
    recording.close()
    assert not recording.has_file
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    recording = Recorder(tmp_path / "file" / "session.mp4")
    for k in range(20):
        recording.offer(image(), k / 30)
    recording.close()
    assert recording.failed is not None
    assert "session.mp4" in recording.failed


def test_a_full_disk_ends_the_recording_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: VideoWriter, frame: np.ndarray, time_s: float) -> None:
        raise StoreError("session.mp4", "the disk is full")

    monkeypatch.setattr(VideoWriter, "write", full)
    recording = Recorder(tmp_path / "session.mp4")
    for k in range(50):
        recording.offer(image(), k / 30)
        time.sleep(0.001)
    recording.close()
    assert recording.failed == "session.mp4: the disk is full"
    assert list(tmp_path.iterdir()) == []


def test_what_is_given_up_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = threading.Event()
    monkeypatch.setattr(VideoWriter, "close", lambda self: done.wait())
    monkeypatch.setattr(finishing, "QUIET_S", 0.01)
    recording = Recorder(tmp_path / "session.mp4")
    feed(recording, 3)

    def interrupt(text: str) -> None:
        raise KeyboardInterrupt

    try:
        with pytest.raises(KeyboardInterrupt):
            recording.close(interrupt)
        assert not recording.has_file
        assert recording.failed == f"{recording.path}: stopped before it was whole"
    finally:
        done.set()
