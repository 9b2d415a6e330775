"""The tilt from the back's outline: what moves it, what must not, and when it cannot be told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formcheck.measure.body import track_body
from formcheck.measure.pelvis import (
    LAST_START,
    PER_DEG,
    PER_DEG_ALONE,
    PER_DEG_ARMS_RAISED,
    SACRUM,
    UPPER_BACK,
    Back,
    Neutral,
    average_backs,
    compare_backs,
    fit_slope_deg,
    view_backs,
)
from formcheck.measure.reason import ReasonCode
from formcheck.pose.landmarks import Landmark
from formcheck.pose.outline import LEFT, LEVELS
from formcheck.pose.track import PoseTrack
from tests.support.backs import HANGING, bend
from tests.support.builders import BACK_CODES, mirror_track, pick_frames, scale_track

CLIP = "half-kneeling_good25"


def make_back(sacral_deg: float = 10.0, upper_deg: float = -5.0, lean_deg: float = 0.0) -> Back:
    return Back(bend(sacral_deg, upper_deg), HANGING, lean_deg, np.zeros(2), None)


NEUTRAL = average_backs([make_back()])


def change(back: Back, neutral: Neutral = NEUTRAL) -> float:
    value, why = compare_backs(back, neutral)
    assert why is None
    return value


def why(back: Back, neutral: Neutral = NEUTRAL) -> ReasonCode | None:
    value, reason = compare_backs(back, neutral)
    assert np.isnan(value)
    return reason


def test_neutral_is_no_change_and_anterior_is_positive() -> None:
    assert change(make_back()) == pytest.approx(0.0, abs=1e-9)
    assert change(make_back(sacral_deg=15)) == pytest.approx(5 * PER_DEG[0])
    seen = change(make_back(sacral_deg=4, upper_deg=-3))
    assert seen == pytest.approx(-6 * PER_DEG[0] + 2 * PER_DEG[1])


def test_a_back_beside_its_axis_is_the_same_back() -> None:
    back = make_back()
    assert change(replace(back, profile=back.profile + 0.05)) == pytest.approx(0.0, abs=1e-9)


def test_a_wandering_hip_turns_the_axis_and_changes_little() -> None:
    """By 3°: the sacrum alone would tell 5.6°."""
    assert change(make_back(sacral_deg=13, upper_deg=-2)) == pytest.approx(1.5, abs=0.3)


def test_leaning_is_corrected_up_to_six_degrees() -> None:
    lean_deg = 5.0
    seen = make_back(sacral_deg=10 - lean_deg * PER_DEG[2] / PER_DEG[0], lean_deg=lean_deg)
    assert change(seen) == pytest.approx(0.0, abs=1e-9)
    assert why(make_back(lean_deg=6.1)) is ReasonCode.LEAN
    assert why(make_back(lean_deg=-6.1)) is ReasonCode.LEAN


def test_raised_arms_flatten_the_shoulders_and_nothing_else() -> None:
    up = HANGING.copy()
    up[:, :, 0] *= -1
    raised = replace(make_back(sacral_deg=4), arms=up)
    flat = replace(raised, profile=raised.profile - 0.3 * np.clip(0.2 - LEVELS, 0, None))
    for back in (raised, flat):
        assert change(back) == pytest.approx(-6 * PER_DEG_ARMS_RAISED[0])


def test_another_stance_is_not_compared() -> None:
    rocked = replace(make_back(), thighs_deg=np.array([15.0, -10.0]))
    assert why(rocked) is ReasonCode.STANCE
    assert change(replace(make_back(), thighs_deg=np.array([8.0, -8.0]))) == pytest.approx(0.0)


def put_elbow(back: Back, depth: float = 0.25, hand_at: float = 0.78) -> Back:
    """The hand goes on the hip: the elbow stands out at .5, and the forearm comes in below it."""
    arm = depth * np.clip(LEVELS / 0.5, 0, 1) * np.clip((hand_at - LEVELS) / (hand_at - 0.5), 0, 1)
    return replace(back, profile=back.profile + np.where(hand_at > LEVELS, arm, 0.0))


def test_a_hand_that_stays_on_the_hip_stands_in_for_the_upper_back() -> None:
    neutral = average_backs([put_elbow(make_back())])
    assert change(put_elbow(make_back(sacral_deg=4)), neutral) == pytest.approx(-6 * PER_DEG[0])


def test_the_sacrum_is_told_below_a_hand_on_the_hip() -> None:
    """In neutral the arms hung; the gap between arm and back may be seen or not."""
    moved = replace(put_elbow(make_back(sacral_deg=4)), arms=HANGING + np.array([0.0, 0.3]))
    assert change(moved) == pytest.approx(-6 * PER_DEG_ALONE[0])
    gap = np.where((LEVELS > 0.2) & (LEVELS < 0.4), make_back().profile, moved.profile)
    assert change(replace(moved, profile=gap)) == pytest.approx(-6 * PER_DEG_ALONE[0])


def test_a_knob_on_the_sacrum_is_not_clean() -> None:
    back = make_back()
    knob = back.profile + 0.12 * np.exp(-(((LEVELS - 0.9) / 0.05) ** 2))
    assert why(replace(back, profile=knob)) is ReasonCode.NOT_CLEAN


def test_more_than_a_pelvis_can_tilt_is_something_else() -> None:
    assert why(make_back(sacral_deg=60)) is ReasonCode.NOT_CLEAN


def test_what_hides_a_back_by_itself_is_kept() -> None:
    for reason in BACK_CODES:
        assert why(replace(make_back(), why=reason)) is reason


@pytest.fixture
def track(sample_tracks: dict[str, PoseTrack]) -> PoseTrack:
    """Half-kneeling, tucked."""
    whole = sample_tracks[CLIP]
    return pick_frames(whole, (whole.time_s > 8) & (whole.time_s < 11))


def reasons(track: PoseTrack) -> set[ReasonCode | None]:
    return {back.why for back in view_backs(track_body(track))}


def angles(track: PoseTrack) -> np.ndarray:
    profiles = np.array([back.profile for back in view_backs(track_body(track))])
    return fit_slope_deg(profiles, SACRUM) - fit_slope_deg(profiles, UPPER_BACK)


def test_a_good_view_shows_every_back(track: PoseTrack) -> None:
    assert reasons(track) == {None}


def test_mirrored_or_larger_it_is_the_same_back(track: PoseTrack) -> None:
    assert angles(mirror_track(track)) == pytest.approx(angles(track), abs=1e-6)
    assert angles(scale_track(track, 3.0)) == pytest.approx(angles(track), abs=1e-6)


def test_poses_without_outlines_say_so(track: PoseTrack) -> None:
    assert reasons(replace(track, outline=None)) == {ReasonCode.NOT_TRACED}


def test_a_shoulder_outside_the_picture(track: PoseTrack) -> None:
    xy_px = track.xy_px.copy()
    xy_px[:, Landmark.RIGHT_SHOULDER, 1] = -20.0
    assert reasons(replace(track, xy_px=xy_px)) == {ReasonCode.NO_BODY}


def test_turned_away_from_side_on(track: PoseTrack) -> None:
    """The 3D body turned by 40° about the vertical, the picture as it is."""
    turn = np.radians(40)
    x, y, z = np.moveaxis(track.xyz_m, -1, 0)
    xyz_m = np.stack(
        [x * np.cos(turn) + z * np.sin(turn), y, z * np.cos(turn) - x * np.sin(turn)], axis=-1
    )
    assert reasons(replace(track, xyz_m=xyz_m)) == {ReasonCode.NOT_SIDE_ON}


def test_an_arm_on_the_pelvis(track: PoseTrack) -> None:
    """Elbow and wrist are put on the outline of the sacrum."""
    body = track_body(track)
    xy_px, outline = track.xy_px.copy(), track.outline
    assert outline is not None
    edge = 0 if body.facing[0] > 0 else 1
    behind = np.array([-1.0 if edge == LEFT else 1.0, 0.0])
    for joint, u in ((Landmark.RIGHT_ELBOW, 0.70), (Landmark.RIGHT_WRIST, 0.96)):
        k = int(np.argmin(np.abs(LEVELS - u)))
        at = body.joint("mid_shoulder") + u * (body.joint("mid_hip") - body.joint("mid_shoulder"))
        xy_px[:, joint] = at + (outline[:, edge, k] * body.trunk_px)[:, None] * behind
    assert reasons(replace(track, xy_px=xy_px)) == {ReasonCode.ARM}


def test_a_forearm_that_comes_in_below_all_of_the_sacrum_hides_it(track: PoseTrack) -> None:
    assert track.outline is not None
    outline = track.outline.copy()
    outline[:, :, (LEVELS > 0.5) & (LEVELS < LAST_START + 0.03)] += 0.2
    assert reasons(replace(track, outline=outline)) == {ReasonCode.ARM}


def test_a_torn_outline_is_not_clean(track: PoseTrack) -> None:
    assert track.outline is not None
    noise = np.random.default_rng(5).normal(0, 0.05, track.outline.shape)
    torn = reasons(replace(track, outline=track.outline + noise))
    assert torn <= {ReasonCode.NOT_CLEAN, ReasonCode.ARM}
    hole = track.outline.copy()
    hole[:, :, 44] = np.nan
    assert reasons(replace(track, outline=hole)) == {ReasonCode.NOT_CLEAN}
