"""What a page says of each set: faults with their pictures, rules with their plots."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

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
from formcheck.report.charts import Plot, draw_plot, find_unseen
from formcheck.report.faults import group_faults
from formcheck.report.mannequin import draw_figure_svg, find_mark, is_mirrored
from formcheck.report.pictures import Picture
from formcheck.report.traces import SetSeries, Span, Trace, find_worst_s
from formcheck.report.verdicts import (
    find_asked,
    find_score,
    is_picture,
    tell_done,
    tell_set_verdict,
    tell_total,
    tell_why_not,
)
from formcheck.report.words import name_set, tell_band, tell_unseen, tell_when_judged, tell_why
from formcheck.result.models import Result, RuleResult, SetResult, SetVerdict

Look = Literal["pass", "fail", "unknown", "read"]
_LOOKS: Final[Mapping[SetVerdict, Look]] = {
    "pass": "pass",
    "fix": "fail",
    "cannot_judge": "unknown",
}
_WORDS: Final = {"pass": "right", "fail": "to correct", "unknown": "not judged"}
_MARGIN: Final = 0.02
"""Of a set's length, before and after it in its plots."""


@dataclass(frozen=True, slots=True)
class FaultLine:
    """Faults of one kind in words, and when to go to each."""

    cue: str
    times: tuple[tuple[float, str], ...]
    """From when each lasted, and the stretch in words."""
    measured: str


@dataclass(frozen=True, slots=True)
class FaultCard:
    """One fault to look at: as it was, and beside it as it should be."""

    cue: str
    text: str
    worst_s: float
    """The moment to go to."""
    picture: str | None
    """As a data URI; None where no picture was kept."""
    size_px: tuple[int, int]
    alt: str
    figure: Markup | None
    """The right position; None where the exercise has no drawing."""


@dataclass(frozen=True, slots=True)
class RuleCard:
    """One rule, or one reading of an assessment: what was measured, and its course."""

    name: str
    look: Look
    word: str
    """What became of it."""
    band: str
    facts: tuple[str, ...]
    plot: Markup | None
    """None where no series was kept."""
    start_s: float
    end_s: float
    """The times at the plot's edges."""


@dataclass(frozen=True, slots=True)
class SetView:
    """One set as the page shows it."""

    title: str
    look: Look
    verdict: str
    total: str
    """How much was done, in few words."""
    done: str
    facts: tuple[str, ...]
    cards: tuple[FaultCard, ...]
    faults: tuple[FaultLine, ...]
    rules: tuple[RuleCard, ...]
    caveat: str | None


def view_sets(
    result: Result,
    exercises: Mapping[str, Exercise],
    trace: Trace,
    pictures: Sequence[Picture],
) -> Iterator[SetView]:
    """Every set of a result, in order.

    Args:
        result: the verdict.
        exercises: the catalogue by id.
        trace: what was judged, moment by moment; may be empty.
        pictures: of the worst moments; may be empty.
    """
    for i, one in enumerate(result.sets):
        exercise = exercises[one.exercise]
        series = trace.sets[i] if i < len(trace.sets) else None
        mine = {picture.fault_index: picture for picture in pictures if picture.set_index == i}
        title = name_set(one, exercise)
        asked = find_asked(result, one, exercise)
        is_read = one.measured is not None and one.verdict == "pass"
        yield SetView(
            title=f"Set {i + 1}: {title}" if len(result.sets) > 1 else title,
            look="read" if is_read else _LOOKS[one.verdict],
            verdict=tell_set_verdict(one, exercise, asked),
            total="" if one.measured is not None else tell_total(one, exercise, asked),
            done=tell_done(one, exercise, asked),
            facts=tuple(_list_facts(one, exercise)),
            cards=tuple(_show_faults(one, exercise, series, mine)),
            faults=() if is_picture(one) else tuple(_list_faults(one, exercises)),
            rules=tuple(_show_rules(i, result, exercise, series)),
            caveat=exercise.count.caveat if isinstance(exercise.count, Assessment) else None,
        )


