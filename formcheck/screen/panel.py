"""The panel beside the picture: what is done, the ring of held seconds, the back, the rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from formcheck.coach.cues import CLOCK_WORDS
from formcheck.judging.moment import Clock
from formcheck.screen.drawing import (
    BLUE,
    GREY,
    ORANGE,
    WHITE,
    YELLOW,
    Colour,
    Image,
    Symbol,
    draw_ring,
    draw_symbol,
    fit_lines,
    fit_text,
    put_text,
    wrap_text,
)
from formcheck.screen.labels import Look, Rect, choose_look, tell_verdict
from formcheck.screen.scene import Scene, name_set
from formcheck.screen.tuck import draw_tuck, list_told

LOOKS: Final[dict[Look, tuple[Symbol, Colour]]] = {
    "pass": ("check", BLUE),
    "fail": ("cross", ORANGE),
    "tip": ("tip", WHITE),
    "unknown": ("question", WHITE),
}
_CLOCK: Final[dict[Clock, tuple[Symbol, Colour]]] = {
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

    heading: Rect
    ring: Rect
    clock: Rect
    """The word under or beside the ring."""
    tuck: Rect
    rules: Rect
    letters: int
    """Size of the letters."""


def plan_panel(panel: Rect) -> Places | None:
    """Where things go in a panel; None where it is too small for any."""
    left, top, right, bottom = panel
    width, height = right - left, bottom - top
    if min(width, height) < _SMALLEST_PX:
        return None
    if height >= width:
        pad, size = width // 16, max(11, width // 15)
        x, end = left + pad, right - pad
        ring_y = top + pad // 2 + round(4.6 * size)
        ring = round(0.44 * width)
        tuck_y = ring_y + ring + pad // 2
        rules_y = bottom - round(9.6 * size)
        return Places(
            heading=(x, top + pad // 2, end, ring_y),
            ring=(x, ring_y, x + ring, ring_y + ring),
            clock=(x + ring + pad, ring_y, end, ring_y + ring),
            tuck=(x, tuck_y, end, rules_y - pad // 4),
            rules=(x, rules_y, end, bottom - pad // 2),
            letters=size,
        )
    pad, size = height // 18, max(11, height // 17)
    ring = round(0.23 * width)
    ring_x, tuck_x = left + pad, right - pad - round(0.29 * width)
    x, heading_y = ring_x + ring + pad, top + pad + round(4.2 * size)
    return Places(
        heading=(x, top + pad // 2, tuck_x - pad, heading_y),
        ring=(ring_x, top + pad, ring_x + ring, top + pad + ring),
        clock=(ring_x, top + pad + ring + pad, ring_x + ring, bottom - pad),
        tuck=(tuck_x, top + pad, right - pad, bottom - pad),
        rules=(x, heading_y, tuck_x - pad, bottom - pad // 2),
        letters=size,
    )


class Piece(NamedTuple):
    """One part of the panel; what is drawn once stands until it tells something else."""

    box: Rect
    told: object
    """All that it shows."""
    draw: Callable[[Image], None]
    """Draws on the box's own picture, on the panel's ground."""


def list_pieces(panel: Rect, scene: Scene) -> list[Piece]:
    """What is to be said beside the picture."""
    places = plan_panel(panel)
    if places is None:
        return []
    letters, tuck = places.letters, scene.tuck
    told_rules = [
        (m.verdict.rule.id, choose_look(m.verdict, scene.clock), m.verdict.is_unclear)
        for m in scene.marks
    ]
    return [
        Piece(
            places.heading,
            (scene.exercise, name_set(scene)),
            lambda image: draw_heading(image, scene, whole(image), letters),
        ),
        Piece(
            places.ring,
            (*_round_count(scene), scene.target, scene.unit),
            lambda image: draw_count(image, scene, whole(image)),
        ),
        Piece(
            places.clock,
            scene.clock,
            lambda image: draw_clock(image, scene, whole(image), letters),
        ),
        Piece(
            places.tuck,
            None if tuck is None else list_told(tuck, scene.clock),
            lambda image: None if tuck is None else draw_tuck(image, tuck, letters, scene.clock),
        ),
        Piece(
            places.rules,
            (_is_hatched(scene), told_rules),
            lambda image: draw_rules(image, scene, whole(image), letters),
        ),
    ]


def whole(image: Image) -> Rect:
    """The box of all of a picture."""
    return 0, 0, image.shape[1], image.shape[0]


def draw_heading(canvas: Image, scene: Scene, box: Rect, size: int) -> None:
    """The exercise, the side and the set."""
    x, y, right, _ = box
    width, step = right - x, round(size * 1.3)
    letters, lines = fit_lines(scene.exercise, size, width, 2)
    for line in lines[:2]:
        y += step
        put_text(canvas, line, (x, y), letters)
    text = name_set(scene)
    if text:
        put_text(canvas, text, (x, y + step), fit_text(text, size, width), YELLOW)


def draw_count(canvas: Image, scene: Scene, box: Rect) -> None:
    """The ring of what was done well, and its numbers."""
    if scene.target <= 0:
        return
    left, top, right, bottom = box
    room = min(right - left, bottom - top)
    radius = room // 2 - max(2, room // 50)  # the hatching has round ends
    if radius < 5:
        return
    x, y = (left + right) // 2, (top + bottom) // 2
    good, confirmed = _round_count(scene)
    done = min(1.0, good / scene.target)
    solid = min(done, confirmed / scene.target)
    draw_ring(canvas, (x, y), radius, solid, done - solid)
    inner = round(radius * 1.3)
    text = f"{good:.1f}" if scene.unit == "s" else f"{good:.0f}"
    below = f"of {scene.target:g} {scene.unit}"
    size = fit_text(text, round(radius * 0.62), inner)
    put_text(canvas, text, (x, y + size // 5), size, centred=True)
    small = fit_text(below, round(radius * 0.26), inner)
    put_text(canvas, below, (x, y + size // 5 + round(small * 1.4)), small, centred=True)


def _round_count(scene: Scene) -> tuple[float, float]:
    """What is done and confirmed, as exactly as it is shown."""
    return round(scene.done, 1), round(scene.confirmed, 1)


def _is_hatched(scene: Scene) -> bool:
    return scene.done - scene.confirmed >= 0.05


def draw_clock(canvas: Image, scene: Scene, box: Rect, letters: int) -> None:
    """The state of the clock, with its symbol above where there is room beside the ring."""
    left, top, right, bottom = box
    width = right - left
    symbol, colour = _CLOCK[scene.clock]
    word = CLOCK_WORDS[scene.clock]
    size = round(letters * 1.2)
    lines = wrap_text(word, width, size)
    size = min(fit_text(line, size, width) for line in lines)
    mark = round(size * 0.6)
    step = round(size * 1.25)
    x = (left + right) // 2
    y = max(top, (top + bottom - 3 * mark - step * len(lines)) // 2)
    draw_symbol(canvas, symbol, (x, y + mark), mark, colour)
    for number, line in enumerate(lines):
        put_text(canvas, line, (x, y + 3 * mark + step * number + size), size, colour, centred=True)


def draw_rules(canvas: Image, scene: Scene, box: Rect, size: int) -> None:
    """Each rule with its verdict."""
    x, y, right, bottom = box
    width = right - x
    is_hatched = _is_hatched(scene)
    n_lines = len(scene.marks) + is_hatched
    step = min(round(size * 1.55), (bottom - y - size // 2) // max(1, n_lines))
    size = min(size, round(step / 1.3))
    for mark in scene.marks:
        symbol, colour = LOOKS[choose_look(mark.verdict, scene.clock)]
        radius = max(4, round(size * 0.5))
        y += step
        draw_symbol(canvas, symbol, (x + radius, y - size // 3), radius, colour)
        text = tell_verdict(mark.verdict, scene.clock)
        room = width - round(2.6 * radius)
        put_text(canvas, text, (x + round(2.6 * radius), y), fit_text(text, size, room))
    if is_hatched:
        y += step
        text = "hatched: not confirmed"
        put_text(canvas, text, (x, y), fit_text(text, size, width), BLUE)
