"""A disk that is full or may not be written: one clear line, nothing half, nothing lost."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from formcheck.history.store import History
from tests.support.live_process import make_kneeling
from tests.support.months import fill
from tests.support.stream import StreamProcess
from torture.outputs import find_faults_of_folder
from torture.run import QUICK, Done, Limits, find_trouble, run

ADVICE: Final = re.compile(r": [^:]*\b(free|choose|give|make|try)\b[^:]*$")
"""What to do stands at the end of the line."""
WHERE: Final = ("/", "mp4", "temporary files")
"""A path, a clip, or what has no place that the user gave."""
_PR_CAPBSET_DROP: Final = 24
_RIGHTS: Final = (1, 2)
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: by them root may do what a file's mode denies."""
_LIBC: Final = ctypes.CDLL(None) if os.name == "posix" else None
Argument = str | Path


class NoRights(Limits):
    """Root's own files are as closed to it as anybody's; it stays root, whose Python it runs."""

    def apply(self) -> None:
        super().apply()
        if os.geteuid() == 0 and _LIBC is not None:
            for right in _RIGHTS:
                if _LIBC.prctl(_PR_CAPBSET_DROP, right, 0, 0, 0):
                    raise OSError("the rights cannot be given up")


@dataclass(frozen=True, slots=True)
class Case:
    """A command that writes, and the sizes of file that are too small for what it writes."""

    arguments: Callable[[Path], list[Argument]]
    """Of where it may write."""
    sizes: tuple[int, ...]
    """Bytes that a file may have, from far too few."""
    kept: frozenset[str] = frozenset()
    """What may be there although it failed: what was whole before."""


