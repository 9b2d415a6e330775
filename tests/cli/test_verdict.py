"""What ``analyze`` and ``live`` print of a Result: at 80 and 120 columns, and in a pipe."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from formcheck import language
from formcheck.cli.printing import Lines
from formcheck.cli.verdict import print_summary, print_verdict
from formcheck.exercises.routine import load_routine
from formcheck.notation import tell_time
from formcheck.result.models import Nearest, Note, Result
from formcheck.result.plan import compare_plan
from formcheck.screen.live_scene import SessionSummary, SummaryRow
from tests.support.builders import OUT
from tests.support.html_pages import kneel, make_result
from tests.support.played_session import EXERCISES, UNJUDGED, make_session

SESSION = make_session()
Show = Callable[..., list[str]]


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Show:
    """The lines that a result is printed as, at that width or in a pipe."""

    def show_lines(result: Result, columns: int | None = None, *files: Path) -> list[str]:
        monkeypatch.delenv("COLUMNS", raising=False)
        if columns is not None:
            monkeypatch.setenv("COLUMNS", str(columns))
        print_verdict(result, EXERCISES, files)
        return capsys.readouterr().out.splitlines()

    return show_lines


def list_sets(lines: list[str]) -> list[tuple[int, str]]:
    """Number and line of each set, of a table."""
    found = (re.match(r"^ +(\d+)  ", line) for line in lines)
    return [(int(match[1]), match.string) for match in found if match]


@pytest.mark.parametrize("columns", [40, 80, 120, None])
def test_a_session_of_44_sets_loses_no_set_and_no_word(show: Show, columns: int | None) -> None:
    lines = show(SESSION, columns)
    whole = set(" ".join(show(SESSION)).split())
    words = set(" ".join(lines).split())
    assert words | {"exercise"} == whole, "no word is cut, none but a head is missing"
    assert {one.exercise for one in SESSION.sets} <= words
    assert "…" not in "".join(lines)
    assert not re.search(r"[\u2500-\u257f]", "".join(lines)), "no box is drawn"
    if columns is not None and columns >= 80:
        assert max(map(len, lines)) <= columns
    if columns != 40:
        assert [number for number, _ in list_sets(lines)] == list(range(1, 45))


@pytest.mark.parametrize("columns", [80, 120, None])
def test_each_set_has_its_exercise_in_its_line_or_above_it(show: Show, columns: int | None) -> None:
    lines = show(SESSION, columns)
    above = None
    found = []
    for line in lines:
        if line.strip() in EXERCISES:
            above = line.strip()
        elif re.match(r"^ +\d+  ", line):
            named = next((word for word in line.split() if word in EXERCISES), above)
            found.append(named)
    assert found == [one.exercise for one in SESSION.sets]
    assert (above is None) == (columns != 80), "where it has room it is in the line"


def test_in_a_pipe_each_thing_is_one_line(show: Show) -> None:
    lines = show(SESSION)
    n_groups = len({(s.exercise, f.rule, f.cue) for s in SESSION.sets for f in s.faults})
    assert sum(line.startswith("  ✗ ") for line in lines) == n_groups
    n_read = sum(one.measured is not None for one in SESSION.sets)
    assert len(lines) == 1 + 1 + 44 + n_read + n_groups, "head, table, readings, faults"


def test_faults_are_grouped_by_rule_with_the_times_of_all(show: Show) -> None:
    [line] = [line for line in show(SESSION) if "Lean away from your kneeling knee" in line]
    times = [
        tell_time(fault.start_s)
        for one in SESSION.sets
        for fault in one.faults
        if one.exercise == "half-kneeling-side-bend" and fault.cue.startswith("Lean away")
    ]
    assert len(times) > 1
    assert f"  {len(times)} ×  at {', '.join(times)}  (" in line
    one = make_result(kneel)
    again = one.sets[0].faults[0].model_copy(update={"start_s": 15.0, "end_s": 17.0, "worst": 60})
    sets = (one.sets[0].model_copy(update={"faults": (*one.sets[0].faults, again)}),)
    told = show(one.model_copy(update={"sets": sets}))
    assert (
        "  ✗ Slide your front foot forward  2 ×  at 7.0, 15.0 s  (front knee 60° at worst, 4.0 s "
        "in all; in range: 80 to 105°)"
    ) in told


def test_what_could_not_be_judged_has_no_score(show: Show) -> None:
    line = dict(list_sets(show(SESSION)))[UNJUDGED + 1]
    assert line.split()[-5:] == ["-", "could", "not", "be", "judged"]
    assert show(SESSION)[0] == (
        "session.mp4: several exercises, CANNOT JUDGE: 1 of 44 sets could not be judged"
    )


def test_a_test_is_read_and_neither_passed_nor_held(show: Show) -> None:
    tight = tuple(one for one in SESSION.sets if one.measured is not None)[:1]
    result = SESSION.model_copy(
        update={"sets": tight, "exercise": "thomas-test", "verdict": "pass", "score": None}
    )
    lines = show(result)
    assert lines[0] == "session.mp4: thomas-test, MEASURED: tight"
    assert lines[2].endswith("tight")
    assert "  = thigh elevation 16°: tight" in lines
    assert not re.search(r"pass|held|correct", "\n".join(lines), re.IGNORECASE)


def test_a_routine_is_what_a_set_is_measured_by(show: Show) -> None:
    """Its file asks for other seconds than the exercise."""
    routine = load_routine("daily-relief")
    longer = tuple(step.model_copy(update={"hold_s": 16.0}) for step in routine.steps[:1])
    routine = routine.model_copy(update={"steps": longer})
    result = make_result(kneel)
    result = result.model_copy(update={"plan": compare_plan(result, routine, EXERCISES)})
    lines = show(result, 80)
    assert "16.1 of 16 s" in lines[2]
    assert sum("16.1 of 16 s" in line for line in lines) == 2, "the same in the routine's table"
    assert "of 30 s" not in "\n".join(lines)


def test_notes_are_cut_between_words_and_files_are_not_cut(show: Show) -> None:
    long = Note(code="x", text="Only as good as the flat back: the camera does not see it. " * 3)
    path = Path("/a folder/" + "very-long" * 12 + "/report.html")
    lines = show(make_result(kneel, warnings=(long,)), 80, path)
    assert lines[-1].strip().removeprefix("→ ") in str(path)
    notes = [line for line in lines if "flat back" in line or "camera" in line]
    assert notes[0].startswith("  ! Only as good")
    assert all(line.startswith("    ") for line in notes[1:])


def test_what_was_done_on_the_other_side_is_named(show: Show) -> None:
    nearest = Nearest(exercise="half-kneeling", condition="side")
    result = make_result(lambda t: OUT, exercise=None).model_copy(update={"nearest": nearest})
    [line] = show(result)
    assert line.endswith(": half-kneeling, NOT SEEN: not done on the side asked for")


def test_a_number_stays_with_its_unit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "held 1.5 s of 12 % and 6 × 30 s"
    for width in range(8, 40):
        Lines(width).put(text)
        for line in capsys.readouterr().out.splitlines():
            assert not re.search(r"\d$", line), f"{width}: {line}"
            assert len(line) <= max(width, len("1.5 s of 12 %"))


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (80, ["   n  name  what", "   1  a     x", "   2  a     yy", "  10  b     z"]),
        (12, ["   n  what", "  a", "   1  x", "   2  yy", "  b", "  10  z"]),
    ],
)
def test_a_table_that_is_too_wide_has_one_column_above_its_rows(
    capsys: pytest.CaptureFixture[str], width: int, lines: list[str]
) -> None:
    rows = [("1", "a", "x"), ("2", "a", "yy"), ("10", "b", "z")]
    Lines(width).put_table(("n", "name", "what"), rows, to_right=("n",), above="name")
    assert capsys.readouterr().out.splitlines() == lines


def test_a_session_in_another_language_is_summed_up_in_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(language, "_used", "de")
    rows = (
        SummaryRow("Halbkniestand, linke Seite", "12,5 von 30 s", "short", "Nicht beurteilt: x"),
        SummaryRow("Halbkniestand, rechte Seite", "0 von 30 s", "missing", None),
    )
    print_summary(SessionSummary("Mein Plan", rows, ("Stell die Kamera fest auf.",)), [Path("a")])
    assert capsys.readouterr().out.splitlines() == [
        "Mein Plan",
        "  Halbkniestand, linke Seite: 12,5 von 30 s, zu kurz",
        "    Nicht beurteilt: x",
        "  Halbkniestand, rechte Seite: 0 von 30 s, fehlt",
        "  ! Stell die Kamera fest auf.",
        "  → a",
    ]
