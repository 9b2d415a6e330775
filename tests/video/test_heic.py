"""HEIC photos, as iPhones take them."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageOps

from formcheck.errors import SourceError
from formcheck.video.clip import Clip
from formcheck.video.opening import convert_heic, is_heic

Image = NDArray[np.uint8]


def photo(width: int = 640, height: int = 480) -> Image:
    """RGB, red at the top left, green at the bottom right, else grey."""
    image = np.full((height, width, 3), 100, np.uint8)
    image[: height // 2, : width // 2] = (230, 20, 20)
    image[height // 2 :, width // 2 :] = (20, 230, 20)
    return image


def encode(image: Image, mode: str = "RGB", orientation: int = 1) -> bytes:
    """As cameras write it: turned by the file's own properties, and the Exif tag says the same."""
    size = image.shape[1], image.shape[0]
    data = io.BytesIO()
    exif = make_exif(orientation)
    pillow_heif.from_bytes(mode, size, image.tobytes()).save(data, quality=90, exif=exif)
    return data.getvalue()


def make_exif(orientation: int) -> bytes:
    tags = struct.pack(">4sIHHHIHHI", b"MM\0*", 8, 1, 0x112, 3, 1, orientation, 0, 0)
    return b"Exif\0\0" + tags


def turn_upright(image: Image, orientation: int) -> Image:
    turned = Pillow.fromarray(image)
    turned.getexif()[0x112] = orientation
    return np.asarray(ImageOps.exif_transpose(turned))


def test_a_photo_is_read(tmp_path: Path) -> None:
    path = tmp_path / "IMG_0001.HEIC"
    path.write_bytes(encode(photo()))
    with Clip(path) as clip:
        assert clip.is_still
        assert (clip.width_px, clip.height_px) == (640, 480)
        for _ in range(2):
            [frame] = clip.frames()
            assert np.abs(frame.image.astype(int) - photo()[..., ::-1]).mean() < 4
        [small] = clip.frames(max_side_px=160)
        assert small.image.shape == (120, 160, 3)
        assert clip.n_damaged == 0


def test_a_file_object_is_read(tmp_path: Path) -> None:
    with Clip(io.BytesIO(encode(photo(64, 48))), name="upload") as clip:
        [frame] = clip.frames()
    assert frame.image.shape == (48, 64, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("tag", ["the same", "none", "another"])
def test_a_photo_is_turned_once(tmp_path: Path, orientation: int, tag: str) -> None:
    """By its own properties: of the Exif tag beside them the format says that it turns nothing."""
    data = encode(photo(), orientation=orientation)
    assert (b"irot" in data or b"imir" in data) == (orientation > 1)
    if tag != "the same":
        told = 1 if tag == "none" else 9 - orientation
        assert data.count(make_exif(orientation)[6:]) == 1
        data = data.replace(make_exif(orientation)[6:], make_exif(told)[6:])
    path = tmp_path / "p.heic"
    path.write_bytes(data)
    expected = turn_upright(photo(), orientation)
    with Clip(path) as clip:
        assert (clip.width_px, clip.height_px) == (expected.shape[1], expected.shape[0])
        for _ in range(2):
            [frame] = clip.frames()
            assert frame.image.shape == expected.shape
            assert np.abs(frame.image.astype(int) - expected[..., ::-1]).mean() < 4


@pytest.mark.parametrize(("mode", "channels"), [("L", None), ("RGBA", 4)])
def test_grey_and_transparent_ones_are_read(
    tmp_path: Path, mode: str, channels: int | None
) -> None:
    shape = (48, 64) if channels is None else (48, 64, channels)
    path = tmp_path / "p.heic"
    path.write_bytes(encode(np.full(shape, 180, np.uint8), mode))
    with Clip(path) as clip:
        [frame] = clip.frames()
    assert frame.image.shape == (48, 64, 3)
    assert frame.image.mean() == pytest.approx(180, abs=4)


def test_what_is_damaged_or_too_large_is_one_line(tmp_path: Path) -> None:
    whole = encode(photo())
    path = tmp_path / "p.heic"
    for length in (60, len(whole) // 2):
        path.write_bytes(whole[:length])
        with pytest.raises(SourceError, match=r"^p\.heic: is a HEIC picture that cannot") as caught:
            Clip(path)
        assert "\n" not in str(caught.value)
    with pytest.raises(SourceError, match=r"^p\.heic: has over 0 megapixels"):
        convert_heic(io.BytesIO(whole), "p.heic", 640 * 480 - 1)


@pytest.mark.parametrize(
    ("brands", "expected"),
    [
        (b"heic\0\0\0\0mif1heic", True),
        (b"mif1\0\0\0\0mif1heic", True),
        (b"mif1\0\0\0\0mif1miaf", True),
        (b"avif\0\0\0\0avifmif1", False),
        (b"mif1\0\0\0\0mif1avif", False),
        (b"isom\0\0\0\0isomavc1", False),
        (b"qt  \0\0\0\0qt  ", False),
    ],
)
def test_what_is_heic(brands: bytes, expected: bool) -> None:
    head = (8 + len(brands)).to_bytes(4, "big") + b"ftyp" + brands
    assert is_heic(head + b"\0\0\0\x08heic") is expected
    assert not is_heic(head.replace(b"ftyp", b"moov"))
