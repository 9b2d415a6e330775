"""What is remembered, as a view in the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from formcheck.cli.exercise_page import open_console
from formcheck.history.wording import (
    AIM,
    CAUTION,
    DAYS,
    NO_ROUTINE,
    tell_asked,
    tell_day,
    tell_days,
    tell_faults,
    tell_minutes,
    tell_percent,
    tell_person,
    tell_range,
    tell_sides,
    tell_streak,
    tell_summary,
    tell_value,
    tell_whole,
)
from formcheck.notation import make_plain, name_words
from formcheck.report.verdicts import GOOD_HOLD, GOOD_REPS

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from formcheck.history.progress import Practice
    from formcheck.history.week import PlanWeek

WIDTH: Final = 80
_NAME, _PLAN_NAME, _FAULT_NAME = 36, 29, 24
"""Columns for the name of an exercise, and what is said of it, in most tables and in two others."""
_MARKS: Final = {True: "●", False: "·", None: " "}
_PLAIN_MARKS: Final = {True: "x", False: ".", None: " "}
"""For a terminal or pipe whose code has no ●."""


class ProgressView:
    """Writes what remembered sets come to; no wider than 80 columns.

    Args:
        console: where it is to be shown; None takes stdout as it is.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or open_console(WIDTH)
        self._console.width = min(self._console.width, WIDTH)
        self._marks = _MARKS if self._console.encoding.startswith("utf") else _PLAIN_MARKS

    def write(self, progress: Practice, *, brief: bool) -> str:
        """The text, with a terminal's colours; ``brief`` leaves out what explains."""
        with self._console.capture() as capture:
            self._write(progress, brief)
        text = capture.get().replace("−", "-")  # every terminal has a hyphen
        return "\n".join(line.rstrip() for line in text.splitlines())

    def _write(self, progress: Practice, brief: bool) -> None:
        self._put(f"{tell_person(progress.person)}, {tell_day(progress.today, year=True)}", "bold")
        self._put(tell_days(progress))
        self._put(tell_streak(progress.streak))
        if summary := tell_summary(progress):
            self._put(summary)
        if not brief:
            self._put(AIM, "dim")
        if progress.plan is not None:
            self._write_plan(progress.plan, brief)
        elif not brief and progress.n_sets:
            self._put(f"\n{NO_ROUTINE}", "dim")
        self._write_weeks(progress, brief)
        self._write_ranges(progress, brief)
        self._write_sides(progress, brief)
        self._write_faults(progress)
        if progress.unknown:
            self._put(
                f"\nNot known here: {', '.join(progress.unknown)}. Their range is told if "
                "--exercises names their folder."
            )
        if not brief:
            self._put(f"\n{CAUTION}")

    def _write_plan(self, plan: PlanWeek, brief: bool) -> None:
        self._head(f"This week: {plan.name}, once a day", f"whole {tell_whole(plan)}")
        table = _make_table(("", "a day", *DAYS, "so far"), n_texts=1)
        for row in plan.rows:
            cells = map(self._tell_done, row.done, row.days)
            table.add_row(
                _cut(" ".join(filter(None, (row.exercise, row.side))), _PLAN_NAME),
                tell_asked(row),
                *cells,
                tell_percent(row.share),
            )
        marks = (self._marks[day] for day in plan.days)
        table.add_row("the whole", "", *marks, "", style="bold")
        self._console.print(table)
        if not brief:
            self._put("Seconds of good hold, or good reps.", "dim")

    def _write_weeks(self, progress: Practice, brief: bool) -> None:
        if not progress.weeks:
            return
        self._head("Week by week")
        heads = ("from", "days", GOOD_HOLD, "confirmed", GOOD_REPS, "faults a min")
        table = _make_table(heads, n_texts=2)
        for week in progress.weeks:
            rate = week.faults_per_min
            table.add_row(
                tell_day(week.monday),
                "".join(self._marks[day] for day in week.days),
                tell_minutes(week.held_s),
                tell_minutes(week.confirmed_s),
                str(week.n_good_reps or "-"),
                "-" if rate is None else f"{rate:.1f}",
            )
        self._console.print(table)
        if not brief:
            self._put(
                "Good hold: only the seconds done right. Confirmed: of these, the ones in which "
                "the camera saw every required rule met.",
                "dim",
            )

    def _write_ranges(self, progress: Practice, brief: bool) -> None:
        if not progress.ranges:
            return
        self._head(f"Range since {tell_day(progress.since)}")
        table = _make_table(("", "first", "now", "range"), n_texts=1)
        before = None
        for one in progress.ranges:
            if one.exercise != before:
                table.add_row(_cut(one.exercise))
            before = one.exercise
            table.add_row(
                " ".join(filter(None, (f"  {one.words}", one.side))),
                tell_value(one.first, one.unit),
                tell_value(one.now, one.unit),
                tell_range(one),
            )
        self._console.print(table)
        if not brief:
            self._put(
                "First and now: the median of five days. Lengths are shares of the person's own.",
                "dim",
            )

    def _write_sides(self, progress: Practice, brief: bool) -> None:
        if not progress.held_sides and not progress.range_sides:
            return
        self._head("Left and right")
        table = _make_table(("", "left", "right", ""), n_texts=1)
        for held in progress.held_sides:
            left, right = map(tell_minutes, (held.left_s, held.right_s))
            table.add_row(_cut(f"{held.exercise}: {GOOD_HOLD}"), left, right, "")
        for one in progress.range_sides:
            table.add_row(
                _cut(f"{one.exercise}: {one.words}"),
                tell_value(one.left, one.unit),
                tell_value(one.right, one.unit),
                tell_sides(one),
            )
        self._console.print(table)
        if not brief:
            self._put(
                "A difference counts from 8°: the leg farther from the camera is seen worse.",
                "dim",
            )

    def _write_faults(self, progress: Practice) -> None:
        if not progress.faults:
            return
        self._head("Faults a minute in position")
        table = _make_table(("", "first", "now", "", "most often"), n_texts=1)
        for one in progress.faults:
            first = "-" if one.first is None else f"{one.first:.1f}"
            table.add_row(
                _cut(one.exercise, _FAULT_NAME), first, f"{one.now:.1f}", tell_faults(one),
                name_words(one.commonest) if one.commonest else "-",
            )  # fmt: skip
        self._console.print(table)

    def _tell_done(self, done: float | None, enough: bool | None) -> Text:
        from rich.text import Text

        if not done:
            return Text(self._marks[None if done is None else False])
        return Text(f"{done:.0f}", style="green" if enough else "")

    def _head(self, text: str, more: str = "") -> None:
        from rich.text import Text

        self._console.print()
        self._console.print(
            Text(make_plain(text), style="bold"), Text(make_plain(more)), sep="  " if more else ""
        )

    def _put(self, text: str, style: str = "") -> None:
        from rich.text import Text

        self._console.print(Text(make_plain(text), style=style))


def _cut(name: str, width: int = _NAME) -> str:
    """A name of one's own exercise in lines no longer than that, cut after its hyphens."""
    return "\n".join(textwrap.wrap(name, width))


def _make_table(heads: Sequence[str], *, n_texts: int) -> Table:
    """A table without lines; the first columns are texts, and what follows on a number is one."""
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for place, head in enumerate(heads):
        is_text = place < n_texts or head in ("", "range", "most often")
        table.add_column(
            head, justify="left" if is_text else "right", no_wrap=place == 0 or not is_text
        )
    return table
