"""The outline of the trunk: where the silhouette ends on either side of its axis.

The trunk's axis runs from mid-shoulder (u = 0) to mid-hip (u = 1). At each level u a ray goes out
to either side at a right angle; the edge is where the silhouette first falls below a half.
Distances are shares of the trunk's length, independent of the picture's size. The outline is kept
in place of the silhouette: no image of the person is stored.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.landmarks import Landmark

Floats = NDArray[np.float64]

LEVELS: Final[Floats] = np.round(np.arange(-0.10, 1.2001, 0.02), 2)
"""(K,) positions along the trunk at which the edges are sought."""
N_LEVELS: Final = len(LEVELS)
LEFT, RIGHT = 0, 1
"""Edges as seen in the picture with the shoulders up."""
_STEP: Final = 0.01
_REACH: Final[Floats] = np.arange(0.0, 0.9, _STEP)
"""Steps along a ray, in trunk lengths: long enough for a large belly or a bent arm."""
_N_NEAR: Final = 40
"""After these steps most rays have left the body: to sample all of each takes twice the time."""
_INSIDE: Final = 0.5


def trace_outline(silhouette: NDArray[np.float32], xy: Floats) -> Floats:
    """Both edges of the trunk, to less than a pixel.

    Args:
        silhouette: (H, W) in [0, 1], 1 on the person.
        xy: (33, 2) landmarks in pixels of the silhouette.

    Returns:
        (2, K) distances from the trunk's axis to the left and the right edge in trunk lengths, at
        ``LEVELS``; NaN where the axis is off the body, or the ray ends or leaves the picture before
        the edge.
    """
    shoulder = (xy[Landmark.LEFT_SHOULDER] + xy[Landmark.RIGHT_SHOULDER]) / 2
    axis = (xy[Landmark.LEFT_HIP] + xy[Landmark.RIGHT_HIP]) / 2 - shoulder
    edges = np.full((2, N_LEVELS), np.nan)
    if not np.isfinite(axis).all() or np.hypot(*axis) < 1.0:
        return edges
    starts = shoulder + LEVELS[:, None] * axis
    for side, sign in ((LEFT, 1.0), (RIGHT, -1.0)):
        out = sign * np.array([-axis[1], axis[0]])
        edges[side] = _find_edges(silhouette, starts, _REACH[:_N_NEAR, None] * out)
        farther = np.isnan(edges[side])
        if farther.any():
            edges[side, farther] = _find_edges(silhouette, starts[farther], _REACH[:, None] * out)
    return edges


def _find_edges(silhouette: NDArray[np.float32], starts: Floats, ray: Floats) -> Floats:
    """(n,) where rays of (R, 2) pixels from (n, 2) starts leave the body; NaN if they do not."""
    x, y = (starts[:, None, axis] + ray[:, axis] for axis in (0, 1))
    return _find_edge(_sample(silhouette, x, y))


def _sample(image: NDArray[np.float32], x_px: Floats, y_px: Floats) -> Floats:
    """Bilinear values at points; NaN outside the picture."""
    height, width = image.shape
    x, y = x_px - 0.5, y_px - 0.5  # a pixel's value is that of its middle
    known = (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)
    left = np.clip(x, 0, width - 2).astype(np.intp)
    top = np.clip(y, 0, height - 2).astype(np.intp)
    dx, dy = x - left, y - top
    take = image.reshape(-1).take
    corner = top * width + left
    upper = take(corner) * (1 - dx) + take(corner + 1) * dx
    lower = take(corner + width) * (1 - dx) + take(corner + width + 1) * dx
    return np.where(known, upper * (1 - dy) + lower * dy, np.nan)


def _find_edge(values: Floats) -> Floats:
    """(K,) where each row of (K, R) first falls under a half; NaN if it does not, or unseen."""
    first = np.argmax(~(values >= _INSIDE), axis=1)  # NaN is not inside
    rows = np.arange(len(values))
    beyond, before = values[rows, first], values[rows, np.maximum(first - 1, 0)]
    share = (before - _INSIDE) / np.maximum(before - beyond, 1e-9)
    return np.where(first > 0, _REACH[first] + (share - 1) * _STEP, np.nan)
