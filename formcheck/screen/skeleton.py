"""What is drawn on the picture: the skeleton, and the judged joints with their labels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.pose.landmarks import SKELETON, Landmark
from formcheck.pose.track import Floats
from formcheck.screen.drawing import Box, Image, draw_symbol, measure_text, put_text, shade
from formcheck.screen.scene import Mark, Scene
from formcheck.screen.signs import BLACK, LOOKS, ORANGE, WHITE, YELLOW, Colour

KEEP_LABEL: Final = 6.0
"""How many points of the body more a label may cover before it moves from where it was."""
_LIMBS: Final = np.array(SKELETON).T
_ALONG: Final = np.linspace(0.0, 1.0, 7)[:, None, None]


def _list_turns() -> Floats:
    distance = np.repeat([0.7, 1.2, 1.8, 2.5, 3.3], 12)
    angle = np.tile(np.arange(12) * math.tau / 12, 5)
    x, y = np.cos(angle), np.sin(angle)
    return np.column_stack([x / 2, x * distance * 0.7, y * distance, distance])


_TURNS: Final = _list_turns()
"""(60, 4) places around a joint: x in label widths, x and y in label heights, and the distance."""


def draw_body(
    picture: Image, scene: Scene, xy: Floats, kept: dict[str, int], *, labelled: bool = True
) -> None:
    """Draw the skeleton, the judged joints and their labels.

    Args:
        picture: drawn on.
        scene: whose marks they are.
        xy: (33, 2) pixels of ``picture``.
        kept: where each rule's label was in the frame before; changed in place.
        labelled: False leaves the labels out.
    """
    unit = max(1.0, min(picture.shape[:2]) / 540)
    points = [(x, y) for x, y in np.rint(np.clip(xy, -5000, 10000)).astype(int).tolist()]
    for a, b in SKELETON:
        _draw_line(picture, points[a], points[b], round(2 * unit))
    size = max(12, round(21 * unit))
    marks = scene.marks if labelled else ()
    labels = place_labels(marks, xy, (picture.shape[1], picture.shape[0]), size, kept)
    for label in labels:
        _draw_line(picture, points[label.joint], label.find_edge(*points[label.joint]), 1)
    for label in labels:
        label.draw(picture, is_failing=label.mark.look(scene.clock) == "fail")
    for look, (symbol, colour) in LOOKS.items():
        radius = round((14 if look == "fail" else 9) * unit)
        for mark in scene.marks:
            if mark.joint is not None and mark.look(scene.clock) == look:
                draw_symbol(picture, symbol, points[mark.joint], radius, colour)


def _draw_line(image: Image, a: tuple[int, int], b: tuple[int, int], width: int) -> None:
    """A white line with a dark edge, so that it shows on any ground."""
    cv2.line(image, a, b, BLACK, width + 2, cv2.LINE_AA)
    cv2.line(image, a, b, WHITE, width, cv2.LINE_AA)


@dataclass(frozen=True, slots=True)
class Label:
    """A judged joint's rule and value, and the place that they have in the picture."""

    mark: Mark
    joint: Landmark
    lines: tuple[str, str]
    """The rule in small letters, and the value with its band."""
    size: int
    """Of the letters of the value."""
    box: Box

    def find_edge(self, x: int, y: int) -> tuple[int, int]:
        """The point of its box that is nearest to a point outside."""
        left, top, right, bottom = self.box
        return min(max(x, left), right), min(max(y, top), bottom)

    def draw(self, picture: Image, *, is_failing: bool) -> None:
        """Draw it over a shaded part of the picture."""
        left, top, right, bottom = self.box
        shade(self.box.cut(picture))
        ink: Colour = YELLOW if is_failing else WHITE
        if is_failing:
            cv2.rectangle(picture, (left, top), (right - 1, bottom - 1), ORANGE, 2)
        rule, value = self.lines
        x, small = left + self.size // 2, _find_small(self.size)
        put_text(picture, rule, (x, top + round(self.size * 0.95)), small)
        put_text(picture, value, (x, top + round(self.size * 2.05)), self.size, ink)


def _find_small(size: int) -> int:
    return max(9, round(size * 0.72))


