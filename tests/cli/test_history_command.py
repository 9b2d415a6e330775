"""``formcheck history`` as a user types it, and ``analyze --remember``."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from formcheck.cli.history_view import ProgressView
from formcheck.cli.main import app
from formcheck.exercises.load import list_exercises
from formcheck.exercises.routine import Routine
from formcheck.history import review
from formcheck.history.past import PastMedian
from formcheck.history.progress import look_back
from formcheck.history.store import History
from tests.support.days import past
from tests.support.months import HOME, TODAY, fill
from tests.support.past_sets import NOON, add, make_set, read_only

RUN = (sys.executable, "-W", "error", "-m", "formcheck.cli.main", "history")


def call(*arguments: str | Path, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, ["history", *(str(a) for a in arguments)], input=typed)


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review, "find_today", lambda _: TODAY)


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three months of Ann, and two sets of nobody in particular; not to be written to."""
    folder = tmp_path_factory.mktemp("months")
    with History(folder / "history.sqlite3") as history:
        fill(history)
        for k in range(2):
            add(history, make_set(float(k)), person=None, at=NOON, session="x")
    return folder


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Three sets of Ann, one of Ben."""
    folder = tmp_path / "kept"
    with History(folder / "history.sqlite3") as history:
        for k in range(3):
            add(history, make_set(float(k)), person="Ann")
        add(history, make_set(9.0), person="Ben", at=NOON + timedelta(days=1))
    return folder


# --- show -------------------------------------------------------------------------------------


def test_it_shows_three_months_in_eighty_columns(months: Path) -> None:
    result = call("show", "--data", months, "--person", "Ann")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "Ann, 20 Nov 2026"
    assert lines[1] == "80 days of practice since 23 Aug 2026, now in week 14."
    assert lines[2] == "13 days in a row, 23 at best. Today is done."
    assert max(map(len, lines)) <= 80
    assert not any(line != line.rstrip() for line in lines)
    assert "\x1b" not in result.stdout
    heads = [line for line in lines if line and lines[lines.index(line) - 1] == ""]
    assert heads[:5] == [
        "This week: Daily relief, once a day  complete on 1 of 5 days so far",
        "Week by week",
        "Range since 24 Aug",
        "Left and right",
        "Faults per minute in position",
    ]
    assert "16 Nov  ●●●●●     23.2 min   21.8 min         16             0.8" in lines


def test_a_long_name_is_cut_after_its_hyphens_and_loses_nothing() -> None:
    name = "a-very-long-name-of-an-exercise-of-ones-own"
    exercises = list_exercises()
    exercises[name] = exercises["half-kneeling"].model_copy(update={"id": name})
    step = {"exercise": name, "sets": 2, "hold_s": 30.0}
    raw = {"id": "mine", "name": "Mine", "sources": ["a test"], "steps": [step]}
    routine = Routine.model_validate(raw, context=exercises)
    medians = {"rear_hip": PastMedian(-5.0, "deg")}
    sets = [past(TODAY, exercise=name, side=side, medians=medians) for side in ("left", "right")]
    found = look_back(sets, exercises, person=None, today=TODAY, routine=routine)
    for width in (80, 120):
        text = ProgressView(Console(width=width, highlight=False)).write(found, brief=True)
        assert "…" not in text
        assert max(map(len, text.splitlines())) <= 80
        lines = [line.strip() for line in text.splitlines()]
        starts = [k for k, line in enumerate(lines) if line.startswith("a-very-long")]
        assert len(starts) == 6, "two of this week, range, held, left and right, faults"
        for k in starts:
            cut = [line.split()[0].rstrip(":") for line in lines[k : k + 3] if line]
            assert any("".join(cut[:n]) == name for n in (1, 2, 3)), cut


def test_quiet_leaves_out_what_explains(months: Path) -> None:
    whole = call("show", "--data", months, "--person", "Ann").stdout
    brief = call("show", "--data", months, "--person", "Ann", "--quiet").stdout
    assert "medical" in whole
    assert "medical" not in brief
    assert "Week by week" in brief


def test_a_pipe_of_another_code_still_tells_days_apart(months: Path) -> None:
    done = subprocess.run(
        [*RUN, "show", "--data", months, "--person", "Ann"],
        env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, check=True,
        timeout=60,
    )  # fmt: skip
    [line] = [one for one in done.stdout.decode("ascii").splitlines() if one.startswith("12 Oct")]
    assert line.split()[2] == "xxx.xxx"


def test_whose_is_asked_for(months: Path, kept: Path) -> None:
    assert call("show", "--data", months).stdout.startswith("Nobody in particular, 20 Nov 2026")
    both = call("show", "--data", kept, "--everyone").stdout
    assert both.index("Ann, 20 Nov") < both.index("Ben, 20 Nov")
    near = call("show", "--data", kept, "--person", "Bem")
    assert near.exit_code == 2
    assert near.stderr == "formcheck: the history: no set of Bem is remembered: did you mean Ben?\n"
    nobody = call("show", "--data", kept)
    assert nobody.exit_code == 2
    assert "there are sets of Ann, Ben: see --person" in nobody.stderr
    assert call("show", "--data", kept, "--everyone", "--person", "Ann").exit_code == 2


@pytest.mark.parametrize("begun", [False, True])
def test_an_empty_history_says_how_to_fill_it(tmp_path: Path, begun: bool) -> None:
    if begun:
        History(tmp_path / "history.sqlite3").close()
    for name in ("show", "plot", "erase"):
        result = call(name, "--data", tmp_path, "--person", "Ann")
        assert result.exit_code == 0, result.output
        assert "Nothing is remembered yet" in result.stdout
        assert "`formcheck live` keeps every set" in result.stdout
    assert sorted(p.name for p in tmp_path.iterdir()) == ["history.sqlite3"] * begun


def test_a_damaged_history_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    file.write_text("not a database " * 100)
    for arguments in (["show"], ["plot"], ["export"], ["erase", "--yes"]):
        result = call(*arguments, "--data", tmp_path)
        assert result.exit_code == 2
        assert f"{file}: it is not a formcheck history, or it is damaged" in result.stderr
        assert len(result.stderr.splitlines()) == 1
    assert file.read_text() == "not a database " * 100
    assert [p.name for p in tmp_path.iterdir()] == ["history.sqlite3"]


def test_a_history_of_a_later_version_is_refused(kept: Path) -> None:
    file = kept / "history.sqlite3"
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA user_version = 99")
    before = file.read_bytes()
    result = call("erase", "--data", kept, "--everyone", "--yes")
    assert result.exit_code == 2
    assert "written by a later version of formcheck (version 99" in result.stderr
    assert file.read_bytes() == before


def test_the_week_is_held_against_the_routine_asked_for(months: Path) -> None:
    shown = call("show", "--data", months, "--person", "Ann", "--routine", "reach-bend-drop").stdout
    assert "This week: Reach, bend, drop" in shown
    wrong = call("show", "--data", months, "--person", "Ann", "--routine", "daily-releif")
    assert wrong.exit_code == 2
    assert "did you mean daily-relief?" in wrong.stderr
    assert "No routine was done recently" in call("show", "--data", months).stdout


def test_an_exercise_that_was_led_alone_is_the_plan(tmp_path: Path) -> None:
    with History(tmp_path / "history.sqlite3") as history:
        add(history, person=None, routine="childs-pose", at=NOON.replace(month=11, day=19))
    assert "This week: Wide-stance child's pose" in call("show", "--data", tmp_path).stdout


def test_an_exercise_that_is_not_known_is_said(tmp_path: Path) -> None:
    with History(tmp_path / "history.sqlite3") as history:
        add(history, make_set(exercise="my-own"), person=None, at=NOON.replace(month=11, day=19))
    text = " ".join(call("show", "--data", tmp_path).stdout.split())
    assert "Not known here: my-own. To see their range, give their folder" in text


def test_weeks_say_how_far_back(months: Path) -> None:
    shown = call("show", "--data", months, "--person", "Ann", "--weeks", "2").stdout
    assert "Range since 9 Nov" in shown
    assert "2 Nov" not in shown
    assert call("show", "--data", months, "--weeks", "0").exit_code == 2


def test_json_is_a_line_a_person(kept: Path, tmp_path: Path) -> None:
    lines = call("show", "--data", kept, "--everyone", "--json", "-").stdout.splitlines()
    assert [json.loads(line)["person"] for line in lines] == ["Ann", "Ben"]
    out = tmp_path / "ann.json"
    arguments = ("show", "--data", kept, "--person", "Ann", "--json", out)
    assert call(*arguments).stdout == ""
    assert json.loads(out.read_text())["n_sets"] == 3
    again = call(*arguments)
    assert again.exit_code == 2
    assert f"{out}: already exists" in again.stderr
    assert call(*arguments, "--force").exit_code == 0


def test_the_json_of_an_empty_history_is_json(tmp_path: Path) -> None:
    result = call("show", "--data", tmp_path, "--json", "-")
    assert json.loads(result.stdout)["n_sets"] == 0
    assert "Nothing is remembered yet" in result.stderr
    assert call("show", "--data", tmp_path, "--json", "-", "--everyone").stdout == ""


def test_the_plots_need_no_place_of_their_own(months: Path, tmp_path: Path) -> None:
    """What draws them would tell at length that it may not keep what it knows of fonts."""
    out = tmp_path / "page.html"
    done = subprocess.run(
        [*RUN, "plot", "--data", months, "--person", "Ann", "--out", out],
        env={**os.environ, "MPLCONFIGDIR": "/dev/null/fonts"}, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert out.read_text().endswith("</html>")


# --- export -----------------------------------------------------------------------------------


def test_export_prints_or_writes_all_sets(kept: Path, tmp_path: Path) -> None:
    printed = call("export", "--data", kept, "--everyone")
    rows = list(csv.DictReader(io.StringIO(printed.stdout)))
    assert [row["person"] for row in rows] == ["Ann", "Ann", "Ann", "Ben"]
    out = tmp_path / "sets.json"
    written = call("export", "--data", kept, "--person", "Ann", "--out", out)
    assert written.stdout == f"3 sets → {out}\n"
    assert len(json.loads(out.read_text())["sets"]) == 3
    before = out.read_text()
    again = call("export", "--data", kept, "--person", "Ben", "--out", out)
    assert again.exit_code == 2
    assert out.read_text() == before
    as_csv = call(
        "export", "--data", kept, "--person", "Ben", "--out", out, "--format", "csv", "--force"
    )
    assert as_csv.exit_code == 0
    assert out.read_text().startswith("at,day,person,")


def test_an_export_may_be_for_excel(tmp_path: Path) -> None:
    with History(tmp_path / "history.sqlite3") as history:
        add(history, person="Zoë")
    out, ann = tmp_path / "sets.csv", ("--data", tmp_path, "--everyone")
    assert call("export", *ann, "--out", out).exit_code == 0
    assert not out.read_bytes().startswith(b"\xef\xbb\xbf")
    assert call("export", *ann, "--out", out, "--force", "--excel", "semicolon").exit_code == 0
    text = out.read_bytes().decode("utf-8")
    assert text.startswith("\ufeffat;day;person;")
    [row] = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";")
    assert (row["person"], row["good_hold_s"]) == ("Zoë", "8,1")
    wrong = call("export", *ann, "--format", "json", "--excel", "comma")
    assert wrong.exit_code == 2
    assert "--excel is for CSV" in wrong.stderr


def test_export_keeps_every_letter_whatever_the_code_of_the_pipe(tmp_path: Path) -> None:
    with History(tmp_path / "history.sqlite3") as history:
        add(history, person="Žofie 李")
    done = subprocess.run(
        [*RUN, "export", "--data", tmp_path, "--everyone", "--format", "json"],
        env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, check=True,
        timeout=60,
    )  # fmt: skip
    assert json.loads(done.stdout.decode("utf-8"))["sets"][0]["person"] == "Žofie 李"


def test_an_export_of_nothing_is_a_table_of_nothing(tmp_path: Path) -> None:
    result = call("export", "--data", tmp_path)
    assert result.exit_code == 0
    assert result.stdout.startswith("at,day,person,")
    assert len(result.stdout.splitlines()) == 1
    assert "Nothing is remembered yet" in result.stderr


# --- erase ------------------------------------------------------------------------------------


def remembered(kept: Path) -> int:
    with History(kept / "history.sqlite3") as history:
        return len(history.sets(everyone=True))


@pytest.mark.parametrize("typed", ["n\n", "\n", ""])
def test_erase_asks_and_no_yes_erases_nothing(kept: Path, typed: str) -> None:
    result = call("erase", "--data", kept, "--person", "Ann", typed=typed)
    assert result.exit_code == 2
    assert "Erase 3 sets of Ann for good?" in result.stdout
    assert "nothing was erased" in result.stderr
    assert remembered(kept) == 4


def test_erase_erases_one_person(kept: Path) -> None:
    result = call("erase", "--data", kept, "--person", "Ann", typed="y\n")
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith("3 sets of Ann erased.\n")
    assert remembered(kept) == 1
    assert b"Ann" not in b"".join(p.read_bytes() for p in kept.iterdir())
    assert call("erase", "--data", kept, "--person", "Ann", "--yes").exit_code == 2


def test_erase_erases_everyone_unasked_if_told_so(kept: Path) -> None:
    result = call("erase", "--data", kept, "--everyone", "--yes")
    assert result.stdout == "4 sets of everyone erased.\n"
    assert remembered(kept) == 0


def keep_pages(data: Path) -> None:
    """As the app in a browser does: two sessions, and two reports of clips."""
    for place, person in enumerate(("Ann", "Bo")):
        for name in (f"sessions/{place}.json", f"clips/{place}/result.json"):
            path = data / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({"person": person}))
        (data / f"sessions/{place}.html").write_text("a page")
        (data / f"clips/{place}/report.html").write_text("a report")


def test_erase_erases_the_pages_of_that_person(kept: Path) -> None:
    keep_pages(kept)
    result = call("erase", "--data", kept, "--person", "Ann", "--yes")
    assert result.stdout == "3 sets and 2 pages of Ann erased.\n"
    left = {str(path.relative_to(kept)) for path in kept.rglob("*") if "history" not in path.name}
    files = {"sessions/1.json", "sessions/1.html", "clips/1/result.json", "clips/1/report.html"}
    assert left == {"sessions", "clips", "clips/1", *files}
    call("erase", "--data", kept, "--everyone", "--yes")
    assert [path for path in kept.rglob("*") if path.is_file() and "history" not in path.name] == []


def test_a_page_that_cannot_be_erased_is_told(kept: Path) -> None:
    keep_pages(kept)
    (kept / "sessions/0.json").write_text("[damaged")
    result = call("erase", "--data", kept, "--person", "Ann", "--yes")
    assert not (kept / "clips/0").exists(), "the others are erased"
    assert result.exit_code == 2
    assert "0.json: cannot be erased" in result.stderr
    assert remembered(kept) == 1


# --- analyze --remember -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def poses(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip's saved poses: judging them takes no time."""
    out = tmp_path_factory.mktemp("poses") / "kneel.npz"
    clip = samples / "half-kneeling_good25.mp4"
    arguments = ["analyze", str(clip), "--no-video", "--json", "-", "--poses", str(out)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return out


def analyze(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["analyze", *(str(a) for a in arguments)])


def test_a_clip_is_remembered_once_however_often(poses: Path, tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    for person in ("Anm", "Ann"):
        result = analyze(
            poses, "--out", out, "--remember", "--data", data, "--person", person, "--force"
        )
        assert result.exit_code == 0, result.output
        assert f"  → remembered: 1 set of {person}, " in result.stdout
        assert "(when the file was last changed)" in result.stdout
    with History(data / "history.sqlite3") as history:
        assert history.people() == ["Ann"]
        [one] = history.sets("Ann")
    assert (one.source, one.clip, one.side) == ("clip", "half-kneeling_good25.mp4", "right")
    assert one.good_hold_s == pytest.approx(31, abs=1)
    assert one.target == 30
    assert one.at.timestamp() == pytest.approx(poses.stat().st_mtime, abs=0.01)


def test_nothing_is_remembered_unless_asked_for(poses: Path, tmp_path: Path) -> None:
    result = analyze(poses, "--json", "-", "--data", tmp_path)
    assert result.exit_code == 2
    assert "give --remember as well" in result.stderr
    assert not list(tmp_path.iterdir())


def test_with_json_on_stdout_nothing_else_is_there(poses: Path, tmp_path: Path) -> None:
    result = analyze(poses, "--json", "-", "--remember", "--data", tmp_path)
    assert json.loads(result.stdout)["exercise"] == "half-kneeling"
    assert remembered(tmp_path) == 1


def test_a_history_that_cannot_be_used_is_said_before_the_work(poses: Path, tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    file.write_text("not a database " * 100)
    result = analyze(poses, "--out", tmp_path / "out", "--remember", "--data", tmp_path)
    assert result.exit_code == 2
    assert "damaged" in result.stderr
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_remembered_costs_no_result(
    poses: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from formcheck.errors import StoreError

    def fail(*_: object, **__: object) -> None:
        raise StoreError("history", "the disk is full")

    monkeypatch.setattr(History, "add_set", fail)
    out = tmp_path / "result.json"
    result = analyze(poses, "--json", out, "--remember", "--data", tmp_path)
    assert result.exit_code == 2
    assert result.stderr == "formcheck: history: the disk is full\n"
    assert json.loads(out.read_text())["exercise"] == "half-kneeling"
    assert remembered(tmp_path) == 0


@pytest.mark.parametrize(
    ("date", "at", "said"),
    [
        ("2026-05-31", "2026-05-31T12:00", "31 May 2026 12:00 (as you gave it)"),
        ("2026-05-31T07:30", "2026-05-31T07:30", "31 May 2026 07:30 (as you gave it)"),
        ("2026-05-31T23:10+05:30", "2026-05-31T23:10", "31 May 2026 23:10 (as you gave it)"),
    ],
)
def test_one_may_say_when_a_clip_was_recorded(
    poses: Path, tmp_path: Path, date: str, at: str, said: str
) -> None:
    out = tmp_path / "out"
    result = analyze(poses, "--out", out, "--remember", "--data", tmp_path, "--date", date)
    assert result.exit_code == 0, result.output
    assert said in result.stdout
    with History(tmp_path / "history.sqlite3") as history:
        [one] = history.sets()
    assert one.at.isoformat().startswith(at)


@pytest.mark.parametrize(
    ("date", "words"),
    [("yesterday", "give a day"), ("2026-13-01", "give a day"), ("2999-01-01", "is in the future")],
)
def test_a_date_that_is_none_is_said_before_the_work(
    poses: Path, tmp_path: Path, date: str, words: str
) -> None:
    out = tmp_path / "out"
    result = analyze(poses, "--out", out, "--remember", "--data", tmp_path, "--date", date)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert not out.exists()
    alone = analyze(poses, "--out", out, "--date", "2026-05-31")
    assert alone.exit_code == 2
    assert "give --remember as well" in alone.stderr


# --- when a day begins ------------------------------------------------------------------------


def test_when_a_day_begins_is_said_once(tmp_path: Path) -> None:
    evening = datetime.combine(TODAY, time(23), HOME)
    with History(tmp_path / "history.sqlite3") as history:
        for n in (0, 1, 2):  # at 23:00, at 01:00 of the next night and of the night after
            at = evening + timedelta(days=-n, hours=2 * bool(n))
            add(history, make_set(good_hold_s=30.0), session=f"{n}", at=at)
    ann = ("--data", tmp_path, "--person", "Ann")
    assert "2 days in a row" in call("show", *ann).stdout
    assert "3 days in a row" in call("show", *ann, "--day-starts", "4:00").stdout
    assert "3 days in a row" in call("show", *ann).stdout
    rows = list(csv.DictReader(io.StringIO(call("export", *ann).stdout)))
    assert [TODAY - timedelta(days=n) for n in (2, 1, 0)] == [
        date.fromisoformat(row["day"]) for row in rows
    ]
    rows = list(csv.DictReader(io.StringIO(call("export", *ann, "--day-starts", "00:00").stdout)))
    assert [row["day"] for row in rows] == [row["at"][:10] for row in rows]
    page = tmp_path / "page.html"
    assert call("plot", *ann, "--out", page, "--day-starts", "04:00").exit_code == 0
    assert "3 days in a row" in page.read_text(encoding="utf-8")
    for text in ("4", "12:00", "04:60", "noon"):
        wrong = call("show", *ann, "--day-starts", text)
        assert wrong.exit_code == 2
        assert "give a time from 00:00 to 11:59" in wrong.stderr


# --- where it cannot be kept ------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize("folder", [True, False], ids=["folder", "file"])
def test_a_read_only_history_is_shown_plotted_and_exported(folder: bool) -> None:
    with tempfile.TemporaryDirectory() as name:  # those above pytest's own are closed to others
        path = Path(name) / "data" / "history.sqlite3"
        out = Path(name) / "out"
        with History(path) as history:
            add(history)
        out.mkdir()
        out.chmod(0o777)
        Path(name).chmod(0o755)
        ann = ("--data", path.parent, "--person", "Ann")
        with read_only(path, folder=folder):
            for arguments in (
                ("show", *ann), ("plot", *ann, "--out", out / "a.html"),
                ("export", *ann, "--out", out / "a.csv"),
            ):  # fmt: skip
                result = call(*arguments)
                assert result.exit_code == 0, result.output
            late = call("show", *ann, "--day-starts", "04:00")
            assert late.exit_code == 0
            assert "applies to this run only: the history is read-only" in late.stderr
            refused = call("erase", *ann, "--yes")
        assert refused.exit_code == 2
        assert "folder writable" in refused.stderr
        assert remembered(path.parent) == 1
        assert "Ann" in (out / "a.html").read_text(encoding="utf-8")


NOBODY = """
import pwd, sys
def find_none(uid): raise KeyError(uid)
pwd.getpwuid = find_none
from formcheck.cli.main import app
sys.argv[0] = "formcheck"
app()
"""
"""As a user id that has no entry sees it."""


@pytest.mark.skipif(os.name != "posix", reason="user ids are POSIX's")
@pytest.mark.parametrize(
    "arguments",
    [("history", "show"), ("history", "plot"), ("history", "export"), ("history", "erase", "--yes"),
     ("analyze", "POSES", "--remember", "--out", "out")],
)  # fmt: skip
def test_without_a_home_it_says_what_to_do(
    poses: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    typed = [str(poses) if one == "POSES" else one for one in arguments]
    done = subprocess.run(
        [sys.executable, "-c", NOBODY, *typed], env={"PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == (
        "formcheck: the history: there is no home directory to keep it in: set HOME, or give "
        "--data DIR\n"
    )
    assert list(tmp_path.iterdir()) == []


# --- help -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["show", "plot", "export", "erase"])
def test_help_shows_an_example(name: str) -> None:
    text = call(name, "--help").stdout
    assert f"formcheck history {name}" in text
    for option in ("--person", "--data", "--quiet", "--debug"):
        assert option in text


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys\nfrom formcheck.cli.main import app\n"
        "try: app(['history', 'show', '--help'])\nexcept SystemExit: pass\n"
        "print([m for m in ('sqlite3', 'numpy', 'rich.table', 'jinja2', 'matplotlib', 'av')"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "[]"
