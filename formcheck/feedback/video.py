"""Writes frames as a video that browsers play, with the sound of the clip they came from.

H.264, yuv420p, index at the front. Frames keep their own times, so a clip of variable frame rate
stays one. The file appears whole under its name, or not at all.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.errors import StoreError

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet

    _Packet = Packet[Any]

_CLOCK: Final = Fraction(1, 90000)
MAX_STEP_S: Final = float(2**31 * _CLOCK)
"""MP4 holds no frame that is shown for longer: 6.6 hours."""
_COPIED: Final = frozenset({"aac", "mp3"})
"""Sound that every browser plays in MP4; other kinds are encoded anew, as AAC."""
QUALITY: Final = {"preset": "veryfast", "crf": "20", "bf": "0", "x264-params": "subme=1"}
"""Twice as fast as ``medium`` for a file a little larger; without frames that are stored out of
order, whose delay would lengthen the video. Motion is followed a little less finely than the preset
does it: a fifth less work, files 6 to 9 % larger, 0.2 dB at most (measured on filmed and rendered
clips)."""
_FAST: Final = {"preset": "ultrafast", "crf": "23", "bf": "0"}
"""A fourth of the time, for what is written while a live session needs the machine."""
_NOMINAL_FRAME_S: Final = 1 / 30
N_WAITING: Final = 4
"""Frames that may wait to be coded."""


class VideoWriter:
    """A video being written; use it as a context manager.

    Args:
        path: where to; an existing file is replaced when the new one is whole.
        width_px: of the frames, even.
        height_px: of the frames, even.
        audio_from: a file whose sound goes along; one without sound is as good as None.
        audio_start_s: the time in that file at which the video's time is 0.
        fast: write quickly rather than well.

    Raises:
        StoreError: it cannot be written: no permission, no folder, disk full.
        ValueError: a size is odd.
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
            raise ValueError(f"H.264 takes even sizes, got {width_px}x{height_px}")
        self._path = path
        self._shape = (height_px, width_px, 3)
        self._resources = ExitStack()
        self._waiting: _Packet | None = None
        self._last = -1
        self._is_broken = False
        self._step = round(_NOMINAL_FRAME_S / _CLOCK)
        self._coder = ThreadPoolExecutor(1, thread_name_prefix="video")
        self._coding: deque[Future[None]] = deque()
        self._temporary = self._make_temporary()
        try:
            self._output: OutputContainer = self._resources.enter_context(
                av.open(
                    str(self._temporary.absolute()),
                    "w",
                    format="mp4",
                    options={"movflags": "+faststart"},
                )
            )
            quality = _FAST if fast else QUALITY
            self._stream = self._output.add_stream("libx264", rate=30, options=quality)
            self._stream.width, self._stream.height = width_px, height_px
            self._stream.pix_fmt = "yuv420p"
            self._stream.codec_context.time_base = _CLOCK
            self._stream.codec_context.thread_type = "FRAME"  # slices wait for each other
            self._sound = self._open_sound(audio_from, audio_start_s)
        except OSError as error:
            self._discard()
            raise self._failed(error) from error
        except BaseException:  # stopped by the user just now
            self._discard()
            raise

    def write(self, image: NDArray[np.uint8], time_s: float) -> None:
        """Add a frame; it is coded while the caller makes the next ones.

        Args:
            image: uint8 (H, W, 3) BGR of the size given, not to be changed afterwards.
            time_s: its presentation time, later than the last.

        Raises:
            StoreError: the disk is full, or it cannot be written any more.
            ValueError: the image has another shape.
        """
        if image.shape != self._shape:
            raise ValueError(f"a frame of this video is {self._shape}, got {image.shape}")
        at = max(round(time_s / _CLOCK), self._last + 1)
        if self._last >= 0:
            self._step = at - self._last
        self._last = at
        self._await_coder(N_WAITING - 1)
        self._coding.append(self._coder.submit(self._code, image, at))

    def close(self, duration_s: float | None = None) -> None:
        """Finish the video and give it its name.

        Args:
            duration_s: how long it is to last; None shows the last frame as long as the one before.

        Raises:
            StoreError: the disk is full, or it cannot be written any more.
        """
        if self._last < 0:
            self._discard()
            return
        end = self._last + self._step
        if duration_s is not None and round(duration_s / _CLOCK) > self._last:
            end = round(duration_s / _CLOCK)
        try:
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
            self._temporary.replace(self._path)
        except StoreError:  # an OSError too
            self._discard()
            raise
        except OSError as error:
            self._discard()
            raise self._failed(error) from error
        except BaseException:  # a frame of no use, or stopped by the user just now
            self._discard()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._discard()
        elif self._temporary.exists():
            self.close()

    def _make_temporary(self) -> Path:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # Not by tempfile, whose files nobody else may read.
            temporary = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}")
            temporary.touch(exist_ok=False)
        except OSError as error:
            raise self._failed(error) from error
        return temporary

    def _code(self, image: NDArray[np.uint8], at: int) -> None:
        if self._is_broken:  # FFmpeg crashes where a file is written on whose head failed
            return
        try:
            # OpenCV converts in half the time of FFmpeg, to the same within a grey level.
            planes = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420), dtype=np.uint8)
            # Made where the planes are; that takes other heights for lower ones.
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
        try:
            while len(self._coding) > n_waiting:
                self._coding.popleft().result()
        except OSError as error:
            raise self._failed(error) from error

    def _mux(self, packet: _Packet) -> None:
        """Write the packet before this one: the last one's duration is known at the end only."""
        if self._waiting is not None:
            self._output.mux(self._waiting)
            if self._waiting.dts is not None:
                self._copy_sound(float(self._waiting.dts * _CLOCK))
        self._waiting = packet

    def _copy_sound(self, until_s: float) -> None:
        """Write the sound up to that time, so that both lie side by side in the file."""
        while self._sound is not None and self._sound.next_s <= until_s:
            packet = self._sound.take()
            if packet is not None:
                self._output.mux(packet)
            else:
                self._sound = None

    def _open_sound(self, path: Path | None, start_s: float) -> _Sound | None:
        if path is None:
            return None
        try:
            source = self._resources.enter_context(av.open(str(path.absolute())))
            if not source.streams.audio:
                return None
            return _Sound(source, self._output, start_s)
        except (av.FFmpegError, ValueError):
            return None  # sound that cannot be read is no reason to refuse the pictures

    def _discard(self) -> None:
        self._coder.shutdown(cancel_futures=True)
        try:
            self._resources.close()
        except OSError:
            pass  # the failure that led here is the one to tell
        finally:
            self._temporary.unlink(missing_ok=True)

    def _failed(self, error: OSError) -> StoreError:
        return StoreError(
            f"{self._path}: the video cannot be written: {error.strerror or error}: free some "
            "space, or choose another place"
        )


