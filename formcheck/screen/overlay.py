"""Draws a Scene: the picture with skeleton and judged joints, a panel beside it, the cue below.

Nothing but the skeleton, the marks and their labels lies on the picture: the panel and the cue have
room of their own, so that a cue never covers a knee.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from formcheck.coach.cues import Cue, Tone, tell_cue
from formcheck.pose.landmarks import SKELETON
from formcheck.pose.track import Floats
from formcheck.screen.drawing import (
    BLACK,
    BLUE,
    DARK,
    ORANGE,
    WHITE,
    YELLOW,
    Colour,
    Image,
    Symbol,
    draw_line,
    draw_symbol,
    fit_lines,
    measure_text,
    put_text,
)
from formcheck.screen.labels import (
    Look,
    Rect,
    choose_look,
    label_lines,
    place_labels,
    small_size,
)
from formcheck.screen.panel import LOOKS, Piece, list_pieces, whole
from formcheck.screen.scene import Mark, Scene

MIN_SIDE_PX: Final = 360
"""Smaller pictures are enlarged, so that the words can be read."""
MAX_SIDE_PX: Final = 1920
PANEL_SHARE: Final = 0.5
"""Width of the panel beside a picture, or height below a tall one, of the shorter side."""
CUE_SHARE: Final = 0.13
"""Height of a line of the cue's bar, of the picture's shorter side; a tall picture has two."""

_TONE: Final[dict[Tone, tuple[Symbol, Colour, Colour]]] = {
    "fix": ("alert", ORANGE, BLACK),
    "tip": ("tip", DARK, WHITE),
    "good": ("check", BLUE, BLACK),
    "wait": ("dots", DARK, WHITE),
}
_ON_TOP: Final[tuple[Look, ...]] = ("pass", "unknown", "tip", "fail")
"""Where two marks meet, the later one is drawn over the other."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are on the canvas."""

    size: tuple[int, int]
    """Width and height of the canvas, multiples of 4."""
    picture: Rect
    panel: Rect
    cue: Rect


def plan_layout(width_px: int, height_px: int) -> Layout:
    """Where a picture of that size, its panel and its cue go; the panel is below a tall picture."""
    grow = max(
        1.0, min(MIN_SIDE_PX / min(width_px, height_px), MAX_SIDE_PX / max(width_px, height_px))
    )
    width, height = max(1, round(width_px * grow)), max(1, round(height_px * grow))
    short = min(width, height)
    bar = max(8, round(CUE_SHARE * short))
    if width >= height:
        side = max(8, round(PANEL_SHARE * height))
        total_width, total_height = _round_up(width + side), _round_up(height + bar)
        panel = (width, 0, total_width, height)
    else:
        below = max(8, round(PANEL_SHARE * width))
        bar *= 2
        total_width, total_height = _round_up(width), _round_up(height + below + bar)
        panel = (0, height, total_width, height + below)
    cue = (0, panel[3], total_width, total_height)
    return Layout((total_width, total_height), (0, 0, width, height), panel, cue)


def canvas_size(width_px: int, height_px: int) -> tuple[int, int]:
    """Width and height, multiples of 4, of what ``draw_scene`` gives for a picture of that size."""
    return plan_layout(width_px, height_px).size


@dataclass(slots=True)
class Kept:
    """What goes from one frame of a video to the next."""

    labels: dict[str, int] = field(default_factory=dict)
    """Where each rule's label was, so that it does not jump about."""
    told: dict[Rect, object] = field(default_factory=dict)
    """What each piece of the panel, and the cue, told; it is drawn anew only when that changes."""
    canvas: Image | None = None
    """What was drawn: the next frame is drawn on it."""


def draw_scene(image: Image, scene: Scene, kept: Kept | None = None) -> Image:
    """Draw a moment of a session.

    Args:
        image: uint8 (H, W, 3) BGR, the upright picture; it is not changed.
        scene: what to show; its landmarks are pixels of ``image``.
        kept: what the frame before left: one for all frames of a video.

    Returns:
        A picture of ``canvas_size(W, H)``; with ``kept`` the same one each time, drawn over.
    """
    height, width = image.shape[:2]
    layout = plan_layout(width, height)
    kept = Kept() if kept is None else kept
    shape = (layout.size[1], layout.size[0], 3)
    if kept.canvas is None or kept.canvas.shape != shape:
        kept.canvas = np.full(shape, DARK, np.uint8)
        kept.told.clear()
    _, _, right, bottom = layout.picture
    picture = kept.canvas[:bottom, :right]
    if (right, bottom) == (width, height):
        picture[:] = image
    else:
        cv2.resize(image, (right, bottom), dst=picture)
    if scene.xy_px is not None:
        draw_body(picture, scene, scene.xy_px * (right / width), kept.labels)
    _draw_words(kept.canvas, layout, scene, kept.told)
    return kept.canvas


def draw_still(image: Image, scene: Scene) -> Image:
    """Draw what is judged in a single picture, and below it what to correct.

    Args:
        image: uint8 (H, W, 3) BGR, the upright picture; it is not changed.
        scene: as ``build_still_scene`` gives it; its landmarks are pixels of ``image``.
    """
    layout = plan_layout(image.shape[1], image.shape[0])
    right, bottom = layout.picture[2:]
    bar = layout.cue[3] - layout.cue[1]
    canvas = np.full((bottom + bar, right, 3), DARK, np.uint8)
    picture = canvas[:bottom]
    cv2.resize(image, (right, bottom), dst=picture)
    if scene.xy_px is not None:
        draw_body(picture, scene, scene.xy_px * (right / image.shape[1]), None)
    cue_box = (0, bottom, right, bottom + bar)
    draw_cue(canvas, cue_box, scene.cue, sees_nobody=scene.xy_px is None)
    return canvas


