"""Clips that were handed to the server: each analysed in a process that may die, then shown.

A clip lies in a temporary folder of its own until it is judged, its report until that is closed;
what a server that was killed left there goes when the next one starts.
"""

from __future__ import annotations

import asyncio
import io
import logging
import multiprocessing
import secrets
import shutil
import signal
import time
import warnings
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Final, Literal

from aiohttp import web

from formcheck.app.batch.child import end_with_parent, explain_end
from formcheck.errors import ExerciseWarning, FormcheckError, StoreError, put_together
from formcheck.language import phrase, translate
from formcheck.web.context import ServeContext
from formcheck.web.held_folder import HeldFolder, remove_leftovers

LOG: Final = logging.getLogger("formcheck.web")
MAX_CLIP_BYTES: Final = 2_000_000_000
MAX_CLIPS: Final = 4
"""At a time, under way or with a report; of those that failed as many are remembered."""
LEFT_FOR_S: Final = 60.0
"""A report is kept for this long after its page was left, so that one can return to it."""
UNSEEN_FOR_S: Final = 3600.0
"""A report that is not opened is deleted after this long."""
_PREFIX: Final = "formcheck-clip-"
_TELL_EVERY_S: Final = 0.2
_END_S: Final = 5.0
REPORT: Final = "report.html"
VIDEOS: Final = ("annotated.mp4", "annotated.jpg")
"""What a report may show beside it."""


@dataclass(frozen=True, slots=True)
class ClipWish:
    """What is asked of a clip."""

    name: str
    """As the user calls it; it is shown, and never made a path."""
    exercise: str = "auto"
    mirrored: bool = False
    person: str | None = None
    remembers: bool = False
    """Whether its sets go into the history."""


@dataclass(slots=True, eq=False)
class ClipJob:
    """A clip under way, or done."""

    id: str
    held: HeldFolder
    wish: ClipWish
    state: Literal["waiting", "working", "done", "failed"] = "waiting"
    stage: str = ""
    done: int = 0
    total: int | None = None
    problem: str | None = None
    """Why there is no report."""
    process: SpawnProcess | None = None
    deletion: asyncio.TimerHandle | None = field(default=None)
    is_gone: bool = False

    @property
    def folder(self) -> Path:
        """Where it lies; gone once it has failed."""
        return self.held.path

    @property
    def clip(self) -> Path:
        """The file."""
        return self.folder / "clip"


