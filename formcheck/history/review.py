"""What one person's remembered sets come to today, against the routine that they do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path

from formcheck.defaults import DEFAULT_WEEKS
from formcheck.exercises.routine import Routine, list_routines, make_routine
from formcheck.exercises.schema import Exercise
from formcheck.history.past import PastSet, clean_name, find_day
from formcheck.history.progress import Practice, look_back
from formcheck.history.week import find_routine


def find_today(day_starts: time) -> date:
    """The day of practice by this machine's clock."""
    return find_day(datetime.now().astimezone(), day_starts)


def review(
    sets: Sequence[PastSet],
    person: str | None,
    exercises: Mapping[str, Exercise],
    *,
    day_starts: time,
    routine: Routine | None = None,
    folders: Sequence[str | Path] = (),
    weeks: int = DEFAULT_WEEKS,
) -> Practice:
    """What all sets of one person, in order of time, come to today.

    Args:
        sets: the person's.
        person: whose; None for nobody in particular.
        exercises: by id.
        day_starts: when a day of practice begins.
        routine: to hold this week against; None for the one led most often of late, if it is
            known here.
        folders: of one's own exercises and routines.
        weeks: how far to look back, at least 1, this one included.
    """
    today = find_today(day_starts)
    routine = routine or find_led(sets, exercises, today, folders)
    return look_back(
        sets, exercises, person=clean_name(person), today=today, routine=routine, weeks=weeks
    )


def find_led(
    sets: Sequence[PastSet],
    exercises: Mapping[str, Exercise],
    today: date,
    folders: Sequence[str | Path],
) -> Routine | None:
    """The routine led most often of late; None where there is none, or none that is known here."""
    name = find_routine(sets, today)
    if name is None:
        return None
    exercise = exercises.get(name)
    if exercise is not None and exercise.is_seen:
        return make_routine(exercise)
    return list_routines(*folders).get(name)
