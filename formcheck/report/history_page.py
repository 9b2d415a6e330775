"""What remembered sets come to, as one HTML page in the style of a clip's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby

from formcheck.exercises.schema import Exercise
from formcheck.history import wording
from formcheck.history.progress import FaultSeries, Practice
from formcheck.history.trend import RangeSeries
from formcheck.language import in_english, translate
from formcheck.notation import name_words
from formcheck.report.charts import draw_held, draw_lines
from formcheck.report.html import PAGE_STYLE, TEMPLATES, View, render_html
from formcheck.report.words import DISCLAIMER, GOOD_HOLD


@in_english()
def render_page(progress: Practice, exercises: Mapping[str, Exercise]) -> str:
    """The page as HTML; the same text for the same input. The exercises are for their names."""
    values = {
        "wording": wording,
        "progress": progress,
        "name": partial(name_turn, exercises),
        "held": wording.tell_minutes(sum(week.held_s for week in progress.weeks)).partition(" "),
        "held_plot": draw_held(progress.days, progress.since, progress.today, "held-"),
        "parts": [part for part in _make_parts(progress, exercises) if part["cards"]],
        "sides": list(_list_sides(progress, exercises)),
        "disclaimer": DISCLAIMER,
    }
    return render_html(TEMPLATES / "history.html", [PAGE_STYLE, TEMPLATES / "history.css"], values)


def _make_parts(progress: Practice, exercises: Mapping[str, Exercise]) -> Iterator[View]:
    """Charts of one kind each, and what is said of them."""
    groups = groupby(progress.ranges, key=lambda one: (one.exercise, one.name))
    yield {
        "id": "range",
        "title": "Range over time",
        "cards": [
            _view_range(list(group), progress, exercises, f"range-{k}-")
            for k, (_, group) in enumerate(groups)
        ],
        "note": "Each point is the median of a day's sets; the line is the running median of seven "
        "points. First and now are medians of five days.",
        "has_sides": any(one.side for one in progress.ranges),
    }
    yield {
        "id": "faults",
        "title": wording.FAULTS,
        "cards": [
            {
                "title": name_turn(exercises, one.exercise),
                "name": f"most often: {name_words(one.commonest)}" if one.commonest else "no fault",
                "facts": [_tell_way(one)],
                "plot": draw_lines(
                    [(None, one.points)], progress.since, progress.today, f"faults-{k}-", ""
                ),
            }
            for k, one in enumerate(progress.faults)
        ],
        "note": "Each point is a day with at least 20 seconds in position that could be judged; "
        "the line is the running median of seven points. First and now are means of five days.",
        "has_sides": False,
    }


def _view_range(
    both: Sequence[RangeSeries],
    progress: Practice,
    exercises: Mapping[str, Exercise],
    prefix: str,
) -> View:
    one = both[0]
    lines = [(series.side, series.points) for series in both]
    return {
        "title": name_turn(exercises, one.exercise),
        "name": f"{one.words}, {'larger' if one.more == 1 else 'smaller'} is more range",
        "facts": [_tell_way(series) for series in both],
        "plot": draw_lines(lines, progress.since, progress.today, prefix, one.unit),
    }


def _tell_way(series: RangeSeries | FaultSeries) -> str:
    """As in ``left: −16° to −4°: more, by about 14°``, or ``58 to 46 % thigh``."""
    ends = series.first, series.now
    if isinstance(series, FaultSeries):
        side, (first, now) = None, map(wording.tell_rate, ends)
    else:
        side, (first, now) = series.side, (wording.tell_value(end, series.unit) for end in ends)
    unit = now.partition(" %")
    values = now if first == "-" else f"{first.removesuffix(unit[1] + unit[2])} to {now}"
    return ": ".join(filter(None, (side, values, wording.tell_trend(series))))


def _list_sides(progress: Practice, exercises: Mapping[str, Exercise]) -> Iterator[tuple[str, ...]]:
    """What was measured, left, right, and what is said of it."""
    for held in progress.held_sides:
        what = f"{name_turn(exercises, held.exercise)}: {GOOD_HOLD}"
        yield what, wording.tell_minutes(held.left_s), wording.tell_minutes(held.right_s), ""
    for one in progress.range_sides:
        what = f"{name_turn(exercises, one.exercise)}: {one.words}, now"
        left, right = (wording.tell_value(value, one.unit) for value in (one.left, one.right))
        yield what, left, right, wording.tell_sides(one)


def name_turn(exercises: Mapping[str, Exercise], name: str, side: str | None = None) -> str:
    """An exercise's name, or its id where it is not known, with the side if there is one."""
    known = exercises.get(name)
    return ", ".join(
        filter(None, (translate(known.name) if known else name, side and translate(side)))
    )
