"""Every mistake of a file is found in one run, with its key, its reason and the nearest name."""

from __future__ import annotations

import copy
import math
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from formcheck import ExerciseError
from formcheck.exercises.load import (
    CATALOGUE_DIR,
    Checked,
    check_file,
    check_files,
    has_own_position,
    list_exercises,
    read_exercise,
)
from formcheck.exercises.mistake import Mistake
from formcheck.exercises.schema import Exercise
from formcheck.measure.registry import PELVIC_TILT
from tests.support.toml_text import dump

GOOD = """\
id = "mine"
name = "Mine"
views = ["side"]
stretched = "the rear leg"
camera = "Side-on."
instructions = ["Stand."]
sources = ["Mine"]

[count]
kind = "hold"
target_s = 30

[[position]]
measure = "trunk_lean_deg"
low = -45
high = 45

[[rules]]
id = "knee"
measure = "rear_knee_deg"
low = 125
cue_low = "Straighten your knee"
source = "Mine"

[[rules]]
id = "trunk"
measure = "trunk_lean_deg"
low = -12
high = 18
cue_low = "Come forward"
cue_high = "Lift your chest"
source = "Mine"
"""
REPS = 'kind = "reps"\ntarget_reps = 5\nsignal = "kick_elevation_deg"\nup = -55\ndown = -70'
TEST = """\
kind = "assessment"
target_s = 3
measures = { knee_deg = "rear_knee_deg" }
readings = [{ text = "tight", low = 8 }]
caveat = "It is a hint"
"""
QUESTION = """\
kind = "question"
question = "How much?"
answers = [{ answer = "all", meaning = "much" }, { answer = "none", meaning = "little" }]
caveat = "It is a hint"
"""
HOLD = 'kind = "hold"\ntarget_s = 30'


def write(folder: Path, text: str | bytes, name: str = "mine") -> Path:
    path = folder / f"{name}.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def change(*changes: tuple[str, str]) -> str:
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def said(checked: Checked) -> list[str]:
    """The mistakes without the file's name."""
    return [str(mistake).removeprefix(f"{checked.file}: ") for mistake in checked.mistakes]


def test_a_good_file_has_none(tmp_path: Path) -> None:
    checked = check_file(write(tmp_path, GOOD))
    assert checked.mistakes == ()
    assert checked.exercise is not None
    assert checked.exercise.id == "mine"


