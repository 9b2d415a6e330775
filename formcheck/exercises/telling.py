"""What an exercise or a routine asks for, in words: the same in the terminal and in the browser."""

from __future__ import annotations

from typing import Final, Literal

from formcheck.exercises.routine import Routine, Step
from formcheck.exercises.schema import Exercise
from formcheck.language import translate

_REP_S: Final = 3.0
"""About what a repetition takes."""


def tell_count(exercise: Exercise) -> str:
    """What is counted, as in ``30 s × 2 a side``."""
    count = exercise.count
    if count.kind == "question":
        return translate("a question")
    amount = f"{count.target_s:g} s" if count.kind != "reps" else _tell_reps(count.target_reps)
    text = tell_sets(amount, count.sets, exercise.sides)
    if count.kind == "reps" and count.top_s:
        text = translate("{sets}, each held {n} s", sets=text, n=f"{count.top_s:g}")
    return text


def tell_sets(amount: str, n_sets: int, sides: Literal["each", "alternating", "none"]) -> str:
    """How often an amount is asked for, as in ``30 s × 2 a side, alternating``."""
    if sides == "none":
        return f"{amount} × {n_sets}" if n_sets > 1 else amount
    if n_sets > 1:
        text = translate("{amount} × {n} a side", amount=amount, n=n_sets)
    else:
        text = translate("{amount}, once a side", amount=amount)
    return translate("{sets}, alternating", sets=text) if sides == "alternating" else text


def tell_step(step: Step) -> str:
    """As in ``30 s × 2 a side, 15 s of rest after each``."""
    amount = f"{step.hold_s:g} s" if step.reps is None else _tell_reps(step.reps)
    text = tell_sets(amount, step.sets, step.sides)
    if not step.rest_s:
        return text
    return translate("{sets}, {n} s of rest after each", sets=text, n=f"{step.rest_s:g}")


def _tell_reps(n: int) -> str:
    return translate("{n} reps", n=n)


def count_sets(routine: Routine) -> int:
    """How many sets a routine asks for, those of both sides."""
    return sum(len(step.turns) for step in routine.steps)


def tell_length(routine: Routine) -> str:
    """How long its sets and the rests between them take at least, to the minute."""
    turns = [step for step in routine.steps for _ in step.turns]
    work_s = sum(_REP_S * step.reps if step.reps else step.hold_s or 0.0 for step in turns)
    rest_s = sum(step.rest_s for step in turns[:-1])
    return translate("at least {n} min", n=max(1, round((work_s + rest_s) / 60)))


def tell_size(routine: Routine) -> str:
    """As in ``12 sets, at least 9 min with the rests``."""
    n_sets, length = count_sets(routine), tell_length(routine)
    if n_sets == 1:
        return translate("1 set, {length}", length=length)
    return translate("{n} sets, {length} with the rests", n=n_sets, length=length)
