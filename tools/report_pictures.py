"""Takes the pictures of docs/report.md: pages of a sample clip and of a batch, in a browser.

    python -m tools.report_pictures

Needs Chromium, which `make test` installs.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final, Literal

from PIL import Image
from playwright.sync_api import Browser

import formcheck
from tests.support.browsers import open_browser

ROOT: Final = Path(__file__).resolve().parent.parent
CLIP: Final = ROOT / "sample_videos" / "half-kneeling_knee-lean.mp4"
SHOWN_S: Final = 11.0
"""The moment the video stands at: the trunk leans."""
VIEWS: Final[tuple[tuple[int, int, Literal["light", "dark"], int], ...]] = (
    (1280, 3300, "light", 800),
    (1280, 1950, "dark", 800),
    (390, 1750, "light", 390),
    (390, 1750, "dark", 390),
)
"""Width of the window, how much of the page from its top, colours, width of the picture; pixels."""
BATCH: Final = ("donkey-kick_low", "half-kneeling_knee-lean", "thomas-test_tight")
"""Sample clips of the batch; one more is broken."""
BATCH_VIEW: Final[tuple[int, int, Literal["light", "dark"], int]] = (1000, 1580, "light", 800)
SETTLE_MS: Final = 2000
"""Then the browser's sign that it waits for the video is gone."""
MAX_BYTES: Final = 250_000


def main() -> None:
    """Analyse the clip and take all pictures."""
    with tempfile.TemporaryDirectory() as name, open_browser() as browser:
        folder = Path(name)
        formcheck.analyze(
            CLIP,
            exercise="half-kneeling",
            video=folder / "annotated.mp4",
            report=folder / "report.html",
        )
        for width, height, scheme, shown in VIEWS:
            path = ROOT / "docs" / f"report-{width}-{scheme}.png"
            save(take(browser, folder / "report.html", width, height, scheme), shown, path)
        width, height, scheme, shown = BATCH_VIEW
        taken = take(browser, make_batch(folder / "batch"), width, height, scheme)
        save(taken, shown, ROOT / "docs" / "report-batch.png")


def make_batch(folder: Path) -> Path:
    """The page of a few clips, one of them broken."""
    folder.mkdir()
    for name in BATCH:
        shutil.copy(CLIP.parent / f"{name}.mp4", folder)
    (folder / "broken.mp4").write_text("this is no video", encoding="utf-8")
    before = Path.cwd()
    os.chdir(folder)  # the page shows clips as they were named
    try:
        formcheck.batch(["."], out="results.csv", report_dir="pages", n_jobs=1)
    finally:
        os.chdir(before)
    return folder / "pages" / "index.html"


def take(
    browser: Browser, page: Path, width: int, height: int, scheme: Literal["light", "dark"]
) -> Image.Image:
    """The top of the page, its video, if it has one, at the moment shown."""
    tab = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    tab.goto(page.as_uri())
    if tab.locator("video").count():
        tab.evaluate(
            "time => new Promise(done => { const v = document.querySelector('video');"
            "v.addEventListener('seeked', () => requestAnimationFrame(done));"
            "v.preload = 'auto'; v.currentTime = time })",
            SHOWN_S,
        )
        tab.wait_for_timeout(SETTLE_MS)
    taken = Image.open(io.BytesIO(tab.screenshot()))
    tab.close()
    return taken


def save(taken: Image.Image, width: int, path: Path) -> None:
    """Write a picture in 256 colours: a third of the size."""
    height = round(taken.height * width / taken.width)
    small = taken.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    small.quantize(256, kmeans=8, dither=Image.Dither.NONE).save(path, optimize=True)
    if path.stat().st_size > MAX_BYTES:
        raise SystemExit(f"{path}: larger than {MAX_BYTES} bytes")


if __name__ == "__main__":
    main()
