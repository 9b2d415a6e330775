"""The app in a browser, served for a test by a thread of its own, and who asks it."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from formcheck.web.context import ServeContext
from formcheck.web.guard import name_cookie
from formcheck.web.server import AppServer

TOKEN: Final = "the-token-of-the-tests"
LIMIT_S: Final = 60.0


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


@dataclass
class ServedAnswer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class ServedClient:
    """Asks as a browser that has the cookie would, unless a test says otherwise."""

    context: ServeContext
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cookies.setdefault(name_cookie(self.context), self.context.token)

    def ask(
        self,
        path: str,
        method: str = "GET",
        *,
        body: bytes | Iterator[bytes] | None = None,
        drop: tuple[str, ...] = (),
        **headers: str,
    ) -> ServedAnswer:
        """One request on a connection of its own, its path as it stands; ``drop`` leaves out."""
        host = f"localhost:{self.context.port}"
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Host": host, "Cookie": cookies}
        if method != "GET":
            sent["Origin"] = f"http://{host}"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        asked = http.client.HTTPConnection("127.0.0.1", self.context.port, timeout=LIMIT_S)
        with closing(asked):
            kept = {name: value for name, value in sent.items() if name not in drop}
            chunked = body is not None and not isinstance(body, bytes)
            asked.request(method, path, body, kept, encode_chunked=chunked)
            answer = asked.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return ServedAnswer(answer.status, found, answer.read())

    def send_form(self, path: str, form: str) -> ServedAnswer:
        kind = "application/x-www-form-urlencoded"
        return self.ask(path, "POST", body=form.encode(), Content_Type=kind)
