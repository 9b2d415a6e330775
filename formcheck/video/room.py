"""Whether the camera was moved: the room behind the person shifts, turns, or comes nearer."""

from __future__ import annotations

import math
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.video.frame import Frame

LOOK_EVERY_S: Final = 0.5
MOVED_SHARE: Final = 0.02
"""Of the picture's diagonal: a room that has shifted by more was not shaken, but moved. What a
floor that gives, or a camera's stabiliser, shifts is less."""
_WIDTH_PX: Final = 320
"""Of the copy that is looked at."""
_MAX_POINTS: Final = 120
_QUALITY: Final = 0.003
"""Of the weakest corner, as a share of the strongest: in a plain room the floor has most of them.
With 0.02 a bump was told in 9 of the 25 sample clips, so in 20; left as they are, in none."""
_MIN_POINTS: Final = 12
"""Of a plainer room too little is seen to tell."""
_MIN_AGREE: Final = 0.6
"""Of the points, those that shift as one room does."""
_STILL_PX: Final = 1.0
"""Where most corners have shifted by less, the camera has not: to be sure of it takes half the time
of measuring a shift."""
_LOST_S: Final = 5.0
"""A room that looks otherwise for so long, as when the light was switched on, is the new one."""
_MARGIN: Final = 0.1
"""Around the person, of their size."""

Gray = NDArray[np.uint8]
Points = NDArray[np.float32]


class RoomWatch:
    """Compares the room with what it was, twice a second, where nobody is in the way."""

    def __init__(self) -> None:
        self._room: Gray | None = None
        self._points: Points = np.empty((0, 1, 2), np.float32)
        self._before: Gray | None = None
        self._looked_s = -math.inf
        self._known_s = -math.inf

    def update(self, frame: Frame, person_px: NDArray[np.float64]) -> bool:
        """Take the next frame.

        Args:
            frame: in order of time.
            person_px: (33, 2) the person's landmarks in it, NaN where nobody was found.

        Returns:
            True once the camera has come to rest where it was not before.
        """
        if frame.time_s - self._looked_s < LOOK_EVERY_S - 1e-3:
            return False
        self._looked_s = frame.time_s
        scale = _WIDTH_PX / frame.width_px
        size = _WIDTH_PX, max(1, round(frame.height_px * scale))
        # Grey first: OpenCV takes twice the time to shrink three colours.
        grey = cv2.cvtColor(frame.image, cv2.COLOR_BGR2GRAY)
        now = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
        before, self._before = self._before, now
        if self._room is None or before is None:
            self._remember(now, person_px * scale, frame.time_s)
            return False
        shift_px = self._measure_shift(now)
        if shift_px is None:
            if frame.time_s - self._known_s >= _LOST_S:
                self._remember(now, person_px * scale, frame.time_s)
            return False
        self._known_s = frame.time_s
        limit_px = MOVED_SHARE * math.hypot(*size)
        if shift_px < limit_px:
            return False
        last_px = self._measure_shift(before)
        if last_px is None or abs(last_px - shift_px) > limit_px / 4:
            return False  # it still moves
        self._remember(now, person_px * scale, frame.time_s)
        return True

    def _remember(self, room: Gray, person_px: NDArray[np.float64], time_s: float) -> None:
        """The room is as it is now."""
        mask = np.full(room.shape, 255, np.uint8)
        if np.isfinite(person_px).all():
            low, high = person_px.min(axis=0), person_px.max(axis=0)
            margin = _MARGIN * float((high - low).max())
            left, top = np.maximum(0, low - margin).astype(int)
            right, bottom = np.maximum(0, high + margin).astype(int)
            mask[top : bottom + 1, left : right + 1] = 0
        points: Any = cv2.goodFeaturesToTrack(room, _MAX_POINTS, _QUALITY, 4, mask=mask)
        self._room, self._known_s = room, time_s
        if points is None:
            points = np.empty((0, 1, 2))
        self._points = np.asarray(points, np.float32)

    def _measure_shift(self, now: Gray) -> float | None:
        """How far the room's corners have shifted in the mean, in pixels; None if it is unknown."""
        if len(self._points) < _MIN_POINTS or self._room is None:
            return None
        flow: Any = cv2.calcOpticalFlowPyrLK  # None lets it make what it returns
        there, seen, _ = flow(self._room, now, self._points, None)
        is_still = np.hypot(*(there - self._points)[:, 0].T) < _STILL_PX
        if np.mean(is_still & (seen[:, 0] == 1)) > 0.5:
            return 0.0
        back, again, _ = flow(now, self._room, there, None)
        error_px = np.hypot(*(back - self._points)[:, 0].T)
        good = (seen[:, 0] == 1) & (again[:, 0] == 1) & (error_px < 1.0)
        if good.sum() < max(_MIN_POINTS, _MIN_AGREE * len(self._points)):
            return None
        turn, agree = cv2.estimateAffinePartial2D(
            self._points[good], there[good], ransacReprojThreshold=2.0
        )
        if turn is None or agree.sum() < _MIN_AGREE * good.sum():
            return None
        height, width = now.shape
        corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float64)
        shifted = corners @ turn[:, :2].T + turn[:, 2]
        return float(np.hypot(*(shifted - corners).T).mean())
