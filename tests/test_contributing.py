"""The worked examples of CONTRIBUTING.md, run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import formcheck
from formcheck.cli.main import app
from formcheck.measure.body import track_body
from formcheck.measure.registry import MEASURES, measure_body
from formcheck.pose.track import PoseTrack
from formcheck.pose.track_file import save_track
from formcheck.result.table import WRITERS

TEXT = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")


def read_example(heading: str) -> str:
    """The block of code under a heading."""
    part = TEXT.split(f"## {heading}\n")[1]
    found = re.search(r"^```\w+\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def test_an_exercise(tmp_path: Path) -> None:
    (tmp_path / "tall-kneeling.toml").write_text(read_example("Add an exercise"))
    checked = CliRunner().invoke(app, ["exercises", "check", f"{tmp_path}/tall-kneeling.toml"])
    assert checked.exit_code == 0, checked.output
    own = formcheck.load_exercise("tall-kneeling", tmp_path)
    assert [rule.id for rule in own.rules] == ["trunk_upright"]
    assert own.hold_target_s == 30


def test_a_measure(sample_tracks: dict[str, PoseTrack]) -> None:
    track = sample_tracks["half-kneeling_good25"]
    side = formcheck.judge(track, exercise="half-kneeling").result.sets[0].side
    try:
        exec(read_example("Add a measure"), {})
        frames = measure_body(track_body(track), side or "left", ["rear_shank_elevation_deg"])
    finally:
        MEASURES.pop("rear_shank_elevation_deg", None)
    values = [one.values["rear_shank_elevation_deg"] for one in frames]
    assert abs(float(np.nanmedian(values))) < 25, "the rear shank lies on the floor"


def test_an_output_format(sample_tracks: dict[str, PoseTrack], tmp_path: Path) -> None:
    names: dict[str, Any] = {}
    try:
        exec(read_example("Add an output format"), names)
        poses, table = tmp_path / "poses.npz", tmp_path / "series.tsv"
        save_track(sample_tracks["half-kneeling_good25"], poses)
        result = formcheck.analyze(poses, exercise="half-kneeling", series=table)
    finally:
        WRITERS.pop(".tsv", None)
    head, *rows = (line.split("\t") for line in table.read_text().splitlines())
    assert len(rows) == result.frames_analyzed
    is_held = [row[head.index("clock_runs")] == "True" for row in rows]
    times_s = [float(row[head.index("time_s")]) for row in rows]
    held_s = sum(b - a for a, b, held in zip(times_s, times_s[1:], is_held, strict=False) if held)
    assert held_s == pytest.approx(sum(one.good_hold_s for one in result.sets), abs=0.01)
