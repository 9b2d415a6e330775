"""Whom to follow, as it is said, and who that is among several."""

from __future__ import annotations

import numpy as np
import pytest

from formcheck.pose.follow import Box, Follow, choose_box, mirror_follow, read_follow
from formcheck.pose.people import LOOK_EVERY_S, Company

SIZE = (640, 360)
BOXES = [
    np.array(box, float) for box in ((300, 40, 420, 340), (30, 150, 100, 340), (500, 100, 560, 330))
]
"""The largest in the middle, one to its left, one to its right."""


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("left", "left"), ("right", "right"), ("largest", "largest"), ("0.3,0.6", (0.3, 0.6)),
        (" .5 , 1 ", (0.5, 1.0)), ("0,0", (0.0, 0.0)), ((0.3, 0.6), (0.3, 0.6)),
        ([1, 0], (1.0, 0.0)),
    ],
)  # fmt: skip
def test_what_is_said_is_read(given: object, read: Follow) -> None:
    assert read_follow(given) == read


@pytest.mark.parametrize(
    "given", ["", "middle", "0.3", "0.3,1.2", "-0.1,0.5", "30,60", "nan,0", (1, 2, 3), None]
)
def test_what_means_nobody_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match=r"give left, right, largest, or a point as X,Y"):
        read_follow(given)


@pytest.mark.parametrize(
    ("follow", "who"),
    [("largest", 0), ("left", 1), ("right", 2), ((0.1, 0.8), 1), ((0.9, 0.1), 2), ((0.5, 0.5), 0)],
)
def test_who_is_meant_among_three(follow: Follow, who: int) -> None:
    assert choose_box(BOXES, follow, *SIZE) == who
    mirrored = [box * [-1, 1, -1, 1] + [640, 0, 640, 0] for box in BOXES]
    mirrored = [box[[2, 1, 0, 3]] for box in mirrored]
    assert choose_box(mirrored, mirror_follow(follow), *SIZE) == who


def test_a_point_in_two_boxes_means_who_has_it_nearer_to_the_middle() -> None:
    boxes = [np.array([0.0, 0, 300, 300]), np.array([200.0, 100, 300, 300])]
    assert choose_box(boxes, (250 / 640, 200 / 360), *SIZE) == 1
    assert choose_box(boxes, (210 / 640, 110 / 360), *SIZE) == 0


@pytest.mark.parametrize(("follow", "who"), [("largest", 0), ("left", 1), ((0.85, 0.6), 2)])
def test_who_is_meant_and_comes_late_is_followed_once_steady(follow: Follow, who: int) -> None:
    first = next(k for k in range(3) if k != who)
    company = Company(follow)
    assert company.see([BOXES[first]], 0.0, SIZE) is BOXES[first]
    company.follow(BOXES[first], 0.0)
    for k in (1, 2):
        assert company.see(BOXES, k * LOOK_EVERY_S, SIZE) is None
    assert company.see(BOXES, 3 * LOOK_EVERY_S, SIZE) is BOXES[who]


def test_who_passes_on_the_left_is_not_followed() -> None:
    company = Company("left")
    company.see([BOXES[0]], 0.0, SIZE)
    company.follow(BOXES[0], 0.0)
    for time_s, people in ((2.0, BOXES), (4.0, BOXES[:1]), (6.0, BOXES), (8.0, BOXES[:1])):
        assert company.see(people, time_s, SIZE) is None


HERE, FRONT = np.array([200.0, 100, 400, 340]), np.array([260.0, 20, 380, 350])
"""Somebody kneels, and somebody walks in front of them."""
TORSO = (300.0, 150.0, 90.0)


def keep_still(company: Company, until_s: float) -> None:
    company.see([HERE], 0.0, SIZE)
    for k in range(round(until_s * 10) + 1):
        company.follow(HERE, k / 10, TORSO)


@pytest.mark.parametrize("others", [[FRONT], [FRONT, HERE]], ids=["unseen before", "seen before"])
def test_a_tracker_that_goes_with_a_passer_by_comes_back(others: list[Box]) -> None:
    company = Company("largest")
    keep_still(company, 2.0)
    if len(others) == 2:
        assert company.see(others, 2.0, SIZE) is None
    company.follow(FRONT, 2.1, (320.0, 70.0, 110.0))
    assert company.next_look_s == 2.1, "looked for at once"
    assert company.see([FRONT], 2.1, SIZE) is None
    assert company.is_doubtful == (len(others) == 2), "they are hidden"
    passing = FRONT + np.array([150, 0, 150, 0])
    company.follow(passing, 2.7, (470.0, 70.0, 110.0))
    assert company.next_look_s <= 2.7
    assert company.see([passing, HERE], 2.7, SIZE) is HERE
    company.follow(HERE, 2.8, TORSO)
    assert not company.is_doubtful


def test_whoever_moves_alone_is_followed() -> None:
    company = Company("largest")
    keep_still(company, 2.0)
    for k in range(21, 80):
        company.follow(FRONT, k / 10, (320.0, 70.0, 110.0))
        if k / 10 >= company.next_look_s:
            assert company.see([FRONT], k / 10, SIZE) is None
        assert not company.is_doubtful
    assert company.next_look_s > 8.0, "after some seconds they are believed to have moved"


def test_whoever_moves_beside_somebody_else_is_followed() -> None:
    company, beside = Company("largest"), np.array([500.0, 200, 600, 340])
    keep_still(company, 2.0)
    assert company.see([HERE, beside], 2.0, SIZE) is None
    company.follow(FRONT, 2.1, (320.0, 70.0, 110.0))
    assert not company.is_doubtful
    assert company.see([FRONT, beside], 2.1, SIZE) is None
    company.follow(FRONT, 2.2, (320.0, 70.0, 110.0))
    assert not company.is_doubtful
