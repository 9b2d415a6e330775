"""A session in a real browser, whose camera shows a clip: from Today to the summary."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page

from formcheck import language
from formcheck.history.store import History
from formcheck.web.certificate import provide_certificate
from formcheck.web.context import ServeContext
from tests.support.browsers import open_filming
from tests.support.filmed import film_both_sides
from tests.support.german import list_english
from tests.support.served import find_free_port, serve_app

pytestmark = [pytest.mark.slow, pytest.mark.paced]

PATIENCE_S = 60.0
STATE = "globalThis.formcheck?.stage.state"


CAPTION_HIDES_NOBODY = """(isWide) => {
  document.getElementById("caption").textContent = isWide ? "Stay tall" : "Stay tall ".repeat(8);
  const [caption, foot, video, buttons] = ["caption", "foot", "video", "buttons"].map(
    (one) => document.getElementById(one).getBoundingClientRect());
  return caption.left >= 0 && caption.right <= innerWidth && caption.bottom <= buttons.top + 1 &&
    caption.top >= (isWide ? foot.top - 3 : video.bottom);
}"""


CARD_HIDES_NOBODY = """(() => {
  const [card, video] = ["card", "video"].map(
    (one) => document.getElementById(one).getBoundingClientRect());
  return video.width > innerWidth / 2 && card.width > 0 && video.top >= 0 &&
    (video.right <= card.left + 1 || video.bottom <= card.top + 1);
})()"""


def ask(hold_s: float) -> str:
    """The address of a session of both sides."""
    how = f"sets=1&hold_s={hold_s}&rest_s=0&countdown_s=0&listens=false"
    return f"/session?exercise=half-kneeling&{how}"


@pytest.fixture(scope="module")
def browser(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Before whose camera someone kneels on one knee, then on the other, over and over."""
    film = film_both_sides(tmp_path_factory.mktemp("film") / "both.mjpeg", samples)
    with open_filming(film) as browser:
        yield browser


