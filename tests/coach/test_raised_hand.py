"""A raised hand: seen when it is meant, and never otherwise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formcheck.coach.raised_hand import HELD_S, RaisedHand, raises_arm
from formcheck.measure.body import track_body
from formcheck.measure.view import Unseen
from formcheck.pose.landmarks import Landmark
from formcheck.pose.track import PoseTrack
from tests.support.actor import EXERCISES
from tests.support.builders import place_body

STANDING = {
    "shoulder": (0.0, 100.0), "nose": (15.0, 130.0), "ear": (0.0, 130.0), "knee": (0.0, -100.0),
    "ankle": (0.0, -200.0), "elbow": (0.0, 50.0), "wrist": (5.0, 0.0),
}  # fmt: skip
UP = {"front_elbow": (10.0, 140.0), "front_wrist": (10.0, 190.0)}


def play(*parts: tuple[float, dict[str, tuple[float, float]]]) -> list[float]:
    """Seconds of each body, ten frames a second; when a hand was told."""
    watch, time_s, told = RaisedHand(), 0.0, []
    for for_s, points in parts:
        body = place_body({**STANDING, **points})
        for _ in range(round(for_s * 10)):
            if watch.update(replace(body, time_s=np.array([time_s]))):
                told.append(time_s)
            time_s = round(time_s + 0.1, 6)
    return told


def test_a_hand_above_the_head_for_a_second_is_told_once() -> None:
    assert play((1, {}), (5, UP), (1, {}), (2, UP)) == [1 + HELD_S, 7 + HELD_S]


@pytest.mark.parametrize(
    "points",
    [
        {"front_elbow": (10.0, 110.0), "front_wrist": (10.0, 150.0)},
        {**UP, "rear_elbow": (10.0, 140.0), "rear_wrist": (10.0, 190.0)},
        {**UP, "shoulder": (100.0, 10.0)},
        {"front_elbow": (60.0, 100.0), "front_wrist": (110.0, 100.0)},
    ],
    ids=["at the head", "both arms", "lying", "pointing"],
)
def test_what_is_no_raised_hand(points: dict[str, tuple[float, float]]) -> None:
    assert play((4, points)) == []


def test_a_hand_that_waves_is_none() -> None:
    assert play(*[(0.8, UP), (0.2, {})] * 5) == []


def test_a_hand_out_of_sight_is_none() -> None:
    body, watch = place_body({**STANDING, **UP}), RaisedHand()
    body.unseen[0, Landmark.RIGHT_WRIST] = Unseen.OUT_OF_FRAME
    assert not any(watch.update(replace(body, time_s=np.array([k / 10]))) for k in range(30))


def test_no_clip_raises_a_hand_but_where_the_exercise_does(
    sample_tracks: dict[str, PoseTrack],
) -> None:
    """Every frame is looked at, though in a session most of them would not be."""
    raised = set()
    for clip, track in sample_tracks.items():
        body, watch = track_body(track), RaisedHand()
        if any(watch.update(body.at(k)) for k in range(len(body))):
            raised.add(clip.split("_")[0])
    assert raised <= {one.id for one in EXERCISES.values() if raises_arm(one)}
    assert "half-kneeling-side-bend" in raised, "an arm above the head is seen"
