"""Which one thing to say now: one correction at a time, the most important first.

Praise stands only while the clock runs and no rule fails; what is to be corrected, only while the
clock stands. Beside a running clock a rule that fails is a tip.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from formcheck.coach.out_of_sight import SHOW_BACK, tell_reason, tell_unclear, tell_unseen
from formcheck.exercises.schema import Exercise
from formcheck.judging.moment import Clock, Moment, PelvisMoment, RuleMoment
from formcheck.judging.rules import Outcome, Verdict
from formcheck.measure.registry import PELVIC_TILT
from formcheck.pose.landmarks import Side
from formcheck.result.judgement import Shown

Tone = Literal["fix", "tip", "good", "wait"]

HIDDEN_FOR_S: Final = 3.0
"""A back hidden for less long comes back by itself; as does a joint that stops no clock."""
SAID_AFTER_S: Final = 1.0
"""A joint that is unseen for less long is shown to be so, and not said."""
FINDING_NEUTRAL: Final = "Stay tall and relaxed: finding neutral"
GET_INTO_POSITION: Final = "Get into position"
GET_READY: Final = "Get ready"
PRAISE: Final = "Good. Hold."
CLOCK_WORDS: Final[dict[Clock, str]] = {
    "running": "HOLD", "ready": "READY", "moving": "MOVING", "paused": "PAUSED",
    "settling": "GET READY", "entering": "GET READY", "out": "NOT IN POSITION",
}  # fmt: skip
"""What the clock does, as it is shown."""


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


def choose_cue(moment: Moment) -> Cue:
    """What to tell the person at this moment.

    Raised faults of required rules come first, in the exercise's own order; then what stops the
    clock without being a fault, as it has just begun or cannot be seen; then the faults of other
    rules, what has been unclear for too long, and last what keeps the tuck from being seen.
    """
    if moment.leg is None:
        return _lead_in(moment)
    return next(_list_cues(moment, moment.leg))


def correct_cue(cue: Cue, *, in_position: bool, in_set: bool, is_entered: bool) -> Cue:
    """A moment's cue where the clip's Result is known: it dates sets back, and leaves some out.

    Args:
        cue: as it was chosen without.
        in_position: at that moment.
        in_set: whether the Result has a set there.
        is_entered: whether that set had been entered by then, or without one the position.
    """
    if not in_position or in_set == is_entered:
        return cue
    # What the session is in yet was left a moment ago, or was too short to be a set.
    return Cue(GET_READY if in_set else GET_INTO_POSITION, "wait")


def tell_shown(shown: Shown) -> str:
    """What the person was told at a frame of a clip, as the annotated video says it."""
    moment = shown.moment
    cue = correct_cue(
        choose_cue(moment),
        in_position=moment.in_position,
        in_set=shown.set_number > 0,
        is_entered=shown.is_entered,
    )
    return tell_cue(cue)


def _lead_in(moment: Moment) -> Cue:
    """Out of position."""
    if moment.is_unsteady:
        return Cue("Hold still", "wait")
    for side, why in moment.hidden.items():
        text = tell_reason(why, side)
        if text is not None:
            return Cue(text, "wait")
    return Cue(GET_READY if moment.clock == "entering" else GET_INTO_POSITION, "wait")


def _list_cues(moment: Moment, leg: Side) -> Iterator[Cue]:
    """Everything that is to be told, the most important first."""
    is_running = moment.clock == "running"  # of what is only read off, whatever the rules say
    for text in _list_faults(moment.rules, required=True):
        yield Cue(text, "tip" if is_running else "fix")
    for text in _list_failing(moment.rules, required=True):
        yield Cue(text, "tip" if is_running else "wait", is_said=not moment.is_settled)
    if leg in moment.hidden:
        hidden = tell_reason(moment.hidden[leg], leg)
        yield Cue(hidden or "Stay like this", "wait", is_said=False)
    yield from _list_unseen(moment, leg)
    for text in _list_faults(moment.rules, required=False):
        yield Cue(text, "tip")
    for text in _list_failing(moment.rules, required=False):
        yield Cue(text, "tip", is_said=False)
    if moment.exercise.count.kind == "reps":
        yield _speak_of_reps(moment)
    if moment.clock == "settling":
        yield Cue("Hold still" if moment.is_read_off else GET_READY, "wait")
    for verdict in _list_unclear(moment.rules):
        yield Cue(tell_unclear(verdict), "wait")
    back = _find_hidden(moment.exercise, moment.pelvis)
    if back is not None:
        yield Cue(back, "wait")
    yield Cue(PRAISE, "good") if is_running else Cue("Stay like this", "wait", is_said=False)


def _list_faults(rules: Sequence[RuleMoment], *, required: bool) -> Iterator[str]:
    for one in rules:
        rule, value = one.verdict.rule, one.verdict.value
        if one.worst is None or rule.required != required:
            continue
        # Well again but not for long enough: the value says nothing of what the fault was.
        text = None if rule.contains(value) else rule.cue_for(value)
        text = text or rule.cue_for(one.worst)
        if text:
            yield text


def _list_failing(rules: Sequence[RuleMoment], *, required: bool) -> Iterator[str]:
    """What fails in this frame, and is no fault yet."""
    for verdict in (one.verdict for one in rules):
        text = verdict.rule.cue_for(verdict.value)
        if verdict.outcome is Outcome.FAIL and verdict.rule.required == required and text:
            yield text


def _list_unseen(moment: Moment, leg: Side) -> Iterator[Cue]:
    """What keeps the clock from running without failing; else what has been unseen for long."""
    stands = moment.clock in ("paused", "settling") and not moment.is_read_off
    for one in moment.rules:
        verdict = one.verdict
        if verdict.outcome is not Outcome.UNKNOWN or not verdict.rule.stops_unseen:
            continue
        if verdict.is_unclear:
            if stands:
                yield Cue(tell_unclear(verdict), "wait", is_said=False)
            continue
        text = tell_unseen(verdict, leg)
        if text is not None and (stands or one.unseen_s >= HIDDEN_FOR_S - 1e-6):
            yield Cue(text, "wait", is_said=one.unseen_s >= SAID_AFTER_S - 1e-6)


def _speak_of_reps(moment: Moment) -> Cue:
    """What to mend of the last repetition, until the next one is over; praise until it begins."""
    if moment.rep is None:
        return Cue("Go on" if moment.is_in_rep else "Begin when you are ready", "wait")
    for fault in sorted(moment.rep.faults, key=lambda fault: not fault.rule.required):
        text = fault.rule.cue_for(fault.worst)
        if text:
            return Cue(text, "fix" if fault.rule.required else "tip")
    return Cue("Go on", "wait") if moment.is_in_rep else Cue("Good. Again.", "good")


def _list_unclear(rules: Sequence[RuleMoment]) -> Iterator[Verdict]:
    """What has been neither well nor failing for too long."""
    for one in sorted(rules, key=lambda one: not one.verdict.rule.required):
        wait_s = one.verdict.rule.unclear_s
        if one.verdict.is_unclear and wait_s is not None and one.unclear_s >= wait_s - 1e-6:
            yield one.verdict


def _find_hidden(exercise: Exercise, pelvis: PelvisMoment | None) -> str | None:
    """What to do so that the tuck can be told; None where it is, or the exercise asks for none."""
    asked = [rule for rule in exercise.rules if rule.measure == PELVIC_TILT]
    if pelvis is None or not asked:
        return None
    is_for_long = pelvis.hidden_s >= HIDDEN_FOR_S - 1e-6 and any(rule.required for rule in asked)
    if pelvis.hidden is not None and is_for_long:
        return SHOW_BACK.get(pelvis.hidden)
    return FINDING_NEUTRAL if pelvis.is_searching else None
