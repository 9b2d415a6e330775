"""The sets that were done, kept in one SQLite file in the user's data folder.

Only numbers and names: no image, no pose. Several processes may use the file at once, and one that
is killed leaves whole sets.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from typing import Any, Final

from platformdirs import user_data_path

from formcheck.errors import StoreError
from formcheck.files import spell_out
from formcheck.history import database, past
from formcheck.language import translate
from formcheck.result.models import SetResult, Unit

_DAY_STARTS: Final = "day_starts"


def default_path() -> Path:
    """Where the history is kept unless told otherwise: in the user's data folder.

    Raises:
        StoreError: the user has no home directory.
    """
    try:
        return user_data_path("formcheck") / "history.sqlite3"
    except RuntimeError as error:
        why = "there is no home directory to keep it in"
        raise StoreError("the history", why, "set HOME, or give --data DIR") from error


class History:
    """The history in one file, opened; threads may share it.

    Everywhere ``person`` None stands for the sets of nobody in particular, and ``everyone`` for all
    sets; both at once are a ValueError. Names are compared as they are written, except for spaces
    around them. Every method raises a StoreError if the file cannot be read or written, or is
    damaged; then nothing of what it was to do is done.
    """

    def __init__(self, path: Path | None = None, *, to_read: bool = False) -> None:
        """Open the history, or begin one; None takes :func:`default_path`.

        A file of an earlier version is copied to ``<name>.v<version>.backup``, then migrated. With
        ``to_read`` an existing one need not be writable.

        Raises:
            StoreError: it cannot be opened or written, is damaged, is something else, or was
                written by a later formcheck; it is left as it was.
        """
        self.path = path or default_path()
        self._lock = threading.RLock()
        self._has_settings = True
        self._day_starts: time | None = None
        try:
            self._db = database.open_file(self.path, own_folder=path is None)
        except database.DeniedError:
            if not to_read or not self.path.is_file():
                raise
            self._db, version = database.open_to_read(self.path)
            self._has_settings = version >= database.HAS_SETTINGS

    @property
    def day_starts(self) -> time:
        """When a day of practice begins: what is done earlier belongs to the day before."""
        if self._day_starts is not None:
            return self._day_starts
        if not self._has_settings:
            return past.MIDNIGHT
        rows = self._run("SELECT value FROM settings WHERE name = ?", [_DAY_STARTS])
        with self._reading():
            return time.fromisoformat(rows[0][0]) if rows else past.MIDNIGHT

    def keep_day_starts(self, at: time) -> None:
        """Keep when a day of practice begins, for everyone, from now on and looking back.

        Raises:
            DeniedError: it cannot be written; it holds here until the file is closed.
        """
        self._day_starts = at
        if not self._has_settings:
            raise database.DeniedError(self.path, "cannot be written")
        self._run("INSERT OR REPLACE INTO settings VALUES (?, ?)", [_DAY_STARTS, f"{at:%H:%M}"])

    def add_set(
        self,
        one: SetResult,
        *,
        session: str,
        person: str | None,
        source: past.Source,
        at: datetime,
        clip: str | None,
        routine: str | None = None,
        target: float | None = None,
        unit: Unit,
    ) -> None:
        """Remember a set. The same set again replaces what was remembered of it.

        It is the same set if session, exercise, side and ``start_s`` are the same: so a live set
        may be written as it grows, and a clip may be remembered again for the right person.

        See `PastSet` for the values. A clip's ``session`` is what tells its contents from others';
        ``at`` has a time zone, or else it is a ValueError.
        """
        at_utc, ahead_min = past.write_moment(at)
        values = {
            **past.make_row(one),
            "at_utc": at_utc,
            "ahead_min": ahead_min,
            "person": past.clean_name(person),
            "session": spell_out(session),
            "source": source,
            "clip": None if clip is None else spell_out(clip),
            "routine": None if routine is None else spell_out(routine),
            "target": past.keep_finite(target),
            "unit": unit,
        }
        places = ", ".join(f":{name}" for name in past.COLUMNS)
        self._run(
            f"INSERT OR REPLACE INTO sets ({', '.join(past.COLUMNS)}) VALUES ({places})", values
        )

    def forget_session(self, session: str) -> int:
        """Take out the sets of one session, to write them anew; how many there were.

        Unlike after :meth:`erase`, traces may stay in the file.
        """
        return self._delete("session = ?", [spell_out(session)])

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Write what is done inside as a whole at its end or not at all; others wait until then."""
        with self._lock, contextlib.ExitStack() as inside:
            if not self._db.in_transaction:
                inside.enter_context(database.explain(self.path))
                inside.enter_context(database.transaction(self._db))
            yield

    def sets(self, person: str | None = None, *, everyone: bool = False) -> list[past.PastSet]:
        """A person's sets, or everyone's, in order of time."""
        where, values = _choose(person, everyone)
        wanted = f"SELECT {', '.join(past.COLUMNS)} FROM sets WHERE {where}"
        rows = self._run(f"{wanted} ORDER BY at_utc, start_s, rowid", values)
        starts = self.day_starts
        with self._reading():
            return [past.read_row(row, starts) for row in rows]

    def people(self) -> list[str | None]:
        """Everyone with a set, in order of their names; None first, for nobody in particular."""
        return [name for (name,) in self._run("SELECT DISTINCT person FROM sets ORDER BY person")]

    def erase(self, person: str | None, *, everyone: bool = False) -> int:
        """Erase a person's sets, or everyone's, for good; how many there were.

        The file is written anew, and the backups of earlier versions, which hold them too, are
        deleted. Exports and copies made by others stay.

        Raises:
            StoreError: it failed, or another program is reading, so that traces may be left: erase
                again.
        """
        where, values = _choose(person, everyone)
        with self._lock:
            n = self._delete(where, values)
            self._run("VACUUM")
            [(busy, *_)] = self._run("PRAGMA wal_checkpoint(TRUNCATE)")
        if busy:
            what, advice = database.LOCKED
            raise StoreError(self.path, f"erased except for traces: {what}", advice)
        database.delete_backups(self.path)
        return n

    def close(self) -> None:
        """Close the file; closing again does nothing."""
        with self._lock, database.explain(self.path):
            self._db.close()

    def __enter__(self) -> History:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        """Take a value that was never written so for damage."""
        try:
            yield
        except (ValueError, TypeError, AttributeError) as error:
            raise StoreError(self.path, *map(translate, database.DAMAGED)) from error

    def _run(self, statement: str, values: Any = ()) -> list[Any]:
        with self._lock, database.explain(self.path):
            return self._db.execute(statement, values).fetchall()

    def _delete(self, where: str, values: list[Any]) -> int:
        with self.together():
            self._run(f"DELETE FROM sets WHERE {where}", values)
            [(n,)] = self._run("SELECT changes()")
        return int(n)


def _choose(person: str | None, everyone: bool) -> tuple[str, list[Any]]:
    """The condition on rows, and its values."""
    name = past.clean_name(person)
    if everyone and name is not None:
        raise ValueError("a person and everyone: give one of them")
    return ("1", []) if everyone else ("person IS ?", [name])
