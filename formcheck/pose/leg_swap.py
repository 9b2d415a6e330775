"""Legs that the model mixes up for a moment: noticed by continuity, and put right."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.landmarks import N_LANDMARKS, PAIRS, Landmark
from formcheck.pose.track import Floats

MAX_GAP_S: Final = 0.4
"""After a longer gap, where the legs were is no longer known."""
GIVE_UP_S: Final = 1.0
"""After this long the model is believed again: it may have been wrong before."""
MIN_APART_THIGH: Final = 0.35
"""Legs closer together than this, on average over their joints, cannot be told apart."""
FAR_NEARER: Final = 0.4
"""Exchanged, they must lie this much nearer to where they were than as the model names them."""

_LEG: Final = frozenset({"HIP", "KNEE", "ANKLE", "HEEL", "FOOT_INDEX"})
_LEFT, _RIGHT = (
    [pair[side] for pair in PAIRS if Landmark(pair[side]).name.split("_", 1)[1] in _LEG]
    for side in (0, 1)
)
EXCHANGED: Final[NDArray[np.intp]] = np.arange(N_LANDMARKS)
"""Landmarks in this order have the legs exchanged."""
EXCHANGED[_LEFT], EXCHANGED[_RIGHT] = _RIGHT, _LEFT
_TOLD: Final = slice(1, None)
"""The hips lie too near each other, side-on, to tell."""


class LegKeeper:
    """Tells from frame to frame whether each leg is still the same leg."""

    def __init__(self) -> None:
        self._last_s = -np.inf
        self._last_xy: Floats | None = None
        """As the model gave it."""
        self._was_exchanged = False
        self._exchanged_since_s: float | None = None

    def update(self, time_s: Floats, xy_px: Floats) -> NDArray[np.bool_]:
        """Which of the next poses have the legs exchanged.

        Args:
            time_s: (N,) presentation times, in order.
            xy_px: (N, 33, 2) finite pixels.

        Returns:
            (N,) True where :data:`EXCHANGED` puts the landmarks right.
        """
        exchanged = np.zeros(len(time_s), dtype=np.bool_)
        if len(time_s) == 0:
            return exchanged
        before = np.concatenate([xy_px[:1] if self._last_xy is None else self._last_xy, xy_px[:-1]])
        told, same, other = _compare(before, xy_px)
        rows = zip(time_s.tolist(), told.tolist(), same.tolist(), other.tolist(), strict=True)
        for place, (now_s, can_tell, as_called, crossed) in enumerate(rows):
            is_followed = can_tell and now_s - self._last_s <= MAX_GAP_S
            is_turned = crossed < FAR_NEARER * as_called
            exchanged[place] = is_followed and self._was_exchanged != is_turned
            exchanged[place] = self._believe(now_s, bool(exchanged[place]))
            self._last_s, self._was_exchanged = now_s, bool(exchanged[place])
        self._last_xy = xy_px[-1:]
        return exchanged

    def _believe(self, now_s: float, exchanged: bool) -> bool:
        """Whether to exchange them back, which is not done for ever."""
        if not exchanged:
            self._exchanged_since_s = None
        elif self._exchanged_since_s is None:
            self._exchanged_since_s = now_s
        elif now_s - self._exchanged_since_s >= GIVE_UP_S:
            self._exchanged_since_s = None
            return False
        return exchanged


def _compare(before: Floats, now: Floats) -> tuple[NDArray[np.bool_], Floats, Floats]:
    """Compare (N, 33, 2) poses with those before them.

    Returns:
        (N,) True where the legs can be told apart; (N,) pixels that they moved if named correctly;
        (N,) pixels that they moved if exchanged.
    """
    left, right, *legs = before[:, _LEFT], before[:, _RIGHT], now[:, _LEFT], now[:, _RIGHT]
    thigh_px = np.maximum(
        _measure_gap_px(left[:, :1], left[:, 1:2]), _measure_gap_px(right[:, :1], right[:, 1:2])
    )
    left, right, now_left, now_right = (leg[:, _TOLD] for leg in (left, right, *legs))
    told = _measure_gap_px(left, right) >= MIN_APART_THIGH * thigh_px
    same = _measure_gap_px(now_left, left) + _measure_gap_px(now_right, right)
    other = _measure_gap_px(now_left, right) + _measure_gap_px(now_right, left)
    return told, same, other


def _measure_gap_px(a: Floats, b: Floats) -> Floats:
    """(N,) mean distance of (N, k, 2) joints."""
    d = a - b
    return np.asarray(np.sqrt(d[..., 0] ** 2 + d[..., 1] ** 2).sum(axis=-1) / d.shape[1])
