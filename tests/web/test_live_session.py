"""A session whose camera, screen and voice are pages: over the socket, without a browser."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
import time
from base64 import b64decode
from collections.abc import Callable, Coroutine
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import ClientSession

import formcheck
from formcheck.exercises.load import list_exercises
from formcheck.history.store import History
from formcheck.result.models import Result
from formcheck.web import browser_camera, browser_decoder
from formcheck.web.browser_decoder import MOST_FAILED
from formcheck.web.context import ServeContext
from formcheck.web.protocol import MAX_FRAME_BYTES, State, pack_frame
from tests.support.crashing import leave
from tests.support.filmed import encode_jpeg
from tests.support.filming_page import FilmingPage, Message, film_clip, open_client, open_page
from tests.support.served import serve_app

pytestmark = pytest.mark.slow

Scene = Callable[[ServeContext], Coroutine[Any, Any, None]]
GREY = encode_jpeg(np.full((360, 640, 3), 120, np.uint8))
EXERCISES = list_exercises()
HALF = {"type": "start", "exercise": "half-kneeling", "listens": False, "muted": True}


def play(folder: Path, scene: Scene) -> None:
    """Run a scene against a server of its own."""
    with serve_app(folder) as context:
        asyncio.run(scene(context))


def read_results(context: ServeContext) -> list[Result]:
    paths = sorted(context.sessions.glob("*.json"))
    return [Result.model_validate_json(path.read_text()) for path in paths]


async def begin(page: FilmingPage, **changes: object) -> Message:
    await page.hello()
    await page.say(**{**HALF, **changes})
    return await page.wait_for(lambda one: one["type"] == "welcome" and one["session"] != "")


def is_over(message: Message) -> bool:
    return bool(message["type"] == "over")


async def read_today(client: ClientSession) -> str:
    return await (await client.get("/")).text()


async def end(page: FilmingPage) -> Message:
    await page.say(type="key", key="q")
    return await page.wait_for(lambda one: one["type"] == "over")


def test_a_clip_in_a_page_gives_what_analyze_gives(tmp_path: Path, samples: Path) -> None:
    clip = samples / "half-kneeling-side-bend_good.mp4"

    async def scene(context: ServeContext) -> None:
        async with open_client(context) as client, open_page(client) as page:
            await begin(page, exercise="half-kneeling-side-bend")
            await film_clip(page, clip)
            over = await end(page)
            answer = await client.get(over["summary"])
            assert EXERCISES["half-kneeling-side-bend"].name in await answer.text()
            [line] = [one for one in page.told if one["type"] == "over"]
            assert line["problems"] == []
            for one in page.told:
                if one["type"] == "state":
                    State.model_validate(one)
        [live] = read_results(context)
        recorded = formcheck.analyze(clip, exercise="half-kneeling-side-bend", rate_hz=None)
        assert [one.side for one in live.sets] == [one.side for one in recorded.sets]
        for mine, other in zip(live.sets, recorded.sets, strict=True):
            assert mine.good_hold_s == pytest.approx(other.good_hold_s, abs=0.3)
            assert len(mine.holds) == len(other.holds)
            assert sorted(f.rule for f in mine.faults) == sorted(f.rule for f in other.faults)
        with History(context.history) as history:
            assert [row.side for row in history.sets(None)] == [one.side for one in live.sets]

    play(tmp_path, scene)


def test_garbage_ends_in_words_and_a_running_server(tmp_path: Path, samples: Path) -> None:
    async def scene(context: ServeContext) -> None:
        async with open_client(context) as client:
            async with open_page(client) as page:
                await page.socket.send_str("{")
                told = await page.wait_for(lambda one: one["type"] == "problem")
                assert told["code"] == "message"
            async with open_page(client) as page:
                await page.socket.send_bytes(b"not a hello")
                assert (await page.wait_for(lambda one: True))["code"] == "message"
            async with open_page(client) as page:
                await begin(page)
                for data in (b"", b"\x00" * 50, pack_frame(1, 0.0, bytes(MAX_FRAME_BYTES + 1))):
                    n_told = len(page.told)
                    await page.socket.send_bytes(data)
                    told = await page.wait_for(lambda one: one["type"] == "problem", n_told)
                    assert told["code"] == "frame"
                spoilt = GREY[:-20] if len(GREY) < 40 else GREY[:20] + bytes(30) + GREY[50:]
                await page.send(0.0, spoilt)
                for text in ("[]", '{"type": "key", "key": "x"}', "\ud7ff" * 3000):
                    n_told = len(page.told)
                    await page.socket.send_str(text)
                    told = await page.wait_for(lambda one: one["type"] == "problem", n_told)
                    assert told["code"] == "message"
                assert (await page.send(1.0, GREY))["type"] == "state"
                await end(page)
            async with open_page(client) as page:
                await page.hello()
                with contextlib.suppress(ConnectionError):
                    await page.socket.send_bytes(bytes(4 * MAX_FRAME_BYTES))
                await page.close()
            assert (await client.get("/")).status == 200

    play(tmp_path, scene)


def test_a_second_camera_is_refused_and_a_screen_shows_the_same(tmp_path: Path) -> None:
    async def scene(context: ServeContext) -> None:
        async with open_client(context) as client, open_page(client) as first:
            await begin(first, muted=False, listens=True)
            async with open_page(client) as second:
                told = await second.hello()
                assert told["code"] == "camera_taken"
                assert "Screen" in told["text"]
            async with open_page(client, "screen") as screen:
                assert (await screen.hello())["session"]
                await first.send(0.0, GREY)
                await first.send(0.5, GREY)
                shown = await screen.wait_for(lambda one: one.get("frame") == 2)
                assert screen.pictures[-1] == pack_frame(2, 0.5, GREY)
                assert first.pictures == []
                assert shown == await first.wait_for(lambda one: one.get("frame") == 2)
                said = await screen.wait_for(lambda one: one["type"] == "line")
                assert said["id"] == 1
                n_told = len(screen.told)
                await screen.say(type="key", key="space")
                await first.wait_for(lambda one: one.get("alert") == "Paused")
                await screen.socket.send_bytes(pack_frame(1, 0.0, GREY))
                refused = await screen.wait_for(lambda one: one["type"] == "problem", n_told)
                assert refused["code"] == "frame"
                await screen.say(**HALF)
                await screen.wait_for(lambda one: one.get("code") == "message", n_told)
                await end(first)
                assert (await screen.wait_for(lambda one: one["type"] == "over"))["session"]

    play(tmp_path, scene)


def test_a_tab_that_was_duplicated_takes_the_session_over(tmp_path: Path) -> None:
    async def scene(context: ServeContext) -> None:
        async with open_client(context) as client, open_page(client) as first:
            begun = await begin(first)
            async with open_page(client, page=first.page) as second:
                welcome = await second.hello(session=begun["session"])
                assert welcome["session"] == begun["session"]
                assert (await first.wait_for(lambda one: one["type"] == "problem"))[
                    "code"
                ] == "moved"
                await second.send(0.0, GREY)
                await end(second)

    play(tmp_path, scene)


def test_a_page_that_comes_again_finds_its_session_and_every_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser_camera, "SILENT_S", 0.3)

    async def scene(context: ServeContext) -> None:
        async with open_client(context) as client:
            async with open_page(client) as page:
                session = (await begin(page, muted=False))["session"]
                await page.send(0.0, GREY)
                first = await page.wait_for(lambda one: one["type"] == "line")
                assert (await read_today(client)).count('href="/screen"') == 2
            assert 'href="/session?exercise=half-kneeling&amp;' in await read_today(client)
            async with open_page(client, page=page.page) as again:
                welcome = await again.hello(session=session, since=first["id"])
                assert (welcome["session"], welcome["ended"]) == (session, "")
                lost = await again.wait_for(lambda one: bool(one.get("alert")))
                assert "trying again" in lost["alert"]
                again.n_sent = page.n_sent
                went_s = time.monotonic()
                told = await again.send(0.0, GREY)
                await again.wait_for(lambda one: one.get("frame") == 2 and not one["alert"])
                assert time.monotonic() - went_s < 1
                assert told["time_s"] > 0.1, "what passed meanwhile is part of it"
                lines = [one for one in (*page.told, *again.told) if one["type"] == "line"]
                assert [one["id"] for one in lines] == list(range(1, len(lines) + 1))
                sound = await client.get(f"/api/session/audio/{lines[-1]['id']}.wav")
                assert sound.status == (200 if lines[-1]["audio"] else 404)
                await end(again)
            async with open_page(client, page=page.page) as late:
                welcome = await late.hello(session=session)
                assert welcome["session"] == ""
                assert (await late.wait_for(lambda one: one["type"] == "over"))["session"]
            async with open_page(client, page=page.page) as other:
                welcome = await other.hello(session="of-another-server")
                assert "history" in welcome["ended"]

    play(tmp_path, scene)


def test_a_session_that_is_left_alone_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("formcheck.web.live_hub.ALONE_S", 0.5)

    async def scene(context: ServeContext) -> None:
        async with open_client(context) as client:
            async with open_page(client) as page:
                session = (await begin(page))["session"]
                await page.send(0.0, GREY)
            deadline_s = time.monotonic() + 30
            welcome: Message = {"session": session}
            while welcome["session"] and time.monotonic() < deadline_s:
                await asyncio.sleep(1.5)
                async with open_page(client) as late:
                    welcome = await late.hello(session=session)
            assert welcome["session"] == ""

    play(tmp_path, scene)


def test_a_phone_that_is_turned_is_judged_on(tmp_path: Path) -> None:
    tall = encode_jpeg(np.full((640, 360, 3), 120, np.uint8))

    async def scene(context: ServeContext) -> None:
        async with open_client(context) as client, open_page(client) as page:
            await begin(page)
            for number, jpeg in enumerate([GREY, GREY, tall, tall, GREY, tall]):
                told = await page.send(0.6 * number, jpeg)
                assert told["type"] == "state"
            assert (told["width_px"], told["height_px"]) == (360, 640)
            assert (await end(page))["problems"] == []

    play(tmp_path, scene)


def test_without_websockets_frames_are_posted_and_moments_streamed(tmp_path: Path) -> None:
    async def scene(context: ServeContext) -> None:
        page = "b" * 24
        hello = {"type": "hello", "version": 1, "role": "camera", "page": page}
        async with open_client(context) as client:
            refused = await client.get("/api/session/stream", params={"hello": "{"})
            assert refused.status == 400
            address = f"/api/session/frame?page={page}"
            assert (await client.post(address, data=b"x")).status == 400, "it is not connected"
            answer = await client.get("/api/session/stream", params={"hello": json.dumps(hello)})
            told = json.loads(await answer.content.readline())
            assert (told["type"], told["session"]) == ("welcome", "")
            await client.post(f"/api/session/message?page={page}", data=json.dumps(HALF))
            hello |= {"role": "screen", "page": "c" * 24}
            screen = await client.get("/api/session/stream", params={"hello": json.dumps(hello)})
            shown = json.loads(await screen.content.readline())
            await client.post(address, data=pack_frame(1, 0.0, GREY))
            while shown["type"] != "picture":
                shown = json.loads(await screen.content.readline() or "{}")
            assert b64decode(shown["data"]) == pack_frame(1, 0.0, GREY)
            screen.close()
            while told.get("frame") != 1:
                told = json.loads(await answer.content.readline() or "{}")
            quits = json.dumps({"type": "key", "key": "q"})
            await client.post(f"/api/session/message?page={page}", data=quits)
            while told["type"] != "over":
                told = json.loads(await answer.content.readline())
            answer.close()

    play(tmp_path, scene)


def test_a_decoder_that_cannot_work_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It cannot be started at first; then it can, and ends each time."""

    def refuse(_: object) -> None:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    async def scene(context: ServeContext) -> None:
        async with open_client(context) as client, open_page(client) as page:
            with monkeypatch.context() as changed:
                changed.setattr(SpawnProcess, "start", refuse)
                await page.hello()
                await page.say(**HALF)
                told = await page.wait_for(lambda one: one["type"] == "problem")
            assert (told["code"], os.strerror(errno.EAGAIN) in told["text"]) == ("unknown", True)
            monkeypatch.setattr(browser_decoder, "_serve", leave)
            await page.say(**HALF)
            for number in range(MOST_FAILED):
                told = await page.send(number, GREY)
            over = told if told["type"] == "over" else await page.wait_for(is_over)
            assert any("in a row: close other programs" in one for one in over["problems"])
            assert (await client.get("/")).status == 200

    play(tmp_path, scene)
    assert caplog.records == []


