"""Legs that the model exchanges for a moment are put right; legs that move are left alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from formcheck.exercises.load import list_exercises
from formcheck.pose.landmarks import Landmark
from formcheck.pose.leg_swap import EXCHANGED, GIVE_UP_S, SURE_S, LegKeeper
from formcheck.pose.track import PoseTrack
from tests.support.builders import judge_track

EXERCISES = list_exercises()
LEGS = ("HIP", "KNEE", "ANKLE", "HEEL", "FOOT_INDEX")


def exchange_legs(track: PoseTrack, when: np.ndarray) -> PoseTrack:
    """The model calls the legs by each other's name in these frames."""
    left = [Landmark[f"LEFT_{name}"] for name in LEGS]
    right = [Landmark[f"RIGHT_{name}"] for name in LEGS]
    order = np.arange(33)
    order[left], order[right] = right, left
    arrays = {}
    for name in ("xy_px", "xyz_m", "visibility"):
        array = getattr(track, name).copy()
        array[when] = array[when][:, order]
        arrays[name] = array
    return replace(track, **arrays)


@pytest.mark.parametrize(("n", "for_s"), [(4, 0.6), (1, 3.0)])
@pytest.mark.parametrize(
    "clip", ["half-kneeling_knee-lean", "half-kneeling-reach_arms", "standing-stretch_knee"]
)
def test_exchanged_legs_change_no_verdict(
    sample_tracks: dict[str, PoseTrack], clip: str, n: int, for_s: float
) -> None:
    track = sample_tracks[clip]
    seed = 11
    print("seed", seed)
    when = np.zeros(len(track), dtype=np.bool_)
    for start in np.random.default_rng(seed).uniform(2 + for_s, track.time_s[-1] - 1, n):
        when |= (track.time_s > start) & (track.time_s < start + for_s)
    exercise = clip.rsplit("_", 1)[0]
    plain = judge_track(track, EXERCISES, exercise=exercise)
    mended = judge_track(exchange_legs(track, when), EXERCISES, exercise=exercise)
    assert [s.side for s in mended.sets] == [s.side for s in plain.sets]
    assert mended.sets[0].good_hold_s == pytest.approx(plain.sets[0].good_hold_s, abs=0.25)
    assert {f.rule for f in mended.sets[0].faults} == {f.rule for f in plain.sets[0].faults}


def test_no_leg_is_exchanged_inside_a_hold(
    samples: Path, sample_tracks: dict[str, PoseTrack]
) -> None:
    for name, track in sample_tracks.items():
        holds = json.loads((samples / f"{name}.truth.json").read_text())["holds"]
        found = track.found
        exchanged = LegKeeper().update(track.time_s[found], track.xy_px[found])
        for time_s in track.time_s[found][exchanged]:
            inside = any(hold["start_s"] <= time_s <= hold["end_s"] for hold in holds)
            assert not inside, (name, time_s)


@pytest.mark.parametrize("named_s", [0.0, 2.0, 15.0])
def test_legs_are_put_back_as_long_as_they_were_named_the_other_way(
    sample_tracks: dict[str, PoseTrack], named_s: float
) -> None:
    """Then the model is believed: it may have been wrong at first."""
    track = sample_tracks["half-kneeling_good25"]
    late = track.time_s >= 2.0
    times, xy_px = track.time_s[late] - track.time_s[late][0], track.xy_px[late]
    xy_px = np.where((times >= named_s)[:, None, None], xy_px[:, EXCHANGED], xy_px)
    told = LegKeeper().update(times, xy_px)
    believed_s = named_s + GIVE_UP_S + min(named_s, SURE_S) if named_s else 0.0
    assert told[(times >= named_s) & (times < believed_s - 0.2)].all()
    assert not told[times > believed_s + 0.2].any()
    assert not told[times < named_s].any()


def test_one_at_a_time_gives_what_many_give(sample_tracks: dict[str, PoseTrack]) -> None:
    track = sample_tracks["half-kneeling_knee-lean"]
    track = exchange_legs(track, (track.time_s > 5) & (track.time_s < 5.6))
    keeper = LegKeeper()
    alone = [keeper.update(track.time_s[[i]], track.xy_px[[i]])[0] for i in range(len(track))]
    together = LegKeeper().update(track.time_s, track.xy_px)
    assert together.any()
    assert together.tolist() == alone
