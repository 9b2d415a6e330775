"""What is asked and not seen becomes a Result like any other, with its caveat."""

from __future__ import annotations

import json

import pytest

from formcheck.coach.question import conclude_answer
from formcheck.errors import ExerciseError
from formcheck.exercises.load import load_exercise
from formcheck.exercises.schema import Question
from formcheck.result.models import Result

ARCH = load_exercise("arch-check")


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [(0, "likely anterior tilt"), (1, "normal"), (2, "another matter")],
)
def test_an_answer_means_what_the_exercise_says(answer: int, meaning: str) -> None:
    result = conclude_answer(ARCH, answer, "me")
    assert isinstance(ARCH.count, Question)
    assert (result.clip, result.person, result.exercise) == ("asked", "me", "arch-check")
    [one] = result.sets
    assert one.measured == {"answer": ARCH.count.answers[answer].answer, "verdict": meaning}
    assert (one.side, one.good_hold_s, one.score, one.verdict) == (None, 0, None, "pass")
    assert (result.score, result.target, result.model, result.frames) == (None, None, "none", 0)
    assert [(note.code, note.text) for note in result.warnings] == [("caveat", ARCH.count.caveat)]


def test_its_json_reads_back() -> None:
    result = conclude_answer(ARCH, 1)
    assert json.loads(result.to_json())["person"] is None
    assert Result.model_validate_json(result.to_json()) == result


def test_what_is_seen_is_not_asked() -> None:
    with pytest.raises(ExerciseError, match="'half-kneeling': is seen, not asked"):
        conclude_answer(load_exercise("half-kneeling"), 0)


def test_there_are_only_so_many_answers() -> None:
    with pytest.raises(IndexError):
        conclude_answer(ARCH, 3)
