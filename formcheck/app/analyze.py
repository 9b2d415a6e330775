"""One clip, end to end: its poses, its verdict, and, when asked for, its video and its page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from formcheck.app.calibrate import refuse_follow, resolve_neutral
from formcheck.app.closer_look import find_track, is_closer
from formcheck.app.losses import list_losses
from formcheck.defaults import DEFAULT_RATE_HZ
from formcheck.exercises.load import find_exercise, list_exercises
from formcheck.exercises.routine import load_routine
from formcheck.exercises.schema import Exercise
from formcheck.files import write_text
from formcheck.judge.calibration import Calibration, find_neutral
from formcheck.judge.neutral import KnownNeutral
from formcheck.pose.estimation import Progress
from formcheck.pose.follow import LARGEST, Point, read_follow
from formcheck.pose.landmarks import Side
from formcheck.pose.mirror import mirror_track
from formcheck.pose.track import PoseTrack
from formcheck.pose.track_file import is_track, load_track, save_track
from formcheck.result.build import add_plan
from formcheck.result.judgement import AUTO, Judgement, judge_poses
from formcheck.result.models import Result
from formcheck.result.plan import compare_plan
from formcheck.result.table import write_series
from formcheck.video.clip import Clip

if TYPE_CHECKING:
    from formcheck.app.clip_report import ReportMaker


def analyze(
    clip: str | Path | BinaryIO,
    *,
    exercise: str = AUTO,
    routine: str | Path | None = None,
    side: Side | None = None,
    model: str = "full",
    rate_hz: float | None = DEFAULT_RATE_HZ,
    fps: float | None = None,
    person: str | None = None,
    neutral: str | Path | Calibration | None = None,
    follow: str | Point = LARGEST,
    mirrored: bool = False,
    exercise_dirs: Iterable[str | Path] = (),
    json: str | Path | None = None,
    series: str | Path | None = None,
    video: str | Path | None = None,
    report: str | Path | None = None,
    poses: str | Path | None = None,
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
        rate_hz: frames analysed a second of presentation time; None analyses every one. At the
            default rate every frame is where repetitions are done, or a position is gone in and
            out of.
        fps: frames a second that the camera took, for a clip without times, with wrong ones, or in
            slow motion; None believes the file.
        person: whom to file the result under.
        neutral: where the person's pelvis is neutral: what ``calibrate`` returned, a file of it,
            another clip (``CLIP`` or ``CLIP@START-END``), or a stretch of this one
            (``@START-END``), in seconds. None assumes it from the first steady upright moment in
            the position. Not used by an exercise without a rule on the pelvis.
        follow: whom to judge where several people are seen: ``left`` or ``right`` (who is farthest
            there in the picture), ``largest``, or who is at a point ``X,Y`` of the picture, shares
            of its width and height from 0 to 1.
        mirrored: the clip was saved mirrored, as front cameras do: what looks like the left is the
            person's right. It holds for another clip that is given as ``neutral`` too, and so does
            ``follow``.
        exercise_dirs: further folders of exercise files.
        json: where to write the verdict, before the video and the page are made; None writes none.
        series: where to write what was measured and judged, a row an analysed frame; the name's
            ending says the format, as `formcheck.result.table.KINDS`. None writes none.
        video: where to write the annotated video; None writes none. A single picture gives a
            picture, whose name ends in ``.jpg`` instead, a poses file nothing.
        report: where to write the report page, with pictures of the worst moments (of a poses file
            none); it shows the video if that is in the same folder. None writes none.
        poses: where to save the poses, which this function accepts as a clip later, with the same
            ``mirrored``.
        progress: told how far the work is.

    Returns:
        The verdict.

    Raises:
        ExerciseError: the exercise or routine is unknown, or a file of one is wrong.
        SourceError: the clip or the neutral cannot be read.
        ModelError: the pose model is missing or cannot run.
        StoreError: the verdict, the video, the page or the poses cannot be written.
        ValueError: ``rate_hz`` or ``fps`` is not above 0, ``fps`` is given for saved poses,
            ``side`` is no side, ``follow`` means nothing, or a routine is given with an exercise or
            a side.
    """
    if rate_hz is not None and not (math.isfinite(rate_hz) and rate_hz > 0):
        raise ValueError(f"rate_hz must be above 0, got {rate_hz}")
    if fps is not None and not (math.isfinite(fps) and fps > 0):
        raise ValueError(f"fps must be above 0, got {fps}")
    if side not in (None, "left", "right"):
        raise ValueError(f"side is 'left', 'right' or None, got {side!r}")
    if routine is not None and (exercise != AUTO or side is not None):
        raise ValueError("a routine says its exercises and sides itself: give neither beside it")
    whom = read_follow(follow)
    folders = tuple(map(Path, exercise_dirs))
    exercises = list_exercises(*folders, asked=(exercise,))
    only = None if exercise == AUTO else find_exercise(exercise, exercises)
    plan = None if routine is None else load_routine(routine, *folders)
    asked = list(exercises.values()) if only is None else [only]
    needs_outline = any(one.needs_outline for one in asked)
    given = resolve_neutral(
        neutral if needs_outline else None, only, model, follow=whom, mirrored=mirrored
    )

    def judge(seen: PoseTrack) -> tuple[PoseTrack, Judgement, KnownNeutral | None]:
        if poses is not None:
            save_track(seen, Path(poses))
        track = mirror_track(seen) if mirrored else seen
        known = find_neutral(track, between=given) if isinstance(given, tuple) else given
        judged = judge_poses(
            track, exercises, exercise=exercise, side=side, person=person, neutral=known
        )
        if plan is not None:
            result = judged.result
            judged = replace(judged, result=add_plan(result, compare_plan(result, plan, exercises)))
        return track, judged, known

    def keep(judged: Judgement) -> None:
        if json is not None:
            write_text(Path(json), judged.result.to_json(indent=2) + "\n")
        if series is not None:
            write_series(Path(series), judged.timeline)

    if isinstance(clip, str | Path) and is_track(Path(clip)):
        if fps is not None:
            raise ValueError(f"{clip}: saved poses have their times: give fps for the clip itself")
        refuse_follow(clip, whom)
        track, judged, _ = judge(load_track(Path(clip)))
        keep(judged)
        if report is not None:
            _make_report(judged, exercises).write(Path(report))
        return judged.result
    with Clip(clip, true_hz=fps) as source:
        outlines = needs_outline or poses is not None
        seen = find_track(
            source,
            asked if poses is None else exercises.values(),
            model=model,
            rate_hz=rate_hz,
            progress=progress,
            outlines=outlines,
            follow=whom,
            mirrored=mirrored,
        )
        track, judged, known = judge(seen)
        judged = judged.with_notes(list_losses(source))
        picture = None
        if source.is_still and video is not None:
            picture, video = Path(video).with_suffix(".jpg"), None
        if video is not None:
            from formcheck.app.annotate import explain_no_video, write_video  # loads all that draws

            if note := explain_no_video(track):
                video = None
                judged = judged.with_notes([note])
        keep(judged)
        maker = None
        if report is not None:
            maker = _make_report(judged, exercises)
        if video is not None:
            watch = maker.see if maker else None
            write_video(Path(video), source, judged, watch=watch, progress=progress)
        if picture is not None:
            from formcheck.app.annotate import write_picture

            write_picture(picture, source, judged, known)
        if report is not None and maker is not None:
            maker.look_at(source, None if is_closer(track, rate_hz) else rate_hz, progress)
            maker.write(Path(report), None if video is None else Path(video), picture)
    return judged.result


def _make_report(judged: Judgement, exercises: Mapping[str, Exercise]) -> ReportMaker:
    from formcheck.app.clip_report import ReportMaker  # plots take half a second to import

    return ReportMaker(judged, exercises)
