"""Folders that a dead process left go, and those of a living one stay."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from formcheck.web import held_folder
from formcheck.web.clip_jobs import ClipJobs, ClipWish
from formcheck.web.held_folder import HeldFolder, remove_leftovers
from tests.support.served import make_served_context

LIVES = """
import sys
from pathlib import Path
from formcheck.web.clip_jobs import ClipJobs, ClipWish
from tests.support.served import make_served_context
job = ClipJobs(make_served_context(Path(sys.argv[1]))).open(ClipWish("a.mp4"))
job.clip.write_bytes(b"a clip")
print(job.folder, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where they lie."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def test_the_next_server_removes_what_a_dead_one_left(tmp_path: Path, temporary: Path) -> None:
    foreign = temporary / "formcheck-clip-of-somebody"  # without a mark
    foreign.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", LIVES, str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        assert other.stdout is not None
        theirs = Path(other.stdout.readline().strip())
        mine = ClipJobs(make_served_context(tmp_path)).open(ClipWish("b.mp4"))
        assert {*temporary.iterdir()} == {foreign, theirs, mine.folder}, "both live"
        other.kill()
    assert (theirs / "clip").read_bytes() == b"a clip"
    ClipJobs(make_served_context(tmp_path))
    assert {*temporary.iterdir()} == {foreign, mine.folder}
    mine.held.remove()
    mine.held.remove()
    assert [*temporary.iterdir()] == [foreign]


def test_a_link_is_not_followed(tmp_path: Path, temporary: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / held_folder._MARK).touch()
    (temporary / "formcheck-clip-link").symlink_to(tmp_path / "elsewhere")
    remove_leftovers("formcheck-clip-")
    assert (tmp_path / "elsewhere" / held_folder._MARK).exists()


def test_where_nothing_can_be_locked_folders_are_made_and_stay(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> bool:
        raise OSError

    monkeypatch.setattr(held_folder, "_lock", refuse)
    folder = HeldFolder("some-")
    remove_leftovers("some-")
    assert folder.path.exists()
    folder.remove()
    assert [*temporary.iterdir()] == []
