"""Repetitions of one measured signal: counted with hysteresis in time and angle, and judged.

A repetition starts when the signal leaves its rest, has its top, and ends when it is back at rest;
where rest is up, as the knee's angle is in a squat, the top is where the signal is lowest.
Only whole ones count, not one that was under way when the position was entered or left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from formcheck.exercises.schema import Exercise, Reps, Rule
from formcheck.judging.hold_clock import Interval
from formcheck.judging.rules import Fault, Outcome, Verdict, explain_unknown, judge_value
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.measure.registry import OF_REP, Measurements
from formcheck.pose.landmarks import Side
from formcheck.pose.track import Floats

MAX_GAP_S: Final = 0.7
"""If the signal is unseen for longer, be the joint hidden or the frames missing, nobody knows
whether it was a repetition."""
TOP_SHARE: Final = 0.15
"""The top is where the signal is within this share of its way from its farthest."""


@dataclass(frozen=True, slots=True)
class Rise:
    """One repetition as its signal shows it."""

    start_s: float
    """It left its rest."""
    peak_s: float
    """The middle of its top."""
    end_s: float
    """It was back at rest."""
    top: Interval

    @property
    def length_s(self) -> float:
        """From rest to rest."""
        return self.end_s - self.start_s

    @property
    def top_s(self) -> float:
        """How long the top was held."""
        return self.top.length_s


class RepCounter:
    """Finds the repetitions of one signal, frame by frame."""

    def __init__(self, count: Reps) -> None:
        """Count by these thresholds."""
        self.n_quick = 0
        """Movements so far that went far enough and were over too soon to be repetitions."""
        self._both_ways, self._min_s = count.both_ways, count.min_s
        self._sign = 1.0 if count.rest == "down" else -1.0
        self._leave, self._reach = count.down, count.up
        if count.rest == "up":
            self._leave, self._reach = -count.up, -count.down
        self._rested = False
        self._frames: list[tuple[float, float]] = []
        self._last_seen_s: float | None = None

    @property
    def is_moving(self) -> bool:
        """True while a repetition may be under way."""
        return bool(self._frames)

    def push(self, time_s: float, value: float) -> Rise | None:
        """Take the next frame; the repetition that ended with it, if one did."""
        if self._last_seen_s is not None and time_s - self._last_seen_s > MAX_GAP_S:
            self._frames, self._rested = [], False
        if np.isnan(value):
            return None
        self._last_seen_s = time_s
        value *= self._sign
        size = abs(value) if self._both_ways else value
        if size > self._leave:
            turned = bool(self._frames) and self._frames[-1][1] * value < 0
            if self._both_ways and turned:  # through rest between two frames
                rise = self._finish(time_s)
                self._frames = [(time_s, value)]
                return rise
            if self._rested:
                self._frames.append((time_s, value))
            return None
        rise = self._finish(time_s)
        self._rested = True
        return rise

    def _finish(self, time_s: float) -> Rise | None:
        frames, self._frames = self._frames, []
        if not frames:
            return None
        times, values = np.array(frames).T
        size = np.abs(values) if self._both_ways else values
        if size.max() <= self._reach:
            return None
        if time_s - times[0] < self._min_s:
            self.n_quick += 1
            return None
        at_top = times[size >= size.max() - TOP_SHARE * (size.max() - self._leave)]
        middle_s = float(at_top[0] + at_top[-1]) / 2
        top = Interval(float(at_top[0]), float(at_top[-1]))
        return Rise(float(times[0]), middle_s, time_s, top)


@dataclass(frozen=True, slots=True)
class Rep:
    """One judged repetition."""

    rise: Rise
    side: Side | None
    """The moving leg; None where both move."""
    verdicts: tuple[Verdict, ...]
    """One for each rule that is judged by the repetition."""

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Its rules that failed."""
        return tuple(
            Fault(v.rule, self.rise.start_s, self.rise.end_s, v.value)
            for v in self.verdicts
            if v.outcome is Outcome.FAIL
        )

    @property
    def good(self) -> bool:
        """True if every required rule was seen to be met, or may be unknown and did not fail."""
        return all(
            v.outcome is Outcome.PASS or (v.outcome is Outcome.UNKNOWN and v.rule.may_be_unknown)
            for v in self.verdicts
            if v.rule.required
        )

    @property
    def confirmed(self) -> bool:
        """True if every required rule was seen to be met."""
        required = (v.outcome is Outcome.PASS for v in self.verdicts if v.rule.required)
        return all(required)


