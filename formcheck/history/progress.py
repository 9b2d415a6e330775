"""What remembered sets say after weeks: days, streak, plan, seconds, range, faults, sides.

Plain data and pure functions. A day is the one on the clock of where a set was done,
and ends when the person's does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, timedelta
from statistics import fmean
from typing import Any, Final

from formcheck.defaults import DEFAULT_WEEKS
from formcheck.exercises.routine import Routine
from formcheck.exercises.schema import Exercise
from formcheck.history.past import PastSet
from formcheck.history.ranges import RangeSeries, RangeSides, compare_ranges, find_ranges
from formcheck.history.trend import Trend, find_first, find_now, find_trend
from formcheck.history.week import DAYS_A_WEEK, PlanWeek, compare_week, find_monday
from formcheck.pose.landmarks import Side

PRACTISED_S: Final = 10.0
"""Seconds held well that make a day one of practice; so does one good repetition. Kneeling down
beside the camera for a moment does not."""
RATE_S: Final = 20.0
"""Judged seconds in position that a day's faults a minute need."""
FAULT_NOISE: Final = 0.5
"""A smaller change of faults a minute is none."""


@dataclass(frozen=True, slots=True)
class Day:
    """What was done on one day, assessments aside."""

    day: date
    held_s: float
    """Held well, all exercises together, repetitions aside."""
    confirmed_s: float
    """Of it, in which every required rule was seen to be met."""
    n_good_reps: int
    judged_s: float
    """In position, in sets that could be judged."""
    n_faults: int
    """In those sets."""

    @property
    def practised(self) -> bool:
        """Whether it counts as a day of practice."""
        return self.held_s >= PRACTISED_S or self.n_good_reps > 0


@dataclass(frozen=True, slots=True)
class Streak:
    """Days of practice one after the other."""

    current: int
    """That end today, or yesterday: today is not over yet. 0 if there are none."""
    longest: int
    today: bool
    """Whether today has its practice."""


@dataclass(frozen=True, slots=True)
class Week:
    """One week, from Monday."""

    monday: date
    days: tuple[bool | None, ...]
    """Whether each was practised; None for days to come."""
    held_s: float
    confirmed_s: float
    n_good_reps: int
    faults_per_min: float | None
    """Of judged time in position; None where there was too little."""


@dataclass(frozen=True, slots=True)
class FaultSeries:
    """How often something was to be corrected in one exercise."""

    exercise: str
    points: tuple[tuple[date, float], ...]
    """Day and faults a minute of judged time in position, in order of the days."""
    first: float | None
    """Mean of the first days; None where there are too few for a beginning and a now."""
    now: float
    """Mean of the last days."""
    trend: Trend
    commonest: str | None
    """The rule with the most faults; None without a fault."""


@dataclass(frozen=True, slots=True)
class HeldSides:
    """Seconds held well in one exercise on each side."""

    exercise: str
    left_s: float
    right_s: float


@dataclass(frozen=True, slots=True)
class Practice:
    """All that the remembered sets of one person say."""

    person: str | None
    today: date
    since: date
    """A Monday. What is not of all time is from there on."""
    first_day: date | None
    """With a set, of all time; None without any."""
    n_sets: int
    """Of all time, assessments and answers included; so are the next two of all time."""
    n_days: int
    """Days practised."""
    streak: Streak
    days: tuple[Day, ...]
    """With a set, in order."""
    weeks: tuple[Week, ...]
    """In order, up to this one; none before the first set."""
    plan: PlanWeek | None
    """This week against the routine; None without one."""
    ranges: tuple[RangeSeries, ...]
    range_sides: tuple[RangeSides, ...]
    held_sides: tuple[HeldSides, ...]
    faults: tuple[FaultSeries, ...]
    unknown: tuple[str, ...]
    """Exercises that are not known here: their range and sides cannot be told."""


def look_back(
    sets: Sequence[PastSet],
    exercises: Mapping[str, Exercise],
    *,
    person: str | None,
    today: date,
    routine: Routine | None = None,
    weeks: int = DEFAULT_WEEKS,
) -> Practice:
    """Say what the sets of one person come to.

    Args:
        sets: all of that person, in order of time.
        exercises: by id.
        person: whose they are.
        today: the day on the person's calendar.
        routine: what this week is held against; None holds it against nothing.
        weeks: how far to look back, this week included; at least 1.
    """
    since = find_monday(today) - timedelta(days=DAYS_A_WEEK * (weeks - 1))
    recent = [one for one in sets if one.day >= since]
    days = add_up_days(sets)
    practised = [day.day for day in days if day.practised]
    ranges = find_ranges(recent, exercises)
    first_day = min((one.day for one in sets), default=None)
    return Practice(
        person=person,
        today=today,
        since=since,
        first_day=first_day,
        n_sets=len(sets),
        n_days=len(practised),
        streak=find_streak(practised, today),
        days=tuple(day for day in days if day.day >= since),
        weeks=add_up_weeks(days, since, today),
        plan=None if routine is None else compare_week(recent, routine, today),
        ranges=ranges,
        range_sides=compare_ranges(ranges),
        held_sides=_add_up_sides(recent),
        faults=find_faults(recent),
        unknown=tuple(sorted({one.exercise for one in recent} - exercises.keys())),
    )