def test_the_catalogue_has_none() -> None:
    checked = check_files([CATALOGUE_DIR], {})
    assert len(checked) == len(list_exercises())
    assert [said(one) for one in checked if one.mistakes] == []


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        # names
        ('name = "Mine"', 'nam = "Mine"', "nam", "did you mean 'name'"),
        ('low = 125', 'lo = 125', "rules.0.lo", "did you mean 'low'"),
        ('"rear_knee_deg"', '"rear_kne_deg"', "rules.0.measure", "did you mean 'rear_knee_deg'"),
        ('"trunk_lean_deg"', '"trunk_lean"', "position.0.measure", "did you mean 'trunk_lean_deg'"),
        ('["side"]', '["sid"]', "views.0", "did you mean 'side'"),
        ('stretched =', 'sides = "alternate"\nstretched =', "sides", "did you mean 'alternating'"),
        ('"hold"', '"holds"', "count.kind", "did you mean 'hold'"),
        ('kind = "hold"\n', '', "count.kind", "Field required"),
        ('target_s', 'target', "count.target", "did you mean 'target_s'"),
        (HOLD, REPS.replace("tion_deg", "tion"), "count.signal", "mean 'kick_elevation_deg'"),
        (HOLD, TEST.replace("e_deg\"", "\""), "count.measures.knee_deg", "'rear_knee_deg'"),
        (HOLD, TEST.replace("low", "lo"), "count.readings.0.lo", "did you mean 'low'"),
        ('target_s = 30', 'target_s = 30\ncamera = "x"', "count.camera", "above the first [table]"),
        ('id = "mine"', 'id = "other"', "id", "'other' must be the file's name, 'mine'"),
        ('id = "mine"', 'id = "My Own"', "id", "did you mean 'mine'"),
        # types
        ('name = "Mine"', 'name = 3', "name", "Input should be text, in quotes"),
        ('["Stand."]', '"Stand."', "instructions", "Input should be a list, in [ ]"),
        ('["Stand."]', '[]', "instructions", "give at least 1"),
        ('"Side-on."', '""', "camera", "it is empty"),
        ('low = 125', 'low = "125"', "rules.0.low", "Input should be a number"),
        ('low = 125', 'low = true', "rules.0.low", "Input should be a number"),
        ('target_s = 30', 'target_s = 30\nsets = 1.5', "count.sets", "should be a whole number"),
        ('low = 125', 'low = 125\nrequired = "yes"', "rules.0.required", "be true or false"),
        ('[count]', '[[count]]', "count", "write [count], in single brackets"),
        ('[[position]]', '[position]', "position", "write [[position]], in double brackets"),
        ('camera = "Side-on."\n', '', "camera", "Field required"),
        # numbers
        ('low = 125', 'low = nan', "rules.0.low", "finite number: leave the bound out"),
        ('high = 45', 'high = inf', "position.0.high", "finite number: leave the bound out"),
        ('high = 45', 'high = 45\nleave_high = 40', "position.0", "45 must be below leave_high 40"),
        ('low = -45', 'leave_low = -50', "position.0.leave_low", "'leave_low' needs 'low'"),
        ('low = -45\nhigh = 45', 'high = []', "position.0.high", "should be a number"),
        ('low = -45\nhigh = 45', 'low = []', "position.0.low", "should be a number"),
        ('target_s = 30', 'target_s = inf', "count.target_s", "should be a finite number"),
        ('kind = "hold"\ntarget_s = 30', 'target_s = 0', "count.target_s", "greater than 0"),
        ('target_s = 30', 'target_s = 0', "count.target_s", "Input should be greater than 0"),
        ('low = 125', 'low = 125\nslack = -1', "rules.0.slack", "greater than or equal to 0"),
        ('low = -12', 'low = 20', "rules.1", "low 20 must be below high 18"),
        ('low = -45\nhigh = 45\n', '', "position.0", "give low, high or both"),
        (HOLD, REPS.replace("-70", "-50"), "count", "down -50 must be below up -55; where a "
         "repetition goes down and back, say rest = 'up'"),
        (HOLD, REPS + '\nrest = "top"', "count.rest", "Input should be 'down' or 'up'"),
        (HOLD, REPS + '\nrest = "up"\nboth_ways = true', "count.both_ways", "rests at zero"),
        (HOLD, TEST.replace("low = 8", "low = 8, high = 2"), "count.readings.0", "below high 2"),
        (HOLD, REPS + "\nsets = 200", "count.sets", "less than or equal to 100"),
        (HOLD, HOLD + "\nsets = 101", "count.sets", "less than or equal to 100"),
        (HOLD, TEST + "sets = 101", "count.sets", "less than or equal to 100"),
        (HOLD, REPS.replace("= 5", "= 1001"), "count.target_reps", "less than or equal to 1000"),
        (HOLD, REPS.replace("= 5", "= 1" + "0" * 400), "count.target_reps", "equal to 1000"),
        # what is known too late
        (HOLD, REPS.replace("kick_elevation_deg", "rep_s"), "count.signal", "cannot show one"),
        (HOLD, REPS.replace("kick_elevation_deg", "pelvic_tilt_change_deg"), "count.signal",
         "it needs sides = 'none'"),
        (HOLD, TEST.replace("rear_knee_deg", "rep_s"), "count.measures.knee_deg", "repetitions"),
        ('"rear_knee_deg"\n', '"rep_s"\nslack = 0\n', "rules.0.measure", "exercise counts none"),
        ('"rear_knee_deg"', '"near_hip_ankle_thigh"', "rules.0.slack", "3 thigh is far too much"),
        # what does not go together
        ('id = "trunk"', 'id = "knee"', "rules.1.id", "two rules have the same id, 'knee'"),
        ('cue_low = "Straighten your knee"\n', '', "rules.0.cue_low", "go together"),
        ('low = 125', 'low = 125\ncue_high = "Bend"', "rules.0.cue_high", "go together"),
        ('stretched = "the rear leg"\n', '', "stretched", "give 'stretched'"),
        ('["side"]', '[]', "views", "give at least one of 'views'"),
        ('low = 125', 'low = 125\nduring = "top"', "rules.0.during", "'during' is for repetitions"),
        ('low = 125', 'low = 125\nmay_be_unknown = true', "rules.0.may_be_unknown", "required"),
        ('low = 125', 'low = 125\nrequired = true\nnever = "x"', "rules.0.never", "may_be_unknown"),
        ('low = 125', 'low = 125\nmay_be_unknwn = true', "rules.0.may_be_unknwn", "did you mean"),
        ('sources =', 'same_position_as = "x"\nsources =', "position", "give either"),
        ('"trunk_lean_deg"', '"pelvic_tilt_change_deg"', "position.0.measure", "known only once"),
        # characters
        ('"Mine"', '"Mine\\u001b[31m"', "name", "it has the control character U+001B"),
        ('"Straighten your knee"', '"' + "long " * 9 + '"', "rules.0.cue_low", "at most 40"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, key: str, words: str) -> None:
    checked = check_file(write(tmp_path, change((old, new))))
    assert checked.exercise is None
    [line] = [str(mistake) for mistake in checked.mistakes if mistake.key == key]
    assert line.startswith(f"{checked.file}: {key}: ")
    assert words in line


