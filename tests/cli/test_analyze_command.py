"""``formcheck analyze`` as a user types it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest
from typer.testing import CliRunner, Result

import formcheck
from benchmarks.accuracy import read_poses
from formcheck.cli.main import app
from formcheck.pose.landmarks import Landmark
from formcheck.pose.track_file import load_track
from tests.support import media
from tests.support.series_files import read_series

RUN = (sys.executable, "-m", "formcheck.cli.main")


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["analyze", *(str(a) for a in arguments)])


@pytest.fixture(scope="module")
def clip(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four good seconds with sound, 15 frames a second."""
    frames = media.read_frames(samples / "half-kneeling_good25.mp4", 8.0, 12.0)
    path = tmp_path_factory.mktemp("clip") / "kneel.mp4"
    return media.write_clip(path, frames, with_audio=True)


@pytest.fixture(scope="module")
def analysed(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """The clip analysed into a folder."""
    out = tmp_path_factory.mktemp("analysed") / "out"
    return out, call(clip, "--out", out, "--poses", out.with_suffix(".npz"))


def test_it_says_the_verdict_and_where_the_files_are(analysed: tuple[Path, Result]) -> None:
    out, result = analysed
    assert result.exit_code == 0, result.output
    assert "kneel.mp4: half-kneeling, PASS" in result.stdout
    assert "not confirmed" in result.stdout
    names = ["annotated.mp4", "report.html", "result.json"]
    assert [name for name in names if str(out / name) in result.stdout] == names
    assert sorted(p.name for p in out.iterdir()) == names


def test_the_page_shows_the_result_and_the_video_beside_it(analysed: tuple[Path, Result]) -> None:
    page = (analysed[0] / "report.html").read_text()
    assert re.search(r"<h1>Nothing to correct, [34][.\d]* of 30 s, the pelvic tuck not", page)
    assert '<video id="video" src="annotated.mp4"' in page


def test_a_page_of_saved_poses_has_plots_and_neither_video_nor_picture(
    analysed: tuple[Path, Result], tmp_path: Path
) -> None:
    poses = analysed[0].with_suffix(".npz")
    result = call(poses, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["report.html", "result.json"]
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.count('class="plot"') == 5
    assert "<video" not in page
    assert "data:image" not in page


@pytest.mark.parametrize(
    ("arguments", "written"),
    [
        (["--no-report"], ["result.json"]),
        (["--json", "-"], []),
        (["--json", "-", "--report"], ["report.html", "result.json"]),
    ],
)
def test_the_page_is_written_unless_it_is_not_wanted(
    analysed: tuple[Path, Result], tmp_path: Path, arguments: list[str], written: list[str]
) -> None:
    poses = analysed[0].with_suffix(".npz")
    out = tmp_path / "out"
    for _ in range(2):
        assert call(poses, "--out", out, *arguments).exit_code == 0, "and again over its own"
        assert sorted(p.name for p in out.glob("*")) == written


def test_a_page_of_another_clip_is_not_overwritten(
    analysed: tuple[Path, Result], tmp_path: Path
) -> None:
    poses = analysed[0].with_suffix(".npz")
    mine = tmp_path / "report.html"
    mine.write_text("mine")
    refused = call(poses, "--out", tmp_path)
    assert refused.exit_code == 2
    assert "already exists" in refused.stderr
    assert mine.read_text() == "mine"
    assert call(poses, "--out", tmp_path, "--force").exit_code == 0
    assert "Nothing to correct" in mine.read_text()


def test_the_result_file_is_the_result(analysed: tuple[Path, Result]) -> None:
    from formcheck.result.models import Result as Verdict

    loaded = Verdict.model_validate_json((analysed[0] / "result.json").read_text())
    assert (loaded.exercise, loaded.exercise_source) == ("half-kneeling", "detected")
    assert (loaded.frames, loaded.frames_analyzed) == (60, 32)
    [one] = loaded.sets
    assert one.side == "right"
    assert one.good_hold_s == pytest.approx(3.9, abs=0.2)
    assert [w.code for w in loaded.warnings] == ["tuck_not_judged"]


def test_the_video_plays_in_a_browser(analysed: tuple[Path, Result], clip: Path) -> None:
    path = analysed[0] / "annotated.mp4"
    with av.open(str(path)) as video, av.open(str(clip)) as source:
        stream = video.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert sum(1 for _ in video.decode(stream)) == 60
        assert video.duration is not None
        assert source.duration is not None
        assert video.duration / 1e6 == pytest.approx(source.duration / 1e6, abs=0.1)
        assert len(video.streams.audio) == 1
    head = path.read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")


def test_saved_poses_give_the_same_result_and_open_no_video(
    analysed: tuple[Path, Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    poses = analysed[0].with_suffix(".npz")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a video was opened")

    monkeypatch.setattr(av, "open", refuse)
    result = call(poses, "--json", "-")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == json.loads((analysed[0] / "result.json").read_text())


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_the_series_gives_the_held_seconds_again(
    samples: Path, poses_dir: Path, tmp_path: Path, ending: str
) -> None:
    path = poses_dir / "half-kneeling_knee-lean.poses.npz"
    read_poses(samples / "half-kneeling_knee-lean.mp4", poses_dir)
    series = tmp_path / f"frames{ending}"
    called = call(path, "--json", tmp_path / "r.json", "--series", series, "--series-landmarks")
    assert called.exit_code == 0
    assert str(series) in called.stdout
    rows = read_series(series)
    times = [row["time_s"] for row in rows]
    held_s = sum(
        after - time_s
        for row, time_s, after in zip(rows, times, times[1:], strict=False)
        if row["clock_runs"]
    )
    [done] = json.loads((tmp_path / "r.json").read_text())["sets"]
    assert held_s == pytest.approx(done["good_hold_s"], abs=2e-3)
    failing = [t for t, row in zip(times, rows, strict=True) if row["rule_front_knee"] == "fail"]
    [fault] = [one for one in done["faults"] if one["rule"] == "front_knee"]
    assert failing[0] == pytest.approx(fault["start_s"], abs=1e-3)
    assert fault["cue"] in {row["cue"] for row in rows}
    knee = load_track(path).xy_px[:, Landmark.LEFT_KNEE]
    written = [[row["left_knee_x_px"], row["left_knee_y_px"]] for row in rows]
    assert np.array(written) == pytest.approx(knee, abs=1e-3)


def test_a_series_of_an_unknown_kind_is_refused_before_the_work(clip: Path, tmp_path: Path) -> None:
    called = call(clip, "--series", tmp_path / "frames.xlsx")
    assert called.exit_code == 2
    assert ".parquet" in called.output
    assert call(clip, clip, "--series", tmp_path / "frames.csv").exit_code == 2
    assert call(clip, "--series-landmarks").exit_code == 2


def test_json_is_alone_on_stdout(clip: Path) -> None:
    result = call(clip, "--json", "-", "--no-video", "--exercise", "half-kneeling")
    loaded = json.loads(result.stdout)
    assert (loaded["schema"], loaded["exercise_source"]) == (1, "given")
    assert not clip.with_name("kneel.mp4.formcheck").exists()


def test_several_clips_give_a_line_each_and_one_failure_costs_one(
    clip: Path, tmp_path: Path
) -> None:
    result = call(clip, tmp_path / "missing.mp4", clip, "--json", "-", "--no-video")
    assert result.exit_code == 2
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["clip"] for line in lines] == ["kneel.mp4", "kneel.mp4"]
    assert "missing.mp4: no such file" in result.stderr


@pytest.mark.parametrize("kind", media.BAD)
def test_a_bad_clip_is_one_line_that_says_what_is_wrong(
    kind: str, clip: Path, tmp_path: Path
) -> None:
    make, word = media.BAD[kind]
    path = make(tmp_path, clip)
    result = call(path, "--no-video", "--json", "-")
    assert result.exit_code == 2, result.output
    [line] = result.stderr.strip().splitlines()
    assert line.startswith("formcheck: ")
    assert path.name in line
    assert word in line
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--exercise", "half-kneling"], "did you mean half-kneeling"),
        (["--exercises", "no-folder"], "no-folder: no such folder"),
        (["--model", "no-model.task"], "no-model.task"),
        (["--rate", "0"], "rate above 0"),
        (["--rate", "5", "--every-frame"], "not both"),
        (["--fps", "0"], "--fps must be a rate above 0 Hz, such as 30"),
        (["--fps", "nan"], "--fps must be a rate above 0 Hz, such as 30"),
        (["--side", "middle"], "middle"),
        (["--fail-under", "nan"], "a score from 0 to 100"),
    ],
)
def test_a_wrong_option_says_so(clip: Path, arguments: list[str], said: str) -> None:
    result = call(clip, "--no-video", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_a_broken_exercise_file_costs_no_other_exercise(
    analysed: tuple[Path, Result], tmp_path: Path
) -> None:
    poses = analysed[0].with_suffix(".npz")
    (tmp_path / "mine.toml").write_text('id = "mine"\nnam = "x"\n')
    wrong = "mine.toml: nam: Extra inputs are not permitted (did you mean 'name'?)"
    own = ("--exercises", tmp_path, "--json", "-")
    for options in ((), ("--exercise", "half-kneeling")):
        result = call(poses, *own, *options)
        assert result.exit_code == 0, result.output
        [line] = result.stderr.splitlines()
        assert line.startswith("formcheck: left out: ")
        assert wrong in line
        assert json.loads(result.stdout)["exercise"] == "half-kneeling"
    asked = call(poses, *own, "--exercise", "mine")
    assert asked.exit_code == 2
    [line] = asked.stderr.splitlines()
    assert wrong in line
    assert "left out" not in line


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--rate", "5"], "--rate changes nothing"),
        (["--every-frame"], "--every-frame changes nothing"),
        (["--model", "lite", "--rate", "5"], "--rate and --model change nothing"),
        ([], None),
    ],
)
def test_what_changes_nothing_for_saved_poses_is_said(
    analysed: tuple[Path, Result], options: list[str], said: str | None
) -> None:
    poses = analysed[0].with_suffix(".npz")
    result = call(poses, "--json", "-", *options)
    assert result.exit_code == 0
    assert json.loads(result.stdout) == json.loads((analysed[0] / "result.json").read_text())
    line = "" if said is None else f"formcheck: {poses}: saved poses cannot be changed: {said}\n"
    assert result.stderr == line


