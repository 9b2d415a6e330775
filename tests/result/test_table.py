"""Results as rows, and rows as CSV, JSON Lines and Parquet."""

from __future__ import annotations

import csv
import importlib
import io
import json
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.accuracy import read_poses
from formcheck.errors import SourceError, StoreError
from formcheck.exercises.load import list_exercises
from formcheck.result.models import Note, RepResult, ViewSeen
from formcheck.result.table import (
    COLUMNS,
    Row,
    check_table,
    list_columns,
    make_rows,
    write_table,
    writer,
)
from tests.support.builders import judge_track
from tests.support.past_sets import make_fault, make_set
from tests.support.table_rows import TABLE, make_result

EXERCISES = list_exercises()
ALL = (".csv", ".jsonl", ".parquet")
EVIL = '=1+1, "two"\nlines\r🧘'


def make_many(n: int) -> Iterator[Row]:
    for i in range(n):
        yield from make_rows(f"clips/{i}.mp4", make_result(make_set()), None, TABLE)


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a table, as its format's own reader gives them."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, strict=True))
    if path.suffix == ".jsonl":
        lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
        return [json.loads(line) for line in lines]
    return list(importlib.import_module("pyarrow.parquet").read_table(path).to_pylist())


def test_the_columns_are_those_of_the_catalogue_whatever_was_found() -> None:
    assert tuple(TABLE[: len(COLUMNS)]) == COLUMNS
    assert len(set(TABLE)) == len(TABLE)
    outcomes = [name for name in TABLE if name.startswith("rule_") and "__" not in name]
    rules = {rule.id for exercise in EXERCISES.values() for rule in exercise.rules}
    assert outcomes == sorted(f"rule_{rule}" for rule in rules)
    for name in (
        "measured_thigh_elevation_deg", "measured_knee_deg", "reading", "rule_front_knee__pass_s",
        "rule_front_knee__median_deg", "rule_heels_down__max_leg",
    ):  # fmt: skip
        assert name in TABLE
    assert list_columns(reversed(EXERCISES.values())) == TABLE
    assert list_columns([]) == list(COLUMNS)


def test_a_set_is_a_row_with_every_number() -> None:
    done = make_set()
    [row] = make_rows("clips/kneel.mp4", make_result(done), None, TABLE)
    assert list(row) == TABLE
    told = {name: value for name, value in row.items() if value is not None}
    assert told == {
        "clip": "clips/kneel.mp4", "status": "ok", "person": "Ann", "exercise": "half-kneeling",
        "exercise_source": "detected", "set": 1, "side": "left", "verdict": "fix", "score": 94.9,
        "completion": 0.27, "cues": "Forward", "warnings": "far_leg_hidden", "start_s": 2.9,
        "end_s": 13.1, "position_s": 10.1, "good_hold_s": 8.1, "confirmed_hold_s": 6.5,
        "longest_hold_s": 4.1, "n_holds": 0, "n_unseen": 0, "n_reps": 0, "n_good_reps": 0,
        "n_faults": 2,
        "target_hold_s": 30.0, "target_sets": 2, "clip_verdict": "fix", "clip_score": 94.9,
        "clip_completion": 0.27, "model": "full", "duration_s": 14.2, "frames": 213,
        "frames_analyzed": 142, "frames_with_pose": 140, "view_seen": "side", "view_ok": True,
        "near_side": "left", "baseline_source": "none", "rule_front_knee": "pass",
        "rule_front_knee__median_deg": 88.5, "rule_front_knee__min_deg": 88.5,
        "rule_front_knee__max_deg": 88.5, "rule_front_knee__pass_s": 1.0,
        "rule_front_knee__fail_s": 0.0, "rule_front_knee__unknown_s": 0.0,
        "rule_rear_hip": "unknown", "rule_rear_hip__pass_s": 1.0, "rule_rear_hip__fail_s": 0.0,
        "rule_rear_hip__unknown_s": 0.0,
    }  # fmt: skip


def test_every_number_of_a_real_result_is_in_its_row(samples: Path, poses_dir: Path) -> None:
    """Nothing that a set says is forgotten when the Result grows."""
    lists = {"holds", "reps", "faults", "unseen"}
    for name in ("half-kneeling_knee-lean", "donkey-kick_low", "thomas-test_ok"):
        result = judge_track(read_poses(samples / f"{name}.mp4", poses_dir), EXERCISES)
        rows = make_rows(name, result, None, TABLE)
        assert len(rows) == len(result.sets) > 0
        for row, one in zip(rows, json.loads(result.to_json())["sets"], strict=True):
            for field, value in one.items():
                if field in lists:
                    assert row[f"n_{field}"] == len(value)
                elif field not in ("rules", "measured"):
                    assert row[field] == value
            for rule, of in one["rules"].items():
                assert row[f"rule_{rule}"] == of.pop("outcome")
                unit, why = of.pop("unit"), of.pop("why_unknown")
                assert why is None or why in str(row["why_unknown"])
                for number, value in of.items():
                    ending = "" if number.endswith("_s") else f"_{unit}"
                    assert row[f"rule_{rule}__{number}{ending}"] == value
            for measure, value in (one["measured"] or {}).items():
                assert row["reading" if measure == "verdict" else f"measured_{measure}"] == value


