"""Draws a LiveScene at the size of a window: picture, panel, cue, and what lies over them.

Nothing but the skeleton and its labels lies on the person; what stops the session dims the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np

from formcheck.screen.drawing import (
    BLUE,
    DARK,
    GREY,
    ORANGE,
    WHITE,
    YELLOW,
    Colour,
    Image,
    draw_symbol,
    fit_lines,
    fit_text,
    put_text,
)
from formcheck.screen.figure import draw_figure
from formcheck.screen.labels import Rect
from formcheck.screen.last_page import draw_summary
from formcheck.screen.live_scene import KEYS, Breath, LiveScene
from formcheck.screen.overlay import draw_body, draw_cue
from formcheck.screen.panel import draw_clock, draw_count, draw_heading, draw_rules
from formcheck.screen.tuck import draw_tuck

CUE_SHARE: Final = 0.15
"""Height of the cue's bar, of the window's shorter side: letters of 60 px at 1080p and more."""
PANEL_SHARE: Final = 0.3
"""Width of the panel, of a wide window; of a tall one it is the height."""
_WORKING: Final = frozenset({"neutral", "countdown", "work"})
_MIN_PX: Final = 24
_MIN_TUCK_PX: Final = 48
"""Less has no room for its words."""
_Figures = dict[tuple[int, bool, int, int], Image]
"""The figure that was drawn last, by what it was drawn from."""


@dataclass(frozen=True, slots=True)
class StagePlan:
    """Where things are in a window; none meets another."""

    picture: Rect
    heading: Rect
    main: Rect
    """The ring and its clock, or a large figure."""
    tuck: Rect
    rules: Rect
    figure: Rect
    breath: Rect
    coming: Rect
    cue: Rect
    letters: int
    """Size of the panel's letters."""


