"""Draws a Scene for a video or a photo: the picture, a panel beside it, the cue below.

Nothing but the skeleton, the marks and their labels lies on the picture: the panel and the cue have
room of their own, so that a cue never covers a knee.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Final

import cv2
import numpy as np

from formcheck.screen.drawing import Box, Image
from formcheck.screen.panel import Piece, draw_cue, list_pieces
from formcheck.screen.scene import Scene
from formcheck.screen.signs import DARK
from formcheck.screen.skeleton import draw_body

MIN_SIDE_PX: Final = 360
"""Smaller pictures are enlarged, so that the words can be read."""
MAX_SIDE_PX: Final = 1920
PANEL_SHARE: Final = 0.5
"""Width of the panel beside a picture, or height below a tall one, of the shorter side."""
CUE_SHARE: Final = 0.13
"""Height of a line of the cue's bar, of the picture's shorter side; a tall picture has two."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are on the canvas."""

    size: tuple[int, int]
    """Width and height of the canvas, multiples of 4."""
    picture: Box
    panel: Box
    cue: Box


def plan_layout(width_px: int, height_px: int) -> Layout:
    """Where a picture of that size, its panel and its cue go; the panel is below a tall picture."""
    grow = max(
        1.0, min(MIN_SIDE_PX / min(width_px, height_px), MAX_SIDE_PX / max(width_px, height_px))
    )
    width, height = max(1, round(width_px * grow)), max(1, round(height_px * grow))
    short = min(width, height)
    bar = max(8, round(CUE_SHARE * short))
    beside = max(8, round(PANEL_SHARE * short))
    if width >= height:
        total_width, total_height = _round_up(width + beside), _round_up(height + bar)
        panel = Box(width, 0, total_width, height)
    else:
        total_width, total_height = _round_up(width), _round_up(height + beside + 2 * bar)
        panel = Box(0, height, total_width, height + beside)
    cue = Box(0, panel.bottom, total_width, total_height)
    return Layout((total_width, total_height), Box(0, 0, width, height), panel, cue)


def _round_up(value: int) -> int:
    """To a multiple of 4, which a video takes without copying each frame."""
    return -(-value // 4) * 4


@dataclass(slots=True)
class Kept:
    """What goes from one frame of a video to the next."""

    labels: dict[str, int] = field(default_factory=dict)
    """Where each rule's label was, so that it does not jump about."""
    told: dict[Box, object] = field(default_factory=dict)
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
        A picture of ``plan_layout(W, H).size``; with ``kept`` the same one each time, drawn over.
    """
    layout = plan_layout(image.shape[1], image.shape[0])
    kept = Kept() if kept is None else kept
    shape = (layout.size[1], layout.size[0], 3)
    if kept.canvas is None or kept.canvas.shape != shape:
        kept.canvas = np.full(shape, DARK, np.uint8)
        kept.told.clear()
    _draw_picture(layout.picture.cut(kept.canvas), image, scene, kept.labels)
    sees_nobody = scene.xy_px is None
    draw = partial(draw_cue, cue=scene.cue, sees_nobody=sees_nobody)
    cue = Piece(layout.cue, (scene.cue, sees_nobody), draw)
    for piece in (*list_pieces(layout.panel, scene), cue):
        if kept.told.get(piece.box) != piece.told:
            under = piece.box.cut(kept.canvas)
            cv2.rectangle(under, (0, 0), under.shape[1::-1], DARK, -1)  # faster than numpy's fill
            piece.draw(under)
            kept.told[piece.box] = piece.told
    return kept.canvas


def draw_still(image: Image, scene: Scene) -> Image:
    """Draw what is judged in a photo, (H, W, 3) BGR, and below it what to correct.

    Its landmarks are pixels of the photo, which is not changed.
    """
    layout = plan_layout(image.shape[1], image.shape[0])
    width, height = layout.picture.width, layout.picture.height
    canvas = np.full((height + layout.cue.height, width, 3), DARK, np.uint8)
    _draw_picture(canvas[:height], image, scene, {})
    draw_cue(canvas[height:], scene.cue, sees_nobody=scene.xy_px is None)
    return canvas


def _draw_picture(picture: Image, image: Image, scene: Scene, labels: dict[str, int]) -> None:
    if picture.shape == image.shape:
        picture[:] = image
    else:
        cv2.resize(image, picture.shape[1::-1], dst=picture)
    if scene.xy_px is not None:
        draw_body(picture, scene, scene.xy_px * (picture.shape[1] / image.shape[1]), labels)
