"""The one loop: frames become poses, poses a body, a judge takes it, and sinks see what came of it.

Live, analyze and batch differ in the source and the sinks alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from formcheck.coach.judge import measure_sides
from formcheck.coach.session import Event, Session
from formcheck.frame import Frame
from formcheck.measure.body import Body, BodyTracker
from formcheck.pose.landmarks import SIDES
from formcheck.pose.pose import Floats, Pose, PoseTrack


class Estimator(Protocol):
    """Gives the pose of a frame."""

    def estimate(self, frame: Frame) -> Pose | None:
        """The pose; None for a frame that is shown but not judged."""


class Judge(Protocol):
    """Takes bodies in order of time: a session, or what leads through several."""

    def judge(self, body: Body) -> list[Event]:
        """Take the next body, N = 1; what became certain with it."""

    def finish(self) -> list[Event]:
        """There are no more."""


class SessionJudge:
    """Measures bodies for the exercise of one session, which judges them."""

    def __init__(self, session: Session) -> None:
        """Judge for ``session``."""
        self._session = session

    def judge(self, body: Body) -> list[Event]:
        """Take the next body, N = 1; what became certain with it."""
        measured = measure_sides(body, [self._session.exercise])
        return self._session.push({side: measured[side][0] for side in SIDES})

    def finish(self) -> list[Event]:
        """There are no more."""
        return self._session.finish()


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """One frame with everything known at that time."""

    frame: Frame
    body: Body | None
    """The latest judged body, N = 1; None before the first."""
    events: tuple[Event, ...]
    """What became certain with this frame."""


def run(
    frames: Iterable[Frame],
    estimator: Estimator,
    judge: Judge | None,
    sinks: Iterable[Callable[[Moment], None]],
    tracker: BodyTracker,
) -> None:
    """Judge frames as they come; each moment goes to every sink.

    Args:
        frames: in order of presentation.
        estimator: gives their poses.
        judge: takes them, and is finished at the end; None where frames are only shown.
        sinks: called with every moment, in order.
        tracker: knows the person from the frames before.
    """
    body: Body | None = None
    everyone = tuple(sinks)
    for frame in frames:
        pose = estimator.estimate(frame)
        events: list[Event] = []
        if pose is not None:
            body = tracker.update(pose)
            if judge is not None:
                events = judge.judge(body)
        moment = Moment(frame, body, tuple(events))
        for sink in everyone:
            sink(moment)
    if judge is not None:
        judge.finish()


class Replay:
    """An estimator that has the poses already: those of a track, at their own times."""

    def __init__(self, track: PoseTrack) -> None:
        """Replay ``track``."""
        self._poses = {round(pose.time_s, 6): pose for pose in track}

    def estimate(self, frame: Frame) -> Pose | None:
        """The pose of that very frame; None where the track skipped it."""
        return self._poses.get(round(frame.time_s, 6))


def interpolate_xy(time_s: Floats, xy_px: Floats, at_s: float, max_gap_s: float) -> Floats | None:
    """Landmarks between two analysed frames, so that a drawn skeleton follows every frame.

    Args:
        time_s: (N,) increasing times.
        xy_px: (N, 33, 2) pixels, NaN where nobody was found.
        at_s: the time asked for.
        max_gap_s: frames farther apart than this are not bridged.

    Returns:
        (33, 2) pixels; None where nobody is known to be there.
    """
    after = int(np.searchsorted(time_s, at_s - 1e-6))
    if after < len(time_s) and abs(time_s[after] - at_s) < 1e-6:
        xy = xy_px[after]
    elif 0 < after < len(time_s) and time_s[after] - time_s[after - 1] <= max_gap_s:
        share = (at_s - time_s[after - 1]) / (time_s[after] - time_s[after - 1])
        xy = (1 - share) * xy_px[after - 1] + share * xy_px[after]
    elif after == len(time_s) and after and at_s - time_s[-1] <= max_gap_s:
        xy = xy_px[-1]
    else:
        return None
    return xy if np.isfinite(xy).all() else None
