"""A whole batch: clips go to workers, outcomes to the journal, the journal becomes the table."""

from __future__ import annotations

import math
import os
import queue
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, get_args

from formcheck.app.batch.content import hash_file, read_stamp
from formcheck.app.batch.inputs import find_jobs
from formcheck.app.batch.job import AUTO, ClipOutcome, Failure, Job, Options, SeriesFormat
from formcheck.app.batch.journal import Journal, JournalEntry, name_job
from formcheck.app.batch.outputs import read_rows, write_out
from formcheck.app.batch.pages import INDEX, Missing, PageLinks, check_pages, check_series
from formcheck.app.batch.remote import is_url
from formcheck.app.batch.work import Known, describe, score
from formcheck.app.batch.workers import LocalWorkers, Score, Workers
from formcheck.defaults import DEFAULT_RATE_HZ, MODELS
from formcheck.errors import ExerciseError, ModelError, StoreError, put_together
from formcheck.exercises.load import find_exercise, list_exercises
from formcheck.exercises.schema import Exercise
from formcheck.files import find_obstacle, write_text
from formcheck.pose.follow import LARGEST, Point, read_follow
from formcheck.pose.landmarks import Side
from formcheck.report.batch_page import BatchDigest, render_batch_page
from formcheck.report.summary import ClipCounts, ExerciseSummary
from formcheck.result.csv_text import Excel
from formcheck.result.table import check_table, list_columns

DEFAULT_TIMEOUT_S: Final = 3600.0
_LOOK_EVERY_S: Final = 0.5


