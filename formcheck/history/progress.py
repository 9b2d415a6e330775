"""What remembered sets come to after weeks: days, streak, plan, seconds, range, faults, sides.

Plain data and pure functions. A day is the one on the clock of the place where a set was done, and
ends when the person's day does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, timedelta
from itertools import groupby
from math import fsum
from operator import attrgetter
from statistics import fmean
from typing import Any, Final, Literal

from formcheck.defaults import DEFAULT_WEEKS
from formcheck.exercises.routine import Routine
from formcheck.exercises.schema import Exercise
from formcheck.history.past import PastSet
from formcheck.history.trend import (
    Points,
    RangeSeries,
    RangeSides,
    Trend,
    compare_ranges,
    find_first,
    find_now,
    find_ranges,
    find_trend,
)
from formcheck.history.week import DAYS_A_WEEK, PlanWeek, compare_week, find_monday
from formcheck.pose.landmarks import SIDES

PRACTISED_S: Final = 10.0
"""Seconds of good hold that make a day one of practice; so does one good repetition. Kneeling down
beside the camera for a moment does not."""
RATE_S: Final = 20.0
"""Judged seconds in position that a day needs for a rate of faults."""
FAULT_NOISE: Final = 0.5
"""A smaller change, in faults a minute, counts as none."""


@dataclass(frozen=True, slots=True)
class Day:
    """What was done on one day, apart from assessments."""

    day: date
    held_s: float
    """Good hold, all exercises together, apart from repetitions."""
    confirmed_s: float
    """The part of it in which every required rule was seen to be met."""
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
    """Those up to today, or to yesterday: today is not over yet. 0 if there are none."""
    longest: int
    today: bool
    """Whether there was practice today."""


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
    """Of judged time in position; None where there was too little of it."""


@dataclass(frozen=True, slots=True)
class FaultSeries:
    """How often there was something to correct in one exercise."""

    exercise: str
    points: Points
    """Faults a minute of judged time in position."""
    first: float | None
    """Mean of the first days; None where there are too few for a beginning and a now."""
    now: float
    """Mean of the last days."""
    trend: Trend
    commonest: str | None
    """The rule with the most faults; None without a fault."""


@dataclass(frozen=True, slots=True)
class HeldSides:
    """Seconds of good hold in one exercise on each side."""

    exercise: str
    left_s: float
    right_s: float


@dataclass(frozen=True, slots=True)
class Practice:
    """All that the remembered sets of one person come to."""

    person: str | None
    today: date
    since: date
    """A Monday. What is not of all time is from there on."""
    first_day: date | None
    """With a set, of all time; None without any."""
    n_sets: int
    """Of all time, including assessments and answers."""
    n_days: int
    """Days practised, of all time."""
    streak: Streak
    """Of all time."""
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
    """What all sets of one person, in order of time, come to by ``today``.

    This week is held against the ``routine``; ``weeks``, at least 1 and this one included, says how
    far to look back.
    """
    since = find_monday(today) - timedelta(days=DAYS_A_WEEK * (weeks - 1))
    recent = [one for one in sets if one.day >= since]
    days = add_up_days(sets)
    practised = [day.day for day in days if day.practised]
    ranges = find_ranges(recent, exercises)
    return Practice(
        person=person,
        today=today,
        since=since,
        first_day=min((one.day for one in sets), default=None),
        n_sets=len(sets),
        n_days=len(practised),
        streak=find_streak(practised, today),
        days=tuple(day for day in days if day.day >= since),
        weeks=tuple(_add_up_weeks(days, since, today)),
        plan=None if routine is None else compare_week(recent, routine, today),
        ranges=ranges,
        range_sides=compare_ranges(ranges),
        held_sides=tuple(_add_up_sides(recent)),
        faults=tuple(_find_faults(recent)),
        unknown=tuple(sorted({one.exercise for one in recent} - exercises.keys())),
    )


def add_up_days(sets: Iterable[PastSet]) -> list[Day]:
    """Each day with a set of practice, in order; assessments and answers are none."""
    practice = (one for one in sets if one.measured is None)
    return [_add_up(day, done) for day, done in _group(practice, "day")]


def _group(
    sets: Iterable[PastSet], by: Literal["day", "exercise"]
) -> Iterator[tuple[Any, list[PastSet]]]:
    """The sets with each value, in order of the values."""
    key = attrgetter(by)
    return ((value, list(own)) for value, own in groupby(sorted(sets, key=key), key))


def _add_up(day: date, sets: Sequence[PastSet]) -> Day:
    held = [one for one in sets if one.unit == "s"]
    judged = [one for one in sets if one.verdict != "cannot_judge"]
    return Day(
        day=day,
        held_s=fsum(one.good_hold_s for one in held),
        confirmed_s=fsum(one.confirmed_hold_s for one in held),
        n_good_reps=sum(one.n_good_reps for one in sets),
        judged_s=fsum(one.position_s for one in judged),
        n_faults=sum(fault.n for one in judged for fault in one.faults.values()),
    )


def find_streak(practised: Sequence[date], today: date) -> Streak:
    """Days ``practised``, each once and in order, that follow one another in the calendar."""
    longest = run = 0
    last = date.min
    # Who flew east may have practised on a day that is tomorrow here; a later one is no day yet.
    for day in (day for day in practised if day <= today + timedelta(days=1)):
        run = run + 1 if day - last == timedelta(days=1) else 1
        longest, last = max(longest, run), day
    return Streak(run if today - last <= timedelta(days=1) else 0, longest, last >= today)


def _add_up_weeks(days: Sequence[Day], since: date, today: date) -> Iterator[Week]:
    """Weeks from that Monday, or the first day's, to this one; days after today are to come."""
    monday = max(since, find_monday(days[0].day)) if days else today + timedelta(days=1)
    while monday <= today:
        dates = [monday + timedelta(days=k) for k in range(DAYS_A_WEEK)]
        own = {day.day: day for day in days if monday <= day.day <= dates[-1]}
        yield Week(
            monday=monday,
            days=tuple(
                None if d > today and d not in own else d in own and own[d].practised for d in dates
            ),
            held_s=fsum(day.held_s for day in own.values()),
            confirmed_s=fsum(day.confirmed_s for day in own.values()),
            n_good_reps=sum(day.n_good_reps for day in own.values()),
            faults_per_min=_compute_rate(own.values()),
        )
        monday += timedelta(days=DAYS_A_WEEK)


