"""Who is in the picture, and which of them is followed.

Everybody is found first in the whole picture, then nearer, piece by piece. The model's detector
sees the whole picture at 224 pixels and misses the smaller of two people, and both in a wide
picture. So whoever was found is painted over, and what is left is searched in squares. What is
found there is looked at once more, nearer still: a cushion may pass for a person once, but not
twice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.follow import LARGEST, Box, Follow, choose_box

Image = NDArray[np.uint8]
Part = tuple[float, float, float, float]
"""left, top, width and height, as shares of the picture."""
Torso = tuple[float, float, float]
"""Where the middle of the shoulders is, and how far from the hips', in pixels."""
Window = tuple[int, int, int, int]
"""left, top, right, bottom in pixels; right and bottom are outside."""
LOOK_EVERY_S: Final = 2.0
"""How often the picture is searched for other people."""
_LOOK_LOST_S: Final = 0.5
_SETTLED_S: Final = 1.5
"""Whoever kept to a place for this long does not leave it from one frame to the next."""
_DOUBT_S: Final = 4.0
"""For this long somebody may hide them who walks in front."""
_LOOK_DOUBTED_S: Final = 0.5
_MOVED: Final = 0.35
"""Of their own size, or their torso's length: farther off is another place."""
_RESIZED: Final = 1.25
"""So many times larger or smaller is another person."""
_STEADY_S: Final = 4.0
"""How long somebody else has to fit ``follow`` better before being followed instead."""
_LARGER: Final = 1.25
"""How much larger somebody else has to be, where the largest is meant."""
_SAME_IOU: Final = 0.3
_SAME_INSIDE: Final = 0.8
"""A second detection of one person lies mostly inside the first."""
_STEP: Final = 0.8
"""From one square to the next, as a share of its side."""
_SURE: Final = 0.9
"""Mean presence of the landmarks of somebody found nearer; of what is nobody it is mostly less."""
_LEAST: Final = 0.25
"""Of the largest person's size: somebody smaller found nearer is far in the background."""
_ROOM: Final = 2.5
"""Side of the square of the last look, in multiples of the person's larger side."""
_MARGIN: Final = 0.08
_MARGIN_PX: Final = 12
"""Around the landmarks there is more of a person: hair, hands, clothes."""
_GREY: Final = 128


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
        self._place: Box | None = None
        self._torso: Torso | None = None
        """Where the followed person has kept to."""
        self._place_since_s = np.inf
        self._n_before = 1
        """How many people there were before the tracker was doubted."""
        self._is_hidden = False
        """Whether a look found one less than before the tracker was doubted."""
        self._doubted_s: float | None = None
        """Since when the tracker has somebody who is not there; None while it has not."""

    @property
    def is_doubtful(self) -> bool:
        """Whether the tracker may have gone with somebody who passed in front."""
        return self._doubted_s is not None and self._is_hidden

    def follow(self, box: Box | None, time_s: float, torso: Torso | None = None) -> None:
        """The tracker has somebody, or nobody: then whoever it finds next has to be checked."""
        self.followed = box
        if box is not None and torso is not None:
            self._watch_place(box, torso, time_s)
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
            Whom to follow from now on; None to go on as before.
        """
        if len(people) == self._n_seen:
            self.n_people = max(1, len(people))
            self._again = False
        else:
            self._n_seen = len(people)
            self._again = not self._again
        wait_s = LOOK_EVERY_S if self._doubted_s is None else _LOOK_DOUBTED_S
        self.next_look_s = time_s if self._again else time_s + wait_s
        if self.followed is None:
            return people[choose_box(people, self._follow, *size)] if people else None
        back = self._find_in_place(people)
        if back is not None:
            self._doubted_s = None
            return back
        if self._doubted_s is not None and len(people) >= max(2, self._n_before):
            self._forget_place()  # nobody is hidden: it was they who moved
        elif self._doubted_s is not None and self._n_before > 1:
            self._is_hidden = True
        rival = self._find_rival(self.followed, people, size)
        if rival is None:
            self._rival_since_s = None
            return None
        if self._rival_since_s is None:
            self._rival_since_s = time_s
        if time_s - self._rival_since_s < _STEADY_S:
            return None
        self._forget_place()
        return rival

    def _watch_place(self, box: Box, torso: Torso, time_s: float) -> None:
        """Notice that whom the tracker has is suddenly elsewhere, or of another size.

        It goes with whoever passes in front of the person. So it is looked for some seconds whether
        somebody is still where the person was; if not, it was they who moved.
        """
        if self._torso is not None and _is_still(torso, self._torso):
            self._doubted_s, self._place = None, box
            return
        if self._doubted_s is None and time_s - self._place_since_s >= _SETTLED_S:
            self._doubted_s = self.next_look_s = time_s
            self._n_before = max(self.n_people, self._n_seen)
            self._is_hidden = False
        if self._doubted_s is None or time_s - self._doubted_s >= _DOUBT_S:
            self._place, self._torso = box, torso
            self._place_since_s, self._doubted_s = time_s, None

    def _forget_place(self) -> None:
        self._torso = self._place = self._doubted_s = None
        self._place_since_s = np.inf

    def _find_in_place(self, people: list[Box]) -> Box | None:
        """Who is where the person was before the tracker went with somebody else."""
        place = self._place
        if self._doubted_s is None or place is None:
            return None
        others = (box for box in people if self.is_other(box))
        return next((box for box in others if is_in_place(box, place)), None)

    def _find_rival(self, followed: Box, people: list[Box], size: tuple[int, int]) -> Box | None:
        """Who is meant rather than the followed person."""
        candidates = [followed, *(box for box in people if self.is_other(box))]
        chosen = choose_box(candidates, self._follow, *size)
        rival = candidates[chosen]
        is_too_small = measure_size(rival) < _LARGER * measure_size(followed)
        return None if chosen == 0 or (self._follow == LARGEST and is_too_small) else rival

    def place(self, people: list[Box]) -> Box | None:
        """Which of distinct people is followed, by where they were; None while nobody is."""
        followed = self.followed
        if followed is None:
            return None
        nearest = max(people, key=lambda box: _measure_overlap(box, followed), default=followed)
        return followed if self.is_other(nearest) else nearest

    def is_other(self, box: Box) -> bool:
        """Whether it is likely somebody else than the followed person."""
        return self.followed is not None and not is_same(box, self.followed)


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
    found: list[Box] = []
    for one in sorted(detect(image), key=lambda one: measure_size(one.box), reverse=True):
        if not any(is_same(one.box, other) for other in found):
            found.append(one.box)
    near: list[Box] = []
    height, width = image.shape[:2]
    for window in list_windows(width, height):
        rest = image.copy()
        for box in (*found, *near):
            margin_px = max(_MARGIN_PX, _MARGIN * measure_size(box))
            rest[_find_region(box, margin_px)] = _GREY
        for box in detect_in(rest, window, detect):
            seen = look_again(rest, box, detect)
            if seen is not None and not any(is_same(seen, other) for other in (*found, *near)):
                near.append(seen)
    least = _LEAST * max(map(measure_size, (*found, *near)), default=0.0)
    near = [box for box in near if measure_size(box) >= least]
    return People(sorted([*found, *near], key=measure_size, reverse=True), near)


def list_windows(width: int, height: int) -> list[Window]:
    """Squares that overlap and cover a picture; none where it is a square itself."""
    side, longer = sorted((width, height))
    n = math.ceil((longer - side) / (_STEP * side))
    starts = [round((longer - side) * k / n) for k in range(n + 1)] if n else []
    if width >= height:
        return [(start, 0, start + side, side) for start in starts]
    return [(0, start, side, start + side) for start in starts]


def detect_in(
    image: Image, window: Window, detect: Callable[[Image], list[Detection]]
) -> Iterator[Box]:
    """Boxes of those who are surely in a window."""
    corner = np.array([*window[:2], *window[:2]], dtype=np.float64)
    return (one.box + corner for one in detect(cut(image, window)) if one.presence >= _SURE)


def look_again(image: Image, box: Box, detect: Callable[[Image], list[Detection]]) -> Box | None:
    """The box of whoever is found in the same place when looked at nearer."""
    window = _frame_square(box, _ROOM * float(max(box[2:] - box[:2])), image)
    return next((one for one in detect_in(image, window, detect) if is_same(box, one)), None)


def frame_person(box: Box, image: Image) -> Window:
    """The largest square of a picture about a person."""
    return _frame_square(box, math.inf, image)


def _frame_square(box: Box, side_px: float, image: Image) -> Window:
    """A square of that side about a box, as far as the picture reaches."""
    height, width = image.shape[:2]
    side = math.ceil(min(side_px, width, height))
    middle = (box[:2] + box[2:]) / 2 - side / 2
    left, top = np.clip(np.rint(middle), 0, (width - side, height - side)).astype(int).tolist()
    return left, top, left + side, top + side


def find_part(window: Window | None, image: Image) -> Part:
    """What a window shows of a picture; None is the whole."""
    if window is None:
        return 0.0, 0.0, 1.0, 1.0
    height, width = image.shape[:2]
    left, top, right, bottom = window
    return left / width, top / height, (right - left) / width, (bottom - top) / height


def cut(image: Image, window: Window) -> Image:
    """The part of a picture that a window shows."""
    left, top, right, bottom = window
    return np.ascontiguousarray(image[top:bottom, left:right])


def paint_over(image: Image, others: Sequence[Box], kept: Box) -> Image:
    """The picture with the others painted over, except where the kept one is."""
    painted = image.copy()
    for box in others:
        painted[_find_region(box, _MARGIN_PX)] = _GREY
    own = _find_region(kept, _MARGIN_PX)
    painted[own] = image[own]
    return painted


def _find_region(box: Box, margin_px: float) -> tuple[slice, slice]:
    """Rows and columns of a box with a margin around it."""
    wide = np.maximum(0, box + np.array([-1, -1, 1, 1]) * margin_px)
    left, top, right, bottom = wide.astype(int).tolist()
    return slice(top, bottom + 1), slice(left, right + 1)


def find_box(landmarks: Any, image: Image, part: Part = (0.0, 0.0, 1.0, 1.0)) -> Box:
    """The box of one person's landmarks, cut off at the picture's edge.

    Args:
        landmarks: as MediaPipe gives them.
        image: the picture.
        part: the part of it that they were found in.
    """
    height, width = image.shape[:2]
    left, top, wide, high = part
    x, y = [p.x for p in landmarks], [p.y for p in landmarks]  # numpy takes five times as long
    shares = (
        left + wide * min(x), top + high * min(y), left + wide * max(x), top + high * max(y),
    )  # fmt: skip
    return np.array([min(max(v, 0.0), 1.0) for v in shares]) * (width, height, width, height)


def find_torso(landmarks: Any, image: Image) -> Torso:
    """One person's torso, which arms and legs do not change; as in `find_box`."""
    height, width = image.shape[:2]
    left_shoulder, right_shoulder, left_hip, right_hip = (landmarks[k] for k in (11, 12, 23, 24))
    x = (left_shoulder.x + right_shoulder.x) / 2 * width
    y = (left_shoulder.y + right_shoulder.y) / 2 * height
    hip_x = (left_hip.x + right_hip.x) / 2 * width
    hip_y = (left_hip.y + right_hip.y) / 2 * height
    return x, y, math.hypot(x - hip_x, y - hip_y)


