"""The page on writing one's own exercise is true: what it shows is run, on a plank made by hand."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from formcheck.cli.main import app
from formcheck.pose.landmarks import N_LANDMARKS, Landmark, Side, landmark_on
from formcheck.pose.track import PoseTrack
from formcheck.pose.track_file import save_track

PAGE = Path(__file__).parents[1] / "docs" / "your-own-exercise.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FOLDER = Path("my-exercises")
RATE_HZ = 10.0
SIZE = (960, 540)
Points = dict[str, tuple[float, float]]
SIDES: tuple[Side, Side] = ("left", "right")


def pose_plank(sag_m: float) -> Points:
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


def pose_squat(depth: float) -> Points:
    """The same of a squat, from 0 standing to 1 deep down; the knee goes from 170 to 80°."""
    shank, thigh, trunk = np.radians([90 - 25 * depth, 100 + 65 * depth, 95 - 45 * depth])
    ankle = np.array([0.0, 0.09])
    knee = ankle + 0.43 * np.array([np.cos(shank), np.sin(shank)])
    hip = knee + 0.42 * np.array([np.cos(thigh), np.sin(thigh)])
    up = np.array([np.cos(trunk), np.sin(trunk)])
    shoulder = hip + 0.5 * up
    ahead = np.array([up[1], -up[0]])
    elbow = shoulder + np.array([0.25, -0.02])
    points = {
        "ankle": ankle, "heel": np.array([-0.05, 0.03]), "foot_index": np.array([0.18, 0.0]),
        "knee": knee, "hip": hip, "shoulder": shoulder, "elbow": elbow,
        "wrist": elbow + np.array([0.25, 0.0]), "pinky": elbow + np.array([0.32, 0.0]),
        "index": elbow + np.array([0.33, 0.0]), "thumb": elbow + np.array([0.30, 0.01]),
    }  # fmt: skip
    face = {
        "ear": (0.17, 0.02), "eye": (0.2, 0.08), "eye_inner": (0.2, 0.09), "mouth": (0.14, 0.09),
        "eye_outer": (0.2, 0.07), "nose": (0.18, 0.12),
    }  # fmt: skip
    points |= {name: shoulder + a * up + b * ahead for name, (a, b) in face.items()}
    return {name: (float(x), float(y)) for name, (x, y) in points.items()}


def make_track(
    poses: Sequence[Points], clip: str, rate_hz: float = RATE_HZ, px_per_m: float = 400.0
) -> PoseTrack:
    """A pose in each frame, every landmark trembling by half a pixel."""
    seed = 7
    print("seed", seed)
    n = len(poses)
    metres = np.zeros((n, N_LANDMARKS, 3))
    for i, points in enumerate(poses):
        for name, (x, y) in points.items():
            if name == "nose":
                metres[i, Landmark.NOSE] = (x, -y, 0.0)
                continue
            for side in SIDES:
                depth = 0.18 if side == "left" else -0.18  # the right side is the nearer one
                metres[i, landmark_on(side, name)] = (x, -y, depth)
    noise = np.random.default_rng(seed).normal(0, 0.5, (n, N_LANDMARKS, 2))
    xy_px = metres[:, :, :2] * px_per_m + np.array([150.0, 400.0]) + noise
    xy_px[:, [landmark_on("left", name) for name in ("knee", "ankle")]] += 2.0
    return PoseTrack(
        time_s=np.arange(n) / rate_hz,
        xy_px=xy_px,
        xyz_m=metres,
        visibility=np.ones((n, N_LANDMARKS)),
        n_people=np.ones(n, dtype=np.int16),
        width_px=SIZE[0],
        height_px=SIZE[1],
        clip=clip,
        model="made by hand",
        n_frames=n,
        duration_s=n / rate_hz,
    )


def make_plank(sag_m: np.ndarray, clip: str) -> PoseTrack:
    """A plank that sags by so much in each frame."""
    return make_track([pose_plank(float(sag)) for sag in sag_m], clip)


def make_squats(depths: Sequence[float], clip: str, each_s: float = 2.5) -> PoseTrack:
    """Squats of those depths, a second apart, after two seconds of standing."""
    rate_hz = 24.0
    times = np.arange(0, 2 + (each_s + 1) * len(depths) + 1, 1 / rate_hz)
    place, phase_s = np.divmod(times - 2, each_s + 1)
    sink = np.where(phase_s < each_s, np.sin(np.pi * phase_s / each_s) ** 2, 0)
    known = dict(enumerate(depths))
    poses = [pose_squat(known.get(int(k), 0.0) * s) for k, s in zip(place, sink, strict=True)]
    return make_track(poses, clip, rate_hz, px_per_m=200.0)


def sag_from(start_s: float, until_s: float, depth_m: float) -> np.ndarray:
    """Straight until ``start_s``, sunk by ``depth_m`` half a second later."""
    times = np.arange(0, until_s, 1 / RATE_HZ)
    return np.asarray(np.clip((times - start_s) / 0.5, 0, 1) * depth_m)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the page's commands are run: both clips are there, as saved poses."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    save_track(make_plank(np.zeros(120), "plank.mp4"), Path("plank.mp4"))
    save_track(make_plank(sag_from(8, 14, 0.15), "sagging.mp4"), Path("sagging.mp4"))
    save_track(make_squats([1.0, 1.0, 0.7, 1.0], "squats.mp4"), Path("squats.mp4"))
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments])


def blocks() -> list[tuple[str, str]]:
    return BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def name_file(text: str) -> Path:
    """Where an exercise file belongs: its name is its id."""
    found = re.match(r'id = "([\w-]+)"', text)
    assert found is not None
    return FOLDER / f"{found[1]}.toml"


def write_all() -> None:
    """The exercises as the page has them last."""
    FOLDER.mkdir()
    for kind, text in blocks():
        if kind == "toml":
            name_file(text).write_text(text, encoding="utf-8")


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
            name_file(text).write_text(text, encoding="utf-8")
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
    save_track(make_plank(sag_from(6, 14, -0.15), "piking.mp4"), Path("piking.mp4"))
    [fault] = judge("piking.mp4")["faults"]
    assert fault["cue"] == "Lower your hips"


def test_squats_are_counted_and_a_shallow_one_is_not_good(folder: Path) -> None:
    one = judge("squats.mp4", "squat")
    assert [rep["good"] for rep in one["reps"]] == [True, True, False, True]
    assert [rep["faults"] for rep in one["reps"]] == [[], [], ["depth"], []]
    for rep, middle_s in zip(one["reps"], (3.25, 6.75, 10.25, 13.75), strict=True):
        assert rep["peak_s"] == pytest.approx(middle_s, abs=0.15)
        assert rep["start_s"] < rep["peak_s"] - 0.5
        assert rep["end_s"] > rep["peak_s"] + 0.5
    [cue] = {fault["cue"] for fault in one["faults"]}
    assert (cue, one["verdict"]) == ("Sit lower", "fix")


def test_quick_squats_are_told_to_slow_down_and_half_ones_are_none(folder: Path) -> None:
    save_track(make_squats([1.0] * 3, "quick.mp4", each_s=1.3), Path("quick.mp4"))
    one = judge("quick.mp4", "squat")
    assert [rep["faults"] for rep in one["reps"]] == [["slow"]] * 3
    save_track(make_squats([0.4] * 4, "half.mp4"), Path("half.mp4"))
    result = call("analyze", "half.mp4", "--exercises", "my-exercises", "--json", "-")
    loaded = json.loads(result.stdout)
    assert (loaded["verdict"], loaded["sets"]) == ("not_seen", [])
    assert loaded["nearest"]["exercise"] == "squat"
    assert loaded["nearest"]["condition"] == "repetition"


def judge(clip: str, exercise: str = "plank") -> dict[str, Any]:
    write_all()
    result = call("analyze", clip, "--exercises", "my-exercises", "--json", "-")
    assert result.exit_code == 0, result.output
    loaded = json.loads(result.stdout)
    assert (loaded["exercise"], loaded["exercise_source"]) == (exercise, "detected")
    [one] = loaded["sets"]
    assert isinstance(one, dict)
    return one
