"""Pictures whose side data may not be looked at, each decoded in a process that may die."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from formcheck.video.clip import Clip

Image = NDArray[np.uint8]
PROFILE = bytes(128) + b"\0\0\0\0"
READ = """
import sys
from formcheck.video.clip import Clip
with Clip(sys.argv[1]) as clip:
    [frame] = clip.frames()
    print(clip.is_still, frame.image.shape, int(frame.image[2, 2, 2]), int(frame.image[-3, -3, 2]))
"""


def picture(depth: type[np.uint8] | type[np.uint16] = np.uint8) -> NDArray[np.uint8 | np.uint16]:
    """Red at the top left, else black."""
    image = np.zeros((48, 64, 3), depth)
    image[:24, :32, 2] = np.iinfo(depth).max
    return image


def make_profile() -> bytes:
    """A colour profile that is whole as far as its header goes."""
    head = struct.pack(">I4sI4s4s4s", 132, b"none", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    return (head + bytes(12) + b"acsp").ljust(128, b"\0") + struct.pack(">I", 0)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def make_exif(orientation: int) -> bytes:
    return struct.pack(">4sIHHHIHHI", b"MM\0*", 8, 1, 0x112, 3, 1, orientation, 0, 0)


CHUNKS = {
    "profile": chunk(b"iCCP", b"profile\0\0" + zlib.compress(make_profile())),
    "gamma": chunk(b"gAMA", struct.pack(">I", 45455)),
    "primaries": chunk(b"cHRM", struct.pack(">8I", *(30000,) * 8)),
    "orientation": chunk(b"eXIf", make_exif(1)),
    "words": chunk(b"tEXt", b"Comment\0a picture"),
}
CHUNKS["all"] = b"".join(CHUNKS.values())
CHUNKS["a damaged profile"] = chunk(b"iCCP", b"x\0\0garbage")
CHUNKS["an empty profile"] = chunk(b"iCCP", b"")
CHUNKS["half a profile"] = chunk(b"iCCP", b"x\0\0" + zlib.compress(make_profile())[:9])


def read_apart(path: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", READ, path], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, (done.returncode, done.stderr)
    return done.stdout.strip()


@pytest.mark.parametrize("kind", ["8 bits", "16 bits", "with a palette", "grey with a profile"])
@pytest.mark.parametrize("chunks", CHUNKS)
def test_a_png_with_chunks_is_the_same_picture(tmp_path: Path, kind: str, chunks: str) -> None:
    depth = np.uint16 if kind == "16 bits" else np.uint8
    image = picture(depth)
    ok, data = cv2.imencode(".png", image[..., 2] if kind.startswith("grey") else image)
    assert ok
    png = data.tobytes()
    if kind == "with a palette":
        png = make_palette_png()
    path = tmp_path / "p.png"
    path.write_bytes(png[:33] + CHUNKS[chunks] + png[33:])
    assert read_apart(path) == "True (48, 64, 3) 255 0"


def make_palette_png() -> bytes:
    rows = [bytes([y < 24 and x < 32 for x in range(64)]) for y in range(48)]
    body = b"".join(b"\0" + row for row in rows)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 48, 8, 3, 0, 0, 0))
        + chunk(b"PLTE", b"\0\0\0\xff\0\0")
        + chunk(b"IDAT", zlib.compress(body))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_png_is_turned_as_its_exif_says(tmp_path: Path, orientation: int) -> None:
    ok, data = cv2.imencode(".png", picture())
    assert ok
    png = data.tobytes()
    path = tmp_path / "p.png"
    chunks = CHUNKS["profile"] + chunk(b"eXIf", make_exif(orientation))
    path.write_bytes(png[:33] + chunks + png[33:])
    read_apart(path)
    with Clip(path) as clip:
        [frame] = clip.frames()
    # JPEG's tag means the same, and OpenCV knows it.
    ok, jpeg = cv2.imencode(".jpg", picture())
    assert ok
    exif = b"Exif\0\0" + make_exif(orientation)
    head = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    expected = cv2.imdecode(np.frombuffer(head + jpeg.tobytes()[2:], np.uint8), cv2.IMREAD_COLOR)
    assert expected is not None
    assert frame.image.shape == expected.shape
    assert np.abs(frame.image.astype(int) - expected).mean() < 8


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".tiff"])
def test_other_pictures_with_a_profile_are_read(tmp_path: Path, suffix: str) -> None:
    ok, data = cv2.imencode(suffix, picture())
    assert ok
    raw = data.tobytes()
    if suffix == ".jpg":
        profile = b"ICC_PROFILE\0\x01\x01" + make_profile()
        raw = raw[:2] + b"\xff\xe2" + struct.pack(">H", len(profile) + 2) + profile + raw[2:]
    path = tmp_path / f"p{suffix}"
    path.write_bytes(raw)
    still, *_ = read_apart(path).split()
    assert still == "True"


def test_a_png_within_a_film_is_read(tmp_path: Path) -> None:
    """QuickTime files of PNG pictures, as animators make them, and with profiles."""
    ok, data = cv2.imencode(".png", picture())
    assert ok
    png = data.tobytes()
    png = png[:33] + CHUNKS["profile"] + png[33:]
    path = tmp_path / "v.mov"
    with av.open(str(path), "w") as container:
        stream = container.add_mux_stream("png", rate=10, width=64, height=48)
        for k in range(3):
            packet = av.Packet(png)
            packet.stream, packet.pts, packet.dts = stream, k, k
            packet.time_base = Fraction(1, 10)
            packet.is_keyframe = True
            container.mux(packet)
    done = subprocess.run(
        [sys.executable, "-c", READ.replace("[frame]", "[frame, *_]"), path],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, (done.returncode, done.stderr)
    assert done.stdout.startswith("False (48, 64, 3) 255 0")
