"""A web server of this machine, whose connections may break."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass
class Web:
    """A folder, served."""

    url: str = ""
    """Of the folder, without a slash at its end."""
    breaks_after: int | None = None
    """Bytes from a file's start beyond which connections are cut."""
    n_bytes: int = 0
    """Sent of files so far."""
    asked: list[str] = field(default_factory=list)


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *arguments: Any, web: Web, **options: Any) -> None:
        self.web = web
        super().__init__(*arguments, **options)

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        self.web.asked.append(self.path)
        if not path.is_file():
            super().do_GET()
            return
        content = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        piece = content[: self.web.breaks_after]
        self.web.n_bytes += len(piece)
        try:
            self.wfile.write(piece)
        except (BrokenPipeError, ConnectionResetError):  # the rest was not wanted
            self.close_connection = True
        if len(piece) < len(content):
            self.close_connection = True

    def log_message(self, format: str, *arguments: object) -> None:
        """Tests read no log."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that goes away is no news."""


@contextmanager
def serve(folder: Path, *, breaks_after: int | None = None) -> Iterator[Web]:
    """Serve a folder until the block ends."""
    web = Web(breaks_after=breaks_after)
    handler = partial(_Handler, directory=str(folder), web=web)
    with _Server(("127.0.0.1", 0), handler) as server:
        web.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield web
        finally:
            server.shutdown()
            thread.join()
