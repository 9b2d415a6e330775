"""What was given on the command line, and in a list as a CSV file, becomes the clips to score."""

from __future__ import annotations

import csv
import difflib
import glob
import io
import math
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path, PurePath
from typing import Any, Final, NamedTuple

from formcheck.app.batch.job import AUTO, Job, Options
from formcheck.app.batch.remote import expand_url, hide_password, is_url
from formcheck.errors import ArgumentError, FormcheckError, SourceError, put_together
from formcheck.exercises.load import find_exercise, list_exercises
from formcheck.files import spell_out
from formcheck.pose.follow import read_follow

_POSES_KIND: Final = "npz"
KINDS: Final = frozenset((
    "3g2", "3gp", "asf", "avi", "divx", "dv", "f4v", "flv", "m2ts", "m2v", "m4v", "mjpeg", "mjpg",
    "mkv", "mov", "mp4", "mpe", "mpeg", "mpg", "mts", "mxf", "ogv", "qt", "ts", "vob", "webm",
    "wmv",
    "avif", "bmp", "gif", "heic", "heif", "jpeg", "jpg", "png", "tif", "tiff", "webp",
    _POSES_KIND,
))  # fmt: skip
"""Name endings that are looked for in folders, in upper or lower case."""
_OUTPUT_FOLDER: Final = ".formcheck"
_OUTPUT_SHOWN: Final = frozenset({"annotated.mp4", "annotated.jpg"})
_OUTPUT_RESULT: Final = "result.json"
_THUMBNAILS: Final = "@eaDir"
"""Where network drives of one make keep small copies of pictures."""
_NUMBER: Final = re.compile(r"([0-9]+)")
_UNASKED: Final = Job("", "")
_NO_OPTIONS: Final = Options()


class _Found(NamedTuple):
    """A clip that may be there, or what was given in its place."""

    path: str
    """Absolute, or an address."""
    name: str


class _Search(NamedTuple):
    """How to look for clips."""

    recursive: bool
    poses_dir: Path | None
    """Resolved; the poses in it are of clips that are scored anyway."""


def find_jobs(
    paths: Sequence[str],
    asked: Job = _UNASKED,
    options: Options = _NO_OPTIONS,
    *,
    recursive: bool = False,
    manifest: Path | None = None,
) -> list[Job]:
    """The clips to score, each once: those of the manifest first, the others as they are given.

    A path is a file, a folder, a pattern (``*``, ``?``, ``[…]``, ``**``) or an address. Within a
    folder or pattern clips come in natural order, 2 before 10. Hidden files, the batch's own poses
    and what ``analyze`` wrote are left out. A file that is missing is a job all the same, and so is
    a folder or pattern without clips among others that have some: it fails in a row of its own and
    is not forgotten.

    Args:
        paths: as they were given.
        asked: what is asked of each clip unless the manifest says otherwise.
        options: of the batch.
        recursive: search subfolders too.
        manifest: as ``read_manifest`` takes it.

    Raises:
        SourceError: nothing was found, or the manifest or a pattern of addresses cannot be read.
        ExerciseError: a folder of exercises is missing or wrong.
    """
    if "" in paths:
        raise SourceError(
            "an empty path", "names nothing", "leave it out, or give . for this folder"
        )
    poses_dir = None if options.poses_dir is None else Path(options.poses_dir).resolve()
    search = _Search(recursive, poses_dir)
    folders = [Path(folder) for folder in options.exercise_dirs]
    rows = [] if manifest is None else read_manifest(manifest, folders)
    base = Path() if manifest is None else manifest.parent
    given = [(row, base) for row in rows] + [(ManifestRow(path, {}), Path()) for path in paths]
    # Looking up one folder again for each of its files would take long.
    resolve = cache(os.path.realpath)
    listed: set[str] = set()
    taken: dict[tuple[str, tuple[object, ...]], Job] = {}
    n_found = 0
    for place, (row, base) in enumerate(given):
        found = _expand(row.path, base, search)
        n_found += len(found)
        for path, name in found or [_Found(_locate(row.path, base), row.path)]:
            file = path
            if not is_url(path):  # however its folder is spelt; two links to a file are two clips
                folder, _, last = path.rpartition(os.sep)
                file = f"{resolve(folder + os.sep)}{os.sep}{last}"
            if place < len(rows):
                listed.add(file)
            elif file in listed:
                continue
            name = spell_out(hide_password(name))
            job = replace(asked, path=path, name=name, **row.said)
            taken.setdefault((file, job.asked), job)
    if n_found == 0:
        raise _explain_nothing(paths, manifest)
    return list(taken.values())


def _expand(given: str, base: Path, search: _Search) -> list[_Found]:
    """The clips that one path stands for; none for a folder or pattern without clips."""
    if is_url(given):
        urls = sorted(expand_url(given), key=_natural_key) if "*" in given else [given]
        return [_Found(url, url) for url in urls]
    place = base / given
    if os.path.isdir(place):  # noqa: PTH112  (False also for text that is no path)
        found: Iterable[_Found] = _look_into(place, given, search)
    elif glob.has_magic(given) and not os.path.lexists(place):
        found = _match(given, base, search)
    else:
        return [_Found(_locate(given, base), given)]
    return sorted(set(found), key=lambda one: _natural_key(one.name))


