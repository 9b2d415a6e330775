"""One short clip in every format that is abused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from tests.support.media import read_frames, write_clip

Image = NDArray[np.uint8]
FRAME_S: Final = 1 / 15
_BEGINS_S, _ENDS_S = 2.5, 7.3
_STILL: Final = 64
"""Of the base clip: the knee is too far, all else is well, whether saved as JPEG or PNG."""


def make_base(folder: Path, samples: Path) -> Path:
    """Nearly five seconds, with sound, in a picture of half the size."""
    frames = read_frames(samples / "half-kneeling_knee-lean.mp4", _BEGINS_S, _ENDS_S)
    small = ((time_s, _halve(image)) for time_s, image in frames)
    return write_clip(folder / "base.mp4", small, with_audio=True)


def _halve(image: Image) -> Image:
    size = image.shape[1] // 2, image.shape[0] // 2
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def read_images(clip: Path) -> list[Image]:
    """All pictures of a clip."""
    return [image for _, image in read_frames(clip, 0.0, 1e9)]


def encode(
    path: Path,
    images: Iterable[Image],
    codec: str,
    pix_fmt: str,
    form: str | None = None,
    options: dict[str, str] | None = None,
    rate: int = 15,
) -> Path:
    """Write pictures one after the other at a constant rate."""
    with av.open(str(path), "w", format=form) as container:
        stream = container.add_stream(codec, rate=rate, options=options)
        assert isinstance(stream, VideoStream)
        stream.bit_rate = 1_500_000
        for k, image in enumerate(images):
            if k == 0:
                stream.height, stream.width = image.shape[:2]
                stream.pix_fmt = pix_fmt
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = k, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def copy_clip(clip: Path, to: Path, options: dict[str, str] | None = None) -> Path:
    """The same packets in another container."""
    with av.open(str(clip)) as source, av.open(str(to), "w", options=options or {}) as target:
        streams = {
            one.index: target.add_stream_from_template(one)
            for one in (*source.streams.video, *source.streams.audio)
        }
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream_index]
                target.mux(packet)
    return to


def write_picture(path: Path, image: Image) -> Path:
    ok, data = cv2.imencode(path.suffix, image)
    assert ok
    path.write_bytes(data.tobytes())
    return path


Make = Callable[[Path, Path], Path]


def _mp4(base: Path, folder: Path) -> Path:
    return base


def _mp4_index_first(base: Path, folder: Path) -> Path:
    return copy_clip(base, folder / "fast.mp4", {"movflags": "+faststart"})


def _mkv(base: Path, folder: Path) -> Path:
    return copy_clip(base, folder / "base.mkv")


def _webm(base: Path, folder: Path) -> Path:
    options = {"deadline": "realtime", "cpu-used": "8"}
    return encode(folder / "base.webm", read_images(base), "libvpx", "yuv420p", options=options)


def _avi(base: Path, folder: Path) -> Path:
    return encode(folder / "base.avi", read_images(base), "mpeg4", "yuv420p")


def _ts(base: Path, folder: Path) -> Path:
    return encode(folder / "base.ts", read_images(base), "libx264", "yuv420p", form="mpegts")


def _gif(base: Path, folder: Path) -> Path:
    return encode(folder / "base.gif", read_images(base)[::3], "gif", "rgb8", rate=5)


def _jpg(base: Path, folder: Path) -> Path:
    return write_picture(folder / "base.jpg", read_images(base)[_STILL])


def _png(base: Path, folder: Path) -> Path:
    return write_picture(folder / "base.png", read_images(base)[_STILL])


KINDS: Final[dict[str, tuple[Make, int]]] = {
    "mp4": (_mp4, 110),
    "mp4, index first": (_mp4_index_first, 60),
    "mkv": (_mkv, 80),
    "webm": (_webm, 80),
    "avi": (_avi, 70),
    "ts": (_ts, 50),
    "gif": (_gif, 40),
    "jpg": (_jpg, 40),
    "png": (_png, 40),
}
"""How each is made of the base clip, and how many cases of it there are: 570 together."""
