"""``formcheck calibrate`` and ``--neutral`` as a user types them."""

from __future__ import annotations

import json
import signal
import wave
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from formcheck.app.calibrate import split_range
from formcheck.cli.main import app
from formcheck.judging.calibration import read_neutral
from formcheck.pose.track import PoseTrack
from formcheck.pose.track_file import save_track
from tests.support.builders import pick_frames
from tests.support.live_process import LiveProcess, make_kneeling
from tests.support.stream import StreamProcess


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture
def poses(kneeling_track: PoseTrack, tmp_path: Path) -> Path:
    path = tmp_path / "whole.npz"
    save_track(kneeling_track, path)
    return path


@pytest.fixture
def tucked(kneeling_track: PoseTrack, tmp_path: Path) -> Path:
    """The tucked part alone: no neutral in it."""
    path, whole = tmp_path / "tucked.npz", kneeling_track
    save_track(pick_frames(whole, (whole.time_s > 10) & (whole.time_s < 30)), path)
    return path


def analyse(clip: Path, *options: str | Path) -> dict[str, Any]:
    result = call("analyze", clip, "--json", "-", *options)
    assert result.exit_code == 0, result.output
    loaded: dict[str, Any] = json.loads(result.stdout)
    return loaded


def test_a_calibration_confirms_the_seconds_of_another_clip(
    poses: Path, tucked: Path, tmp_path: Path
) -> None:
    file = tmp_path / "me.json"
    made = call("calibrate", file, "--clip", poses, "--exercise", "half-kneeling")
    assert made.exit_code == 0, made.output
    assert "neutral from 3." in made.stdout
    assert str(file) in made.stdout
    assert analyse(tucked)["sets"][0]["confirmed_hold_s"] == 0
    given = analyse(tucked, "--neutral", file)
    assert given["sets"][0]["confirmed_hold_s"] > 15
    assert given["baseline"] == {"source": "given", "start_s": None, "end_s": None}


def test_another_clip_as_neutral(poses: Path, tucked: Path) -> None:
    for neutral in (f"{poses}@4-6", str(poses)):
        given = analyse(tucked, "--neutral", neutral, "--exercise", "half-kneeling")
        assert given["sets"][0]["confirmed_hold_s"] > 15
        assert given["baseline"]["source"] == "given"


def test_a_stretch_of_this_clip(poses: Path) -> None:
    given = analyse(poses, "--neutral", "@4-6")
    assert given["baseline"]["source"] == "given"
    assert 4 <= given["baseline"]["start_s"] < given["baseline"]["end_s"] <= 6
    assert given["sets"][0]["confirmed_hold_s"] == pytest.approx(26, abs=1.5)


def test_nothing_is_overwritten(poses: Path, tmp_path: Path) -> None:
    file = tmp_path / "me.json"
    file.write_text("mine")
    refused = call("calibrate", file, "--clip", poses)
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert file.read_text() == "mine"
    assert call("calibrate", file, "--clip", poses, "--force").exit_code == 0


def test_a_refused_calibration_leaves_no_file(poses: Path, tmp_path: Path) -> None:
    refused = call("calibrate", tmp_path / "me.json", "--clip", f"{poses}@5.5-8.5")
    assert refused.exit_code == 2
    assert refused.stderr.count("\n") == 1
    assert "the pelvis moves" in refused.stderr
    assert not (tmp_path / "me.json").exists()


@pytest.mark.parametrize(
    ("neutral", "words"),
    [
        ("@", "@START-END"),
        ("@3", "@START-END"),
        ("@5-3", "before the end"),
        ("@90-99", "no frame"),
        ("nothing.json", "nothing.json"),
    ],
)
def test_a_neutral_that_means_nothing(poses: Path, neutral: str, words: str) -> None:
    refused = call("analyze", poses, "--neutral", neutral, "--json", "-")
    assert refused.exit_code == 2
    assert words in refused.stderr
    assert refused.stdout == ""


