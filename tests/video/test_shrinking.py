"""Pictures shrunk as they are converted: the colours stay what they were."""

from __future__ import annotations

from itertools import product

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

from formcheck.video.metadata import Facts

UPRIGHT = (False, False, False)


def paint(width: int, height: int, seed: int = 5) -> NDArray[np.uint8]:
    """Soft shapes of many colours, with grain, BGR."""
    print(f"seed {seed}")
    rng = np.random.default_rng(seed)
    coarse = rng.integers(30, 226, (9, 16, 3)).astype(np.uint8)
    soft = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.int16)
    grain = rng.integers(-15, 16, (height, width, 1))
    return np.asarray(np.clip(soft + grain, 0, 255), np.uint8)


@pytest.mark.parametrize("size", [(2560, 1440), (1280, 720), (2561, 1441)])
@pytest.mark.parametrize("kind", ["yuv420p", "yuv444p", "yuv420p10le"])
@pytest.mark.parametrize(
    ("space", "reach"),
    list(product([Colorspace.ITU601, Colorspace.ITU709], [ColorRange.MPEG, ColorRange.JPEG])),
)
def test_a_shrunk_picture_looks_the_same(
    size: tuple[int, int], kind: str, space: int, reach: int
) -> None:
    image = paint(*size)
    picture = VideoReformatter().reformat(
        av.VideoFrame.from_ndarray(image, format="bgr24"),
        format=kind, dst_colorspace=space, dst_color_range=reach,
    )  # fmt: skip
    facts = Facts(size, UPRIGHT, 1.0, 1, False, 0.0, size)
    shrunk = facts.upright(picture, 640, VideoReformatter()).astype(np.int16)
    off = shrunk - cv2.resize(image, (640, 360), interpolation=cv2.INTER_AREA)
    # FFmpeg's way to RGB is up to 1.5 of 255 off by itself; other colours would be ten off.
    assert np.abs(off.mean(axis=(0, 1))).max() < 2.5
    assert np.abs(off).mean() < 2.5
