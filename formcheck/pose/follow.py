"""Which of several people to follow, as the user puts it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

import numpy as np

from formcheck.errors import ArgumentError
from formcheck.pose.track import Floats

Box = Floats
"""(4,) left, top, right, bottom in pixels of the picture that was searched."""
Point = tuple[float, float]
"""Shares of the picture's width and height: 0, 0 is its top left corner, 1, 1 its bottom right."""
Follow = Literal["left", "right", "largest"] | Point
"""Whom to follow: the person farthest left or right, the largest, or the one at a point."""
LARGEST: Final = "largest"
_WORDS: Final = {"left": "left", "right": "right", LARGEST: LARGEST}
_POINT: Final = re.compile(r"\s*(\d*\.?\d+)\s*,\s*(\d*\.?\d+)\s*")


def read_follow(given: object) -> Follow:
    """Whom to follow: ``left``, ``right``, ``largest``, ``X,Y`` or a pair of numbers.

    Raises:
        ArgumentError: it is none of these, or the point is outside the picture.
    """
    word: Follow | None = _WORDS.get(given) if isinstance(given, str) else None  # type: ignore[assignment]
    if word is not None:
        return word
    point = None
    if isinstance(given, str) and (found := _POINT.fullmatch(given)):
        point = float(found[1]), float(found[2])
    elif isinstance(given, tuple | list) and len(given) == 2:
        point = float(given[0]), float(given[1])
    if point is None or not (0 <= point[0] <= 1 and 0 <= point[1] <= 1):
        raise ArgumentError(
            f"follow {given!r}",
            "does not name anybody",
            "give left, right, largest, or a point as X,Y, shares of the picture's width and "
            "height from 0 to 1, as in 0.3,0.6",
        )
    return point


def mirror_follow(follow: Follow) -> Follow:
    """The same person in the mirrored picture."""
    if isinstance(follow, str):
        other: dict[str, Follow] = {"left": "right", "right": "left"}
        return other.get(follow, follow)
    return 1 - follow[0], follow[1]


def choose_box(boxes: Sequence[Box], follow: Follow, width: int, height: int) -> int:
    """The index of the person who is meant, among one or more in a picture of that size."""
    sides = np.array(boxes)
    if follow == LARGEST:
        ranks = -np.hypot(sides[:, 2] - sides[:, 0], sides[:, 3] - sides[:, 1])
    elif isinstance(follow, str):
        ranks = (sides[:, 0] + sides[:, 2]) * (1 if follow == "left" else -1)
    else:
        point = np.array(follow) * (width, height)
        off = np.maximum(0, np.maximum(sides[:, :2] - point, point - sides[:, 2:]))
        middle = (sides[:, :2] + sides[:, 2:]) / 2 - point
        # Among those around the point, the one whose middle is nearest to it.
        ranks = np.hypot(*off.T) + 1e-3 * np.hypot(*middle.T)
    return int(ranks.argmin())
