"""One Euro smoothing of landmarks, driven by time.

Source: Casiez, Roussel, Vogel, "1€ Filter", CHI 2012, https://gery.casiez.net/1euro/.
Speed is taken in body sizes a second, so that the result does not depend on the resolution of the
picture or on how far away the person is.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from formcheck.pose.pose import Floats

MIN_CUTOFF_HZ: Final = 2.0
"""Cut-off at rest: 80 ms of lag; frame to frame, joints of a still person move .64 as far."""
BETA: Final = 8.0
"""Extra hertz of cut-off for each body size a second."""
SPEED_CUTOFF_HZ: Final = 1.0
"""Cut-off of the speed estimate, the paper's default."""
MAX_GAP_S: Final = 0.5
"""A longer absence starts the filter anew rather than gliding across it."""


def _alpha(cutoff_hz: Floats | float, dt_s: float) -> Floats | float:
    tau_s = 1.0 / (2 * np.pi * np.asarray(cutoff_hz))
    return 1.0 / (1.0 + tau_s / dt_s)


class OneEuro:
    """A filter for one person's landmarks, fed one pose at a time."""

    def __init__(self) -> None:
        self._time_s: float | None = None
        self._value: Floats = np.empty(0)
        self._speed: Floats = np.empty(0)

    def reset(self) -> None:
        """Forget the past: the next pose is taken as it is."""
        self._time_s = None

    def update(self, xy_px: Floats, time_s: float) -> Floats:
        """Smooth the next pose.

        Args:
            xy_px: (33, 2) finite pixels.
            time_s: its presentation time, later than the last.

        Returns:
            (33, 2) smoothed pixels.
        """
        if self._time_s is None or not 0 < time_s - self._time_s <= MAX_GAP_S:
            self._time_s, self._value = time_s, xy_px
            self._speed = np.zeros_like(xy_px)
            return xy_px
        dt_s = time_s - self._time_s
        body_px = max(float(np.hypot(*np.ptp(xy_px, axis=0))), 1e-6)
        speed = (xy_px - self._value) / body_px / dt_s
        self._speed = self._speed + _alpha(SPEED_CUTOFF_HZ, dt_s) * (speed - self._speed)
        pace = np.linalg.norm(self._speed, axis=1, keepdims=True)
        alpha = _alpha(MIN_CUTOFF_HZ + BETA * pace, dt_s)
        self._value = self._value + alpha * (xy_px - self._value)
        self._time_s = time_s
        return self._value