def test_nobody_in_the_picture(tmp_path: Path) -> None:
    path = media.write_clip(tmp_path / "empty_room.mp4", media.plain(320, 240, 30))
    result = call(path, "--json", "-", "--no-video")
    loaded = json.loads(result.stdout)
    assert (loaded["verdict"], loaded["sets"], loaded["score"]) == ("not_seen", [], None)
    assert [w["code"] for w in loaded["warnings"]] == ["no_person"]
    assert loaded["view"]["seen"] is None


@pytest.mark.parametrize(("width", "height"), [(2, 2), (7680, 4320)], ids=["tiny", "8K"])
def test_odd_sizes(tmp_path: Path, width: int, height: int) -> None:
    path = media.write_clip(tmp_path / "odd.mp4", media.plain(width, height, 3))
    result = call(path, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "out" / "annotated.mp4").stat().st_size > 0


def test_one_pixel(tmp_path: Path) -> None:
    import cv2

    path = tmp_path / "dot.png"
    cv2.imwrite(str(path), np.zeros((1, 1, 3), np.uint8))
    assert call(path, "--out", tmp_path / "out").exit_code == 0


def test_a_still_picture_has_a_set_and_no_clock(samples: Path, tmp_path: Path) -> None:
    import cv2

    [(_, image)] = media.read_frames(samples / "half-kneeling_good25.mp4", 10.0, 10.05)
    path = tmp_path / "kneel.jpg"
    cv2.imwrite(str(path), image)
    loaded = json.loads(call(path, "--json", "-", "--no-video").stdout)
    assert (loaded["exercise"], loaded["verdict"], loaded["duration_s"]) == (
        "half-kneeling", "pass", 0.0,
    )  # fmt: skip
    [one] = loaded["sets"]
    assert (one["good_hold_s"], one["holds"], one["score"]) == (0.0, [], 100.0)
    assert call(path, "--out", tmp_path / "out").exit_code == 0
    out = tmp_path / "out"
    names = ["annotated.jpg", "report.html", "result.json"]
    assert sorted(path.name for path in out.iterdir()) == names
    assert '<img class="photo" src="annotated.jpg"' in (out / "report.html").read_text("utf-8")
    drawn = cv2.imread(str(out / "annotated.jpg"))
    assert drawn is not None
    height, width = image.shape[:2]
    assert drawn.shape[1] == width
    assert drawn.shape[0] > height, "there is a cue below"
    is_changed = np.abs(drawn[:height].astype(int) - image).max(axis=2) > 60
    assert 0.01 < is_changed.mean() < 0.3, "body and labels, and nothing else"


