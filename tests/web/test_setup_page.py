"""Set-up: what a person likes is kept for them, and shared with ``formcheck live``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from typer.testing import CliRunner

from formcheck.app.saved_settings import save_settings
from formcheck.cli.main import app
from formcheck.exercises.load import list_exercises
from formcheck.exercises.routine import make_routine
from formcheck.web.live_run import plan_session
from formcheck.web.personal import MAX_NAME, PersonalSetup
from formcheck.web.protocol import Start
from tests.support.served import ServedClient, serve_app


@pytest.fixture
def client(tmp_path: Path) -> Iterator[ServedClient]:
    with serve_app(tmp_path) as context:
        yield ServedClient(context)


def kept(client: ServedClient) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads(
        (client.context.data / "settings.json").read_text()
    )
    return found


def test_what_is_saved_is_shown_and_used_by_live(client: ServedClient) -> None:
    answer = client.send_form(
        "/setup",
        "mute=on&volume=40&coaching=quiet&facing=environment&browser_voice=Anna",
    )
    assert (answer.status, answer.headers["location"]) == (303, "/setup?saved")
    mine = PersonalSetup.recall(client.context, None)
    assert (mine.mute, mine.volume, mine.coaching, mine.facing) == (
        True, 40, "quiet", "environment",
    )  # fmt: skip
    assert (mine.breathing, mine.mirror) == (False, False), "a box that is not ticked is not sent"
    assert (mine.hold, mine.rest, mine.routine) == (None, None, None)
    assert 'value="40"' in client.ask("/setup").text
    assert (mine.voice, mine.browser_voice) == (None, "Anna")
    for path in ("/session", "/screen"):
        assert 'data-voice="Anna" data-rate="165" data-volume="40"' in client.ask(path).text
    told = CliRunner().invoke(app, ["live", "--data", str(client.context.data), "--show-settings"])
    assert {"--volume 40", "--mute", "--coaching quiet", "--no-mirror"} <= {
        *told.stdout.split("\n")
    }


def test_what_live_keeps_of_a_person_stays(client: ServedClient) -> None:
    save_settings(client.context.data / "settings.json", None, {"camera": "2", "volume": 70})
    assert 'value="70"' in client.ask("/setup").text
    client.send_form("/setup", "volume=40")
    assert (kept(client)[""]["camera"], kept(client)[""]["volume"]) == ("2", 40)


@pytest.mark.parametrize("form", ["volume=101", "hold=0", "hold=nan", "rest=-1", "voice_rate=abc",
                                  "coaching=shouting", "repeat=inf", "facing=up"])  # fmt: skip
def test_what_is_out_of_range_is_told_and_not_kept(client: ServedClient, form: str) -> None:
    answer = client.send_form("/setup", form)
    assert answer.status == 400
    assert "Not saved" in answer.text
    assert not (client.context.data / "settings.json").exists()


@pytest.mark.parametrize(("form", "name"), [
    ("person=Ann", "Ann"), ("person=Ann&new=Zo%C3%AB", "Zoë"), ("person=", ""),
    ("new=%20%20Ann%20%20B%0A", "Ann B"), ("new=" + "x" * 999, "x" * MAX_NAME),
])  # fmt: skip
def test_a_device_is_one_persons(client: ServedClient, form: str, name: str) -> None:
    answer = client.send_form("/person", form)
    assert answer.status == 303
    assert f"formcheck-person={quote(name)}" in answer.headers["set-cookie"].replace('"', "")
    client.cookies["formcheck-person"] = quote(name)
    client.send_form("/setup", "volume=5")
    assert list(kept(client)) == [name]
    assert f'<option value="{name}" selected>' in client.ask("/setup").text


def test_a_person_may_be_called_anything(client: ServedClient) -> None:
    client.cookies["formcheck-person"] = quote('"><script>alert(1)</script>')
    for path in ("/", "/setup", "/history", "/clips"):
        assert "<script>alert" not in client.ask(path).text


@pytest.mark.parametrize("path", ["/setup", "/person", "/exercises/thomas-test/answer"])
@pytest.mark.parametrize(("kind", "body"), [
    ("application/x-www-form-urlencoded", b"hold=\xff"),
    ("application/x-www-form-urlencoded; charset=nonsense", b"hold=1"),
    ("multipart/form-data", b"hold=1"),
    ("multipart/form-data; boundary=x", b"\xff\x00"),
])  # fmt: skip
def test_what_is_no_form_is_refused(
    client: ServedClient, path: str, kind: str, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.ask(path, "POST", body=body, Content_Type=kind)
    assert (answer.status, "is not a form" in answer.text) == (400, True)
    assert caplog.records == []
    assert not (client.context.data / "settings.json").exists()


def test_settings_that_are_damaged_are_told(client: ServedClient) -> None:
    path = client.context.data / "settings.json"
    for content in ("nonsense", '{"": {"volume": "loud"}}'):
        path.write_text(content)
        answer = client.ask("/setup")
        assert answer.status == 500
        assert "settings.json" in answer.text
        assert client.ask("/exercises").status == 200


def test_what_is_counted_or_measured_can_be_done_whatever_hold_is_liked(
    client: ServedClient,
) -> None:
    for one in list_exercises().values():
        if one.is_seen:
            asked = Start(type="start", exercise=one.id, hold_s=17.0)
            plan = plan_session(client.context, asked, PersonalSetup(), None)
            [step] = plan.routine.steps
            liked = one.count.kind == "hold"
            assert step.target == (17.0 if liked else make_routine(one).steps[0].target)
