"""The server: the app put together, and run in a thread of its own until it is stopped."""

from __future__ import annotations

import asyncio
import errno
import logging
import ssl
import threading
from typing import Any, Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from formcheck.errors import ArgumentError
from formcheck.web.clip_pages import add_clip_routes
from formcheck.web.context import CONTEXT, ServeContext
from formcheck.web.failures import explain_failures
from formcheck.web.guard import MAX_BODY_BYTES, guard
from formcheck.web.pages import add_page_routes
from formcheck.web.rendering import add_static_routes
from formcheck.web.session_routes import add_session_routes
from formcheck.web.setup_page import add_setup_routes

LOG: Final = logging.getLogger("formcheck.web.requests")
_STOP_S: Final = 5.0
"""For answers under way, once the server is to stop."""
_FAREWELL_S = 0.3
"""In which connections under TLS take leave of one another."""


def make_app(context: ServeContext) -> web.Application:
    """All of the server: guard, pages, session; ``app[CONTEXT]`` is the context."""
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app[CONTEXT] = context
    guard(app)
    app.middlewares.append(explain_failures)
    add_static_routes(app)
    add_page_routes(app)
    add_clip_routes(app)
    add_setup_routes(app)
    add_session_routes(app)
    return app


class AppServer:
    """Serves the app in a thread of its own, so that the main thread heeds signals.

    Args:
        context: what it is started with.
        tls: certificate and key; None serves plain http.
    """

    def __init__(self, context: ServeContext, tls: ssl.SSLContext | None = None) -> None:
        self._context, self._tls = context, tls
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(_pass_over_lost)
        self._runner: web.AppRunner | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="serve", daemon=True)

    def start(self) -> None:
        """Listen; it returns once requests are answered.

        Raises:
            ArgumentError: the port is taken, or may not be used.
        """
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End what is under way, in order; it returns once all is closed."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        left = asyncio.all_tasks() - {asyncio.current_task()}  # of those who were still sending
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        if self._tls is not None:
            await asyncio.sleep(_FAREWELL_S)

    async def _open(self) -> None:
        # One line a connection is logged by the guard; aiohttp's own names every request.
        runner = web.AppRunner(
            make_app(self._context), access_log=None, logger=LOG, shutdown_timeout=_STOP_S
        )
        self._runner = runner
        await runner.setup()
        host, port = self._context.host, self._context.port
        try:
            await web.TCPSite(runner, host, port, ssl_context=self._tls).start()
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            problem = "is in use by another program" if taken else f"cannot be used: {error}"
            raise ArgumentError(f"port {port}", problem, "give another with --port") from error


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether it is no fault of what was sent, which is answered and nothing to report."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError | web.RequestPayloadError)


LOG.addFilter(_is_ours)


def _pass_over_lost(loop: asyncio.AbstractEventLoop, about: dict[str, Any]) -> None:
    """A browser that goes, or that does not take the certificate, is nothing to report."""
    if not isinstance(about.get("exception"), OSError):  # of which SSLError is one
        loop.default_exception_handler(about)
