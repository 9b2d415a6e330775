"""Clips of a camera that is turned about its axis."""

from __future__ import annotations

from dataclasses import replace

import pytest

from formcheck.exercises.load import list_exercises
from formcheck.pose.track import PoseTrack
from formcheck.result.judgement import judge_poses
from formcheck.result.models import Result
from tests.support.builders import turn_track

CLIPS = ("half-kneeling_knee-lean", "lunge-stretch_good", "donkey-kick_low", "childs-pose_hips")


def judge(track: PoseTrack) -> Result:
    return judge_poses(track, list_exercises()).result


@pytest.mark.parametrize("by_deg", [-15.0, -3.0, 3.0, 10.0])
@pytest.mark.parametrize("clip", CLIPS)
def test_the_untouched_clip_s_verdicts(
    sample_tracks: dict[str, PoseTrack], clip: str, by_deg: float
) -> None:
    track = sample_tracks[clip]
    turned = judge(turn_track(track, by_deg))
    untouched = judge(track)
    assert turned.verdict == untouched.verdict
    assert [(s.exercise, s.side, len(s.reps)) for s in turned.sets] == [
        (s.exercise, s.side, len(s.reps)) for s in untouched.sets
    ]
    for one, other in zip(turned.sets, untouched.sets, strict=True):
        assert one.good_hold_s == pytest.approx(other.good_hold_s, abs=0.15)
        assert [f.rule for f in one.faults] == [f.rule for f in other.faults]
    said = [w.text for w in turned.warnings if w.code == "camera_turned"]
    assert said == (
        [f"The camera was tilted by about {abs(by_deg):.0f}°: this was corrected. Set it level."]
        if abs(by_deg) > 5
        else []
    )


def test_without_readings_it_goes_wrong(sample_tracks: dict[str, PoseTrack]) -> None:
    """So that the test above can fail."""
    turned = replace(turn_track(sample_tracks["lunge-stretch_good"], 10.0), rolls=None)
    assert judge(turned).exercise != "lunge-stretch"