class RepWatch:
    """Counts and judges the repetitions of one stay, of each leg or of both together."""

    def __init__(self, exercise: Exercise, count: Reps, sides: tuple[Side, ...]) -> None:
        """Watch the legs of those sides; one stands for both where the exercise has no sides."""
        self.reps: list[Rep] = []
        self.n_good = 0
        """Of them."""
        self.n_confirmed = 0
        """Of the good ones."""
        self.moved: set[Side | None] = set()
        """The legs that they were done with."""
        self.n_quick = 0
        """Movements in position that were too quick to be repetitions."""
        self._exercise = exercise
        self._count = count
        self._rules = [rule for rule in exercise.rules if rule.during != "always"]
        self._counters = {side: RepCounter(count) for side in sides}
        self._history: dict[Side, list[Measurements]] = {side: [] for side in sides}

    @property
    def is_moving(self) -> bool:
        """True while a repetition may be under way."""
        return any(counter.is_moving for counter in self._counters.values())

    def update(self, measured: Mapping[Side, Measurements], *, in_position: bool = True) -> None:
        """Take the next frame; a repetition that ends out of position does not count."""
        for side, counter in self._counters.items():
            frame = measured[side]
            self._history[side].append(frame)
            n_quick = counter.n_quick
            rise = counter.push(frame.time_s, frame.values[self._count.signal])
            if in_position:
                self.n_quick += counter.n_quick - n_quick
                if rise is not None:
                    self._add(self._judge(rise, side))
            if not counter.is_moving:
                self._history[side].clear()

    def _add(self, rep: Rep) -> None:
        self.reps.append(rep)
        self.n_good += rep.good
        self.n_confirmed += rep.good and rep.confirmed
        self.moved.add(rep.side)

    def _judge(self, rise: Rise, side: Side) -> Rep:
        history = self._history[side]
        verdicts = []
        for rule in self._rules:
            if rule.measure in OF_REP:
                verdicts.append(judge_value(rule, rise.length_s))
                continue
            part = rise.top if rule.during == "top" else rise
            frames = [m for m in history if part.start_s - 1e-6 <= m.time_s <= part.end_s + 1e-6]
            by_size = self._count.both_ways and rule.measure == self._count.signal
            verdicts.append(_judge_frames(rule, self._exercise, frames, by_size=by_size))
        return Rep(rise, None if self._exercise.sides == "none" else side, tuple(verdicts))


def _judge_frames(
    rule: Rule, exercise: Exercise, frames: list[Measurements], *, by_size: bool
) -> Verdict:
    """A rule over some frames: at the top by the median, over a repetition by what lasted.

    A signal that counts both ways is judged by its size.
    """
    reasons = [explain_unknown(rule, exercise, m) for m in frames]
    seen = [m for m, why in zip(frames, reasons, strict=True) if why is None]
    if not seen or 2 * len(seen) < len(frames):
        why = next((why for why in reasons if why), Reason(ReasonCode.NOT_SEEN))
        return Verdict(rule, Outcome.UNKNOWN, np.nan, why)
    values = np.array([m.values[rule.measure] for m in seen])
    if by_size:
        values = np.abs(values)
    if rule.during == "top":
        return judge_value(rule, float(np.median(values)))
    return judge_value(rule, _find_lasting(rule, np.array([m.time_s for m in seen]), values))


def _find_lasting(rule: Rule, times: Floats, values: Floats) -> float:
    """The value that was reached or exceeded, outward from the band, for ``for_s`` in all."""
    length_s = np.append(np.diff(times), 0.0)
    off = np.maximum(rule.low - values, values - rule.high)
    worst_first = np.argsort(-off, kind="stable")
    enough = np.cumsum(length_s[worst_first]) >= rule.for_s - 1e-6
    which = worst_first[int(np.argmax(enough))] if enough.any() else worst_first[-1]
    return float(values[which])
