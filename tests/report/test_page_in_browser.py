"""The report page of a sample clip in a real browser: video, keys, print, both colour schemes."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page

import formcheck
from formcheck.files import write_text
from formcheck.report.page import render_page
from tests.support import media
from tests.support.browsers import open_browser
from tests.support.html_pages import EXERCISES, make_picture, make_result, make_trace
from tests.support.played_session import make_session

TIMEOUT_MS = 60_000
FAULT_S = 6.1
"""The pelvis of the sample clip tips forward from then on."""


@dataclass
class Opened:
    """A page, and what it said and asked for."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def time_s(self) -> float:
        return float(self.page.evaluate("document.querySelector('video').currentTime"))

    def wait_for(self, script: str) -> None:
        """Until an expression about the video ``v`` holds; the page's policy forbids other ways."""
        deadline = time.monotonic() + TIMEOUT_MS / 1000
        while not self.page.evaluate(f"(() => {{ const v = document.querySelector('video');"
                                     f"return {script} }})()"):  # fmt: skip
            assert time.monotonic() < deadline, script
            self.page.wait_for_timeout(20)

    def wait_for_time(self, low_s: float, high_s: float) -> None:
        self.wait_for(f"!v.seeking && v.currentTime >= {low_s} && v.currentTime <= {high_s}")

    def marked_share(self) -> float:
        """Where the line of the present moment is in the timeline, 0 to 1."""
        place = self.page.locator("#timeline .now").first.get_attribute("x1") or ""
        return float(place.removesuffix("%")) / 100


