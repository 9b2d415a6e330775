"""Exercises and routines that are anything: each is right or explained, and none raises."""

from __future__ import annotations

import copy
import json
import time
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, seed, settings
from hypothesis import strategies as st

from formcheck.app.calibrate import find_known
from formcheck.errors import ExerciseError, SourceError
from formcheck.exercises.load import CATALOGUE_DIR, check_file, list_exercises, read_exercise
from formcheck.exercises.mistake import MAX_FILE_BYTES
from formcheck.exercises.routine import ROUTINES_DIR, read_routine
from formcheck.exercises.schema import Exercise
from formcheck.judging.calibration import make_calibration, read_neutral
from formcheck.pose.track import PoseTrack
from tests.support.builders import judge_track
from tests.support.toml_text import dump
from torture.cases import CASE_S, SEED, CaseHangsError, bounded, count, draw, keep, tell
from torture.judged import find_faults_of_result
from torture.run import Limits, run

N_EXAMPLES: Final = 300
N_EDITS: Final = 800
EXERCISES: Final = list_exercises()
FILES: Final = sorted(CATALOGUE_DIR.glob("*.toml"))
BOUNDED: Final = Limits(address_bytes=1 << 30)
ROUTINES: Final = sorted(ROUTINES_DIR.glob("*.toml"))

