"""``formcheck batch``: many clips in, one table out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import typer

from formcheck.cli.options import ClipOptions, ExcelOption, argument, option
from formcheck.cli.overwriting import warn_of_saved
from formcheck.cli.printing import Lines, find_width, say, tell
from formcheck.notation import tell_plural

if TYPE_CHECKING:
    from formcheck.app.batch.run import BatchSummary

EXIT_FAILED: Final = 1
_COUNTS: Final = {
    "clips": "n_clips", "sets": "n_sets", "pass": "n_pass", "fix": "n_fix",
    "measured": "n_measured", "cannot judge": "n_cannot_judge", "not seen": "n_not_seen",
    "failed": "n_failed",
}  # fmt: skip
"""Heads of the table, and the attributes that they count."""


@dataclass(frozen=True, kw_only=True)
class BatchOptions(ClipOptions):
    """What ``formcheck batch`` takes."""

    paths: list[str] | None = argument(
        "File, folder, pattern or address.", metavar="PATH", default=None
    )
    recursive: bool = option(False, "Search subfolders as well.", "--recursive")
    manifest: Path | None = option(
        None,
        "CSV of clips: path and, optionally, person, exercise, side, neutral, fps, follow, "
        "mirrored.",
        metavar="FILE",
    )
    out: Path = option(Path("results.csv"), "The table: .csv, .jsonl or .parquet.", metavar="FILE")
    excel: ExcelOption = None
    jobs: int | None = option(None, "Worker processes [default: one per core].", metavar="N", min=1)
    cluster: str | None = option(None, "Dask scheduler to send the clips to.", metavar="ADDRESS")
    resume: bool = option(True, "Skip finished clips, or start over.", "--resume/--restart")
    poses: Path | None = option(
        None, "Save the poses here, so that scoring again needs no video.", metavar="DIR"
    )
    report: Path | None = option(
        None, "Write pages here: index.html, and one per clip, without pictures.", metavar="DIR"
    )
    series: Path | None = option(
        None, "Write each clip here frame by frame, one file per clip.", metavar="DIR"
    )
    series_format: Literal["csv", "jsonl", "parquet"] | None = option(
        None, "The format of those files [default: csv]."
    )
    timeout: float = option(3600.0, "Give up on a clip after this many seconds.", metavar="S")
    force: bool = option(False, "Replace a table that was not made by this batch.", "--force")


def batch(asked: BatchOptions) -> None:
    """Score many clips in one table: one row per set, and one for each clip without a set.

    Continues where an earlier run was stopped. Exits with 0 when done, 1 if any clip could not be
    processed or its page or series could not be written, 2 on invalid input.

    Example:
      formcheck batch clips/ --recursive --out results.csv
      formcheck batch --manifest study.csv --out study.parquet --poses poses/
      formcheck batch 'https://host/clips/*.mp4' --exercise half-kneeling
      formcheck batch clips/ --series frames/ --series-format parquet
      formcheck batch clips/ --cluster tcp://10.0.0.1:8786
    """
    _check(asked)
    from formcheck.app.batch.run import batch as run
    from formcheck.cli.progress_bar import show_batch_progress

    with show_batch_progress(quiet=asked.quiet) as progress:
        summary = run(
            asked.paths or [],
            out=asked.out,
            recursive=asked.recursive,
            manifest=asked.manifest,
            poses_dir=asked.poses,
            report_dir=asked.report,
            series_dir=asked.series,
            series_format=asked.series_format or "csv",
            excel=asked.excel,
            n_jobs=asked.jobs,
            cluster=asked.cluster,
            timeout_s=asked.timeout,
            resume=asked.resume,
            force=asked.force,
            progress=progress,
            **asked.shared,
        )
    if not asked.quiet:
        _print_summary(summary)
        if asked.report is not None:
            say(f"{asked.report / 'index.html'}: the page of the batch")
    _tell_missing(summary.n_pageless, "page", summary.page_error)
    _tell_missing(summary.n_seriesless, "series", summary.series_error)
    if summary.n_failed or summary.n_pageless or summary.n_seriesless:
        raise typer.Exit(EXIT_FAILED)


def _check(asked: BatchOptions) -> None:
    """Refuse, before any work, options that contradict each other."""
    asked.check_frames(asked.series)
    if asked.series_format is not None and asked.series is None:
        raise typer.BadParameter("--series-format needs --series: say where to write the series")
    if not asked.timeout > 0:
        raise typer.BadParameter("--timeout must be above 0 s")
    if not asked.paths and asked.manifest is None:
        raise typer.BadParameter("give clips: files, folders, patterns, addresses or --manifest")
    if asked.cluster is not None and asked.jobs is not None:
        raise typer.BadParameter("--jobs is for this machine, --cluster for others: give only one")
    warn_of_saved(asked.paths or (), asked, "**/*.npz" if asked.recursive else "*.npz")


def _tell_missing(n_clips: int, what: str, why: str | None) -> None:
    if n_clips:
        clips = "clip has" if n_clips == 1 else "clips have"
        tell(f"{n_clips} {clips} no {what}: {why}; run again to add it")


def _print_summary(summary: BatchSummary) -> None:
    lines = Lines(find_width())
    heads = ("exercise", *_COUNTS, "median score")
    rows = [
        (
            one.exercise or "none",
            *(str(getattr(one, name)) for name in _COUNTS.values()),
            "-" if one.median_score is None else f"{one.median_score:g}",
        )
        for one in summary.exercises
    ]
    lines.put_table(heads, rows, to_right=heads[1:], above="exercise")
    what = f"{tell_plural(summary.n_rows, 'row')} of {tell_plural(summary.n_clips, 'clip')}"
    kept = f", {summary.n_kept} of them from an earlier run" if summary.n_kept else ""
    failed = f", {summary.n_failed} failed" if summary.n_failed else ""
    lines.put(f"{summary.out}: {what}{kept}{failed}, in {_spell(summary.took_s)}")


def _spell(took_s: float) -> str:
    """A time as ``7 s``, ``3 min 20 s`` or ``2 h 5 min``."""
    minutes, seconds = divmod(round(took_s), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
