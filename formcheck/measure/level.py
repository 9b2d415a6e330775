"""A camera that is turned about its axis: how far, from the frames so far, and undone.

The lines of the room tell it every few seconds (``video/room_lines.py``); where they do not, the
camera is taken as level.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from formcheck.pose.track import Floats

N_READINGS: Final = 5
"""The median of so many, some four seconds from each other: a picture that passes through the room
turns nothing, and a camera that was bumped is followed within a quarter of a minute."""
LEVEL_WITHIN_DEG: Final = 2.0
"""So much is left as it is: 91 % of 270 photos whose lines tell lie within it."""


class Level:
    """The camera's roll from the readings so far."""

    def __init__(self) -> None:
        self._readings: deque[float] = deque(maxlen=N_READINGS)
        self._roll_deg = 0.0

    def follow(self, readings_deg: Floats) -> Floats:
        """(N,) degrees by which the next N pictures are turned clockwise; 0 where that is little.

        Args:
            readings_deg: (N,) what the lines of each picture tell; NaN where they do not.
        """
        rolls_deg = np.empty(len(readings_deg))
        for i, reading_deg in enumerate(readings_deg.tolist()):
            if reading_deg == reading_deg:
                self._readings.append(reading_deg)
                median_deg = float(np.median(self._readings))
                self._roll_deg = median_deg if abs(median_deg) > LEVEL_WITHIN_DEG else 0.0
            rolls_deg[i] = self._roll_deg
        return rolls_deg


def turn_points(points: Floats, by_deg: Floats, about: tuple[float, float] = (0.0, 0.0)) -> Floats:
    """Points turned clockwise in the picture; as they are where that is by 0°.

    Args:
        points: (N, K, 2 or 3), x right, y down; a third coordinate stays.
        by_deg: (N,).
        about: the point that stays, in the same unit.
    """
    if not by_deg.any():
        return points
    turned = points.copy()
    cos, sin = np.cos(np.radians(by_deg))[:, None], np.sin(np.radians(by_deg))[:, None]
    x, y = points[..., 0] - about[0], points[..., 1] - about[1]
    turned[..., 0] = cos * x - sin * y + about[0]
    turned[..., 1] = sin * x + cos * y + about[1]
    return turned
