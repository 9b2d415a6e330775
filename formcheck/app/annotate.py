"""The annotated video of a clip that was judged, drawn in a second pass; or a photo's picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from formcheck.app.loop import SHOWN_SIDE_PX, Moment, Replay, SessionJudge, interpolate_xy, run
from formcheck.errors import SourceError
from formcheck.exercises.schema import Exercise
from formcheck.files import replace_file
from formcheck.judge.neutral import KnownNeutral, PelvisWatch
from formcheck.judge.rules import Verdict
from formcheck.judge.session import Session
from formcheck.judge.sides import measure_sides
from formcheck.measure.body import track_body
from formcheck.pose.estimation import Progress
from formcheck.pose.landmarks import Side
from formcheck.pose.track import PoseTrack
from formcheck.result.models import Note, Result
from formcheck.result.score import judge_still
from formcheck.runtime.process import one_thread
from formcheck.screen.known_sets import KnownSets
from formcheck.screen.overlay import Kept, canvas_size, draw_scene, draw_still
from formcheck.screen.scene import Scene, build_scene, build_still_scene, mirror_scene
from formcheck.video.clip import Clip
from formcheck.video.decode_ahead import read_ahead
from formcheck.video.frame import Frame
from formcheck.video.writer import MAX_STEP_S, VideoWriter

VIDEO_SIDE_PX: Final = SHOWN_SIDE_PX
"""Longest side of the annotated video."""
_AS_JPEG: Final = (cv2.IMWRITE_JPEG_QUALITY, 90)
MAX_BRIDGE_S: Final = 0.5
"""The drawn skeleton follows frames between two analysed ones no farther apart than this."""


def explain_no_video(track: PoseTrack) -> Note | None:
    """Why no video can be made of a clip with these poses; None if one can."""
    if float(np.diff(track.time_s).max(initial=0)) < MAX_STEP_S:
        return None
    text = "There is no video: the clip's times jump by more hours than one can hold."
    return Note(code="no_video", text=text)


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
    kept = Kept()
    with (
        one_thread(),
        VideoWriter(
            path, *size, audio_from=source.audio_path, audio_start_s=source.start_s
        ) as writer,
    ):

        def draw(frame: Frame, scene: Scene) -> None:
            writer.write(draw_scene(frame.image, scene, kept), frame.time_s)
            if watch is not None:
                watch(frame)
            if progress is not None:
                progress("video", frame.index + 1, track.n_frames)

        every_frame = _chain(first, frames)
        show_scenes(
            every_frame, track, result, exercises, draw, side=side, neutral=neutral, shrink=shrink
        )
        writer.close(track.duration_s or None)


def show_scenes(
    frames: Iterator[Frame],
    track: PoseTrack,
    result: Result,
    exercises: Mapping[str, Exercise],
    show: Callable[[Frame, Scene], None],
    *,
    side: Side | None = None,
    neutral: KnownNeutral | None = None,
    shrink: float = 1.0,
) -> None:
    """Judge a clip again, and show what there was to show at each of its frames.

    Args:
        frames: of the clip, all or some.
        track: its poses.
        result: its verdict, which says what exercise each part is, and which set.
        exercises: the catalogue by id.
        show: is given every frame and its scene, in order.
        side: the side asked for.
        neutral: the neutral given.
        shrink: size of the frames, of that in which the poses were found.
    """
    done = {result.exercise, *(one.exercise for one in result.sets)}
    replay = Replay(track, [one for one in exercises.values() if one.id in done])
    known = KnownSets(result)

    def see(session: Session | None, moment: Moment) -> None:
        time_s = moment.frame.time_s
        xy_px = interpolate_xy(track.time_s, track.xy_px, time_s, MAX_BRIDGE_S)
        scene = build_scene(session, moment.body, None if xy_px is None else xy_px * shrink)
        scene = known.correct(scene, session, time_s)
        if track.is_mirrored:
            scene = mirror_scene(scene, moment.frame.width_px)
        show(moment.frame, scene)

    for name, part in _split(frames, result):
        session = Session(exercises[name], side, neutral) if name else None
        judge = SessionJudge(session, replay) if session else None
        run(part, replay, judge, [partial(see, session)])


def write_picture(
    path: Path,
    source: Clip,
    track: PoseTrack,
    result: Result,
    exercises: Mapping[str, Exercise],
    neutral: KnownNeutral | None = None,
) -> None:
    """Write the annotated picture of a photo that was judged.

    Args:
        path: where to; an existing file is replaced.
        source: the photo.
        track: its pose.
        result: its verdict.
        exercises: the catalogue by id.
        neutral: the neutral given.

    Raises:
        StoreError: it cannot be written.
    """
    [frame] = source.frames(max_side_px=VIDEO_SIDE_PX)
    xy_px = track.xy_px[0] * (frame.width_px / track.width_px)
    shown = xy_px if np.isfinite(xy_px).all() else None
    body = track_body(track)
    exercise, side = None, None
    verdicts: tuple[Verdict, ...] = ()
    for one in result.sets[:1]:
        exercise, side = exercises[one.exercise], one.side
        measured = measure_sides(body, [exercise])[side or "left"]
        verdicts = judge_still(exercise, PelvisWatch(neutral).complete(measured[0]))
    scene = build_still_scene(exercise, side, verdicts, body, shown)
    if track.is_mirrored:
        scene = mirror_scene(scene, frame.width_px)
    done, data = cv2.imencode(".jpg", draw_still(frame.image, scene), _AS_JPEG)
    assert done
    with replace_file(path) as file:
        file.write(data.tobytes())


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
