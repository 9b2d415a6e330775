"""The course of every rule is what the session that judged it said, and nothing of our own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy import read_poses
from formcheck.coach.flow import Flow
from formcheck.coach.tally import Tally
from formcheck.exercises.load import list_exercises
from formcheck.exercises.routine import make_routine
from formcheck.judging.session import Session, measure_sides
from formcheck.measure.body import track_body
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.pose.track import PoseTrack
from formcheck.report.traces import (
    SessionTrace,
    Span,
    Trace,
    find_spans,
    find_worst_s,
    trace_sets,
)
from formcheck.result.detect import ClipJudge
from formcheck.result.judgement import judge_poses
from formcheck.result.models import Result
from tests.support.builders import join_tracks, mirror_track, pick_frames

EXERCISES = list_exercises()


def trace(track: PoseTrack) -> tuple[Result, Trace]:
    judged = judge_poses(track, EXERCISES)
    return judged.result, trace_sets(judged.body, judged.found.played)


@pytest.fixture(scope="module")
def tuck(samples: Path, poses_dir: Path) -> PoseTrack:
    """Tucks, arches from 6 to 9.5 s, tucks again."""
    return read_poses(samples / "half-kneeling_tuck.mp4", poses_dir)


@pytest.fixture(scope="module")
def kicks(samples: Path, poses_dir: Path) -> PoseTrack:
    """Four donkey kicks, the second and the third too low."""
    return read_poses(samples / "donkey-kick_low.mp4", poses_dir)


def test_every_number_of_the_result_is_found_again_in_the_course(tuck: PoseTrack) -> None:
    result, found = trace(tuck)
    [one], [series] = result.sets, found.sets
    assert set(series.rules) == set(one.rules)
    for name, rule in one.rules.items():
        value = series.rules[name].value
        assert np.isfinite(value).any()
        assert rule.min is not None
        assert rule.max is not None
        # What fails while settling or leaving is in the course, and counted in no rule.
        assert np.nanmin(value) <= rule.min + 0.01
        assert np.nanmax(value) >= rule.max - 0.01
    confirmed_s = sum(span.end_s - span.start_s for span in series.confirmed)
    assert confirmed_s == pytest.approx(one.confirmed_hold_s, abs=0.01)
    assert confirmed_s > 2


def test_a_live_session_keeps_the_same_course(tuck: PoseTrack) -> None:
    """Stay by stay, before the frames are let go of; here the person is gone for four seconds."""
    track = pick_frames(tuck, (tuck.time_s < 7) | (tuck.time_s > 11))
    result, found = trace(track)
    exercise = EXERCISES["half-kneeling"]
    flow = Flow(make_routine(exercise), EXERCISES, track.height_px)
    measured = measure_sides(track_body(track), [exercise])
    session, kept = Session(exercise), SessionTrace()
    tally = Tally(flow.turns, kept.see)
    for left, right in zip(measured["left"], measured["right"], strict=True):
        tally.take(session, session.push({"left": left, "right": right}))
    tally.take(session, session.finish())
    [again], [series] = kept.conclude(result).sets, found.sets
    assert len(session.sets[0].stays) == 2
    assert again.confirmed == series.confirmed
    assert again.unjudged == series.unjudged
    for name, course in series.rules.items():
        for field in ("time_s", "value", "is_failing", "is_unclear"):
            np.testing.assert_array_equal(
                getattr(again.rules[name], field), getattr(course, field), err_msg=name
            )


def test_the_worst_moment_of_a_fault_has_its_worst_value(tuck: PoseTrack) -> None:
    result, found = trace(tuck)
    [one], [series] = result.sets, found.sets
    [fault] = one.faults
    rule = EXERCISES["half-kneeling"].rule(fault.rule)
    worst_s = find_worst_s(one, series, rule, fault)
    assert fault.start_s <= worst_s <= fault.end_s
    known = series.rules[fault.rule]
    at = int(np.abs(known.time_s - worst_s).argmin())
    assert known.value[at] == pytest.approx(fault.worst, abs=0.01)
    assert known.is_failing[at]


def test_without_a_course_a_fault_is_worst_at_its_start(tuck: PoseTrack) -> None:
    result, _ = trace(tuck)
    [one] = result.sets
    [fault] = one.faults
    rule = EXERCISES["half-kneeling"].rule("pelvis_tuck")
    assert find_worst_s(one, None, rule, fault) == fault.start_s


def test_what_could_not_be_judged_has_its_reason(tuck: PoseTrack) -> None:
    _, found = trace(tuck)
    first = found.sets[0].unjudged[0]
    assert first.start_s == 0.0
    assert "pelvis tuck: " in first.text
    assert "the neutral position is not known" in first.text
    assert "neither clearly in range nor clearly out of range" in first.text
    for span in found.sets[0].unjudged:
        assert span.end_s > span.start_s


def test_a_back_that_is_traced_now_and_then_is_told_by_those_frames(tuck: PoseTrack) -> None:
    """As at the camera; only where it is never traced is that the reason."""
    exercise = EXERCISES["half-kneeling"]
    body = track_body(tuck)
    for every, is_told in ((3, False), (10**6, True)):
        now_and_then = replace(body, is_traced=np.arange(1, len(body) + 1) % every == 0)
        found = ClipJudge(measure_sides(now_and_then, [exercise]), None, is_still=False).judge(
            exercise
        )
        spans = trace_sets(now_and_then, found.played).sets[0].unjudged
        assert spans[0].start_s == 0.0
        assert any(str(Reason(ReasonCode.NOT_TRACED)) in span.text for span in spans) == is_told


def test_repetitions_are_judged_once_each_on_the_curve(kicks: PoseTrack) -> None:
    result, found = trace(kicks)
    [one], [series] = result.sets, found.sets
    height = series.rules["kick_height"]
    assert [round(judged.time_s, 3) for judged in height.judged] == [r.peak_s for r in one.reps]
    assert [judged.outcome.value for judged in height.judged] == [
        "fail" if rep.faults else "pass" for rep in one.reps
    ]
    for judged in height.judged:
        near = np.abs(height.time_s - judged.time_s) < 0.5
        assert np.nanmin(np.abs(height.value[near] - judged.value)) < 3.0
    slow = series.rules["slow"]
    assert len(slow.time_s) == 0, "how long a repetition took has no course"
    assert len(slow.judged) == len(one.reps)


def test_the_worst_moment_of_a_repetition_is_its_top(kicks: PoseTrack) -> None:
    result, found = trace(kicks)
    [one], [series] = result.sets, found.sets
    rule = EXERCISES["donkey-kick"].rule("kick_height")
    tops = [find_worst_s(one, series, rule, f) for f in one.faults]
    assert tops == [rep.peak_s for rep in one.reps if rep.faults]


def test_legs_that_take_turns_are_followed_in_turn(kicks: PoseTrack) -> None:
    """The other leg kicks in the mirror: each kick's curve passes through its verdict."""
    both = join_tracks(kicks, mirror_track(kicks))
    result, found = trace(both)
    n_judged = 0
    for one, series in zip(result.sets, found.sets, strict=True):
        height = series.rules["kick_height"]
        n_judged += len(height.judged)
        assert len(height.judged) == len(one.reps)
        for judged in height.judged:
            near = np.abs(height.time_s - judged.time_s) < 0.5
            assert np.nanmin(np.abs(height.value[near] - judged.value)) < 3.0
    assert n_judged >= 8


