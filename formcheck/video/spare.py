"""Packets that need not be decoded: what they show is not sampled, and nothing else builds on it.

Only H.264 in MP4 and Matroska: there each packet is one picture and says itself whether others
refer to it. Half of the pictures of a clip with B-frames are of that kind.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from av.packet import Packet
    from av.video.stream import VideoStream

_FORMATS: Final = ("mov,mp4", "matroska")
_SLICE: Final = 1
_LAST_SLICE: Final = 5
"""Types of the units that hold a picture; those above 1 are referred to, or parts of one."""
_KEPT_TICKS: Final = 64
"""Pictures are stored a few places out of order at most."""


class SpareFinder:
    """Tells packets that can be left out from those that are needed, in order of storage."""

    def __init__(self, stream: VideoStream, form: str, tick_of: Callable[[float], int]) -> None:
        """Look at the packets of a stream.

        Args:
            stream: of the clip.
            form: of its file, as FFmpeg calls it.
            tick_of: which sample a time belongs to; the first picture of each is wanted.
        """
        context = stream.codec_context
        header = context.extradata or b""
        self._is_known = (
            context.name == "h264"
            and form.startswith(_FORMATS)
            and len(header) > 4
            and header[0] == 1
            and context.has_b_frames
        )
        self._n_length = (header[4] & 3) + 1 if self._is_known else 4
        self._tick_of = tick_of
        self._firsts: dict[int, int] = {}
        self._spares: list[float] = []

    def is_spare(self, packet: Packet[VideoStream]) -> bool:
        """Whether it shows nothing that is wanted, and no other picture needs it."""
        if not self._is_known or packet.pts is None or not packet.size or packet.is_discard:
            return False
        time_s = float(packet.pts * packet.time_base)
        tick = self._tick_of(time_s)
        first = self._firsts.get(tick)
        if first is None or packet.pts < first:
            self._firsts[tick] = packet.pts
            if len(self._firsts) > _KEPT_TICKS:
                del self._firsts[min(self._firsts)]
        # Where an earlier picture of the same tick is stored, this one is not the first.
        if first is None or packet.pts <= first or self._is_referred_to(packet):
            return False
        heapq.heappush(self._spares, time_s)
        return True

    def stop(self) -> None:
        """From now on leave nothing out."""
        self._is_known = False

    def count_before(self, time_s: float | None) -> int:
        """How many were left out that come before a time, or at all; each is told once."""
        n_before = 0
        while self._spares and (time_s is None or self._spares[0] < time_s):
            heapq.heappop(self._spares)
            n_before += 1
        return n_before

    def _is_referred_to(self, packet: Packet[VideoStream]) -> bool:
        """Whether another picture may build on it; also if that cannot be told."""
        kinds = list(self._read_kinds(memoryview(packet)))
        slices = [kind for kind in kinds if _SLICE <= kind & 31 <= _LAST_SLICE]
        return not slices or any(kind & 31 != _SLICE or kind & 96 for kind in slices)

    def _read_kinds(self, data: memoryview) -> Iterator[int]:
        """The first byte of each unit: one bit, how it is referred to (two bits), its type."""
        at = 0
        while at + self._n_length < len(data):
            length = int.from_bytes(data[at : at + self._n_length], "big")
            at += self._n_length
            yield data[at]
            at += length
