"""The part of a camera's picture in which somebody far is followed from nearer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import cycle
from typing import Final

from formcheck.pose.far import frame_stay, is_small, is_worth_it, list_pieces
from formcheck.pose.follow import LARGEST, Box, Follow, choose_box
from formcheck.pose.people import Image, Window

_AFTER_S: Final = 1.0
"""Nobody, or somebody small, for so long: then a nearer look begins."""
_LOST_S: Final = 2.0
"""Nobody in the window for so long: then the whole picture is looked at again."""
_ROOM: Final = 0.25
"""Of the person's larger side, kept free at the window's edges."""

Search = Callable[[Image, Iterable[Window]], list[Box]]
"""Who is in pieces of a picture, as ``PoseEstimator.search`` finds them."""


class NearWindow:
    """Chooses what the model is shown of each frame.

    While nobody is found one piece of each frame is searched, so that no frame waits for long.

    Args:
        search: finds people in pieces.
        follow: whom to follow where several people are seen.
    """

    def __init__(self, search: Search, follow: Follow = LARGEST) -> None:
        self.window: Window | None = None
        """The part that is shown; None is the whole."""
        self._search, self._follow = search, follow
        self._pieces: Iterable[Window] = ()
        self._size = (0, 0)
        self._since_s: float | None = None

    def update(self, image: Image, box: Box | None, time_s: float) -> bool:
        """Choose anew after a frame.

        Args:
            image: the whole frame, not shrunk.
            box: of the person found in it, in its pixels; None when nobody was found.
            time_s: when.

        Returns:
            Whether the next frame is shown otherwise than this one was.
        """
        size = image.shape[1], image.shape[0]
        if not is_worth_it(*size):
            return False
        if size != self._size:
            self._size, self._pieces = size, cycle(list_pieces(*size))
        before, self.window = self.window, self._choose(image, box, time_s)
        if self.window != before:
            self._since_s = None
        return self.window != before

    def _choose(self, image: Image, box: Box | None, time_s: float) -> Window | None:
        is_well = box is not None and (self.window is not None or not is_small(box, *self._size))
        if box is not None and is_well:
            self._since_s = None
            return self.window if self._has_room(box) else frame_stay([box], *self._size)
        if self._since_s is None:
            self._since_s = time_s
        if self.window is not None:
            return None if time_s - self._since_s >= _LOST_S else self.window
        if time_s - self._since_s < _AFTER_S:
            return None
        if box is None:
            found = self._search(image, [next(iter(self._pieces))])
            box = found[choose_box(found, self._follow, *self._size)] if found else None
        return None if box is None else frame_stay([box], *self._size)

    def _has_room(self, box: Box) -> bool:
        """Whether somebody is well inside the window, wherever it ends before the picture does."""
        if self.window is None:
            return True
        room = _ROOM * float(max(box[2:] - box[:2]))
        left, top, right, bottom = self.window
        return bool(
            (left == 0 or box[0] >= left + room)
            and (top == 0 or box[1] >= top + room)
            and (right == self._size[0] or box[2] <= right - room)
            and (bottom == self._size[1] or box[3] <= bottom - room)
        )
