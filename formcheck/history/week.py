"""This week, Monday to Sunday, against a routine that is to be done once a day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
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
_Turn = tuple[str, Side | None]
"""An exercise, and its side where a routine asks for one."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One exercise and side of the routine, day by day."""

    exercise: str
    side: Side | None
    """None for both at once, and for repetitions, whose legs may take turns."""
    n_sets: int
    """Asked for each day."""
    asked: float
    """Seconds of good hold, or good repetitions, each day; see ``unit``."""
    unit: Unit
    done: tuple[float | None, ...]
    """On each day, from Monday; None for days to come."""

    @property
    def days(self) -> tuple[bool | None, ...]:
        """Whether all that was asked for was done, on each day; None for days to come."""
        return tuple(
            None if done is None else done >= DONE_FROM * self.asked - 1e-6 for done in self.done
        )

    @property
    def share(self) -> float:
        """How much was done on the days so far, 0 to 1; no day makes up for another.

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
        """Whether the whole routine was done, on each day; None for days to come."""
        columns = zip(*(row.days for row in self.rows), strict=True)
        return tuple(None if None in column else all(column) for column in columns)


def find_monday(day: date) -> date:
    """The Monday of that day's week."""
    return day - timedelta(days=day.weekday())


def find_routine(sets: Sequence[PastSet], today: date) -> str | None:
    """The routine, or exercise, that was led on most of the last four weeks' days.

    The latest of several; None if none was: a clip belongs to one only if it was held against it.
    The sets are in order of time.
    """
    since = today - timedelta(days=RECENT_DAYS)
    days = {(one.routine, one.day) for one in sets if one.routine and one.day > since}
    counts = Counter(name for name, _ in days)
    latest = {one.routine: place for place, one in enumerate(sets)}
    return max(counts, key=lambda name: (counts[name], latest[name]), default=None)


def compare_week(sets: Iterable[PastSet], routine: Routine, today: date) -> PlanWeek:
    """Hold this week's sets against a routine.

    Seconds and repetitions are added up over a day: a hold that was broken off and taken up again
    is worth what it was held. To which routine the sets belonged does not matter.
    """
    monday = find_monday(today)
    asked: dict[_Turn, list[float]] = defaultdict(list)
    units: dict[_Turn, Unit] = {}
    for step in routine.steps:
        for side, _ in step.turns:
            turn = (step.exercise, side if step.reps is None else None)
            asked[turn].append(step.target)
            units[turn] = "s" if step.reps is None else "reps"
    done: dict[tuple[_Turn, date], float] = defaultdict(float)
    for one in sets:
        for turn in ((one.exercise, one.side), (one.exercise, None)):
            if turn in units and not (turn[1] is None and one.side and units[turn] == "s"):
                done[turn, one.day] += one.good_hold_s if units[turn] == "s" else one.n_good_reps
                break
    dates = [monday + timedelta(days=k) for k in range(DAYS_A_WEEK)]
    rows = tuple(
        PlanRow(
            exercise=turn[0],
            side=turn[1],
            n_sets=len(targets),
            asked=sum(targets),
            unit=units[turn],
            done=tuple(done[turn, day] if day <= today else None for day in dates),
        )
        for turn, targets in asked.items()
    )
    return PlanWeek(routine.id, routine.name, monday, rows)
