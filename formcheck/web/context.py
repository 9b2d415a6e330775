"""What a server is started with: fixed for as long as it runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from formcheck.history.kept_files import CLIPS, SESSIONS


@dataclass(frozen=True, slots=True)
class ServeContext:
    """What every page and session of one server knows."""

    token: str
    """Who has it may use the server; it stands in the address that is printed."""
    data: Path
    """The folder of the history, the settings, the certificate and the sessions' pages."""
    host: str = "127.0.0.1"
    """The address that is listened on; ``0.0.0.0`` is every one of the machine's."""
    port: int = 8642
    is_https: bool = False
    names: tuple[str, ...] = ("localhost", "127.0.0.1")
    """The names and addresses that the server answers to, the one to print first."""
    exercise_dirs: tuple[Path, ...] = ()
    """Folders of the user's own exercises."""
    model: str = "full"
    person: str | None = None
    """Whose sets they are, until the page says another."""
    remembers: bool = True
    """Whether sets go into the history."""

    @property
    def origin(self) -> str:
        """The address to open, without the token: ``https://192.168.1.20:8642``."""
        return f"{self.scheme}://{self.names[0]}:{self.port}"

    @property
    def address(self) -> str:
        """The address to open, with the token."""
        return f"{self.origin}/?token={self.token}"

    @property
    def serves_phones(self) -> bool:
        """Whether other machines are served too."""
        return self.host not in ("127.0.0.1", "localhost")

    @property
    def scheme(self) -> str:
        """``http`` or ``https``."""
        return "https" if self.is_https else "http"

    @property
    def history(self) -> Path:
        """The history's file."""
        return self.data / "history.sqlite3"

    @property
    def sessions(self) -> Path:
        """The folder of the sessions' pages, ``NAME.html``; made when the first is kept."""
        return self.data / SESSIONS

    @property
    def clips(self) -> Path:
        """The folder of clips' reports that were kept, ``NAME/report.html``; made likewise."""
        return self.data / CLIPS


CONTEXT: Final = web.AppKey("context", ServeContext)
