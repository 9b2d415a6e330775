"""The pages' charts, as SVG fit for a strict page: drawn by matplotlib, in the page's own colours.

A chart has no words but numbers and days: names and explanations stand beside it on the page, where
they can be read aloud, translated and searched.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean, median
from typing import Any, Final, Literal

import matplotlib as mpl
import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from formcheck.history.progress import Day
from formcheck.history.trend import Middle, Points
from formcheck.history.week import find_monday
from formcheck.history.wording import tell_day, tell_minutes
from formcheck.judging.rules import Outcome
from formcheck.notation import UNIT_TEXT, tell_clock
from formcheck.pose.landmarks import Side
from formcheck.report.traces import RuleSeries, Span

WIDTH, HEIGHT = 300.0, 132.0
"""Of a chart, in the units of its viewBox."""
WIDE: Final = 640.0
MAX_BUCKETS: Final = 400
"""A chart is 300 units wide: nothing shorter than one of them can be seen."""
COLOURS: Final = {
    f"#0000{number:02x}": f"var(--{name})"
    for number, name in enumerate(
        ("ink", "muted", "grid", "good", "good-soft", "band", "bad", "bad-soft", "unsure",
         "unsure-soft"),
        start=1,
    )
}  # fmt: skip
"""The colour that matplotlib is given, and what the page shows in its place."""
_INK, _MUTED, _GRID, _GOOD, _GOOD_SOFT, _BAND, _BAD, _BAD_SOFT, _UNSURE, _UNSURE_SOFT = COLOURS
_STYLE: Final[Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "formcheck",
    "font.size": 8.5,
    "axes.linewidth": 0.6,
    "axes.edgecolor": _MUTED,
    "axes.labelcolor": _MUTED,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "grid.color": _GRID,
    "grid.linewidth": 0.5,
    "path.simplify": True,
}
_LOOKS: Final[Mapping[Side | None, Mapping[str, Any]]] = {
    "left": {"color": _GOOD, "marker": "o", "mfc": _GOOD_SOFT},
    "right": {"color": _INK, "marker": "s", "mfc": "none"},
    None: {"color": _GOOD, "marker": "o", "mfc": _GOOD_SOFT},
}
"""Each side has a shape and a line of its own: not everyone tells colours apart."""
_RULE_BOX: Final = (0.115, 0.185, 0.86, 0.77)
"""Left, bottom, width and height of the axes of a rule's chart, as shares."""
_SCALE_PT, _SIDE_PT, _TOP_PT, _BOTTOM_PT = 36.0, 20.0, 7.0, 21.0
"""Room around the axes of days: at least where the scale is, on the other side, above and below."""
_LETTER_PT: Final = 5.6
"""Hardly a figure or letter of a label is wider, in any face a browser may choose."""
_MAX_WEEKS: Final = {WIDTH: 5, WIDE: 9}


@dataclass(frozen=True, slots=True, eq=False)
class Plot:
    """What the chart of one rule shows."""

    series: RuleSeries
    unit: str
    """Last word of the measure's name."""
    start_s: float
    end_s: float
    """The times at its left and right edge."""
    low: float = -math.inf
    high: float = math.inf
    """The band, shaded."""
    slack: float = 0.0
    """How far outside it a value fails, drawn dotted."""
    faults: tuple[Span, ...] = ()
    worst: tuple[tuple[float, float], ...] = ()
    """Time and value of the worst moment of each fault."""
    unseen: tuple[Span, ...] = ()
    """Stretches without a value."""
    neutral: Span | None = None
    """When the person's own neutral was taken, drawn at zero; None where it is not about that."""
    lines: tuple[float, ...] = ()
    """Further values to draw a dotted line at."""


def draw_plot(plot: Plot, prefix: str) -> Markup:
    """A rule's value over time, its band shaded and its faults marked; the same for the same plot.

    ``prefix``, here and below, begins the identifiers in it: another for each chart of a page.
    """

    def draw(axes: Any) -> None:
        low, high = _find_limits(plot)
        axes.set_position(_RULE_BOX)
        axes.set_xlim(plot.start_s, plot.end_s)
        axes.set_ylim(low, high)
        _draw_ground(axes, plot, low, high)
        _draw_values(axes, plot)
        axes.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 3, 5, 6, 10]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda time_s, _: _tell_tick_s(time_s)))
        sign = UNIT_TEXT[plot.unit] if plot.unit in ("deg", "s") else ""
        _dress(axes, lambda y: f"{y:g}{sign}", steps=(1, 2, 3, 5, 10))

    return _draw(draw, prefix)


