"""A moment is what the session knew then: nothing that comes later changes it."""

from __future__ import annotations

import pytest

from formcheck.exercises.load import list_exercises
from formcheck.judging.moment import Moment, take_moment
from formcheck.judging.session import Session, measure_sides
from formcheck.measure.body import BodyTracker
from formcheck.pose.track import PoseTrack
from formcheck.result.judgement import judge_poses
from formcheck.result.score import score_set

EXERCISES = list_exercises()


def play(track: PoseTrack, name: str) -> tuple[Session, list[Moment]]:
    """A session fed one frame at a time, as a camera would, each measured by itself."""
    exercise = EXERCISES[name]
    session, moments = Session(exercise), []
    tracker = BodyTracker(track.width_px, track.height_px)
    for row in range(len(track)):
        part = slice(row, row + 1)
        outline = None if track.outline is None else track.outline[part]
        body = tracker.follow(
            track.time_s[part], track.xy_px[part], track.xyz_m[part], track.visibility[part],
            outline,
        )  # fmt: skip
        measured = {side: rows[0] for side, rows in measure_sides(body, [exercise]).items()}
        session.push(measured)
        moments.append(take_moment(session))
    session.finish()
    return session, moments


@pytest.mark.parametrize("clip", ["half-kneeling_knee-lean", "lunge-stretch_hip"])
def test_frame_by_frame_gives_what_the_clip_gives(
    sample_tracks: dict[str, PoseTrack], clip: str
) -> None:
    track, name = sample_tracks[clip], clip.split("_")[0]
    session, moments = play(track, name)
    judged = judge_poses(track, EXERCISES, exercise=name)
    assert [score_set(done) for done in session.sets] == list(judged.result.sets)
    kept = judged.found.courses[0].moments
    assert len(kept) == len(track)
    for mine, theirs in zip(moments, kept, strict=True):
        assert (mine.clock, mine.done, mine.n_sets, mine.side) == (
            theirs.clock, theirs.done, theirs.n_sets, theirs.side
        )  # fmt: skip
        assert [v.outcome for v in mine.verdicts] == [v.outcome for v in theirs.verdicts]


def test_a_fault_becomes_known_after_it_began(sample_tracks: dict[str, PoseTrack]) -> None:
    track = sample_tracks["half-kneeling_knee-lean"]
    session, moments = play(track, "half-kneeling")
    faults = [fault for done in session.sets for fault in done.faults]
    assert len(faults) >= 2
    for fault in faults:
        known_s = next(
            time_s
            for time_s, moment in zip(track.time_s, moments, strict=True)
            if any(one.verdict.rule is fault.rule and one.worst for one in moment.rules)
        )
        assert 0.0 <= known_s - fault.start_s < 1.5


def test_a_moment_stays_as_it_was(sample_tracks: dict[str, PoseTrack]) -> None:
    """A fault that gets worse, or ends, leaves what was known of it before."""
    track = sample_tracks["half-kneeling_knee-lean"]
    judged = judge_poses(track, EXERCISES, exercise="half-kneeling")
    moments = judged.found.courses[0].moments
    worst = [
        {one.verdict.rule.id: one.worst for one in moment.rules if one.worst is not None}
        for moment in moments
    ]
    ids = {rule_id for open_then in worst for rule_id in open_then}
    assert ids == {fault.rule for one in judged.result.sets for fault in one.faults}
    assert any(
        len({open_then[rule_id] for open_then in worst if rule_id in open_then}) > 1
        for rule_id in ids
    )
    assert moments[0].n_sets == 0
    assert moments[0].done == 0.0
