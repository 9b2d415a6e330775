"""Which way up a recorded picture is."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

import numpy as np
from av.sidedata.sidedata import Type as SideData

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

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
    """The quarter turn and mirroring nearest to the display matrix.

    A point goes from (x, y) to (a x + c y, b x + d y), the matrix being a, b, u, c, d, v, ...
    (libavutil/display.h).

    Args:
        picture: the clip's first, or None.
        codec: its codec, by FFmpeg's name.
        head: the file's first bytes, which may hold an orientation tag.
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
