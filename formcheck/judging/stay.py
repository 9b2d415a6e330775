"""One stay in position: its verdicts frame by frame, its faults, its holds."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from formcheck.exercises.schema import Assessment, Exercise, Reps, Rule
from formcheck.judging.hold_clock import CREDIT_S, HoldClock, Interval, SureTime
from formcheck.judging.neutral import StartWatch
from formcheck.judging.reps import Rep, RepWatch
from formcheck.judging.rules import Fault, FaultWatch, Outcome, RuleJudge, Verdict, find_worst
from formcheck.judging.settling import Settling
from formcheck.judging.steady import SteadyWatch
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.measure.registry import Measurements
from formcheck.pose.landmarks import Side
from formcheck.pose.track import Floats

Bools = NDArray[np.bool_]
_NOT_SEEN: Final = Reason(ReasonCode.NOT_SEEN)


@dataclass(frozen=True, slots=True)
class UnseenStretch:
    """A stretch in which a required rule could not be judged, so that nothing was held."""

    rule: Rule
    interval: Interval
    why: Reason


@dataclass(frozen=True, slots=True)
class Failing:
    """How a required rule failed over a stay, whether or not that raised a fault."""

    length_s: float
    """In all."""
    end_s: float
    """When it last failed."""
    worst: float
    """The value farthest outside the band."""


@dataclass(slots=True)
class RuleTime:
    """What one rule did over a stay: seconds by outcome, and its values."""

    rule: Rule
    pass_s: float = 0.0
    fail_s: float = 0.0
    unknown_s: float = 0.0
    values: array[float] = field(default_factory=lambda: array("d"))
    """Values of that time, NaN left out."""
    why_unknown: dict[Reason, float] = field(default_factory=dict)
    """Reason to seconds it was the reason."""
    asked_s: float = 0.0
    """Seconds in which it was to be judged: all in position, or those of the repetitions."""
    unseen: list[UnseenStretch] = field(default_factory=list)
    """Of a rule that stops the clock unseen: the stretches that ended a hold, or kept one from
    beginning."""
    n_passed: int = 0
    """Repetitions that passed, of a rule that is judged by the repetition."""
    n_failed: int = 0
    """Repetitions that failed it."""

    def add(self, other: RuleTime) -> None:
        """Add another stay's time of the same rule."""
        self.pass_s += other.pass_s
        self.fail_s += other.fail_s
        self.unknown_s += other.unknown_s
        self.asked_s += other.asked_s
        self.n_passed += other.n_passed
        self.n_failed += other.n_failed
        self.values += other.values
        self.unseen += other.unseen
        for why, seconds in other.why_unknown.items():
            self.add_unknown(why, seconds)

    def add_unknown(self, why: Reason | None, seconds: float) -> None:
        """Note for how long something was the reason why it could not be judged."""
        why = why or _NOT_SEEN
        self.why_unknown[why] = self.why_unknown.get(why, 0.0) + seconds


