"""The roll of a camera, read from pictures of drawn rooms."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from formcheck.video.frame import Frame, Image
from formcheck.video.room_lines import (
    ENOUGH_UPRIGHT,
    ROLL_EVERY_S,
    RollReader,
    estimate_roll_deg,
)

SIZE = (960, 540)


def draw(*lines: tuple[float, float, float, float]) -> Image:
    """A grey room with lines from (x, y) to (x, y), shares of the picture."""
    image = np.full((SIZE[1], SIZE[0], 3), 150, np.uint8)
    for line in lines:
        x0, y0, x1, y1 = (np.array(line) * (SIZE * 2)).round().astype(int).tolist()
        cv2.line(image, (x0, y0), (x1, y1), (40, 40, 40), 5, cv2.LINE_AA)
    return image


DOOR = ((0.6, 0.1, 0.6, 0.9), (0.75, 0.1, 0.75, 0.9), (0.6, 0.1, 0.75, 0.1))
SKIRTING = ((0.02, 0.8, 0.98, 0.8),)
FANNED = ((0.2, 0.05, 0.22, 0.9), (0.8, 0.05, 0.78, 0.9), (0.5, 0.1, 0.5, 0.5))
"""Upright lines, seen by a camera that looks down."""


def turn(image: Image, by_deg: float) -> Image:
    """The picture turned clockwise, what comes in from outside grey."""
    middle = (SIZE[0] / 2, SIZE[1] / 2)
    matrix = cv2.getRotationMatrix2D(middle, -by_deg, 1.0)
    turned = cv2.warpAffine(image, matrix, SIZE, borderValue=(150, 150, 150))
    return turned.astype(np.uint8)


@pytest.mark.parametrize("by_deg", [-15, -10, -3, 0, 3, 10, 15])
@pytest.mark.parametrize("room", [DOOR, SKIRTING, FANNED, DOOR + SKIRTING])
def test_turned_rooms(room: tuple[tuple[float, float, float, float], ...], by_deg: float) -> None:
    assert estimate_roll_deg(turn(draw(*room), by_deg)) == pytest.approx(by_deg, abs=0.6)


def test_a_picture_of_another_size() -> None:
    room = turn(draw(*DOOR), 7)
    assert estimate_roll_deg(cv2.resize(room, (320, 180)).astype(np.uint8)) == pytest.approx(
        7, abs=1
    )
    tall = np.ascontiguousarray(room[:, 300:780])
    assert estimate_roll_deg(tall) == pytest.approx(7, abs=0.6)


def test_nothing_to_tell_by() -> None:
    assert math.isnan(estimate_roll_deg(draw()))
    short = [(x, 0.5, x, 0.56) for x in np.linspace(0.1, 0.9, 9)]
    assert math.isnan(estimate_roll_deg(draw(*short)))
    wall_at_an_angle = ((0.02, 0.6, 0.98, 0.75), (0.02, 0.1, 0.98, 0.0), (0.02, 0.7, 0.98, 0.95))
    assert math.isnan(estimate_roll_deg(draw(*wall_at_an_angle)))


def test_leaning_lines_before_level_ones() -> None:
    """A window that leans, above a floor and a railing that do not."""
    leaning = [(x, 0.05, x + 0.09, 0.6) for x in (0.2, 0.4, 0.6)]
    level = [(0.02, y, 0.98, y) for y in (0.7, 0.9)]
    assert ENOUGH_UPRIGHT < 3 * 0.55
    assert math.isnan(estimate_roll_deg(draw(*leaning, *level)))


def test_every_few_seconds() -> None:
    room, reader = turn(draw(*DOOR), 7), RollReader()
    times_s = [0.0, 0.1, ROLL_EVERY_S - 0.1, ROLL_EVERY_S + 0.1, ROLL_EVERY_S + 0.2]
    is_read = [not math.isnan(reader.read(Frame(room, t, i))) for i, t in enumerate(times_s)]
    assert is_read == [True, False, False, True, False]
