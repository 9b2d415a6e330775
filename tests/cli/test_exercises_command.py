"""``formcheck exercises`` as a user types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from formcheck.cli.exercise_page import CAUTION
from formcheck.cli.main import app
from formcheck.exercises.load import CATALOGUE_DIR, list_exercises
from formcheck.measure.registry import name_measures

RUN = (sys.executable, "-m", "formcheck.cli.main")
IDS = tuple(list_exercises())
GOOD = (CATALOGUE_DIR / "standing-stretch.toml").read_text(encoding="utf-8")


def call(*arguments: str | Path, columns: int | None = None) -> Result:
    env = {"COLUMNS": None if columns is None else str(columns)}
    return CliRunner().invoke(app, ["exercises", *(str(a) for a in arguments)], env=env)


def squeeze(text: str) -> str:
    """The words, however the lines are broken."""
    return " ".join(text.split())


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with one exercise of one's own."""
    folder = tmp_path / "own"
    folder.mkdir()
    text = GOOD.replace('id = "standing-stretch"', 'id = "mine"').replace(
        'name = "Standing hip flexor stretch"', 'name = "My own"'
    )
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    return folder


# --- list -------------------------------------------------------------------------------------


def test_the_list_has_a_line_for_each_in_a_pipe() -> None:
    result = call("list")
    assert result.exit_code == 0, result.output
    head, *lines, empty, hint = result.stdout.splitlines()
    assert head.split() == ["id", "name", "view", "counts"]
    assert (empty, hint) == ("", "Routines: formcheck routines list")
    assert [line.split()[0] for line in lines] == list(IDS)
    by_id = {line.split()[0]: squeeze(line) for line in lines}
    assert by_id["half-kneeling"].endswith("side 30 s × 2 a side")
    assert by_id["half-kneeling-side-bend"].endswith("front 20 s × 2 a side, alternating")
    assert by_id["donkey-kick"].endswith("side 10 reps × 2 a side, each held 1 s")
    assert by_id["thomas-test"].endswith("side 3 s, once a side")
    assert by_id["prayer-squat"].endswith("side or oblique 30 s")
    assert by_id["arch-check"].endswith("none a question")


def test_the_list_fits_and_cuts_no_word() -> None:
    result = call("list", columns=80)
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "…" not in result.stdout
    words = set(result.stdout.split())
    assert set(IDS) <= words
    for exercise in list_exercises().values():
        assert set(exercise.name.split()) <= words


def test_the_list_for_machines(own: Path) -> None:
    result = call("list", "--json", "--exercises", own)
    loaded = [json.loads(line) for line in result.stdout.splitlines()]
    assert {one["id"] for one in loaded} == {*IDS, "mine"}
    [reps] = [one for one in loaded if one["id"] == "donkey-kick"]
    assert (reps["kind"], reps["target_s"], reps["target_reps"], reps["sets"]) == (
        "reps", None, 10, 2,
    )  # fmt: skip
    [mine] = [one for one in loaded if one["id"] == "mine"]
    assert (mine["target_s"], mine["views"], mine["needs_neutral"]) == (30, ["side"], True)


def test_ones_own_are_listed_and_shown(own: Path) -> None:
    assert "mine" not in call("list").stdout.split()
    assert "mine" in call("list", "--quiet", "--exercises", own).stdout.split()
    assert call("show", "mine", "--exercises", own).stdout.startswith("My own (mine)\n")


def test_a_file_that_is_wrong_is_named_and_costs_no_other(own: Path) -> None:
    (own / "other.toml").write_text("", encoding="utf-8")
    result = call("list", "--exercises", own)
    assert result.exit_code == 0
    assert result.stderr == f"formcheck: left out: {own / 'other.toml'}: file: it is empty\n"
    assert "mine" in result.stdout.split()
    assert call("show", "mine", "--exercises", own).exit_code == 0
    asked = call("show", "other", "--exercises", own)
    assert asked.exit_code == 2
    assert asked.stderr == f"formcheck: {own / 'other.toml'}: file: it is empty\n"
    checked = call("check", own, "--exercises", own)
    assert checked.exit_code == 2
    assert "other.toml: file: it is empty" in checked.stderr
    assert "mine.toml: ok" in checked.stdout


def test_no_id_is_cut_however_long(own: Path) -> None:
    name = "a-very-long-name-of-an-exercise-that-nobody-would-want-to-type"
    text = GOOD.replace('id = "standing-stretch"', f'id = "{name}"')
    (own / f"{name}.toml").write_text(text, encoding="utf-8")
    result = call("list", "--exercises", own, columns=80)
    assert name in result.stdout.split()
    assert "…" not in result.stdout


def test_a_folder_that_is_missing_says_so(own: Path) -> None:
    assert "no such folder" in call("list", "--exercises", own / "none").stderr


# --- show -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("columns", [None, 80, 200, 40])
def test_a_page_fits(name: str, columns: int | None) -> None:
    result = call("show", name, columns=columns)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= min(columns or 80, 100)
    assert all(line == line.rstrip() for line in lines)
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize("exercise", list_exercises().values(), ids=lambda e: e.id)
def test_a_page_has_all_that_a_person_needs(exercise: object) -> None:
    from formcheck.exercises.schema import Exercise

    assert isinstance(exercise, Exercise)
    page = squeeze(call("show", exercise.id).stdout)
    texts = [exercise.name, exercise.camera, *exercise.instructions, *exercise.sources, CAUTION]
    for rule in exercise.rules:
        cues = (rule.cue_low, rule.cue_high) if rule.never is None else ()
        texts += [t for t in (rule.source, rule.never, *cues) if t is not None]
        assert rule.id.replace("_", " ") in page
    for text in texts:
        assert squeeze(text) in page
    assert ("Your own neutral" in page) == exercise.needs_outline


