"""The sound of a clip, for the video made from it, in step with the pictures."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import av

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet

    _Packet = Packet[Any]

_AAC: Final = "aac"
"""Every browser plays it in MP4; other sound is converted to it."""
_RATE_HZ: Final = 48_000
"""For sound whose own rate AAC does not support."""
_SLACK_S: Final = 0.01
"""Sound that is less far off than this is joined without a seam: containers round times."""


class Soundtrack:
    """The sound of a clip as packets for the new file, shifted to its time.

    It ends at the first thing that cannot be read.

    Args:
        source: the clip, on whose clock the new file begins at ``start_s``.
        output: the new file.

    Raises:
        av.FFmpegError: none of it can be used.
        ValueError: likewise.
    """

    def __init__(self, source: InputContainer, output: OutputContainer, start_s: float) -> None:
        self._source = source
        self._input: AudioStream = source.streams.audio[0]
        self._start_s = start_s
        if self._input.codec_context.name == _AAC:
            self._stream = output.add_stream_from_template(self._input)
            self._packets = self._copy()
        else:
            known_hz = av.Codec(_AAC, "w").audio_rates or []
            self._rate_hz = self._input.rate if self._input.rate in known_hz else _RATE_HZ
            self._stream = output.add_stream(_AAC, rate=self._rate_hz, layout="stereo")
            self._packets = self._encode()
        self._next: _Packet | None = None
        self.next_s = 0.0
        """When the next packet begins; infinite at the end."""
        self._advance()

    def take(self) -> _Packet | None:
        """The next packet; None at the end."""
        packet = self._next
        self._advance()
        return packet

    def _advance(self) -> None:
        try:
            self._next = next(self._packets, None)
        except (av.FFmpegError, ValueError):
            self._next = None  # damaged from here on
        if self._next is None or self._next.pts is None or self._next.time_base is None:
            self.next_s = float("inf")
        else:
            self.next_s = float(self._next.pts * self._next.time_base)

    def _copy(self) -> Iterator[_Packet]:
        last = -1
        for packet in self._source.demux(self._input):
            if packet.pts is None or packet.dts is None or packet.time_base is None:
                continue
            shift = round(self._start_s / packet.time_base)
            packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
            if packet.dts > last:  # times go back where files were joined
                last = packet.dts
                packet.stream = self._stream
                yield packet

    def _encode(self) -> Iterator[_Packet]:
        at: int | None = None
        for part in self._resample():
            placed = at or 0 if part.time is None else self._place(part.time)
            early = (0 if at is None else at) - placed
            if at is None or abs(early) > _SLACK_S * self._rate_hz:
                if early >= part.samples:
                    continue  # before the start, or where other sound is
                if early > 0:
                    part = _cut(part, early)
                at = placed + max(0, early)
            part.pts, part.time_base = at, Fraction(1, self._rate_hz)
            at += part.samples
            yield from self._stream.encode(part)
        yield from self._stream.encode()

    def _place(self, time_s: float) -> int:
        return round((time_s - self._start_s) * self._rate_hz)

    def _resample(self) -> Iterator[AudioFrame]:
        """All sound as the encoder takes it; the source's format may change on the way."""
        kind: tuple[str, str, int] | None = None
        for frame in self._source.decode(self._input):
            if kind != (kind := (frame.format.name, frame.layout.name, frame.sample_rate)):
                resampler = av.AudioResampler(format="fltp", layout="stereo", rate=self._rate_hz)
            yield from resampler.resample(frame)


def _cut(part: AudioFrame, n_samples: int) -> AudioFrame:
    """A part of the sound without its first samples."""
    rest = part.to_ndarray()[:, n_samples:]
    cut = av.AudioFrame.from_ndarray(rest.copy(), format="fltp", layout="stereo")
    cut.sample_rate = part.sample_rate
    return cut