def _compute_rate(days: Collection[Day]) -> float | None:
    """Faults a minute of judged time in position; None where that is too short to say."""
    judged_s = sum(day.judged_s for day in days)
    return None if judged_s < RATE_S else 60 * sum(day.n_faults for day in days) / judged_s


def _find_faults(sets: Iterable[PastSet]) -> Iterator[FaultSeries]:
    """Faults over time, exercise by exercise: what is done more often would hide the others."""
    for exercise, own in _group(sets, "exercise"):
        rates = ((day.day, _compute_rate([day])) for day in add_up_days(own))
        points = [(day, rate) for day, rate in rates if rate is not None]
        if not points:
            continue
        counts: Counter[str] = Counter()
        for one in own:
            if one.verdict != "cannot_judge":
                counts.update({rule: fault.n for rule, fault in one.faults.items()})
        yield FaultSeries(
            exercise=exercise,
            points=points,
            first=find_first(points, fmean),
            now=find_now(points, fmean),
            trend=find_trend(points, FAULT_NOISE),
            commonest=max(sorted(counts), key=counts.__getitem__, default=None),
        )


def _add_up_sides(sets: Iterable[PastSet]) -> Iterator[HeldSides]:
    sided = (one for one in sets if one.side and one.unit == "s" and one.measured is None)
    for exercise, own in _group(sided, "exercise"):
        both = (fsum(one.good_hold_s for one in own if one.side == side) for side in SIDES)
        yield HeldSides(exercise, *both)


def to_dict(progress: Practice) -> dict[str, Any]:
    """All of it, ready for JSON: days as ISO 8601, unknown as None."""
    return {"formcheck_progress": 1, **_make_jsonable(progress)}


def _make_jsonable(value: Any) -> Any:
    """Lists, dictionaries, texts and numbers; properties of a dataclass are included."""
    if is_dataclass(value):
        worked_out = (name for name, v in vars(type(value)).items() if isinstance(v, property))
        names = [field.name for field in fields(value)] + list(worked_out)
        return {name: _make_jsonable(getattr(value, name)) for name in names}
    if isinstance(value, tuple | list):
        return [_make_jsonable(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return round(value, 3) if isinstance(value, float) else value
