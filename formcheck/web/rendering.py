"""Templates become pages; what is served as it stands is read from a fixed list."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Final

import jinja2
from aiohttp import web

from formcheck.language import current_language, phrase, read_phrases, translate
from formcheck.notation import make_plain
from formcheck.report.html import PAGE_STYLE, TEMPLATES

_HERE: Final = Path(__file__).parent
_KINDS: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_ENVIRONMENT: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader([_HERE / "templates", TEMPLATES]),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=lambda value: make_plain(value) if type(value) is str else value,
)
_ENVIRONMENT.globals |= {
    "translate": translate, "phrase": phrase, "current_language": current_language,
}  # fmt: skip
NAVIGATION: Final = (
    ("/", phrase("Today")),
    ("/exercises", phrase("Exercises")),
    ("/history", phrase("History")),
    ("/clips", phrase("Analyse")),
    ("/setup", phrase("Set-up")),
)


def render_page_of(template: str, **values: object) -> str:
    """A page of ``templates/`` as HTML; no value is markup unless it says so.

    Every page extends ``base.html`` and takes ``here``, the path of its entry in the navigation.
    """
    known = {"navigation": NAVIGATION, "here": None, "is_report": False, **values}
    return _ENVIRONMENT.get_template(template).render(known)


def show(template: str, *, status: int = 200, **values: object) -> web.Response:
    """A page as the answer to a request; see :func:`render_page_of`."""
    return web.Response(
        text=render_page_of(template, **values), content_type="text/html", status=status
    )


def add_static_routes(app: web.Application) -> None:
    """Serve the style, the modules, and nothing that is not on the list made here."""
    files = {path.name: path for path in (_HERE / "static").iterdir() if path.suffix in _KINDS}
    known = {name: (path.read_bytes(), path.suffix) for name, path in files.items()}
    known["report.css"] = (PAGE_STYLE.read_bytes(), ".css")
    phrases = json.dumps(dict(read_phrases(current_language())), ensure_ascii=False)
    known["phrases.js"] = (f"export default {phrases};\n".encode(), ".js")
    known["history.css"] = ((TEMPLATES / "history.css").read_bytes(), ".css")

    async def serve_static(request: web.Request) -> web.Response:
        if (found := known.get(request.match_info["name"])) is None:
            raise web.HTTPNotFound
        content, suffix = found
        response = web.Response(body=content, content_type=_KINDS[suffix], charset="utf-8")
        response.etag = hashlib.sha256(content).hexdigest()[:16]
        response.headers["Cache-Control"] = "no-cache"
        return response

    app.router.add_get("/static/{name}", serve_static)