class BatchProgress(Protocol):
    """Told of every clip that is done."""

    def __call__(self, done: int, total: int, failure: str | None) -> None:
        """``done`` of ``total`` clips; ``failure`` says why the latest could not be processed."""


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What became of a batch."""

    out: Path
    """The table."""
    n_clips: int
    n_failed: int
    n_kept: int
    """Clips that an earlier run had scored, and of which nothing has changed."""
    n_rows: int
    took_s: float
    exercises: tuple[ExerciseSummary, ...]
    n_pageless: int
    """Clips that were judged and whose page could not be written: it is tried again next time."""
    page_error: str | None
    """Why the first of them has none."""
    n_seriesless: int = 0
    """The same of the series."""
    series_error: str | None = None


def batch(
    paths: Sequence[str],
    *,
    out: str | Path,
    recursive: bool = False,
    manifest: str | Path | None = None,
    exercise: str = AUTO,
    side: Side | None = None,
    follow: str | Point = LARGEST,
    mirrored: bool = False,
    model: str = "full",
    rate_hz: float | None = DEFAULT_RATE_HZ,
    fps: float | None = None,
    exercise_dirs: Iterable[str | Path] = (),
    poses_dir: str | Path | None = None,
    report_dir: str | Path | None = None,
    series_dir: str | Path | None = None,
    series_format: SeriesFormat = "csv",
    series_landmarks: bool = False,
    excel: Excel | None = None,
    n_jobs: int | None = None,
    cluster: str | None = None,
    timeout_s: float | None = DEFAULT_TIMEOUT_S,
    resume: bool = True,
    force: bool = False,
    progress: BatchProgress | None = None,
) -> BatchSummary:
    """Score many clips into one table: a row a set, and one for a clip without.

    Call it under ``if __name__ == "__main__"``: workers are fresh processes, which import the
    script.

    Args:
        paths: files, folders, patterns, or addresses that fsspec knows.
        out: the table, ``.csv``, ``.jsonl`` or ``.parquet``; its journal is kept beside it.
        recursive: look into the folders in folders too.
        manifest: a CSV file with the columns path, person, exercise, side, neutral, fps, follow and
            mirrored.
        exercise: an id, or ``auto``; a row of the manifest may say otherwise.
        side: the stretched side; None finds it.
        follow: whom to judge where several people are seen, as ``analyze`` takes it; a row of the
            manifest may say otherwise, and so with ``mirrored``.
        mirrored: the clips were saved mirrored, as front cameras do.
        model: ``full``, ``lite``, or a path to a pose landmarker ``.task`` file.
        rate_hz: frames analysed a second; None analyses every one.
        fps: frames a second that the cameras took, for clips without times, with wrong ones, or in
            slow motion; None believes the files. A row of the manifest may say otherwise.
        exercise_dirs: further folders of exercise files.
        poses_dir: keep poses there: scoring again then opens no video.
        report_dir: write pages there: ``index.html`` and one for each clip, without pictures.
        series_dir: write each clip frame by frame there, in a file named after it.
        series_format: of those files: ``csv``, ``jsonl`` or ``parquet``.
        series_landmarks: put the 33 landmarks of each frame into them as well, in pixels.
        excel: write a CSV that Excel opens well by a double click, for one whose list separator is
            a ``comma`` or a ``semicolon``; None writes it for programs.
        n_jobs: worker processes; None for one a core. There are no more than clips.
        cluster: address of a Dask scheduler, whose workers score instead.
        timeout_s: a clip that takes longer is given up; None waits for ever.
        resume: leave out what the journal has already, unless the clip, its exercise, an option
            or formcheck has changed; clips that failed are tried again.
        force: replace a table that is not this journal's.
        progress: told of every clip that is done.

    Raises:
        SourceError: no clips were found, or the manifest cannot be read.
        ExerciseError: an exercise is unknown, or a file of one is wrong.
        ModelError: there is no such model.
        StoreError: the table, its journal, poses, pages or series cannot be written there, or
            another run is at work on it.
        FormcheckError: no worker can be started or reached.
        ValueError: an option means nothing.
    """
    if fps is not None and not (math.isfinite(fps) and fps > 0):
        raise ValueError(f"fps must be above 0, got {fps}")
    if series_format not in get_args(SeriesFormat):
        raise ValueError(f"series_format {series_format!r}: give csv, jsonl or parquet")
    folders = tuple(Path(folder).absolute() for folder in exercise_dirs)
    jobs = find_jobs(
        paths,
        recursive=recursive,
        exercise=exercise,
        side=side,
        fps=fps,
        follow=read_follow(follow),
        mirrored=mirrored,
        manifest=None if manifest is None else Path(manifest),
        exercise_dirs=folders,
        poses_dir=None if poses_dir is None else Path(poses_dir),
    )
    options = Options(
        model=model if model in MODELS else str(Path(model).absolute()),
        rate_hz=rate_hz,
        exercise_dirs=tuple(map(str, folders)),
        poses_dir=None if poses_dir is None else str(Path(poses_dir).absolute()),
        report_dir=None if report_dir is None else str(Path(report_dir).absolute()),
        series_dir=None if series_dir is None else str(Path(series_dir).absolute()),
        series_format=series_format,
        series_landmarks=series_landmarks,
        excel=excel,
    )
    return run_batch(
        jobs,
        options,
        out=Path(out),
        n_jobs=n_jobs,
        cluster=cluster,
        resume=resume,
        timeout_s=timeout_s,
        force=force,
        progress=progress,
    )


def run_batch(
    jobs: Sequence[Job],
    options: Options,
    *,
    out: Path,
    n_jobs: int | None = None,
    cluster: str | None = None,
    resume: bool = True,
    timeout_s: float | None = DEFAULT_TIMEOUT_S,
    force: bool = False,
    progress: BatchProgress | None = None,
    score: Score = score,
) -> BatchSummary:
    """Score clips into one table; see :func:`batch`, which finds them.

    Args:
        jobs: the clips, in the order of their rows.
        options: what holds for all of them.
        out: see :func:`batch`; likewise the others.
        n_jobs: worker processes.
        cluster: address of a Dask scheduler.
        resume: leave out what is done.
        timeout_s: for each clip.
        force: replace any table.
        progress: told of every clip.
        score: scores one clip; found by workers under its module and name.
    """
    started_s = time.monotonic()
    check_table(out, options.excel)
    asked = {job.exercise for job in jobs}
    exercises = list_exercises(*map(Path, options.exercise_dirs), asked=asked)
    _check_options(jobs, options, exercises)
    folder = None if options.report_dir is None else Path(options.report_dir)
    if folder is not None:
        check_pages(folder, force=force)
    check_series(options)
    if options.poses_dir is not None and cluster is None:  # a cluster's own workers write there
        _check_poses(Path(options.poses_dir))
    columns = list_columns(exercises.values())
    with ExitStack() as stack:
        journal = stack.enter_context(_open_journal(out, resume=resume, force=force))
        workers: Workers
        if cluster is None:
            n_workers = min(n_jobs or count_cores(), max(1, len(jobs)))
            workers = LocalWorkers(n_workers, score, timeout_s)
        else:
            from formcheck.app.batch.cluster import ClusterWorkers

            workers = ClusterWorkers(cluster, score, timeout_s)
        stack.enter_context(closing(workers))
        n_failed, n_kept = _score_all(jobs, options, workers, journal, progress)
        workers.close()
        tally, digest = ClipCounts(), BatchDigest()
        links, seriesless = PageLinks(folder), Missing()
        rows = read_rows(jobs, options, journal, columns, exercises, digest, links, seriesless)
        n_rows = write_out(out, tally.watch(rows), columns, journal, options.excel)
        if folder is not None:
            write_text(folder / INDEX, render_batch_page(digest, tally.list_exercises(), out.name))
    return BatchSummary(
        out=out,
        n_clips=len(jobs),
        n_failed=n_failed,
        n_kept=n_kept,
        n_rows=n_rows,
        took_s=time.monotonic() - started_s,
        exercises=tuple(tally.list_exercises()),
        n_pageless=links.missing.n,
        page_error=links.missing.why,
        n_seriesless=seriesless.n,
        series_error=seriesless.why,
    )


def count_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _check_options(
    jobs: Sequence[Job], options: Options, exercises: Mapping[str, Exercise]
) -> None:
    """Find, before long work, what would make every clip fail.

    Raises:
        ExerciseError, ModelError, ValueError: see :func:`batch`.
    """
    if options.rate_hz is not None and not 0 < options.rate_hz < float("inf"):
        raise ValueError(f"the rate has to be above 0 Hz, got {options.rate_hz}")
    if options.model not in MODELS and not Path(options.model).is_file():
        advice = "give lite, full or a .task file"
        raise ModelError(f"model '{options.model}'", "no such file", advice)
    for name in dict.fromkeys(job.exercise for job in jobs):
        if name != AUTO and not find_exercise(name, exercises).is_seen:
            raise ExerciseError(f"exercise '{name}'", "is asked, not seen", "no clip shows it")


def _check_poses(folder: Path) -> None:
    """Make sure, before long work, that poses can be kept there.

    Raises:
        StoreError: they cannot.
    """
    if obstacle := find_obstacle(folder):
        raise StoreError(folder, obstacle, "give another folder for the poses")


def _open_journal(out: Path, *, resume: bool, force: bool) -> Journal:
    """The journal of a table, if that may be written.

    Raises:
        StoreError: the table is there and not from this journal, or the journal is in use.
    """
    path = out.with_name(f"{out.name}.journal.jsonl")
    what, advice = "exists already and is not of this batch", "give another --out, or --force"
    if out.exists() and not path.exists() and not force:
        raise StoreError(out, what, advice)
    journal = Journal(path)
    try:
        if out.exists() and not force and hash_file(out) not in journal.outputs:
            raise StoreError(out, what, advice)
        if not resume:
            journal.clear()
    except BaseException:
        journal.close()
        raise
    return journal


@dataclass(frozen=True, slots=True)
class _ClipToScore:
    """A clip that is being scored."""

    job: Job
    stamp: str | None
    before: JournalEntry | None
    """What an earlier run found."""

    @property
    def known(self) -> Known | None:
        if self.before is None or self.before.outcome.result is None:
            return None
        outcome = self.before.outcome
        if outcome.page_error is not None or outcome.series_error is not None:  # tried again
            return None
        return Known(outcome.key, self.before.stamp, outcome.made)


def _score_all(
    jobs: Sequence[Job],
    options: Options,
    workers: Workers,
    journal: Journal,
    progress: BatchProgress | None,
) -> tuple[int, int]:
    """Have every clip scored, a few at a time; how many failed, how many were done already."""
    waiting = iter(jobs)
    asked: dict[Future[ClipOutcome], _ClipToScore] = {}
    done: queue.SimpleQueue[Future[ClipOutcome]] = queue.SimpleQueue()
    again: list[_ClipToScore] = []
    n_done = n_failed = n_kept = 0
    while True:
        while len(asked) < workers.n_wanted:
            one = again.pop() if again else _ask(next(waiting, None), journal)
            if one is None:
                break
            future = workers.submit(one.job, options, one.known)
            asked[future] = one
            future.add_done_callback(done.put)
        if not asked:
            return n_failed, n_kept
        try:
            future = done.get(timeout=_LOOK_EVERY_S)
        except queue.Empty:
            journal.sync(if_due=True)
            continue
        one = asked.pop(future)
        outcome = workers.collect(future)
        if outcome is None:
            again.append(one)
            continue
        entry, is_kept = _conclude(one, outcome)
        if not is_kept or entry != one.before:
            journal.add(name_job(one.job), entry)
        n_done += 1
        n_kept += is_kept
        n_failed += entry.outcome.status == "failed"
        if progress is not None:
            failure = entry.outcome.error
            told = None if failure is None else put_together(one.job.name, failure)
            progress(n_done, len(jobs), told)


def _ask(job: Job | None, journal: Journal) -> _ClipToScore | None:
    if job is None:
        return None
    stamp = None if is_url(job.path) else read_stamp(job.path)
    return _ClipToScore(job, stamp, journal.find(name_job(job)))


def _conclude(one: _ClipToScore, outcome: ClipOutcome | Failure) -> tuple[JournalEntry, bool]:
    """What to keep of a clip, and whether it is what was kept before."""
    if isinstance(outcome, Failure):
        outcome = ClipOutcome(one.job.index, "", None, describe(one.job, outcome))
    if outcome.result is None and outcome.error is None and one.before is not None:
        return JournalEntry(one.before.outcome, one.stamp), True
    return JournalEntry(outcome, one.stamp), False
