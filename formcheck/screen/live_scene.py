"""What a live view shows at one moment, as plain data: the window and the terminal draw it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from formcheck.coach.cues import Cue
from formcheck.exercises.schema import Figure
from formcheck.screen.scene import Scene

Stage = Literal["setup", "ready", "neutral", "countdown", "work", "relax", "rest", "summary"]
"""Setting up the camera; getting into position; finding neutral; counting down; holding or moving;
coming out of the position; resting; all done."""

CAUTION: Final = "Education, not a medical assessment. A mild pull is fine: stop at pain."
KEYS: Final[tuple[tuple[str, str], ...]] = (
    ("space", "pause, go on"),
    ("m", "voice on, off"),
    ("n", "next"),
    ("r", "find neutral again"),
    ("f", "full screen"),
    ("?", "these keys"),
    ("q", "quit"),
)
"""Each key and what it does."""


@dataclass(frozen=True, slots=True)
class Breath:
    """Where a slow breath is."""

    phase: Literal["in", "out"]
    share: float
    """How much of the phase is over, 0 to 1."""


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One set that was asked for, or one more that was done, and what became of it."""

    name: str
    """As in ``Half-kneeling hip flexor stretch, left, set 1``."""
    amount: str
    """As in ``28.4 of 30 s``."""
    status: Literal["done", "short", "missing", "extra"]
    remark: str | None
    """What to correct, or why it could not be judged; None where there is nothing to say."""


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """What a session came to."""

    title: str
    """As in ``Daily relief: 5 of 9 done``."""
    rows: tuple[SummaryRow, ...]
    notes: tuple[str, ...]
    """The Result's warnings, the one on the tuck first."""


@dataclass(frozen=True, slots=True, eq=False)
class LiveScene:
    """One moment of a live session."""

    scene: Scene
    """The person and the set under way, as the annotated video shows them; its landmarks are pixels
    of the picture that is drawn, mirrored or not."""
    stage: Stage
    prompt: Cue
    """The one line to read from three metres: what to do now, or what keeps it from going on."""
    count: str | None
    """A number to show large: seconds of a countdown or a rest; None where there is none."""
    coming: str | None
    """What comes next, as in ``Next: right side, set 1 of 2``; None at the end."""
    figure: Figure | None
    """The right position; None where an exercise has no drawing."""
    figure_mirrored: bool
    """Draw it the other way round, so that it faces as the person shall on this screen."""
    breath: Breath | None
    """None except during a hold."""
    alert: str | None = None
    """What keeps the session from going on, as in ``Paused`` or ``The camera is lost``; the picture
    is dimmed. None while it goes on."""
    notice: str | None = None
    """A small line, as in the caution or ``voice off``."""
    shows_keys: bool = False
    """Whether the keys are to be listed."""
    summary: SessionSummary | None = None
    """At the end; None before."""
