"""One clip, end to end: its poses, its verdict, and, when asked for, its video and its page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from formcheck.app.brief import make_brief
from formcheck.app.closer_look import check_rates, find_track, is_closer, list_losses, load_saved
from formcheck.defaults import DEFAULT_RATE_HZ
from formcheck.files import write_text
from formcheck.judging.calibration import Calibration
from formcheck.pose.estimation import Progress
from formcheck.pose.follow import LARGEST, Point, read_follow
from formcheck.pose.landmarks import Side
from formcheck.pose.track import PoseTrack, mirror_track
from formcheck.pose.track_file import is_track, save_track
from formcheck.result.judgement import AUTO, Judgement
from formcheck.result.models import Result
from formcheck.result.table import write_series
from formcheck.video.clip import Clip


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
    series_landmarks: bool = False,
    video: str | Path | None = None,
    report: str | Path | None = None,
    poses: str | Path | None = None,
    progress: Progress | None = None,
) -> Result:
    """Analyse a recorded clip, a picture, or a saved poses file.

    Args:
        clip: a path, or a seekable binary file.
        exercise: an exercise's id, or ``auto`` to find out which was done.
        routine: a routine's id or its TOML file, to compare the session with; the exercise has
            to be ``auto`` and the side None, as the routine sets both.
        side: the person's own stretched side; None finds it.
        model: ``full``, ``lite``, or a path to a pose landmarker ``.task`` file.
        rate_hz: frames to analyse per second of presentation time; None analyses every one. At
            the default rate, every frame is analysed where there are repetitions, or a position
            is entered and left again.
        fps: frames per second that the camera took, for a clip without times, with wrong ones, or
            in slow motion; None believes the file.
        person: the person the result belongs to.
        neutral: where the person's pelvis is neutral: what ``calibrate`` returned, a file of it,
            another clip (``CLIP`` or ``CLIP@START-END``), or a stretch of this one
            (``@START-END``), in seconds. None assumes it from the first steady upright moment in
            the position. Not used by an exercise without a rule on the pelvis.
        follow: which person to judge if there are several: ``left`` or ``right`` (the farthest to
            that side in the picture), ``largest``, or the one at a point ``X,Y`` of the picture, in
            fractions of its width and height from 0 to 1.
        mirrored: the clip was saved mirrored, as front cameras often do: what looks like the left
            is the person's right. It also applies to another clip given as ``neutral``, and so does
            ``follow``.
        exercise_dirs: further folders of exercise files.
        json: where to write the verdict, before the video and the page are made; None writes none.
        series: where to write what was measured and judged, one row per analysed frame; the
            extension decides the format: ``.csv``, ``.jsonl`` or ``.parquet``. None writes none.
        series_landmarks: put the 33 landmarks of each frame into the series as well, in pixels.
        video: where to write the annotated video; None writes none. A single picture gives a
            picture, whose name ends in ``.jpg`` instead, a poses file nothing.
        report: where to write the report page, with pictures of the worst moments (of a poses file
            none); it shows the video if that is in the same folder. None writes none.
        poses: where to save the poses, which this function accepts as a clip later, with the same
            ``mirrored``.
        progress: called with the progress of the work.

    Returns:
        The verdict.

    Raises:
        ExerciseError: the exercise or routine is unknown, or a file of one is wrong.
        SourceError: the clip or the neutral cannot be read.
        ModelError: the pose model is missing or cannot run.
        StoreError: the verdict, the video, the page or the poses cannot be written.
        ValueError: ``rate_hz`` or ``fps`` is not above 0, ``fps`` is given for saved poses,
            ``side`` is no side, ``follow`` is not valid, or a routine is given with an exercise or
            a side.
    """
    check_rates(rate_hz, fps)
    whom = read_follow(follow)
    brief = make_brief(
        exercise=exercise, routine=routine, side=side, person=person, neutral=neutral,
        exercise_dirs=exercise_dirs, model=model, follow=whom, mirrored=mirrored,
    )  # fmt: skip
    out = _Outputs(
        series_landmarks,
        *(None if one is None else Path(one) for one in (json, series, video, report, poses)),
    )
    if isinstance(clip, str | Path) and is_track(Path(clip)):
        seen = load_saved(clip, fps, whom)
        out.keep_poses(seen)
        judged = brief.judge(mirror_track(seen) if mirrored else seen)
        return _show(None, judged, out, None, progress).result
    with Clip(clip, true_hz=fps) as source:
        seen = find_track(
            source,
            brief.asked if poses is None else brief.exercises.values(),
            model=model,
            rate_hz=rate_hz,
            progress=progress,
            outlines=brief.needs_outline or poses is not None,
            follow=whom,
            mirrored=mirrored,
        )
        out.keep_poses(seen)
        judged = brief.judge(mirror_track(seen) if mirrored else seen)
        judged = judged.with_notes(list_losses(source))
        shown_hz = None if is_closer(seen, rate_hz) else rate_hz
        return _show(source, judged, out, shown_hz, progress).result


@dataclass(frozen=True, slots=True)
class _Outputs:
    """Where to write what; None writes none of it."""

    with_landmarks: bool
    """In the series."""
    json: Path | None
    series: Path | None
    video: Path | None
    report: Path | None
    poses: Path | None

    def keep_poses(self, track: PoseTrack) -> None:
        if self.poses is not None:
            save_track(track, self.poses)

    def keep(self, judged: Judgement) -> None:
        """Write what needs no picture."""
        if self.json is not None:
            write_text(self.json, judged.result.to_json(indent=2) + "\n")
        if self.series is not None:
            track = judged.track if self.with_landmarks else None
            write_series(self.series, judged.timeline, track)


def _show(
    source: Clip | None,
    judged: Judgement,
    out: _Outputs,
    rate_hz: float | None,
    progress: Progress | None,
) -> Judgement:
    """Write what is asked of a clip analysed at ``rate_hz``; of its poses alone, without pictures.

    The frames of the video give the page its pictures.

    Returns:
        What was judged, with a warning where no video could be made.
    """
    shown = None if source is None else out.video
    if source is not None and shown is not None:
        from formcheck.app.annotate import draw_clip, explain_no_video  # loads all that draws

        if note := explain_no_video(judged.track):
            shown, judged = None, judged.with_notes([note])
        elif source.is_still:
            shown = shown.with_suffix(".jpg")
    out.keep(judged)
    maker = None
    if out.report is not None:
        from formcheck.app.clip_report import ReportMaker  # plots take half a second to import

        maker = ReportMaker(judged)
    if source is not None and shown is not None:
        watch = maker.see if maker else None
        draw_clip(shown, source, judged, watch=watch, progress=progress)
    if maker is not None and out.report is not None:
        if source is not None:
            maker.look_at(source, rate_hz, progress)
        maker.write(out.report, shown)
    return judged