def draw_held(days: Sequence[Day], since: date, today: date, prefix: str) -> Markup:
    """Minutes of good hold each day, in order; what was not confirmed stands paler on top."""

    def draw(axes: Any) -> None:
        places = [day.day.toordinal() for day in days]
        confirmed = [day.confirmed_s / 60 for day in days]
        rest = [(day.held_s - day.confirmed_s) / 60 for day in days]
        axes.bar(places, confirmed, width=0.75, color=_GOOD, zorder=2)
        axes.bar(places, rest, bottom=confirmed, width=0.75, color=_GOOD_SOFT, zorder=2)
        axes.set_ylim(bottom=0, top=max([1.0, *(day.held_s / 60 * 1.08 for day in days)]))
        _dress(axes, lambda y: tell_minutes(60 * y), scale="right")
        _place_days(axes, since, today, WIDE)

    return _draw(draw, prefix, WIDE)


def draw_lines(
    lines: Sequence[tuple[Side | None, Points]], since: date, today: date, prefix: str, unit: str
) -> Markup:
    """Values over days, a line for each side; at least one, with at least one point each.

    The unit is as in a measure's name, or empty for a rate from 0. The line is the median of seven
    values, of rates their mean.
    """

    def draw(axes: Any) -> None:
        for side, points in lines:
            places, values = zip(*((day.toordinal(), value) for day, value in points), strict=True)
            look = _LOOKS[side]
            axes.plot(places, values, lw=0, ms=2.6, mew=0.6, zorder=2, clip_on=False, **look)
            middles = smooth(values, median if unit else fmean)
            [line] = axes.plot(places, middles, color=look["color"], lw=1.5, zorder=3)
            line.set_dashes((3, 1.5) if side == "right" else ())
        shown = [value for _, points in lines for _, value in points]
        room = 0.12 * (max(shown) - min(shown)) or 0.5 * (abs(max(shown)) or 1.0)
        low, high = (min(shown) - room, max(shown) + room) if unit else (0.0, max(1.0, *shown))
        axes.set_ylim(low, high)
        _dress(axes, lambda y: _tell_tick(y, unit))
        _place_days(axes, since, today, WIDTH)

    return _draw(draw, prefix)


def draw_scores(counts: Mapping[str, Sequence[int]], bin_width: float, prefix: str) -> Markup:
    """How many sets are in each bin of the score, from 0 to 100, stacked by verdict."""

    def draw(axes: Any) -> None:
        below = np.zeros(round(100 / bin_width))
        for verdict, colour in (("fix", _BAD), ("cannot_judge", _UNSURE), ("pass", _GOOD)):
            places = bin_width * (np.arange(len(below)) + 0.5)
            axes.bar(places, counts[verdict], 0.9 * bin_width, below, color=colour, zorder=2)
            below += counts[verdict]
        axes.set_position((0.08, 0.24, 0.9, 0.72))
        axes.set_xlim(0, 100)
        axes.set_xlabel("score of a set, out of 100")
        axes.set_ylabel("sets")
        _dress(axes, lambda y: f"{y:g}")
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.spines["left"].set_visible(False)

    return _draw(draw, prefix, 576.0, 172.8)


def smooth(values: Sequence[float], middle: Middle = median) -> list[float]:
    """The middle of each value and those beside it, seven in all where there are so many."""
    return [float(middle(list(values[max(0, k - 3) : k + 4]))) for k in range(len(values))]


# --- what all charts share --------------------------------------------------------------------


def _draw(
    draw: Callable[[Any], None], prefix: str, width: float = WIDTH, height: float = HEIGHT
) -> Markup:
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width / 72, height / 72))
        figure.patch.set_visible(False)
        axes = figure.add_subplot()
        axes.patch.set_visible(False)
        draw(axes)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
    return Markup(_clean(file.getvalue(), prefix))


