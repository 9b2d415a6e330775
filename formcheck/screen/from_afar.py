"""What is read from the mat: the cue, what comes next, the clock and whether it runs.

`signs` tells how large that is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import cv2

from formcheck.coach.cues import Cue, tell_cue
from formcheck.language import translate
from formcheck.screen.drawing import (
    Image,
    draw_ring,
    draw_symbol,
    fit_lines,
    fit_text,
    measure_text,
    put_lines,
    put_text,
    shade,
)
from formcheck.screen.scene import Scene
from formcheck.screen.signs import (
    CAPITAL_SHARE,
    DARK,
    STATES,
    TONES,
    WHITE,
    YELLOW,
    tell_clock,
)

CAPITAL: Final = 0.745
"""Of the size of the letters."""
_STEP: Final = 1.2
"""From line to line, in letters."""


class Letters(NamedTuple):
    """Sizes of letters in a window."""

    large: int
    """Read from the mat."""
    middle: int
    small: int
    """Read from near: names, notices, angles."""

    @classmethod
    def of_window(cls, width: int, height: int) -> Letters:
        """Those of a window of that size."""
        short = min(width, height)
        large = max(6, math.ceil(CAPITAL_SHARE / CAPITAL * short))
        return cls(large, max(6, round(0.055 * short)), max(6, round(0.033 * short)))


@dataclass(frozen=True, slots=True)
class Banner:
    """The lines at the top of a window."""

    cue: Cue
    lines: tuple[str, ...]
    """Of the cue."""
    size: int
    coming: tuple[str, ...]
    """Lines of what comes next; none where the cue needs the room."""
    coming_size: int
    pad: int
    width: int
    room: int
    """Height there is at most."""

    @property
    def cue_height(self) -> int:
        """Of the cue's part."""
        return min(self.room, round(len(self.lines) * _STEP * self.size + 2 * self.pad))

    @property
    def height(self) -> int:
        """Of both parts."""
        below = round(len(self.coming) * _STEP * self.coming_size + self.pad)
        return min(self.room, self.cue_height + (below if self.coming else 0))


def plan_banner(cue: Cue, coming: str | None, width: int, height: int) -> Banner:
    """Cut a cue and what comes next into lines, in letters that can be read from the mat.

    Args:
        cue: what to do now.
        coming: what comes next.
        width: of the window.
        height: of the window.
    """
    large = Letters.of_window(width, height).large
    pad = max(1, large // 8)
    n_lines = 2 if width >= height else 4
    size, lines = fit_lines(
        tell_cue(cue), large, width - 4 * pad - 2 * _find_radius(large), n_lines
    )
    n_left = n_lines - len(lines)
    next_size, next_lines = large, tuple[str, ...]()
    if coming is not None and n_left > 0:
        next_size, next_lines = fit_lines(coming, large, width - 4 * pad, n_left)
    return Banner(cue, lines, size, next_lines, next_size, pad, width, round(0.45 * height))


def draw_banner(canvas: Image, banner: Banner) -> None:
    """What to do now, on the ground of its tone, and what comes next below it."""
    symbol, ground, ink = TONES[banner.cue.tone]
    size, pad, height = banner.size, banner.pad, banner.cue_height
    part = canvas[:height]
    if ground == DARK:
        shade(part)
    else:
        cv2.rectangle(part, (0, 0), (banner.width, height), ground, -1)
    radius = _find_radius(size)
    wide = max((measure_text(words, size) for words in banner.lines), default=0)
    x = max(pad, (banner.width - wide - 2 * radius - 2 * pad) // 2)
    shown = WHITE if symbol in ("check", "alert") else ink
    draw_symbol(canvas, symbol, (x + radius, height // 2), radius, shown)
    first = pad + 0.95 * size
    put_lines(part, banner.lines, (x + 2 * radius + 2 * pad, first), size, ink, step=_STEP * size)
    if banner.coming:
        below = canvas[height : banner.height]
        shade(below)
        at = banner.width // 2, 0.95 * banner.coming_size
        step = _STEP * banner.coming_size
        put_lines(below, banner.coming, at, banner.coming_size, YELLOW, step=step, centred=True)


def _find_radius(size: int) -> int:
    """Of the symbol beside letters of that size."""
    return round(0.36 * size)


def draw_big_clock(image: Image, scene: Scene, letters: Letters, count: str | None) -> None:
    """The ring of what was done well, what is left of it, and below whether the clock runs.

    Args:
        image: drawn on.
        scene: the set under way.
        letters: of the window.
        count: seconds of a countdown, in place of the ring; None without one.
    """
    height, width = image.shape[:2]
    state = round(1.35 * letters.large)
    ring = image[: height - state]
    if count is not None:
        draw_number(ring, count, None)
    else:
        _draw_ring(ring, scene)
    state_word, ground, ink = STATES[scene.clock]
    word = translate(state_word)
    below = image[height - state :]
    cv2.rectangle(below, (0, 0), (width, state), ground, -1)
    size = fit_text(word, letters.large, width)
    put_text(below, word, (width // 2, round(state / 2 + 0.37 * size)), size, ink, centred=True)


def _draw_ring(image: Image, scene: Scene) -> None:
    height, width = image.shape[:2]
    radius = round(0.47 * min(width, height))
    if scene.target <= 0 or radius < 5:
        return
    x, y = width // 2, height // 2
    good, confirmed = round(scene.done, 1), round(scene.confirmed, 1)
    done = min(1.0, good / scene.target)
    solid = min(done, confirmed / scene.target)
    draw_ring(image, (x, y), radius, solid, done - solid)
    number, below = tell_clock(scene)
    inner = round(1.45 * radius)
    size = fit_text(number, round(1.1 * radius), inner)
    put_text(image, number, (x, y + round(0.34 * size)), size, centred=True)
    small = fit_text(below, round(radius * 0.2), inner)
    put_text(image, below, (x, y + round(0.36 * size) + round(1.3 * small)), small, centred=True)


def draw_number(image: Image, number: str, below: str | None) -> None:
    """A number as large as it fits, and what it is of in small letters below it."""
    height, width = image.shape[:2]
    x = width // 2
    size = fit_text(number, round(height * (0.95 if below is None else 0.75)), round(0.9 * width))
    y = round(height * (0.5 if below is None else 0.42) + 0.37 * size)
    put_text(image, number, (x, y), size, centred=True)
    if below is not None:
        small = fit_text(below, round(height * 0.14), width)
        put_text(image, below, (x, height - small // 2), small, centred=True)
