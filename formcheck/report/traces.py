"""What was judged, moment by moment: the numbers behind a Result, for plots and a timeline.

They come from the session that judged, which kept them. No angle is worked out here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from formcheck.exercises.schema import Assessment, Exercise, Reps, Rule
from formcheck.judging.reps import Rep
from formcheck.judging.rules import Outcome, Verdict
from formcheck.judging.set import Set
from formcheck.judging.stay import Stay
from formcheck.measure.body import Body
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.measure.registry import OF_REP
from formcheck.notation import name_words
from formcheck.pose.track import Floats
from formcheck.report.words import tell_why
from formcheck.result.models import Result, SetResult

NOBODY_S: Final = 0.7
"""Nobody in the picture for less than this breaks no stay, and is not worth a line."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, and what there is to say of it."""

    start_s: float
    end_s: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A rule judged once, of a whole repetition."""

    time_s: float
    """The middle of the repetition's top."""
    value: float
    """In the rule's unit; NaN where unknown."""
    outcome: Outcome


@dataclass(frozen=True, slots=True, eq=False)
class RuleSeries:
    """One rule over a set."""

    time_s: Floats
    """(N,) presentation times, increasing; a stay in position and the next are parted by a NaN."""
    value: Floats
    """(N,) in the rule's unit; NaN where it was not measured."""
    is_failing: NDArray[np.bool_]
    """(N,) True where the verdict was FAIL; nowhere for what is judged by the repetition."""
    is_unclear: NDArray[np.bool_]
    """(N,) True where there was a value and the verdict was UNKNOWN."""
    judged: tuple[Judged, ...] = ()
    """The verdict on each repetition, for a rule that is judged by it."""

    def find_worst_s(self, rule: Rule, start_s: float, end_s: float) -> float | None:
        """When the value was farthest outside the band between two times; None if unseen there."""
        inside = (self.time_s >= start_s - 1e-3) & (self.time_s <= end_s + 1e-3)
        inside &= np.isfinite(self.value)
        if not inside.any():
            return None
        off = np.maximum(rule.low - self.value, self.value - rule.high)
        return float(self.time_s[int(np.where(inside, off, -np.inf).argmax())])


