"""What in a file is the video: photos and films of JPEG pictures, several tracks, covers."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from formcheck.video.clip import Clip

Image = NDArray[np.uint8]


def jpeg(level: int, width: int = 640, height: int = 480) -> bytes:
    """With a JFIF header, as OpenCV and most cameras write it, and larger than what is probed."""
    noise = np.random.default_rng(level).integers(0, 255, (height, width, 3), np.uint8)
    ok, data = cv2.imencode(".jpg", (noise // 4 + level).astype(np.uint8))
    assert ok
    assert data.tobytes()[6:10] == b"JFIF"
    return data.tobytes()


def strip_header(data: bytes) -> bytes:
    """Without JFIF: as FFmpeg and some cameras write pictures."""
    (length,) = struct.unpack(">H", data[4:6])
    return data[:2] + data[4 + length :]


@pytest.mark.parametrize("with_header", [True, False])
@pytest.mark.parametrize("size", [(640, 480), (32, 24)])
def test_jpeg_pictures_in_a_row_are_a_film_and_one_is_a_photo(
    tmp_path: Path, size: tuple[int, int], with_header: bool
) -> None:
    pictures = [jpeg(20 * k, *size) for k in range(6)]
    if not with_header:
        pictures = [strip_header(one) for one in pictures]
    path = tmp_path / "raw.jpg"
    path.write_bytes(b"".join(pictures))
    with Clip(path) as clip:
        assert not clip.is_still
        levels = [float(frame.image.mean()) for frame in clip.frames()]
    assert len(levels) == 6
    assert levels == sorted(levels)
    path.write_bytes(pictures[0])
    with Clip(path) as clip:
        assert clip.is_still
        assert len(list(clip.frames())) == 1


@pytest.mark.parametrize("kind", ["smaller one behind", "clip behind", "others as it says", "end"])
def test_a_photo_with_something_behind_it_is_a_photo(tmp_path: Path, kind: str) -> None:
    """As phones write them: a map of brightness, a moment of video, a second eye, padding."""
    photo, behind = jpeg(60), b"\0" * 3000
    if kind == "smaller one behind":
        behind = jpeg(60, 320, 240)
    elif kind == "clip behind":
        behind = b"\0\0\0\x18ftypmp42" + bytes(np.random.default_rng(1).bytes(90_000))
    elif kind == "others as it says":
        index = b"MPF\0" + bytes(80)
        photo = photo[:2] + b"\xff\xe2" + struct.pack(">H", len(index) + 2) + index + photo[2:]
        behind = jpeg(61)
    path = tmp_path / "photo.jpg"
    path.write_bytes(photo + behind)
    with Clip(path) as clip:
        assert clip.is_still
        [frame] = clip.frames()
    assert frame.image.shape == (480, 640, 3)


def write_tracks(path: Path, sizes: list[tuple[int, int]], default: int | None) -> Path:
    flags = av.stream.Disposition
    with av.open(str(path), "w") as container:
        streams = []
        for k, (width, height) in enumerate(sizes):
            stream = container.add_stream("libx264", rate=10)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.disposition = flags.default if k == default else flags(0)
            streams.append(stream)
        for k in range(5):
            for stream in streams:
                image = np.full((stream.height, stream.width, 3), 40 * k, np.uint8)
                frame = av.VideoFrame.from_ndarray(image, format="bgr24")
                frame.pts, frame.time_base = k, Fraction(1, 10)
                container.mux(stream.encode(frame))
        for stream in streams:
            container.mux(stream.encode())
    return path


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
@pytest.mark.parametrize(("default", "size"), [(0, (64, 48)), (1, (96, 64)), (2, (32, 32))])
def test_the_default_one_of_several_tracks_is_taken(
    tmp_path: Path, suffix: str, default: int, size: tuple[int, int]
) -> None:
    sizes = [(64, 48), (96, 64), (32, 32)]
    with Clip(write_tracks(tmp_path / f"v{suffix}", sizes, default)) as clip:
        assert (clip.width_px, clip.height_px) == size
        assert {frame.image.shape for frame in clip.frames()} == {(size[1], size[0], 3)}


def test_a_cover_is_no_track(tmp_path: Path) -> None:
    """Even if it comes first and is the default one."""
    flags = av.stream.Disposition
    path = tmp_path / "v.mp4"
    with av.open(str(path), "w") as container:
        cover = container.add_mux_stream("mjpeg", rate=1, width=200, height=200)
        cover.disposition = flags.attached_pic
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        packet = av.Packet(jpeg(9, 200, 200))
        packet.stream, packet.time_base, packet.pts, packet.dts = cover, Fraction(1, 10), 0, 0
        packet.is_keyframe = True
        container.mux(packet)
        for k in range(5):
            image = np.full((48, 64, 3), 40 * k, np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = k, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with Clip(path) as clip:
        assert (clip.width_px, clip.height_px) == (64, 48)
        assert len(list(clip.frames())) == 5
