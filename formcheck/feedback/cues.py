"""Which one thing to say now: one correction at a time, the most important first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from formcheck.coach.rules import Outcome
from formcheck.coach.session import Session

Tone = Literal["fix", "good", "wait"]


@dataclass(frozen=True, slots=True)
class Cue:
    """A line for the person, under 40 characters."""

    text: str
    tone: Tone
    """fix: something to correct; good: go on; wait: not judging yet."""


def choose_cue(session: Session) -> Cue:
    """What to tell the person at this moment.

    Raised faults come first, required rules before the others, in the exercise's own order; a rule
    that has just begun to fail is not said, as it may be over before it is heard.
    """
    stay = session.stay
    if stay is None:
        return Cue("Hold still" if session.is_entering else "Get into position", "wait")
    values = {verdict.rule.id: verdict.value for verdict in stay.verdicts}
    failing = [watch.open_fault for watch in stay.watches if watch.open_fault]
    for fault in sorted(failing, key=lambda fault: not fault.rule.required):
        text = fault.rule.cue_for(values[fault.rule.id]) or fault.rule.cue_for(fault.worst)
        if text:
            return Cue(text, "fix")
    if stay.settled_s is None:
        for verdict in stay.verdicts:
            text = verdict.rule.cue_for(verdict.value)
            if verdict.rule.required and verdict.outcome is Outcome.FAIL and text:
                return Cue(text, "wait")
    return Cue("Good. Hold.", "good")
