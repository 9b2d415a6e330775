"""Finds everybody in a picture: first in the whole of it, then nearer, piece by piece.

The model's detector sees the whole picture at 224 pixels and lets go of the smaller of two people,
and of both in a wide picture. So who was found is painted over, and what is left is searched in
squares. What is found there is looked at once more, nearer still: a cushion may pass for a person
once, but not twice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.follow import Box
from formcheck.pose.people import Part, find_distinct, is_same, measure_size

Image = NDArray[np.uint8]
Window = tuple[int, int, int, int]
"""left, top, right, bottom in pixels; right and bottom are outside."""
_STEP: Final = 0.8
"""From one square to the next, of its side."""
_SURE: Final = 0.9
"""Mean presence of the landmarks of somebody found nearer; of what is nobody it is mostly less."""
_LEAST: Final = 0.25
"""Of the largest person's size: somebody smaller found nearer is far in the background."""
_ROOM: Final = 2.5
"""Side of the square of the last look, of the person's larger side."""
_MARGIN: Final = 0.08
_MARGIN_PX: Final = 12
"""Around the landmarks there is more of a person: hair, hands, clothes."""


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """Somebody whom the model found."""

    box: Box
    presence: float
    """Mean of the landmarks', 0 to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Everybody in a picture."""

    boxes: list[Box]
    """Of different people, the largest first."""
    near: list[Box]
    """Those of them whom the whole picture did not show."""

    def is_near(self, box: Box) -> bool:
        """Whether it is one of ``near``."""
        return any(box is other for other in self.near)

    def without(self, box: Box) -> list[Box]:
        """The others."""
        return [other for other in self.boxes if other is not box]


def find_people(image: Image, detect: Callable[[Image], list[Detection]]) -> People:
    """Everybody in a picture.

    Args:
        image: RGB.
        detect: finds people in a picture.
    """
    found = find_distinct([one.box for one in detect(image)])
    near: list[Box] = []
    height, width = image.shape[:2]
    for window in list_windows(width, height):
        rest = _paint_out(image, [*found, *near])
        for one in _detect_in(rest, window, detect):
            box = _look_again(rest, one, detect)
            if box is not None and not any(is_same(box, other) for other in (*found, *near)):
                near.append(box)
    boxes = find_distinct([*found, *near])
    least = _LEAST * max(map(measure_size, boxes), default=0.0)
    near = [box for box in near if measure_size(box) >= least]
    return People([b for b in boxes if any(b is one for one in (*found, *near))], near)


def list_windows(width: int, height: int) -> list[Window]:
    """Squares that overlap and cover a picture; none where it is a square itself."""
    side, longer = sorted((width, height))
    n = math.ceil((longer - side) / (_STEP * side))
    starts = [round((longer - side) * k / n) for k in range(n + 1)] if n else []
    if width >= height:
        return [(start, 0, start + side, side) for start in starts]
    return [(0, start, side, start + side) for start in starts]


def frame_person(box: Box, image: Image) -> Window:
    """The largest square of a picture about a person."""
    height, width = image.shape[:2]
    return _frame_square(box, min(width, height), width, height)


def find_part(window: Window | None, image: Image) -> Part:
    """Left, top, width and height of a window, shares of the picture; None is the whole."""
    if window is None:
        return 0.0, 0.0, 1.0, 1.0
    height, width = image.shape[:2]
    left, top, right, bottom = window
    return left / width, top / height, (right - left) / width, (bottom - top) / height


def cut(image: Image, window: Window) -> Image:
    """The part of a picture that a window shows."""
    left, top, right, bottom = window
    return np.ascontiguousarray(image[top:bottom, left:right])


def _frame_square(box: Box, side: float, width: int, height: int) -> Window:
    """A square of that side about a box, as far as the picture reaches."""
    side = min(math.ceil(side), width, height)
    middle = (box[:2] + box[2:]) / 2 - side / 2
    left, top = np.clip(np.rint(middle), 0, (width - side, height - side)).astype(int).tolist()
    return left, top, left + side, top + side


def _detect_in(
    image: Image, window: Window, detect: Callable[[Image], list[Detection]]
) -> Iterator[Box]:
    """Boxes of who is sure to be in a window."""
    corner = np.array([*window[:2], *window[:2]], dtype=np.float64)
    return (one.box + corner for one in detect(cut(image, window)) if one.presence >= _SURE)


def _look_again(image: Image, box: Box, detect: Callable[[Image], list[Detection]]) -> Box | None:
    """The box of whoever is found in the same place when looked at nearer."""
    height, width = image.shape[:2]
    window = _frame_square(box, _ROOM * float(max(box[2:] - box[:2])), width, height)
    return next((one for one in _detect_in(image, window, detect) if is_same(box, one)), None)


def _paint_out(image: Image, boxes: Sequence[Box]) -> Image:
    """The picture without those people."""
    painted = image.copy()
    for box in boxes:
        margin = max(_MARGIN_PX, _MARGIN * measure_size(box))
        left, top, right, bottom = np.maximum(0, box + np.array([-1, -1, 1, 1]) * margin).astype(
            int
        )
        painted[top : bottom + 1, left : right + 1] = 128
    return painted
