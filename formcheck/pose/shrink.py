"""How large the picture is that the model is given."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.video.frame import Frame

MAX_SIDE_PX: Final = 640
"""Frames are shrunk to this before inference: more pixels gain nothing (measured)."""
_WIDE: Final = 2.0
"""Pictures wider than so many heights, such as two clips side by side, are shrunk to a height."""
_WIDE_HEIGHT_PX: Final = 360
_WIDEST_PX: Final = 1280
_MIN_SIDE_PX: Final = 16


def choose_side_px(width_px: int, height_px: int) -> int:
    """Longest side that a picture of that size is shrunk to before inference."""
    # A broken file may say that its pictures have no height.
    if height_px == 0 or width_px <= _WIDE * height_px:
        return MAX_SIDE_PX
    return min(round(_WIDE_HEIGHT_PX * width_px / height_px), _WIDEST_PX)


def prepare(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGB, no larger than ``choose_side_px`` says and no side too short for the model."""
    return np.ascontiguousarray(cv2.cvtColor(_shrink(image), cv2.COLOR_BGR2RGB), dtype=np.uint8)


def shrink_frame(frame: Frame) -> Frame:
    """A frame as ``prepare`` would shrink it, so that less of it is kept until then."""
    return replace(frame, image=_shrink(frame.image))


def _shrink(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    scale = min(1.0, choose_side_px(width, height) / max(height, width))
    size = (max(_MIN_SIDE_PX, round(width * scale)), max(_MIN_SIDE_PX, round(height * scale)))
    if size != (width, height):
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return image
