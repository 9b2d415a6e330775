"""Which one thing to say now: one correction at a time, the most important first.

Praise is given only while the clock runs and no rule fails; something to correct, only while the
clock stands. A rule that fails while the clock runs gives a tip.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from formcheck.exercises.schema import Exercise
from formcheck.judging.moment import Clock, Moment, PelvisMoment, RuleMoment
from formcheck.judging.rules import Outcome, Verdict
from formcheck.language import phrase, translate
from formcheck.measure.reason import OF_JOINTS, Reason, ReasonCode, name_joint
from formcheck.measure.registry import PELVIC_TILT
from formcheck.notation import name_words
from formcheck.pose.landmarks import Side, other_side
from formcheck.result.judgement import Shown

Tone = Literal["fix", "tip", "good", "wait"]

HIDDEN_FOR_S: Final = 3.0
"""A back hidden for less long comes back by itself, as does a joint that stops no clock."""
SAID_AFTER_S: Final = 1.0
"""That a joint is not seen is shown at once, and said after this long."""
FINDING_NEUTRAL: Final = phrase("Stay tall and relaxed")
GET_INTO_POSITION: Final = phrase("Get into position")
GET_READY: Final = phrase("Get ready")
STAY: Final = phrase("Stay like this")
GO_ON: Final = phrase("Go on")
BEGIN: Final = phrase("Begin when you are ready")
PRAISE: Final = phrase("Good. Hold.")
CLOCK_WORDS: Final[dict[Clock, str]] = {
    "running": phrase("HOLD"),
    "ready": phrase("READY"),
    "moving": phrase("MOVING"),
    "paused": phrase("PAUSED"),
    "settling": phrase("GET READY"),
    "entering": phrase("GET READY"),
    "out": phrase("NOT IN POSITION"),
}
"""What the clock does, as it is shown."""
SHOW_BACK: Final[Mapping[ReasonCode, str]] = {
    ReasonCode.NOT_SIDE_ON: phrase("Turn side-on so I can see your back"),
    ReasonCode.ARM: phrase("Keep your arms off your back"),
    ReasonCode.LEAN: phrase("Come upright to check your tuck"),
    ReasonCode.STANCE: phrase("Place your legs as you did in neutral"),
    ReasonCode.NOT_CLEAN: phrase("I can't make out your back"),
    ReasonCode.NO_BODY: phrase("Step back so I can see hip and shoulder"),
}
"""What to do about each condition under which the tuck cannot be judged."""
_TURNS: Final = {
    "side": phrase("Turn side-on to the camera"),
    "front": phrase("Turn to face the camera"),
}
_MOST: Final = 40
"""Letters that can be read from three metres."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A line for the person, at most 40 characters."""

    text: str
    tone: Tone
    """fix: something to correct, which stops the clock; tip: to correct while it runs; good: go on;
    wait: not judging, or not yet."""
    is_said: bool = True
    """False if it is shown but not said yet, as it may be over before it is heard."""


def choose_still_cue(verdicts: Sequence[Verdict]) -> Cue:
    """The one thing to correct in a single picture: of a required rule before the others."""
    failing = [v for v in verdicts if v.outcome is Outcome.FAIL]
    for verdict in sorted(failing, key=lambda v: not v.rule.required):
        if text := verdict.rule.cue_for(verdict.value):
            return Cue(text, "fix" if verdict.rule.required else "tip")
    if any(v.outcome is Outcome.UNKNOWN and v.rule.stops_unseen for v in verdicts):
        return Cue("Not everything can be seen", "wait")
    return Cue("Position correct", "good")


def tell_cue(cue: Cue) -> str:
    """A cue as it is written: a tip says that it is one, as colours alone say nothing."""
    return translate("Tip: {cue}", cue=cue.text) if cue.tone == "tip" else cue.text


def choose_cue(moment: Moment) -> Cue:
    """What to tell the person at this moment.

    Raised faults of required rules come first, in the exercise's own order; then what stops the
    clock without being a fault, as it has just begun or cannot be seen; then the faults of other
    rules, what has been unclear for too long, and last what keeps the tuck from being seen.
    """
    if moment.leg is not None:
        return next(_list_cues(moment, moment.leg))
    if moment.is_resuming:
        return Cue(STAY, "wait", is_said=False)
    if moment.is_unsteady:
        return Cue(phrase("Hold still"), "wait")
    told = (tell_reason(why, side) for side, why in moment.hidden.items())
    text = next(filter(None, told), None)
    if text:
        return Cue(text, "wait", is_said=False)
    return lead_in(in_set=moment.clock == "entering")


def lead_in(*, in_set: bool) -> Cue:
    """The cue on the way into a set, or where there is none.

    It takes the place of a moment's own where the clip's Result knows better, as it dates sets back
    and leaves some out: what the session is still in was left a moment ago, or was too short.
    """
    return Cue(GET_READY if in_set else GET_INTO_POSITION, "wait", is_said=not in_set)


def tell_shown(shown: Shown) -> str:
    """What the person was told at a frame of a clip, as the annotated video says it."""
    moment, in_set = shown.moment, shown.set_number > 0
    is_other = moment.in_position and in_set != shown.is_entered
    return tell_cue(lead_in(in_set=in_set) if is_other else choose_cue(moment))


