"""The app in a real browser: every page can be read and used, and nothing is asked of elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Page

from formcheck.files import write_text
from formcheck.history import review
from formcheck.history.store import History
from formcheck.report.page import render_page
from formcheck.web import clip_pages, pages
from formcheck.web.clip_jobs import REPORT, ClipJob, ClipJobs
from formcheck.web.context import ServeContext
from tests.support.browsers import FAKE_CAMERA, open_browser
from tests.support.html_pages import EXERCISES, make_result, make_trace
from tests.support.months import TODAY, fill
from tests.support.served import TOKEN, serve_app
from tests.support.waiting import await_that

TIMEOUT_MS: Final = 20_000
SESSION: Final = "20261120-072000-abcdef"
PAGES: Final = ("/", "/exercises", "/exercises/half-kneeling", "/exercises/arch-check", "/history",
                "/sessions", f"/summary/{SESSION}", "/clips", "/setup", "/nowhere")  # fmt: skip
REPORTS: Final = ("/history", f"/summary/{SESSION}")
"""Their pages have tests of their own in the dark."""
WIDTHS: Final = (390, 820, 1280)
AXE_WIDTH: Final = {"light": 390, "dark": 1280}
"""The layouts differ between these; a second for each page."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServeContext]:
    """Three months of one person, and a session's page."""
    data = tmp_path_factory.mktemp("data")
    with History(data / "history.sqlite3") as history:
        fill(history, person="Ann")
    result = make_result()
    html = render_page(result, EXERCISES, trace=make_trace(result))
    write_text(data / "sessions" / f"{SESSION}.html", html)
    with pytest.MonkeyPatch.context() as patch:
        for module in (review, pages):
            patch.setattr(module, "find_today", lambda _: TODAY)
        with serve_app(data, person="Ann") as context:
            yield context


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser(*FAKE_CAMERA) as started:
        yield started


@dataclass
class Visit:
    """A page of the app, and what it said and asked for."""

    page: Page
    origin: str
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(self.origin + path)


@pytest.fixture
def visit(browser: Browser, served: ServeContext) -> Iterator[Visit]:
    """In by the address with the token; nothing may be asked of another host."""
    window: BrowserContext = browser.new_context(viewport={"width": 390, "height": 844})
    page = window.new_page()
    page.set_default_timeout(TIMEOUT_MS)
    one = Visit(page, served.origin)
    page.on("console", lambda message: one.said.append(message.text))
    page.on("pageerror", lambda error: one.said.append(str(error)))
    page.on("request", lambda request: one.asked.append(request.url))
    page.goto(served.address)
    page.wait_for_url(f"{served.origin}/")
    yield one
    others = [url for url in one.asked if not url.startswith((served.origin, "blob:", "data:"))]
    assert others == []
    window.close()


def test_the_address_is_cleaned_of_the_token(visit: Visit) -> None:
    assert TOKEN not in visit.page.url
    assert TOKEN not in visit.page.content()
    assert TOKEN not in visit.page.evaluate("document.cookie + document.referrer")
    visit.page.reload()
    assert "Daily relief" in (visit.page.locator("h1").text_content() or "")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_fits(visit: Visit, scheme: Literal["light", "dark"]) -> None:
    visit.page.emulate_media(color_scheme=scheme)
    told: list[str] = []
    for path in PAGES:
        visit.go(path)
        for width in WIDTHS:
            visit.page.set_viewport_size({"width": width, "height": 900})
            inner, outer = visit.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert inner <= outer, (path, width)
            if width != AXE_WIDTH[scheme] or (scheme == "dark" and path in REPORTS):
                continue
            found: list[dict[str, Any]] = Axe().run(visit.page).response["violations"]
            told += [f"{path} {width} {v['id']}: {v['nodes'][0]['html'][:200]}" for v in found]
        paper = visit.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert (paper == "rgb(255, 255, 255)") == (scheme == "light"), path
    assert told == [], "\n".join(told)
    assert [one for one in visit.said if "404" not in one] == []


def test_the_keyboard_leads_through(visit: Visit) -> None:
    visit.page.keyboard.press("Tab")
    assert visit.page.evaluate("document.activeElement.textContent") == "Skip to the content"
    visit.page.keyboard.press("Enter")
    visit.page.keyboard.press("Tab")
    assert visit.page.evaluate("document.activeElement.className") == "start"
    visit.page.keyboard.press("Shift+Tab")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/setup")


def test_neither_another_host_nor_an_inline_script_is_let_through(visit: Visit) -> None:
    visit.go("/exercises")
    reached = visit.page.evaluate(
        """async () => {
          const script = document.createElement("script");
          script.textContent = "document.title = 'run'";
          document.body.append(script);
          const image = new Image();
          const loaded = new Promise((done) => {
            image.onload = () => done("loaded"); image.onerror = () => done("blocked");
          });
          image.src = "http://127.0.0.1:9/a.png";
          const got = await fetch("http://127.0.0.1:9/").then(() => "fetched", () => "blocked");
          return [document.title, await loaded, got];
        }"""
    )
    assert reached == ["Exercises and routines: formcheck", "blocked", "blocked"]
    assert sum("Content Security Policy" in one for one in visit.said) >= 3
    visit.asked.clear()


