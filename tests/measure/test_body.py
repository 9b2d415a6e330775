"""The person's lengths: kept while they turn and bend, and taken over to another size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import formcheck.measure.body
from formcheck.exercises.load import list_exercises
from formcheck.measure.body import Body, BodyTracker, track_body
from formcheck.pose.track import Floats, PoseTrack
from tests.support.builders import join_tracks, judge_track, kneeling_pose, scale_track

EXERCISES = list_exercises()
ROOM_PX = 4000
"""A picture that holds the largest."""


def show_at(track: PoseTrack, factor: float) -> PoseTrack:
    """The person so many times as large, in a picture of one size."""
    return replace(scale_track(track, factor), width_px=ROOM_PX, height_px=ROOM_PX)


def read_lengths(body: Body) -> Floats:
    return np.column_stack([body.trunk_px, body.thigh_px, body.shank_px])


def test_one_person_has_one_size(
    sample_tracks: dict[str, PoseTrack], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kneeling down, lying down, seen from the feet: what was measured stays as it was."""
    found = {name: read_lengths(track_body(track)) for name, track in sample_tracks.items()}
    monkeypatch.setattr(formcheck.measure.body, "SIZE_CHANGE", np.inf)
    for name, track in sample_tracks.items():
        np.testing.assert_array_equal(found[name], read_lengths(track_body(track)), name)


@pytest.mark.parametrize("factor", [0.4, 0.67, 1.5, 2.5])
def test_another_size_is_taken_over(sample_tracks: dict[str, PoseTrack], factor: float) -> None:
    """The same clip once more: what is known after its first two seconds is what was known."""
    track = show_at(sample_tracks["half-kneeling_tuck"], 1.0)
    both = join_tracks(track, show_at(track, factor))
    lengths = read_lengths(track_body(both))
    known = lengths[len(track) - 1] * factor
    late = both.time_s > track.time_s[-1] + 2.1
    assert lengths[late] == pytest.approx(np.tile(known, (late.sum(), 1)), rel=0.06)


def test_there_and_back(sample_tracks: dict[str, PoseTrack]) -> None:
    """A moment of another person leaves nothing behind."""
    track = show_at(sample_tracks["half-kneeling_tuck"], 1.0)
    other = show_at(sample_tracks["half-kneeling_tuck"], 0.5)
    n = int(np.searchsorted(other.time_s, 1.5))
    moment = replace(
        other, duration_s=1.5, n_frames=n, time_s=other.time_s[:n], xy_px=other.xy_px[:n],
        xyz_m=other.xyz_m[:n], visibility=other.visibility[:n], n_people=other.n_people[:n],
        outline=None,
    )  # fmt: skip
    lengths = read_lengths(track_body(join_tracks(join_tracks(track, moment), track)))
    assert lengths[-1] == pytest.approx(lengths[len(track) - 1], rel=0.04)


@pytest.mark.parametrize("factor", [0.5, 0.67, 1.5, 2.0])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("donkey-kick_good", "standing-stretch_good"),
        ("standing-stretch_good", "donkey-kick_good"),
        ("childs-pose_good", "half-kneeling_tuck"),
        ("half-kneeling_tuck", "knee-to-chest_good"),
    ],
)
def test_two_people_in_one_clip_are_both_judged(
    sample_tracks: dict[str, PoseTrack], first: str, second: str, factor: float
) -> None:
    """What the second did is told as when they are alone, but for the second it takes to see."""
    one = show_at(sample_tracks[first], 1.0)
    trunks = [float(track_body(sample_tracks[name]).trunk_px[-1]) for name in (first, second)]
    other = show_at(sample_tracks[second], factor * trunks[0] / trunks[1])
    result = judge_track(join_tracks(one, other), EXERCISES)
    alone = judge_track(other, EXERCISES)
    later = [s for s in result.sets if s.start_s > one.time_s[-1]]
    assert [s.exercise for s in later] == [s.exercise for s in alone.sets]
    for mine, expected in zip(later, alone.sets, strict=True):
        assert mine.good_hold_s == pytest.approx(expected.good_hold_s, abs=1.5)
        assert len(mine.reps) == len(expected.reps)
    assert [s.exercise for s in result.sets if s not in later] == [
        s.exercise for s in judge_track(one, EXERCISES).sets
    ]


def test_hip_travel_is_the_last_seconds() -> None:
    tracker = BodyTracker(640, 480)
    for k in range(31):
        pose = kneeling_pose(time_s=k / 10)
        pose.xy_px[:, 0] += 40 if k >= 10 else 0
        body = tracker.update(pose)
        travel = float(body.hip_travel[0])
        if k == 9:
            assert travel == pytest.approx(0)
        if k == 15:
            assert travel > 0.3
    assert travel == pytest.approx(0, abs=0.01)
