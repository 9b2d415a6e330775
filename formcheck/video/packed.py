"""Frames that wait: as video keeps them, in half the memory, where nothing is lost by it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from av.video.reformatter import VideoReformatter

from formcheck.video.frame import Frame

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from formcheck.video.metadata import Facts


class _Converters(threading.local):
    """A converter for each thread: two may not use one at a time."""

    def __init__(self) -> None:
        self.own = VideoReformatter()


_converters = _Converters()


@dataclass(frozen=True, slots=True, eq=False)
class PackedFrame:
    """One picture of a clip, shrunk, and the moment it is shown."""

    picture: VideoFrame
    """As ``Facts.pack`` makes it."""
    facts: Facts
    """Of the clip it is from."""
    max_side_px: int | None
    """To which it was shrunk."""
    time_s: float
    """As a frame's."""
    index: int
    """As a frame's."""

    def unpack(self) -> Frame:
        """The frame that it is of, anew each time; several threads may ask at a time."""
        image = self.facts.upright(self.picture, self.max_side_px, _converters.own)
        return Frame(image, self.time_s, self.index)
