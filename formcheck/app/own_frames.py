"""Frames of one's own are judged as they come, whatever they come from."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from formcheck.app.brief import Brief, make_brief
from formcheck.app.live.estimator import LiveEstimator
from formcheck.coach.cues import Tone, choose_cue
from formcheck.errors import ArgumentError, ExerciseError
from formcheck.exercises.schema import Exercise
from formcheck.judging.calibration import Calibration
from formcheck.judging.moment import take_moment
from formcheck.judging.session import Session, measure_sides
from formcheck.measure.body import BodyTracker
from formcheck.pose.follow import LARGEST, Point, read_follow
from formcheck.pose.landmarks import Side
from formcheck.pose.track import Floats, Pose, PoseTrack
from formcheck.result.judgement import AUTO, Judgement
from formcheck.video.frame import Frame, Image


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """What is known after one frame of `watch`."""

    time_s: float
    """The frame's, as it was given."""
    xy_px: Floats
    """(33, 2) pixels of the person's landmarks, y down; NaN where nobody was found."""
    in_position: bool
    """Whether the person is in the exercise."""
    clock_runs: bool
    """Whether the hold counts now; False between and in repetitions."""
    set_number: int
    """Of the set under way, or of the last one, from 1; 0 before the first."""
    side: Side | None
    """The stretched side of that set."""
    done: float
    """Seconds held well, or good repetitions, in that set so far."""
    cue: str
    """What to tell the person, at most 40 characters."""
    tone: Tone
    """fix: something to correct, which stops the clock; tip: to correct while it runs; good: go on;
    wait: not judging, or not yet."""


def watch(
    frames: Iterable[tuple[float, Image]],
    exercise: str,
    told: Callable[[Watched], None] | None = None,
    *,
    side: Side | None = None,
    neutral: str | Path | Calibration | None = None,
    model: str = "full",
    follow: str | Point = LARGEST,
    person: str | None = None,
    exercise_dirs: Iterable[str | Path] = (),
    name: str = "frames",
) -> Judgement:
    """Judge frames as they come: of a camera that formcheck does not know, a robot, a renderer.

    Args:
        frames: pairs of a time in seconds, increasing, and a picture: uint8 (H, W, 3), BGR as
            OpenCV gives it, upright, all of one size. It ends when they do.
        exercise: an exercise's id.
        told: called after each frame, before the next one is taken.
        side: the person's own stretched side; None finds it.
        neutral: where the person's pelvis is neutral, as ``analyze`` takes it, but for
            ``@START-END``. None assumes it from the first steady upright moment in the position.
        model: ``full``, ``lite``, or a path to a pose landmarker ``.task`` file.
        follow: whom to follow where several people are seen, as ``analyze`` takes it.
        person: the person the result belongs to.
        exercise_dirs: further folders of exercise files.
        name: what the result calls the frames.

    Returns:
        The outcome, as ``judge`` gives it for the same poses.

    Raises:
        ArgumentError: the exercise is ``auto``, or the neutral ``@START-END``.
        ExerciseError: the exercise is unknown, is not one that a camera can see, or its file is
            wrong.
        ModelError: the pose model is missing or cannot run.
        SourceError: the neutral cannot be read.
        ValueError: there is no frame, one is no such picture or of another size, or its time is not
            after the one before.
    """
    whom = read_follow(follow)
    brief = make_brief(
        exercise=exercise, side=side, person=person, neutral=neutral, exercise_dirs=exercise_dirs,
        model=model, follow=whom,
    )  # fmt: skip
    asked, session = _open_session(brief, neutral)
    seen: list[tuple[Pose, int]] = []
    size: tuple[int, int] | None = None
    estimator = LiveEstimator(model, outlines=brief.needs_outline, follow=whom)
    with closing(estimator):
        for index, (time_s, image) in enumerate(frames):
            frame = Frame(image, time_s, index)
            if size is None:
                size = frame.width_px, frame.height_px
                tracker = BodyTracker(*size)
            _check(frame, size, seen[-1][0].time_s if seen else -math.inf)
            pose = estimator.estimate(frame)
            seen.append((pose, estimator.n_people))
            measured = measure_sides(tracker.update(pose), [asked])
            session.push({leg: rows[0] for leg, rows in measured.items()})
            if told is not None:
                told(_look(session, pose))
    if size is None:
        raise ValueError("there is no frame")
    return brief.judge(_make_track(seen, size, name, estimator.model_name))


def _open_session(brief: Brief, neutral: object) -> tuple[Exercise, Session]:
    if brief.exercise == AUTO:
        raise ArgumentError(
            "exercise", "auto works only on clips that are complete", "name the exercise"
        )
    [asked] = brief.asked
    if not asked.is_seen:
        raise ExerciseError(f"exercise '{asked.id}'", "is asked, not seen", "no camera sees it")
    if isinstance(brief.neutral, tuple):
        raise ArgumentError(
            "neutral", f"{neutral} refers to a clip itself", "give a file or another clip"
        )
    return asked, Session(asked, brief.side, brief.neutral)


def _check(frame: Frame, size: tuple[int, int], last_s: float) -> None:
    if (frame.width_px, frame.height_px) != size:
        raise ValueError(f"frames are {size[0]}x{size[1]}, not {frame.width_px}x{frame.height_px}")
    if frame.time_s <= last_s:
        raise ValueError(f"time_s must increase strictly, got {frame.time_s} after {last_s}")


def _look(session: Session, pose: Pose) -> Watched:
    moment = take_moment(session)
    cue = choose_cue(moment)
    return Watched(
        pose.time_s, pose.xy_px, moment.in_position, moment.clock == "running", moment.n_sets,
        moment.side, moment.done, cue.text, cue.tone,
    )  # fmt: skip


def _make_track(
    seen: Sequence[tuple[Pose, int]], size: tuple[int, int], name: str, model: str
) -> PoseTrack:
    """The poses of all frames, with what was known of each."""
    poses = [pose for pose, _ in seen]
    time_s = np.array([pose.time_s for pose in poses])
    no_outline = Pose.missing(0.0, outlined=True).outline
    are_outlined = any(pose.outline is not None for pose in poses)
    outlines = [no_outline if pose.outline is None else pose.outline for pose in poses]
    rolls = [(pose.time_s, pose.roll_deg) for pose in poses if math.isfinite(pose.roll_deg)]
    return PoseTrack(
        time_s=time_s,
        xy_px=np.stack([pose.xy_px for pose in poses]),
        xyz_m=np.stack([pose.xyz_m for pose in poses]),
        visibility=np.stack([pose.visibility for pose in poses]),
        n_people=np.array([n_people for _, n_people in seen], dtype=np.int16),
        width_px=size[0],
        height_px=size[1],
        clip=name,
        model=model,
        n_frames=len(poses),
        duration_s=float(time_s[-1] - time_s[0]),
        outline=np.stack(outlines) if are_outlined else None,  # type: ignore[arg-type]
        rolls=np.array(rolls).reshape(-1, 2),
    )
