"""A camera that was moved is noticed; people, noise and light are no move."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from formcheck.video.frame import Frame
from formcheck.video.room import LOOK_EVERY_S, RoomWatch

Image = NDArray[np.uint8]
SIZE = 960, 540
NOBODY = np.full((33, 2), np.nan)


def make_room() -> Image:
    """A wall with pictures on it, a shelf, a floor."""
    chance = np.random.default_rng(4)
    room = np.full((SIZE[1], SIZE[0], 3), 170, np.uint8)
    for _ in range(40):
        x, y, w, h = (int(v) for v in chance.integers((0, 0, 30, 20), (900, 480, 140, 90)))
        colour = [int(v) for v in chance.integers(30, 220, 3)]
        cv2.rectangle(room, (x, y), (x + w, y + h), colour, -1)
    return room


def move(image: Image, right_px: float, turn_deg: float = 0.0, zoom: float = 1.0) -> Image:
    turn = cv2.getRotationMatrix2D((SIZE[0] / 2, SIZE[1] / 2), turn_deg, zoom)
    turn[0, 2] += right_px
    moved = cv2.warpAffine(image, turn, SIZE, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(moved, np.uint8)


def watch(show: Callable[[float], Image], until_s: float = 10.0) -> list[float]:
    """When it says that the camera was moved; frames come eight times a second."""
    room, told = RoomWatch(), []
    for k in range(round(until_s * 8)):
        if room.update(Frame(show(k / 8), k / 8, k), NOBODY):
            told.append(k / 8)
    return told


@pytest.mark.parametrize(
    ("right_px", "turn_deg", "zoom"),
    [(48, 3, 1.0), (48, 0, 1.0), (0, 3, 1.0), (0, 0, 1.06), (-60, -2, 0.95)],
)
def test_a_bump_is_told_once_it_is_over(right_px: float, turn_deg: float, zoom: float) -> None:
    still = make_room()

    def show(t: float) -> Image:
        share = np.clip((t - 4) / 0.5, 0, 1)
        return move(still, share * right_px, share * turn_deg, 1 + share * (zoom - 1))

    [at_s] = watch(show)
    assert 4.5 <= at_s <= 4.5 + 2 * LOOK_EVERY_S + 0.13


def test_a_bump_is_told_in_a_plain_room_as_well() -> None:
    """One picture on the wall, and boards that are hardly to be seen."""
    chance = np.random.default_rng(2)
    still = np.full((SIZE[1], SIZE[0], 3), 200, np.uint8)
    cv2.rectangle(still, (600, 80), (760, 200), (40, 60, 90), -1)
    for y in range(380, SIZE[1], 20):
        ends = np.sort(chance.integers(0, SIZE[0], 6))
        for left, right in pairwise(ends.tolist()):
            shade = int(chance.integers(175, 196))
            cv2.rectangle(still, (left, y), (right, y + 20), (shade, shade, shade), -1)
    told = watch(lambda t: move(still, 48, 3) if t >= 4 else still)
    assert told == [pytest.approx(4.5, abs=2 * LOOK_EVERY_S)]


def shake(t: float, room: Image) -> Image:
    return move(room, 6 * np.sin(7 * t), 0.3 * np.sin(5 * t))


def walk(t: float, room: Image) -> Image:
    """Somebody as tall as the picture walks through, and back."""
    x = round(480 + 600 * np.sin(0.8 * t))
    shown = room.copy()
    cv2.rectangle(shown, (x - 100, 20), (x + 100, 540), (60, 90, 200), -1)
    cv2.circle(shown, (x, 60), 40, (90, 120, 180), -1)
    return shown


def flicker(t: float, room: Image) -> Image:
    noise = np.random.default_rng(round(t * 8)).normal(0, 6, room.shape)
    return np.asarray(np.clip(room * (1 + 0.1 * np.sin(3 * t)) + noise, 0, 255), np.uint8)


def switch(t: float, room: Image) -> Image:
    return room if t < 4 else (room // 4)


def blank(t: float, room: Image) -> Image:
    return np.full_like(room, 120)


@pytest.mark.parametrize("what", [shake, walk, flicker, switch, blank])
def test_what_is_no_move(what: Callable[[float, Image], Image]) -> None:
    room = make_room()
    assert watch(lambda t: what(t, room), 16.0) == []


def test_a_camera_that_was_put_back_was_moved_twice() -> None:
    room = make_room()
    assert len(watch(lambda t: move(room, 50) if 4 <= t < 9 else room, 14.0)) == 2
