"""Takes the pictures of docs/report.md: the report page of a sample clip, in a browser.

    python tools/report_pictures.py

Needs Chromium, which `make test` installs.
"""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Final, Literal

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

import formcheck

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
BROWSER: Final = "/usr/bin/chromium"
ARGUMENTS: Final = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
MAX_BYTES: Final = 250_000


def main() -> None:
    """Analyse the clip and take all pictures."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        formcheck.analyze(
            CLIP,
            exercise="half-kneeling",
            video=folder / "annotated.mp4",
            report=folder / "report.html",
        )
        browser = playwright.chromium.launch(executable_path=BROWSER, args=ARGUMENTS)
        for width, height, scheme, shown in VIEWS:
            path = ROOT / "docs" / f"report-{width}-{scheme}.png"
            save(take(browser, folder / "report.html", width, height, scheme), shown, path)
        browser.close()


def take(
    browser: Browser, page: Path, width: int, height: int, scheme: Literal["light", "dark"]
) -> Image.Image:
    """The top of the page, its video at the moment shown."""
    tab = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    tab.goto(page.as_uri())
    tab.evaluate(
        "time => new Promise(done => { const v = document.querySelector('video');"
        "v.addEventListener('seeked', () => requestAnimationFrame(done)); v.currentTime = time })",
        SHOWN_S,
    )
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