@pytest.mark.parametrize("during", ["", 'during = "always"', 'during = "top"', 'during = "rep"'])
def test_how_long_a_repetition_took_is_known_of_the_whole_one(tmp_path: Path, during: str) -> None:
    rule = ('measure = "rear_knee_deg"\n', f'measure = "rep_s"\nslack = 0\n{during}\n')
    lines = said(check_file(write(tmp_path, change((HOLD, REPS), rule))))
    wrong = (
        "rules.0.during: 'rep_s' applies to a whole repetition: give during = 'rep', in rule 'knee'"
    )
    assert lines == ([] if "rep" in during else [wrong])


@pytest.mark.parametrize(
    "counts",
    [TEST.replace("rear_knee_deg", PELVIC_TILT), REPS.replace("kick_elevation_deg", PELVIC_TILT)],
)
def test_the_outline_is_asked_for_wherever_the_tilt_is_measured(
    tmp_path: Path, counts: str
) -> None:
    """Without it the signal, or what is read off, would never be seen."""
    sides = ('stretched = "the rear leg"', 'sides = "none"')
    exercise = check_file(write(tmp_path, change((HOLD, counts), sides))).exercise
    assert exercise is not None
    assert exercise.needs_outline
    plain = check_file(write(tmp_path, GOOD)).exercise
    assert plain is not None
    assert not plain.needs_outline


def test_a_line_is_file_key_reason_nearest_and_rule(tmp_path: Path) -> None:
    path = write(tmp_path, change(('"rear_knee_deg"', '"rear_kne_deg"')))
    [mistake] = check_file(path).mistakes
    assert mistake == Mistake(
        path,
        "rules.0.measure",
        "there is no measure 'rear_kne_deg'",
        nearest="rear_knee_deg",
        within="rule 'knee'",
    )
    assert str(mistake) == (
        f"{path}: rules.0.measure: there is no measure 'rear_kne_deg' "
        "(did you mean 'rear_knee_deg'?), in rule 'knee'"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('low = 125', 'low = nan'),
        ('"trunk_lean_deg"', '"pelvic_tilt_change_deg"'),
        ('id = "trunk"', 'id = "knee"'),
        ('"hold"', '"holds"'),
        ('["side"]', '["sid"]'),
        ('name = "Mine"', 'name = 3'),
        ('low = -12', 'low = 20'),
        ('low = 125', 'low = "125"'),
    ],
)  # fmt: skip
def test_one_mistake_is_named_once(tmp_path: Path, old: str, new: str) -> None:
    assert len(said(check_file(write(tmp_path, change((old, new)))))) == 1


