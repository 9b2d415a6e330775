"""Files of exercises are read and checked; every mistake is named with its file, key and reason."""

from __future__ import annotations

import warnings
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from formcheck.errors import ExerciseError, ExerciseWarning, offer_nearest
from formcheck.exercises.mistake import (
    WHOLE,
    Mistake,
    find_nearest,
    make_mistake,
    read_model,
    refuse,
)
from formcheck.exercises.schema import Exercise

CATALOGUE_DIR: Final = Path(__file__).parent / "catalogue"
_T = TypeVar("_T")


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
            advice = "create it, or give the folder that your exercises are in"
            raise ExerciseError(folder, "no such folder of exercises", advice)
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
    return find_named("exercise", name, exercises)


def find_named(kind: str, name: str, known: Mapping[str, _T]) -> _T:
    """What has that name.

    Raises:
        ExerciseError: nothing has; the nearest names are offered.
    """
    if name in known:
        return known[name]
    raise ExerciseError(f"{kind} '{name}'", "is not known", offer_nearest(name, known))


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
    name = exercise.same_position_as
    if name is None:
        return exercise
    owners = [one.id for one in known.values() if has_own_position(one)]
    mistake = _check_shared(path, {"same_position_as": name}, owners)
    if mistake is not None:
        raise refuse([mistake])
    return exercise.model_copy(update={"position": known[name].position})


# --- checking ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checked:
    """One file and what was found."""

    file: Path
    exercise: Exercise | None
    """What it describes, ``same_position_as`` not yet filled in; None if anything is wrong."""
    mistakes: tuple[Mistake, ...]
    """In the order of the file."""
    raw: Mapping[str, Any]
    """What is written in it; empty if it cannot be read."""


def check_file(path: Path) -> Checked:
    """Check one file by itself: what ``same_position_as`` names is left open."""
    exercise, mistakes, raw = read_model(path, Exercise)
    return Checked(path, exercise, tuple(mistakes), raw)


def check_files(paths: Iterable[Path], known: Mapping[str, Exercise]) -> list[Checked]:
    """Check files of one's own, each once, together with whose position they share.

    Args:
        paths: files, and folders for all their ``*.toml``.
        known: exercises that are there already, by id; the files join them or take their place.

    Returns:
        A ``Checked`` a file, in order; for a folder without files, one that says so.
    """
    checked = list({one.file.absolute(): one for one in _check_each(paths)}.values())
    owners = {one.id for one in known.values() if has_own_position(one)}
    for one in checked:
        name = one.raw.get("id")
        if isinstance(name, str):
            owns = bool(one.raw.get("position")) and "same_position_as" not in one.raw
            owners = owners | {name} if owns else owners - {name}
    return [_add_shared(one, owners) for one in checked]


def _check_each(paths: Iterable[Path]) -> Iterator[Checked]:
    for path in paths:
        files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
        yield from map(check_file, files)
        if not files:
            yield Checked(path, None, (Mistake(path, WHOLE, "there is no *.toml in it"),), {})


def has_own_position(exercise: Exercise) -> bool:
    """Whether another exercise can share its position."""
    return exercise.same_position_as is None and bool(exercise.position)


def _check_shared(file: Path, raw: Mapping[str, Any], owners: Iterable[str]) -> Mistake | None:
    """What is wrong with a ``same_position_as``, if it does not name one of the ``owners``."""
    name, ids = raw.get("same_position_as"), sorted(owners)
    if not isinstance(name, str) or name in ids:
        return None
    reason = f"'{name}' is not an exercise with a position of its own"
    return make_mistake(file, raw, ("same_position_as",), reason, find_nearest(name, ids))


def _add_shared(checked: Checked, owners: Iterable[str]) -> Checked:
    mistake = _check_shared(checked.file, checked.raw, owners)
    if mistake is None or any(m.key == mistake.key for m in checked.mistakes):
        return checked
    mistakes = sorted((*checked.mistakes, mistake), key=lambda mistake: mistake.place)
    return replace(checked, exercise=None, mistakes=tuple(mistakes))
