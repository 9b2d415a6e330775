"""Who may ask: those with the token, under an address that is served, from a page of ours.

A page of another site cannot use the server through the user's browser: it lacks the cookie
(SameSite=Strict), its Origin is refused, and a name that it has rebound to this machine is none
that is served. Nothing of a request is logged but its address.
"""

from __future__ import annotations

import hmac
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from aiohttp import web

from formcheck.language import phrase
from formcheck.web.address import is_at_home
from formcheck.web.context import CONTEXT, ServeContext
from formcheck.web.rendering import render_page_of, show

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LOG: Final = logging.getLogger("formcheck.web")
MAX_BODY_BYTES: Final = 1_048_576 + 4096
"""Of what is read whole: a frame and what stands before it. A clip is taken in pieces."""
RATE_HZ: Final = 60.0
"""Requests a second from one address in the long run: frames and moments by POST are 30."""
BURST: Final = 240
WRONG_RATE_HZ: Final = 0.2
WRONG_BURST: Final = 10
"""Tokens that are wrong: ten, then one in five seconds."""
_MAX_ADDRESSES: Final = 256
_SAFE: Final = ("GET", "HEAD")
_PUBLIC: Final = "/static/"
"""Style and scripts, as they lie in the package: a page that refuses is to look like one."""
_COOKIE: Final = "formcheck"
_YEAR_S: Final = 365 * 24 * 3600
_GONE_AFTER_S: Final = 600.0
"""Who comes back after this long is logged again."""


@dataclass(slots=True)
class _Allowance:
    left: float
    time_s: float


class RateLimit:
    """How often each address may do something: so many at once, so many a second after that.

    Args:
        rate_hz: in the long run.
        burst: at once.
    """

    def __init__(self, rate_hz: float, burst: int) -> None:
        self._rate_hz, self._burst = rate_hz, burst
        self._known: OrderedDict[str, _Allowance] = OrderedDict()

    def allows(self, address: str, now_s: float, cost: float = 1.0) -> bool:
        """Whether it may now; ``cost`` is what it takes if so, 0 only asks."""
        known = self._known.pop(address, None) or _Allowance(self._burst, now_s)
        known.left = min(self._burst, known.left + self._rate_hz * (now_s - known.time_s))
        known.time_s = now_s
        self._known[address] = known
        while len(self._known) > _MAX_ADDRESSES:
            self._known.popitem(last=False)
        if known.left < 1:
            return False
        known.left -= cost
        return True


def guard(app: web.Application) -> None:
    """Have every request to the app checked, and every answer say what it allows."""
    context = app[CONTEXT]
    every = RateLimit(RATE_HZ, BURST)
    wrong = RateLimit(WRONG_RATE_HZ, WRONG_BURST)
    seen_s: dict[str, float] = {}

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        peer, now_s = request.remote or "", time.monotonic()
        if not is_at_home(peer):
            return _refuse(
                403,
                phrase("Refused"),
                phrase("formcheck does not serve machines outside the home network."),
            )
        if not _is_served(request, context):
            return _refuse(
                421,
                phrase("Not served here"),
                phrase("formcheck does not serve this address."),
            )
        if not _comes_from_here(request):
            return _refuse(
                403, phrase("Refused"), phrase("Another site's page may not use formcheck.")
            )
        if not every.allows(peer, now_s):
            return _refuse(
                429, phrase("Too many requests"), phrase("Wait a few seconds, then try again.")
            )
        given = request.query.get("token")
        has_cookie = _is_same(request.cookies.get(name_cookie(context), ""), context.token)
        if given is None and (has_cookie or request.path.startswith(_PUBLIC)):
            _note_visit(seen_s, peer, now_s)
            return await handler(request)
        if not wrong.allows(peer, now_s, cost=0):
            return _refuse(
                429,
                phrase("Too many wrong addresses"),
                phrase("Wait a minute, then open the correct one."),
            )
        if given is not None and request.method in _SAFE and _is_same(given, context.token):
            return _let_in(request, context)
        wrong.allows(peer, now_s)
        LOG.info("%s was refused: no token, or a wrong one", peer)
        return _refuse(
            403, phrase("Open the address again"),
            phrase("formcheck prints an address with a token when it starts, and as a QR code "
                   "with --lan: open that one."),
        )  # fmt: skip

    app.middlewares.append(check)
    app.on_response_prepare.append(_add_headers)


def _note_visit(seen_s: dict[str, float], peer: str, now_s: float) -> None:
    """Log who uses the app: a line when they come, and none for each thing they ask for."""
    before_s = seen_s.get(peer)
    seen_s[peer] = now_s
    if before_s is None or now_s - before_s > _GONE_AFTER_S:
        LOG.info("%s uses the app", peer)


def name_cookie(context: ServeContext) -> str:
    """The cookie's name: browsers share cookies between the ports of a host."""
    return f"{_COOKIE}-{context.port}"


def _is_same(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), token.encode())


def _is_served(request: web.Request, context: ServeContext) -> bool:
    """Whether the Host is ours: one that is listed, or the address the connection came to."""
    own = {*context.names}
    arrived = request.get_extra_info("sockname")
    if arrived is not None:
        own.add(str(arrived[0]))
    name, port = _split_host(request.headers.get("Host", ""), context)
    return name in {one.lower() for one in own} and port == str(context.port)


def _split_host(host: str, context: ServeContext) -> tuple[str, str]:
    """Name and port of a Host header; the scheme's own port is left out by browsers."""
    name, colon, port = host.rpartition(":")
    if not colon or port.endswith("]"):
        name, port = host, "443" if context.is_https else "80"
    name = name.lower()
    try:
        return str(ip_address(name.strip("[]"))), port
    except ValueError:
        return name, port


def _comes_from_here(request: web.Request) -> bool:
    """Whether a page of ours asks; browsers leave the Origin out where it only reads."""
    origin = request.headers.get("Origin")
    own = f"{request.app[CONTEXT].scheme}://{request.headers.get('Host', '')}"
    if origin is not None:
        return origin.lower() == own.lower()
    changes = request.method not in _SAFE or "Upgrade" in request.headers
    return not changes


def _let_in(request: web.Request, context: ServeContext) -> web.Response:
    """Keep the token in a cookie, and open the page under an address without it.

    By a page, not by a redirect: one that another site's link began would lack the cookie.
    """
    query = {name: value for name, value in request.query.items() if name != "token"}
    # Two slashes would lead to another host, and browsers take a backslash for one.
    path = "/" + str(request.rel_url.with_query(query)).lstrip("/\\")
    text = render_page_of("enter.html", path=path)
    response = web.Response(text=text, content_type="text/html")
    response.headers["Referrer-Policy"] = "no-referrer"  # its address has the token in it
    response.set_cookie(
        name_cookie(context), context.token, httponly=True, samesite="Strict",
        secure=context.is_https, path="/", max_age=_YEAR_S,
    )  # fmt: skip
    return response


def _refuse(status: int, heading: str, text: str) -> web.Response:
    response = show("message.html", heading=heading, text=text, in_app=False, status=status)
    response.force_close()
    return response


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    host = request.headers.get("Host", "")
    socket = f"{'wss' if request.app[CONTEXT].is_https else 'ws'}://{host}"
    for name, value in {
        # Safari before 15.4 does not count a WebSocket as 'self'.
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' data: blob:; media-src 'self' blob:; "
        f"connect-src 'self'{f' {socket}' if _is_served(request, request.app[CONTEXT]) else ''}; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        # With no-referrer a form leaves out its Origin too; no other site is told either way.
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), "
        "screen-wake-lock=(self), autoplay=(self)",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "formcheck"
