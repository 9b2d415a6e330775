"""What is remembered, shown in the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from formcheck.cli.printing import make_table, open_console
from formcheck.history import wording
from formcheck.notation import make_plain, name_words
from formcheck.report.words import GOOD_HOLD, GOOD_REPS

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from formcheck.history.progress import FaultSeries, Practice
    from formcheck.history.trend import RangeSeries
    from formcheck.history.week import PlanWeek

WIDTH: Final = 80
_NAME, _PLAN_NAME, _FAULT_NAME = 36, 29, 24
"""Columns for an exercise's name and what is said of it: in most tables, the plan, the faults."""
_MARKS: Final = {True: "●", False: "·", None: " "}
_PLAIN_MARKS: Final = {True: "x", False: ".", None: " "}
"""For a terminal or pipe whose encoding has no ●."""
_Row = Sequence["RenderableType"]


class ProgressView:
    """Writes what remembered sets come to, in 80 columns at most.

    Args:
        console: where it is shown; None for stdout.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or open_console(WIDTH)
        self._console.width = min(self._console.width, WIDTH)
        self._marks = _MARKS if self._console.encoding.startswith("utf") else _PLAIN_MARKS
        self._brief = False

    def write(self, progress: Practice, *, brief: bool) -> str:
        """The text, coloured for a terminal; ``brief`` leaves out the explanations."""
        self._brief = brief
        with self._console.capture() as capture:
            self._write(progress)
        text = capture.get().replace("−", "-")  # every terminal has a hyphen
        return "\n".join(line.rstrip() for line in text.splitlines())

    def _write(self, progress: Practice) -> None:
        who, today = (
            wording.tell_person(progress.person),
            wording.tell_day(progress.today, year=True),
        )
        self._put(f"{who}, {today}", "bold")
        self._put(wording.tell_days(progress))
        self._put(wording.tell_streak(progress.streak))
        if summary := wording.tell_summary(progress):
            self._put(summary)
        self._explain(wording.AIM)
        if progress.plan is not None:
            self._write_plan(progress.plan)
        elif progress.n_sets:
            self._explain(f"\n{wording.NO_ROUTINE}")
        if progress.weeks:
            self._write_weeks(progress)
        if progress.ranges:
            self._head(f"Range since {wording.tell_day(progress.since)}")
            self._put_table(("", "first", "now", "range"), _list_ranges(progress.ranges))
            self._explain(
                "First and now are medians of five days. Lengths are relative to the person's "
                "own body."
            )
        if progress.held_sides or progress.range_sides:
            self._head("Left and right")
            self._put_table(("", "left", "right", ""), _list_sides(progress))
            self._explain(
                "Only differences of 8° or more count: the camera sees the farther leg less well."
            )
        if progress.faults:
            self._head(wording.FAULTS)
            heads = ("", "first", "now", "", "most often")
            self._put_table(heads, map(_tell_fault, progress.faults))
        if progress.unknown:
            self._put(
                f"\nNot known here: {', '.join(progress.unknown)}. To see their range, "
                "give their folder with --exercises."
            )
        if not self._brief:
            self._put(f"\n{wording.CAUTION}")

    def _write_plan(self, plan: PlanWeek) -> None:
        from rich.text import Text

        def tell_done(done: float | None, enough: bool | None) -> Text:
            if not done:
                return Text(self._marks[None if done is None else False])
            return Text(f"{done:.0f}", style="green" if enough else "")

        self._head(f"This week: {plan.name}, once a day", f"complete {wording.tell_whole(plan)}")
        rows: list[_Row] = [
            (
                _cut(" ".join(filter(None, (row.exercise, row.side))), _PLAN_NAME),
                wording.tell_asked(row),
                *map(tell_done, row.done, row.days),
                wording.tell_percent(row.share),
            )
            for row in plan.rows
        ]
        whole = ("complete", "", *(self._marks[day] for day in plan.days), "")
        rows.append([Text(cell, style="bold") for cell in whole])
        self._put_table(("", "a day", *wording.DAYS, "so far"), rows)
        self._explain("Seconds of good hold, or good reps.")

    def _write_weeks(self, progress: Practice) -> None:
        self._head("Week by week")
        rows = (
            (
                wording.tell_day(week.monday),
                "".join(self._marks[day] for day in week.days),
                wording.tell_minutes(week.held_s),
                wording.tell_minutes(week.confirmed_s),
                str(week.n_good_reps or "-"),
                wording.tell_rate(week.faults_per_min),
            )
            for week in progress.weeks
        )
        heads = ("from", "days", GOOD_HOLD, "confirmed", GOOD_REPS, "faults per min")
        self._put_table(heads, rows, n_texts=2)
        self._explain(wording.HOLDS)

    def _head(self, text: str, more: str = "") -> None:
        from rich.text import Text

        self._console.print()
        self._console.print(
            Text(make_plain(text), style="bold"), Text(make_plain(more)), sep="  " if more else ""
        )

    def _put_table(self, heads: Sequence[str], rows: Iterable[_Row], *, n_texts: int = 1) -> None:
        """A table whose first columns are text; of the others, those that explain a number."""
        table = make_table()
        for place, head in enumerate(heads):
            is_text = place < n_texts or head in ("", "range", "most often")
            table.add_column(
                head, justify="left" if is_text else "right", no_wrap=place == 0 or not is_text
            )
        for row in rows:
            table.add_row(*row)
        self._console.print(table)

    def _explain(self, text: str) -> None:
        if not self._brief:
            self._put(text, "dim")

    def _put(self, text: str, style: str = "") -> None:
        from rich.text import Text

        self._console.print(Text(make_plain(text), style=style))


def _list_ranges(ranges: Iterable[RangeSeries]) -> Iterator[_Row]:
    """Each measure's range, below a row with its exercise."""
    before = None
    for one in ranges:
        if one.exercise != before:
            yield (_cut(one.exercise),)
        before = one.exercise
        yield (
            " ".join(filter(None, (f"  {one.words}", one.side))),
            wording.tell_value(one.first, one.unit),
            wording.tell_value(one.now, one.unit),
            wording.tell_trend(one),
        )


def _list_sides(progress: Practice) -> Iterator[_Row]:
    for held in progress.held_sides:
        left, right = map(wording.tell_minutes, (held.left_s, held.right_s))
        yield _cut(f"{held.exercise}: {GOOD_HOLD}"), left, right, ""
    for one in progress.range_sides:
        left, right = (wording.tell_value(value, one.unit) for value in (one.left, one.right))
        yield _cut(f"{one.exercise}: {one.words}"), left, right, wording.tell_sides(one)


def _tell_fault(one: FaultSeries) -> _Row:
    name = _cut(one.exercise, _FAULT_NAME)
    first, now = map(wording.tell_rate, (one.first, one.now))
    often = name_words(one.commonest) if one.commonest else "-"
    return name, first, now, wording.tell_trend(one), often


def _cut(name: str, width: int = _NAME) -> str:
    """The name of an exercise in lines of that width, broken after hyphens."""
    return "\n".join(textwrap.wrap(name, width))