many = settings(
    max_examples=count(N_EXAMPLES),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

scalars = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(max_size=40).filter(lambda text: text.isprintable()),
    st.sampled_from(["left", "hold", "reps", "trunk_lean_deg", "front_knee_deg", "always", "near"]),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def find_fault(path: Path) -> str | None:
    """What is wrong with how a file was checked; None for nothing."""
    checked = check_file(path)
    if (checked.exercise is None) != bool(checked.mistakes):
        return f"neither right nor wrong: {checked}"
    for mistake in checked.mistakes:
        text = str(mistake)
        if not text.startswith(f"{path}: ") or not text.isprintable() or len(text) > 600:
            return f"not a plain line of the file: {text!r}"
    try:
        read_exercise(path)
    except ExerciseError:
        return None if checked.mistakes else "refused though nothing is wrong"
    return "taken though something is wrong" if checked.mistakes else None


@seed(SEED)
@many
@given(st.one_of(st.binary(max_size=400), st.text(max_size=400).map(str.encode)))
@example(b"\xff\xfea = 1")
@example(b"a = 1e999999999999")
@example(b"a = 9999-99-99T99:99:99")
@example(b'a = "\\uD800"')
@example(b"\0")
@bounded()
def test_any_bytes(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.toml"
    path.write_bytes(content)
    assert find_fault(path) is None
    assert find_fault_of_routine(path) is None


def find_fault_of_routine(path: Path) -> str | None:
    try:
        read_routine(path, EXERCISES)
    except ExerciseError as error:
        text = str(error)
        return None if str(path) in text and "\n" not in text else f"said badly: {text!r}"
    return None


def list_places(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where there is anything in a file."""
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for key, one in items:
        yield (*here, key)
        yield from list_places(one, (*here, key))


def put(raw: dict[str, Any], place: tuple[Any, ...], value: Any) -> None:
    within: Any = raw
    for key in place[:-1]:
        within = within[key]
    within[place[-1]] = value


def change(data: st.DataObject, file: Path) -> dict[str, Any]:
    """A file with anything in the place of some of what is there, and perhaps more."""
    raw = copy.deepcopy(tomllib.loads(file.read_text(encoding="utf-8")))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(list(list_places(raw)) or [("id",)]))
        put(raw, place, data.draw(values))
    if data.draw(st.booleans()):
        raw[data.draw(st.text(max_size=8))] = data.draw(values)
    return raw


@seed(SEED)
@many
@given(st.data())
@bounded()
def test_anything_in_the_place_of_something(tmp_path: Path, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from([*FILES, *ROUTINES]))
    path = tmp_path / file.name
    path.write_text(dump(change(data, file)), encoding="utf-8")
    if file in FILES:
        assert find_fault(path) is None
    else:
        assert find_fault_of_routine(path) is None


def edit(rng: np.random.Generator, text: str) -> str:
    """What a tired person does to a file: lines lost, doubled, swapped, letters and numbers."""
    lines = text.splitlines()
    for _ in range(int(rng.integers(1, 4))):
        at, other = (int(k) for k in rng.integers(len(lines), size=2))
        kind = int(rng.integers(7))
        if kind == 0:
            del lines[at : at + int(rng.integers(1, 4))]
        elif kind == 1:
            lines.insert(other, lines[at])
        elif kind == 2:
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == 3 and lines[at]:
            where = int(rng.integers(len(lines[at])))
            letter = str(rng.choice(list('="[]{}.#,\\0-éx\u202e\x07')))
            lines[at] = lines[at][:where] + letter + lines[at][where + 1 :]
        elif kind == 4:
            number = str(rng.choice(["-1", "0", "1e308", "nan", "inf", "0.5", "1e-9", "true"]))
            key, mark, _ = lines[at].partition(" = ")
            lines[at] = key + mark + number if mark else lines[at]
        elif kind == 5:
            key, mark, value = lines[at].partition(" = ")
            _, _, taken = lines[other].partition(" = ")
            lines[at] = key + mark + (taken or value)
        else:
            lines = lines[: at + 1] or [""]
        lines = lines or [""]
    return "\n".join(lines) + "\n"


def test_edited_files_that_pass_judge_like_any_other(
    tracks: dict[str, PoseTrack], tmp_path: Path
) -> None:
    """What is accepted can be used: no rule that was let in raises once somebody stretches."""
    failures, n_passed = [], 0
    every = list(tracks.values())
    for case in range(count(N_EDITS)):
        rng = draw("toml", case)
        file = FILES[case % len(FILES)]
        path = tmp_path / file.name
        path.write_text(edit(rng, file.read_text(encoding="utf-8")), encoding="utf-8")
        try:
            with bounded():
                wrong = find_fault(path)
                exercise = check_file(path).exercise
                if exercise is not None and wrong is None:
                    n_passed += 1
                    wrong = "; ".join(judge_by(exercise, every[case % len(every)]))
        except Exception as error:
            wrong = f"{type(error).__name__}: {error}"
        if wrong:
            where = keep(tmp_path, f"{case:03}.{file.name}", path.read_bytes())
            failures.append(f"{case}: {wrong}\n    {where}")
    tell(f"edited files: {n_passed} of {count(N_EDITS)} are right")
    assert not failures, f"{len(failures)}:\n" + "\n".join(failures)
    assert n_passed > count(N_EDITS) / 20


def judge_by(exercise: Exercise, track: PoseTrack) -> list[str]:
    """Judge with an edited exercise among the others, by its name and unasked."""
    owner = exercise.same_position_as
    if not exercise.is_seen or (owner is not None and owner not in EXERCISES):
        return []
    if owner is not None:
        exercise = exercise.model_copy(update={"position": EXERCISES[owner].position})
    known = {**EXERCISES, exercise.id: exercise}
    asked = judge_track(track, known, exercise=exercise.id)
    return find_faults_of_result(asked) + find_faults_of_result(judge_track(track, known))


TRAPS: Final = {
    "50 MB": b'id = "x"\nkey = "' + b"v" * 50_000_000 + b'"\n',
    "deep lists": b"a = " + b"[" * 100_000 + b"]" * 100_000,
    "lists that do not end": b"a = " + b"[" * 100_000,
    "deep tables": b"a = " + b"{a=" * 100_000,
    "a long name": b"[" + b"a." * 20_000 + b"a]\n",
    "a long key": b"a." * 5000 + b"a = 1",
    "the longest key": b"a." * (MAX_FILE_BYTES // 2 - 4) + b"a = 1",
    "a long number": b"x = 1" + b"0" * 400_000,
}


@pytest.mark.parametrize("kind", TRAPS)
def test_a_trap_is_refused_at_little_cost(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    path = folder / "big.toml"
    path.write_bytes(TRAPS[kind])
    # A list names the file and goes on with the exercises that are well.
    for code, asked in ((2, ("check", path)), (0, ("list", "--exercises", folder))):
        done = run("exercises", *asked, folder=tmp_path, limits=BOUNDED, limit_s=CASE_S)
        assert done.code == code, done
        assert "big.toml" in done.stdout + done.stderr
        assert len(done.stdout + done.stderr) < 5000
        assert "Traceback" not in done.stderr
    [line] = done.stderr.splitlines()
    assert line.startswith("formcheck: left out: ")
    assert line.isprintable()
    with bounded():  # in this process only now: nothing bounds its memory
        assert find_fault(path) is None
        assert find_fault_of_routine(path) is None


def test_a_case_that_hangs_is_ended() -> None:
    """Even where what ends it is taken for a mistake, once or for good."""

    @bounded(0.1)
    def hang(times: int) -> None:
        for _ in range(times):
            with suppress(Exception):
                while True:
                    pass

    for times in (1, 3):
        with pytest.raises(CaseHangsError):
            hang(times)
    with pytest.raises(CaseHangsError), bounded(0.1):
        time.sleep(9)
    with bounded(0.1):
        pass
    time.sleep(0.2)


@pytest.fixture(scope="module")
def neutral(tracks: dict[str, PoseTrack]) -> str:
    """A calibration file's text."""
    track = tracks["half-kneeling_knee-lean"]
    known = find_known(track.clip, track, EXERCISES["half-kneeling"])
    return make_calibration(known, track.clip, "half-kneeling").to_json()


@seed(SEED)
@many
@given(st.data())
@bounded()
def test_anything_in_a_calibration_file(
    tmp_path: Path, neutral: str, tracks: dict[str, PoseTrack], data: st.DataObject
) -> None:
    """It is refused in one line, or judged with."""
    raw = json.loads(neutral)
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.sampled_from(list(list_places(raw)) or [("clip",)]))
        put(raw, place, data.draw(values))
    path = tmp_path / "me.json"
    path.write_text(json.dumps(raw), encoding="utf-8")
    assert not find_faults_with_neutral(path, tracks["half-kneeling_tuck"])


def find_faults_with_neutral(path: Path, track: PoseTrack) -> list[str]:
    try:
        known = read_neutral(path)
    except SourceError as error:
        text = str(error)
        is_plain = text.startswith(f"{path}: ") and "make it again" in text and "\n" not in text
        return [] if is_plain else [text]
    result = judge_track(track, EXERCISES, exercise="half-kneeling", neutral=known)
    return find_faults_of_result(result)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"formcheck_neutral":' * 50_000, "9" * 100_000])
@bounded()
def test_endless_json_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "me.json"
    path.write_text(text)
    with pytest.raises(SourceError, match="make it again"):
        read_neutral(path)
