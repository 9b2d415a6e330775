"""The journal: what was kept is there again, whatever happened to the file meanwhile."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from formcheck.app.batch.job import ClipOutcome, Job
from formcheck.app.batch.journal import SYNC_EVERY, Journal, JournalEntry, name_job
from formcheck.errors import StoreError


def make_entry(k: int) -> JournalEntry:
    """Every other one failed; names have all kinds of characters."""
    error = f'clip "{k}"\n🧘 is\udce9 broken' if k % 2 else None
    result = None if k % 2 else f'{{"clip": "kné {k}"}}'
    return JournalEntry(
        ClipOutcome(k, f"key{k}", result, error, k / 3), None if k % 3 else f"stamp{k}"
    )


def fill(path: Path, n: int) -> dict[str, JournalEntry]:
    entries = {f"job{k}": make_entry(k) for k in range(n)}
    with Journal(path) as journal:
        for name, entry in entries.items():
            journal.add(name, entry)
    return entries


def read(path: Path, names: object) -> dict[str, JournalEntry]:
    assert isinstance(names, dict)
    with Journal(path) as journal:
        found = {name: journal.find(name) for name in names}
    return {name: entry for name, entry in found.items() if entry is not None}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "results.csv.journal.jsonl"


def test_what_was_kept_is_there_again(path: Path) -> None:
    entries = fill(path, 7)
    assert read(path, entries) == entries
    with Journal(path) as journal:
        assert len(journal) == 7
        assert "job3" in journal
        assert "job7" not in journal
        assert journal.find("job7") is None


def test_the_last_of_two_lines_holds(path: Path) -> None:
    fill(path, 3)
    with Journal(path) as journal:
        journal.add("job1", make_entry(8))
        assert journal.find("job1") == make_entry(8)
    with Journal(path) as journal:
        assert journal.find("job1") == make_entry(8)
        assert len(journal) == 3


def test_reading_between_writing(path: Path) -> None:
    with Journal(path) as journal:
        for k in range(50):
            journal.add(f"job{k}", make_entry(k))
            assert journal.find(f"job{k // 2}") == make_entry(k // 2)


def test_wherever_a_kill_cuts_it_all_whole_lines_are_there(path: Path) -> None:
    entries = fill(path, 4)
    whole = path.read_bytes()
    ends = [k + 1 for k, byte in enumerate(whole) if byte == ord("\n")]
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        n_whole = sum(end <= length for end in ends)
        assert list(read(path, entries)) == list(entries)[:n_whole], length
        # What was cut off is gone, so that the next line begins a line.
        with Journal(path) as journal:
            journal.add("next", make_entry(9))
        kept = read(path, {**entries, "next": None})
        assert list(kept) == [*list(entries)[:n_whole], "next"], length


def test_damaged_lines_are_left_out_and_no_others(path: Path) -> None:
    entries = fill(path, 12)
    whole = path.read_bytes()
    rng = random.Random(7)
    for _ in range(300):
        at = rng.randrange(len(whole) - 1)
        byte = rng.randrange(256)
        if byte == whole[at]:
            continue
        path.write_bytes(whole[:at] + bytes([byte]) + whole[at + 1 :])
        hit = {whole[:at].count(b"\n")}
        if whole[at : at + 1] == b"\n":
            hit.add(min(hit) + 1)
        kept = read(path, entries)
        assert kept == {n: e for k, (n, e) in enumerate(entries.items()) if k not in hit}


def test_lines_of_rubbish_are_passed_over(path: Path) -> None:
    entries = fill(path, 3)
    lines = path.read_bytes().splitlines(keepends=True)
    rubbish = [b"\n", b"{}\n", b'{"job": "job1"}\n', b"\xff\xfe\n", b"\0" * 4096 + b"\n", b"[]\n"]
    path.write_bytes(b"".join(rubbish + lines[:2] + rubbish + lines[2:]))
    assert read(path, entries) == entries


@pytest.mark.parametrize("content", ['{"mine": 1}\nnotes\n', "notes", '{"mine": 1}', "notes\n{"])
def test_another_file_is_not_taken_for_a_journal(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(StoreError, match="is no journal of a batch"):
        Journal(path)
    assert path.read_text() == content


def test_two_runs_at_once_are_refused(path: Path) -> None:
    with Journal(path) as journal:
        journal.add("job0", make_entry(0))
        with pytest.raises(StoreError, match="another run is at work on it"):
            Journal(path)
        journal.add("job1", make_entry(1))
    assert len(read(path, {"job0": None, "job1": None})) == 2


def test_clearing_forgets_entries_but_not_whose_the_table_is(path: Path) -> None:
    fill(path, 3)
    with Journal(path) as journal:
        journal.note_output("abc")
    with Journal(path) as journal:
        assert journal.outputs == ["abc"]
        journal.clear()
        assert len(journal) == 0
        assert journal.find("job1") is None
        journal.add("job1", make_entry(1))
    with Journal(path) as journal:
        assert (journal.outputs, len(journal)) == (["abc"], 1)


def test_lines_are_forced_to_the_disk_in_groups(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_synced = 0

    def count(descriptor: int) -> None:
        nonlocal n_synced
        n_synced += 1

    clock = 0.0
    monkeypatch.setattr("os.fsync", count)
    monkeypatch.setattr("time.monotonic", lambda: clock)
    with Journal(path) as journal:
        for k in range(SYNC_EVERY - 1):
            journal.add(f"job{k}", make_entry(k))
        assert n_synced == 0
        journal.add("last", make_entry(1))
        assert n_synced == 1
        journal.add("late", make_entry(2))
        journal.sync(if_due=True)
        assert n_synced == 1
        clock = 1.1
        journal.sync(if_due=True)
        assert n_synced == 2
        journal.sync(if_due=True)
        assert n_synced == 2
        journal.add("later", make_entry(3))
    assert n_synced == 3


def test_a_full_disk_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    journal = Journal(path)
    journal.add("job0", make_entry(0))
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", refuse)
        with pytest.raises(StoreError, match="No space left on device"):
            journal.note_output("abc")
    journal.close()
    with Journal(path) as journal:
        assert journal.find("job0") == make_entry(0)


def test_a_folder_in_its_place_is_told(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(StoreError, match="cannot be opened"):
        Journal(path)


def test_what_was_added_survives_a_kill(path: Path) -> None:
    """No close, no sync: the very next moment after ``add``."""
    code = f"""
        import os, signal
        from pathlib import Path
        from formcheck.app.batch.journal import Journal
        from tests.app.batch.test_journal import make_entry
        journal = Journal(Path({str(path)!r}))
        for k in range(5):
            journal.add(f"job{{k}}", make_entry(k))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    root = Path(__file__).parents[3]
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, check=False, timeout=120,
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL
    assert len(read(path, {f"job{k}": None for k in range(5)})) == 5


def test_a_job_is_filed_under_what_is_asked_of_which_clip() -> None:
    job = Job(3, "/clips/a.mp4", "a.mp4", "Ann", "half-kneeling", "left", "@0-3")
    assert name_job(replace(job, index=9, name="clips/a.mp4")) == name_job(job)
    others = [
        replace(job, path="/clips/b.mp4"), replace(job, person=None), replace(job, side=None),
        replace(job, exercise="auto"), replace(job, neutral=None),
        replace(job, path="/clips/caf\udce9.mp4"),
    ]  # fmt: skip
    assert len({name_job(one) for one in [job, *others]}) == len(others) + 1
