"""Plots of weeks: what was held each day, and values over time, left beside right. SVG.

As on the page of a clip, a plot has no words but numbers and days: what it shows stands beside it.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean, median
from typing import Any, Final, Literal

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from formcheck.history.progress import Day
from formcheck.history.trend import Middle, Points
from formcheck.history.week import find_monday
from formcheck.history.wording import tell_day, tell_minutes
from formcheck.pose.landmarks import Side
from formcheck.report.svg import clean_svg, write_svg

NARROW, WIDE, HEIGHT = 300.0, 640.0, 132.0
"""Of a plot, in the units of its viewBox."""
_SCALE_PT, _SIDE_PT, _TOP_PT, _BOTTOM_PT = 36.0, 20.0, 7.0, 21.0
"""Room around the axes: at least where the scale is, on the other side, above and below."""
_LETTER_PT: Final = 5.6
"""A figure or letter of a label is hardly wider, in any face a browser may take."""
_MAX_TICKS: Final = {NARROW: 5, WIDE: 9}
_INK, _MUTED, _GRID, _FULL, _SOFT = (f"#0000{k:02x}" for k in range(1, 6))
_COLOURS: Final = {
    _INK: "var(--ink)",
    _MUTED: "var(--muted)",
    _GRID: "var(--grid)",
    _FULL: "var(--good)",
    _SOFT: "var(--good-soft)",
}
_STYLE: Final[Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "formcheck",
    "font.size": 8.5,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "hatch.linewidth": 0.6,
}
_LOOKS: Final[dict[Side | None, dict[str, Any]]] = {
    "left": {"color": _FULL, "marker": "o", "ms": 2.6, "mfc": _SOFT, "dashes": ()},
    "right": {"color": _INK, "marker": "s", "ms": 2.6, "mfc": "none", "dashes": (3, 1.5)},
    None: {"color": _FULL, "marker": "o", "ms": 2.6, "mfc": _SOFT, "dashes": ()},
}
"""Each side has a shape and a line of its own: not everyone tells colours apart."""


@dataclass(frozen=True, slots=True)
class ChartLine:
    """Values over days."""

    points: Points
    side: Side | None = None


def draw_held(days: Sequence[Day], since: date, today: date, prefix: str) -> str:
    """Minutes held well each day; what was not confirmed stands paler on top.

    Args:
        days: in order.
        since: the first day shown.
        today: the last.
        prefix: begins the identifiers in it, another one for each plot of a page.
    """
    places = [day.day.toordinal() for day in days]
    confirmed = [day.confirmed_s / 60 for day in days]
    rest = [(day.held_s - day.confirmed_s) / 60 for day in days]

    def draw(axes: Any) -> None:
        axes.bar(places, confirmed, width=0.75, color=_FULL, linewidth=0, zorder=2)
        axes.bar(places, rest, bottom=confirmed, width=0.75, color=_SOFT, linewidth=0, zorder=2)
        axes.set_ylim(bottom=0, top=max([1.0, *(day.held_s / 60 * 1.08 for day in days)]))

    return _draw(draw, since, today, prefix, WIDE, lambda y: tell_minutes(60 * y), scale="right")


def draw_lines(lines: Sequence[ChartLine], since: date, today: date, prefix: str, unit: str) -> str:
    """Values over time, a line for each side.

    Args:
        lines: at least one, with a point at least.
        since: the first day shown.
        today: the last.
        prefix: see ``draw_held``.
        unit: of the values, as in a measure's name, or empty for a rate from 0; the line is the
            median of seven of them, of rates their mean.
    """

    def draw(axes: Any) -> None:
        for line in lines:
            places, values = zip(*((day.toordinal(), v) for day, v in line.points), strict=True)
            look = dict(_LOOKS[line.side])
            dashes = look.pop("dashes")
            axes.plot(places, values, lw=0, mew=0.6, zorder=2, clip_on=False, **look)
            middles = smooth(values, median if unit else fmean)
            [middle] = axes.plot(places, middles, color=look["color"], lw=1.5, zorder=3)
            middle.set_dashes(dashes)
        shown = [value for line in lines for _, value in line.points]
        room = 0.12 * (max(shown) - min(shown)) or 0.5 * (abs(max(shown)) or 1.0)
        low, high = (min(shown) - room, max(shown) + room) if unit else (0.0, max(1.0, *shown))
        axes.set_ylim(low, high)

    return _draw(draw, since, today, prefix, NARROW, lambda y: _tell_tick(y, unit))


def smooth(values: Sequence[float], middle: Middle = median) -> list[float]:
    """The middle of each value and those beside it, seven in all where there are so many."""
    return [float(middle(list(values[max(0, k - 3) : k + 4]))) for k in range(len(values))]


def _draw(
    draw: Any, since: date, today: date, prefix: str, width: float, tell: Any,
    scale: Literal["left", "right"] = "left",
) -> str:  # fmt: skip
    """A plot; its scale stands on the right where the newest days alone may be seen."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width / 72, HEIGHT / 72))
        FigureCanvasSVG(figure)
        figure.patch.set_visible(False)
        axes = figure.add_subplot()
        axes.patch.set_visible(False)
        draw(axes)
        axes.set_xlim(since.toordinal() - 0.6, max(today, since).toordinal() + 0.6)
        _dress(axes, since, today, _MAX_TICKS[width], tell, scale)
        labels = axes.yaxis.get_major_formatter().format_ticks(list(axes.get_yticks()))
        scale_pt = max(_SCALE_PT, 6 + _LETTER_PT * max(map(len, labels)))
        left_pt, right_pt = (scale_pt, _SIDE_PT) if scale == "left" else (_SIDE_PT, scale_pt)
        axes.set_position(
            (
                left_pt / width,
                _BOTTOM_PT / HEIGHT,
                1 - (left_pt + right_pt) / width,
                1 - (_TOP_PT + _BOTTOM_PT) / HEIGHT,
            )
        )
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
    root = clean_svg(file.getvalue(), prefix, _COLOURS)
    root.set("aria-hidden", "true")
    return write_svg(root)


def _dress(
    axes: Any, since: date, today: date, n_ticks: int, tell: Any, scale: Literal["left", "right"]
) -> None:
    """Axes, ticks and what they say: Mondays, and values with their unit."""
    for side, spine in axes.spines.items():
        spine.set_visible(side in (scale, "bottom"))
        spine.set_color(_MUTED)
    axes.yaxis.set_ticks_position(scale)
    axes.tick_params(colors=_MUTED, labelcolor=_INK, length=2.5, pad=2)
    n_weeks = (find_monday(today) - find_monday(since)).days // 7 + 1
    step = -(-n_weeks // n_ticks)
    mondays = [find_monday(since) + timedelta(days=7 * k) for k in range(0, n_weeks, step)]
    axes.xaxis.set_major_locator(FixedLocator([day.toordinal() for day in mondays]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: tell_day(date.fromordinal(int(x)))))
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: tell(y).replace("-", "−")))
    axes.grid(axis="y", color=_GRID, lw=0.5, zorder=0.7)
    axes.set_axisbelow(True)


def _tell_tick(value: float, unit: str) -> str:
    if unit == "deg":
        return f"{value:g}°"
    return f"{100 * value:g} %" if unit else f"{value:g}"
