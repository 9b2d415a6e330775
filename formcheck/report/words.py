"""What a page and the terminal say: one name for each thing, wherever it stands.

*Good hold* is what was held with every required rule met, *good reps* what was counted. *Held well*
is said only where the target is met. ``asked`` is what `find_asked` says of a set everywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from formcheck.defaults import STOP_AT_PAIN
from formcheck.exercises.schema import Band, Exercise, Reps, Rule
from formcheck.language import phrase, translate
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.measure.registry import FROM_NEUTRAL, FROM_REST, FROM_START
from formcheck.notation import (
    join_words,
    name_words,
    tell_amount,
    tell_limits,
    tell_number,
    tell_seconds,
    tell_stretch,
    tell_time,
)
from formcheck.result.build import TUCK_NOT_JUDGED
from formcheck.result.models import FaultResult, Result, SetResult, Unit

DISCLAIMER: Final = (
    "This is for education. It is neither a medical assessment nor a diagnosis, but a camera's "
    f"estimate of angles, to be judged by a person who knows you. {STOP_AT_PAIN}"
)
GOOD_HOLD: Final = "good hold"
GOOD_REPS: Final = "good reps"
NO_CLOCK: Final = "A photo has no clock"
CORRECT: Final = "position correct"
TO_CORRECT: Final = "something to correct"
NOT_JUDGED: Final = "could not be judged"
NOT_SEEN: Final = "no stretch was seen"
OTHER_SIDE: Final = "not done on the side asked for"
NOT_PROCESSED: Final = "not processed"
_NOTHING: Final = "nothing to correct"
_PARTS: Final = {
    "always": "",
    "top": phrase("at the turning point"),
    "rep": phrase("the whole repetition"),
}
"""Of a repetition."""
_MAX_CUES: Final = 4
"""Corrections that are named where a page begins."""


# --- rules and faults -------------------------------------------------------------------------


def tell_why(why: Reason | str | None) -> str:
    """Why something could not be judged; words are of a result that was read back."""
    if isinstance(why, Reason) and why.code is ReasonCode.NOT_CLEAR:
        return "neither clearly in range nor clearly out of range"
    return str(why or Reason(ReasonCode.NOT_SEEN))


def tell_band(band: Band) -> str:
    """What is in range, as in ``80 to 105°`` or ``at most −5° from neutral``."""
    text = tell_limits(band.low, band.high, band.unit)
    if band.measure in FROM_NEUTRAL:
        return translate("{band} from neutral", band=text)
    if band.measure in FROM_REST:
        return translate("{band} from rest", band=text)
    return translate("{band} from the start", band=text) if band.measure in FROM_START else text


def tell_when_judged(rule: Rule) -> str:
    """Whether it stops the clock, and which part of a repetition it is about."""
    told = translate(phrase("required") if rule.required else phrase("advice"))
    part = _PARTS[rule.during]
    return f"{told}, {translate(part)}" if part else told


def tell_unseen(one: SetResult) -> Iterator[str]:
    """When the clock stood because of what could not be seen, a line for each reason."""
    for why in dict.fromkeys(unseen.why for unseen in one.unseen):
        spans = [tell_stretch(u.start_s, u.end_s) for u in one.unseen if u.why == why]
        yield f"nothing was held at {', '.join(dict.fromkeys(spans))}: {why}"


def name_set(one: SetResult, exercise: Exercise) -> str:
    """As in ``Half-kneeling hip flexor stretch, left``."""
    return f"{exercise.name}, {one.side}" if one.side else exercise.name


def tell_neutral(result: Result) -> str | None:
    """Where the person's neutral pelvis came from; None where no exercise needs it."""
    baseline = result.baseline
    if baseline.source == "none":
        return None
    when = ""
    if baseline.start_s is not None and baseline.end_s is not None:
        when = f" at {tell_stretch(baseline.start_s, baseline.end_s)}"
    if baseline.source == "assumed":
        return f"The neutral pelvis was assumed from the first steady upright moment{when}."
    how = "given" if baseline.source == "given" else "taken when asked for"
    return f"The person's own neutral pelvis was {how}{when}."


