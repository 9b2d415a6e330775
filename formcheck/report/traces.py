"""The course of a clip or session: each rule's values moment by moment, for charts and a timeline.

All of it was kept by the session that judged; no angle is worked out here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from formcheck.exercises.schema import Assessment, Reps, Rule
from formcheck.judging.rules import Outcome
from formcheck.judging.set import Set
from formcheck.judging.stay import Stay
from formcheck.measure.body import Body
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.measure.registry import OF_REP
from formcheck.notation import name_words
from formcheck.pose.track import Floats
from formcheck.report.words import tell_why
from formcheck.result.models import FaultResult, Result, SetResult

NOBODY_S: Final = 0.7
"""A shorter absence interrupts no stay in position, and is not worth a line."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, and what there is to say of it."""

    start_s: float
    end_s: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A rule judged once, over a whole repetition."""

    time_s: float
    """The middle of the repetition's top."""
    value: float
    """In the rule's unit; NaN where unknown."""
    outcome: Outcome


@dataclass(frozen=True, slots=True, eq=False)
class RuleSeries:
    """The course of one rule over a set."""

    time_s: Floats
    """(N,) presentation times, increasing; a NaN value separates two stays in position."""
    value: Floats
    """(N,) in the rule's unit; NaN where it was not measured."""
    is_failing: NDArray[np.bool_]
    """(N,) True where the verdict was FAIL; nowhere for a rule that is judged by the repetition."""
    is_unclear: NDArray[np.bool_]
    """(N,) True where there was a value and the verdict was UNKNOWN."""
    judged: tuple[Judged, ...] = ()
    """The verdict on each repetition, for a rule that is judged by the repetition."""

    @property
    def unseen(self) -> tuple[Span, ...]:
        """Stretches in which it was not measured."""
        return find_spans(self.time_s, ~np.isfinite(self.value))


@dataclass(frozen=True, slots=True, eq=False)
class SetSeries:
    """The course of one set."""

    rules: Mapping[str, RuleSeries] = field(default_factory=dict)
    """By id; a rule that no camera can judge has none."""
    readings: Mapping[str, RuleSeries] = field(default_factory=dict)
    """What an assessment reads off, by its name in the result."""
    confirmed: tuple[Span, ...] = ()
    """The parts of its holds in which every required rule was seen to be met."""
    unjudged: tuple[Span, ...] = ()
    """Stretches in which a required rule could not be judged, with the reasons."""


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """The course of a clip or session."""

    sets: tuple[SetSeries, ...] = ()
    """One for each set of the Result, in its order; empty where nothing was kept."""
    nobody: tuple[Span, ...] = ()
    """Stretches in which nobody was seen."""

    def find_set(self, place: int) -> SetSeries | None:
        """The course of the Result's set at that place; None where none was kept."""
        return self.sets[place] if place < len(self.sets) else None


class SessionTrace:
    """Keeps the course of each stay in position of a live session, once the stay is over."""

    def __init__(self) -> None:
        """Start with no stay."""
        self._stays: list[tuple[Stay, SetSeries]] = []

    def see(self, stay: Stay) -> None:
        """Take a finished stay, whose frames are let go of afterwards."""
        self._stays.append((stay, _trace_stay(stay)))

    def conclude(self, result: Result) -> Trace:
        """The whole session; repetitions outside the sets of the result are left out."""
        return Trace(
            tuple(
                _join_stays([series for stay, series in self._stays if _is_of(stay, one)])
                for one in result.sets
            )
        )


def _is_of(stay: Stay, one: SetResult) -> bool:
    inside = one.start_s - 1e-3 <= stay.start_s and stay.end_s <= one.end_s + 1e-3
    return inside and stay.exercise.id == one.exercise


def trace_sets(body: Body, played: Sequence[Set | None]) -> Trace:
    """The course of a clip, from every analysed frame and each set as the session kept it."""
    sets = (_join_stays([] if one is None else list(map(_trace_stay, one.stays))) for one in played)
    is_found = np.asarray(np.isfinite(body.xy_px).any(axis=(1, 2)))
    nobody = (
        Span(span.start_s, span.end_s, "nobody was seen")
        for span in find_spans(body.time_s, ~is_found)
        if span.end_s - span.start_s >= NOBODY_S
    )
    return Trace(tuple(sets), tuple(nobody))


def find_spans(time_s: Floats, mask: NDArray[np.bool_]) -> tuple[Span, ...]:
    """The stretches in which a (N,) mask is True, each up to the next frame, or to the last one."""
    padded = np.concatenate([[False], mask, [False]])
    edges = np.flatnonzero(padded[1:] != padded[:-1]).reshape(-1, 2)
    spans = np.append(time_s, time_s[-1:])[edges]
    return tuple(Span(float(a), float(b)) for a, b in spans if b > a)


def find_worst_s(one: SetResult, series: SetSeries | None, rule: Rule, fault: FaultResult) -> float:
    """When a fault of a set was worst; its start where nothing was kept of it.

    Of a rule that is judged by the repetition it is the top.
    """
    if rule.during != "always":
        tops = (rep.peak_s for rep in one.reps if abs(rep.start_s - fault.start_s) < 1e-3)
        return next(tops, fault.start_s)
    known = series.rules.get(rule.id) if series else None
    if known is None:
        return fault.start_s
    inside = (known.time_s >= fault.start_s - 1e-3) & (known.time_s <= fault.end_s + 1e-3)
    inside &= np.isfinite(known.value)
    off = np.maximum(rule.low - known.value, known.value - rule.high)
    if not inside.any():
        return fault.start_s
    return float(known.time_s[np.where(inside, off, -np.inf).argmax()])


# --- one stay in position -------------------------------------------------------------------


