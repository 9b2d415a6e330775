"""Recorded video and single pictures, read with PyAV.

Every frame comes with its exact presentation time, upright, and with square pixels. What cannot be
decoded is skipped, what is decoded with errors is shown all the same, and both are counted; only a
file without a single readable picture is an error.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Self

import av
from av.video.reformatter import VideoReformatter

from formcheck.capture.facts import find_facts, tell_time_s
from formcheck.capture.packed import PackedFrame
from formcheck.capture.spare import SpareFinder
from formcheck.errors import SourceError
from formcheck.frame import Frame

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})
_MAX_FAILED_READS: Final = 16
_MAX_MPX: Final = 128
_BOUNDS: Final = {"max_pixels": str(_MAX_MPX * 1_000_000)}
"""More than any phone's pictures, and still no gigabyte: a small file can claim any size."""
_MAX_STREAMS: Final = 8
_LARGE_PX: Final = 4096 * 2304
"""Above this, every decoding thread would hold a picture of 15 MB or more."""
_GRID_SLACK_S: Final = 0.002
"""Containers that round times to a millisecond put a frame just before its place in the grid."""
_NOMINAL_FRAME_S: Final = 1 / 30
_LAST_SHOWN_S: Final = 60.0
"""A last picture may be shown for so long, as where only the sound goes on."""
_HEAD_BYTES: Final = 1 << 18


