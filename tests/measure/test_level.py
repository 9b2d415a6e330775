"""A turned camera, undone from the frames so far."""

from __future__ import annotations

import numpy as np
import pytest

from formcheck.measure.body import BodyTracker, track_body
from formcheck.measure.level import LEVEL_WITHIN_DEG, Level, turn_points
from formcheck.pose.track import PoseTrack, mirror_track
from tests.support.builders import turn_track

NAN = float("nan")


def test_points_are_turned_clockwise_on_the_screen() -> None:
    points = np.array([[[10.0, 0.0, 5.0], [0.0, 10.0, 5.0]]])
    turned = turn_points(points, np.array([90.0]))
    assert turned == pytest.approx(np.array([[[0.0, 10.0, 5.0], [-10.0, 0.0, 5.0]]]))
    about = (3.0, 4.0)
    back = turn_points(turn_points(points, np.array([20.0]), about), np.array([-20.0]), about)
    assert back == pytest.approx(points)
    assert turn_points(points, np.array([0.0])) is points


def test_the_median_of_the_readings_so_far() -> None:
    level = Level()
    assert level.follow(np.array([NAN, 10.0, NAN])).tolist() == [0, 10, 10]
    assert level.follow(np.array([12.0, 11.0, -15.0])).tolist() == [11, 11, 10.5]
    bumped = level.follow(np.full(4, 3.0))
    assert bumped[-1] == 3


def test_a_little_is_left_as_it_is() -> None:
    assert Level().follow(np.array([LEVEL_WITHIN_DEG, -LEVEL_WITHIN_DEG])).tolist() == [0, 0]
    assert Level().follow(np.array([-LEVEL_WITHIN_DEG - 0.1])).tolist() == [-2.1]


@pytest.mark.parametrize("by_deg", [-15.0, 3.0, 10.0])
def test_a_turned_body_is_the_level_one(sample_tracks: dict[str, PoseTrack], by_deg: float) -> None:
    track = sample_tracks["half-kneeling_tuck"]
    turned = turn_track(track, by_deg)
    level, body = track_body(track), track_body(turned)
    assert body.xy_px == pytest.approx(level.xy_px, abs=1e-6)
    assert body.xyz_m == pytest.approx(level.xyz_m, abs=1e-9)
    assert body.roll_deg.tolist() == [by_deg] * len(track)
    middle = (track.width_px / 2, track.height_px / 2)
    assert body.shown_xy_px == pytest.approx(turn_points(level.xy_px, body.roll_deg, middle))


def test_frame_by_frame_as_all_at_once(sample_tracks: dict[str, PoseTrack]) -> None:
    track = turn_track(sample_tracks["half-kneeling_tuck"], 10.0)
    tracker = BodyTracker(track.width_px, track.height_px)
    one_by_one = np.concatenate([tracker.update(pose).xy_px for pose in track])
    assert one_by_one == pytest.approx(track_body(track).xy_px)


def test_mirrored(sample_tracks: dict[str, PoseTrack]) -> None:
    track = turn_track(sample_tracks["half-kneeling_tuck"], 10.0)
    assert track_body(mirror_track(track)).roll_deg.tolist() == [-10.0] * len(track)
