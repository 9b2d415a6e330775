"""Angles and inclinations of points in a picture, whole tracks at a time.

Conventions: points are (..., 2) pixels, x right, y down; never normalised coordinates, which bend
angles when the picture is not square. ``facing`` is (...), +1 where the person faces right in the
picture and -1 where left. Results are (...); unknown points are NaN and give NaN.
"""

from __future__ import annotations

import numpy as np

from formcheck.pose.track import Floats


def cross(u: Floats, v: Floats) -> Floats:
    """The z of the cross product of (..., 2) vectors: + when v is clockwise of u on the screen."""
    return np.asarray(u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0])


def compute_included_angle_deg(a: Floats, b: Floats, c: Floats) -> Floats:
    """The angle at b between a and c, in [0, 180]; 180 is straight."""
    u, v = a - b, c - b
    dot = (u * v).sum(axis=-1)
    return np.asarray(np.degrees(np.arctan2(np.abs(cross(u, v)), dot)))


def compute_elevation_deg(start: Floats, end: Floats) -> Floats:
    """How far the segment rises above horizontal, in [-90, 90], + when ``end`` is higher."""
    d = end - start
    return np.degrees(np.arctan2(-d[..., 1], np.abs(d[..., 0])))


def compute_tilt_deg(low: Floats, high: Floats, facing: Floats) -> Floats:
    """The segment's tilt from vertical, in (-180, 180], + when ``high`` lies forward of ``low``.

    ``low`` is the end below in an upright person: 0 is upright, 90 lying face down, -90 supine.
    """
    d = high - low
    return np.degrees(np.arctan2(facing * d[..., 0], -d[..., 1]))


def compute_distance_px(a: Floats, b: Floats) -> Floats:
    """Distance between points, in pixels."""
    d = b - a
    return np.asarray(np.hypot(d[..., 0], d[..., 1]))


def compute_distance_to_segment_px(p: Floats, a: Floats, b: Floats) -> Floats:
    """Distance of points p from the segments a-b, in pixels."""
    # By coordinates: numpy sums pairs at a tenth of the pace.
    ax, ay = a[..., 0], a[..., 1]
    dx, dy = b[..., 0] - ax, b[..., 1] - ay
    x, y = p[..., 0] - ax, p[..., 1] - ay
    per_length_sq = 1 / np.maximum(dx * dx + dy * dy, 1e-12)
    t = np.maximum(np.minimum(x * (dx * per_length_sq) + y * (dy * per_length_sq), 1.0), 0.0)
    return np.asarray(np.hypot(x - t * dx, y - t * dy))
