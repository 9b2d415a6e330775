"""What the pages say: the day, the exercises, the weeks, the sessions that were kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from formcheck import language
from formcheck.exercises.load import CATALOGUE_DIR, list_exercises
from formcheck.files import write_text
from formcheck.history import review
from formcheck.history.store import History
from formcheck.report.page import render_page
from formcheck.web import pages
from formcheck.web.context import ServeContext
from tests.support.german import GermanTexts, list_english
from tests.support.html_pages import EXERCISES, make_result
from tests.support.months import TODAY, fill
from tests.support.served import ServedClient, serve_app

SESSION = "20261120-072000-abcdef"


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three months of one person, and a session's page."""
    data = tmp_path_factory.mktemp("months")
    with History(data / "history.sqlite3") as history:
        fill(history, person="Ann")
    write_text(data / "sessions" / f"{SESSION}.html", render_page(make_result(), EXERCISES))
    return data


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (review, pages):
        monkeypatch.setattr(module, "find_today", lambda _: TODAY)


@pytest.fixture
def served(months: Path) -> Iterator[ServeContext]:
    with serve_app(months, person="Ann") as context:
        yield context


@pytest.fixture
def client(served: ServeContext) -> ServedClient:
    return ServedClient(served)


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[ServedClient]:
    with serve_app(tmp_path) as context:
        yield ServedClient(context)


def test_today_tells_what_is_done_and_what_is_still_to_do(client: ServedClient) -> None:
    text = client.ask("/").text
    assert "Friday, 20 Nov, Ann" in text
    assert '<a class="start" href="/session?exercise=daily-relief">Continue</a>' in text
    steps = re.findall(r"<li class=\"card\">.*?</li>", text, re.DOTALL)
    assert [("done today" in step) for step in steps] == [True, False, True, False, False]
    assert text.count("<svg") == 5
    assert f"/summary/{SESSION}" in text


def test_a_newcomer_begins_with_the_first_routine(newcomer: ServedClient) -> None:
    text = newcomer.ask("/").text
    assert f'href="/session?exercise={pages.FIRST_ROUTINE}">Start</a>' in text
    assert "done today" not in text
    assert "Nothing is remembered yet" in newcomer.ask("/history").text
    assert "No session has been done yet" in newcomer.ask("/sessions").text
    assert not (newcomer.context.data / "history.sqlite3").exists()


def test_a_person_sees_their_own_weeks(client: ServedClient) -> None:
    client.cookies["formcheck-person"] = "Ben"
    assert "Ben" in client.ask("/").text
    assert "Nothing is remembered yet" in client.ask("/history").text
    client.cookies["formcheck-person"] = "Ann"
    assert "This week: Daily relief" in client.ask("/history").text


def test_hold_and_rest_are_as_the_person_likes_them(client: ServedClient) -> None:
    client.cookies["formcheck-person"] = "Eve"
    client.send_form("/setup", "hold=20&rest=7&routine=stretch-and-strengthen")
    text = client.ask("/").text
    assert "Stretch and strengthen" in text
    assert "20 s × 3 a side, 7 s of rest after each" in text
    assert "10 reps × 2 a side, 7 s of rest after each" in text


def test_every_exercise_has_its_page(client: ServedClient) -> None:
    listed = client.ask("/exercises").text
    for one in list_exercises().values():
        assert f'href="/exercises/{one.id}"' in listed
        page = client.ask(f"/exercises/{one.id}").text
        assert one.name in unescape(page)
        assert page.count("<svg") == len(one.way_in) + (one.figure is not None)
        assert (f'href="/session?exercise={one.id}"' in page) == one.is_seen
        assert all(cue in unescape(page) for rule in one.rules if rule.never is None
                   for cue in (rule.cue_low, rule.cue_high) if cue)  # fmt: skip


