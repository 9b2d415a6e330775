"""What the voice says in words of its own: whole sentences, and how an exercise is introduced."""

from __future__ import annotations

from typing import Final

from formcheck.coach.cues import GET_INTO_POSITION
from formcheck.coach.turns import Turn
from formcheck.language import phrase, translate
from formcheck.screen.live_scene import tell_own_side

AGAIN: Final = phrase("Get into position again")
HOLD: Final = phrase("Hold")
HOLD_ON: Final = phrase("Go on, hold")
CAMERA_MOVED: Final = phrase("The camera was moved, so let me look again")
FIND_NEUTRAL: Final = phrase("Stay tall and relaxed: I am finding your neutral")
FINDING: Final = phrase("I am finding your neutral")
NEUTRAL_DOUBTED: Final = phrase("You may have been tucked already, so let me look again")
NEUTRAL_ANEW: Final = phrase("You were tucked before, so I took your neutral again")
BREATHS: Final = {"in": phrase("Breathe in"), "out": phrase("and out")}
N_INSTRUCTIONS: Final = 3
"""So many of an exercise's instructions are spoken, before its first set."""


def introduce(turn: Turn, *, is_new: bool) -> list[str]:
    """Before a turn: the side, once, and how to get into position; all of it the first time."""
    exercise = turn.exercise
    of = ""
    if turn.n_sets > 1:
        of = translate("set {n} of {n_sets}", n=turn.number, n_sets=turn.n_sets)
    parts = [translate(exercise.name), tell_own_side(turn), of]
    if not is_new:
        return [join(*parts[1:], translate(GET_INTO_POSITION))]
    lines = [join(*parts), *exercise.instructions[:N_INSTRUCTIONS]]
    if exercise.near is not None:
        near = "the front leg" if exercise.near == "other" else exercise.stretched or ""
        lines.append(translate("Keep {leg} nearest the camera", leg=translate(near)))
    return lines


def join(*parts: str) -> str:
    """Sentences as one, those that are empty left out."""
    return ". ".join(part[0].upper() + part[1:] for part in parts if part)