def test_a_question_has_nothing_to_see(tmp_path: Path) -> None:
    lines = said(check_file(write(tmp_path, change((HOLD, QUESTION)))))
    reason = "a question has no position, no rules and no views"
    assert lines == [f"{key}: {reason}" for key in ("views", "position", "rules")]


def test_every_mistake_is_named_in_one_run_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Those of single fields and those of what does not go together."""
    text = change(
        ('id = "mine"', 'id = "other"'),
        ('name = "Mine"', "name = 3"),
        ('"hold"', '"holds"'),
        ("target_s = 30", "target_s = nan"),
        ("low = -45", "low = 50"),
        ("low = 125", 'low = "125"\nduring = "top"'),
        ('cue_low = "Straighten your knee"\n', ""),
        ('id = "trunk"', 'id = "knee"'),
        ("low = -12", "low = 20"),
        ('cue_high = "Lift your chest"\n', ""),
    )
    assert [line.partition(": ")[0] for line in said(check_file(write(tmp_path, text)))] == [
        "id",
        "name",
        "count.kind",
        "count.target_s",
        "position.0",
        "rules.0.low",
        "rules.0.during",
        "rules.0.cue_low",
        "rules.1",
        "rules.1.id",
        "rules.1.cue_high",
    ]


def test_loading_says_the_same_in_one_line(tmp_path: Path) -> None:
    path = write(tmp_path, change(("low = -12", "low = 20"), ('name = "Mine"', "name = 3")))
    with pytest.raises(ExerciseError) as caught:
        read_exercise(path)
    assert caught.value.subject == str(path)
    assert caught.value.problem == "; ".join(m.told for m in check_file(path).mistakes)
    assert str(caught.value).count(str(path)) == 1


# --- files ------------------------------------------------------------------------------------


def test_not_toml_keeps_line_and_column(tmp_path: Path) -> None:
    [line] = said(check_file(write(tmp_path, 'id = "mine"\nname = =\n')))
    assert line.startswith("file: not valid TOML: ")
    assert "line 2, column 8" in line


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing yet\n", "\ufeff"])
def test_an_empty_file(tmp_path: Path, text: str) -> None:
    assert said(check_file(write(tmp_path, text))) == ["file: it is empty"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'id = "mine"\nname = "\xff"\n', "byte 0xff is not UTF-8 (at line 2, column 9)"),
        (GOOD.encode("utf-16"), "not UTF-8 (at line 1, column 1): save it as UTF-8"),
        (b"x = " + b"[" * 100_000, "nested too deeply"),
        (b"x = " + b"9" * 10_000, "not valid TOML"),
        (b"\x00", "not valid TOML"),
    ],
)
def test_not_text(tmp_path: Path, data: bytes, words: str) -> None:
    [line] = said(check_file(write(tmp_path, data)))
    assert words in line


def test_a_byte_order_mark_and_windows_lines_are_no_mistake(tmp_path: Path) -> None:
    text = "\ufeff" + GOOD.replace("\n", "\r\n")
    assert said(check_file(write(tmp_path, text))) == []


def test_a_huge_file_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    with path.open("wb") as file:
        file.truncate(2_000_000_000_000)  # sparse: it could not be read whole
    assert said(check_file(path)) == ["file: it is larger than 1 MB, and was not read"]


def test_what_is_no_file(tmp_path: Path) -> None:
    assert said(check_file(tmp_path / "none.toml")) == ["file: no such file"]
    assert said(check_file(tmp_path)) == ["file: it is a folder"]
    assert said(check_file(Path("/dev/zero"))) == ["file: it is not a regular file"]
    assert said(check_files([tmp_path], {})[0]) == ["file: there is no *.toml in it"]


def test_a_mistake_is_one_short_line(tmp_path: Path) -> None:
    name = "a\\nb\\u001b" + "x" * 5000
    lines = said(check_file(write(tmp_path, change(('"rear_knee_deg"', f'"{name}"')))))
    assert all(line.isprintable() and len(line) < 400 for line in lines)
    assert str(Mistake(Path("a\nb"), "k", "r")) == "a b: k: r"


# --- several files ----------------------------------------------------------------------------


def test_a_shared_position_is_looked_for_in_the_catalogue_and_the_other_files(
    tmp_path: Path,
) -> None:
    position = GOOD[GOOD.index("[[position]]") : GOOD.index("[[rules]]")]

    def sharing(own: str, name: str) -> Path:
        shared = ("sources =", f'same_position_as = "{name}"\nsources =')
        return write(
            tmp_path, change(('id = "mine"', f'id = "{own}"'), shared, (position, "")), own
        )

    owner = write(tmp_path, GOOD)
    first, second = sharing("first", "mine"), sharing("second", "half-kneeling")
    third, self_named = sharing("third", "half-kneling"), sharing("own", "own")
    known = list_exercises()
    checked = check_files([first, second, third, self_named, owner], known)
    assert [said(one) for one in checked] == [
        [],
        [],
        [
            "same_position_as: 'half-kneling' is not an exercise with a position of its own "
            "(did you mean 'half-kneeling'?)"
        ],
        ["same_position_as: 'own' is not an exercise with a position of its own"],
        [],
    ]
    assert [said(one) for one in check_files([first], known)] == [
        ["same_position_as: 'mine' is not an exercise with a position of its own"]
    ]
    assert not has_own_position(known["lunge-stretch"])


def test_a_folder_is_its_files_each_once(tmp_path: Path) -> None:
    first, second = write(tmp_path, GOOD), write(tmp_path, GOOD, "other")
    write(tmp_path, "x", "sub").rename(tmp_path / "note.txt")
    checked = check_files([tmp_path, first], {})
    assert [one.file for one in checked] == [first, second]
    assert [len(one.mistakes) for one in checked] == [0, 1]


# --- any file ---------------------------------------------------------------------------------


PLACES: list[Callable[[dict[str, Any]], dict[str, Any]]] = [
    lambda raw: raw,
    lambda raw: raw["count"],
    lambda raw: raw["position"][0],
    lambda raw: raw["rules"][0],
    lambda raw: raw["rules"][1],
]
VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [
        None, 0, -1, 7, 1.5, math.nan, math.inf, True, "", "x", "side", "none", "reps", "question",
        "trunk_lean_deg", "knee", [], ["side"], [1], {}, {"low": 1}, [{}], [[]], 10**300, 10**400,
    ]
)  # fmt: skip
KEYS = st.sampled_from(
    [
        *Exercise.model_fields, "kind", "target_s", "low", "high", "measure", "slack", "during",
        "cue_low", "cue_high", "source", "up", "down", "signal", "readings", "answers", "band",
    ]
)  # fmt: skip


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.sampled_from(PLACES), KEYS, VALUES), min_size=1, max_size=4))
def test_any_change_is_either_right_or_explained(
    tmp_path: Path, changes: list[tuple[Callable[[Any], Any], str, Any]]
) -> None:
    """Nothing is raised, and no file passes that the models refuse, nor the other way round."""
    raw = tomllib.loads(GOOD)
    original = copy.deepcopy(raw)
    for find, key, value in changes:
        try:
            table = find(raw)
        except (KeyError, IndexError, TypeError):
            continue
        if isinstance(table, dict):
            if value is None:
                table.pop(key, None)
            else:
                table[key] = copy.deepcopy(value)  # the same value may be put into itself
    checked = check_file(write(tmp_path, dump(raw)))
    assert (checked.exercise is None) == bool(checked.mistakes)
    lines = said(checked)
    assert len(set(lines)) == len(lines)
    try:
        Exercise.model_validate(raw)
    except ValidationError:
        assert checked.mistakes
    if raw == original:
        assert not checked.mistakes