def _list_facts(one: SetResult, exercise: Exercise) -> Iterator[str]:
    if one.end_s > one.start_s:
        yield f"{tell_stretch(one.start_s, one.end_s)} from the start"
        yield f"{tell_seconds(one.position_s)} in position"
    if one.holds and not one.reps and one.measured is None:
        sure = tell_seconds(one.confirmed_hold_s)
        yield f"{sure} of it confirmed: all that is required was seen to be right"
        yield f"longest hold {tell_seconds(one.longest_hold_s)}"
    score = find_score(one)
    if score is not None:
        yield f"score {score:.0f} of 100"
    if why := tell_why_not(one):
        yield f"not judged: {why}"
    yield from tell_unseen(one)
    if exercise.stretched and one.side:
        yield f"{one.side} is the side of {exercise.stretched}"


# --- faults ---------------------------------------------------------------------------------


def _list_faults(one: SetResult, exercises: Mapping[str, Exercise]) -> Iterator[FaultLine]:
    for group in group_faults([one], exercises):
        times = ((f.start_s, tell_stretch(f.start_s, f.end_s)) for f in group.faults)
        yield FaultLine(group.cue, tuple(times), group.measured)


def _show_faults(
    one: SetResult, exercise: Exercise, series: SetSeries | None, pictures: Mapping[int, Picture]
) -> Iterator[FaultCard]:
    """A card for each fault that has a picture, and for each rule of which no fault has one."""
    pictured = {one.faults[k].rule for k in pictures}
    for k, fault in enumerate(one.faults):
        picture = pictures.get(k)
        if picture is None and fault.rule in pictured:
            continue
        pictured.add(fault.rule)
        rule = exercise.rule(fault.rule)
        worst = f"{name_words(rule.id)} {tell_number(fault.worst, one.rules[rule.id].unit)}"
        worst_s = find_worst_s(one, series, rule, fault.start_s, fault.end_s)
        at_s = picture.time_s if picture else worst_s
        when = "" if is_picture(one) else f" at {tell_time(at_s)}"
        text = f"{worst}{when}; in range: {tell_band(rule)}"
        yield FaultCard(
            cue=fault.cue,
            text=f"{text[0].upper()}{text[1:]}.",
            worst_s=at_s,
            picture=_embed(picture) if picture else None,
            size_px=(picture.width_px, picture.height_px) if picture else (0, 0),
            alt=f"You{when}: {worst}",
            figure=_draw_right(exercise, rule, one, picture),
        )


def _embed(picture: Picture) -> str:
    return f"data:image/jpeg;base64,{b64encode(picture.jpeg).decode()}"


def _draw_right(
    exercise: Exercise, rule: Rule, one: SetResult, picture: Picture | None
) -> Markup | None:
    if exercise.figure is None:
        return None
    facing = picture.facing if picture else math.nan
    label = f"The right position: {name_words(rule.id)} {tell_band(rule)}"
    in_mirror = picture is not None and picture.mirrored
    mirrored = is_mirrored(exercise.figure, facing, one.side) != in_mirror
    mark = find_mark(rule, exercise.figure)
    return draw_figure_svg(exercise.figure, label, mirrored=mirrored, mark=mark)


# --- rules ----------------------------------------------------------------------------------


