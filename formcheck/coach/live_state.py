"""What a live session knows at one moment, frozen: what is shown and said is read from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from formcheck.coach.turns import Turn
from formcheck.exercises.routine import Routine
from formcheck.judging.moment import Moment
from formcheck.judging.neutral import KnownNeutral
from formcheck.result.models import SetResult

HandAsks = Literal["start", "next", "go on"]


class Phase(StrEnum):
    """What the person is to do."""

    SETUP = "setup"
    READY = "ready"
    NEUTRAL = "neutral"
    COUNTDOWN = "countdown"
    WORK = "work"
    RELAX = "relax"
    REST = "rest"
    DONE = "done"


@dataclass(frozen=True, slots=True, eq=False)
class LiveState:
    """A flow after one frame. The flow goes on; this stays as it is."""

    routine: Routine
    turns: tuple[Turn, ...]
    """All that is asked for, and how far each is."""
    turn: Turn | None
    """The turn under way, or the next one; None once all are over."""
    following: Turn | None
    """The turn after that; None at the last."""
    last_turn: Turn | None
    """The turn before it; None at the first."""
    phase: Phase
    phase_since_s: float
    """When the phase began."""
    is_wrong_side: bool
    """Whether the person is in position on a side that is not to be done now."""
    time_s: float
    """Time of the frame; 0 before the first."""
    moment: Moment
    """What was judged in it."""
    problem: str | None
    """What to change about the set-up; None while all is well."""
    count_s: float | None
    """Seconds left of a countdown or a rest; None if none runs."""
    gives_up_in_s: float | None
    """Seconds until the turn is passed over; None while that is far."""
    is_spoken_to: bool
    """Whether the voice was speaking."""
    is_paused: bool
    """Whether the user paused it."""
    is_interrupted: bool
    """Whether the person went out of sight in the middle of a turn."""
    hand_asks: HandAsks | None
    """What a raised hand asks for now; None while it asks for nothing."""
    n_hands: int
    """How often one was seen and obeyed so far."""
    n_moved: int
    """How often the camera was moved so far."""
    n_doubted: int
    """How often the neutral was asked for again so far, as it may have been a tuck."""
    neutral: KnownNeutral | None
    """The neutral in use; None until there is one."""
    results: tuple[SetResult, ...]
    """Every set that was done, once all is over; empty before."""

    @property
    def remaining(self) -> float:
        """Seconds or repetitions that the turn still asks for."""
        return max(0.0, self.turn.target - self.turn.done) if self.turn else 0.0
