"""What remembered sets come to: days, streak, weeks, the week's plan; words and JSON."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from formcheck.exercises.load import list_exercises
from formcheck.exercises.routine import Routine, load_routine, make_routine
from formcheck.exercises.schema import Exercise
from formcheck.history.past import PastSet
from formcheck.history.progress import add_up_days, find_streak, to_dict
from formcheck.history.store import History
from formcheck.history.week import find_routine
from formcheck.history.wording import (
    tell_days,
    tell_streak,
    tell_summary,
    tell_trend,
    tell_value,
)
from tests.support.days import TODAY, back, look, past
from tests.support.months import HOME, fill
from tests.support.months import TODAY as LAST
from tests.support.past_sets import add, make_set

MONDAY = date(2026, 11, 16)


@pytest.fixture(scope="module")
def exercises() -> dict[str, Exercise]:
    return list_exercises()


@pytest.fixture(scope="module")
def relief() -> Routine:
    return load_routine("daily-relief")


# --- days and streaks -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "current", "longest", "today"),
    [
        ([], 0, 0, False),
        ([0], 1, 1, True),
        ([1], 1, 1, False),
        ([2], 0, 1, False),
        ([0, 1, 2], 3, 3, True),
        ([1, 2, 3], 3, 3, False),
        ([0, 2, 3, 4], 1, 3, True),
        ([0, 1, 5, 6, 7, 8], 2, 4, True),
        ([2, 3, 4], 0, 3, False),
        ([-1, 0, 1], 3, 3, True),  # flown east: tomorrow is over
        ([-5, 0, 1], 2, 2, True),  # a clock that is wrong
    ],
)
def test_the_streak_is_of_calendar_days(
    days: list[int], current: int, longest: int, today: bool
) -> None:
    found = find_streak(back(*days), TODAY)
    assert (found.current, found.longest, found.today) == (current, longest, today)


def test_a_streak_goes_through_the_change_of_clocks(exercises: dict[str, Exercise]) -> None:
    """Late in the evening before and after the night in which the clocks go back."""
    days = [date(2026, 10, 23) + timedelta(days=k) for k in range(5)]
    sets = [past(datetime.combine(day, time(23, 50), HOME)) for day in days]
    assert len({one.at.utcoffset() for one in sets}) == 2
    assert look(sets, exercises, days[-1]).streak.current == 5


def test_the_night_of_the_change_has_one_date_twice_and_is_one_day(
    exercises: dict[str, Exercise],
) -> None:
    first = datetime(2026, 10, 25, 2, 30, tzinfo=HOME, fold=0)
    second = datetime(2026, 10, 25, 2, 30, tzinfo=HOME, fold=1)
    assert first.astimezone(ZoneInfo("UTC")) < second.astimezone(ZoneInfo("UTC"))
    found = look([past(first), past(second)], exercises, date(2026, 10, 25))
    assert (found.n_days, found.days[0].held_s) == (1, 60.0)


def test_days_are_those_of_where_it_was_done(
    exercises: dict[str, Exercise], tmp_path: Path
) -> None:
    """At home in the evening, in Auckland the morning after: one moment of UTC may be either."""
    auckland = timezone(timedelta(hours=13))
    with History(tmp_path / "history.sqlite3") as history:
        for n, at in enumerate(
            (
                datetime(2026, 11, 16, 23, 30, tzinfo=timezone(timedelta(hours=1))),
                datetime(2026, 11, 18, 0, 30, tzinfo=auckland),  # the 17th in UTC
                datetime(2026, 11, 18, 23, 30, tzinfo=auckland),
            )
        ):
            add(history, make_set(float(n), good_hold_s=30), person=None, at=at)
        sets = history.sets()
    found = look(sets, exercises)
    assert [day.day.day for day in found.days] == [16, 18]
    assert found.days[1].held_s == 60


def test_a_day_counts_from_ten_good_seconds_or_a_repetition() -> None:
    days = back(0, 1, 2, 3)
    sets = [
        past(days[0], good_hold_s=9.9),
        past(days[1], good_hold_s=5.0),
        past(days[1], good_hold_s=5.0),
        past(days[2], exercise="donkey-kick", unit="reps", n_good_reps=1, good_hold_s=1.0),
        past(days[3], good_hold_s=0.0, verdict="fix"),
    ]
    assert [day.practised for day in add_up_days(sets)] == [False, True, True, False]


def test_a_test_or_an_answer_is_no_practice(exercises: dict[str, Exercise]) -> None:
    sets = [
        past(TODAY, exercise="thomas-test", measured={"thigh_elevation_deg": 4.0, "verdict": "x"}),
        past(TODAY, exercise="arch-check", measured={"answer": "half", "verdict": "normal"}),
    ]
    found = look(sets, exercises)
    assert (found.n_days, found.days, found.weeks, found.held_sides) == (0, (), (), ())
    assert found.n_sets == 2


def test_seconds_of_repetitions_are_not_held_seconds(exercises: dict[str, Exercise]) -> None:
    kick = past(TODAY, exercise="donkey-kick", unit="reps", n_reps=10, n_good_reps=8)
    [day] = look([kick, past(TODAY)], exercises).days
    assert (day.held_s, day.confirmed_s, day.n_good_reps) == (30.0, 25.0, 8)


def test_weeks_begin_on_monday_and_days_to_come_are_unknown(
    exercises: dict[str, Exercise],
) -> None:
    sets = [past(day) for day in back(0, 2, 3, 9)]
    weeks = look(sets, exercises).weeks
    assert [week.monday for week in weeks] == [date(2026, 11, 9), MONDAY]
    assert weeks[0].days == (True, False, False, False, False, False, True)
    assert weeks[1].days == (True, False, True, None, None, None, None)
    assert [week.held_s for week in weeks] == [60.0, 60.0]


def test_only_so_many_weeks_are_looked_at_but_days_of_all_time_are_counted(
    exercises: dict[str, Exercise],
) -> None:
    sets = [past(day) for day in back(400, 20, 0)]
    found = look(sets, exercises, weeks=2)
    assert (found.n_days, found.first_day) == (3, TODAY - timedelta(days=400))
    assert found.since == date(2026, 11, 9)
    assert [week.held_s for week in found.weeks] == [0.0, 30.0]
    assert len(look(sets, exercises, weeks=13).weeks) == 13


def test_an_empty_history_says_nothing(exercises: dict[str, Exercise], relief: Routine) -> None:
    found = look([], exercises, routine=relief)
    assert (found.first_day, found.weeks, found.ranges, found.faults) == (None, (), (), ())
    assert tell_days(found) == "No days of practice yet."
    assert tell_summary(found) == ""
    assert found.plan is not None
    assert found.plan.days[:3] == (False, False, False)


# --- this week against the routine ------------------------------------------------------------


def do_all(day: date) -> list[PastSet]:
    """The whole of the daily relief."""
    sides: dict[str, tuple[str | None, ...]] = {
        "half-kneeling": ("left", "right"), "standing-stretch": ("left", "right"),
        "prayer-squat": (None,), "childs-pose": (None,), "knee-to-chest": ("left", "right"),
    }  # fmt: skip
    return [
        past(day, exercise=name, side=side, good_hold_s=60.0)
        for name, both in sides.items()
        for side in both
    ]


def test_the_week_is_held_against_the_routine(
    exercises: dict[str, Exercise], relief: Routine
) -> None:
    short = do_all(TODAY)
    short[0] = past(TODAY, good_hold_s=50.0)
    plan = look([*do_all(MONDAY), *short], exercises, routine=relief).plan
    assert plan is not None
    assert plan.days == (True, False, False, None, None, None, None)
    kneel = plan.rows[0]
    assert (kneel.exercise, kneel.side, kneel.n_sets, kneel.asked) == (
        "half-kneeling", "left", 2, 60.0,
    )  # fmt: skip
    assert kneel.done == (60.0, 0.0, 50.0, None, None, None, None)
    assert kneel.days[:3] == (True, False, False)
    assert kneel.share == pytest.approx(110 / 180)


def test_a_broken_hold_is_worth_its_seconds_and_more_makes_up_for_no_other_day(
    exercises: dict[str, Exercise],
) -> None:
    plan = make_routine(exercises["half-kneeling"], sets=1, hold_s=30)
    sets = [past(MONDAY, good_hold_s=18.0), past(MONDAY, good_hold_s=11.0)]
    sets.append(past(TODAY, good_hold_s=300.0))
    week = look(sets, exercises, routine=plan).plan
    assert week is not None
    [left, right] = week.rows
    assert left.days[:3] == (True, False, True)  # 29 of 30: nobody stops to the second
    assert left.share == pytest.approx(59 / 90)
    assert right.share == 0


def test_what_was_done_last_week_or_is_not_asked_for_does_not_count(
    exercises: dict[str, Exercise],
) -> None:
    plan = make_routine(exercises["childs-pose"])
    sets = [
        past(MONDAY - timedelta(days=1), exercise="childs-pose", side=None),
        past(MONDAY, exercise="prayer-squat", side=None),
    ]
    week = look(sets, exercises, routine=plan).plan
    assert week is not None
    assert week.rows[0].done[:3] == (0.0, 0.0, 0.0)


def test_repetitions_count_whichever_leg_did_them(exercises: dict[str, Exercise]) -> None:
    """Legs that take turns leave no side: then the total is all that is known."""
    plan = load_routine("stretch-and-strengthen")
    kick = {"exercise": "donkey-kick", "unit": "reps", "n_reps": 20}
    sets = [
        past(MONDAY, side=None, n_good_reps=19, **kick),
        past(MONDAY, side="left", n_good_reps=11, **kick),
        past(MONDAY, side="right", n_good_reps=10, **kick),
    ]
    week = look(sets, exercises, routine=plan).plan
    assert week is not None
    [row] = [row for row in week.rows if row.exercise == "donkey-kick"]
    assert (row.side, row.n_sets, row.asked, row.unit) == (None, 4, 40.0, "reps")
    assert row.done[0] == 40.0


def test_the_routine_is_the_one_led_on_most_days() -> None:
    assert find_routine([], TODAY) is None
    assert find_routine([past(TODAY)], TODAY) is None
    often = [past(day, routine="daily-relief") for day in back(5, 6, 7)]
    once = [past(TODAY, routine="thomas-test")] * 9
    assert find_routine([*often, *once], TODAY) == "daily-relief"
    assert find_routine([past(back(1)[0], routine="a"), past(TODAY, routine="b")], TODAY) == "b"
    long_ago = [past(day, routine="old") for day in back(28, 29, 30, 31)]
    assert find_routine([*long_ago, *often], TODAY) == "daily-relief"


# --- words and JSON ---------------------------------------------------------------------------


def test_values_are_told_with_their_unit() -> None:
    told = [tell_value(-0.2, "deg"), tell_value(-12.4, "deg"), tell_value(0.455, "thigh")]
    assert told == ["0°", "−12°", "46 % thigh"]
    assert tell_value(None, "deg") == "-"


def test_the_streak_says_what_is_to_do() -> None:
    said = [tell_streak(find_streak(back(*days), TODAY)) for days in ([0], [1, 2], [4, 5, 6])]
    assert said == [
        "1 day in a row, 1 at best. Today is done.",
        "2 days in a row, 2 at best. Today is still to do.",
        "0 days in a row, 3 at best.",
    ]


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> list[PastSet]:
    with History(tmp_path_factory.mktemp("months") / "history.sqlite3") as history:
        fill(history)
        return history.sets("Ann")


def test_three_months_say_what_they_were_made_to(
    months: list[PastSet], exercises: dict[str, Exercise], relief: Routine
) -> None:
    """Ten degrees of hip were gained in them, faults went from three of four to few."""
    found = look(months, exercises, LAST, routine=relief)
    ranges = {(one.exercise, one.side): tell_trend(one) for one in found.ranges}
    assert ranges["half-kneeling", "right"].startswith("more, by about 1")
    assert ranges["donkey-kick", "left"] == "no clear change"
    assert ranges["prayer-squat", None] == "no clear change"
    assert {tell_trend(one).split(",")[0] for one in found.faults} == {"fewer", "no clear change"}
    assert len(found.weeks) == 13
    assert 70 <= found.n_days < 90
    assert tell_summary(found).startswith("More range in 9 of 12, less in 0, not clear in 3.")


def test_all_of_it_is_json(
    months: list[PastSet], exercises: dict[str, Exercise], relief: Routine
) -> None:
    text = json.dumps(to_dict(look(months, exercises, LAST, routine=relief)), allow_nan=False)
    loaded = json.loads(text)
    assert loaded["formcheck_progress"] == 1
    assert loaded["today"] == "2026-11-20"
    assert loaded["streak"] == {"current": 13, "longest": 23, "today": True}
    assert loaded["days"][-1]["practised"] is True
    assert loaded["plan"]["days"] == [True, False, False, False, False, None, None]
    assert loaded["plan"]["rows"][0]["share"] == 1.0
    assert loaded["ranges"][0]["points"][0][0] == "2026-08-24"
    assert loaded["weeks"][-1]["days"] == [True] * 5 + [None] * 2
