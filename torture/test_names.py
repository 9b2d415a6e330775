"""Clips of any name: judged like others, and what is said and written of them is plain."""

from __future__ import annotations

import csv
import json
import unicodedata
from pathlib import Path
from typing import Final

import pytest

from torture.run import Limits, run

FAST: Final = ("--exercise", "half-kneeling", "--model", "lite", "--rate", "5")
BOUNDED: Final = Limits(address_bytes=6 << 30)
MOST_BYTES: Final = 2 << 30
MOST_S: Final = 60.0


# --- names ------------------------------------------------------------------------------------

NAMES: Final = {
    "a line break": "two\nlines.mp4",
    "an escape": "red\x1b[31m.mp4",
    "an emoji": "\U0001f9d8\u200d\u2640\ufe0f.mp4",
    "a leading dash": "-rf.mp4",
    "two dashes": "--force",
    "255 bytes": "x" * 251 + ".mp4",
    "255 bytes of letters of three": "\u8dea" * 83 + "k.mp4",
    "HTML": "<img src=x onerror=alert(1)>&amp;.mp4",
    "quotes and a backslash": "a'b\"c\\d.mp4",
    "right to left": "\u202egpj.4pm.mp4",
    "a percent pattern": "frame%03d.mp4",
    "a protocol": "concat:one|two.mp4",
    "spaces": " .mp4",
    "a range": "kneel.mp4@0-3",
    "a star": "*?[a].mp4",
    "bytes that are no text": "caf\udce9.mp4",
}


ALONE: Final = [
    "an escape", "two dashes", "255 bytes of letters of three", "quotes and a backslash",
    "right to left", "a protocol", "spaces", "a range", "a star", "bytes that are no text",
]  # fmt: skip
"""The others go into a manifest only: they are given alone where files lie about themselves."""


@pytest.mark.parametrize("kind", ALONE)
def test_any_name(kind: str, base: Path, tmp_path: Path) -> None:
    """A clip of any name is judged, and all that is written or said of it is plain."""
    name = NAMES[kind]
    folder = tmp_path / "clips"
    folder.mkdir()
    (folder / name).write_bytes(base.read_bytes())
    given = ["--", name] if name.startswith("-") else [name]
    out = tmp_path / "out"
    done = run("analyze", *FAST, "--no-video", "--out", out, *given, folder=folder)
    assert done.code == 0, done.stderr
    assert "PASS" in done.stdout
    assert not [c for c in done.stdout if unicodedata.category(c) == "Cc" and c != "\n"]
    assert not done.stderr
    result = json.loads((out / "result.json").read_text("utf-8"))
    shown = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    assert result["clip"] in (name, shown) or kind == "bytes that are no text"
    page = (out / "report.html").read_text("utf-8")
    assert "<img src=x" not in page
    assert "\x1b" not in page
    assert sorted(path.name for path in folder.iterdir()) == sorted([".home", name])


def test_any_name_in_a_manifest_and_its_table(base: Path, tmp_path: Path) -> None:
    names = [name for name in NAMES.values() if name.isascii() or "\U0001f9d8" in name]
    names += ["semi;colon.mp4", "=1+1.mp4", "@SUM(A1).mp4", "com,ma.mp4"]
    for name in names:
        (tmp_path / name).write_bytes(base.read_bytes())
    with (tmp_path / "study.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["path", "person"])
        table.writerows([name, "=cmd|' /C calc'!A0;<b>\n"] for name in names)
    done = run(
        "batch", "--manifest", "study.csv", "--out", "r.csv", *FAST, folder=tmp_path, limit_s=400
    )
    assert done.code == 0, done.stderr
    with (tmp_path / "r.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(names)
    assert {row["status"] for row in rows} == {"ok"}
    assert not [cell for row in rows for cell in row.values() if cell[:1] in "=@\t\r" and cell]


def test_semicolons_commas_and_tabs_part_a_manifest(base: Path, tmp_path: Path) -> None:
    for mark in ";,\t":
        (tmp_path / "one.mp4").write_bytes(base.read_bytes())
        (tmp_path / "study.csv").write_text(f"path{mark}person\none.mp4{mark}Ann\n")
        done = run("batch", "--manifest", "study.csv", "--out", "r.jsonl", "--force", *FAST,
                   folder=tmp_path)  # fmt: skip
        assert done.code == 0, done.stderr
        assert json.loads((tmp_path / "r.jsonl").read_text().splitlines()[0])["person"] == "Ann"
