"""A clip as the picture of Chromium's fake camera, and pages that film with it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.support.media import Images, read_frames

FILM_HZ = 30
"""Chromium plays MJPEG so fast."""
STAYS_S = 4.0
"""The last picture of each side stays for so long: a busy machine judges few a second."""


def write_film(path: Path, frames: Images, end_s: float) -> Path:
    """Frames at their times as MJPEG, each shown until the next, up to an end."""
    waiting = [(round(at * FILM_HZ), image) for at, image in frames]
    with path.open("wb") as file:
        jpeg = b""
        for number in range(round(end_s * FILM_HZ)):
            while waiting and waiting[0][0] <= number:
                jpeg = encode_jpeg(waiting.pop(0)[1])
            file.write(jpeg)
    return path


def encode_jpeg(image: NDArray[np.uint8], quality: int = 85) -> bytes:
    """A picture (H, W, 3) BGR as a page sends it."""
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return bytes(data.tobytes())


def film_both_sides(path: Path, samples: Path) -> Path:
    """Kneeling on the left knee, as long on the right one, and an empty room."""
    frames = read_frames(samples / "half-kneeling_knee-lean.mp4", 0, 5.7)
    end_s = 5.7 + STAYS_S
    mirrored = [(end_s + at, np.ascontiguousarray(image[:, ::-1])) for at, image in frames]
    empty = [(2 * end_s, np.full_like(frames[0][1], 120))]
    return write_film(path, [*frames, *mirrored, *empty], 2 * end_s + 2)
