"""How large a picture the model is given."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

MAX_SIDE_PX: Final = 640
"""Frames are shrunk to this before inference; more pixels gain nothing (measured)."""
_SHORT_SIDE_PX: Final = 360
_LONGEST_SIDE_PX: Final = 1280
"""A picture wider than 16:9 keeps the height of one of 16:9: two clips side by side, say."""
_MIN_SIDE_PX: Final = 16


def choose_side_px(width_px: int, height_px: int) -> int:
    """Longest side that a picture of that size is shrunk to before inference."""
    whole = _SHORT_SIDE_PX * max(width_px, height_px) / max(1, min(width_px, height_px))
    is_wide = width_px > height_px
    return round(min(max(MAX_SIDE_PX, whole), _LONGEST_SIDE_PX)) if is_wide else MAX_SIDE_PX


def prepare(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGB, no larger than ``choose_side_px`` says and no side too short for the model."""
    height, width = image.shape[:2]
    scale = min(1.0, choose_side_px(width, height) / max(height, width))
    size = (max(_MIN_SIDE_PX, round(width * scale)), max(_MIN_SIDE_PX, round(height * scale)))
    if size != (width, height):
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return np.ascontiguousarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), dtype=np.uint8)
