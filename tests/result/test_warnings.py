"""What is said beside a verdict, and when."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from formcheck.exercises.load import list_exercises
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.pose.track import PoseTrack
from formcheck.result.models import Result
from tests.support.builders import join_tracks, judge_track, pick_frames, resample_track

EXERCISES = list_exercises()
CLIP = "half-kneeling_good25"


def codes(result: Result) -> list[str]:
    return [warning.code for warning in result.warnings]


def test_a_good_clip_has_none(sample_tracks: dict[str, PoseTrack]) -> None:
    assert codes(judge_track(sample_tracks[CLIP], EXERCISES)) == []


def test_a_tuck_that_could_not_be_seen(sample_tracks: dict[str, PoseTrack]) -> None:
    result = judge_track(replace(sample_tracks[CLIP], outline=None), EXERCISES)
    [warning] = result.warnings
    assert warning.code == "tuck_not_judged"
    assert "was not judged (the line of the back was not traced)" in warning.text
    assert "not all of the held seconds are confirmed" in warning.text
    assert result.verdict == "pass"


def test_seconds_are_unconfirmed_only_where_some_were_held(
    sample_tracks: dict[str, PoseTrack],
) -> None:
    """A photo has no clock; a front foot too near the hip from first to last holds nothing."""
    track = sample_tracks[CLIP]
    at = int(np.argmin(np.abs(track.time_s - 20)))
    picture = replace(pick_frames(track, np.array([at])), is_still=True, duration_s=0.0)
    never = replace(track, outline=None, xy_px=track.xy_px.copy())
    never.xy_px[:, 27:33:2, 0] += 1.2 * (never.xy_px[:, 23, 0] - never.xy_px[:, 25, 0])[:, None]
    for one in (picture, never):
        result = judge_track(one, EXERCISES, exercise="half-kneeling")
        assert [s.good_hold_s for s in result.sets] == [0]
        [tuck] = [w for w in result.warnings if w.code == "tuck_not_judged"]
        assert "was not judged (" in tuck.text
        assert "seconds" not in tuck.text


def test_a_tuck_that_is_not_required_leaves_seconds_confirmed(
    sample_tracks: dict[str, PoseTrack],
) -> None:
    result = judge_track(sample_tracks["lunge-stretch_good"], EXERCISES)
    [warning] = result.warnings
    assert warning.code == "tuck_not_judged"
    assert "confirmed" not in warning.text
    assert result.sets[0].confirmed_hold_s == result.sets[0].good_hold_s > 7


def quicken(track: PoseTrack, times: float) -> PoseTrack:
    return replace(track, time_s=track.time_s / times, duration_s=track.duration_s / times)


def show_nobody(track: PoseTrack, seconds: float) -> PoseTrack:
    """The first seconds of a clip, with nobody in them."""
    start = pick_frames(track, track.time_s < seconds)
    return replace(start, xy_px=start.xy_px * np.nan, duration_s=seconds)


def test_movements_too_quick_to_count(sample_tracks: dict[str, PoseTrack]) -> None:
    """Four that count, and four at three times the pace: at once, and after a break."""
    slow = sample_tracks["donkey-kick_good"]
    quick = quicken(slow, 3)
    alone = judge_track(quick, EXERCISES, exercise="donkey-kick")
    assert codes(alone) == ["position_not_seen"]
    for second in (quick, join_tracks(show_nobody(slow, 12), quick)):
        for asked in ("auto", "donkey-kick"):
            result = judge_track(join_tracks(slow, second), EXERCISES, exercise=asked)
            assert [len(one.reps) for one in result.sets] == [4]
            [warning] = [one for one in result.warnings if one.code == "too_quick"]
            assert ": 4." in warning.text
            assert "takes 0.8 s or more" in warning.text


def test_several_people(sample_tracks: dict[str, PoseTrack]) -> None:
    track = sample_tracks[CLIP]
    crowd = replace(track, n_people=np.full(len(track), 2, np.int16))
    result = judge_track(crowd, EXERCISES)
    assert codes(result) == ["several_people"]
    assert result.sets == judge_track(track, EXERCISES).sets


def test_nobody_for_a_good_part(sample_tracks: dict[str, PoseTrack]) -> None:
    """Before, after and in between; not of somebody who comes."""
    track = sample_tracks[CLIP]
    end_s = track.duration_s
    for spans, seconds in (
        ([(0, 12)], 12), ([(end_s - 12, end_s)], 12), ([(2, 8), (14, 20)], 12), ([(0, 5)], 0),
    ):  # fmt: skip
        away = np.any([(track.time_s >= a) & (track.time_s < b) for a, b in spans], axis=0)
        seen = np.where(away[:, None, None], np.nan, track.xy_px)
        warnings = judge_track(replace(track, xy_px=seen), EXERCISES).warnings
        told = [one.text for one in warnings if one.code == "absent"]
        assert len(told) == (seconds > 0)
        for text in told:
            [[absent_s, whole_s]] = re.findall(r"for (\S+) of (\S+) s:", text)
            assert float(absent_s) == pytest.approx(seconds, abs=0.3)
            assert float(whole_s) == pytest.approx(end_s, abs=0.1)


def test_feet_outside_the_picture(sample_tracks: dict[str, PoseTrack]) -> None:
    """The picture ends above the floor: nothing is judged, and it is said why."""
    track = sample_tracks[CLIP]
    knees_px = float(np.nanmedian(track.xy_px[100:, 25:27, 1].max(axis=1)))
    cut = replace(track, height_px=int(knees_px) - 5)
    result = judge_track(cut, EXERCISES, exercise="half-kneeling")
    assert result.verdict == "not_seen"
    assert codes(result) == ["cut_off", "position_not_seen"]
    assert "outside the picture" in result.warnings[1].text


def test_the_other_side_than_asked_for(sample_tracks: dict[str, PoseTrack]) -> None:
    result = judge_track(sample_tracks[CLIP], EXERCISES, exercise="half-kneeling", side="left")
    assert (result.verdict, result.sets) == ("not_seen", ())
    assert "side_differs" in codes(result)
    right = judge_track(sample_tracks[CLIP], EXERCISES, exercise="half-kneeling", side="right")
    assert "side_differs" not in codes(right)


def test_too_few_frames_a_second(sample_tracks: dict[str, PoseTrack]) -> None:
    result = judge_track(resample_track(sample_tracks[CLIP], 1.0), EXERCISES)
    assert result.verdict == "not_seen"
    assert "low_frame_rate" in codes(result)


def test_another_view_than_the_exercise_asks_for(sample_tracks: dict[str, PoseTrack]) -> None:
    """The 3D body turned by 50° about the vertical, the picture as it is."""
    track = sample_tracks[CLIP]
    turn = np.radians(50)
    x, y, z = np.moveaxis(track.xyz_m, -1, 0)
    turned = np.stack(
        [x * np.cos(turn) + z * np.sin(turn), y, z * np.cos(turn) - x * np.sin(turn)], axis=-1
    )
    result = judge_track(replace(track, xyz_m=turned), EXERCISES, exercise="half-kneeling")
    assert result.verdict == "cannot_judge"
    assert (result.view.seen, result.view.ok) == ("oblique", False)
    assert "view" in codes(result)
    assert result.sets[0].rules["front_knee"].reason == Reason(ReasonCode.VIEW, ("side",))


def test_a_hidden_far_knee(sample_tracks: dict[str, PoseTrack]) -> None:
    """The rear leg is far, and its knee is put behind the near knee."""
    track = sample_tracks["standing-stretch_knee"]
    xy_px = track.xy_px.copy()
    xy_px[:, 26] = xy_px[:, 25] + 1.0
    xy_px[:, [28, 30, 32], 0] -= 25.0  # its foot comes along
    result = judge_track(replace(track, xy_px=xy_px), EXERCISES, exercise="standing-stretch")
    [one] = result.sets
    assert one.rules["rear_knee_straight"].outcome == "unknown"
    [warning] = [w for w in result.warnings if w.code == "far_leg_hidden"]
    assert warning.text.startswith("The far knee is hidden behind the near leg: turn")
    assert "front" not in warning.text
    assert "rear" not in warning.text


@pytest.mark.parametrize(("share", "is_said"), [(0.0, False), (0.02, True), (0.04, True)])
def test_a_camera_that_sways_in_a_hand(
    sample_tracks: dict[str, PoseTrack], share: float, is_said: bool
) -> None:
    """All landmarks go over the picture together, by so much of its height to and fro."""
    track = sample_tracks["half-kneeling_good25"]
    x = share * track.height_px * np.sin(2 * np.pi * 0.25 * track.time_s)
    y = share * track.height_px * np.sin(2 * np.pi * 0.43 * track.time_s + 1)
    shifted = track.xy_px + np.stack([x, y], axis=-1)[:, None]
    result = judge_track(replace(track, xy_px=shifted), EXERCISES)
    assert result.sets
    assert ("camera_moved" in codes(result)) == is_said
