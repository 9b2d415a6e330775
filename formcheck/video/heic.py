"""HEIC photos, as iPhones take them: made into a picture that FFmpeg reads."""

from __future__ import annotations

import io
from typing import BinaryIO, Final

import numpy as np

from formcheck.errors import SourceError

_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis"})
_ANY_CODEC: Final = b"mif1"
_OTHER_CODEC: Final = b"avif"
"""FFmpeg reads it by itself."""


def is_heic(head: bytes) -> bool:
    """Whether a file that begins like this is a HEIC picture."""
    if head[4:8] != b"ftyp":
        return False
    length = int.from_bytes(head[:4], "big")
    brands = {head[at : at + 4] for at in range(8, min(length, len(head)), 4)}
    return bool(brands & _BRANDS) or (head[8:12] == _ANY_CODEC and _OTHER_CODEC not in brands)


def convert_heic(file: BinaryIO, name: str, max_pixels: int) -> bytes:
    """The main picture in it, upright, as a PPM.

    Args:
        file: of the picture, from its start.
        name: what to call it in messages.
        max_pixels: more are refused before they are decoded.

    Raises:
        SourceError: it is too large, or cannot be decoded.
    """
    import pillow_heif  # 27 MB, for these alone

    try:
        picture = pillow_heif.open_heif(file)
        width, height = picture.size
        if width * height <= max_pixels:
            image = np.asarray(picture, np.uint8)
    except Exception as error:  # the library raises whatever Pillow does, and more
        raise SourceError(
            name, "is a HEIC picture that cannot be decoded", "save it as JPEG or PNG"
        ) from error
    if width * height > max_pixels:
        what = f"has over {max_pixels // 1_000_000} megapixels"
        raise SourceError(name, what, "make it smaller")
    if image.ndim == 2:
        image = np.repeat(image[..., None], 3, axis=2)
    data = io.BytesIO()
    data.write(f"P6\n{width} {height}\n255\n".encode())
    data.write(np.ascontiguousarray(image[..., :3]).tobytes())
    return data.getvalue()