def _dress(
    axes: Any,
    tell: Callable[[float], str],
    *,
    scale: Literal["left", "right"] = "left",
    steps: Sequence[float] = (1, 2, 5, 10),
) -> None:
    """The scale, and the axes that are shown."""
    for side, spine in axes.spines.items():
        spine.set_visible(side in (scale, "bottom"))
    axes.yaxis.set_ticks_position(scale)
    axes.tick_params(colors=_MUTED, labelcolor=_INK, length=2.5, pad=2)
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=steps))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: tell(y).replace("-", "−")))
    axes.grid(axis="y")


def _place_days(axes: Any, since: date, today: date, width: float) -> None:
    """Mondays along the axis, which leaves as much room as the scale's labels need."""
    axes.set_xlim(since.toordinal() - 0.6, max(today, since).toordinal() + 0.6)
    n_weeks = (find_monday(today) - find_monday(since)).days // 7 + 1
    step = -(-n_weeks // _MAX_WEEKS[width])
    mondays = [find_monday(since) + timedelta(days=7 * k) for k in range(0, n_weeks, step)]
    axes.xaxis.set_major_locator(FixedLocator([day.toordinal() for day in mondays]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: tell_day(date.fromordinal(int(x)))))
    labels = axes.yaxis.get_major_formatter().format_ticks(list(axes.get_yticks()))
    left_pt, right_pt = max(_SCALE_PT, 6 + _LETTER_PT * max(map(len, labels))), _SIDE_PT
    if axes.yaxis.get_ticks_position() == "right":  # where the newest days alone may be seen
        left_pt, right_pt = right_pt, left_pt
    size = (width - left_pt - right_pt) / width, (HEIGHT - _TOP_PT - _BOTTOM_PT) / HEIGHT
    axes.set_position((left_pt / width, _BOTTOM_PT / HEIGHT, *size))


def _clean(text: str, prefix: str) -> str:
    """Matplotlib's SVG for an HTML page that allows no inline style and has two colour schemes.

    Styles become attributes, and identifiers that nothing refers to are dropped.
    """
    text = re.sub(r"<(metadata|style)\b.*?</\1>", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r'<svg[^>]*?(viewBox="[^"]*")[^>]*>', r'<svg \1 aria-hidden="true">', text)
    text = text.replace("xlink:href", "href")
    used = set(re.findall(r'(?:url\(|href=")#([^")]+)', text))
    text = re.sub(r'(url\(#|href="#)', rf"\1{prefix}", text)
    text = re.sub(r' id="([^"]+)"', lambda m: f' id="{prefix}{m[1]}"' if m[1] in used else "", text)
    text = re.sub(r' style="([^"]*)"', lambda m: _spread_style(m[1]), text)
    for stand_in, colour in COLOURS.items():
        text = text.replace(stand_in, colour)
    return re.sub(r'(?<= )(d|x|y|transform)="[^"]*"', _shorten_numbers, text)


def _spread_style(style: str) -> str:
    """The attributes that say the same; of a text's font its size alone: the face is the page's."""
    style = re.sub(r"font:.*?([\d.]+)px[^;]*", r"font-size: \1", style)
    return re.sub(r"\s*([\w-]+):\s*([^;]+);?", r' \1="\2"', style).rstrip()


def _shorten_numbers(attribute: re.Match[str]) -> str:
    """To a hundredth: a chart is 300 units wide, and a screen shows no more."""
    return re.sub(
        r"-?\d+\.\d+", lambda m: f"{float(m[0]):.2f}".rstrip("0").rstrip("."), attribute[0]
    )


# --- the chart of a rule ----------------------------------------------------------------------


def thin(series: RuleSeries) -> RuleSeries:
    """The same curve in at most three points for each of ``MAX_BUCKETS`` stretches of time.

    Of each stretch the lowest and the highest value are kept. Where something was not measured a
    NaN is kept as well, so that the line breaks there.
    """
    n = len(series.time_s)
    if n <= 2 * MAX_BUCKETS:
        return series
    edges = np.linspace(series.time_s[0], series.time_s[-1], MAX_BUCKETS + 1)
    first = np.searchsorted(series.time_s, edges[:-1])
    kept: list[int] = []
    for a, b in zip(first, [*first[1:], n], strict=True):
        if a == b:
            continue
        values = series.value[a:b]
        seen = np.isfinite(values)
        rows = set() if seen.all() else {int(seen.argmin())}
        if seen.any():
            rows |= {int(np.nanargmin(values)), int(np.nanargmax(values))}
        kept += sorted(int(a) + row for row in rows)
    return RuleSeries(
        series.time_s[kept], series.value[kept], series.is_failing[kept], series.is_unclear[kept],
        series.judged,
    )  # fmt: skip


def _find_limits(plot: Plot) -> tuple[float, float]:
    """Lowest and highest value to show: all that was measured, and the edges of the band."""
    shown = [*plot.series.value, *(one.value for one in plot.series.judged)]
    shown += [value for _, value in plot.worst]
    shown += [plot.low - plot.slack, plot.low, plot.high, plot.high + plot.slack, *plot.lines]
    shown = [value for value in shown if math.isfinite(value)]
    shown += [0.0] if plot.neutral is not None or not shown else []
    room = 0.12 * (max(shown) - min(shown)) or 1.0
    return min(shown) - room, max(shown) + room


def _draw_ground(axes: Any, plot: Plot, low: float, high: float) -> None:
    """What lies behind the curve: the band, faults, what was not seen, neutral."""
    for span in plot.unseen:
        axes.axvspan(span.start_s, span.end_s, facecolor=_UNSURE_SOFT, linewidth=0, zorder=0.4)
    for span in plot.faults:
        axes.axvspan(span.start_s, span.end_s, facecolor=_BAD_SOFT, linewidth=0, zorder=0.5)
        axes.plot([span.start_s, span.end_s], [high, high], color=_BAD, lw=3, zorder=3)
    if math.isfinite(plot.low) or math.isfinite(plot.high):
        edges = max(plot.low, low), min(plot.high, high)
        axes.axhspan(*edges, facecolor=_BAND, linewidth=0, zorder=0.6)
    fails = (plot.low - plot.slack, plot.high + plot.slack, *plot.lines)
    for edge in fails if plot.slack or plot.lines else ():
        if math.isfinite(edge):
            axes.axhline(edge, color=_MUTED, lw=0.8, dashes=(1, 2), zorder=1)
    if plot.neutral is not None:
        axes.axhline(0, color=_INK, lw=0.8, zorder=1)
        if plot.neutral.end_s > plot.neutral.start_s:
            axes.plot([plot.neutral.start_s, plot.neutral.end_s], [0, 0], color=_INK, lw=3)


def _draw_values(axes: Any, plot: Plot) -> None:
    series = thin(plot.series)
    # From each clear point to the next one: the dashes of what is not clear are seen between.
    wide = np.pad(series.is_unclear, 1, mode="edge") if len(series.time_s) else np.zeros(2, bool)
    clear = np.where(wide[1:-1] & wide[:-2] & wide[2:], np.nan, series.value)
    axes.plot(series.time_s, clear, color=_GOOD, lw=1.4, zorder=2)
    for mask, look in (
        (series.is_unclear, {"color": _MUTED, "lw": 1.4, "dashes": (2, 1)}),
        (series.is_failing, {"color": _BAD, "lw": 2.2}),
    ):
        if mask.any():
            axes.plot(series.time_s, np.where(mask, series.value, np.nan), zorder=2.5, **look)
    for time_s, value in plot.worst:
        axes.plot([time_s], [value], "X", color=_BAD, ms=6.5, mew=0, zorder=4, clip_on=False)
    # Each outcome of a repetition has a shape of its own.
    looks = {Outcome.PASS: ("o", _GOOD), Outcome.FAIL: ("X", _BAD), Outcome.UNKNOWN: ("s", _MUTED)}
    for one in series.judged:
        shape, colour = looks[one.outcome]
        if math.isfinite(one.value):
            axes.plot([one.time_s], [one.value], shape, color=colour, ms=6, mew=0, zorder=4)


def _tell_tick(value: float, unit: str) -> str:
    if unit == "deg":
        return f"{value:g}°"
    return f"{100 * value:g} %" if unit else f"{value:g}"


def _tell_tick_s(time_s: float) -> str:
    """Seconds in the first two minutes, then minutes and seconds."""
    if time_s < 0:
        return ""
    return f"{time_s:g} s" if time_s <= 120 else tell_clock(time_s)
