"""Names that are no text, as bytes of another code are: they cost no JSON, no row and no page."""

from __future__ import annotations

import csv
import importlib
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner, Result

import formcheck
from formcheck.cli.main import app
from formcheck.history.store import History
from formcheck.pose.track import PoseTrack
from formcheck.pose.track_file import save_track

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="names are text elsewhere")

NAME: Final = os.fsdecode(b"kn\xff\xe9el.npz")
PERSON: Final = "Zo\udceb"
SPELT: Final = ("kn\\udcff\\udce9el.mp4", "Zo\\udceb")


def call(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(app, [str(one) for one in arguments])
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture
def clip(sample_tracks: dict[str, PoseTrack], tmp_path: Path) -> Path:
    """Saved poses in a file of such a name, of a clip of such a name."""
    path = tmp_path / NAME
    clip = NAME.replace("npz", "mp4")
    save_track(replace(sample_tracks["half-kneeling_tuck"], clip=clip), path)
    return path


def test_analyze_writes_all_that_it_writes(clip: Path, tmp_path: Path) -> None:
    result = formcheck.analyze(clip, person=PERSON)
    assert (result.clip, result.person) == SPELT
    said = call("analyze", clip, "--person", PERSON, "--json", "-").stdout
    assert json.loads(said)["person"] == SPELT[1]
    call("analyze", clip, "--person", PERSON, "--report")
    folder = clip.with_name(f"{clip.name}.formcheck")
    assert json.loads((folder / "result.json").read_text(encoding="utf-8"))["clip"] == SPELT[0]
    assert SPELT[0] in (folder / "report.html").read_text(encoding="utf-8")
    kept = tmp_path / os.fsdecode(b"o\xfft") / "result.json"
    call("analyze", clip, "--person", PERSON, "--json", kept)
    assert json.loads(kept.read_text(encoding="utf-8"))["clip"] == SPELT[0]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_batch_has_its_row_and_its_page(clip: Path, tmp_path: Path, kind: str) -> None:
    out, pages = tmp_path / f"table.{kind}", tmp_path / "pages"
    call("batch", clip, "--out", out, "--jobs", "1", "--report", pages)
    if kind == "csv":
        with out.open(encoding="utf-8", newline="") as file:
            [row] = csv.DictReader(file)
    elif kind == "jsonl":
        row = json.loads(out.read_text(encoding="utf-8"))
    else:
        [row] = importlib.import_module("pyarrow.parquet").read_table(out).to_pylist()
    assert row["clip"].endswith(SPELT[0].replace("mp4", "npz"))
    assert (row["status"], row["verdict"]) == ("ok", "fix")
    assert "kn\\udcff\\udce9el" in (pages / "index.html").read_text(encoding="utf-8")


def test_the_history_keeps_shows_and_exports_it(clip: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    call("analyze", clip, "--person", PERSON, "--json", "-", "--remember", "--data", data)
    with History(data / "history.sqlite3") as history:
        [one] = history.sets(PERSON)
    assert (one.clip, one.person) == SPELT
    asked = ("--person", PERSON, "--data", data)
    assert call("history", "show", *asked).stdout.startswith(SPELT[1])
    assert json.loads(call("history", "show", *asked, "--json", "-").stdout)["person"] == SPELT[1]
    assert SPELT[0] in call("history", "export", *asked).stdout
    call("history", "plot", *asked, "--out", tmp_path / "page.html")
    assert SPELT[1] in (tmp_path / "page.html").read_text(encoding="utf-8")