@dataclass(frozen=True, slots=True)
class FaultGroup:
    """Faults of one rule of an exercise with one cue, in order of time; at least one."""

    exercise: str
    rule: Rule
    unit: str
    cue: str
    faults: tuple[FaultResult, ...]

    @property
    def times(self) -> str:
        """When each began, as in ``at 3.1, 9.0 s`` or ``at 59.0 s, 1:05``."""
        told = [tell_time(fault.start_s) for fault in self.faults]
        if all(text.endswith(" s") for text in told):
            return f"at {', '.join(text.removesuffix(' s') for text in told)} s"
        return f"at {', '.join(told)}"

    @property
    def stretches(self) -> list[tuple[float, str]]:
        """When each began, and the stretch in words, as in ``7.0 to 9.1 s``."""
        return [(f.start_s, tell_stretch(f.start_s, f.end_s)) for f in self.faults]

    @property
    def measured(self) -> str:
        """How far it was at worst, as in ``front knee 66° at worst``, how long, and the band."""
        low, high = self.rule.low, self.rule.high
        worst = max(
            (f.worst for f in self.faults), key=lambda worst: max(low - worst, worst - high)
        )
        lasted_s = sum(fault.end_s - fault.start_s for fault in self.faults)
        lasted = f", {tell_seconds(lasted_s)} in all" if lasted_s > 0 else ""
        number = tell_number(worst, self.unit)
        band = tell_band(self.rule)
        return f"{name_words(self.rule.id)} {number} at worst{lasted}; in range: {band}"


def group_faults(sets: Sequence[SetResult], exercises: Mapping[str, Exercise]) -> list[FaultGroup]:
    """The faults of sets in order of time, those of one kind together, as each first began."""
    found: dict[tuple[str, str, str], list[FaultResult]] = {}
    units: dict[tuple[str, str, str], str] = {}
    for one in sets:
        for fault in one.faults:
            key = (one.exercise, fault.rule, fault.cue)
            found.setdefault(key, []).append(fault)
            units[key] = one.rules[fault.rule].unit
    return [
        FaultGroup(
            key[0], exercises[key[0]].rule(key[1]), units[key], key[2],
            tuple(sorted(faults, key=lambda fault: fault.start_s)),
        )
        for key, faults in found.items()
    ]  # fmt: skip


# --- a set ------------------------------------------------------------------------------------


def find_asked(result: Result, one: SetResult, exercise: Exercise) -> float | None:
    """Seconds or repetitions that a set was to reach; None where nothing is aimed for.

    It is the routine's target, or else the exercise's own.
    """
    if result.plan is not None:
        where = next(i for i, other in enumerate(result.sets) if other is one)
        for_it = [turn.asked for turn in result.plan.sets if turn.index == where]
        if for_it:  # legs that take turns may have two of them in one set
            return sum(for_it)
        alike = (turn for turn in result.plan.sets if turn.exercise == one.exercise)
        if asked := next((turn.asked for turn in alike if turn.side in (one.side, None)), None):
            return asked
    if isinstance(exercise.count, Reps):
        return exercise.count.target_reps
    return exercise.hold_target_s


def is_picture(one: SetResult) -> bool:
    """Whether the set is of a single picture."""
    return one.start_s == one.end_s


def is_met(one: SetResult, exercise: Exercise, asked: float | None) -> bool:
    """Whether as much was done as was asked; False where nothing was asked."""
    return asked is not None and round(_count_done(one, exercise), 1) >= asked


def tell_total(one: SetResult, exercise: Exercise, asked: float | None) -> str:
    """How much was done of what was asked, as in ``16.1 of 30 s`` or ``4 of 10 reps``."""
    unit: Unit = "reps" if isinstance(exercise.count, Reps) else "s"
    return tell_amount(_count_done(one, exercise), asked, unit)