def _trace_stay(stay: Stay) -> SetSeries:
    exercise, count = stay.exercise, stay.exercise.count
    always = [rule for rule in exercise.rules if rule.during == "always"]
    measures = count.measures if isinstance(count, Assessment) else {}
    frames = [legs[stay.side] for legs in stay.legs] if measures else []
    return SetSeries(
        {
            rule.id: (
                _trace_rule(stay, always.index(rule))
                if rule.during == "always"
                else _trace_reps(stay, rule)
            )
            for rule in exercise.rules
            if rule.never is None
        },
        {
            name: _make_series([m.time_s for m in frames], [m.values[measure] for m in frames])
            for name, measure in measures.items()
        },
        tuple(Span(sure.start_s, sure.end_s) for sure in stay.confirmed),
        tuple(_find_unjudged(stay)),
    )


def _join_stays(stays: Sequence[SetSeries]) -> SetSeries:
    """The stays of one set."""
    if not stays:
        return SetSeries()
    return SetSeries(
        {name: _join([one.rules[name] for one in stays]) for name in stays[0].rules},
        {name: _join([one.readings[name] for one in stays]) for name in stays[0].readings},
        tuple(span for one in stays for span in one.confirmed),
        tuple(span for one in stays for span in one.unjudged),
    )


def _join(parts: Sequence[RuleSeries]) -> RuleSeries:
    """Stays in a row, with a NaN between two, so that no line is drawn over the absence."""
    joined: list[RuleSeries] = []
    for part in parts:
        if joined and len(part.time_s):
            joined.append(_make_series([float(part.time_s[0]) - 1e-3], [np.nan]))
        joined.append(part)
    return RuleSeries(
        np.concatenate([part.time_s for part in joined]),
        np.concatenate([part.value for part in joined]),
        np.concatenate([part.is_failing for part in joined]),
        np.concatenate([part.is_unclear for part in joined]),
        tuple(judged for part in joined for judged in part.judged),
    )


def _trace_rule(stay: Stay, place: int) -> RuleSeries:
    """A rule that holds all the time, as it was judged frame by frame."""
    verdicts = [verdicts[place] for _, verdicts in stay.frames]
    return RuleSeries(
        np.array([time_s for time_s, _ in stay.frames], dtype=np.float64),
        np.array([v.value for v in verdicts], dtype=np.float64),
        np.array([v.outcome is Outcome.FAIL for v in verdicts], dtype=np.bool_),
        np.array([v.is_unclear for v in verdicts], dtype=np.bool_),
    )


def _trace_reps(stay: Stay, rule: Rule) -> RuleSeries:
    """A rule on repetitions: what it measures as it rose and fell, and the verdicts.

    Where legs take turns, each moment shows the leg whose repetition is under way or comes next. A
    signal that counts both ways is judged by its size, and shown so. How long a repetition took
    has no course.
    """
    count = stay.exercise.count
    by_size = isinstance(count, Reps) and count.both_ways and count.signal == rule.measure
    times, values = [], []
    for legs in stay.legs if stay.reps and rule.measure not in OF_REP else ():
        time_s = legs[stay.side].time_s
        rep = next((rep for rep in stay.reps if rep.rise.end_s >= time_s), stay.reps[-1])
        value = legs[rep.side or stay.side].values[rule.measure]
        times.append(time_s)
        values.append(abs(value) if by_size else value)
    judged = (
        Judged(rep.rise.peak_s, verdict.value, verdict.outcome)
        for rep in stay.reps
        for verdict in rep.verdicts
        if verdict.rule is rule
    )
    return _make_series(times, values, tuple(judged))


def _make_series(
    times: Sequence[float], values: Sequence[float], judged: tuple[Judged, ...] = ()
) -> RuleSeries:
    """Values that are not judged frame by frame."""
    no = np.zeros(len(values), dtype=np.bool_)
    time_s, value = np.array(times, dtype=np.float64), np.array(values, dtype=np.float64)
    return RuleSeries(time_s, value, no, no, judged)


_Lack = tuple[str, Reason | None]
"""A rule that was not judged, in words, and why."""


def _find_unjudged(stay: Stay) -> Iterator[Span]:
    """Where a required rule was UNKNOWN, and for which reasons."""
    frames: list[tuple[float, float, list[_Lack]]] = []
    for (start_s, verdicts), (end_s, _) in pairwise(stay.frames):
        unknown = (v for v in verdicts if v.rule.required and v.outcome is Outcome.UNKNOWN)
        frames.append((start_s, end_s, [(name_words(v.rule.id), v.why_unknown) for v in unknown]))
    for is_unjudged, group in groupby(frames, key=lambda frame: bool(frame[2])):
        run = list(group)
        if is_unjudged:
            yield Span(run[0][0], run[-1][1], _tell_lacks(run))


def _tell_lacks(run: Sequence[tuple[float, float, list[_Lack]]]) -> str:
    """Each rule with the reasons of all frames, those that lasted longest first."""
    lasted_s: dict[_Lack, float] = {}
    for start_s, end_s, lacks in run:
        for lack in lacks:
            lasted_s[lack] = lasted_s.get(lack, 0.0) + end_s - start_s
    reasons: dict[str, list[Reason | None]] = {}
    for rule, why in sorted(lasted_s, key=lambda lack: -lasted_s[lack]):
        reasons.setdefault(rule, []).append(why)
    return "; ".join(f"{rule}: {_join_reasons(whys)}" for rule, whys in reasons.items())


def _join_reasons(whys: Sequence[Reason | None]) -> str:
    """Live, the back is not traced in every frame: what other frames say holds in between."""
    others = [why for why in whys if why is None or why.code is not ReasonCode.NOT_TRACED]
    return ", or ".join(map(tell_why, others or whys))