@dataclass(frozen=True, slots=True, eq=False)
class SetSeries:
    """One set, moment by moment."""

    rules: Mapping[str, RuleSeries] = field(default_factory=dict)
    """By id; a rule that no camera can judge has none."""
    readings: Mapping[str, RuleSeries] = field(default_factory=dict)
    """What an assessment reads off, by its name in the result."""
    confirmed: tuple[Span, ...] = ()
    """Seconds of its holds with every required rule seen to be met."""
    unjudged: tuple[Span, ...] = ()
    """Stretches in which a required rule could not be judged, with the reasons."""


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A clip, moment by moment."""

    sets: tuple[SetSeries, ...] = ()
    """One for each set of the Result, in its order; empty where nothing was kept."""
    nobody: tuple[Span, ...] = ()
    """Stretches in which nobody was seen."""


class SessionTrace:
    """Keeps what a live session said of each stay in position, once that is over."""

    def __init__(self) -> None:
        """Start with no stay."""
        self._stays: list[tuple[Stay, SetSeries]] = []

    def see(self, stay: Stay) -> None:
        """Take a finished stay, whose frames are let go of afterwards."""
        self._stays.append((stay, _trace_stays(stay.exercise, [stay])))

    def conclude(self, result: Result) -> Trace:
        """The session moment by moment; what repetitions moved in between is not kept."""
        return Trace(tuple(_join_sets(list(self._find(one))) for one in result.sets))

    def _find(self, one: SetResult) -> Iterator[SetSeries]:
        for stay, series in self._stays:
            inside = one.start_s - 1e-3 <= stay.start_s and stay.end_s <= one.end_s + 1e-3
            if stay.exercise.id == one.exercise and inside:
                yield series


def trace_sets(body: Body, played: Sequence[Set | None]) -> Trace:
    """What the session that judged a clip said, moment by moment.

    Args:
        body: every analysed frame of the clip.
        played: each set of the result, as the session kept it.
    """
    sets = (SetSeries() if one is None else _trace_stays(one.exercise, one.stays) for one in played)
    return Trace(tuple(sets), tuple(_find_nobody(body)))


def find_worst_s(
    one: SetResult, series: SetSeries | None, rule: Rule, start_s: float, end_s: float
) -> float:
    """When a fault of a set was worst; of a repetition, its top; its start where nothing is kept.

    Args:
        one: the set.
        series: what was kept of it.
        rule: the rule that failed.
        start_s: of the fault.
        end_s: of the fault.
    """
    if rule.during != "always":
        tops = (rep.peak_s for rep in one.reps if abs(rep.start_s - start_s) < 1e-3)
        return next(tops, start_s)
    known = series.rules.get(rule.id) if series else None
    worst_s = known.find_worst_s(rule, start_s, end_s) if known else None
    return start_s if worst_s is None else worst_s


# --- one set --------------------------------------------------------------------------------


def _trace_stays(exercise: Exercise, stays: Sequence[Stay]) -> SetSeries:
    """The stays of a set."""
    rules = {}
    always = [rule for rule in exercise.rules if rule.during == "always"]
    for rule in exercise.rules:
        if rule.never is not None:
            continue
        if rule.during == "always":
            place = always.index(rule)
            rules[rule.id] = _join([_trace_rule(stay, place) for stay in stays])
        else:
            reps = [rep for stay in stays for rep in stay.reps]
            parts = [_trace_measure(stay, rule) for stay in stays]
            rules[rule.id] = _join(parts, tuple(_judge_reps(reps, rule)))
    count, readings = exercise.count, {}
    if isinstance(count, Assessment):
        for name, measure in count.measures.items():
            readings[name] = _join([_trace_reading(stay, measure) for stay in stays])
    return SetSeries(
        rules,
        readings,
        tuple(span for stay in stays for span in _find_confirmed(stay)),
        tuple(span for stay in stays for span in _find_unjudged(stay)),
    )


def _join_sets(parts: Sequence[SetSeries]) -> SetSeries:
    """The stays of one set, which were traced one by one."""
    if not parts:
        return SetSeries()
    names = parts[0].rules
    judged = {name: tuple(j for part in parts for j in part.rules[name].judged) for name in names}
    return SetSeries(
        {name: _join([part.rules[name] for part in parts], judged[name]) for name in names},
        confirmed=tuple(span for part in parts for span in part.confirmed),
        unjudged=tuple(span for part in parts for span in part.unjudged),
    )


def _join(parts: Sequence[RuleSeries], judged: tuple[Judged, ...] = ()) -> RuleSeries:
    """Stays in a row, a NaN between two, so that no line is drawn over the absence."""
    joined: list[RuleSeries] = []
    for part in parts:
        if joined and len(part.time_s):
            joined.append(_make_gap(float(part.time_s[0])))
        joined.append(part)
    return RuleSeries(
        np.concatenate([part.time_s for part in joined]),
        np.concatenate([part.value for part in joined]),
        np.concatenate([part.is_failing for part in joined]),
        np.concatenate([part.is_unclear for part in joined]),
        judged,
    )


def _make_gap(time_s: float) -> RuleSeries:
    return _make_series([time_s - 1e-3], [math.nan])


def _trace_rule(stay: Stay, place: int) -> RuleSeries:
    """A rule that holds all the time, as it was judged frame by frame."""
    times = [time_s for time_s, _ in stay.frames]
    verdicts = [frame[place] for _, frame in stay.frames]
    return RuleSeries(
        np.array(times, dtype=np.float64),
        np.array([v.value for v in verdicts], dtype=np.float64),
        np.array([v.outcome is Outcome.FAIL for v in verdicts], dtype=np.bool_),
        np.array([v.is_unclear for v in verdicts], dtype=np.bool_),
    )


def _trace_measure(stay: Stay, rule: Rule) -> RuleSeries:
    """What a rule on repetitions is about, as it went up and down; nothing if that is their time.

    Of legs that take turns, each moment shows the one whose repetition is under way or comes next.
    A signal that counts both ways is judged by its size, and shown so.
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
    return _make_series(times, values)


