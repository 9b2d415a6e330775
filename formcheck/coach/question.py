"""What is asked and not seen: an answer becomes a Result."""

from __future__ import annotations

from formcheck.errors import ExerciseError
from formcheck.exercises.schema import Exercise, Question
from formcheck.result.models import Note, Result, SetResult, ViewSeen


def conclude_answer(exercise: Exercise, answer: int, person: str | None = None) -> Result:
    """The Result of a question that was answered: one set, without a clock.

    Args:
        exercise: a question.
        answer: which of its answers, from 0.
        person: whom to file it under; None nobody.

    Raises:
        ExerciseError: the exercise is not a question.
        IndexError: it has no such answer.
    """
    count = exercise.count
    if not isinstance(count, Question):
        raise ExerciseError(f"exercise '{exercise.id}'", "is seen, not asked")
    chosen = count.answers[answer]
    one = SetResult(
        exercise=exercise.id, side=None, start_s=0, end_s=0, position_s=0, good_hold_s=0,
        confirmed_hold_s=0, longest_hold_s=0, holds=(), rules={}, faults=(), completion=1,
        measured={"answer": chosen.answer, "verdict": chosen.meaning}, score=None, verdict="pass",
    )  # fmt: skip
    return Result(
        clip="asked", person=person, exercise=exercise.id, exercise_source="given", model="none",
        duration_s=0, frames=0, frames_analyzed=0, frames_with_pose=0,
        view=ViewSeen(expected=(), seen=None, ok=True, near_side=None), sets=(one,), target=None,
        completion=1, score=None, verdict="pass",
        warnings=(Note(code="caveat", text=count.caveat),),
    )  # fmt: skip
