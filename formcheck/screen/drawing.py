"""Primitives that are drawn with: boxes, text that fits, symbols as shapes, a ring with hatching.

Pictures are uint8 (H, W, 3) BGR and are drawn on in place, in the colours of `signs`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.screen.signs import BLACK, BLUE, DARK, FAINT, WHITE, Colour, Symbol

Image = NDArray[np.uint8]
_FACE: Final = cv2.FontFace("sans")
_BOLD: Final = 600
SHIFT: Final = 4
"""Bits of a pixel that shapes are drawn to: small ones keep their form."""
_PAD_PX: Final = 3
_N_KEPT: Final = 1024
"""Texts whose size is remembered."""
_N_DRAWN: Final = 64
"""Texts whose picture is: in a 4K window each takes up to a megabyte; a moment has 24 of them."""


class Box(NamedTuple):
    """A rectangle in a picture, pixels; ``right`` and ``bottom`` are outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """In pixels."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """In pixels."""
        return self.bottom - self.top

    def cut(self, image: Image) -> Image:
        """That part of a picture: what is drawn on it is drawn on the picture."""
        return image[self.top : self.bottom, self.left : self.right]

    def meet(self, other: Box) -> Box:
        """What is in both; empty where they do not meet."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return Box(left, top, max(left, right), max(top, bottom))


def shade(image: Image) -> None:
    """Darken a part of a picture so that letters on it can be read, and it is still seen."""
    if image.size:
        cv2.convertScaleAbs(image, dst=image, alpha=0.25, beta=0.75 * DARK[1])


@lru_cache(_N_KEPT)
def measure_text(text: str, size: int) -> int:
    """Width of a line in pixels."""
    box = cv2.getTextSize((0, 0), text, (0, 0), _FACE, size, _BOLD)
    return int(box[0] + box[2])


@lru_cache(_N_KEPT)
def fit_text(text: str, size: int, width: int) -> int:
    """The largest size, at most ``size``, at which a line is no wider than ``width``."""
    while size > 6 and measure_text(text, size) > width:
        size -= 1
    return size


