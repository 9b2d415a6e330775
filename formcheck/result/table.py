"""Results as a table: a row for each set, in CSV, JSON Lines or Parquet."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count, islice
from pathlib import Path
from typing import IO, Any, Final, TypeVar

from formcheck.errors import ArgumentError, StoreError, put_together
from formcheck.exercises.schema import Assessment, Exercise
from formcheck.files import replace_file, spell_out
from formcheck.judging.timeline import CellType, Timeline
from formcheck.pose.landmarks import Side
from formcheck.pose.track import PoseTrack
from formcheck.result.build import NOT_SEEN_CODES
from formcheck.result.csv_text import EXCELS, Cell, CsvWriter, Excel
from formcheck.result.models import Result, SetResult

Row = dict[str, Cell]
"""Column to cell, in the order of the columns; None is unknown, or does not apply."""

_FIXED: Final[dict[str, CellType]] = {
    "clip": str, "status": str, "error": str,
    "person": str, "exercise": str, "exercise_source": str,
    "set": int, "side": str, "verdict": str, "score": float, "completion": float,
    "reading": str, "cues": str, "why_not_judged": str, "why_unknown": str,
    "warnings": str,
    "start_s": float, "end_s": float, "position_s": float,
    "good_hold_s": float, "confirmed_hold_s": float, "longest_hold_s": float,
    "n_holds": int, "n_unseen": int, "n_reps": int, "n_good_reps": int,
    "n_faults": int,
    "target_hold_s": float, "target_reps": int, "target_sets": int,
    "clip_verdict": str, "clip_score": float, "clip_completion": float,
    "model": str, "duration_s": float,
    "frames": int, "frames_analyzed": int, "frames_with_pose": int,
    "view_seen": str, "view_ok": bool, "near_side": str,
    "baseline_source": str, "baseline_start_s": float, "baseline_end_s": float,
}  # fmt: skip
COLUMNS: Final = tuple(_FIXED)
"""The columns that every table has."""
Writer = Callable[[IO[bytes], Iterable[Row], Mapping[str, CellType]], None]
"""Writes rows, which have all of the columns, to a file."""
_W = TypeVar("_W", bound=Writer)
WRITERS: Final[dict[str, Writer]] = {}
"""By the ending of a table's name."""

_SAME: Final = (
    "side", "verdict", "score", "completion", "start_s", "end_s", "position_s", "good_hold_s",
    "confirmed_hold_s", "longest_hold_s", "why_not_judged",
)  # fmt: skip
"""Columns that have the name and the value of the set's result."""
_RULE_SECONDS: Final = ("pass_s", "fail_s", "unknown_s")
_RULE_VALUES: Final = ("median", "min", "max")
_GROUP_ROWS: Final = 1000
"""Of Parquet, written at once: some MB."""


def list_columns(exercises: Iterable[Exercise]) -> list[str]:
    """The columns of a table of these exercises, whatever is in it.

    :data:`COLUMNS`; ``measured_NAME`` for each value that an assessment reads; ``rule_ID`` for the
    outcome of each rule; and then each rule's numbers, ``rule_ID__median_UNIT``, ``__min_UNIT``,
    ``__max_UNIT``, ``__pass_s``, ``__fail_s`` and ``__unknown_s``. A rule's id has no double
    underscore, so that no two columns can have one name.
    """
    units: set[tuple[str, str]] = set()
    measured: set[str] = set()
    for exercise in exercises:
        units.update((rule.id, rule.unit) for rule in exercise.rules)
        if isinstance(exercise.count, Assessment):
            measured.update(exercise.count.measures)
    rules = sorted({rule for rule, _ in units})
    columns = [*COLUMNS, *(f"measured_{name}" for name in sorted(measured))]
    columns += [f"rule_{rule}" for rule in rules]
    for rule in rules:
        for unit in sorted(unit for other, unit in units if other == rule):
            columns += [f"rule_{rule}__{value}_{unit}" for value in _RULE_VALUES]
        columns += [f"rule_{rule}__{seconds}" for seconds in _RULE_SECONDS]
    return columns


