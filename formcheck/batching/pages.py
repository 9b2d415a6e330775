"""Where the pages of a batch are: one of the whole, and one a clip in a folder beside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from urllib.parse import quote

from formcheck.batching.content import hash_texts
from formcheck.batching.job import Job
from formcheck.batching.journal import name_job
from formcheck.errors import StoreError

INDEX: Final = "index.html"
_CLIPS: Final = "clips"
_MAX_STEM: Final = 60
_HASH_CHARS: Final = 12
_MARK: Final = "<!-- formcheck batch -->"


def locate_page(folder: Path, job: Job) -> Path:
    """The page of a clip: its name tells whose it is, a hash that no two share one."""
    stem = re.sub(r"[^\w.-]+", "-", Path(job.name).name).strip("-.")[:_MAX_STEM] or "clip"
    return folder / _CLIPS / f"{stem}-{hash_texts(name_job(job))[:_HASH_CHARS]}.html"


def link_page(folder: Path, job: Job) -> str | None:
    """The address of a clip's page from the page of the whole; None where there is none."""
    page = locate_page(folder, job)
    return quote(f"{_CLIPS}/{page.name}") if page.exists() else None


def check_pages(folder: Path, *, force: bool) -> None:
    """Make sure, before long work, that the pages can be written there.

    Raises:
        StoreError: it is no folder, or has a page that is not of a batch.
    """
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"{folder}: is a file: give a folder for the pages")
    index = folder / INDEX
    if force or not index.exists():
        return
    try:
        with index.open("rb") as file:
            ours = _MARK.encode() in file.read(200)
    except OSError as error:
        raise StoreError(f"{index}: cannot be read: {error.strerror}") from error
    if not ours:
        raise StoreError(f"{index}: exists already: give another folder, or --force")
