"""The same work by the workers of a Dask cluster, which is started for real."""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from formcheck.app.batch import workers
from formcheck.app.batch.job import Options
from formcheck.app.batch.run import run_batch
from formcheck.app.batch.workers import score_there
from formcheck.errors import FormcheckError
from tests.support.dask_processes import DaskCluster, start_cluster
from tests.support.journals import count_kept
from tests.support.stand_ins import make_jobs, read, stand_in
from tests.support.waiting import PATIENCE_S, await_that, began


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with start_cluster(tmp_path_factory.mktemp("dask")) as started:
        yield started


def test_the_same_bytes_as_on_this_machine(dask: DaskCluster, tmp_path: Path) -> None:
    jobs = make_jobs(*(f"fail {k}" if k % 7 == 3 else str(k) for k in range(60)), "bug")
    there, here = tmp_path / "there.csv", tmp_path / "here.csv"
    summary = run_batch(jobs, Options(), out=there, cluster=dask.address, score=stand_in)
    run_batch(jobs, Options(), out=here, n_jobs=2, score=stand_in)
    assert summary.n_failed == 10
    assert there.read_bytes() == here.read_bytes()
    again = run_batch(jobs, Options(), out=there, cluster=dask.address, score=stand_in)
    assert (again.n_kept, again.n_failed) == (51, 10)


def test_clips_that_end_or_hang_their_worker_have_their_rows(
    dask: DaskCluster, tmp_path: Path
) -> None:
    jobs = make_jobs("a", "kill", "b", "hang", "c")
    started_s = time.monotonic()
    run_batch(
        jobs, Options(), out=tmp_path / "r.csv", cluster=dask.address, timeout_s=3.0,
        score=stand_in,
    )  # fmt: skip
    assert time.monotonic() - started_s > 3.0
    rows = read(tmp_path / "r.csv")
    # A clip that had the bad luck to be with them is tried again by the next run.
    assert rows[1]["error"].startswith("kill: its worker ended")
    assert rows[3]["error"].startswith("hang: its worker ended")
    again = make_jobs("a", "b", "c")
    run_batch(again, Options(), out=tmp_path / "r.csv", cluster=dask.address, score=stand_in)
    assert [row["status"] for row in read(tmp_path / "r.csv")] == ["ok", "ok", "ok"]


def test_a_scheduler_restarted_is_survived(dask: DaskCluster, tmp_path: Path) -> None:
    out, folder = tmp_path / "r.csv", tmp_path / "signs"
    folder.mkdir()
    jobs = make_jobs(*map(str, range(8)), f"wait {folder} 8", f"wait {folder} 9", "10")
    journal = tmp_path / "r.csv.journal.sqlite3"
    told: list[BaseException] = []

    def work() -> None:
        try:
            run_batch(jobs, Options(), out=out, cluster=dask.address, score=stand_in)
        except FormcheckError as error:
            told.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    await_that(lambda: len(began(folder)) == 2)
    await_that(lambda: count_kept(journal) >= 8)
    dask.restart()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    [error] = told
    assert str(error).startswith(f"{dask.address}: the scheduler is gone")
    assert "\n" not in str(error)
    assert not out.exists()
    (folder / "go").touch()
    summary = run_batch(jobs, Options(), out=out, cluster=dask.address, score=stand_in)
    assert summary.n_kept >= 8
    assert [row["clip"] for row in read(out)] == [job.name for job in jobs]
    assert summary.n_failed == 0


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense://x", "what"])
def test_an_address_without_a_scheduler_is_told(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_CONNECT_S", 1.0)
    with pytest.raises(FormcheckError, match="no Dask scheduler answers") as caught:
        run_batch(make_jobs("a"), Options(), out=tmp_path / "r.csv", cluster=address)
    assert str(caught.value).startswith(f"{address}: ")


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = importlib.import_module

    def refuse(name: str, *more: Any) -> Any:
        if name == "distributed":
            raise ImportError(name)
        return load(name, *more)

    monkeypatch.setattr(importlib, "import_module", refuse)
    with pytest.raises(FormcheckError, match=r"pip install 'formcheck\[cluster\]'"):
        run_batch(make_jobs("a"), Options(), out=tmp_path / "r.csv", cluster="tcp://127.0.0.1:9")


def test_a_worker_with_another_formcheck_scores_nothing() -> None:
    with pytest.raises(workers.WrongVersionError, match="one has"):
        score_there("9.9", None, stand_in, make_jobs("a")[0], Options(), None)
