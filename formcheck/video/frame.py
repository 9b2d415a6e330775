"""One picture and the moment it is shown, and a picture fitted into another shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

SHOWN_SIDE_PX: Final = 1920
"""Longest side of the pictures in a clip's video and on its page."""
Image = NDArray[np.uint8]
"""(H, W, 3), y down."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a clip or camera, upright as a viewer sees it.

    Raises:
        ValueError: the image is not uint8 (H, W, 3), or the time is not finite.
    """

    image: Image
    """uint8 (H, W, 3), BGR, y down."""
    time_s: float
    """Presentation time in seconds from the clip's start; strictly increasing within a source."""
    index: int
    """Place among the source's frames, from 0."""

    def __post_init__(self) -> None:
        if self.image.ndim != 3 or self.image.shape[2] != 3 or self.image.dtype != np.uint8:
            raise ValueError(
                f"a frame must be uint8 (H, W, 3), got {self.image.dtype} {self.image.shape}"
            )
        if not np.isfinite(self.time_s):
            raise ValueError(f"a frame's time_s must be finite, got {self.time_s}")

    @property
    def width_px(self) -> int:
        """Width of the picture."""
        return int(self.image.shape[1])

    @property
    def height_px(self) -> int:
        """Height of the picture."""
        return int(self.image.shape[0])


_DARKEST: Final = 40
"""Grey levels up to this are black after a lossy codec."""
_EDGE: Final = 0.01
"""Of a picture's size: this near to its bars, a codec blends the two."""


def fit(image: Image, width_px: int, height_px: int) -> Image:
    """A picture shrunk or enlarged to a given size, black where its shape leaves room."""
    height, width = image.shape[:2]
    if (width, height) == (width_px, height_px):
        return image
    share = min(width_px / width, height_px / height)
    inner = max(1, round(width * share)), max(1, round(height * share))
    way = cv2.INTER_AREA if share < 1 else cv2.INTER_LINEAR
    fitted = np.asarray(cv2.resize(image, inner, interpolation=way), np.uint8)
    if inner == (width_px, height_px):
        return fitted
    canvas = np.zeros((height_px, width_px, 3), np.uint8)
    left, top = (width_px - inner[0]) // 2, (height_px - inner[1]) // 2
    canvas[top : top + inner[1], left : left + inner[0]] = fitted
    return canvas


def cut_bars(image: Image, width_px: int, height_px: int) -> Image:
    """The part of a picture between black bars, if that has the shape of the size; else all."""
    height, width = image.shape[:2]
    share = min(width / width_px, height / height_px)
    inner = max(1, round(width_px * share)), max(1, round(height_px * share))
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    dx, dy = left - round(_EDGE * width), top - round(_EDGE * height)
    bars = [image[: max(dy, 0)], image[height - max(dy, 0) :]]
    bars += [image[:, : max(dx, 0)], image[:, width - max(dx, 0) :]]
    bars = [bar for bar in bars if bar.size]
    if not bars or any(int(bar.max()) > _DARKEST for bar in bars):
        return image
    return image[top : top + inner[1], left : left + inner[0]]
