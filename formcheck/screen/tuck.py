"""Draws a Tuck: a back from the side, now and in neutral, its two slopes, and the change in words.

The trunk stands upright whatever its lean, and faces the way the person does. Distances behind it
are stretched, as ten degrees at the pelvis move the outline of the back only a little.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.judging.moment import Clock
from formcheck.language import translate
from formcheck.measure.pelvis import SACRUM, UPPER_BACK, Bools, fit_slope_deg
from formcheck.notation import tell_change
from formcheck.pose.outline import LEVELS
from formcheck.pose.track import Floats
from formcheck.screen.drawing import (
    SHIFT,
    Box,
    Image,
    draw_symbol,
    measure_text,
    put_text,
    wrap_text,
)
from formcheck.screen.scene import Tuck, TuckWord
from formcheck.screen.signs import BLACK, BLUE, GREY, ORANGE, WHITE, YELLOW, Colour, Look

STRETCH: Final = 2.0
"""How much farther behind the trunk things are drawn than they are."""
_LOOK: Final[dict[TuckWord, Look]] = {
    "TUCKED": ("check", BLUE),
    "ARCHED": ("cross", ORANGE),
    "NEUTRAL": ("level", WHITE),
    "NOT CLEAR YET": ("question", WHITE),
    "FINDING NEUTRAL": ("dots", WHITE),
    "CAN'T TELL": ("question", GREY),
}
_TIP: Final[Look] = ("tip", WHITE)
"""How an arched back is shown while the clock runs: its rule does not stop it."""
_DASHES: Final[Colour] = (190, 190, 190)
_FLESH: Final[Colour] = (78, 70, 64)
_SHOWN: Final[Bools] = (LEVELS >= -0.04) & (LEVELS <= 1.17)
_TOP, _BOTTOM = -0.46, 1.17
"""From the crown of the head to the buttocks, trunk lengths below the shoulder."""
_DEEP: Final = 0.92
"""Width of the drawing, trunk lengths."""
_REACH: Final = 0.36
"""The drawn back stays this near to its middle, trunk lengths: a sleeve may stand far off."""
_BEYOND: Final = 0.04
"""How far the lines of the two slopes go past what they are fitted to, trunk lengths."""
_OFF: Final = 0.1
"""How far behind the back they lie, so that both are seen, trunk lengths."""
_SMALLEST: Final = 8
_SHOWN_HZ: Final = 10
"""How often a video redraws the back: numbers that change in every frame cannot be read."""


def draw_tuck(image: Image, tuck: Tuck, size: int, clock: Clock) -> None:
    """Fill a piece of the panel: the back left of its words, or above them where it is narrow.

    The letters are of that size, or smaller where the words need it; while the clock runs nothing
    is a warning.
    """
    look = _choose_look(tuck, clock)
    height, width = image.shape[:2]
    pad = max(3, min(width, height) // 24)
    cv2.rectangle(image, (0, 0), (width - 1, height - 1), _FLESH, 1)
    aspect = _DEEP / (_BOTTOM - _TOP)
    if width > height:
        tall = height - 2 * pad
        wide = round(tall * aspect)
        words = Box(wide + 3 * pad, pad, width - pad, height - pad)
        left = pad
    else:
        tall = min(round((height - 3 * pad) * 0.56), round((width - 2 * pad) / aspect))
        wide = round(tall * aspect)
        words = Box(pad, tall + 2 * pad, width - pad, height - pad)
        left = (width - wide) // 2
    _draw_back(image[pad : pad + tall, left : left + wide], tuck, look[1])
    _draw_words(words.cut(image), tuck, size, look)


def list_told(tuck: Tuck, clock: Clock) -> tuple[object, ...]:
    """What it tells, to be compared: of the back and its change only ten times a second."""
    tick = math.floor(tuck.time_s * _SHOWN_HZ)
    is_known = tuck.neutral is not None, math.isnan(tuck.change_deg)
    return (tick, *is_known, tuck.facing, tuck.word, _choose_look(tuck, clock), tuck.why)


def _choose_look(tuck: Tuck, clock: Clock) -> Look:
    return _TIP if tuck.word == "ARCHED" and clock == "running" else _LOOK[tuck.word]


# --- the back -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _BackPlace:
    """Where the back is in its drawing; the same for the back now and in neutral."""

    trunk_px: float
    middle_px: float
    """x of what lies ``zero`` behind the trunk's axis."""
    facing: int
    zero: float

    def find(self, levels: Floats, profile: Floats) -> NDArray[np.int32]:
        """(n, 2) points in 1/16 pixel of a profile in trunk lengths."""
        behind = np.clip(STRETCH * (profile - self.zero), -_REACH, _REACH)
        return self.put(levels, behind * self.trunk_px)

    def put(self, levels: Floats, behind_px: Floats) -> NDArray[np.int32]:
        """(n, 2) points in 1/16 pixel of what lies so many pixels behind the middle."""
        x = self.middle_px - self.facing * behind_px
        y = (levels - _TOP) * self.trunk_px
        return np.rint(np.column_stack([x, y]) * (1 << SHIFT)).astype(np.int32)


