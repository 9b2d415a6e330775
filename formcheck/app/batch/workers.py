"""Workers: processes of this machine that score clips, none of which can bring down the run."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import Any, Final
from weakref import WeakSet

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
        timeout_s: a clip that takes longer is given up.

    Raises:
        ValueError: the number or the time is not positive.
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
        """Have a clip scored.

        Raises:
            FormcheckError: workers end again and again before they score anything, or cannot be
                started.
        """
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
        """The outcome of a future that is done, or why there is none; None to submit it again.

        Raises:
            FormcheckError: workers end again and again before they score anything.
        """
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
            return f"took longer than {self._timeout_s:g} s: give it more with --timeout"
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
                "end before they score anything: is there memory for them?",
                "give fewer with --jobs; a script needs if __name__ == '__main__'",
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
