"""Poses of another estimator: landmarks of any order, some of them missing now and then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import formcheck
from benchmarks.accuracy import read_poses
from formcheck.app.own_poses import NEEDED
from formcheck.pose.landmarks import Landmark
from formcheck.pose.track import PoseTrack
from tests.conftest import SAMPLES

NAMES = tuple(reversed(NEEDED))
ROWS = [Landmark[name.upper()] for name in NAMES]


@pytest.fixture(scope="module")
def track(poses_dir: Path) -> PoseTrack:
    return read_poses(SAMPLES / "half-kneeling_knee-lean.mp4", poses_dir)


def make(track: PoseTrack, **changed: Any) -> PoseTrack:
    given: dict[str, Any] = {
        "xy_px": track.xy_px[:, ROWS], "names": NAMES, "time_s": track.time_s,
        "width_px": track.width_px, "height_px": track.height_px, "xyz_m": track.xyz_m[:, ROWS],
    }  # fmt: skip
    return formcheck.make_track(**{**given, **changed})


def test_the_same_landmarks_have_the_same_angles_and_faults(track: PoseTrack) -> None:
    judged = formcheck.judge(make(track), exercise="half-kneeling")
    known = formcheck.judge(replace(track, rolls=None), exercise="half-kneeling")
    name = "front_knee_deg"
    np.testing.assert_allclose(
        judged.timeline.measures[name], known.timeline.measures[name], atol=0.01
    )
    assert [one.rule for one in judged.result.sets[0].faults] == [
        one.rule for one in known.result.sets[0].faults
    ]
    assert judged.result.sets[0].confirmed_hold_s == 0, "the tuck is unknown without an outline"


@pytest.mark.parametrize("yaw_deg", [0.0, 25.0, 90.0])
def test_a_view_that_is_told_is_believed(track: PoseTrack, yaw_deg: float) -> None:
    judged = formcheck.judge(
        make(track, xyz_m=None, yaw_deg=yaw_deg), exercise="half-kneeling", side="left"
    )
    assert np.nanmedian(judged.body.yaw_deg) == pytest.approx(min(yaw_deg, 84.6), abs=0.01)
    assert bool(judged.result.sets) == (yaw_deg < 60)


def test_a_joint_that_is_missing_is_unknown_and_nothing_after_it_is_lost(track: PoseTrack) -> None:
    points = track.xy_px[:, ROWS].copy()
    knees = [NAMES.index("left_knee"), NAMES.index("right_knee")]
    points[30:40, knees] = np.nan
    judged = formcheck.judge(make(track, xy_px=points), exercise="half-kneeling")
    knee = judged.timeline.measures["front_knee_deg"]
    assert np.isnan(knee[30:40]).all()
    assert np.isfinite(knee[40:]).all()
    assert not judged.timeline.is_held[30:40].any()
    assert judged.timeline.is_held[50:].any()


def test_without_a_trunk_nobody_is_there(track: PoseTrack) -> None:
    points = track.xy_px[:, ROWS].copy()
    points[10:20, NAMES.index("left_hip")] = np.nan
    made = make(track, xy_px=points)
    assert made.n_people.tolist() == [1] * 10 + [0] * 10 + [1] * (len(track) - 20)
    assert (made.found == (made.n_people > 0)).all()


def test_what_is_hardly_visible_is_not_used(track: PoseTrack) -> None:
    seen = np.ones((len(track), len(NAMES)))
    seen[:, [NAMES.index(f"{side}_ankle") for side in ("left", "right")]] = 0.1
    judged = formcheck.judge(make(track, visibility=seen), exercise="half-kneeling", side="left")
    assert np.isnan(judged.timeline.measures["front_knee_deg"]).all()


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"names": [*NAMES[:-1], "left_elbo"]}, "no landmark is called left_elbo"),
        ({"names": [*NAMES[:-1], NAMES[0]]}, "twice"),
        ({"names": [*NAMES[:-1], "left_eye"]}, "needed too: nose"),
        ({"xy_px": np.zeros((3, 4, 2))}, "xy_px must have shape"),
        ({"visibility": np.zeros((3, 4))}, "visibility must have shape"),
        ({"xyz_m": np.zeros((3, 4, 3))}, "xyz_m must have shape"),
        ({"xyz_m": None}, "xyz_m or yaw_deg"),
        ({"yaw_deg": 0.0}, "xyz_m or yaw_deg"),
    ],
)
def test_what_does_not_fit_is_refused(track: PoseTrack, changed: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        make(track, **changed)