def tell_reading(one: SetResult) -> str:
    """What an assessment read, e.g. ``thigh elevation −12°, knee 97°: reaches parallel``."""
    measured = one.measured or {}
    values = ", ".join(
        f"{name_words(name.rpartition('_')[0])} {tell_number(value, name.rpartition('_')[2])}"
        for name, value in measured.items()
        if name != "verdict" and not isinstance(value, str)
    )
    return f"{values}: {measured.get('verdict') or 'not held still for long enough to say'}"


def tell_set_verdict(one: SetResult, exercise: Exercise, asked: float | None) -> str:
    """What a set came to, in few words; of an assessment its reading."""
    if one.verdict == "cannot_judge":
        return NOT_JUDGED
    reading = (one.measured or {}).get("verdict")
    if one.verdict == "fix":
        return f"{reading}, {TO_CORRECT}" if reading else TO_CORRECT
    if reading:
        return str(reading)
    if is_picture(one):
        return CORRECT
    if not is_met(one, exercise, asked):
        return _NOTHING
    return "done well" if one.reps else "held well"


def tell_done(one: SetResult, exercise: Exercise, asked: float | None) -> str:
    """What was done, as in ``Good hold: 16.1 of 30 s``, with the reading of an assessment."""
    if one.measured is not None:
        return _begin_large(tell_reading(one))
    if is_picture(one):
        position = f"{_begin_large(CORRECT)}. " if one.verdict == "pass" else ""
        return f"{position}{NO_CLOCK}"
    what = GOOD_REPS if isinstance(exercise.count, Reps) else GOOD_HOLD
    return f"{_begin_large(what)}: {tell_total(one, exercise, asked)}"


def tell_why_not(one: SetResult) -> str | None:
    """Why a set could not be judged, in words; None if it could."""
    return None if one.why_not_judged is None else one.why_not_judged.replace("_", " ")


def find_score(one: SetResult) -> float | None:
    """The score of a set, 0 to 100; None where there is none, or where it could not be judged."""
    return None if one.verdict == "cannot_judge" else one.score


# --- a whole clip or session ------------------------------------------------------------------


def tell_verdict(result: Result, exercises: Mapping[str, Exercise]) -> str:
    """The verdict in a few words, as in ``Held well`` or ``Nothing to correct, 7 of 30 s``."""
    lead = "measured: " if is_measured(result) else ""
    return _begin_large(lead + tell_outcome(result, exercises))


def is_measured(result: Result) -> bool:
    """Whether what was read off is told in place of a verdict."""
    is_read = bool(result.sets) and all(one.measured is not None for one in result.sets)
    return is_read and result.verdict == "pass"


def tell_outcome(result: Result, exercises: Mapping[str, Exercise]) -> str:
    """What `tell_verdict` tells, for within a line: in small letters, of measures the readings."""
    words = _tell_outcome(result, exercises)
    is_judged = result.verdict in ("pass", "fix")
    if is_judged and any(warning.code == TUCK_NOT_JUDGED for warning in result.warnings):
        words += ", the pelvic tuck not confirmed"
    return words


def is_other_side(result: Result) -> bool:
    """Whether what was asked of one side was done on the other alone."""
    return result.nearest is not None and result.nearest.condition == "side"


def find_exercise_id(result: Result) -> str | None:
    """What a result is about: ``mixed`` for several; None where no exercise was recognised."""
    if result.nearest is not None and is_other_side(result):
        return result.nearest.exercise
    return result.exercise


def _tell_outcome(result: Result, exercises: Mapping[str, Exercise]) -> str:
    if not result.sets:
        return OTHER_SIDE if is_other_side(result) else NOT_SEEN
    if result.verdict == "cannot_judge":
        return _tell_unjudged(result)
    if is_measured(result):
        return join_words(_list_readings(result.sets))
    if result.verdict == "fix":
        return TO_CORRECT
    timed = [one for one in result.sets if one.measured is None]
    if all(map(is_picture, timed)):
        return CORRECT
    told = [(one, exercises[one.exercise]) for one in timed]
    aims = [(one, exercise, find_asked(result, one, exercise)) for one, exercise in told]
    n_met = sum(is_met(*aim) for aim in aims)
    is_whole = n_met == len(aims) if result.plan is None else result.plan.complete
    if is_whole:
        return "done well" if all(one.reps for one in timed) else "held well"
    if result.plan is not None:
        part = f"{result.plan.n_done} of {result.plan.n_asked} done"
    elif len(aims) > 1:
        part = f"{n_met} of {len(aims)} sets in full"
    else:
        part = tell_total(*aims[0])
    return f"{_NOTHING}, {part}"


