"""Draws a LiveScene at the size of a window, to be read from the mat, three metres away.

At the top, in letters of 16 arcminutes, are the cue and what comes next; the picture lies below
them. The clock, at the left, and the correct position, at the right, may lie over the sides of the
picture of a wide window, but never over the person: it is smaller where they would. What stops the
session dims the picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from formcheck.coach.live_state import Phase
from formcheck.exercises.schema import Figure
from formcheck.language import translate
from formcheck.screen.drawing import (
    Box,
    Image,
    draw_symbol,
    fit_lines,
    fit_text,
    put_lines,
    put_text,
    shade,
)
from formcheck.screen.figure import draw_figure, find_unit
from formcheck.screen.from_afar import (
    Letters,
    draw_banner,
    draw_big_clock,
    draw_number,
    plan_banner,
)
from formcheck.screen.last_page import draw_summary
from formcheck.screen.live_scene import KEYS, Breath, LiveScene
from formcheck.screen.panel import draw_heading, draw_rules
from formcheck.screen.signs import (
    BESIDE_SHARE,
    BLUE,
    CLOCKED,
    COLUMN_SHARE,
    CUT_SHARE,
    DARK,
    GREY,
    LED_IN,
    OF_REST,
    ORANGE,
    STRIP_SHARE,
    UPPER_SHARE,
    WAY_IN_SHARE,
    WHITE,
    YELLOW,
    tell_breath,
)
from formcheck.screen.skeleton import draw_body
from formcheck.screen.tuck import draw_tuck

_MIN_PX: Final = 24
_MIN_TUCK_PX: Final = 48
"""Less has no room for its words."""


@dataclass(frozen=True, slots=True)
class StagePlan:
    """Where things are in a window; the banner is above all of them, and none meets another."""

    picture: Box
    """The room for the picture. In a wide window the clock and the drawing may lie over its
    sides, unless it is narrow."""
    clock: Box
    drawing: Box
    """The correct position, or with the details what was judged."""
    foot: Box
    """A small line."""
    strip: Box
    """The way in, in place of clock and drawing."""
    number: Box
    """The seconds of a rest, beside it or above."""
    letters: Letters


def plan_stage(
    width: int, height: int, top: int, live: LiveScene | None = None, *, is_narrow: bool = False
) -> StagePlan:
    """Where things go in a window of that size below a banner that ends at ``top``.

    Args:
        width: of the window, and ``height``, pixels.
        height: of the window.
        top: pixels from its top.
        live: what is shown, which the room for the picture depends on; None plans a hold upright.
        is_narrow: the picture keeps clear of the clock and the drawing. For whoever lies it always
            does: they are as wide as the picture.
    """
    letters = Letters.of_window(width, height)
    column = round((COLUMN_SHARE if width >= height else 0.5) * width)
    foot = Box(0, height - round(1.7 * letters.small), width, height)
    top = min(top, foot.top - 1)
    is_led_in = live is not None and live.phase in LED_IN and not live.shows_details
    is_resting = live is not None and live.phase is Phase.REST
    if width < height:  # the picture has the upper part to itself
        floor = max(top + 1, round(UPPER_SHARE * height))
        strip = Box(0, max(floor, foot.top - round(STRIP_SHARE * height)), width, foot.top)
        number, picture = Box(0, top, column, floor), Box(0, top, width, floor)
        if is_resting:
            picture = Box(column, top, width, floor)
        top = min(floor, foot.top - 1)
    else:
        left = round((1 - WAY_IN_SHARE) * width)
        strip, picture = Box(left, top, width, foot.top), Box(0, top, width, height)
        middle = (top + foot.top) // 2
        number = Box(0, middle, left if is_led_in else column, foot.top)
        if is_led_in:
            picture = Box(0, top, left, middle if is_resting else foot.top)
        elif is_narrow or (live is not None and live.figure is not None and live.figure.is_level):
            picture = Box(column, top, width - column, foot.top)
    return StagePlan(
        picture=picture,
        clock=Box(0, top, column, foot.top),
        drawing=Box(width - column, top, width, foot.top),
        foot=foot,
        strip=strip,
        number=number,
        letters=letters,
    )


class Stage:
    """Draws one session's moments; labels stay where they were."""

    def __init__(self) -> None:
        self._labels: dict[str, int] = {}
        self._drawn: dict[int, tuple[object, Image]] = {}
        """Each figure that was drawn last, by its place, and what it was drawn from."""
        self._phase: Phase | None = None
        self._top = 0
        """Where the rest begins, below the highest banner of this phase: so it seldom moves."""
        self._is_narrow = False
        """The person would have been covered in this phase."""
        self._room = Box(0, 0, 0, 0)
        """For the picture that was drawn last."""
        self._ready: tuple[Image, Box, Image] | None = None
        """A picture, its room, and the canvas with it."""

    def prepare(self, image: Image, size: tuple[int, int]) -> None:
        """Do what can be done before it is known what to show: ``draw`` is faster then.

        Args:
            image: as ``draw`` will be given it, the very same.
            size: width and height to draw.
        """
        self._ready = image, self._room, _lay_out(image, size, self._room)

    def draw(self, image: Image, live: LiveScene, size: tuple[int, int]) -> Image:
        """Draw a moment.

        Args:
            image: uint8 (H, W, 3) BGR, of any size, mirrored if it is to be; it is not changed.
            live: what to show; its landmarks are pixels of ``image``.
            size: width and height to draw.

        Returns:
            A new picture of that size.
        """
        width, height = _limit(size)
        if live.summary is not None:
            canvas = np.full((height, width, 3), DARK, np.uint8)
            draw_summary(canvas, live.summary)
            return canvas
        banner = plan_banner(live.scene.cue, live.coming, width, height)
        if live.phase is not self._phase:
            self._top, self._is_narrow, self._phase = 0, False, live.phase
        self._top = max(banner.height, self._top)
        plan = plan_stage(width, height, self._top, live, is_narrow=self._is_narrow)
        if not self._is_narrow and _is_covered(image, live, plan):
            self._is_narrow = True
            plan = plan_stage(width, height, self._top, live, is_narrow=True)
        self._room = plan.picture
        canvas = self._take_canvas(image, size)
        place = find_place(image.shape[1], image.shape[0], self._room)
        if live.alert is not None:
            _dim(place.box.cut(canvas))
        elif live.scene.xy_px is not None:
            self._draw_person(canvas, plan, place, live)
        draw_banner(canvas, banner)
        self._draw_beside(canvas, plan, place.box, live)
        _draw_foot(plan.foot.cut(canvas), live, plan.letters.small)
        if live.alert is not None:
            left, top, right, bottom = place.box
            middle, radius = (left + right) // 2, min(width, height) // 10
            draw_symbol(canvas, "pause", (middle, (top + 2 * bottom) // 3), radius, ORANGE)
        if live.shows_keys:
            _draw_keys(canvas)
        return canvas

    def _take_canvas(self, image: Image, size: tuple[int, int]) -> Image:
        ready, self._ready = self._ready, None
        if ready is not None and ready[0] is image and ready[1] == self._room:
            canvas = ready[2]
            if canvas.shape[1::-1] == _limit(size):
                return canvas
        return _lay_out(image, size, self._room)

    def _draw_person(self, canvas: Image, plan: StagePlan, place: Place, live: LiveScene) -> None:
        """The skeleton; with the details its labels, where nothing is drawn over them."""
        xy_px, box = live.scene.xy_px, place.box
        if xy_px is None:
            return
        if live.shows_details and plan.clock.right < plan.drawing.left:
            middle = Box(plan.clock.right, plan.clock.top, plan.drawing.left, plan.foot.top)
            box = box.meet(middle)
        xy = xy_px * place.share + place.origin_px - box[:2]
        draw_body(box.cut(canvas), live.scene, xy, self._labels, labelled=live.shows_details)

    def _draw_beside(self, canvas: Image, plan: StagePlan, picture: Box, live: LiveScene) -> None:
        """The clock or a rest's seconds, and the position or the way in, each in its room."""
        if live.phase in CLOCKED:
            shade(plan.clock.meet(picture).cut(canvas))
            number = live.count if live.phase is Phase.COUNTDOWN else None
            draw_big_clock(plan.clock.cut(canvas), live.scene, plan.letters, number)
        elif live.phase is Phase.REST and live.count is not None:
            shade(plan.number.meet(picture).cut(canvas))
            draw_number(plan.number.cut(canvas), live.count, translate(OF_REST))
        if live.shows_details:
            shade(plan.drawing.meet(picture).cut(canvas))
            _draw_details(plan.drawing.cut(canvas), live, plan.letters.small)
        elif live.phase in LED_IN:
            shade(plan.strip.meet(picture).cut(canvas))
            self._draw_way_in(canvas, plan.strip, live)
        else:
            shade(plan.drawing.meet(picture).cut(canvas))
            self._draw_position(canvas, plan, live)

    def _draw_position(self, canvas: Image, plan: StagePlan, live: LiveScene) -> None:
        box = plan.drawing
        if live.breath is not None:
            below = box.bottom - round(2.2 * plan.letters.middle)
            draw_breath(box._replace(top=below).cut(canvas), live.breath, plan.letters.middle)
            box = box._replace(bottom=below)
        if live.figure is not None:
            self._draw_figure(canvas, box, live.figure, live, None)

    def _draw_way_in(self, canvas: Image, strip: Box, live: LiveScene) -> None:
        """The drawings of the way in side by side, the position last."""
        figures = [*live.way_in, *([live.figure] if live.figure is not None else [])]
        edges = np.linspace(strip.left, strip.right, len(figures) + 1).astype(int).tolist()
        radius = max(4, strip.height // 16)
        first = Box(edges[0], strip.top, edges[1], strip.bottom) if figures else strip
        unit_px = find_unit(first.cut(canvas), figures, mirrored=live.figure_mirrored)
        for number, figure in enumerate(figures):
            box = Box(edges[number], strip.top, edges[number + 1], strip.bottom)
            self._draw_figure(canvas, box, figure, live, unit_px)
            if number:
                draw_symbol(canvas, "play", (box.left, strip.top + 2 * radius), radius, YELLOW)

    def _draw_figure(
        self, canvas: Image, box: Box, figure: Figure, live: LiveScene, unit_px: float | None
    ) -> None:
        """A position; drawn once, as it takes a millisecond and stays for minutes."""
        image, mirrored = box.cut(canvas), live.figure_mirrored
        if not image.size:
            return
        drawn_from = id(figure), mirrored, image.shape, unit_px
        kept = self._drawn.get(box.left)
        if kept is None or kept[0] != drawn_from:
            drawn = np.full(image.shape, DARK, np.uint8)
            draw_figure(drawn, figure, mirrored=mirrored, unit_px=unit_px)
            kept = self._drawn[box.left] = drawn_from, drawn
        image[:] = kept[1]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a picture is in a window."""

    box: Box
    """What of the window it covers."""
    origin_px: tuple[float, float]
    """Where its corner is; outside the window where it is cut."""
    share: float
    """How much it is enlarged."""


def find_place(wide: int, tall: int, room: Box) -> Place:
    """Where a picture (wide, tall) lies in its room.

    All over it if little has to be cut off, at the sides or at the bottom; else it is shown whole,
    in the middle.
    """
    width, height = max(1, room.width), max(1, room.height)
    fits, fills = sorted((width / wide, height / tall))
    share = fills if fits / fills >= 1 - CUT_SHARE else fits
    x = room.left + (width - wide * share) / 2
    y = room.top + max(0.0, height - tall * share) / 2
    box = Box(
        max(room.left, round(x)), max(room.top, round(y)),
        min(room.left + width, max(room.left + 1, round(x + wide * share))),
        min(room.top + height, max(room.top + 1, round(y + tall * share))),
    )  # fmt: skip
    return Place(box, (x, y), share)


def _is_covered(image: Image, live: LiveScene, plan: StagePlan) -> bool:
    """Whether the clock or the drawing of a plan would lie over the person, or touch them."""
    if live.scene.xy_px is None or (live.phase in LED_IN and not live.shows_details):
        return False
    xy_px, wide, tall = live.scene.xy_px, image.shape[1], image.shape[0]
    seen = xy_px[((xy_px >= 0) & (xy_px < (wide, tall))).all(axis=1)]  # of the others only a guess
    place = find_place(wide, tall, plan.picture)
    if not len(seen) or place.box.bottom <= plan.clock.top:
        return False
    x = seen[:, 0] * place.share + place.origin_px[0]
    beside = BESIDE_SHARE * place.share * wide
    return bool(x.min() < plan.clock.right + beside or x.max() > plan.drawing.left - beside)


def _limit(size: tuple[int, int]) -> tuple[int, int]:
    return max(_MIN_PX, size[0]), max(_MIN_PX, size[1])


def _lay_out(image: Image, size: tuple[int, int], room: Box) -> Image:
    """A new canvas with nothing on it but the picture in its room."""
    width, height = _limit(size)
    place = find_place(image.shape[1], image.shape[0], room)
    canvas = np.empty((height, width, 3), np.uint8)
    cv2.rectangle(canvas, (0, 0), (width, height), DARK, -1)
    (x, y), share, box = place.origin_px, place.share, place.box
    left, top = (
        max(0, math.floor((edge - at) / share)) for edge, at in ((box.left, x), (box.top, y))
    )
    right, bottom = (
        max(1, math.ceil((edge - at) / share)) for edge, at in ((box.right, x), (box.bottom, y))
    )
    seen = image[top:bottom, left:right]
    if seen.shape[:2] == (box.height, box.width):
        box.cut(canvas)[:] = seen
        return canvas
    how = cv2.INTER_AREA if share < 0.6 else cv2.INTER_LINEAR
    cv2.resize(seen, (box.width, box.height), dst=box.cut(canvas), interpolation=how)
    return canvas


def _dim(image: Image) -> None:
    np.right_shift(image, 2, out=image)


# --- over the picture -------------------------------------------------------------------------


def draw_breath(image: Image, breath: Breath, size: int) -> None:
    """A disc that swells while breathing in and shrinks while breathing out, with the word."""
    height, width = image.shape[:2]
    room = min(width // 6, height // 2)
    if room < 4:
        return
    full = breath.share if breath.phase == "in" else 1.0 - breath.share
    at = round(1.2 * room), height // 2
    cv2.circle(image, at, room, GREY, 1, cv2.LINE_AA)
    cv2.circle(image, at, round(room * (0.35 + 0.65 * full)), BLUE, -1, cv2.LINE_AA)
    left = round(2.6 * room)
    words = tell_breath(breath.phase)
    size = fit_text(tell_breath("out"), size, width - left)
    put_text(image, words, (left, height // 2 + size // 3), size)


def _draw_details(image: Image, live: LiveScene, size: int) -> None:
    """What is for the replay rather than the mat: names, rules, the back."""
    height, width = image.shape[:2]
    pad = max(2, size // 2)
    heading = round(4.2 * size)
    rules = min(height - heading, round(1.6 * size * (len(live.scene.marks) + 1.5)))
    inner = image[:, pad : width - pad]
    if not inner.size:
        return
    draw_heading(inner[:heading], live.scene, size)
    draw_rules(inner[height - rules :], live.scene, size)
    back = inner[heading + pad : height - rules - pad]
    if live.scene.tuck is not None and min(back.shape[:2]) >= _MIN_TUCK_PX:
        draw_tuck(back, live.scene.tuck, size, live.scene.clock)


def _draw_foot(image: Image, live: LiveScene, letters: int) -> None:
    """A small line: a notice, or else which exercise, side and set it is."""
    name = ", ".join(filter(None, (live.scene.exercise, live.scene.set_name)))
    text = live.notice or name
    width, height = image.shape[1], image.shape[0]
    size, lines = fit_lines(text, letters, width - letters, 1)
    shade(image)
    put_lines(image, lines, (width // 2, 0.68 * height), size, step=0.0, centred=True)


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
    for number, (key, english) in enumerate(KEYS, start=1):
        meaning = translate(english)
        put_text(image, translate(key), (pad, step * number), size, YELLOW)
        put_text(image, meaning, (left, step * number), fit_text(meaning, size, room))
