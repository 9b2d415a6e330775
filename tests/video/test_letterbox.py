"""Pictures of several shapes in one clip."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from formcheck.app.closer_look import list_losses
from formcheck.video.clip import Clip

Image = NDArray[np.uint8]
LIGHT = 200


def scene(width: int, height: int) -> Image:
    """Grey with a light disc in its middle."""
    image = np.full((height, width, 3), 90, np.uint8)
    cv2.circle(image, (width // 2, height // 2), height // 4, (LIGHT,) * 3, -1)
    return image


def in_bars(image: Image, width: int, height: int) -> Image:
    """A picture fitted into another shape by whoever recorded it."""
    share = min(width / image.shape[1], height / image.shape[0])
    size = round(image.shape[1] * share), round(image.shape[0] * share)
    canvas = np.zeros((height, width, 3), np.uint8)
    left, top = (width - size[0]) // 2, (height - size[1]) // 2
    canvas[top : top + size[1], left : left + size[0]] = cv2.resize(image, size)
    return canvas


def encode(path: Path, image: Image, start: int, n: int) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.height, stream.width = image.shape[:2]
        stream.pix_fmt, stream.options = "yuv420p", {"bf": "0"}
        for k in range(start, start + n):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = k, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def write(path: Path, *parts: tuple[Image, int]) -> Path:
    """Parts one after the other in a transport stream, so many pictures of each, ten a second."""
    data, start = b"", 0
    for k, (image, n) in enumerate(parts):
        data += encode(path.with_name(f"{k}.ts"), image, start, n).read_bytes()
        start += n
    path.write_bytes(data)
    return path


def measure_disc(image: Image) -> tuple[float, float, float]:
    """Centre and width of the light disc, as fractions of the picture's width and height."""
    y, x = np.nonzero(image[..., 0] > (90 + LIGHT) / 2)
    height, width = image.shape[:2]
    return float(x.mean() / width), float(y.mean() / height), float(np.ptp(x) / width)


WIDE, TALL, SQUARE, SMALL = (320, 180), (180, 320), (240, 240), (160, 90)


@pytest.mark.parametrize("other", [TALL, SQUARE, SMALL, (322, 182)])
@pytest.mark.parametrize("first", ["wide", "other"])
def test_pictures_of_another_shape_show_the_same_scene(
    tmp_path: Path, other: tuple[int, int], first: str
) -> None:
    wide, barred = scene(*WIDE), in_bars(scene(*WIDE), *other)
    parts = [(wide, 20), (barred, 8)]
    path = write(tmp_path / "v.ts", *(parts if first == "wide" else parts[::-1]))
    with Clip(path) as clip:
        list(clip.frames())
        assert clip.settle_shape() == (first == "other")
        frames = list(clip.frames(max_side_px=160))
        assert [note.code for note in list_losses(clip)] == ["shape_changed"]
    assert len(frames) == 28
    assert {frame.image.shape for frame in frames} == {(90, 160, 3)}
    expected = measure_disc(cv2.resize(wide, (160, 90)).astype(np.uint8))
    for frame in frames:
        assert measure_disc(frame.image) == pytest.approx(expected, abs=0.025)


def test_a_shape_without_bars_gets_them(tmp_path: Path) -> None:
    with Clip(write(tmp_path / "v.ts", (scene(*WIDE), 10), (scene(*TALL), 5))) as clip:
        last = list(clip.frames())[-1].image
        assert not clip.settle_shape()
    assert last.shape == (180, 320, 3)
    width = round(180 * 180 / 320)
    bar = (320 - width) // 2
    assert last[:, : bar - 3].max() < 10
    assert last[:, -bar + 3 :].max() < 10
    assert last[5:-5, bar + 5 : -bar - 5].min() > 60
    x, y, share = measure_disc(last)
    assert (x, y) == pytest.approx((0.5, 0.5), abs=0.01)
    assert share == pytest.approx(160 * 180 / 320 / 320, abs=0.03)


def test_one_shape_is_left_as_it_is(tmp_path: Path) -> None:
    with Clip(write(tmp_path / "v.ts", (in_bars(scene(*WIDE), *TALL), 5))) as clip:
        [frame, *_] = clip.frames()
        assert not clip.settle_shape()
        assert list_losses(clip) == ()
    assert frame.image.shape == (320, 180, 3)
    assert frame.image[:90].max() < 10
