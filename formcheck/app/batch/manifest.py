"""A list of clips as a CSV file: whose each clip is, and what was done in it."""

from __future__ import annotations

import csv
import difflib
import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from formcheck.app.batch.job import AUTO
from formcheck.app.batch.remote import is_url
from formcheck.errors import ArgumentError, FormcheckError, SourceError, put_together
from formcheck.exercises.load import find_exercise, list_exercises
from formcheck.pose.follow import read_follow

FIELDS: Final = ("path", "person", "exercise", "side", "neutral", "fps", "follow", "mirrored")
"""The columns a manifest may have, in any order; only the first has to be there."""
_SIDES: Final = {"left": "left", "right": "right", AUTO: None}
_YES_NO: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_DELIMITERS: Final = ",;\t"
_ROW: Final = "the row"
_MAX_TOLD: Final = 3
"""Mistakes told at once: the message stays one line."""


class ManifestRow(NamedTuple):
    """One row."""

    path: str
    """As it is written: a relative one is meant from the manifest's folder."""
    said: Mapping[str, Any]
    """What it says of the clip, by the names of a job's fields; what it leaves open is missing."""


def read_manifest(path: Path, exercise_dirs: Sequence[Path] = ()) -> list[ManifestRow]:
    """The rows of a manifest: UTF-8 CSV whose first line names its columns.

    Commas, semicolons or tabs separate; lines end in any way; a byte order mark does not matter.
    Empty rows are passed over.

    Args:
        path: the file.
        exercise_dirs: further folders of exercise files.

    Raises:
        SourceError: it cannot be read, or is wrong: the first few mistakes, with their lines.
        ExerciseError: a folder of exercises is missing or a file in it is wrong.
    """
    records = list(_read_records(path, _read_text(path)))
    places = _find_columns(path, records[0][1] if records else [])
    column = places.get("exercise", len(places))
    asked = {cells[column].strip() for _, cells in records[1:] if column < len(cells)}
    known = list_exercises(*exercise_dirs, asked=asked)

    def check_exercise(text: str) -> str:
        if text != AUTO:
            find_exercise(text, known)  # raises, with the nearest names
        return text

    readers: dict[str, Callable[[str], object]] = {
        "person": str,
        "exercise": check_exercise,
        "side": lambda text: _choose("side", text, _SIDES, ", ".join(_SIDES)),
        "neutral": lambda text: _locate_neutral(text, path.parent),
        "fps": _read_fps,
        "follow": lambda text: read_follow(text.lower()),
        "mirrored": lambda text: _choose("mirrored", text, _YES_NO, "yes, no"),
    }
    rows, mistakes = [], []
    for line, cells in records[1:]:
        try:
            if any(cell.strip() for cell in cells):
                rows.append(_read_row(cells, places, readers))
        except FormcheckError as error:
            mistakes.append(put_together(f"line {line}", str(error)))
    if mistakes:
        told = "; ".join(mistakes[:_MAX_TOLD])
        more = len(mistakes) - _MAX_TOLD
        raise SourceError(path, told + (f"; and {more} more lines" if more > 0 else ""))
    return rows


def _read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(path, "is not UTF-8 text", "save it as CSV in UTF-8") from error
    except FileNotFoundError as error:
        raise SourceError(path, "no such file", "check the path") from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise SourceError(path, f"the manifest cannot be read ({why})") from error


def _read_records(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line that it begins on, from 1: a name may have line breaks in it."""
    header = text.lstrip("\r\n").split("\n", 1)[0]
    # Spreadsheets write semicolons where the comma is the decimal sign.
    delimiter = max(_DELIMITERS, key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            if cells:
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        raise SourceError(path, f"line {begins}: is not CSV ({error})") from error


def _find_columns(path: Path, header: Sequence[str]) -> dict[str, int]:
    """Where each column is."""
    names = [name.strip().lower() for name in header]
    while names and not names[-1]:  # spreadsheets keep columns that were emptied
        names.pop()
    for place, name in enumerate(names):
        if name not in FIELDS:
            near = difflib.get_close_matches(name, FIELDS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(FIELDS)}"
            raise SourceError(path, f"line 1: column '{name}' is not known", hint)
        if name in names[:place]:
            raise SourceError(path, f"line 1: two columns are called '{name}'")
    if FIELDS[0] not in names:
        wanted = f"'path', and if wanted {', '.join(FIELDS[1:])}"
        raise SourceError(path, "line 1: has to name the columns", wanted)
    return {name: place for place, name in enumerate(names)}


def _read_row(
    cells: Sequence[str],
    places: Mapping[str, int],
    readers: Mapping[str, Callable[[str], object]],
) -> ManifestRow:
    """One row.

    Raises:
        ArgumentError, ExerciseError: a value is wrong.
    """
    if any(cell.strip() for cell in cells[len(places) :]):
        what = f"has {len(cells)} cells for {len(places)} columns"
        raise ArgumentError(_ROW, what, "quote names with commas")
    given = {name: cells[place] for name, place in places.items() if place < len(cells)}
    path = given.pop("path", "")  # a name may begin or end with a space
    if not path.strip():
        raise ArgumentError(_ROW, "has no path")
    if "\0" in path:
        raise ArgumentError(_ROW, "has a path with a character that no path can have")
    texts = {name: text.strip() for name, text in given.items()}
    return ManifestRow(path, {name: readers[name](text) for name, text in texts.items() if text})


def _choose(name: str, text: str, choices: Mapping[str, object], told: str) -> object:
    if text.lower() not in choices:
        raise ArgumentError(f"{name} '{text}'", "is not known", f"give {told} or nothing")
    return choices[text.lower()]


def _read_fps(text: str) -> float:
    with suppress(ValueError):
        fps = float(text)
        if math.isfinite(fps) and fps > 0:
            return fps
    raise ArgumentError(f"fps '{text}'", "is not a rate above 0", "give one such as 30, or nothing")


def _locate_neutral(text: str, folder: Path) -> str:
    """A neutral as ``formcheck.analyze`` takes it, a relative path made absolute."""
    from formcheck.app.calibrate import split_range  # loads MediaPipe: only where there is one

    if is_url(text):
        advice = "give a file of this machine or seconds of the clip"
        raise ArgumentError(f"neutral '{text}'", "is an address", advice)
    if not text.startswith("@"):
        text = str((folder / text).absolute())
    split_range(text)
    return text
