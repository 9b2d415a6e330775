"""Where the user says their neutral is: a calibration file, a clip, or a stretch of this one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from formcheck.app.closer_look import estimate_clip
from formcheck.errors import ArgumentError, SourceError
from formcheck.exercises.load import load_exercise
from formcheck.exercises.schema import Exercise
from formcheck.judging.calibration import (
    Calibration,
    Range,
    explain_no_neutral,
    find_neutral,
    is_calibration,
    make_calibration,
    read_neutral,
    use_calibration,
)
from formcheck.judging.neutral import KnownNeutral
from formcheck.measure.pelvis import view_backs
from formcheck.pose.estimation import Progress
from formcheck.pose.follow import LARGEST, Follow, Point, read_follow
from formcheck.pose.track import PoseTrack
from formcheck.result.judgement import judge_poses

_RANGE: Final = re.compile(r"(?P<clip>.*)@(?P<start>\d+(\.\d+)?)-(?P<end>\d+(\.\d+)?)", re.DOTALL)


def split_range(text: str) -> tuple[str, Range | None]:
    """A clip and the stretch of it that is meant: ``CLIP``, ``CLIP@START-END`` or ``@START-END``.

    A file whose very name ends like a range is that file.

    Returns:
        The clip, empty for this one; start and end in seconds, None for the whole.

    Raises:
        ArgumentError: the range is no range, or neither a clip nor a range is given.
    """
    found = None if os.path.exists(text) else _RANGE.fullmatch(text)  # noqa: PTH110  (raises none)
    if found is None:
        if not text or text.startswith("@"):
            raise ArgumentError(
                f"neutral {text!r}",
                "is neither a clip nor part of one",
                "give a calibration file, CLIP, CLIP@START-END or @START-END, in seconds, as in "
                "@0-3",
            )
        return text, None
    between = float(found["start"]), float(found["end"])
    if not between[0] < between[1]:
        raise ArgumentError(f"neutral {text!r}", "the start must be before the end")
    return found["clip"], between


def resolve_neutral(
    given: str | Path | Calibration | None,
    exercise: Exercise | None,
    model: str = "full",
    *,
    follow: Follow = LARGEST,
    mirrored: bool = False,
) -> KnownNeutral | Range | None:
    """The neutral that the user gave, or the stretch of the judged clip that shows it.

    Args:
        given: as ``split_range`` takes it, a calibration file, or what ``calibrate`` returned.
        exercise: the exercise in whose position another clip is searched; None for any.
        model: for another clip, and so are the next two.
        follow: whom to follow.
        mirrored: it was saved mirrored.

    Raises:
        SourceError: it cannot be read, or shows no neutral.
        ArgumentError: it means nothing.
    """
    if given is None:
        return None
    if isinstance(given, Calibration):
        return use_calibration(given)
    clip, between = split_range(str(given))
    if not clip:
        return between
    if between is None and is_calibration(Path(clip)):
        return read_neutral(Path(clip))
    other = estimate_clip(clip, (), model=model, follow=follow, mirrored=mirrored)
    known = find_known(clip, other, exercise, between)
    return KnownNeutral(known.neutral, known.source)  # its times are another clip's


def find_known(
    clip: str, track: PoseTrack, exercise: Exercise | None = None, between: Range | None = None
) -> KnownNeutral:
    """The neutral that a recording shows; in the position of an exercise, unless it is said when.

    A SourceError if it shows none, or its poses were saved without outlines.
    """
    if track.outline is None:
        what = "these poses were saved without the outline of the back"
        raise SourceError(clip, what, "use the clip")
    if exercise is None or between is not None or track.is_still:
        return find_neutral(track, between)
    judged = judge_poses(track, {exercise.id: exercise}, exercise=exercise.id)
    seen = judged.found
    # Where a repetition is asked for and none was done, the position alone will do.
    pelvis = next((one.pelvis for one in reversed(seen.idle) if one.pelvis), None)
    if not seen.sets and pelvis is None:
        what = f"the position of {exercise.id} is not held"
        raise SourceError(track.clip, what, "the neutral is taken in that position")
    known = seen.neutral if pelvis is None else pelvis.known
    if known is None:
        raise explain_no_neutral(track.clip, view_backs(judged.body))
    return replace(known, source="given")


def calibrate(
    clip: str | Path,
    *,
    exercise: str | None = None,
    model: str = "full",
    follow: str | Point = LARGEST,
    mirrored: bool = False,
    exercise_dirs: Iterable[str | Path] = (),
    progress: Progress | None = None,
) -> Calibration:
    """Find a person's neutral in a recording.

    Args:
        clip: ``CLIP``, or ``CLIP@START-END`` for the seconds in which it is shown.
        exercise: look in this exercise's position only; None looks anywhere.
        model: as ``analyze`` takes it, and so are the rest.
        follow: whose, where several people are seen.
        mirrored: the clip was saved mirrored.
        exercise_dirs: further folders of exercise files.
        progress: called with the progress of the work.

    Returns:
        The neutral: ``analyze`` takes it as ``neutral``, and a file of its ``to_json`` as well.

    Raises:
        ExerciseError: there is no such exercise.
        SourceError: the clip cannot be read or shows no neutral.
        ValueError: the range is no range, or ``follow`` is not valid.
    """
    name, between = split_range(str(clip))
    if not name:
        raise ArgumentError(clip, "names no clip", "give a clip before the @")
    position = None if exercise is None else load_exercise(exercise, *exercise_dirs)
    track = estimate_clip(
        name, (), model=model, follow=read_follow(follow), mirrored=mirrored, progress=progress
    )
    known = find_known(name, track, position, between)
    return make_calibration(known, track.clip, exercise)