def _trace_reading(stay: Stay, measure: str) -> RuleSeries:
    frames = [legs[stay.side] for legs in stay.legs]
    return _make_series([m.time_s for m in frames], [m.values[measure] for m in frames])


def _make_series(times: Sequence[float], values: Sequence[float]) -> RuleSeries:
    """Values that no verdict goes with frame by frame."""
    no = np.zeros(len(values), dtype=np.bool_)
    return RuleSeries(np.array(times, dtype=np.float64), np.array(values, dtype=np.float64), no, no)


def _judge_reps(reps: Sequence[Rep], rule: Rule) -> Iterator[Judged]:
    for rep in reps:
        for verdict in rep.verdicts:
            if verdict.rule is rule:
                yield Judged(rep.rise.peak_s, verdict.value, verdict.outcome)


# --- what was sure, what was not ------------------------------------------------------------


def _find_confirmed(stay: Stay) -> Iterator[Span]:
    """Of each hold, the stretches in which every required rule was seen to be met."""
    sure = [
        (start_s, end_s)
        for start_s, end_s, verdicts in _list_frames(stay)
        if all(v.outcome is Outcome.PASS for v in verdicts)
    ]
    for hold in stay.holds:
        inside = ((max(a, hold.start_s), min(b, hold.end_s)) for a, b in sure)
        yield from _merge([(a, b, ()) for a, b in inside if b > a])


def _find_unjudged(stay: Stay) -> Iterator[Span]:
    """Where a required rule was UNKNOWN, and for which reasons."""
    found = []
    for start_s, end_s, verdicts in _list_frames(stay):
        unknown = [v for v in verdicts if v.outcome is Outcome.UNKNOWN]
        if unknown:
            reasons = ((name_words(v.rule.id), v.why_unknown) for v in unknown)
            found.append((start_s, end_s, tuple(reasons)))
    yield from _merge(found)


def _list_frames(stay: Stay) -> Iterator[tuple[float, float, list[Verdict]]]:
    """Each frame's time, the next one's, and the verdicts between them on the required rules."""
    for (start_s, verdicts), (end_s, _) in pairwise(stay.frames):
        yield start_s, end_s, [v for v in verdicts if v.rule.required]


_Part = tuple[float, float, tuple[tuple[str, Reason | None], ...]]
"""From, to, and each rule that was not judged with the reason."""


def _merge(parts: Sequence[_Part]) -> Iterator[Span]:
    """Parts that follow one another as one, with the reasons of all, the longest first."""
    runs: list[list[_Part]] = []
    for part in parts:
        if not runs or part[0] - runs[-1][-1][1] > 1e-6:
            runs.append([])
        runs[-1].append(part)
    for run in runs:
        lasted: dict[tuple[str, Reason | None], float] = {}
        for start_s, end_s, reasons in run:
            for reason in reasons:
                lasted[reason] = lasted.get(reason, 0.0) + end_s - start_s
        order = sorted(lasted, key=lambda reason: -lasted[reason])
        told = (
            f"{rule}: {_join_reasons([why for other, why in order if other == rule])}"
            for rule in dict.fromkeys(rule for rule, _ in order)
        )
        yield Span(run[0][0], run[-1][1], "; ".join(told))


def _join_reasons(whys: Sequence[Reason | None]) -> str:
    """Live, the back is not traced in every frame: in between, what the others say holds."""
    others = [why for why in whys if why is None or why.code is not ReasonCode.NOT_TRACED]
    return ", or ".join(map(tell_why, others or whys))


def _find_nobody(body: Body) -> Iterator[Span]:
    is_found: list[bool] = np.asarray(np.isfinite(body.xy_px).any(axis=(1, 2))).tolist()
    for found, rows in groupby(range(len(body)), key=is_found.__getitem__):
        places = list(rows)
        after = min(places[-1] + 1, len(body) - 1)
        start_s, end_s = float(body.time_s[places[0]]), float(body.time_s[after])
        if not found and end_s - start_s >= NOBODY_S:
            yield Span(start_s, end_s, "nobody was seen")
