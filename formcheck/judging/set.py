"""One set: the stays in position on one side, and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from formcheck.exercises.schema import Assessment, Exercise, Rule
from formcheck.judging.hold_clock import Interval
from formcheck.judging.reps import Rep, RepWatch
from formcheck.judging.rules import Fault, find_worst
from formcheck.judging.stay import Stay
from formcheck.pose.landmarks import Side

NEVER_WELL_S: Final = 3.0
"""In a set that was never well, a required rule that failed for this long is a fault of it all."""


@dataclass(slots=True)
class Set:
    """All the time in position on one side, with absences under 10 s in between."""

    exercise: Exercise
    measured_side: Side
    """The leg that was taken as the stretched one."""
    stays: list[Stay] = field(default_factory=list)
    never_well_s: dict[str, float] = field(default_factory=dict)
    """Once it is over, of a set that was never well: the required rules that failed for long, and
    for how many seconds."""

    @property
    def was_well(self) -> bool:
        """Whether the required rules have been well together."""
        return any(stay.was_well for stay in self.stays)

    def conclude(self) -> None:
        """It is over: find what failed for long, if the set was never well."""
        if self.was_well:
            return
        for rule in self.exercise.rules:
            failed_s = sum(stay.failing[rule.id].length_s for stay in self._failing_stays(rule))
            if failed_s >= NEVER_WELL_S - 1e-6:
                self.never_well_s[rule.id] = failed_s

    def _failing_stays(self, rule: Rule) -> list[Stay]:
        return [stay for stay in self.stays if rule.id in stay.failing]

    def _fault_from_entering(self, rule: Rule, raised: Fault | None) -> Fault:
        """The fault of a rule that failed for long in a set that was never well.

        One that was open when its stay had settled is dated back, another left as it is.
        """
        stays = self._failing_stays(rule)
        if raised is not None:
            was_open = any(raised.start_s == stay.settled_s for stay in stays)
            return replace(raised, start_s=stays[0].start_s) if was_open else raised
        failing = [stay.failing[rule.id] for stay in stays]
        worst = find_worst(rule, (one.worst for one in failing))
        return Fault(rule, stays[0].start_s, failing[-1].end_s, worst)

    @property
    def side(self) -> Side | None:
        """The stretched side; that of its repetitions; None for both legs at once, or in turn."""
        if self.exercise.sides == "none":
            return None
        if self.exercise.count.kind != "reps":
            return self.measured_side
        moved = {leg for watch in self._rep_watches for leg in watch.moved}
        return moved.pop() if len(moved) == 1 else None

    @property
    def _rep_watches(self) -> list[RepWatch]:
        return [stay.rep_watch for stay in self.stays if stay.rep_watch]

    @property
    def reps(self) -> list[Rep]:
        """Its repetitions in order."""
        return [rep for stay in self.stays for rep in stay.reps]

    @property
    def n_quick(self) -> int:
        """Movements that were too quick to be repetitions."""
        return sum(watch.n_quick for watch in self._rep_watches)

    @property
    def n_good_reps(self) -> int:
        """Its good repetitions so far."""
        return sum(watch.n_good for watch in self._rep_watches)

    @property
    def n_confirmed_reps(self) -> int:
        """Those of them in which every required rule was seen to be met."""
        return sum(watch.n_confirmed for watch in self._rep_watches)

    @property
    def start_s(self) -> float:
        """When the position was first entered."""
        return self.stays[0].start_s

    @property
    def end_s(self) -> float:
        """The last frame in position."""
        return self.stays[-1].end_s

    @property
    def position_s(self) -> float:
        """Seconds in position, absences left out."""
        return sum(stay.end_s - stay.start_s for stay in self.stays)

    @property
    def counted(self) -> list[Stay]:
        """The stays whose holds count: all, but of an assessment the one that is read.

        That has its longest steady stretch: two that are each too short make no measurement.
        """
        if not isinstance(self.exercise.count, Assessment):
            return self.stays
        return [max(self.stays, key=lambda stay: stay.add_up()[0])]

    @property
    def holds(self) -> list[Interval]:
        """Its holds in order."""
        return [hold for stay in self.counted for hold in stay.holds]

    def add_up(self) -> tuple[float, float]:
        """Seconds held well so far, and those of them in which all that is required was seen."""
        good_s = confirmed_s = 0.0
        for stay in self.counted:
            more_s, more_confirmed_s = stay.add_up()
            good_s, confirmed_s = good_s + more_s, confirmed_s + more_confirmed_s
        return good_s, confirmed_s

    @property
    def good_hold_s(self) -> float:
        """Seconds held well so far."""
        return self.add_up()[0]

    @property
    def confirmed_hold_s(self) -> float:
        """The part of it in which every required rule was seen to be met."""
        return self.add_up()[1]

    @property
    def faults(self) -> list[Fault]:
        """Its faults in order."""
        found = [fault for stay in self.stays for fault in stay.faults]
        for rule_id in self.never_well_s:
            first = next((fault for fault in found if fault.rule.id == rule_id), None)
            dated = self._fault_from_entering(self.exercise.rule(rule_id), first)
            found = [dated, *(fault for fault in found if fault is not first)]
        return sorted(found, key=lambda fault: fault.start_s)
