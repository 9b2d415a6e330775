"""The written video: what browsers need, the source's times and sound, whole or not at all."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from formcheck import StoreError
from formcheck.feedback.video import VideoWriter
from tests import media

SIZE = (64, 48)


def image(shade: int = 90) -> np.ndarray:
    return np.full((SIZE[1], SIZE[0], 3), shade, np.uint8)


def write(path: Path, times_s: list[float], duration_s: float | None = None) -> Path:
    with VideoWriter(path, *SIZE) as writer:
        for time_s in times_s:
            writer.write(image(), time_s)
        writer.close(duration_s)
    return path


def read_times(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [float(frame.time or 0.0) for frame in container.decode(video=0)]


def test_frames_keep_their_own_times(tmp_path: Path) -> None:
    times_s = [0.0, 0.033, 0.066, 0.1, 0.2, 0.3, 0.55]
    path = write(tmp_path / "v.mp4", times_s, duration_s=0.9)
    assert read_times(path) == pytest.approx(times_s, abs=1e-4)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.duration is not None
        assert stream.time_base is not None
        assert float(stream.duration * stream.time_base) == pytest.approx(0.9, abs=0.002)


def test_browsers_play_it(tmp_path: Path) -> None:
    path = write(tmp_path / "v.mp4", [k / 30 for k in range(60)])
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le"])
def test_sound_is_kept(tmp_path: Path, codec: str) -> None:
    source = tmp_path / ("s.mp4" if codec == "aac" else "s.mkv")
    with av.open(str(source), "w") as container:
        stream = container.add_stream(codec, rate=44100, layout="mono")
        assert isinstance(stream, av.AudioStream)
        for k in range(86):
            at = np.arange(1024) + 1024 * k
            tone = np.sin(2 * np.pi * 440 * at / 44100)
            kind = "fltp" if codec == "aac" else "s16"
            values = tone.astype(np.float32) if codec == "aac" else (tone * 9e3).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(values[None], format=kind, layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 44100, 1024 * k, Fraction(1, 44100)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    path = tmp_path / "v.mp4"
    with VideoWriter(path, *SIZE, audio_from=source) as writer:
        for k in range(30):
            writer.write(image(), k / 30)
        writer.close(1.0)
    with av.open(str(path)) as container:
        [stream] = container.streams.audio
        assert stream.codec_context.name == "aac"
        sound = np.concatenate([f.to_ndarray()[0] for f in container.decode(stream)])
    assert len(sound) / 44100 == pytest.approx(1.0, abs=0.1)
    assert np.abs(sound).max() > 0.1


def test_a_source_without_sound_gives_none(tmp_path: Path) -> None:
    source = media.write_clip(tmp_path / "silent.mp4", media.plain(64, 48, 5))
    with VideoWriter(tmp_path / "v.mp4", *SIZE, audio_from=source) as writer:
        writer.write(image(), 0.0)
    with av.open(str(tmp_path / "v.mp4")) as container:
        assert not container.streams.audio


def test_a_failure_leaves_nothing_and_keeps_the_old(tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    path.write_text("old")

    def write_badly() -> None:
        with VideoWriter(path, *SIZE) as writer:
            writer.write(image(), 0.0)
            writer.write(np.zeros((3, 3), np.uint8), 0.1)

    with pytest.raises(ValueError, match=r"\(3, 3\)"):
        write_badly()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture
def small_disk() -> Iterator[None]:
    """Files may not grow past 20 kB, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("size", [0, 10, 40])
def test_a_disk_without_room_for_the_head_of_the_file(tmp_path: Path, size: int) -> None:
    """In a process of its own: FFmpeg crashes where one goes on writing."""
    code = f"""
import resource
from pathlib import Path
import numpy as np
from formcheck.feedback.video import VideoWriter
resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))
image = np.zeros((48, 64, 3), np.uint8)
try:
    with VideoWriter(Path({str(tmp_path / "v.mp4")!r}), 64, 48, fast=True) as writer:
        for k in range(50):
            writer.write(image, k / 30)
except OSError as error:
    print(type(error).__name__, error)
"""
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith(f"StoreError {tmp_path / 'v.mp4'}: the video cannot be written")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("small_disk")
def test_a_full_disk_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    random = np.random.default_rng(1)

    def fill() -> None:
        with VideoWriter(tmp_path / "v.mp4", *SIZE) as writer:
            for k in range(300):
                noise = random.integers(0, 255, (*SIZE[::-1], 3)).astype(np.uint8)
                writer.write(noise, k / 30)

    with pytest.raises(StoreError, match=r"v\.mp4: the video cannot be written"):
        fill()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        VideoWriter(tmp_path / "file" / "v.mp4", *SIZE)


def test_odd_sizes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="even"):
        VideoWriter(tmp_path / "v.mp4", 63, 48)
