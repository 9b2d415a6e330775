"""Whole sessions, played by an actor who does what is said, under all that goes wrong at home."""

from __future__ import annotations

from formcheck.exercises.routine import load_routine, make_routine
from formcheck.pose.track import PoseTrack
from tests.support.actor import EXERCISES, PlayedLive


def test_daily(sample_tracks: dict[str, PoseTrack]) -> None:
    live = PlayedLive(sample_tracks, load_routine("daily-relief"))
    live.play_until(lambda: live.flow.phase == "done", 900)
    for one in live.voice.said:
        print(f"{one.start_s:7.2f} {one.end_s:7.2f} {'CUT' if one.is_cut else '   '} {one.text}")
    print(live.cues)
    print(live.phases)
    print([(s.exercise, s.side, s.good_hold_s) for s in live.conclude().sets])
    assert False
