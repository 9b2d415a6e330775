"""Nothing of the user's is lost, and what is written is as open to others as the umask says."""

from __future__ import annotations

import re
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from formcheck.history.store import History
from tests.support.live_process import make_kneeling
from tests.support.months import fill
from tests.support.stream import StreamProcess
from torture.outputs import find_fault_of_file, find_faults_of_folder
from torture.run import QUICK, Limits, find_trouble, run

MASKS: Final = (0o002, 0o077)
MINE: Final = b'{"clip": "another.mp4", "what": "of the user"}\n'
Argument = str | Path


@dataclass(frozen=True, slots=True)
class Command:
    """A command that writes."""

    arguments: Callable[[Path], list[Argument]]
    """Of the folder it writes to, which has a clip, ``data`` and the address of a camera."""
    targets: tuple[str, ...]
    """What it writes; each may be somebody's already."""


def list_analysis(to: Path, *more: Argument) -> list[Argument]:
    return ["analyze", to / "a.mp4", *QUICK, *more]


def list_live(to: Path, *more: Argument) -> list[Argument]:
    camera = (to / "camera.txt").read_text()
    return [
        "live", "half-kneeling", "--camera", camera, "--no-window", "--mute", "--quiet",
        "--seconds", "3", *more,
    ]  # fmt: skip


def list_history(to: Path, *more: Argument) -> list[Argument]:
    return ["history", *more, "--person", "Ann", "--data", to / "data", "--quiet"]


_NAMES: Final = ("result.json", "annotated.mp4", "report.html")
COMMANDS: Final[dict[str, Command]] = {
    "analyze": Command(lambda to: list_analysis(to), tuple(f"a.mp4.formcheck/{n}" for n in _NAMES)),
    "analyze --out": Command(
        lambda to: list_analysis(to, "--out", to / "out"), tuple(f"out/{n}" for n in _NAMES)
    ),
    "analyze --json": Command(
        lambda to: list_analysis(to, "--no-video", "--no-report", "--json", to / "r.json"),
        ("r.json",),
    ),
    "analyze --poses": Command(
        lambda to: list_analysis(to, "--no-video", "--json", "-", "--poses", to / "p.npz"),
        ("p.npz",),
    ),
    "batch": Command(
        lambda to: [
            "batch", to / "a.mp4", *QUICK, "--out", to / "r.csv", "--poses", to / "poses",
            "--report", to / "pages",
        ],
        ("r.csv", "pages/index.html"),
    ),
    "batch, a table as Parquet": Command(
        lambda to: ["batch", to / "a.mp4", *QUICK, "--out", to / "r.parquet"], ("r.parquet",)
    ),
    "calibrate": Command(
        lambda to: ["calibrate", to / "me.json", "--clip", to / "a.mp4", "--quiet"], ("me.json",)
    ),
    "live": Command(
        lambda to: list_live(
            to, "--record", to / "r.mp4", "--json", to / "r.json", "--data", to / "new"
        ),
        ("r.mp4", "r.json"),
    ),
    "history plot": Command(
        lambda to: list_history(to, "plot", "--out", to / "page.html"), ("page.html",)
    ),
    "history export": Command(
        lambda to: list_history(to, "export", "--out", to / "sets.csv"), ("sets.csv",)
    ),
    "history show": Command(
        lambda to: list_history(to, "show", "--json", to / "show.jsonl"), ("show.jsonl",)
    ),
}  # fmt: skip
TARGETS: Final = [(name, target) for name, one in COMMANDS.items() for target in one.targets]