@pytest.mark.parametrize("exercise", ["no-such", "arch-check"])
def test_what_cannot_be_led_is_refused_in_words(tmp_path: Path, exercise: str) -> None:
    async def scene(context: ServeContext) -> None:
        async with open_client(context) as client, open_page(client) as page:
            await page.hello()
            await page.say(**{**HALF, "exercise": exercise})
            told = await page.wait_for(lambda one: one["type"] == "problem")
            assert told["code"] == "unknown"
            answer = await client.get(f"/session?exercise={exercise}")
            assert (answer.status, "/exercises" in await answer.text()) == (404, True)
            for query in ("exercise=../x", "exercise=", "side=up", "sets=0", "sets=many",
                          "hold_s=nan", "hold_s=0", "rest_s=-1", "countdown_s=61", "muted=2",
                          "routine=none-such"):  # fmt: skip
                answer = await client.get(f"/session?{query}")
                assert (answer.status, "Input should" in await answer.text()) == (400, False)

    play(tmp_path, scene)


def test_what_stays_the_same_is_served(tmp_path: Path) -> None:
    async def scene(context: ServeContext) -> None:
        async with open_client(context) as client:
            look = await (await client.get("/api/session/look")).json()
            assert look["clocks"]["running"]["word"] == "HOLD"
            drawn = await (await client.get("/api/session/figures/half-kneeling")).json()
            assert drawn["position"].startswith("<svg")
            assert (await client.get("/api/session/figures/..%2fsecret")).status == 404
            chime = await client.get("/api/session/chime/start.wav")
            assert (await chime.read())[:4] == b"RIFF"
            assert (await client.get("/api/session/chime/no.wav")).status == 404
            assert (await client.get("/api/session/audio/1.wav")).status == 404
            schema = await (await client.get("/api/session/schema")).json()
            assert schema["version"] == 1

    play(tmp_path, scene)
