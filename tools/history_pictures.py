"""Draws the pictures of docs/history.md from a made-up history of three months.

python -m tools.history_pictures
"""

from __future__ import annotations

import io
import re
import tempfile
from pathlib import Path
from typing import Final, Literal

from PIL import Image
from playwright.sync_api import Page
from rich.console import Console
from rich.text import Text

from formcheck.cli.history_view import ProgressView
from formcheck.exercises.load import list_exercises
from formcheck.exercises.routine import load_routine
from formcheck.history.progress import Practice, look_back
from formcheck.history.store import History
from formcheck.report.history_page import render_page
from tests.support.browsers import open_browser
from tests.support.months import TODAY, fill

ROOT = Path(__file__).parent.parent
SHOTS: Final[tuple[tuple[str, int, int, Literal["light", "dark"]], ...]] = (
    ("page", 1280, 2320, "light"),
    ("phone", 390, 1100, "dark"),
)
"""Name, what is seen of the page in pixels, colour scheme."""


def main() -> None:
    """Draw them all."""
    progress = look_back_on_months()
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": 1000, "height": 600})
        page.set_content(f'<body style="margin:0">{draw_terminal(progress)}</body>')
        write(page, "terminal")
        for name, width_px, height_px, scheme in SHOTS:
            view = browser.new_page(
                viewport={"width": width_px, "height": height_px}, color_scheme=scheme
            )
            view.set_content(render_page(progress, list_exercises()))
            write(view, name)


def look_back_on_months() -> Practice:
    """What the made-up history comes to."""
    with (
        tempfile.TemporaryDirectory() as folder,
        History(Path(folder) / "history.sqlite3") as history,
    ):
        fill(history)
        sets = history.sets("Ann")
    routine = load_routine("daily-relief")
    return look_back(sets, list_exercises(), person="Ann", today=TODAY, routine=routine)


def draw_terminal(progress: Practice) -> str:
    """The terminal's view as SVG, without the fonts that it would fetch from elsewhere."""
    console = Console(record=True, width=82, file=io.StringIO())
    colourful = Console(force_terminal=True, color_system="truecolor", width=80, highlight=False)
    console.print(Text.from_ansi(ProgressView(colourful).write(progress, brief=False)))
    svg = console.export_svg(title="formcheck history show --person Ann")
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code", "DejaVu Sans Mono")


def write(page: Page, name: str) -> None:
    """Write what the page shows, or all of a drawing, in few colours."""
    drawing = page.locator("body > svg")
    shot = Image.open(io.BytesIO((drawing if drawing.count() else page).screenshot()))
    shot.quantize(64).save(ROOT / "docs" / f"history-{name}.png", optimize=True)


if __name__ == "__main__":
    main()
