"""TOML to Exercise; every mistake named with its file, key and reason."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from formcheck.errors import ExerciseError
from formcheck.exercises.spec import Band, Exercise, Rule
from formcheck.measure.named import MEASURE_NAMES

CATALOGUE_DIR: Final = Path(__file__).parent / "catalogue"


def load_exercises(*folders: Path) -> dict[str, Exercise]:
    """The catalogue and the exercises of further folders, by id, in order of their ids.

    A further folder's exercise replaces the catalogue's of the same id.

    Raises:
        ExerciseError: a folder is missing or a file is wrong; names every mistake of that file.
    """
    found: dict[str, Exercise] = {}
    for folder in (CATALOGUE_DIR, *folders):
        if not folder.is_dir():
            raise ExerciseError(f"{folder}: no such folder of exercises")
        for path in sorted(folder.glob("*.toml")):
            exercise = read_exercise(path)
            found[exercise.id] = exercise
    return {key: _fill_position(found[key], found) for key in sorted(found)}


def load_exercise(name: str, *folders: Path) -> Exercise:
    """The exercise of that id.

    Args:
        name: its id, e.g. ``half-kneeling``.
        *folders: further folders of TOML files.

    Raises:
        ExerciseError: there is none; the nearest names are offered.
    """
    exercises = load_exercises(*folders)
    if name in exercises:
        return exercises[name]
    near = difflib.get_close_matches(name, exercises, n=3, cutoff=0.4)
    known = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(exercises)}"
    raise ExerciseError(f"exercise '{name}' is not known: {known}")


def read_exercise(path: Path) -> Exercise:
    """Read one file; ``same_position_as`` is not filled in yet.

    Raises:
        ExerciseError: it cannot be read, is not TOML, or is not an exercise.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExerciseError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ExerciseError(f"{path}: not valid TOML: {error}") from error
    try:
        exercise = Exercise.model_validate(raw)
    except ValidationError as error:
        raise ExerciseError("; ".join(_explain(path, error))) from error
    if exercise.id != path.stem:
        raise ExerciseError(f"{path}: id: '{exercise.id}' must be the file's name, '{path.stem}'")
    return exercise


def _fill_position(exercise: Exercise, known: dict[str, Exercise]) -> Exercise:
    if exercise.same_position_as is None:
        return exercise
    other = known.get(exercise.same_position_as)
    if other is None or not other.position:
        raise ExerciseError(
            f"{exercise.id}: same_position_as: '{exercise.same_position_as}' is no exercise "
            "with a position of its own"
        )
    return exercise.model_copy(update={"position": other.position})


def _explain(path: Path, error: ValidationError) -> Iterable[str]:
    for mistake in error.errors(include_url=False):
        path_to = [*mistake["loc"]]
        if path_to[:1] == ["count"] and len(path_to) > 2:
            del path_to[1]  # the kind, which pydantic puts in between
        key = ".".join(str(part) for part in path_to) or "file"
        reason = mistake["msg"].removeprefix("Value error, ")
        near = _nearest(mistake)
        yield f"{path}: {key}: {reason}" + (f" (did you mean '{near}'?)" if near else "")


def _nearest(mistake: Any) -> str | None:
    names: list[str] = []
    if mistake["type"] == "extra_forbidden":
        models: tuple[type[BaseModel], ...] = (Exercise, Rule, Band)
        names = [name for model in models for name in model.model_fields]
        value = str(mistake["loc"][-1])
    elif "there is no measure" in mistake["msg"]:
        names, value = list(MEASURE_NAMES), str(mistake["input"])
    near = difflib.get_close_matches(value, names, n=1) if names else []
    return near[0] if near else None
