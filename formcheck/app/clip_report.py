"""Gathers what the report page of one clip shows, as its frames pass by, and writes it."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Final

from formcheck.files import write_text
from formcheck.pose.estimation import Progress
from formcheck.report.page import render_page
from formcheck.report.pictures import Picture, choose_shots, take_picture
from formcheck.report.traces import Trace, trace_sets
from formcheck.result.judgement import Judgement
from formcheck.video.clip import Clip
from formcheck.video.frame import SHOWN_SIDE_PX, Frame

_SAME_S: Final = 1e-4
"""Two times closer than this are one frame's."""


class ReportMaker:
    """What a clip's page is made of: its verdict, the course of every rule, pictures of faults."""

    def __init__(self, judged: Judgement) -> None:
        self._result, track = judged.result, judged.track
        self._exercises = judged.exercises
        self._n_frames = track.n_frames
        self._trace = Trace()
        if not track.is_still:
            self._trace = trace_sets(judged.body, judged.found.played)
        self._wanted = choose_shots(judged, self._trace)
        self._pictures: list[Picture] = []

    def see(self, frame: Frame) -> None:
        """Take the next frame: the pictures wanted of it are cut out, and nothing else is kept."""
        while self._wanted and self._wanted[0].time_s < frame.time_s + _SAME_S:
            self._pictures.append(take_picture(self._wanted.pop(0), frame))

    def look_at(
        self, source: Clip, rate_hz: float | None = None, progress: Progress | None = None
    ) -> None:
        """Find the pictures in a clip whose frames do not pass by anyway; stops at the last one.

        Looks at the frames that were analysed at ``rate_hz``; None at every one.
        """
        if not self._wanted:
            return
        for frame in source.frames(max_side_px=SHOWN_SIDE_PX, rate_hz=rate_hz):
            self.see(frame)
            if progress is not None:  # it notices that the user asked to stop
                progress("poses", self._n_frames, self._n_frames)
            if not self._wanted:
                return

    def write(self, path: Path, shown: Path | None = None) -> None:
        """Write the page, with the annotated video or picture if that is in the same folder."""
        name = None
        if shown is not None and shown.parent.absolute() == path.parent.absolute():
            name = shown.name
        is_picture = (mimetypes.guess_type(name or "")[0] or "").startswith("image/")
        html = render_page(
            self._result, self._exercises, trace=self._trace, pictures=self._pictures,
            video=None if is_picture else name, picture=name if is_picture else None,
        )  # fmt: skip
        write_text(path, html)


def write_report(
    judged: Judgement,
    path: str | Path,
    *,
    clip: str | Path | None = None,
    video: str | Path | None = None,
) -> None:
    """Write the report page of a judged clip.

    Args:
        judged: what ``judge`` returned.
        path: where to; an existing file is replaced.
        clip: the clip itself, for pictures of the worst moments; None for a page without.
        video: the annotated video, or of a photo the annotated picture; the page shows it if it is
            in the same folder.

    Raises:
        SourceError: the clip cannot be read.
        StoreError: the page cannot be written.
    """
    maker = ReportMaker(judged)
    if clip is not None:
        with Clip(clip, true_hz=judged.track.true_hz) as source:
            maker.look_at(source)
    maker.write(Path(path), None if video is None else Path(video))