class Stay:
    """An unbroken stretch in an exercise's position on one side."""

    def __init__(
        self,
        exercise: Exercise,
        side: Side,
        start_s: float,
        rep_sides: tuple[Side, ...],
        before: Stay | None = None,
    ) -> None:
        """Entered at ``start_s`` with that leg taken as the stretched one.

        Args:
            exercise: what is done.
            side: the stretched leg; any where the exercise has no sides.
            start_s: presentation time.
            rep_sides: the legs whose repetitions are counted.
            before: the stay that goes on, after a gap in which nobody looked.
        """
        self.exercise = exercise
        self.side = side
        self.start_s = start_s
        self.end_s = start_s
        """The latest frame in position."""
        self.frames: list[tuple[float, tuple[Verdict, ...]]] = []
        """Time and verdicts of each frame in position, on the rules that hold always."""
        self.legs: list[Mapping[Side, Measurements]] = []
        """Every frame, those out of position in the middle of a repetition included: measured with
        its own leg as the stretched one, and with each leg whose repetitions are counted."""
        self.failing: dict[str, Failing] = {}
        """Once finished: how each required rule failed, settling included."""
        always = [rule for rule in exercise.rules if rule.during == "always"]
        self.watches = [FaultWatch(rule) for rule in always]
        self.clock = HoldClock()
        count = exercise.count
        self.rep_watch = RepWatch(exercise, count, rep_sides) if isinstance(count, Reps) else None
        """Its repetitions; None where none are counted."""
        self.steady_watch = SteadyWatch() if isinstance(count, Assessment) else None
        """Its steady stretches; None where nothing is read off."""
        self._judges = [RuleJudge(rule, exercise) for rule in always]
        self._required = [watch for watch in self.watches if watch.rule.required]
        self._settling = Settling(start_s)
        self._starts = {s: StartWatch(exercise.measures) for s in dict.fromkeys((side, *rep_sides))}
        if before is not None:
            self._settling.carry_on(before._settling)
            self._starts = before._starts
        self._sure = SureTime()
        self._n_added = 0
        """Finished holds that are in the sums."""
        self._held_s = self._confirmed_s = 0.0
        self._counted: list[RuleTime] | None = None

    @property
    def settled_s(self) -> float | None:
        """From when on it is judged; None while the person still gets into position."""
        return self._settling.since_s

    @property
    def was_well(self) -> bool:
        """Whether the required rules have been well together."""
        return self._settling.was_well

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The latest ones, on the rules that hold always."""
        return self.frames[-1][1]

    @property
    def faults(self) -> list[Fault]:
        """All faults so far, in order of their start."""
        found = [fault for watch in self.watches for fault in watch.faults]
        found += [fault for rep in self.reps for fault in rep.faults]
        return sorted(found, key=lambda fault: fault.start_s)

    @property
    def reps(self) -> list[Rep]:
        """Its repetitions so far, in order."""
        return self.rep_watch.reps if self.rep_watch else []

    @property
    def is_in_rep(self) -> bool:
        """True while a repetition may be under way."""
        return self.rep_watch is not None and self.rep_watch.is_moving

    @property
    def holds(self) -> list[Interval]:
        """Finished holds and the running one.

        Of repetitions, the tops of the good ones; of an assessment, the stretch that is read.
        """
        if self.rep_watch:
            return [rep.rise.top for rep in self.reps if rep.good]
        if self.steady_watch:
            longest = self.steady_watch.longest
            return [longest.interval] if longest else []
        running = self.clock.running
        return [*self.clock.holds, *([running] if running else [])]

    def update(
        self, measured: Mapping[Side, Measurements], *, waits: bool = False, relaxes: bool = False
    ) -> None:
        """Take the next frame in position.

        Args:
            measured: with each leg as the stretched one.
            waits: whether keeping still is what is asked, as the neutral is not known yet.
            relaxes: whether the person was asked to, for their neutral: that is no hold.
        """
        legs = self._complete(measured)
        own = legs[self.side]
        time_s = self.end_s = own.time_s
        verdicts = tuple([judge.judge(own) for judge in self._judges])
        is_sure = all(v.outcome is Outcome.PASS for v in verdicts if v.rule.required)
        self._sure.update(is_sure, time_s)
        self.frames.append((time_s, verdicts))
        if self.steady_watch and isinstance(self.exercise.count, Assessment):
            measures = self.exercise.count.measures
            self.steady_watch.update(time_s, {name: own.values[m] for name, m in measures.items()})
        if self.rep_watch:
            self.rep_watch.update(legs)
        if relaxes:
            self.clock.stop(self._required, time_s)
            self._settling.begin_anew(time_s)
            return
        was_settled = self.settled_s is not None
        self._settling.update(own, verdicts, waits=waits)
        if self.settled_s is None:
            return
        first = -1 if was_settled else [t for t, _ in self.frames].index(self.settled_s)
        for frame_s, frame in self.frames[first:]:
            for watch, verdict in zip(self.watches, frame, strict=True):
                watch.update(verdict, frame_s)
            if self.rep_watch is None and self.steady_watch is None:
                self.clock.update(self._required, frame_s)

    def follow(self, measured: Mapping[Side, Measurements]) -> None:
        """Take a frame out of position in which a repetition is under way: it judges nothing."""
        if self.rep_watch is not None:
            self.rep_watch.update(self._complete(measured), in_position=False)

    def _complete(self, measured: Mapping[Side, Measurements]) -> Mapping[Side, Measurements]:
        """Keep the frame, with what has changed since the start."""
        legs = {side: start.complete(measured[side]) for side, start in self._starts.items()}
        self.legs.append(legs)
        return legs

    def miss(self, time_s: float) -> None:
        """Take a frame in which the position could not be seen: it judges nothing."""
        self.clock.miss(time_s)

    def finish(self, *, was_well: bool) -> None:
        """The position was left after the latest frame.

        Args:
            was_well: whether all was well in an earlier stay of the set.
        """
        self.clock.stop(self._required, self.end_s)
        for watch in self.watches:
            watch.leave(self.end_s, was_well=was_well or self.was_well)
        times, length_s = self._list_times()
        for i, watch in enumerate(self.watches):
            verdicts = [verdicts[i] for _, verdicts in self.frames]
            failing = np.array([v.outcome is Outcome.FAIL for v in verdicts])
            if watch.rule.required and failing.any():
                at = np.flatnonzero(failing)
                end_s = float(times[min(at[-1] + 1, len(times) - 1)])
                worst = find_worst(watch.rule, (verdicts[k].value for k in at))
                self.failing[watch.rule.id] = Failing(float(length_s[failing].sum()), end_s, worst)

    def _list_times(self) -> tuple[Floats, Floats]:
        """(N,) times of the frames in position, and how long each lasts."""
        times = np.array([time_s for time_s, _ in self.frames])
        return times, np.append(np.diff(times), 0.0)

    @property
    def is_released(self) -> bool:
        """True once its frames are let go of."""
        return self._counted is not None

    def release(self) -> None:
        """Once finished: keep what was counted and let go of the frames, which fill the memory."""
        self._counted = self.count_rules()
        self.frames.clear()
        self.legs.clear()

    # --- what it adds up to ---------------------------------------------------------------

    def add_up(self) -> tuple[float, float]:
        """Seconds of its holds so far, and those of them in which every required rule was PASS.

        By the clock, a hold that is over is added once and for all.
        """
        if self.rep_watch or self.steady_watch:
            held, confirmed = self.holds, self.confirmed
            return sum(one.length_s for one in held), sum(one.length_s for one in confirmed)
        for hold in self.clock.holds[self._n_added :]:
            self._held_s += hold.length_s
            self._confirmed_s += self._sure.count_s(hold, self.end_s)
            self._n_added += 1
        running = self.clock.running
        if running is None:
            return self._held_s, self._confirmed_s
        confirmed_s = self._sure.count_s(running, self.end_s)
        return self._held_s + running.length_s, self._confirmed_s + confirmed_s

    @property
    def confirmed(self) -> list[Interval]:
        """The stretches of its holds in which every required rule was PASS."""
        if self.rep_watch:
            return [rep.rise.top for rep in self.reps if rep.good and rep.confirmed]
        return [one for hold in self.holds for one in self._sure.list_within(hold, self.end_s)]

    def count_rules(self) -> list[RuleTime]:
        """Seconds by outcome of each rule, once finished.

        All the time of a fault counts as failing. Failing without a fault (while settling or
        leaving) is not counted, and a slip that was credited back counts as passing.
        """
        if self._counted is not None:
            return self._counted
        times, length_s = self._list_times()
        settled = times >= (self.end_s if self.settled_s is None else self.settled_s)
        found = {
            watch.rule.id: self._count_rule(i, watch, times, length_s, settled)
            for i, watch in enumerate(self.watches)
        }
        return [found.get(rule.id) or self._count_reps(rule) for rule in self.exercise.rules]

    def _count_reps(self, rule: Rule) -> RuleTime:
        """A rule that is judged by the repetition: its seconds are the repetitions' lengths."""
        count = RuleTime(rule)
        for rep in self.reps:
            verdict = next(v for v in rep.verdicts if v.rule is rule)
            length_s = rep.rise.length_s
            count.asked_s += length_s
            if verdict.outcome is Outcome.PASS:
                count.pass_s += length_s
                count.n_passed += 1
            elif verdict.outcome is Outcome.FAIL:
                count.fail_s += length_s
                count.n_failed += 1
            else:
                count.unknown_s += length_s
                count.add_unknown(verdict.why_unknown, length_s)
            if np.isfinite(verdict.value):
                count.values.append(verdict.value)
        return count

    def _count_rule(
        self, i: int, watch: FaultWatch, times: Floats, length_s: Floats, settled: Bools
    ) -> RuleTime:
        verdicts = [verdicts[i] for _, verdicts in self.frames]
        outcome = np.array([v.outcome.value for v in verdicts])
        value = np.array([v.value for v in verdicts])
        in_fault = np.zeros(len(times), dtype=np.bool_)
        for fault in watch.faults:
            end_s = self.end_s if fault.end_s is None else fault.end_s
            in_fault |= (times >= fault.start_s) & (times < end_s)
        well = outcome == Outcome.PASS.value
        failing = (outcome == Outcome.FAIL.value) & ~in_fault
        slip = failing & settled & _is_followed_by(well, times, watch.rule.for_s)
        unknown = (outcome == Outcome.UNKNOWN.value) & ~in_fault
        passing = (well & ~in_fault) | slip
        measured = in_fault | passing | unknown
        count = RuleTime(
            watch.rule,
            float(length_s[passing].sum()),
            float(length_s[in_fault].sum()),
            float(length_s[unknown].sum()),
            array("d", value[measured & np.isfinite(value)]),
            asked_s=float(length_s.sum()),
        )
        for k in np.flatnonzero(unknown):
            count.add_unknown(verdicts[k].why_unknown, float(length_s[k]))
        if watch.rule.stops_unseen:
            count.unseen = list(_find_unseen(verdicts, unknown, np.append(times, self.end_s)))
        return count


def _find_unseen(
    verdicts: Sequence[Verdict], unknown: Bools, times: Floats
) -> Iterator[UnseenStretch]:
    """The stretches too long to be credited back; the last of ``times`` is the end of the stay."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], unknown, [False]]).astype(np.int8)))
    for first, after in edges.reshape(-1, 2):
        stretch = Interval(float(times[first]), float(times[after]))
        if stretch.length_s >= CREDIT_S - 1e-6:
            reasons = [v.why_unknown or _NOT_SEEN for v in verdicts[first:after]]
            why = max(dict.fromkeys(reasons), key=reasons.count)
            yield UnseenStretch(verdicts[first].rule, stretch, why)


def _is_followed_by(well: Bools, times: Floats, within_s: float) -> Bools:
    """(N,) True where the rule is well again in so many seconds."""
    well_times = times[well]
    following = np.searchsorted(well_times, times)
    next_s = np.append(well_times, np.inf)[following]
    return np.asarray(next_s - times <= within_s)
