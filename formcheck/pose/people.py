"""Who is in the picture, and which of them is followed."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.follow import LARGEST, Box, Follow, choose_box

Part = tuple[float, float, float, float]
LOOK_EVERY_S: Final = 2.0
"""How often the picture is searched for other people."""
_LOOK_LOST_S: Final = 0.5
_STEADY_S: Final = 4.0
"""How long somebody else has to be who is meant before being followed instead."""
_LARGER: Final = 1.25
"""How much larger somebody else has to be, where the largest is meant."""
_SAME_IOU: Final = 0.3
_SAME_INSIDE: Final = 0.8
"""A second detection of one person lies mostly inside the first."""
_MARGIN_PX: Final = np.array([-12, -12, 12, 12])


class Company:
    """Who is in the picture, and which of them is followed.

    Args:
        follow: who is meant.
    """

    def __init__(self, follow: Follow = LARGEST) -> None:
        self._follow = follow
        self.followed: Box | None = None
        """Where the followed person is; None while nobody is."""
        self.n_people = 1
        """People in the picture, as far as two looks in a row agree; at least 1."""
        self.next_look_s = -np.inf
        """When to look again."""
        self._n_seen = 1
        self._again = False
        self._rival_since_s: float | None = None

    def follow(self, box: Box | None, time_s: float) -> None:
        """The tracker has somebody, or nobody: then whoever it finds next is to be checked."""
        self.followed = box
        if box is None:
            wait_s = 0.0 if self.n_people > 1 else _LOOK_LOST_S
            self.next_look_s = min(self.next_look_s, time_s + wait_s)

    def see(self, people: list[Box], time_s: float, size: tuple[int, int]) -> Box | None:
        """Note who is there.

        Args:
            people: boxes of different people, the largest first.
            time_s: when.
            size: width and height of the picture.

        Returns:
            Whom to follow from now on; None to go on.
        """
        if len(people) == self._n_seen:
            self.n_people = max(1, len(people))
            self._again = False
        else:
            self._n_seen = len(people)
            self._again = not self._again
        self.next_look_s = time_s if self._again else time_s + LOOK_EVERY_S
        if self.followed is None:
            return people[choose_box(people, self._follow, *size)] if people else None
        rival = self._find_rival(people, size)
        if rival is None:
            self._rival_since_s = None
            return None
        if self._rival_since_s is None:
            self._rival_since_s = time_s
        return rival if time_s - self._rival_since_s >= _STEADY_S else None

    def _find_rival(self, people: list[Box], size: tuple[int, int]) -> Box | None:
        """Who is meant rather than the followed person."""
        assert self.followed is not None
        others = [box for box in people if self.is_other(box)]
        chosen = choose_box([self.followed, *others], self._follow, *size)
        if chosen == 0:
            return None
        rival = others[chosen - 1]
        if self._follow == LARGEST:
            is_larger = measure_size(rival) >= _LARGER * measure_size(self.followed)
            return rival if is_larger else None
        return rival

    def place(self, people: list[Box]) -> Box | None:
        """Which of distinct people is followed, by where they were; None while nobody is."""
        if self.followed is None:
            return None
        nearest = max(people, key=self._share, default=self.followed)
        return self.followed if self.is_other(nearest) else nearest

    def is_other(self, box: Box) -> bool:
        """Whether it is likely somebody else than the followed person."""
        return self.followed is not None and not is_same(box, self.followed)

    def _share(self, box: Box) -> float:
        assert self.followed is not None
        shared = _shared(box, self.followed)
        return shared / max(1e-9, _area(box) + _area(self.followed) - shared)


def find_box(landmarks: Any, image: NDArray[np.uint8], part: Part = (0.0, 0.0, 1.0, 1.0)) -> Box:
    """The box of one person's landmarks, cut off at the picture's edge.

    Args:
        landmarks: as MediaPipe gives them.
        image: the picture.
        part: the part of it that they were found in: left, top, width, height, as shares of it.
    """
    height, width = image.shape[:2]
    left, top, wide, high = part
    x, y = [p.x for p in landmarks], [p.y for p in landmarks]  # numpy takes five times as long
    shares = (
        left + wide * min(x), top + high * min(y), left + wide * max(x), top + high * max(y),
    )  # fmt: skip
    return np.array([min(max(v, 0.0), 1.0) for v in shares]) * (width, height, width, height)


def measure_size(box: Box) -> float:
    """The diagonal: somebody who stands side-on has a tall box of little area."""
    return float(np.hypot(box[2] - box[0], box[3] - box[1]))


def _area(box: Box) -> float:
    return float(max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1]))


def _shared(a: Box, b: Box) -> float:
    return _area(np.concatenate([np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])]))


def is_same(a: Box, b: Box) -> bool:
    """Whether two boxes are likely of one person."""
    shared = _shared(a, b)
    smaller = min(_area(a), _area(b))
    union = _area(a) + _area(b) - shared
    return shared > _SAME_INSIDE * smaller or shared > _SAME_IOU * union


def find_distinct(boxes: list[Box]) -> list[Box]:
    """Boxes of different people, the largest first."""
    kept: list[Box] = []
    for box in sorted(boxes, key=measure_size, reverse=True):
        if not any(is_same(box, other) for other in kept):
            kept.append(box)
    return kept


def paint_over(image: NDArray[np.uint8], others: list[Box], kept: Box) -> NDArray[np.uint8]:
    """The picture with the others painted over, but for where the kept one is."""

    def region(box: Box) -> tuple[slice, slice]:
        left, top, right, bottom = np.maximum(0, box + _MARGIN_PX).astype(int).tolist()
        return slice(top, bottom + 1), slice(left, right + 1)

    painted = image.copy()
    for box in others:
        painted[region(box)] = 128
    painted[region(kept)] = image[region(kept)]
    return painted
