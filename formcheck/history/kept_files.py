"""Files of a person beside the history: the pages of sessions, and reports of clips."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from formcheck.errors import StoreError
from formcheck.history.past import clean_name

SESSIONS: Final = "sessions"
"""The folder, beside the history, of a page and a Result for each session in a browser."""
CLIPS: Final = "clips"
"""The folder of a folder for each report that was kept."""


def erase_files(data: Path, person: str | None, *, everyone: bool = False) -> int:
    """Erase what lies beside the history of a person, or of everyone; how many pages there were.

    Args:
        data: the folder that the history is in.
        person: whose; None for nobody in particular.
        everyone: all people's.

    Raises:
        StoreError: one cannot be erased; the others are.
    """
    n_erased = 0
    problem: StoreError | None = None
    for path in _find_results(data):
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            if not everyone and clean_name(found.get("person")) != clean_name(person):
                continue
            if path.parent.parent == data / CLIPS:
                shutil.rmtree(path.parent)
            else:
                path.with_suffix(".html").unlink(missing_ok=True)
                path.unlink()
        except (OSError, ValueError, AttributeError) as error:
            problem = StoreError(path, f"cannot be erased: {error}", "delete it yourself")
        else:
            n_erased += 1
    if problem is not None:
        raise problem
    return n_erased


def _find_results(data: Path) -> Iterator[Path]:
    yield from sorted((data / SESSIONS).glob("*.json"))
    yield from sorted((data / CLIPS).glob("*/result.json"))
