"""Poses of random numbers, as an estimator could not give them, for what only keeps them."""

from __future__ import annotations

import numpy as np

from formcheck.pose.outline import N_LEVELS
from formcheck.pose.track import PoseTrack


def make_track(n: int = 5, *, outlined: bool = False) -> PoseTrack:
    """``n`` frames, the second of them without a person."""
    random = np.random.default_rng(3)

    def numbers(*shape: int) -> np.ndarray:
        return random.random(shape).astype(np.float32).astype(np.float64)

    xy_px = numbers(n, 33, 2)
    xy_px[1:2] = np.nan
    return PoseTrack(
        np.arange(n) / 7, xy_px, numbers(n, 33, 3), numbers(n, 33), np.ones(n, np.int16),
        640, 480, "clip.mp4", "full", 30, 2.25,
        outline=numbers(n, 2, N_LEVELS) if outlined else None,
    )  # fmt: skip
