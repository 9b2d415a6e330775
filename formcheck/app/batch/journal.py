"""What is done, kept as it is done, so that a run that was stopped or killed goes on."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Self

from formcheck.app.batch.job import ClipOutcome
from formcheck.errors import StoreError
from formcheck.history.database import SMALLEST_BYTES, explain

_MARK: Final = 0x66636A6F
"""SQLite's application id: "fcjo"."""
_BEGIN: Final = (
    "CREATE TABLE clips (name TEXT PRIMARY KEY, outcome TEXT NOT NULL)",
    "CREATE TABLE tables (content TEXT PRIMARY KEY) WITHOUT ROWID",
    f"PRAGMA application_id = {_MARK}",
)
_OPEN_ELSEWHERE: Final = ("another run is using it", "wait, or give another --out")
_DENIED: Final = ("cannot be opened or written", "give another --out")
_FULL: Final = (
    "cannot be written: the disk is full or failing",
    "free some space, or give another --out",
)
DAMAGED: Final = ("is not the journal of a batch, or is damaged", "move it, or delete it")
_CAUSES: Final = {
    **dict.fromkeys((sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED), _OPEN_ELSEWHERE),
    **dict.fromkeys((sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR), _FULL),
    **dict.fromkeys((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB), DAMAGED),
    **dict.fromkeys((sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY), _DENIED),
    sqlite3.SQLITE_CANTOPEN: _DENIED,
}


class Journal:
    """The outcomes of a batch in an SQLite file, which nobody else may use meanwhile.

    Raises:
        StoreError: it cannot be opened or made, is another file or damaged, or another run holds
            it. All methods raise it where the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()  # SQLite would give it other rights than the umask says
            size = path.stat().st_size
        except OSError as error:
            raise StoreError(path, f"cannot be opened: {error.strerror}", _DENIED[1]) from error
        if 0 < size < SMALLEST_BYTES:
            raise StoreError(path, *DAMAGED)
        with explain(path, _CAUSES):
            self._db = sqlite3.connect(path, timeout=0, isolation_level=None)
            try:
                self._open()
            except BaseException:
                self._db.close()
                raise

    def _open(self) -> None:
        """Lock the file until it is closed, and make sure that it is a journal."""
        # A lock that is held needs no memory shared with others, which network drives have not.
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("BEGIN EXCLUSIVE")
        [mark] = self._db.execute("PRAGMA application_id").fetchone()
        [n_parts] = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not mark and not n_parts:
            for statement in _BEGIN:
                self._db.execute(statement)
        elif mark != _MARK or self._db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise StoreError(self.path, *DAMAGED)
        self._db.execute("COMMIT")

    def _run(self, statement: str, *values: str) -> Any:
        """The first row that a statement gives."""
        with explain(self.path, _CAUSES):
            return self._db.execute(statement, values).fetchone()

    def add(self, name: str, outcome: ClipOutcome) -> None:
        """Keep an outcome, in place of an earlier one; it is safe once it is committed."""
        if not self._db.in_transaction:
            self._run("BEGIN")
        self._run("REPLACE INTO clips VALUES (?, ?)", name, json.dumps(asdict(outcome)))

    def find(self, name: str) -> ClipOutcome | None:
        """What is kept under a name; None for nothing, or nothing of this version."""
        found = self._run("SELECT outcome FROM clips WHERE name = ?", name)
        try:
            return None if found is None else ClipOutcome(**json.loads(found[0]))
        except (TypeError, ValueError):
            return None

    def note_table(self, content: str) -> None:
        """Keep the hash of a table that is about to be put in its place."""
        self._run("INSERT OR IGNORE INTO tables VALUES (?)", content)
        self.commit()

    def made(self, content: str) -> bool:
        """Whether the table of this hash was made of this journal."""
        return self._run("SELECT 1 FROM tables WHERE content = ?", content) is not None

    def clear(self) -> None:
        """Forget all outcomes, but not which tables were made of them."""
        self._run("DELETE FROM clips")

    def commit(self) -> None:
        """Force to the disk what was added: neither a kill nor a power cut takes it away."""
        if self._db.in_transaction:
            self._run("COMMIT")

    def close(self) -> None:
        """Commit, and let go of the file."""
        try:
            self.commit()
        finally:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