@pytest.fixture(scope="module")
def folder(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip with a fault, analysed into a folder: page and video."""
    out = tmp_path_factory.mktemp("it's 100% report #1")
    formcheck.analyze(
        samples / "half-kneeling_tuck.mp4", exercise="half-kneeling",
        video=out / "annotated.mp4", report=out / "report.html",
    )  # fmt: skip
    return out


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as started:
        yield started


def open_page(
    browser: Browser, path: Path, *, width: int = 1280, scheme: Literal["light", "dark"] = "light"
) -> Opened:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.set_default_timeout(TIMEOUT_MS)
    opened = Opened(page)
    page.on("console", lambda message: opened.said.append(message.text))
    page.on("pageerror", lambda error: opened.said.append(str(error)))
    page.on("request", lambda request: opened.asked.append(request.url))
    page.goto(path.as_uri())
    return opened


@pytest.fixture
def opened(browser: Browser, folder: Path) -> Iterator[Opened]:
    """The page with its video ready; whatever a test does, no error and nothing from a network."""
    one = open_page(browser, folder / "report.html")
    one.wait_for("v.readyState >= 1")
    yield one
    assert one.said == []
    assert [url for url in one.asked if not url.startswith(("file:", "data:"))] == []
    one.page.close()


def test_a_click_on_the_timeline_moves_the_video(opened: Opened) -> None:
    track = opened.page.locator("#timeline .track").first
    box = track.bounding_box()
    assert box is not None
    end_s = float(opened.page.locator("#timeline").get_attribute("data-end") or 0)
    track.click(position={"x": 0.5 * box["width"], "y": 8})
    opened.wait_for_time(0.49 * end_s, 0.51 * end_s)
    assert opened.marked_share() == pytest.approx(0.5, abs=0.01)


def test_a_click_on_a_fault_goes_to_it(opened: Opened) -> None:
    opened.page.locator("#timeline .bar.bad").first.click(position={"x": 2, "y": 8})
    opened.wait_for_time(FAULT_S - 0.2, FAULT_S + 0.3)
    opened.page.evaluate("document.querySelector('video').currentTime = 0")
    opened.page.get_by_role("button", name=re.compile(r"6\.\d to \d\.\d s")).click()
    opened.wait_for_time(FAULT_S - 0.1, FAULT_S + 0.3)
    assert opened.page.locator("video").evaluate(
        "v => { const b = v.getBoundingClientRect(); return b.bottom > 0 && b.top < innerHeight }"
    ), "the video is in view"


def test_a_click_on_a_plot_goes_there(opened: Opened) -> None:
    plot = opened.page.locator(".plot").first
    box = plot.bounding_box()
    assert box is not None
    start_s, end_s = (float(plot.get_attribute(f"data-{n}") or 0) for n in ("start", "end"))
    middle = (0.115 + 0.975) / 2
    plot.click(position={"x": middle * box["width"], "y": box["height"] / 3})
    opened.wait_for_time((start_s + end_s) / 2 - 0.1, (start_s + end_s) / 2 + 0.1)
    line = plot.locator(".now")
    assert float(line.get_attribute("x1") or 0) == pytest.approx(300 * middle, abs=2)


def test_the_keyboard_is_enough(opened: Opened) -> None:
    opened.page.locator("#timeline").focus()
    opened.page.keyboard.press("ArrowRight")
    opened.wait_for_time(0.99, 1.01)
    opened.page.keyboard.press("PageUp")
    opened.wait_for_time(10.99, 11.01)
    opened.page.keyboard.press("ArrowLeft")
    opened.wait_for_time(9.99, 10.01)
    timeline = opened.page.locator("#timeline")
    assert timeline.get_attribute("aria-valuetext") == "10.0 seconds"
    opened.page.keyboard.press("Home")
    opened.wait_for_time(0.0, 0.01)
    opened.page.keyboard.press("End")
    opened.wait_for_time(12.0, 13.0)


def test_the_timeline_follows_the_video(opened: Opened) -> None:
    opened.page.evaluate("document.querySelector('video').muted = true")
    opened.page.locator("#timeline").focus()
    opened.page.keyboard.press(" ")
    opened.wait_for("v.currentTime > 0.5")
    opened.wait_for("parseFloat(document.querySelector('#timeline .now').getAttribute('x1')) > 3")
    opened.page.keyboard.press(" ")
    opened.wait_for("v.paused")
    end_s = float(opened.page.locator("#timeline").get_attribute("data-end") or 0)
    assert opened.marked_share() == pytest.approx(opened.time_s() / end_s, abs=0.02)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_is_accessible_and_fits(
    browser: Browser, folder: Path, width: int, scheme: Literal["light", "dark"]
) -> None:
    one = open_page(browser, folder / "report.html", width=width, scheme=scheme)
    found: list[dict[str, Any]] = Axe().run(one.page).response["violations"]
    assert [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found] == []
    inner, outer = one.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert inner <= outer, "nothing is cut off at the side"
    paper = one.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (scheme == "light")
    sizes = one.page.evaluate(
        "[...document.querySelectorAll('.plot text')].map(t => t.getBoundingClientRect().height)"
    )
    assert min(sizes) > 9, "the numbers of a plot can be read"
    assert one.said == []
    one.page.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_controls_of_a_portrait_video_lie_below_its_picture(
    browser: Browser, tmp_path: Path, width: int
) -> None:
    """The cue is at the lower edge of the picture."""
    media.write_clip(tmp_path / "annotated.mp4", media.plain(360, 916, 5))
    write_text(
        tmp_path / "report.html", render_page(make_result(), EXERCISES, video="annotated.mp4")
    )
    one = open_page(browser, tmp_path / "report.html", width=width)
    one.page.locator("video.sized").wait_for()
    box = one.page.locator("video").bounding_box()
    assert box is not None
    picture_px = box["width"] * 916 / 360
    assert 64 <= box["height"] - picture_px <= 90, "room for the controls, and no more"
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    if width > 700:
        assert box["width"] < 400, "as narrow as the picture: no black beside it"
        middle = box["x"] + box["width"] / 2
        assert middle == pytest.approx(width / 2, abs=10)
    assert one.said == []
    one.page.close()


def test_a_link_of_the_contents_opens_its_set_and_a_print_shows_all(
    browser: Browser, tmp_path: Path
) -> None:
    session = make_session()
    write_text(tmp_path / "report.html", render_page(session, EXERCISES))
    one = open_page(browser, tmp_path / "report.html", width=390)
    assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    bad = next(i for i, each in enumerate(session.sets, start=1) if each.verdict == "fix")
    assert one.page.locator(f"#in-set-{bad}").is_visible()
    assert not one.page.locator("#in-set-40").is_visible()
    one.page.locator("a[href='#in-set-40']").click()
    assert one.page.locator("#in-set-40").is_visible()
    one.page.emulate_media(media="print")
    shown = one.page.locator(".set details > div")
    assert shown.count() == len(session.sets)
    assert all(shown.nth(k).is_visible() for k in range(shown.count()))
    one.page.emulate_media(media="screen")
    assert not one.page.locator("#in-set-30").is_visible()
    assert one.said == []
    one.page.close()


def count_pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_it_prints_on_two_pages(browser: Browser, folder: Path) -> None:
    one = open_page(browser, folder / "report.html", scheme="dark")
    assert count_pages(one.page.pdf(prefer_css_page_size=True, print_background=True)) == 2
    one.page.close()


def test_as_many_pictures_as_there_can_be_print_on_two_pages(
    browser: Browser, tmp_path: Path
) -> None:
    result = make_result()
    [one] = result.sets
    result = result.model_copy(
        update={"sets": (one.model_copy(update={"faults": one.faults * 3}),)}
    )
    pictures = [make_picture(k) for k in range(6)]
    path = tmp_path / "report.html"
    write_text(path, render_page(result, EXERCISES, trace=make_trace(result), pictures=pictures))
    shown = open_page(browser, path)
    assert shown.page.locator("img").count() == 6
    assert count_pages(shown.page.pdf(prefer_css_page_size=True, print_background=True)) == 2
    shown.page.close()


def test_the_picture_of_a_fault_stands_beside_the_drawing(opened: Opened) -> None:
    picture = opened.page.get_by_role("img", name=re.compile("You at .*pelvis tuck"))
    drawing = opened.page.get_by_role("img", name=re.compile("The correct position"))
    left, right = picture.first.bounding_box(), drawing.first.bounding_box()
    assert left is not None
    assert right is not None
    assert left["x"] + left["width"] <= right["x"] + 1
    assert abs(left["y"] - right["y"]) < 5
    natural = picture.first.evaluate("i => i.complete && i.naturalWidth")
    assert natural == 640


def test_a_video_that_was_moved_away_is_said(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_text(path, render_page(make_result(), EXERCISES, video="annotated.mp4"))
    one = open_page(browser, path)
    one.page.locator("#no-video").wait_for(state="visible")
    assert not one.page.locator("video").is_visible()
    one.page.close()


def test_a_script_in_a_name_is_not_run(browser: Browser, tmp_path: Path) -> None:
    evil = '</title><script>document.title = "run"</script><img src=x onerror="document.title=1">'
    path = tmp_path / "report.html"
    write_text(path, render_page(make_result(clip=evil, person=evil), EXERCISES))
    one = open_page(browser, path)
    assert one.page.title().startswith("</title><script>")
    assert one.page.locator("img").count() == 0
    assert one.said == []
    one.page.close()


def test_the_page_is_under_two_megabytes(folder: Path) -> None:
    assert (folder / "report.html").stat().st_size < 2_000_000
