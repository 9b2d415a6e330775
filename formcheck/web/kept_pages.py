"""Pages that lie in a folder of the server: found by their names, which are never made a path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Final

from formcheck.errors import StoreError

_TITLE: Final = re.compile(r"<title>([^<]*)</title>")
_HEAD_CHARS: Final = 4000
"""The title stands within them."""


@dataclass(frozen=True, slots=True)
class KeptPage:
    """One of the pages."""

    name: str
    title: str
    at: datetime
    path: Path


def list_pages(folder: Path, pattern: str = "*.html") -> list[KeptPage]:
    """The pages in a folder, the newest first; none where there is no such folder."""
    pages = []
    for path in folder.glob(pattern):
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                title = _TITLE.search(file.read(_HEAD_CHARS))
            at = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
        except OSError:  # it went meanwhile
            continue
        name = path.stem if path.parent == folder else path.parent.name
        pages.append(KeptPage(name, unescape(title[1]) if title else name, at, path))
    return sorted(pages, key=lambda page: page.at, reverse=True)


def find_page(folder: Path, name: str, pattern: str = "*.html") -> KeptPage | None:
    """The page of that name; None where there is none."""
    return next((page for page in list_pages(folder, pattern) if page.name == name), None)


def read_page(page: KeptPage) -> str:
    """The page's text.

    Raises:
        StoreError: it cannot be read.
    """
    try:
        return page.path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise StoreError(page.path, f"cannot be read: {error}") from error
