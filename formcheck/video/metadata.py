"""What is known of a clip before its frames are read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from formcheck.video.frame_times import TRUE, Clock, find_clock, tell_time_s
from formcheck.video.halving import HALVABLE, can_halve, halve
from formcheck.video.letterbox import cut_bars, fit
from formcheck.video.orientation import Turn, find_turn

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
    coded_size: tuple[int, int]
    """Width and height of the pictures as they are in the file."""
    kind: str
    """Their pixel format, by FFmpeg's name; empty where unknown."""
    clock: Clock = TRUE

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
        image = self._shrunk(picture, max_side_px, converter, packed=False).to_ndarray()
        swap, mirror_x, mirror_y = self.turn
        if swap:
            image = image.transpose(1, 0, 2)
        image = image[:: -1 if mirror_y else 1, :: -1 if mirror_x else 1]
        return np.ascontiguousarray(image, dtype=np.uint8)

    def pack(
        self, picture: VideoFrame, max_side_px: int | None, converter: VideoReformatter
    ) -> VideoFrame:
        """The picture shrunk, of which ``upright`` makes later what it would make now.

        Args:
            picture: as decoded.
            max_side_px: as in ``upright``, which is to be asked for the same.
            converter: as in ``upright``.
        """
        return self._shrunk(picture, max_side_px, converter, packed=True)

    def packs_small(self, max_side_px: int | None) -> bool:
        """Whether ``pack`` gives half of the memory that the pixels take.

        That is where the clip's own pictures, or their halves, are shown as large as they are: to
        keep others with colours at half the size would change them.
        """
        width, height = self._shown_size(max_side_px)
        if (width, height) == self.coded_size:
            return self.kind in HALVABLE
        return (2 * width, 2 * height) == self.coded_size and can_halve(self.kind, self.coded_size)

    def _shown_size(self, max_side_px: int | None) -> tuple[int, int]:
        width, height = self.size
        if max_side_px is None or max(width, height) <= max_side_px:
            return width, height
        share = max_side_px / max(width, height)
        return max(1, round(width * share)), max(1, round(height * share))

    def _shrunk(
        self,
        picture: VideoFrame,
        max_side_px: int | None,
        converter: VideoReformatter,
        *,
        packed: bool,
    ) -> VideoFrame:
        width, height = self._shown_size(max_side_px)
        if (picture.width, picture.height) != self.coded_size:
            return self._fitted(picture, (width, height), converter)
        if picture.width >= 2 * width and picture.height >= 2 * height:
            picture = halve(picture)
        is_done = (picture.width, picture.height) == (width, height)
        if packed and is_done and picture.format.name in HALVABLE:
            return picture
        return converter.reformat(
            picture, width=width, height=height, format="bgr24", interpolation="AREA",
            threads=1 if is_done else None,  # short work: others cost more than they save
        )  # fmt: skip

    def _fitted(
        self, picture: VideoFrame, size: tuple[int, int], converter: VideoReformatter
    ) -> VideoFrame:
        """A picture of another shape than the clip's, with bars, or without those it has."""
        width = max(1, round(picture.width * self.size[0] / self.coded_size[0]))
        square = converter.reformat(picture, width=width, height=picture.height, format="bgr24")
        image = fit(cut_bars(np.asarray(square.to_ndarray(), np.uint8), *self.size), *size)
        return av.VideoFrame.from_ndarray(image, format="bgr24")

    def with_shape(self, width: int, height: int) -> Facts:
        """The same of a clip whose pictures are of another size in the file."""
        aspect = Fraction(self.size[0], self.coded_size[0])
        square = max(1, round(width * aspect)), height
        return replace(self, size=square, coded_size=(width, height))


def find_facts(
    container: InputContainer,
    stream: VideoStream,
    first: VideoFrame | None,
    head: bytes,
    true_hz: float | None,
) -> Facts:
    """What a file, its first picture if there is one and its first bytes tell.

    Args:
        container: the file, read no further than its first picture.
        stream: of it.
        first: the picture.
        head: its first bytes.
        true_hz: as ``find_clock`` takes it.
    """
    picture = first or stream.codec_context
    width, height = picture.width, picture.height
    aspect = stream.codec_context.sample_aspect_ratio or Fraction(1)
    if Fraction(1, 8) <= aspect <= 8:  # else it is nonsense in the file
        width = max(1, round(width * aspect))
    form = container.format.name
    is_still = form.endswith("_pipe") or (form in _MAYBE_STILL and stream.frames == 1)
    clock = TRUE if is_still else find_clock(container, stream, true_hz)
    start_s = (tell_time_s(first) if first and clock.has_times else None) or 0.0
    duration_s = 0.0 if is_still else None
    if stream.duration and stream.time_base and not is_still:
        duration_s = float(stream.duration * stream.time_base)
    elif container.duration and not is_still:  # Matroska's is the time of its end
        duration_s = container.duration / av.time_base - start_s * form.startswith("matroska")
    n_frames: int | None = 1 if is_still else stream.frames or None
    if n_frames is None and duration_s and stream.average_rate:
        n_frames = max(1, round(duration_s * stream.average_rate))
    return Facts(
        (width, height), find_turn(first, stream.codec_context.name, head),
        duration_s * clock.scale if duration_s else duration_s, n_frames, is_still, start_s,
        (picture.width, picture.height), picture.format.name if picture.format else "", clock,
    )  # fmt: skip
