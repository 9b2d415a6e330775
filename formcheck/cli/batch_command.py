"""``formcheck batch``: many clips in, one table out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from formcheck.cli.lines import Column, Lines, find_width, write_rows
from formcheck.cli.options import (
    SIDES,
    DebugOption,
    EveryFrameOption,
    ExerciseOption,
    FoldersOption,
    FollowOption,
    FpsOption,
    LandmarksOption,
    MirroredOption,
    ModelOption,
    QuietOption,
    RateOption,
    SideChoice,
    SideOption,
    check_fps,
    check_landmarks,
    name_frame_options,
    read_rate,
)
from formcheck.cli.overwriting import warn_of_saved
from formcheck.cli.say import say
from formcheck.notation import make_plain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar

    from formcheck.app.batch.job import SeriesFormat
    from formcheck.app.batch.run import BatchProgress, BatchSummary
    from formcheck.result.csv_text import Excel

HELP: Final = """Score many clips into one table: a row a set, and one for a clip without.

Goes on where an earlier run was stopped. Exits 0 when done, 1 if any clip could not be processed or
its page or series not be written, 2 on wrong input.

\b
Example:
  formcheck batch clips/ --recursive --out results.csv
  formcheck batch --manifest study.csv --out study.parquet --poses poses/
  formcheck batch 'https://host/clips/*.mp4' --exercise half-kneeling
  formcheck batch clips/ --series frames/ --series-format parquet
  formcheck batch clips/ --cluster tcp://10.0.0.1:8786
"""
EXIT_FAILED: Final = 1


class ExcelChoice(StrEnum):
    """What ``--excel`` takes."""

    COMMA = "comma"
    SEMICOLON = "semicolon"


EXCELS: Final[dict[ExcelChoice | None, Excel | None]] = {
    None: None,
    ExcelChoice.COMMA: "comma",
    ExcelChoice.SEMICOLON: "semicolon",
}


class SeriesChoice(StrEnum):
    """What ``--series-format`` takes."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


SERIES: Final[dict[SeriesChoice | None, SeriesFormat]] = {
    None: "csv",
    SeriesChoice.CSV: "csv",
    SeriesChoice.JSONL: "jsonl",
    SeriesChoice.PARQUET: "parquet",
}


_COUNTS: Final = (
    ("clips", "n_clips"), ("sets", "n_sets"), ("pass", "n_pass"), ("fix", "n_fix"),
    ("measured", "n_measured"), ("cannot judge", "n_cannot_judge"), ("not seen", "n_not_seen"),
    ("failed", "n_failed"),
)  # fmt: skip
"""Heads of the table and what they count."""
_RATE_OVER_S: Final = 120.0
"""Clips of different lengths take different times: the rate is that of the last two minutes."""


