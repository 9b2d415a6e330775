"""Progress bars on stderr: how far the work is, how fast, how long it still takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from formcheck.cli.stopping import check
from formcheck.notation import make_plain

if TYPE_CHECKING:
    from formcheck.app.batch.run import BatchProgress
    from formcheck.pose.estimation import Progress as Report
    from formcheck.pose.estimation import Stage

_WORDS: Final = {"poses": "finding poses", "closer": "looking closer", "video": "drawing video"}
_RATE_OVER_S: Final = 120.0
"""Clips take different times, so the rate is that of the last two minutes."""


class _Speed(ProgressColumn):
    def __init__(self, unit: str, per_s: float = 1.0) -> None:
        super().__init__()
        self._unit, self._per_s = unit, per_s

    def render(self, task: Task) -> Text:
        """How fast it goes, once that is known."""
        return Text(f"{task.speed * self._per_s:.0f} {self._unit}" if task.speed else "")


@contextmanager
def show_progress(name: str, *, quiet: bool) -> Iterator[Report]:
    """Show a bar for each stage of the work on a clip while the block runs.

    What it yields also notices that the user asked to stop.
    """
    tasks: dict[Stage, TaskID] = {}
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("frames"),
        _Speed("frames/s"),
        TimeRemainingColumn(),
    )
    with _make_bar(*columns, quiet=quiet) as bar:

        def report(stage: Stage, done: int, total: int | None) -> None:
            check()
            if stage not in tasks:
                tasks[stage] = bar.add_task(f"{name}: {_WORDS[stage]}", total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield report


@contextmanager
def show_batch_progress(*, quiet: bool) -> Iterator[BatchProgress]:
    """Show a bar of the clips, and above it a line for each clip that failed."""
    n_failed = 0
    columns = (
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("clips, {task.fields[failed]} failed"),
        _Speed("clips/min", 60.0),
        TimeRemainingColumn(),
    )
    with _make_bar(*columns, quiet=quiet, rate_over_s=_RATE_OVER_S) as bar:
        task = bar.add_task("clips", total=None, failed=0)

        def report(done: int, total: int, failure: str | None) -> None:
            nonlocal n_failed
            if failure is not None:
                n_failed += 1
                text = make_plain(f"formcheck: {failure}")
                bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
            bar.update(task, completed=done, total=total, failed=n_failed)

        yield report


def _make_bar(*columns: ProgressColumn, quiet: bool, rate_over_s: float = 30.0) -> Progress:
    """A bar, hidden if ``quiet`` or if stderr is not a terminal."""
    console = Console(stderr=True)
    return Progress(
        *columns, console=console, transient=True, speed_estimate_period=rate_over_s,
        disable=quiet or not console.is_terminal,
    )  # fmt: skip
