"""Which one thing to say now: one correction at a time, the most important first.

Praise stands only while the clock runs and no rule fails; what is to be corrected, only while the
clock stands. Beside a running clock a rule that fails is a tip.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from formcheck.coach.clock_state import Clock, read_clock
from formcheck.coach.out_of_sight import SHOW_BACK, tell_reason, tell_unclear, tell_unseen
from formcheck.judge.neutral import PelvisWatch
from formcheck.judge.rules import FaultWatch, Outcome, Verdict
from formcheck.judge.session import Session
from formcheck.judge.stay import Stay
from formcheck.measure.registry import PELVIC_TILT

Tone = Literal["fix", "tip", "good", "wait"]

HIDDEN_FOR_S: Final = 3.0
"""A back hidden for less long comes back by itself; as does a joint that stops no clock."""
SAID_AFTER_S: Final = 1.0
"""A joint that is unseen for less long is shown to be so, and not said."""
FINDING_NEUTRAL: Final = "Stay tall and relaxed: finding neutral"
GET_INTO_POSITION: Final = "Get into position"
GET_READY: Final = "Get ready"
PRAISE: Final = "Good. Hold."


@dataclass(frozen=True, slots=True)
class Cue:
    """A line for the person, at most 40 characters."""

    text: str
    tone: Tone
    """fix: something to correct, which stops the clock; tip: to correct beside it; good: go on;
    wait: not judging, or not yet."""
    is_said: bool = True
    """False: shown, and not said yet, as it may be over before it is heard."""


def choose_still_cue(verdicts: Sequence[Verdict]) -> Cue:
    """The one thing to correct in a single picture: of a required rule before the others."""
    failing = [v for v in verdicts if v.outcome is Outcome.FAIL]
    for verdict in sorted(failing, key=lambda v: not v.rule.required):
        if text := verdict.rule.cue_for(verdict.value):
            return Cue(text, "fix" if verdict.rule.required else "tip")
    if any(v.outcome is Outcome.UNKNOWN and v.rule.stops_unseen for v in verdicts):
        return Cue("Not all of it can be seen", "wait")
    return Cue("Position correct", "good")


def tell_cue(cue: Cue) -> str:
    """A cue as it is written: a tip says that it is one, as colours alone tell nothing."""
    return f"Tip: {cue.text}" if cue.tone == "tip" else cue.text


def choose_cue(session: Session) -> Cue:
    """What to tell the person at this moment.

    Raised faults of required rules come first, in the exercise's own order; then what stops the
    clock without being a fault, as it has just begun or cannot be seen; then the faults of other
    rules, what has been unclear for too long, and last what keeps the tuck from being seen.
    """
    stay = session.stay
    if stay is None:
        return _lead_in(session)
    clock = read_clock(session)
    return next(_list_cues(session, stay, clock))


def _lead_in(session: Session) -> Cue:
    """Out of position."""
    if session.is_unsteady:
        return Cue("Hold still", "wait")
    for side, why in session.hidden.items():
        text = tell_reason(why, side)
        if text is not None:
            return Cue(text, "wait")
    return Cue(GET_READY if session.is_entering else GET_INTO_POSITION, "wait")


def _list_cues(session: Session, stay: Stay, clock: Clock) -> Iterator[Cue]:
    """Everything that is to be told, the most important first."""
    is_running = clock == "running"  # of what is only read off, whatever the rules say
    for text in _list_faults(stay, required=True):
        yield Cue(text, "tip" if is_running else "fix")
    for text in _list_failing(stay, required=True):
        yield Cue(text, "tip" if is_running else "wait", is_said=stay.settled_s is None)
    if stay.side in session.hidden:
        hidden = tell_reason(session.hidden[stay.side], stay.side)
        yield Cue(hidden or "Stay like this", "wait", is_said=False)
    yield from _list_unseen(stay, clock)
    for text in _list_faults(stay, required=False):
        yield Cue(text, "tip")
    for text in _list_failing(stay, required=False):
        yield Cue(text, "tip", is_said=False)
    if stay.rep_watch is not None:
        yield _speak_of_reps(stay)
    if clock == "settling":
        yield Cue(GET_READY if stay.steady_watch is None else "Hold still", "wait")
    for verdict in _list_unclear(stay):
        yield Cue(tell_unclear(verdict), "wait")
    back = _find_hidden(stay, session.pelvis)
    if back is not None:
        yield Cue(back, "wait")
    yield Cue(PRAISE, "good") if is_running else Cue("Stay like this", "wait", is_said=False)


def _pair(stay: Stay) -> list[tuple[FaultWatch, Verdict]]:
    """What is known of each rule; nothing before the first frame."""
    return list(zip(stay.watches, stay.verdicts, strict=False))


def _list_faults(stay: Stay, *, required: bool) -> Iterator[str]:
    for watch, verdict in _pair(stay):
        rule, fault = watch.rule, watch.open_fault
        if fault is None or rule.required != required:
            continue
        # Well again but not for long enough: the value says nothing of what the fault was.
        text = None if rule.contains(verdict.value) else rule.cue_for(verdict.value)
        text = text or rule.cue_for(fault.worst)
        if text:
            yield text


def _list_failing(stay: Stay, *, required: bool) -> Iterator[str]:
    """What fails in this frame, and is no fault yet."""
    for _, verdict in _pair(stay):
        text = verdict.rule.cue_for(verdict.value)
        if verdict.outcome is Outcome.FAIL and verdict.rule.required == required and text:
            yield text


def _list_unseen(stay: Stay, clock: Clock) -> Iterator[Cue]:
    """What keeps the clock from running without failing; else what has been unseen for long."""
    stands = clock in ("paused", "settling") and stay.steady_watch is None
    for watch, verdict in _pair(stay):
        if verdict.outcome is not Outcome.UNKNOWN or not verdict.rule.stops_unseen:
            continue
        if verdict.is_unclear:
            if stands:
                yield Cue(tell_unclear(verdict), "wait", is_said=False)
            continue
        since_s = watch.unseen_since_s
        unseen_s = 0.0 if since_s is None else stay.end_s - since_s
        text = tell_unseen(verdict, stay.side)
        if text is not None and (stands or unseen_s >= HIDDEN_FOR_S - 1e-6):
            yield Cue(text, "wait", is_said=unseen_s >= SAID_AFTER_S - 1e-6)


def _speak_of_reps(stay: Stay) -> Cue:
    """What to mend of the last repetition, until the next one is over."""
    if not stay.reps:
        return Cue("Go on" if stay.is_in_rep else "Begin when you are ready", "wait")
    for fault in sorted(stay.reps[-1].faults, key=lambda fault: not fault.rule.required):
        text = fault.rule.cue_for(fault.worst)
        if text:
            return Cue(text, "fix" if fault.rule.required else "tip")
    return Cue("Good. Again.", "good")


def _list_unclear(stay: Stay) -> Iterator[Verdict]:
    """What has been neither well nor failing for too long."""
    for watch, verdict in sorted(_pair(stay), key=lambda pair: not pair[0].rule.required):
        since_s, wait_s = watch.unclear_since_s, watch.rule.unclear_s
        if since_s is not None and wait_s is not None and stay.end_s - since_s >= wait_s - 1e-6:
            yield verdict


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