class Clip:
    """A recorded video or a still picture, as a source of frames.

    Args:
        source: path of a local file, or a seekable binary file object, which stays open and is
            read from its start. What it holds is found from its contents, not from its name.
        name: what to call it in messages and results; by default the file's name.
        n_threads: that decode; None takes what the machine has. Not for pictures.

    Raises:
        SourceError: there is no such file, it is empty, a folder, not readable, damaged beyond
            use, or holds no video.
    """

    n_decoded: int
    """Frames seen by the latest ``frames()``: dropped and unsampled ones are included, and those
    left out undecoded as nothing depends on them."""
    n_damaged: int
    """Packets skipped, and pictures decoded with errors and kept, in the latest ``frames()``: one
    spoilt place may count as both."""
    n_dropped_times: int
    """Frames dropped in the latest ``frames()`` because their time repeats or goes back."""

    def __init__(
        self,
        source: str | Path | BinaryIO,
        *,
        name: str | None = None,
        n_threads: int | None = None,
    ) -> None:
        self._n_threads = n_threads
        self.n_decoded = self.n_damaged = self.n_dropped_times = 0
        self._end_s: float | None = None  # of the last picture, once all were read
        self._closed = False
        self._path: Path | None = None
        self._given: BinaryIO | None = None
        if isinstance(source, str | Path):
            self._path = Path(source)
            called = name or self._path.name or str(source)
        else:
            self._given = source
            given_name = getattr(source, "name", None)
            called = name or (Path(given_name).name if isinstance(given_name, str) else "clip")
        self._name = called.encode("utf-8", "backslashreplace").decode()  # it need not be text
        with self._opened() as (container, stream):
            stream.thread_type = "NONE"  # one picture is there sooner without starting threads
            first = next(self._pictures(container, stream), None)
            self._facts = find_facts(container, stream, first, self._head)
        self.n_damaged = 0
        self._is_spoilt = self._facts.is_still and self._has_errors()

    @property
    def name(self) -> str:
        """What the clip is called in messages and results."""
        return self._name

    @property
    def width_px(self) -> int:
        """Width of its pictures, upright, before any shrinking."""
        return self._facts.size[1 if self._facts.turn[0] else 0]

    @property
    def height_px(self) -> int:
        """Height of its pictures, upright, before any shrinking."""
        return self._facts.size[0 if self._facts.turn[0] else 1]

    @property
    def duration_s(self) -> float | None:
        """Length in seconds as the file says it; 0 for a still picture, None where unknown.

        Once all pictures were read, a file is not believed that goes on long after the last.
        """
        told_s, end_s = self._facts.duration_s, self._end_s
        is_believed = told_s is None or end_s is None or told_s <= end_s + _LAST_SHOWN_S
        return told_s if is_believed else end_s

    @property
    def n_frames_hint(self) -> int | None:
        """About how many frames to expect, for a progress bar; None where unknown."""
        return self._facts.n_frames

    @property
    def is_still(self) -> bool:
        """True for a single picture: one frame at time 0."""
        return self._facts.is_still

    @property
    def audio_path(self) -> Path | None:
        """The file its sound is in; None for a still picture or a file object."""
        return None if self.is_still else self._path

    @property
    def start_s(self) -> float:
        """Presentation time on the file's own clock at which ``time_s`` is 0."""
        return self._facts.start_s

    def frames(
        self, *, max_side_px: int | None = None, rate_hz: float | None = None
    ) -> Iterator[Frame]:
        """Every frame from the start, or about ``rate_hz`` of them a second.

        May be called again, for a clip given as a file object only after the last iteration
        ended. ``Frame.index`` counts the clip's frames, those not sampled included.

        Args:
            max_side_px: shrink so that the longer side is at most this many pixels.
            rate_hz: convert and yield only the first frame at or after each multiple of
                ``1 / rate_hz``; a clip with fewer frames a second gives all of them.

        Raises:
            ValueError: ``max_side_px`` is under 1, or ``rate_hz`` is not above 0.
            SourceError: not one frame could be decoded, or the file can no longer be read.
        """
        facts, converter = self._facts, VideoReformatter()
        return (
            Frame(facts.upright(picture, max_side_px, converter), time_s, index)
            for picture, time_s, index in self._sampled(max_side_px, rate_hz)
        )

    def packed_frames(
        self, *, max_side_px: int | None = None, rate_hz: float | None = None
    ) -> Iterator[PackedFrame]:
        """The same frames, to wait: in half the memory where ``packs_small`` says so.

        Args and errors are those of ``frames``.
        """
        facts, converter = self._facts, VideoReformatter()
        return (
            PackedFrame(
                facts.pack(picture, max_side_px, converter), facts, max_side_px, time_s, index
            )
            for picture, time_s, index in self._sampled(max_side_px, rate_hz)
        )

    def packs_small(self, max_side_px: int | None = None) -> bool:
        """Whether ``packed_frames`` take half the memory of frames."""
        return self._facts.packs_small(max_side_px)

    def close(self) -> None:
        """End all iterations at their next frame; a file object given stays open."""
        self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _sampled(
        self, max_side_px: int | None, rate_hz: float | None
    ) -> Iterator[tuple[VideoFrame, float, int]]:
        """Pictures as decoded, with their time and place, after a look at what was asked for."""
        if max_side_px is not None and max_side_px < 1:
            raise ValueError(f"max_side_px is at least 1, got {max_side_px}")
        if rate_hz is not None and not rate_hz > 0:
            raise ValueError(f"rate_hz is above 0, got {rate_hz}")
        return self._pick(rate_hz)

    def _pick(self, rate_hz: float | None) -> Iterator[tuple[VideoFrame, float, int]]:
        self.n_decoded = self.n_dropped_times = 0
        self.n_damaged = int(self._is_spoilt)
        facts = self._facts
        last_tick = -1

        def tick_of(time_s: float) -> int:
            return int((time_s - facts.start_s + _GRID_SLACK_S) * (rate_hz or 0))

        with self._opened() as (container, stream):
            self._share_work(stream)
            spares = SpareFinder(stream, container.format.name, tick_of)
            if rate_hz is None:
                spares.stop()
            for index, time_s, picture in self._timed(container, stream, spares):
                if rate_hz is not None:
                    tick = int((time_s + _GRID_SLACK_S) * rate_hz)
                    if tick <= last_tick:
                        continue
                    last_tick = tick
                yield picture, time_s, index
                if self._closed or facts.is_still:
                    return
        if self.n_decoded == 0 and not self._closed:
            raise SourceError(
                f"{self._name}: none of its pictures can be decoded; the file is damaged, cut "
                f"short, or has over {_MAX_MPX} megapixels: copy it again, or make it smaller"
            )

    def _has_errors(self) -> bool:
        """Whether a photo has errors, which FFmpeg passes over unless told not to.

        Of other kinds of pictures it tells by itself, or refuses sound ones (TIFF).
        """
        with self._opened() as (container, stream):
            if stream.codec_context.name != "mjpeg":
                return False
            stream.codec_context.options = {**_BOUNDS, "err_detect": "explode"}
            try:
                return next(container.decode(stream), None) is None
            except av.FFmpegError:
                return True

    def _share_work(self, stream: VideoStream) -> None:
        """Say how many threads decode."""
        large = stream.codec_context.width * stream.codec_context.height > _LARGE_PX
        n_threads = self._n_threads or min(os.cpu_count() or 1, 2 if large else 8)
        stream.thread_type = "AUTO" if n_threads > 1 else "NONE"
        stream.codec_context.thread_count = n_threads

    def _timed(
        self, container: InputContainer, stream: VideoStream, spares: SpareFinder
    ) -> Iterator[tuple[int, float, VideoFrame]]:
        """Pictures whose time increases, with their place and seconds since the first one."""
        start: float | None = None
        last: float | None = None
        step_s = float(1 / stream.guessed_rate) if stream.guessed_rate else _NOMINAL_FRAME_S
        for picture in self._pictures(container, stream, spares):
            if self._closed:
                return
            at = tell_time_s(picture)
            self.n_decoded += 1 if at is None else 1 + spares.count_before(at)
            if at is None:
                at = 0.0 if last is None else last + step_s
            if start is None:
                start = at
            elif last is not None and at <= last:
                self.n_dropped_times += 1
                continue
            last = at
            yield self.n_decoded - 1, at - start, picture
        self.n_decoded += spares.count_before(None)
        if start is not None and last is not None:
            self._end_s = last - start + step_s

    def _pictures(
        self, container: InputContainer, stream: VideoStream, spares: SpareFinder | None = None
    ) -> Iterator[VideoFrame]:
        """All that can be decoded and is not spare; what cannot is skipped and counted."""
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
                raise SourceError(f"{self._name}: reading stopped ({_why(error)})") from error
            if packet is None:
                return
            if spares is not None and spares.is_spare(packet):
                continue
            try:
                pictures = packet.decode()
            except av.FFmpegError:
                self.n_damaged += 1
                pictures = []
            self.n_damaged += sum(picture.is_corrupt for picture in pictures)
            if spares is not None and self.n_damaged:
                spares.stop()  # the picture that was to be shown in its place may be lost
            yield from pictures

    @contextmanager
    def _opened(self) -> Iterator[tuple[InputContainer, VideoStream]]:
        """The file from its start, and its video stream."""
        file = self._given if self._given is not None else self._open_path()
        try:
            self._head = self._head_of(file)
            try:
                # Playlists may name other files and hosts: nothing but this file is read.
                container = av.open(  # type: ignore[call-overload]
                    _Nameless(file), mode="r", metadata_errors="replace",
                    options={"protocol_whitelist": "none"},
                    stream_options=[_BOUNDS] * _MAX_STREAMS,
                )  # fmt: skip
            except (av.FFmpegError, OSError, ValueError) as error:
                what = "is not a video or picture; give a recorded video such as .mp4 or .webm"
                if self._head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free"):
                    what = "is damaged, or its recording was not finished; copy it again"
                if type(error) is ValueError:  # how large its pictures are cannot be bounded
                    what = "is an MPEG program stream or Flash video; convert it to MP4"
                raise SourceError(f"{self._name}: {what}") from error
            with container:
                yield container, self._video_of(container)
        finally:
            if file is not self._given:
                file.close()

    def _open_path(self) -> BinaryIO:
        assert self._path is not None
        try:
            if not stat.S_ISREG(self._path.stat().st_mode):
                what = "a folder" if self._path.is_dir() else "not a file"
                raise SourceError(f"{self._path}: is {what}; name a recorded video")
            return self._path.open("rb")
        except (OSError, ValueError) as error:
            if isinstance(error, SourceError):
                raise
            what = f"cannot be opened ({_why(error)})"
            if isinstance(error, FileNotFoundError):
                what = "no such file; check the path"
            elif isinstance(error, PermissionError):
                what = "no permission to read it; change its rights or copy it"
            raise SourceError(f"{self._path}: {what}") from error

    def _head_of(self, file: BinaryIO) -> bytes:
        try:
            file.seek(0)
            head = file.read(_HEAD_BYTES)
            file.seek(0)
        except (OSError, ValueError, AttributeError) as error:
            raise SourceError(
                f"{self._name}: cannot be rewound ({_why(error)}); give a file that can be"
            ) from error
        if not head:
            raise SourceError(f"{self._name}: is empty; copy or record it again")
        if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
            raise SourceError(f"{self._name}: is a HEIC picture; save it as JPEG or PNG")
        return head

    def _video_of(self, container: InputContainer) -> VideoStream:
        cover = av.stream.Disposition.attached_pic
        streams = [s for s in container.streams.video if not s.disposition & cover]
        if not streams:
            what = "only sound" if container.streams.audio else "no pictures"
            raise SourceError(f"{self._name}: holds {what}; give a video")
        if streams[0].codec_context is None:
            raise SourceError(f"{self._name}: its video codec is unknown; convert it to H.264")
        streams[0].codec_context.options = _BOUNDS
        return streams[0]


class _Nameless:
    """A file without its name, which FFmpeg would read as a pattern, a protocol or a format."""

    def __init__(self, file: BinaryIO) -> None:
        self.read = file.read
        self.seek = file.seek
        self.tell = file.tell


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
