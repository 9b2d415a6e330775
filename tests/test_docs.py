"""The documentation's site: built as `make docs` builds it, whole, and opened from the disk."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import griffe
import pytest
from playwright.sync_api import Browser, Page
from typer.main import get_command

import formcheck
from formcheck.cli.main import app
from tests.conftest import ROOT
from tests.support.browsers import open_browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT, capture_output=True, text=True, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as started:
        yield started


def watch(page: Page) -> list[str]:
    """What the page asks of other hosts, and what it complains of, from now on."""
    noted: list[str] = []
    page.on("console", lambda message: noted.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: noted.append(f"error: {error}"))
    page.on(
        "request",
        lambda asked: None if asked.url.startswith(("file:", "data:")) else noted.append(asked.url),
    )
    page.on(
        "requestfailed",  # an icon is not waited for where one goes on to the next page
        lambda asked: (
            None if asked.failure == "net::ERR_ABORTED" else noted.append(f"failed: {asked.url}")
        ),
    )
    return noted


@pytest.mark.parametrize("width_px", [390, 1280])
def test_every_page_opens_from_the_disk_and_asks_nobody(
    site: Path, browser: Browser, width_px: int
) -> None:
    pages = sorted(path for path in site.glob("**/*.html") if path.name != "404.html")
    assert len(pages) > 20
    page = browser.new_page(viewport={"width": width_px, "height": 900})
    noted = watch(page)
    wide = []
    for path in pages:
        page.goto(path.as_uri())
        assert "```" not in page.inner_text("article"), f"{path.name}: a block that is none"
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(path.name)
    assert noted == []
    assert wide == [], "nothing is cut off at the side"
    page.close()


def test_the_search_finds_without_a_server(site: Path, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    noted = watch(page)
    page.goto((site / "index.html").as_uri())
    page.locator("iframe").wait_for(state="attached")  # the search has begun
    page.locator("input.md-search__input").press_sequentially("Vigotsky")
    found = page.locator(".md-search-result__link").first
    found.wait_for(timeout=20_000)
    assert "sources.html" in (found.get_attribute("href") or "")
    assert noted == []
    page.close()


def test_every_public_name_is_in_the_reference(site: Path) -> None:
    text = (site / "api.html").read_text(encoding="utf-8")
    names = set(formcheck.__all__) - {"__version__"}
    assert {name for name in names if f'id="formcheck.{name}"' not in text} == set()


def test_every_public_field_says_what_it_is() -> None:
    package = griffe.load("formcheck", search_paths=[ROOT])
    bare = [
        f"{name}.{field}"
        for name in formcheck.__all__
        for field, one in package[name].members.items()
        if package[name].is_class and not field.startswith("_") and not one.docstring
    ]
    assert set(bare) <= {
        "Calibration.model_config", "Result.schema_", "Result.model_config",
        "Exercise.find_contradictions",
    }  # fmt: skip


def test_the_examples_are_shown_with_their_output(site: Path, browser: Browser) -> None:
    page = browser.new_page()
    page.goto((site / "examples.html").as_uri())
    blocks = page.locator("pre code").all_inner_texts()
    for folder, ending in ((ROOT / "examples", "py"), (ROOT / "docs" / "examples", "txt")):
        for path in folder.glob(f"*.{ending}"):
            text = path.read_text(encoding="utf-8").rstrip()
            assert any(text == block.rstrip() for block in blocks), path.name
    page.close()


def list_commands(command: Any, words: str) -> Iterator[str]:
    yield words
    for name, one in getattr(command, "commands", {}).items():
        yield from list_commands(one, f"{words} {name}")


def test_every_command_and_option_is_in_the_reference(site: Path) -> None:
    text = (site / "cli.html").read_text(encoding="utf-8")
    _, *words = list_commands(get_command(app), "formcheck")
    assert len(words) > 15
    assert {one for one in words if f"<code>{one}</code>" not in text} == set()
    assert "--series-landmarks" in text
    assert "\x08" not in text
