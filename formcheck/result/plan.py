"""A recorded session against its routine: what was done, what was short, what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from formcheck.exercises.routine import Routine
from formcheck.exercises.schema import Exercise, Reps
from formcheck.judging.session import BREAK_S
from formcheck.notation import tell_amount
from formcheck.pose.landmarks import Side
from formcheck.result.models import (
    AskedSet,
    ExtraSet,
    PlanResult,
    RepResult,
    Result,
    SetResult,
    Status,
    Unit,
)

DONE_FROM: Final = 0.95
"""A set is done from this share of what was asked: nobody stops a hold to the second."""


def compare_plan(result: Result, routine: Routine, exercises: Mapping[str, Exercise]) -> PlanResult:
    """Find the set that was done for each set that a routine asks for.

    Exercises and sides may come in any order. The sets of one exercise and side are matched so that
    as many as possible are done. If more were done than asked, those with the most good seconds or
    repetitions count (of two equal ones the earlier) and the rest are extra, so that an attempt
    broken off and begun again costs nothing. Sets that cannot be judged come after all that can.
    Those that count are numbered in order of time.

    One set of repetitions may be several here: legs may take turns without leaving the position,
    and a leg that rests for as long as a break between sets begins another set.
    """
    done = [
        part
        for index, one in enumerate(result.sets)
        for part in _split(index, one, exercises[one.exercise])
    ]
    asked = [
        AskedSet(
            step=number, exercise=step.exercise, side=side, set=n, asked=step.target, done=0.0,
            unit="s" if step.reps is None else "reps", status="missing", index=None,
        )
        for number, step in enumerate(routine.steps, start=1)
        for side, n in step.turns
    ]  # fmt: skip
    matched: dict[int, _SetDone] = {}
    for key in dict.fromkeys(map(_key, asked)):
        places = [i for i, one in enumerate(asked) if _key(one) == key]
        found = _match([asked[i].asked for i in places], [d for d in done if _key(d.extra) == key])
        matched.update({places[i]: one for i, one in found.items()})
    sets = tuple(_tell(one, matched.get(i), done) for i, one in enumerate(asked))
    counted = {id(one) for one in matched.values()}
    n_done = sum(one.status == "done" for one in sets)
    return PlanResult(
        routine=routine.id,
        name=routine.name,
        sets=sets,
        extra=tuple(one.extra for one in done if id(one) not in counted),
        n_asked=len(sets),
        n_done=n_done,
        complete=n_done == len(sets),
    )


def describe_plan(plan: PlanResult) -> str:
    """One line: how much was done, and what is missing, short or extra."""
    parts = [f"{plan.n_done} of {plan.n_asked} done"]
    missing = [_name_set(plan, one, "missing") for one in plan.sets if one.status == "missing"]
    if missing:
        parts.append(f"missing: {', '.join(dict.fromkeys(missing))}")
    short = [
        f"{_name_set(plan, one)} ({tell_amount(one.done, one.asked, one.unit)}"
        f"{', cannot be judged' if one.why else ''})"
        for one in plan.sets
        if one.status == "short"
    ]
    if short:
        parts.append(f"short: {', '.join(short)}")
    if plan.extra:
        extra = (
            f"{_join(one.exercise, one.side)} ({tell_amount(one.done, None, one.unit)})"
            for one in plan.extra
        )
        parts.append(f"extra: {', '.join(extra)}")
    return "; ".join(parts)


def _name_set(plan: PlanResult, one: AskedSet, whole: Status | None = None) -> str:
    """A set in as few words as identify it, or its step or side, if all of that are ``whole``."""
    step = [other for other in plan.sets if other.step == one.step]
    side = [other for other in step if other.side == one.side]
    if all(other.status == whole for other in step):
        return one.exercise
    name = _join(one.exercise, one.side)
    if len(side) == 1 or all(other.status == whole for other in side):
        return name
    return f"{name} set {one.set}"


def _join(exercise: str, side: Side | None) -> str:
    return f"{exercise} {side}" if side else exercise


@dataclass(frozen=True, slots=True)
class _SetDone:
    """What may count as one set, and is extra if it does not."""

    extra: ExtraSet
    start_s: float
    why: str | None
    """Why it cannot be judged; None if it can."""

    def fulfils(self, target: float) -> bool:
        return self.why is None and self.extra.done >= DONE_FROM * target - 1e-6


def _key(one: AskedSet | ExtraSet) -> tuple[str, Side | None]:
    return one.exercise, one.side


def _split(index: int, one: SetResult, exercise: Exercise) -> Iterator[_SetDone]:
    parts: list[tuple[float, Side | None, float]] = [(one.start_s, one.side, one.good_hold_s)]
    unit: Unit = "s"
    if isinstance(exercise.count, Reps):
        unit = "reps"
        parts = [
            (reps[0].start_s, reps[0].side, float(sum(rep.good for rep in reps)))
            for reps in sorted(_find_bouts(one.reps), key=lambda bout: bout[0].start_s)
        ]
    for start_s, side, amount in parts:
        extra = ExtraSet(exercise=one.exercise, side=side, done=amount, unit=unit, index=index)
        yield _SetDone(extra, start_s, None if exercise.why_form_unseen else one.why_not_judged)


def _find_bouts(reps: Sequence[RepResult]) -> Iterator[list[RepResult]]:
    """The repetitions of each leg, parted where it rested for as long as a break between sets."""
    for side in dict.fromkeys(rep.side for rep in reps):
        bout: list[RepResult] = []
        for rep in reps:
            if rep.side != side:
                continue
            if bout and rep.start_s - bout[-1].end_s >= BREAK_S:
                yield bout
                bout = []
            bout.append(rep)
        yield bout


def _match(targets: Sequence[float], done: Sequence[_SetDone]) -> dict[int, _SetDone]:
    """Place in ``targets`` to what counts for it; see ``compare_plan``.

    The largest target is served first: what is enough for it is enough for any other.
    """
    best_first = sorted(done, key=lambda d: (d.why is not None, -d.extra.done, d.start_s))
    found: dict[int, _SetDone] = {}
    for i in sorted(range(len(targets)), key=lambda i: -targets[i]):
        if best_first and best_first[0].fulfils(targets[i]):
            found[i] = best_first.pop(0)
    for i in range(len(targets)):
        if i not in found and best_first:
            found[i] = best_first.pop(0)
    for target in set(targets):
        places = [i for i in sorted(found) if targets[i] == target]
        in_time = sorted((found[i] for i in places), key=lambda d: d.start_s)
        found.update(zip(places, in_time, strict=True))
    return found


def _tell(asked: AskedSet, counts: _SetDone | None, done: Sequence[_SetDone]) -> AskedSet:
    """What became of a set that was asked for."""
    if counts is not None:
        status = "done" if counts.fulfils(asked.asked) else "short"
        found = {"done": counts.extra.done, "index": counts.extra.index, "why": counts.why}
        return asked.model_copy(update={**found, "status": status})
    if any(_key(d.extra) == _key(asked) and d.fulfils(2 * asked.asked) for d in done):
        why = (
            f"a set went on for twice as long as asked: rest {BREAK_S:g} s or more between two "
            "sets on the same side"
        )
        return asked.model_copy(update={"why": why})
    return asked