def plan_stage(width: int, height: int) -> StagePlan:
    """Where things go in a window of that size."""
    bar = round(CUE_SHARE * min(width, height))
    room = height - bar
    if width >= height:
        side = round(PANEL_SHARE * width)
        picture, panel = (0, 0, width - side, room), (width - side, 0, width, room)
        columns = (panel, panel)
        letters = max(9, min(side // 16, room // 26))
    else:
        bar *= 2
        room = height - bar
        below = round(0.42 * room)
        picture = (0, 0, width, room - below)
        top, half = room - below, width // 2
        columns = ((0, top, half, room), (half, top, width, room))
        letters = max(9, min(half // 16, below // 16))
    cue = (0, room, width, height)
    if columns[0] == columns[1]:
        shares = (0.165, 0.22, 0.19, 0.19, 0.14, 0.095)
        heading, main, tuck, rules, row, coming = _stack(columns[0], shares, letters)
    else:
        heading, main, row, coming = _stack(columns[0], (0.27, 0.4, 0.2, 0.13), letters)
        tuck, rules = _stack(columns[1], (0.5, 0.5), letters)
    middle = (row[0] + row[2]) // 2
    figure, breath = (row[0], row[1], middle, row[3]), (middle, row[1], row[2], row[3])
    return StagePlan(picture, heading, main, tuck, rules, figure, breath, coming, cue, letters)


def _stack(column: Rect, shares: tuple[float, ...], letters: int) -> list[Rect]:
    """A column cut into rows, with a gap between them."""
    left, top, right, bottom = column
    gap = max(2, letters // 3)
    left, right = left + letters // 2, right - letters // 2
    edges = np.rint(top + (bottom - top) * np.cumsum((0.0, *shares))).astype(int).tolist()
    return [(left, a + gap, right, b) for a, b in pairwise(edges)]


class Stage:
    """Draws one session's moments; keeps the labels where they were."""

    def __init__(self) -> None:
        """Start with nothing drawn."""
        self._kept: dict[str, int] = {}
        self._figures: _Figures = {}
        self._ready: tuple[Image, Image] | None = None

    def prepare(self, image: Image, size: tuple[int, int]) -> None:
        """Do what can be done before it is known what to show: ``draw`` is faster then.

        Args:
            image: as ``draw`` will be given it, the very same.
            size: width and height to draw.
        """
        self._ready = image, _lay_out(image, size)

    def draw(self, image: Image, live: LiveScene, size: tuple[int, int]) -> Image:
        """Draw a moment.

        Args:
            image: uint8 (H, W, 3) BGR, of any size, mirrored if it is to be; it is not changed.
            live: what to show; its landmarks are pixels of ``image``.
            size: width and height to draw.

        Returns:
            A new picture of that size.
        """
        canvas = self._take_canvas(image, size)
        height, width = canvas.shape[:2]
        if live.summary is not None:
            cv2.rectangle(canvas, (0, 0), (width, height), DARK, -1)
            draw_summary(canvas, live.summary)
            return canvas
        plan = plan_stage(width, height)
        self._draw_over(canvas, plan.picture, image, live)
        _draw_panel(canvas, plan, live, self._figures)
        draw_cue(canvas, plan.cue, live.prompt)
        if live.notice is not None:
            _draw_notice(canvas, plan.picture, live.notice, plan.letters)
        if live.alert is not None:
            _draw_alert(canvas, plan.picture, live.alert)
        if live.shows_keys:
            _draw_keys(canvas, plan.picture)
        return canvas

    def _take_canvas(self, image: Image, size: tuple[int, int]) -> Image:
        ready, self._ready = self._ready, None
        if ready is not None and ready[0] is image and ready[1].shape[1::-1] == _limit(size):
            return ready[1]
        return _lay_out(image, size)

    def _draw_over(self, canvas: Image, box: Rect, image: Image, live: LiveScene) -> None:
        """What lies on the picture: the skeleton; or shade, where the session stands still."""
        (left, top, right, bottom), share = _fit(image, box)
        under = canvas[top:bottom, left:right]
        if live.alert is not None:
            np.right_shift(under, 2, out=under)
        elif live.scene.xy_px is not None:
            draw_body(under, live.scene, live.scene.xy_px * share, self._kept)


def _limit(size: tuple[int, int]) -> tuple[int, int]:
    return max(_MIN_PX, size[0]), max(_MIN_PX, size[1])


def _lay_out(image: Image, size: tuple[int, int]) -> Image:
    """A new canvas with nothing on it but the picture in its place."""
    width, height = _limit(size)
    canvas = np.empty((height, width, 3), np.uint8)
    cv2.rectangle(canvas, (0, 0), (width, height), DARK, -1)
    (left, top, right, bottom), share = _fit(image, plan_stage(width, height).picture)
    how = cv2.INTER_AREA if share < 0.6 else cv2.INTER_LINEAR
    under = canvas[top:bottom, left:right]
    cv2.resize(image, (right - left, bottom - top), dst=under, interpolation=how)
    return canvas


def _fit(image: Image, box: Rect) -> tuple[Rect, float]:
    """Where a picture lies in a box, in its middle, and how much it is enlarged."""
    left, top, right, bottom = box
    height, width = image.shape[:2]
    share = min((right - left) / width, (bottom - top) / height)
    wide, tall = max(1, round(width * share)), max(1, round(height * share))
    x, y = left + (right - left - wide) // 2, top + (bottom - top - tall) // 2
    return (x, y, x + wide, y + tall), share


# --- the panel ------------------------------------------------------------------------------


def _draw_panel(canvas: Image, plan: StagePlan, live: LiveScene, figures: _Figures) -> None:
    scene = live.scene
    draw_heading(canvas, scene, plan.heading, plan.letters)
    if live.coming is not None:
        _draw_lines(canvas, plan.coming, live.coming, plan.letters, YELLOW)
    if live.stage in _WORKING:
        _draw_clock(canvas, plan, live)
        left, top, right, bottom = plan.tuck
        if scene.tuck is not None and bottom - top >= _MIN_TUCK_PX:
            draw_tuck(canvas[top:bottom, left:right], scene.tuck, plan.letters, scene.clock)
        draw_rules(canvas, scene, plan.rules, plan.letters)
        _draw_figure(canvas, plan.figure, live, figures)
        if live.breath is not None:
            draw_breath(canvas, plan.breath, live.breath)
        return
    large = _join(plan.main, plan.rules) if plan.rules[0] == plan.main[0] else plan.main
    if live.stage == "rest":
        left, top, right, bottom = large
        middle = top + (bottom - top) * 2 // 5
        _draw_number(canvas, (left, top, right, middle), live.count or "", "s of rest")
        large = (left, middle, right, bottom)
    _draw_figure(canvas, large, live, figures)


def _draw_clock(canvas: Image, plan: StagePlan, live: LiveScene) -> None:
    """The ring with its word beside it; a countdown has the ring's place."""
    left, top, right, bottom = plan.main
    edge = left + min(bottom - top, (right - left) * 3 // 5)
    if live.stage == "countdown" and live.count is not None:
        _draw_number(canvas, (left, top, edge, bottom), live.count, None)
    else:
        draw_count(canvas, live.scene, (left, top, edge, bottom))
    draw_clock(canvas, live.scene, (edge + plan.letters // 2, top, right, bottom), plan.letters)


def draw_breath(canvas: Image, box: Rect, breath: Breath) -> None:
    """A disc that swells while breathing in and shrinks while breathing out, with the word."""
    left, top, right, bottom = box
    word = "Breathe in" if breath.phase == "in" else "Breathe out"
    size = fit_text("Breathe out", max(9, (bottom - top) // 5), right - left)
    room = min(right - left, bottom - top - round(1.6 * size)) // 2
    if room < 4:
        return
    full = breath.share if breath.phase == "in" else 1.0 - breath.share
    x, y = (left + right) // 2, top + room
    cv2.circle(canvas, (x, y), room, GREY, 1, cv2.LINE_AA)
    cv2.circle(canvas, (x, y), round(room * (0.35 + 0.65 * full)), BLUE, -1, cv2.LINE_AA)
    put_text(canvas, word, (x, bottom - size // 2), size, centred=True)


def _draw_figure(canvas: Image, box: Rect, live: LiveScene, figures: _Figures) -> None:
    """The right position; drawn once a size, as it takes a millisecond and stands for minutes."""
    left, top, right, bottom = box
    if live.figure is None or right <= left or bottom <= top:
        return
    key = (id(live.figure), live.figure_mirrored, right - left, bottom - top)
    if key not in figures:
        figures.clear()
        drawn = np.empty((bottom - top, right - left, 3), np.uint8)
        cv2.rectangle(drawn, (0, 0), (right - left, bottom - top), DARK, -1)
        draw_figure(drawn, live.figure, mirrored=live.figure_mirrored)
        figures[key] = drawn
    canvas[top:bottom, left:right] = figures[key]


def _draw_number(canvas: Image, box: Rect, number: str, below: str | None) -> None:
    left, top, right, bottom = box
    x, tall = (left + right) // 2, bottom - top
    size = fit_text(number, round(tall * (0.85 if below is None else 0.62)), right - left)
    y = top + round(tall * (0.82 if below is None else 0.62))
    put_text(canvas, number, (x, y), size, WHITE, centred=True)
    if below is not None:
        small = fit_text(below, round(tall * 0.2), right - left)
        put_text(canvas, below, (x, bottom - small // 2), small, WHITE, centred=True)


def _draw_lines(canvas: Image, box: Rect, text: str, size: int, colour: Colour) -> None:
    """A text in as many lines as the box has room for, smaller where it must be."""
    left, top, right, bottom = box
    fitted = (
        fit_lines(text, min(size, round((bottom - top) / (1.3 * n))), right - left, n)
        for n in (1, 2)
    )
    size, lines = max(fitted, key=lambda one: one[0])
    for number, line in enumerate(lines):
        put_text(canvas, line, (left, top + round((1.3 * number + 1) * size)), size, colour)


def _join(a: Rect, b: Rect) -> Rect:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


# --- what lies over the picture ---------------------------------------------------------------


def _draw_notice(canvas: Image, picture: Rect, text: str, letters: int) -> None:
    """A small line at the top of the picture, on a ground of its own."""
    left, top, right, _ = picture
    size, lines = fit_lines(text, letters, right - left - 2 * letters, 2)
    bottom = top + round((len(lines) + 0.5) * 1.35 * size)
    under = canvas[top:bottom, left:right]
    np.right_shift(under, 2, out=under)
    for number, line in enumerate(lines):
        y = top + round((number + 1) * 1.35 * size)
        put_text(canvas, line, ((left + right) // 2, y), size, WHITE, centred=True)


def _draw_alert(canvas: Image, picture: Rect, text: str) -> None:
    left, top, right, bottom = picture
    room = right - left - 40
    size, lines = fit_lines(text, round(0.13 * min(right - left, bottom - top)), room, 2)
    x, y = (left + right) // 2, (top + bottom) // 2
    draw_symbol(canvas, "pause", (x, y - round(1.6 * size)), round(0.6 * size), ORANGE)
    for number, line in enumerate(lines):
        put_text(canvas, line, (x, y + round(1.3 * size * number)), size, WHITE, centred=True)


def _draw_keys(canvas: Image, picture: Rect) -> None:
    left, top, right, bottom = picture
    size = max(9, min(bottom - top, right - left) // 18)
    step, pad = round(1.6 * size), size
    width, height = min(right - left, 15 * size), min(bottom - top, step * len(KEYS) + pad)
    x, y = left + (right - left - width) // 2, top + (bottom - top - height) // 2
    cv2.rectangle(canvas, (x, y), (x + width - 1, y + height - 1), DARK, -1)
    cv2.rectangle(canvas, (x, y), (x + width - 1, y + height - 1), WHITE, 2)
    for number, (key, meaning) in enumerate(KEYS):
        base = y + step * (number + 1)
        put_text(canvas, key, (x + pad, base), size, YELLOW)
        room = width - 2 * pad - 5 * size
        put_text(canvas, meaning, (x + pad + 5 * size, base), fit_text(meaning, size, room))