def batch(
    ctx: typer.Context,
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH", help="File, folder, pattern or address."),
    ] = None,
    recursive: Annotated[
        bool, typer.Option("--recursive", help="Look into the folders in folders too.")
    ] = False,
    exercise: ExerciseOption = "auto",
    side: SideOption = SideChoice.AUTO,
    follow: FollowOption = "largest",
    mirrored: MirroredOption = False,
    manifest: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="CSV of clips: path, and person, exercise, side, neutral, fps, follow, mirrored.",
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="The table: .csv, .jsonl or .parquet.")
    ] = Path("results.csv"),
    excel: Annotated[
        ExcelChoice | None,
        typer.Option(
            help="Make the CSV one that Excel opens by a double click, where its lists are "
            "separated by commas or by semicolons (most of Europe).",
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Worker processes [default: one a core]."),
    ] = None,
    cluster: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Dask scheduler whose workers score.")
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume/--restart", help="Leave out what is done, or begin anew."),
    ] = True,
    poses: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep poses there: scoring again opens no video."),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write pages there: index.html, and one a clip, without pictures."
        ),
    ] = None,
    series: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write each clip there frame by frame, a file a clip."),
    ] = None,
    series_format: Annotated[
        SeriesChoice | None, typer.Option(help="Of those files [default: csv].")
    ] = None,
    series_landmarks: LandmarksOption = False,
    timeout: Annotated[
        float, typer.Option(metavar="S", help="Seconds for a clip; then it is given up.")
    ] = 3600.0,
    rate: RateOption = None,
    every_frame: EveryFrameOption = False,
    fps: FpsOption = None,
    model: ModelOption = "full",
    exercises: FoldersOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a table that is not of this batch.")
    ] = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Score many clips; ``HELP`` is what the user reads."""
    ctx.meta["debug"] = debug
    rate_hz = read_rate(rate, every_frame=every_frame)
    check_fps(fps)
    check_landmarks(series_landmarks, series)
    if series_format is not None and series is None:
        raise typer.BadParameter("--series-format is for --series: say where to write that")
    if not timeout > 0:
        raise typer.BadParameter("--timeout is above 0 s")
    if not paths and manifest is None:
        raise typer.BadParameter("give clips: files, folders, patterns, addresses or --manifest")
    if cluster is not None and jobs is not None:
        raise typer.BadParameter("--jobs is for this machine, --cluster for others: give one")
    given = name_frame_options(rate, every_frame, model)
    warn_of_saved(paths or (), given, "**/*.npz" if recursive else "*.npz")
    from formcheck.app.batch.run import batch as run

    with _show_progress(quiet=quiet) as progress:
        summary = run(
            paths or [],
            out=out,
            recursive=recursive,
            manifest=manifest,
            exercise=exercise,
            side=SIDES[side],
            follow=follow,
            mirrored=mirrored,
            model=model,
            rate_hz=rate_hz,
            fps=fps,
            exercise_dirs=tuple(exercises or ()),
            poses_dir=poses,
            report_dir=report,
            series_dir=series,
            series_format=SERIES[series_format],
            series_landmarks=series_landmarks,
            excel=EXCELS[excel],
            n_jobs=jobs,
            cluster=cluster,
            timeout_s=timeout,
            resume=resume,
            force=force,
            progress=progress,
        )
    if not quiet:
        _print_summary(summary)
        if report is not None:
            say(f"{report / 'index.html'}: the page of the batch")
    _tell_missing(summary.n_pageless, "page", summary.page_error)
    _tell_missing(summary.n_seriesless, "series", summary.series_error)
    if summary.n_failed or summary.n_pageless or summary.n_seriesless:
        raise typer.Exit(EXIT_FAILED)


def _tell_missing(n_clips: int, what: str, why: str | None) -> None:
    if n_clips:
        clips = "clip has" if n_clips == 1 else "clips have"
        say(f"formcheck: {n_clips} {clips} no {what}: {why}; run again to add it", err=True)


@contextmanager
def _show_progress(*, quiet: bool) -> Iterator[BatchProgress]:
    """Names each clip that failed on stderr, above a bar if that is a terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    n_failed = 0

    def tell(failure: str | None) -> None:
        nonlocal n_failed
        if failure is not None:
            n_failed += 1
            text = make_plain(f"formcheck: {failure}")
            console.print(text, markup=False, highlight=False, soft_wrap=True)

    if quiet or not console.is_terminal:
        yield lambda done, total, failure: tell(failure)
        return
    with _make_bar(console) as bar:
        task = bar.add_task("clips", total=None, failed=0)

        def report(done: int, total: int, failure: str | None) -> None:
            tell(failure)
            bar.update(task, completed=done, total=total, failed=n_failed)

        yield report


def _make_bar(console: Console) -> Bar:
    """Clips done, failed, rate, time left."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            """Clips a minute."""
            return Text(f"{60 * task.speed:.0f} clips/min" if task.speed else "")

    return Progress(
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("clips, {task.fields[failed]} failed"),
        Rate(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        speed_estimate_period=_RATE_OVER_S,
    )


def _print_summary(summary: BatchSummary) -> None:
    width = find_width()
    lines = Lines(width)
    names = Column("exercise", tuple(one.exercise or "none" for one in summary.exercises))
    columns = [names, *(Column(head, cells, to_right=True) for head, cells in _count(summary))]
    for row in write_rows(columns, width, above=names):
        lines.put_row(row)
    kept = f", {summary.n_kept} of them done before" if summary.n_kept else ""
    failed = f", {summary.n_failed} failed" if summary.n_failed else ""
    n_clips = f"{summary.n_clips} clip{'s' if summary.n_clips != 1 else ''}"
    n_rows = f"{summary.n_rows} row{'s' if summary.n_rows != 1 else ''}"
    took = _spell(summary.took_s)
    lines.put(f"{summary.out}: {n_rows} of {n_clips}{kept}{failed}, in {took}")


def _count(summary: BatchSummary) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Head and cells of each column of numbers."""
    for head, name in _COUNTS:
        yield head, tuple(str(getattr(one, name)) for one in summary.exercises)
    scores = (one.median_score for one in summary.exercises)
    yield "median score", tuple("-" if score is None else f"{score:g}" for score in scores)


def _spell(took_s: float) -> str:
    """A time as ``7 s``, ``3 min 20 s`` or ``2 h 5 min``."""
    minutes, seconds = divmod(round(took_s), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
