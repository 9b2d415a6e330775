"""The page of a live session shows the recording of that session, or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from formcheck.app.live.live_page import SessionPage
from formcheck.screen.recorder import Recorder
from tests.support.html_pages import EXERCISES, make_result


def close_recorder(path: Path, *, n_written: int = 9, failed: str | None = None) -> Recorder:
    recorder = Recorder(path)
    recorder.close()
    recorder.n_written, recorder.failed = n_written, failed
    return recorder


@pytest.mark.parametrize(
    ("name", "n_written", "failed", "is_shown"),
    [
        ("r.mp4", 9, None, True),
        ("other/r.mp4", 9, None, False),
        ("r.mp4", 9, "the disk is full", False),
        ("r.mp4", 0, None, False),
    ],
    ids=["beside it", "elsewhere", "failed", "no frame came"],
)
def test_what_is_shown_is_of_this_session(
    tmp_path: Path, name: str, n_written: int, failed: str | None, is_shown: bool
) -> None:
    (tmp_path / "r.mp4").write_text("of yesterday")
    page = SessionPage(tmp_path / "r.html", EXERCISES)
    page.write(make_result(), close_recorder(tmp_path / name, n_written=n_written, failed=failed))
    assert page.failed is None
    text = (tmp_path / "r.html").read_text()
    assert "Good hold: " in text
    assert ('<video id="video" src="r.mp4"' in text) == is_shown


def test_a_page_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    page = SessionPage(tmp_path / "file" / "r.html", EXERCISES)
    page.write(make_result(), None)
    assert page.failed is not None
    assert "r.html: cannot be written" in page.failed
