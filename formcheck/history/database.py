"""The history's file: opened or begun, migrated, kept private; and what went wrong, in words.

A file that is something else, damaged or of a later version is refused before anything is written.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from formcheck.errors import StoreError
from formcheck.language import phrase, tell_system, translate

LOCKED_S: Final = 5.0
"""How long to wait for another process."""
_MARK: Final = 0x66636873
"""SQLite's application id: "fchs"."""
_BEGINNING: Final = threading.Lock()
SMALLEST_BYTES: Final = 512
"""Any database has as many, unless it is empty."""
MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        """CREATE TABLE sets (
            at_utc TEXT NOT NULL,
            ahead_min INTEGER NOT NULL,
            person TEXT,
            session TEXT NOT NULL,
            source TEXT NOT NULL CHECK (source IN ('live', 'clip')),
            clip TEXT,
            routine TEXT,
            exercise TEXT NOT NULL,
            side TEXT CHECK (side IN ('left', 'right')),
            start_s REAL NOT NULL,
            end_s REAL NOT NULL,
            position_s REAL NOT NULL,
            good_hold_s REAL NOT NULL,
            confirmed_hold_s REAL NOT NULL,
            longest_hold_s REAL NOT NULL,
            n_reps INTEGER NOT NULL,
            n_good_reps INTEGER NOT NULL,
            target REAL,
            unit TEXT NOT NULL CHECK (unit IN ('s', 'reps')),
            completion REAL NOT NULL,
            score REAL,
            verdict TEXT NOT NULL,
            faults TEXT NOT NULL,
            medians TEXT NOT NULL,
            measured TEXT NOT NULL
        )""",
        # Two NULLs are never equal to SQLite, and a set without a side is the same set again.
        "CREATE UNIQUE INDEX one_set ON sets (session, start_s, exercise, ifnull(side, ''))",
        "CREATE INDEX in_time ON sets (person, at_utc)",
    ),
    ("CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)",),
    (  # measured in the picture until then: other values, which begin no trend of the new ones
        """UPDATE sets SET medians = json_remove(json_set(medians, '$.knee_close_in_picture',
            json_extract(medians, '$.knee_close')), '$.knee_close')
            WHERE json_extract(medians, '$.knee_close') IS NOT NULL""",
    ),
)
"""The statements that lead from each version to the next; their number is the version."""
HAS_SETTINGS: Final = 2
"""The first version with settings; an earlier one can be read as it is."""
# What is wrong, and what to do.
LOCKED: Final = (
    phrase("another program keeps it locked"),
    phrase("close that program and try again"),
)
_DENIED: Final = (
    phrase("it cannot be opened or written"),
    phrase("make the file and its folder writable"),
)
DAMAGED: Final = (
    phrase("it is not a formcheck history, or it is damaged; it was left as it is"),
    phrase("move it elsewhere, and a new one will be created"),
)
_FULL: Final = phrase("the disk is full"), phrase("free some space and try again")
_CAUSES: Final[Mapping[int, tuple[str, str]]] = {
    sqlite3.SQLITE_BUSY: LOCKED,
    sqlite3.SQLITE_LOCKED: LOCKED,
    sqlite3.SQLITE_PROTOCOL: LOCKED,
    sqlite3.SQLITE_PERM: _DENIED,
    sqlite3.SQLITE_READONLY: _DENIED,
    sqlite3.SQLITE_CANTOPEN: _DENIED,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: (phrase("the disk is full or failing"), _FULL[1]),
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
}


class DeniedError(StoreError):
    """A history cannot be opened or written, which does not matter to whoever only reads it."""


def open_file(path: Path, *, own_folder: bool) -> sqlite3.Connection:
    """Open a history for this user alone, or begin one; a folder of formcheck's own is private too.

    Raises:
        StoreError: it cannot be opened; it is left as it was.
    """
    with explain(path, system=True), contextlib.ExitStack() as on_error:
        _begin(path)
        # SQLite would open it to read, and leave files beside it that are not the owner's.
        if not os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            raise DeniedError(path, *map(translate, _DENIED))
        # SQLite takes a file of a few bytes for an empty one, and would write over it.
        if 0 < path.stat().st_size < SMALLEST_BYTES:
            raise StoreError(path, *map(translate, DAMAGED))
        db = _connect(path)
        on_error.callback(db.close)
        db.execute("BEGIN")  # one moment's: another process may be beginning it
        version = _read_version(db, path)
        db.execute("COMMIT")
        if version:
            _check(db, path)
        _make_private(path, own_folder)
        _use_wal(db)
        if version < len(MIGRATIONS):
            _migrate(db, path)
        on_error.pop_all()
        return db


def open_to_read(path: Path) -> tuple[sqlite3.Connection, int]:
    """Open a history that cannot be written, and tell its version, which may be an earlier one.

    Raises:
        StoreError: it cannot be read either, or is damaged.
    """
    with explain(path, system=True), contextlib.ExitStack() as on_error:
        wal = path.with_name(f"{path.name}-wal")
        # SQLite keeps an index beside the log. Where none can be kept, the file alone is read: if
        # it has no log, that is all there is.
        has_log = wal.exists() and wal.stat().st_size > 0
        how = "mode=ro" if has_log else "mode=ro&immutable=1"
        db = _open_sqlite(f"{path.absolute().as_uri()}?{how}", uri=True)
        on_error.callback(db.close)
        version = _read_version(db, path)
        if not version:
            raise StoreError(path, *map(translate, DAMAGED))
        _check(db, path)
        on_error.pop_all()
        return db, version


