"""The words of the report page: numbers with units, names without underscores, whole sentences."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from formcheck.coach.conclude import TUCK_NOT_JUDGED
from formcheck.coach.result import ClipVerdict, Result, SetResult, SetVerdict
from formcheck.coach.rules import NOT_CLEAR
from formcheck.exercises.spec import Band, Exercise, Reps, Rule
from formcheck.measure.named import FROM_NEUTRAL, FROM_START, UNIT_TEXT

VERDICTS: Final[Mapping[ClipVerdict, str]] = {
    "pass": "Held well",
    "fix": "Something to correct",
    "cannot_judge": "Could not be judged",
    "not_seen": "No stretch was seen",
}
_SETS: Final[Mapping[SetVerdict, str]] = {
    "pass": "held well",
    "fix": "something to correct",
    "cannot_judge": "could not be judged",
}
DISCLAIMER: Final = (
    "This is education, not a medical assessment, and no diagnosis: a camera's estimate of angles, "
    "to be judged by a person who knows you. A mild pull is right, pain is not: stop at pain."
)


def name_words(name: str) -> str:
    """A rule's or an exercise's id as words, e.g. ``front knee``."""
    return name.replace("_", " ").replace("-", " ")


def join_words(parts: Iterable[str]) -> str:
    """As in ``a, b and c``."""
    words = list(parts)
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def tell_number(value: float | None, unit: str) -> str:
    """A number with its unit, e.g. ``−8°`` or ``0.12 trunk lengths``; ``not seen`` for None."""
    if value is None or math.isnan(value):
        return "not seen"
    digits = {"deg": 0, "s": 1}.get(unit, 2)
    rounded = round(value, digits) + 0.0  # no minus before nought
    return f"{rounded:.{digits}f}".replace("-", "−") + UNIT_TEXT.get(unit, f" {unit}")


def tell_seconds(value: float) -> str:
    """Seconds to a tenth, minutes from one minute on: ``8.1 s``, ``2 min 5 s``."""
    if value < 60:
        return f"{value:.1f} s"
    return f"{int(value + 0.5) // 60} min {int(value + 0.5) % 60} s"


def tell_time(time_s: float) -> str:
    """A place in the clip: ``7.0 s`` in the first minute, then ``2:05``."""
    if time_s < 60:
        return f"{time_s:.1f} s"
    whole = int(time_s)
    hours, minutes, seconds = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def tell_stretch(start_s: float, end_s: float) -> str:
    """From when to when, e.g. ``7.0 to 9.1 s``."""
    first, last = tell_time(start_s), tell_time(end_s)
    if first == last:
        return f"at {first}"
    return f"{first.removesuffix(' s') if last.endswith(' s') else first} to {last}"


def tell_why(why: str | None) -> str:
    """Why something could not be judged."""
    if why == NOT_CLEAR:
        return "neither clearly right nor clearly wrong"
    return why or "it was not seen"


def tell_band(band: Band) -> str:
    """What is right, e.g. ``80 to 105°`` or ``at most −5° from neutral``."""
    unit = band.unit
    low, high = tell_number(band.low, unit), tell_number(band.high, unit)
    if math.isinf(band.low):
        text = f"at most {high}"
    elif math.isinf(band.high):
        text = f"at least {low}"
    else:
        text = f"{low.removesuffix(UNIT_TEXT.get(unit, ''))} to {high}"
    if band.measure in FROM_NEUTRAL:
        text += " from neutral"
    return f"{text} from the start" if band.measure in FROM_START else text


def tell_when_judged(rule: Rule) -> str:
    """Whether it stops the clock, and which part of a repetition it is about."""
    part = {"always": "", "top": ", at the turning point", "rep": ", the whole repetition"}[
        rule.during
    ]
    return ("required" if rule.required else "advice") + part


def tell_set_verdict(one: SetResult) -> str:
    """What a set came to, in few words."""
    if one.measured is not None and one.verdict == "pass":
        return "measured"
    if one.reps and one.verdict == "pass":
        return "done well"
    return _SETS[one.verdict]


def tell_unseen(one: SetResult) -> Iterator[str]:
    """When the clock stood because of what could not be seen, a line for each reason."""
    for why in dict.fromkeys(unseen.why for unseen in one.unseen):
        spans = [tell_stretch(u.start_s, u.end_s) for u in one.unseen if u.why == why]
        yield f"nothing was held at {', '.join(dict.fromkeys(spans))}: {why}"


def name_set(one: SetResult, exercise: Exercise) -> str:
    """As in ``Half-kneeling hip flexor stretch, left``."""
    return f"{exercise.name}, {one.side}" if one.side else exercise.name


def find_asked(result: Result, one: SetResult) -> float | None:
    """Seconds or repetitions that the routine asked of a set; None where the exercise says it."""
    planned = result.plan.sets if result.plan else ()
    where = result.sets.index(one)
    return next((turn.asked for turn in planned if turn.index == where), None)


def tell_done(one: SetResult, exercise: Exercise, asked: float | None = None) -> str:
    """What was done of what is aimed for, e.g. ``8.1 of 30 s held well``.

    Args:
        one: the set.
        exercise: of the set.
        asked: as from `find_asked`.
    """
    if isinstance(exercise.count, Reps):
        n_good = sum(rep.good for rep in one.reps)
        return f"{n_good} of {asked or exercise.count.target_reps:g} repetitions done well"
    if one.measured is not None:
        return tell_reading(one)
    target_s = asked or exercise.hold_target_s
    if one.start_s == one.end_s:
        return "a single picture: nothing to time"
    if not target_s:
        return f"{tell_seconds(one.good_hold_s)} held well"
    if one.good_hold_s < 60:
        return f"{one.good_hold_s:.1f} of {target_s:g} s held well"
    return f"{tell_seconds(one.good_hold_s)} of {target_s:g} s held well"


def tell_reading(one: SetResult) -> str:
    """What an assessment read, e.g. ``thigh elevation −12°, knee 97°: reaches parallel``."""
    measured = one.measured or {}
    values = ", ".join(
        f"{name_words(name.rpartition('_')[0])} {tell_number(value, name.rpartition('_')[2])}"
        for name, value in measured.items()
        if name != "verdict" and not isinstance(value, str)
    )
    return f"{values}: {measured.get('verdict') or 'not held still for long enough to say'}"


def tell_verdict(result: Result) -> str:
    """The verdict in a few words."""
    if result.verdict == "pass" and all(one.measured is not None for one in result.sets):
        return "Measured"
    words = VERDICTS[result.verdict]
    if result.verdict == "pass" and all(one.reps for one in result.sets):
        words = "Done well"
    if result.verdict == "pass" and any(w.code == TUCK_NOT_JUDGED for w in result.warnings):
        words += ", the pelvic tuck not confirmed"
    return words


def tell_lead(result: Result, exercises: Mapping[str, Exercise]) -> str:
    """What was done and what to correct, in one or two sentences."""
    if not result.sets:
        reasons = " ".join(note.text for note in result.warnings)
        return reasons or "The position of an exercise was not seen for long enough."
    if len(result.sets) == 1:
        [one] = result.sets
        done = tell_done(one, exercises[one.exercise], find_asked(result, one))
        side = f", {one.side} side" if one.side else ""
        lead = f"{done[0].upper()}{done[1:]}{side}."
    else:
        held = [one for one in result.sets if not one.reps]
        good = [rep for one in result.sets for rep in one.reps if rep.good]
        parts = [f"{tell_seconds(sum(one.good_hold_s for one in held))} held well"] if held else []
        parts += [f"{len(good)} good repetitions"] if any(s.reps for s in result.sets) else []
        lead = f"{len(result.sets)} sets: {join_words(parts)}."
    cues = dict.fromkeys(fault.cue for one in result.sets for fault in one.faults)
    return f"{lead} To correct: {'; '.join(cues)}." if cues else lead


def tell_score(result: Result) -> str:
    """What the score means."""
    if result.score is None and result.sets and all(one.measured for one in result.sets):
        return "A test of flexibility is measured, and has no score."
    if result.score is None:
        return "There is no score: no rule could be judged."
    return (
        "The score is the share of the judged time in which the rules were met; required rules "
        "count double. What could not be judged counts neither way."
    )


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
    how = "given" if baseline.source == "given" else "found by asking for it"
    return f"The person's own neutral pelvis was {how}{when}."
