"""Keeps a live session's results as it goes: a crash loses at most the set under way."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from formcheck.coach.turns import Turn
from formcheck.errors import StoreError
from formcheck.files import write_text
from formcheck.history.store import History
from formcheck.language import translate
from formcheck.result.models import Result, SetResult
from formcheck.runtime.finishing import finish


class Keeper:
    """Writes the Result and the history from a thread of its own: a slow disk delays no frame.

    Args:
        json: where the Result goes; None writes none.
        open_history: opens the history, in that thread; None keeps none.
        session: names the session in the history.
        person: whom to file it under.
        routine: the routine's id.
    """

    def __init__(
        self,
        json: Path | None,
        open_history: Callable[[], History] | None,
        *,
        session: str,
        person: str | None,
        routine: str,
    ) -> None:
        self.failed: str | None = None
        """Why something could not be kept; None while all is."""
        self.has_written = False
        """Whether the Result's file is there, and is of this session."""
        self._json, self._open_history = json, open_history
        self._session, self._person, self._routine = session, person, routine
        self._kept: list[SetResult] = []
        self._at: list[datetime] = []
        self._waiting: queue.Queue[tuple[Result, Mapping[int, Turn]] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def keep(self, result: Result, turns: Sequence[Turn]) -> None:
        """Keep the session as it is now; returns at once."""
        places = {index: turn for turn in turns for index in turn.sets}
        self._waiting.put((result, places))

    def close(self, tell: Callable[[str], None] | None = None) -> None:
        """Finish what is to be written; ``tell`` is told if that takes long."""
        self._waiting.put(None)
        what = translate("the results")
        try:
            finish(self._thread, what, tell)
        finally:
            if self._thread.is_alive():
                problem = translate("stopped before the last sets were written")
                self.failed = str(StoreError(what, problem))

    def _run(self) -> None:
        history = self._open()
        while (job := self._waiting.get()) is not None:
            self._write(history, *job)
        if history is not None:
            self._try(history.close)

    def _open(self) -> History | None:
        if self._open_history is None:
            return None
        try:
            return self._open_history()
        except StoreError as error:
            self.failed = str(error)
            return None

    def _write(self, history: History | None, result: Result, turns: Mapping[int, Turn]) -> None:
        json = self._json
        if json is not None:
            self._try(lambda: self._write_result(json, result))
        if history is not None:
            self._try(lambda: self._remember(history, result.sets, turns))

    def _write_result(self, json: Path, result: Result) -> None:
        write_text(json, result.to_json(indent=2) + "\n")
        self.has_written = True

    def _try(self, write: Callable[[], None]) -> None:
        """One failure costs neither the other place nor what comes later."""
        try:
            write()
        except (StoreError, ValueError) as error:  # such as a name that no file can hold
            self.failed = str(error)

    def _remember(
        self, history: History, sets: Sequence[SetResult], turns: Mapping[int, Turn]
    ) -> None:
        """Add what is new; a set may have grown since, or turned out to be of another side."""
        changed = any(_key(a) != _key(b) for a, b in zip(self._kept, sets, strict=False))
        kept = [] if changed else self._kept
        with history.together():
            if changed:
                history.forget_session(self._session)
            for index, one in enumerate(sets):
                if index < len(kept) and kept[index] == one:
                    continue
                if index == len(self._at):
                    self._at.append(datetime.now(UTC).astimezone())
                self._add(history, one, self._at[index], turns.get(index))
        self._kept = list(sets)

    def _add(self, history: History, one: SetResult, at: datetime, turn: Turn | None) -> None:
        history.add_set(
            one,
            session=self._session,
            person=self._person,
            source="live",
            at=at,
            clip=None,
            routine=self._routine,
            target=turn.target if turn else None,
            unit=turn.unit if turn else "reps" if one.reps else "s",
        )


def _key(one: SetResult) -> tuple[str, float, str | None]:
    """What tells a set from the others of a session."""
    return one.exercise, one.start_s, one.side