def test_a_clip_without_times_gets_the_rate_it_is_said_to_have(tmp_path: Path) -> None:
    path = tmp_path / "raw.mjpeg"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for _, image in media.plain(64, 48, 50):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())
    options = (path, "--json", "-", "--no-video", "--model", "lite")
    for fps, length_s, codes in (
        ([], 2.0, ["no_person", "rate_guessed"]),
        (["--fps", "5"], 10.0, ["no_person"]),
    ):
        loaded = json.loads(call(*options, *fps).stdout)
        assert loaded["duration_s"] == pytest.approx(length_s, abs=0.25)
        assert [warning["code"] for warning in loaded["warnings"]] == codes


def test_saved_poses_have_their_times(analysed: tuple[Path, Result]) -> None:
    out, _ = analysed
    result = call(out.with_suffix(".npz"), "--fps", "30", "--json", "-")
    assert result.exit_code == 2
    assert "saved poses already have their times" in result.stderr


def test_fail_under(analysed: tuple[Path, Result], tmp_path: Path) -> None:
    poses = analysed[0].with_suffix(".npz")
    assert call(poses, "--json", "-", "--fail-under", "90").exit_code == 0
    assert call(poses, "--json", "-", "--fail-under", "100.5").exit_code == 1
    standing = ("--exercise", "standing-stretch", "--fail-under", "0")
    assert call(poses, "--json", "-", *standing).exit_code == 1, "no score fails"


