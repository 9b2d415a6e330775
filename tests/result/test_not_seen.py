"""Why nothing was seen: the nearest exercise and what it lacked, on clips that lack one thing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formcheck.exercises.load import list_exercises
from formcheck.exercises.schema import PositionBand
from formcheck.measure.position_words import WORDS, find_words
from formcheck.measure.view import YAW_SCALE
from formcheck.pose.landmarks import Side, landmark_on, other_side
from formcheck.pose.track import PoseTrack
from formcheck.result.models import Nearest, Result
from tests.support.builders import judge_track, pick_frames, resample_track

EXERCISES = list_exercises()
CLIP = "half-kneeling_good25"
"""The right knee kneels."""


def nearest(result: Result) -> Nearest:
    assert (result.verdict, result.sets) == ("not_seen", ())
    assert result.nearest is not None
    return result.nearest


def text(result: Result) -> str:
    [note] = [w for w in result.warnings if w.code in ("position_not_seen", "side_differs")]
    return note.text


def lift(track: PoseTrack, trunks: float, side: Side, *joints: str) -> PoseTrack:
    """Joints of a side higher by so many trunk lengths."""
    xy_px = track.xy_px.copy()
    xy_px[:, [landmark_on(side, joint) for joint in joints], 1] -= trunks * trunk_px(track)
    return replace(track, xy_px=xy_px)


def trunk_px(track: PoseTrack) -> float:
    shoulders, hips = (
        np.nanmean(track.xy_px[:, [landmark_on("left", n), landmark_on("right", n)]], axis=1)
        for n in ("shoulder", "hip")
    )
    return float(np.nanmedian(np.linalg.norm(shoulders - hips, axis=1)))


def turn(track: PoseTrack, yaw_deg: float) -> PoseTrack:
    """Every frame seen at that angle from side-on, the picture as it is."""
    xyz_m = track.xyz_m.copy()
    angle = np.radians(yaw_deg / YAW_SCALE)
    for side, sign in (("left", 0.2), ("right", -0.2)):
        shoulder = [sign * np.sin(angle), -0.5, sign * np.cos(angle)]
        xyz_m[:, landmark_on(side, "shoulder")] = shoulder
    return replace(track, xyz_m=xyz_m)


def sway(track: PoseTrack, trunks: float, first: int = 0, last: int = 33) -> PoseTrack:
    """Landmarks from ``first`` up to ``last`` moved to and fro, once a second, all as one."""
    way = trunks * trunk_px(track) * np.sin(2 * np.pi * track.time_s)
    xy_px = track.xy_px.copy()
    xy_px[:, first:last, 0] += way[:, None]
    return replace(track, xy_px=xy_px)


def between(track: PoseTrack, start_s: float, end_s: float) -> PoseTrack:
    return pick_frames(track, (track.time_s >= start_s) & (track.time_s <= end_s))


@pytest.mark.parametrize("exercise", ["auto", "half-kneeling"])
def test_a_knee_on_a_chair(sample_tracks: dict[str, PoseTrack], exercise: str) -> None:
    track = lift(sample_tracks[CLIP], -0.5, "left", "ankle", "heel", "foot_index")
    high = replace(track, height_px=2 * track.height_px)
    result = judge_track(high, EXERCISES, exercise=exercise)
    found = nearest(result)
    assert (found.exercise, found.condition) == ("half-kneeling", "position")
    assert (found.measure, found.bound) == ("rear_knee_above_front_heel_shank", "high")
    assert found.failed_s is not None
    assert found.failed_s > 20
    lead = (
        "The nearest exercise was half-kneeling, but"
        if exercise == "auto"
        else "Half-kneeling was not seen"
    )
    assert text(result).startswith(lead)
    assert "your rear knee was off the floor: kneel" in text(result)


@pytest.mark.parametrize(
    ("clip", "yaw_deg", "says"),
    [
        (CLIP, 85, "you were seen front-on, but side-on is needed"),
        ("standing-stretch_good", 52, "you were seen half turned, but side-on is needed"),
        ("seated-90-90_good", 10, "you were seen side-on, but front-on is needed"),
        ("knee-to-chest_good", 85, "you were seen front-on, but side-on is needed"),
    ],
)
def test_the_view(
    sample_tracks: dict[str, PoseTrack], clip: str, yaw_deg: float, says: str
) -> None:
    exercise = clip.rsplit("_", 1)[0]
    result = judge_track(turn(sample_tracks[clip], yaw_deg), EXERCISES, exercise=exercise)
    assert (nearest(result).exercise, nearest(result).condition) == (exercise, "view")
    assert nearest(result).measure == "yaw_deg"
    assert says in text(result)


def test_feet_outside_the_picture(sample_tracks: dict[str, PoseTrack]) -> None:
    track = sample_tracks[CLIP]
    knees_px = float(np.nanmedian(track.xy_px[100:, 25:27, 1].max(axis=1)))
    result = judge_track(replace(track, height_px=int(knees_px) - 5), EXERCISES)
    assert (nearest(result).condition, nearest(result).bound) == ("unseen", None)
    assert "is outside the picture" in text(result)


@pytest.mark.parametrize("clip", [CLIP, "standing-stretch_good", "knee-to-chest_good"])
def test_a_camera_that_moves_is_told_from_a_person_who_does(
    sample_tracks: dict[str, PoseTrack], clip: str
) -> None:
    exercise = clip.split("_")[0]
    camera = judge_track(sway(sample_tracks[clip], 0.15), EXERCISES)
    assert (nearest(camera).exercise, nearest(camera).condition) == (exercise, "camera")
    assert "the camera moved" in text(camera)
    person = judge_track(sway(sample_tracks[clip], 0.15, last=25), EXERCISES)  # not the legs
    assert (nearest(person).exercise, nearest(person).condition) == (exercise, "moving")


def test_a_position_that_is_not_kept(sample_tracks: dict[str, PoseTrack]) -> None:
    track = sample_tracks[CLIP]
    start_s = judge_track(track, EXERCISES).sets[0].start_s
    for exercise in ("auto", "half-kneeling"):
        passing = judge_track(
            between(track, start_s + 2, start_s + 2.8), EXERCISES, exercise=exercise
        )
        assert nearest(passing).condition == "short"
        assert nearest(passing).failed_s == pytest.approx(0.7, abs=0.2)
    two_s = between(track, start_s + 2, start_s + 4.2)
    assert nearest(judge_track(two_s, EXERCISES)).condition == "short"
    assert judge_track(two_s, EXERCISES, exercise="half-kneeling").sets


def test_frames_too_far_apart(sample_tracks: dict[str, PoseTrack]) -> None:
    result = judge_track(resample_track(sample_tracks[CLIP], 1.0), EXERCISES)
    assert nearest(result).condition == "short"
    assert "too few frames per second" in text(result)


def test_nobody_was_near_anything(sample_tracks: dict[str, PoseTrack]) -> None:
    track = sample_tracks[CLIP]
    result = judge_track(replace(track, xy_px=np.full_like(track.xy_px, np.nan)), EXERCISES)
    assert (result.verdict, result.nearest) == ("not_seen", None)
    assert [w.code for w in result.warnings] == ["no_person"]


def test_all_fours_without_a_kick(sample_tracks: dict[str, PoseTrack]) -> None:
    track = sample_tracks["donkey-kick_good"]
    rest = judge_track(track, EXERCISES).sets[0].reps[0].start_s
    frame = int(np.searchsorted(track.time_s, rest))
    kept = replace(track, xy_px=track.xy_px[[frame] * len(track)])
    result = judge_track(kept, EXERCISES)
    assert (nearest(result).exercise, nearest(result).condition) == ("donkey-kick", "repetition")
    still = replace(pick_frames(kept, np.arange(len(track)) == 0), is_still=True)
    assert nearest(judge_track(still, EXERCISES)).condition == "repetition"


def test_the_wrong_side_is_said_of_every_clip(sample_tracks: dict[str, PoseTrack]) -> None:
    n_told = 0
    for name, track in sample_tracks.items():
        done = judge_track(track, EXERCISES)
        sides = {one.side for one in done.sets}
        if len(sides) != 1 or None in sides:
            continue
        [side] = sides
        assert side is not None
        for exercise in ("auto", done.sets[0].exercise):
            wrong = judge_track(track, EXERCISES, exercise=exercise, side=other_side(side))
            assert nearest(wrong).condition == "side", name
            assert nearest(wrong).exercise == done.sets[0].exercise
            assert text(wrong) == (
                f"The {other_side(side)} side was asked for, but {done.sets[0].exercise} was done "
                f"on the {side}."
            )
            n_told += 1
        assert "side_differs" not in [
            w.code for w in judge_track(track, EXERCISES, side=side).warnings
        ]
    assert n_told > 30


def test_another_exercise_than_the_one_that_was_given(
    sample_tracks: dict[str, PoseTrack],
) -> None:
    """Whatever was asked for, it is the one that is explained, and what was done is named."""
    for clip in (CLIP, "childs-pose_good", "knee-to-chest_good", "donkey-kick_good"):
        done = judge_track(sample_tracks[clip], EXERCISES).exercise
        for exercise in EXERCISES.values():
            if not exercise.is_seen:
                continue
            result = judge_track(sample_tracks[clip], EXERCISES, exercise=exercise.id)
            if result.sets:
                continue
            assert nearest(result).exercise == exercise.id
            assert nearest(result).condition in ("position", "view", "short")
            assert nearest(result).instead == done
            assert text(result).endswith(f"It looks like {done}.")


def test_what_is_seen_has_no_nearest(sample_tracks: dict[str, PoseTrack]) -> None:
    assert judge_track(sample_tracks[CLIP], EXERCISES).nearest is None


def test_words_for_every_bound_of_the_catalogue() -> None:
    """Each says what was wrong and, after a colon, what to do; a view has words of its own.

    The measures have words as well, for exercises of one's own.
    """
    for exercise in EXERCISES.values():
        for band in exercise.position:
            own = {"low": band.too_low, "high": band.too_high}
            for bound in ("low", "high"):
                if np.isfinite(getattr(band, bound)) and band.measure != "yaw_deg":
                    words = own[bound] or find_words(band.measure, bound)
                    assert words is not None, f"{exercise.id}: {band.measure} too {bound}"
                    assert words.count(": ") == 1
                    assert find_words(band.measure, bound) is not None, band.measure


def test_words_for_nothing_that_is_no_measure() -> None:
    from formcheck.measure.registry import name_measures

    assert WORDS.keys() <= name_measures()


def test_an_own_condition_without_words_is_told_by_its_numbers(
    sample_tracks: dict[str, PoseTrack],
) -> None:
    own = EXERCISES["half-kneeling"].model_copy(
        update={
            "id": "own",
            "position": (
                *EXERCISES["half-kneeling"].position,
                PositionBand(measure="near_shoulder_flexion_deg", low=170),
            ),
        }
    )
    result = judge_track(sample_tracks[CLIP], {"own": own}, exercise="own")
    found = nearest(result)
    assert (found.measure, found.bound) == ("near_shoulder_flexion_deg", "low")
    assert "near_shoulder_flexion_deg was " in text(result)
    assert "at least 170° is needed" in text(result)


def test_words_of_an_exercise_go_before_those_of_the_measure(
    sample_tracks: dict[str, PoseTrack],
) -> None:
    bands = list(EXERCISES["half-kneeling"].position)
    bands[-1] = PositionBand(measure="trunk_lean_deg", low=50, too_low="you stood: bow")
    own = EXERCISES["half-kneeling"].model_copy(update={"id": "own", "position": tuple(bands)})
    result = judge_track(sample_tracks[CLIP], {"own": own}, exercise="own")
    assert "you stood: bow" in text(result)
