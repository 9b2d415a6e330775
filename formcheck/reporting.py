"""Gathers what the report page of one clip shows, as its frames pass by, and writes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from formcheck.capture.clip import Clip
from formcheck.coach.neutral import KnownNeutral
from formcheck.coach.result import Result
from formcheck.exercises.spec import Exercise
from formcheck.frame import Frame
from formcheck.measure.body import track_body
from formcheck.pipeline import SHOWN_SIDE_PX
from formcheck.pose.landmarks import Side
from formcheck.pose.pose import PoseTrack
from formcheck.report.page import write_page
from formcheck.report.pictures import Picture, choose_shots, take_picture
from formcheck.report.series import Trace, trace_sets
from formcheck.tracking import Progress

_SAME_S: Final = 1e-4
"""Two times closer than this are one frame's."""


class ReportMaker:
    """What one clip's page is made of: its verdict, the course of every rule, pictures of faults.

    Args:
        track: the clip's poses.
        result: the verdict on them.
        exercises: the catalogue by id.
        side: the side that was asked for.
        neutral: the neutral that was given.
    """

    def __init__(
        self,
        track: PoseTrack,
        result: Result,
        exercises: Mapping[str, Exercise],
        *,
        side: Side | None = None,
        neutral: KnownNeutral | None = None,
    ) -> None:
        self._result = result
        self._exercises = exercises
        self._track = track
        body = track_body(track)
        self._trace = Trace()
        if not track.is_still:
            self._trace = trace_sets(body, result, exercises, side=side, neutral=neutral)
        self._wanted = choose_shots(result, exercises, self._trace, track, body)
        self._pictures: list[Picture] = []

    def see(self, frame: Frame) -> None:
        """Take the next frame: the pictures wanted of it are cut out, and nothing else is kept."""
        while self._wanted and self._wanted[0].time_s < frame.time_s + _SAME_S:
            self._pictures.append(take_picture(self._wanted.pop(0), frame))

    def look_at(
        self, source: Clip, rate_hz: float | None, progress: Progress | None = None
    ) -> None:
        """Find the pictures in a clip whose frames do not pass by anyway; stops at the last one.

        Args:
            source: the clip.
            rate_hz: at which it was analysed.
            progress: told that the work goes on.
        """
        if not self._wanted:
            return
        for frame in source.frames(max_side_px=SHOWN_SIDE_PX, rate_hz=rate_hz):
            self.see(frame)
            if progress is not None:  # it notices that the user asked to stop
                progress("poses", self._track.n_frames, self._track.n_frames)
            if not self._wanted:
                return

    def write(self, path: Path, video: Path | None = None, picture: Path | None = None) -> None:
        """Write the page.

        Args:
            path: where to; an existing file is replaced.
            video: the annotated video; it is shown if it is in the same folder.
            picture: the annotated picture of a photo; likewise.

        Raises:
            StoreError: it cannot be written.
        """
        write_page(
            path, self._result, self._exercises, trace=self._trace, pictures=self._pictures,
            video=_name_beside(path, video), picture=_name_beside(path, picture),
        )  # fmt: skip


def _name_beside(page: Path, other: Path | None) -> str | None:
    """The name of a file that is in the page's folder; None of others."""
    is_beside = other is not None and other.parent.absolute() == page.parent.absolute()
    return other.name if other is not None and is_beside else None
