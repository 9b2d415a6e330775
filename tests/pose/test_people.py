"""Everybody in a picture: the detector here sees only who is large in what it is shown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from formcheck.pose.follow import Box
from formcheck.pose.people import Detection, Image, find_people, frame_person, list_windows

GROUND, PAINT = 90, 128
HIGHEST = 0.28
"""Of a picture's longer side: a smaller person is not seen by the detector here."""


def draw(width: int, height: int, boxes: Sequence[Sequence[int]]) -> Image:
    """Each person is a plain rectangle of their own colour."""
    image = np.full((height, width, 3), GROUND, np.uint8)
    for k, (left, top, right, bottom) in enumerate(boxes):
        image[top:bottom, left:right] = 200 + k
    return image


def detect(image: Image, presence: float = 1.0) -> list[Detection]:
    """The largest person who is large enough, as MediaPipe lets go of the smaller one."""
    found: list[Box] = []
    for colour in range(200, 206):
        y, x = np.nonzero(image[:, :, 0] == colour)
        if len(y):
            box = np.array([x.min(), y.min(), x.max() + 1, y.max() + 1], float)
            if max(box[2:] - box[:2]) >= HIGHEST * max(image.shape[:2]):
                found.append(box)
    found.sort(key=lambda box: -float(np.prod(box[2:] - box[:2])))
    return [Detection(box, presence) for box in found[:1]]


def lists(boxes: Sequence[Box]) -> list[list[int]]:
    return [[round(v) for v in box] for box in boxes]


@pytest.mark.parametrize(
    ("size", "people", "n_near"),
    [
        ((640, 360), [(100, 60, 200, 340), (450, 200, 520, 320)], 1),
        ((1280, 360), [(200, 40, 320, 340), (900, 100, 1000, 330)], 2),
        ((360, 640), [(100, 300, 220, 600), (150, 60, 210, 180)], 1),
        ((640, 360), [(140, 120, 190, 240), (450, 120, 500, 225)], 2),
        ((640, 360), [(100, 60, 200, 340)], 0),
        ((640, 360), [], 0),
        ((400, 400), [(50, 50, 150, 350)], 0),
    ],
)  # fmt: skip
def test_all_are_found_the_largest_first(
    size: tuple[int, int], people: list[tuple[int, int, int, int]], n_near: int
) -> None:
    found = find_people(draw(*size, people), detect)
    assert lists(found.boxes) == [list(box) for box in people]
    assert len(found.near) == n_near
    assert sum(found.is_near(box) for box in found.boxes) == n_near


def test_one_person_at_the_edge_of_two_squares_is_one() -> None:
    found = find_people(draw(640, 360, [(250, 200, 375, 300)]), detect)
    assert lists(found.boxes) == [[250, 200, 375, 300]]


@pytest.mark.parametrize("why", ["not sure", "once and not again", "far away"])
def test_what_may_be_nobody_is_not_counted(why: str) -> None:
    small = (480, 200, 530, 235) if why == "far away" else (480, 200, 530, 320)
    image = draw(640, 360, [(100, 20, 220, 350), small])
    n_looks = 0

    def doubt(part: Image) -> list[Detection]:
        nonlocal n_looks
        n_looks += 1
        whole = part.shape == image.shape
        if why == "not sure":
            return detect(part, 1.0 if whole else 0.8)
        if why == "once and not again" and not whole and part.shape[0] < 360:
            return []
        return detect(part)

    found = find_people(image, doubt)
    assert lists(found.boxes) == [[100, 20, 220, 350]]
    assert found.near == []
    assert n_looks >= 3


@pytest.mark.parametrize("size", [(640, 360), (1280, 360), (360, 640), (337, 640), (361, 360)])
def test_squares_cover_all_of_a_picture(size: tuple[int, int]) -> None:
    seen = np.zeros(size[::-1], bool)
    for left, top, right, bottom in list_windows(*size):
        assert right - left == bottom - top == min(size)
        assert min(left, top) >= 0
        seen[top:bottom, left:right] = True
    assert seen.all()


def test_a_square_about_a_person_stays_in_the_picture() -> None:
    image = draw(1280, 360, [])
    assert frame_person(np.array([0.0, 100, 60, 300]), image) == (0, 0, 360, 360)
    assert frame_person(np.array([600.0, 100, 700, 300]), image) == (470, 0, 830, 360)
    assert frame_person(np.array([1200.0, 100, 1280, 300]), image) == (920, 0, 1280, 360)
