"""Somebody small and far: found in pieces of the whole picture, and kept near from then on.

The model is shown a picture at 640 pixels and looks for people in it at 224: of a person of 150
pixels in a picture of 1080 lines too little is left. In a square piece of which they fill a fifth
they are found (measured), and their landmarks are those of the cut-out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from formcheck.pose.follow import Box, Follow
from formcheck.pose.people import Detection, Image, Window, cut, detect_in, is_same, look_again
from formcheck.pose.shrink import choose_side_px
from formcheck.pose.track import Pose
from formcheck.video.frame import Frame

SMALL_PX: Final = 100.0
"""Diagonal of a person in the picture that the model is shown: larger ones are judged no better
from nearer (measured: 300 pixels in 1080 lines)."""
_SMALLEST_PIECE_PX: Final = 500
"""Side of the smallest pieces: people from about 110 pixels are found there."""
_STEP: Final = 0.6
"""From one piece to the next, as a share of its side: who is half as high is whole in one."""
_ROOM: Final = 1.0
"""About a person, in multiples of their larger side: somebody who stands may lie down in it."""
_WORTH: Final = 0.6
"""Of the picture's longer side: a larger window shows a person hardly larger."""


def is_worth_it(width_px: int, height_px: int) -> bool:
    """Whether a picture of that size shows more than the model is given of it."""
    return choose_side_px(width_px, height_px) < _WORTH * max(width_px, height_px)


def is_small(box: Box, width_px: int, height_px: int) -> bool:
    """Whether somebody is so small in a picture of that size that a nearer look gains."""
    share = choose_side_px(width_px, height_px) / max(width_px, height_px)
    return bool(np.hypot(box[2] - box[0], box[3] - box[1]) * share < SMALL_PX)


def list_pieces(width_px: int, height_px: int) -> list[Window]:
    """Squares that overlap and cover a picture, in halves of its shorter side, large ones first."""
    pieces: list[Window] = []
    side = min(width_px, height_px) // 2
    while side >= _SMALLEST_PIECE_PX or not pieces:
        columns, rows = (_space(length, side) for length in (width_px, height_px))
        pieces += [(x, y, x + side, y + side) for y in rows for x in columns]
        side //= 2
    return pieces


def _space(length: int, side: int) -> list[int]:
    """Where squares begin along a picture's side."""
    n = math.ceil((length - side) / (_STEP * side))
    return [round((length - side) * k / n) for k in range(n + 1)]


def find_far(
    image: Image, pieces: Iterable[Window], detect: Callable[[Image], list[Detection]]
) -> list[Box]:
    """Different people in pieces of a picture, each looked at once more, as ``find_people`` does.

    Args:
        image: not shrunk.
        pieces: of it, as ``list_pieces`` gives them.
        detect: finds people in a picture.
    """
    found: list[Box] = []
    for piece in pieces:
        for box in detect_in(image, piece, detect):
            seen = look_again(image, box, detect)
            if seen is not None and not any(is_same(seen, other) for other in found):
                found.append(seen)
    return found


def frame_stay(boxes: Sequence[Box], width_px: int, height_px: int) -> Window | None:
    """A window with room about wherever one person was; None where it is most of the picture."""
    all_boxes = np.array(boxes)
    room = _ROOM * np.median((all_boxes[:, 2:] - all_boxes[:, :2]).max(axis=1))
    left, top = np.maximum(0, np.percentile(all_boxes[:, :2], 5, axis=0) - room).astype(int)
    right, bottom = np.percentile(all_boxes[:, 2:], 95, axis=0) + room
    right, bottom = min(width_px, math.ceil(right)), min(height_px, math.ceil(bottom))
    if max(right - left, bottom - top) > _WORTH * max(width_px, height_px):
        return None
    return int(left), int(top), right, bottom


def cut_frame(frame: Frame, window: Window) -> Frame:
    """The part of a frame that a window shows."""
    return replace(frame, image=cut(frame.image, window))


def find_pose_box(pose: Pose) -> Box | None:
    """The box of a pose's landmarks; None when nobody was found."""
    xy_px = pose.xy_px
    return np.concatenate([xy_px.min(axis=0), xy_px.max(axis=0)]) if pose.found else None


def place_pose(pose: Pose, window: Window) -> Pose:
    """A pose found in a window, where it is in the whole picture."""
    return replace(pose, xy_px=pose.xy_px + window[:2])


def place_follow(follow: Follow, window: Window, width_px: int, height_px: int) -> Follow:
    """Whom to follow, as put for a picture of that size, within a window of it."""
    if isinstance(follow, str):
        return follow
    left, top, right, bottom = window
    x, y = follow[0] * width_px - left, follow[1] * height_px - top
    return min(1.0, max(0.0, x / (right - left))), min(1.0, max(0.0, y / (bottom - top)))
