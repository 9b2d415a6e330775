"""One plot a rule: its value over time, the right range shaded, faults marked. SVG by matplotlib.

A plot has no words but numbers: names and explanations stand beside it on the page, where they can
be read aloud, translated and searched.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from formcheck.judging.rules import Outcome
from formcheck.notation import UNIT_TEXT, tell_clock
from formcheck.pose.track import Floats
from formcheck.report.svg import clean_svg, write_svg
from formcheck.report.traces import Judged, RuleSeries, Span

WIDTH, HEIGHT = 300.0, 132.0
"""Of a plot, in the units of its viewBox."""
LEFT, RIGHT, TOP, BOTTOM = 0.115, 0.975, 0.955, 0.185
"""Where its axes are, as shares."""
MAX_BUCKETS: Final = 400
"""A plot is 300 units wide: what happens within one of them cannot be seen."""
_INK, _MUTED, _GRID, _LINE, _BAND, _BAD, _BAD_SOFT, _UNSURE = (f"#0000{k:02x}" for k in range(1, 9))
COLOURS: Final = {
    _INK: "var(--ink)",
    _MUTED: "var(--muted)",
    _GRID: "var(--grid)",
    _LINE: "var(--good)",
    _BAND: "var(--band)",
    _BAD: "var(--bad)",
    _BAD_SOFT: "var(--bad-soft)",
    _UNSURE: "var(--unsure-soft)",
}
_STYLE: Final[Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "formcheck",
    "font.size": 8.5,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "hatch.linewidth": 0.6,
    "path.simplify": True,
}


@dataclass(frozen=True, slots=True, eq=False)
class Plot:
    """What one plot shows."""

    series: RuleSeries
    unit: str
    """Last word of the measure's name."""
    start_s: float
    end_s: float
    """The times at its left and right edge."""
    low: float = -math.inf
    high: float = math.inf
    """The right range, shaded."""
    slack: float = 0.0
    """How far outside it a value fails, drawn dotted."""
    faults: tuple[Span, ...] = ()
    worst: tuple[tuple[float, float], ...] = ()
    """Time and value of the worst moment of each fault."""
    unseen: tuple[Span, ...] = ()
    """Stretches without a value."""
    neutral: Span | None = None
    """When the person's own neutral was taken, drawn at nought; None where it is not about that."""
    lines: tuple[float, ...] = ()
    """Further values to draw a dotted line at."""


def draw_plot(plot: Plot, prefix: str) -> str:
    """A plot as SVG for the page; the same text for the same plot.

    Args:
        plot: what it shows.
        prefix: begins the identifiers in it, another one for each plot of a page.
    """
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72))
        FigureCanvasSVG(figure)
        figure.patch.set_visible(False)
        axes = figure.add_axes((LEFT, BOTTOM, RIGHT - LEFT, TOP - BOTTOM))
        axes.patch.set_visible(False)
        low, high = _find_limits(plot)
        axes.set_xlim(plot.start_s, plot.end_s)
        axes.set_ylim(low, high)
        _draw_ground(axes, plot, low, high)
        _draw_values(axes, plot)
        _dress(axes, plot)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
    root = clean_svg(file.getvalue(), prefix, COLOURS)
    root.set("aria-hidden", "true")
    return write_svg(root)


def thin(series: RuleSeries, n_buckets: int = MAX_BUCKETS) -> RuleSeries:
    """The same curve in few points: of each bucket of time its lowest and its highest value.

    Where something was not measured a NaN is kept as well, so that the line breaks there.

    Args:
        series: N points.
        n_buckets: at most three points each are kept; fewer than twice as many are all kept.
    """
    n = len(series.time_s)
    if n <= 2 * n_buckets:
        return series
    edges = np.linspace(series.time_s[0], series.time_s[-1], n_buckets + 1)
    first = np.searchsorted(series.time_s, edges[:-1])
    kept: list[int] = []
    for a, b in zip(first, [*first[1:], n], strict=True):
        if a == b:
            continue
        values = series.value[a:b]
        seen = np.isfinite(values)
        rows_here = set() if seen.all() else {int(seen.argmin())}
        if seen.any():
            rows_here |= {int(np.nanargmin(values)), int(np.nanargmax(values))}
        kept += sorted(int(a) + row for row in rows_here)
    rows = np.array(kept)
    return RuleSeries(
        series.time_s[rows], series.value[rows], series.is_failing[rows], series.is_unclear[rows],
        series.judged,
    )  # fmt: skip


