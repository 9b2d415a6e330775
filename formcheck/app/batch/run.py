"""A whole batch: clips go to workers, outcomes to the journal, the journal becomes the table."""

from __future__ import annotations

import math
import os
import queue
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple, Protocol, get_args

from formcheck.app.batch.content import hash_file, read_stamp
from formcheck.app.batch.inputs import find_jobs
from formcheck.app.batch.job import AUTO, ClipOutcome, Job, Known, Options, SeriesFormat, name_job
from formcheck.app.batch.journal import Journal
from formcheck.app.batch.outputs import Outputs, check_folders
from formcheck.app.batch.remote import is_url
from formcheck.app.batch.workers import ClusterWorkers, LocalWorkers, Score, score_clip
from formcheck.defaults import DEFAULT_RATE_HZ, MODELS
from formcheck.errors import ExerciseError, ModelError, StoreError, put_together
from formcheck.exercises.load import find_exercise, list_exercises
from formcheck.exercises.schema import Exercise
from formcheck.pose.follow import LARGEST, Point, read_follow
from formcheck.pose.landmarks import Side
from formcheck.report.batch_page import ExerciseSummary
from formcheck.result.csv_text import Excel
from formcheck.result.table import check_table

DEFAULT_TIMEOUT_S: Final = 3600.0
_LOOK_EVERY_S: Final = 0.5


class BatchProgress(Protocol):
    """Called for every clip that is done."""

    def __call__(self, done: int, total: int, failure: str | None) -> None:
        """``done`` of ``total`` clips; ``failure`` says why the latest could not be processed."""


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """The outcome of a batch."""

    out: Path
    """The table."""
    n_clips: int
    """All of them."""
    n_failed: int
    """Clips that could not be processed: each has a row that says why."""
    n_kept: int
    """Clips that an earlier run had scored and that have not changed since."""
    n_rows: int
    """Of the table."""
    took_s: float
    """How many seconds it took."""
    exercises: tuple[ExerciseSummary, ...]
    """What became of each exercise."""
    n_pageless: int
    """Clips that were judged and whose page could not be written: it is tried again next time."""
    page_error: str | None
    """Why the first of them has none."""
    n_seriesless: int = 0
    """The same for the series."""
    series_error: str | None = None
    """Why the first of them has none."""


def batch(
    paths: Sequence[str | Path],
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
    """Score many clips in one table: one row per set, and one for each clip without a set.

    Call it under ``if __name__ == "__main__"``: workers are fresh processes, which import the
    script.

    Args:
        paths: files, folders, patterns, or addresses that fsspec knows.
        out: the table, ``.csv``, ``.jsonl`` or ``.parquet``; its journal is kept beside it.
        recursive: search subfolders too.
        manifest: a CSV file with the columns path, person, exercise, side, neutral, fps, follow and
            mirrored.
        exercise: an id, or ``auto``; a row of the manifest may say otherwise.
        side: the stretched side; None finds it.
        follow: whom to judge where several people are seen, as ``analyze`` takes it; a row of the
            manifest may say otherwise, and so with ``mirrored``.
        mirrored: the clips were saved mirrored, as front cameras do.
        model: ``full``, ``lite``, or a path to a pose landmarker ``.task`` file.
        rate_hz: frames to analyse per second; None analyses every one.
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
        n_jobs: worker processes; None for one per core. There are never more than clips.
        cluster: address of a Dask scheduler, whose workers score instead.
        timeout_s: a clip that takes longer is given up; None waits forever.
        resume: leave out what the journal has already, unless the clip, its exercise, an option
            or formcheck has changed; clips that failed are tried again.
        force: replace a table that is not this journal's.
        progress: called for every finished clip.

    Raises:
        SourceError: no clips were found, or the manifest cannot be read.
        ExerciseError: an exercise is unknown, or a file of one is wrong.
        ModelError: there is no such model.
        StoreError: the table, its journal, poses, pages or series cannot be written there, or
            another run is using it.
        FormcheckError: no worker can be started or reached.
        ValueError: an option means nothing.
    """
    if fps is not None and not (math.isfinite(fps) and fps > 0):
        raise ValueError(f"fps must be above 0, got {fps}")
    if series_format not in get_args(SeriesFormat):
        raise ValueError(f"series_format {series_format!r}: give csv, jsonl or parquet")
    options = Options(
        model=model if model in MODELS else str(Path(model).absolute()),
        rate_hz=rate_hz,
        exercise_dirs=tuple(str(Path(folder).absolute()) for folder in exercise_dirs),
        poses_dir=_make_absolute(poses_dir),
        report_dir=_make_absolute(report_dir),
        series_dir=_make_absolute(series_dir),
        series_format=series_format,
        series_landmarks=series_landmarks,
        excel=excel,
    )
    whom = read_follow(follow)
    asked = Job("", "", None, exercise, side, fps=fps, follow=whom, mirrored=mirrored)
    given = None if manifest is None else Path(manifest)
    jobs = find_jobs(
        [str(path) for path in paths], asked, options, recursive=recursive, manifest=given
    )
    return run_batch(
        jobs, options, out=Path(out), n_jobs=n_jobs, cluster=cluster, resume=resume,
        timeout_s=timeout_s, force=force, progress=progress,
    )  # fmt: skip


def _make_absolute(path: str | Path | None) -> str | None:
    """A worker may have another working folder."""
    return None if path is None else str(Path(path).absolute())


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
    score: Score = score_clip,
) -> BatchSummary:
    """Score clips, in the order of their rows, into one table; see :func:`batch`.

    ``score`` scores one clip; workers find it by its module and name.
    """
    started_s = time.monotonic()
    check_table(out, options.excel)
    asked = {job.exercise for job in jobs}
    exercises = list_exercises(*map(Path, options.exercise_dirs), asked=asked)
    _check_options(jobs, options, exercises)
    check_folders(options, force=force, keeps_poses=cluster is None)  # a cluster's workers do
    with _open_journal(out, resume=resume, force=force) as journal:
        if cluster is None:
            n_workers = min(n_jobs or count_cores(), max(1, len(jobs)))
            hired: LocalWorkers | ClusterWorkers = LocalWorkers(n_workers, score, timeout_s)
        else:
            hired = ClusterWorkers(cluster, score, timeout_s)
        with closing(hired) as workers:
            n_failed, n_kept = _score_all(jobs, options, workers, journal, progress)
        outputs = Outputs(jobs, options, journal, exercises)
        outputs.write(out)
    pages, series = outputs.missing["page"], outputs.missing["series"]
    return BatchSummary(
        out=out,
        n_clips=len(jobs),
        n_failed=n_failed,
        n_kept=n_kept,
        n_rows=outputs.n_rows,
        took_s=time.monotonic() - started_s,
        exercises=tuple(outputs.counts.list_exercises()),
        n_pageless=pages.n,
        page_error=pages.why,
        n_seriesless=series.n,
        series_error=series.why,
    )


