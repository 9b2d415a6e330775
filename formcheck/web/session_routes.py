"""The routes of a live session: its two pages, and what they film, are told and hear."""

from __future__ import annotations

import asyncio
import contextlib
from base64 import b64encode
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Final, get_args

from aiohttp import WSMsgType, web
from pydantic import ValidationError

from formcheck.errors import ExerciseError
from formcheck.exercises.load import list_exercises
from formcheck.language import phrase, translate
from formcheck.report.pictures import draw_figure_svg
from formcheck.voice.sound import Chime
from formcheck.web.browser_voice import make_chime
from formcheck.web.context import CONTEXT
from formcheck.web.live_hub import HUB, LiveHub, PageReader
from formcheck.web.live_run import plan_session
from formcheck.web.personal import PersonalSetup, find_person
from formcheck.web.protocol import (
    MAX_FRAME_BYTES,
    BadMessageError,
    Hello,
    PassedPicture,
    Problem,
    Start,
    Told,
    describe_messages,
    read_message,
    write_message,
)
from formcheck.web.rendering import show
from formcheck.web.session_look import describe_look

_SAID: Final = {
    "exercise": phrase("There is no such exercise or routine."),
    "side": phrase("The side is left, right or auto."),
    "sets": phrase("The number of sets is from 1 to 20."),
    "hold_s": phrase("The seconds to hold are above 0, and 3600 at most."),
    "rest_s": phrase("The seconds of rest are from 0 to 3600."),
    "countdown_s": phrase("The seconds of the countdown are from 0 to 60."),
    **dict.fromkeys(("mirrored", "muted", "listens"), phrase("“{name}” is true or false.")),
}
"""Of what an address asks for."""
_MOST_OF_A_NAME: Final = 40
_HELLO_S: Final = 10.0
_HEARTBEAT_S: Final = 5.0
_MAX_MESSAGE_BYTES: Final = 2 * MAX_FRAME_BYTES
"""What is larger than a frame may be is refused in words; what is larger than this ends the
connection before it is read."""


def add_session_routes(app: web.Application) -> None:
    """Add what a live session is shown, filmed and led by."""
    app.on_startup.append(_open_hub)
    app.on_shutdown.append(_close_hub)
    app.router.add_get("/session", show_session)
    app.router.add_get("/screen", show_screen)
    app.router.add_get("/api/session/ws", take_socket)
    app.router.add_get("/api/session/stream", stream_moments)
    app.router.add_post("/api/session/message", take_message)
    app.router.add_post("/api/session/frame", take_frame)
    app.router.add_get("/api/session/look", get_look)
    app.router.add_get("/api/session/schema", get_schema)
    app.router.add_get(r"/api/session/figures/{exercise}", get_figures)
    app.router.add_get(r"/api/session/audio/{number:\d{1,9}}.wav", get_sound)
    app.router.add_get(r"/api/session/chime/{kind}.wav", get_chime)


async def _open_hub(app: web.Application) -> None:
    app[HUB] = LiveHub(app[CONTEXT])


async def _close_hub(app: web.Application) -> None:
    await app[HUB].close()


# --- pages ------------------------------------------------------------------------------------


async def show_session(request: web.Request) -> web.Response:
    """The page that films; its query says what is to be done, as the fields of ``Start``."""
    context, person = request.app[CONTEXT], find_person(request)
    setup = PersonalSetup.recall(context, person)
    usual = {
        "hold_s": setup.hold, "rest_s": setup.rest, "mirrored": setup.mirror, "muted": setup.mute,
    }  # fmt: skip
    try:
        start = Start.model_validate({"type": "start", **usual, **request.query})
        # What would be refused at the start is refused now.
        await asyncio.to_thread(plan_session, context, start, setup, person)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        text = _SAID.get(name, phrase("A session has no setting called {name}."))
        return _refuse_session(400, translate(text, name=name[:_MOST_OF_A_NAME]))
    except ExerciseError as error:
        return _refuse_session(404, str(error))
    return show(
        "session.html", role="camera", title=phrase("Session"), here=None, setup=setup,
        start=start.model_dump_json(),
    )  # fmt: skip


def _refuse_session(status: int, text: str) -> web.Response:
    way_on = ("/exercises", phrase("Exercises"))
    return show(
        "message.html", heading=phrase("There is no such session"), text=text, in_app=True,
        way_on=way_on, status=status,
    )  # fmt: skip


async def show_screen(request: web.Request) -> web.Response:
    """A page that shows the session that another one films."""
    setup = PersonalSetup.recall(request.app[CONTEXT], find_person(request))
    return show(
        "session.html", role="screen", title=phrase("Screen"), here=None, setup=setup, start=""
    )


# --- messages ---------------------------------------------------------------------------------


async def take_socket(request: web.Request) -> web.WebSocketResponse:
    """A page's WebSocket: hello first, then messages and frames."""
    socket = web.WebSocketResponse(
        heartbeat=_HEARTBEAT_S, max_msg_size=_MAX_MESSAGE_BYTES, compress=False
    )
    await socket.prepare(request)
    hub = request.app[HUB]
    try:
        reader = _join(request, await socket.receive_str(timeout=_HELLO_S))
    except (TypeError, TimeoutError):
        reader = Problem(code="message", text=translate("A page must say hello first."))
    if isinstance(reader, Problem):
        with contextlib.suppress(ConnectionError):
            await socket.send_str(write_message(reader))
        await socket.close()
        return socket
    sending = asyncio.create_task(
        _send_all(reader, socket.send_str, socket.close, show=socket.send_bytes)
    )
    try:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                _receive(hub, reader, message.data)
            elif message.type is WSMsgType.BINARY:
                hub.take_frame(reader, message.data)
    finally:
        hub.leave(reader)
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sending
    return socket


