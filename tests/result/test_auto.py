"""``auto``: what was done, a set at a time, and nothing rather than a guess."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formcheck.exercises.load import list_exercises
from formcheck.exercises.schema import Auto, Band
from formcheck.pose.track import PoseTrack
from tests.support.builders import join_tracks, judge_track, pick_frames

EXERCISES = list_exercises()


def test_several_exercises_come_back_as_their_sets_in_order(
    sample_tracks: dict[str, PoseTrack],
) -> None:
    first, second = sample_tracks["standing-stretch_good"], sample_tracks["lunge-stretch_good"]
    result = judge_track(join_tracks(first, second), EXERCISES)
    assert (result.exercise, result.exercise_source, result.target) == ("mixed", "detected", None)
    assert [s.exercise for s in result.sets] == ["standing-stretch", "lunge-stretch"]
    alone = [judge_track(track, EXERCISES).sets[0].good_hold_s for track in (first, second)]
    assert [s.good_hold_s for s in result.sets] == pytest.approx(alone, abs=0.4)


@pytest.mark.parametrize(
    ("fault", "start_s", "end_s"), [("front_knee", 5.8, 8.3), ("trunk_upright", 10.0, 12.4)]
)
def test_what_is_wrong_from_beginning_to_end_is_fixed_and_not_passed(
    sample_tracks: dict[str, PoseTrack], fault: str, start_s: float, end_s: float
) -> None:
    """The stretch of one fault alone, looped."""
    track = sample_tracks["half-kneeling_knee-lean"]
    once = pick_frames(track, (track.time_s >= start_s) & (track.time_s <= end_s))
    once = replace(once, time_s=once.time_s - once.time_s[0])
    looped = join_tracks(once, once)
    result = judge_track(pick_frames(looped, looped.time_s <= 4.8), EXERCISES)
    [done] = result.sets
    assert (result.exercise, result.verdict) == ("half-kneeling", "fix")
    assert fault in [one.rule for one in done.faults]
    assert done.good_hold_s == 0
    assert done.score is not None
    assert done.rules[fault].fail_s > 4


def test_a_position_that_is_only_passed_through_is_not_named(
    sample_tracks: dict[str, PoseTrack],
) -> None:
    track = sample_tracks["half-kneeling_good25"]
    short = pick_frames(track, track.time_s < 5.5)
    assert judge_track(short, EXERCISES).exercise is None
    assert judge_track(short, EXERCISES, exercise="half-kneeling").sets != ()


def test_an_exercise_whose_mark_is_not_seen_is_not_named(
    sample_tracks: dict[str, PoseTrack],
) -> None:
    band = Band(measure="high_wrist_above_nose_trunk", low=0)
    marked = EXERCISES["half-kneeling"].model_copy(update={"auto": Auto(bands=(band,), rank=1)})
    track = sample_tracks["half-kneeling_tuck"]
    result = judge_track(track, {"half-kneeling": marked})
    assert (result.exercise, result.verdict) == (None, "not_seen")
    raised = track.xy_px.copy()
    raised[:, 15:17, 1] = raised[:, :1, 1] - 20.0
    result = judge_track(replace(track, xy_px=np.asarray(raised)), {"half-kneeling": marked})
    assert result.exercise == "half-kneeling"
