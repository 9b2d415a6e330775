"""Large pictures are halved first: nothing that is seen may change by it."""

from __future__ import annotations

from itertools import product

import av
import cv2
import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

from formcheck.video.halving import halve
from formcheck.video.metadata import Facts
from formcheck.video.orientation import Turn

UPRIGHT: Turn = (False, False, False)
SIZE = (2560, 1440)


def paint(width: int, height: int, seed: int = 5) -> NDArray[np.uint8]:
    """Soft shapes of many colours, with grain, BGR."""
    print(f"seed {seed}")
    rng = np.random.default_rng(seed)
    coarse = rng.integers(30, 226, (9, 16, 3)).astype(np.uint8)
    soft = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.int16)
    grain = rng.integers(-15, 16, (height, width, 1))
    return np.asarray(np.clip(soft + grain, 0, 255), np.uint8)


def show(image: NDArray[np.uint8], kind: str, space: int, reach: int) -> VideoFrame:
    """A picture as a decoder gives it."""
    frame = av.VideoFrame.from_ndarray(image, format="bgr24")
    return VideoReformatter().reformat(
        frame, format=kind, dst_colorspace=space, dst_color_range=reach
    )


def shrink(picture: VideoFrame, side_px: int) -> NDArray[np.int16]:
    size = (picture.width, picture.height)
    facts = Facts(size, UPRIGHT, 1.0, 1, False, 0.0, size, picture.format.name)
    return facts.upright(picture, side_px, VideoReformatter()).astype(np.int16)


@pytest.mark.parametrize(
    ("space", "reach"),
    list(product([Colorspace.ITU601, Colorspace.ITU709], [ColorRange.MPEG, ColorRange.JPEG])),
)
def test_a_halved_picture_looks_the_same(space: int, reach: int) -> None:
    image = paint(*SIZE)
    for kind in ("yuv420p", "yuv444p"):
        picture = show(image, kind, space, reach)
        assert (halve(picture) is picture) == (kind == "yuv444p")
        off = shrink(picture, 640) - cv2.resize(image, (640, 360), interpolation=cv2.INTER_AREA)
        # FFmpeg's way to RGB is up to 1.5 of 255 off by itself; other colours would be ten off.
        assert np.abs(off.mean(axis=(0, 1))).max() < 2.5
        assert np.abs(off).mean() < 2.5


def test_each_sample_is_the_mean_of_four() -> None:
    picture = show(paint(*SIZE), "yuv420p", Colorspace.ITU709, ColorRange.MPEG)
    luma, half = (one.to_ndarray()[: one.height] for one in (picture, halve(picture)))
    means = luma.reshape(720, 2, 1280, 2).mean(axis=(1, 3))
    assert np.abs(half - means).max() <= 0.5
    assert halve(picture).colorspace == Colorspace.ITU709


def test_only_what_is_shrunk_to_a_half_is_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    halved: list[VideoFrame] = []

    def note(picture: VideoFrame) -> VideoFrame:
        halved.append(picture)
        return halve(picture)

    monkeypatch.setattr("formcheck.video.metadata.halve", note)
    picture = show(paint(*SIZE), "yuv420p", Colorspace.ITU709, ColorRange.MPEG)
    shrink(picture, 1281)
    assert not halved
    shrink(picture, 1280)
    assert halved == [picture]


@pytest.mark.parametrize("size", [(2562, 1440), (2560, 1442), (2561, 1441)])
def test_what_cannot_be_halved_is_shrunk_all_the_same(size: tuple[int, int]) -> None:
    picture = show(paint(*size), "yuv420p", Colorspace.ITU709, ColorRange.MPEG)
    assert halve(picture) is picture
    assert shrink(picture, 640).shape == (360, 640, 3)