def test_ones_own_exercises_are_there(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    text = (CATALOGUE_DIR / "prayer-squat.toml").read_text()
    text = text.replace('id = "prayer-squat"', 'id = "my-squat"')
    write_text(folder / "my-squat.toml", text.replace("Prayer squat", "<b>Mine</b>"))
    with serve_app(tmp_path, exercise_dirs=(folder,)) as context:
        text = ServedClient(context).ask("/exercises/my-squat").text
    assert "&lt;b&gt;Mine&lt;/b&gt;" in text
    assert "<b>Mine" not in text


def test_a_question_is_answered_and_remembered(newcomer: ServedClient) -> None:
    one = list_exercises()["arch-check"]
    assert one.count.kind == "question"
    page = newcomer.ask("/exercises/arch-check").text
    assert all(each.answer in unescape(page) for each in one.count.answers)
    assert one.count.answers[1].meaning not in unescape(page)
    answer = newcomer.send_form("/exercises/arch-check/answer", "answer=1")
    assert one.count.answers[1].meaning in unescape(answer.text)
    with History(newcomer.context.history, to_read=True) as history:
        [kept] = history.sets(None)
    assert (kept.exercise, kept.source) == ("arch-check", "live")
    for path, form in (("arch-check", "answer=9"), ("arch-check", "answer=-1"), ("arch-check", ""),
                       ("half-kneeling", "answer=0"), ("none", "answer=0")):  # fmt: skip
        assert newcomer.send_form(f"/exercises/{path}/answer", form).status == 404


def test_an_unknown_exercise_offers_the_nearest(client: ServedClient) -> None:
    answer = client.ask("/exercises/prayer-sqat")
    assert answer.status == 404
    assert "prayer-squat" in answer.text


def test_a_report_allows_its_own_script_alone(client: ServedClient) -> None:
    for path in (f"/summary/{SESSION}", "/history"):
        answer = client.ask(path)
        assert answer.status == 200
        assert "http-equiv" not in answer.text
        policy = answer.headers["content-security-policy"]
        rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
        assert rules["default-src"] == "'none'"
        assert re.fullmatch(r"'self' 'sha256-[\w+/=]+'", rules["style-src"].strip())
        assert re.fullmatch(r"'self'( 'sha256-[\w+/=]+')?", rules["script-src"].strip())
        assert '<nav class="menu"' in answer.text


def test_the_page_of_a_session_can_be_deleted(months: Path, client: ServedClient) -> None:
    path = months / "sessions" / "20261119-072000-ffffff.html"
    write_text(path, render_page(make_result(), EXERCISES))
    write_text(path.with_suffix(".json"), "{}")
    assert "20261119-072000-ffffff" in client.ask("/sessions").text
    assert client.send_form("/summary/20261119-072000-ffffff/delete", "").status == 303
    assert not path.exists()
    assert not path.with_suffix(".json").exists()
    assert client.ask("/summary/20261119-072000-ffffff").status == 404
    assert client.ask(f"/summary/{SESSION}").status == 200


def test_a_damaged_history_is_told_and_the_server_goes_on(tmp_path: Path) -> None:
    (tmp_path / "history.sqlite3").write_bytes(b"no database at all" * 100)
    with serve_app(tmp_path) as context:
        client = ServedClient(context)
        answer = client.ask("/")
        assert answer.status == 500
        assert "history.sqlite3" in answer.text
        assert client.ask("/exercises").status == 200


def test_a_page_in_german_has_no_english_word(
    monkeypatch: pytest.MonkeyPatch, client: ServedClient
) -> None:
    monkeypatch.setattr(language, "_used", "de")
    paths = ["/", "/exercises", "/sessions", "/clips", "/setup", "/session", "/screen", "/nowhere"]
    for path in (*paths, *(f"/exercises/{name}" for name in EXERCISES)):
        texts = GermanTexts(client.ask(path).text).texts
        assert len(texts) > 3
        assert list_english(*texts) == [], path


def test_a_report_in_a_german_app_is_english_and_says_so(
    monkeypatch: pytest.MonkeyPatch, client: ServedClient
) -> None:
    for path in ("/history", f"/summary/{SESSION}"):
        monkeypatch.setattr(language, "_used", "de")
        html = client.ask(path).text
        assert '<html lang="en">' in html
        assert "Der Bericht ist auf Englisch." in GermanTexts(html).texts
        monkeypatch.setattr(language, "_used", "en")
        english = client.ask(path).text
        assert html.partition("<header>")[2] == english.partition("<header>")[2]
        assert "The report is in English." not in english
