"""Frames read ahead are the same frames, and nobody reads on once they are given up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from formcheck.errors import SourceError
from formcheck.video.clip import N_AHEAD, Clip, read_ahead
from formcheck.video.frame import Frame

IMAGE = np.zeros((2, 2, 3), np.uint8)


class Endless:
    """Frames for ever, counted."""

    def __init__(self) -> None:
        self.n = 0

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        self.n += 1
        return Frame(IMAGE, float(self.n), self.n)


def test_the_same_frames_in_order(samples: Path) -> None:
    with Clip(samples / "half-kneeling_tuck.mp4") as clip:
        plain = [(f.time_s, int(f.image.sum())) for f in clip.frames(max_side_px=64)]
        ahead = [(f.time_s, int(f.image.sum())) for f in read_ahead(clip.frames(max_side_px=64))]
    assert len(plain) > 100
    assert ahead == plain


def test_what_goes_wrong_is_raised_here_after_what_was_whole() -> None:
    def fail() -> Iterator[Frame]:
        yield Frame(IMAGE, 0.0, 0)
        raise SourceError("v.mp4", "reading stopped")

    frames = read_ahead(fail())
    assert next(frames).index == 0
    with pytest.raises(SourceError, match="reading stopped"):
        next(frames)


def test_nobody_reads_on_once_given_up() -> None:
    source = Endless()
    frames = read_ahead(source)
    assert [next(frames).index for _ in range(3)] == [1, 2, 3]
    frames.close()
    assert source.n <= 3 + N_AHEAD + 2
    assert "decoder" not in {thread.name for thread in threading.enumerate()}