def wrap_text(text: str, width: int, size: int) -> list[str]:
    """Lines no wider than ``width`` pixels, unless a single word is wider."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure_text(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@lru_cache(_N_KEPT)
def fit_lines(text: str, size: int, width: int, n_lines: int) -> tuple[int, tuple[str, ...]]:
    """The largest size, at most ``size``, at which a text fits into so many lines, and these."""
    while True:
        lines = wrap_text(text, width, size)
        fits = len(lines) <= n_lines and all(measure_text(w, size) <= width for w in lines)
        if fits or size <= 6:
            return size, tuple(lines)
        size -= 1


@lru_cache(_N_DRAWN)
def _render(
    text: str, size: int, colour: Colour
) -> tuple[NDArray[np.uint16], NDArray[np.uint16], int, int]:
    """A line of text, ready to be laid over a picture.

    Rendering takes a millisecond a line, and most lines stay for many frames.

    Returns:
        What to keep of each pixel and what to add to it, in 256ths, (h, w, 3); and where its corner
        is from its origin.
    """
    x, y, width, height = cv2.getTextSize((0, 0), text, (0, 0), _FACE, size, _BOLD)
    drawn = np.zeros((height + 2 * _PAD_PX, width + 2 * _PAD_PX, 3), np.uint8)
    cv2.putText(drawn, text, (_PAD_PX - x, _PAD_PX - y), WHITE, _FACE, size, _BOLD)
    ink = drawn.astype(np.uint16)
    ink += ink >> 7  # 255 becomes 256
    return 256 - ink, ink * np.array(colour, np.uint16), x - _PAD_PX, y - _PAD_PX


def put_text(
    image: Image,
    text: str,
    at: tuple[int, int],
    size: int,
    colour: Colour = WHITE,
    *,
    centred: bool = False,
) -> None:
    """Write a line whose letters stand on ``at``; centred on its x if asked for."""
    x = at[0] - measure_text(text, size) // 2 if centred else at[0]
    keep, add, dx, dy = _render(text, size, colour)
    left, top = x + dx, at[1] + dy
    under = image[
        max(0, top) : max(0, top + keep.shape[0]), max(0, left) : max(0, left + keep.shape[1])
    ]
    if not under.size:
        return
    inside = np.s_[max(0, -top) :, max(0, -left) :], np.s_[: under.shape[0], : under.shape[1]]
    laid = under * keep[inside[0]][inside[1]]
    laid += add[inside[0]][inside[1]]
    laid >>= 8
    under[:] = laid


def put_lines(
    image: Image,
    lines: Iterable[str],
    at: tuple[int, float],
    size: int,
    colour: Colour = WHITE,
    *,
    step: float,
    centred: bool = False,
) -> None:
    """Write lines ``step`` pixels below one another, the first on ``at``."""
    for number, line in enumerate(lines):
        y = round(at[1] + number * step)
        put_text(image, line, (at[0], y), size, colour, centred=centred)


def draw_symbol(
    image: Image, symbol: Symbol, at: tuple[int, int], radius: int, colour: Colour
) -> None:
    """A symbol within ``radius`` of ``at``: each has its own outline, told apart without colour."""
    x, y = at
    r, thick = radius, max(2 if radius > 7 else 1, radius // 4)
    thin = max(1, thick // 2)

    def fill(*corners: tuple[float, float]) -> NDArray[np.int32]:
        points = np.array(corners).round().astype(np.int32)
        cv2.fillPoly(image, [points], colour, cv2.LINE_AA)
        return points

    def draw_disc(inside: Colour, edge: Colour) -> None:
        cv2.circle(image, at, round(r * 0.9), inside, -1, cv2.LINE_AA)
        cv2.circle(image, at, round(r * 0.9), edge, thin, cv2.LINE_AA)

    if symbol == "cross":
        diamond = fill((x, y - r), (x + r, y), (x, y + r), (x - r, y))
        cv2.polylines(image, [diamond], True, BLACK, thin, cv2.LINE_AA)
        k = round(r * 0.35)
        cv2.line(image, (x - k, y - k), (x + k, y + k), BLACK, thick, cv2.LINE_AA)
        cv2.line(image, (x - k, y + k), (x + k, y - k), BLACK, thick, cv2.LINE_AA)
    elif symbol == "check":
        draw_disc(colour, BLACK)
        half = r / 2
        tick = [[x - half, y], [x - half / 4, y + 0.7 * half], [x + half, y - 0.7 * half]]
        points = np.array(tick).round().astype(np.int32)
        cv2.polylines(image, [points], False, BLACK, thick, cv2.LINE_AA)
    elif symbol == "level":
        draw_disc(DARK, colour)
        cv2.line(image, (x - round(r * 0.45), y), (x + round(r * 0.45), y), colour, thick)
    elif symbol in ("question", "tip"):
        draw_disc(DARK, colour)
        letter, size = "?" if symbol == "question" else "i", max(8, round(r * 1.4))
        put_text(image, letter, (x, y + round(r * 0.5)), size, colour, centred=True)
    elif symbol == "alert":
        foot = y + round(r * 0.8)
        fill((x, y - r), (x + r, foot), (x - r, foot))
        stroke = (x, y - round(r * 0.35)), (x, y + round(r * 0.2))
        cv2.line(image, *stroke, BLACK, thick, cv2.LINE_AA)
        cv2.circle(image, (x, y + round(r * 0.55)), max(1, thick * 2 // 3), BLACK, -1, cv2.LINE_AA)
    elif symbol == "pause":
        for k in (-1, 1):
            middle, half_px = x + round(k * r * 0.5), max(1, round(r * 0.28))
            cv2.rectangle(image, (middle - half_px, y - r), (middle + half_px, y + r), colour, -1)
    elif symbol == "play":
        fill((x - r // 2, y - r), (x + r, y), (x - r // 2, y + r))
    else:
        for k in (-1, 0, 1):
            cv2.circle(image, (x + k * r * 3 // 4, y), max(2, r // 4), colour, -1, cv2.LINE_AA)


def draw_ring(
    image: Image, centre: tuple[int, int], radius: int, solid: float, hatched: float
) -> None:
    """A ring filled clockwise from 12 o'clock: a solid share, then a hatched one, the rest faint.

    Args:
        image: drawn on.
        centre: of the ring.
        radius: outer, pixels; the ring is a fifth of it wide.
        solid: share of the circle, 0 to 1.
        hatched: share after it; both together at most 1.
    """
    width = max(4, radius // 5)
    # Of two outlines, as a thick circle takes six times as long.
    all_round = np.arange(0.0, 360.0, 3.0)
    outlines = [_find_points(centre, all_round, at) for at in (radius, radius - width)]
    cv2.fillPoly(image, outlines, FAINT, cv2.LINE_AA, SHIFT)
    for start, share, is_hatched in ((0.0, solid, False), (solid, hatched, True)):
        first, last = -90 + 360 * start, -90 + 360 * min(1.0, start + share)
        if last - first < 0.1:
            continue
        edge = _find_points(centre, np.linspace(first, last, 2 + int(last - first) // 3), radius)
        # A filled shape, as a thick line would end in round caps that show seconds never held.
        inner = _find_points(centre, np.linspace(last, first, len(edge)), radius - width)
        if not is_hatched:
            cv2.fillPoly(image, [np.concatenate([edge, inner])], BLUE, cv2.LINE_AA, SHIFT)
            continue
        angles = np.arange(first, last, 7.0)
        ends = [
            _find_points(centre, np.clip(angles + k * 3, first, last), radius + off)
            for k, off in ((-1, 1 - width), (1, -1))
        ]
        strokes = np.stack(ends, axis=1)
        cv2.polylines(image, list(strokes), False, BLUE, max(2, radius // 28), cv2.LINE_AA, SHIFT)
        for line in (edge, inner):
            cv2.polylines(image, [line], False, BLUE, 1, cv2.LINE_AA, SHIFT)


def _find_points(
    centre: tuple[int, int], angles_deg: NDArray[np.float64], radius: int
) -> NDArray[np.int32]:
    """(n, 2) points of a circle, in 1/16 pixel."""
    angle = np.radians(angles_deg)
    xy = np.column_stack([np.cos(angle), np.sin(angle)]) * radius + centre
    return np.rint(xy * (1 << SHIFT)).astype(np.int32)
