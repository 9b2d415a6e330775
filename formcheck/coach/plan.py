"""A recorded session against its routine: what was done, what was short, what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, ConfigDict

from formcheck.coach.session import BREAK_S
from formcheck.coach.stay import TUCK
from formcheck.exercises.routine import Routine
from formcheck.exercises.spec import Exercise, Reps
from formcheck.pose.landmarks import Side

if TYPE_CHECKING:  # a Result holds a PlanResult
    from formcheck.coach.result import RepResult, Result, SetResult

DONE_FROM: Final = 0.95
"""A set is done from this share of what was asked: nobody stops a hold to the second."""

Status = Literal["done", "short", "missing"]
Unit = Literal["s", "reps"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AskedSet(_Model):
    """One set that the routine asks for and what became of it."""

    step: int
    """Number of the routine's step, from 1."""
    exercise: str
    side: Side | None
    set: int
    """Number of the set among those of its step and side, from 1."""
    asked: float
    """Seconds to hold well, or good repetitions; see ``unit``."""
    done: float
    unit: Unit
    status: Status
    index: int | None
    """Place in the Result's ``sets`` of the set that counts for it, from 0; None if missing."""
    why: str | None = None
    """Why it could not be judged, or why it may be missing."""


class ExtraSet(_Model):
    """What was done beyond the routine."""

    exercise: str
    side: Side | None
    done: float
    """Seconds held well, or good repetitions; see ``unit``."""
    unit: Unit
    index: int
    """Place in the Result's ``sets``, from 0."""


class PlanResult(_Model):
    """A session compared with its routine."""

    routine: str
    """The routine's id."""
    sets: tuple[AskedSet, ...]
    """All that was asked, in the routine's order."""
    extra: tuple[ExtraSet, ...]
    """In order of time."""
    n_asked: int
    n_done: int
    complete: bool
    """True if all that was asked was done."""


def compare_plan(
    result: Result, routine: Routine, exercises: Mapping[str, Exercise]
) -> PlanResult:
    """Find for each set that a routine asks for the set that was done for it.

    The order of exercises and of sides is free: people swap. The sets of one exercise and one side
    are matched so that as many as possible are done: where there are more than asked, those with
    the most good seconds or repetitions count, the earlier of two equal ones, and the rest are
    extra. So a try that was broken off and begun again costs nothing. Those that count stand in
    order of time: the first of them is set 1. One that cannot be judged comes after all that can.

    One set of repetitions may be several here: legs may take turns without leaving the position,
    and a leg that rests for as long as a break between sets starts another set of its own.

    Args:
        result: the verdict on the session.
        routine: what was asked.
        exercises: those of the result and the routine, by id.
    """
    done = [
        part
        for index, one in enumerate(result.sets)
        for part in _split(index, one, exercises[one.exercise])
    ]
    asked = [
        _Asked(number, step.exercise, side, n, step.target, "s" if step.reps is None else "reps")
        for number, step in enumerate(routine.steps, start=1)
        for side, n in step.turns
    ]
    matched: dict[int, _Done] = {}
    for key in dict.fromkeys(one.key for one in asked):
        places = [i for i, one in enumerate(asked) if one.key == key]
        found = _match([asked[i].target for i in places], [d for d in done if d.key == key])
        matched.update({places[i]: one for i, one in found.items()})
    sets = tuple(_tell(one, matched.get(i), matched.values()) for i, one in enumerate(asked))
    counted = {id(one) for one in matched.values()}
    n_done = sum(one.status == "done" for one in sets)
    return PlanResult(
        routine=routine.id,
        sets=sets,
        extra=tuple(
            ExtraSet(exercise=d.exercise, side=d.side, done=d.amount, unit=d.unit, index=d.index)
            for d in done
            if id(d) not in counted
        ),
        n_asked=len(sets),
        n_done=n_done,
        complete=n_done == len(sets),
    )
