"""The keeper: whole files at every moment, each set once, and failures that are told."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from formcheck.app.live.result_keeper import Keeper
from formcheck.coach.question import conclude_answer
from formcheck.coach.turns import Turn, list_turns
from formcheck.errors import StoreError
from formcheck.exercises.load import list_exercises
from formcheck.exercises.routine import make_routine
from formcheck.history.past import PastSet
from formcheck.history.store import History
from formcheck.pose.landmarks import Side
from formcheck.result.models import RepResult, Result, SetResult
from tests.support.cameras import wait_until

EXERCISES = list_exercises()
LIMIT_S = 60.0
NAME = "history.sqlite3"


def hold(start_s: float, good_s: float, side: Side | None = "left", **changes: Any) -> SetResult:
    values: dict[str, Any] = {
        "exercise": "half-kneeling", "side": side, "start_s": start_s, "end_s": start_s + good_s,
        "position_s": good_s, "good_hold_s": good_s, "confirmed_hold_s": good_s,
        "longest_hold_s": good_s, "holds": (), "rules": {}, "faults": (),
        "completion": min(1.0, good_s / 30), "score": 100.0, "verdict": "pass", **changes,
    }  # fmt: skip
    return SetResult(**values)


def kicks(*sides: Side) -> SetResult:
    """A set of repetitions, which has a side as long as all have the same."""
    reps = tuple(
        RepResult(
            start_s=k, peak_s=k + 0.5, end_s=k + 1, top_s=0.2, side=side, good=True, faults=()
        )
        for k, side in enumerate(sides)
    )
    side = sides[0] if len(set(sides)) == 1 else None
    return hold(0.0, len(reps), side, exercise="donkey-kick", reps=reps)


def result_of(*sets: SetResult) -> Result:
    empty = conclude_answer(EXERCISES["arch-check"], 0)
    return empty.model_copy(update={"clip": "camera 0", "sets": sets})


def turns_of(exercise: str, **places: list[int]) -> list[Turn]:
    """The turns of one exercise; ``places`` are those of the sets done on each side."""
    turns = list_turns(make_routine(EXERCISES[exercise], sets=1), EXERCISES)
    return [replace(turn, sets=tuple(places.get(turn.side or "none", []))) for turn in turns]


def open_keeper(folder: Path, **changes: Any) -> Keeper:
    options: dict[str, Any] = {
        "json": folder / "result.json", "open_history": lambda: History(folder / NAME),
        "session": "today", "person": "me", "routine": "half-kneeling", **changes,
    }  # fmt: skip
    return Keeper(options.pop("json"), options.pop("open_history"), **options)


def rows_in(folder: Path) -> list[PastSet]:
    with History(folder / NAME) as history:
        return history.sets("me")


def read_json(folder: Path) -> Result:
    return Result.model_validate_json((folder / "result.json").read_text())


def test_the_file_is_whole_at_every_moment(tmp_path: Path) -> None:
    keeper = open_keeper(tmp_path, open_history=None)
    seen: set[float] = set()
    n = 0
    while len(seen) < 20:
        n += 1
        keeper.keep(result_of(*(hold(60.0 * k, n) for k in range(n % 7 + 1))), [])
        if (tmp_path / "result.json").exists():
            seen.add(read_json(tmp_path).sets[0].good_hold_s)
    keeper.close()
    assert read_json(tmp_path).sets[0].good_hold_s == n
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]
    assert keeper.failed is None
    assert keeper.has_written


def test_a_set_that_grows_is_one_row(tmp_path: Path) -> None:
    keeper = open_keeper(tmp_path)
    turns = turns_of("half-kneeling", left=[0], right=[1])
    first, before = hold(2, 9.5), datetime.now(UTC)
    for n in range(1, 6):
        keeper.keep(result_of(hold(2, n)), turns)
    for n in range(1, 6):
        keeper.keep(result_of(first, hold(40, n, "right"), hold(80, n, "left")), turns)
    keeper.close()
    rows = rows_in(tmp_path)
    assert [(row.start_s, row.side, row.good_hold_s) for row in rows] == [
        (2, "left", 9.5), (40, "right", 5), (80, "left", 5),
    ]  # fmt: skip
    assert [row.target for row in rows] == [30, 30, None], "the last was more than asked"
    assert {(row.session, row.source, row.clip, row.routine, row.unit) for row in rows} == {
        ("today", "live", None, "half-kneeling", "s")
    }
    assert all(before <= row.at <= datetime.now(UTC) for row in rows)
    assert [row.at for row in rows] == sorted(row.at for row in rows)
    assert read_json(tmp_path).sets[0] == first
    assert keeper.failed is None


def test_a_set_keeps_the_moment_it_was_first_kept_at(tmp_path: Path) -> None:
    keeper = open_keeper(tmp_path)
    keeper.keep(result_of(hold(2, 1)), [])
    wait_until(lambda: (tmp_path / NAME).exists() and len(rows_in(tmp_path)) == 1)
    [first] = rows_in(tmp_path)
    keeper.keep(result_of(hold(2, 8)), [])
    keeper.close()
    [row] = rows_in(tmp_path)
    assert (row.at, row.good_hold_s) == (first.at, 8)


def test_repetitions_that_turn_out_to_be_of_both_sides_are_one_row(tmp_path: Path) -> None:
    keeper = open_keeper(tmp_path, routine="donkey-kick")
    turns = turns_of("donkey-kick", left=[0])
    keeper.keep(result_of(kicks("left")), turns)
    keeper.keep(result_of(kicks("left", "left")), turns)
    keeper.keep(result_of(kicks("left", "left", "right")), turns)
    keeper.keep(result_of(kicks("left", "left", "right"), hold(90, 3)), turns)
    keeper.close()
    kicked, held = rows_in(tmp_path)
    assert (kicked.side, kicked.n_reps, kicked.unit, kicked.target) == (None, 3, "reps", 10)
    assert (held.exercise, held.unit) == ("half-kneeling", "s")


def test_other_sessions_stay(tmp_path: Path) -> None:
    for session in ("yesterday", "today"):
        keeper = open_keeper(tmp_path, session=session)
        keeper.keep(result_of(kicks("left")), [])
        keeper.keep(result_of(kicks("left", "right")), [])
        keeper.close()
    assert [row.session for row in rows_in(tmp_path)] == ["yesterday", "today"]


def test_keeping_waits_for_nothing_and_closing_for_all(tmp_path: Path) -> None:
    may_open = threading.Event()

    def open_slowly() -> History:
        assert may_open.wait(LIMIT_S)
        return History(tmp_path / NAME)

    keeper = open_keeper(tmp_path, open_history=open_slowly)
    for n in range(1, 40):
        keeper.keep(result_of(hold(2, n)), [])
    assert not (tmp_path / "result.json").exists()
    may_open.set()
    keeper.close()
    assert read_json(tmp_path).sets[0].good_hold_s == 39
    assert [row.good_hold_s for row in rows_in(tmp_path)] == [39]


def test_a_json_that_cannot_be_written_costs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    keeper = open_keeper(tmp_path, json=tmp_path / "file" / "result.json")
    keeper.keep(result_of(hold(2, 9)), [])
    keeper.close()
    assert not keeper.has_written
    assert keeper.failed is not None
    assert "file/result.json: cannot be written" in keeper.failed
    assert "\n" not in keeper.failed
    assert len(rows_in(tmp_path)) == 1


def test_a_history_that_is_none_costs_nothing_else(tmp_path: Path) -> None:
    garbage = "not a database " * 100
    (tmp_path / NAME).write_text(garbage)
    keeper = open_keeper(tmp_path)
    keeper.keep(result_of(hold(2, 9)), [])
    keeper.close()
    assert keeper.failed is not None
    assert f"{NAME}: it is not a formcheck history, or it is damaged" in keeper.failed
    assert read_json(tmp_path).sets[0].good_hold_s == 9
    assert (tmp_path / NAME).read_text() == garbage


class Locked(History):
    """Refuses the first sets, in the middle of a write, as a locked file does."""

    n_refused = 0

    def add_set(self, one: SetResult, **about: Any) -> None:
        super().add_set(one, **about)
        if one.start_s > 2 and self.n_refused < 2:
            self.n_refused += 1
            raise StoreError("history.sqlite3", "locked")


def test_what_could_not_be_kept_is_kept_with_the_next_set(tmp_path: Path) -> None:
    keeper = open_keeper(tmp_path, open_history=lambda: Locked(tmp_path / NAME))
    sets = [hold(2, 9), hold(40, 9, "right"), hold(80, 9)]
    for n in (2, 2, 3):
        keeper.keep(result_of(*sets[:n]), [])
    keeper.close()
    assert [row.start_s for row in rows_in(tmp_path)] == [2, 40, 80]
    assert keeper.failed == "history.sqlite3: locked"


def test_a_name_that_no_file_holds_is_told(tmp_path: Path) -> None:
    """As from a terminal that sends what is no text."""
    keeper = open_keeper(tmp_path, person="\udcff")
    broken = result_of(hold(2, 9)).model_copy(update={"person": "\udcff"})
    keeper.keep(broken, [])
    keeper.close()
    assert keeper.failed is not None
    with History(tmp_path / NAME) as history:
        assert len(history.sets(everyone=True)) == 1
    assert [path.name for path in tmp_path.iterdir() if "result" in path.name] == []


def test_nothing_asked_for_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    keeper = open_keeper(tmp_path, json=None, open_history=None)
    keeper.keep(result_of(hold(2, 9)), [])
    keeper.close()
    assert list(tmp_path.iterdir()) == []
    assert keeper.failed is None