def _find_limits(plot: Plot) -> tuple[float, float]:
    """Lowest and highest value to show: all that was measured, and the edges of the range."""
    shown = [value for value in plot.series.value if np.isfinite(value)]
    shown += [one.value for one in plot.series.judged if np.isfinite(one.value)]
    shown += [value for _, value in plot.worst if math.isfinite(value)]
    edges = (plot.low - plot.slack, plot.low, plot.high, plot.high + plot.slack, *plot.lines)
    shown += [edge for edge in edges if math.isfinite(edge)]
    shown += [0.0] if plot.neutral is not None or not shown else []
    low, high = min(shown), max(shown)
    room = 0.12 * (high - low) or 1.0
    return low - room, high + room


def _draw_ground(axes: Any, plot: Plot, low: float, high: float) -> None:
    """What lies behind the curve: the range, faults, what was not seen, neutral."""
    for span in plot.unseen:
        axes.axvspan(span.start_s, span.end_s, facecolor=_UNSURE, linewidth=0, zorder=0.4)
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
    clear = np.where(_is_inside(series.is_unclear), np.nan, series.value)
    axes.plot(series.time_s, clear, color=_LINE, lw=1.4, zorder=2)
    for mask, colour, width, dashes in (
        (series.is_unclear, _MUTED, 1.4, (2, 1)), (series.is_failing, _BAD, 2.2, None),
    ):  # fmt: skip
        if mask.any():
            line = np.where(mask, series.value, np.nan)
            [drawn] = axes.plot(series.time_s, line, color=colour, lw=width, zorder=2.5)
            if dashes:
                drawn.set_dashes(dashes)
    for time_s, value in plot.worst:
        axes.plot([time_s], [value], "X", color=_BAD, ms=6.5, mew=0, zorder=4, clip_on=False)
    for one in series.judged:
        _draw_judged(axes, one)


def _is_inside(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """True where a point and both its neighbours are."""
    wide = np.concatenate([mask[:1], mask, mask[-1:]])
    return np.asarray(mask & wide[:-2] & wide[2:])


def _draw_judged(axes: Any, one: Judged) -> None:
    """The verdict on a repetition: each outcome has a shape of its own."""
    if math.isnan(one.value):
        return
    shape, colour = {
        Outcome.PASS: ("o", _LINE), Outcome.FAIL: ("X", _BAD), Outcome.UNKNOWN: ("s", _MUTED),
    }[one.outcome]  # fmt: skip
    axes.plot([one.time_s], [one.value], shape, color=colour, ms=6, mew=0, zorder=4)


def _dress(axes: Any, plot: Plot) -> None:
    """Axes, ticks and their numbers."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(_MUTED)
    axes.tick_params(colors=_MUTED, labelcolor=_INK, length=2.5, pad=2)
    axes.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 3, 5, 6, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 3, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(_tell_tick_s))
    sign = UNIT_TEXT[plot.unit] if plot.unit in ("deg", "s") else ""
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}{sign}".replace("-", "−")))
    axes.grid(axis="y", color=_GRID, lw=0.5, zorder=0.7)
    axes.set_axisbelow(False)


def _tell_tick_s(time_s: float, place: int) -> str:
    """Seconds in the first minutes, then minutes and seconds."""
    if time_s < 0:
        return ""
    if time_s <= 120:
        return f"{time_s:g} s"
    return tell_clock(time_s)


def find_unseen(series: RuleSeries) -> tuple[Span, ...]:
    """Stretches between two stays' ends in which a value was not measured."""
    empty = ~np.isfinite(series.value)
    return tuple(_find_runs(series.time_s, empty))


def _find_runs(time_s: Floats, mask: NDArray[np.bool_]) -> list[Span]:
    """Runs of True, each to the next frame."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    last = len(time_s) - 1
    return [
        Span(float(time_s[a]), float(time_s[min(b, last)]))
        for a, b in edges.reshape(-1, 2)
        if time_s[min(b, last)] > time_s[a]
    ]
