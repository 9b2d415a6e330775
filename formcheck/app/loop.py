"""The one loop: frames become poses, poses a body, a judge takes it, and sinks see what came of it.

Live, analyze and batch differ in the source and the sinks alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from formcheck.exercises.schema import Exercise
from formcheck.judge.session import Event, Session
from formcheck.judge.sides import Measured, measure_sides
from formcheck.measure.body import Body, BodyTracker
from formcheck.measure.registry import Measurements
from formcheck.pose.landmarks import Side
from formcheck.pose.track import Floats, Pose, PoseTrack
from formcheck.video.frame import Frame

SHOWN_SIDE_PX: Final = 1920
"""Longest side of the pictures that a clip's video and its page show."""
_AT_ONCE: Final = 64
"""Poses of a track measured at a time: one by one takes ten times as long (measured)."""


class Estimator(Protocol):
    """Gives the pose of a frame."""

    def estimate(self, frame: Frame) -> Pose:
        """The pose of the next frame."""


class Watcher(Protocol):
    """Gives the body in a frame."""

    def see(self, frame: Frame) -> Body | None:
        """The body, N = 1; None for a frame that is shown but not judged."""


class Judge(Protocol):
    """Takes bodies in order of time: a session, or what leads through several."""

    def judge(self, body: Body) -> list[Event]:
        """Take the next body, N = 1; what became certain with it."""

    def finish(self) -> list[Event]:
        """There are no more."""


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """One frame with everything known at that time."""

    frame: Frame
    body: Body | None
    """The latest judged body, N = 1; None before the first."""


def run(
    frames: Iterable[Frame],
    watcher: Watcher,
    judge: Judge | None,
    sinks: Iterable[Callable[[Moment], None]],
) -> None:
    """Judge frames as they come; each moment goes to every sink.

    Args:
        frames: in order of presentation.
        watcher: sees the body in them.
        judge: takes it, and is finished at the end; None where frames are only shown.
        sinks: called with every moment, in order.
    """
    latest: Body | None = None
    everyone = tuple(sinks)
    for frame in frames:
        body = watcher.see(frame)
        if body is not None:
            latest = body
            if judge is not None:
                judge.judge(body)
        moment = Moment(frame, latest)
        for sink in everyone:
            sink(moment)
    if judge is not None:
        judge.finish()


class Follower:
    """Estimates the pose in each frame, and knows the person from the frames before."""

    def __init__(self, estimator: Estimator, width_px: int, height_px: int) -> None:
        """Follow whom ``estimator`` finds in pictures of this size."""
        self._estimator = estimator
        self._tracker = BodyTracker(width_px, height_px)

    def see(self, frame: Frame) -> Body:
        """The body, N = 1."""
        return self._tracker.update(self._estimator.estimate(frame))


class Replay:
    """The bodies of a track again, each at the time of its own frame."""

    def __init__(self, track: PoseTrack, exercises: Sequence[Exercise]) -> None:
        """Replay ``track``, measured for ``exercises``."""
        self._track, self._exercises = track, exercises
        self._rows = {round(time_s, 6): row for row, time_s in enumerate(track.time_s.tolist())}
        self._tracker = BodyTracker(track.width_px, track.height_px)
        self._body: Body | None = None
        self._measured: Measured = {}
        self._begin = self._end = 0
        self._row = 0

    def see(self, frame: Frame) -> Body | None:
        """The body of that very frame, N = 1; None where the track skipped it."""
        row = self._rows.get(round(frame.time_s, 6))
        if row is None:
            return None
        while row >= self._end:
            self._go_on()
        assert self._body is not None
        self._row = row - self._begin
        return self._body.at(self._row)

    @property
    def measured(self) -> Mapping[Side, Measurements]:
        """The body seen last, measured with each leg as the stretched one."""
        return {side: rows[self._row] for side, rows in self._measured.items()}

    def _go_on(self) -> None:
        self._begin, self._end = self._end, self._end + _AT_ONCE
        track, part = self._track, slice(self._begin, self._end)
        self._body = self._tracker.follow(
            track.time_s[part],
            track.xy_px[part],
            track.xyz_m[part],
            track.visibility[part],
            None if track.outline is None else track.outline[part],
        )
        self._measured = measure_sides(self._body, self._exercises)


class SessionJudge:
    """Takes what is replayed to one session."""

    def __init__(self, session: Session, replay: Replay) -> None:
        """Judge for ``session``, one of whose exercises ``replay`` measures."""
        self._session, self._replay = session, replay

    def judge(self, body: Body) -> list[Event]:
        """Take the body seen last; what became certain with it."""
        return self._session.push(self._replay.measured)

    def finish(self) -> list[Event]:
        """There are no more."""
        return self._session.finish()


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
