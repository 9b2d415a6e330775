"""The timeline agrees with the result: all of it can be recomputed from the written rows alone."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from formcheck.app.annotate import Scenes
from formcheck.coach.cues import tell_cue, tell_shown
from formcheck.errors import FormcheckError
from formcheck.exercises.load import list_exercises
from formcheck.judging.timeline import HELD
from formcheck.pose.landmarks import Landmark
from formcheck.pose.track import PoseTrack
from formcheck.pose.track import mirror_track as see_mirrored
from formcheck.result.judgement import Judgement, judge_poses
from formcheck.result.table import WRITERS, write_series
from tests.support.builders import join_tracks, mirror_track
from tests.support.series_files import Row, read_series

EXERCISES = list_exercises()


def judge_all(tracks: dict[str, PoseTrack]) -> Iterator[tuple[str, Judgement]]:
    for name, track in tracks.items():
        yield name, judge_poses(track, EXERCISES, tell=tell_shown)
    first = tracks["half-kneeling_knee-lean"]
    both = join_tracks(join_tracks(first, mirror_track(first)), tracks["donkey-kick_low"])
    yield "both sides and another exercise", judge_poses(both, EXERCISES, tell=tell_shown)


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


@pytest.fixture(scope="module")
def all_judged(sample_tracks: dict[str, PoseTrack]) -> dict[str, Judgement]:
    return dict(judge_all(sample_tracks))


@pytest.mark.parametrize("ending", WRITERS)
def test_everything_is_recomputed_from_the_file(
    all_judged: dict[str, Judgement], tmp_path: Path, ending: str
) -> None:
    n_faults = n_reps = 0
    for name, judged in all_judged.items():
        path = tmp_path / f"{name}{ending}"
        write_series(path, judged.timeline)
        rows = read_series(path)
        assert len(rows) == judged.result.frames_analyzed == len(judged.timeline)
        for row in rows:  # of JSON Lines, what is empty is not there
            row.update(dict.fromkeys(judged.timeline.columns.keys() - row.keys()))
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
            good = {row["rep"]: row["good_rep"] for row in mine if row["rep"]}
            assert list(good.values()) == [rep.good for rep in one.reps]
            n_reps += len(reps)
    assert n_faults >= 12
    assert n_reps >= 14


def test_a_column_says_its_unit_or_what_it_is_of(sample_tracks: dict[str, PoseTrack]) -> None:
    timeline = judge_poses(sample_tracks["half-kneeling_knee-lean"], EXERCISES).timeline
    [first, *_] = timeline.rows()
    assert list(first) == list(timeline.columns)
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


def test_every_quantity_that_is_judged_has_its_column(all_judged: dict[str, Judgement]) -> None:
    """Also what is known only from the person's own neutral: the tilt."""
    n_tilts = 0
    for judged in all_judged.values():
        rows = list(judged.timeline.rows())
        for number, one in enumerate(judged.result.sets, start=1):
            for rule in EXERCISES[one.exercise].rules:
                if rule.measure not in judged.timeline.columns:
                    assert rule.measure == "rep_s"  # of a repetition, not of a frame
                    continue
                values = [row[rule.measure] for row in rows if row["set"] == number]
                outcomes = [row[f"rule_{rule.id}"] for row in rows if row["set"] == number]
                for value, outcome in zip(values, outcomes, strict=True):
                    assert value is not None or outcome in (None, "unknown"), rule.id
                if rule.measure == "pelvic_tilt_change_deg":
                    n_tilts += sum(value is not None for value in values)
    assert n_tilts > 100


def test_the_cue_is_the_video_s(all_judged: dict[str, Judgement]) -> None:
    told = set()
    for name, judged in all_judged.items():
        scenes = Scenes(judged)
        for row in judged.timeline.rows():
            scene = scenes.at(row["time_s"], 480)  # type: ignore[arg-type]
            is_recognised = scene.exercise != "Not recognised"
            assert row["cue"] == (tell_cue(scene.cue) if is_recognised else None), name
            told.add(row["cue"])
    assert len(told) > 10


def test_a_cue_is_there_only_where_somebody_words_it(sample_tracks: dict[str, PoseTrack]) -> None:
    track = sample_tracks["half-kneeling_knee-lean"]
    assert "cue" not in judge_poses(track, EXERCISES).timeline.columns
    asked = judge_poses(track, EXERCISES, exercise="thomas-test", tell=tell_shown)
    assert asked.result.verdict == "not_seen"
    assert {row["cue"] for row in asked.timeline.rows()} >= {"Get into position"}


def test_a_data_frame_has_the_rows(all_judged: dict[str, Judgement]) -> None:
    timeline = all_judged["donkey-kick_low"].timeline
    frame = timeline.to_pandas()
    assert list(frame.columns) == list(timeline.columns)
    assert {str(frame[name].dtype) for name in ("time_s", "yaw_deg")} == {"float64"}
    assert [str(frame[name].dtype) for name in ("rep", "good_rep")] == ["Int64", "boolean"]
    assert frame.astype(object).where(frame.notna(), None).to_dict("records") == [
        dict(row) for row in timeline.rows()
    ]


def test_without_pandas_it_is_told_what_to_install(
    all_judged: dict[str, Judgement], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(FormcheckError, match=r"formcheck\[pandas\]"):
        all_judged["donkey-kick_low"].timeline.to_pandas()


def test_landmarks_are_pixels_of_the_picture_with_the_person_s_sides(
    sample_tracks: dict[str, PoseTrack],
) -> None:
    track = sample_tracks["half-kneeling_knee-lean"]
    whole = judge_poses(track, EXERCISES).timeline
    plain = whole.with_landmarks(track)
    assert len(plain.columns) == len(whole.columns) + 3 * len(Landmark)
    place = track.xy_px[:, Landmark.LEFT_KNEE]
    columns = plain.landmarks["left_knee_x_px"], plain.landmarks["left_knee_y_px"]
    assert np.array_equal(np.stack(columns, axis=1), place, equal_nan=True)
    visibility = track.visibility[:, Landmark.LEFT_KNEE]
    assert np.array_equal(plain.landmarks["left_knee_visibility"], visibility, equal_nan=True)
    mirrored = whole.with_landmarks(see_mirrored(track))
    assert mirrored.landmarks["right_knee_x_px"] == pytest.approx(place[:, 0], nan_ok=True)
