"""What a session asks for, turn by turn: one set of one exercise on one side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from formcheck.exercises.routine import Routine, Step
from formcheck.exercises.schema import Assessment, Exercise, Hold, Reps
from formcheck.pose.landmarks import Side
from formcheck.result.models import AskedSet, ExtraSet, PlanResult, SetResult, Status
from formcheck.result.plan import DONE_FROM


@dataclass(frozen=True, slots=True)
class Turn:
    """One set that is asked for, and how far it is: progress makes a new one in its place."""

    place: int
    """Where it stands among the turns of its session, from 0: what tells it from the others."""
    exercise: Exercise
    """With the step's own target; one object for all turns of a step."""
    step: int
    """Number of the routine's step, from 1."""
    side: Side | None
    """The stretched side; None where there is none."""
    number: int
    """Which set of this side, from 1."""
    n_sets: int
    """Sets of this side."""
    target: float
    """Seconds to hold well, or good repetitions."""
    unit: Literal["s", "reps"]
    rest_s: float
    """Seconds of rest after it."""
    done: float = 0.0
    """Of the target, so far; what was done before the clock was started is not counted."""
    confirmed: float = 0.0
    """The part of it with every required rule seen to be met."""
    skipped: bool = False
    """True if it was passed over."""
    sets: tuple[int, ...] = ()
    """Places in the results of the sets that were done for it."""

    @property
    def is_done(self) -> bool:
        """Whether the target is reached."""
        return self.done >= self.target - 1e-6

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return not self.is_done and not self.skipped


def list_turns(
    routine: Routine, exercises: Mapping[str, Exercise], side: Side | None = None
) -> list[Turn]:
    """Every set that a routine asks for, in order.

    Args:
        routine: what is asked.
        exercises: by id.
        side: that side only, where there are sides; None both.
    """
    turns: list[Turn] = []
    for number, step in enumerate(routine.steps, start=1):
        exercise = _aim(exercises[step.exercise], step)
        for of, n in step.turns:
            if side is not None and of not in (None, side):
                continue
            turns.append(
                Turn(
                    place=len(turns),
                    exercise=exercise,
                    step=number,
                    side=of,
                    number=n,
                    n_sets=step.sets,
                    target=step.target,
                    unit="s" if step.reps is None else "reps",
                    rest_s=step.rest_s,
                )
            )
    return turns


def _aim(exercise: Exercise, step: Step) -> Exercise:
    """The exercise with a step's own target in place of its own."""
    count = exercise.count
    changed: Hold | Reps
    if isinstance(count, Hold) and step.hold_s is not None:
        changed = count.model_copy(update={"target_s": step.hold_s, "sets": step.sets})
    elif isinstance(count, Reps) and step.reps is not None:
        changed = count.model_copy(update={"target_reps": step.reps, "sets": step.sets})
    else:
        return exercise
    return exercise.model_copy(update={"count": changed})


def tell_plan(routine: Routine, turns: Sequence[Turn], results: Sequence[SetResult]) -> PlanResult:
    """What became of a routine that was led: each turn knows its own sets.

    Unlike a plan that is matched to a recording, one turn may be several sets: who had to leave
    goes on where they were.
    """
    used = {index for turn in turns for index in turn.sets}
    asked = tuple(_tell(turn, [results[index] for index in turn.sets]) for turn in turns)
    n_done = sum(one.status == "done" for one in asked)
    return PlanResult(
        routine=routine.id,
        name=routine.name,
        sets=asked,
        extra=tuple(
            ExtraSet(
                exercise=one.exercise,
                side=one.side,
                done=sum(rep.good for rep in one.reps) if one.reps else one.good_hold_s,
                unit="reps" if one.reps else "s",
                index=index,
            )
            for index, one in enumerate(results)
            if index not in used
        ),
        n_asked=len(asked),
        n_done=n_done,
        complete=n_done == len(asked),
    )


def _tell(turn: Turn, sets: Sequence[SetResult]) -> AskedSet:
    done = _add_up(turn, sets)
    status, why = _name_status(done, turn.target), None
    if sets and all(one.verdict == "cannot_judge" for one in sets):
        why = sets[-1].why_not_judged
        status = "short" if status == "done" else status
    return AskedSet(
        step=turn.step,
        exercise=turn.exercise.id,
        side=turn.side,
        set=turn.number,
        asked=turn.target,
        done=done,
        unit=turn.unit,
        status=status,
        index=turn.sets[-1] if turn.sets and status != "missing" else None,
        why=why,
    )


def _add_up(turn: Turn, sets: Sequence[SetResult]) -> float:
    """What its sets hold: more than the turn's clock has seen, which begins after the countdown."""
    if turn.unit == "reps" or not sets:  # legs that take turns share a set
        return turn.done
    held_s = [one.good_hold_s for one in sets]
    return max(held_s) if isinstance(turn.exercise.count, Assessment) else sum(held_s)


def _name_status(done: float, target: float) -> Status:
    """As a plan has it: nobody stops a hold to the second."""
    if done >= DONE_FROM * target - 1e-6:
        return "done"
    return "short" if done > 0 else "missing"
