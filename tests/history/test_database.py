"""The file is private, survives kills and company, and what is not ours is left as it was."""

from __future__ import annotations

import os
import random
import sqlite3
import stat
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from formcheck.errors import StoreError
from formcheck.history import database as file
from formcheck.history.past import PastMedian
from formcheck.history.store import History, default_path
from tests.support.past_sets import add, add_many, make_set, read_folder, start_process

posix = pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX's")
VERSION = len(file.MIGRATIONS)
PATIENCE_S = 300


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "history.sqlite3"


@pytest.fixture
def kept(path: Path) -> Path:
    """A history with 300 sets."""
    with History(path) as history, history.together():
        add_many(history, 300, person="Ann", session="first")
    return path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix
def test_file_and_folder_are_for_this_user_alone(path: Path) -> None:
    mask = os.umask(0)
    try:
        with History(path) as history:
            add(history)
            assert {mode(each) for each in path.parent.iterdir()} == {0o600}
            assert len(list(path.parent.iterdir())) == 3
    finally:
        os.umask(mask)
    assert mode(path.parent) == 0o700


@posix
def test_what_was_open_to_others_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    path = tmp_path / "history.sqlite3"
    path.touch(0o644)
    path.chmod(0o644)
    with History(path):
        assert mode(path) == 0o600
    assert mode(tmp_path) == 0o755, "it may hold other things"


@posix
def test_the_default_is_in_the_users_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert default_path().parent.name == "formcheck"
    folder = tmp_path / "data" / "formcheck"
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    monkeypatch.setattr("formcheck.history.store.user_data_path", lambda _name: folder)
    with History() as history:
        assert history.path == folder / "history.sqlite3"
    assert mode(folder) == 0o700


def spoil(path: Path, kind: str) -> None:
    noise = random.Random(5).randbytes(9000)
    whole = path.read_bytes()
    assert len(whole) > 50_000
    kinds = {
        "noise": noise,
        "one byte": b"x",
        "few bytes": b"x" * 80,
        "text": b"my diary\n" * 50,
        "zeros": bytes(8192),
        "its head": whole[:90],
        "cut": whole[:30_000],
        "a page overwritten": whole[:20_480] + noise[:4096] + whole[24_576:],
        "the head overwritten": noise[:100] + whole[100:],
    }
    path.write_bytes(kinds[kind])


@pytest.mark.parametrize(
    "kind",
    ["noise", "one byte", "few bytes", "text", "zeros", "its head", "cut", "a page overwritten",
     "the head overwritten"],
)  # fmt: skip
def test_a_damaged_file_is_refused_and_left_as_it_was(kept: Path, kind: str) -> None:
    spoil(kept, kind)
    kept.chmod(0o644)
    before = kept.read_bytes()
    with pytest.raises(StoreError, match="is damaged; it was left as it is: move it elsewhere"):
        History(kept)
    assert kept.read_bytes() == before
    assert mode(kept) == 0o644


@pytest.mark.parametrize(
    "statement",
    ["CREATE TABLE recipes (name)", "PRAGMA user_version = 1", "PRAGMA application_id = 7"],
)
def test_a_database_of_another_program_is_refused(path: Path, statement: str) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as other:
        other.execute(statement)
    before = read_folder(path)
    with pytest.raises(StoreError, match="it is not a formcheck history"):
        History(path)
    assert read_folder(path) == before


def test_a_later_version_is_refused(kept: Path) -> None:
    with closing(sqlite3.connect(kept)) as later:
        later.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = read_folder(kept)
    with pytest.raises(StoreError, match=r"later version of formcheck.*install that version"):
        History(kept)
    assert read_folder(kept) == before


