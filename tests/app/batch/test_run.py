"""A whole batch: every clip its row in its place, whatever is in the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest

from formcheck.app.batch import run
from formcheck.app.batch.job import ClipOutcome, Job, Known, Options
from formcheck.app.batch.workers import LocalWorkers
from formcheck.errors import ExerciseError, FormcheckError, ModelError, StoreError
from tests.support.journals import count_kept
from tests.support.stand_ins import HereWorkers, make_jobs, read, start
from tests.support.waiting import PATIENCE_S, await_that, began

ROOT = Path(__file__).parents[3]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> HereWorkers:
    """Workers without processes: these tests are about what the run makes of outcomes."""
    workers = HereWorkers()
    monkeypatch.setattr(run, "LocalWorkers", lambda *_: workers)
    return workers


def test_rows_come_in_the_order_of_the_clips(here: HereWorkers, tmp_path: Path) -> None:
    out = tmp_path / "new folder" / "r.csv"
    told: list[tuple[int, int, str | None]] = []
    jobs = make_jobs("b", "fail 1", "a", "bug 2", "c")
    jobs[1] = replace(jobs[1], person="Ann", exercise="half-kneeling", side="left")
    summary = start(jobs, out, progress=lambda *said: told.append(said))
    rows = read(out)
    assert [row["clip"] for row in rows] == ["b", "fail 1", "a", "bug 2", "c"]
    assert [row["status"] for row in rows] == ["ok", "failed", "ok", "failed", "ok"]
    assert rows[1]["error"] == "fail 1: is no clip"
    assert [rows[1][name] for name in ("person", "exercise", "side")] == [
        "Ann", "half-kneeling", "left",
    ]  # fmt: skip
    assert rows[3]["error"] == "bug 2: KeyError: 'bug 2'"
    assert (summary.n_clips, summary.n_failed, summary.n_kept, summary.n_rows) == (5, 2, 0, 5)
    assert [one.exercise for one in summary.exercises] == ["half-kneeling", None]
    assert [done for done, _, _ in told] == [1, 2, 3, 4, 5]
    assert {total for _, total, _ in told} == {5}
    assert [failure for _, _, failure in told if failure] == [rows[1]["error"], rows[3]["error"]]
    assert sorted(path.name for path in out.parent.iterdir()) == ["r.csv", "r.csv.journal.sqlite3"]


def test_what_is_done_is_not_done_again_and_what_failed_is(
    here: HereWorkers, tmp_path: Path
) -> None:
    out = tmp_path / "r.csv"
    jobs = make_jobs("a", "fail", "b")
    start(jobs, out)
    first = out.read_bytes()
    here.known.clear()
    summary = start(jobs, out)
    assert (summary.n_kept, summary.n_failed) == (2, 1)
    assert here.known == [Known("content-full", None), None, Known("content-full", None)]
    assert out.read_bytes() == first
    # Other options: all of it is done again.
    assert start(jobs, out, options=Options(model="lite")).n_kept == 0
    assert start(jobs, out, options=Options(model="lite")).n_kept == 2
    # More clips, in another order.
    summary = start(make_jobs("c", "b", "a"), out, options=Options(model="lite"))
    assert summary.n_kept == 2
    assert [row["clip"] for row in read(out)] == ["c", "b", "a"]
    assert start(jobs, out, options=Options(model="lite"), resume=False).n_kept == 0


def test_the_stamp_of_a_clip_is_kept(
    here: HereWorkers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "read_stamp", lambda path: f"stamp of {path}")
    for stamp in (None, "stamp of a", "another"):
        start(make_jobs("a"), tmp_path / "r.csv")
        assert here.known[-1] == (None if stamp is None else Known("content-full", "stamp of a"))
    monkeypatch.setattr(run, "read_stamp", lambda path: "another")
    start(make_jobs("a"), tmp_path / "r.csv")
    start(make_jobs("a"), tmp_path / "r.csv")
    assert here.known[-1] == Known("content-full", "another")


def test_no_more_clips_are_handed_out_than_are_wanted(tmp_path: Path) -> None:
    handed = 0

    class Slow(HereWorkers):
        def collect(self, future: Future[ClipOutcome]) -> ClipOutcome | str | None:
            nonlocal handed
            handed = max(handed, len(self.asked) - self.n_done)
            self.n_done += 1
            return super().collect(future)

        n_done = 0

    workers = Slow()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "LocalWorkers", lambda *_: workers)
        start(make_jobs(*map(str, range(50))), tmp_path / "r.csv")
    assert handed == workers.n_wanted
    assert workers.n_done == 50


def test_what_is_to_be_tried_again_is_and_has_one_row(tmp_path: Path) -> None:
    class Forgetful(HereWorkers):
        def collect(self, future: Future[ClipOutcome]) -> ClipOutcome | str | None:
            found = super().collect(future)
            return None if len(self.asked) < 6 else found

    workers = Forgetful()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "LocalWorkers", lambda *_: workers)
        summary = start(make_jobs("a", "b", "c"), tmp_path / "r.csv")
    assert summary.n_rows == 3
    assert len(workers.asked) > 5
    assert set(workers.asked) == {"a", "b", "c"}


def test_a_run_that_breaks_off_keeps_what_it_has(here: HereWorkers, tmp_path: Path) -> None:
    out = tmp_path / "r.csv"

    def stop(done: int, total: int, failure: str | None) -> None:
        if done == 4:
            here.broken = FormcheckError("tcp://here", "the scheduler is gone")

    jobs = make_jobs(*"abcdefgh")
    with pytest.raises(FormcheckError, match="the scheduler is gone"):
        start(jobs, out, progress=stop)
    assert not out.exists()
    here.broken = None
    assert start(jobs, out).n_kept == 4


def test_a_table_that_is_not_ours_is_not_overwritten(here: HereWorkers, tmp_path: Path) -> None:
    out, journal = tmp_path / "r.csv", tmp_path / "r.csv.journal.sqlite3"
    out.write_text("mine")
    with pytest.raises(StoreError, match="already exists and was not made by this batch"):
        start(make_jobs("a"), out)
    assert (out.read_text(), journal.exists()) == ("mine", False)
    start(make_jobs("a"), out, force=True)
    start(make_jobs("a", "b"), out)
    start(make_jobs("a", "b"), out, resume=False)
    start(make_jobs("a", "b"), out)
    # Somebody worked on the table since.
    out.write_text(out.read_text() + "a remark\n")
    for resume in (True, False):
        with pytest.raises(StoreError, match="already exists and was not made by this batch"):
            start(make_jobs("a"), out, resume=resume)
    assert out.read_text().endswith("a remark\n")
    out.unlink()
    assert start(make_jobs("a", "b"), out).n_kept == 2


def test_a_kill_between_journal_and_table_does_not_lock_the_user_out(
    here: HereWorkers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "r.csv"
    start(make_jobs("a"), out)

    put = Path.replace

    def stop(path: Path, target: Path) -> Path:
        if target == out:
            raise KeyboardInterrupt
        return put(path, target)

    for names in ("ab", "abc"):
        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", stop)
            with pytest.raises(KeyboardInterrupt):
                start(make_jobs(*names), out)
        assert [row["clip"] for row in read(out)] == ["a"]
    assert start(make_jobs("a", "b"), out).n_rows == 2
    assert len(list(tmp_path.iterdir())) == 2


def test_what_would_fail_every_clip_is_told_before_work(here: HereWorkers, tmp_path: Path) -> None:
    out, job = tmp_path / "r.csv", make_jobs("a")[0]
    with pytest.raises(ExerciseError, match="did you mean half-kneeling"):
        start([replace(job, exercise="half-knelling")], out)
    with pytest.raises(ExerciseError, match="asked, not seen"):
        start([replace(job, exercise="arch-check")], out)
    with pytest.raises(ModelError, match="no such file"):
        start([job], out, options=Options(model="fast"))
    with pytest.raises(ValueError, match="above 0 Hz, got -1"):
        start([job], out, options=Options(rate_hz=-1))
    with pytest.raises(StoreError, match="is not a known kind of table"):
        start([job], tmp_path / "r.txt")
    assert here.asked == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("n_clips", "n_jobs", "expected"), [(1, None, 1), (2, 8, 2), (9, None, 6), (9, 3, 3)]
)
def test_there_are_no_more_workers_than_clips(
    tmp_path: Path, n_clips: int, n_jobs: int | None, expected: int
) -> None:
    made: list[int] = []

    def make(n_workers: int, *_: object) -> HereWorkers:
        made.append(n_workers)
        return HereWorkers()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "LocalWorkers", make)
        patch.setattr(run, "count_cores", lambda: 6)
        start(make_jobs(*map(str, range(n_clips))), tmp_path / "r.csv", n_jobs=n_jobs)
    assert made == [expected]


def test_a_number_of_workers_that_means_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one worker, got -2"):
        start(make_jobs("a"), tmp_path / "r.csv", n_jobs=-2)


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_the_same_bytes_for_any_number_of_workers(tmp_path: Path, ending: str) -> None:
    """Outcomes come as they are done, which is another order each time."""
    paths = [f"fail {k}" if k % 7 == 3 else f"kill {k}" if k == 5 else f"{k}" for k in range(40)]
    jobs = make_jobs(*paths)
    written = []
    for n_jobs in (1, 3):
        out = tmp_path / f"{n_jobs}{ending}"
        start(jobs, out, n_jobs=n_jobs)
        written.append(out.read_bytes())
    assert written[0] == written[1]


def test_two_runs_on_one_table_are_refused(tmp_path: Path) -> None:
    out = tmp_path / "r.csv"
    with (
        run._open_journal(out, resume=True, force=False),
        pytest.raises(StoreError, match="another run is using it"),
    ):
        start(make_jobs("a"), out)


PARENT = """
    import sys
    from pathlib import Path
    from formcheck.app.batch.job import Options
    from formcheck.app.batch.run import run_batch
    from tests.support.stand_ins import make_jobs, stand_in
    if __name__ == "__main__":
        run_batch(make_jobs(*sys.argv[2:]), Options(), out=Path(sys.argv[1]), n_jobs=2,
                  score=stand_in)
