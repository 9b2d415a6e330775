"""``formcheck routines`` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from formcheck.cli.exercise_page import CAUTION
from formcheck.cli.main import app
from formcheck.exercises.load import list_exercises
from formcheck.exercises.routine import ROUTINES_DIR, list_routines

ROUTINES = list_routines()


def call(*arguments: str | Path, columns: int | None = None) -> Result:
    env = {"COLUMNS": None if columns is None else str(columns)}
    return CliRunner().invoke(app, ["routines", *(str(a) for a in arguments)], env=env)


def squeeze(text: str) -> str:
    """The words, however the lines are broken."""
    return " ".join(text.split())


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder of one's own with a routine that is right and one that is wrong."""
    folder = tmp_path / "own" / "routines"
    folder.mkdir(parents=True)
    text = (ROUTINES_DIR / "daily-relief.toml").read_text(encoding="utf-8")
    text = text.replace('id = "daily-relief"', 'id = "mornings"')
    (folder / "mornings.toml").write_text(text, encoding="utf-8")
    (folder / "evenings.toml").write_text('id = "evenings"\n', encoding="utf-8")
    return folder.parent


@pytest.mark.parametrize("columns", [None, 80, 120])
def test_the_list_has_a_line_for_each(columns: int | None) -> None:
    result = call("list", columns=columns)
    assert result.exit_code == 0, result.output
    head, *lines = result.stdout.splitlines()
    assert head.split() == ["id", "name", "sets", "takes"]
    assert [line.split()[0] for line in lines] == list(ROUTINES)
    assert squeeze(lines[0]) == "daily-relief Daily relief 10 at least 7 min"


def test_the_list_for_machines() -> None:
    loaded = [json.loads(line) for line in call("list", "--json").stdout.splitlines()]
    assert [one["id"] for one in loaded] == list(ROUTINES)
    step = loaded[0]["steps"][0]
    assert (step["exercise"], step["sets"], step["hold_s"]) == ("half-kneeling", 2, 30.0)
    assert call("list", "--quiet").stdout.split() == list(ROUTINES)


@pytest.mark.parametrize("name", list(ROUTINES))
@pytest.mark.parametrize("columns", [None, 80, 120, 40])
def test_each_is_shown_step_by_step(name: str, columns: int | None) -> None:
    result = call("show", name, columns=columns)
    assert result.exit_code == 0, result.output
    assert max(map(len, result.stdout.splitlines())) <= min(columns or 80, 100)
    page, exercises = squeeze(result.stdout), list_exercises()
    for step in ROUTINES[name].steps:
        assert f"{exercises[step.exercise].name} ({step.exercise}): " in page
    for text in (*ROUTINES[name].sources, CAUTION, f"formcheck live {name}"):
        assert text in page


def test_a_step_says_how_much_and_how_often() -> None:
    page = squeeze(call("show", "daily-relief", "--quiet").stdout)
    assert page.startswith(
        "1. Half-kneeling hip flexor stretch (half-kneeling): 30 s × 2 a side, 15 s of rest"
    )
    assert "3. Prayer squat (prayer-squat): 30 s, 15 s of rest after each" in page
    assert "Sources" not in page


def test_ones_own_are_shown_and_a_wrong_one_costs_no_other(own: Path) -> None:
    result = call("list", "--quiet", "--exercises", own)
    assert result.exit_code == 0
    assert result.stdout.split() == sorted([*ROUTINES, "mornings"])
    [line] = result.stderr.splitlines()
    assert line.startswith("formcheck: left out: ")
    assert "evenings.toml: name: Field required" in line
    assert call("show", "mornings", "--exercises", own).exit_code == 0
    wrong = call("show", "evenings", "--exercises", own)
    assert wrong.exit_code == 2
    assert "evenings.toml: name: Field required" in wrong.stderr


def test_an_unknown_one_offers_the_nearest() -> None:
    result = call("show", "dayly-relief")
    assert result.exit_code == 2
    assert "'dayly-relief': is not known: did you mean daily-relief?" in result.stderr


def test_the_exercises_say_where_the_routines_are() -> None:
    run = CliRunner()
    assert "formcheck routines list" in run.invoke(app, ["exercises", "list"]).stdout
    result = run.invoke(app, ["exercises", "show", "daily-relief"])
    assert result.exit_code == 2
    assert "formcheck routines show daily-relief" in result.stderr


def test_a_routine_s_own_file_is_what_the_commands_to_do_it_name(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(own)
    shown = call("show", "routines/mornings.toml").stdout
    assert "\n  formcheck live routines/mornings.toml\n" in shown
    assert "--routine routines/mornings.toml\n" in shown
