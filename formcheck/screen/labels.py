"""Where the labels of judged joints go: in the picture, off the body, off one another, steady."""

from __future__ import annotations

import math
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from formcheck.judging.moment import Clock
from formcheck.judging.rules import Outcome, Verdict
from formcheck.pose.landmarks import SKELETON
from formcheck.pose.track import Floats
from formcheck.screen.drawing import measure_text
from formcheck.screen.scene import Mark

Rect = tuple[int, int, int, int]
"""left, top, right, bottom in pixels; right and bottom are outside."""
_WORDS: Final = {"pass": "ok", "fail": "fix", "tip": "tip", "unknown": "unknown"}
Look = Literal["pass", "fail", "tip", "unknown"]
"""How a verdict is shown: what fails beside a running clock is a tip and no warning."""


def place_labels(
    marks: list[Mark],
    xy: Floats,
    picture: tuple[int, int],
    size: int,
    kept: dict[str, int] | None = None,
) -> list[Rect | None]:
    """Where each mark's label goes: inside the picture, off all judged joints, off one another.

    Args:
        marks: each with a joint.
        xy: (33, 2) pixels.
        picture: width and height.
        size: of the letters.
        kept: as in ``draw_scene``.

    Returns:
        A rectangle a mark; None where there is no room, or nothing to say.
    """
    joints = [xy[mark.joint or 0] for mark in marks]
    taken: list[Rect] = [
        (round(x) - size, round(y) - size, round(x) + size, round(y) + size) for x, y in joints
    ]
    body = _sample_body(xy)
    kept = {} if kept is None else kept
    boxes: list[Rect | None] = []
    for mark, joint in zip(marks, joints, strict=True):
        lines = label_lines(mark.verdict)
        if not lines:
            boxes.append(None)
            continue
        width = max(measure_text(lines[0], small_size(size)), measure_text(lines[1], size)) + size
        room = (width, round(size * 2.5))
        rule_id = mark.verdict.rule.id
        found = _find_room(joint, room, picture, taken, body, kept.get(rule_id))
        boxes.append(found[0] if found else None)
        if found is not None:
            taken.append(found[0])
            kept[rule_id] = found[1]
    return boxes


def choose_look(verdict: Verdict, clock: Clock) -> Look:
    """How a verdict is shown while the clock does that."""
    if verdict.outcome is Outcome.FAIL and clock == "running":
        return "tip"
    return verdict.outcome.value


def tell_verdict(verdict: Verdict, clock: Clock) -> str:
    """A rule's name and what became of it, as in ``front knee: fix``."""
    word = "not clear" if verdict.is_unclear else _WORDS[choose_look(verdict, clock)]
    return f"{verdict.rule.id.replace('_', ' ')}: {word}"


_LIMBS: Final = np.array(SKELETON).T
_ALONG: Final = np.linspace(0.0, 1.0, 7)[:, None, None]


def _sample_body(xy: Floats) -> Floats:
    """(n, 2) points along the limbs and the face: what a label had better not cover."""
    limbs = xy[_LIMBS[0]] * (1 - _ALONG) + xy[_LIMBS[1]] * _ALONG
    return np.concatenate([limbs.reshape(-1, 2), xy[:11]])


def _list_turns() -> Floats:
    distance = np.repeat([0.7, 1.2, 1.8, 2.5, 3.3], 12)
    angle = np.tile(np.arange(12) * math.tau / 12, 5)
    x, y = np.cos(angle), np.sin(angle)
    return np.column_stack([x / 2, x * distance * 0.7, y * distance, distance])


_TURNS: Final = _list_turns()
"""(60, 4) places around a joint: x in label widths, x and y in label heights, and the distance."""
KEEP_LABEL: Final = 6.0
"""How many points of the body more a label may cover before it moves from where it was."""


def _find_room(
    joint: Floats,
    size: tuple[int, int],
    picture: tuple[int, int],
    taken: list[Rect],
    body: Floats,
    last: int | None,
) -> tuple[Rect, int] | None:
    """The place around a joint that covers least of the body, and its row in ``_TURNS``.

    Of equal ones the nearest; but the last frame's place is kept until another is clearly better.
    """
    if last is not None and (kept := _keep_room(joint, size, picture, taken, body, last)):
        return kept, last
    width, height = size
    left = np.rint(joint[0] + _TURNS[:, 0] * width + _TURNS[:, 1] * height - width / 2)
    top = np.rint(joint[1] + _TURNS[:, 2] * height - height / 2)
    low = np.column_stack([left, top])
    high = low + size
    free = _find_free(low, high, picture, taken, 0)
    if not free.any():
        return None
    covered = ((body > low[:, None]) & (body < high[:, None])).all(axis=2).sum(axis=1)
    # A new place leaves a gap, for the joints to tremble in before labels meet and must jump.
    tight = ~_find_free(low, high, picture, taken, height // 4)
    if last is not None:
        tight[last] = False
    cost = np.where(free, covered + 1.5 * _TURNS[:, 3] + tight, np.inf)
    if last is not None:
        cost[last] -= KEEP_LABEL
    best = int(cost.argmin())
    x, y = int(low[best, 0]), int(low[best, 1])
    return (x, y, x + width, y + height), best


def _keep_room(
    joint: Floats,
    size: tuple[int, int],
    picture: tuple[int, int],
    taken: list[Rect],
    body: Floats,
    last: int,
) -> Rect | None:
    """The last frame's place, where no other can be better: nearly always, and ten times faster."""
    turn = _TURNS[last]
    width, height = size
    x = round(float(joint[0] + turn[0] * width + turn[1] * height - width / 2))
    y = round(float(joint[1] + turn[2] * height - height / 2))
    if x < 0 or y < 0 or x + width > picture[0] or y + height > picture[1]:
        return None
    if any(x < r and left < x + width and y < b and top < y + height for left, top, r, b in taken):
        return None
    bx, by = body[:, 0], body[:, 1]
    covered = np.count_nonzero((bx > x) & (bx < x + width) & (by > y) & (by < y + height))
    if covered + 1.5 * turn[3] - KEEP_LABEL > 1.5 * _TURNS[0, 3]:
        return None
    return x, y, x + width, y + height


def _find_free(
    low: Floats, high: Floats, picture: tuple[int, int], taken: list[Rect], gap: int
) -> NDArray[np.bool_]:
    """(n,) True for rectangles inside the picture and ``gap`` pixels off the taken ones."""
    free = (low >= 0).all(axis=1) & (high <= picture).all(axis=1)
    for other in taken:
        apart = (low - gap >= other[2:]) | (high + gap <= other[:2])
        free &= np.asarray(apart.any(axis=1))
    return np.asarray(free)


def label_lines(verdict: Verdict) -> tuple[str, str] | None:
    """The rule, and its value with the band, e.g. ``66° (80 to 105°)``; None without an angle."""
    rule = verdict.rule
    if rule.unit != "deg" or math.isnan(verdict.value):
        return None
    if math.isinf(rule.high):
        band = f"≥ {rule.low:.0f}°"
    elif math.isinf(rule.low):
        band = f"≤ {rule.high:.0f}°"
    else:
        band = f"{rule.low:.0f} to {rule.high:.0f}°"
    of = "" if rule.during == "always" else "last rep: "
    return rule.id.replace("_", " "), f"{of}{round(verdict.value)}° ({band})"


def small_size(size: int) -> int:
    """Size of a label's first line, for a second line of ``size``."""
    return max(9, round(size * 0.72))