"""


def test_a_parent_killed_in_the_middle_loses_only_what_was_in_flight(tmp_path: Path) -> None:
    out, script, folder = tmp_path / "r.csv", tmp_path / "parent.py", tmp_path / "signs"
    folder.mkdir()
    script.write_text(textwrap.dedent(PARENT))
    paths = [*map(str, range(20)), f"wait {folder} 20", "21", "22", f"wait {folder} 23", "24"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    journal = out.with_name("r.csv.journal.sqlite3")

    with subprocess.Popen([sys.executable, script, out, *paths], env=environment) as parent:
        # The two that wait hold both workers; everything before the second is done.
        await_that(lambda: len(began(folder)) == 2 and count_kept(journal) == 22)
        parent.send_signal(signal.SIGKILL)
    assert parent.returncode == -signal.SIGKILL
    assert not out.exists()
    (folder / "go").touch()
    done: list[str] = []

    class Seen(LocalWorkers):
        def submit(self, job: Job, options: Options, known: Known | None) -> Future[ClipOutcome]:
            if known is None:
                done.append(job.path)
            return super().submit(job, options, known)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "LocalWorkers", Seen)
        summary = start(make_jobs(*paths), out, n_jobs=2)
    assert summary.n_kept == 22
    assert done == [paths[20], paths[23], paths[24]]
    assert [row["clip"] for row in read(out)] == paths
    whole = tmp_path / "whole.csv"
    start(make_jobs(*paths), whole, n_jobs=1)
    assert out.read_bytes() == whole.read_bytes()


COST = """
    import json, sys, time
    from pathlib import Path
    from formcheck.app.batch.job import Options
    from formcheck.app.batch.run import run_batch
    from tests.support.stand_ins import make_jobs, stand_in
    if __name__ == "__main__":
        jobs = make_jobs(*(f"clip {k}" for k in range(10_000)))
        started_s = time.process_time()
        run_batch(jobs, Options(), out=Path(sys.argv[1]), n_jobs=2, score=stand_in)
        cost_s = time.process_time() - started_s
        # Not getrusage, which begins with what the parent had as it started this process.
        status = Path("/proc/self/status").read_text().split()
        most_kb = int(status[status.index("VmHWM:") + 1])
        print(json.dumps({"ms": 1000 * cost_s / len(jobs), "mb": most_kb / 1024}))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the memory used")
def test_ten_thousand_rows_cost_the_parent_little(tmp_path: Path) -> None:
    script, out = tmp_path / "parent.py", tmp_path / "r.csv"
    script.write_text(textwrap.dedent(COST))
    ended = subprocess.run(
        [sys.executable, script, out], env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True, capture_output=True, timeout=5 * PATIENCE_S,
    )  # fmt: skip
    cost = json.loads(ended.stdout)
    assert len(read(out)) == 10_000
    assert cost["mb"] < 300
    assert cost["ms"] < 3.0, "a clip costs seconds: its row may cost a thousandth of that"
