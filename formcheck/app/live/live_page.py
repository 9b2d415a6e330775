"""The page of a live session: from what it judged, without a picture of anybody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from formcheck.errors import StoreError
from formcheck.exercises.schema import Exercise
from formcheck.files import write_text
from formcheck.report.page import render_page
from formcheck.report.traces import SessionTrace
from formcheck.result.models import Result
from formcheck.screen.recorder import Recorder


class SessionPage:
    """Follows a session and writes its page at the end.

    Args:
        path: where to.
        exercises: by id.
    """

    def __init__(self, path: Path, exercises: Mapping[str, Exercise]) -> None:
        self.trace = SessionTrace()
        """To be told of each stay in position."""
        self.failed: str | None = None
        """Why there is no page; None while nothing went wrong."""
        self._path, self._exercises = path, exercises
        self._began = datetime.now(UTC).astimezone()

    def write(self, result: Result, recorder: Recorder | None) -> None:
        """Write the page; an existing file is replaced.

        Args:
            result: of the session.
            recorder: closed; its times are the session's own. What it recorded is shown if it is
                in the same folder.
        """
        video = recorder.path if recorder is not None and recorder.has_file else None
        beside = video is not None and video.absolute().parent == self._path.absolute().parent
        html = render_page(
            result, self._exercises, trace=self.trace.conclude(result),
            video=video.name if video is not None and beside else None, session_at=self._began,
        )  # fmt: skip
        try:
            write_text(self._path, html)
        except StoreError as error:
            self.failed = str(error)
