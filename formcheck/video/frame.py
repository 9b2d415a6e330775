"""One picture and the moment it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

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
                f"a frame is uint8 (H, W, 3), got {self.image.dtype} {self.image.shape}"
            )
        if not np.isfinite(self.time_s):
            raise ValueError(f"a frame's time_s is finite, got {self.time_s}")

    @property
    def width_px(self) -> int:
        """Width of the picture."""
        return int(self.image.shape[1])

    @property
    def height_px(self) -> int:
        """Height of the picture."""
        return int(self.image.shape[0])
