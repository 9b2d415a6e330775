"""The page on writing one's own exercise is true: what it shows is run, on a plank made by hand."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from formcheck.cli.main import app
from formcheck.pose.landmarks import N_LANDMARKS, Landmark, Side, landmark_on
from formcheck.pose.pose import PoseTrack
from formcheck.pose.store import save_track

PAGE = Path(__file__).parent.parent / "docs" / "your-own-exercise.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = Path("my-exercises/plank.toml")
RATE_HZ = 10.0
PX_PER_M = 400.0
SIZE = (960, 540)
SIDES: tuple[Side, Side] = ("left", "right")


def pose_plank(sag_m: float) -> dict[str, tuple[float, float]]:
    """Metres forward of the ankle and above the floor; facing right, on forearms and toes."""
    ankle, shoulder = np.array([0.0, 0.13]), np.array([1.33, 0.30])
    line = shoulder - ankle
    hip = ankle + line * (0.84 / 1.34) - np.array([0.0, sag_m])
    knee = (hip + ankle) / 2
    elbow = shoulder - np.array([0.0, 0.28])
    points = {
        "ankle": ankle, "heel": ankle + np.array([-0.06, 0.0]), "foot_index": np.array([0.02, 0.0]),
        "knee": knee, "hip": hip, "shoulder": shoulder, "elbow": elbow,
        "wrist": elbow + np.array([0.25, 0.0]), "pinky": elbow + np.array([0.32, 0.0]),
        "index": elbow + np.array([0.33, 0.0]), "thumb": elbow + np.array([0.30, 0.01]),
        "ear": shoulder + np.array([0.17, 0.04]), "eye": shoulder + np.array([0.25, 0.02]),
        "eye_inner": shoulder + np.array([0.26, 0.02]), "mouth": shoulder + np.array([0.26, -0.04]),
        "eye_outer": shoulder + np.array([0.24, 0.02]), "nose": shoulder + np.array([0.28, -0.01]),
    }  # fmt: skip
    return {name: (float(x), float(y)) for name, (x, y) in points.items()}


def make_track(sag_m: np.ndarray, clip: str) -> PoseTrack:
    """A plank that sags by so much in each frame, every landmark trembling by half a pixel."""
    seed = 7
    print("seed", seed)
    n = len(sag_m)
    metres = np.zeros((n, N_LANDMARKS, 3))
    for i, sag in enumerate(sag_m):
        for name, (x, y) in pose_plank(float(sag)).items():
            if name == "nose":
                metres[i, Landmark.NOSE] = (x, -y, 0.0)
                continue
            for side in SIDES:
                depth = 0.18 if side == "left" else -0.18  # the right side is the nearer one
                metres[i, landmark_on(side, name)] = (x, -y, depth)
    noise = np.random.default_rng(seed).normal(0, 0.5, (n, N_LANDMARKS, 2))
    xy_px = metres[:, :, :2] * PX_PER_M + np.array([150.0, 400.0]) + noise
    xy_px[:, [landmark_on("left", name) for name in ("knee", "ankle")]] += 2.0
    return PoseTrack(
        time_s=np.arange(n) / RATE_HZ,
        xy_px=xy_px,
        xyz_m=metres,
        visibility=np.ones((n, N_LANDMARKS)),
        n_people=np.ones(n, dtype=np.int16),
        width_px=SIZE[0],
        height_px=SIZE[1],
        clip=clip,
        model="made by hand",
        n_frames=n,
        duration_s=n / RATE_HZ,
    )


def sag_from(start_s: float, until_s: float, depth_m: float) -> np.ndarray:
    """Straight until ``start_s``, sunk by ``depth_m`` half a second later."""
    times = np.arange(0, until_s, 1 / RATE_HZ)
    return np.asarray(np.clip((times - start_s) / 0.5, 0, 1) * depth_m)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the page's commands are run: both clips are there, as saved poses."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    save_track(make_track(np.zeros(120), "plank.mp4"), Path("plank.mp4"))
    save_track(make_track(sag_from(8, 14, 0.15), "sagging.mp4"), Path("sagging.mp4"))
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments])


def blocks() -> list[tuple[str, str]]:
    return BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def last_toml() -> str:
    return [text for kind, text in blocks() if kind == "toml"][-1]


def commands(block: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a console block and what the page says that it prints."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        line, *shown = part.splitlines()
        yield line, shown


def is_shown(shown: list[str], printed: list[str]) -> bool:
    """True if the lines are those printed, ``...`` standing for any; widths of columns aside."""
    pattern = "".join(
        r"(?:.*\n)*?" if line == "..." else re.escape(" ".join(line.split())) + r"\n"
        for line in shown
    )
    text = "".join(f"{' '.join(line.split())}\n" for line in printed)
    return re.fullmatch(pattern, text) is not None


def test_everything_on_the_page_happens(folder: Path) -> None:
    n_run = 0
    for kind, text in blocks():
        if kind == "toml":
            FILE.write_text(text, encoding="utf-8")
            continue
        assert kind == "console"
        for line, shown in commands(text):
            words = shlex.split(line)
            if words[0] != "formcheck":
                subprocess.run(words, check=True)
                continue
            result = call(*words[1:])
            n_run += 1
            assert "Traceback" not in result.output
            assert is_shown(shown, result.output.splitlines()), f"{line}\n{result.output}"
    assert n_run >= 8


def test_a_plank_that_is_well_done_is_held(folder: Path) -> None:
    one = judge("plank.mp4")
    assert one["verdict"] == "pass"
    assert one["side"] is None
    assert one["good_hold_s"] == pytest.approx(11.9, abs=0.2)
    assert {name: rule["outcome"] for name, rule in one["rules"].items()} == dict.fromkeys(
        ("hips_in_line", "elbows_under_shoulders", "legs_straight"), "pass"
    )


def test_a_sagging_plank_raises_the_fault_and_stops_the_clock(folder: Path) -> None:
    one = judge("sagging.mp4")
    assert one["verdict"] == "fix"
    [fault] = one["faults"]
    assert (fault["rule"], fault["cue"]) == ("hips_in_line", "Lift your hips")
    assert fault["start_s"] == pytest.approx(8.4, abs=0.3)
    assert one["good_hold_s"] == pytest.approx(fault["start_s"], abs=0.2)


def test_a_piking_plank_is_told_the_other_way(folder: Path) -> None:
    save_track(make_track(sag_from(6, 14, -0.15), "piking.mp4"), Path("piking.mp4"))
    [fault] = judge("piking.mp4")["faults"]
    assert fault["cue"] == "Lower your hips"


def judge(clip: str) -> dict[str, Any]:
    FILE.parent.mkdir()
    FILE.write_text(last_toml(), encoding="utf-8")
    result = call("analyze", clip, "--exercises", "my-exercises", "--json", "-")
    assert result.exit_code == 0, result.output
    loaded = json.loads(result.stdout)
    assert (loaded["exercise"], loaded["exercise_source"]) == ("plank", "detected")
    [one] = loaded["sets"]
    assert isinstance(one, dict)
    return one
