"""The one session of a server: pages come and go, it goes on until it is over or left alone.

What belongs to pages is done in the server's event loop; the session has its own threads, which
hand over what they tell.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator
from typing import Final, NamedTuple
from urllib.parse import urlencode

from aiohttp import web

from formcheck.errors import FormcheckError
from formcheck.language import current_language, phrase, translate
from formcheck.voice.engine import Manner, list_voices
from formcheck.web.browser_voice import MAKES_SOUND, Engine
from formcheck.web.context import ServeContext
from formcheck.web.guard import RateLimit
from formcheck.web.live_run import LiveRun, plan_session
from formcheck.web.personal import PersonalSetup
from formcheck.web.protocol import (
    VERSION,
    BadMessageError,
    Heard,
    Hello,
    Line,
    Over,
    Preparing,
    Press,
    Problem,
    Role,
    Said,
    Start,
    State,
    Told,
    Welcome,
    read_frame,
)

ALONE_S: Final = 300.0
"""The session ends when no page has been there for so long."""
MOST_PAGES: Final = 8
FRAMES_HZ: Final = 60.0
MESSAGES_HZ: Final = 20.0
FRESH_S: Final = 3.0
"""A line that is older is told again to be read, not to be heard."""
_BURST: Final = 60
_N_LINES: Final = 32
_MOST_BEHIND: Final = 256
"""A page for which more has gathered is dropped: it comes again, and is told again."""
_CAMERA_TAKEN: Final = phrase(
    "Another phone or window is this session's camera. This one can show the session: open Screen."
)
_MOVED: Final = phrase(
    "It was opened in another tab or window. To continue here, reload this page."
)
_GONE: Final = phrase(
    "Your session is over: formcheck was stopped or restarted. "
    "Every set done until then is in the history."
)


class PageReader:
    """One page: what it is still to be told. Lines keep their order, of moments the newest wins."""

    def __init__(self, page: str, role: Role, person: str | None) -> None:
        self.page, self.role, self.person = page, role, person
        self.is_closed = False
        self._queue: deque[Told] = deque()
        self._newest: State | None = None
        self._picture: bytes | None = None
        self._changed = asyncio.Event()

    def put(self, message: Told) -> None:
        """Tell it something."""
        if isinstance(message, State):
            self._newest = message
        else:
            if isinstance(message, Over) and self._newest is not None:
                self._queue.append(self._newest)
                self._newest = None
            self._queue.append(message)
            if len(self._queue) > _MOST_BEHIND:
                self.is_closed = True
        self._changed.set()

    def put_picture(self, data: bytes) -> None:
        """Show it a frame as it came from the page that films; the newest wins."""
        self._picture = data
        self._changed.set()

    def close(self) -> None:
        """Tell it no more than what waits."""
        self.is_closed = True
        self._changed.set()

    async def messages(self, every_s: float) -> AsyncIterator[Told | bytes | None]:
        """What it is told and shown, until it is closed; None when there was nothing for long."""
        while True:
            while self._queue:
                yield self._queue.popleft()
            if self._picture is not None:
                picture, self._picture = self._picture, None
                yield picture
            if self._newest is not None:
                state, self._newest = self._newest, None
                yield state
                continue
            if self.is_closed:
                return
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), every_s)
            except TimeoutError:
                yield None


class WayBack(NamedTuple):
    """From another page to the session under way."""

    path: str
    is_filmed: bool
    """Whether a page films it now: others can show it."""
    routine: str
    """What is done, for people."""


class LiveHub:
    """Who is there, and the session under way.

    Made and used in the server's event loop.

    Args:
        context: of the server.
    """

    def __init__(self, context: ServeContext) -> None:
        self.context = context
        self.run: LiveRun | None = None
        """The session under way."""
        self.alone_s = ALONE_S
        self._loop = asyncio.get_running_loop()
        self._engine: Engine | None = None
        self._readers: dict[str, PageReader] = {}
        self._lines: deque[tuple[float, Line]] = deque(maxlen=_N_LINES)
        self._latest: State | Preparing | None = None
        self._over: Over | None = None
        """Of the session before."""
        self._frames = RateLimit(FRAMES_HZ, _BURST)
        self._messages = RateLimit(MESSAGES_HZ, _BURST)
        self._watch: asyncio.Task[None] | None = None
        self._asked: Start | None = None
        """Of the session under way, or the one before."""

    def join(self, hello: Hello, person: str | None) -> PageReader | Problem:
        """A page of a person has come; what it is told from now on, or why it may not."""
        if hello.version != VERSION:
            return Problem(
                code="version",
                text=translate("This page belongs to another version of formcheck: reload it."),
            )
        if hello.role == "camera" and self._find_camera() not in (None, hello.page):
            return Problem(code="camera_taken", text=translate(_CAMERA_TAKEN))
        if (before := self._readers.pop(hello.page, None)) is not None:
            # One that was lost hears no more of it; a tab that was duplicated does, and stays away.
            before.put(Problem(code="moved", text=translate(_MOVED)))
            before.close()
        if len(self._readers) >= MOST_PAGES:
            return Problem(
                code="too_fast",
                text=translate("At most {n} pages can show a session.", n=MOST_PAGES),
            )
        reader = self._readers[hello.page] = PageReader(hello.page, hello.role, person)
        run = self.run
        is_known = run is not None and hello.session == run.session
        ended = ""
        if hello.session and not is_known:
            over = self._over
            ended = (
                over.text
                if over is not None and over.session == hello.session
                else translate(_GONE)
            )
        reader.put(
            Welcome(
                role=hello.role, session=run.session if run else "", ended=ended,
                mirrored=run.is_mirrored if run else True,
            )
        )  # fmt: skip
        if ended and self._over is not None and self._over.session == hello.session:
            reader.put(self._over)
        if run is not None:
            self._note_camera()
            for at_s, line in self._lines:
                if line.id > (hello.since if is_known else 0):
                    is_past = not is_known or time.monotonic() - at_s > FRESH_S
                    reader.put(line.model_copy(update={"is_past": is_past}))
            if self._latest is not None:
                reader.put(self._latest)
        return reader

    @property
    def way_back(self) -> WayBack | None:
        """Where to continue the session under way; None without one."""
        if self.run is None or self._asked is None:
            return None
        query = urlencode(self._asked.model_dump(exclude={"type"}, exclude_defaults=True))
        is_filmed = self._find_camera() is not None
        return WayBack("/screen" if is_filmed else f"/session?{query}", is_filmed, self.run.routine)

    def find(self, page: str) -> PageReader | None:
        """The page of that name, if it is there."""
        return self._readers.get(page)

    def leave(self, reader: PageReader) -> None:
        """A page has gone; one that has come again is not."""
        reader.close()
        if self._readers.get(reader.page) is reader:
            del self._readers[reader.page]
            self._note_camera()

    def receive(self, reader: PageReader, message: Said) -> None:
        """What a page says; what is wrong with it is told to that page."""
        if not self._messages.allows(reader.page, time.monotonic()):
            reader.put(
                Problem(code="too_fast", text=translate("Too many messages: wait a moment."))
            )
        elif isinstance(message, Start):
            self._start(reader, message)
        elif isinstance(message, Hello):
            reader.put(Problem(code="message", text=translate("A page must say hello only once.")))
        elif self.run is None:
            reader.put(Problem(code="no_session", text=translate("No session is running.")))
        elif isinstance(message, Press):
            self.run.press(message.key)
        elif isinstance(message, Heard):
            self.run.voice.note_end(message.id)

    def take_frame(self, reader: PageReader, data: bytes) -> None:
        """A frame of the page that films; what is wrong with it is told to that page."""
        problem = None
        try:
            sent = read_frame(data)
        except BadMessageError as error:
            text = translate("A frame was rejected: {problem}.", problem=error)
            reader.put(Problem(code="frame", text=text, frame=error.frame))
            return
        if reader.role != "camera":
            problem = Problem(
                code="frame", text=translate("Only the camera may send frames."), frame=sent.number
            )
        elif self.run is None:
            text = translate("No session is running.")
            problem = Problem(code="no_session", text=text, frame=sent.number)
        elif not self._frames.allows(reader.page, time.monotonic()):
            problem = Problem(
                code="too_fast", text=translate("Too many frames."), frame=sent.number
            )
        if problem is not None:
            reader.put(problem)
        elif self.run is not None:
            self.run.camera.offer(sent)
            for one in self._readers.values():
                if one.role == "screen":
                    one.put_picture(data)

    async def close(self) -> None:
        """End the session in order, and let all pages go."""
        if self.run is not None:
            run = self.run
            run.end()
            await asyncio.to_thread(run.join)
            await asyncio.sleep(0)  # what it told last is given to the pages
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        for reader in [*self._readers.values()]:
            reader.close()

    # --- the session ----------------------------------------------------------------------

    def _start(self, reader: PageReader, asked: Start) -> None:
        problem: Problem | None = None
        if reader.role != "camera":
            problem = Problem(
                code="message", text=translate("A session can only be started where the camera is.")
            )
        elif self.run is not None:
            problem = Problem(code="under_way", text=translate("A session is already running."))
        else:
            try:
                setup = PersonalSetup.recall(self.context, reader.person)
                plan = plan_session(self.context, asked, setup, reader.person)
                engine = self._find_engine(setup)
                run = LiveRun(plan, self.context.model, engine, self._hand_over)
            except FormcheckError as error:
                problem = Problem(code="unknown", text=str(error))
        if problem is not None:
            reader.put(problem)
            return
        self._lines.clear()
        self._latest, self._over = None, None
        self.run, self._asked = run, asked
        self._note_camera()
        self.run.start(muted=asked.muted)
        for one in self._readers.values():
            one.put(Welcome(role=one.role, session=self.run.session, mirrored=asked.mirrored))
        self._watch = self._loop.create_task(self._end_if_alone(self.run))

    def _find_engine(self, setup: PersonalSetup) -> Engine:
        """The voice as a person likes it: the one of before, if that is it."""
        manner = _choose_manner(setup)
        if self._engine is None or self._engine.manner != manner:
            self._engine = Engine(manner)
        return self._engine

    def _hand_over(self, message: Told) -> None:
        """From a thread of the session."""
        with contextlib.suppress(RuntimeError):  # the server has ended
            self._loop.call_soon_threadsafe(self._tell, message)

    def _tell(self, message: Told) -> None:
        if isinstance(message, Line):
            self._lines.append((time.monotonic(), message))
        elif isinstance(message, State | Preparing):
            self._latest = message
        elif isinstance(message, Over):
            self._over, self.run, self._latest = message, None, None
            if self._watch is not None:
                self._watch.cancel()
        for reader in self._readers.values():
            is_others = isinstance(message, Problem) and reader.role != "camera"
            if not is_others:
                reader.put(message)

    async def _end_if_alone(self, run: LiveRun) -> None:
        """End the session once no page has been there for long."""
        seen_s = time.monotonic()
        while self.run is run:
            await asyncio.sleep(min(1.0, self.alone_s))
            now_s = time.monotonic()
            if self._readers:
                seen_s = now_s
            elif now_s - seen_s >= self.alone_s:
                run.end()
                return

    def _find_camera(self) -> str | None:
        """The page that films."""
        pages = (one.page for one in self._readers.values() if one.role == "camera")
        return next(pages, None)

    def _note_camera(self) -> None:
        if self.run is not None:
            self.run.camera.is_connected = self._find_camera() is not None


def _choose_manner(setup: PersonalSetup) -> Manner:
    """How a person likes to be spoken to; a voice of another language than theirs is left out."""
    language = current_language()
    is_there = MAKES_SOUND and setup.voice is not None and setup.voice in list_voices(language)
    voice = setup.voice if is_there else None
    return Manner(voice, setup.voice_rate, setup.volume, language)


HUB: Final = web.AppKey("hub", LiveHub)
"""The hub of a server."""
