"""``formcheck serve``: the app in a browser, on this machine or on a phone in the same Wi-Fi."""

from __future__ import annotations

import logging
import os
import re
import secrets
import sys
import time
import webbrowser
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from formcheck.cli import options
from formcheck.cli.options import option
from formcheck.cli.printing import say, tell
from formcheck.errors import FormcheckError
from formcheck.language import find_language, use_language

if TYPE_CHECKING:
    from formcheck.web.certificate import ServedCertificate
    from formcheck.web.context import ServeContext

PORT: Final = 8642
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{32}")
"""192 random bits, as they stand in an address."""
_TICK_S: Final = 0.5
"""A signal is heeded within this, where waiting does not end by one."""


@dataclass(frozen=True)
class ServeOptions:
    """What ``formcheck serve`` takes."""

    lan: bool = option(False, "Serve phones and tablets on the same Wi-Fi as well.", "--lan")
    port: int = option(PORT, "Listen on this port.", metavar="N", min=1, max=65535)
    open: bool | None = option(
        None,
        "Open the app in a browser here [default: where there is a display, unless --lan].",
        "--open/--no-open",
    )
    certificate: Path | None = option(
        None, "Your own certificate for https, PEM [default: formcheck's own].", metavar="FILE"
    )
    key: Path | None = option(None, "The key of that certificate, PEM.", metavar="FILE")
    new_token: bool = option(
        False, "Make a new address, and shut out everyone who has the old one.", "--new-token"
    )
    person: str | None = option(
        None, "The person these sets belong to, until changed in Set-up.", metavar="NAME"
    )
    language: options.LanguageOption = None
    model: options.ModelOption = "full"
    exercises: options.FoldersOption = None
    no_history: bool = option(False, "Remember nothing.", "--no-history")
    data: options.DataOption = None
    quiet: bool = option(False, "Print only the address.", "--quiet")


def serve(asked: ServeOptions) -> None:
    """Open the app in a browser: exercises, live sessions, clips and the history.

    It serves only this machine or, with --lan, also a phone or tablet on the same Wi-Fi, which then
    acts as camera, screen and voice. Nothing leaves the two devices. Stop it with Ctrl-C.

    Example:
      formcheck serve
      formcheck serve --lan
      formcheck serve --port 9000 --no-open
      formcheck serve --lan --language de
      formcheck serve --lan --certificate home.pem --key home-key.pem
    """
    if (asked.certificate is None) != (asked.key is None):
        raise typer.BadParameter("--certificate and --key belong together: give both")
    use_language(asked.language or find_language(os.environ))
    check_extra()
    from formcheck.web.server import AppServer

    context, certificate = make_context(asked)
    server = AppServer(context, None if certificate is None else certificate.make_tls())
    server.start()
    try:
        if not asked.quiet:
            logging.basicConfig(format="formcheck: %(message)s")
            logging.getLogger("formcheck.web").setLevel(logging.INFO)
        _tell_address(context, certificate, asked)
        if asked.open if asked.open is not None else not asked.lan and _has_display():
            webbrowser.open(context.address)
        while True:
            time.sleep(_TICK_S)
    finally:
        server.stop()


def _has_display() -> bool:
    """Whether a browser has a window to open in: one of the terminal would take it over."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def check_extra() -> None:
    """Refuse to go on without the packages of the extra ``serve``.

    Raises:
        FormcheckError: one of them is not installed.
    """
    missing = [name for name in ("aiohttp", "cryptography", "segno") if find_spec(name) is None]
    if missing:
        problem = f"needs an extra: {', '.join(missing)} is not installed"
        raise FormcheckError("formcheck serve", problem, "pip install 'formcheck[serve]'")


def make_context(asked: ServeOptions) -> tuple[ServeContext, ServedCertificate | None]:
    """What the server is started with, and its certificate; None for plain http.

    Raises:
        ArgumentError: the certificate given cannot be used.
        ExerciseError: a folder of one's own exercises is missing.
        FormcheckError: no network is there to serve.
        StoreError: the data folder cannot be written.
    """
    from formcheck.exercises.load import list_exercises
    from formcheck.history.store import default_path
    from formcheck.pose.model_files import find_model
    from formcheck.web.context import ServeContext

    data = asked.data or default_path().parent
    find_model(asked.model)
    list_exercises(*asked.exercises or ())
    context = ServeContext(
        token=_find_token(data / "serve-token", renew=asked.new_token),
        data=data,
        port=asked.port,
        exercise_dirs=tuple(asked.exercises or ()),
        model=asked.model,
        person=asked.person,
        remembers=not asked.no_history,
    )
    certificate = None
    if asked.lan or asked.certificate is not None:
        from formcheck.web.address import list_addresses, name_machine
        from formcheck.web.certificate import load_certificate, provide_certificate

        addresses = list_addresses() if asked.lan else []
        if asked.lan and not addresses:
            advice = "connect this machine to the Wi-Fi, or leave out --lan"
            raise FormcheckError("--lan", "this machine is not connected to a network", advice)
        names = (*addresses, *(name_machine() if asked.lan else ()), *context.names)
        if asked.certificate is not None and asked.key is not None:
            certificate = load_certificate(asked.certificate, asked.key)
            names = tuple(dict.fromkeys((*certificate.names, *names)))
        else:
            certificate = provide_certificate(data, names)
        host = "0.0.0.0" if asked.lan else context.host
        context = replace(context, host=host, is_https=True, names=names)
    return context, certificate


def _find_token(path: Path, *, renew: bool) -> str:
    """The token of the last time, so that a phone comes back by itself; else a new one."""
    from formcheck.web.certificate import write_secret

    token = ""
    with suppress(OSError, ValueError):  # there is none, or it is damaged
        token = path.read_text(encoding="ascii").strip()
    if renew or not _TOKEN.fullmatch(token):
        token = secrets.token_urlsafe(24)
        write_secret(path, token.encode())
    return token


def _tell_address(
    context: ServeContext, certificate: ServedCertificate | None, asked: ServeOptions
) -> None:
    """Print where the app is, and how it is stopped."""
    say(context.address)
    if asked.quiet:
        return
    if asked.lan and certificate is not None:
        _tell_phones(context, certificate)
    tell("serving; Ctrl-C stops it")


def _tell_phones(context: ServeContext, certificate: ServedCertificate) -> None:
    """How a phone gets there, and what it will say."""
    from formcheck.web.address import draw_code

    typer.echo(f"\n{draw_code(context.address, in_colour=sys.stdout.isatty())}\n")
    say(
        "Scan it with a phone or tablet on the same Wi-Fi. Anyone with this address can use the "
        "app."
    )
    if certificate.is_own:
        say(
            "The phone will warn you that the connection is not private: no authority vouches for "
            "an address in a home network, so formcheck made the certificate itself. The "
            "connection is still encrypted. Choose “Details” or “Advanced”, and continue. The "
            "certificate's fingerprint:"
        )
    say(f"SHA-256 {certificate.fingerprint}")
