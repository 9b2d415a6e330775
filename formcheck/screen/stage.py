"""Draws a LiveScene at the size of a window: picture, panel, cue, and what lies over them.

Nothing but the skeleton and its labels lies on the person; what stops the session dims the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np

from formcheck.coach.live_state import Phase
from formcheck.screen.drawing import (
    BLUE,
    DARK,
    GREY,
    ORANGE,
    WHITE,
    YELLOW,
    Box,
    Image,
    draw_symbol,
    fit_lines,
    fit_text,
    put_lines,
    put_text,
)
from formcheck.screen.figure import draw_figure
from formcheck.screen.last_page import draw_summary
from formcheck.screen.live_scene import KEYS, Breath, LiveScene
from formcheck.screen.panel import draw_clock, draw_count, draw_cue, draw_heading, draw_rules
from formcheck.screen.skeleton import draw_body
from formcheck.screen.tuck import draw_tuck

CUE_SHARE: Final = 0.15
"""Height of the cue's bar, of the window's shorter side: letters of 60 px at 1080p and more."""
PANEL_SHARE: Final = 0.3
"""Width of the panel, of a wide window; of a tall one it is the height."""
_WORKING: Final = frozenset({Phase.NEUTRAL, Phase.COUNTDOWN, Phase.WORK})
_MIN_PX: Final = 24
_MIN_TUCK_PX: Final = 48
"""Less has no room for its words."""


@dataclass(frozen=True, slots=True)
class StagePlan:
    """Where things are in a window; none meets another."""

    picture: Box
    heading: Box
    main: Box
    """The ring and its clock, or a large figure."""
    tuck: Box
    rules: Box
    figure: Box
    breath: Box
    coming: Box
    cue: Box
    letters: int
    """Size of the panel's letters."""


