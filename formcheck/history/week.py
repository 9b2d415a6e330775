"""This week, Monday to Sunday, against a routine that is to be done once a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from formcheck.exercises.routine import Routine
from formcheck.history.past import PastSet
from formcheck.pose.landmarks import Side
from formcheck.result.models import Unit
from formcheck.result.plan import DONE_FROM

DAYS_A_WEEK: Final = 7
RECENT_DAYS: Final = 28
"""The routine that was done on most of these days is the one that a week is held against."""

_Key = tuple[str, Side | None]


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One exercise and side of the routine, day by day."""

    exercise: str
    side: Side | None
    """None for both at once, and for repetitions, whose legs may take turns."""
    n_sets: int
    """Asked for each day."""
    asked: float
    """Seconds to hold well, or good repetitions, each day; see ``unit``."""
    unit: Unit
    done: tuple[float | None, ...]
    """Of each day, from Monday; None for days to come."""

    @property
    def days(self) -> tuple[bool | None, ...]:
        """Whether all that was asked was done, of each day; None for days to come."""
        return tuple(
            None if done is None else done >= DONE_FROM * self.asked - 1e-6 for done in self.done
        )

    @property
    def share(self) -> float:
        """How much of the days so far was done, 0 to 1; more than asked makes up for no other day.

        Today counts as it is now.
        """
        done = [min(one, self.asked) for one in self.done if one is not None]
        return sum(done) / (len(done) * self.asked)


@dataclass(frozen=True, slots=True)
class PlanWeek:
    """One week against a routine."""

    routine: str
    """Its id."""
    name: str
    monday: date
    rows: tuple[PlanRow, ...]
    """In the routine's order."""

    @property
    def days(self) -> tuple[bool | None, ...]:
        """Whether the whole routine was done, of each day; None for days to come."""
        columns = zip(*(row.days for row in self.rows), strict=True)
        return tuple(None if None in column else all(column) for column in columns)


def find_monday(day: date) -> date:
    """The Monday of that day's week."""
    return day - timedelta(days=day.weekday())


def find_routine(sets: Sequence[PastSet], today: date) -> str | None:
    """The routine, or exercise, that was led on most of the last four weeks' days.

    The latest of several; None if none was: a clip belongs to one only if it was held against it.

    Args:
        sets: in order of time.
        today: the person's day.
    """
    since = today - timedelta(days=RECENT_DAYS)
    days = {(one.routine, one.day) for one in sets if one.routine and one.day > since}
    counts = Counter(name for name, _ in days)
    latest = {one.routine: place for place, one in enumerate(sets)}
    return max(counts, key=lambda name: (counts[name], latest[name]), default=None)


def compare_week(sets: Iterable[PastSet], routine: Routine, today: date) -> PlanWeek:
    """Hold this week's sets against a routine.

    Seconds and repetitions are added up over a day: a hold that was broken off and taken up again
    is worth what it was held. Whose sets they are, and to which routine they belonged, is not
    asked.

    Args:
        sets: of one person; those of other weeks do not count.
        routine: asked for once a day.
        today: the person's day; what comes after it is to come.
    """
    monday = find_monday(today)
    asked: dict[_Key, float] = {}
    n_sets: Counter[_Key] = Counter()
    units: dict[_Key, Unit] = {}
    for step in routine.steps:
        for side, _ in step.turns:
            key = (step.exercise, side if step.reps is None else None)
            asked[key] = asked.get(key, 0.0) + step.target
            n_sets[key] += 1
            units[key] = "s" if step.reps is None else "reps"
    done = _add_up(sets, units, monday)
    n_days = (today - monday).days + 1
    rows = tuple(
        PlanRow(
            exercise=key[0],
            side=key[1],
            n_sets=n_sets[key],
            asked=asked[key],
            unit=units[key],
            done=tuple(
                done.get((key, day), 0.0) if day < n_days else None for day in range(DAYS_A_WEEK)
            ),
        )
        for key in asked
    )
    return PlanWeek(routine.id, routine.name, monday, rows)


def _add_up(
    sets: Iterable[PastSet], units: Mapping[_Key, Unit], monday: date
) -> dict[tuple[_Key, int], float]:
    """What was done by key and day of the week."""
    done: dict[tuple[_Key, int], float] = {}
    for one in sets:
        day = (one.day - monday).days
        for key in ((one.exercise, one.side), (one.exercise, None)):
            if key not in units or (key[1] is None and one.side and units[key] == "s"):
                continue
            amount = one.good_hold_s if units[key] == "s" else float(one.n_good_reps)
            done[key, day] = done.get((key, day), 0.0) + amount
            break
    return done
