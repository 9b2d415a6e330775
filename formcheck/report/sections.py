"""What the page shows of each set: its faults with their pictures, its rules with their charts."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from markupsafe import Markup

from formcheck.exercises.schema import Assessment, Exercise, Rule
from formcheck.measure.registry import FROM_NEUTRAL
from formcheck.notation import (
    name_words,
    tell_limits,
    tell_number,
    tell_seconds,
    tell_stretch,
    tell_time,
)
from formcheck.report import words
from formcheck.report.charts import Plot, draw_plot
from formcheck.report.html import View
from formcheck.report.pictures import Picture, draw_figure_svg, find_mark, is_mirrored
from formcheck.report.traces import RuleSeries, SetSeries, Span, Trace, find_worst_s
from formcheck.result.models import Result, RuleResult, SetResult

_LOOKS: Final = {"pass": "pass", "fix": "fail", "cannot_judge": "unknown"}
_WORDS: Final = {"pass": "met", "fail": "to correct", "unknown": "not judged"}
_MARGIN: Final = 0.02
"""Of a set's length, before and after it in its charts."""


def view_sets(
    result: Result,
    exercises: Mapping[str, Exercise],
    trace: Trace,
    pictures: Sequence[Picture],
) -> Iterator[View]:
    """Every set of a result, in order; the trace and the pictures may be empty."""
    for i, one in enumerate(result.sets):
        exercise = exercises[one.exercise]
        series = trace.find_set(i)
        title = words.name_set(one, exercise)
        asked = words.find_asked(result, one, exercise)
        is_read = one.measured is not None and one.verdict == "pass"
        mine = {p.shot.fault_index: p for p in pictures if p.shot.set_index == i}
        rules = list(_view_rules(i, result, exercise, series))
        caveat = None
        if isinstance(exercise.count, Assessment):
            rules += _view_readings(i, one, exercise.count, series)
            caveat = exercise.count.caveat
        yield {
            "title": f"Set {i + 1}: {title}" if len(result.sets) > 1 else title,
            "look": "read" if is_read else _LOOKS[one.verdict],
            "verdict": words.tell_set_verdict(one, exercise, asked),
            "total": "" if one.measured is not None else words.tell_total(one, exercise, asked),
            "done": words.tell_done(one, exercise, asked),
            "facts": list(_list_facts(one, exercise)),
            "cards": list(_view_faults(one, exercise, series, mine)),
            "faults": [] if words.is_picture(one) else words.group_faults([one], exercises),
            "rules": rules,
            "edges_s": _find_edges(one),
            "caveat": caveat,
        }


def _list_facts(one: SetResult, exercise: Exercise) -> Iterator[str]:
    if one.end_s > one.start_s:
        yield f"{tell_stretch(one.start_s, one.end_s)} from the start"
        yield f"{tell_seconds(one.position_s)} in position"
    if one.holds and not one.reps and one.measured is None:
        sure = tell_seconds(one.confirmed_hold_s)
        yield f"{sure} of it confirmed: every required rule was seen to be met"
        yield f"longest hold {tell_seconds(one.longest_hold_s)}"
    score = words.find_score(one)
    if score is not None:
        yield f"score {score:.0f} of 100"
    if why := words.tell_why_not(one):
        yield f"not judged: {why}"
    yield from words.tell_unseen(one)
    if exercise.stretched and one.side:
        yield f"{one.side} is the side of {exercise.stretched}"


# --- faults ---------------------------------------------------------------------------------


def _view_faults(
    one: SetResult, exercise: Exercise, series: SetSeries | None, pictures: Mapping[int, Picture]
) -> Iterator[View]:
    """A card for each fault that has a picture, and for each rule of which no fault has one."""
    pictured = {one.faults[k].rule for k in pictures}
    for k, fault in enumerate(one.faults):
        picture = pictures.get(k)
        if picture is None and fault.rule in pictured:
            continue
        pictured.add(fault.rule)
        rule = exercise.rule(fault.rule)
        worst = f"{name_words(rule.id)} {tell_number(fault.worst, one.rules[rule.id].unit)}"
        worst_s = find_worst_s(one, series, rule, fault)
        at_s = picture.shot.time_s if picture else worst_s
        when = "" if words.is_picture(one) else f" at {tell_time(at_s)}"
        text = f"{worst}{when}; in range: {words.tell_band(rule)}"
        yield {
            "cue": fault.cue,
            "text": f"{text[0].upper()}{text[1:]}.",
            "worst_s": at_s,
            "picture": picture,
            "jpeg": b64encode(picture.jpeg).decode() if picture else None,
            "alt": f"You{when}: {worst}",
            "figure": _draw_correct(exercise, rule, one, picture),
        }


