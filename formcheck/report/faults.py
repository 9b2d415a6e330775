"""Faults of one kind together: what to correct, how often, when, and how far it was at worst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from formcheck.exercises.schema import Exercise, Rule
from formcheck.notation import name_words, tell_number, tell_seconds, tell_stretch, tell_time
from formcheck.report.words import tell_band
from formcheck.result.models import FaultResult, SetResult


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
