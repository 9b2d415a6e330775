"""A clip's poses, at more frames a second where the person is quick, and what of it was lost."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from formcheck.app.far_look import find_window, prefer_near
from formcheck.defaults import DEFAULT_RATE_HZ
from formcheck.errors import ArgumentError, SourceError
from formcheck.exercises.load import list_exercises
from formcheck.exercises.schema import Exercise
from formcheck.judging.quick import find_quick
from formcheck.measure.body import track_body
from formcheck.pose.estimation import Progress, Stage, estimate_track
from formcheck.pose.follow import LARGEST, Follow, Point, read_follow
from formcheck.pose.people import Window
from formcheck.pose.track import PoseTrack, mirror_track
from formcheck.pose.track_file import is_track, load_track
from formcheck.result.models import Note
from formcheck.video.clip import Clip
from formcheck.video.frame_times import Doubt

CLOSER_RATE_HZ: Final = 60.0
"""Most frames a second that are analysed in a quick stretch: a repetition takes .8 s at least."""
MOST: Final = 0.5
"""A clip that is quick for a larger share is analysed so from its first frame on."""


def estimate(
    clip: str | Path | BinaryIO,
    *,
    model: str = "full",
    rate_hz: float | None = DEFAULT_RATE_HZ,
    fps: float | None = None,
    follow: str | Point = LARGEST,
    mirrored: bool = False,
    exercise_dirs: Iterable[str | Path] = (),
    progress: Progress | None = None,
) -> PoseTrack:
    """The poses of a clip, a picture or a saved poses file, for ``judge``.

    Args:
        clip: a path, or a seekable binary file.
        model: ``full``, ``lite``, or a path to a pose landmarker ``.task`` file.
        rate_hz: frames to analyse per second; None analyses every one. At the default rate, every
            frame is analysed where there are repetitions of a known exercise.
        fps: frames per second that the camera took; None believes the file.
        follow: whom to follow where several people are seen, as ``analyze`` takes it.
        mirrored: the clip was saved mirrored.
        exercise_dirs: further folders of exercise files, whose repetitions are looked at as well.
        progress: called with the progress of the work.

    Returns:
        The person's own poses, with the outline of the back, N frames.

    Raises:
        ExerciseError: a folder of exercises is missing.
        ModelError: the pose model is missing or cannot run.
        SourceError: the clip cannot be read.
        ValueError: ``rate_hz`` or ``fps`` is not above 0, or ``follow`` is not valid.
    """
    check_rates(rate_hz, fps)
    exercises = list_exercises(*map(Path, exercise_dirs)).values()
    return estimate_clip(
        clip, exercises, model=model, rate_hz=rate_hz, fps=fps, follow=read_follow(follow),
        mirrored=mirrored, progress=progress,
    )  # fmt: skip


def estimate_clip(
    clip: str | Path | BinaryIO,
    exercises: Collection[Exercise],
    *,
    model: str,
    rate_hz: float | None = DEFAULT_RATE_HZ,
    fps: float | None = None,
    follow: Follow = LARGEST,
    mirrored: bool = False,
    progress: Progress | None = None,
) -> PoseTrack:
    """As ``estimate``, for exercises that are looked for; none for no closer look."""
    if isinstance(clip, str | Path) and is_track(Path(clip)):
        track = load_saved(clip, fps, follow)
    else:
        with Clip(clip, true_hz=fps) as source:
            track = find_track(
                source, exercises, model=model, rate_hz=rate_hz, progress=progress, follow=follow,
                mirrored=mirrored,
            )  # fmt: skip
    return mirror_track(track) if mirrored else track


def check_rates(rate_hz: float | None, fps: float | None) -> None:
    """Raise a ValueError where a rate is not above 0."""
    for name, value in (("rate_hz", rate_hz), ("fps", fps)):
        if value is not None and not (math.isfinite(value) and value > 0):
            raise ValueError(f"{name} must be above 0, got {value}")


def load_saved(clip: str | Path, fps: float | None, follow: Follow) -> PoseTrack:
    """Saved poses, which are of one person and have their times.

    Raises:
        SourceError: they cannot be read, or somebody else is asked for.
        ArgumentError: a rate is given for them.
    """
    if fps is not None:
        what, advice = "saved poses already have their times", "give fps for the clip itself"
        raise ArgumentError(clip, what, advice)
    if follow != LARGEST:
        advice = "give the clip to follow another"
        raise SourceError(clip, "saved poses are of one person", advice)
    return load_track(Path(clip))


def find_track(
    source: Clip,
    exercises: Collection[Exercise],
    *,
    model: str,
    rate_hz: float | None,
    progress: Progress | None = None,
    outlines: bool = True,
    follow: Follow = LARGEST,
    mirrored: bool = False,
    n_threads: int | None = None,
) -> PoseTrack:
    """The poses of a clip; at the default rate, of every frame where the person is quick.

    Somebody small and far is looked at again, in a part of the pictures that is not shrunk. Another
    rate is kept to. Arguments and errors are those of ``estimate_track``; ``exercises`` are those
    that are looked for.
    """
    window: Window | None = None

    def look(
        hz: float | None, told: Stage, within: list[tuple[float, float]] | None = None
    ) -> PoseTrack:
        def tell(stage: Stage, done: int, total: int | None) -> None:
            if progress is not None:
                progress(told, done, total)

        return estimate_track(
            source, model=model, rate_hz=hz, progress=tell, outlines=outlines,
            follow=follow, mirrored=mirrored, n_threads=n_threads, within=within,
            window=window,
        )  # fmt: skip

    track = look(rate_hz, "poses")
    window = find_window(source, track, model=model, follow=follow)
    if window is not None:
        track = prefer_near(track, look(rate_hz, "closer"))
    if not exercises or rate_hz != DEFAULT_RATE_HZ or len(track) >= track.n_frames:
        return track
    own = mirror_track(track) if mirrored else track
    quick = find_quick(track_body(own), exercises)
    if not quick:
        return track
    is_faster = track.n_frames > 1.05 * CLOSER_RATE_HZ * track.duration_s
    closer_hz = CLOSER_RATE_HZ if is_faster else None
    if sum(one.length_s for one in quick) > MOST * track.duration_s:
        return look(closer_hz, "closer")
    within = [(one.start_s, one.end_s) for one in quick]
    return _insert(track, look(closer_hz, "closer", within), within)


def is_closer(track: PoseTrack, rate_hz: float | None) -> bool:
    """Whether a track has more frames than such a rate gives."""
    return rate_hz is not None and len(track) > rate_hz * track.duration_s + 2


def _insert(
    track: PoseTrack, closer: PoseTrack, within: Sequence[tuple[float, float]]
) -> PoseTrack:
    """A track with the frames of a closer look in place of its own in some stretches of time."""
    outside = np.ones(len(track), dtype=np.bool_)
    for start_s, end_s in within:
        outside &= (track.time_s < start_s) | (track.time_s > end_s)
    order = np.argsort(np.concatenate([track.time_s[outside], closer.time_s]))

    def merge(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(track, name)[outside], getattr(closer, name)])[order]

    names = ("time_s", "xy_px", "xyz_m", "visibility", "n_people", "outline")
    merged: dict[str, Any] = {n: merge(n) for n in names if getattr(track, n) is not None}
    return replace(track, **merged)


_MISSING_S: Final = 2.0
"""Sound may go on a little longer than the pictures."""


_OF_CLOCK: Final[dict[Doubt, tuple[str, str]]] = {
    "no_times": (
        "rate_guessed",
        "The file has no times: {0.shown_hz:.3g} frames per second were assumed. If the rate was "
        "different, all seconds are wrong: give it with --fps.",
    ),
    "slow_motion": (
        "slow_motion",
        "Slow motion: seconds are real time, {0.scale:.3g} of the playing time.",
    ),
    "maybe_slow_motion": (
        "maybe_slow_motion",
        "This may be slow motion, which makes all seconds too long: if so, give the rate at which "
        "it was filmed with --fps.",
    ),
    "maybe_time_lapse": (
        "maybe_time_lapse",
        "This may be a time-lapse, which makes all seconds too short: if so, give the rate at "
        "which it was filmed with --fps.",
    ),
}
"""Code and text of what is doubtful about a clip's clock."""


def list_losses(source: Clip) -> tuple[Note, ...]:
    """What of a clip could not be used, or not be relied on, once all of it was decoded."""
    return tuple(Note(code=code, text=text) for code, text in _tell_losses(source))


def _tell_losses(source: Clip) -> Iterator[tuple[str, str]]:
    """Codes and texts."""
    if n := source.n_damaged:
        yield "damaged", f"Damaged parts of the clip: {n}; what they show may be wrong or missing."
    if n := source.n_dropped_times:
        yield "bad_times", f"Frames left out because their times did not increase: {n}."
    if source.is_still:
        return
    if (lost_s := source.missing_s) >= _MISSING_S:
        yield "cut_short", f"The clip ends {lost_s:.1f} s earlier than its file says."
    if (lost_s := source.gaps_s) and lost_s < (source.duration_s or 0.0) / 2:
        yield (
            "gaps",
            f"There was no picture for {lost_s:.1f} s: nothing was counted during that time.",
        )
    if source.n_shapes > 1:
        text = "The picture changes shape within the clip: the rest was fitted in, with bars."
        yield "shape_changed", text
    if source.clock.doubt is not None:
        code, text = _OF_CLOCK[source.clock.doubt]
        yield code, text.format(source.clock)
