"""What all pages share: one file with its own style and script, which may load nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import jinja2
from markupsafe import Markup

from formcheck.language import translate
from formcheck.notation import make_plain

TEMPLATES: Final = Path(__file__).parent / "templates"
PAGE_STYLE: Final = TEMPLATES / "page.css"
View = dict[str, object]
"""What a template shows of one thing, by name."""


def render_html(
    template: Path,
    styles: Sequence[Path],
    values: Mapping[str, object],
    *,
    script: Path | None = None,
    sources: str = "",
) -> str:
    """A page as HTML; the same text for the same values, none of which is markup unless it says so.

    Args:
        template: of Jinja; it puts ``policy``, ``style`` and ``script`` in their places.
        styles: its style sheets, in order.
        values: what it shows, by name.
        script: its script; None runs none.
        sources: directives of the content security policy beyond style and script.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template.parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_make_plain,
    )
    environment.globals["translate"] = translate
    style = "".join(path.read_text(encoding="utf-8") for path in styles)
    code = "" if script is None else script.read_text(encoding="utf-8")
    policy = ["default-src 'none'", f"style-src 'sha256-{_digest(style)}'"]
    policy += [f"script-src 'sha256-{_digest(code)}'"] if code else []
    policy += [sources] if sources else []
    policy += ["base-uri 'none'", "form-action 'none'"]
    html = environment.get_template(template.name).render(
        values, policy="; ".join(policy), style=Markup(style), script=Markup(code)
    )
    return html.encode(errors="replace").decode()  # the name of a file may not be UTF-8


def _make_plain(value: object) -> object:
    return make_plain(value) if type(value) is str else value  # markup is a kind of str


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
