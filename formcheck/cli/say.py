"""Lines for the terminal."""

from __future__ import annotations

import typer

from formcheck.report.plain import make_plain


def say(text: str, *, err: bool = False) -> None:
    """Print a plain line on stdout, or on stderr."""
    typer.echo(make_plain(text), err=err)