def test_several_sets_are_several_rows_and_repetitions_are_counted() -> None:
    reps = [
        RepResult(start_s=t, peak_s=t + 1, end_s=t + 2, top_s=0.5, side=None, good=good, faults=())
        for t, good in ((1.0, True), (4.0, False), (7.0, True))
    ]
    kick = make_set(20.0, exercise="donkey-kick", side="right", reps=tuple(reps), faults=())
    both = make_result(make_set(), kick, exercise="mixed")
    rows = make_rows("a.mp4", both, None, TABLE)
    assert [(row["set"], row["exercise"], row["side"], row["start_s"]) for row in rows] == [
        (1, "half-kneeling", "left", 2.9), (2, "donkey-kick", "right", 20.0),
    ]  # fmt: skip
    assert (rows[1]["n_reps"], rows[1]["n_good_reps"], rows[1]["cues"]) == (3, 2, None)


def test_each_cue_is_told_once_in_order() -> None:
    faults = [make_fault("trunk_tall", t, t + 1) for t in (1.0, 3.0, 5.0)]
    faults[1] = faults[1].model_copy(update={"cue": "Sit tall"})
    [row] = make_rows("a.mp4", make_result(make_set(faults=tuple(faults))), None, TABLE)
    assert row["cues"] == "Forward; Sit tall"


def test_a_clip_without_a_set_has_its_row() -> None:
    empty = make_result(
        exercise=None, exercise_source="none", target=None, score=None, completion=None,
        verdict="not_seen", person=None,
        warnings=(
            Note(code="position_not_seen", text="Kneel."), Note(code="damaged", text="Cut off."),
        ),
        view=ViewSeen(expected=(), seen=None, ok=False, near_side=None),
    )  # fmt: skip
    [row] = make_rows("a.mp4", empty, None, TABLE)
    assert row["status"] == "ok"
    assert row["verdict"] == row["clip_verdict"] == "not_seen"
    assert (row["set"], row["exercise"], row["score"], row["view_ok"]) == (None, None, None, False)
    assert row["why_unknown"] == "Kneel."


def test_a_clip_that_failed_has_its_row_with_what_was_asked() -> None:
    [row] = make_rows(
        "a.mp4", None, "is empty", TABLE, person="Ann", exercise="childs-pose", side="left"
    )
    assert {name: value for name, value in row.items() if value is not None} == {
        "clip": "a.mp4", "status": "failed", "error": "a.mp4: is empty", "person": "Ann",
        "exercise": "childs-pose", "side": "left",
    }  # fmt: skip
    assert list(row) == TABLE


def test_a_result_of_other_exercises_than_the_columns_is_refused() -> None:
    columns = list_columns([EXERCISES["childs-pose"]])
    with pytest.raises(ValueError, match="rule_front_knee"):
        make_rows("a.mp4", make_result(make_set()), None, columns)


@pytest.mark.parametrize("kind", ALL)
def test_names_survive_a_round_trip(tmp_path: Path, kind: str) -> None:
    name = 'clips/two\nlines, "quoted"; it\'s ćwiczenie 🧘\r\t\\.mp4'
    path = tmp_path / f"results{kind}"
    rows = make_rows(name, make_result(make_set()), None, TABLE)
    rows += make_rows("b.mp4", None, "b.mp4: is empty", TABLE)
    assert write_table(path, iter(rows), TABLE) == 2
    first, second = read(path)
    assert first["clip"] == name
    assert second["clip"] == "b.mp4"
    for row, told in ((rows[0], first), (rows[1], second)):
        for column in TABLE:
            value = told.get(column)
            if kind == ".csv":
                expected = row[column]
                if isinstance(expected, bool):
                    expected = str(expected).lower()
                assert value == ("" if expected is None else str(expected))
            else:
                assert value == row[column]
                assert type(value) is type(row[column])


@pytest.mark.parametrize("kind", ALL)
def test_what_is_no_character_is_spelt_out(tmp_path: Path, kind: str) -> None:
    rows = make_rows("caf\udce9.mp4", None, "no such file", TABLE)
    write_table(tmp_path / f"a{kind}", rows, TABLE)
    [row] = read(tmp_path / f"a{kind}")
    assert row["clip"] == "caf\\udce9.mp4"
    assert row["error"] == "caf\\udce9.mp4: no such file"