def _draw_back(image: Image, tuck: Tuck, colour: Colour) -> None:
    height, width = image.shape[:2]
    trunk_px = height / (_BOTTOM - _TOP)
    thick = max(2, round(trunk_px / 20))
    known = tuck.profile if tuck.neutral is None else tuck.neutral
    seen = known[np.isfinite(known) & _SHOWN]
    zero = float(seen.mean()) if len(seen) else 0.0
    place = _BackPlace(trunk_px, (width - 1) / 2, tuck.facing, zero)
    _fill_trunk(image, known, place)
    if tuck.neutral is not None:
        runs = _split_runs(place, tuck.neutral)
        for points in (run[k : k + 4] for run in runs for k in range(0, len(run) - 1, 6)):
            cv2.polylines(image, [points], False, _DASHES, max(1, thick // 2), cv2.LINE_AA, SHIFT)
    is_known = not math.isnan(tuck.change_deg)
    width_px = thick if is_known else max(2, thick // 2)
    for points in _split_runs(place, tuck.profile):
        cv2.polylines(image, [points], False, colour, width_px, cv2.LINE_AA, SHIFT)
    if is_known:
        for part in (UPPER_BACK, SACRUM):
            _draw_slope(image, tuck.profile, part, place, max(1, round(thick * 0.6)))


def _fill_trunk(image: Image, profile: Floats, place: _BackPlace) -> None:
    """Head and trunk in front of the back, so that its side and its direction are seen."""
    trunk = place.trunk_px
    nose = place.put(np.array([-0.3, -0.22, -0.19]), np.array([-0.37, -0.47, -0.37]) * trunk)
    centre = place.put(np.array([-0.26]), np.array([-0.24 * trunk]))[0]
    radius = round(0.16 * trunk * (1 << SHIFT))
    cv2.circle(image, centre.tolist(), radius, _FLESH, -1, cv2.LINE_AA, SHIFT)
    cv2.fillPoly(image, [nose], _FLESH, cv2.LINE_AA, SHIFT)
    seen = np.isfinite(profile) & _SHOWN
    if seen.sum() < 2:
        return
    back = place.find(LEVELS[seen], profile[seen])
    front = place.put(
        np.array([1.17, 0.9, 0.7, 0.3, 0.05, -0.13]),
        np.array([-0.30, -0.36, -0.38, -0.40, -0.34, -0.24]) * trunk,
    )
    cv2.fillPoly(image, [np.concatenate([back, front])], _FLESH, cv2.LINE_AA, SHIFT)


def _split_runs(place: _BackPlace, profile: Floats) -> Iterator[NDArray[np.int32]]:
    """The stretches of a profile that are seen, as points."""
    rows = np.flatnonzero(np.isfinite(profile) & _SHOWN)
    for run in np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1):
        if len(run) > 1:
            yield place.find(LEVELS[run], profile[run])


def _draw_slope(image: Image, profile: Floats, part: Bools, place: _BackPlace, width: int) -> None:
    levels = part & np.isfinite(profile)
    if levels.sum() < 2:
        return
    u = LEVELS[levels]
    ends = np.array([u.min() - _BEYOND, u.max() + _BEYOND])
    rise = math.tan(math.radians(float(fit_slope_deg(profile, levels))))
    behind = STRETCH * (profile[levels].mean() + rise * (ends - u.mean()) - place.zero) + _OFF
    points = place.put(ends, behind * place.trunk_px)
    cv2.polylines(image, [points], False, BLACK, width + 2, cv2.LINE_AA, SHIFT)
    cv2.polylines(image, [points], False, YELLOW, width, cv2.LINE_AA, SHIFT)


# --- the words ------------------------------------------------------------------------------


def _draw_words(image: Image, tuck: Tuck, size: int, look: Look) -> None:
    height, width = image.shape[:2]
    symbol, colour = look
    lines, mark = fit_words(tuck, width, height, size)
    y = max(0, (height - sum(_step(s) for _, s, _ in lines)) // 2)
    for number, (text, letters, indent) in enumerate(lines):
        baseline = y + round(letters * 1.05)
        if number == 0:
            draw_symbol(image, symbol, (mark, baseline - letters // 3), mark, colour)
        put_text(image, text, (indent, baseline), letters, colour if indent else WHITE)
        y += _step(letters)


def fit_words(
    tuck: Tuck, width: int, height: int, size: int
) -> tuple[list[tuple[str, int, int]], int]:
    """Lines with their sizes and indents, as large as there is room, and the symbol's radius."""
    while True:
        mark = max(4, round(size * 0.5))
        indent = round(2.6 * mark)
        small = max(_SMALLEST, round(size * 0.85))
        lines = [
            (text, size, indent) for text in wrap_text(translate(tuck.word), width - indent, size)
        ]
        below = tuck.why or ""
        if not math.isnan(tuck.change_deg):
            lines.append((tell_change(tuck.change_deg), 2 * size, 0))
            below = translate("from neutral")
        lines += [(text, small, 0) for text in wrap_text(below, width, small)]
        fits = all(indent + measure_text(text, letters) <= width for text, letters, indent in lines)
        if (fits and sum(_step(s) for _, s, _ in lines) <= height) or size <= _SMALLEST:
            return lines, mark
        size -= 1


def _step(size: int) -> int:
    return round(size * 1.3)
