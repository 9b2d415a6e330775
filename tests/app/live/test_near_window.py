"""Live, somebody far is searched piece by piece, then kept near for as long as they are there."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from formcheck.app.live.near_window import NearWindow
from formcheck.pose.far import list_pieces
from formcheck.pose.follow import Box
from formcheck.pose.people import Image, Window

IMAGE = np.zeros((1080, 1920, 3), np.uint8)
FAR = np.array([800.0, 500, 850, 650])
LARGE = np.array([600.0, 100, 1000, 1000])
STEP_S = 0.1


class Room:
    """A camera's picture with somebody in it, and what is asked of it."""

    def __init__(self, person: Box | None) -> None:
        self.person = person
        self.searched: list[Window] = []
        self.near = NearWindow(self.search)
        self.now_s = 0.0

    def search(self, _: Image, pieces: Iterable[Window]) -> list[Box]:
        asked = list(pieces)
        self.searched += asked
        person = self.person
        if person is None:
            return []
        inside = [w for w in asked if (person[:2] >= w[:2]).all() and (person[2:] <= w[2:]).all()]
        return [person] if inside else []

    def see(self) -> Box | None:
        """What the model finds: who is large enough in what it is shown."""
        left, top, right, bottom = self.near.window or (0, 0, 1920, 1080)
        person = self.person
        if person is None or not (left <= person[0] and person[2] <= right):
            return None
        return person if person[3] - person[1] > 0.2 * (bottom - top) else None

    def play(self, length_s: float) -> int:
        """Frames for so long; how often the window changed."""
        n_changes = 0
        for _ in range(round(length_s / STEP_S)):
            n_changes += self.near.update(IMAGE, self.see(), self.now_s)
            self.now_s += STEP_S
        return n_changes


def test_somebody_far_is_found_and_kept_near() -> None:
    room = Room(FAR)
    n_pieces = len(list_pieces(1920, 1080))
    assert room.play(1.0 + STEP_S * n_pieces) == 1
    assert room.near.window == (650, 350, 1000, 800)
    assert 0 < len(room.searched) <= n_pieces, "one a frame"
    n = len(room.searched)
    assert room.play(10.0) == 0
    assert len(room.searched) == n


def test_all_of_the_picture_is_searched_while_nobody_is_there() -> None:
    room = Room(None)
    assert room.play(0.9) == 0
    assert not room.searched, "not at once"
    room.play(4.0)
    assert set(room.searched) == set(list_pieces(1920, 1080))
    assert room.near.window is None


def test_somebody_large_is_left_as_they_are() -> None:
    room = Room(LARGE)
    assert room.play(20.0) == 0
    assert not room.searched
    assert room.near.window is None


def test_the_window_follows_and_is_given_up() -> None:
    room = Room(FAR)
    room.play(3.0)
    room.person = FAR + np.array([80, 0, 80, 0])
    assert room.play(2.0) == 0, "there is room"
    room.person = FAR + np.array([120, 0, 120, 0])
    assert room.play(2.0) == 1
    assert room.near.window == (770, 350, 1120, 800)
    room.person = None
    assert room.play(1.9) == 0
    assert room.play(0.3) == 1
    assert room.near.window is None
    room.person = LARGE
    assert room.play(5.0) == 0


def test_somebody_who_comes_near_is_seen_whole_again() -> None:
    room = Room(FAR)
    room.play(3.0)
    room.near.update(IMAGE, LARGE, room.now_s)
    assert room.near.window is None


def test_a_picture_that_shows_no_more_is_never_searched() -> None:
    room = Room(None)
    for k in range(100):
        assert not room.near.update(np.zeros((540, 960, 3), np.uint8), None, k * STEP_S)
    assert not room.searched
