"""A day of practice may end later than midnight, which is said once and kept."""

from __future__ import annotations

import os
import tempfile
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from formcheck.errors import StoreError
from formcheck.exercises.load import list_exercises
from formcheck.exercises.routine import make_routine
from formcheck.history import database as file
from formcheck.history.past import find_day
from formcheck.history.progress import look_back
from formcheck.history.store import History
from formcheck.history.week import compare_week
from tests.support.months import HOME
from tests.support.past_sets import add, make_set, read_only

FOUR = time(4)
SUNDAY = date(2026, 11, 15)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), HOME)


@pytest.mark.parametrize(
    ("moment", "starts", "day"),
    [
        (at(SUNDAY, 3, 59), FOUR, SUNDAY - timedelta(days=1)),
        (at(SUNDAY, 4), FOUR, SUNDAY),
        (at(SUNDAY, 23, 59), FOUR, SUNDAY),
        (at(SUNDAY, 0), time(), SUNDAY),
        (at(SUNDAY, 0, 29), time(0, 30), SUNDAY - timedelta(days=1)),
    ],
)
def test_a_moment_belongs_to_the_day_that_has_begun(
    moment: datetime, starts: time, day: date
) -> None:
    assert find_day(moment, starts) == day


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Sets of three evenings, the second one after midnight: Friday, Saturday's, Sunday."""
    path = tmp_path / "history.sqlite3"
    moments = (at(SUNDAY - timedelta(days=2), 23), at(SUNDAY, 1, 30), at(SUNDAY, 22))
    with History(path) as history:
        for k, moment in enumerate(moments):
            add(history, make_set(good_hold_s=30.0), session=f"{k}", at=moment)
    return path


def test_days_streaks_and_weeks_go_by_it_and_it_is_kept(path: Path) -> None:
    exercises = list_exercises()
    with History(path) as history:
        assert history.day_starts == time()
        before = look_back(history.sets("Ann"), exercises, person="Ann", today=SUNDAY)
        history.keep_day_starts(FOUR)
    with History(path) as history:
        assert history.day_starts == FOUR
        sets = history.sets("Ann")
    after = look_back(sets, exercises, person="Ann", today=SUNDAY)
    assert [day.day.day for day in before.days] == [13, 15]
    assert (before.streak.current, before.n_days) == (1, 2)
    assert [day.day.day for day in after.days] == [13, 14, 15]
    assert (after.streak.current, after.streak.longest, after.n_days) == (3, 3, 3)
    assert after.weeks[-1].days == (False,) * 4 + (True,) * 3
    assert [one.at.hour for one in sets] == [23, 1, 22]


def test_the_week_of_a_plan_goes_by_it(path: Path) -> None:
    """What is done in the night to Monday is Sunday's, of the week before."""
    monday = SUNDAY + timedelta(days=1)
    with History(path) as history:
        add(history, make_set(good_hold_s=30.0), session="late", at=at(monday, 2))
        history.keep_day_starts(FOUR)
        sets = history.sets("Ann")
    exercise = list_exercises()["half-kneeling"]
    week = compare_week(sets, make_routine(exercise), monday)
    [left] = [row for row in week.rows if row.side == "left"]
    assert left.done[0] == 0
    week = compare_week(sets, make_routine(exercise), SUNDAY)
    [left] = [row for row in week.rows if row.side == "left"]
    assert left.done[4:] == (30.0, 30.0, 60.0)


def test_an_earlier_history_has_midnight_until_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "history.sqlite3"
    with monkeypatch.context() as patch:
        patch.setattr(file, "MIGRATIONS", file.MIGRATIONS[: file.HAS_SETTINGS - 1])
        with History(path) as history:
            history._has_settings = False
            add(history, at=at(SUNDAY, 1))
            assert history.sets("Ann")[0].day == SUNDAY
    with History(path) as history:
        assert history.day_starts == time()
        history.keep_day_starts(FOUR)
        assert history.sets("Ann")[0].day == SUNDAY - timedelta(days=1)
    assert [p.name for p in tmp_path.glob("*.backup")] == ["history.sqlite3.v1.backup"]


# --- read-only -----------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize("folder", [True, False], ids=["folder", "file"])
@pytest.mark.parametrize("version", [1, 2])
def test_a_read_only_history_is_read_and_not_written(
    folder: bool, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory() as name:  # those above pytest's own are closed to others
        path = Path(name) / "history.sqlite3"
        with monkeypatch.context() as patch:
            patch.setattr(file, "MIGRATIONS", file.MIGRATIONS[:version])
            with History(path) as history:
                add(history, at=at(SUNDAY, 1))
        for extra in path.parent.glob("history.sqlite3-*"):
            extra.unlink()
        content = path.read_bytes()
        with read_only(path, folder=folder):
            with pytest.raises(StoreError, match="folder writable"):
                History(path)
            with History(path, to_read=True) as history:
                assert [one.day for one in history.sets("Ann")] == [SUNDAY]
                assert history.people() == ["Ann"]
                with pytest.raises(file.DeniedError):
                    history.keep_day_starts(FOUR)
                assert [one.day for one in history.sets("Ann")] == [SUNDAY - timedelta(days=1)]
                with pytest.raises(StoreError):
                    add(history, make_set(50.0))
        assert path.read_bytes() == content
        assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_what_is_no_history_is_no_read_only_one(tmp_path: Path) -> None:
    for content in (b"", b"note", b"note" * 1000):
        path = tmp_path / "history.sqlite3"
        path.write_bytes(content)
        with pytest.raises(StoreError, match="it is not a formcheck history"):
            file.open_to_read(path)
    with pytest.raises(StoreError, match="cannot be opened"):
        file.open_to_read(tmp_path / "none.sqlite3")
