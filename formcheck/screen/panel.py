"""What stands beside the picture: what is done, the ring of held seconds, the rules, the cue.

Each function fills the piece of the picture that it is given, on the panel's ground.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

import cv2

from formcheck.coach.cues import CLOCK_WORDS, Cue, tell_cue
from formcheck.judging.moment import Clock
from formcheck.language import translate
from formcheck.screen.drawing import (
    Box,
    Image,
    draw_ring,
    draw_symbol,
    fit_lines,
    fit_text,
    measure_text,
    put_lines,
    put_text,
    wrap_text,
)
from formcheck.screen.scene import Scene
from formcheck.screen.signs import (
    BLUE,
    DARK,
    GREY,
    LOOKS,
    ORANGE,
    TONES,
    WHITE,
    YELLOW,
    Look,
)
from formcheck.screen.tuck import draw_tuck, list_told

_CLOCK: Final[dict[Clock, Look]] = {
    "running": ("play", BLUE),
    "ready": ("dots", WHITE),
    "moving": ("play", BLUE),
    "paused": ("pause", ORANGE),
    "settling": ("dots", WHITE),
    "entering": ("dots", WHITE),
    "out": ("dots", GREY),
}
_SMALLEST_PX: Final = 100
"""A panel narrower than this has no room for words."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are in a panel; none meets another."""

    heading: Box
    ring: Box
    clock: Box
    """The word under or beside the ring."""
    tuck: Box
    rules: Box
    letters: int
    """Size of the letters."""