def test_an_exercise_without_the_tuck_needs_no_neutral(
    sample_tracks: dict[str, PoseTrack], tmp_path: Path
) -> None:
    path = tmp_path / "kick.npz"
    save_track(replace(sample_tracks["donkey-kick_good"], outline=None), path)
    result = analyse(path, "--exercise", "donkey-kick", "--neutral", "@0-1")
    assert (result["verdict"], result["baseline"]["source"]) == ("pass", "none")


def test_ranges(tmp_path: Path) -> None:
    assert split_range("a b.mp4@1.5-3") == ("a b.mp4", (1.5, 3.0))
    assert split_range("@0-3") == ("", (0.0, 3.0))
    assert split_range("me@home.mp4") == ("me@home.mp4", None)
    odd = tmp_path / "x@1-2"
    odd.touch()
    assert split_range(str(odd)) == (str(odd), None)


def test_help_shows_an_example() -> None:
    text = call("calibrate", "--help").stdout
    assert "formcheck calibrate me.json --clip" in text


@pytest.fixture(scope="module")
def kneeling(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A camera before which someone kneels, for ever."""
    clip = make_kneeling(tmp_path_factory.mktemp("clips"), samples)
    with StreamProcess([clip], "--loop") as server:
        yield server.url


@pytest.mark.paced
@pytest.mark.slow
def test_the_camera_gives_a_neutral_hands_free(kneeling: str, tucked: Path) -> None:
    folder = tucked.parent
    with LiveProcess(
        folder, "calibrate", "me.json", "--camera", kneeling, "--no-window"
    ) as process:
        assert process.end() == 0
        assert process.stderr == ""
        assert any("finding neutral: " in line for line in process.lines)
        made, where = process.lines[-2:]
        assert "Stay tall and relaxed" in " ".join(process.said)
        assert process.files() == {"me.json", "tucked.npz"}
        assert process.said[-1] == "I have your neutral. You can relax."
    # The log's last line is of when that was begun; the file comes when the voice has ended.
    log = folder / "said" / "said.jsonl"
    last = json.loads(log.read_text().splitlines()[-1])
    with wave.open(str(folder / "said" / last["file"])) as spoken:
        length_s = spoken.getnframes() / spoken.getframerate()
    said_s = (folder / "me.json").stat().st_mtime - log.stat().st_mtime
    assert said_s >= length_s - 0.05, "it is heard to its end"
    assert made.startswith(f"{kneeling}: neutral from ")
    assert where.endswith("use it with: --neutral me.json")
    kept = json.loads((folder / "me.json").read_text())
    assert (kept["clip"], kept["exercise"]) == (kneeling, "half-kneeling")
    read_neutral(folder / "me.json")
    given = analyse(tucked, "--neutral", folder / "me.json")
    assert given["sets"][0]["confirmed_hold_s"] > 15, "it is the person's own"


@pytest.mark.paced
@pytest.mark.slow
def test_the_camera_and_nobody_in_the_position(kneeling: str, tmp_path: Path) -> None:
    """Stopped before there is a neutral: no file."""
    with LiveProcess(
        tmp_path, "calibrate", "me.json", "--camera", kneeling, "--no-window", "--mute",
        "--exercise", "standing-stretch",
    ) as process:  # fmt: skip
        process.wait_for_line("set up: ")
        process.send(signal.SIGINT)
        assert process.end() == 130
        assert process.stderr.startswith("formcheck: stopped")
        assert process.files() == set()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--camera", "http://127.0.0.1:9/video"], "nothing is listening on port 9"),
        (["--exercise", "donkey-kick"], "donkey-kick: does not judge the pelvis"),
        (["--exercise", "half-kneling"], "did you mean half-kneeling"),
        (["--exercise", "arch-check"], "arch-check: does not judge the pelvis"),
    ],
)
def test_a_camera_calibration_that_cannot_be(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    result = call("calibrate", tmp_path / "me.json", "--no-window", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