def test_nothing_of_others_is_overwritten(analysed: tuple[Path, Result], tmp_path: Path) -> None:
    poses = analysed[0].with_suffix(".npz")
    mine = tmp_path / "result.json"
    mine.write_text('{"clip": "another.mp4"}')
    refused = call(poses, "--out", tmp_path)
    assert refused.exit_code == 2
    assert "already exists" in refused.stderr
    assert mine.read_text() == '{"clip": "another.mp4"}'
    refused = call(poses, "--json", mine)
    assert "already exists" in refused.stderr
    assert call(poses, "--json", mine, "--force").exit_code == 0
    assert json.loads(mine.read_text())["clip"] == "kneel.mp4"


def test_another_clip_of_the_same_name_is_another_clip(
    clip: Path, samples: Path, tmp_path: Path
) -> None:
    """Phones give the same names again."""
    other, out = tmp_path / clip.name, tmp_path / "out"
    media.write_clip(other, media.read_frames(samples / "childs-pose_good.mp4", 0.0, 2.0))
    options = ("--out", out, "--no-video", "--model", "lite", "--rate", "5")
    assert call(clip, *options).exit_code == 0
    kept = (out / "result.json").read_bytes()
    result = call(other, *options)
    assert result.exit_code == 2
    assert "was not made from kneel.mp4: give another --out, or --force" in result.output
    assert (out / "result.json").read_bytes() == kept
    assert call(clip, *options).exit_code == 0
    assert call(other, *options, "--force").exit_code == 0