def plan_panel(panel: Box) -> Places | None:
    """Where things go in a panel; None if it is too small for any."""
    left, top, right, bottom = panel
    width, height = panel.width, panel.height
    if min(width, height) < _SMALLEST_PX:
        return None
    if height >= width:
        pad, size = width // 16, max(11, width // 15)
        x, end = left + pad, right - pad
        ring_y = top + pad // 2 + round(4.6 * size)
        ring = round(0.44 * width)
        rules_y = bottom - round(9.6 * size)
        return Places(
            heading=Box(x, top + pad // 2, end, ring_y),
            ring=Box(x, ring_y, x + ring, ring_y + ring),
            clock=Box(x + ring + pad, ring_y, end, ring_y + ring),
            tuck=Box(x, ring_y + ring + pad // 2, end, rules_y - pad // 4),
            rules=Box(x, rules_y, end, bottom - pad // 2),
            letters=size,
        )
    pad, size = height // 18, max(11, height // 17)
    ring = round(0.23 * width)
    ring_x, tuck_x = left + pad, right - pad - round(0.29 * width)
    x, heading_y = ring_x + ring + pad, top + pad + round(4.2 * size)
    return Places(
        heading=Box(x, top + pad // 2, tuck_x - pad, heading_y),
        ring=Box(ring_x, top + pad, ring_x + ring, top + pad + ring),
        clock=Box(ring_x, top + pad + ring + pad, ring_x + ring, bottom - pad),
        tuck=Box(tuck_x, top + pad, right - pad, bottom - pad),
        rules=Box(x, heading_y, tuck_x - pad, bottom - pad // 2),
        letters=size,
    )


class Piece(NamedTuple):
    """One part of the panel; what is drawn once stays until it tells something else."""

    box: Box
    told: object
    """All that it shows."""
    draw: Callable[[Image], None]


def list_pieces(panel: Box, scene: Scene) -> list[Piece]:
    """What is to be told beside the picture."""
    places = plan_panel(panel)
    if places is None:
        return []
    letters, tuck, clock = places.letters, scene.tuck, scene.clock
    heading = scene.exercise, scene.set_name
    count = round(scene.done, 1), round(scene.confirmed, 1), scene.target, scene.unit
    verdicts = [(mark.verdict, mark.look(clock)) for mark in scene.marks]
    rules = [(one.rule.id, look, one.is_unclear) for one, look in verdicts]
    back = None if tuck is None else list_told(tuck, clock)

    def draw_back(image: Image) -> None:
        if tuck is not None:
            draw_tuck(image, tuck, letters, clock)

    return [
        Piece(places.heading, heading, partial(draw_heading, scene=scene, size=letters)),
        Piece(places.ring, count, partial(draw_count, scene=scene)),
        Piece(places.clock, clock, partial(draw_clock, clock=clock, letters=letters)),
        Piece(places.tuck, back, draw_back),
        Piece(
            places.rules,
            (scene.has_unconfirmed, rules),
            partial(draw_rules, scene=scene, size=letters),
        ),
    ]


def draw_heading(image: Image, scene: Scene, size: int) -> None:
    """The exercise, the side and the set."""
    height, width = image.shape[:2]
    size = min(size, round(height / (3 * 1.3)))
    step = round(size * 1.3)
    letters, lines = fit_lines(scene.exercise, size, width, 2)
    y = step
    for line in lines[:2]:
        put_text(image, line, (0, y), letters)
        y += step
    text = scene.set_name
    if text:
        put_text(image, text, (0, y), fit_text(text, size, width), YELLOW)


def draw_count(image: Image, scene: Scene) -> None:
    """The ring of what was done well, and its numbers."""
    height, width = image.shape[:2]
    room = min(width, height)
    radius = room // 2 - max(2, room // 50)  # the hatching has round ends
    if scene.target <= 0 or radius < 5:
        return
    x, y = width // 2, height // 2
    good, confirmed = round(scene.done, 1), round(scene.confirmed, 1)
    done = min(1.0, good / scene.target)
    solid = min(done, confirmed / scene.target)
    draw_ring(image, (x, y), radius, solid, done - solid)
    inner = round(radius * 1.3)
    text = scene.tell_count(good)
    below = f"of {scene.target:g} {scene.unit}"
    size = fit_text(text, round(radius * 0.62), inner)
    put_text(image, text, (x, y + size // 5), size, centred=True)
    small = fit_text(below, round(radius * 0.26), inner)
    put_text(image, below, (x, y + size // 5 + round(small * 1.4)), small, centred=True)


def draw_clock(image: Image, clock: Clock, letters: int) -> None:
    """The state of the clock in a word, and its symbol above."""
    height, width = image.shape[:2]
    symbol, colour = _CLOCK[clock]
    size = round(letters * 1.2)
    lines = wrap_text(translate(CLOCK_WORDS[clock]), width, size)
    size = min(fit_text(line, size, width) for line in lines)
    mark, step = round(size * 0.6), round(size * 1.25)
    x, y = width // 2, max(0, (height - 3 * mark - step * len(lines)) // 2)
    draw_symbol(image, symbol, (x, y + mark), mark, colour)
    put_lines(image, lines, (x, y + 3 * mark + size), size, colour, step=step, centred=True)


def draw_rules(image: Image, scene: Scene, size: int) -> None:
    """Each rule with its verdict."""
    height, width = image.shape[:2]
    n_lines = len(scene.marks) + scene.has_unconfirmed
    step = min(round(size * 1.55), (height - size // 2) // max(1, n_lines))
    size = min(size, round(step / 1.3))
    radius = max(4, round(size * 0.5))
    indent, y = round(2.6 * radius), step
    for mark in scene.marks:
        symbol, colour = LOOKS[mark.look(scene.clock)]
        draw_symbol(image, symbol, (radius, y - size // 3), radius, colour)
        text = mark.tell(scene.clock)
        put_text(image, text, (indent, y), fit_text(text, size, width - indent))
        y += step
    if scene.has_unconfirmed:
        text = translate("hatched: not confirmed")
        put_text(image, text, (0, y), fit_text(text, size, width), BLUE)


def draw_cue(image: Image, cue: Cue, *, sees_nobody: bool = False) -> None:
    """What to do now, in letters as large as fit."""
    height, width = image.shape[:2]
    symbol, ground, ink = TONES[cue.tone]
    text = tell_cue(cue)
    if sees_nobody:
        symbol, ground, ink, text = "question", DARK, WHITE, translate("I can't see you")
    cv2.rectangle(image, (0, 0), (width, height), ground, -1)
    if height < 16:
        return
    n_lines = 2 if height > width / 6 else 1
    line = height // n_lines
    pad, radius = line // 4, round(line * 0.3)
    room = width - 4 * pad - 2 * radius
    size, lines = max(
        (fit_lines(text, round(height / n * 0.62), room, n) for n in range(1, n_lines + 1)),
        key=lambda fitted: fitted[0],
    )
    wide = max(measure_text(words, size) for words in lines)
    x = (width - wide - 2 * radius - pad) // 2
    shown = WHITE if symbol in ("check", "alert") else ink
    draw_symbol(image, symbol, (x + radius, height // 2), radius, shown)
    y = height / 2 - (len(lines) - 1) / 2 * 1.35 * size + 0.35 * size
    put_lines(image, lines, (x + 2 * radius + pad, y), size, ink, step=1.35 * size)
