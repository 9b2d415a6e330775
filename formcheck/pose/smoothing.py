"""One Euro smoothing of landmarks, driven by time.

Source: Casiez, Roussel, Vogel, "1€ Filter", CHI 2012, https://gery.casiez.net/1euro/.
Speed is measured in body sizes a second, so that the result depends neither on the picture's
resolution nor on how far away the person is.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.track import Floats

MIN_CUTOFF_HZ: Final = 2.0
"""Cut-off at rest: 80 ms of lag; a still person's joints jitter .64 as far from frame to frame."""
BETA: Final = 8.0
"""Extra hertz of cut-off for each body size a second."""
SPEED_CUTOFF_HZ: Final = 1.0
"""Cut-off of the speed estimate, the paper's default."""
MAX_GAP_S: Final = 0.5
"""After a longer absence the filter starts anew rather than gliding across it."""


class OneEuro:
    """A filter for one person's landmarks."""

    def __init__(self) -> None:
        self._time_s = -np.inf
        self._value: Floats = np.empty(0)
        self._speed: Floats = np.empty(0)

    def update(self, time_s: Floats, xy_px: Floats, found: NDArray[np.bool_]) -> Floats:
        """Smooth the next poses.

        Args:
            time_s: (N,) presentation times, later than the last.
            xy_px: (N, 33, 2) pixels.
            found: (N,) where they are finite; the filter starts anew after any frame without.

        Returns:
            (N, 33, 2) smoothed pixels, NaN where nobody was found.
        """
        smooth = np.full_like(xy_px, np.nan)
        body_px = np.maximum(np.hypot(*np.ptp(xy_px, axis=1).T), 1e-6).tolist()
        rows = zip(time_s.tolist(), xy_px, body_px, found.tolist(), strict=True)
        for place, (now_s, xy, size_px, is_found) in enumerate(rows):
            if is_found:
                smooth[place] = self._push(now_s, xy, size_px)
            else:
                self._time_s = -np.inf
        return smooth

    def _push(self, time_s: float, xy_px: Floats, body_px: float) -> Floats:
        dt_s = time_s - self._time_s
        self._time_s = time_s
        if not 0 < dt_s <= MAX_GAP_S:
            self._value, self._speed = xy_px, np.zeros_like(xy_px)
            return xy_px
        step = xy_px - self._value
        # 2 pi f dt / (1 + 2 pi f dt) is the paper's alpha.
        turn = 2 * math.pi * dt_s
        slow = SPEED_CUTOFF_HZ * turn
        self._speed = self._speed + slow / (1 + slow) * (step / (body_px * dt_s) - self._speed)
        pace = np.hypot(self._speed[:, 0], self._speed[:, 1])
        fast = MIN_CUTOFF_HZ * turn + BETA * turn * pace
        self._value = self._value + (fast / (1 + fast))[:, None] * step
        return self._value
