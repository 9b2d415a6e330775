"""What a session asks for, turn by turn: one set of one exercise on one side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from formcheck.exercises.routine import Routine, Step
from formcheck.exercises.schema import Exercise, Hold, Reps
from formcheck.judging.session import BREAK_S
from formcheck.pose.landmarks import Side
from formcheck.result.models import AskedSet, ExtraSet, PlanResult, SetResult, Status
from formcheck.result.plan import DONE_FROM


@dataclass(frozen=True, slots=True)
class Turn:
    """One set that is asked for, and how far it is: progress makes a new one in its place."""

    place: int
    """Its index among the turns of its session, which tells it from the others."""
    exercise: Exercise
    """With the step's own target; one object for all turns of a step."""
    step: int
    """Number of the routine's step, from 1."""
    side: Side | None
    """The stretched side; None if there is none."""
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
    """Of the target, so far; what its sets in the Result add up to."""
    confirmed: float = 0.0
    """The part of it with every required rule seen to be met."""
    skipped: bool = False
    """Whether it was passed over."""
    sets: tuple[int, ...] = ()
    """Indices into the results of the sets that were done for it."""

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
            if side is None or of in (None, side):
                turn = Turn(
                    len(turns), exercise, number, of, n, step.sets, step.target,
                    "s" if step.reps is None else "reps", step.rest_s,
                )  # fmt: skip
                turns.append(turn)
    return turns


def find_rest_s(last: Turn, following: Turn | None) -> float:
    """How long a rest is: as the step says, but long enough for the next set to be another one."""
    goes_on = following is not None and following.exercise is last.exercise
    if goes_on and following is not None and following.side == last.side and last.unit == "s":
        return max(last.rest_s, BREAK_S + 0.5)
    return last.rest_s


def _aim(exercise: Exercise, step: Step) -> Exercise:
    """The exercise with a step's own target in place of its own."""
    count = exercise.count
    if isinstance(count, Hold) and step.hold_s is not None:
        target: dict[str, float] = {"target_s": step.hold_s}
    elif isinstance(count, Reps) and step.reps is not None:
        target = {"target_reps": step.reps}
    else:
        return exercise
    aimed = count.model_copy(update={**target, "sets": step.sets})
    return exercise.model_copy(update={"count": aimed})


def tell_plan(routine: Routine, turns: Sequence[Turn], results: Sequence[SetResult]) -> PlanResult:
    """What became of a routine that was led: each turn knows its own sets.

    Unlike a plan that is matched to a recording, one turn may be several sets: a person who had to
    leave goes on where they were.
    """
    asked = tuple(_tell(turn, [results[index] for index in turn.sets]) for turn in turns)
    used = {index for turn in turns for index in turn.sets}
    extra = tuple(
        ExtraSet(
            exercise=one.exercise,
            side=one.side,
            done=sum(rep.good for rep in one.reps) if one.reps else one.good_hold_s,
            unit="reps" if one.reps else "s",
            index=index,
        )
        for index, one in enumerate(results)
        if index not in used
    )
    n_done = sum(one.status == "done" for one in asked)
    return PlanResult(
        routine=routine.id, name=routine.name, sets=asked, extra=extra, n_asked=len(asked),
        n_done=n_done, complete=n_done == len(asked),
    )  # fmt: skip


def _tell(turn: Turn, sets: Sequence[SetResult]) -> AskedSet:
    status: Status = "short" if turn.done > 0 else "missing"
    if turn.done >= DONE_FROM * turn.target - 1e-6:
        status = "done"
    why = None
    is_judged = turn.exercise.why_form_unseen is None  # or else the position alone is asked for
    if is_judged and sets and all(one.verdict == "cannot_judge" for one in sets):
        why = sets[-1].why_not_judged
        status = "short" if status == "done" else status
    return AskedSet(
        step=turn.step,
        exercise=turn.exercise.id,
        side=turn.side,
        set=turn.number,
        asked=turn.target,
        done=turn.done,
        unit=turn.unit,
        status=status,
        index=turn.sets[-1] if turn.sets and status != "missing" else None,
        why=why,
    )
