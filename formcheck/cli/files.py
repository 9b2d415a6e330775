"""Where results go: never over what is not ours."""

from __future__ import annotations

import json
import os
from pathlib import Path

from formcheck.errors import StoreError

_NAMES = ("result.json", "annotated.mp4", "report.html")


def check_folder(folder: Path, clip: str, force: bool) -> None:
    """Make sure, before long work, that a folder can take a clip's files without losing others.

    Nothing is made yet: a clip that cannot be read leaves no empty folder.

    Raises:
        StoreError: it is a file, may not be written, or holds the files of another clip.
    """
    try:
        there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    except OSError as error:  # the clip's name and an ending are too long for a folder's
        raise StoreError(f"{folder}: {error.strerror}: give another place with --out") from error
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        why = "no permission to write there" if there.is_dir() else f"{there} is not a folder"
        raise StoreError(f"{folder}: {why}: give another place with --out")
    if force:
        return
    taken = [folder / name for name in _NAMES if (folder / name).exists()]
    if taken and _clip_of(folder / "result.json") != clip:
        raise StoreError(
            f"{taken[0]}: exists already and is not of {clip}: give another --out, or --force"
        )


def _clip_of(result: Path) -> str | None:
    try:
        loaded = json.loads(result.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return loaded.get("clip") if isinstance(loaded, dict) else None
