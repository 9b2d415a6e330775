"""Whether what a command left behind is whole: every file that has its final name."""

from __future__ import annotations

import csv
import importlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import av

from formcheck.app.batch.journal import Journal
from formcheck.history.store import History
from formcheck.judging.calibration import read_neutral
from formcheck.pose.track_file import load_track
from formcheck.result.models import Result

Check = Callable[[Path], str | None]
"""What is wrong with a file; None for nothing. What it raises is wrong too."""
_JOURNAL: Final = ".journal.sqlite3"
_BESIDE_DATABASE: Final = ("-wal", "-shm", "-journal")


def find_faults_of_folder(folder: Path) -> list[str]:
    """What is not whole in a folder and those below; names with a dot before them are nobody's."""
    found = []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_dir() or any(part.startswith(".") for part in inside.parts):
            continue
        wrong = find_fault_of_file(path)
        if wrong is not None:
            found.append(f"{inside}: {wrong}")
    return found


def find_fault_of_file(path: Path) -> str | None:
    """What is not whole of a file, whatever kind its name says it is; None for nothing."""
    if path.name.endswith(_JOURNAL):
        check: Check | None = _check_journal
    elif path.name.endswith(_BESIDE_DATABASE):
        check = _check_companion
    else:
        check = _CHECKS.get(path.suffix)
    if check is None:
        return "nobody knows what it is"
    try:
        return check(path)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _check_json(path: Path) -> str | None:
    text = path.read_text(encoding="utf-8")
    if not text.endswith("\n") and path.parent.parent.name != "stamps":
        return "its last line does not end"
    said = json.loads(text)
    if "formcheck_history" in said:
        return None if all("exercise" in one for one in said["sets"]) else "sets of no exercise"
    if "schema" in said:
        Result.model_validate_json(text)
    elif "stamp" not in said:
        read_neutral(path)
    return None


def _check_video(path: Path) -> str | None:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        said = stream.frames
        shown = list(container.decode(video=0))
        length_s = float((stream.duration or 0) * (stream.time_base or 0))
    with av.open(str(path)) as container:
        n_sounds = sum(1 for _ in container.decode(audio=0)) if container.streams.audio else 1
    if not shown or len(shown) != said:
        return f"{len(shown)} of {said} frames"
    last_s = float(shown[-1].time or 0.0)
    if not last_s < length_s < last_s + 60:
        return f"lasts {length_s} s, its last frame comes at {last_s} s"
    return None if n_sounds else "sound that is none"


def _check_page(path: Path) -> str | None:
    text = path.read_text(encoding="utf-8").strip()
    whole = text.lower().startswith("<!doctype html>") and text.endswith("</html>")
    return None if whole else f"a page that ends with {text[-40:]!r}"


def _check_table(path: Path) -> str | None:
    text = path.read_text(encoding="utf-8")
    if not text.endswith("\n"):
        return "its last line does not end"
    header, *rows = csv.reader(text.splitlines(keepends=True), strict=True)
    ragged = [k for k, row in enumerate(rows) if len(row) != len(header)]
    return f"rows {ragged} have not {len(header)} cells" if ragged else None


def _check_lines(path: Path) -> str | None:
    text = path.read_text(encoding="utf-8")
    if not text.endswith("\n"):
        return "its last line does not end"
    return None if all(isinstance(json.loads(line), dict) for line in text.splitlines()) else "odd"


def _check_parquet(path: Path) -> str | None:
    read_table = importlib.import_module("pyarrow.parquet").read_table
    return None if read_table(path).num_columns > 50 else "columns are missing"


def _check_poses(path: Path) -> str | None:
    load_track(path)
    return None


def _check_journal(path: Path) -> str | None:
    """What a kill interrupted is undone as it is opened; a damaged one is refused."""
    Journal(path).close()
    return None


def _check_history(path: Path) -> str | None:
    with closing(sqlite3.connect(path)) as db:
        said = db.execute("PRAGMA integrity_check").fetchall()
    if said != [("ok",)]:
        return f"integrity: {said}"
    with History(path) as history:
        for person in history.people():
            if not history.sets(person):
                return f"a person without sets: {person}"
    return None


def _check_companion(path: Path) -> str | None:
    database = path.name.rpartition("-")[0]
    is_known = database == "history.sqlite3" or database.endswith(_JOURNAL)
    return None if is_known else "of no history or journal"


_CHECKS: Final[dict[str, Check]] = {
    ".json": _check_json, ".mp4": _check_video, ".html": _check_page, ".csv": _check_table,
    ".jsonl": _check_lines, ".parquet": _check_parquet, ".npz": _check_poses,
    ".sqlite3": _check_history,
}  # fmt: skip