@contextlib.contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Write what is done inside whole or not at all; other writers wait."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        # SQLite has rolled back by itself where the disk was full.
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def explain(
    path: Path, causes: Mapping[int, tuple[str, str]] = _CAUSES, *, system: bool = False
) -> Iterator[None]:
    """Raise what SQLite says inside as a StoreError that says what to do.

    What is wrong and what to do is listed by SQLite's primary result codes. With ``system``, what
    the operating system says is raised so as well.
    """
    try:
        yield
    except sqlite3.Error as error:
        # The upper bits tell kinds of one cause apart.
        cause = causes.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        kind = DeniedError if cause == _DENIED else StoreError
        raise kind(path, *map(translate, cause or (str(error),))) from error
    except OSError as error:
        if not system or isinstance(error, StoreError):
            raise
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreError(path, *map(translate, _FULL)) from error
        what, advice = map(translate, _DENIED)
        raise DeniedError(path, f"{tell_system(error)}: {what}", advice) from error


def delete_backups(path: Path) -> None:
    """Delete the copies made of a history before migrations; a StoreError if that fails."""
    name = re.compile(re.escape(path.name) + r"\.v\d+(-\d+)?\.backup(\.partial)?(-journal)?")
    with explain(path, system=True):
        for other in path.parent.iterdir():
            if name.fullmatch(other.name):
                other.unlink(missing_ok=True)


def _begin(path: Path) -> None:
    """Make the file if there is none, empty and for this user alone, and its folder."""
    path.parent.parent.mkdir(parents=True, exist_ok=True)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    # Never while this process has it open already: closing it would take SQLite's locks off it.
    with _BEGINNING:
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _make_private(path: Path, own_folder: bool) -> None:
    """Keep others out of what was there; a folder that may hold other things stays as it is."""
    if own_folder:
        path.parent.chmod(0o700)
    for each in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
        # They go and come with other processes.
        with contextlib.suppress(FileNotFoundError):
            if each.stat().st_mode & 0o077:
                each.chmod(0o600)


def _open_sqlite(place: Path | str, *, uri: bool = False) -> sqlite3.Connection:
    return sqlite3.connect(
        place, timeout=LOCKED_S, isolation_level=None, check_same_thread=False, uri=uri
    )


def _connect(path: Path) -> sqlite3.Connection:
    db = _open_sqlite(path)
    # What is deleted is overwritten, and no copy goes through a temporary file.
    db.execute("PRAGMA secure_delete = ON")
    db.execute("PRAGMA temp_store = MEMORY")
    # No waiting for the disk inside a live session: a killed process loses nothing by it, a power
    # cut perhaps the last seconds, never the file.
    db.execute("PRAGMA synchronous = NORMAL")
    return db


def _use_wal(db: sqlite3.Connection) -> None:
    """Let readers and a writer work at once, now and for good."""
    until_s = time.monotonic() + LOCKED_S
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL").fetchall()
            return
        except sqlite3.OperationalError as error:
            # SQLite itself does not wait here when another process does the same.
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until_s:
                raise
            time.sleep(0.01)


def _check(db: sqlite3.Connection, path: Path) -> None:
    if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise StoreError(path, *map(translate, DAMAGED))


def _read_version(db: sqlite3.Connection, path: Path) -> int:
    """The file's version; 0 for an empty one."""
    [version] = db.execute("PRAGMA user_version").fetchone()
    [mark] = db.execute("PRAGMA application_id").fetchone()
    [n_parts] = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if mark != _MARK and (mark or version or n_parts):
        raise StoreError(path, *map(translate, DAMAGED))
    if version > len(MIGRATIONS):
        known = f"(version {version} of the history, this one knows {len(MIGRATIONS)})"
        raise StoreError(
            path, f"written by a later version of formcheck {known}", "install that version"
        )
    return int(version)


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    """Lead the file to this version, in one transaction, after a backup of what it holds."""
    with contextlib.ExitStack() as on_error:
        with transaction(db):
            version = _read_version(db, path)  # another process may have been first
            if version == len(MIGRATIONS):
                return
            if version:
                on_error.callback(_back_up(path, version).unlink, missing_ok=True)
            for statement in (one for statements in MIGRATIONS[version:] for one in statements):
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {_MARK}")
            db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        on_error.pop_all()


def _back_up(path: Path, version: int) -> Path:
    """Copy the history to a name of its own; nobody may be writing to it."""
    names = (f"{path.name}.v{version}{n}.backup" for n in ("", *(f"-{i}" for i in range(2, 1000))))
    copy = next(p for p in (path.with_name(name) for name in names) if not p.exists())
    partial = copy.with_name(f"{copy.name}.partial")
    partial.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with contextlib.closing(_connect(path)) as db, contextlib.closing(_connect(partial)) as into:
        db.backup(into)
    return partial.rename(copy)
