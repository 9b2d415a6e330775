"""The page of weeks: what it says, that it is whole by itself, and how a browser shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page
from typer.testing import CliRunner, Result

from formcheck.cli.main import app
from formcheck.exercises.load import list_exercises
from formcheck.exercises.routine import load_routine
from formcheck.exercises.schema import Exercise
from formcheck.history import review
from formcheck.history.past import PastMedian
from formcheck.history.progress import Practice, look_back
from formcheck.history.store import History
from formcheck.report.charts import draw_held, smooth
from formcheck.report.history_page import render_page
from tests.support.browsers import open_browser
from tests.support.days import back, look, past
from tests.support.months import TODAY, fill


@pytest.fixture(scope="module")
def exercises() -> dict[str, Exercise]:
    return list_exercises()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("months")
    with History(folder / "history.sqlite3") as history:
        fill(history)
    return folder


@pytest.fixture(scope="module")
def months(kept: Path, exercises: dict[str, Exercise]) -> Practice:
    with History(kept / "history.sqlite3") as history:
        sets = history.sets("Ann")
    routine = load_routine("daily-relief")
    return look_back(sets, exercises, person="Ann", today=TODAY, routine=routine)


@pytest.fixture(scope="module")
def html(months: Practice, exercises: dict[str, Exercise]) -> str:
    return render_page(months, exercises)


def read_text(html: str) -> str:
    """The words, without what is in a tag, a plot or the style."""
    bare = re.sub(r"<(style|svg)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", bare).split()))


# --- what it says -----------------------------------------------------------------------------


def test_it_says_first_whether_it_gets_better(html: str) -> None:
    text = read_text(html)
    assert "Practice, week by week More range, fewer faults 80 days of practice" in text
    assert "Half-kneeling hip flexor stretch, left 2×30 s 60 ✓ 64 ✓ 63 ✓ 61 ✓ 64 ✓ 100 %" in text
    assert "16 Nov 5 of 5 23.2 min 21.8 min 16 0.8" in text
    assert "left: −16° to −4°: more, by about 14°" in text
    assert "58 to 46 % thigh: more, by about 19 % thigh" in text
    assert "4.1 to 0.9: fewer, by about 3.4 per min" in text
    assert "a medical assessment" in text


def test_the_same_history_gives_the_same_page(
    months: Practice, html: str, exercises: dict[str, Exercise]
) -> None:
    assert render_page(months, exercises) == html
    assert len(html) < 2_000_000


def test_it_needs_nothing_else_and_lets_nothing_in(html: str) -> None:
    assert "default-src 'none'" in unescape(html)
    assert not re.search(r"<(script|link|img|iframe)\b|\bon\w+=|@import|url\((?!#)", html)
    assert set(re.findall(r"https?://[^\s\"'<]+", html)) <= {"http://www.w3.org/1999/xlink"}
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_a_name_stays_text(months: Practice, exercises: dict[str, Exercise]) -> None:
    name = "<script>alert(1)</script>"
    html = render_page(replace(months, person=name), exercises)
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 2


def test_one_day_is_a_page_that_claims_nothing(exercises: dict[str, Exercise]) -> None:
    medians = {"rear_hip": PastMedian(-5.0, "deg")}
    [day] = back(0)
    text = read_text(render_page(look([past(day, medians=medians)], exercises), exercises))
    assert "Too early to tell" in text
    assert "left: −5°: can't tell yet: 1 of 8 days" in text
    assert "This week" not in text


def test_what_was_held_is_one_figure_wherever_it_stands(exercises: dict[str, Exercise]) -> None:
    one = past(back(0)[0], side="left", good_hold_s=30.0, confirmed_hold_s=30.0)
    html = render_page(look([one], exercises), exercises)
    text = read_text(html)
    assert "Good hold in 1 week 0.5 min" in text
    assert "1 of 1 0.5 min 0.5 min" in text or "0.5 min 0.5 min 0 " in text
    assert "good hold 0.5 min 0.0 min" in text
    scale = re.findall(r"<text\b[^>]*>([\d.]+ min)</text>", html)
    assert scale == ["0.0 min", "0.5 min", "1.0 min"]


def test_the_newest_week_comes_first(html: str) -> None:
    text = read_text(html)
    assert text.index("16 Nov 5 of 5") < text.index("9 Nov 7 of 7") < text.index("24 Aug 6 of 7")


def test_a_page_without_measures_or_sides_is_whole(exercises: dict[str, Exercise]) -> None:
    sets = [past(back(0)[0], exercise="my-own", side=None, verdict="cannot_judge")]
    text = read_text(render_page(look(sets, exercises), exercises))
    assert "What was done has no sides." in text
    assert "Range over time" not in text


def test_bars_are_of_the_days_and_their_minutes() -> None:
    days = back(9, 0)
    [first, second] = look(
        [past(days[0], good_hold_s=120.0, confirmed_hold_s=60.0), past(days[1])], {}
    ).days
    root = ET.fromstring(draw_held([first, second], days[0], days[1], "x-"))
    bars = [p for p in root.iter("path") if p.get("fill") in ("var(--good)", "var(--good-soft)")]
    edges = []
    for bar in bars:
        y = [float(v) for v in re.findall(r"[\d.]+ ([\d.]+)", bar.attrib["d"])]
        edges.append((max(y), min(y)))
    assert len(bars) == 4
    minute = edges[0][0] - edges[0][1]
    heights_s = [60 * (low - high) / minute for low, high in edges]
    assert heights_s == pytest.approx([60, 25, 60, 5], abs=0.5)
    # What was not confirmed stands on what was; y goes down.
    assert [low for low, _ in edges[2:]] == [high for _, high in edges[:2]]


def test_the_line_is_the_middle_of_seven() -> None:
    assert smooth([1, 2, 90, 4, 5, 6, 7, 8]) == [3.0, 4.0, 4.5, 5.0, 6.0, 6.5, 6.0, 6.5]
    assert smooth([5.0]) == [5.0]


# --- the command ------------------------------------------------------------------------------


def plot(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["history", "plot", *(str(a) for a in arguments)])


def test_plot_writes_the_page_and_replaces_none(
    kept: Path, html: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review, "find_today", lambda _: TODAY)
    monkeypatch.chdir(tmp_path)
    result = plot("--data", kept, "--person", "Ann")
    assert result.stdout == "  → formcheck-history.html\n"
    page = tmp_path / "formcheck-history.html"
    assert page.read_text(encoding="utf-8") == html
    again = plot("--data", kept, "--person", "Ann", "--weeks", "2")
    assert again.exit_code == 2
    assert "already exists" in again.stderr
    assert page.read_text(encoding="utf-8") == html
    assert plot("--data", kept, "--person", "Ann", "--weeks", "2", "--force").exit_code == 0
    assert "Good hold in 2 weeks" in page.read_text(encoding="utf-8")


# --- in a browser -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def file(html: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "history.html"
    path.write_text(html, encoding="utf-8")
    return path


def test_it_opens_from_disk_in_silence(browser: Browser, file: Path) -> None:
    page = browser.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    assert page.get_by_role("heading", level=1).inner_text() == "More range, fewer faults"
    assert (said, asked) == ([], [file.as_uri()])
    page.close()


@pytest.mark.parametrize("width_px", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_readable_and_operable(
    browser: Browser, file: Path, width_px: int, scheme: str
) -> None:
    # The policy would keep the checker out as well.
    page = browser.new_page(
        bypass_csp=True,
        viewport={"width": width_px, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page.goto(file.as_uri())
    report = Axe().run(page)
    assert report.violations_count == 0, report.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width_px
    assert find_ink(page) == ("rgb(238, 241, 243)" if scheme == "dark" else "rgb(22, 25, 28)")
    page.close()


def test_on_a_phone_the_newest_days_show_before_anybody_scrolls(
    browser: Browser, file: Path
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(file.as_uri())
    days = page.locator(".week tbody tr").first.locator("td")
    for k in range(days.count()):
        box = days.nth(k).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    labels = page.locator(".newest .plot text")
    newest = labels.filter(has_text="16 Nov").bounding_box()
    assert newest is not None
    assert newest["x"] + newest["width"] <= 390
    assert newest["height"] > 9, "the numbers of a plot can be read"
    scale = labels.filter(has_text="4.0 min").bounding_box()
    assert scale is not None
    assert scale["x"] + scale["width"] <= 390
    page.close()


@pytest.mark.parametrize("width_px", [390, 1280])
def test_no_label_of_a_plot_is_cut(
    browser: Browser, exercises: dict[str, Exercise], width_px: int
) -> None:
    """Long ones: shares that are negative, hundreds of degrees, minutes with a decimal."""
    sets = []
    for n in range(20, -1, -1):
        day = TODAY - timedelta(days=n)
        share = PastMedian(-0.125 - 0.0025 * n, "thigh")
        sets.append(past(day, exercise="childs-pose", side=None, medians={"hips_to_heels": share}))
        wide = PastMedian(-100.25 - 0.5 * n, "deg")
        sets.append(past(day, medians={"rear_hip": wide}, good_hold_s=12.0))
    for today in (TODAY, TODAY - timedelta(days=4), TODAY + timedelta(days=2)):
        found = look_back(sets, exercises, person=None, today=today, weeks=4)
        page = browser.new_page(viewport={"width": width_px, "height": 800})
        page.set_content(render_page(found, exercises))
        outside = page.evaluate("""
            [...document.querySelectorAll(".plot svg")].flatMap(svg => {
              const room = svg.getBoundingClientRect();
              return [...svg.querySelectorAll("text")].filter(one => {
                const box = one.getBoundingClientRect();
                return box.left < room.left - .5 || box.right > room.right + .5
                  || box.top < room.top - .5 || box.bottom > room.bottom + .5;
              }).map(one => one.textContent);
            })""")
        assert outside == []
        page.close()


def find_ink(page: Page) -> str:
    """The colour of a number in a plot."""
    return str(page.evaluate("getComputedStyle(document.querySelector('.plot text')).fill"))


def test_it_prints_to_a_few_sheets(browser: Browser, file: Path) -> None:
    page = browser.new_page()
    page.goto(file.as_uri())
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 4
    page.close()


def test_a_year_is_a_page_as_well(exercises: dict[str, Exercise]) -> None:
    sets = [
        past(TODAY - timedelta(days=n), medians={"rear_hip": PastMedian(float(n % 7), "deg")})
        for n in range(364, -1, -1)
    ]
    found = look_back(sets, exercises, person=None, today=TODAY, weeks=53)
    html = render_page(found, exercises)
    assert len(found.weeks) == 53
    assert len(html) < 2_000_000