def make_rows(
    name: str,
    result: Result | None,
    error: str | None,
    columns: Sequence[str],
    *,
    person: str | None = None,
    exercise: str | None = None,
    side: Side | None = None,
) -> list[Row]:
    """The rows of one clip: one a set, and one for a clip without.

    Args:
        name: what the rows call the clip.
        result: what was found in it; None where it failed.
        error: why it failed, without its name.
        columns: from :func:`list_columns`, of all exercises that may be in the result; a ValueError
            if they do not know one of them.
        person: whose a clip that failed is; a result says so itself, and so with the rest.
        exercise: what it was to show; None where that was to be found out.
        side: the side that was given.
    """
    common: Row = {"clip": name, "status": "failed", "error": put_together(name, error)}
    if result is None:
        common |= {"person": person, "exercise": exercise, "side": side}
        return [_complete(common, columns)]
    common |= {"status": "ok", "error": None, **_describe_clip(result)}
    if not result.sets:
        why = (note.text for note in result.warnings if note.code in NOT_SEEN_CODES)
        return [_complete({**common, "why_unknown": " ".join(why) or None}, columns)]
    return [
        _complete({**common, "set": place, **_describe_set(one)}, columns)
        for place, one in enumerate(result.sets, 1)
    ]


def list_cues(one: SetResult) -> list[str]:
    """What was to be corrected in a set, each cue once."""
    return list(dict.fromkeys(fault.cue for fault in one.faults))


def _complete(row: Row, columns: Sequence[str]) -> Row:
    """All columns in their order; bytes in a name that are not text are spelled out."""
    whole: Row = dict.fromkeys(columns)
    for name, value in row.items():
        if name not in whole:
            raise ValueError(f"the table has no column {name}: it was made for other exercises")
        if isinstance(value, str):
            value = spell_out(value)
        whole[name] = value
    return whole


def _describe_clip(result: Result) -> Row:
    target, view, baseline = result.target, result.view, result.baseline
    return {
        "person": result.person, "exercise": result.exercise,
        "exercise_source": result.exercise_source, "verdict": result.verdict,
        "warnings": " ".join(note.code for note in result.warnings) or None,
        "target_hold_s": None if target is None else target.hold_s,
        "target_reps": None if target is None else target.reps,
        "target_sets": None if target is None else target.sets,
        "clip_verdict": result.verdict, "clip_score": result.score,
        "clip_completion": result.completion, "model": result.model,
        "duration_s": result.duration_s, "frames": result.frames,
        "frames_analyzed": result.frames_analyzed, "frames_with_pose": result.frames_with_pose,
        "view_seen": view.seen, "view_ok": view.ok, "near_side": view.near_side,
        "baseline_source": baseline.source, "baseline_start_s": baseline.start_s,
        "baseline_end_s": baseline.end_s,
    }  # fmt: skip


def _describe_set(one: SetResult) -> Row:
    row: Row = {name: getattr(one, name) for name in _SAME}
    row["exercise"] = one.exercise
    row["n_holds"], row["n_reps"] = len(one.holds), len(one.reps)
    row["n_good_reps"] = sum(rep.good for rep in one.reps)
    row["n_faults"], row["n_unseen"] = len(one.faults), len(one.unseen)
    row["cues"] = "; ".join(list_cues(one)) or None
    reasons = (f"{rule}: {of.why_unknown}" for rule, of in one.rules.items() if of.why_unknown)
    row["why_unknown"] = "; ".join(reasons) or None
    for name, value in (one.measured or {}).items():
        row["reading" if name == "verdict" else f"measured_{name}"] = value
    for rule, of in one.rules.items():
        row[f"rule_{rule}"] = str(of.outcome)
        for number in _RULE_VALUES:
            row[f"rule_{rule}__{number}_{of.unit}"] = getattr(of, number)
        for number in _RULE_SECONDS:
            row[f"rule_{rule}__{number}"] = getattr(of, number)
    return row


def check_table(path: Path, excel: Excel | None = None) -> None:
    """Make sure, before long work, that a table of this name can be written.

    Raises:
        ArgumentError: it is for Excel and not CSV.
        StoreError: its name does not end as one of :data:`WRITERS`, it is a folder, or it is
            Parquet and pyarrow is not installed.
    """
    kind = path.suffix.lower()
    if kind not in WRITERS:
        raise StoreError(
            path, "is not a known kind of table", f"give a name that ends in {', '.join(WRITERS)}"
        )
    if excel not in (None, *EXCELS):
        raise ArgumentError(f"excel {excel!r}", "is not known", f"give {' or '.join(EXCELS)}")
    if excel is not None and kind != ".csv":
        raise ArgumentError(path, "is not a CSV", "for Excel, give a name that ends in .csv")
    if path.is_dir():
        raise StoreError(path, "is a folder", "give the name of a file")
    if kind == ".parquet":
        _import_pyarrow(path)