def _show_rules(
    i: int, result: Result, exercise: Exercise, series: SetSeries | None
) -> Iterator[RuleCard]:
    one = result.sets[i]
    for rule in exercise.rules:
        found = one.rules.get(rule.id)
        if found is None or rule.never is not None:
            continue
        plot = None
        if series is not None and rule.id in series.rules:
            plot = _plot_rule(result, one, rule, series)
        yield RuleCard(
            name=name_words(rule.id),
            look=found.outcome.value,
            word=_WORDS[found.outcome.value],
            band=f"right: {tell_band(rule)} ({tell_when_judged(rule)})",
            facts=tuple(_tell_rule(found)),
            plot=None if plot is None else Markup(draw_plot(plot, f"s{i}-{rule.id}-")),
            start_s=plot.start_s if plot else one.start_s,
            end_s=plot.end_s if plot else one.end_s,
        )
    if isinstance(exercise.count, Assessment):
        yield from _show_readings(i, one, exercise.count, series)


def _tell_rule(found: RuleResult) -> Iterator[str]:
    if found.median is not None and found.min is not None and found.max is not None:
        text = f"measured: {tell_number(found.median, found.unit)} in the middle"
        if found.max > found.min:
            low, high = tell_number(found.min, found.unit), tell_number(found.max, found.unit)
            text += f", {low} to {high}"
        yield text
    lasted = (("right", found.pass_s), ("wrong", found.fail_s), ("not judged", found.unknown_s))
    seconds = [f"{tell_seconds(length_s)} {word}" for word, length_s in lasted if length_s >= 0.05]
    if seconds:
        yield ", ".join(seconds)
    if found.why_unknown:
        yield f"why not judged: {tell_why(found.reason or found.why_unknown)}"


def _plot_rule(result: Result, one: SetResult, rule: Rule, series: SetSeries) -> Plot | None:
    known = series.rules[rule.id]
    if not len(known.time_s) and not known.judged:
        return None
    faults = [fault for fault in one.faults if fault.rule == rule.id]
    by_frame = rule.during == "always"
    start_s, end_s = _find_edges(one)
    return Plot(
        known, rule.unit, start_s, end_s, rule.low, rule.high, rule.slack,
        faults=tuple(Span(fault.start_s, fault.end_s) for fault in faults),
        worst=tuple(
            (find_worst_s(one, series, rule, fault.start_s, fault.end_s), fault.worst)
            for fault in faults if by_frame
        ),
        unseen=find_unseen(known) if by_frame else (),
        neutral=_find_neutral(result) if rule.measure in FROM_NEUTRAL else None,
    )  # fmt: skip


def _find_edges(one: SetResult) -> tuple[float, float]:
    margin_s = max(_MARGIN * (one.end_s - one.start_s), 0.1)
    return max(0.0, one.start_s - margin_s), one.end_s + margin_s


def _find_neutral(result: Result) -> Span:
    """When the neutral was taken; of no length where that was not in this clip."""
    start_s, end_s = result.baseline.start_s, result.baseline.end_s
    return Span(0.0, 0.0) if start_s is None or end_s is None else Span(start_s, end_s)


def _show_readings(
    i: int, one: SetResult, count: Assessment, series: SetSeries | None
) -> Iterator[RuleCard]:
    """What an assessment read; the first is the one its verdict is about."""
    for place, (name, measure) in enumerate(count.measures.items()):
        unit = measure.rpartition("_")[2]
        value = (one.measured or {}).get(name)
        edges: set[float] = set()
        meaning = ""
        if place == 0:
            edges = {e for r in count.readings for e in (r.low, r.high) if math.isfinite(e)}
            meaning = "; ".join(
                f"{r.text}: {tell_limits(r.low, r.high, unit)}" for r in count.readings
            )
        known = series.readings.get(name) if series else None
        start_s, end_s = _find_edges(one)
        plot = None
        if known is not None and len(known.time_s):
            drawn = Plot(
                known, unit, start_s, end_s, unseen=find_unseen(known), lines=tuple(sorted(edges))
            )
            plot = Markup(draw_plot(drawn, f"s{i}-{name}-"))
        number = value if isinstance(value, float) else None
        yield RuleCard(
            name_words(name.removesuffix(f"_{unit}")), "read", tell_number(number, unit), meaning,
            (), plot, start_s, end_s,
        )  # fmt: skip
