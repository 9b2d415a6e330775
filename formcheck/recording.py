"""One clip, end to end: its poses, its verdict, and, when asked for, its annotated video."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, Final, Literal, Protocol

import numpy as np

from formcheck.capture.clip import Clip
from formcheck.coach.clip import AUTO, judge_track
from formcheck.coach.result import Note, Result
from formcheck.coach.session import Session
from formcheck.errors import SourceError
from formcheck.estimate.mediapipe import PoseEstimator
from formcheck.exercises.load import load_exercise, load_exercises
from formcheck.exercises.spec import Exercise
from formcheck.feedback.overlay import canvas_size, draw_scene
from formcheck.feedback.scene import build_scene
from formcheck.feedback.video import VideoWriter
from formcheck.frame import Frame
from formcheck.measure.body import BodyTracker
from formcheck.pipeline import Moment, Replay, interpolate_xy, run
from formcheck.pose.landmarks import Side
from formcheck.pose.pose import Pose, PoseTrack
from formcheck.pose.store import is_track, load_track, save_track

DEFAULT_RATE_HZ: Final = 10.0
"""Frames analysed a second: at 7.5 and 5 Hz no verdict on the clips with truth differs from that at
their own 15 Hz, and held seconds by .2 s at most."""
ANALYSIS_SIDE_PX: Final = 640
"""Longest side given to the model: more gains nothing (measured)."""
VIDEO_SIDE_PX: Final = 1920
"""Longest side of the annotated video."""
MAX_BRIDGE_S: Final = 0.5
"""The drawn skeleton follows frames between two analysed ones no farther apart than this."""

Stage = Literal["poses", "video"]


class Progress(Protocol):
    """Told of long work as it goes."""

    def __call__(self, stage: Stage, done: int, total: int | None) -> None:
        """``done`` of ``total`` frames; ``total`` is None where the clip does not say."""


def analyze(
    clip: str | Path | BinaryIO,
    *,
    exercise: str = AUTO,
    side: Side | None = None,
    model: str = "full",
    rate_hz: float | None = DEFAULT_RATE_HZ,
    person: str | None = None,
    exercise_dirs: Iterable[Path] = (),
    video: Path | None = None,
    poses: Path | None = None,
    progress: Progress | None = None,
) -> Result:
    """Analyse a recorded clip, a picture, or a saved poses file.

    Args:
        clip: a path, or a seekable binary file.
        exercise: an exercise's id, or ``auto`` to find out which was done.
        side: the person's own stretched side; None finds it.
        model: ``full``, ``lite``, or a path to a pose landmarker ``.task`` file.
        rate_hz: frames analysed a second of presentation time; None analyses every one.
        person: whom to file the result under.
        exercise_dirs: further folders of exercise files.
        video: where to write the annotated video; None writes none. A single picture and a poses
            file give none.
        poses: where to save the poses, which this function accepts as a clip later.
        progress: told how far the work is.

    Returns:
        The verdict.

    Raises:
        ExerciseError: the exercise is unknown or an exercise file is wrong.
        SourceError: the clip cannot be read.
        ModelError: the pose model is missing or cannot run.
        StoreError: the video or poses cannot be written.
        ValueError: ``rate_hz`` is not above 0, or ``side`` is no side.
    """
    if rate_hz is not None and not (np.isfinite(rate_hz) and rate_hz > 0):
        raise ValueError(f"rate_hz must be above 0, got {rate_hz}")
    if side not in (None, "left", "right"):
        raise ValueError(f"side is 'left', 'right' or None, got {side!r}")
    exercises = _load(exercise, tuple(exercise_dirs))
    if isinstance(clip, str | Path) and is_track(Path(clip)):
        track = load_track(Path(clip))
        if poses is not None:
            save_track(track, poses)
        return judge_track(track, exercises, exercise=exercise, side=side, person=person)
    with Clip(clip) as source:
        track = estimate_track(source, model=model, rate_hz=rate_hz, progress=progress)
        if poses is not None:
            save_track(track, poses)
        result = judge_track(track, exercises, exercise=exercise, side=side, person=person)
        result = _add_warnings(result, source)
        if video is not None and not source.is_still:
            write_video(video, source, track, result, exercises, side=side, progress=progress)
    return result


def _load(exercise: str, folders: tuple[Path, ...]) -> Mapping[str, Exercise]:
    if exercise != AUTO:
        load_exercise(exercise, *folders)
    return load_exercises(*folders)


def estimate_track(
    source: Clip,
    *,
    model: str,
    rate_hz: float | None,
    progress: Progress | None = None,
    outlines: bool = True,
) -> PoseTrack:
    """The poses of a clip, with the trunk's outlines unless no exercise needs them.

    Raises:
        SourceError: no frame can be decoded.
        ModelError: the model cannot run.
    """
    times: list[float] = []
    found: list[Pose] = []
    people: list[int] = []
    last_s = 0.0
    with PoseEstimator(model, still=source.is_still, outlines=outlines) as estimator:
        for frame in source.frames(max_side_px=ANALYSIS_SIDE_PX, rate_hz=rate_hz):
            estimate = estimator.estimate(frame, source.width_px, source.height_px)
            times.append(frame.time_s)
            found.append(estimate.pose)
            people.append(estimate.n_people)
            last_s = frame.time_s
            if progress is not None:
                progress("poses", source.n_decoded, source.n_frames_hint)
        name = estimator.model_name
    if not times:
        raise SourceError(f"{source.name}: no frame can be decoded: record or export it again")
    return PoseTrack(
        time_s=np.array(times),
        xy_px=np.array([pose.xy_px for pose in found]),
        xyz_m=np.array([pose.xyz_m for pose in found]),
        visibility=np.array([pose.visibility for pose in found]),
        n_people=np.array(people, dtype=np.int16),
        width_px=source.width_px,
        height_px=source.height_px,
        clip=source.name,
        model=name,
        n_frames=source.n_decoded,
        duration_s=0.0 if source.is_still else max(source.duration_s or 0.0, last_s),
        is_still=source.is_still or source.n_decoded == 1,
        outline=np.array([pose.outline for pose in found]) if outlines else None,
    )


def write_video(
    path: Path,
    source: Clip,
    track: PoseTrack,
    result: Result,
    exercises: Mapping[str, Exercise],
    *,
    side: Side | None = None,
    progress: Progress | None = None,
) -> None:
    """Write the annotated video of a clip that was judged.

    Args:
        path: where to; an existing file is replaced.
        source: the clip.
        track: its poses.
        result: its verdict, which says what exercise each part is.
        exercises: the catalogue by id.
        side: the side asked for.
        progress: told how far the work is.

    Raises:
        StoreError: it cannot be written.
    """
    shrink = min(1.0, VIDEO_SIDE_PX / max(source.width_px, source.height_px))
    frames = source.frames(max_side_px=VIDEO_SIDE_PX)
    first = next(frames, None)
    if first is None:
        raise SourceError(f"{source.name}: no frame can be decoded: record or export it again")
    size = canvas_size(first.width_px, first.height_px)
    tracker = BodyTracker(track.width_px, track.height_px)
    replay = Replay(track)
    kept: dict[str, int] = {}
    with VideoWriter(
        path, *size, audio_from=source.audio_path, audio_start_s=source.start_s
    ) as writer:

        def draw(moment: Moment) -> None:
            time_s = moment.frame.time_s
            xy_px = interpolate_xy(track.time_s, track.xy_px, time_s, MAX_BRIDGE_S)
            scene = build_scene(
                moment.session, moment.body, None if xy_px is None else xy_px * shrink
            )
            writer.write(draw_scene(moment.frame.image, scene, kept), time_s)
            if progress is not None:
                progress("video", moment.frame.index + 1, track.n_frames)

        segments = _split(_chain(first, frames), result)
        for name, part in segments:
            session = Session(exercises[name], side) if name else None
            run(part, replay, session, [draw], tracker)
        writer.close(track.duration_s or None)


def _chain(first: Frame, rest: Iterator[Frame]) -> Iterator[Frame]:
    yield first
    yield from rest


def _split(frames: Iterator[Frame], result: Result) -> Iterator[tuple[str | None, Iterator[Frame]]]:
    """Parts of the clip with the exercise each is: the next set's, the last one's at the end."""
    starts = [(s.end_s, s.exercise) for s in result.sets]
    only = None if result.exercise == "mixed" else result.exercise

    def exercise_at(frame: Frame) -> str | None:
        if not starts:
            return only
        return next((name for end_s, name in starts if frame.time_s <= end_s), starts[-1][1])

    yield from groupby(frames, key=exercise_at)


def _add_warnings(result: Result, source: Clip) -> Result:
    warnings = list(result.warnings)
    if source.n_damaged:
        text = f"{source.n_damaged} damaged parts of the clip were left out."
        warnings.append(Note(code="damaged", text=text))
    if source.n_dropped_times:
        text = f"{source.n_dropped_times} frames whose time did not go forward were left out."
        warnings.append(Note(code="bad_times", text=text))
    return result.model_copy(update={"warnings": tuple(warnings)})


__all__ = ["DEFAULT_RATE_HZ", "Progress", "analyze", "estimate_track", "write_video"]
