"""The journal: what was kept is there again, whatever happened to the file meanwhile."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from formcheck.app.batch.job import ClipOutcome, Job, name_job
from formcheck.app.batch.journal import Journal
from formcheck.errors import StoreError
from tests.support.journals import count_kept

DAMAGED = "is not the journal of a batch, or is damaged: move it, or delete it"


def make_outcome(k: int) -> ClipOutcome:
    """Every other one failed; names have all kinds of characters."""
    error = f'clip "{k}"\n🧘 is\udce9 broken' if k % 2 else None
    result = None if k % 2 else f'{{"clip": "kné {k}"}}'
    made = {f"/pages/caf\udce9 {k}.html": "page"} if k % 5 else {}
    stamp = None if k % 3 else f"stamp{k}"
    return ClipOutcome(f"key{k}", result, error, made=made, stamp=stamp)


def fill(path: Path, n: int) -> dict[str, ClipOutcome]:
    outcomes = {f"job{k}": make_outcome(k) for k in range(n)}
    with Journal(path) as journal:
        for name, outcome in outcomes.items():
            journal.add(name, outcome)
    return outcomes


def read(path: Path, n: int) -> dict[str, ClipOutcome]:
    """What is kept of the first so many."""
    with Journal(path) as journal:
        found = {f"job{k}": journal.find(f"job{k}") for k in range(n)}
    return {name: outcome for name, outcome in found.items() if outcome is not None}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "results.csv.journal.sqlite3"


def test_what_was_kept_is_there_again(path: Path) -> None:
    outcomes = fill(path, 7)
    assert read(path, 9) == outcomes
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_the_last_of_two_holds(path: Path) -> None:
    outcomes = fill(path, 3)
    with Journal(path) as journal:
        journal.add("job1", make_outcome(8))
        assert journal.find("job1") == make_outcome(8)
    assert read(path, 3) == {**outcomes, "job1": make_outcome(8)}


def test_reading_between_writing(path: Path) -> None:
    with Journal(path) as journal:
        for k in range(50):
            journal.add(f"job{k}", make_outcome(k))
            assert journal.find(f"job{k // 2}") == make_outcome(k // 2)


def test_a_file_that_was_cut_or_damaged_is_refused_and_left_as_it_is(path: Path) -> None:
    fill(path, 200)
    whole = path.read_bytes()
    n_pages = len(whole) // 4096
    rng = random.Random(7)
    damaged = [whole[:size] for size in (1, 100, 511, 512, 4095, 4096, len(whole) - 4096)]
    for page in range(n_pages):
        start = 4096 * page
        damaged.append(whole[:start] + rng.randbytes(4096) + whole[start + 4096 :])
    for content in damaged:
        path.write_bytes(content)
        with pytest.raises(StoreError, match=DAMAGED):
            Journal(path)
        assert path.read_bytes() == content
    path.write_bytes(b"")  # a kill may leave it so
    assert read(path, 200) == {}


@pytest.mark.parametrize("damaged", ['{"key": 1', '{"another": "version"}', "[]", "é"])
def test_an_outcome_that_is_damaged_or_of_another_version_is_left_out(
    path: Path, damaged: str
) -> None:
    outcomes = fill(path, 3)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE clips SET outcome = ? WHERE name = 'job1'", (damaged,))
    del outcomes["job1"]
    assert read(path, 3) == outcomes


@pytest.mark.parametrize("content", [b'{"mine": 1}\n', b"notes", b"notes\n" * 1000])
def test_another_file_is_not_taken_for_a_journal(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(StoreError, match=DAMAGED):
        Journal(path)
    assert path.read_bytes() == content


def test_nor_is_another_database(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE notes (mine TEXT)")
    content = path.read_bytes()
    with pytest.raises(StoreError, match=DAMAGED):
        Journal(path)
    assert path.read_bytes() == content


def test_two_runs_at_once_are_refused(path: Path) -> None:
    with Journal(path) as journal:
        journal.add("job0", make_outcome(0))
        for _ in range(2):  # before and after it is on the disk
            with pytest.raises(StoreError, match="another run is using it: wait, or give"):
                Journal(path)
            journal.commit()
        journal.add("job1", make_outcome(1))
    assert len(read(path, 2)) == 2


def test_clearing_forgets_outcomes_but_not_whose_the_table_is(path: Path) -> None:
    fill(path, 3)
    with Journal(path) as journal:
        journal.note_table("abc")
    with Journal(path) as journal:
        assert journal.made("abc")
        assert not journal.made("abd")
        journal.clear()
        assert journal.find("job1") is None
        journal.add("job1", make_outcome(1))
    with Journal(path) as journal:
        assert journal.made("abc")
    assert list(read(path, 3)) == ["job1"]


def test_a_full_disk_is_told(path: Path) -> None:
    with Journal(path) as journal:
        journal.add("job0", make_outcome(0))
        journal.commit()
        journal._db.execute("PRAGMA max_page_count = 1")  # no more than there are
        large = replace(make_outcome(1), error="x" * 100_000)
        with pytest.raises(StoreError, match="the disk is full or failing: free some"):
            journal.add("job1", large)
    assert read(path, 2) == {"job0": make_outcome(0)}


def test_a_folder_in_its_place_is_told(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(StoreError, match="cannot be opened"):
        Journal(path)


def test_what_was_committed_survives_a_kill(path: Path) -> None:
    """No close: the very next moment after ``commit``."""
    code = f"""
        import os, signal
        from pathlib import Path
        from formcheck.app.batch.job import ClipOutcome
        from formcheck.app.batch.journal import Journal
        journal = Journal(Path({str(path)!r}))
        for k in range(5):
            journal.add(f"job{{k}}", ClipOutcome(f"key{{k}}", "a result", None))
        journal.commit()
        for k in range(5, 500):
            journal.add(f"job{{k}}", ClipOutcome(f"key{{k}}", 100 * "a result", None))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    root = Path(__file__).parents[3]
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, check=False, timeout=120,
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL
    assert list(read(path, 500)) == [f"job{k}" for k in range(5)]
    assert count_kept(path) == 5


def test_a_job_is_filed_under_what_is_asked_of_which_clip() -> None:
    job = Job("/clips/a.mp4", "a.mp4", "Ann", "half-kneeling", "left", "@0-3")
    assert name_job(replace(job, name="clips/a.mp4")) == name_job(job)
    others = [
        replace(job, path="/clips/b.mp4"), replace(job, person=None), replace(job, side=None),
        replace(job, exercise="auto"), replace(job, neutral=None),
        replace(job, path="/clips/caf\udce9.mp4"),
    ]  # fmt: skip
    assert len({name_job(one) for one in [job, *others]}) == len(others) + 1
