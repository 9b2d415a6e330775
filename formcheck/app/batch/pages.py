"""Where the pages of a batch are: one of the whole, and one a clip in a folder beside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from urllib.parse import quote

from formcheck.app.batch.content import hash_texts
from formcheck.app.batch.job import Job, Outcome
from formcheck.app.batch.journal import name_job
from formcheck.errors import StoreError
from formcheck.files import find_obstacle

INDEX: Final = "index.html"
_CLIPS: Final = "clips"
_MAX_STEM: Final = 60
_HASH_CHARS: Final = 12
_MARK: Final = "<!-- formcheck batch -->"


def locate_page(folder: Path, job: Job) -> Path:
    """The page of a clip: its name tells whose it is, a hash that no two share one."""
    stem = re.sub(r"[^\w.-]+", "-", Path(job.name).name).strip("-.")[:_MAX_STEM] or "clip"
    return folder / _CLIPS / f"{stem}-{hash_texts(name_job(job))[:_HASH_CHARS]}.html"


class PageLinks:
    """The way from the page of the whole to each clip's, and which of them are missing."""

    def __init__(self, folder: Path | None) -> None:
        """Of the pages in a folder; of none, where none were asked for."""
        self._folder = folder
        self.n_missing = 0
        """Clips that were judged and have no page."""
        self.why: str | None = None
        """What was wrong with the first of them."""

    def find(self, job: Job, outcome: Outcome) -> str | None:
        """The address of a clip's page; None where it has none, or only that of an old verdict."""
        if self._folder is None or outcome.result is None:
            return None
        page = locate_page(self._folder, job)
        if outcome.page_error is None and page.exists():
            return quote(f"{_CLIPS}/{page.name}")
        self.n_missing += 1
        # A worker of a cluster that does not share the folder has written it to its own.
        advice = "let all who score share the folder of the pages"
        unshared = StoreError(page, "is not there", advice)
        self.why = self.why or outcome.page_error or str(unshared)
        return None


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
