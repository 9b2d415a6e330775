"""Pieces of a picture in which somebody far is found, and the window they are kept in."""

from __future__ import annotations

import numpy as np
import pytest

from formcheck.pose.far import (
    cut_frame,
    find_far,
    find_pose_box,
    frame_stay,
    is_small,
    is_worth_it,
    list_pieces,
    place_follow,
    place_pose,
)
from formcheck.pose.follow import Box
from formcheck.pose.people import Detection, Image
from formcheck.pose.track import Pose
from formcheck.video.frame import Frame
from tests.support.builders import kneeling_pose

SIZES = [(1920, 1080), (1080, 1920), (3840, 2160)]
SEEN_FROM = 0.24
"""Of a picture's side: a smaller person is not found by the detector here, nor surely by the real
one."""


def detect(image: Image) -> list[Detection]:
    """Everybody white who is large enough."""
    y, x = np.nonzero(image[:, :, 0] > 200)
    if not len(y) or max(np.ptp(x), np.ptp(y)) < SEEN_FROM * max(image.shape[:2]):
        return []
    box = np.array([x.min(), y.min(), x.max() + 1, y.max() + 1], float)
    return [Detection(box, 1.0)]


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("high", [150, 200, 300])
def test_somebody_far_is_found_wherever_they_are(width: int, height: int, high: int) -> None:
    rng = np.random.default_rng(width + high)
    for _ in range(4):
        left = int(rng.integers(0, width - high // 2))
        top = int(rng.integers(0, height - high))
        image = np.zeros((height, width, 3), np.uint8)
        image[top : top + high, left : left + high // 2] = 255
        assert high > SEEN_FROM * height or not detect(image), "else nothing is shown"
        boxes = find_far(image, list_pieces(width, height), detect)
        assert len(boxes) == 1
        window = frame_stay(boxes, width, height) or (0, 0, width, height)
        assert window[0] <= left < left + high // 2 <= window[2]
        assert window[1] <= top < top + high <= window[3]


def test_nobody_is_found_who_is_found_only_once() -> None:
    """A cushion passes for a person in a piece, but not when it is looked at nearer."""
    image = np.zeros((1080, 1920, 3), np.uint8)
    image[400:550, 600:675] = 255

    def mistake(part: Image) -> list[Detection]:
        return detect(part) if part.shape[0] == 540 else []

    assert find_far(image, list_pieces(1920, 1080), mistake) == []
    unsure = [Detection(np.array([0.0, 0, 90, 90]), 0.7)]
    assert find_far(image, list_pieces(1920, 1080), lambda _: unsure) == []


def test_a_large_person_and_a_small_picture_gain_nothing() -> None:
    assert not is_worth_it(960, 540)
    assert not is_worth_it(640, 1000)
    assert is_worth_it(1920, 1080)
    assert is_worth_it(1080, 1920)
    box = np.array([900.0, 300, 1000, 550])
    assert is_small(box, 1920, 1080)
    assert not is_small(box, 960, 540)
    assert not is_small(box * 2, 1920, 1080)


def test_a_window_has_room_and_ends_with_the_picture() -> None:
    assert frame_stay([np.array([800.0, 500, 850, 650])], 1920, 1080) == (650, 350, 1000, 800)
    assert frame_stay([np.array([10.0, 900, 60, 1050])], 1920, 1080) == (0, 750, 210, 1080)
    walks: list[Box] = [np.array([x, 500.0, x + 50, 650]) for x in np.arange(0.0, 1800, 20)]
    assert frame_stay(walks, 1920, 1080) is None
    strays = [*[np.array([800.0, 500, 850, 650])] * 30, np.array([0.0, 0, 50, 150])]
    assert frame_stay(strays, 1920, 1080) == (650, 350, 1000, 800)


def test_a_pose_is_put_where_it_is_in_the_whole_picture() -> None:
    pose, window = kneeling_pose(), (650, 350, 1000, 800)
    frame = Frame(np.zeros((1080, 1920, 3), np.uint8), 1.0, 0)
    frame.image[400, 700] = 255
    shown = cut_frame(frame, window)
    assert (shown.width_px, shown.height_px, shown.time_s) == (350, 450, 1.0)
    assert shown.image[50, 50].tolist() == [255] * 3
    placed = place_pose(pose, window)
    np.testing.assert_allclose(placed.xy_px - pose.xy_px, np.full((33, 2), [650, 350]))
    box = find_pose_box(placed)
    assert box is not None
    assert box.tolist() == [*placed.xy_px.min(axis=0), *placed.xy_px.max(axis=0)]
    assert find_pose_box(Pose.missing(0.0)) is None


def test_who_is_meant_stays_so_in_a_window() -> None:
    window = (480, 270, 960, 810)
    assert place_follow("left", window, 1920, 1080) == "left"
    assert place_follow((0.375, 0.5), window, 1920, 1080) == pytest.approx((0.5, 0.5))
    assert place_follow((0.0, 1.0), window, 1920, 1080) == (0.0, 1.0)
