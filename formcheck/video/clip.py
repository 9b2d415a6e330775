"""Recorded video and single pictures, read with PyAV.

Every frame comes with its exact presentation time, upright, and with square pixels. What cannot be
decoded is skipped, what is decoded with errors is shown all the same, and both are counted; only a
file without a single readable picture is an error.
"""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Self

import av
from av.video.reformatter import VideoReformatter

from formcheck.errors import SourceError
from formcheck.video.frame import Frame
from formcheck.video.frame_times import DecodingTimes, tell_time_s
from formcheck.video.metadata import find_facts
from formcheck.video.opening import BOUNDS, MAX_MPX, ClipFile, tell_why

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream


_MAX_FAILED_READS: Final = 16
_LARGE_PX: Final = 4096 * 2304
"""Above this, every decoding thread would hold a picture of 15 MB or more."""
_GRID_SLACK_S: Final = 0.002
"""Containers that round times to a millisecond put a frame just before its place in the grid."""
_GAP_S: Final = 1.0
"""After so long without a picture, a session takes it that nobody was looking."""
_LAST_SHOWN_S: Final = 60.0
"""A last picture may be shown for so long, as where only the sound goes on."""


class Clip:
    """A recorded video or a still picture, as a source of frames.

    Args:
        source: path of a local file, or a seekable binary file object, which stays open and is
            read from its start. What it holds is found from its contents, not from its name.
        name: what to call it in messages and results; by default the file's name.
        n_threads: that decode; None takes what the machine has. Not for pictures.
        true_hz: pictures a second that were taken, where the file does not say it or says it
            wrongly; None believes the file.

    Raises:
        ValueError: ``true_hz`` is not above 0.
        SourceError: there is no such file, it is empty, a folder, not readable, damaged beyond
            use, or holds no video.
    """

    def __init__(
        self,
        source: str | Path | BinaryIO,
        *,
        name: str | None = None,
        n_threads: int | None = None,
        true_hz: float | None = None,
    ) -> None:
        if true_hz is not None and not (math.isfinite(true_hz) and true_hz > 0):
            raise ValueError(f"true_hz must be above 0, got {true_hz}")
        self._n_threads, self.true_hz = n_threads, true_hz
        self.n_decoded = 0
        """Frames decoded in the latest ``frames()``, with those dropped and not sampled."""
        self.n_damaged = 0
        """Packets skipped, and pictures decoded with errors and kept, in the latest ``frames()``:
        one spoilt place may count as both."""
        self.n_dropped_times = 0
        """Frames dropped in the latest ``frames()`` because their time repeats or goes back."""
        self.gaps_s = 0.0
        """True seconds of the latest ``frames()`` in which no picture came for a second or more."""
        self._end_s: float | None = None  # of the last picture, once all were read
        self._shapes: dict[tuple[int, int], float] = {}
        self._closed = False
        self._file = ClipFile(source, name)
        self.name = self._file.name
        """What the clip is called in messages and results."""
        with self._file.open() as (container, stream):
            stream.thread_type = "NONE"  # one picture is there sooner without starting threads
            first = next(self._pictures(container, stream), None)
            facts = self._facts = find_facts(container, stream, first, self._file.head, true_hz)
        self.n_frames_hint = facts.n_frames
        """About how many frames to expect, for a progress bar; None where unknown."""
        self.is_still = facts.is_still
        """True for a single picture: one frame at time 0."""
        self.clock = facts.clock
        """How the file's times become the seconds of its frames."""
        self.start_s = facts.start_s
        """Time on the file's own clock at which ``time_s`` is 0."""
        self.n_damaged = 0
        self._is_spoilt = self.is_still and self._has_errors()

    @property
    def width_px(self) -> int:
        """Width of its pictures, upright, before any shrinking."""
        return self._facts.upright_size[0]

    @property
    def height_px(self) -> int:
        """Height of its pictures, upright, before any shrinking."""
        return self._facts.upright_size[1]

    @property
    def duration_s(self) -> float | None:
        """Length in seconds as the file gives it; 0 for a still picture, None where unknown.

        Once all pictures have been read, a length far beyond the last one is not believed.
        """
        told_s, end_s = self._facts.duration_s, self._end_s
        is_believed = told_s is None or end_s is None or told_s <= end_s + _LAST_SHOWN_S
        return told_s if is_believed else end_s

    @property
    def missing_s(self) -> float:
        """Seconds by which the file claims to be longer than its pictures, once all were read."""
        told_s, end_s = self._facts.duration_s, self._end_s
        return 0.0 if told_s is None or end_s is None else max(0.0, told_s - end_s)

    @property
    def audio_path(self) -> Path | None:
        """The file with its sound; None for a still picture, a file object and slow motion."""
        return None if self.is_still or self.clock.scale != 1 else self._file.path

    @property
    def n_shapes(self) -> int:
        """How many different sizes of pictures the latest ``frames()`` came across."""
        return len(self._shapes)

    def settle_shape(self) -> bool:
        """Take the shape that was shown for longest in the latest ``frames()`` as the clip's.

        True if that is a change: then what was made of those frames is void.
        """
        longest = max(self._shapes, key=lambda one: self._shapes[one], default=None)
        if longest is None or longest == self._facts.coded_size:
            return False
        self._facts = self._facts.with_shape(*longest)
        return True

    def frames(
        self,
        *,
        max_side_px: int | None = None,
        rate_hz: float | None = None,
        within: Sequence[tuple[float, float]] | None = None,
    ) -> Iterator[Frame]:
        """Every frame from the start, or about ``rate_hz`` of them a second.

        May be called again, for a clip given as a file object only after the last iteration
        ended. ``Frame.index`` counts the clip's frames, those not sampled included.

        Args:
            max_side_px: shrink so that the longer side is at most this many pixels.
            rate_hz: convert and yield only the first frame at or after each multiple of
                ``1 / rate_hz``; a clip with fewer frames a second gives all of them.
            within: stretches of time in seconds: of these, only frames inside one.

        Raises:
            ValueError: ``max_side_px`` is under 1, or ``rate_hz`` is not above 0.
            SourceError: not one frame could be decoded, or the file can no longer be read.
        """
        if max_side_px is not None and max_side_px < 1:
            raise ValueError(f"max_side_px must be at least 1, got {max_side_px}")
        if rate_hz is not None and not rate_hz > 0:
            raise ValueError(f"rate_hz must be above 0, got {rate_hz}")
        facts, converter = self._facts, VideoReformatter()
        return (
            Frame(facts.upright(picture, max_side_px, converter), time_s, index)
            for picture, time_s, index in self._pick(rate_hz)
            if within is None or any(start <= time_s <= end for start, end in within)
        )

    def close(self) -> None:
        """End all iterations at their next frame; a file object given stays open."""
        self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _pick(self, rate_hz: float | None) -> Iterator[tuple[VideoFrame, float, int]]:
        self.n_decoded = self.n_dropped_times = 0
        self.n_damaged = int(self._is_spoilt)
        last_tick = -1
        with self._file.open() as (container, stream):
            large = stream.codec_context.width * stream.codec_context.height > _LARGE_PX
            n_threads = self._n_threads or min(os.cpu_count() or 1, 2 if large else 8)
            stream.thread_type = "AUTO" if n_threads > 1 else "NONE"
            stream.codec_context.thread_count = n_threads
            for index, time_s, picture in self._timed(container, stream):
                if rate_hz is not None:
                    tick = int((time_s + _GRID_SLACK_S) * rate_hz)
                    if tick <= last_tick:
                        continue
                    last_tick = tick
                yield picture, time_s, index
                if self._closed or self.is_still:
                    return
        if self.n_decoded == 0 and not self._closed:
            raise SourceError(
                self.name,
                "none of its pictures can be decoded; the file is damaged, cut short, or has over "
                f"{MAX_MPX} megapixels",
                "copy it again, or make it smaller",
            )

    def _has_errors(self) -> bool:
        """Whether a photo has errors, which FFmpeg passes over unless told not to.

        Of other kinds of pictures it tells by itself, or refuses sound ones (TIFF).
        """
        with self._file.open() as (container, stream):
            if stream.codec_context.name != "mjpeg":
                return False
            stream.codec_context.options = {**BOUNDS, "err_detect": "explode"}
            try:
                return next(container.decode(stream), None) is None
            except av.FFmpegError:
                return True

    def _timed(
        self, container: InputContainer, stream: VideoStream
    ) -> Iterator[tuple[int, float, VideoFrame]]:
        """Pictures whose time increases, with their place and seconds since the first one."""
        clock = self.clock
        order = None if clock.in_order else DecodingTimes()
        start = last = shape_since = 0.0
        shape: tuple[int, int] | None = None  # of the latest picture; None before the first
        self._shapes, self.gaps_s = {}, 0.0
        for picture in self._pictures(container, stream, order):
            if self._closed:
                return
            at = tell_time_s(picture) if order is None else order.take()
            self.n_decoded += 1
            if at is None or not clock.has_times:
                at = 0.0 if shape is None else last + clock.step_s
            size = picture.width, picture.height
            if shape is None:
                start, shape, shape_since = at, size, at
            elif at <= last:
                self.n_dropped_times += 1
                continue
            elif (step_s := (at - last) * clock.scale) >= _GAP_S:
                self.gaps_s += step_s
            if size != shape:
                self._shapes[shape] = self._shapes.get(shape, 0.0) + at - shape_since
                shape, shape_since = size, at
            last = at
            yield self.n_decoded - 1, (at - start) * clock.scale, picture
        if shape is not None:
            end = last + clock.step_s
            self._end_s = (end - start) * clock.scale
            self._shapes[shape] = self._shapes.get(shape, 0.0) + end - shape_since

    def _pictures(
        self, container: InputContainer, stream: VideoStream, order: DecodingTimes | None = None
    ) -> Iterator[VideoFrame]:
        """All that can be decoded; what cannot is skipped and counted."""
        n_failed = 0
        packets = container.demux(stream)
        while n_failed < _MAX_FAILED_READS:
            try:
                packet = next(packets, None)
            except av.FFmpegError:
                self.n_damaged += 1
                n_failed += 1
                packets = container.demux(stream)
                continue
            except OSError as error:
                raise SourceError(self.name, f"reading stopped ({tell_why(error)})") from error
            if packet is None:
                return
            if order is not None:
                order.add(packet)
            try:
                pictures = packet.decode()
            except av.FFmpegError:
                self.n_damaged += 1
                pictures = []
                if order is not None:
                    order.drop(packet)
            self.n_damaged += sum(picture.is_corrupt for picture in pictures)
            yield from pictures


N_AHEAD: Final = 4
"""Frames that may wait: more would only fill memory."""


def read_ahead(frames: Iterator[Frame]) -> Generator[Frame]:
    """The same frames, decoded in a thread of their own; what that raises is raised here.

    They are dropped where the caller stops early; nobody else may use them meanwhile.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="decoder") as pool:
        waiting = deque(pool.submit(next, frames, None) for _ in range(N_AHEAD))
        while (frame := waiting.popleft().result()) is not None:
            waiting.append(pool.submit(next, frames, None))
            yield frame
