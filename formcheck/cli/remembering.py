"""``analyze --remember``: the sets of each clip into the history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from formcheck.errors import ArgumentError
from formcheck.history.past import clean_name
from formcheck.history.remember import find_origin, remember_clip
from formcheck.history.store import History
from formcheck.history.wording import tell_day, tell_person

if TYPE_CHECKING:
    from collections.abc import Mapping

    from formcheck.exercises.schema import Exercise
    from formcheck.result.models import Result

_DATED: Final = {
    "given": "as you say",
    "clip": "as the clip says",
    "file": "when the file was last changed",
}


class ClipMemory:
    """Remembers clips in a history that is open.

    Args:
        history: where.
        exercises: those that a Result may name, by id.
        at: when all of them were recorded; None takes what each clip says.
    """

    def __init__(
        self, history: History, exercises: Mapping[str, Exercise], at: datetime | None = None
    ) -> None:
        self._history, self._exercises, self._at = history, exercises, at

    def remember(self, clip: Path, result: Result) -> str:
        """Remember a clip in place of what was remembered of it; one line that says so.

        Raises:
            SourceError: the clip cannot be read again.
            StoreError: it cannot be written.
        """
        origin = find_origin(clip, self._at)
        n = remember_clip(self._history, result, origin, self._exercises)
        if not n:
            return "nothing to remember: no set was seen"
        name = clean_name(result.person)
        whose = name or tell_person(name).lower()
        when = f"{tell_day(origin.at.date(), year=True)} {origin.at:%H:%M}"
        sets = "1 set" if n == 1 else f"{n} sets"
        return f"remembered: {sets} of {whose}, {when} ({_DATED[origin.dated_by]})"


@contextmanager
def open_memory(
    data: Path | None, folders: tuple[Path, ...], at: datetime | None = None
) -> Iterator[ClipMemory]:
    """Open the history, before long work rather than after it.

    Args:
        data: the folder it is kept in; None for the user's data folder.
        folders: of one's own exercises.
        at: see ``ClipMemory``.

    Raises:
        StoreError: the history cannot be used.
        ExerciseError: a file of an exercise is wrong.
    """
    from formcheck.exercises.load import list_exercises

    exercises = list_exercises(*folders)
    with History(None if data is None else data / "history.sqlite3") as history:
        yield ClipMemory(history, exercises, at)


def read_date(text: str) -> datetime:
    """When a clip was recorded, as the user says it: a day, or a day and a time.

    A day alone is its noon. Without an offset it is meant on this machine's clock.

    Raises:
        ValueError: it is no such date, or to come.
    """
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        advice = "give a day, as in 2026-05-31, or a day and a time, as in 2026-05-31T07:30"
        raise ArgumentError(f"--date {text!r}", "is no date", advice) from error
    if len(text.strip()) <= len("2026-05-31"):
        at = at.replace(hour=12)
    at = at if at.tzinfo is not None else at.astimezone()
    if at > datetime.now(UTC) + timedelta(days=1):
        advice = "a clip is remembered of the day it was made"
        raise ArgumentError(f"--date {text}", "is to come", advice)
    return at