def _tell_unjudged(result: Result) -> str:
    n_unjudged = sum(one.verdict == "cannot_judge" for one in result.sets)
    if not n_unjudged:
        return "no part of the routine was done in full"
    of = f"{n_unjudged} of {len(result.sets)} sets " if len(result.sets) > 1 else ""
    return f"{of}{NOT_JUDGED}"


def _list_readings(sets: Sequence[SetResult]) -> Iterator[str]:
    """Each reading once; with its side where there are several."""
    told = {(one.side, str((one.measured or {}).get("verdict"))): None for one in sets}
    for side, reading in told:
        yield f"{side} {reading}" if side and len(told) > 1 else reading


def tell_lead(result: Result, exercises: Mapping[str, Exercise]) -> str:
    """What was done and what to correct, in one or two sentences."""
    if not result.sets:
        reasons = " ".join(note.text for note in result.warnings)
        return reasons or "The position of an exercise was not seen for long enough."
    if len(result.sets) == 1:
        [one] = result.sets
        exercise = exercises[one.exercise]
        lead = tell_done(one, exercise, find_asked(result, one, exercise))
        if one.side and is_picture(one):
            lead = f"{_begin_large(one.side)} side. {lead}."
        else:
            lead += f", {one.side} side." if one.side else "."
    else:
        lead = f"{len(result.sets)} sets: {join_words(_sum_up(result.sets))}."
    if whys := dict.fromkeys(filter(None, map(tell_why_not, result.sets))):
        lead += f" {_begin_large(NOT_JUDGED)}: {'; '.join(whys)}."
    return f"{lead}{_tell_cues(result.sets)}"


def _tell_cues(sets: Sequence[SetResult]) -> str:
    """What to correct; of much, what was wrong most often."""
    cues = Counter(fault.cue for one in sets for fault in one.faults)
    if len(cues) <= _MAX_CUES:
        return f" To correct: {'; '.join(cues)}." if cues else ""
    most = "; ".join(f"{cue} ({n} ×)" for cue, n in cues.most_common(_MAX_CUES))
    return f" To correct most often: {most}; and {len(cues) - _MAX_CUES} more, below."


def _sum_up(sets: Sequence[SetResult]) -> Iterator[str]:
    """Of several sets: how long was held, how many repetitions were good, what was read."""
    held = [one for one in sets if not one.reps and one.measured is None]
    if held:
        yield f"{GOOD_HOLD} {tell_seconds(sum(one.good_hold_s for one in held))}"
    if any(one.reps for one in sets):
        yield f"{sum(rep.good for one in sets for rep in one.reps)} {GOOD_REPS}"
    measured = [one for one in sets if one.measured is not None]
    if measured:
        yield f"measured {join_words(_list_readings(measured))}"


def tell_score(result: Result) -> str:
    """What the score means."""
    if result.verdict == "cannot_judge":
        return "There is no score: not all of it could be judged."
    if result.score is None and result.sets and all(one.measured for one in result.sets):
        return "A test of flexibility is measured, and has no score."
    if result.score is None:
        return "There is no score: no rule could be judged."
    return (
        "The score is the share of the judged time in which the rules were met; required rules "
        "count double. What could not be judged counts neither way."
    )


def _count_done(one: SetResult, exercise: Exercise) -> float:
    """Good repetitions where those are counted, or else seconds."""
    if isinstance(exercise.count, Reps):
        return float(sum(rep.good for rep in one.reps))
    return one.good_hold_s


def _begin_large(text: str) -> str:
    return text[:1].upper() + text[1:]
