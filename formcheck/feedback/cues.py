"""Which one thing to say now: one correction at a time, the most important first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from formcheck.coach.neutral import PelvisWatch
from formcheck.coach.rules import Outcome
from formcheck.coach.session import Session
from formcheck.coach.stay import Stay
from formcheck.measure.named import PELVIC_TILT
from formcheck.measure.pelvis import BackUnseen

Tone = Literal["fix", "good", "wait"]

HIDDEN_FOR_S: Final = 3.0
"""A back hidden for less long comes back by itself."""
FINDING_NEUTRAL: Final = "Stay tall and relaxed: finding neutral"
SHOW_BACK: Final[Mapping[BackUnseen, str]] = {
    BackUnseen.NOT_SIDE_ON: "Turn side-on so I can see your back",
    BackUnseen.ARM: "Keep your arms off your back",
    BackUnseen.LEAN: "Come upright to check your tuck",
    BackUnseen.STANCE: "Set your legs as you did in neutral",
    BackUnseen.NOT_CLEAN: "I can't make out your back",
    BackUnseen.NO_BODY: "Step back so I can see hip and shoulder",
}
"""What to do about each condition under which the tuck cannot be told."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A line for the person, under 40 characters."""

    text: str
    tone: Tone
    """fix: something to correct; good: go on; wait: not judging yet."""


def choose_cue(session: Session) -> Cue:
    """What to tell the person at this moment.

    Raised faults come first, required rules before the others, in the exercise's own order; a rule
    that has just begun to fail is not said, as it may be over before it is heard. Then what has
    been unclear for too long, and last what keeps the tuck from being seen.
    """
    stay = session.stay
    if stay is None:
        return Cue("Hold still" if session.is_entering else "Get into position", "wait")
    text = _find_fault(stay)
    if text:
        return Cue(text, "fix")
    if stay.settled_s is None:
        for verdict in stay.verdicts:
            text = verdict.rule.cue_for(verdict.value)
            if verdict.rule.required and verdict.outcome is Outcome.FAIL and text:
                return Cue(text, "wait")
    if stay.rep_watch is not None:
        return _speak_of_reps(stay)
    if stay.steady_watch is not None and not stay.steady_watch.is_steady:
        return Cue("Hold still", "wait")
    text = _find_unclear(stay)
    if text:
        return Cue(text, "fix")
    text = _find_unseen(stay) or _find_hidden(stay, session.pelvis)
    return Cue(text, "wait") if text else Cue("Good. Hold.", "good")


def _find_fault(stay: Stay) -> str | None:
    values = {verdict.rule.id: verdict.value for verdict in stay.verdicts}
    failing = [watch.open_fault for watch in stay.watches if watch.open_fault]
    for fault in sorted(failing, key=lambda fault: not fault.rule.required):
        rule, value = fault.rule, values[fault.rule.id]
        # Well again but not for long enough: the value says nothing of what the fault was.
        text = None if rule.contains(value) else rule.cue_for(value)
        text = text or rule.cue_for(fault.worst)
        if text:
            return text
    return None


def _speak_of_reps(stay: Stay) -> Cue:
    """What to mend of the last repetition, until the next one is over."""
    if not stay.reps:
        return Cue("Begin when you are ready", "wait")
    faults = sorted(stay.reps[-1].faults, key=lambda fault: not fault.rule.required)
    texts = (fault.rule.cue_for(fault.worst) for fault in faults)
    text = next((text for text in texts if text), None)
    return Cue(text, "fix") if text else Cue("Good. Again.", "good")


def _find_unclear(stay: Stay) -> str | None:
    """The cue of a rule that has been neither well nor failing for too long."""
    pairs = zip(stay.watches, stay.verdicts, strict=True)
    for watch, verdict in sorted(pairs, key=lambda pair: not pair[0].rule.required):
        since_s, wait_s = watch.unclear_since_s, watch.rule.unclear_s
        if since_s is None or wait_s is None or stay.end_s - since_s < wait_s - 1e-6:
            continue
        text = watch.rule.cue_for(verdict.value)
        if text:
            return text
    return None


def _find_unseen(stay: Stay) -> str | None:
    """What of the body has been out of sight for too long to judge a required rule."""
    for watch, verdict in zip(stay.watches, stay.verdicts, strict=True):
        since_s, why = watch.unseen_since_s, verdict.why_unknown
        if since_s is None or why is None or stay.end_s - since_s < HIDDEN_FOR_S - 1e-6:
            continue
        if watch.rule.required and watch.rule.measure != PELVIC_TILT and why.startswith("the "):
            text = f"I can't see your {why.removeprefix('the ').partition(' is ')[0]}"
            return text.partition(" cannot")[0]
    return None


def _find_hidden(stay: Stay, pelvis: PelvisWatch | None) -> str | None:
    """What to do so that the tuck can be told; None where it is, or the exercise asks for none."""
    asked = [rule for rule in stay.exercise.rules if rule.measure == PELVIC_TILT]
    if pelvis is None or not asked:
        return None
    if pelvis.hidden is not None and pelvis.hidden_since_s is not None:
        hidden_s = stay.end_s - pelvis.hidden_since_s
        if hidden_s >= HIDDEN_FOR_S - 1e-6 and any(rule.required for rule in asked):
            return SHOW_BACK.get(pelvis.hidden)
    return FINDING_NEUTRAL if pelvis.is_searching else None
