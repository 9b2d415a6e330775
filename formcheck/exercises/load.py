"""TOML to Exercise; every mistake named with its file, key and reason."""

from __future__ import annotations

import warnings
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from formcheck.errors import ExerciseError, ExerciseWarning, offer_nearest
from formcheck.exercises.check import check_file, check_shared, has_own_position
from formcheck.exercises.mistake import refuse
from formcheck.exercises.schema import Exercise

CATALOGUE_DIR: Final = Path(__file__).parent / "catalogue"


def list_exercises(*folders: str | Path, asked: Container[str] = ()) -> dict[str, Exercise]:
    """The catalogue and the exercises of further folders, by id, in order of their ids.

    A further folder's exercise replaces the catalogue's of the same id. A file of it that is wrong
    is left out with an ``ExerciseWarning`` that names every mistake.

    Args:
        *folders: further folders of TOML files.
        asked: ids of the exercises that are needed: if the file of one of them is wrong, that is
            an error.

    Raises:
        ExerciseError: a folder is missing, or the file of an exercise in ``asked`` is wrong.
    """
    found: dict[str, Exercise] = {}
    files: dict[str, Path] = {}
    for folder in (CATALOGUE_DIR, *map(Path, folders)):
        if not folder.is_dir():
            raise ExerciseError(folder, "no such folder of exercises")
        for path in sorted(folder.glob("*.toml")):
            with leave_out(path, asked):
                exercise = read_exercise(path)
                found[exercise.id] = exercise
                files[exercise.id] = path
    whole = {}
    for key in sorted(found):
        with leave_out(files[key], asked):
            whole[key] = _fill_position(files[key], found[key], found)
    return whole


@contextmanager
def leave_out(path: Path, asked: Container[str]) -> Iterator[None]:
    """Read a file in the block; if it is wrong, that is a warning, and the block ends there.

    Args:
        path: the file; its name is the id of what it describes.
        asked: ids of what is needed.

    Raises:
        ExerciseError: it is wrong, and needed or one of formcheck's own.
    """
    try:
        yield
    except ExerciseError as error:
        if path.stem in asked or path.parent.parent == CATALOGUE_DIR.parent:
            raise
        # One place for all, so that Python says it once of each file.
        warnings.warn(ExerciseWarning(error), stacklevel=1)


def load_exercise(name: str, *folders: str | Path) -> Exercise:
    """The exercise of that id.

    Args:
        name: its id, e.g. ``half-kneeling``.
        *folders: further folders of TOML files.

    Raises:
        ExerciseError: there is none, and the nearest names are offered; or its file is wrong.
    """
    return find_exercise(name, list_exercises(*folders, asked=(name,)))


def find_exercise(name: str, exercises: Mapping[str, Exercise]) -> Exercise:
    """The exercise of that id among those, by id.

    Raises:
        ExerciseError: there is none; the nearest names are offered.
    """
    if name in exercises:
        return exercises[name]
    raise ExerciseError(f"exercise '{name}'", "is not known", offer_nearest(name, exercises))


def read_exercise(path: Path) -> Exercise:
    """Read one file; ``same_position_as`` is not filled in yet.

    Raises:
        ExerciseError: it cannot be read, is not TOML, or is not an exercise.
    """
    checked = check_file(path)
    if checked.exercise is None:
        raise refuse(checked.mistakes)
    return checked.exercise


def _fill_position(path: Path, exercise: Exercise, known: Mapping[str, Exercise]) -> Exercise:
    if exercise.same_position_as is None:
        return exercise
    owners = [one.id for one in known.values() if has_own_position(one)]
    mistake = check_shared(path, {"same_position_as": exercise.same_position_as}, owners)
    if mistake is not None:
        raise refuse([mistake])
    return exercise.model_copy(update={"position": known[exercise.same_position_as].position})
