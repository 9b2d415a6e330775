"""The app in a browser, served for a test by a thread of its own."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from formcheck.web.context import ServeContext
from formcheck.web.server import AppServer

TOKEN: Final = "the-token-of-the-tests"


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_served_context(data: Path, **changes: Any) -> ServeContext:
    """Of a server on loopback whose data are in a folder."""
    return replace(ServeContext(token=TOKEN, data=data, port=find_free_port()), **changes)


@contextmanager
def serve_app(
    data: Path, tls: ssl.SSLContext | None = None, **changes: Any
) -> Iterator[ServeContext]:
    """A server that runs while the block does; the changes are of its context."""
    context = make_served_context(data, is_https=tls is not None, **changes)
    server = AppServer(context, tls)
    server.start()
    try:
        yield context
    finally:
        server.stop()
