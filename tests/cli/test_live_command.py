"""``formcheck live`` as a user types it: however it ends, what was done is kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner
from typer.testing import Result as Called

from formcheck import language
from formcheck.cli import stopping
from formcheck.cli.main import app
from formcheck.history.past import PastSet
from formcheck.history.store import History
from formcheck.judging.neutral import CALIBRATE_S
from formcheck.result.models import Result
from formcheck.video.clip import Clip
from tests.support.display import ask_to_close, find_window, open_screen, run
from tests.support.german import list_english
from tests.support.live_process import LiveProcess, make_kneeling, make_leaving
from tests.support.stream import StreamProcess

NO_DISPLAY = "formcheck: no window can be opened: no display: showing the session in the terminal"
STOPPED = "formcheck: stopped; what was done so far is kept"
WRITING = "formcheck: still writing"
"""Told where a disk is slow, and no fault."""
HISTORY = {"data/history.sqlite3"}


def call(*arguments: str | Path, stdin: str | None = None) -> Called:
    return CliRunner().invoke(app, ["live", *(str(a) for a in arguments)], input=stdin)


def read_result(path: Path) -> Result:
    return Result.model_validate_json(path.read_text())


def remembered(folder: Path, person: str | None = None) -> list[PastSet]:
    with History(folder / "data" / "history.sqlite3") as history:
        return history.sets(person)


@pytest.fixture(scope="module")
def kneeling(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A camera before which someone kneels well, for ever."""
    clip = make_kneeling(tmp_path_factory.mktemp("clips"), samples)
    with StreamProcess([clip], "--loop") as server:
        yield server.url


@pytest.fixture(scope="session")
def screen() -> Iterator[str]:
    with open_screen() as name:
        yield name


@pytest.mark.paced
@pytest.mark.slow
@pytest.mark.parametrize(
    ("signum", "times", "code"),
    [(signal.SIGINT, 1, 130), (signal.SIGINT, 6, 130), (signal.SIGTERM, 1, 143),
     (signal.SIGHUP, 1, 129)],
    ids=["SIGINT", "impatient SIGINT", "SIGTERM", "SIGHUP"],
)  # fmt: skip
def test_a_signal_in_the_middle_of_a_hold_keeps_all(
    kneeling: str, tmp_path: Path, signum: signal.Signals, times: int, code: int
) -> None:
    if signum == signal.SIGHUP and signal.getsignal(signum) is signal.SIG_IGN:
        pytest.skip("under nohup the command ignores it too, as it shall")
    (tmp_path / "r.json").write_text("of yesterday")
    with LiveProcess(
        tmp_path, "live", "half-kneeling", "--sets", "1", "--hold", "30", "--camera", kneeling,
        "--no-window", "--json", "r.json", "--record", "r.mp4", "--report", "r.html", "--force",
        "--data", "data", "--person", "me",
    ) as live:  # fmt: skip
        live.wait_for_line("right side, set 1 of 1: work: ")
        for _ in range(times):
            live.send(signum)
            time.sleep(0.033)
        assert live.end() == code
        told = [line for line in live.stderr.splitlines() if WRITING not in line]
        assert told == [STOPPED]
        assert f"{kneeling}: half-kneeling, PASS" in live.stdout
        assert "1 half-kneeling  right  1" in live.stdout
        assert live.lines[-3:] == ["  → r.mp4", "  → r.json", "  → r.html"]
        assert live.files() == {"r.json", "r.mp4", "r.html", *HISTORY}, "nothing temporary is left"
        assert "Well done" not in live.stdout
    result = read_result(tmp_path / "r.json")
    [one] = result.sets
    assert (result.person, one.side, one.verdict) == ("me", "right", "pass")
    assert one.good_hold_s > 1
    with Clip(tmp_path / "r.mp4") as recording:
        assert sum(1 for _ in recording.frames()) > 30
    page = (tmp_path / "r.html").read_text()
    assert f"Good hold: {round(one.good_hold_s, 1):g} of 30 s" in page
    assert '<video id="video" src="r.mp4"' in page
    assert page.count('<div class="plot"') >= 3, "each angle over time"
    assert "<img" not in page, "no picture of anybody"
    [row] = remembered(tmp_path, "me")
    assert (row.source, row.good_hold_s, row.target, row.unit) == (
        "live", one.good_hold_s, 30, "s",
    )  # fmt: skip


