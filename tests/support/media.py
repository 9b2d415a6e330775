"""Clips and files made to order, mostly bad ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Images = Iterable[tuple[float, NDArray[np.uint8]]]


def read_frames(clip: Path, start_s: float, end_s: float) -> list[tuple[float, NDArray[np.uint8]]]:
    """Frames of a clip as (seconds from ``start_s``, BGR)."""
    frames = []
    with av.open(str(clip)) as container:
        for frame in container.decode(video=0):
            time_s = float(frame.time or 0.0)
            if start_s <= time_s < end_s:
                image = frame.to_ndarray(format="bgr24").astype(np.uint8, copy=False)
                frames.append((time_s - start_s, image))
    return frames


def write_clip(path: Path, frames: Images, *, with_audio: bool = False) -> Path:
    """Write frames at their times as H.264."""
    with av.open(str(path), "w") as container:
        stream = None
        for time_s, image in frames:
            if stream is None:
                stream = container.add_stream("libx264", rate=30)
                stream.height, stream.width = image.shape[:2]
                stream.pix_fmt = "yuv420p" if min(image.shape[:2]) > 1 else "yuv444p"
                stream.codec_context.time_base = Fraction(1, 90000)
                audio = container.add_stream("aac", rate=44100) if with_audio else None
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = round(time_s * 90000), Fraction(1, 90000)
            container.mux(stream.encode(frame))
        if stream is None:
            raise ValueError("no frames")
        container.mux(stream.encode())
        if audio is not None:
            for k in range(20):
                sound = av.AudioFrame.from_ndarray(
                    np.zeros((1, 1024), np.float32), format="fltp", layout="mono"
                )
                sound.sample_rate, sound.pts = 44100, 1024 * k
                sound.time_base = Fraction(1, 44100)
                container.mux(audio.encode(sound))
            container.mux(audio.encode())
    return path


def plain(width: int, height: int, n: int, rate_hz: float = 15.0) -> Images:
    """Grey frames with nobody in them."""
    for k in range(n):
        yield k / rate_hz, np.full((height, width, 3), 120, np.uint8)


def write_audio_only(path: Path) -> Path:
    """A file with sound and no pictures."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        for k in range(20):
            frame = av.AudioFrame.from_ndarray(
                np.zeros((1, 1024), np.float32), format="fltp", layout="mono"
            )
            frame.sample_rate, frame.pts, frame.time_base = 44100, 1024 * k, Fraction(1, 44100)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


Make = Callable[[Path, Path], Path]
"""A folder and a good clip to the path of a bad one."""


def make_empty(folder: Path, _: Path) -> Path:
    path = folder / "empty.mp4"
    path.touch()
    return path


def make_truncated(folder: Path, clip: Path) -> Path:
    """Cut before the index, which these clips have at the end: nothing can be decoded."""
    path = folder / "cut.mp4"
    path.write_bytes(clip.read_bytes()[:3000])
    return path


def make_text(folder: Path, _: Path) -> Path:
    path = folder / "notes.mp4"
    path.write_text("this is not a video\n" * 100)
    return path


def make_folder(folder: Path, _: Path) -> Path:
    path = folder / "folder.mp4"
    path.mkdir()
    return path


def make_audio(folder: Path, _: Path) -> Path:
    return write_audio_only(folder / "sound.m4a")


def make_missing(folder: Path, _: Path) -> Path:
    return folder / "missing.mp4"


BAD: dict[str, tuple[Make, str]] = {
    "missing": (make_missing, "no such file"),
    "empty": (make_empty, "empty"),
    "truncated": (make_truncated, "cut.mp4"),
    "not a video": (make_text, "not a video"),
    "a folder": (make_folder, "folder"),
    "audio only": (make_audio, "only sound"),
}
"""Kind of bad clip to how it is made and a word that its message must have."""
