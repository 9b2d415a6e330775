"""The timeline of a page: what was held, what was wrong, what could not be judged, and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from formcheck.exercises.schema import Exercise
from formcheck.notation import (
    join_words,
    name_words,
    tell_clock,
    tell_number,
    tell_plural,
    tell_stretch,
    tell_time,
)
from formcheck.report.traces import Span, Trace
from formcheck.report.words import GOOD_HOLD, name_set
from formcheck.result.models import Result

Look = Literal["set", "good", "unsure", "bad", "unknown"]
_LEAST: Final = 0.3
"""The least width of a bar, in percent, so that it can be seen and clicked."""
_STEPS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
_MAX_TICKS: Final = 7


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch in a lane."""

    left: float
    width: float
    """Percent of the timeline."""
    look: Look
    row: int
    """From 0; bars of a lane that overlap are in rows of their own."""
    text: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One line of the timeline."""

    name: str
    bars: tuple[Bar, ...]

    @property
    def n_rows(self) -> int:
        """How many rows its bars take."""
        return 1 + max((bar.row for bar in self.bars), default=0)


@dataclass(frozen=True, slots=True)
class TimeStrip:
    """All lanes over one axis, from 0 to ``end_s``."""

    end_s: float
    lanes: tuple[Lane, ...]
    ticks: tuple[tuple[float, str], ...]
    """Percent of the timeline, and the time there in words."""
    summary: str
    """What it shows, for who cannot see it."""

    @property
    def has_unsure(self) -> bool:
        """Whether any bar needs its look explained."""
        return any(bar.look == "unsure" for lane in self.lanes for bar in lane.bars)


def make_timeline(
    result: Result, exercises: Mapping[str, Exercise], trace: Trace
) -> TimeStrip | None:
    """The timeline of a clip; None for a single picture, or where nothing has a length."""
    end_s = max([result.duration_s, *(one.end_s for one in result.sets)])
    if end_s <= 0:
        return None
    lanes = []
    if len(result.sets) > 1:
        sets: Iterable[_Part] = (
            (one.start_s, one.end_s, "set", f"Set {n}: {name_set(one, exercises[one.exercise])}")
            for n, one in enumerate(result.sets, start=1)
        )
        lanes.append(_lay("Sets", sets, end_s))
    if any(one.reps for one in result.sets):
        lanes.append(_lay("Repetitions", _list_reps(result), end_s))
    if not result.sets or not all(one.reps for one in result.sets):
        lanes.append(_lay("Good hold", _list_holds(result, trace), end_s))
    lanes.append(_lay("To correct", _list_faults(result), end_s))
    unjudged: Iterable[_Part] = (
        (span.start_s, span.end_s, "unknown", _say(span.start_s, span.end_s, span.text))
        for span in list_unjudged(trace)
    )
    lanes.append(_lay("Not judged", unjudged, end_s))
    return TimeStrip(end_s, tuple(lanes), tuple(_list_ticks(end_s)), _summarise(result, trace))


_Part = tuple[float, float, Look, str]
"""From, to, how it looks, what it says."""


def _lay(name: str, parts: Iterable[_Part], end_s: float) -> Lane:
    """Bars in order, each in the first row in which it is free of the one before."""
    free_from: list[float] = []
    bars = []
    for start_s, stop_s, look, text in sorted(parts, key=lambda part: part[:2]):
        row = next((i for i, at_s in enumerate(free_from) if at_s <= start_s), len(free_from))
        free_from[row : row + 1] = [stop_s]
        left = min(100 * start_s / end_s, 100 - _LEAST)
        width = min(max(100 * (stop_s - start_s) / end_s, _LEAST), 100 - left)
        bars.append(Bar(round(left, 3), round(width, 3), look, row, text))
    return Lane(name, tuple(bars))


def _list_reps(result: Result) -> Iterator[_Part]:
    for one in result.sets:
        for number, rep in enumerate(one.reps, start=1):
            side = f", {rep.side}" if rep.side else ""
            what = "done well" if rep.good else join_words(map(name_words, rep.faults))
            text = f"Repetition {number}{side}: {what}"
            yield rep.start_s, rep.end_s, "good" if rep.good else "bad", text


def _list_holds(result: Result, trace: Trace) -> Iterator[_Part]:
    """Holds: where every required rule was seen to be met, and the rest of each."""
    for i, one in enumerate(result.sets):
        series = trace.find_set(i)
        for hold in () if one.reps else one.holds:
            sure = series.confirmed if series else (Span(hold.start_s, hold.end_s),)
            inside = (
                t for s in sure for t in (s.start_s, s.end_s) if hold.start_s < t < hold.end_s
            )
            for a, b in pairwise(sorted({hold.start_s, hold.end_s, *inside})):
                if any(s.start_s < (a + b) / 2 < s.end_s for s in sure):
                    yield a, b, "good", _say(a, b, GOOD_HOLD)
                elif b - a > 1e-3:
                    yield a, b, "unsure", _say(a, b, f"{GOOD_HOLD}, not confirmed")


def _list_faults(result: Result) -> Iterator[_Part]:
    for one in result.sets:
        for fault in one.faults:
            worst = tell_number(fault.worst, one.rules[fault.rule].unit)
            what = f"{name_words(fault.rule)} {worst}: {fault.cue}"
            yield fault.start_s, fault.end_s, "bad", _say(fault.start_s, fault.end_s, what)


def _say(start_s: float, end_s: float, what: str) -> str:
    stretch = tell_stretch(start_s, end_s)
    return f"{stretch[0].upper()}{stretch[1:]}: {what}"


def _list_ticks(end_s: float) -> Iterator[tuple[float, str]]:
    step_s = next((s for s in _STEPS_S if end_s / s <= _MAX_TICKS), _STEPS_S[-1])
    for time_s in range(0, int(end_s) + 1, step_s):
        text = f"{time_s} s" if end_s < 60 else tell_clock(time_s)
        yield round(100 * time_s / end_s, 3), text


def _summarise(result: Result, trace: Trace) -> str:
    n_holds = sum(len(one.holds) for one in result.sets if not one.reps)
    n_faults = sum(len(one.faults) for one in result.sets)
    n_reps = sum(len(one.reps) for one in result.sets)
    parts = [tell_plural(n_reps, "repetition")] if n_reps else []
    if n_holds or not n_reps:
        parts.append(tell_plural(n_holds, "hold"))
    parts.append(tell_plural(n_faults, "stretch") + " to correct")
    parts.append(tell_plural(len(list_unjudged(trace)), "stretch") + " not judged")
    return f"Timeline of {tell_time(result.duration_s)}: {join_words(parts)}. Listed below."


def list_unjudged(trace: Trace) -> list[Span]:
    """Every stretch that could not be judged, in order of time."""
    spans = [span for series in trace.sets for span in series.unjudged]
    return sorted([*spans, *trace.nobody], key=lambda span: span.start_s)