def test_a_repeated_signal_breaks_into_nothing_unless_it_takes_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        for _ in range(2):  # each command listens anew
            stopping.listen()
            with pytest.raises(stopping.Stopped):
                signal.raise_signal(signal.SIGINT)
            for again in before:
                signal.raise_signal(again)
        monkeypatch.setattr(stopping, "FORCED_AFTER_S", 0.0)
        with pytest.raises(stopping.Stopped):
            signal.raise_signal(signal.SIGTERM)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
        stopping.listen()
        signal.raise_signal(signal.SIGHUP)
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@pytest.mark.paced
@pytest.mark.slow
@pytest.mark.parametrize("way", ["q", "the close button"])
def test_the_window_ends_it(screen: str, kneeling: str, tmp_path: Path, way: str) -> None:
    with LiveProcess(
        tmp_path, "live", "half-kneeling", "--camera", kneeling, "--data", "data",
        "--record", "r.mp4", display=screen,
    ) as live:  # fmt: skip
        # Not before: another is opened for a moment, to see whether one can be.
        live.wait_until(lambda: live.said, "the session goes on")
        live.wait_until(lambda: any(".r.mp4" in name for name in live.files()), "it is recorded")
        window = find_window(live.environment)
        if way == "q":
            run(live.environment, "xdotool", "windowfocus", "--sync", window)
            run(live.environment, "xdotool", "key", "q")
        else:
            ask_to_close(screen, int(window))
        assert live.end() == 0
        assert live.stderr == ""
        assert f"{kneeling}: half-kneeling, " in live.stdout
        assert live.lines[-1] == "  → r.mp4"
        assert live.files() == {"r.mp4", *HISTORY}
    with Clip(tmp_path / "r.mp4") as recording:
        assert (recording.width_px, recording.height_px) == (1280, 720), "as the window was"


@pytest.fixture(scope="module")
def brief(kneeling: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveProcess]:
    """The command without a name and without a display, for two seconds."""
    folder = tmp_path_factory.mktemp("brief")
    with LiveProcess(
        folder, "live", "--camera", kneeling, "--seconds", "2", "--model", "lite", "--stats",
        "--json", "r.json", "--no-history",
    ) as live:  # fmt: skip
        yield live


@pytest.mark.paced
def test_it_stops_by_itself(brief: LiveProcess) -> None:
    assert brief.end() == 0
    assert "0 of 10 done; missing: half-kneeling" in brief.stdout


@pytest.mark.paced
def test_without_a_name_it_is_the_daily_routine(brief: LiveProcess) -> None:
    brief.end()
    plan = read_result(brief.folder / "r.json").plan
    assert plan is not None
    assert plan.routine == "daily-relief"


@pytest.mark.paced
def test_without_a_display_it_says_so_and_nothing_else_talks(brief: LiveProcess) -> None:
    """No chatter of the model, the codecs or the camera beside what was asked for."""
    brief.end()
    first, speed = brief.stderr.splitlines()
    assert first == NO_DISPLAY
    assert speed.startswith("speed: ")
    assert " a second; from capture to the screen " in speed
    assert any(": set up: " in line for line in brief.lines), "the terminal view"


@pytest.mark.paced
def test_the_model_is_named(brief: LiveProcess) -> None:
    brief.end()
    assert read_result(brief.folder / "r.json").model == "lite"


@pytest.mark.paced
def test_nothing_is_remembered_if_not_wanted(brief: LiveProcess) -> None:
    brief.end()
    assert brief.files() == {"r.json"}


