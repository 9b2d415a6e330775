"""Clips of any name: judged like others, and what is said and written of them is plain."""

from __future__ import annotations

import csv
import json
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

from torture.run import FAST, QUICK, Limits, find_trouble, run

BOUNDED: Final = Limits(address_bytes=3 << 30)
HTML: Final = "<img src=x onerror=alert(1)>"
NAMES: Final = {
    "a line break": "two\nlines.mp4",
    "an escape": "red\x1b[31m.mp4",
    "an emoji": "\U0001f9d8\u200d\u2640\ufe0f Übung.mp4",
    "a leading dash": "-rf.mp4",
    "two dashes": "--force",
    "help": "--help.mp4",
    "255 bytes": "x" * 251 + ".mp4",
    "255 bytes of letters of three": "\u8dea" * 83 + "k.mp4",
    "HTML": f"{HTML}&amp;.mp4",
    "a script": f"{HTML}<script>alert(2)<.mp4",
    "a shell's command": "'; rm -rf x.mp4",
    "quotes and a backslash": "a'b\"c\\d.mp4",
    "right to left": "\u202egpj.4pm.mp4",
    "a percent pattern": "frame%03d.mp4",
    "a printed string": "%s%n.mp4",
    "a protocol": "concat:one|two.mp4",
    "spaces": " .mp4",
    "a range": "kneel.mp4@0-3",
    "a star": "*?[a].mp4",
    "a semicolon": "semi;colon.mp4",
    "a comma": "com,ma.mp4",
    "a formula": "=1+1.mp4",
    "another formula": "@SUM(A1).mp4",
    "bytes that are no text": "caf\udce9.mp4",
}
OF_TEXT: Final = [name for name in NAMES.values() if name != NAMES["bytes that are no text"]]
"""A manifest is text, and can name no others."""


@pytest.mark.parametrize("kind", NAMES)
def test_any_name(kind: str, base: Path, tmp_path: Path) -> None:
    """A clip of any name is judged, and all that is written or said of it is plain."""
    name = NAMES[kind]
    folder = tmp_path / "clips"
    folder.mkdir()
    (folder / name).write_bytes(base.read_bytes())
    given = ["--", name] if name.startswith("-") else [name]
    out = tmp_path / "out"
    done = run("analyze", *FAST, "--out", out, *given, folder=folder)
    assert done.code == 0, done.stderr
    assert "PASS" in done.stdout
    assert not [c for c in done.stdout if unicodedata.category(c) == "Cc" and c != "\n"]
    assert not done.stderr
    result = json.loads((out / "result.json").read_text("utf-8"))
    assert result["clip"] == name or name not in OF_TEXT
    expect_plain_page(out / "report.html")
    names = sorted(path.name for path in out.iterdir())
    assert names == ["annotated.mp4", "report.html", "result.json"]
    assert sorted(path.name for path in folder.iterdir()) == sorted([".home", name])


def expect_plain_page(path: Path) -> None:
    page = path.read_text("utf-8")
    assert "<img src=x" not in page
    assert "<script>alert" not in page
    assert "\x1b" not in page


def test_a_name_that_leaves_no_room_for_a_folder_beside_it(base: Path, tmp_path: Path) -> None:
    name = "b" * 251 + ".mp4"
    (tmp_path / name).write_bytes(base.read_bytes())
    done = run("analyze", *QUICK, name, folder=tmp_path)
    assert find_trouble(done) is None
    assert "--out" in done.stderr


def write_manifest(folder: Path, names: Iterable[str]) -> Path:
    """All that a cell can hold, and persons that steer a spreadsheet."""
    path = folder / "study.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["path", "person"])
        table.writerows([name, "=cmd|' /C calc'!A0;<b>\n"] for name in names)
    return path


def test_any_name_in_a_manifest_and_its_table(base: Path, tmp_path: Path) -> None:
    for name in OF_TEXT:
        (tmp_path / name).write_bytes(base.read_bytes())
    write_manifest(tmp_path, OF_TEXT)
    done = run(
        "batch", "--manifest", "study.csv", "--out", "r.csv", *FAST, folder=tmp_path, limit_s=400
    )
    assert done.code == 0, done.stderr
    with (tmp_path / "r.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(OF_TEXT)
    assert {row["status"] for row in rows} == {"ok"}
    assert not [cell for row in rows for cell in row.values() if cell[:1] in "=@\t\r" and cell]


@pytest.mark.parametrize("is_listed", [True, False], ids=["manifest", "folder"])
def test_any_name_of_what_is_no_clip(tmp_path: Path, is_listed: bool) -> None:
    """The rows name each as it is called, whether it was found or listed."""
    found = [*OF_TEXT, 'quo"te.mp4'] if is_listed else [*NAMES.values(), 'quo"te.mp4']
    paths = [f"clips/{name if name.endswith('.mp4') else name + '.mp4'}" for name in found]
    (tmp_path / "clips").mkdir()
    for path in paths:
        (tmp_path / path).write_bytes(b"no video")
    given = ["--manifest", write_manifest(tmp_path, paths)] if is_listed else ["clips"]
    done = run("batch", *given, "--out", "r.jsonl", "--quiet", folder=tmp_path)
    assert done.code == 1, done
    assert "Traceback" not in done.stderr
    rows = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text("utf-8").splitlines()]
    assert {row["status"] for row in rows} == {"failed"}
    assert len(rows) == len(paths)
    assert {path for path in paths if "\udce9" not in path} <= {row["clip"] for row in rows}


def test_semicolons_commas_and_tabs_part_a_manifest(base: Path, tmp_path: Path) -> None:
    for mark in ";,\t":
        (tmp_path / "one.mp4").write_bytes(base.read_bytes())
        (tmp_path / "study.csv").write_text(f"path{mark}person\none.mp4{mark}Ann\n")
        done = run("batch", "--manifest", "study.csv", "--out", "r.jsonl", "--force", *FAST,
                   folder=tmp_path)  # fmt: skip
        assert done.code == 0, done.stderr
        assert json.loads((tmp_path / "r.jsonl").read_text().splitlines()[0])["person"] == "Ann"


@pytest.mark.parametrize(
    "content",
    [b"", b"path\n" * 3, b'path\n"' + b"x" * 10_000_000, b"\0" * 100],
    ids=["empty", "headers alone", "a cell of 10 MB", "zeros"],
)
def test_a_manifest_that_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "list.csv").write_bytes(content)
    done = run("batch", "--manifest", "list.csv", "--quiet", folder=tmp_path, limits=BOUNDED,
               limit_s=60)  # fmt: skip
    assert done.code in (1, 2)
    assert "Traceback" not in done.stderr
    assert len(done.stderr) < 5000
