"""The overlay says which side and which set it is as the Result does, at every moment."""

from __future__ import annotations

from dataclasses import replace

from formcheck.app.annotate import Scenes
from formcheck.exercises.load import list_exercises
from formcheck.exercises.routine import make_routine
from formcheck.pose.track import PoseTrack
from formcheck.result.judgement import Judgement, judge_poses
from formcheck.result.plan import compare_plan
from formcheck.screen.scene import Scene
from tests.support.builders import join_tracks, mirror_track, pick_frames

EXERCISES = list_exercises()


def scenes_of(judged: Judgement) -> list[tuple[float, Scene]]:
    """What the annotated video shows at each analysed frame."""
    scenes = Scenes(judged)
    return [(time_s, scenes.at(time_s, 480)) for time_s in judged.track.time_s.tolist()]


def cut(track: PoseTrack, start_s: float, end_s: float) -> PoseTrack:
    part = pick_frames(track, (track.time_s >= start_s) & (track.time_s < end_s))
    return replace(part, time_s=part.time_s - part.time_s[0])


def check(judged: Judgement) -> None:
    """At every moment the set that the Result has there, or none where it has none."""
    result = judged.result
    for time_s, scene in scenes_of(judged):
        at = [
            (k, one)
            for k, one in enumerate(result.sets)
            if one.start_s - 1e-3 <= time_s <= one.end_s + 1e-3
        ]
        if not at:
            assert (scene.side, scene.n_set, scene.done) == (None, 0, 0.0), time_s
            assert scene.clock in ("out", "entering"), time_s
            assert scene.set_name == ""
            continue
        number, one = at[0]
        assert scene.side == one.side, time_s
        assert scene.n_set == (number + 1 if len(result.sets) > 1 else 0), time_s
        assert scene.n_sets is None, "no plan, no total"
        good = sum(rep.good for rep in one.reps) if one.reps else one.good_hold_s
        assert scene.done <= good + 0.6, time_s  # a fault takes back its first half second


def test_every_clip_with_its_result(sample_tracks: dict[str, PoseTrack]) -> None:
    for track in sample_tracks.values():
        check(judge_poses(track, EXERCISES))


def test_sides_that_change_without_a_rest(sample_tracks: dict[str, PoseTrack]) -> None:
    """As in knees that are hugged in turn: a side is known a second after it was taken."""
    one = sample_tracks["half-kneeling_good25"]
    part = cut(one, 4.0, 8.0)
    track = part
    for k in range(1, 4):
        track = join_tracks(track, mirror_track(part) if k % 2 else part)
    judged = judge_poses(track, EXERCISES, exercise="half-kneeling")
    result = judged.result
    assert [s.side for s in result.sets[:2]] == [s.side for s in result.sets[2:]]
    assert len({s.side for s in result.sets}) == 2
    check(judged)


def test_the_total_is_the_plan_s(sample_tracks: dict[str, PoseTrack]) -> None:
    part = cut(sample_tracks["half-kneeling_good25"], 4.0, 9.0)
    track = join_tracks(part, mirror_track(part))
    judged = judge_poses(track, EXERCISES, exercise="half-kneeling")
    result = judged.result
    plan = make_routine(EXERCISES["half-kneeling"], sets=2, hold_s=3)
    planned = judged.with_result(plan=compare_plan(result, plan, EXERCISES))
    names = [scene.set_name for _, scene in scenes_of(planned)]
    first, second = (one.side for one in result.sets)
    told = list(dict.fromkeys(filter(None, names)))
    assert told == [f"{first} side, set 1 of 2", f"{second} side, set 1 of 2"]
