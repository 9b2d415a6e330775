"""The names of ``formcheck`` as one calls them from Python, with paths as one types them."""

from __future__ import annotations

import json
import os
import pydoc
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import pytest

import formcheck
from benchmarks.accuracy import read_poses
from formcheck.exercises.load import list_exercises
from formcheck.pose.estimation import estimate_track
from formcheck.pose.track_file import save_track
from formcheck.result.judgement import judge_poses
from formcheck.video.clip import Clip

LIBRARY = Path(__file__).parents[1] / "docs" / "library.md"


def test_paths_may_be_strings(samples: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    clip, out = str(samples / "half-kneeling_good25.mp4"), f"{tmp_path}/"
    result = formcheck.analyze(
        clip, rate_hz=2.0, exercise_dirs=[str(own)], json=f"{out}result.json",
        video=f"{out}annotated.mp4", report=f"{out}report.html", poses=f"{out}poses.npz",
    )  # fmt: skip
    assert 'src="annotated.mp4"' in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert (tmp_path / "annotated.mp4").stat().st_size > 0
    saved = (tmp_path / "result.json").read_text(encoding="utf-8")
    assert formcheck.Result.model_validate_json(saved) == result
    again = formcheck.analyze(f"{out}poses.npz", json=f"{out}again.json", report=f"{out}again.html")
    assert again.exercise == result.exercise
    assert (tmp_path / "again.html").exists()


def test_a_batch_takes_strings(samples: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "clips.csv"
    manifest.write_text(f"path\n{samples / 'half-kneeling_good25.mp4'}\n", encoding="utf-8")
    summary = formcheck.batch(
        [], out=f"{tmp_path}/table.csv", manifest=str(manifest), rate_hz=2.0, n_jobs=1,
        exercise_dirs=[str(tmp_path)], poses_dir=f"{tmp_path}/poses",
        report_dir=f"{tmp_path}/pages",
    )  # fmt: skip
    assert summary.n_failed == 0
    assert (tmp_path / "pages" / "index.html").exists()
    assert len(list((tmp_path / "poses").rglob("*.npz"))) == 1
    assert len((tmp_path / "table.csv").read_text(encoding="utf-8").splitlines()) == 2


@pytest.mark.parametrize(
    "before",
    [
        "import formcheck; formcheck.list_exercises()",
        "import formcheck; formcheck.load_exercise('half-kneeling')",
        "import formcheck; formcheck.analyze; formcheck.batch",
        "import formcheck.exercises.schema",
        "from formcheck import list_exercises; list_exercises()",
        "",
    ],
)
def test_the_catalogue_can_be_asked_for_at_any_time(before: str, tmp_path: Path) -> None:
    """No name of the library is a package as well, which importing it would put in its place."""
    code = f"""
{before}
import formcheck, inspect, pydoc
assert "half-kneeling" in formcheck.list_exercises()
assert "half-kneeling" in formcheck.list_exercises({str(tmp_path)!r})
from formcheck import list_exercises
assert list_exercises() == formcheck.list_exercises()
assert next(iter(inspect.signature(list_exercises).parameters)) == "folders"
assert "catalogue" in pydoc.render_doc(list_exercises)
import formcheck.exercises.load
assert formcheck.exercises.load.list_exercises is list_exercises
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_what_is_no_file_is_refused_at_once(samples: Path, tmp_path: Path) -> None:
    """A pipe that nobody writes to, a device without end, a name that no file can have."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    code = f"""
import formcheck
clip = {str(samples / "half-kneeling_tuck.mp4")!r}
for place in ({str(pipe)!r}, "/dev/zero", "long" * 80, "long" * 80 + "@0-3"):
    for name in ("half-kneeling", None):
        try:
            formcheck.calibrate(place, exercise=name)
        except formcheck.SourceError as error:
            print(error)
    try:
        formcheck.analyze(place)
    except formcheck.SourceError as error:
        print(error)
    try:
        formcheck.analyze(clip, exercise="half-kneeling", neutral=place, rate_hz=2.0)
    except formcheck.SourceError as error:
        print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    assert len(lines) == 16
    assert all("give a recorded video" in line for line in lines[:8])
    assert all("too long" in line for line in lines[8:])


def test_the_names_are_listed_and_each_is_there() -> None:
    assert dir(formcheck) == sorted(formcheck.__all__)
    for name in formcheck.__all__:
        assert getattr(formcheck, name) is not None


def test_help_and_the_reference_say_what_each_name_is_for() -> None:
    for told in (pydoc.plain(pydoc.render_doc(formcheck)), LIBRARY.read_text(encoding="utf-8")):
        for name in set(formcheck.__all__) - {"__version__"}:
            assert f"`{name}`" in told


def test_no_name_is_a_room_as_well() -> None:
    """Importing a package would put it in the place of the function of its name."""
    rooms = {path.stem for path in Path(formcheck.__file__).parent.iterdir()}
    assert not rooms & set(formcheck.__all__)


def test_the_steps_of_the_reference_give_what_analyze_gives(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = LIBRARY.read_text(encoding="utf-8").split("## Step by step")[1].split("```")[1]
    (tmp_path / "clip.mp4").symlink_to(samples / "half-kneeling_knee-lean.mp4")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(code.removeprefix("python"), names)
    result = formcheck.analyze("clip.mp4", exercise="half-kneeling", report="whole.html")
    assert names["judged"].result == result
    assert len(names["held"]) == sum(names["timeline"].is_held) > 0
    assert len(names["knee"]) == len(names["track"])
    assert 'src="annotated.mp4"' in Path("report.html").read_text(encoding="utf-8")
    fc = formcheck
    fc.write_report(names["judged"], "pictures.html", clip="clip.mp4")
    assert Path("pictures.html").read_text(encoding="utf-8").count("<img") > 0
    text = Path("whole.html").read_text(encoding="utf-8")
    assert Path("pictures.html").read_text(encoding="utf-8") == text


def test_the_steps_on_a_photo(samples: Path, tmp_path: Path) -> None:
    with Clip(samples / "half-kneeling_good25.mp4") as source:
        frame = next(islice(source.frames(), 200, None))
    photo = tmp_path / "photo.png"
    cv2.imwrite(str(photo), frame.image)
    judged = formcheck.judge(formcheck.estimate(photo), exercise="half-kneeling")
    assert judged.result == formcheck.analyze(photo, exercise="half-kneeling")
    formcheck.annotate(photo, judged, tmp_path / "drawn.jpg")
    formcheck.write_report(judged, tmp_path / "page.html", video=tmp_path / "drawn.jpg")
    assert "drawn.jpg" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert len(judged.timeline) == 1


def test_a_result_s_schema_is_a_number(samples: Path, poses_dir: Path) -> None:
    track = read_poses(samples / "half-kneeling_good25.mp4", poses_dir)
    result = judge_poses(track, list_exercises()).result
    assert result.schema == 1
    assert json.loads(result.to_json())["schema"] == 1
    assert formcheck.Result.model_validate_json(result.to_json()) == result


def test_analyze_takes_what_calibrate_returns(
    samples: Path, poses_dir: Path, tmp_path: Path
) -> None:
    clip = samples / "half-kneeling_tuck.mp4"
    poses = tmp_path / "tuck.npz"
    with Clip(clip) as source:
        save_track(estimate_track(source, model="full", rate_hz=5.0, progress=None), poses)
    kept = formcheck.calibrate(f"{poses}@0-2")
    result = formcheck.analyze(poses, neutral=kept)
    assert result.baseline.source == "given"
    (tmp_path / "me.json").write_text(kept.to_json(), encoding="utf-8")
    assert formcheck.analyze(poses, neutral=tmp_path / "me.json") == result