async def stream_moments(request: web.Request) -> web.StreamResponse:
    """Where WebSockets are refused: what a page is told, a JSON object a line, without end."""
    hub = request.app[HUB]
    reader = _join(request, request.query.get("hello", ""))
    if isinstance(reader, Problem):
        return _answer_problem(reader)
    response = web.StreamResponse()
    response.content_type = "application/x-ndjson"

    async def write_line(text: str) -> None:
        await response.write(text.encode() + b"\n")

    async def write_picture(data: bytes) -> None:
        await write_line(write_message(PassedPicture(data=b64encode(data).decode())))

    try:
        await response.prepare(request)
        await _send_all(reader, write_line, response.write_eof, show=write_picture, idle="")
    finally:
        hub.leave(reader)
    return response


async def take_message(request: web.Request) -> web.Response:
    """A message of a page whose moments are streamed."""
    hub = request.app[HUB]
    reader = hub.find(request.query.get("page", ""))
    if reader is None:
        return _answer_problem(
            Problem(code="message", text=translate("This page is not connected."))
        )
    _receive(hub, reader, await request.read())
    return web.Response(status=204)


async def take_frame(request: web.Request) -> web.Response:
    """A frame of a page whose moments are streamed."""
    hub = request.app[HUB]
    reader = hub.find(request.query.get("page", ""))
    if reader is None:
        return _answer_problem(
            Problem(code="message", text=translate("This page is not connected."))
        )
    hub.take_frame(reader, await request.read())
    return web.Response(status=204)


def _join(request: web.Request, text: str) -> PageReader | Problem:
    try:
        hello = read_message(text)
    except BadMessageError as error:
        return Problem(
            code="message", text=translate("This is not a hello: {problem}", problem=error)
        )
    if not isinstance(hello, Hello):
        return Problem(code="message", text=translate("A page must say hello first."))
    return request.app[HUB].join(hello, find_person(request))


def _receive(hub: LiveHub, reader: PageReader, text: str | bytes) -> None:
    try:
        hub.receive(reader, read_message(text))
    except BadMessageError as error:
        reader.put(
            Problem(
                code="message",
                text=translate("A message was not understood: {problem}", problem=error),
            )
        )


async def _send_all(
    reader: PageReader,
    send: Callable[[str], Awaitable[None]],
    close: Callable[[], Awaitable[object]],
    *,
    show: Callable[[bytes], Awaitable[None]],
    idle: str | None = None,
) -> None:
    """Send what a page is told and shown until it is gone or closed."""
    with contextlib.suppress(ConnectionError):
        message: Told | bytes | None
        async for message in reader.messages(_HEARTBEAT_S):
            if isinstance(message, bytes):
                await show(message)
            elif message is not None:
                await send(write_message(message))
            elif idle is not None:
                await send(idle)
        await close()


def _answer_problem(problem: Problem) -> web.Response:
    return web.Response(text=write_message(problem), content_type="application/json", status=400)


# --- what stays the same ----------------------------------------------------------------------


async def get_look(request: web.Request) -> web.Response:
    """Words, colours and shares that pages draw with."""
    return web.json_response(describe_look())


async def get_schema(request: web.Request) -> web.Response:
    """The JSON schema of every message."""
    return web.json_response(describe_messages())


async def get_figures(request: web.Request) -> web.Response:
    """An exercise's way in and its position, drawn as SVG."""
    # In a thread: frames are judged meanwhile.
    exercises = await asyncio.to_thread(list_exercises, *request.app[CONTEXT].exercise_dirs)
    exercise = exercises.get(request.match_info["exercise"])
    if exercise is None:
        raise web.HTTPNotFound
    mirrored = request.query.get("mirrored") == "true"
    name = translate(exercise.name)
    ways = [
        str(
            draw_figure_svg(
                one, translate("{exercise}, step {n}", exercise=name, n=number), mirrored=mirrored
            )
        )
        for number, one in enumerate(exercise.way_in, start=1)
    ]
    last = exercise.figure
    position = None if last is None else str(draw_figure_svg(last, name, mirrored=mirrored))
    return web.json_response({"way_in": ways, "position": position})


async def get_sound(request: web.Request) -> web.Response:
    """A line that was begun just now, as a WAV file."""
    run = request.app[HUB].run
    sound = None if run is None else run.voice.find_sound(int(request.match_info["number"]))
    if sound is None:
        raise web.HTTPNotFound
    return web.Response(body=sound, content_type="audio/wav")


_make_chime = lru_cache(make_chime)


async def get_chime(request: web.Request) -> web.Response:
    """A chime as a WAV file."""
    kinds: dict[str, Chime] = {kind: kind for kind in get_args(Chime)}
    kind = kinds.get(request.match_info["kind"])
    if kind is None:
        raise web.HTTPNotFound
    return web.Response(body=_make_chime(kind), content_type="audio/wav")