def _draw_correct(
    exercise: Exercise, rule: Rule, one: SetResult, picture: Picture | None
) -> Markup | None:
    """The correct position, looking as the person does; None where the exercise has no drawing."""
    if exercise.figure is None:
        return None
    mirrored = is_mirrored(exercise.figure, picture.shot.facing if picture else math.nan, one.side)
    if picture is not None and picture.shot.mirrored:
        mirrored = not mirrored
    label = f"The correct position: {name_words(rule.id)} {words.tell_band(rule)}"
    mark = find_mark(rule, exercise.figure)
    return draw_figure_svg(exercise.figure, label, mirrored=mirrored, mark=mark)


# --- rules ----------------------------------------------------------------------------------


def _view_rules(
    i: int, result: Result, exercise: Exercise, series: SetSeries | None
) -> Iterator[View]:
    one = result.sets[i]
    for rule in exercise.rules:
        found = one.rules.get(rule.id)
        if found is None or rule.never is not None:
            continue
        known = series.rules.get(rule.id) if series else None
        plot = None
        if known is not None and (len(known.time_s) or known.judged):
            plot = draw_plot(_plot_rule(result, one, rule, series, known), f"s{i}-{rule.id}-")
        yield {
            "name": name_words(rule.id),
            "look": found.outcome.value,
            "word": _WORDS[found.outcome.value],
            "band": f"in range: {words.tell_band(rule)} ({words.tell_when_judged(rule)})",
            "facts": list(_tell_rule(found)),
            "plot": plot,
        }


def _view_readings(
    i: int, one: SetResult, count: Assessment, series: SetSeries | None
) -> Iterator[View]:
    """What an assessment read; its verdict is about the first."""
    for name, measure in count.measures.items():
        unit = measure.rpartition("_")[2]
        value = (one.measured or {}).get(name)
        readings = count.readings if name == next(iter(count.measures)) else ()
        known = series.readings.get(name) if series else None
        plot = None
        if known is not None and len(known.time_s):
            edges = {e for r in readings for e in (r.low, r.high) if math.isfinite(e)}
            lines = tuple(sorted(edges))
            drawn = Plot(known, unit, *_find_edges(one), unseen=known.unseen, lines=lines)
            plot = draw_plot(drawn, f"s{i}-{name}-")
        yield {
            "name": name_words(name.removesuffix(f"_{unit}")),
            "look": "read",
            "word": tell_number(value if isinstance(value, float) else None, unit),
            "band": "; ".join(f"{r.text}: {tell_limits(r.low, r.high, unit)}" for r in readings),
            "facts": [],
            "plot": plot,
        }


def _tell_rule(found: RuleResult) -> Iterator[str]:
    if found.median is not None and found.min is not None and found.max is not None:
        text = f"measured: median {tell_number(found.median, found.unit)}"
        if found.max > found.min:
            low, high = tell_number(found.min, found.unit), tell_number(found.max, found.unit)
            text += f", {low} to {high}"
        yield text
    outcomes = ("in range", "out of range", "not judged")
    lasted = zip((found.pass_s, found.fail_s, found.unknown_s), outcomes, strict=True)
    seconds = [f"{tell_seconds(length_s)} {word}" for length_s, word in lasted if length_s >= 0.05]
    if seconds:
        yield ", ".join(seconds)
    if found.why_unknown:
        yield f"why not judged: {words.tell_why(found.reason or found.why_unknown)}"


def _plot_rule(
    result: Result, one: SetResult, rule: Rule, series: SetSeries | None, known: RuleSeries
) -> Plot:
    faults = [fault for fault in one.faults if fault.rule == rule.id]
    by_frame = rule.during == "always"
    worst = [(find_worst_s(one, series, rule, fault), fault.worst) for fault in faults]
    return Plot(
        known, rule.unit, *_find_edges(one), rule.low, rule.high, rule.slack,
        faults=tuple(Span(fault.start_s, fault.end_s) for fault in faults),
        worst=tuple(worst) if by_frame else (),
        unseen=known.unseen if by_frame else (),
        neutral=_find_neutral(result) if rule.measure in FROM_NEUTRAL else None,
    )  # fmt: skip


def _find_edges(one: SetResult) -> tuple[float, float]:
    """The times at the edges of a set's charts."""
    margin_s = max(_MARGIN * (one.end_s - one.start_s), 0.1)
    return max(0.0, one.start_s - margin_s), one.end_s + margin_s


def _find_neutral(result: Result) -> Span:
    """When the neutral was taken; of no length where that was not in this clip."""
    start_s, end_s = result.baseline.start_s, result.baseline.end_s
    return Span(0.0, 0.0) if start_s is None or end_s is None else Span(start_s, end_s)
