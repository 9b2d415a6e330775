"""A page that films or shows a session, without a browser: it says and hears what a page does."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

from formcheck.video.clip import Clip
from formcheck.web.context import ServeContext
from formcheck.web.guard import name_cookie
from formcheck.web.protocol import VERSION, pack_frame
from tests.support.filmed import encode_jpeg

PATIENCE_S = 120.0
Message = dict[str, Any]


class FilmingPage:
    """One page, connected; ``told`` is all that it was told."""

    def __init__(self, socket: ClientWebSocketResponse, role: str, page: str) -> None:
        self.socket, self.role, self.page = socket, role, page
        self.told: list[Message] = []
        self.pictures: list[bytes] = []
        self.n_sent = 0
        self._changed = asyncio.Condition()
        self._hearing = asyncio.create_task(self._hear())

    async def hello(self, *, session: str = "", since: int = 0) -> Message:
        """Say hello; the answer."""
        await self.say(
            type="hello", version=VERSION, role=self.role, page=self.page, session=session,
            since=since,
        )  # fmt: skip
        return await self.wait_for(lambda one: one["type"] in ("welcome", "problem"))

    async def say(self, **message: object) -> None:
        await self.socket.send_str(json.dumps(message))

    async def send(self, captured_s: float, jpeg: bytes) -> Message:
        """Send a frame; what became of it."""
        self.n_sent += 1
        number, n_told = self.n_sent, len(self.told)
        await self.socket.send_bytes(pack_frame(number, captured_s, jpeg))
        return await self.wait_for(
            lambda one: one["type"] == "over" or (one.get("frame") or 0) >= number, n_told
        )

    async def wait_for(self, condition: Callable[[Message], bool], start: int = 0) -> Message:
        """The first message from ``start`` on of which it is true, once it has come."""
        found: list[Message] = []
        looked = start

        def is_there() -> bool:
            nonlocal looked
            found.extend(one for one in self.told[looked:] if condition(one))
            looked = len(self.told)
            return bool(found) or self._hearing.done()

        async with self._changed:
            await asyncio.wait_for(self._changed.wait_for(is_there), PATIENCE_S)
        assert found, f"the connection ended: {self.told[-3:]}"
        return found[0]

    def types(self) -> list[str]:
        return [one["type"] for one in self.told]

    async def close(self) -> None:
        await self.socket.close()
        await self._hearing

    async def _hear(self) -> None:
        async for message in self.socket:
            async with self._changed:
                if isinstance(message.data, bytes):
                    self.pictures.append(message.data)
                else:
                    self.told.append(json.loads(message.data))
                self._changed.notify_all()
        async with self._changed:
            self._changed.notify_all()


def make_headers(context: ServeContext) -> dict[str, str]:
    """Those that a browser sends, of a page of ours."""
    return {"Origin": context.origin, "Cookie": f"{name_cookie(context)}={context.token}"}


@asynccontextmanager
async def open_client(context: ServeContext) -> AsyncIterator[ClientSession]:
    """One browser."""
    async with ClientSession(context.origin, headers=make_headers(context)) as client:
        yield client


@asynccontextmanager
async def open_page(
    client: ClientSession, role: str = "camera", page: str | None = None
) -> AsyncIterator[FilmingPage]:
    """A page that has not said hello yet."""
    async with client.ws_connect("/api/session/ws", max_msg_size=0) as socket:
        one = FilmingPage(socket, role, page or secrets.token_hex(12))
        try:
            yield one
        finally:
            await one.close()


async def film_clip(page: FilmingPage, clip: Path, end_s: float | None = None) -> Message:
    """Show a clip frame by frame at its own times, each once the one before was judged.

    Returns:
        What was told last.
    """
    last: Message = {}
    with Clip(clip) as source:
        for frame in source.frames(max_side_px=640):
            if end_s is not None and frame.time_s >= end_s:
                break
            last = await page.send(frame.time_s, encode_jpeg(frame.image, 95))
            if last["type"] == "over":
                break
    return last
