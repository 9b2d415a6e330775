"""Small files that claim to be huge, clips that lie box by box: bounded, never more is held."""

from __future__ import annotations

import json
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from torture.containers import encode_jpeg, write_mp4
from torture.kinds import copy_clip, encode, read_images
from torture.run import FAST, Done, Limits, find_trouble, run
from torture.test_clips import ADVICE, SLACK_S

BOUNDED: Final = Limits(address_bytes=6 << 30)
MOST_BYTES: Final = 1200 << 20
MOST_S: Final = 60.0
MOST_VIDEO_BYTES: Final = 4 << 20


def analyze(clip: Path, *more: str | Path) -> Done:
    """A clip judged beside where it lies, in bounded time and memory."""
    done = run("analyze", clip, *FAST, *more, folder=clip.parent, limits=BOUNDED)
    assert done.took_s < MOST_S
    assert done.peak_bytes < MOST_BYTES
    assert "Traceback" not in done.stderr
    return done


# --- bombs ------------------------------------------------------------------------------------


def make_png(width: int, height: int, rows: int, bits: int = 1) -> bytes:
    """A black picture that says its size, with so many rows in it, of 1 or 24 bits a pixel."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)

    pack = zlib.compressobj(9)
    row = bytes(1 + -(-width * bits // 8))
    packed = b"".join(pack.compress(row) for _ in range(rows)) + pack.flush()
    depth, colour = (8, 2) if bits == 24 else (1, 0)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


def make_gif(width: int, height: int, n: int, *, are_whole: bool = False) -> bytes:
    """Pictures that say to be of one pixel or of all on a canvas of any size."""
    size = (width, height) if are_whole else (1, 1)
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(3) + b"\xff" * 3
    one = b"\x21\xf9\x04\x00\x0a\x00\x00\x00\x2c" + struct.pack("<HHHHB", 0, 0, *size, 0)
    return head + n * (one + b"\x02\x02\x44\x01\x00") + b"\x3b"


def make_jpeg_header(width: int, height: int) -> bytes:
    data = bytearray(encode_jpeg(np.full((64, 64, 3), 120, np.uint8)))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def make_bmp(width: int, height: int) -> bytes:
    size = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 0x7FFFFFFF, 0, 0, 54) + size + bytes(100)


BOMBS: Final[dict[str, Callable[[], bytes]]] = {
    "png of 65535x65535": lambda: make_png(65_535, 65_535, 65_535),
    "png of 2 billion pixels, one row": lambda: make_png(2**31 - 1, 1, 1),
    "png of 30000x30000": lambda: make_png(30_000, 30_000, 30_000),
    "png of 30000x30000, in colour": lambda: make_png(30_000, 30_000, 3000, bits=24),
    "png of 14000x14000, in colour": lambda: make_png(14_000, 14_000, 14_000, bits=24),
    "photo of 50 megapixels": lambda: make_png(8160, 6120, 6120, bits=24),
    "gif of 65535x65535": lambda: make_gif(65_535, 65_535, 3),
    "gif of whole pictures of 65535x65535": lambda: make_gif(65_535, 65_535, 3, are_whole=True),
    "gif of 100 pictures on 4000x4000": lambda: make_gif(4000, 4000, 100),
    "jpeg of 65500x65500": lambda: make_jpeg_header(65_500, 65_500),
    "jpeg of 16000x16000": lambda: make_jpeg_header(16_000, 16_000),
    "bmp of 100000x100000": lambda: make_bmp(100_000, 100_000),
    "tiff that points at itself": lambda: b"II*\0\x08\0\0\0" + b"\1\0" + bytes(12) + b"\x08\0\0\0",
    "mp4 of nested boxes": lambda: b"".join(
        struct.pack(">I", 8 * (4000 - k)) + b"moov" for k in range(4000)
    ),
    "mp4 with a sample table of 4 billion": lambda: write_mp4([b"\xff\xd8"], [0]).replace(
        b"stts" + struct.pack(">II", 0, 1), b"stts" + struct.pack(">II", 0, 0xFFFFFFFF)
    ),
}


ARE_NONE: Final = ("photo of 50 megapixels", "gif of 100 pictures on 4000x4000")
"""Phones take such photos; and what is small when it is unpacked is judged."""


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_within_bounds(name: str, tmp_path: Path) -> None:
    clip = tmp_path / "bomb.mp4"
    clip.write_bytes(BOMBS[name]())
    assert clip.stat().st_size < 4 << 20
    done = analyze(clip, "--json", "-")
    if name in ARE_NONE:
        assert done.code == 0, done.stderr
        assert json.loads(done.stdout)["verdict"] == "not_seen"
    else:
        assert find_trouble(done) is None
        assert "bomb.mp4: " in done.stderr
        assert ADVICE.search(done.stderr)


# --- lies -------------------------------------------------------------------------------------


def lie_in_box(clip: bytes, box: bytes, offset: int, value: int, n_bytes: int = 4) -> bytes:
    at = clip.index(box) + 4 + offset
    return clip[:at] + value.to_bytes(n_bytes, "big") + clip[at + n_bytes :]


def lie_of_length(clip: bytes, units: int) -> bytes:
    """The movie, the media and the track say the same."""
    for box, offset in ((b"mvhd", 16), (b"mdhd", 16), (b"tkhd", 20)):
        clip = lie_in_box(clip, box, offset, units)
    return clip


def lie_of_size(clip: bytes, side_px: int) -> bytes:
    """The track's head and the sample's say the same."""
    clip = lie_in_box(clip, b"avc1", 24, side_px << 16 | side_px)
    return lie_in_box(clip, b"tkhd", 76, side_px << 48 | side_px << 16, 8)


def lie_of_media(clip: bytes) -> bytes:
    """Its box takes the room of the free one before it for a length in 64 bits."""
    at = clip.index(b"mdat") - 12
    assert clip[at : at + 8] == b"\0\0\0\x08free"
    return clip[:at] + struct.pack(">I4sQ", 1, b"mdat", (1 << 64) - 1) + clip[at + 16 :]


HARMLESS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "the movie lasts 4 billion units": lambda c: lie_in_box(c, b"mvhd", 16, 0xFFFFFFFF),
    "the movie lasts nothing": lambda c: lie_in_box(c, b"mvhd", 16, 0),
    "the track lasts 4 billion units": lambda c: lie_in_box(c, b"mdhd", 16, 0xFFFFFFFF),
    "the track lasts nothing": lambda c: lie_in_box(c, b"mdhd", 16, 0),
    "all last 2 billion units": lambda c: lie_of_length(c, 0x7FFFFFFF),
    "all last nothing": lambda c: lie_of_length(c, 0),
    "the track's head says 65535x65535": lambda c: lie_in_box(
        c, b"tkhd", 76, 0xFFFF0000FFFF0000, 8
    ),
    "the sample's head says 65535x65535": lambda c: lie_in_box(c, b"avc1", 24, 0xFFFFFFFF),
    "the sample's head says 0x0": lambda c: lie_in_box(c, b"avc1", 24, 0),
    "both heads say 60000x60000": lambda c: lie_of_size(c, 60_000),
    "both heads say 1x1": lambda c: lie_of_size(c, 1),
    "both heads say 0x0": lambda c: lie_of_size(c, 0),
}
"""The pictures themselves say how large they are and when they are shown."""
LIES: Final[dict[str, Callable[[bytes], bytes]]] = HARMLESS | {
    "the track has no clock": lambda c: lie_in_box(c, b"mdhd", 12, 0),
    "there are 4 billion samples": lambda c: lie_in_box(c, b"stsz", 8, 0xFFFFFFFF),
    "a sample of 4 GB": lambda c: lie_in_box(c, b"stsz", 12, 0xFFFFFFF0),
    "all samples at the end of the world": lambda c: lie_in_box(c, b"stco", 8, 0xFFFFFFF0),
    "the media is of 16 exabytes": lie_of_media,
}


@pytest.fixture(scope="module")
def honest(base: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What is said of the clip that the lies are told of."""
    clip = Path(shutil.copy(base, tmp_path_factory.mktemp("honest")))
    done = analyze(clip, "--json", "-")
    assert done.code == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    [one] = found["sets"]
    assert 2.0 < one["good_hold_s"] < 3.3
    assert found["frames"] == len(read_images(base))
    return found


