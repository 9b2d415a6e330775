"""Poses of a mirrored picture: sides are the person's own again."""

from __future__ import annotations

import numpy as np

from formcheck.pose.landmarks import PAIRS, Landmark
from formcheck.pose.outline import LEFT, RIGHT
from formcheck.pose.track import PoseTrack, mirror_track

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


def test_twice_is_the_same_again(sample_tracks: dict[str, PoseTrack]) -> None:
    track = sample_tracks[CLIP]
    again = mirror_track(mirror_track(track))
    np.testing.assert_allclose(again.xy_px, track.xy_px, atol=1e-9)
    for name in ("xyz_m", "visibility", "outline", "time_s"):
        np.testing.assert_array_equal(getattr(again, name), getattr(track, name))
    assert not again.is_mirrored