class ClipJobs:
    """The clips of one server; all are deleted when it ends.

    Args:
        context: of the server.
    """

    def __init__(self, context: ServeContext) -> None:
        self._context = context
        self._jobs: dict[str, ClipJob] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        remove_leftovers(_PREFIX)
        self._turn = asyncio.Lock()
        """One is analysed at a time: it takes all cores."""

    @property
    def all(self) -> list[ClipJob]:
        """Those that are here, the oldest first."""
        return list(self._jobs.values())

    @property
    def is_full(self) -> bool:
        """Whether no more is taken."""
        return sum(job.state != "failed" for job in self.all) >= MAX_CLIPS

    def open(self, wish: ClipWish) -> ClipJob:
        """A new one, whose file is to be written."""
        job = ClipJob(secrets.token_hex(8), HeldFolder(_PREFIX), wish)
        self._jobs[job.id] = job
        return job

    def find(self, name: str) -> ClipJob | None:
        """The one of that id, which stays for now; None where there is none."""
        job = self._jobs.get(name)
        if job is not None and job.deletion is not None:
            job.deletion.cancel()
            job.deletion = None
        return job

    def begin(self, job: ClipJob) -> None:
        """Analyse it, once it is its turn."""
        task = asyncio.get_running_loop().create_task(self._run(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def delete_after(self, job: ClipJob, seconds: float) -> None:
        """Delete it then, unless it is asked for before."""
        if job.deletion is not None:
            job.deletion.cancel()
        job.deletion = asyncio.get_running_loop().call_later(seconds, self.delete, job)

    def delete(self, job: ClipJob) -> None:
        """Delete it and its files; an analysis under way is given up."""
        self._jobs.pop(job.id, None)
        job.is_gone = True
        if job.deletion is not None:
            job.deletion.cancel()
        if job.process is not None and job.process.is_alive():
            job.process.kill()
            job.process.join(_END_S)
        job.held.remove()

    def keep(self, job: ClipJob) -> str:
        """Copy its report to those kept; the name that it has there. The job stays until then.

        Raises:
            StoreError: it cannot be written; nothing of it is left there.
        """
        name = f"{datetime.now():%Y%m%d-%H%M%S-%f}-{job.id[:6]}"
        place = self._context.clips / name
        try:
            place.mkdir(parents=True)
            for file in ("result.json", *VIDEOS, REPORT):
                if (job.folder / file).exists():
                    shutil.copyfile(job.folder / file, place / file)
        except OSError as error:
            shutil.rmtree(place, ignore_errors=True)
            raise StoreError(place, f"cannot be written: {error.strerror or error}") from error
        return name

    async def close(self, _: web.Application | None = None) -> None:
        """Give up and delete all."""
        for job in self.all:
            self.delete(job)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, job: ClipJob) -> None:
        async with self._turn:
            if not job.is_gone:
                await asyncio.to_thread(_follow, job, self._context)
        if job.is_gone:  # it went while its process began
            self.delete(job)
            return
        if job.state == "failed":
            job.held.remove()  # what is left is why
            failed = [one for one in self.all if one.state == "failed"]
            for one in failed[:-MAX_CLIPS]:
                self.delete(one)
        job.clip.unlink(missing_ok=True)  # the report has all that is shown
        self.delete_after(job, UNSEEN_FOR_S)


def _follow(job: ClipJob, context: ServeContext) -> None:
    """Start the process, and take down what it tells until it ends."""
    spawn = multiprocessing.get_context("spawn")
    try:
        ours, theirs = spawn.Pipe(duplex=False)
        with theirs:
            arguments = (theirs, job.folder, job.wish, context)
            job.process = spawn.Process(target=_analyze, args=arguments, daemon=True)
            job.process.start()
    except OSError as error:
        what = phrase("the process that is to judge it cannot be started: {problem}")
        advice = phrase("close other programs, then send it again")
        told = translate(what, problem=error.strerror or error), translate(advice)
        job.state, job.problem = "failed", put_together(job.wish.name, *told)
        return
    if job.is_gone:
        job.process.kill()
    job.state = "working"
    with ours:
        while job.state == "working":
            try:
                news = ours.recv()
            except (EOFError, OSError):
                break
            if isinstance(news, _Progress):
                job.stage, job.done, job.total = news.stage, news.done, news.total
            else:
                job.state, job.problem = ("done", None) if news is None else ("failed", news)
    job.process.join(_END_S)
    if job.state == "working":  # it died without a word
        job.state = "failed"
        job.problem = put_together(job.wish.name, *explain_end(job.process.exitcode))


@dataclass(frozen=True, slots=True)
class _Progress:
    stage: str
    done: int
    total: int | None


def _analyze(pipe: Connection, folder: Path, wish: ClipWish, context: ServeContext) -> None:
    """In the other process: analyse a clip; tells how far it is, and None or what went wrong."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server has it too, and ends this one
    end_with_parent()
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    warnings.simplefilter("ignore", ExerciseWarning)  # the server has shown them
    told_s = 0.0

    def tell(stage: str, done: int, total: int | None) -> None:
        nonlocal told_s
        now_s = time.monotonic()
        if now_s - told_s >= _TELL_EVERY_S:
            told_s = now_s
            pipe.send(_Progress(stage, done, total))

    problem = None
    try:
        import formcheck

        raw = io.FileIO(folder / "clip")
        raw.name = wish.name
        with io.BufferedReader(raw) as file:
            result = formcheck.analyze(
                file, exercise=wish.exercise, mirrored=wish.mirrored, person=wish.person,
                model=context.model, exercise_dirs=context.exercise_dirs, progress=tell,
                json=folder / "result.json", video=folder / VIDEOS[0], report=folder / REPORT,
            )  # fmt: skip
        if wish.remembers and context.remembers:
            from formcheck.exercises.load import list_exercises
            from formcheck.history.remember import find_origin, remember_clip
            from formcheck.history.store import History

            origin = find_origin(folder / "clip")
            with History(context.history) as history:
                remember_clip(history, result, origin, list_exercises(*context.exercise_dirs))
    except FormcheckError as error:
        problem = str(error)
    except Exception as error:
        problem = put_together(wish.name, f"{type(error).__name__}: {error}")
    with suppress(OSError):
        pipe.send(problem)
