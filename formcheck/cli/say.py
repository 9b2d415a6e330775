"""What is printed: lines for people, and texts for programs."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Final

import typer

from formcheck.notation import make_plain

STDOUT: Final = Path("-")
"""What an option that names a file takes for stdout."""


def print_any_letter() -> None:
    """From now on a letter that the code of stdout lacks is printed as ``?``.

    A pipe on Windows has no ✗ and no →, which is no reason to lose what was worked out. Stderr
    spells out such letters by itself.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def say(text: str, *, err: bool = False) -> None:
    """Print a plain line on stdout, or on stderr."""
    typer.echo(make_plain(text), err=err)


def tell(text: str) -> None:
    """Print on stderr what goes on meanwhile."""
    say(f"formcheck: {text}", err=True)


def print_text(text: str, *, exact: bool = True) -> None:
    """Print on stdout as it is; ``exact`` takes UTF-8, whatever code stdout has."""
    if exact and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(text)
    sys.stdout.flush()


def stop_printing() -> None:
    """Whoever closed the other end of the pipe has read enough: what comes now goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at exit too
