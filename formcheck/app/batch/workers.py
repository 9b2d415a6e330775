"""Workers that score clips, none of which can bring down the run.

They are processes of this machine, or of the machines of a Dask cluster.
"""

from __future__ import annotations

import importlib
import logging
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import Any, Final
from weakref import WeakSet

import formcheck
from formcheck.app.batch.child import end_with_parent, explain_end
from formcheck.app.batch.job import ClipOutcome, Job, Known, Options
from formcheck.errors import FormcheckError, put_together

MAX_BROKEN: Final = 3
"""How many times in a row all workers may end while none has a clip."""
_AHEAD: Final = 2
"""Clips that are submitted for each worker, so that it has the next one at once."""

Score = Callable[[Job, Options, Known | None], ClipOutcome]


class LocalWorkers:
    """Processes of this machine; each scores one clip at a time.

    They are started anew, not forked: MediaPipe has threads. One that ends or hangs costs its clip
    alone and is replaced. They start when the first clip comes.

    Args:
        n_workers: at least 1.
        score: what they do; found by its module and name.
        timeout_s: above 0; a clip that takes longer is given up.
    """

    def __init__(self, n_workers: int, score: Score, timeout_s: float | None = None) -> None:
        if n_workers < 1:
            raise ValueError(f"there has to be at least one worker, got {n_workers}")
        if timeout_s is not None and not timeout_s > 0:
            raise ValueError(f"the time for a clip has to be above 0 s, got {timeout_s}")
        self._n_workers, self._score, self._timeout_s = n_workers, score, timeout_s
        self._pool: Any = None
        self._n_broken = 0
        self._submitted: WeakSet[Future[ClipOutcome]] = WeakSet()
        """To the pool that there is."""
        self.n_wanted = _AHEAD * n_workers
        """Clips to have submitted at a time, so that no worker waits."""

    def submit(self, job: Job, options: Options, known: Known | None) -> Future[ClipOutcome]:
        """Have a clip scored; a FormcheckError if workers cannot start, or end again and again."""
        from pebble import ProcessPool

        if self._pool is not None and not self._pool.active:
            self._give_up_pool()
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPool(self._n_workers, initializer=prepare, context=context)
        try:
            # The first one starts the processes.
            future: Future[ClipOutcome] = self._pool.schedule(
                self._score, args=(job, options, known), timeout=self._timeout_s
            )
        except OSError as error:
            raise FormcheckError(
                "the workers",
                f"cannot be started: {error.strerror}",
                "free some space for temporary files, or close other programs",
            ) from error
        self._submitted.add(future)
        return future

    def collect(self, future: Future[ClipOutcome]) -> ClipOutcome | str | None:
        """The outcome of a future that is done, or why there is none; None to submit it again."""
        from pebble import ProcessExpired

        if future.cancelled():
            return None
        error = future.exception()
        if error is None:
            self._n_broken = 0
            return future.result()
        if isinstance(error, ProcessExpired):
            return put_together(*explain_end(error.exitcode))
        if isinstance(error, TimeoutError):
            return f"took longer than {self._timeout_s:g} s: allow more with --timeout"
        if isinstance(error, BrokenProcessPool):
            if future in self._submitted:  # the first of them that is looked at
                self._give_up_pool()
            return None
        return f"{type(error).__name__}: {error}"

    def close(self) -> None:
        """End the workers."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            pool.stop()
            pool.join()

    def _give_up_pool(self) -> None:
        """All workers ended while none of them had a clip; what waited is tried again."""
        self.close()
        for future in self._submitted:
            future.cancel()
        self._submitted = WeakSet()
        self._n_broken += 1
        if self._n_broken >= MAX_BROKEN:
            raise FormcheckError(
                "the workers",
                "ended before scoring anything: is there enough memory?",
                "use fewer with --jobs; a script needs if __name__ == '__main__'",
            )


def score_clip(job: Job, options: Options, known: Known | None = None) -> ClipOutcome:
    """What workers do; whoever hands out the work stays small, as the libraries are loaded here."""
    from formcheck.app.batch.work import score

    return score(job, options, known)


def prepare() -> None:
    """Make a fresh process a worker, which ends when its parent does."""
    end_with_parent()
    # It reports where it caches fonts, which is of no interest to users.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    use_one_thread()


def use_one_thread() -> None:
    """Let OpenCV use one thread: there is a worker for each core."""
    with suppress(ImportError):  # which then is told of the first clip
        import cv2

        cv2.setNumThreads(1)


_CONNECT_S: Final = 20.0
_LOOK_EVERY_S: Final = 2.0
"""How often the cluster is asked for its workers, which come and go."""
_HANG_CODE: Final = 75
"""The exit code of a worker that ends itself over a clip that takes too long."""


class ClusterWorkers:
    """The workers of a Dask scheduler, through its ``concurrent.futures`` executor.

    Args:
        address: of the scheduler, as in ``tcp://10.0.0.1:8786``.
        score: as ``LocalWorkers`` takes it.
        timeout_s: a worker that takes longer over a clip ends itself.

    Raises:
        FormcheckError: the extra ``cluster`` is missing, or no scheduler answers. All methods
            raise it when the scheduler is gone.
    """

    def __init__(self, address: str, score: Score, timeout_s: float | None = None) -> None:
        try:
            distributed = importlib.import_module("distributed")
        except ImportError as error:
            raise FormcheckError(
                "--cluster", "needs an extra", "pip install 'formcheck[cluster]'"
            ) from error
        # It reports a lost connection in dozens of lines of its own.
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        self._address, self._score, self._timeout_s = address, score, timeout_s
        self._n_threads, self._looked_s = 0, float("-inf")
        try:
            self._client: Any = distributed.Client(
                address, timeout=_CONNECT_S, set_as_default=False
            )
        except (OSError, ValueError, TypeError) as error:
            raise FormcheckError(
                address, "no Dask scheduler answers there", "start one, or check the address"
            ) from error
        # Two clips of one name are two tasks, and a clip that fails is not tried twice.
        self._executor: Any = self._client.get_executor(pure=False, retries=0)

    @property
    def n_wanted(self) -> int:
        """Clips to have submitted at a time: one for each thread of the workers.

        When a worker ends, Dask holds it against every clip that it was given: those that only
        wait are better kept here.
        """
        if time.monotonic() - self._looked_s > _LOOK_EVERY_S:
            try:
                self._n_threads = sum(self._client.nthreads().values())
            except (OSError, RuntimeError, ValueError) as error:
                raise self._lost() from error
            self._looked_s = time.monotonic()
        return max(1, self._n_threads)

    def submit(self, job: Job, options: Options, known: Known | None) -> Future[ClipOutcome]:
        """Have a clip scored."""
        task = (formcheck.__version__, self._timeout_s, self._score, job, options, known)
        try:
            future: Future[ClipOutcome] = self._executor.submit(score_there, *task)
        except (OSError, RuntimeError) as error:
            raise self._lost() from error
        return future

    def collect(self, future: Future[ClipOutcome]) -> ClipOutcome | str | None:
        """The outcome of a future that is done; else why there is none, in a line.

        Raises:
            FormcheckError: the workers have another formcheck or none.
        """
        if future.cancelled():
            raise self._lost()
        error = future.exception()
        if error is None:
            return future.result()
        if isinstance(error, ImportError | WrongVersionError):
            raise FormcheckError(
                self._address,
                f"its workers need formcheck {formcheck.__version__}",
                f"install it there ({error})",
            ) from error
        if type(error).__name__ == "KilledWorker":
            return (
                "its worker ended every time: it ran out of memory, a codec failed, or "
                "--timeout was exceeded"
            )
        return f"{type(error).__name__}: {error}"

    def close(self) -> None:
        """Leave the cluster; what is not done yet is not wanted any more."""
        self._client.close(timeout=_CONNECT_S)

    def _lost(self) -> FormcheckError:
        return FormcheckError(
            self._address,
            "the scheduler is gone; what is done is kept",
            "run the command again to resume",
        )


class WrongVersionError(Exception):
    """A worker has another formcheck than the one that asks it."""


def score_there(
    version: str,
    timeout_s: float | None,
    score: Score,
    job: Job,
    options: Options,
    known: Known | None,
) -> ClipOutcome:
    """Score a clip in a worker of the cluster, which has to be of the ``version`` that asks.

    A clip that takes too long ends the worker: nothing else stops a codec. Its nanny starts
    another, and the scheduler tries the clip again as often as it is told to.
    """
    if version != formcheck.__version__:
        raise WrongVersionError(f"one has {formcheck.__version__}")
    use_one_thread()
    if timeout_s is None:
        return score(job, options, known)
    watch = threading.Timer(timeout_s, os._exit, (_HANG_CODE,))
    watch.daemon = True
    watch.start()
    try:
        return score(job, options, known)
    finally:
        watch.cancel()
