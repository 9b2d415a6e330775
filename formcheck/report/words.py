"""What is said of bands, faults and what was not seen, on the page and in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from formcheck.defaults import STOP_AT_PAIN
from formcheck.exercises.schema import Band, Exercise, Rule
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.measure.registry import FROM_NEUTRAL, FROM_START
from formcheck.notation import (
    name_words,
    tell_limits,
    tell_number,
    tell_seconds,
    tell_stretch,
    tell_time,
)
from formcheck.result.models import FaultResult, Result, SetResult

DISCLAIMER: Final = (
    "This is education, not a medical assessment, and no diagnosis: a camera's estimate of angles, "
    f"to be judged by a person who knows you. {STOP_AT_PAIN}"
)


def tell_why(why: Reason | str | None) -> str:
    """Why something could not be judged; words are of a result that was read back."""
    if isinstance(why, Reason) and why.code is ReasonCode.NOT_CLEAR:
        return "neither clearly in range nor clearly out of range"
    return str(why or Reason(ReasonCode.NOT_SEEN))


def tell_band(band: Band) -> str:
    """What is in range, as in ``80 to 105°`` or ``at most −5° from neutral``."""
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
        worst = max((fault.worst for fault in self.faults), key=self._find_distance)
        lasted_s = sum(fault.end_s - fault.start_s for fault in self.faults)
        lasted = f", {tell_seconds(lasted_s)} in all" if lasted_s > 0 else ""
        number = tell_number(worst, self.unit)
        return f"{name_words(self.rule.id)} {number} at worst{lasted}; in range: {self.band}"

    @property
    def band(self) -> str:
        """What is in range."""
        return tell_band(self.rule)

    def _find_distance(self, value: float) -> float:
        """How far a value is outside the band."""
        return max(self.rule.low - value, value - self.rule.high)


def group_faults(sets: Sequence[SetResult], exercises: Mapping[str, Exercise]) -> list[FaultGroup]:
    """The faults of sets, those of one kind together, in the order in which each first began.

    Args:
        sets: in order of time.
        exercises: theirs, by id.
    """
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
