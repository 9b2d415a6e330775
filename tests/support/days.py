"""Remembered sets of days told by how long ago they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from formcheck.exercises.schema import Exercise
from formcheck.history.past import PastSet
from formcheck.history.progress import Practice, look_back
from tests.support.months import HOME

TODAY: Final = date(2026, 11, 18)
"""A Wednesday."""


def past(day: date | datetime, **changes: Any) -> PastSet:
    """Thirty good seconds at noon of that day, or at that moment."""
    at = day if isinstance(day, datetime) else datetime.combine(day, time(12), HOME)
    values: dict[str, Any] = {
        "at": at, "day": at.date(), "person": None, "session": "s", "source": "live",
        "clip": None, "routine": None,
        "exercise": "half-kneeling", "side": "left", "start_s": 0.0, "end_s": 40.0,
        "position_s": 40.0, "good_hold_s": 30.0, "confirmed_hold_s": 25.0, "longest_hold_s": 30.0,
        "n_reps": 0, "n_good_reps": 0, "target": 30.0, "unit": "s", "completion": 1.0,
        "score": 90.0, "verdict": "pass", "faults": {}, "medians": {}, "measured": None,
    }  # fmt: skip
    return PastSet(**{**values, **changes})


def back(*days: int) -> list[date]:
    """So many days before ``TODAY``, in order of time."""
    return [TODAY - timedelta(days=n) for n in sorted(days, reverse=True)]


def look(
    sets: Sequence[PastSet], exercises: dict[str, Exercise], today: date = TODAY, **changes: Any
) -> Practice:
    """What they come to, for nobody in particular."""
    return look_back(sets, exercises, person=None, today=today, **changes)
