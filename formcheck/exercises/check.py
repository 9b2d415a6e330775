"""Files that describe exercises, checked: every mistake of each at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from formcheck.exercises.mistake import WHOLE, Mistake, find_nearest, make_mistake, read_model
from formcheck.exercises.schema import Exercise


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
    return [_check_shared(one, owners) for one in checked]


def _check_each(paths: Iterable[Path]) -> Iterator[Checked]:
    for path in paths:
        files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
        yield from map(check_file, files)
        if not files:
            yield Checked(path, None, (Mistake(path, WHOLE, "there is no *.toml in it"),), {})


def has_own_position(exercise: Exercise) -> bool:
    """Whether another exercise can share its position."""
    return exercise.same_position_as is None and bool(exercise.position)


def check_shared(file: Path, raw: Mapping[str, Any], owners: Iterable[str]) -> Mistake | None:
    """What is wrong with a ``same_position_as``, if anything.

    Args:
        file: where it stands.
        raw: what is written there.
        owners: ids of the exercises that have a position of their own.
    """
    name, ids = raw.get("same_position_as"), sorted(owners)
    if not isinstance(name, str) or name in ids:
        return None
    reason = f"'{name}' is not an exercise with a position of its own"
    return make_mistake(file, raw, ("same_position_as",), reason, find_nearest(name, ids))


def _check_shared(checked: Checked, owners: Iterable[str]) -> Checked:
    mistake = check_shared(checked.file, checked.raw, owners)
    if mistake is None or any(m.key == mistake.key for m in checked.mistakes):
        return checked
    mistakes = sorted((*checked.mistakes, mistake), key=lambda mistake: mistake.place)
    return replace(checked, exercise=None, mistakes=tuple(mistakes))
