"""The words of the report page: numbers with units, names without underscores, whole sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from formcheck.defaults import STOP_AT_PAIN
from formcheck.exercises.schema import Band, Exercise, Rule
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.measure.registry import FROM_NEUTRAL, FROM_START
from formcheck.notation import tell_limits, tell_stretch
from formcheck.result.models import Result, SetResult

DISCLAIMER: Final = (
    "This is education, not a medical assessment, and no diagnosis: a camera's estimate of angles, "
    f"to be judged by a person who knows you. {STOP_AT_PAIN}"
)


def tell_why(why: Reason | str | None) -> str:
    """Why something could not be judged; words are of a result that was read back."""
    if isinstance(why, Reason) and why.code is ReasonCode.NOT_CLEAR:
        return "neither clearly right nor clearly wrong"
    return str(why or Reason(ReasonCode.NOT_SEEN))


def tell_band(band: Band) -> str:
    """What is right, as in ``80 to 105°`` or ``at most −5° from neutral``."""
    text = tell_limits(band.low, band.high, band.unit)
    if band.measure in FROM_NEUTRAL:
        text += " from neutral"
    return f"{text} from the start" if band.measure in FROM_START else text


def tell_when_judged(rule: Rule) -> str:
    """Whether it stops the clock, and which part of a repetition it is about."""
    part = {"always": "", "top": ", at the turning point", "rep": ", the whole repetition"}[
        rule.during
    ]
    return ("required" if rule.required else "advice") + part


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
    how = "given" if baseline.source == "given" else "found by asking for it"
    return f"The person's own neutral pelvis was {how}{when}."