def test_an_empty_file_is_begun(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    with History(path) as history:
        add(history)
        assert history.people() == ["Ann"]
    assert [each.name for each in path.parent.iterdir()] == [path.name]


STEP = ("ALTER TABLE sets ADD COLUMN note TEXT NOT NULL DEFAULT 'none'",)


def read_version(path: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(path)) as db:
        [version] = db.execute("PRAGMA user_version").fetchone()
        [n_sets] = db.execute("SELECT count(*) FROM sets").fetchone()
    return version, n_sets


def test_an_earlier_version_is_migrated_after_a_backup(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = kept.with_name(f"{kept.name}.v{VERSION}.backup")
    second = kept.with_name(f"{kept.name}.v{VERSION}-2.backup")
    backup.write_text("of another day")
    monkeypatch.setattr(file, "MIGRATIONS", (*file.MIGRATIONS, STEP))
    with History(kept) as history:
        assert len(history.sets("Ann")) == 300
        assert {each.name for each in kept.parent.glob("*.backup*")} == {backup.name, second.name}
        add(history, person="Bea", session="after")
    assert read_version(kept) == (VERSION + 1, 301)
    assert read_version(second) == (VERSION, 300)
    assert mode(second) == 0o600
    assert backup.read_text() == "of another day"
    with History(kept):
        assert len(list(kept.parent.glob("*.backup"))) == 2


def test_all_steps_are_taken_at_once(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    more = ("UPDATE sets SET note = 'seen'", "ALTER TABLE sets ADD COLUMN mood TEXT")
    monkeypatch.setattr(file, "MIGRATIONS", (*file.MIGRATIONS, STEP, more))
    with History(kept):
        pass
    assert read_version(kept) == (VERSION + 2, 300)
    with closing(sqlite3.connect(kept)) as db:
        assert db.execute("SELECT DISTINCT note, mood FROM sets").fetchall() == [("seen", None)]


def test_values_of_a_measure_that_changed_are_kept_under_another_name(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(file, "MIGRATIONS", file.MIGRATIONS[:2])
        with History(path) as history:
            add_many(history, 2, person="Ann", session="first")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            """UPDATE sets SET medians = '{"knee_close": [60.5, "deg"], "head_down": [9, "deg"]}'
                WHERE rowid = 1"""
        )
    with History(path) as history:
        medians = [one.medians for one in history.sets("Ann")]
    assert {
        "knee_close_in_picture": PastMedian(60.5, "deg"),
        "head_down": PastMedian(9, "deg"),
    } in (medians)
    assert not any("knee_close" in one for one in medians)


def test_a_migration_that_fails_changes_nothing(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(file, "MIGRATIONS", (*file.MIGRATIONS, (*STEP, "DROP TABLE moods")))
        with pytest.raises(StoreError, match="moods"):
            History(kept)
    assert [each.name for each in kept.parent.iterdir()] == [kept.name]
    assert read_version(kept) == (VERSION, 300)
    with History(kept) as history:
        assert len(history.sets("Ann")) == 300


def open_at_once(path: Path) -> None:
    together, failed = threading.Barrier(3), list[Exception]()

    def work() -> None:
        together.wait(PATIENCE_S)
        try:
            History(path).close()
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(PATIENCE_S)
    assert failed == []


def test_those_that_begin_one_at_once_all_can(tmp_path: Path) -> None:
    for i in range(30):
        open_at_once(tmp_path / f"history-{i}.sqlite3")


def test_two_that_migrate_at_once_do_it_once(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "MIGRATIONS", (*file.MIGRATIONS, STEP))
    open_at_once(kept)
    assert read_version(kept) == (VERSION + 1, 300)
    assert len(list(kept.parent.glob("*.backup*"))) == 1


def test_erasing_takes_the_backups_along(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = kept.with_name(f"{kept.name}.v1.backup.mine")
    mine.write_text("not formcheck's")
    with History(kept) as history:
        add(history, person="Quentin", session="hidden")
    monkeypatch.setattr(file, "MIGRATIONS", (*file.MIGRATIONS, STEP))
    with History(kept) as history:
        assert b"Quentin" in next(kept.parent.glob("*.backup")).read_bytes()
        assert history.erase("Quentin") == 1
        assert b"Quentin" not in read_folder(kept)
        assert mine.exists()


ADD = """
path, name = Path(sys.argv[1]), sys.argv[2]
sys.stdin.readline()
for i in range(0, 60, 10):
    with History(path) as history:
        add_many(history, 10, person=name, session=name, first=i)
"""


def test_processes_begin_one_history_and_add_at_once(path: Path) -> None:
    names = ["a", "b", "c"]
    running = [start_process(ADD, path, name) for name in names]
    for each in running:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    for each in running:
        each.communicate(timeout=PATIENCE_S)
        assert each.returncode == 0
    with History(path) as history:
        assert history.people() == names
        assert [len(history.sets(name)) for name in names] == [60, 60, 60]


KILLED = """
path, first = Path(sys.argv[1]), int(sys.argv[2])
history = History(path)
for i in range(first, 10**9, 2):
    with history.together():
        add_many(history, 2, person="Ann", session="long", first=i)
    print(i + 2, flush=True)
    add_many(history, 3, person="gone", session="short")
    if i % 10 == 0:
        history.erase("gone")
"""


def test_a_killed_process_leaves_whole_sets(path: Path) -> None:
    chance = random.Random(11)
    n = 0
    for _ in range(8):
        running = start_process(KILLED, path, n)
        assert running.stdout is not None
        for _ in range(chance.randrange(1, 60)):
            n = int(running.stdout.readline())
        # Now it is anywhere in its work.
        running.kill()
        running.communicate(timeout=PATIENCE_S)
        with History(path) as history:
            found = history.sets("Ann")
            assert len(found) >= n, "what it said that it had remembered is there"
            assert len(found) % 2 == 0, "two are written together"
            n = len(found)
            assert [one.start_s for one in found] == [float(i) for i in range(n)]
            assert {(one.good_hold_s, one.faults["front_knee"].n) for one in found} == {(8.1, 2)}
            assert len(history.sets("gone")) <= 3
            history.erase("gone")
            assert b"gone" not in read_folder(path)


def test_a_lock_that_lasts_is_said(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert file.LOCKED_S == 5.0
    monkeypatch.setattr(file, "LOCKED_S", 0.2)
    with History(kept) as history, closing(sqlite3.connect(kept)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another program keeps it locked"):
            add(history, session="second")
        assert len(history.sets("Ann")) == 300, "reading waits for nobody"
        other.rollback()
        add(history, session="second")
        assert len(history.sets("Ann")) == 301


def test_a_short_lock_is_waited_for(kept: Path) -> None:
    with History(kept) as history, closing(sqlite3.connect(kept)) as other:
        other.execute("BEGIN IMMEDIATE")
        adding = threading.Thread(target=add, args=(history,), kwargs={"session": "second"})
        adding.start()
        adding.join(0.3)
        assert adding.is_alive()
        other.rollback()
        adding.join(PATIENCE_S)
        assert len(history.sets("Ann")) == 301


FULL = """
import resource
path = Path(sys.argv[1])
with History(path) as history:
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
    try:
        add_many(history, 5000, person="Bea", session="second")
    except OSError as error:
        print(type(error).__name__, error)
"""


@posix
def test_a_full_disk_is_said_and_nothing_is_lost(kept: Path) -> None:
    running = start_process(FULL, kept)
    said, _ = running.communicate(timeout=PATIENCE_S)
    assert said.startswith(f"StoreError {kept}: the disk is full")
    assert "free some space" in said
    with History(kept) as history:
        assert len(history.sets("Ann")) == 300
        assert 0 < len(history.sets("Bea")) < 5000


@contextmanager
def no_permission(folder: Path) -> Iterator[None]:
    """Nothing in the folder may be written, even by root, who becomes another for a while."""
    folder.chmod(0o555)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o700)


@posix
@pytest.mark.parametrize("begun", [False, True])
def test_without_permission_it_says_what_to_do(begun: bool) -> None:
    # Those above pytest's own folder are closed to others.
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "history.sqlite3"
        if begun:
            History(path).close()
            path.chmod(0o444)
        with no_permission(path.parent), pytest.raises(StoreError, match="folder writable"):
            History(path)
        with no_permission(path.parent), pytest.raises(StoreError, match="folder writable"):
            History(path.parent / "new" / "history.sqlite3")


def test_a_place_that_cannot_be_one_is_said(tmp_path: Path) -> None:
    (tmp_path / "note").write_text("mine")
    for path in (tmp_path, tmp_path / "note" / "history.sqlite3"):
        with pytest.raises(StoreError, match="cannot be opened"):
            History(path)
    assert (tmp_path / "note").read_text() == "mine"


def test_a_history_in_the_present_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with History(Path("what#is?this.db")) as history:
        add(history, make_set())
    assert [each.name for each in tmp_path.iterdir()] == ["what#is?this.db"]