def test_a_rule_is_in_words() -> None:
    page = squeeze(call("show", "half-kneeling").stdout)
    assert (
        "front knee · 80 to 105° · required “Slide your front foot forward” / "
        "“Bring your front foot closer” Source: "
    ) in page
    assert (
        "pelvis tuck · at most -5° from your own neutral · required · may stay unknown · "
        "not clear up to 4°"
    ) in page
    assert "rear hip · at least -15° · advice" in page


def test_other_kinds_are_told_too() -> None:
    page = squeeze(call("show", "thomas-test").stdout)
    for text in ("thigh elevation, in °", "at least 8°: tight", "at most 0°: reaches parallel"):
        assert text in page
    assert "only as good as your flat back" in page
    page = squeeze(call("show", "arch-check").stdout)
    assert "the whole hand: likely anterior tilt" in page
    assert "A hint, not a finding" in page
    page = squeeze(call("show", "seated-90-90").stdout)
    never = page[page.index("What no camera can judge") :]
    assert "one camera from the front cannot measure a knee's angle" in never


def test_brief_leaves_rules_and_sources_out() -> None:
    page = call("show", "half-kneeling", "--quiet").stdout
    assert "Camera" in page
    assert "Source" not in page
    assert "Rules" not in page
    assert CAUTION in squeeze(page)


def test_an_unknown_exercise_offers_the_nearest() -> None:
    result = call("show", "half-kneling")
    assert result.exit_code == 2
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    assert line.startswith(
        "formcheck: exercise 'half-kneling': is not known: did you mean half-kne"
    )


@pytest.mark.parametrize(
    "command", [("list", "--json"), ("list",), ("show", IDS[0]), ("measures",)]
)
def test_whoever_reads_no_further_is_no_failure(command: tuple[str, ...]) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        done = subprocess.run(
            [*RUN, "exercises", *command], stdout=closed, stderr=subprocess.PIPE, text=True
        )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_pipe_that_knows_few_characters_still_gets_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    done = subprocess.run(
        [*RUN, "exercises", "show", "half-kneeling"], capture_output=True, check=True
    )
    assert "trunk upright · -14 to 16° · required" in done.stdout.decode("cp1252")


# --- check ------------------------------------------------------------------------------------


def test_files_that_are_right(own: Path) -> None:
    result = call("check", own / "mine.toml")
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{own / 'mine.toml'}: ok (mine, My own)\n"
    assert call("check", own).stdout == result.stdout
    assert call("check", own, "--quiet").output == ""


def test_every_mistake_of_every_file_is_a_line(own: Path) -> None:
    bad, empty = own / "bad.toml", own / "empty.toml"
    text = (own / "mine.toml").read_text(encoding="utf-8")
    text = text.replace("low = 125", 'low = "125"').replace('id = "mine"', 'id = "bed"')
    bad.write_text(text.replace('["side"]', '["sid"]'), encoding="utf-8")
    empty.touch()
    result = call("check", own, own / "none.toml")
    assert result.exit_code == 2
    assert result.stdout == f"{own / 'mine.toml'}: ok (mine, My own)\n"
    assert result.stderr.splitlines() == [
        f"{bad}: id: 'bed' must be the file's name, 'bad'",
        f"{bad}: views.0: Input should be 'side', 'oblique' or 'front' (did you mean 'side'?)",
        f"{bad}: rules.0.low: Input should be a number, in rule 'rear_knee_straight'",
        f"{empty}: file: it is empty",
        f"{own / 'none.toml'}: file: no such file",
    ]


def test_a_position_may_be_shared_with_a_folder_that_is_named(own: Path, tmp_path: Path) -> None:
    text = (own / "mine.toml").read_text(encoding="utf-8")
    start, end = text.index("# Position"), text.index("[[rules]]")
    text = text.replace(text[start:end], "").replace('id = "mine"', 'id = "more"')
    path = tmp_path / "more.toml"
    path.write_text(text.replace("sources =", 'same_position_as = "mine"\nsources ='))
    assert "'mine' is not an exercise with a position of its own" in call("check", path).stderr
    assert call("check", path, "--exercises", own).exit_code == 0


# --- measures and help ------------------------------------------------------------------------


def test_every_measure_is_listed() -> None:
    head, *lines = call("measures").stdout.splitlines()
    assert head.split()[:2] == ["measure", "unit"]
    assert [line.split()[0] for line in lines] == sorted(name_measures())
    by_name = {line.split()[0]: squeeze(line) for line in lines}
    assert by_name["trunk_lean_deg"] == "trunk_lean_deg ° Trunk from vertical, + forward."
    assert by_name["near_hip_ankle_thigh"].split()[1] == "thigh"
    assert call("measures", "--quiet").stdout.split() == sorted(name_measures())
    assert max(map(len, call("measures", columns=80).stdout.splitlines())) <= 80


@pytest.mark.parametrize("command", ["list", "show", "check", "measures"])
def test_help_shows_an_example_and_the_common_options(command: str) -> None:
    text = call(command, "--help").stdout
    assert f"Example:\n    formcheck exercises {command}" in text
    for option in ("--quiet", "--debug"):
        assert option in text


def test_help_of_all_imports_nothing_heavy() -> None:
    code = (
        "import sys; from formcheck.cli.main import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'pydantic', 'cv2', 'av', 'mediapipe', 'formcheck.exercises.load'}\n"
        "sys.exit(' '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "exercises  The exercises: list them" in done.stdout
