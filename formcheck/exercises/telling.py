"""What an exercise or a routine asks for, in words: the same in the terminal and in the browser."""

from __future__ import annotations

from typing import Final, Literal

from formcheck.exercises.routine import Routine, Step
from formcheck.exercises.schema import Exercise

_REP_S: Final = 3.0
"""About what a repetition takes."""


def tell_count(exercise: Exercise) -> str:
    """What is counted, as in ``30 s × 2 a side``."""
    count = exercise.count
    if count.kind == "question":
        return "a question"
    amount = f"{count.target_reps} reps" if count.kind == "reps" else f"{count.target_s:g} s"
    text = tell_sets(amount, count.sets, exercise.sides)
    if count.kind == "reps" and count.top_s:
        text += f", each held {count.top_s:g} s"
    return text


def tell_sets(amount: str, n_sets: int, sides: Literal["each", "alternating", "none"]) -> str:
    """How often an amount is asked for, as in ``30 s × 2 a side, alternating``."""
    times = f" × {n_sets}" if n_sets > 1 else ""
    if sides != "none":
        times = f"{times} a side" if times else ", once a side"
    return f"{amount}{times}{', alternating' if sides == 'alternating' else ''}"


def tell_step(step: Step) -> str:
    """As in ``30 s × 2 a side, 15 s of rest after each``."""
    amount = f"{step.reps} reps" if step.reps is not None else f"{step.hold_s:g} s"
    rest = f", {step.rest_s:g} s of rest after each" if step.rest_s else ""
    return tell_sets(amount, step.sets, step.sides) + rest


def count_sets(routine: Routine) -> int:
    """How many sets a routine asks for, those of both sides."""
    return sum(len(step.turns) for step in routine.steps)


def tell_length(routine: Routine) -> str:
    """How long its sets and the rests between them take at least, to the minute."""
    turns = [step for step in routine.steps for _ in step.turns]
    work_s = sum(_REP_S * step.reps if step.reps else step.hold_s or 0.0 for step in turns)
    rest_s = sum(step.rest_s for step in turns[:-1])
    return f"at least {max(1, round((work_s + rest_s) / 60))} min"
