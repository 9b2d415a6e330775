"""What the pages on a measure and an output of one's own show, run as it stands there."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

import formcheck
from benchmarks.accuracy import read_poses
from formcheck.measure.registry import MEASURES
from formcheck.pose.track_file import save_track
from formcheck.result.table import WRITERS
from tests.conftest import ROOT, SAMPLES

MEASURE: Final = "rear_shank_elevation_deg"
EXERCISE: Final = f"""
id = "flat-shank"
name = "A flat shank"
views = ["side"]
stretched = "the kneeling leg"
camera = "Side-on."
instructions = ["Kneel."]
sources = ["A test"]
count = {{ kind = "hold", target_s = 30 }}
position = [{{ measure = "rear_knee_below_hip_thigh", low = 0.45 }}]

[[rules]]
id = "shank_flat"
measure = "{MEASURE}"
low = -25
high = 25
required = true
cue_low = "Lower your knee"
cue_high = "Lower your foot"
source = "A test"
"""


def read_code(page: str) -> list[str]:
    """The blocks of Python on a page."""
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(poses_dir: Path, tmp_path: Path) -> Path:
    """What the pages tell to make: measures, outputs, and a command that knows them."""
    measure, command = read_code("your-own-measure")
    [output] = read_code("your-own-output")
    (tmp_path / "my_measures.py").write_text(f"{measure}\n\n{output}")
    (tmp_path / "my_formcheck.py").write_text(command)
    (tmp_path / "my-exercises").mkdir()
    (tmp_path / "my-exercises" / "flat-shank.toml").write_text(EXERCISE)
    save_track(read_poses(SAMPLES / "half-kneeling_tuck.mp4", poses_dir), tmp_path / "poses.npz")
    return tmp_path


def test_the_command_knows_them_in_all_its_processes(folder: Path) -> None:
    def call(*words: str) -> str:
        command = [sys.executable, "my_formcheck.py", *words, "--exercises", "my-exercises"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "ok (flat-shank" in call("exercises", "check", "my-exercises/flat-shank.toml")
    asked = ("poses.npz", "--exercise", "flat-shank", "--series", "series.tsv", "--json", "-")
    [one] = json.loads(call("analyze", *asked))["sets"]
    assert one["rules"]["shank_flat"]["outcome"] == "pass"
    assert abs(one["rules"]["shank_flat"]["median"]) < 25, "the rear shank lies on the floor"
    with (folder / "series.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert sum(row["clock_runs"] == "True" for row in rows) > 50
    assert all(abs(float(row[MEASURE])) < 25 for row in rows if row["clock_runs"] == "True")
    call("batch", "poses.npz", "--exercise", "flat-shank", "--out", "table.tsv", "--jobs", "1")
    assert "flat-shank" in (folder / "table.tsv").read_text(encoding="utf-8")


def test_the_library_knows_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(folder)
    try:
        exec("import my_measures", {})
        result = formcheck.analyze(
            folder / "poses.npz", exercise="flat-shank",
            exercise_dirs=[folder / "my-exercises"], series=folder / "series.tsv",
        )  # fmt: skip
    finally:
        MEASURES.pop(MEASURE, None)
        WRITERS.pop(".tsv", None)
        sys.modules.pop("my_measures", None)
    assert result.sets[0].rules["shank_flat"].outcome == "pass"
    with (folder / "series.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    times_s = [float(row["time_s"]) for row in rows]
    held_s = sum(
        b - a
        for a, b, row in zip(times_s, times_s[1:], rows, strict=False)
        if row["clock_runs"] == "True"
    )
    assert held_s == pytest.approx(sum(one.good_hold_s for one in result.sets), abs=0.01)
