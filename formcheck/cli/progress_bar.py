"""A progress bar on stderr: frames, speed, time left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from formcheck.pose.estimation import Progress as Report
    from formcheck.pose.estimation import Stage

_WORDS = {"poses": "finding poses", "closer": "looking closer", "video": "drawing video"}


class _Speed(ProgressColumn):
    def render(self, task: Task) -> Text:
        """Frames a second."""
        return Text(f"{task.speed:.0f} frames/s" if task.speed else "")


@contextmanager
def show_progress(name: str, *, quiet: bool) -> Iterator[Report]:
    """Shows a bar for each stage while the block runs; nothing when quiet or not a terminal.

    Its reports also notice that the user asked to stop.
    """
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda stage, done, total: check()
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("frames"),
        _Speed(),
        TimeRemainingColumn(),
    )
    tasks: dict[Stage, TaskID] = {}
    with Progress(*columns, console=console, transient=True) as bar:

        def report(stage: Stage, done: int, total: int | None) -> None:
            check()
            if stage not in tasks:
                tasks[stage] = bar.add_task(f"{name}: {_WORDS[stage]}", total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield report
