"""What is remembered comes back exactly, leaves as JSON and CSV, and is erased for good."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from formcheck.errors import StoreError
from formcheck.history.past import PastFault, PastMedian, PastSet, write_csv, write_json
from formcheck.history.store import History
from tests.support.past_sets import (
    NOON,
    add,
    add_many,
    make_rep,
    make_set,
    read_folder,
)

ODD_NAMES = [
    "Ann", "O'Brien; DROP TABLE sets", 'Say "hi", all', "=1+1", "+1", "-1", "@SUM(A1)", "Ann;=1+1",
    "Ann, -2", "\uff1d1", "Žofie 🧘", "李", "%", "NULL", "None", "1e5",
]  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "history.sqlite3"


@pytest.fixture
def history(path: Path) -> Iterator[History]:
    with History(path) as opened:
        yield opened


def test_a_set_comes_back_as_it_was(history: History, path: Path) -> None:
    add(history)
    expected = PastSet(
        at=NOON, day=NOON.date(), person="Ann", session="first", source="live", clip=None,
        routine="daily-relief",
        exercise="half-kneeling", side="left", start_s=2.9, end_s=13.1, position_s=10.1,
        good_hold_s=8.1, confirmed_hold_s=6.5, longest_hold_s=4.1, n_reps=0, n_good_reps=0,
        target=30.0, unit="s", completion=0.27, score=94.9, verdict="fix",
        faults={"front_knee": PastFault(2, 3.1)}, medians={"front_knee": PastMedian(88.5, "deg")},
        measured=None,
    )  # fmt: skip
    assert history.sets("Ann") == [expected]
    history.close()
    with History(path) as again:
        assert again.sets("Ann") == [expected]


def test_repetitions_and_assessments_come_back(history: History) -> None:
    reps = tuple(make_rep(3.0 * i, good=i != 1) for i in range(4))
    add(history, make_set(1.0, reps=reps, side=None), unit="reps", target=10)
    measured = {"thigh_deg": -3.25, "verdict": "tight", "knee_deg": None}
    one = make_set(20.0, measured=measured, score=None, verdict="cannot_judge")
    add(history, one, source="clip", clip="thomas.mp4", routine=None, target=None)
    kicks, thomas = history.sets("Ann")
    assert (kicks.n_reps, kicks.n_good_reps, kicks.unit, kicks.side) == (4, 3, "reps", None)
    assert thomas.measured == measured
    assert (thomas.score, thomas.target, thomas.clip) == (None, None, "thomas.mp4")
    assert (thomas.verdict, thomas.source) == ("cannot_judge", "clip")


@pytest.mark.parametrize("side", ["left", None])
def test_the_same_set_again_replaces(history: History, side: str | None) -> None:
    for grown_s in (3.0, 5.0, 7.5):
        add(history, make_set(side=side, good_hold_s=grown_s))
    assert [one.good_hold_s for one in history.sets("Ann")] == [7.5]
    add(history, make_set(side=side), person="Bea")
    assert history.people() == ["Bea"]


def test_another_set_is_another_row(history: History) -> None:
    add(history)
    add(history, session="second")
    add(history, make_set(40.0))
    add(history, make_set(side="right"))
    add(history, make_set(side=None))
    add(history, make_set(exercise="lunge-stretch"))
    assert len(history.sets("Ann")) == 6
    assert [one.exercise for one in history.sets("Ann")].count("lunge-stretch") == 1


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), None])
def test_a_number_that_is_not_known_is_none(history: History, bad: float | None) -> None:
    add(history, make_set(score=bad), target=bad)
    [one] = history.sets("Ann")
    assert (one.score, one.target) == (None, None)


def test_a_refused_row_leaves_the_old(history: History) -> None:
    add(history)
    with pytest.raises(StoreError, match="CHECK constraint"):
        add(history, source="dream")
    assert [one.source for one in history.sets("Ann")] == ["live"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_are_names(history: History, name: str) -> None:
    add(history, person=name)
    add(history, make_set(50.0), person=None)
    assert history.people() == [None, name]
    assert [one.person for one in history.sets(name)] == [name]
    assert history.erase(name) == 1
    assert history.people() == [None]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("", None), ("  \n", None), (" Ann  Lee ", "Ann Lee"), ("Zoe\u0308", "Zo\u00eb"),
     ("Ann\x00\x1b", "Ann"), ("x\udcff", "x\\udcff")],
)  # fmt: skip
def test_one_name_written_in_several_ways(
    history: History, written: str, meant: str | None
) -> None:
    add(history, person=written, clip=written, session=written)
    assert history.people() == [meant]
    assert len(history.sets(written)) == len(history.sets(meant)) == 1
    assert json.loads(write_json(history.sets(meant)))["sets"][0]["person"] == meant


def test_nobody_in_particular_is_not_everyone(history: History) -> None:
    for i, person in enumerate([None, "Bea", "Ann"]):
        add(history, make_set(float(i)), person=person)
    assert history.people() == [None, "Ann", "Bea"]
    assert [one.person for one in history.sets()] == [None]
    assert [one.person for one in history.sets(everyone=True)] == [None, "Bea", "Ann"]
    assert len(json.loads(write_json(history.sets("Ann")))["sets"]) == 1
    for ask in (history.sets, history.erase):
        with pytest.raises(ValueError, match="give one"):
            ask("Ann", everyone=True)
    assert history.erase(None) == 1
    assert history.erase(None, everyone=True) == 2
    assert history.people() == []


KATHMANDU = timezone(timedelta(hours=5, minutes=45))


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        (UTC, date(2026, 3, 1)),
        (timezone(timedelta(hours=14)), date(2026, 3, 2)),
        (timezone(timedelta(hours=-11)), date(2026, 3, 1)),
        (KATHMANDU, date(2026, 3, 2)),
        (ZoneInfo("America/Los_Angeles"), date(2026, 3, 1)),
    ],
)
def test_the_day_is_the_persons_own(history: History, zone: tzinfo, day: date) -> None:
    moment = datetime(2026, 3, 1, 19, 30, 0, 123456, tzinfo=UTC)
    add(history, at=moment.astimezone(zone))
    [one] = history.sets("Ann")
    assert one.at == moment
    assert one.at.date() == day
    assert one.at.utcoffset() == moment.astimezone(zone).utcoffset()
    assert (
        datetime.fromisoformat(json.loads(write_json(history.sets("Ann")))["sets"][0]["at"])
        == moment
    )


def test_the_order_is_of_time_wherever_it_was(history: History) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    moments = [
        datetime(2026, 10, 25, 2, 30, tzinfo=berlin),
        # The clock was put back: the same time of day, an hour later.
        datetime(2026, 10, 25, 2, 30, tzinfo=berlin, fold=1),
        datetime(2026, 10, 25, 7, 45, tzinfo=KATHMANDU),
        datetime(2026, 10, 24, 23, 0, tzinfo=timezone(timedelta(hours=-4))),
    ]
    for i in (2, 0, 3, 1):
        add(history, make_set(float(i)), at=moments[i])
    assert [one.start_s for one in history.sets("Ann")] == [0.0, 1.0, 2.0, 3.0]
    assert [one.at.isoformat()[-6:] for one in history.sets("Ann")][:2] == ["+02:00", "+01:00"]


def test_a_moment_without_a_zone_is_refused(history: History) -> None:
    with pytest.raises(ValueError, match="time zone"):
        add(history, at=datetime(2026, 3, 1))
    assert history.people() == []


def test_together_is_whole_or_not_at_all(history: History) -> None:
    add(history)

    def fail_midway() -> None:
        with history.together():
            assert history.forget_session("first") == 1
            add(history, make_set(3.5))
            raise KeyError

    with pytest.raises(KeyError):
        fail_midway()
    assert [one.start_s for one in history.sets("Ann")] == [2.9]
    with history.together():
        assert history.forget_session("first") == 1
        add(history, make_set(3.5))
        add(history, make_set(60.0))
    assert [one.start_s for one in history.sets("Ann")] == [3.5, 60.0]


def test_together_leaves_the_callers_own_errors_alone(history: History, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), history.together():
        (tmp_path / "missing").read_text()
    add(history)


def test_threads_share_a_history(history: History) -> None:
    def work(session: str) -> None:
        for i in range(20):
            with history.together():
                add_many(history, 2, person=session, session=session, first=2 * i)
            assert len(history.sets(session)) % 2 == 0

    threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b", "c")]
    for each in threads:
        each.start()
    for each in threads:
        each.join(120)
    assert [len(history.sets(name)) for name in ("a", "b", "c")] == [40, 40, 40]


def test_the_json_holds_all_and_no_nan(history: History) -> None:
    add(history, make_set(score=None), target=None)
    add(history, make_set(30.0, measured={"a": 1.5}), person="=Bea")

    def refuse(name: str) -> float:
        raise AssertionError(name)

    text = write_json(history.sets(everyone=True))
    loaded = json.loads(text, parse_constant=refuse)
    assert loaded["formcheck_history"] == 1
    assert loaded["sets"] == [one.to_dict() for one in history.sets(everyone=True)]
    assert loaded["sets"][0]["faults"] == {"front_knee": {"n": 2, "total_s": 3.1}}
    assert loaded["sets"][0]["medians"] == {"front_knee": {"value": 88.5, "unit": "deg"}}
    assert loaded["sets"][1]["person"] == "=Bea"
    history.erase(None, everyone=True)
    assert json.loads(write_json(history.sets(everyone=True)))["sets"] == []


def test_the_csv_has_a_column_for_each_value(history: History) -> None:
    add(history, make_set(score=None))
    add(history, make_set(30.0, measured={"tilt_deg": -1.5}))
    [first, second] = csv.DictReader(io.StringIO(write_csv(history.sets("Ann"))))
    assert list(first) == list(history.sets("Ann")[0].to_dict())
    assert first["at"] == "2026-03-01T12:00:00+00:00"
    assert (first["good_hold_s"], first["score"], first["measured"]) == ("8.1", "", "")
    assert json.loads(first["faults"]) == {"front_knee": {"n": 2, "total_s": 3.1}}
    assert json.loads(second["measured"]) == {"tilt_deg": -1.5}


def is_formula(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell.strip()[:1] in set("=+-@\uff1d\uff0b\uff0d\uff20")
    return False


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_no_cell_of_the_csv_is_a_formula(history: History, delimiter: str) -> None:
    evil = [*ODD_NAMES, "\t=1", "\n-1+1", " =1", 'a";=1', "a;\n@b"]
    for i, name in enumerate(evil):
        add(history, make_set(float(i)), person=name, clip=name, routine=name, session=name)
    text = write_csv(history.sets(everyone=True))
    cells = [cell for row in csv.reader(io.StringIO(text), delimiter=delimiter) for cell in row]
    assert [cell for cell in cells if is_formula(cell)] == []
    people = [row["person"] for row in csv.DictReader(io.StringIO(text))]
    assert people[:5] == [*ODD_NAMES[:3], "'=1+1", "'+1"]


def test_ten_thousand_sets_are_exported_quickly(history: History) -> None:
    with history.together():
        add_many(history, 10_000, person="Ann", session="long")
    begun_s = time.perf_counter()
    assert write_csv(history.sets("Ann")).count("\n") == 10_001
    assert len(json.loads(write_json(history.sets("Ann")))["sets"]) == 10_000
    assert time.perf_counter() - begun_s < 20, "it takes about 1.5 s"


SECRET = "Quentin Xylophonist"
SECRET_HOLD_S = 8765.4321 / 1.7


def traces(path: Path) -> list[str]:
    found = read_folder(path)
    hidden = {"name": SECRET.encode(), "hold": struct.pack(">d", round(SECRET_HOLD_S, 3)),
              "session": b"hidden-session", "clip": b"hidden clip"}  # fmt: skip
    return [what for what, held in hidden.items() if held in found]


def add_secret(history: History) -> None:
    for i in range(40):
        one = make_set(float(i), good_hold_s=SECRET_HOLD_S)
        add(history, one, person=SECRET, session="hidden-session", clip="hidden clip")
        add_many(history, 2, person="Ann", session="open", first=2 * i)


@pytest.mark.parametrize("everyone", [False, True])
def test_what_is_erased_is_in_no_byte_any_more(
    history: History, path: Path, everyone: bool
) -> None:
    add_secret(history)
    assert len(traces(path)) == 4
    history.close()
    full = path.stat().st_size
    history = History(path)
    assert history.erase(None if everyone else SECRET, everyone=everyone) == (
        120 if everyone else 40
    )
    assert traces(path) == []
    assert path.stat().st_size < full
    assert len(history.sets("Ann")) == (0 if everyone else 80)
    history.close()
    assert traces(path) == []


def test_a_name_that_was_replaced_is_erased_with_the_rest(history: History, path: Path) -> None:
    add_secret(history)
    for i in range(40):
        add(history, make_set(float(i)), person="Ann", session="hidden-session", at=NOON)
    assert history.erase(SECRET) == 0
    assert traces(path) == ["session"]


def test_what_was_replaced_is_overwritten_in_the_file(history: History, path: Path) -> None:
    add_secret(history)
    history.forget_session("hidden-session")
    history.close()
    assert traces(path) == []


def test_another_open_history_does_not_hinder_erasing(history: History, path: Path) -> None:
    with History(path) as other:
        add_secret(other)
        assert history.erase(SECRET) == 40
        assert traces(path) == []
        assert other.people() == ["Ann"]
        add(other)
    assert len(history.sets("Ann")) == 81


def test_erasing_beside_a_reader_says_that_traces_are_left(
    history: History, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_secret(history)
    history.close()
    monkeypatch.setattr("formcheck.history.database.LOCKED_S", 0.2)
    with History(path) as impatient, closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM sets").fetchone()
        with pytest.raises(StoreError, match="traces"):
            impatient.erase(SECRET)
        reader.rollback()
        assert impatient.erase(SECRET) == 0
        assert traces(path) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [("faults", "{"), ("faults", "[]"), ("medians", '{"a": 3}'), ("at_utc", "yesterday"),
     ("ahead_min", "a"), ("ahead_min", 99999)],
)  # fmt: skip
def test_a_row_that_another_program_spoilt_is_said(
    history: History, path: Path, column: str, value: Any
) -> None:
    add(history)
    with closing(sqlite3.connect(path)) as other:
        other.execute(f"UPDATE sets SET {column} = ?", (value,))
        other.commit()
    with pytest.raises(StoreError, match="damaged"):
        history.sets("Ann")


def test_a_closed_history_says_so(history: History) -> None:
    history.close()
    history.close()
    with pytest.raises(StoreError, match="closed"):
        history.people()