@pytest.mark.parametrize("name", LIES)
def test_a_clip_that_lies_about_itself(
    name: str, base: Path, honest: dict[str, Any], tmp_path: Path
) -> None:
    """What it holds is judged, whatever it says; never is more held than it shows."""
    clip = tmp_path / "lie.mp4"
    clip.write_bytes(LIES[name](base.read_bytes()))
    done = analyze(clip)
    out = tmp_path / "lie.mp4.formcheck"
    if done.code:
        assert name not in HARMLESS, done.stderr
        assert find_trouble(done) is None
        assert not out.exists()
        return
    result = json.loads((out / "result.json").read_text())
    assert (out / "annotated.mp4").stat().st_size < MOST_VIDEO_BYTES
    if name in HARMLESS:
        assert result["sets"] == honest["sets"]
        assert abs(result["duration_s"] - honest["duration_s"]) < 1.0
    held_s, most_s = (sum(one["good_hold_s"] for one in r["sets"]) for r in (result, honest))
    assert held_s < most_s + SLACK_S


def test_a_matroska_that_says_it_lasts_for_years(base: Path, tmp_path: Path) -> None:
    clip = copy_clip(base, tmp_path / "years.mkv")
    data = clip.read_bytes()
    at = data.index(b"\x44\x89\x88") + 3  # Duration, of 8 bytes
    clip.write_bytes(data[:at] + struct.pack(">d", 1e15) + data[at + 8 :])
    done = analyze(clip, "--out", tmp_path / "out")
    assert done.code == 0, done.stderr
    assert (tmp_path / "out" / "annotated.mp4").stat().st_size < MOST_VIDEO_BYTES
    assert json.loads((tmp_path / "out" / "result.json").read_text())["duration_s"] < 5


def test_pictures_of_8k(tmp_path: Path) -> None:
    image = np.full((4320, 7680, 3), 90, np.uint8)
    clip = encode(tmp_path / "8k.mp4", [image] * 4, "libx264", "yuv420p",
                  options={"preset": "ultrafast"})  # fmt: skip
    done = analyze(clip, "--json", "-")
    assert done.code == 0, done.stderr


@pytest.mark.parametrize("kind", ["calibration", "manifest"])
def test_other_texts_of_50_mb(kind: str, base: Path, tmp_path: Path) -> None:
    huge = tmp_path / "huge.txt"
    if kind == "manifest":
        huge.write_bytes(b"path\n" + b"no-such.mp4;" * (50 << 20 >> 4))
        command: tuple[str, ...] = ("batch", "--manifest", "huge.txt", "--out", "r.csv")
    else:
        huge.write_bytes(b'{"formcheck_neutral": 1, "clip": "' + b"x" * (50 << 20) + b'"}')
        command = ("analyze", str(base), *FAST, "--neutral", "huge.txt", "--json", "-")
    done = run(*command, folder=tmp_path, limits=BOUNDED)
    assert find_trouble(done) is None
    assert len(done.stderr) < 2000
    assert done.took_s < 30
    assert done.peak_bytes < MOST_BYTES
