"""The browser that pages are looked at with: silent, and asking no network for anything."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

CHROMIUM: Final = shutil.which("chromium")
ARGUMENTS: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
FAKE_CAMERA: Final = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
"""A camera that every page may open; it shows a test picture."""


@contextmanager
def open_browser(*arguments: str) -> Iterator[Browser]:
    """Chromium, with arguments of one's own beside `ARGUMENTS`."""
    assert CHROMIUM is not None, "chromium is not installed: `make test` installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*ARGUMENTS, *arguments]
        )
        try:
            yield browser
        finally:
            browser.close()


def open_filming(film: Path) -> AbstractContextManager[Browser]:
    """A browser whose camera shows a film (MJPEG), over and over."""
    return open_browser(*FAKE_CAMERA, f"--use-file-for-fake-video-capture={film}")
