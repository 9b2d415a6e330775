"""Each example runs, and prints what the documentation shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.accuracy import read_poses
from formcheck.pose.track_file import save_track
from tests.conftest import ROOT, SAMPLES

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
SHOWN = ROOT / "docs" / "examples"
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")


def list_words(script: Path, poses_dir: Path, folder: Path) -> Iterator[str]:
    """Its command line, as its docstring says, with poses in place of clips that are only read."""
    found = re.search(r"^python (\S+)(.*)$", script.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    assert ROOT / found[1] == script
    yield found[1]
    for word in found[2].split():
        if word == "sample_videos":
            yield str(folder)
        elif word == "examples/study.csv":
            text = (ROOT / word).read_text(encoding="utf-8")
            for name in re.findall(r"^(\S+)\.mp4,", text, re.MULTILINE):
                save_track(read_poses(SAMPLES / f"{name}.mp4", poses_dir), folder / f"{name}.npz")
            (folder / "study.csv").write_text(text.replace(".mp4,", ".npz,"), encoding="utf-8")
            yield str(folder / "study.csv")
        elif word.endswith(".mp4") and "own_frames" not in script.name:
            save_track(read_poses(ROOT / word, poses_dir), folder / "clip.npz")
            yield str(folder / "clip.npz")
        elif word.startswith("sample_videos/"):
            yield word
        else:
            yield str(folder / word)


def test_there_are_five_and_all_are_shown() -> None:
    page = (ROOT / "docs" / "examples.md").read_text(encoding="utf-8")
    assert len(EXAMPLES) == 5
    for script in EXAMPLES:
        assert f'"examples/{script.name}"' in page
        assert f'"docs/examples/{script.stem}.txt"' in page


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda path: path.stem)
def test_it_prints_what_is_shown(script: Path, poses_dir: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, *list_words(script, poses_dir, tmp_path)],
        cwd=ROOT, capture_output=True, text=True, env={**os.environ, "MPLBACKEND": "agg"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    shown = (SHOWN / f"{script.stem}.txt").read_text(encoding="utf-8")
    assert NUMBER.sub("#", done.stdout) == NUMBER.sub("#", shown), "python -m tools.example_outputs"
    printed, kept = ([float(n) for n in NUMBER.findall(text)] for text in (done.stdout, shown))
    assert printed == pytest.approx(kept, abs=0.21, rel=0.02), "another machine rounds otherwise"
    assert script.stem != "knee_over_time" or (tmp_path / "knee.png").stat().st_size > 10_000
