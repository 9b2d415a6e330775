"""A report's page within the app: the same page, with the app's bar above it.

The page is one file with its style and script within, which it allows itself by their digests. Here
the answer's own header says so, as two policies would have to agree.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Final

from aiohttp import web

from formcheck.web.rendering import render_page_of

_POLICY: Final = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">\n?')
_REFERRER: Final = '<meta name="referrer" content="no-referrer">'
"""With it the forms of the app's bar would not say from where they come."""
_DIRECTIVE: Final = re.compile(r"(style|script)-src ((?:'sha256-[A-Za-z0-9+/=]+' ?)+)")
_LINKS: Final = (
    '<link rel="icon" href="/static/icon.svg"><link rel="stylesheet" href="/static/style.css">'
)
_BODY: Final = "<body>"
_HEAD: Final = "</head>"


def show_report(
    html: str, *, here: str | None = None, actions: str = "bar.html", **values: object
) -> web.Response:
    """A report's page as the answer to a request.

    Args:
        html: as ``render_page`` of one of the reports made it.
        here: the path of its entry in the navigation.
        actions: the template that is put above it.
        **values: what that template shows.
    """
    found = _POLICY.search(html)
    own = dict(_DIRECTIVE.findall(unescape(found[1]))) if found else {}
    policy = (
        f"default-src 'none'; style-src 'self' {own.get('style', '')}; "
        f"script-src 'self' {own.get('script', '')}; img-src 'self' data:; media-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    plain = _POLICY.sub("", html, count=1).replace(_REFERRER, "", 1)
    head, _, body = plain.partition(_HEAD)
    bar = render_page_of(actions, here=here, is_report=True, **values)
    body = body.replace(_BODY, _BODY + bar, 1).replace("<main>", '<main id="main">', 1)
    text = f"{head}{_LINKS}{_HEAD}{body}"
    response = web.Response(text=text, content_type="text/html")
    response.headers["Content-Security-Policy"] = policy
    return response
