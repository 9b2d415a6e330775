"""Workers of a Dask cluster: the same work on other machines."""

from __future__ import annotations

import importlib
import logging
import os
import threading
import time
from concurrent.futures import Future
from typing import Any, Final

import formcheck
from formcheck.app.batch.job import ClipOutcome, Job, Known, Options
from formcheck.app.batch.workers import Score, use_one_thread
from formcheck.errors import FormcheckError

_CONNECT_S: Final = 20.0
_LOOK_EVERY_S: Final = 2.0
"""How often the cluster is asked for its workers, which come and go."""
_HANG_CODE: Final = 75
"""The exit code of a worker that ends itself over a clip that takes too long."""


class ClusterWorkers:
    """The workers of a Dask scheduler, through its ``concurrent.futures`` executor.

    Args:
        address: of the scheduler, as in ``tcp://10.0.0.1:8786``.
        score: what they do; found by its module and name.
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
            FormcheckError: the workers have another formcheck or none, or the scheduler is gone.
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
            return "its worker ended each time: out of memory, a codec's fault, or over --timeout"
        return f"{type(error).__name__}: {error}"

    def close(self) -> None:
        """Leave the cluster; what is not done yet is not wanted any more."""
        self._client.close(timeout=_CONNECT_S)

    def _lost(self) -> FormcheckError:
        return FormcheckError(
            self._address, "the scheduler is gone; what is done is kept", "run again to go on"
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
    """Score a clip in a worker of the cluster.

    A clip that takes too long ends the worker: nothing else stops a codec. Its nanny starts
    another, and the scheduler tries the clip again as often as it is told to.

    Raises:
        WrongVersionError: ``version``, that of the formcheck that asks, is not this one's.
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