def test_a_spreadsheet_finds_no_formula(tmp_path: Path) -> None:
    names = ["=1+1.mp4", "+1.mp4", "-1.mp4", "@SUM(A1).mp4", "\t=1.mp4", " =1.mp4", "a;=1.mp4",
             "a\n=1.mp4", "\uff1d1.mp4", EVIL]  # fmt: skip
    rows = [row for name in names for row in make_rows(name, None, "=error", TABLE, person="-1")]
    write_table(tmp_path / "a.csv", rows, TABLE)
    text = (tmp_path / "a.csv").read_text(encoding="utf-8")
    for separator in (",", ";", "\t"):
        for cells in csv.reader(io.StringIO(text), delimiter=separator):
            assert not any(cell.lstrip()[:1] in set("=+-@\uff1d") and cell for cell in cells)
    # Numbers stay numbers, and other formats keep every name as it is.
    minus = make_result(make_set(start_s=-0.5))
    write_table(tmp_path / "b.csv", make_rows("a.mp4", minus, None, TABLE), TABLE)
    assert read(tmp_path / "b.csv")[0]["start_s"] == "-0.5"
    write_table(tmp_path / "a.jsonl", rows, TABLE)
    assert [row["clip"] for row in read(tmp_path / "a.jsonl")] == names


@pytest.mark.parametrize("kind", ALL)
def test_the_same_rows_give_the_same_bytes(tmp_path: Path, kind: str) -> None:
    first, second = tmp_path / f"first{kind}", tmp_path / "other" / f"second{kind.upper()}"
    for path in (first, second):
        assert write_table(path, make_many(2345), TABLE) == 2345
    assert first.read_bytes() == second.read_bytes()
    assert [row["clip"] for row in read(first)] == [f"clips/{i}.mp4" for i in range(2345)]


def test_the_types_of_parquet_do_not_depend_on_the_rows(tmp_path: Path) -> None:
    parquet = importlib.import_module("pyarrow.parquet")
    rows = {
        "failed": make_rows("a.mp4", None, "failed", TABLE),
        "well": make_rows("a.mp4", make_result(make_set()), None, TABLE),
        "none": [],
    }
    schemas = []
    for name, some in rows.items():
        write_table(tmp_path / f"{name}.parquet", some, TABLE)
        schemas.append(parquet.read_schema(tmp_path / f"{name}.parquet"))
    assert schemas[0] == schemas[1] == schemas[2]
    types = {field.name: str(field.type) for field in schemas[0]}
    assert types["score"] == types["rule_heels_down__max_leg"] == "double"
    assert types["n_reps"] == types["set"] == "int64"
    assert types["rule_front_knee"] == types["error"] == "string"
    assert types["measured_knee_deg"] == "double"
    assert types["view_ok"] == "bool"


def test_json_lines_leave_out_rules_that_do_not_belong(tmp_path: Path) -> None:
    write_table(tmp_path / "a.jsonl", make_many(1), TABLE)
    [row] = read(tmp_path / "a.jsonl")
    assert tuple(row)[: len(COLUMNS)] == COLUMNS
    assert row["error"] is None
    assert "rule_heels_down" not in row


@pytest.mark.parametrize("kind", ALL)
def test_a_table_is_written_whole_or_not_at_all(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"results{kind}"
    path.write_text("the old one")

    def break_off(error: BaseException) -> Iterator[Row]:
        yield from make_many(1500)
        raise error

    for error in (
        KeyboardInterrupt(),
        SourceError("journal", "is damaged"),
        OSError(28, "Full"),
    ):
        expected = StoreError if type(error) is OSError else type(error)
        with pytest.raises(expected, match="Full" if expected is StoreError else None):
            write_table(path, break_off(error), TABLE)
        assert path.read_text() == "the old one"
        assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", ALL)
def test_rows_are_not_kept(tmp_path: Path, kind: str) -> None:
    """All rows at once would take some 100 MB."""
    write_table(tmp_path / f"first{kind}", make_many(1), TABLE)  # what is imported stays
    tracemalloc.start()
    try:
        assert write_table(tmp_path / f"a{kind}", make_many(6000), TABLE) == 6000
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 40e6


@pytest.mark.parametrize(
    ("name", "words"),
    [("a.xlsx", "ends in .csv, .jsonl, .parquet"), ("a", "ends in"), ("folder.csv", "is a folder")],
)
def test_a_name_that_cannot_be_a_table(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    for act in (check_table, lambda path: write_table(path, [], TABLE)):
        with pytest.raises(StoreError, match=words):
            act(tmp_path / name)


@pytest.mark.parametrize("kind", ALL)
def test_a_place_that_cannot_be_written(tmp_path: Path, kind: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        write_table(tmp_path / "file" / f"a{kind}", [], TABLE)


def test_without_the_extra_the_message_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    for act in (check_table, lambda path: write_table(path, [], TABLE)):
        with pytest.raises(StoreError, match=r"formcheck\[parquet\]"):
            act(tmp_path / "a.parquet")
    assert list(tmp_path.iterdir()) == []
    check_table(tmp_path / "a.csv")


def test_an_ending_begins_with_a_point() -> None:
    with pytest.raises(ValueError, match="begins with a point"):
        writer("md")
