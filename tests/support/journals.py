"""The journal of a batch as somebody else sees it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def count_kept(journal: Path) -> int:
    """Clips whose result is on the disk, whoever holds the journal meanwhile."""
    address = f"{journal.as_uri()}?mode=ro&immutable=1"
    asked = "SELECT count(*) FROM clips WHERE outcome NOT LIKE '%\"result\": null%'"
    undo = journal.with_name(f"{journal.name}-journal")
    try:
        with closing(sqlite3.connect(address, uri=True)) as db:
            n_kept = int(db.execute(asked).fetchone()[0])
        is_committed = not undo.exists() or not any(undo.read_bytes()[:8])
        return n_kept if is_committed else 0
    except (sqlite3.DatabaseError, OSError):  # not begun, or being written
        return 0
