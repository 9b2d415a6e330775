"""No file is overwritten that is not of the same clip, unless the user says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from formcheck.cli.options import ClipOptions
from formcheck.cli.printing import STDOUT, tell
from formcheck.errors import StoreError
from formcheck.files import find_obstacle

_NAMES: Final = ("result.json", "annotated.mp4", "annotated.jpg", "report.html")
_SAME_S: Final = 0.1
"""Clips of the same name whose lengths differ by more are different clips."""


def check_targets(paths: Iterable[Path | None], force: bool) -> None:
    """Make sure, before long work, that files can be written without losing others.

    None and stdout are no files. With ``force`` those that exist may be replaced.

    Raises:
        StoreError: one exists, is a folder, or cannot be written, or two are the same.
    """
    places: set[Path] = set()
    for path in paths:
        if path is None or path == STDOUT:
            continue
        if path.exists() and not path.is_file():
            problem = "is a folder" if path.is_dir() else "is not a file"
            raise StoreError(path, problem, "give a file's name")
        if path.exists() and not force:
            raise StoreError(path, "already exists", "give another name, or --force to replace it")
        if why := find_obstacle(path.parent):
            raise StoreError(path, why, "give another place")
        if path.absolute() in places:
            raise StoreError(path, "two things would be written there", "give each its own name")
        places.add(path.absolute())


def warn_of_saved(paths: Iterable[str], asked: ClipOptions, pattern: str = "") -> None:
    """Say which options have no effect on saved poses; in a folder, on those of the pattern."""
    options = {
        "--rate": asked.rate is not None,
        "--every-frame": asked.every_frame,
        "--model": asked.model != "full",
    }
    given = [name for name, is_given in options.items() if is_given]
    if not given:
        return
    from formcheck.pose.track_file import is_track

    for name in paths:
        path = Path(name)
        found = path.glob(pattern) if pattern and path.is_dir() else (path,)
        if any(map(is_track, found)):
            changes = f"{' and '.join(given)} {'change' if len(given) > 1 else 'changes'} nothing"
            tell(f"{name}: saved poses cannot be changed: {changes}")


def check_folder(
    folder: Path, clip: str, force: bool, measure_s: Callable[[], float | None] | None = None
) -> None:
    """Make sure, before long work, that a folder can take a clip's files without losing others.

    Nothing is made yet: a clip that cannot be read leaves no empty folder. ``measure_s`` finds the
    clip's length: phones reuse names, and the files there may be of another clip of this name. It
    is None where only this clip's files are ever written.

    Raises:
        SourceError: the clip cannot be read.
        StoreError: it is a file, cannot be written to, or holds the files of another clip.
    """
    if why := find_obstacle(folder):
        raise StoreError(folder, why, "give another place with --out")
    if force:
        return
    taken = [folder / name for name in _NAMES if (folder / name).exists()]
    if taken and not _is_of(folder / "result.json", clip, measure_s):
        raise StoreError(
            taken[0],
            f"already exists and was not made from {clip}",
            "give another --out, or --force",
        )


def _is_of(path: Path, clip: str, measure_s: Callable[[], float | None] | None) -> bool:
    """Whether a result is of that clip."""
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if not isinstance(result, dict) or result.get("clip") != clip:
        return False
    length_s, kept_s = None if measure_s is None else measure_s(), result.get("duration_s")
    if length_s is None or not isinstance(kept_s, int | float):
        return True
    return abs(length_s - kept_s) <= _SAME_S
