"""``formcheck analyze --routine``: a recorded session against its plan."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import formcheck
from formcheck.cli.main import app
from formcheck.pose.track import PoseTrack
from formcheck.pose.track_file import save_track
from tests.support.builders import join_tracks, mirror_track

SHORT = """\
id = "short"
name = "A short session"
sources = ["A test"]
steps = [
    { exercise = "half-kneeling", sets = 1, hold_s = 6 },
    { exercise = "lunge-stretch", sets = 1, hold_s = 60 },
]
"""


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["analyze", *(str(a) for a in arguments)])


@pytest.fixture(scope="module")
def session(sample_tracks: dict[str, PoseTrack], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half-kneeling on one side, on the other, standing, a lunge."""
    kneel, stand = sample_tracks["half-kneeling_good25"], sample_tracks["standing-stretch_good"]
    track = join_tracks(join_tracks(kneel, mirror_track(kneel)), stand)
    path = tmp_path_factory.mktemp("session") / "session.npz"
    save_track(join_tracks(track, sample_tracks["lunge-stretch_good"]), path)
    return path


@pytest.fixture
def routine(tmp_path: Path) -> Path:
    path = tmp_path / "short.toml"
    path.write_text(SHORT, encoding="utf-8")
    return path


def test_the_result_holds_the_plan(session: Path, routine: Path) -> None:
    called = call(session, "--routine", routine, "--json", "-")
    assert called.exit_code == 0, called.output
    loaded = json.loads(called.stdout)
    assert loaded["schema"] == 1
    plan = loaded["plan"]
    assert (plan["routine"], plan["name"]) == ("short", "A short session")
    kneeling = [s for s in plan["sets"] if s["exercise"] == "half-kneeling"]
    assert [(s["side"], s["status"]) for s in kneeling] == [("left", "done"), ("right", "done")]
    lunges = {s["side"]: s for s in plan["sets"] if s["exercise"] == "lunge-stretch"}
    assert sorted(s["status"] for s in lunges.values()) == ["missing", "short"]
    assert [e["exercise"] for e in plan["extra"]] == ["standing-stretch"]
    assert (plan["n_done"], plan["n_asked"], plan["complete"]) == (2, 4, False)
    for one in (*plan["sets"], *plan["extra"]):
        if one["index"] is not None:
            done = loaded["sets"][one["index"]]
            assert (done["exercise"], done["side"]) == (one["exercise"], one["side"])
            assert done["good_hold_s"] == one["done"]


def test_the_plan_is_printed(session: Path, routine: Path, tmp_path: Path) -> None:
    called = call(session, "--routine", routine, "--out", tmp_path / "out")
    assert called.exit_code == 0, called.output
    assert "A short session" in called.stdout
    last = next(line for line in called.stdout.splitlines() if "2 of 4 done" in line)
    assert "; missing: lunge-stretch " in last
    assert "; short: lunge-stretch " in last
    assert " of 60 s)" in last
    assert "; extra: standing-stretch " in last
    [row] = [line for line in called.stdout.splitlines() if line.split()[-1:] == ["missing"]]
    assert row.split()[:2] == ["2", "lunge-stretch"]
    assert "60 s" in row
    written = json.loads((tmp_path / "out" / "result.json").read_text())
    assert written["plan"]["n_done"] == 2


def test_a_routine_by_its_id_and_from_python(session: Path) -> None:
    result = formcheck.analyze(session, routine="daily-relief")
    assert result.plan is not None
    assert (result.plan.routine, result.plan.n_asked) == ("daily-relief", 10)
    assert result.plan.sets[-1].status == "missing"
    assert formcheck.analyze(session).plan is None


def test_a_routine_of_a_folder_of_ones_own(session: Path, routine: Path) -> None:
    own = routine.parent / "routines"
    own.mkdir()
    routine.rename(own / routine.name)
    asked = ("--exercises", routine.parent, "--routine", "short", "--json", "-")
    called = call(session, *asked)
    assert called.exit_code == 0, called.output
    assert json.loads(called.stdout)["plan"]["n_asked"] == 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--routine", "daily-releif"], "did you mean daily-relief"),
        (["--routine", "nothing.toml"], "nothing.toml: file: no such file"),
        (
            ["--routine", "daily-relief", "--exercise", "half-kneeling"],
            "--routine sets the exercises and sides",
        ),
        (["--routine", "daily-relief", "--side", "left"], "leave out --exercise and --side"),
    ],
)
def test_a_wrong_routine_says_so(session: Path, arguments: list[str], said: str) -> None:
    called = call(session, "--json", "-", *arguments)
    assert called.exit_code == 2
    assert said in " ".join(called.stderr.split())
    assert "Traceback" not in called.stderr
    assert called.stdout == ""


def test_python_says_so_too(session: Path) -> None:
    with pytest.raises(ValueError, match="a routine: has its own exercises and sides"):
        formcheck.analyze(session, routine="daily-relief", exercise="half-kneeling")