class _Sound:
    """The sound of a clip as packets for the new file, shifted to its time."""

    def __init__(self, source: InputContainer, output: OutputContainer, start_s: float) -> None:
        self._source = source
        self._input: AudioStream = source.streams.audio[0]
        self._start_s = start_s
        if self._input.codec_context.name in _COPIED:
            self._stream = output.add_stream_from_template(self._input)
            packets = self._copy()
        else:
            self._stream = output.add_stream("aac", rate=self._input.rate or 44100)
            packets = self._encode()
        self._packets = packets
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
        except av.FFmpegError:
            self._next = None  # damaged from here on
        if self._next is None or self._next.pts is None or self._next.time_base is None:
            self.next_s = float("inf")
        else:
            self.next_s = float(self._next.pts * self._next.time_base)

    def _copy(self) -> Iterator[_Packet]:
        for packet in self._source.demux(self._input):
            if packet.pts is None or packet.dts is None or packet.time_base is None:
                continue
            shift = round(self._start_s / packet.time_base)
            packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
            if packet.dts >= 0:
                packet.stream = self._stream
                yield packet

    def _encode(self) -> Iterator[_Packet]:
        rate = self._stream.rate or 44100
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=rate)
        at: int | None = None
        for frame in self._source.decode(self._input):
            if at is None:
                at = max(0, round(((frame.time or 0.0) - self._start_s) * rate))
            for part in resampler.resample(frame):
                part.pts, part.time_base = at, Fraction(1, rate)
                at += part.samples
                yield from self._stream.encode(part)
        yield from self._stream.encode()