@pytest.fixture(scope="module")
def place(base: Path, samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where all work: clips, a history of three months, and a camera's address."""
    place = tmp_path_factory.mktemp("place")
    for name in ("a.mp4", "b.mp4"):
        shutil.copy(base, place / name)
    (place / "data").mkdir()
    with History(place / "data" / "history.sqlite3") as history:
        fill(history)
    clip = make_kneeling(place, samples)
    with StreamProcess([clip], "--loop") as server:
        (place / "camera").write_text(server.url)
        yield place


def name_camera(to: Path) -> str:
    return (to.parent / "camera").read_text()


def list_live(to: Path, *more: Argument) -> list[Argument]:
    return [
        "live", "half-kneeling", "--camera", name_camera(to), "--no-window", "--mute", "--quiet",
        "--seconds", "4", *more,
    ]  # fmt: skip


def list_history(to: Path, *command: Argument) -> list[Argument]:
    """The data were copied there: nobody else's are at risk."""
    return ["history", *command, "--person", "Ann", "--data", to / "data", "--quiet"]


CASES: Final[dict[str, Case]] = {
    "analyze": Case(
        lambda to: ["analyze", "a.mp4", *QUICK, "--out", to / "out"],
        (0, 1_000, 20_000, 80_000), frozenset({"out/result.json"}),
    ),
    "analyze --json --poses": Case(
        lambda to: [
            "analyze", "a.mp4", *QUICK, "--no-video", "--no-report", "--json", to / "r.json",
            "--poses", to / "p.npz", "--out", to / "out",
        ],
        (0, 1_000, 10_000),
    ),
    "analyze --remember": Case(
        lambda to: [
            "analyze", "a.mp4", *QUICK, "--no-video", "--json", "-", "--remember",
            "--data", to / "new",
        ],
        (0, 1_000, 8_000), frozenset({"new/history.sqlite3"}),
    ),
    "batch": Case(
        lambda to: ["batch", "a.mp4", "b.mp4", *QUICK, "--jobs", "2", "--out", to / "r.csv"],
        (0, 1_000, 10_000, 18_000), frozenset({"r.csv.journal.sqlite3"}),
    ),
    "calibrate": Case(lambda to: ["calibrate", to / "me.json", "--clip", "a.mp4"], (0, 1_000)),
    "history plot": Case(
        lambda to: list_history(to, "plot", "--out", to / "page.html"), (1_000, 40_000, 200_000)
    ),
    "history export": Case(
        lambda to: list_history(to, "export", "--out", to / "sets.csv"), (1_000, 40_000, 200_000)
    ),
    "live --record": Case(
        lambda to: list_live(to, "--record", to / "r.mp4", "--no-history"), (0, 40_000)
    ),
    "live --json": Case(
        lambda to: list_live(to, "--json", to / "r.json", "--no-history"), (0, 500)
    ),
    "live": Case(
        lambda to: list_live(to, "--data", to / "new"), (0, 1_000),
        frozenset({"new/history.sqlite3"}),
    ),
}  # fmt: skip
LIMITED: Final = [(name, size) for name, case in CASES.items() for size in case.sizes]


def make_room(place: Path, name: str) -> Path:
    """A folder of its own with a copy of the history."""
    to = place / re.sub(r"\W+", "-", name)
    to.mkdir()
    shutil.copytree(place / "data", to / "data")
    return to


def list_names(folder: Path) -> set[str]:
    names = (str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    return {name for name in names if not name.endswith(("-wal", "-shm"))}


def find_bad_words(done: Done) -> str | None:
    """What is wrong with how a command failed; None if it says what, where and what to do."""
    trouble = find_trouble(done)
    if trouble is None and not ADVICE.search(done.stderr.strip()):
        trouble = f"does not say what to do: {done.stderr}"
    if trouble is None and not any(where in done.stderr for where in WHERE):
        trouble = f"does not say where: {done.stderr}"
    return trouble


def read_sets(to: Path) -> int:
    with History(to / "data" / "history.sqlite3") as history:
        return len(history.sets("Ann"))


@pytest.mark.parametrize(("name", "size"), LIMITED, ids=[f"{n}, {s} B" for n, s in LIMITED])
def test_a_full_disk(place: Path, name: str, size: int) -> None:
    """Whatever the sizes, what has its final name is whole; then there is room, and it is done."""
    case, to = CASES[name], make_room(place, f"full {name} {size}")
    n_before = read_sets(to)
    done = run(*case.arguments(to), folder=place, limits=Limits(file_bytes=size))
    assert find_bad_words(done) is None, f"{find_bad_words(done)}\n{done}"
    assert list_names(to) - {"data/history.sqlite3"} <= case.kept
    assert find_faults_of_folder(to) == []
    assert read_sets(to) == n_before > 500
    again = run(*case.arguments(to), folder=place)
    assert again.code == 0, again
    assert find_faults_of_folder(to) == []


def test_poses_that_cannot_be_kept_cost_their_clips(place: Path) -> None:
    """The rows say so; with room the same run is done."""
    to = make_room(place, "poses")
    asked = ("batch", "a.mp4", "b.mp4", *QUICK, "--out", to / "r.csv", "--poses", to / "poses")
    done = run(*asked, folder=place, limits=Limits(file_bytes=24_000))
    assert done.code == 1, done
    said = done.stderr.splitlines()
    assert sorted(line[:17] for line in said) == ["formcheck: a.mp4:", "formcheck: b.mp4:"]
    assert all(ADVICE.search(line) and str(to / "poses") in line for line in said), said
    assert "/." not in done.stderr, "it names what the user knows"
    assert find_faults_of_folder(to) == []
    assert not any(name.endswith(".npz") for name in list_names(to))
    again = run(*asked, folder=place)
    assert (again.code, again.stderr) == (0, "")
    assert find_faults_of_folder(to) == []


def test_erasing_on_a_full_disk_erases_all_or_nothing(place: Path) -> None:
    to = make_room(place, "erase")
    asked = list_history(to, "erase", "--yes")
    n_before = read_sets(to)
    for size in (1_000, 40_000, 200_000):
        done = run(*asked, folder=place, limits=Limits(file_bytes=size))
        assert find_bad_words(done) is None, done
        assert find_faults_of_folder(to) == []
        assert read_sets(to) == n_before
    assert run(*asked, folder=place).code == 0
    assert read_sets(to) == 0


@pytest.fixture
def closed(place: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder that may be read and not written."""
    to = make_room(place, f"closed {request.node.name}")
    for path in (to / "data", to):
        path.chmod(0o555)
    (to / "data" / "history.sqlite3").chmod(0o444)
    tried = subprocess.run(
        ["touch", str(to / "x")], preexec_fn=NoRights().apply, check=False, capture_output=True
    )
    if tried.returncode == 0:
        pytest.skip("this user may write everywhere, and the right cannot be given up")
    yield to
    for path in (to, to / "data"):
        path.chmod(0o755)


@pytest.mark.parametrize("name", CASES)
def test_a_folder_that_may_not_be_written(place: Path, closed: Path, name: str) -> None:
    before = {path: path.stat().st_mtime_ns for path in closed.rglob("*")}
    history = (closed / "data" / "history.sqlite3").read_bytes()
    done = run(*CASES[name].arguments(closed), folder=place, limits=NoRights())
    assert find_bad_words(done) is None, f"{find_bad_words(done)}\n{done}"
    assert {path: path.stat().st_mtime_ns for path in closed.rglob("*")} == before
    assert (closed / "data" / "history.sqlite3").read_bytes() == history


def test_a_clip_in_a_folder_that_may_not_be_written(place: Path, closed: Path) -> None:
    """Its results go beside it unless told otherwise: it is told before the work, not after."""
    closed.chmod(0o755)
    shutil.copy(place / "a.mp4", closed / "a.mp4")
    closed.chmod(0o555)
    clip = closed / "a.mp4"
    done = run("analyze", clip, *QUICK, folder=place, limits=NoRights())
    assert find_bad_words(done) is None, done
    assert "give another place with --out" in done.stderr
    elsewhere = place / "elsewhere"
    done = run("analyze", clip, *QUICK, "--out", elsewhere, folder=place, limits=NoRights())
    assert (done.code, done.stderr) == (0, "")
    assert find_faults_of_folder(elsewhere) == []


def test_the_judge_of_words_can_fail() -> None:
    good = Done(2, "", "formcheck: out/r.json: cannot be written: free some space\n", 1.0, 0)
    assert find_bad_words(good) is None
    for said in (
        "formcheck: [Errno 27] File too large",
        "formcheck: out/r.json: cannot",
        "",
        "x\ny",
    ):
        assert find_bad_words(Done(2, "", said, 1.0, 0)), said
    assert find_bad_words(Done(1, "", good.stderr, 1.0, 0))