def _list_cues(moment: Moment, leg: Side) -> Iterator[Cue]:
    """Everything that could be told in position, the most important first."""
    is_running = moment.clock == "running"  # in an assessment, whatever the rules say
    required = [one for one in moment.rules if one.verdict.rule.required]
    others = [one for one in moment.rules if not one.verdict.rule.required]
    for text in _list_faults(required):
        yield Cue(text, "tip" if is_running else "fix")
    for text in _list_failing(required):
        yield Cue(text, "tip" if is_running else "wait", is_said=not moment.is_settled)
    if leg in moment.hidden:
        hidden = tell_reason(moment.hidden[leg], leg)
        yield Cue(hidden or STAY, "wait", is_said=False)
    yield from _list_unseen(moment, leg)
    for text in _list_faults(others):
        yield Cue(text, "tip")
    for text in _list_failing(others):
        yield Cue(text, "tip", is_said=False)
    if moment.exercise.count.kind == "reps":
        yield _judge_last_rep(moment)
    if moment.clock == "settling":
        is_read = moment.is_read_off
        yield Cue(phrase("Hold still") if is_read else GET_READY, "wait", is_said=is_read)
    for one in (*required, *others):
        unclear_s = one.verdict.rule.unclear_s
        if one.verdict.is_unclear and unclear_s is not None and one.unclear_s >= unclear_s - 1e-6:
            yield Cue(tell_unclear(one.verdict), "wait")
    back = _find_hidden(moment.exercise, moment.pelvis)
    if back is not None:
        yield Cue(back, "wait")
    yield Cue(PRAISE, "good") if is_running else Cue(STAY, "wait", is_said=False)


def _list_faults(rules: Sequence[RuleMoment]) -> Iterator[str]:
    for one in rules:
        rule, value = one.verdict.rule, one.verdict.value
        if one.worst is None:
            continue
        # In range again but not for long enough: the value says nothing of what the fault was.
        text = None if rule.contains(value) else rule.cue_for(value)
        text = text or rule.cue_for(one.worst)
        if text:
            yield text


def _list_failing(rules: Sequence[RuleMoment]) -> Iterator[str]:
    """What fails in this frame, and is no fault yet."""
    for verdict in (one.verdict for one in rules):
        text = verdict.rule.cue_for(verdict.value)
        if verdict.outcome is Outcome.FAIL and text:
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


def _judge_last_rep(moment: Moment) -> Cue:
    """What to correct of the last repetition, until the next one is over; else praise."""
    if moment.rep is None:
        return Cue(GO_ON if moment.is_in_rep else BEGIN, "wait")
    for fault in sorted(moment.rep.faults, key=lambda fault: not fault.rule.required):
        if text := fault.rule.cue_for(fault.worst):
            return Cue(text, "fix" if fault.rule.required else "tip")
    return Cue(GO_ON, "wait") if moment.is_in_rep else Cue(phrase("Good. Again."), "good")


def _find_hidden(exercise: Exercise, pelvis: PelvisMoment | None) -> str | None:
    """What to do so that the tuck can be judged; None if it is, or no rule asks for it."""
    asked = [rule for rule in exercise.rules if rule.measure == PELVIC_TILT]
    if pelvis is None or not asked:
        return None
    is_for_long = pelvis.hidden_s >= HIDDEN_FOR_S - 1e-6 and any(rule.required for rule in asked)
    if pelvis.hidden is not None and is_for_long:
        return SHOW_BACK.get(pelvis.hidden)
    return FINDING_NEUTRAL if pelvis.is_searching else None


# --- rules that cannot be judged --------------------------------------------------------------


def tell_unseen(verdict: Verdict, side: Side) -> str | None:
    """What keeps a rule from being judged.

    Args:
        verdict: UNKNOWN, without a value.
        side: the leg that is taken as the stretched one.

    Returns:
        At most 40 characters; None if nothing can be done about it.
    """
    why = verdict.why_unknown
    if verdict.rule.measure == PELVIC_TILT:
        return None if why is None else SHOW_BACK.get(why.code)
    if verdict.rule.never is not None:
        return None
    told = None if why is None else tell_reason(why, side)
    return told or _shorten(translate("{rule} cannot be judged now", rule=_name_rule(verdict)))


def tell_reason(why: Reason, side: Side) -> str | None:
    """Why something was not measured, as it is said to the person.

    Args:
        why: as in ``Measurements.why``.
        side: the leg that is taken as the stretched one: the rear one.

    Returns:
        As in ``Your left ankle cannot be seen``, at most 40 characters; None of another reason.
    """
    if why.code is ReasonCode.NO_PERSON:
        return phrase("I can't see you")
    if why.code is ReasonCode.VIEW:
        views = " or ".join(why.subject)
        told = translate(" or ").join(map(translate, why.subject))
        return _TURNS.get(views) or translate("Turn: {views} view is needed", views=told)
    if why.code not in OF_JOINTS:
        return None
    [joint] = why.subject
    which, _, name = joint.partition("_")
    own = {"rear": side, "front": other_side(side)}.get(which)
    named = translate(f"the {name_joint(f'{own}_{name}' if own else joint)}")
    return translate("Your {joint} cannot be seen", joint=named.removeprefix("the "))


def tell_unclear(verdict: Verdict) -> str:
    """That a value is neither in range nor failing, which is no correction."""
    return _shorten(translate("{rule} not clear: a little more", rule=_name_rule(verdict)))


def _name_rule(verdict: Verdict) -> str:
    """As in ``Front knee``."""
    name = translate(name_words(verdict.rule.id))
    return f"{name[0].upper()}{name[1:]}"


def _shorten(text: str) -> str:
    return text if len(text) <= _MOST else f"{text[: _MOST - 1]}…"
