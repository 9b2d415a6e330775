"""The timeline agrees with the result: all of it can be recomputed from the rows alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import pytest

from formcheck.exercises.load import list_exercises
from formcheck.judging.timeline import HELD
from formcheck.pose.track import PoseTrack
from formcheck.result.judgement import Judgement, judge_poses
from tests.support.builders import join_tracks, mirror_track

EXERCISES = list_exercises()
Row = dict[str, Any]


def judge_all(tracks: dict[str, PoseTrack]) -> Iterator[tuple[str, Judgement]]:
    for name, track in tracks.items():
        yield name, judge_poses(track, EXERCISES)
    first = tracks["half-kneeling_knee-lean"]
    both = join_tracks(join_tracks(first, mirror_track(first)), tracks["donkey-kick_low"])
    yield "both sides and another exercise", judge_poses(both, EXERCISES)


def sum_s(rows: list[Row], column: str) -> float:
    ends = [*(row["time_s"] for row in rows[1:]), rows[-1]["time_s"]]
    timed = zip(rows, ends, strict=True)
    return float(sum(end_s - row["time_s"] for row, end_s in timed if row[column]))


def find_runs(rows: list[Row], column: str) -> list[tuple[float, float]]:
    """From the first row of a run in which the column is set to the first row after it."""
    ends = [*(row["time_s"] for row in rows[1:]), rows[-1]["time_s"]]
    timed = list(zip(rows, ends, strict=True))
    runs = []
    for value, group in groupby(timed, key=lambda pair: pair[0][column]):
        part = list(group)
        if value:
            runs.append((part[0][0]["time_s"], part[-1][1]))
    return runs


def test_everything_is_recomputed_from_the_rows(sample_tracks: dict[str, PoseTrack]) -> None:
    n_faults = n_reps = 0
    for name, judged in judge_all(sample_tracks):
        rows = list(judged.timeline.rows())
        assert len(rows) == judged.result.frames_analyzed == len(judged.timeline)
        assert {row["set"] for row in rows} - {None} == set(range(1, len(judged.result.sets) + 1))
        for number, one in enumerate(judged.result.sets, start=1):
            mine: list[Row] = [row for row in rows if row["set"] == number]
            assert {row["exercise"] for row in mine} == {one.exercise}
            assert (mine[0]["time_s"], mine[-1]["time_s"]) == pytest.approx(
                (one.start_s, one.end_s), abs=1e-3
            )
            assert sum_s(mine, "clock_runs") == pytest.approx(one.good_hold_s, abs=2e-3), name
            assert sum_s(mine, "confirmed") == pytest.approx(one.confirmed_hold_s, abs=2e-3), name
            for rule in {fault.rule for fault in one.faults}:
                found = find_runs(mine, f"rule_{rule}__fault")
                said = [(f.start_s, f.end_s) for f in one.faults if f.rule == rule]
                assert len(found) == len(said), (name, rule)
                for run, fault in zip(found, said, strict=True):
                    assert run == pytest.approx(fault, abs=1e-3)
                n_faults += len(said)
            reps = find_runs(mine, "rep")
            assert [r for rep in reps for r in rep] == pytest.approx(
                [edge for rep in one.reps for edge in (rep.start_s, rep.end_s)], abs=1e-3
            )
            n_reps += len(reps)
    assert n_faults >= 12
    assert n_reps >= 14


def test_a_column_says_its_unit_or_what_it_is_of(sample_tracks: dict[str, PoseTrack]) -> None:
    timeline = judge_poses(sample_tracks["half-kneeling_knee-lean"], EXERCISES).timeline
    [first, *_] = timeline.rows()
    assert tuple(first) == timeline.columns
    assert {"time_s", "front_knee_deg", "pelvic_tilt_change_deg", "rule_front_knee"} < set(first)
    assert timeline.measures["front_knee_deg"].shape == timeline.time_s.shape
    held = [row for row in timeline.rows() if row["phase"] == HELD]
    assert held
    assert all(row["rule_front_knee"] == "pass" for row in held if row["confirmed"])


def test_what_is_unknown_says_why(sample_tracks: dict[str, PoseTrack]) -> None:
    timeline = judge_poses(sample_tracks["lunge-stretch_hip"], EXERCISES).timeline
    unknown = [row for row in timeline.rows() if row["rule_pelvis_tuck"] == "unknown"]
    assert unknown
    assert all(row["rule_pelvis_tuck__why"] for row in unknown)


def test_a_clip_in_which_nothing_is_seen_has_its_angles(
    sample_tracks: dict[str, PoseTrack],
) -> None:
    judged = judge_poses(sample_tracks["thomas-test_ok"], EXERCISES, exercise="half-kneeling")
    assert judged.result.verdict == "not_seen"
    rows = list(judged.timeline.rows())
    assert all(row["set"] is None for row in rows)
    assert any(row["front_knee_deg"] is not None for row in rows)
