"""Poses of a mirrored picture: sides are the person's own again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from formcheck.pose.landmarks import PAIRS, Landmark
from formcheck.pose.outline import LEFT, RIGHT
from formcheck.pose.track import PoseTrack, mirror_track
from formcheck.video.room_lines import ROLL_EVERY_S
from tests.support.random_poses import make_track

CLIP = "half-kneeling_knee-lean"


def test_left_is_right_and_x_is_turned_round(sample_tracks: dict[str, PoseTrack]) -> None:
    track = sample_tracks[CLIP]
    turned = mirror_track(track)
    width = track.width_px
    for left, right in PAIRS:
        np.testing.assert_allclose(turned.xy_px[:, left, 0], width - track.xy_px[:, right, 0])
        np.testing.assert_array_equal(turned.xy_px[:, left, 1], track.xy_px[:, right, 1])
        np.testing.assert_array_equal(turned.visibility[:, right], track.visibility[:, left])
        np.testing.assert_array_equal(
            turned.xyz_m[:, right], track.xyz_m[:, left] * [-1.0, 1.0, 1.0]
        )
    nose = Landmark.NOSE
    np.testing.assert_allclose(turned.xy_px[:, nose, 0], width - track.xy_px[:, nose, 0])
    assert track.outline is not None
    assert turned.outline is not None
    np.testing.assert_array_equal(turned.outline[:, LEFT], track.outline[:, RIGHT])
    assert turned.is_mirrored


def test_the_roll_is_read_every_few_seconds(sample_tracks: dict[str, PoseTrack]) -> None:
    """In the first frame of each stretch, on any number of cores; a level room is told as one."""
    for track in sample_tracks.values():
        assert track.rolls is not None
        time_s, roll_deg = track.rolls.T
        assert time_s[0] == track.time_s[0]
        assert (np.diff(time_s // ROLL_EVERY_S) >= 1).all()
        assert (time_s % ROLL_EVERY_S < 0.3).all()
        assert np.abs(roll_deg).max() < 0.5


def test_each_roll_goes_to_a_frame() -> None:
    """To the next one, where frames were left out; the last of several stays."""
    rolls = np.array([[0.0, 1.0], [0.05, 2.0], [0.1, 3.0], [9.0, 4.0]])
    track = replace(make_track(), rolls=rolls, time_s=np.arange(5) / 10)
    assert track.roll_deg[:2].tolist() == [1, 3]
    assert np.isnan(track.roll_deg[2:]).all()
    assert [pose.roll_deg for pose in track][:2] == [1, 3]
    assert np.isnan(replace(track, rolls=None).roll_deg).all()
    assert mirror_track(track).roll_deg[:2].tolist() == [-1, -3]


def test_twice_is_the_same_again(sample_tracks: dict[str, PoseTrack]) -> None:
    track = sample_tracks[CLIP]
    again = mirror_track(mirror_track(track))
    np.testing.assert_allclose(again.xy_px, track.xy_px, atol=1e-9)
    for name in ("xyz_m", "visibility", "outline", "time_s"):
        np.testing.assert_array_equal(getattr(again, name), getattr(track, name))
    assert not again.is_mirrored
