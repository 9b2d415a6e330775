"""Whole sessions, played by an actor who does what is said, under all that goes wrong at home."""

from __future__ import annotations

from typing import Any

import pytest

from formcheck.exercises.routine import make_routine
from formcheck.pose.track import Pose, PoseTrack
from tests.support.actor import EXERCISES, TICK_S, PlayedLive

Tracks = dict[str, PoseTrack]


def lead(
    tracks: Tracks, name: str = "half-kneeling", hold_s: float = 60, **options: Any
) -> PlayedLive:
    """One set, on the right side where there are sides, up to five seconds of holding."""
    if EXERCISES[name].sides != "none":
        options = {"side": "right", **options}
    live = PlayedLive(tracks, make_routine(EXERCISES[name], sets=1, hold_s=hold_s), options)
    live.play_to("work")
    live.play(5)
    return live


@pytest.mark.parametrize("name", ["half-kneeling", "prayer-squat"])
@pytest.mark.parametrize("gap_s", [0.375, 0.75, 1.0, 1.5, 3.0, 12.0])
def test_a_gap_between_frames_is_nobody_looking(
    sample_tracks: Tracks, name: str, gap_s: float
) -> None:
    live = lead(sample_tracks, name)
    start_s, n_shown, turn = live.time_s, len(live.scenes), live.flow.turn
    assert turn is not None
    live.stall(gap_s)
    live.play(6)
    assert live.said_since(start_s) == []
    assert {scene.scene.cue.text for scene in live.scenes[n_shown:]} == {"Good. Hold."}
    assert live.phases[-1] == "work"
    assert live.flow.turn is not None
    more_s = gap_s if gap_s < 0.7 else -TICK_S
    assert live.flow.turn.done - turn.done == pytest.approx(6 + more_s, abs=0.01)
    assert len(live.conclude().sets) == 1


def hide(pose: Pose) -> Pose:
    return Pose.missing(pose.time_s, outlined=pose.outline is not None)


def test_frames_without_a_person_after_a_gap_are_no_absence(sample_tracks: Tracks) -> None:
    """A tracker that has lost the person in a gap needs a moment to find them again."""
    live = lead(sample_tracks)
    start_s, n_shown = live.time_s, len(live.scenes)
    live.stall(3)
    live.disturb = hide
    live.play(0.5)
    live.disturb = lambda pose: pose
    live.play(4)
    assert live.said_since(start_s) == []
    shown = {scene.scene.cue.text for scene in live.scenes[n_shown:]}
    assert shown == {"Good. Hold.", "Stay like this"}
    assert live.states[-1].moment.clock == "running"
    assert len(live.conclude().sets[0].holds) == 2


def test_who_has_left_in_a_gap_has_left(sample_tracks: Tracks) -> None:
    live = lead(sample_tracks)
    live.actor.leave()
    live.stall(5)
    live.play(2)
    assert live.phases[-1] == "ready"
