"""What runs in a process of its own, so that a crash or a hang is a case that failed."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from pebble import ProcessPool

from formcheck.errors import FormcheckError
from formcheck.result.models import Result

N_WORKERS: Final = 2
MEMORY_BYTES: Final = 6 << 30
"""Of addresses, of which a sound analysis takes under 2 GB."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one clip."""

    result: Result | None
    error: str | None
    """What was said where there is no result."""
    took_s: float


def analyse(path: Path, everything: bool) -> Outcome:
    """Analyse a clip quickly; with ``everything``, write the video, the page and the poses too."""
    import formcheck

    started_s = time.monotonic()
    out = path.with_name(f"{path.name}.out") if everything else None
    try:
        result = formcheck.analyze(
            path,
            exercise="half-kneeling",
            model="lite",
            rate_hz=5.0,
            video=out and out / "annotated.mp4",
            report=out and out / "report.html",
            poses=out and out / "poses.npz",
        )
    except FormcheckError as error:
        return Outcome(None, f"{type(error).__name__}: {error}", time.monotonic() - started_s)
    return Outcome(result, None, time.monotonic() - started_s)


def prepare() -> None:
    """Import what takes seconds before a case's time runs, and bound the memory."""
    import formcheck.app.analyze  # noqa: F401

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@contextmanager
def start_pool() -> Iterator[ProcessPool]:
    """Fresh processes, each of which is ended after so long."""
    with ProcessPool(N_WORKERS, initializer=prepare, context=get_context("spawn")) as pool:
        try:
            yield pool
        except BaseException:
            pool.stop()  # type: ignore[no-untyped-call]
            raise
