"""Routines are whole, fill in what their exercises say, and name every mistake."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from formcheck import ExerciseError
from formcheck.exercises.load import CATALOGUE_DIR, list_exercises
from formcheck.exercises.routine import (
    ROUTINES_DIR,
    Routine,
    Step,
    change_routine,
    list_routines,
    load_routine,
    make_routine,
    read_routine,
)
from formcheck.exercises.schema import Exercise

GOOD = """\
id = "mine"
name = "Mine"
sources = ["A test"]
steps = [
    { exercise = "half-kneeling", hold_s = 20 },
    { exercise = "lunge-stretch", sets = 1, sides = "alternating", rest_s = 12 },
]
"""


def write(folder: Path, text: str = GOOD, name: str = "mine.toml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_routines_are_those_of_the_source_documents() -> None:
    routines = list_routines()
    assert list(routines) == ["daily-relief", "reach-bend-drop", "stretch-and-strengthen"]
    asked = {
        key: [(s.exercise, s.sets, s.hold_s, s.reps, s.sides) for s in routine.steps]
        for key, routine in routines.items()
    }
    assert asked == {
        "daily-relief": [
            ("half-kneeling", 2, 30, None, "each"),
            ("standing-stretch", 1, 30, None, "each"),
            ("prayer-squat", 1, 30, None, "none"),
            ("childs-pose", 1, 20, None, "none"),
            ("knee-to-chest", 1, 20, None, "each"),
        ],
        "reach-bend-drop": [
            ("half-kneeling-reach", 2, 20, None, "alternating"),
            ("half-kneeling-side-bend", 2, 20, None, "alternating"),
            ("knee-drops", 1, None, 10, "none"),
        ],
        "stretch-and-strengthen": [
            ("lunge-stretch", 3, 30, None, "each"),
            ("donkey-kick", 2, None, 10, "each"),
        ],
    }


@pytest.mark.parametrize("path", sorted(ROUTINES_DIR.glob("*.toml")), ids=lambda p: p.stem)
def test_rests_part_two_sets(path: Path) -> None:
    from formcheck.judging.session import BREAK_S

    for step in read_routine(path, list_exercises()).steps:
        assert step.rest_s >= BREAK_S


def test_what_a_step_leaves_out_is_the_exercises_own(tmp_path: Path) -> None:
    first, second = load_routine(write(tmp_path)).steps
    assert first == Step(exercise="half-kneeling", sets=2, hold_s=20, sides="each", rest_s=15)
    assert (second.sets, second.hold_s, second.rest_s) == (1, 30, 12)
    assert second.reps is None


@pytest.mark.parametrize(
    ("sides", "turns"),
    [
        ("each", (("left", 1), ("left", 2), ("right", 1), ("right", 2))),
        ("alternating", (("left", 1), ("right", 1), ("left", 2), ("right", 2))),
        ("none", ((None, 1), (None, 2))),
    ],
)
def test_turns(sides: str, turns: tuple[tuple[str | None, int], ...]) -> None:
    step = Step.model_validate({"exercise": "any", "sets": 2, "reps": 8, "sides": sides})
    assert (step.turns, step.target) == (turns, 8)


def test_an_unknown_routine_offers_the_nearest() -> None:
    with pytest.raises(ExerciseError, match=r"'daily-releif': is not known: did you mean daily"):
        load_routine("daily-releif")
    with pytest.raises(ExerciseError, match=r"'zzz': is not known: there are daily-relief, reach"):
        load_routine("zzz")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"lunge-stretch"', '"lunge-strech"'), "steps.1.exercise: there is no exercise"),
        (('"lunge-stretch"', '"lunge-strech"'), "did you mean 'lunge-stretch'?"),
        (('"lunge-stretch"', '"???"'), "steps.1.exercise: there is no exercise '???'"),
        (('"lunge-stretch"', "3"), "steps.1.exercise: Input should be text, in quotes"),
        (("hold_s = 20", "hold = 20"), "steps.0.hold: Extra inputs are not permitted"),
        (("hold_s = 20", "hold = 20"), "did you mean 'hold_s'?"),
        (("rest_s = 12", "rests_s = 12"), "did you mean 'rest_s'?"),
        (('sources = ["A', 'source = ["A'), "did you mean 'sources'?"),
        (("hold_s = 20", "hold_s = 0"), "steps.0.hold_s: Input should be greater than 0"),
        (("hold_s = 20", "hold_s = inf"), "steps.0.hold_s: Input should be a finite number"),
        (("hold_s = 20", "reps = 8"), "steps.0: 'half-kneeling' is held: give hold_s, not reps"),
        (("hold_s = 20", 'sides = "none"'), "is done on each side: sides cannot be none"),
        (("sets = 1", "sets = 0"), "steps.1.sets: Input should be greater than or equal to 1"),
        (("sets = 1", 'sets = "1"'), "steps.1.sets: Input should be a whole number"),
        (("sets = 1", "sets = true"), "steps.1.sets: Input should be a whole number"),
        (('"alternating"', '"alternate"'), "did you mean 'alternating'?"),
        (('"alternating"', '"both"'), "steps.1.sides: Input should be 'each'"),
        (("rest_s = 12", "rest_s = -1"), "steps.1.rest_s: Input should be greater than or equal"),
        (('id = "mine"', 'id = "other"'), "id: 'other' must be the file's name, 'mine'"),
        (('name = "Mine"\n', ""), "name: Field required"),
        (("steps = [", "steps = []\nx = ["), "steps: give at least 1"),
        (("steps = [", "steps = "), "not valid TOML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    assert change[0] in GOOD
    path = write(tmp_path, GOOD.replace(*change, 1))
    with pytest.raises(ExerciseError) as caught:
        load_routine(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("half-kneeling", "half-kneling").replace("sets = 1", "sets = 0")
    with pytest.raises(ExerciseError) as caught:
        load_routine(write(tmp_path, text))
    assert "steps.0.exercise" in str(caught.value)
    assert "steps.1.sets" in str(caught.value)


@pytest.mark.parametrize(
    ("exercise", "target", "said"),
    [
        ("donkey-kick", "hold_s = 5", "'donkey-kick' counts repetitions: give reps, not hold_s"),
        ("knee-drops", 'sides = "each"', "'knee-drops' has no sides: sides cannot be each"),
        ("arch-check", "sets = 1", "'arch-check' is a question, which no camera can answer"),
        ("donkey-kick", "hold_s = 5, reps = 5", "give reps, not hold_s"),
    ],
)
def test_a_step_has_to_fit_its_exercise(
    tmp_path: Path, exercise: str, target: str, said: str
) -> None:
    text = GOOD.replace('"half-kneeling", hold_s = 20', f'"{exercise}", {target}')
    with pytest.raises(ExerciseError) as caught:
        load_routine(write(tmp_path, text))
    assert said in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ExerciseError, match=r"nothing\.toml: file: no such file"):
        load_routine(tmp_path / "nothing.toml")
    with pytest.raises(ExerciseError, match=r"nothing\.toml: file: no such file"):
        load_routine("nothing.toml")
    with pytest.raises(ExerciseError, match="it is a folder"):
        load_routine(tmp_path)


def test_ones_own_routines_are_in_a_subfolder_of_ones_own_exercises(tmp_path: Path) -> None:
    own = (CATALOGUE_DIR / "half-kneeling.toml").read_text(encoding="utf-8")
    write(tmp_path, own.replace('id = "half-kneeling"', 'id = "my-stretch"'), "my-stretch.toml")
    assert list(list_routines(tmp_path)) == list(list_routines()), "no such subfolder is no mistake"
    path = write(tmp_path / "routines", GOOD.replace('"half-kneeling"', '"my-stretch"'))
    assert load_routine("mine", tmp_path).steps[0].exercise == "my-stretch"
    assert load_routine(path, tmp_path) == load_routine(str(path), tmp_path)
    with pytest.raises(ExerciseError, match="there is no exercise 'my-stretch'"):
        load_routine(path)
    with pytest.raises(ExerciseError, match="'mine': is not known"):
        load_routine("mine")
    with pytest.raises(ExerciseError, match="no such folder"):
        list_routines(tmp_path / "missing")


def test_ones_own_replaces_one_of_the_same_id(tmp_path: Path) -> None:
    text = GOOD.replace('id = "mine"', 'id = "daily-relief"')
    write(tmp_path / "routines", text, "daily-relief.toml")
    assert load_routine("daily-relief", tmp_path).name == "Mine"


def test_a_routine_cannot_be_changed() -> None:
    routine = load_routine("daily-relief")
    with pytest.raises(ValueError, match="frozen"):
        routine.name = "Other"
    assert Routine.model_validate_json(routine.model_dump_json()) == routine


@pytest.mark.parametrize(
    ("name", "asked", "step"),
    [
        ("half-kneeling", {}, ("half-kneeling", 2, 30, None, "each")),
        ("half-kneeling", {"sets": 1, "hold_s": 12.5}, ("half-kneeling", 1, 12.5, None, "each")),
        ("half-kneeling", {"hold_s": 20}, ("half-kneeling", 2, 20, None, "each")),
        ("donkey-kick", {"sets": 3}, ("donkey-kick", 3, None, 10, "each")),
        ("childs-pose", {"sets": 2}, ("childs-pose", 2, 20, None, "none")),
    ],
)
def test_a_routine_of_one_exercise(
    name: str, asked: dict[str, float], step: tuple[object, ...]
) -> None:
    exercise = list_exercises()[name]
    sets, hold_s = asked.get("sets"), asked.get("hold_s")
    routine = make_routine(exercise, sets=None if sets is None else int(sets), hold_s=hold_s)
    [one] = routine.steps
    assert (one.exercise, one.sets, one.hold_s, one.reps, one.sides) == step
    assert (routine.id, routine.name, routine.sources) == (name, exercise.name, exercise.sources)


@pytest.mark.parametrize(
    "exercise", [e for e in list_exercises().values() if e.is_seen], ids=lambda e: e.id
)
def test_every_exercise_that_is_seen_can_be_done_alone(exercise: Exercise) -> None:
    routine = make_routine(exercise)
    [step] = routine.steps
    assert step.target > 0
    assert Routine.model_validate(routine.model_dump()) == routine, "it stands for itself"


@pytest.mark.parametrize(
    ("name", "asked", "said"),
    [
        ("half-kneeling", {"sets": 0}, "half-kneeling: sets: Input should be greater than or"),
        ("half-kneeling", {"sets": 101}, "half-kneeling: sets: Input should be less than or"),
        ("half-kneeling", {"hold_s": -1.0}, "half-kneeling: hold_s: Input should be greater than"),
        ("half-kneeling", {"hold_s": math.inf}, "half-kneeling: hold_s: Input should be a finite"),
        ("half-kneeling", {"sets": 0, "hold_s": 0.0}, "; hold_s: Input should be greater than 0"),
        ("donkey-kick", {"hold_s": 20.0}, "'donkey-kick': counts repetitions"),
        ("arch-check", {}, "'arch-check' is a question, which no camera can answer"),
    ],
)
def test_one_exercise_that_cannot_be_asked_for_so(
    name: str, asked: dict[str, Any], said: str
) -> None:
    with pytest.raises(ExerciseError) as caught:
        make_routine(list_exercises()[name], **asked)
    assert said in str(caught.value)
    assert "Tuple" not in str(caught.value), "only what the caller can change is named"


def test_a_routine_takes_other_numbers() -> None:
    exercises = list_exercises()
    names = ("half-kneeling", "donkey-kick", "thomas-test")
    steps = [{"exercise": name} for name in names]
    raw = {"id": "mine", "name": "Mine", "sources": ["here"], "steps": steps}
    own = Routine.model_validate(raw, context=exercises)
    changed = change_routine(own, exercises, sets=3, hold_s=12.5, rest_s=4)
    assert [step.sets for step in changed.steps] == [3, 3, 3]
    assert [step.rest_s for step in changed.steps] == [4, 4, 4]
    assert [step.hold_s for step in changed.steps] == [12.5, None, own.steps[2].hold_s]
    assert changed.steps[1].reps == own.steps[1].reps
    assert change_routine(own, exercises) == own
