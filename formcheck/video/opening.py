"""A file opened for reading, whatever it turns out to be, and the video stream in it."""

from __future__ import annotations

import io
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import av
import numpy as np

from formcheck.errors import SourceError
from formcheck.files import spell_out

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

MAX_MPX: Final = 128
_MAX_PIXELS: Final = MAX_MPX * 1_000_000
BOUNDS: Final = {"max_pixels": str(_MAX_PIXELS)}
"""More than any phone's pictures, and still no gigabyte: a small file can claim any size."""
_MAX_STREAMS: Final = 8
_HEAD_BYTES: Final = 1 << 18
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_MAX_PNG_BYTES: Final = 4 * _MAX_PIXELS
_JPEG: Final = b"\xff\xd8\xff"
"""A photo, or a film made of JPEG pictures: FFmpeg mistakes either for the other."""
_SEVERAL_IN_ONE: Final = b"MPF\0"
"""In photos with further pictures behind them: previews, a second eye, brightness."""

_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis"})
_ANY_CODEC: Final = b"mif1"
_OTHER_CODEC: Final = b"avif"
"""FFmpeg reads these itself."""


class ClipFile:
    """A path, or a seekable binary file, that is read from its start as often as it is opened.

    A file object stays open. ``name`` is what messages call it; None for the file's own.
    """

    def __init__(self, source: str | Path | BinaryIO, name: str | None) -> None:
        self.path: Path | None = None
        """None for a file object."""
        self.head = b""
        """The first bytes of what FFmpeg reads, once it has been opened."""
        self._given: BinaryIO | None = None
        self._format: str | None = None
        self._converted: bytes | None = None
        if isinstance(source, str | Path):
            self.path = Path(source)
            called = name or self.path.name or str(source)
        else:
            self._given = source
            given_name = getattr(source, "name", None)
            called = name or (Path(given_name).name if isinstance(given_name, str) else "clip")
        self.name = spell_out(called)

    @contextmanager
    def open(self) -> Iterator[tuple[InputContainer, VideoStream]]:
        """The file from its start, and its video stream.

        Raises:
            SourceError: it does not exist, is empty, a folder, not readable, or not a video.
        """
        file = self._given if self._given is not None else self._open_path()
        try:
            self.head = self._read_head(file)
            with self._open_container(self._find_pictures(file), self._format) as container:
                yield container, self._choose_track(container)
        finally:
            if file is not self._given:
                file.close()

    def _find_pictures(self, file: BinaryIO) -> BinaryIO:
        """What FFmpeg is given: the file, or a version of it that FFmpeg can read."""
        if is_heic(self.head):
            if self._converted is None:
                self._converted = convert_heic(file, self.name, _MAX_PIXELS)
            # It is upright already: no tag of the file's may turn it once more.
            self.head = self._converted[:_HEAD_BYTES]
            return io.BytesIO(self._converted)
        if self.head.startswith(_PNG):
            return self._drop_profile(file)
        if self._format is None and self.head.startswith(_JPEG):
            self._format = "mjpeg" if self._is_film(file) else "jpeg_pipe"
        return file

    def _drop_profile(self, file: BinaryIO) -> BinaryIO:
        """A PNG without its colour profile: it is unused, and a damaged one hides the picture."""
        at = len(_PNG)
        while (kind := self.head[at + 4 : at + 8]) not in (b"IDAT", b""):
            end = at + 12 + int.from_bytes(self.head[at : at + 4], "big")
            if kind == b"iCCP":
                whole = file.read(_MAX_PNG_BYTES)
                return io.BytesIO(whole[:at] + whole[end:])
            at = end
        return file

    def _is_film(self, file: BinaryIO) -> bool:
        """Whether two JPEG pictures of one size follow each other, not a photo's own appendages."""
        if _SEVERAL_IN_ONE in self.head:
            return False
        try:
            with self._open_container(file, "mjpeg") as container:
                stream = self._choose_track(container)
                stream.thread_type = "NONE"
                sizes = [(one.width, one.height) for one in islice(container.decode(stream), 2)]
        except (av.FFmpegError, SourceError):
            return False
        finally:
            file.seek(0)
        return len(sizes) == 2 and sizes[0] == sizes[1]

    def _open_container(self, file: BinaryIO, form: str | None) -> InputContainer:
        try:
            # Playlists may name other files and hosts: nothing but this file is read.
            return av.open(  # type: ignore[call-overload, no-any-return]
                _Nameless(file), mode="r", format=form, metadata_errors="replace",
                options={"protocol_whitelist": "none"}, stream_options=[BOUNDS] * _MAX_STREAMS,
            )  # fmt: skip
        except (av.FFmpegError, OSError, ValueError) as error:
            what = "is not a video or picture", "give a recorded video such as .mp4 or .webm"
            if self.head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free"):
                what = "is damaged, or its recording was not finished", "copy it again"
            if type(error) is ValueError:  # how large its pictures are cannot be bounded
                what = "is an MPEG program stream or Flash video", "convert it to MP4"
            raise SourceError(self.name, *what) from error

    def _open_path(self) -> BinaryIO:
        assert self.path is not None
        try:
            if not stat.S_ISREG(self.path.stat().st_mode):
                what = "a folder" if self.path.is_dir() else "not a file"
                raise SourceError(self.path, f"is {what}", "give a recorded video")
            return self.path.open("rb")
        except (OSError, ValueError) as error:
            if isinstance(error, SourceError):
                raise
            problem, advice = f"cannot be opened ({tell_why(error)})", None
            if isinstance(error, FileNotFoundError):
                problem, advice = "no such file", "check the path"
            elif isinstance(error, PermissionError):
                problem, advice = "no permission to read it", "change its permissions, or copy it"
            raise SourceError(self.path, problem, advice) from error

    def _read_head(self, file: BinaryIO) -> bytes:
        try:
            file.seek(0)
            head = file.read(_HEAD_BYTES)
            file.seek(0)
        except (OSError, ValueError, AttributeError) as error:
            raise SourceError(
                self.name, f"cannot be rewound ({tell_why(error)})", "give a file that can be"
            ) from error
        if not head:
            raise SourceError(self.name, "is empty", "copy or record it again")
        return head

    def _choose_track(self, container: InputContainer) -> VideoStream:
        """The default video track; a cover picture does not count."""
        kinds = av.stream.Disposition
        tracks = [s for s in container.streams.video if not s.disposition & kinds.attached_pic]
        if not tracks:
            what = "only sound" if container.streams.audio else "no pictures"
            raise SourceError(self.name, f"holds {what}", "give a video")
        track = next((s for s in tracks if s.disposition & kinds.default), tracks[0])
        if track.codec_context is None:
            raise SourceError(self.name, "its video codec is unknown", "convert it to H.264")
        track.codec_context.options = BOUNDS
        return track


