"""What is left out undecoded changes nothing but the time it takes."""

from __future__ import annotations

import zlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.stream import VideoStream

from formcheck.video.clip import Clip
from formcheck.video.spare import SpareFinder

Seen = tuple[list[tuple[float, int, int]], int, int, int]


def write(path: Path, times_s: list[float], **options: str) -> Path:
    """A moving pattern as H.264, each picture another."""
    rng = np.random.default_rng(11)
    noise = rng.integers(0, 255, (96, 640, 3), dtype=np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 90000)
        stream.options = dict[str, object](options)
        for k, time_s in enumerate(times_s):
            image = np.ascontiguousarray(noise[:, 3 * k % 500 : 3 * k % 500 + 128])
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = round(time_s * 90000), Fraction(1, 90000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def see(path: Path, rate_hz: float | None) -> Seen:
    with Clip(path, n_threads=1) as clip:
        frames = [
            (frame.time_s, frame.index, zlib.crc32(frame.image.tobytes()))
            for frame in clip.frames(rate_hz=rate_hz)
        ]
        return frames, clip.n_decoded, clip.n_damaged, clip.n_dropped_times


def compare(path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Whether all is as if everything were decoded; how many packets were left out at 10 Hz."""
    n_spare = 0
    find = SpareFinder.is_spare

    def count(self: SpareFinder, packet: av.Packet[VideoStream]) -> bool:
        nonlocal n_spare
        found = find(self, packet)
        n_spare += found
        return found

    for rate_hz in (3.0, 7.3, 15.0, 24.9, 200.0, None, 10.0):
        n_spare = 0
        with monkeypatch.context() as patch:
            patch.setattr(SpareFinder, "is_spare", count)
            quick = see(path, rate_hz)
        with monkeypatch.context() as patch:
            patch.setattr(SpareFinder, "is_spare", lambda *_: False)
            assert quick == see(path, rate_hz), rate_hz
        assert n_spare == 0 or rate_hz is not None
    return n_spare


STEADY = [k / 30 for k in range(120)]


@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".mov"])
@pytest.mark.parametrize(
    "options",
    [
        {"bf": "3", "x264-params": "b-adapt=0:b-pyramid=normal"},
        {"bf": "3", "x264-params": "b-adapt=0:b-pyramid=none"},
        {"bf": "7", "x264-params": "b-adapt=0:b-pyramid=strict:open-gop=1:keyint=24"},
        {"preset": "slow"},
    ],
)
def test_frames_are_those_of_a_whole_decoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, options: dict[str, str]
) -> None:
    path = write(tmp_path / f"clip{ending}", STEADY, **options)
    n_spare = compare(path, monkeypatch)
    assert n_spare > 20


def test_uneven_times_and_a_late_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    times_s = (4.2 + np.cumsum(rng.uniform(0.004, 0.12, 150))).tolist()
    path = write(tmp_path / "clip.mkv", times_s, bf="3", **{"x264-params": "b-adapt=0"})
    assert compare(path, monkeypatch) > 0


def test_without_pictures_that_can_be_spared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert compare(write(tmp_path / "clip.mp4", STEADY, bf="0"), monkeypatch) == 0


@pytest.mark.parametrize("ending", [".avi", ".ts"])
def test_other_files_are_decoded_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    path = write(tmp_path / f"clip{ending}", STEADY, bf="3" if ending == ".ts" else "0")
    assert compare(path, monkeypatch) == 0


def test_the_sample_clips(samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert compare(samples / "half-kneeling_tuck.mp4", monkeypatch) > 20
