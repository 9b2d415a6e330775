"""What waits, in half the memory where it can, is to the bit what would have been seen at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from formcheck.video.clip import Clip
from formcheck.video.metadata import Facts
from formcheck.video.orientation import Turn
from tests.support import media
from tests.video.test_halving import UPRIGHT, paint, show


def decoded(kind: str, size: tuple[int, int], turn: Turn = UPRIGHT) -> tuple[Facts, VideoFrame]:
    """A picture as a decoder gives it, and what is known of its clip."""
    picture = show(paint(*size), kind, Colorspace.ITU709, ColorRange.UNSPECIFIED)
    return Facts(size, turn, 1.0, 1, False, 0.0, size, kind), picture


@pytest.mark.parametrize("turn", [UPRIGHT, (True, True, False), (False, True, True)])
@pytest.mark.parametrize("size", [(1280, 720), (640, 480), (960, 540), (1278, 718), (45, 999)])
@pytest.mark.parametrize("kind", ["yuv420p", "yuvj420p", "yuv444p", "yuv420p10le", "rgb24", "gray"])
def test_it_is_the_same_picture(kind: str, size: tuple[int, int], turn: Turn) -> None:
    facts, picture = decoded(kind, size, turn)
    for side_px in (640, None):
        direct = facts.upright(picture, side_px, VideoReformatter())
        packed = facts.pack(picture, side_px, VideoReformatter())
        np.testing.assert_array_equal(facts.upright(packed, side_px, VideoReformatter()), direct)
        n_bytes = sum(plane.buffer_size for plane in packed.planes)
        # Rows end with some bytes of no use.
        assert facts.packs_small(side_px) == (n_bytes < 0.62 * direct.nbytes)


@pytest.mark.parametrize(
    ("kind", "size", "is_small"),
    [
        ("yuv420p", (1280, 720), True), ("yuvj420p", (720, 1280), True),
        ("yuv420p", (640, 360), True), ("yuv420p", (480, 640), True),
        ("yuv420p", (1920, 1080), False), ("yuv420p", (960, 540), False),
        ("yuv420p10le", (1280, 720), False), ("rgb24", (640, 360), False),
        ("yuv420p", (1280, 718), False),
    ],
)  # fmt: skip
def test_it_is_small_where_colours_are_already(
    kind: str, size: tuple[int, int], is_small: bool
) -> None:
    facts, _ = decoded(kind, size)
    assert facts.packs_small(640) == is_small


def test_stretched_pictures_are_not_taken_for_small_ones() -> None:
    _, picture = decoded("yuv420p", (480, 360))
    facts = Facts((640, 360), UPRIGHT, 1.0, 1, False, 0.0, (480, 360), "yuv420p")
    assert not facts.packs_small(640)
    packed = facts.pack(picture, 640, VideoReformatter())
    assert facts.upright(packed, 640, VideoReformatter()).shape == (360, 640, 3)


@pytest.mark.parametrize("size", [(1280, 720), (960, 540)])
def test_the_frames_of_a_clip_come_packed_too(
    samples: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    frames = media.read_frames(samples / "childs-pose_good.mp4", 0.0, 1.0)
    clip = Clip(media.write_clip(tmp_path / "a.mp4", frames))
    side_px = clip.width_px * 640 // size[0]
    direct = list(clip.frames(max_side_px=side_px, rate_hz=10))
    packed = list(clip.packed_frames(max_side_px=side_px, rate_hz=10))
    assert len(packed) == len(direct) > 5
    assert clip.packs_small(side_px) == (size == (1280, 720))
    for one, other in zip(direct, packed, strict=True):
        again = other.unpack()
        assert (one.time_s, one.index) == (again.time_s, again.index)
        np.testing.assert_array_equal(one.image, again.image)
    with pytest.raises(ValueError, match="max_side_px"):
        clip.packed_frames(max_side_px=0)


def test_several_threads_may_unpack_one_frame(samples: Path) -> None:
    """The last frames of a part are the first of the next."""
    clip = Clip(samples / "childs-pose_good.mp4")
    packed = next(iter(clip.packed_frames(max_side_px=480)))
    image = packed.unpack().image
    with ThreadPoolExecutor(4) as pool:
        found = [pool.submit(packed.unpack) for _ in range(400)]
        for one in found:
            np.testing.assert_array_equal(one.result().image, image)