def measure_size(box: Box) -> float:
    """The diagonal: somebody who stands side-on has a tall box of little area."""
    return float(np.hypot(box[2] - box[0], box[3] - box[1]))


def is_same(a: Box, b: Box) -> bool:
    """Whether two boxes are likely of one person."""
    is_inside = _measure_shared(a, b) > _SAME_INSIDE * min(_measure_area(a), _measure_area(b))
    return is_inside or _measure_overlap(a, b) > _SAME_IOU


def _is_still(torso: Torso, before: Torso) -> bool:
    """Whether a torso is where one was, and about as long."""
    (x, y, length), (old_x, old_y, old_length) = torso, before
    is_near = math.hypot(x - old_x, y - old_y) <= _MOVED * old_length
    return is_near and max(length, old_length) <= _RESIZED * min(length, old_length)


def is_in_place(box: Box, place: Box) -> bool:
    """Whether somebody is where somebody was, and about as large."""
    size, before = measure_size(box), measure_size(place)
    moved = float(np.hypot(*((box[:2] + box[2:]) - (place[:2] + place[2:])) / 2))
    return moved <= _MOVED * before and max(size, before) <= _RESIZED * min(size, before)


def _measure_overlap(a: Box, b: Box) -> float:
    """Intersection over union, 0 to 1."""
    shared = _measure_shared(a, b)
    return shared / max(1e-9, _measure_area(a) + _measure_area(b) - shared)


def _measure_shared(a: Box, b: Box) -> float:
    return _measure_area(np.concatenate([np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])]))


def _measure_area(box: Box) -> float:
    return float(max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1]))