def add_up_days(sets: Iterable[PastSet]) -> list[Day]:
    """Each day with a set of practice, in order; assessments and answers are none."""
    by_day: dict[date, list[PastSet]] = defaultdict(list)
    for one in sets:
        if one.measured is None:
            by_day[one.day].append(one)
    return [_make_day(day, by_day[day]) for day in sorted(by_day)]


def find_streak(practised: Sequence[date], today: date) -> Streak:
    """Days of practice one after the other, by the calendar.

    Args:
        practised: in order, each once.
        today: the day on the person's calendar.
    """
    longest = run = 0
    last: date | None = None
    # Who flew east may have practised on a day that is tomorrow here; a later one is no day yet.
    for day in (day for day in practised if day <= today + timedelta(days=1)):
        run = run + 1 if last is not None and day - last == timedelta(days=1) else 1
        longest, last = max(longest, run), day
    lasts = last is not None and last >= today - timedelta(days=1)
    return Streak(run if lasts else 0, longest, last is not None and last >= today)


def add_up_weeks(days: Sequence[Day], since: date, today: date) -> tuple[Week, ...]:
    """Weeks from that Monday, or the first day's, to this one.

    Args:
        days: in order.
        since: a Monday.
        today: later days are to come.
    """
    if not days:
        return ()
    monday = max(since, find_monday(days[0].day))
    weeks = []
    while monday <= today:
        dates = [monday + timedelta(days=k) for k in range(DAYS_A_WEEK)]
        own = {day.day: day for day in days if monday <= day.day <= dates[-1]}
        weeks.append(
            Week(
                monday=monday,
                days=tuple(
                    None if d > today and d not in own else d in own and own[d].practised
                    for d in dates
                ),
                held_s=sum(day.held_s for day in own.values()),
                confirmed_s=sum(day.confirmed_s for day in own.values()),
                n_good_reps=sum(day.n_good_reps for day in own.values()),
                faults_per_min=compute_rate(own.values()),
            )
        )
        monday += timedelta(days=DAYS_A_WEEK)
    return tuple(weeks)


def compute_rate(days: Iterable[Day]) -> float | None:
    """Faults a minute of judged time in position; None where that is too short to say."""
    judged = list(days)
    judged_s = sum(day.judged_s for day in judged)
    if judged_s < RATE_S:
        return None
    return 60 * sum(day.n_faults for day in judged) / judged_s


def find_faults(sets: Iterable[PastSet]) -> tuple[FaultSeries, ...]:
    """Faults over time, exercise by exercise: what is done more often would hide the others."""
    by_exercise: dict[str, list[PastSet]] = defaultdict(list)
    for one in sets:
        by_exercise[one.exercise].append(one)
    found = (_make_faults(name, by_exercise[name]) for name in sorted(by_exercise))
    return tuple(one for one in found if one is not None)


def to_dict(progress: Practice) -> dict[str, Any]:
    """All of it, ready for JSON: days as ISO 8601, unknown as None."""
    return {"formcheck_progress": 1, **_make_plain(progress)}


def _make_day(day: date, sets: Iterable[PastSet]) -> Day:
    held_s = confirmed_s = judged_s = 0.0
    n_good_reps = n_faults = 0
    for one in sets:
        n_good_reps += one.n_good_reps
        if one.unit == "s":
            held_s += one.good_hold_s
            confirmed_s += one.confirmed_hold_s
        if one.verdict != "cannot_judge":
            judged_s += one.position_s
            n_faults += sum(fault.n for fault in one.faults.values())
    return Day(day, held_s, confirmed_s, n_good_reps, judged_s, n_faults)


def _make_faults(exercise: str, sets: Sequence[PastSet]) -> FaultSeries | None:
    points = tuple(
        (day.day, rate) for day in add_up_days(sets) if (rate := compute_rate([day])) is not None
    )
    if not points:
        return None
    counts: dict[str, int] = defaultdict(int)
    for one in sets:
        for rule, fault in one.faults.items() if one.verdict != "cannot_judge" else ():
            counts[rule] += fault.n
    return FaultSeries(
        exercise=exercise,
        points=points,
        first=find_first(points, fmean),
        now=find_now(points, fmean),
        trend=find_trend(points, FAULT_NOISE),
        commonest=max(sorted(counts), key=counts.__getitem__, default=None),
    )


def _add_up_sides(sets: Iterable[PastSet]) -> tuple[HeldSides, ...]:
    held: dict[str, dict[Side, float]] = {}
    for one in sets:
        if one.side is not None and one.unit == "s" and one.measured is None:
            of = held.setdefault(one.exercise, {"left": 0.0, "right": 0.0})
            of[one.side] += one.good_hold_s
    return tuple(HeldSides(name, held[name]["left"], held[name]["right"]) for name in sorted(held))


def _make_plain(value: Any) -> Any:
    """Lists, dictionaries, texts and numbers; what a dataclass works out is told as well."""
    if is_dataclass(value):
        worked_out = (name for name, v in vars(type(value)).items() if isinstance(v, property))
        names = [field.name for field in fields(value)] + list(worked_out)
        return {name: _make_plain(getattr(value, name)) for name in names}
    if isinstance(value, tuple | list):
        return [_make_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return round(value, 3) if isinstance(value, float) else value