def test_what_cannot_be_written_is_told_before_the_work(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for json_file, poses, said in (
        (Path("/dev/null"), "-", "is not a file: give a file's name"),
        (tmp_path, "-", "is a folder: give a file's name"),
        (tmp_path / "file" / "x", "-", "file is not a folder: give another place"),
        (tmp_path / "x", tmp_path / "x", "two things would be written"),
    ):
        result = call(clip, "--json", json_file, "--poses", poses)
        assert result.exit_code == 2
        assert said in result.output
        assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_what_was_done_before_the_end_is_kept(
    analysed: tuple[Path, Result], clip: Path, tmp_path: Path
) -> None:
    """The second of two clips is stopped by the system."""
    poses, kept = analysed[0].with_suffix(".npz"), tmp_path / "all.jsonl"
    command = [*RUN, "analyze", poses, clip, "--json", kept, "--video", "--out", tmp_path]
    second = tmp_path / f"{clip.name}.formcheck"
    with subprocess.Popen([*map(str, command)], stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and not list(second.glob(".annotated*")):
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM
    assert "what was done so far is kept" in said
    assert [json.loads(line)["clip"] for line in kept.read_text().splitlines()] == ["kneel.mp4"]


def test_a_pipe_of_another_code_loses_nothing(
    analysed: tuple[Path, Result], tmp_path: Path
) -> None:
    poses = analysed[0].with_suffix(".npz")
    command = [*RUN, "analyze", str(poses), str(poses), "--out", str(tmp_path), "--no-report"]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, check=True
    )
    assert done.stderr == b""
    assert done.stdout.count(b"kneel.mp4: half-kneeling, PASS") == 2
    done = subprocess.run(
        [*command[:-3], "--json", "-"], capture_output=True, check=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert len([json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]) == 2


def test_whoever_reads_no_further_gets_no_error(analysed: tuple[Path, Result]) -> None:
    poses = str(analysed[0].with_suffix(".npz"))
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        command = [*RUN, "analyze", poses, poses, "--json", "-"]
        done = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_folder_without_permission(
    analysed: tuple[Path, Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may write anywhere, so the refusal is made up."""

    def refuse(**_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("formcheck.files.tempfile.TemporaryDirectory", refuse)
    result = call(analysed[0].with_suffix(".npz"), "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "no permission to write there: give another place with --out" in result.stderr


def test_a_full_disk_says_so_and_leaves_nothing(clip: Path) -> None:
    result = call(clip, "--no-video", "--json", "/dev/full/x")
    assert result.exit_code == 2
    assert "/dev/full" in result.stderr


@pytest.mark.parametrize(
    ("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
def test_stopping_leaves_no_half_files(
    samples: Path, tmp_path: Path, signum: signal.Signals, code: int
) -> None:
    out = tmp_path / "out"
    command = [*RUN, "analyze", str(samples / "half-kneeling_good25.mp4"), "--out", str(out)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not list(out.glob(".annotated*")):
            assert process.poll() is None, "it ended before it wrote anything"
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signum)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == code
    assert stderr.strip().splitlines()[-1].startswith("formcheck: stopped")
    [result] = out.iterdir()
    assert json.loads(result.read_text())["verdict"] == "pass", "it was found out"


def test_help_is_light_and_has_an_example() -> None:
    code = (
        "import sys; from formcheck.cli.main import app; app(['analyze', '--help'], "
        "standalone_mode=False); heavy = {'mediapipe', 'cv2', 'av', 'numpy'} & set(sys.modules); "
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "formcheck analyze kneel.mp4 --exercise half-kneeling --json -" in done.stdout


def test_the_exported_names_exist() -> None:
    for name in formcheck.__all__:
        assert getattr(formcheck, name) is not None