def place_labels(
    marks: Sequence[Mark],
    xy: Floats,
    picture: tuple[int, int],
    size: int,
    kept: dict[str, int],
) -> list[Label]:
    """The labels for which there is room: in the picture, off judged joints and one another.

    Args:
        marks: those without a joint or a value have no label.
        xy: (33, 2) pixels.
        picture: width and height.
        size: of the letters.
        kept: as in ``draw_body``.
    """
    taken = [
        (round(x) - size, round(y) - size, round(x) + size, round(y) + size)
        for x, y in (xy[mark.joint] for mark in marks if mark.joint is not None)
    ]
    # Points along the limbs, and the face: what a label had better not cover.
    limbs = xy[_LIMBS[0]] * (1 - _ALONG) + xy[_LIMBS[1]] * _ALONG
    body = np.concatenate([limbs.reshape(-1, 2), xy[:11]])
    labels = []
    for mark in marks:
        value, rule_id = mark.tell_value(), mark.verdict.rule.id
        if mark.joint is None or value is None:
            continue
        lines = mark.name, value
        wide = max(measure_text(lines[0], _find_small(size)), measure_text(value, size)) + size
        room = wide, round(size * 2.5)
        found = _find_room(xy[mark.joint], room, picture, taken, body, kept.get(rule_id))
        if found is not None:
            box, kept[rule_id] = found
            taken.append(box)
            labels.append(Label(mark, mark.joint, lines, size, box))
    return labels


def _find_room(
    joint: Floats,
    room: tuple[int, int],
    picture: tuple[int, int],
    taken: Sequence[tuple[int, int, int, int]],
    body: Floats,
    last: int | None,
) -> tuple[Box, int] | None:
    """The place around a joint that covers least of the body, and its row in ``_TURNS``.

    Of equal ones the nearest; but the last frame's place is kept until another is clearly better.
    """
    width, height = room
    if last is not None:
        box = _put(joint, room, last)
        # Nearly always no other place can be better, and this is ten times faster.
        if _is_free(box, picture, taken):
            x, y = body[:, 0], body[:, 1]
            inside = (x > box.left) & (x < box.right) & (y > box.top) & (y < box.bottom)
            cost = np.count_nonzero(inside) + 1.5 * _TURNS[last, 3] - KEEP_LABEL
            if cost <= 1.5 * _TURNS[0, 3]:
                return box, last
    left = np.rint(joint[0] + _TURNS[:, 0] * width + _TURNS[:, 1] * height - width / 2)
    top = np.rint(joint[1] + _TURNS[:, 2] * height - height / 2)
    low = np.column_stack([left, top])
    high = low + room
    others = np.array(taken)

    def find_apart(gap: int) -> NDArray[np.bool_]:
        """(60,) True for places that are ``gap`` pixels off the taken ones."""
        is_apart: NDArray[np.bool_] = (low[:, None] - gap >= others[:, 2:]) | (
            high[:, None] + gap <= others[:, :2]
        )
        return np.asarray(np.all(is_apart.any(axis=2), axis=1))

    is_free = ((low >= 0) & (high <= picture)).all(axis=1) & find_apart(0)
    covers = ((body > low[:, None]) & (body < high[:, None])).all(axis=2).sum(axis=1)
    # A new place leaves a gap, for the joints to tremble in before labels meet and must jump.
    costs = covers + 1.5 * _TURNS[:, 3] + ~find_apart(height // 4)
    if last is not None:
        costs[last] = covers[last] + 1.5 * _TURNS[last, 3] - KEEP_LABEL
    best = int(np.where(is_free, costs, np.inf).argmin())
    return (_put(joint, room, best), best) if is_free[best] else None


def _put(joint: Floats, room: tuple[int, int], row: int) -> Box:
    """The place of a row of ``_TURNS``."""
    (x, y), (width, height) = joint.tolist(), room
    across, aside, down, _ = _TURNS[row].tolist()
    left = round(x + across * width + aside * height - width / 2)
    top = round(y + down * height - height / 2)
    return Box(left, top, left + width, top + height)


def _is_free(
    box: Box, picture: tuple[int, int], taken: Sequence[tuple[int, int, int, int]]
) -> bool:
    """Whether a place is in the picture, and off the taken ones."""
    x, y, end, foot = box
    is_inside = x >= 0 and y >= 0 and end <= picture[0] and foot <= picture[1]
    return is_inside and not any(
        x < right and left < end and y < bottom and top < foot for left, top, right, bottom in taken
    )