def test_a_page_elsewhere_cannot_use_the_app(visit: Visit, tmp_path: Path) -> None:
    """Another site's page, opened in the browser that has the cookie."""
    evil = tmp_path / "evil.html"
    evil.write_text(f'<form method="post" action="{visit.origin}/setup"><input name="volume" '
                    'value="3"><button>Win</button></form>')  # fmt: skip
    visit.page.goto(evil.as_uri())
    visit.page.get_by_role("button").click()
    visit.page.wait_for_url("**/setup")
    assert "Refused" in (visit.page.locator("h1").text_content() or "")
    visit.asked.clear()


def test_setting_up_by_hand(visit: Visit) -> None:
    visit.page.add_init_script(
        """speechSynthesis.getVoices = () => [
            { name: "Near", lang: "en-GB", localService: true },
            { name: "Far", lang: "en-GB", localService: false },
            { name: "Other", lang: "fr-FR", localService: true }]"""
    )
    page = visit.page
    visit.go("/setup")
    page.get_by_label("Or a new name").fill("Zoë")
    page.get_by_role("button", name="Change").click()
    page.get_by_label("Seconds to hold each set").fill("25")
    page.get_by_label("Say nothing").check()
    page.get_by_label("Which camera of the phone").select_option("environment")
    voices = page.locator("#browser-voice")
    assert voices.locator("option").evaluate_all("all => all.map(o => o.value)") == ["", "Near"]
    voices.select_option("Near")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    assert page.get_by_label("Seconds to hold each set").input_value() == "25"
    assert page.get_by_label("Say nothing").is_checked()
    assert voices.input_value() == "Near"
    assert page.locator("select[name=person]").input_value() == "Zoë"
    page.get_by_role("button", name="Try the camera").click()
    page.wait_for_timeout(100)
    page.get_by_text("This is what the camera sees").wait_for()
    assert page.locator("#picture").evaluate("v => v.videoWidth") > 0
    page.get_by_role("button", name="Stop the camera").click()
    assert page.locator("#picture").evaluate("v => v.srcObject") is None
    assert visit.said == []


def test_a_clip_that_is_none_is_told_where_it_was_handed_in(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    clip = tmp_path / "not a clip.mp4"
    clip.write_bytes(b"\x00\x01" * 5000)
    visit.go("/clips")
    page.locator("#file").set_input_files(clip)
    page.get_by_role("button", name="Analyse").click()
    page.wait_for_url(re.compile("/clips/[0-9a-f]{16}$"))
    page.get_by_text("is not a video or picture").wait_for()
    page.get_by_role("button", name="Close").click()
    page.wait_for_url("**/clips")
    assert not page.get_by_text("Here now").is_visible()
    page.locator("#upload").evaluate("f => { f.dataset.max = 10 }")
    page.locator("#file").set_input_files(clip)
    page.get_by_role("button", name="Analyse").click()
    page.get_by_text("It is larger than").wait_for()
    assert visit.said == []


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[ClipJob]:
    """Clips that are judged at once; what is left goes soon."""
    jobs: list[ClipJob] = []

    def begin(_: ClipJobs, job: ClipJob) -> None:
        write_text(job.folder / REPORT, render_page(make_result(), EXERCISES))
        job.state = "done"
        jobs.append(job)

    monkeypatch.setattr(ClipJobs, "begin", begin)
    monkeypatch.setattr(clip_pages, "LEFT_FOR_S", 1.0)
    return jobs


def hand_in(visit: Visit, clip: Path) -> None:
    """As far as its report."""
    clip.write_bytes(b"a clip")
    visit.go("/clips")
    visit.page.locator("#file").set_input_files(clip)
    visit.page.get_by_role("button", name="Analyse").click()
    visit.page.wait_for_url("**/report")


def test_a_report_goes_when_it_is_left(visit: Visit, tmp_path: Path, judged: list[ClipJob]) -> None:
    hand_in(visit, tmp_path / "a.mp4")
    visit.page.reload()
    visit.page.wait_for_timeout(1500)
    assert judged[0].folder.exists(), "whoever loads it anew stays"
    visit.page.get_by_role("link", name="Today").click()
    await_that(lambda: not judged[0].folder.exists())


def test_a_report_is_kept_or_deleted_at_a_press(
    visit: Visit, tmp_path: Path, judged: list[ClipJob]
) -> None:
    hand_in(visit, tmp_path / "a.mp4")
    visit.page.get_by_role("button", name="Keep this report").click()
    visit.page.wait_for_url("**/kept/*/report")
    visit.page.reload()
    visit.page.get_by_role("button", name="Delete this report").click()
    visit.page.wait_for_url("**/clips")
    hand_in(visit, tmp_path / "b.mp4")
    visit.page.get_by_role("button", name="Close and delete").click()
    visit.page.wait_for_url("**/clips")
    assert not any(job.folder.exists() for job in judged)
    assert visit.said == []


def test_a_page_of_a_session_is_shown_and_deleted(visit: Visit, served: ServeContext) -> None:
    copy = served.sessions / "20261118-072000-123456.html"
    write_text(copy, (served.sessions / f"{SESSION}.html").read_text())
    visit.go("/summary/20261118-072000-123456")
    style = visit.page.locator("h1").evaluate("h => getComputedStyle(h).fontSize")
    assert style == "27.2px", "its own style is applied"
    visit.page.get_by_role("button", name="Delete this page").click()
    visit.page.wait_for_url("**/sessions")
    assert not copy.exists()
    assert visit.said == []
