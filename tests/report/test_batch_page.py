"""The page of a batch: the worst first, sortable, self-contained, whatever the names."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

from formcheck.files import write_text
from formcheck.report import batch_page
from formcheck.report.batch_page import BatchDigest, ClipCounts, ExerciseSummary, render_batch_page
from formcheck.result.table import Row
from tests.support.browsers import open_browser
from tests.support.played_session import EXERCISES, UNJUDGED, make_session

CUES = ("Lift; then breathe", "Slide your front foot forward")
KNOWN = (*CUES, "Tuck")
SAID = {"fix": "something to correct", "pass": "held well", "cannot_judge": "could not be judged"}
NASTY = "<img src=x onerror=alert(1)>.mp4"


def make_row(clip: str, verdict: str | None, score: float | None = None, **more: Any) -> Row:
    row: Row = {
        "clip": clip, "status": "failed" if verdict is None else "ok", "error": None,
        "person": None, "exercise": "half-kneeling", "set": 1, "side": "left", "verdict": verdict,
        "score": score, "good_hold_s": None if score is None else 20.0, "cues": None,
        "why_unknown": None,
    }  # fmt: skip
    return {**row, **more}


ROWS = [
    make_row("well.mp4", "pass", 98.0),
    make_row("lean.mp4", "fix", 61.5, cues="; ".join(CUES)),
    make_row("worse.mp4", "fix", 12.0, cues=CUES[0]),
    make_row("dark.mp4", "cannot_judge", None, why_unknown="front_knee: hidden"),
    make_row("empty.mp4", "not_seen", set=None),
    make_row("broken.mp4", None, error="is damaged", set=None),
    make_row("torn.mp4", None, error="is damaged", set=None),
    make_row(NASTY, "fix", 40.0, cues="Tuck", person="=1+1 & co"),
]


def digest_of(rows: Iterable[Row], links: dict[str, str] | None = None) -> BatchDigest:
    digest = BatchDigest()
    for row in rows:
        cues = [cue for cue in KNOWN if cue in str(row["cues"])]
        digest.add(
            row, (links or {}).get(str(row["clip"])), cues, called=SAID.get(str(row["verdict"])),
            total="" if row["score"] is None else "20 of 30 s",
            failure=None if row["error"] is None else str(row["error"]),
        )  # fmt: skip
    return digest


def summarise(rows: Iterable[Row]) -> list[ExerciseSummary]:
    tally = ClipCounts()
    for row in rows:
        tally.add(row)
    return tally.list_exercises()


def test_the_worst_come_first() -> None:
    assert [row["clip"] for row in digest_of(ROWS).rows] == [
        "broken.mp4", "torn.mp4", "worse.mp4", NASTY, "lean.mp4", "dark.mp4", "empty.mp4",
        "well.mp4",
    ]  # fmt: skip


def test_what_is_commonest_is_counted() -> None:
    digest = digest_of(ROWS)
    assert digest.cues == [(CUES[0], 2), (CUES[1], 1), ("Tuck", 1)]
    assert digest.errors == [("is damaged", 2)]


def test_like_reasons_count_together() -> None:
    rows = [
        make_row("a", None, error="has no frames", set=None),
        make_row("b", None, error="has no frames", set=None),
        make_row("c", None, error="a crash", set=None),
    ]
    assert digest_of(rows).errors == [("has no frames", 2), ("a crash", 1)]


def test_a_clip_of_several_exercises_is_one_clip() -> None:
    rows = [
        make_row("both.mp4", "fix", 50.0, set=1, exercise="half-kneeling"),
        make_row("both.mp4", "pass", 90.0, set=2, exercise="lunge-stretch"),
        make_row("both.mp4", "pass", 95.0, set=3, exercise="half-kneeling"),
        make_row("none.mp4", "not_seen", set=None),
        make_row("torn.mp4", None, error="is damaged", set=None),
    ]
    page = render_batch_page(digest_of(rows), summarise(rows), "t.csv")
    assert "<h1>3 clips scored</h1>" in page
    assert "3 sets found." in page
    assert "1 clip could not be processed" in page


def test_only_the_worst_of_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_page, "MAX_ROWS", 20)
    seed = 5
    print("seed", seed)
    chance = random.Random(seed)
    scores = [round(chance.uniform(0, 100), 1) for _ in range(500)]
    rows = [make_row(f"{k}.mp4", "fix", score) for k, score in enumerate(scores)]
    digest = digest_of(rows)
    assert [row["score"] for row in digest.rows] == sorted(scores)[:20]
    page = render_batch_page(digest, summarise(rows), "t.csv")
    assert "The 20 worst of 500 rows; the others are in t.csv" in page


def test_the_same_rows_give_the_same_page_and_names_stay_text() -> None:
    one, other = (render_batch_page(digest_of(ROWS), summarise(ROWS), NASTY) for _ in range(2))
    assert one == other
    assert "<img" not in one
    assert "&lt;img src=x" in one


def test_a_batch_of_nothing_but_failures_has_a_page() -> None:
    rows = [row for row in ROWS if row["status"] == "failed"]
    page = render_batch_page(digest_of(rows), summarise(rows), "t.csv")
    assert "2 clips could not be processed" in page
    assert "<h2>Scores" not in page


def test_a_thousand_rows_stay_small() -> None:
    rows = [make_row(f"{'long ' * 20}{k}.mp4", "fix", k / 10, cues=CUES[0]) for k in range(1000)]
    assert len(render_batch_page(digest_of(rows), summarise(rows), "t.csv")) < 2e6


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_in_a_browser(tmp_path: Path, width: int, scheme: Any) -> None:
    path = tmp_path / "100% #1" / "index.html"
    links = {"worse.mp4": "clips/worse%20%231.html"}
    write_text(path, render_batch_page(digest_of(ROWS, links), summarise(ROWS), "results.csv"))
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        check_sorting(page)
        check_finding(page)
        check_verdicts_are_seen(page, width)
        found = Axe().run(page)
        assert found.response["violations"] == []
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, "the page is wider than the screen"
        link = page.locator("table.sortable a")
        assert link.evaluate("a => a.href") == path.parent.as_uri() + "/" + links["worse.mp4"]
        assert said == []
        assert asked == [path.as_uri()]


def list_clips(page: Page) -> list[str]:
    return page.locator("table.sortable tbody tr:visible td:first-child").all_inner_texts()


def check_sorting(page: Page) -> None:
    """By number, unknown ones last; by text; by mouse and keyboard."""
    head = page.locator("table.sortable th", has_text="Score")
    button = head.get_by_role("button")
    button.click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert list_clips(page)[:4] == ["worse.mp4", NASTY, "lean.mp4", "well.mp4"]
    button.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert list_clips(page)[:4] == ["well.mp4", "lean.mp4", NASTY, "worse.mp4"]
    name = page.locator("table.sortable th", has_text="Clip")
    name.get_by_role("button").click()
    assert head.get_attribute("aria-sort") is None
    assert list_clips(page) == sorted(list_clips(page))


def check_finding(page: Page) -> None:
    page.get_by_label("Find").fill("correct breathe")
    assert sorted(list_clips(page)) == ["lean.mp4", "worse.mp4"]
    assert page.get_by_role("status").inner_text() == "2 of 8 rows"
    page.get_by_label("Find").fill("")
    assert len(list_clips(page)) == len(ROWS)


def check_verdicts_are_seen(page: Page, width: int) -> None:
    """Beside the name of the clip, before anybody scrolls."""
    badges = page.locator("table.sortable .badge")
    assert badges.count() == len(ROWS)
    for k in range(badges.count()):
        box = badges.nth(k).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


def test_a_set_says_what_was_done_and_why_it_could_not_be_judged() -> None:
    session = make_session()
    digest = BatchDigest()
    for place, one in enumerate(session.sets, start=1):
        why = None if place != UNJUDGED + 1 else "held for too short a time"
        one = one.model_copy(update={"why_not_judged": why})
        row = make_row("session.mp4", one.verdict, one.score, set=place, exercise=one.exercise)
        same = session.model_copy(update={"sets": (one,)})
        digest.add_set(row, None, same, one, EXERCISES[one.exercise])
    rows = {row["place"]: row for row in digest.rows}
    unjudged = rows[UNJUDGED + 1]
    assert (unjudged["called"], unjudged["total"]) == ("could not be judged", "1.2 of 30 s")
    assert unjudged["what"] == "held for too short a time"
    assert str(rows[10]["total"]).endswith(" of 10 reps"), "the donkey kick"


def test_a_test_is_called_by_its_reading_and_counted_as_measured() -> None:
    tight = make_row("tight.mp4", "pass", None, exercise="thomas-test", reading="tight")
    session = make_session()
    one = next(one for one in session.sets if one.measured is not None)
    digest = BatchDigest()
    digest.add_set(tight, None, session, one, EXERCISES["thomas-test"])
    [row] = digest.rows
    assert (row["called"], row["total"], row["what"]) == ("tight", "", "thigh elevation 16°: tight")
    [summary] = summarise([tight])
    assert (summary.n_sets, summary.n_measured, summary.n_pass) == (1, 1, 0)
    page = render_batch_page(digest, [summary], "t.csv")
    assert "held well" not in page
    assert '<span class="badge pass">tight</span>' in page
