"""A mannequin in the right position, from an exercise's figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from formcheck.exercises.spec import Figure
from formcheck.feedback.drawing import BLUE, GREY, YELLOW, Colour, Image
from formcheck.pose.landmarks import Side, other_side
from formcheck.pose.pose import Floats

NEAR: Final[Colour] = (226, 218, 210)
FAR: Final[Colour] = (142, 132, 122)
TRUNK: Final[Colour] = BLUE
_HEAD_TRUNK: Final = 0.19
"""Radius of the head, trunk lengths; the widths below are diameters."""
_TRUNK_TRUNK: Final = 0.36
_LIMBS: Final[tuple[tuple[str, str, float], ...]] = (
    ("hip", "knee", 0.23),
    ("knee", "ankle", 0.17),
    ("ankle", "toe", 0.12),
    ("shoulder", "elbow", 0.14),
    ("elbow", "wrist", 0.12),
)
_MARGIN: Final = 0.06
"""Of the region's shorter side."""


def draw_figure(image: Image, figure: Figure, *, mirrored: bool, marks: Sequence[str] = ()) -> None:
    """Draw a figure as large as it fits.

    Args:
        image: uint8 (H, W, 3) BGR, drawn on in place.
        figure: the position.
        mirrored: the other way round.
        marks: points to ring, by their names in the figure.
    """
    xy = {
        name: np.array([-x if mirrored else x, -y], dtype=np.float64)
        for name, (x, y) in figure.points.items()
    }
    height, width = image.shape[:2]
    placed, unit = _place(xy, width, height)
    if unit < 4:
        return
    points = {name: (round(x), round(y)) for name, (x, y) in placed.items()}
    floor = max(y for _, y in points.values()) + round(0.09 * unit)
    cv2.line(image, (0, floor), (width - 1, floor), GREY, max(1, round(unit / 40)), cv2.LINE_AA)
    near: Side = figure.near or "left"
    is_side_on = figure.near is not None
    _draw_limbs(image, points, unit, other_side(near), FAR if is_side_on else NEAR)
    _draw_trunk(image, points, unit)
    _draw_limbs(image, points, unit, near, NEAR)
    radius = round(0.13 * unit)
    for name in marks:
        cv2.circle(image, points[name], radius, YELLOW, max(2, round(unit / 25)), cv2.LINE_AA)


def _place(xy: dict[str, Floats], width: int, height: int) -> tuple[dict[str, Floats], float]:
    """The points in pixels, and the length of a trunk."""
    every = np.array(list(xy.values()))
    body = 0.12
    low, high = every.min(axis=0) - body, every.max(axis=0) + body
    low = np.minimum(low, xy["head"] - _HEAD_TRUNK)
    high = np.maximum(high, xy["head"] + _HEAD_TRUNK)
    margin = _MARGIN * min(width, height)
    unit = float(
        min((width - 2 * margin) / (high - low)[0], (height - 2 * margin) / (high - low)[1])
    )
    left = (width - unit * (high - low)[0]) / 2
    top = (height - unit * (high - low)[1]) / 2
    return {name: (point - low) * unit + [left, top] for name, point in xy.items()}, unit


def _draw_limbs(
    image: Image, points: dict[str, tuple[int, int]], unit: float, side: Side, colour: Colour
) -> None:
    """One side's leg and arm, with a dark edge that parts them from what is behind."""
    for edge in (True, False):
        for a, b, width in _LIMBS:
            thick = max(1, round(width * unit) + (max(2, round(unit / 25)) if edge else 0))
            shade = (38, 33, 30) if edge else colour
            cv2.line(image, points[f"{side}_{a}"], points[f"{side}_{b}"], shade, thick, cv2.LINE_AA)


def _draw_trunk(image: Image, points: dict[str, tuple[int, int]], unit: float) -> None:
    shoulders = np.array([points["left_shoulder"], points["right_shoulder"]])
    hips = np.array([points["left_hip"], points["right_hip"]])
    corners = np.array([shoulders[0], shoulders[1], hips[1], hips[0]], np.int32)
    neck = shoulders.mean(axis=0).round().astype(int).tolist()
    pelvis = hips.mean(axis=0).round().astype(int).tolist()
    head = points["head"]
    cv2.line(image, neck, head, NEAR, max(1, round(0.13 * unit)), cv2.LINE_AA)
    cv2.circle(image, head, round(_HEAD_TRUNK * unit), NEAR, -1, cv2.LINE_AA)
    wide = max(1, round(_TRUNK_TRUNK * unit))
    cv2.fillConvexPoly(image, cv2.convexHull(corners), TRUNK, cv2.LINE_AA)
    cv2.line(image, neck, pelvis, TRUNK, wide, cv2.LINE_AA)
