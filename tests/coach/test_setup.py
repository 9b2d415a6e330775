"""The set-up: what to change until the camera sees enough, and silence once it does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formcheck.coach.setup import MIN_BODY_SHARE, check_setup, find_near_side
from formcheck.exercises.load import list_exercises
from formcheck.measure.body import Body, BodyTracker
from formcheck.measure.view import Unseen
from formcheck.pose.landmarks import Landmark, Side, landmark_on
from formcheck.pose.track import PoseTrack
from tests.support.builders import judge_track, make_body

EXERCISES = list_exercises()
KNEEL = EXERCISES["half-kneeling"]
HEIGHT_PX = 720


def seen(yaw_deg: float = 5.0, **unseen: Unseen) -> Body:
    """A person of 300 px, all in the picture but for those joints."""
    body = make_body(
        np.full((1, 33, 2), 300.0), np.zeros((1, 33, 3)), np.array([1.0]), np.array([yaw_deg])
    )
    codes = body.unseen.copy()
    for name, code in unseen.items():
        if name == "nose":
            codes[:, Landmark.NOSE] = code
        elif name == "all":
            codes[:] = code
        else:
            codes[:, landmark_on("left", name)] = code
    return replace(body, unseen=codes)


OUT = Unseen.OUT_OF_FRAME


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (seen(), None),
        (seen(all=Unseen.NO_PERSON), "Step into the picture"),
        (seen(nose=OUT), "can't see your head"),
        (seen(nose=OUT, ankle=OUT), "Too close: step back"),
        (seen(ankle=OUT), "can't see your feet"),
        (seen(foot_index=OUT), "can't see your feet"),
        (seen(knee=OUT), "can't see your knees"),
        (seen(hip=OUT), "middle of the picture"),
        (seen(knee=Unseen.HIDDEN), None),
        (seen(yaw_deg=70), "Turn side-on"),
        (seen(yaw_deg=35), None),
        (seen(yaw_deg=np.nan), None),
    ],
)
def test_the_first_thing_to_change(body: Body, words: str | None) -> None:
    told = check_setup(KNEEL, "left", body, HEIGHT_PX)
    if words is None:
        assert told is None
    else:
        assert told is not None
        assert words in told
        assert len(told) <= 40


@pytest.mark.parametrize(("side", "near"), [("left", "right"), ("right", "left")])
def test_the_front_leg_is_to_be_nearest(side: Side, near: Side) -> None:
    told = check_setup(KNEEL, side, seen(yaw_deg=80), HEIGHT_PX)
    assert told == f"Turn side-on, {near} side to the camera"
    assert find_near_side(EXERCISES["thomas-test"], side) is None


def test_an_exercise_from_the_front_wants_the_face() -> None:
    told = check_setup(EXERCISES["half-kneeling-side-bend"], "left", seen(yaw_deg=5), HEIGHT_PX)
    assert told == "Face the camera"


def test_too_small_and_too_many() -> None:
    small = check_setup(KNEEL, "left", seen(), round(300 / MIN_BODY_SHARE) + 10)
    assert small == "Too far away: come closer"
    assert check_setup(KNEEL, "left", seen(), round(300 / MIN_BODY_SHARE) - 10) is None
    told = check_setup(KNEEL, "left", seen(), HEIGHT_PX, n_people=2)
    assert told is not None
    assert "One person" in told


def test_whoever_holds_an_exercise_has_a_good_set_up(sample_tracks: dict[str, PoseTrack]) -> None:
    for clip, track in sample_tracks.items():
        exercise = EXERCISES[clip.split("_")[0]]
        result = judge_track(track, EXERCISES, exercise=exercise.id)
        tracker = BodyTracker(track.width_px, track.height_px)
        bodies = [tracker.update(pose) for pose in track]
        held = [
            body for body in bodies
            for one in result.sets if one.start_s <= body.time_s[0] <= one.end_s
        ]  # fmt: skip
        side = result.sets[0].side
        told = [check_setup(exercise, side, body, track.height_px) for body in held]
        assert sum(text is None for text in told) >= 0.9 * len(told), (clip, set(told))