@pytest.fixture(scope="module")
def place(base: Path, samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where all work, and what each gets a copy of."""
    place = tmp_path_factory.mktemp("place")
    given = place / "given"
    given.mkdir()
    shutil.copy(base, given / "a.mp4")
    (given / "data").mkdir()
    with History(given / "data" / "history.sqlite3") as history:
        fill(history, days=20)
    with StreamProcess([make_kneeling(place, samples)], "--loop") as server:
        (given / "camera.txt").write_text(server.url)
        yield place


@pytest.fixture
def to(place: Path, request: pytest.FixtureRequest) -> Path:
    folder = place / re.sub(r"\W+", "-", request.node.name)
    shutil.copytree(place / "given", folder)
    return folder


def read_all(folder: Path) -> dict[Path, bytes | None]:
    """All that lies in a folder; folders hold None. What SQLite puts beside a file is not ours."""
    found = (path for path in folder.rglob("*") if not path.name.endswith(("-wal", "-shm")))
    return {path: path.read_bytes() if path.is_file() else None for path in found}


@pytest.mark.parametrize(("name", "target"), TARGETS, ids=[f"{n}: {t}" for n, t in TARGETS])
def test_only_by_force_is_a_file_replaced(place: Path, to: Path, name: str, target: str) -> None:
    path = to / target
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(MINE)
    before = read_all(to)
    refused = run(*COMMANDS[name].arguments(to), folder=place)
    assert find_trouble(refused) is None, refused
    assert str(path) in refused.stderr
    assert "--force" in refused.stderr
    assert read_all(to) == before
    done = run(*COMMANDS[name].arguments(to), "--force", folder=place)
    assert (done.code, done.stderr) == (0, ""), done
    assert path.read_bytes() != MINE
    assert find_fault_of_file(path) is None
    assert (to / "a.mp4").read_bytes() == before[to / "a.mp4"]
    assert not list(to.rglob(".*")), "nothing temporary is left"


@pytest.mark.parametrize(("name", "target"), TARGETS, ids=[f"{n}: {t}" for n, t in TARGETS])
def test_a_folder_in_the_way_is_left_even_by_force(
    place: Path, to: Path, name: str, target: str
) -> None:
    mine = to / target / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(MINE)
    refused = run(*COMMANDS[name].arguments(to), "--force", folder=place)
    assert find_trouble(refused) is None, refused
    assert str(to / target) in refused.stderr
    assert mine.read_bytes() == MINE
    assert not list(to.rglob(".*")), "nothing temporary is left"


@pytest.mark.parametrize("content", [MINE, b"notes", b""])
def test_a_file_with_the_name_of_a_journal(place: Path, to: Path, content: bytes) -> None:
    """It is no table, so that no force is meant for it; what a kill may have left is ours."""
    path = to / "r.csv.journal.sqlite3"
    path.write_bytes(content)
    asked = ("batch", to / "a.mp4", *QUICK, "--out", to / "r.csv")
    is_ours = content == b""
    for more in ([], ["--force"], ["--restart"]):
        done = run(*asked, *more, folder=place)
        if is_ours:
            assert (done.code, done.stderr) == (0, ""), done
        else:
            assert find_trouble(done) is None, done
            assert "move it, or delete it" in done.stderr
            assert path.read_bytes() == content
            assert not (to / "r.csv").exists()


def test_the_table_that_somebody_worked_on(place: Path, to: Path) -> None:
    """It was ours; a remark in it makes it theirs."""
    asked = ("batch", to / "a.mp4", *QUICK, "--out", to / "r.csv")
    assert run(*asked, folder=place).code == 0
    table = to / "r.csv"
    ours = table.read_bytes()
    table.write_bytes(ours + b"a remark\n")
    before = read_all(to)
    for more in ([], ["--restart"]):
        refused = run(*asked, *more, folder=place)
        assert find_trouble(refused) is None, refused
        assert read_all(to) == before
    assert run(*asked, "--force", folder=place).code == 0
    assert table.read_bytes() == ours


@pytest.mark.parametrize("mask", MASKS, ids=[f"{mask:03o}" for mask in MASKS])
@pytest.mark.parametrize("name", COMMANDS)
def test_permissions(place: Path, to: Path, name: str, mask: int) -> None:
    """Files and folders are as the umask says; the history may be narrower, and never wider."""
    given = set(to.rglob("*"))
    done = run(*COMMANDS[name].arguments(to), folder=place, limits=Limits(umask=mask))
    assert done.code == 0, done
    assert find_faults_of_folder(to / "new") == []
    made = [path for path in to.rglob("*") if path not in given]
    assert {to / target for target in COMMANDS[name].targets} <= set(made)
    faults = [wrong for path in made if (wrong := find_fault_of_mode(path, mask))]
    assert faults == []


def find_fault_of_mode(path: Path, mask: int) -> str | None:
    """What is wrong with who may do what; None for nothing."""
    mode = stat.S_IMODE(path.stat().st_mode)
    expected = (0o777 if path.is_dir() else 0o666) & ~mask
    is_history = path.name.startswith("history.sqlite3") or path.name in ("new", "home")
    if mode == expected or (is_history and not mode & ~expected):
        return None
    return f"{path.name}: {mode:03o}, not {expected:03o}"


def test_the_judge_of_modes_can_fail(tmp_path: Path) -> None:
    path, history = tmp_path / "r.json", tmp_path / "history.sqlite3"
    for mode, is_right, may_be_history in (
        (0o644, True, True), (0o600, False, True), (0o755, False, False), (0o664, False, False),
    ):  # fmt: skip
        for one, expected in ((path, is_right), (history, may_be_history)):
            one.touch()
            one.chmod(mode)
            assert (find_fault_of_mode(one, 0o022) is None) == expected, (one, mode)