def _draw_words(canvas: Image, layout: Layout, scene: Scene, told: dict[Rect, object]) -> None:
    """Panel and cue, of which most stands for many frames."""
    sees_nobody = scene.xy_px is None
    cue = Piece(
        layout.cue,
        (scene.cue, sees_nobody),
        lambda image: draw_cue(image, whole(image), scene.cue, sees_nobody=sees_nobody),
    )
    for piece in (*list_pieces(layout.panel, scene), cue):
        if told.get(piece.box) != piece.told:
            left, top, right, bottom = piece.box
            under = canvas[top:bottom, left:right]
            cv2.rectangle(under, (0, 0), (right, bottom), DARK, -1)  # faster than numpy's fill
            piece.draw(under)
            told[piece.box] = piece.told


def _round_up(value: int) -> int:
    """To a multiple of 4, which a video takes without copying each frame."""
    return -(-value // 4) * 4


# --- on the picture -------------------------------------------------------------------------


def draw_body(picture: Image, scene: Scene, xy: Floats, kept: dict[str, int] | None) -> None:
    """Draw the skeleton, the judged joints and their labels.

    Args:
        picture: drawn on.
        scene: whose marks they are.
        xy: (33, 2) pixels of ``picture``.
        kept: as in ``draw_scene``.
    """
    unit = max(1.0, min(picture.shape[:2]) / 540)
    points = [(x, y) for x, y in np.rint(np.clip(xy, -5000, 10000)).astype(int).tolist()]
    for a, b in SKELETON:
        draw_line(picture, points[a], points[b], WHITE, round(2 * unit))
    marks = [mark for mark in scene.marks if mark.joint is not None]
    size = max(12, round(21 * unit))
    boxes = place_labels(marks, xy, (picture.shape[1], picture.shape[0]), size, kept)
    for mark, box in zip(marks, boxes, strict=True):
        if box is not None:
            _draw_leader(picture, points[mark.joint or 0], box)
    for mark, box in zip(marks, boxes, strict=True):
        if box is not None:
            _draw_label(picture, mark, box, size, choose_look(mark.verdict, scene.clock))
    looks = [(choose_look(mark.verdict, scene.clock), mark) for mark in marks]
    for look, mark in sorted(looks, key=lambda pair: _ON_TOP.index(pair[0])):
        symbol, colour = LOOKS[look]
        failing = look == "fail"
        radius = round((14 if failing else 9) * unit)
        draw_symbol(picture, symbol, points[mark.joint or 0], radius, colour)


def _draw_leader(picture: Image, joint: tuple[int, int], box: Rect) -> None:
    left, top, right, bottom = box
    edge = (min(max(joint[0], left), right), min(max(joint[1], top), bottom))
    cv2.line(picture, joint, edge, BLACK, 3, cv2.LINE_AA)
    cv2.line(picture, joint, edge, WHITE, 1, cv2.LINE_AA)


def _draw_label(picture: Image, mark: Mark, box: Rect, size: int, look: Look) -> None:
    lines = label_lines(mark.verdict)
    if lines is None:
        return
    failing = look == "fail"
    left, top, right, bottom = box
    under = picture[top:bottom, left:right]
    cv2.convertScaleAbs(under, dst=under, alpha=0.25, beta=0.75 * DARK[1])
    if failing:
        cv2.rectangle(picture, (left, top), (right - 1, bottom - 1), ORANGE, 2)
    x = left + size // 2
    put_text(picture, lines[0], (x, top + round(size * 0.95)), small_size(size))
    put_text(picture, lines[1], (x, top + round(size * 2.05)), size, YELLOW if failing else WHITE)


# --- below the picture ----------------------------------------------------------------------


def draw_cue(canvas: Image, bar: Rect, cue: Cue, *, sees_nobody: bool = False) -> None:
    """Draw the bar with what to do now, in letters as large as fit."""
    left, top, right, bottom = bar
    height = bottom - top
    symbol, ground, ink = _TONE[cue.tone]
    text = tell_cue(cue)
    if sees_nobody:
        symbol, ground, ink, text = "question", DARK, WHITE, "I can't see you"
    cv2.rectangle(canvas, (left, top), (right - 1, bottom - 1), ground, -1)
    if height < 16:
        return
    n_lines = 2 if height > (right - left) / 6 else 1
    line = height // n_lines
    pad, radius = line // 4, round(line * 0.3)
    room = right - left - 4 * pad - 2 * radius
    size, lines = max(
        (fit_lines(text, round(height / n * 0.62), room, n) for n in range(1, n_lines + 1)),
        key=lambda fitted: fitted[0],
    )
    width = max(measure_text(words, size) for words in lines)
    x = left + (right - left - width - 2 * radius - pad) // 2
    shown = WHITE if symbol in ("check", "alert") else ink
    draw_symbol(canvas, symbol, (x + radius, (top + bottom) // 2), radius, shown)
    for number, words in enumerate(lines):
        middle = (top + bottom) / 2 + (number - (len(lines) - 1) / 2) * size * 1.35
        put_text(canvas, words, (x + 2 * radius + pad, round(middle + size * 0.35)), size, ink)