def test_an_assessment_has_the_course_of_what_it_reads(samples: Path, poses_dir: Path) -> None:
    result, found = trace(read_poses(samples / "thomas-test_tight.mp4", poses_dir))
    [one], [series] = result.sets, found.sets
    assert one.measured is not None
    for name, known in series.readings.items():
        read = one.measured[name]
        assert isinstance(read, float)
        assert np.nanmin(known.value) <= read <= np.nanmax(known.value)
    assert list(series.readings) == ["thigh_elevation_deg", "knee_deg"]


def test_an_absence_leaves_a_gap_and_is_told(tuck: PoseTrack) -> None:
    keep = (tuck.time_s < 4.0) | (tuck.time_s > 7.0)
    xy = np.where(keep[:, None, None], tuck.xy_px, np.nan)
    result, found = trace(replace(tuck, xy_px=xy))
    assert len(result.sets) == 1
    [nobody] = found.nobody
    assert nobody.start_s == pytest.approx(4.0, abs=0.1)
    assert nobody.end_s == pytest.approx(7.0, abs=0.2)
    knee = found.sets[0].rules["front_knee"]
    gap = int(np.diff(knee.time_s).argmax())
    assert np.isnan(knee.value[gap + 1]), "no line is drawn over the absence"
    assert (np.diff(knee.time_s) > 0).all()


def test_sets_of_several_exercises_keep_their_order(tuck: PoseTrack, kicks: PoseTrack) -> None:
    result, found = trace(join_tracks(kicks, tuck))
    assert [one.exercise for one in result.sets] == ["donkey-kick", "half-kneeling"]
    assert ["kick_height" in series.rules for series in found.sets] == [True, False]
    assert ["pelvis_tuck" in series.rules for series in found.sets] == [False, True]


def test_a_clip_of_nothing_has_no_course(tuck: PoseTrack) -> None:
    result, found = trace(pick_frames(tuck, tuck.time_s < 0.5))
    assert result.sets == ()
    assert found.sets == ()


def test_stretches_of_frames_are_found_each_up_to_the_next_frame() -> None:
    time_s = np.arange(6.0)
    mask = np.array([False, True, True, False, False, True])
    assert find_spans(time_s, mask) == (Span(1.0, 3.0),)
    assert find_spans(time_s[:0], mask[:0]) == ()