def write_table(
    path: Path,
    rows: Iterable[Row],
    columns: Sequence[str] | Mapping[str, CellType],
    excel: Excel | None = None,
) -> int:
    """Write a table, whole or not at all; an existing file is replaced.

    The same rows give the same bytes; of Parquet, with the same version of pyarrow. Rows are taken
    as they come and not kept. CSV: what is unknown is empty, and a text that a spreadsheet would
    take for a formula gets an apostrophe before it. JSON Lines: all fixed columns, and of the
    others those that have a value.

    Args:
        path: its ending says the format, see :data:`WRITERS`; a StoreError if it cannot be written.
        rows: each has all columns.
        columns: from :func:`list_columns`; of another table, each with what is in it.
        excel: the Excel that a CSV is for; None for programs.

    Returns:
        How many rows were written.
    """
    check_table(path, excel)
    numbers = count()
    counted = (row for row, _ in zip(rows, numbers, strict=False))  # the next number is how many
    if not isinstance(columns, Mapping):
        columns = {name: _type_of(name) for name in columns}
    with replace_file(path) as file:
        if excel is not None:
            _write_csv(file, counted, columns, excel)
        else:
            WRITERS[path.suffix.lower()](file, counted, columns)
    return next(numbers)


def write_series(
    path: Path, timeline: Timeline, track: PoseTrack | None = None, clip: str | None = None
) -> int:
    """Write a clip frame by frame, as :func:`write_table` does.

    Args:
        path: as it takes it.
        timeline: the clip.
        track: the poses that were judged, to write their landmarks as well.
        clip: what the rows call it, in a column before the others, so that those of several clips
            can be put together; None leaves it out.
    """
    if track is not None:
        timeline = timeline.with_landmarks(track)
    if clip is None:
        return write_table(path, timeline.rows(), timeline.columns)
    name = spell_out(clip)
    named = ({"clip": name, **row} for row in timeline.rows())
    return write_table(path, named, {"clip": str, **timeline.columns})


def writer(ending: str) -> Callable[[_W], _W]:
    """Register a function as what writes the tables whose names end so.

    Args:
        ending: begins with a point, as ``.tsv``.

    Raises:
        ValueError: it does not.
    """
    if not ending.startswith("."):
        raise ValueError(f"the ending of a table's name begins with a point, got {ending!r}")

    def register(write: _W) -> _W:
        WRITERS[ending] = write
        return write

    return register


@writer(".csv")
def _write_csv(
    file: IO[bytes],
    rows: Iterable[Row],
    columns: Mapping[str, CellType],
    excel: Excel | None = None,
) -> None:
    table = CsvWriter(lambda text: file.write(text.encode()), excel)
    table.add(columns)
    for row in rows:
        table.add(row[name] for name in columns)


@writer(".jsonl")
def _write_json_lines(
    file: IO[bytes], rows: Iterable[Row], columns: Mapping[str, CellType]
) -> None:
    for row in rows:
        # The other columns are empty for all exercises but a few: they would be most of the file.
        kept = {name: row[name] for name in columns if name in _FIXED or row[name] is not None}
        file.write(json.dumps(kept, ensure_ascii=False, allow_nan=False).encode() + b"\n")


@writer(".parquet")
def _write_parquet(file: IO[bytes], rows: Iterable[Row], columns: Mapping[str, CellType]) -> None:
    arrow = _import_pyarrow(Path(file.name))
    types: Mapping[CellType, Any] = {
        str: arrow.string(), float: arrow.float64(), int: arrow.int64(), bool: arrow.bool_(),
    }  # fmt: skip
    # The types are the columns' own: what happens to be in the first rows does not matter.
    schema = arrow.schema([(name, types[kind]) for name, kind in columns.items()])
    rest = iter(rows)
    with arrow.parquet.ParquetWriter(file, schema, compression="zstd") as table:
        while group := list(islice(rest, _GROUP_ROWS)):
            arrays = {name: [row[name] for row in group] for name in columns}
            table.write_table(arrow.table(arrays, schema=schema))


def _type_of(column: str) -> CellType:
    if column in _FIXED:
        return _FIXED[column]
    return float if "__" in column or column.startswith("measured_") else str


def _import_pyarrow(path: Path) -> Any:
    try:
        importlib.import_module("pyarrow.parquet")
        return importlib.import_module("pyarrow")
    except ImportError as error:
        advice = "pip install 'formcheck[parquet]', or write .csv"
        raise StoreError(path, "Parquet needs an extra", advice) from error
