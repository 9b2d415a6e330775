"""The pages of a batch, and the folders that it writes to: what is wrong there costs no row."""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path

import pytest

from formcheck.app.batch import run
from formcheck.app.batch.job import ClipOutcome, Job, Known, Options
from formcheck.errors import StoreError
from formcheck.result.models import FaultResult
from tests.support.past_sets import make_set
from tests.support.stand_ins import HereWorkers, locate_file, make_jobs, make_result, read, start


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> HereWorkers:
    workers = HereWorkers()
    monkeypatch.setattr(run, "LocalWorkers", lambda *_: workers)
    return workers


def place_file(folder: Path) -> Path:
    (folder / "mine").write_text("a file")
    return folder / "mine"


def place_link(folder: Path) -> Path:
    (folder / "mine").symlink_to("nowhere")
    return folder / "mine"


UNUSABLE: dict[str, Callable[[Path], Path]] = {
    "a file": place_file,
    "below a file": lambda folder: place_file(folder) / "below" / "it",
    "a link to nowhere": place_link,
    "a name too long": lambda folder: folder / ("long" * 100) / "below",
}
if sys.platform == "linux":  # where root has every right, and can make nothing all the same
    UNUSABLE["no disk"] = lambda _: Path("/proc/mine")


@pytest.mark.parametrize("what", ["report", "poses", "series"])
@pytest.mark.parametrize("kind", UNUSABLE)
def test_a_folder_that_cannot_be_used_is_told_before_work(
    here: HereWorkers, tmp_path: Path, kind: str, what: str
) -> None:
    place = UNUSABLE[kind](tmp_path)
    before = list(tmp_path.iterdir())
    options = Options(**{f"{what}_dir": str(place)})  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="give another folder") as caught:
        start(make_jobs("a"), tmp_path / "r.csv", options=options)
    assert str(caught.value).startswith(f"{place}: ")
    assert here.asked == []
    assert list(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["clips", "index.html"])
def test_what_is_in_the_way_of_pages_is_told_before_work(
    here: HereWorkers, tmp_path: Path, name: str
) -> None:
    taken = tmp_path / "pages" / name
    taken.parent.mkdir()
    if name == "clips":
        taken.write_text("a file")
    else:
        taken.mkdir()
    options = Options(report_dir=str(taken.parent))
    with pytest.raises(StoreError, match=f"{taken}: .*give another folder"):
        start(make_jobs("a"), tmp_path / "r.csv", options=options, force=True)
    assert here.asked == []


def test_a_good_folder_is_left_as_it_is(here: HereWorkers, tmp_path: Path) -> None:
    """What is asked wrongly beside it leaves no empty folder."""
    options = Options(report_dir=str(tmp_path / "new" / "pages"), poses_dir=str(tmp_path / "p"))
    (tmp_path / "r.csv").write_text("mine")
    with pytest.raises(StoreError, match="was not made by this batch"):
        start(make_jobs("a"), tmp_path / "r.csv", options=options)
    assert [path.name for path in tmp_path.iterdir()] == ["r.csv"]


def test_a_page_that_failed_costs_no_row_and_is_tried_again(
    here: HereWorkers, tmp_path: Path
) -> None:
    folder, out = tmp_path / "pages", tmp_path / "r.csv"
    options = Options(report_dir=str(folder))
    jobs = make_jobs("a", "pageless 1", "fail", "pageless 2", "gone")
    for job in jobs[:4]:  # of an earlier verdict
        page = locate_file(job, report_dir=str(folder))
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text("a page")
    summary = start(jobs, out, options=options)
    assert [row["status"] for row in read(out)] == ["ok", "ok", "failed", "ok", "ok"]
    assert (summary.n_pageless, summary.n_failed) == (3, 1)
    assert summary.page_error == "pageless 1.html: disk full"
    page_0 = locate_file(jobs[0], report_dir=str(folder))
    index = (folder / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'href="([^"]+)"', index) == [f"clips/{page_0.name}"]
    here.known.clear()
    assert start(jobs[:2], out, options=options).n_pageless == 1
    assert here.known == [Known("content-full", None), None]
    alone = start(jobs[4:], out, options=options)
    assert alone.page_error is not None
    assert alone.page_error.startswith(
        f"{locate_file(jobs[4], report_dir=str(folder))}: is not there: "
    )
    assert start(jobs, out).n_pageless == 0, "no pages were asked for"


def test_a_series_that_is_missing_costs_no_row_and_is_tried_again(
    here: HereWorkers, tmp_path: Path
) -> None:
    options = Options(series_dir=str(tmp_path / "frames"))
    jobs = make_jobs("a", "seriesless", "fail", "gone")
    for job in jobs[:3]:  # of an earlier verdict
        series = locate_file(job, series_dir=str(tmp_path / "frames"))
        series.parent.mkdir(parents=True, exist_ok=True)
        series.write_text("a series")
    summary = start(jobs, tmp_path / "r.csv", options=options)
    assert [row["status"] for row in read(tmp_path / "r.csv")] == ["ok", "ok", "failed", "ok"]
    assert (summary.n_seriesless, summary.n_failed, summary.n_pageless) == (2, 1, 0)
    assert summary.series_error == "seriesless.csv: disk full"
    here.known.clear()
    start(jobs[:2], tmp_path / "r.csv", options=options)
    assert here.known == [Known("content-full", None, {"a": "series"}), None]


def test_a_result_that_was_damaged_in_the_journal_is_told(
    here: HereWorkers, tmp_path: Path
) -> None:
    start(make_jobs("a", "b"), tmp_path / "r.csv")
    journal = tmp_path / "r.csv.journal.sqlite3"
    with closing(sqlite3.connect(journal)) as db, db:
        db.execute("UPDATE clips SET outcome = replace(outcome, 'frames', 'flames')")
    with pytest.raises(StoreError, match="or is damaged: move it, or delete it") as caught:
        start(make_jobs("a", "b"), tmp_path / "r.csv")
    assert caught.value.subject == str(journal)


def test_the_page_counts_a_clip_once_and_a_cue_as_one(tmp_path: Path) -> None:
    cue = "Lift; then breathe"
    fault = FaultResult(rule="rear_hip", start_s=1.0, end_s=2.0, worst=4.0, cue=cue)
    sets = (make_set(faults=(fault, fault)), make_set(exercise="lunge-stretch", faults=(fault,)))

    class Several(HereWorkers):
        def submit(self, job: Job, options: Options, known: Known | None) -> Future[ClipOutcome]:
            future: Future[ClipOutcome] = Future()
            result = make_result(job.name).model_copy(update={"sets": sets, "verdict": "fix"})
            future.set_result(ClipOutcome("key", result.to_json(), None))
            return future

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "LocalWorkers", lambda *_: Several())
        start(make_jobs("a"), tmp_path / "r.csv", options=Options(report_dir=str(tmp_path / "p")))
    page = (tmp_path / "p" / "index.html").read_text(encoding="utf-8")
    assert "<h1>1 clip scored</h1>" in page
    assert re.findall(r"<li>(.+)</li>", page) == [f"{cue}: 2 sets"]
