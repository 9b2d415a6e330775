"""One clip, end to end: its poses, its verdict, and, when asked for, its video and its page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import numpy as np

from formcheck.capture.ahead import read_ahead
from formcheck.capture.clip import Clip
from formcheck.coach.calibration import find_neutral
from formcheck.coach.clip import AUTO, judge_track
from formcheck.coach.neutral import KnownNeutral
from formcheck.coach.plan import compare_plan
from formcheck.coach.result import Note, Result
from formcheck.coach.session import Session
from formcheck.defaults import DEFAULT_RATE_HZ
from formcheck.errors import SourceError
from formcheck.exercises.load import find_exercise, load_exercises
from formcheck.exercises.routine import load_routine
from formcheck.exercises.spec import Exercise
from formcheck.feedback.overlay import Kept, canvas_size, draw_scene
from formcheck.feedback.scene import build_scene
from formcheck.feedback.video import MAX_STEP_S, VideoWriter
from formcheck.files import write_text
from formcheck.frame import Frame
from formcheck.measure.body import BodyTracker
from formcheck.neutral import resolve_neutral
from formcheck.pipeline import Moment, Replay, SessionJudge, interpolate_xy, run
from formcheck.pose.landmarks import Side
from formcheck.pose.pose import PoseTrack
from formcheck.pose.store import is_track, load_track, save_track
from formcheck.tracking import Progress, estimate_track, list_losses

if TYPE_CHECKING:
    from formcheck.reporting import ReportMaker

VIDEO_SIDE_PX: Final = 1920
"""Longest side of the annotated video."""
MAX_BRIDGE_S: Final = 0.5
"""The drawn skeleton follows frames between two analysed ones no farther apart than this."""


def analyze(
    clip: str | Path | BinaryIO,
    *,
    exercise: str = AUTO,
    routine: str | Path | None = None,
    side: Side | None = None,
    model: str = "full",
    rate_hz: float | None = DEFAULT_RATE_HZ,
    person: str | None = None,
    neutral: str | Path | None = None,
    exercise_dirs: Iterable[Path] = (),
    json: Path | None = None,
    video: Path | None = None,
    report: Path | None = None,
    poses: Path | None = None,
    progress: Progress | None = None,
) -> Result:
    """Analyse a recorded clip, a picture, or a saved poses file.

    Args:
        clip: a path, or a seekable binary file.
        exercise: an exercise's id, or ``auto`` to find out which was done.
        routine: a routine's id or its TOML file, to check the session against; the exercise has to
            be ``auto`` and the side None, as the routine says both.
        side: the person's own stretched side; None finds it.
        model: ``full``, ``lite``, or a path to a pose landmarker ``.task`` file.
        rate_hz: frames analysed a second of presentation time; None analyses every one.
        person: whom to file the result under.
        neutral: where the person's pelvis is neutral: a file from ``calibrate``, another clip
            (``CLIP`` or ``CLIP@START-END``), or a stretch of this one (``@START-END``), in seconds.
            None assumes it from the first steady upright moment in the position. Not used by an
            exercise without a rule on the pelvis.
        exercise_dirs: further folders of exercise files.
        json: where to write the verdict, before the video and the page are made; None writes none.
        video: where to write the annotated video; None writes none. A single picture and a poses
            file give none.
        report: where to write the report page, with pictures of the worst moments (of a poses file
            none); it shows the video if that is in the same folder. None writes none.
        poses: where to save the poses, which this function accepts as a clip later.
        progress: told how far the work is.

    Returns:
        The verdict.

    Raises:
        ExerciseError: the exercise or routine is unknown, or a file of one is wrong.
        SourceError: the clip or the neutral cannot be read.
        ModelError: the pose model is missing or cannot run.
        StoreError: the verdict, the video, the page or the poses cannot be written.
        ValueError: ``rate_hz`` is not above 0, ``side`` is no side, or a routine is given with an
            exercise or a side.
    """
    if rate_hz is not None and not (np.isfinite(rate_hz) and rate_hz > 0):
        raise ValueError(f"rate_hz must be above 0, got {rate_hz}")
    if side not in (None, "left", "right"):
        raise ValueError(f"side is 'left', 'right' or None, got {side!r}")
    if routine is not None and (exercise != AUTO or side is not None):
        raise ValueError("a routine says its exercises and sides itself: give neither beside it")
    folders = tuple(exercise_dirs)
    exercises = load_exercises(*folders)
    only = None if exercise == AUTO else find_exercise(exercise, exercises)
    plan = None if routine is None else load_routine(routine, *folders)
    asked = list(exercises.values()) if only is None else [only]
    needs_outline = any(one.needs_outline for one in asked)
    given = resolve_neutral(neutral if needs_outline else None, only, model)

    def judged(track: PoseTrack) -> tuple[Result, KnownNeutral | None]:
        if poses is not None:
            save_track(track, poses)
        known = find_neutral(track, between=given) if isinstance(given, tuple) else given
        result = judge_track(
            track, exercises, exercise=exercise, side=side, person=person, neutral=known
        )
        if plan is not None:
            result = result.model_copy(update={"plan": compare_plan(result, plan, exercises)})
        return result, known

    if isinstance(clip, str | Path) and is_track(Path(clip)):
        track = load_track(Path(clip))
        result, known = judged(track)
        _keep(result, json)
        if report is not None:
            _make_report(track, result, exercises, side, known).write(report)
        return result
    with Clip(clip) as source:
        outlines = needs_outline or poses is not None
        track = estimate_track(
            source, model=model, rate_hz=rate_hz, progress=progress, outlines=outlines
        )
        result, known = judged(track)
        result = result.model_copy(update={"warnings": (*result.warnings, *list_losses(source))})
        if source.is_still:
            video = None
        if video is not None and float(np.diff(track.time_s).max(initial=0)) >= MAX_STEP_S:
            video = None
            text = "There is no video: the clip's times jump by more hours than one can hold."
            note = Note(code="no_video", text=text)
            result = result.model_copy(update={"warnings": (*result.warnings, note)})
        _keep(result, json)
        maker = None
        if report is not None:
            maker = _make_report(track, result, exercises, side, known)
        if video is not None:
            write_video(
                video, source, track, result, exercises, side=side, neutral=known,
                watch=maker.see if maker else None, progress=progress,
            )  # fmt: skip
        if report is not None and maker is not None:
            maker.look_at(source, rate_hz, progress)
            maker.write(report, video)
    return result


def _keep(result: Result, path: Path | None) -> None:
    if path is not None:
        write_text(path, result.to_json(indent=2) + "\n")


def _make_report(
    track: PoseTrack,
    result: Result,
    exercises: Mapping[str, Exercise],
    side: Side | None,
    neutral: KnownNeutral | None,
) -> ReportMaker:
    from formcheck.reporting import ReportMaker  # plots take half a second to import

    return ReportMaker(track, result, exercises, side=side, neutral=neutral)


def write_video(
    path: Path,
    source: Clip,
    track: PoseTrack,
    result: Result,
    exercises: Mapping[str, Exercise],
    *,
    side: Side | None = None,
    neutral: KnownNeutral | None = None,
    watch: Callable[[Frame], None] | None = None,
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
        neutral: the neutral given.
        watch: is shown every frame that goes in, as it was.
        progress: told how far the work is.

    Raises:
        StoreError: it cannot be written.
    """
    shrink = min(1.0, VIDEO_SIDE_PX / max(source.width_px, source.height_px))
    frames = read_ahead(source.frames(max_side_px=VIDEO_SIDE_PX))
    first = next(frames, None)
    if first is None:
        raise SourceError(f"{source.name}: no frame can be decoded: record or export it again")
    size = canvas_size(first.width_px, first.height_px)
    tracker = BodyTracker(track.width_px, track.height_px)
    replay = Replay(track)
    kept = Kept()
    with VideoWriter(
        path, *size, audio_from=source.audio_path, audio_start_s=source.start_s
    ) as writer:

        def draw(session: Session | None, moment: Moment) -> None:
            time_s = moment.frame.time_s
            xy_px = interpolate_xy(track.time_s, track.xy_px, time_s, MAX_BRIDGE_S)
            scene = build_scene(session, moment.body, None if xy_px is None else xy_px * shrink)
            writer.write(draw_scene(moment.frame.image, scene, kept), time_s)
            if watch is not None:
                watch(moment.frame)
            if progress is not None:
                progress("video", moment.frame.index + 1, track.n_frames)

        segments = _split(_chain(first, frames), result)
        for name, part in segments:
            session = Session(exercises[name], side, neutral) if name else None
            judge = SessionJudge(session) if session else None
            run(part, replay, judge, [partial(draw, session)], tracker)
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
