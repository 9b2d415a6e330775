"""What workers do in tests in place of scoring: quick, or badly.

A job's path says what happens to it.
"""

from __future__ import annotations

import csv
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from formcheck.app.batch.job import ClipOutcome, Job, Known, Options, list_wanted
from formcheck.app.batch.run import BatchSummary, run_batch
from formcheck.result.models import Result, ViewSeen


def make_jobs(*paths: str) -> list[Job]:
    return [Job(path, path) for path in paths]


def locate_file(job: Job, **asked: str) -> Path:
    """The only file beside the table that is asked for: ``report_dir`` or ``series_dir``."""
    [path] = list_wanted(Options(**asked), job)  # type: ignore[arg-type]
    return Path(path)


def make_result(name: str) -> Result:
    return Result(
        clip=name,
        exercise=None,
        exercise_source="none",
        model="full",
        duration_s=12.0,
        frames=360,
        frames_analyzed=120,
        frames_with_pose=118,
        view=ViewSeen(expected=(), seen="side", ok=True, near_side="left"),
        sets=(),
        target=None,
        completion=None,
        score=None,
        verdict="not_seen",
    )


def stand_in(job: Job, options: Options, known: Known | None) -> ClipOutcome:
    """``fail…`` fails, ``kill…`` ends its worker, ``hang…`` never ends, ``bug…`` raises.

    ``pageless…`` gets no page, ``seriesless…`` no series.

    ``wait DIR N`` notes in the folder that it began, and waits until a file ``go`` is in it.
    """
    word, *rest = job.path.split(" ")
    key = f"content-{options.model}"
    if known is not None and known.key == key:
        return ClipOutcome(key, None, None)
    if word.startswith("fail"):
        return ClipOutcome(key, None, "is no clip")
    if word.startswith("bug"):
        raise KeyError(job.path)
    if word.startswith("kill"):
        os.kill(os.getpid(), signal.SIGKILL)
    if word.startswith("exit"):
        os._exit(3)
    if word.startswith("hang"):
        threading.Event().wait()
    if word == "wait":
        folder = Path(rest[0])
        (folder / f"began {rest[1]} {os.getpid()}").touch()
        while not (folder / "go").exists():
            threading.Event().wait(0.02)
    unwritten = {"page": f"{job.name}.html: disk full"} if word.startswith("pageless") else {}
    if word == "seriesless":
        unwritten["series"] = f"{job.name}.csv: disk full"
    made = {} if options.series_dir is None or "series" in unwritten else {job.name: "series"}
    result = make_result(job.name).to_json()
    return ClipOutcome(key, result, None, unwritten, made)


class HereWorkers:
    """Scores in this very process, at once, and notes what it was asked."""

    n_wanted = 3

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.known: list[Known | None] = []
        self.most = 0
        self.waiting: list[Future[ClipOutcome]] = []
        self.broken: Exception | None = None

    def submit(self, job: Job, options: Options, known: Known | None) -> Future[ClipOutcome]:
        self.asked.append(job.path)
        self.known.append(known)
        future: Future[ClipOutcome] = Future()
        try:
            future.set_result(stand_in(job, options, known))
        except KeyError as error:
            future.set_exception(error)
        return future

    def collect(self, future: Future[ClipOutcome]) -> ClipOutcome | str | None:
        if self.broken is not None:
            raise self.broken
        error = future.exception()
        return future.result() if error is None else f"KeyError: {error}"

    def close(self) -> None:
        """There is nothing to close."""


def start(jobs: Sequence[Job], out: Path, **said: Any) -> BatchSummary:
    return run_batch(jobs, said.pop("options", Options()), out=out, score=stand_in, **said)


def read(out: Path) -> list[dict[str, str]]:
    with out.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
