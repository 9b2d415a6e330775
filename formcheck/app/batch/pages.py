"""Where the pages and the series of a batch are, one a clip, and which of them are missing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from urllib.parse import quote

from formcheck.app.batch.content import hash_texts
from formcheck.app.batch.job import ClipOutcome, Job, Options
from formcheck.app.batch.journal import name_job
from formcheck.errors import StoreError
from formcheck.files import find_obstacle
from formcheck.result.table import check_table

INDEX: Final = "index.html"
_CLIPS: Final = "clips"
_MAX_STEM: Final = 60
_HASH_CHARS: Final = 12
_MARK: Final = "<!-- formcheck batch -->"


def locate_page(folder: Path, job: Job) -> Path:
    """The page of a clip."""
    return folder / _CLIPS / f"{_name_file(job)}.html"


def locate_series(options: Options, job: Job) -> Path | None:
    """The series of a clip; None where none is asked for."""
    if options.series_dir is None:
        return None
    return Path(options.series_dir) / f"{_name_file(job)}.{options.series_format}"


def list_wanted(options: Options, job: Job) -> dict[str, str]:
    """The files that a clip is to have besides its rows, by their paths, and what each is."""
    wanted = {}
    if options.report_dir is not None:
        wanted[str(locate_page(Path(options.report_dir), job))] = "page"
    series = locate_series(options, job)
    if series is not None:
        wanted[str(series)] = "series with landmarks" if options.series_landmarks else "series"
    return wanted


def _name_file(job: Job) -> str:
    """A clip's name, which tells whose a file is, and a hash, so that no two share one."""
    stem = re.sub(r"[^\w.-]+", "-", Path(job.name).name).strip("-.")[:_MAX_STEM] or "clip"
    return f"{stem}-{hash_texts(name_job(job))[:_HASH_CHARS]}"


class Missing:
    """The files that clips which were judged should have, and have not."""

    def __init__(self) -> None:
        """So far none."""
        self.n = 0
        self.why: str | None = None
        """What was wrong with the first of them."""

    def is_there(self, place: Path, error: str | None) -> bool:
        """Look for one, which a worker could write unless there was an error."""
        if error is None and place.exists():
            return True
        self.n += 1
        # A worker of a cluster that does not share the folder has written it to its own.
        unshared = StoreError(place, "is not there", "let all who score share the folder it is in")
        self.why = self.why or error or str(unshared)
        return False


class PageLinks:
    """The way from the page of the whole to each clip's."""

    def __init__(self, folder: Path | None) -> None:
        """Of the pages in a folder; of none, where none were asked for."""
        self._folder = folder
        self.missing = Missing()

    def find(self, job: Job, outcome: ClipOutcome) -> str | None:
        """The address of a clip's page; None where it has none, or only that of an old verdict."""
        if self._folder is None or outcome.result is None:
            return None
        page = locate_page(self._folder, job)
        is_there = self.missing.is_there(page, outcome.page_error)
        return quote(f"{_CLIPS}/{page.name}") if is_there else None


def check_pages(folder: Path, *, force: bool) -> None:
    """Make sure, before long work, that the pages can be written there.

    Raises:
        StoreError: they cannot, or there is a page that is not of a batch.
    """
    for place in (folder, folder / _CLIPS):
        if obstacle := find_obstacle(place):
            raise StoreError(place, obstacle, "give another folder for the pages")
    index = folder / INDEX
    if index.is_dir():
        raise StoreError(index, "is a folder", "give another folder for the pages")
    if force or not index.exists():
        return
    try:
        with index.open("rb") as file:
            ours = _MARK.encode() in file.read(200)
    except OSError as error:
        raise StoreError(index, f"cannot be read: {error.strerror}") from error
    if not ours:
        raise StoreError(index, "exists already", "give another folder, or --force")


def check_series(options: Options) -> None:
    """Make sure, before long work, that series can be written.

    Raises:
        StoreError: they cannot, or Parquet is asked for and pyarrow is not there.
    """
    if options.series_dir is None:
        return
    folder = Path(options.series_dir)
    if obstacle := find_obstacle(folder):
        raise StoreError(folder, obstacle, "give another folder for the series")
    check_table(folder / f"clip.{options.series_format}")
