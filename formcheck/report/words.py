"""The words of the report page: numbers with units, names without underscores, whole sentences."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Final

from formcheck.exercises.schema import Band, Exercise, Rule
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.measure.registry import FROM_NEUTRAL, FROM_START, UNIT_TEXT
from formcheck.result.models import Result, SetResult

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


def tell_why(why: Reason | str | None) -> str:
    """Why something could not be judged; words are of a result that was read back."""
    if isinstance(why, Reason) and why.code is ReasonCode.NOT_CLEAR:
        return "neither clearly right nor clearly wrong"
    return str(why or Reason(ReasonCode.NOT_SEEN))


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
