"""``formcheck serve``: the app in a browser, on this machine or on a phone in the same Wi-Fi."""

from __future__ import annotations

import logging
import secrets
import time
import webbrowser
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from formcheck.cli import options
from formcheck.cli.options import option
from formcheck.cli.printing import say
from formcheck.errors import FormcheckError

if TYPE_CHECKING:
    from formcheck.web.context import ServeContext

PORT: Final = 8642
_TICK_S: Final = 0.5
"""A signal is heeded within this, where waiting for a lock does not end by one."""


@dataclass(frozen=True)
class ServeOptions:
    """What ``formcheck serve`` takes."""

    port: int = option(PORT, "Listen on this port.", metavar="N", min=1, max=65535)
    open: bool = option(True, "Open the app in a browser here.")
    person: str | None = option(None, "Whose sets they are.", metavar="NAME")
    model: options.ModelOption = "full"
    exercises: options.FoldersOption = None
    no_history: bool = option(False, "Remember nothing.", "--no-history")
    data: options.DataOption = None
    quiet: bool = option(False, "Print the address alone.", "--quiet")


def serve(asked: ServeOptions) -> None:
    """Open the app in a browser: exercises, live sessions, clips and the history.

    It is served to this machine alone. Stop it with Ctrl-C.

    Example:
      formcheck serve
      formcheck serve --port 9000 --no-open
    """
    check_extra()
    from formcheck.web.server import AppServer

    context = make_context(asked)
    server = AppServer(context)
    server.start()
    try:
        say(context.address)
        if not asked.quiet:
            logging.basicConfig(format="formcheck: %(message)s")
            logging.getLogger("formcheck.web").setLevel(logging.INFO)
        if asked.open:
            webbrowser.open(context.address)
        while True:
            time.sleep(_TICK_S)
    finally:
        server.stop()


def check_extra() -> None:
    """Refuse to go on without the packages of the extra ``serve``.

    Raises:
        FormcheckError: one of them is not installed.
    """
    missing = [name for name in ("aiohttp", "cryptography", "segno") if find_spec(name) is None]
    if missing:
        raise FormcheckError(
            "formcheck serve", f"needs {', '.join(missing)}", "pip install 'formcheck[serve]'"
        )


def make_context(asked: ServeOptions) -> ServeContext:
    """What the server is started with."""
    from formcheck.history.store import default_path
    from formcheck.web.context import ServeContext

    return ServeContext(
        token=secrets.token_urlsafe(24),
        data=asked.data or default_path().parent,
        port=asked.port,
        exercise_dirs=tuple(asked.exercises or ()),
        model=asked.model,
        person=asked.person,
        remembers=not asked.no_history,
    )