def _match(pattern: str, base: Path, search: _Search) -> Iterator[_Found]:
    """The clips that a pattern matches, and those in the folders that it matches."""
    ending = PurePath(pattern).suffix
    any_kind = bool(ending) and not glob.has_magic(ending)
    # A pattern may be absolute, which pathlib's are not.
    for match in glob.iglob(pattern, root_dir=base, recursive=True):  # noqa: PTH207
        place = base / match
        if any(_is_output_folder(part) for part in PurePath(match).parts):
            continue
        if place.is_dir():
            yield from _look_into(place, match, search)
        elif (any_kind or _kind_of(match) in KINDS) and not _is_output(place, search):
            yield _Found(_locate(match, base), PurePath(match).as_posix())


def _look_into(
    folder: Path, name: str, search: _Search, above: tuple[str, ...] = ()
) -> Iterator[_Found]:
    """The clips in a folder, unsorted; a folder that cannot be opened stands for itself."""
    real = os.path.realpath(folder)
    if real in above:  # a link that leads back up
        return
    place, called = str(folder.absolute()), PurePath(name).as_posix()
    try:
        with os.scandir(folder) as listing:
            entries = [(entry.name, entry.is_dir()) for entry in listing]
    except OSError:
        yield _Found(place, name)
        return
    prefix = "" if called == "." else called.removesuffix("/") + "/"
    for child, is_folder in entries:
        if child.startswith("."):
            continue
        if is_folder:
            if search.recursive and not _is_output_folder(child):
                yield from _look_into(folder / child, prefix + child, search, (*above, real))
        elif _kind_of(child) in KINDS and not _is_output(folder / child, search):
            yield _Found(f"{place.removesuffix(os.sep)}{os.sep}{child}", prefix + child)


def _is_output_folder(name: str) -> bool:
    return name.endswith(_OUTPUT_FOLDER) or name == _THUMBNAILS


def _is_output(path: Path, search: _Search) -> bool:
    """Whether ``analyze`` wrote it, or this batch keeps it."""
    if path.name in _OUTPUT_SHOWN:
        return path.with_name(_OUTPUT_RESULT).exists()
    if search.poses_dir is not None and _kind_of(path.name) == _POSES_KIND:
        return Path(os.path.realpath(path.parent)).is_relative_to(search.poses_dir)
    return False


def _kind_of(name: str) -> str:
    stem, _, ending = name.rpartition(".")
    return ending.lower() if stem else ""


def _locate(given: str, base: Path) -> str:
    """The absolute path: a worker may have another working folder. Links are not followed."""
    return given if is_url(given) else str((base / given).absolute())


def _natural_key(name: str) -> tuple[list[list[str | int]], str]:
    """Numbers by their value, letters in either case alike, each folder for itself."""
    # Words and numbers take turns in a split name, so that like is compared with like.
    return [
        [int(word) if k % 2 else word.casefold() for k, word in enumerate(_NUMBER.split(part))]
        for part in name.split("/")
    ], name


def _explain_nothing(paths: Sequence[str], manifest: Path | None) -> SourceError:
    if not paths and manifest is not None:
        return SourceError(manifest, "names no clip")
    if not paths:
        return SourceError("clips", "none were given", "give files or folders")
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    kinds = ", ".join(f".{kind}" for kind in sorted(KINDS))
    return SourceError(
        f"{hide_password(paths[0])}{more}",
        f"no clips found; looked for {kinds}",
        "--recursive searches subfolders too",
    )


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
        wanted = f"'path' and, optionally, {', '.join(FIELDS[1:])}"
        raise SourceError(path, "line 1: must name the columns", wanted)
    return {name: place for place, name in enumerate(names)}


def _read_row(
    cells: Sequence[str], places: Mapping[str, int], readers: Mapping[str, Callable[[str], object]]
) -> ManifestRow:
    """One row; an ArgumentError or ExerciseError if a value is wrong."""
    if any(cell.strip() for cell in cells[len(places) :]):
        what = f"has {len(cells)} cells for {len(places)} columns"
        raise ArgumentError(_ROW, what, "quote names with commas")
    given = {name: cells[place] for name, place in places.items() if place < len(cells)}
    path = given.pop("path", "")  # a name may begin or end with a space
    if not path.strip():
        raise ArgumentError(_ROW, "has no path")
    if "\0" in path:
        raise ArgumentError(_ROW, "has a path with a character that no path may contain")
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
        advice = "give a file on this machine, or seconds of the clip"
        raise ArgumentError(f"neutral '{text}'", "is an address", advice)
    if not text.startswith("@"):
        text = str((folder / text).absolute())
    split_range(text)
    return text
