"""Legs that the model exchanges for a moment are put right; legs that move are left alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from formcheck.exercises.load import list_exercises
from formcheck.pose.landmarks import Landmark
from formcheck.pose.leg_swap import EXCHANGED, GIVE_UP_S, LegKeeper
from formcheck.pose.track import PoseTrack
from tests.support.builders import join_tracks, judge_track, mirror_track

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


@pytest.mark.parametrize(
    "clip", ["half-kneeling_knee-lean", "half-kneeling-reach_arms", "standing-stretch_knee"]
)
def test_exchanged_legs_change_no_verdict(sample_tracks: dict[str, PoseTrack], clip: str) -> None:
    track = sample_tracks[clip]
    seed = 11
    print("seed", seed)
    when = np.zeros(len(track), dtype=np.bool_)
    for start in np.random.default_rng(seed).uniform(2, track.time_s[-1] - 1, 4):
        when |= (track.time_s > start) & (track.time_s < start + 0.6)
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


def test_the_model_is_believed_when_it_keeps_to_it(sample_tracks: dict[str, PoseTrack]) -> None:
    """It may have been wrong at first."""
    track = sample_tracks["half-kneeling_good25"]
    start_s = 10.0
    exchanged = exchange_legs(track, track.time_s >= start_s)
    told = LegKeeper().update(exchanged.time_s, exchanged.xy_px)
    time_s = exchanged.time_s
    assert told[(time_s >= start_s) & (time_s < start_s + GIVE_UP_S - 0.2)].all()
    assert not told[time_s > start_s + GIVE_UP_S + 0.2].any()
    assert not told[time_s < start_s].any()


def test_they_stay_put_right_where_nothing_can_be_told(
    sample_tracks: dict[str, PoseTrack],
) -> None:
    """Between two frames with the legs exchanged, one with each leg halfway to the other."""
    track = sample_tracks["half-kneeling_good25"]
    between = int(np.searchsorted(track.time_s, 10.0))
    near = (track.time_s > track.time_s[between] - 0.3) & (
        track.time_s < track.time_s[between] + 0.3
    )
    xy_px = exchange_legs(track, near).xy_px
    xy_px[between] = (xy_px[between] + xy_px[between][EXCHANGED]) / 2
    told = LegKeeper().update(track.time_s, xy_px)
    assert told[: between + 1].tolist() == near[: between + 1].tolist()


@pytest.mark.parametrize("is_mirrored", [False, True])
def test_a_cut_to_somebody_standing_gives_no_set_of_the_other_side(
    sample_tracks: dict[str, PoseTrack], is_mirrored: bool
) -> None:
    kneeling, standing = (
        sample_tracks[name] for name in ("half-kneeling_knee-lean", "standing-stretch_good")
    )
    standing = mirror_track(standing) if is_mirrored else standing
    found = judge_track(join_tracks(kneeling, standing), EXERCISES)
    alone = [judge_track(one, EXERCISES).sets[0] for one in (kneeling, standing)]
    assert [(s.exercise, s.side) for s in found.sets] == [(s.exercise, s.side) for s in alone]


def test_one_at_a_time_gives_what_many_give(sample_tracks: dict[str, PoseTrack]) -> None:
    track = sample_tracks["half-kneeling_knee-lean"]
    track = exchange_legs(track, (track.time_s > 5) & (track.time_s < 5.6))
    keeper = LegKeeper()
    alone = [keeper.update(track.time_s[[i]], track.xy_px[[i]])[0] for i in range(len(track))]
    together = LegKeeper().update(track.time_s, track.xy_px)
    assert together.any()
    assert together.tolist() == alone
