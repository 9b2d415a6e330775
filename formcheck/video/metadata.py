"""What is known of a clip before its frames are read, and which way up its pictures are."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import av
import numpy as np
from av.sidedata.sidedata import Type as SideData
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from formcheck.errors import SourceError
from formcheck.video.frame import cut_bars, fit
from formcheck.video.frame_times import TRUE, Clock, find_clock, tell_time_s
from formcheck.video.opening import ClipFile

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream


_MAYBE_STILL: Final = frozenset({"gif", "apng", "webp", "mov,mp4,m4a,3gp,3g2,mj2"})
"""Formats that hold one picture or many; the others that hold pictures end in ``_pipe``."""
_LOCAL: Final = "com.apple.quicktime.creationdate"
"""Has the offset of the clock where it was recorded."""
_UTC: Final = "creation_time"
"""Of MP4, QuickTime and Matroska; FFmpeg gives it in UTC."""
_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""What is earlier comes from a clock that was never set: MP4 counts from 1904, others from 1970."""
_LEAD: Final = timedelta(days=1)
"""A clock may be ahead by as much."""


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
    clock: Clock = TRUE

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height with square pixels, upright."""
        return self.size[::-1] if self.turn[0] else self.size

    def upright(
        self, picture: VideoFrame, max_side_px: int | None, converter: VideoReformatter
    ) -> NDArray[np.uint8]:
        """The picture as (H, W, 3) BGR, shrunk while it is converted, then turned.

        Args:
            picture: as decoded.
            max_side_px: the longer side is at most this many pixels.
            converter: one for all pictures of an iteration: a new one costs three times as much
                as it takes to convert a picture.
        """
        width, height = self._shown_size(max_side_px)
        if (picture.width, picture.height) == self.coded_size:
            image = converter.reformat(
                picture, width=width, height=height, format="bgr24", interpolation="AREA", threads=1
            ).to_ndarray()
        else:
            image = self._fitted(picture, (width, height), converter)
        swap, mirror_x, mirror_y = self.turn
        if swap:
            image = image.transpose(1, 0, 2)
        image = image[:: -1 if mirror_y else 1, :: -1 if mirror_x else 1]
        return np.ascontiguousarray(image, dtype=np.uint8)

    def _shown_size(self, max_side_px: int | None) -> tuple[int, int]:
        width, height = self.size
        if max_side_px is None or max(width, height) <= max_side_px:
            return width, height
        share = max_side_px / max(width, height)
        return max(1, round(width * share)), max(1, round(height * share))

    def _fitted(
        self, picture: VideoFrame, size: tuple[int, int], converter: VideoReformatter
    ) -> NDArray[np.uint8]:
        """A picture of another shape than the clip's, with bars, or without those it has."""
        width = max(1, round(picture.width * self.size[0] / self.coded_size[0]))
        square = converter.reformat(picture, width=width, height=picture.height, format="bgr24")
        return fit(cut_bars(np.asarray(square.to_ndarray(), np.uint8), *self.size), *size)

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
    """What a file, its first picture if there is one and its first bytes, the ``head``, tell."""
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
        (picture.width, picture.height), clock,
    )  # fmt: skip


def read_created(path: Path) -> datetime | None:
    """The moment at which a clip says it was recorded, with its time zone.

    Where the file gives it in UTC alone, the zone is this machine's at that time. None where it
    says nothing, or a time that cannot be right, and for what is no clip.
    """
    try:
        with ClipFile(path, None).open() as (container, _):
            tags = [container.metadata, *(stream.metadata for stream in container.streams)]
    except SourceError:
        return None
    moments = (_read_moment(one, key) for key in (_LOCAL, _UTC) for one in tags)
    return next((moment for moment in moments if moment is not None), None)


def _read_moment(tags: Mapping[str, str], key: str) -> datetime | None:
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(tags.get(key, ""))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        if _FIRST <= moment <= datetime.now(UTC) + _LEAD:
            return moment if key == _LOCAL else moment.astimezone()
    return None


Turn = tuple[bool, bool, bool]
"""Whether to swap rows and columns, then mirror x, then mirror y, to turn a picture upright."""
_TURNS: Final[dict[int, Turn]] = {
    1: (False, False, False), 2: (False, True, False), 3: (False, True, True),
    4: (False, False, True), 5: (True, False, False), 6: (True, True, False),
    7: (True, True, True), 8: (True, False, True),
}  # fmt: skip
"""By EXIF orientation."""
_TURNED_BY: Final = {0: _TURNS[1], 90: _TURNS[8], 180: _TURNS[3], 270: _TURNS[6]}
"""By degrees anticlockwise."""
_LISTABLE: Final = frozenset({
    "h264", "hevc", "vvc", "av1", "libdav1d", "vp8", "vp9", "libvpx", "libvpx-vp9", "mpeg4",
    "mpeg2video", "mpeg1video", "h263", "prores",
})  # fmt: skip
"""Video codecs, whose side data can be listed. That of still pictures must not even be asked for:
with a profile's name in it (PNG), PyAV frees what FFmpeg frees again, and the process dies."""


def find_turn(picture: VideoFrame | None, codec: str, head: bytes) -> Turn:
    """The quarter turn and mirroring nearest to the display matrix of a clip's first picture.

    A point goes from (x, y) to (a x + c y, b x + d y), the matrix being a, b, u, c, d, v, ...
    (libavutil/display.h). The codec is by FFmpeg's name; the file's first bytes, ``head``, may hold
    an orientation tag.
    """
    if picture is None:
        return _TURNS[1]
    if codec not in _LISTABLE:
        return _exif_turn(head) or _TURNED_BY.get(picture.rotation % 360, _TURNS[1])
    try:
        matrix = cast("Mapping[SideData, bytes]", picture.side_data)[SideData.DISPLAYMATRIX]
    except (KeyError, ValueError):  # ValueError: of a kind that PyAV does not know
        return _TURNED_BY.get(picture.rotation % 360, _TURNS[1])
    a, b, _, c, d = np.frombuffer(matrix, np.int32)[:5].tolist()
    if abs(b) + abs(c) > abs(a) + abs(d):
        return True, c < 0, b < 0
    return False, a < 0, d < 0


def _exif_turn(head: bytes) -> Turn | None:
    """The orientation tag (0x112) of the EXIF block somewhere in a picture's first bytes."""
    for order, magic in (("<", b"II*\0"), (">", b"MM\0*")):
        block = head[at:] if (at := head.find(magic)) >= 0 else b""
        try:
            (first,) = struct.unpack_from(order + "I", block, 4)
            (n_tags,) = struct.unpack_from(order + "H", block, first)
            for i in range(n_tags):
                tag, _, _, value = struct.unpack_from(order + "HHIH", block, first + 2 + 12 * i)
                if tag == 0x112:
                    return _TURNS.get(value, _TURNS[1])
        except struct.error:
            continue
    return None