class _Nameless:
    """A file without its name, which FFmpeg would take for a pattern, a protocol or a format."""

    def __init__(self, file: BinaryIO) -> None:
        self.read = file.read
        self.seek = file.seek
        self.tell = file.tell


def tell_why(error: Exception) -> str:
    """The reason in an error, without error numbers and file names."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def is_heic(head: bytes) -> bool:
    """Whether a file that begins like this is a HEIC picture."""
    if head[4:8] != b"ftyp":
        return False
    length = int.from_bytes(head[:4], "big")
    brands = {head[at : at + 4] for at in range(8, min(length, len(head)), 4)}
    return bool(brands & _BRANDS) or (head[8:12] == _ANY_CODEC and _OTHER_CODEC not in brands)


def convert_heic(file: BinaryIO, name: str, max_pixels: int) -> bytes:
    """The main picture of a HEIC file, upright, as a PPM.

    A SourceError if it has more than ``max_pixels``, before it is decoded, or cannot be decoded.
    """
    import pillow_heif  # 27 MB, for these files alone

    try:
        picture = pillow_heif.open_heif(file)
        width, height = picture.size
        if width * height <= max_pixels:
            image = np.asarray(picture, np.uint8)
    except Exception as error:  # the library raises whatever Pillow does, and more
        raise SourceError(
            name, "is a HEIC picture that cannot be decoded", "save it as JPEG or PNG"
        ) from error
    if width * height > max_pixels:
        what = f"has over {max_pixels // 1_000_000} megapixels"
        raise SourceError(name, what, "make it smaller")
    if image.ndim == 2:
        image = np.repeat(image[..., None], 3, axis=2)
    data = io.BytesIO()
    data.write(f"P6\n{width} {height}\n255\n".encode())
    data.write(np.ascontiguousarray(image[..., :3]).tobytes())
    return data.getvalue()