@pytest.mark.paced
def test_the_result_can_be_alone_on_stdout(kneeling: str, tmp_path: Path) -> None:
    """What cannot be kept is told, and costs nothing else."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "history.sqlite3").write_text("no history " * 100)
    with LiveProcess(
        tmp_path, "live", "lunge-stretch", "--side", "left", "--camera", kneeling, "--no-window",
        "--seconds", "1.5", "--json", "-", "--data", "data",
    ) as live:  # fmt: skip
        assert live.end() == 2
        [line] = live.lines
        assert json.loads(line)["exercise"] == "lunge-stretch"
        *shown, problem = live.stderr.splitlines()
    assert problem.startswith(
        "formcheck: data/history.sqlite3: it is not a formcheck history, or it is dam"
    )
    assert all(": set up: " in line or ": get into position: " in line for line in shown)
    assert shown


@pytest.mark.paced
@pytest.mark.slow
def test_a_clip_played_as_the_camera_is_judged_to_its_end_and_not_remembered(
    samples: Path, tmp_path: Path
) -> None:
    clip = make_leaving(tmp_path, samples, 4.5)
    home = tmp_path / "home"
    home.mkdir()
    with LiveProcess(
        home, "live", "half-kneeling", "--camera", clip, "--no-window", "--seconds", "20",
        "--json", "r.json", "--data", "data",
    ) as live:  # fmt: skip
        live.wait_for_line("done: All done")
        assert live.end() == 0, live.stderr
        assert live.files() == {"r.json"}
    result = read_result(home / "r.json")
    assert result.clip == "leaves.mp4"
    assert result.sets[0].good_hold_s == pytest.approx(4.5, abs=1.3)


@pytest.mark.paced
@pytest.mark.slow
def test_a_killed_session_has_kept_its_finished_sets(samples: Path, tmp_path: Path) -> None:
    clip = make_leaving(tmp_path, samples, 20.0)  # nothing is held while the neutral is asked for
    home = tmp_path / "home"
    home.mkdir()
    with (
        StreamProcess([clip]) as server,
        LiveProcess(
            home, "live", "half-kneeling", "--camera", server.url, "--no-window",
            "--json", "r.json", "--data", "data", "--person", "me",
        ) as live,
    ):  # fmt: skip
        live.wait_until((home / "r.json").exists, "the set is written")
        live.wait_until(lambda: (home / "data" / "history.sqlite3").exists(), "the history")
        live.wait_until(lambda: remembered(home, "me"), "the set is remembered")
        live.send(signal.SIGKILL)
        assert live.end() == -signal.SIGKILL
        assert live.files() - {"data/history.sqlite3-wal", "data/history.sqlite3-shm"} == {
            "r.json", *HISTORY,
        }, "nothing half-written"  # fmt: skip
    [one] = read_result(home / "r.json").sets
    assert (one.side, one.verdict) == ("right", "pass")
    assert 3.0 <= one.good_hold_s <= 20.0 - CALIBRATE_S
    [row] = remembered(home, "me")
    assert row.good_hold_s == one.good_hold_s


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--json", "there.json"], "there.json: already exists: give another name, or --force"),
        (["--record", "there.mp4"], "there.mp4: already exists: give another name, or --force"),
        (["--report", "there.html"], "there.html: already exists: give another name, or --force"),
        (["--report", "data.d", "--force"], "data.d: is a folder: give a file's name"),
        (["--report", "-"], "--report writes a page"),
        (["--report", "there.json/a.html"], "there.json is not a folder: give another place"),
        (["arch-check", "--report", "a.html"], "arch-check is asked"),
        (["--record", "film.avi"], "a name that ends in .mp4"),
        (["half-kneling"], "'half-kneling': is neither an exercise nor a routine: did you mean"),
        (["half-kneling", "--hold", "20"], "did you mean half-kneeling"),
        (["daily-releif"], "did you mean daily-relief"),
        (["???"], "there are daily-relief, reach-bend-drop, "),
        (["mine.toml"], "mine.toml: file: no such file"),
        (["--sets", "101"], "daily-relief: sets: Input should be less than"),
        (["daily-relief", "--hold", "0"], "--hold must be above 0 seconds"),
        (["--rest", "-1"], "--rest"),
        (["--rest", "inf"], "--rest must be a number of seconds"),
        (["--countdown", "-1"], "--countdown"),
        (
            ["--camera", "http://no.such.host.invalid/video"],
            "there is no host no.such.host.invalid",
        ),
        (["--camera", "htp://10.0.0.7/video"], "is not a camera"),
        (["donkey-kick", "--hold", "20"], "'donkey-kick': counts repetitions"),
        (["half-kneeling", "--hold", "0"], "--hold must be above 0 seconds"),
        (["half-kneeling", "--hold", "nan"], "--hold must be above 0 seconds"),
        (["--seconds", "nan"], "--seconds must be above 0"),
        (["--seconds", "-1"], "--seconds must be above 0"),
        (["half-kneeling", "--sets", "101"], "half-kneeling: sets: Input should be less than"),
        (["half-kneeling", "--sets", "0"], "--sets"),
        (["--neutral", "missing.json"], "missing.json"),
        (["--model", "missing.task"], "missing.task"),
        (["--side", "middle"], "middle"),
        (["--exercises", "missing"], "missing: no such folder"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    there = [Path("there.json"), Path("there.mp4"), Path("there.html")]
    for path in there:
        path.write_text("mine")
    Path("data.d").mkdir()
    monkeypatch.setattr("formcheck.video.clip_camera.open_camera", None)
    result = call(*arguments, "--data", "data")
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    assert [path.read_text() for path in there] == ["mine"] * 3
    assert not Path("data").exists()


@pytest.mark.parametrize(
    ("camera", "said"),
    [
        ("http://127.0.0.1:9/video", "nothing is listening on port 9: start the camera app"),
        ("99", "camera 99: there is no such camera"),
    ],
)
def test_no_camera_is_one_line_that_says_what_to_do(tmp_path: Path, camera: str, said: str) -> None:
    with LiveProcess(
        tmp_path, "live", "--camera", camera, "--no-window", "--json", "r.json",
        "--record", "r.mp4", "--data", "data",
    ) as live:  # fmt: skip
        assert live.end() == 2
        [line] = live.stderr.splitlines()
        assert line.startswith("formcheck: ")
        assert said in line
        assert live.stdout == ""
        assert live.files() == set()


def test_a_question_is_asked_and_its_answer_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ("--json", "r.json", "--data", "data", "--person", "me")
    result = call("arch-check", *options, stdin="7\nhalf\n0\n2\n")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("Number:") == 4, "it asks until it has an answer"
    assert result.output.count("Error: give a number from 1 to 3") == 3
    assert "2. half of it" in result.stdout
    assert "normal. A hint, not a finding" in result.stdout
    kept = read_result(tmp_path / "r.json")
    [one] = kept.sets
    assert one.measured == {"answer": "half of it", "verdict": "normal"}
    assert [note.code for note in kept.warnings] == ["caveat"]
    [row] = remembered(tmp_path, "me")
    assert (row.exercise, row.measured, row.target) == ("arch-check", one.measured, None)


def test_a_question_leaves_stdout_to_the_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    result = call("arch-check", "--json", "-", "--no-history", stdin="1\n")
    assert result.exit_code == 0, result.output
    [line] = result.stdout.splitlines()
    assert json.loads(line)["sets"][0]["measured"]["verdict"] == "likely anterior tilt"
    assert "1. the whole hand" in result.stderr
    assert list(tmp_path.iterdir()) == [], "nothing is remembered"


def test_a_question_is_asked_in_german(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "_used", "en")
    result = call("arch-check", "--language", "de", "--no-history", stdin="7\n2\n")
    assert result.exit_code == 0, result.output
    assert list_english(*result.output.replace("Error", "").splitlines()) == []


def test_a_question_without_an_answer_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = call("arch-check", "--json", "r.json", "--data", "data", stdin="4\n")
    assert result.exit_code == 2
    assert (
        result.stderr.splitlines()[-1]
        == "formcheck: the question: no answer: give a number from 1 to 3"
    )
    assert "Aborted" not in result.output
    assert list(tmp_path.iterdir()) == []


def test_help_is_light_and_has_an_example() -> None:
    code = (
        "import sys; from formcheck.cli.main import app; app(['live', '--help'], "
        "standalone_mode=False); heavy = {'mediapipe', 'cv2', 'av', 'numpy'} & set(sys.modules); "
        "sys.exit(str(heavy) if heavy else 0)"
    )
    environment = {**os.environ, "COLUMNS": "100"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert "formcheck live half-kneeling --sets 1 --hold 20" in done.stdout
    assert "space pause, m mute, n next" in done.stdout


@pytest.mark.paced
@pytest.mark.slow
def test_what_could_not_be_kept_is_a_failure(tmp_path: Path, kneeling: str) -> None:
    """The session goes on to its end; the exit code tells that something is missing."""
    (tmp_path / "file").write_text("not a folder")
    with LiveProcess(
        tmp_path, "live", "half-kneeling", "--camera", kneeling, "--no-window", "--seconds", "3",
        "--data", "file", "--report", "r.html",
    ) as live:  # fmt: skip
        live.wait_until(lambda: live.lines, "it goes on")
        (tmp_path / "r.html").mkdir()  # no page can take its place
        assert live.end() == 2
        assert "half-kneeling" in live.stdout
        kept, page = live.stderr.splitlines()
        assert "file" in kept
        assert page.startswith("formcheck: r.html: cannot be written")
        assert "→ r.html" not in live.stdout
        assert live.files() == {"file"}, "nothing temporary is left"
