"""``formcheck batch`` as a user types it."""

from __future__ import annotations

import csv
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import formcheck
from formcheck.app.batch.job import Job
from formcheck.cli.main import app
from tests.support import media
from tests.support.dask_processes import start_cluster
from tests.support.journals import count_kept
from tests.support.stand_ins import locate_file
from tests.support.waiting import await_that

ROOT = Path(__file__).parents[2]
RUN = (sys.executable, "-m", "formcheck.cli.main", "batch")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
PATIENCE_S = 300.0


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["batch", *(str(a) for a in arguments)])


def run(folder: Path, *arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own, in a folder of its own."""
    return subprocess.run(
        [*RUN, *map(str, arguments)], cwd=folder, env={**ENVIRONMENT, **more}, check=False,
        capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def clip(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four good seconds."""
    frames = media.read_frames(samples / "half-kneeling_good25.mp4", 8.0, 12.0)
    return media.write_clip(tmp_path_factory.mktemp("clip") / "kneel.mp4", frames)


def test_help_is_quick_and_has_an_example() -> None:
    shown = call("--help")
    assert shown.exit_code == 0
    assert "formcheck batch clips/ --recursive --out results.csv" in shown.stdout
    heavy = ("av", "cv2", "mediapipe", "rich.progress", "pebble", "distributed", "numpy")
    code = (
        "import sys; from formcheck.cli.main import app\n"
        "try: app(['batch', '--help'])\n"
        f"except SystemExit: pass\nprint([m for m in {heavy} if m in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "[]"


def test_a_folder_becomes_a_table(clip: Path, tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    shutil.copy(clip, clips / "Kneel.MP4")
    ended = run(tmp_path, "clips", "--rate", "5", "--poses", "poses")
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    [row] = read(tmp_path / "results.csv")
    assert [row[name] for name in ("clip", "status", "exercise", "verdict", "side")] == [
        "clips/Kneel.MP4", "ok", "half-kneeling", "pass", "right",
    ]  # fmt: skip
    header, line, last = ended.stdout.splitlines()
    words = "exercise clips sets pass fix measured cannot judge not seen failed median score"
    assert header.split() == words.split()
    assert line.split() == ["half-kneeling", "1", "1", "1", "0", "0", "0", "0", "0", "100"]
    assert last.startswith("results.csv: 1 row of 1 clip, in ")
    again = run(tmp_path, "clips", "--rate", "5", "--quiet")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"clips", "poses", "results.csv", "results.csv.journal.sqlite3"}


def test_the_bar_says_how_far_it_is(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.mp4").write_text("no video")
    ended = run(tmp_path, clip, "bad.mp4", "--rate", "2", FORCE_COLOR="1", COLUMNS="120")
    assert ended.returncode == 1
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", ended.stderr)
    assert re.search(r"2/2 clips, 1 failed \d+ clips/min 0:00:00", shown)
    assert "formcheck: bad.mp4: is not a video" in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--recursive"], "give clips"),
        (["a.mp4", "--rate", "5", "--every-frame"], "not both"),
        (["a.mp4", "--rate", "0"], "above 0 Hz"),
        (["a.mp4", "--timeout", "0"], "above 0 s"),
        (["a.mp4", "--jobs", "2", "--cluster", "tcp://127.0.0.1:9"], "give only one"),
        (["a.mp4", "--jobs", "0"], "--jobs"),
        (["a.mp4", "--out", "r.txt"], "is not a known kind of table"),
        (["a.mp4", "--exercise", "half-knelling"], "did you mean half-kneeling"),
        (["a.mp4", "--model", "fast"], "fast': no such file"),
        (["a.mp4", "--exercises", "none"], "no such folder"),
        (["--manifest", "none.csv"], "none.csv: no such file"),
        (["*.mp4"], "no clips found"),
    ],
)
def test_what_is_asked_wrongly_is_told(
    arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    refused = call(*arguments)
    assert refused.exit_code == 2
    assert words in refused.stderr
    assert refused.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("option", "place"), [("--report", "mine/pages"), ("--poses", "mine")])
def test_a_place_that_cannot_be_used_is_told_before_work(
    option: str, place: str, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").write_text("a file")
    refused = call(clip, option, place)
    assert refused.exit_code == 2
    assert f"{place}: " in refused.stderr
    assert "mine is not a folder: give another folder" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_page_that_cannot_be_written_is_said_and_costs_no_row(clip: Path, tmp_path: Path) -> None:
    shutil.copy(clip, tmp_path / "kneel.mp4")
    job = Job(str(tmp_path / "kneel.mp4"), "kneel.mp4")
    page = locate_file(job, report_dir=str(tmp_path / "pages"))
    page.mkdir(parents=True)
    asked = ("kneel.mp4", "--rate", "2", "--report", "pages", "--quiet")
    ended = run(tmp_path, *asked)
    assert ended.returncode == 1
    [said] = ended.stderr.splitlines()
    assert said.startswith(f"formcheck: 1 clip has no page: {page}: cannot be written: ")
    assert [row["status"] for row in read(tmp_path / "results.csv")] == ["ok"]
    index = tmp_path / "pages" / "index.html"
    assert page.name not in index.read_text(encoding="utf-8")
    page.rmdir()
    again = run(tmp_path, *asked)
    assert (again.returncode, again.stderr) == (0, "")
    assert page.is_file()
    assert page.name in index.read_text(encoding="utf-8")


def test_nothing_of_the_users_is_overwritten(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results.csv").write_text("mine")
    refused = call(clip, "--rate", "2")
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert (tmp_path / "results.csv").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1
    assert call(clip, "--rate", "2", "--force", "--jobs", "1").exit_code == 0
    assert len(read(tmp_path / "results.csv")) == 1


def test_stopping_keeps_what_is_done(samples: Path, tmp_path: Path) -> None:
    clips = sorted(samples.glob("half-kneeling*.mp4"))
    command = [*RUN, *map(str, clips), "--jobs", "1", "--rate", "1"]
    journal = tmp_path / "results.csv.journal.sqlite3"
    with subprocess.Popen(
        command, cwd=tmp_path, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True
    ) as parent:
        await_that(lambda: count_kept(journal) >= 2)
        parent.send_signal(signal.SIGINT)
        _, said = parent.communicate(timeout=60)
    assert parent.returncode == 128 + signal.SIGINT
    assert said == "formcheck: stopped; what was done so far is kept\n"
    assert [path.name for path in tmp_path.iterdir()] == [journal.name]
    n_done = count_kept(journal)
    assert n_done < len(clips)
    ended = run(tmp_path, *clips, "--rate", "1")
    assert ended.returncode == 0, ended.stderr
    assert f"{n_done} of them from an earlier run" in ended.stdout
    assert len(read(tmp_path / "results.csv")) >= len(clips)


def test_the_library_has_it_too(clip: Path, tmp_path: Path) -> None:
    told: list[str | None] = []
    summary = formcheck.batch(
        [str(clip), str(tmp_path / "missing.mp4")],
        out=tmp_path / "r.jsonl",
        rate_hz=2.0,
        n_jobs=1,
        progress=lambda done, total, failure: told.append(failure),
    )
    assert isinstance(summary, formcheck.BatchSummary)
    assert (summary.n_clips, summary.n_failed, summary.n_rows) == (2, 1, 2)
    assert sum(failure is not None for failure in told) == 1


LINKED = {
    "half-kneeling_tuck": ("half-kneeling", "fix"),
    "lunge-stretch_good": ("lunge-stretch", "pass"),
    "seated-90-90_good": ("seated-90-90", "cannot_judge"),
}
"""Clips with the exercise they show and its verdict."""
N_CLIPS = 200


def make_study(folder: Path, samples: Path) -> tuple[Path, list[str]]:
    """200 clips, most of them links, several broken, and the manifest; the names of the broken."""
    clips = folder / "clips"
    clips.mkdir(parents=True)
    for make, _ in media.BAD.values():
        make(clips, samples / "half-kneeling_tuck.mp4")
    (clips / "gone.mp4").symlink_to(clips / "nowhere.mp4")
    broken = [path.name for path in clips.iterdir() if not path.is_dir()]
    folders = [path for path in clips.iterdir() if path.is_dir()]
    broken += [path.name for path in folders] + ["missing.mp4"]
    names = list(LINKED)
    lines = ["path,person,exercise"]
    lines += [f"clips/{name},," for name in broken]
    for k in range(N_CLIPS - len(broken)):
        name = names[k % len(names)]
        (clips / f"{k:03d}.mp4").symlink_to(samples / f"{name}.mp4")
        # Most are told what they show; judging all exercises takes its time.
        lines.append(f"clips/{k:03d}.mp4,P{k % 17},{LINKED[name][0] if k > 7 else ''}")
    manifest = folder / "study.csv"
    manifest.write_text("\n".join(lines))
    return manifest, broken


@pytest.mark.slow
def test_two_hundred_clips_alike_on_one_core_on_two_and_on_a_cluster(
    samples: Path, tmp_path: Path
) -> None:
    manifest, broken = make_study(tmp_path / "study", samples.resolve())
    written = []
    with start_cluster(tmp_path / "dask") as dask:
        for how in (["--jobs", "1"], ["--jobs", "2"], ["--cluster", dask.address]):
            folder = tmp_path / how[0]  # poses of its own: each finds them for itself
            folder /= how[1].rpartition(":")[2]
            folder.mkdir(parents=True)
            ended = run(folder, "--manifest", manifest, "--poses", "poses", "--rate", "5", *how)
            assert ended.returncode == 1, ended.stderr
            told = sorted(ended.stderr.splitlines())
            assert len(told) == len(broken)
            names = sorted(f"formcheck: clips/{one}: " for one in broken)
            for name, line in zip(names, told, strict=True):
                assert line.startswith(name)
            assert f"{N_CLIPS} rows of {N_CLIPS} clips, {len(broken)} failed" in ended.stdout
            written.append((folder / "results.csv").read_bytes())
    assert written[0] == written[1] == written[2]
    rows = read(folder / "results.csv")
    assert [row["status"] for row in rows] == len(broken) * ["failed"] + (N_CLIPS - len(broken)) * [
        "ok"
    ]
    names = list(LINKED)
    for k, row in enumerate(rows[len(broken) :]):
        exercise, verdict = LINKED[names[k % len(names)]]
        assert (row["clip"], row["person"]) == (f"clips/{k:03d}.mp4", f"P{k % 17}")
        assert (row["exercise"], row["verdict"]) == (exercise, verdict)
        assert row["exercise_source"] == ("given" if k > 7 else "detected")
