"""Where results go: never over what is not ours."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from formcheck.cli.say import STDOUT, say
from formcheck.errors import StoreError
from formcheck.files import find_obstacle

_NAMES: Final = ("result.json", "annotated.mp4", "annotated.jpg", "report.html")
_SAME_S: Final = 0.1
"""Clips of one name whose lengths differ by more are two."""


def check_targets(paths: Iterable[Path | None], force: bool) -> None:
    """Make sure, before long work, that files can be written without losing others.

    Args:
        paths: of the files; None and stdout are no files.
        force: replace those that exist.

    Raises:
        StoreError: one exists, is a folder, or cannot be written, or two are the same.
    """
    given = [path for path in paths if path is not None and path != STDOUT]
    for place, path in enumerate(given):
        if path.is_dir():
            raise StoreError(path, "is a folder", "give a file's name")
        if path.exists() and not path.is_file():
            raise StoreError(path, "is no file", "give a file's name")
        if path.exists() and not force:
            advice = "give another name, or --force to replace it"
            raise StoreError(path, "exists already", advice)
        if why := find_obstacle(path.parent):
            raise StoreError(path, why, "give another place")
        if path.absolute() in (other.absolute() for other in given[:place]):
            advice = "give each its own name"
            raise StoreError(path, "two things would be written there", advice)


def warn_of_saved(paths: Iterable[str], options: Mapping[str, bool], pattern: str = "") -> None:
    """Say of saved poses which options change nothing for them.

    Args:
        paths: as they were given.
        options: names of such options, and whether each was given.
        pattern: of the files to look at in a folder; empty for none.
    """
    given = [name for name, is_given in options.items() if is_given]
    if not given:
        return
    from formcheck.pose.track_file import is_track

    for name in paths:
        path = Path(name)
        found = path.glob(pattern) if pattern and path.is_dir() else (path,)
        if any(map(is_track, found)):
            changes = f"{' and '.join(given)} {'change' if len(given) > 1 else 'changes'} nothing"
            say(f"formcheck: {name}: saved poses stay as they were taken: {changes}", err=True)


def check_folder(
    folder: Path, clip: str, force: bool, measure_s: Callable[[], float | None] | None = None
) -> None:
    """Make sure, before long work, that a folder can take a clip's files without losing others.

    Nothing is made yet: a clip that cannot be read leaves no empty folder.

    Args:
        folder: where to.
        clip: its name.
        force: replace the files of any clip.
        measure_s: finds the clip's length, as another clip of its name may have been here before:
            phones give the same names again. None where nothing but this clip's files goes there.

    Raises:
        SourceError: the clip cannot be read.
        StoreError: it is a file, may not be written, or holds the files of another clip.
    """
    if why := find_obstacle(folder):
        raise StoreError(folder, why, "give another place with --out")
    if force:
        return
    taken = [folder / name for name in _NAMES if (folder / name).exists()]
    if taken and not _is_of(folder / "result.json", clip, measure_s):
        raise StoreError(
            taken[0], f"exists already and is not of {clip}", "give another --out, or --force"
        )


def _is_of(path: Path, clip: str, measure_s: Callable[[], float | None] | None) -> bool:
    """Whether a result is that clip's."""
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
