"""What was given on the command line becomes the clips to score."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path, PurePath
from typing import Final, NamedTuple

from formcheck.app.batch.job import Job, Options
from formcheck.app.batch.manifest import ManifestRow, read_manifest
from formcheck.app.batch.remote import expand_url, hide_password, is_url
from formcheck.errors import SourceError
from formcheck.files import spell_out

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
    folder or pattern clips come in natural order, 2 before 10. Hidden files and what ``analyze``
    wrote are left out. A file that is missing is a job all the same, and so is a folder or pattern
    without clips among others that have some: it fails in a row of its own and is not forgotten.

    Args:
        paths: as they were given.
        asked: what is asked of each clip unless the manifest says otherwise.
        options: of the batch; the poses that it keeps are not clips.
        recursive: look into the folders in folders too.
        manifest: a CSV file of clips, see ``formcheck.app.batch.manifest``.

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
        "--recursive looks into the folders in a folder",
    )
