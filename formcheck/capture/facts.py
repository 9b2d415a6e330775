"""What is known of a clip before its frames are read."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from formcheck.capture.halve import halve
from formcheck.capture.turn import Turn, find_turn

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_MAYBE_STILL: Final = frozenset({"gif", "apng", "webp", "mov,mp4,m4a,3gp,3g2,mj2"})
"""Formats that hold one picture or many; the others that hold pictures end in ``_pipe``."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a clip before its frames are read."""

    size: tuple[int, int]
    """Width and height with square pixels, before rotation."""
    turn: Turn
    duration_s: float | None
    n_frames: int | None
    is_still: bool
    start_s: float

    def upright(
        self, picture: VideoFrame, max_side_px: int | None, converter: VideoReformatter
    ) -> NDArray[np.uint8]:
        """The picture as (H, W, 3) BGR, shrunk while it is converted, then turned.

        Args:
            picture: as decoded.
            max_side_px: the longer side is at most this many pixels.
            converter: the same for all pictures of an iteration: a new one costs three times as
                much as it does.
        """
        width, height = self.size
        if max_side_px is not None and max(width, height) > max_side_px:
            share = max_side_px / max(width, height)
            width, height = max(1, round(width * share)), max(1, round(height * share))
            if share <= 0.5:
                picture = halve(picture)
        converted = converter.reformat(
            picture, width=width, height=height, format="bgr24", interpolation="AREA"
        )
        image = converted.to_ndarray()
        swap, mirror_x, mirror_y = self.turn
        if swap:
            image = image.transpose(1, 0, 2)
        image = image[:: -1 if mirror_y else 1, :: -1 if mirror_x else 1]
        return np.ascontiguousarray(image, dtype=np.uint8)


def find_facts(
    container: InputContainer, stream: VideoStream, first: VideoFrame | None, head: bytes
) -> Facts:
    """What a file, its first picture if there is one and its first bytes tell."""
    picture = first or stream.codec_context
    width, height = picture.width, picture.height
    aspect = stream.codec_context.sample_aspect_ratio or Fraction(1)
    if Fraction(1, 8) <= aspect <= 8:  # else it is nonsense in the file
        width = max(1, round(width * aspect))
    form = container.format.name
    is_still = form.endswith("_pipe") or (form in _MAYBE_STILL and stream.frames == 1)
    start_s = (tell_time_s(first) if first else None) or 0.0
    duration_s = 0.0 if is_still else None
    if stream.duration and stream.time_base and not is_still:
        duration_s = float(stream.duration * stream.time_base)
    elif container.duration and not is_still:  # Matroska's is the time of its end
        duration_s = container.duration / av.time_base - start_s * form.startswith("matroska")
    n_frames: int | None = 1 if is_still else stream.frames or None
    if n_frames is None and duration_s and stream.average_rate:
        n_frames = max(1, round(duration_s * stream.average_rate))
    return Facts((width, height), find_turn(first, head), duration_s, n_frames, is_still, start_s)


def tell_time_s(picture: VideoFrame) -> float | None:
    """Its presentation time on the file's own clock; None where it has none."""
    if picture.pts is None or not picture.time_base:
        return None
    return float(picture.pts * picture.time_base)
