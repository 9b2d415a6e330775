"""``formcheck doctor``: one line a part, and the fix for what does not work."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

from formcheck.app import doctor
from formcheck.app.doctor import Finding
from formcheck.cli.main import app
from formcheck.history.store import History
from formcheck.runtime.environment import block_metrics_upload
from formcheck.video import camera as camera_module
from tests.support.cameras import numbered, wait_until
from tests.support.display import DISPLAY_NAMES, open_screen
from tests.support.live_process import LiveProcess
from tests.support.speech import Machine
from tests.support.stream import MjpegServer, reel_of_images

PARTS = ["camera", "model", "codecs", "display", "voice", "disk", "silence"]
NOWHERE = "http://127.0.0.1:9/video"
FAKED = ("_check_camera", "_check_model", "_check_codecs", "_check_display", "_check_voice")


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["doctor", *(str(a) for a in arguments)])


def read(result: Result) -> dict[str, tuple[str, str]]:
    """Part to its state and what is said of it, in order."""
    rows = [line.split(maxsplit=2) for line in result.stdout.splitlines()]
    return {part: (state, text) for state, part, text in rows}


@pytest.fixture(scope="module")
def camera() -> Iterator[str]:
    with MjpegServer(reel_of_images([numbered(k) for k in range(60)]), loop=True) as server:
        yield server.url


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Neither a display nor a sound output, unless the test adds one."""
    for name in DISPLAY_NAMES:
        monkeypatch.delenv(name, raising=False)
    return Machine(tmp_path, monkeypatch)


@pytest.fixture
def other_parts_are_well(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in FAKED:
        well = Finding(name.removeprefix("_check_"), "ok", "well")
        monkeypatch.setattr(doctor, name, lambda *_, well=well: well)


def test_what_live_can_do_without_is_limited(camera: str, machine: Machine) -> None:
    machine.fake_output("no device")
    machine.fake_engine()
    result = call("--camera", camera, "--data", machine.folder / "data")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    found = read(result)
    assert list(found) == PARTS
    states = {part: state for part, (state, _) in found.items() if part != "model"}  # how fast
    assert states == {
        **{part: "ok" for part in PARTS if part != "model"},
        "display": "limited", "voice": "limited",
    }  # fmt: skip
    assert found["camera"][1].startswith(f"{camera}: 320x180, ")
    assert found["model"][1].startswith("full: runs, ")
    assert found["display"][1].startswith(
        "no window can be opened: no display → start it from a desktop"
    )
    what, fix = found["voice"][1].split(" → ")
    assert what.startswith("no voice and no chimes: this machine has no sound output that works (")
    assert what.endswith(")"), "its cause is no fix"
    assert fix == "connect or switch on a speaker, then start again"
    assert "0 sets remembered" in found["disk"][1]


def test_where_all_is_well_nothing_needs_a_fix(camera: str, machine: Machine) -> None:
    machine.fake_output()
    machine.fake_engine()
    with open_screen() as screen, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPLAY", screen)
        options = ("--camera", camera, "--data", machine.folder / "data", "--model", "lite")
        result = call(*options)
        quiet = call(*options, "--quiet")
    assert {state for state, _ in read(result).values()} == {"ok"}, result.output
    assert "→" not in result.stdout
    assert read(result)["voice"][1] == "it just said: Can you hear me from the mat?"
    assert (result.exit_code, quiet.exit_code, quiet.stdout) == (0, 0, "")


@pytest.mark.parametrize(("hears", "state"), [(True, "ok"), (False, "limited")])
def test_it_asks_whether_the_voice_was_heard(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, hears: bool, state: str
) -> None:
    machine.fake_output()
    machine.fake_engine()
    asked: list[str] = []

    def answer(question: str) -> bool:
        asked.append(question)
        return hears

    for name in FAKED[:-1]:
        monkeypatch.setattr(doctor, name, lambda *_: Finding("other", "ok", "well"))
    found = doctor.examine(data=machine.folder / "data", hears=answer)
    voice = next(one for one in found if one.part == "voice")
    assert voice.state == state
    assert asked == ["Did you hear “Can you hear me from the mat?”?"]


def test_cameras_and_voices_are_listed_without_a_check(machine: Machine) -> None:
    listed = call("--voices")
    assert listed.exit_code == 0
    assert "en-gb" in listed.stdout.split()
    assert call("--cameras").exit_code == 0


def test_without_a_camera_live_cannot_work(tmp_path: Path) -> None:
    """In a process of its own, whose every word is seen."""
    with LiveProcess(tmp_path, "doctor", "--quiet", "--camera", NOWHERE) as process:
        assert process.end() == 1
        assert process.stderr == "A live session cannot work here yet.\n"
        first, *others = process.lines
    told = f"{NOWHERE}: nothing is listening on port 9 → start the camera app, or check the port"
    assert first == f"BROKEN   camera   {told}", "no advice on webcams"
    assert all(line.startswith("limited  ") for line in others), "only what needs fixing"


def test_a_camera_that_stops_sending_is_broken_and_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor, "LOOK_S", 5.0)
    with MjpegServer(reel_of_images([numbered(k) for k in range(60)]), loop=True) as server:

        def stall() -> None:
            wait_until(lambda: server.n_sent >= 3)
            server.stall()

        stalling = threading.Thread(target=stall)
        stalling.start()
        found = next(iter(doctor.examine(server.url)))
        stalling.join()
    assert (found.part, found.state) == ("camera", "broken")
    assert found.text == f"{server.url}: The camera sends nothing"
    assert found.fix is not None


