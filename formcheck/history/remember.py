"""Remember an analysed clip: the same clip again replaces what was remembered of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from formcheck.errors import SourceError
from formcheck.exercises.schema import Assessment, Exercise, Reps
from formcheck.history.store import History
from formcheck.result.models import Result, Unit
from formcheck.video.metadata import read_created

DateSource = Literal["given", "clip", "file"]


@dataclass(frozen=True, slots=True)
class ClipOrigin:
    """What identifies a clip, and when it was recorded."""

    content: str
    """SHA-256 of its bytes: a copy or another name is the same clip."""
    at: datetime
    """With its time zone."""
    dated_by: DateSource
    """By the user, by what the clip itself says, or by when its file was last changed."""


def find_origin(path: Path, at: datetime | None = None) -> ClipOrigin:
    """Read a clip's contents, and when it was recorded unless the user says so in ``at``.

    Raises:
        SourceError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        changed = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error.strerror or error}") from error
    if at is not None:
        return ClipOrigin(content, at, "given")
    created = read_created(path)
    return ClipOrigin(content, created or changed, "clip" if created else "file")


def remember_clip(
    history: History, result: Result, origin: ClipOrigin, exercises: Mapping[str, Exercise]
) -> int:
    """Remember the sets of a clip in place of what was remembered of it; how many there are.

    A result without a set changes nothing: whoever named the wrong exercise loses nothing.

    Raises:
        StoreError: it cannot be written; what was remembered before stays.
    """
    if not result.sets:
        return 0
    with history.together():
        history.forget_session(origin.content)
        for index, one in enumerate(result.sets):
            target, unit = _find_target(result, index, exercises[one.exercise])
            history.add_set(
                one,
                session=origin.content,
                person=result.person,
                source="clip",
                at=origin.at,
                clip=result.clip,
                routine=result.plan.routine if result.plan else None,
                target=target,
                unit=unit,
            )
    return len(result.sets)


def _find_target(result: Result, index: int, exercise: Exercise) -> tuple[float | None, Unit]:
    """What the set at that place was to reach: by the routine, if the clip was held against one."""
    for asked in result.plan.sets if result.plan else ():
        if asked.index == index:
            return asked.asked, asked.unit
    count = exercise.count
    if isinstance(count, Reps):
        return float(count.target_reps), "reps"
    return (None if isinstance(count, Assessment) else exercise.hold_target_s), "s"
