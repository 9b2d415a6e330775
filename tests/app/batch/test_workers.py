"""Worker processes: one that ends or hangs costs its clip alone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import closing
from pathlib import Path

import pytest

from formcheck.app.batch.job import ClipOutcome, Job, Options
from formcheck.app.batch.workers import MAX_BROKEN, LocalWorkers
from formcheck.errors import FormcheckError
from tests.support.stand_ins import make_jobs, stand_in
from tests.support.waiting import PATIENCE_S, await_that, began


@pytest.fixture
def workers() -> Iterator[LocalWorkers]:
    with closing(LocalWorkers(2, stand_in, timeout_s=PATIENCE_S)) as made:
        yield made


def submit(workers: LocalWorkers, *paths: str) -> list[Future[ClipOutcome]]:
    return [workers.submit(job, Options(), None) for job in make_jobs(*paths)]


def finish(workers: LocalWorkers, futures: list[Future[ClipOutcome]]) -> list[str | None]:
    """What is wrong with each, as the run sees it; what is to be tried again as ``again``."""
    wait(futures, timeout=2 * PATIENCE_S)
    said: list[str | None] = []
    for future in futures:
        found = workers.collect(future)
        if isinstance(found, ClipOutcome):
            said.append(found.error)
        else:
            said.append("again" if found is None else str(found))
    return said


def score(workers: LocalWorkers, *paths: str) -> list[str | None]:
    """What is wrong with each; what broke with its pool is submitted again, as the run does."""
    said: list[str | None] = ["again"] * len(paths)
    while "again" in said:
        left = [k for k, one in enumerate(said) if one == "again"]
        for k, one in zip(
            left, finish(workers, submit(workers, *(paths[k] for k in left))), strict=True
        ):
            said[k] = one
    return said


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    # Where nobody asks how it ended, an ended process stays listed.
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_each_clip_has_its_outcome_whatever_becomes_of_the_others(workers: LocalWorkers) -> None:
    paths = ["a", "kill", "b", "fail", "exit", "c", "bug", "d", "kill 2", "e"]
    said = score(workers, *paths)
    assert [paths[k] for k, one in enumerate(said) if one is None] == ["a", "b", "c", "d", "e"]
    assert said[1] is not None
    assert said[1].startswith("the process that was reading it ended (signal 9")
    assert said[3] == "is no clip"
    assert said[4] is not None
    assert said[4].startswith("the process that was reading it ended (exit code 3")
    assert said[6] == "KeyError: 'bug'"


def test_a_clip_that_hangs_is_given_up_and_the_next_ones_are_not(tmp_path: Path) -> None:
    with closing(LocalWorkers(1, stand_in, timeout_s=1.0)) as workers:
        started_s = time.monotonic()
        said = finish(workers, submit(workers, "hang", "a", "b"))
        assert said == ["took longer than 1 s: allow more with --timeout", None, None]
        assert time.monotonic() - started_s > 1.0


def test_a_worker_killed_from_outside_costs_the_clip_it_had(
    workers: LocalWorkers, tmp_path: Path
) -> None:
    futures = submit(workers, f"wait {tmp_path} 0", f"wait {tmp_path} 1", "a", "b")
    await_that(lambda: len(began(tmp_path)) == 2)
    [victim] = [int(p.name.split()[2]) for p in tmp_path.glob("began 1 *")]
    os.kill(victim, signal.SIGKILL)
    wait([futures[1]], timeout=PATIENCE_S)
    (tmp_path / "go").touch()
    said = finish(workers, futures)
    assert said[0] is said[2] is said[3] is None
    assert said[1] is not None
    assert "signal 9" in said[1]


def test_idle_workers_that_end_cost_nothing(workers: LocalWorkers) -> None:
    assert finish(workers, submit(workers, "a")) == [None]
    for child in multiprocessing.active_children():
        child.kill()
    assert score(workers, "b", "c") == [None, None]


def broken_at_start() -> None:
    os._exit(1)


def test_workers_that_cannot_start_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("formcheck.app.batch.workers.prepare", broken_at_start)
    n_tries = 0

    def try_on(workers: LocalWorkers) -> None:
        nonlocal n_tries
        while n_tries < 2 * MAX_BROKEN:
            n_tries += 1
            finish(workers, submit(workers, "a", "b", "c"))

    with (
        closing(LocalWorkers(1, stand_in)) as one_worker,
        pytest.raises(FormcheckError, match="ended before scoring anything"),
    ):
        try_on(one_worker)
    assert n_tries == MAX_BROKEN


def test_workers_without_room_to_start_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pebble.ProcessPool.schedule", refuse)
    with (
        closing(LocalWorkers(1, stand_in)) as workers,
        pytest.raises(FormcheckError, match="cannot be started: No space left on device: free"),
    ):
        submit(workers, "a")


def test_closing_ends_workers_at_once_whatever_they_do(tmp_path: Path) -> None:
    workers = LocalWorkers(2, stand_in)
    submit(workers, f"wait {tmp_path} 0", "hang", "a", "b")
    await_that(lambda: len(began(tmp_path)) == 1)
    started_s = time.monotonic()
    workers.close()
    assert time.monotonic() - started_s < 20
    [worker] = began(tmp_path)
    assert not is_alive(worker)


def test_no_worker_outlives_its_parent(tmp_path: Path) -> None:
    """Not even one that hangs."""
    root = Path(__file__).parents[3]
    code = f"""
        import os, signal, threading
        from formcheck.app.batch.job import Options
        from formcheck.app.batch.workers import LocalWorkers
        from tests.support.stand_ins import make_jobs, stand_in
        if __name__ == "__main__":
            workers = LocalWorkers(1, stand_in)
            workers.submit(make_jobs("wait {tmp_path} 0")[0], Options(), None)
            threading.Event().wait()
    """
    script = tmp_path / "parent.py"
    script.write_text(textwrap.dedent(code))
    environment = {**os.environ, "PYTHONPATH": str(root)}
    with subprocess.Popen([sys.executable, script], env=environment) as parent:
        await_that(lambda: len(began(tmp_path)) == 1)
        [worker] = began(tmp_path)
        assert is_alive(worker)
        parent.kill()
    await_that(lambda: not is_alive(worker))


def test_what_means_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one worker, got 0"):
        LocalWorkers(0, stand_in)
    with pytest.raises(ValueError, match="above 0 s, got 0"):
        LocalWorkers(1, stand_in, timeout_s=0)


def test_a_job_reaches_its_worker_as_it_is(workers: LocalWorkers) -> None:
    job = Job("a \udce9", "clips/é.mp4", "Ann", "half-kneeling", "left", "@0-3")
    future = workers.submit(job, Options(model="lite"), None)
    outcome = future.result(timeout=PATIENCE_S)
    assert outcome.key == "content-lite"