def count_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _check_options(
    jobs: Sequence[Job], options: Options, exercises: Mapping[str, Exercise]
) -> None:
    """Raise, before long work, what would make every clip fail."""
    if options.rate_hz is not None and not 0 < options.rate_hz < float("inf"):
        raise ValueError(f"the rate has to be above 0 Hz, got {options.rate_hz}")
    if options.model not in MODELS and not Path(options.model).is_file():
        advice = "give lite, full or a .task file"
        raise ModelError(f"model '{options.model}'", "no such file", advice)
    for name in dict.fromkeys(job.exercise for job in jobs):
        if name != AUTO and not find_exercise(name, exercises).is_seen:
            raise ExerciseError(f"exercise '{name}'", "is asked, not seen", "no clip shows it")


@contextmanager
def _open_journal(out: Path, *, resume: bool, force: bool) -> Iterator[Journal]:
    """A table's journal; a StoreError if the table is there and not from it, or it is in use."""
    path = out.with_name(f"{out.name}.journal.sqlite3")
    advice = "give another --out, or --force"
    strange = StoreError(out, "already exists and was not made by this batch", advice)
    is_in_the_way = out.exists() and not force
    if is_in_the_way and not path.exists():
        raise strange
    with Journal(path) as journal:
        if is_in_the_way and not journal.made(hash_file(out)):
            raise strange
        if not resume:
            journal.clear()
        yield journal


class _ClipToScore(NamedTuple):
    """A clip that is being scored."""

    job: Job
    stamp: str | None
    before: ClipOutcome | None
    """What an earlier run found."""

    @property
    def known(self) -> Known | None:
        """What of it may still hold; a file that could not be written is tried again."""
        before = self.before
        if before is None or before.result is None or before.unwritten:
            return None
        return Known(before.key, before.stamp, before.made)


def _score_all(
    jobs: Sequence[Job],
    options: Options,
    workers: LocalWorkers | ClusterWorkers,
    journal: Journal,
    progress: BatchProgress | None,
) -> tuple[int, int]:
    """Have every clip scored, a few at a time; how many failed, how many were done already."""
    waiting = (
        _ClipToScore(
            job, None if is_url(job.path) else read_stamp(job.path), journal.find(name_job(job))
        )
        for job in jobs
    )
    asked: dict[Future[ClipOutcome], _ClipToScore] = {}
    done: queue.SimpleQueue[Future[ClipOutcome]] = queue.SimpleQueue()
    again: list[_ClipToScore] = []
    n_done = n_failed = n_kept = 0
    while True:
        while len(asked) < workers.n_wanted:
            one = again.pop() if again else next(waiting, None)
            if one is None:
                break
            future = workers.submit(one.job, options, one.known)
            asked[future] = one
            future.add_done_callback(done.put)
        if not asked:
            return n_failed, n_kept
        if done.empty():  # outcomes that come faster than a disk takes them are kept together
            journal.commit()
        try:
            future = done.get(timeout=_LOOK_EVERY_S)
        except queue.Empty:
            continue
        job, stamp, before = one = asked.pop(future)
        found = workers.collect(future)
        if found is None:
            again.append(one)
            continue
        if isinstance(found, str):
            found = ClipOutcome("", None, job.explain(found))
        is_kept = found.result is None and found.error is None and before is not None
        outcome = replace(before if before is not None and is_kept else found, stamp=stamp)
        if outcome != before:
            journal.add(name_job(job), outcome)
        n_done += 1
        n_kept += is_kept
        n_failed += outcome.status == "failed"
        if progress is not None:
            failure = outcome.error and put_together(job.name, outcome.error)
            progress(n_done, len(jobs), failure)