@dataclass
class Shown:
    """A page, and what it said and asked for."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    read: set[str] = field(default_factory=set)
    """What stood on its stage while something was waited for."""

    def wait_for(self, script: str) -> Any:
        """Until an expression is true; its value."""
        deadline_s = time.monotonic() + PATIENCE_S
        while True:
            found = self.page.evaluate(script)
            self.read |= {*self.page.inner_text("#stage").splitlines()}
            if found:
                break
            told = f"{script}: {self.page.evaluate(STATE)}, {self.page.inner_text('#card')}"
            assert time.monotonic() < deadline_s, told
            self.page.wait_for_timeout(50)
        return found

    def start(self) -> None:
        self.page.locator("#start:not([disabled])").click(timeout=1000 * PATIENCE_S)

    def wait_for_frames(self, n: int) -> None:
        self.wait_for(f"{STATE}?.frame >= {n}")


@contextmanager
def show(browser: Browser, context: ServeContext, path: str, **options: Any) -> Iterator[Shown]:
    """A page of the server, in a window of its own."""
    window = browser.new_context(ignore_https_errors=True, **options)
    try:
        shown = Shown(window.new_page())
        shown.page.goto(context.address)
        shown.page.wait_for_url("**/")
        shown.page.on("console", lambda one: shown.said.append(one.text))
        shown.page.on("pageerror", lambda error: shown.said.append(str(error)))
        shown.page.on("request", lambda one: shown.asked.append(one.url))
        shown.page.goto(f"{context.origin}{path}")
        yield shown
    finally:
        window.close()


def find_violations(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]})
    return [one["id"] for one in found.response["violations"]]


def test_a_whole_session_from_today_to_the_history(browser: Browser, tmp_path: Path) -> None:
    size = {"width": 1280, "height": 720}
    with (
        serve_app(tmp_path, model="lite") as context,
        show(browser, context, "/", viewport=size) as shown,
    ):
        page = shown.page
        assert page.locator("a[href^='/session?exercise=']").count()
        page.goto(f"{context.origin}{ask(0.2)}")
        page.wait_for_selector("#start:not([disabled])")
        assert find_violations(page) == []
        assert page.evaluate("document.getElementById('video').videoWidth") > 0, "shown at once"
        for width, height in ((844, 390), (320, 568), (1280, 720)):
            page.set_viewport_size({"width": width, "height": height})
            shown.wait_for(CARD_HIDES_NOBODY)
        assert "mirrored" in (page.get_attribute("#video", "class") or "")
        shown.start()
        shown.wait_for_frames(1)
        for width, height in ((844, 390), (320, 568), (1280, 720)):
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_function(CAPTION_HIDES_NOBODY, arg=width > height)
        screen = page.context.new_page()
        screen.goto(f"{context.origin}/screen")
        page.bring_to_front()
        shown.wait_for(f"{STATE}.clock.state === 'running'")
        page.evaluate("formcheck.link.socket.close()")  # in mid-hold
        cap_px = page.evaluate("0.7 * parseFloat(getComputedStyle(document.getElementById('stage'))"
                               ".getPropertyValue('--large'))")  # fmt: skip
        assert cap_px >= 58
        shown.wait_for("formcheck.link.isOpen")
        title = shown.wait_for(f"{STATE}.summary?.title")
        assert "2 of 2 done" in title

        page.locator("#summary-link:not([hidden])").wait_for(timeout=1000 * PATIENCE_S)
        assert title in page.inner_text("#card")
        assert find_violations(page) == []
        shown_there = screen.evaluate(STATE)
        assert shown_there["summary"]["title"] == title
        page.click("#summary-link")
        page.wait_for_url("**/summary/**")
        assert "Half-kneeling" in page.inner_text("main")
        page.goto(f"{context.origin}/history")
        assert "Half-kneeling" in page.inner_text("main")
        with History(context.history) as history:
            assert {"left", "right"} <= {row.side for row in history.sets(None)}
        assert shown.said == []
        assert {
            url for url in shown.asked if not url.startswith((context.origin, "blob:"))
        } == set()


@pytest.mark.parametrize("way", ["socket", "post"])
def test_under_https_with_a_certificate_of_its_own(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """By WebSocket, and where that is refused; there in German, without an English word."""
    if way == "post":
        monkeypatch.setattr(language, "_used", "de")
    tls = provide_certificate(tmp_path / "data", ["localhost", "127.0.0.1"]).make_tls()
    tall = {"width": 390, "height": 844}
    with (
        serve_app(tmp_path / "data", tls, model="lite") as context,
        show(browser, context, "/setup", viewport=tall) as shown,
    ):
        if way == "post":
            shown.page.add_init_script("delete window.WebSocket")
        shown.page.goto(f"{context.origin}{ask(60)}")
        shown.start()
        shown.wait_for_frames(5)
        assert shown.page.get_attribute("#stage", "data-link") == way
        shown.page.click("button[data-own=speed]")
        shown.wait_for("document.getElementById('speed').textContent.includes(' ms')")
        shown.page.keyboard.press("d")
        shown.wait_for("!document.getElementById('details').hidden")
        assert find_violations(shown.page) == []
        shown.page.click("button[data-key=space]")
        shown.wait_for(f"{STATE}.alert !== null")
        shown.page.keyboard.press("?")
        shown.wait_for("!document.getElementById('keys').hidden")
        shown.page.click("button[data-key=q]")
        shown.page.locator("#history-link:not([hidden])").wait_for(timeout=1000 * PATIENCE_S)
        shown.wait_for("!document.getElementById('card').hidden")
        if way == "post":
            assert len(shown.read) > 20
            assert list_english(*shown.read) == []


@contextmanager
def run_command(data: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """``formcheck serve`` as a user starts it."""
    command = [
        sys.executable,
        "-m",
        "formcheck",
        "serve",
        "--no-open",
        "--model",
        "lite",
        "--port",
        str(port),
    ]
    process = subprocess.Popen(
        [*command, "--data", str(data)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_server_that_is_killed_loses_no_set(browser: Browser, tmp_path: Path) -> None:
    port = find_free_port()
    with run_command(tmp_path, port) as first:
        assert first.stdout is not None
        address = first.stdout.readline().strip()
        token = address.partition("token=")[2]
        context = ServeContext(token=token, data=tmp_path, port=port)
        with show(browser, context, ask(5)) as shown:
            shown.start()

            at_right = f"{STATE}?.heading.includes('right side')"
            shown.wait_for(f"{at_right} && ['running', 'paused'].includes({STATE}.clock.state)")
            first.kill()
            first.wait()
            shown.wait_for("!formcheck.link.isOpen")
            lost = shown.page.inner_text("#caption")
            shown.page.wait_for_timeout(6500)  # longer than what is said is shown
            assert lost == shown.page.inner_text("#caption") != ""
            with run_command(tmp_path, port) as second:
                assert second.stdout is not None
                assert second.stdout.readline().strip() == address, "the same address"
                shown.wait_for("formcheck.link.isOpen")
                shown.wait_for("document.getElementById('card-text').textContent !== ''")
                assert "history" in shown.page.inner_text("#card")
                assert shown.page.locator("#start").is_visible()
    with History(context.history) as history:
        assert history.sets(None), "the set that was done"


def test_of_two_tabs_one_films_and_the_other_says_so(browser: Browser, tmp_path: Path) -> None:
    with serve_app(tmp_path) as context, show(browser, context, "/session") as one:
        one.page.locator("#start:not([disabled])").wait_for()
        with one.page.expect_popup() as opened:  # takes the tab's name with it
            one.page.evaluate("void window.open(location.href)")
        copy = Shown(opened.value)
        copy.page.locator("#start:not([disabled])").wait_for()
        one.wait_for("globalThis.formcheck.link.isStopped")
        assert not one.page.locator("#start").is_visible()
        assert not copy.page.evaluate("globalThis.formcheck.link.isStopped")
        other = Shown(one.page.context.new_page())
        other.page.goto(f"{context.origin}/session")
        other.page.locator("#summary-link[href='/screen']").wait_for()
        other.wait_for("globalThis.formcheck.camera.stream?.active === false")
        assert not other.page.locator("#start").is_visible()
        assert one.said == []
