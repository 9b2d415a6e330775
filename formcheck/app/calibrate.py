"""Where the user says their neutral is: a calibration file, a clip, or a stretch of this one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from formcheck.defaults import DEFAULT_RATE_HZ
from formcheck.errors import ArgumentError, SourceError
from formcheck.exercises.load import load_exercise
from formcheck.exercises.schema import Exercise
from formcheck.judging.calibration import (
    Calibration,
    Range,
    find_neutral,
    is_calibration,
    make_calibration,
    read_neutral,
    use_calibration,
)
from formcheck.judging.neutral import KnownNeutral
from formcheck.pose.estimation import Progress, estimate_track
from formcheck.pose.follow import LARGEST, Follow, Point, read_follow
from formcheck.pose.track import PoseTrack, mirror_track
from formcheck.pose.track_file import is_track, load_track
from formcheck.video.clip import Clip

_RANGE: Final = re.compile(r"(?P<clip>.*)@(?P<start>\d+(\.\d+)?)-(?P<end>\d+(\.\d+)?)", re.DOTALL)


def split_range(text: str) -> tuple[str, Range | None]:
    """A clip and the stretch of it that is meant: ``CLIP``, ``CLIP@START-END`` or ``@START-END``.

    A file whose very name ends like a range is that file.

    Returns:
        The clip, empty for this one; start and end in seconds, None for the whole.

    Raises:
        ValueError: the range is no range, or neither a clip nor a range is given.
    """
    found = None if _is_there(Path(text)) else _RANGE.fullmatch(text)
    if found is None:
        if not text or text.startswith("@"):
            raise ArgumentError(
                f"neutral {text!r}",
                "is neither a clip nor a stretch of one",
                "give a calibration file, CLIP, CLIP@START-END or @START-END, in seconds, as in "
                "@0-3",
            )
        return text, None
    between = float(found["start"]), float(found["end"])
    if not between[0] < between[1]:
        raise ArgumentError(f"neutral {text!r}", "the start has to be before the end")
    return found["clip"], between


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # too long to be a name
        return False


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
        given: as ``split_range`` takes it, a calibration file, or what ``calibrate`` returned; None
            for nothing.
        exercise: the exercise in whose position another clip is searched; None for any.
        model: for another clip.
        follow: whom to follow in it.
        mirrored: it was saved mirrored.

    Raises:
        SourceError: it cannot be read, or shows no neutral.
        ValueError: it means nothing.
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
    other = read_track(Path(clip), model, follow=follow, mirrored=mirrored)
    known = find_neutral(other, None if between else exercise, between)
    return KnownNeutral(known.neutral, known.source)  # its times are another clip's


def refuse_follow(clip: str | Path, follow: Follow) -> None:
    """Saved poses are of one person.

    Raises:
        SourceError: somebody else is asked for.
    """
    if follow != LARGEST:
        advice = "give the clip to follow another"
        raise SourceError(clip, "saved poses are of one person", advice)


def read_track(
    clip: Path,
    model: str,
    progress: Progress | None = None,
    *,
    follow: Follow = LARGEST,
    mirrored: bool = False,
) -> PoseTrack:
    """The person's own poses in a clip, or in a saved poses file, with outlines.

    Raises:
        SourceError: it cannot be read, or was saved without outlines.
    """
    if is_track(clip):
        refuse_follow(clip, follow)
        track = load_track(clip)
        if track.outline is None:
            what = "these poses were saved without the outline of the back"
            raise SourceError(clip, what, "use the clip")
    else:
        with Clip(clip) as source:
            track = estimate_track(
                source,
                model=model,
                rate_hz=DEFAULT_RATE_HZ,
                progress=progress,
                follow=follow,
                mirrored=mirrored,
            )
    return mirror_track(track) if mirrored else track


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
    """Find one's neutral in a recording.

    Args:
        clip: ``CLIP``, or ``CLIP@START-END`` for the seconds in which it is shown.
        exercise: look in this exercise's position only; None looks anywhere.
        model: ``full``, ``lite``, or a path to a pose landmarker ``.task`` file.
        follow: whose, where several people are seen; as ``analyze`` takes it.
        mirrored: the clip was saved mirrored, as front cameras do.
        exercise_dirs: further folders of exercise files.
        progress: told how far the work is.

    Returns:
        The neutral: ``analyze`` takes it as ``neutral``, and a file of its ``to_json`` as well.

    Raises:
        ExerciseError: there is no such exercise.
        SourceError: the clip cannot be read or shows no neutral.
        ValueError: the range is no range, or ``follow`` means nothing.
    """
    name, between = split_range(str(clip))
    if not name:
        raise ArgumentError(clip, "names no clip", "give one before the @")
    position = None if exercise is None else load_exercise(exercise, *exercise_dirs)
    track = read_track(Path(name), model, progress, follow=read_follow(follow), mirrored=mirrored)
    known = find_neutral(track, None if between else position, between)
    return make_calibration(known, track.clip, exercise)
