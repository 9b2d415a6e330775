"""What is printed: lines and tables for people, texts for programs.

Lines fit the terminal, broken between words; in a pipe or a file each thing is one line.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Container, Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from formcheck.notation import make_plain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

STDOUT: Final = Path("-")
"""What an option that names a file takes for stdout."""
PIPE_WIDTH: Final = 200
"""Of a table outside a terminal: wide enough to keep each row on one line."""
LONG_WORD: Final = 16
"""The longest word of a name, so that no narrow column cuts it."""
_GAP: Final = "  "
_UNIT: Final = re.compile(r"(?<=\d) (?=(?:s|min|of)\b|×|%)")
"""Spaces at which no line is broken."""
_KEPT: Final = "\N{NO-BREAK SPACE}"


def print_any_letter() -> None:
    """From now on print a character that stdout's encoding lacks as ``?``.

    A pipe on Windows may have no ✗ and no →, which is no reason to lose the output. Stderr escapes
    such characters by itself.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def say(text: str, *, err: bool = False) -> None:
    """Print a line on stdout, or on stderr; it may name what comes from outside."""
    typer.echo(make_plain(text), err=err)


def tell(text: object) -> None:
    """Print a message on stderr: an error, or what is going on."""
    say(f"formcheck: {text}", err=True)


def print_text(text: str, *, exact: bool = True) -> None:
    """Print on stdout as it is; ``exact`` in UTF-8, whatever encoding stdout has."""
    if exact and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(text)
    sys.stdout.flush()


def stop_printing() -> None:
    """Discard what is printed from now on: the other end of the pipe has been closed."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at exit too


def find_width() -> int | None:
    """Columns of the terminal, or as ``COLUMNS`` says; None for a pipe or a file."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS"):
        return shutil.get_terminal_size().columns
    return None


class Lines:
    """Prints lines on stdout, as wide as `find_width` says: None leaves them whole.

    If it ``cuts_words``, words that are longer than a line are broken.
    """

    def __init__(self, width: int | None, *, cuts_words: bool = False) -> None:
        self._width, self._cuts_words = width, cuts_words

    def put(self, text: str, first: str = "", rest: str | None = None, **style: bool) -> None:
        """A paragraph; it may name what comes from outside.

        Its first line begins with ``first``, the others with ``rest`` or as many spaces. The style
        is `typer.style`'s.
        """
        text = make_plain(text, one_line=True)
        self.put_row(first + text, " " * len(first) if rest is None else rest, **style)

    def put_row(self, text: str, rest: str = "      ", **style: bool) -> None:
        """A line as it is; ``rest`` begins what does not fit on it."""
        lines = [text]
        if self._width is not None and len(text) > self._width:
            lines = textwrap.wrap(
                _UNIT.sub(_KEPT, text), self._width, subsequent_indent=rest,
                break_long_words=self._cuts_words, break_on_hyphens=False,
                replace_whitespace=False,
            )  # fmt: skip
        for line in lines:
            plain = line.rstrip().replace(_KEPT, " ")
            typer.echo(typer.style(plain, **style) if style else plain)

    def put_table(
        self,
        heads: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        to_right: Container[str] = (),
        above: str | None = None,
    ) -> None:
        """A table, some of whose columns are aligned to the right.

        If it is too wide, the column ``above`` is put on lines above its rows.
        """
        lines = _align(heads, rows, to_right)
        if above is not None and self._width is not None and max(map(len, lines)) > self._width:
            place = heads.index(above)
            heads, *others = ([*row[:place], *row[place + 1 :]] for row in (heads, *rows))
            head, *aligned = _align(heads, others, to_right)
            lines = [head]
            for name, own in groupby(zip(rows, aligned, strict=True), lambda both: both[0][place]):
                lines += [f"{_GAP}{name}", *(line for _, line in own)]
        for line in lines:
            self.put_row(line)


def _align(
    heads: Sequence[str], rows: Sequence[Sequence[str]], to_right: Container[str]
) -> list[str]:
    """The heads and the rows of a table as lines."""
    widths = [max(map(len, cells)) for cells in zip(heads, *rows, strict=True)]
    lines = []
    for row in (heads, *rows):
        cells = zip(heads, row, widths, strict=True)
        padded = (cell.rjust(n) if head in to_right else cell.ljust(n) for head, cell, n in cells)
        lines.append(f"{_GAP}{_GAP.join(padded).rstrip()}")
    return lines


def open_console(pipe_width: int) -> Console:
    """A console as wide as the terminal, or as COLUMNS says, else ``pipe_width``."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False, width=find_width() or pipe_width)


def make_table() -> Table:
    """A table without rules, for a console to print."""
    from rich.table import Table

    return Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")


def print_table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Print a table whose first column, ids, is never cut or broken."""
    from rich.text import Text

    table, cells = make_table(), [[*map(Text, row)] for row in rows]
    longest = max((len(row[0]) for row in cells), default=0)
    for place, head in enumerate(heads):
        width = (longest, LONG_WORD, None, None)[place]
        table.add_column(head, no_wrap=place == 0, min_width=width)
    for row in cells:
        table.add_row(*row)
    console = open_console(PIPE_WIDTH)
    with console.capture() as capture:
        console.print(table)
    typer.echo("\n".join(line.rstrip() for line in capture.get().splitlines()))
