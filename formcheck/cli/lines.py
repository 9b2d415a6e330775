"""Lines that fit the terminal, cut between words; in a pipe or a file each thing is one line."""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import typer

from formcheck.notation import make_plain

_GAP: Final = "  "
_UNIT: Final = re.compile(r"(?<=\d) (?=(?:s|min|of)\b|×|%)")
"""Where a line is not to be cut, though there is a blank."""
_KEPT: Final = "\N{NO-BREAK SPACE}"


def find_width() -> int | None:
    """Columns of the terminal, or as ``COLUMNS`` says; None for a pipe or a file."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS"):
        return shutil.get_terminal_size().columns
    return None


class Lines:
    """Prints lines on stdout.

    Args:
        width: in columns, see `find_width`; None leaves lines whole.
    """

    def __init__(self, width: int | None) -> None:
        self._width = width

    def put(self, text: str, first: str = "", *, bold: bool = False) -> None:
        """A paragraph that begins with ``first``; it may name what comes from outside."""
        text = make_plain(text, one_line=True)
        self.put_row(first + text, " " * len(first), bold=bold)

    def put_row(self, text: str, rest: str = "      ", *, bold: bool = False) -> None:
        """A line as it is; ``rest`` begins what does not fit on it."""
        lines = [text]
        if self._width is not None and len(text) > self._width:
            lines = textwrap.wrap(
                _UNIT.sub(_KEPT, text), self._width, subsequent_indent=rest,
                break_long_words=False, break_on_hyphens=False, replace_whitespace=False,
            )  # fmt: skip
        for line in lines:
            plain = line.rstrip().replace(_KEPT, " ")
            typer.echo(typer.style(plain, bold=True) if bold else plain)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    head: str
    cells: tuple[str, ...]
    to_right: bool = False

    def write(self, text: str) -> str:
        """The text as wide as the column."""
        width = max(map(len, (self.head, *self.cells)))
        return text.rjust(width) if self.to_right else text.ljust(width)


def write_rows(
    columns: Sequence[Column], width: int | None = None, *, above: Column | None = None
) -> list[str]:
    """The head of a table and its rows.

    Args:
        columns: all of them, with as many cells each.
        width: that the lines are to fit into; None for any.
        above: the column that, where they do not fit, stands in lines above its rows.
    """
    heads = _GAP.join(column.write(column.head) for column in columns)
    cells = zip(*(map(column.write, column.cells) for column in columns), strict=True)
    rows = [f"{_GAP}{line.rstrip()}" for line in (heads, *map(_GAP.join, cells))]
    if above is None or width is None or max(map(len, rows)) <= width:
        return rows
    head, *rows = write_rows([column for column in columns if column is not above])
    lines = [head]
    for name, own in groupby(zip(above.cells, rows, strict=True), key=lambda pair: pair[0]):
        lines += [f"{_GAP}{name}", *(row for _, row in own)]
    return lines
