"""Writes frames as a video that browsers play, with the sound of the clip they came from.

H.264, yuv420p, index at the front. Frames keep their own times, so a variable frame rate stays
variable. The file appears whole under its name, or not at all.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.errors import StoreError
from formcheck.files import name_beside, put_in_place
from formcheck.language import phrase, translate

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet

    _Packet = Packet[Any]


_CLOCK: Final = Fraction(1, 90000)
MAX_STEP_S: Final = float(2**31 * _CLOCK)
"""The longest that MP4 can show a frame: 6.6 hours."""
QUALITY: Final = {"preset": "veryfast", "crf": "20", "bf": "0", "x264-params": "subme=1"}
"""Twice as fast as ``medium`` for a slightly larger file; without B-frames, whose delay would
lengthen the video. Motion is followed less finely than in the preset: a fifth less work, files 6 to
9 % larger, 0.2 dB lost at most (measured on filmed and rendered clips)."""
_FAST: Final = {"preset": "ultrafast", "crf": "23", "bf": "0"}
"""A quarter of the time, for what is written while a live session needs the machine."""
_NOMINAL_FRAME_S: Final = 1 / 30
_FAILURES: Final = (OSError, av.FFmpegError)
N_WAITING: Final = 8
"""Frames that may wait to be encoded, at 1.5 bytes a pixel."""


class VideoWriter:
    """A video being written; use it as a context manager.

    Args:
        path: where to; an existing file is replaced once the new one is whole.
        width_px: of the frames, even; and so is ``height_px``.
        audio_from: a file whose sound to copy, if it has any.
        audio_start_s: the time in that file at which the video's time is 0.
        fast: favour speed over quality.

    Raises:
        StoreError: it cannot be written: no permission, no folder, disk full. All methods raise it.
    """

    def __init__(
        self,
        path: Path,
        width_px: int,
        height_px: int,
        *,
        audio_from: Path | None = None,
        audio_start_s: float = 0.0,
        fast: bool = False,
    ) -> None:
        if width_px % 2 or height_px % 2:
            raise ValueError(f"H.264 needs even sizes, got {width_px}x{height_px}")
        self._path = path
        self._shape = (height_px, width_px, 3)
        self._resources = ExitStack()
        self._waiting: _Packet | None = None
        self._last = -1
        self._is_broken = False
        self._step = round(_NOMINAL_FRAME_S / _CLOCK)
        self._coder = ThreadPoolExecutor(1, thread_name_prefix="video")
        self._coding: deque[Future[None]] = deque()
        self._temporary: Path | None = None
        self._fast, self._audio_from, self._audio_start_s = fast, audio_from, audio_start_s

    def write(self, image: NDArray[np.uint8], time_s: float) -> None:
        """Add a frame; it is encoded while the caller makes the next ones.

        Args:
            image: uint8 (H, W, 3) BGR of the size given.
            time_s: its presentation time, later than the last.
        """
        if image.shape != self._shape:
            raise ValueError(f"a frame of this video must be {self._shape}, got {image.shape}")
        at = max(round(time_s / _CLOCK), self._last + 1)
        if self._last >= 0:
            self._step = at - self._last
        self._last = at
        # OpenCV converts in half the time of FFmpeg, to the same within a grey level. Done here, it
        # also halves what waits.
        planes = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420), dtype=np.uint8)
        with self._leaving_nothing():
            self._await_coder(N_WAITING - 1)
        self._coding.append(self._coder.submit(self._code, planes, at))

    def close(self, duration_s: float | None = None) -> None:
        """Finish the video and give it its name.

        Its length is ``duration_s``; None shows the last frame for as long as the one before.
        """
        if self._last < 0:
            self._discard()
            return
        end = self._last + self._step
        if duration_s is not None and round(duration_s / _CLOCK) > self._last:
            end = round(duration_s / _CLOCK)
        with self._leaving_nothing():
            self._await_coder(0)
            for packet in self._stream.encode():
                self._mux(packet)
            if self._waiting is not None:
                self._waiting.duration = end - self._last
                self._output.mux(self._waiting)
                self._waiting = None
            self._copy_sound(float(end * _CLOCK))
            self._coder.shutdown()
            self._resources.close()
            assert self._temporary is not None
            put_in_place(self._temporary, self._place)
            self._temporary = None

    def __enter__(self) -> Self:
        """Make the file. Not before: between making an object and entering it Ctrl-C may come."""
        try:
            with self._leaving_nothing():
                self._temporary, self._place = name_beside(self._path)
                self._temporary.touch(exist_ok=False)
                self._begin(self._fast, self._audio_from, self._audio_start_s)
            return self
        except BaseException:  # that came while leaving the lines above
            self._discard()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._discard()
        elif self._temporary is not None:
            self.close()

    @contextmanager
    def _leaving_nothing(self) -> Iterator[None]:
        """Whatever goes wrong, be it Ctrl-C, no file is left; what cannot be written is told."""
        try:
            yield
        except BaseException as error:
            self._discard()
            if isinstance(error, StoreError) or not isinstance(error, _FAILURES):
                raise
            advice = phrase("free some space, or choose another place")
            if not isinstance(error, OSError):
                advice = phrase("convert the clip to MP4 first, or leave out its video")
            why = translate(getattr(error, "strerror", None) or str(error))
            what = translate("the video cannot be written: {problem}", problem=why)
            raise StoreError(self._path, what, translate(advice)) from error

    def _begin(self, fast: bool, audio_from: Path | None, start_s: float) -> None:
        """Write the file's header: with the sound, unless MP4 or its codec refuses it."""
        self._open(fast)
        self._sound = self._open_sound(audio_from, start_s)
        try:
            self._output.start_encoding()
        except av.FFmpegError as error:
            if isinstance(error, OSError) or self._sound is None:
                raise
            self._resources.close()
            self._sound = None
            self._open(fast)
            self._output.start_encoding()

    def _open(self, fast: bool) -> None:
        path, options = str(self._temporary), {"movflags": "+faststart"}
        self._output = self._resources.enter_context(
            av.open(path, "w", format="mp4", options=options)
        )
        quality = _FAST if fast else QUALITY
        self._stream = self._output.add_stream("libx264", rate=30, options=quality)
        self._stream.width, self._stream.height = self._shape[1], self._shape[0]
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = _CLOCK
        self._stream.codec_context.thread_type = "FRAME"  # slices wait for each other
        # x264's own choice, half as many again, costs more than it saves (measured on two cores).
        self._stream.codec_context.thread_count = os.cpu_count() or 1

    def _code(self, planes: NDArray[np.uint8], at: int) -> None:
        if self._is_broken:  # FFmpeg crashes where writing goes on after the header failed
            return
        try:
            # Without a copy, which only works for some heights: others come out lower.
            whole = self._shape[0] % 4 == 0
            make = av.VideoFrame.from_numpy_buffer if whole else av.VideoFrame.from_ndarray
            frame = make(planes, format="yuv420p")
            frame.pts, frame.time_base = at, _CLOCK
            for packet in self._stream.encode(frame):
                self._mux(packet)
        except BaseException:
            self._is_broken = True
            raise

    def _await_coder(self, n_waiting: int) -> None:
        """Wait until no more than so many frames are waiting."""
        while len(self._coding) > n_waiting:
            self._coding.popleft().result()

    def _mux(self, packet: _Packet) -> None:
        """Write the packet before this one: the duration of the last is only known at the end."""
        if self._waiting is not None:
            self._output.mux(self._waiting)
            if self._waiting.dts is not None:
                self._copy_sound(float(self._waiting.dts * _CLOCK))
        self._waiting = packet

    def _copy_sound(self, until_s: float) -> None:
        """Write the sound up to that time, so that it lies beside its pictures in the file."""
        while self._sound is not None and self._sound.next_s <= until_s:
            packet = self._sound.take()
            if packet is None:
                self._sound = None
                return
            try:
                self._output.mux(packet)
            except av.FFmpegError as error:
                if isinstance(error, OSError):
                    raise
                self._sound = None  # MP4 does not take it: the pictures go on

    def _open_sound(self, path: Path | None, start_s: float) -> Soundtrack | None:
        if path is None:
            return None
        try:
            source = self._resources.enter_context(av.open(str(path.absolute())))
            return Soundtrack(source, self._output, start_s) if source.streams.audio else None
        except (av.FFmpegError, ValueError):
            return None  # sound that cannot be read is no reason to refuse the pictures

    def _discard(self) -> None:
        self._coder.shutdown(cancel_futures=True)
        with suppress(*_FAILURES):  # the failure that led here is the one to tell
            self._resources.close()
        if self._temporary is not None:
            self._temporary.unlink(missing_ok=True)
            self._temporary = None


_AAC: Final = "aac"
"""Every browser plays it in MP4; other sound is converted to it."""
_RATE_HZ: Final = 48_000
"""For sound whose own rate AAC does not support."""
_SLACK_S: Final = 0.01
"""Sound that is less far off than this is joined without a seam: containers round times."""


class Soundtrack:
    """The sound of a clip as packets for the new file, whose time 0 is ``start_s`` of the clip.

    It ends at the first thing that cannot be read. If none of it can be used, an av.FFmpegError or
    a ValueError is raised.
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
