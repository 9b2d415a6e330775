"""Every command that the README and the first pages of the documentation show works as it is."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner

from formcheck.cli.main import app
from formcheck.web.address import list_addresses
from tests.conftest import ROOT, SAMPLES
from tests.support.live_process import LiveProcess, make_kneeling
from tests.support.media import read_frames, write_clip
from tests.support.served import find_free_port
from tests.support.stream import StreamProcess

PAGES: Final = ("README.md", "docs/start.md", "docs/clips.md")
TEXTS: Final = {name: (ROOT / name).read_text(encoding="utf-8") for name in PAGES}
MOST_LINES: Final = 110
"""Of the README: two screens."""
UNTRIED: Final = " { .sh .untried }"
"""Blocks for machines that this is not tested on."""
QUICK: Final = {
    "analyze": ["--model", "lite", "--rate", "5"],
    "batch": ["--model", "lite", "--rate", "5", "--jobs", "1", "--quiet"],
    "calibrate": ["--model", "lite"],
    "history": ["--data", "data"],
    "exercises": [],
    "routines": [],
    "doctor": ["--data", "data"],
}
"""Added to a command, so that it takes seconds and stays in its folder; no other is known here."""
WRITTEN: Final = {"report.html", "annotated.mp4", "result.json"}
"""Beside each clip."""
CODES: Final = {"doctor": {0, 1}}
"""Exit codes other than 0 alone: a machine of tests has no camera, and doctor says so with 1."""


def list_blocks(kind: str, *pages: str) -> list[list[str]]:
    """The lines of each block of a kind, without comments, empty ones, and where formcheck is."""
    found = []
    for page in pages or PAGES:
        blocks = re.findall(
            rf"^```{re.escape(kind)}\n(.*?)^```$", TEXTS[page], flags=re.DOTALL | re.MULTILINE
        )
        for block in blocks:
            lines = [re.sub(r"(^|\s)#.*", "", line).strip() for line in block.splitlines()]
            found.append([line.removeprefix(".venv/bin/") for line in lines if line])
    return found


PROSE: Final = "\n".join(
    re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE) for text in TEXTS.values()
)
COMMANDS: Final = [line for block in list_blocks("sh") for line in block]
LIVE: Final = list(dict.fromkeys(line for line in COMMANDS if line.startswith("formcheck live")))
SERVED: Final = [line for line in COMMANDS if line.startswith("formcheck serve")]
MAKE: Final = [line for line in COMMANDS if line.startswith("make ")]
RECORDED: Final = [
    lines
    for block in list_blocks("sh")
    if (lines := [line for line in block if line not in (*LIVE, *SERVED, *MAKE)])
    and lines != ["formcheck analyze kneel.mp4"]  # others begin with it too
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the commands name: somebody who kneels, under several names."""
    folder = tmp_path_factory.mktemp("readme")
    frames = read_frames(SAMPLES / "half-kneeling_good25.mp4", 0, 6)
    write_clip(folder / "kneel.mp4", frames)
    for name in ("relaxed.mp4", "session.mp4", "clips/day 1/kneel.MP4"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((folder / "kneel.mp4").read_bytes())
    (folder / "study.csv").write_text("path,person\nkneel.mp4,Ann\nsession.mp4,Bo\n")
    remember = ["--remember", "--data", "data", "--no-video", *QUICK["analyze"]]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        done = CliRunner().invoke(app, ["analyze", "kneel.mp4", "--out", "remembered", *remember])
    assert done.exit_code == 0, done.output
    return folder


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_of_a_kind_that_is_tested(page: str) -> None:
    fences = re.findall(r"^[ \t]*(?:`{3,}|~{3,})(.*)$", TEXTS[page], flags=re.MULTILINE)
    assert set(fences[::2]) <= {"sh", UNTRIED, "python"}
    assert set(fences[1::2]) == {""}, "each ends, and none is indented or fenced otherwise"
    n_blocks = sum(len(list_blocks(kind, page)) for kind in ("sh", UNTRIED, "python"))
    assert n_blocks == len(fences) / 2


def test_the_readme_fits_two_screens() -> None:
    assert len(TEXTS["README.md"].splitlines()) <= MOST_LINES


def test_there_are_commands_of_each_kind() -> None:
    programs = {tuple(shlex.split(line)[:2]) for line in COMMANDS}
    assert {words[1] for words in programs if words[0] == "formcheck"} == {*QUICK, "live", "serve"}
    assert {words[0] for words in programs} == {"make", "formcheck"}


def test_targets_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = {*MAKE, *re.findall(r"`(make [a-z-]+)`", PROSE)}
    assert targets >= {"make demo", "make test", "make accuracy"}
    for target in targets:
        name = target.removeprefix("make ")
        assert re.search(rf"^{name}:.*## ", makefile, re.MULTILINE), target


def test_the_demo(tmp_path: Path) -> None:
    """Its recipe, but for the set-up: that has been done where this runs."""
    make = ["make", "--no-print-directory", "--dry-run", "demo"]
    recipe = subprocess.run(make, cwd=ROOT, capture_output=True, text=True, check=True)
    line = next(one for one in recipe.stdout.splitlines() if " analyze " in one)
    program, *words = shlex.split(line)
    assert program == ".venv/bin/formcheck"
    words[words.index("--out") + 1] = str(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert {path.name for path in tmp_path.iterdir()} == WRITTEN


def test_what_the_prose_names_is_there() -> None:
    """Commands and options between backquotes, and the extras of an installation."""
    for words in map(str.split, re.findall(r"`formcheck ([^`]+)`", PROSE)):
        names = [word for word in words if not word.startswith("-")]
        shown = CliRunner().invoke(app, [*names, "--help"])
        assert shown.exit_code == 0, words
        assert all(word in shown.output for word in words if word.startswith("-")), words
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(re.findall(r"^\| `(\w+)` \|", PROSE, re.MULTILINE)) == set(
        project["optional-dependencies"]
    )


@pytest.mark.parametrize("lines", RECORDED, ids=lambda lines: " ".join(lines)[:40])
def test_commands_in_their_order(
    lines: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    for line in lines:
        _, *words = shlex.split(line)
        done = CliRunner().invoke(app, [*words, *QUICK[words[0]]])
        assert done.exit_code in CODES.get(words[0], {0}), f"{line}\n{done.output}"
        # A program that breaks off ends with 1 too.
        assert isinstance(done.exception, SystemExit | None), f"{line}\n{done.exception!r}"
        for path in re.findall(r"(?:--out|--poses|calibrate) (\S+)", line):
            assert (folder / path).exists(), "what it says it writes is there"
        if "--json -" in line:
            assert json.loads(done.stdout)["clip"] == words[1], "it prints the result alone"
        elif words[0] == "analyze":
            written = {path.name for path in (folder / f"{words[1]}.formcheck").iterdir()}
            assert written == WRITTEN


@pytest.mark.parametrize("page", ["README.md", "docs/start.md"])
def test_python(page: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    before = set(folder.rglob("*"))
    [block] = re.findall(r"^```python\n(.*?)^```$", TEXTS[page], flags=re.DOTALL | re.MULTILINE)
    found: dict[str, object] = {}
    exec(compile(block, page, "exec"), found)
    assert getattr(found["result"], "exercise", None) == "half-kneeling"
    assert set(folder.rglob("*")) == before, "it writes no files"


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    clip = make_kneeling(tmp_path_factory.mktemp("clips"), SAMPLES)
    with StreamProcess([clip], "--loop") as server:
        yield server.url


@pytest.mark.paced
@pytest.mark.parametrize("line", LIVE)
def test_live(line: str, camera: str, tmp_path: Path) -> None:
    words = shlex.split(line.replace("sample_videos/", f"{SAMPLES}/"))[1:]
    quick = ["--no-window", "--mute", "--seconds", "2", "--model", "lite"]
    if "--camera" not in words:
        quick += ["--camera", camera]
    with LiveProcess(tmp_path, *words, *quick) as live:
        assert live.end() == 0, live.stderr
        for path in re.findall(r"--report (\S+)", line):
            assert (tmp_path / path).exists(), "what it says it writes is there"


@pytest.mark.parametrize("line", SERVED)
def test_serve(line: str, tmp_path: Path) -> None:
    if "--lan" in line and not list_addresses():
        pytest.skip("this machine is not connected to a network")
    port = find_free_port()
    words = [*shlex.split(line)[1:], "--no-open", "--port", str(port), "--data", str(tmp_path)]
    with LiveProcess(tmp_path, *words) as served:
        assert f":{port}/?token=" in served.wait_for_line("token=")