def plan_stage(width: int, height: int) -> StagePlan:
    """Where things go in a window of that size."""
    bar = round(CUE_SHARE * min(width, height)) * (1 if width >= height else 2)
    room = height - bar
    if width >= height:
        side = round(PANEL_SHARE * width)
        picture, panel = Box(0, 0, width - side, room), Box(width - side, 0, width, room)
        letters = max(9, min(side // 16, room // 26))
        shares = (0.165, 0.22, 0.19, 0.19, 0.14, 0.095)
        heading, main, tuck, rules, row, coming = _stack(panel, shares, letters)
    else:
        below, half = round(0.42 * room), width // 2
        picture = Box(0, 0, width, room - below)
        letters = max(9, min(half // 16, below // 16))
        left, right = Box(0, room - below, half, room), Box(half, room - below, width, room)
        heading, main, row, coming = _stack(left, (0.27, 0.4, 0.2, 0.13), letters)
        tuck, rules = _stack(right, (0.5, 0.5), letters)
    middle = (row.left + row.right) // 2
    figure, breath = row._replace(right=middle), row._replace(left=middle)
    cue = Box(0, room, width, height)
    return StagePlan(picture, heading, main, tuck, rules, figure, breath, coming, cue, letters)


def _stack(column: Box, shares: tuple[float, ...], letters: int) -> list[Box]:
    """A column cut into rows, with a gap between them."""
    gap, margin = max(2, letters // 3), letters // 2
    edges = np.rint(column.top + column.height * np.cumsum((0.0, *shares))).astype(int).tolist()
    left, right = column.left + margin, column.right - margin
    return [Box(left, a + gap, right, b) for a, b in pairwise(edges)]


class Stage:
    """Draws one session's moments; labels stay where they were."""

    def __init__(self) -> None:
        self._labels: dict[str, int] = {}
        self._figure: tuple[object, Image] | None = None
        """The figure that was drawn last, and what it was drawn from."""
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
        box, share = _fit(image, plan.picture)
        if live.alert is not None:
            _dim(box.cut(canvas))
        elif live.scene.xy_px is not None:
            draw_body(box.cut(canvas), live.scene, live.scene.xy_px * share, self._labels)
        self._draw_panel(canvas, plan, live)
        draw_cue(plan.cue.cut(canvas), live.scene.cue)
        picture = plan.picture.cut(canvas)
        if live.notice is not None:
            _draw_notice(picture, live.notice, plan.letters)
        if live.alert is not None:
            _draw_alert(picture, live.alert)
        if live.shows_keys:
            _draw_keys(picture)
        return canvas

    def _take_canvas(self, image: Image, size: tuple[int, int]) -> Image:
        ready, self._ready = self._ready, None
        if ready is not None and ready[0] is image and ready[1].shape[1::-1] == _limit(size):
            return ready[1]
        return _lay_out(image, size)

    def _draw_panel(self, canvas: Image, plan: StagePlan, live: LiveScene) -> None:
        scene, letters = live.scene, plan.letters
        draw_heading(plan.heading.cut(canvas), scene, letters)
        if live.coming is not None:
            _draw_coming(plan.coming.cut(canvas), live.coming, letters)
        if live.phase in _WORKING:
            edge = plan.main.left + min(plan.main.height, plan.main.width * 3 // 5)
            ring = plan.main._replace(right=edge).cut(canvas)
            if live.phase is Phase.COUNTDOWN and live.count is not None:
                _draw_number(ring, live.count, None)
            else:
                draw_count(ring, scene)
            clock = plan.main._replace(left=edge + letters // 2)
            draw_clock(clock.cut(canvas), scene.clock, letters)
            if scene.tuck is not None and plan.tuck.height >= _MIN_TUCK_PX:
                draw_tuck(plan.tuck.cut(canvas), scene.tuck, letters, scene.clock)
            draw_rules(plan.rules.cut(canvas), scene, letters)
            self._draw_figure(plan.figure.cut(canvas), live)
            if live.breath is not None:
                draw_breath(plan.breath.cut(canvas), live.breath)
            return
        large = plan.main
        if plan.rules.left == large.left:  # in one column: all down to the rules' end
            large = large._replace(bottom=plan.rules.bottom)
        if live.phase is Phase.REST:
            middle = large.top + large.height * 2 // 5
            _draw_number(large._replace(bottom=middle).cut(canvas), live.count or "", "s of rest")
            large = large._replace(top=middle)
        self._draw_figure(large.cut(canvas), live)

    def _draw_figure(self, image: Image, live: LiveScene) -> None:
        """The correct position; drawn once, as it takes a millisecond and stays for minutes."""
        if live.figure is None or not image.size:
            return
        drawn_from = id(live.figure), live.figure_mirrored, image.shape
        if self._figure is None or self._figure[0] != drawn_from:
            drawn = np.full(image.shape, DARK, np.uint8)
            draw_figure(drawn, live.figure, mirrored=live.figure_mirrored)
            self._figure = drawn_from, drawn
        image[:] = self._figure[1]


def _limit(size: tuple[int, int]) -> tuple[int, int]:
    return max(_MIN_PX, size[0]), max(_MIN_PX, size[1])


def _lay_out(image: Image, size: tuple[int, int]) -> Image:
    """A new canvas with nothing on it but the picture in its place."""
    width, height = _limit(size)
    canvas = np.empty((height, width, 3), np.uint8)
    cv2.rectangle(canvas, (0, 0), (width, height), DARK, -1)
    box, share = _fit(image, plan_stage(width, height).picture)
    how = cv2.INTER_AREA if share < 0.6 else cv2.INTER_LINEAR
    cv2.resize(image, (box.width, box.height), dst=box.cut(canvas), interpolation=how)
    return canvas


def _fit(image: Image, box: Box) -> tuple[Box, float]:
    """Where a picture lies in a box, in its middle, and how much it is enlarged."""
    height, width = image.shape[:2]
    share = min(box.width / width, box.height / height)
    wide, tall = max(1, round(width * share)), max(1, round(height * share))
    x, y = box.left + (box.width - wide) // 2, box.top + (box.height - tall) // 2
    return Box(x, y, x + wide, y + tall), share


def _dim(image: Image) -> None:
    np.right_shift(image, 2, out=image)


# --- in the panel -----------------------------------------------------------------------------


def draw_breath(image: Image, breath: Breath) -> None:
    """A disc that swells while breathing in and shrinks while breathing out, with the word."""
    height, width = image.shape[:2]
    size = fit_text("Breathe out", max(9, height // 5), width)
    room = min(width, height - round(1.6 * size)) // 2
    if room < 4:
        return
    full = breath.share if breath.phase == "in" else 1.0 - breath.share
    x = width // 2
    cv2.circle(image, (x, room), room, GREY, 1, cv2.LINE_AA)
    cv2.circle(image, (x, room), round(room * (0.35 + 0.65 * full)), BLUE, -1, cv2.LINE_AA)
    put_text(image, f"Breathe {breath.phase}", (x, height - size // 2), size, centred=True)


def _draw_number(image: Image, number: str, below: str | None) -> None:
    height, width = image.shape[:2]
    x = width // 2
    size = fit_text(number, round(height * (0.85 if below is None else 0.62)), width)
    y = round(height * (0.82 if below is None else 0.62))
    put_text(image, number, (x, y), size, centred=True)
    if below is not None:
        small = fit_text(below, round(height * 0.2), width)
        put_text(image, below, (x, height - small // 2), small, centred=True)


def _draw_coming(image: Image, text: str, size: int) -> None:
    """What comes next, in one line or two, whichever has larger letters."""
    height, width = image.shape[:2]
    fitted = (fit_lines(text, min(size, round(height / (1.3 * n))), width, n) for n in (1, 2))
    size, lines = max(fitted, key=lambda one: one[0])
    put_lines(image, lines, (0, size), size, YELLOW, step=1.3 * size)


# --- over the picture -------------------------------------------------------------------------


def _draw_notice(picture: Image, text: str, letters: int) -> None:
    """A small line at the top of the picture, on a ground of its own."""
    width = picture.shape[1]
    size, lines = fit_lines(text, letters, width - 2 * letters, 2)
    _dim(picture[: round((len(lines) + 0.5) * 1.35 * size)])
    at = width // 2, 1.35 * size
    put_lines(picture, lines, at, size, step=1.35 * size, centred=True)


def _draw_alert(picture: Image, text: str) -> None:
    height, width = picture.shape[:2]
    size, lines = fit_lines(text, round(0.13 * min(width, height)), width - 40, 2)
    x, y = width // 2, height // 2
    draw_symbol(picture, "pause", (x, y - round(1.6 * size)), round(0.6 * size), ORANGE)
    put_lines(picture, lines, (x, y), size, step=1.3 * size, centred=True)


def _draw_keys(picture: Image) -> None:
    height, width = picture.shape[:2]
    size = max(9, min(height, width) // 18)
    step, pad = round(1.6 * size), size
    wide, tall = min(width, 15 * size), min(height, step * len(KEYS) + pad)
    x, y = (width - wide) // 2, (height - tall) // 2
    image = Box(x, y, x + wide, y + tall).cut(picture)
    image[:] = DARK
    cv2.rectangle(picture, (x, y), (x + wide - 1, y + tall - 1), WHITE, 2)
    left, room = pad + 5 * size, wide - 2 * pad - 5 * size
    for number, (key, meaning) in enumerate(KEYS, start=1):
        put_text(image, key, (pad, step * number), size, YELLOW)
        put_text(image, meaning, (left, step * number), fit_text(meaning, size, room))