def test_a_slow_camera_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    reel = reel_of_images([numbered(k) for k in range(60)], rate_hz=4)
    with MjpegServer(reel, loop=True) as server:
        found = next(iter(doctor.examine(server.url)))
    assert (found.part, found.state) == ("camera", "limited")
    assert "4 frames a second" in found.text
    assert found.fix is not None
    assert "more light" in found.fix


def test_a_camera_that_opens_slowly_is_told_and_well(
    camera: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "SLOW_TO_OPEN_S", 0.0)
    monkeypatch.setattr(camera_module, "_TELL_S", 0.0)
    told: list[str] = []
    found = next(iter(doctor.examine(camera, tell=told.append)))
    assert found.state == "ok"
    assert "opens in" in found.text
    assert told[0].endswith("is still opening: some cameras take half a minute")


@pytest.mark.parametrize(
    ("model", "took_s", "state"),
    [("full", 0.12, "ok"), ("full", 0.15, "limited"), ("lite", 0.5, "ok")],
)
def test_the_lite_model_is_recommended_where_the_full_one_is_too_slow(
    monkeypatch: pytest.MonkeyPatch, model: str, took_s: float, state: str
) -> None:
    now_s = 0.0

    class Slow:
        model_name = model

        def __init__(self, *_: object, **__: object) -> None: ...

        def estimate(self, frame: object) -> None:
            nonlocal now_s
            now_s += took_s

        def __enter__(self) -> Slow:
            return self

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr("formcheck.pose.model.PoseEstimator", Slow)
    monkeypatch.setattr(doctor, "time", SimpleNamespace(perf_counter=lambda: now_s))
    found = doctor._check_model(model)
    assert found.state == state
    assert (found.fix or "").startswith("give --model lite" if state == "limited" else "")


def test_a_missing_model_is_broken(tmp_path: Path) -> None:
    findings = doctor.examine(NOWHERE, str(tmp_path / "mine.task"))
    assert next(findings).state == "broken"
    model = next(findings)
    assert (model.part, model.state) == ("model", "broken")
    assert model.text.endswith("mine.task")
    assert model.fix is not None
    assert "mine.task" not in model.fix


@pytest.mark.usefixtures("other_parts_are_well")
def test_a_history_that_is_none_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    file.write_text("not a database " * 100)
    result = call("--data", tmp_path)
    assert result.exit_code == 0, result.output
    state, text = read(result)["disk"]
    assert state == "limited"
    assert f"{file}: it is not a formcheck history, or it is damaged" in text
    assert "→ give --data DIR, or live --no-history" in text
    assert file.read_text() == "not a database " * 100


@pytest.mark.usefixtures("other_parts_are_well")
def test_without_a_home_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_none(_: str) -> Path:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr("formcheck.history.store.user_data_path", find_none)
    result = call()
    assert result.exit_code == 0, result.output
    state, text = read(result)["disk"]
    assert state == "limited"
    assert text.startswith("the history: there is no home directory to keep it in: set HOME")


@pytest.mark.usefixtures("other_parts_are_well")
def test_what_is_remembered_is_counted_and_little_room_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    History(tmp_path / "history.sqlite3").close()
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(9, 9, 3e8))
    state, text = read(call("--data", tmp_path))["disk"]
    assert state == "limited"
    assert "0 sets remembered, 0 GB free → free some space" in text


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Something listens where the metrics are sent to die."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with monkeypatch.context() as patch:
            patch.setattr("formcheck.runtime.environment.NOWHERE", f"http://127.0.0.1:{port}")
            yield port
    block_metrics_upload()


@pytest.mark.usefixtures("other_parts_are_well")
def test_silence_is_broken_where_something_takes_the_metrics(
    listening: int, tmp_path: Path
) -> None:
    result = call("--data", tmp_path, "--quiet")
    assert result.exit_code == 1
    [line] = [line for line in result.stdout.splitlines() if "silence" in line]
    assert line.startswith("BROKEN ")
    assert f"something is listening on 127.0.0.1:{listening}" in line
    assert line.endswith(f"→ stop the program that listens on port {listening}")


@pytest.mark.usefixtures("other_parts_are_well")
def test_silence_is_broken_where_the_block_does_not_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("formcheck.runtime.environment.block_metrics_upload", lambda: None)
        os.putenv("no_proxy", "*")
        result = call("--data", tmp_path)
    block_metrics_upload()
    assert result.exit_code == 1
    assert read(result)["silence"][0] == "BROKEN"
    assert "is not blocked" in result.stdout


def test_help_shows_an_example() -> None:
    text = call("--help").stdout
    assert "formcheck doctor --camera 1" in text
