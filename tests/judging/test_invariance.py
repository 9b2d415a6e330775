"""The verdict depends on the movement alone: not on rate, scale, place, mirror, or lost frames."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from formcheck.exercises.load import list_exercises
from formcheck.pose.landmarks import other_side
from formcheck.pose.track import PoseTrack
from formcheck.result.models import Result
from tests.support.builders import (
    join_tracks,
    judge_track,
    mirror_track,
    move_track,
    pick_frames,
    resample_track,
    scale_track,
)

EXERCISES = list_exercises()
CLIPS = (
    "half-kneeling_knee-lean",
    "half-kneeling_good25",
    "half-kneeling-reach_arms",
    "lunge-stretch_hip",
    "standing-stretch_knee",
)
pytestmark = pytest.mark.parametrize("clip", CLIPS)


def judge(track: PoseTrack, clip: str) -> Result:
    return judge_track(track, EXERCISES, exercise=clip.split("_")[0])


def assert_alike(a: Result, b: Result, within_s: float, *, mirrored: bool = False) -> None:
    assert b.verdict == a.verdict
    assert len(b.sets) == len(a.sets)
    for one, other in zip(a.sets, b.sets, strict=True):
        assert one.side is not None
        assert other.side == (other_side(one.side) if mirrored else one.side)
        assert [f.rule for f in other.faults] == [f.rule for f in one.faults]
        assert {k: r.outcome for k, r in other.rules.items()} == {
            k: r.outcome for k, r in one.rules.items()
        }
        assert other.good_hold_s == pytest.approx(one.good_hold_s, abs=within_s)
        for fault, twin in zip(one.faults, other.faults, strict=True):
            assert twin.start_s == pytest.approx(fault.start_s, abs=within_s)
            assert twin.end_s == pytest.approx(fault.end_s, abs=within_s)


@pytest.mark.parametrize("rate_hz", [12.5, 15.0, 24.0, 30.0, 60.0])
def test_frame_rate(sample_tracks: dict[str, PoseTrack], clip: str, rate_hz: float) -> None:
    track = sample_tracks[clip]
    assert_alike(judge(track, clip), judge(resample_track(track, rate_hz), clip), within_s=0.35)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: scale_track(t, 0.25),
        lambda t: scale_track(t, 4.0),
        lambda t: move_track(t, 700, 90),
    ],
    ids=["quarter", "fourfold", "moved"],
)
def test_scale_and_place(
    sample_tracks: dict[str, PoseTrack], clip: str, change: Callable[[PoseTrack], PoseTrack]
) -> None:
    track = sample_tracks[clip]
    assert_alike(judge(track, clip), judge(change(track), clip), within_s=0.001)


def test_mirroring_swaps_the_sides(sample_tracks: dict[str, PoseTrack], clip: str) -> None:
    track = sample_tracks[clip]
    mirrored = judge(mirror_track(track), clip)
    assert_alike(judge(track, clip), mirrored, within_s=0.001, mirrored=True)


@pytest.mark.parametrize("seed", range(6))
def test_lost_frames(sample_tracks: dict[str, PoseTrack], clip: str, seed: int) -> None:
    print(f"seed {seed}")
    track = resample_track(sample_tracks[clip], 15.0)
    keep = np.random.default_rng(seed).random(len(track)) >= 0.2
    keep[[0, -1]] = True
    assert_alike(judge(track, clip), judge(pick_frames(track, keep), clip), within_s=0.4)


def test_a_clip_and_its_mirror_image_are_two_sets(
    sample_tracks: dict[str, PoseTrack], clip: str
) -> None:
    """The person changes sides in no time at all: each side gets what it gets alone."""
    track = sample_tracks[clip]
    alone = judge(track, clip).sets[-1]
    both = judge(join_tracks(track, mirror_track(track)), clip)
    assert alone.side is not None
    assert [s.side for s in both.sets] == [alone.side, other_side(alone.side)]
    for one in both.sets:
        assert [f.rule for f in one.faults] == [f.rule for f in alone.faults]
        assert one.good_hold_s == pytest.approx(alone.good_hold_s, abs=0.4)
