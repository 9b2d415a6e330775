"""CSV, for programs or for Excel: the two cannot be had at once.

A file opened by a double click is read by Excel in the machine's old code page, so that é becomes
Ã©, unless it begins with a byte order mark. Python's csv, and most other programs that read UTF-8,
take the mark for part of the first column's name. So it is written for Excel only.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable
from typing import Final, Literal

Cell = str | float | int | bool | None
Excel = Literal["comma", "semicolon"]
"""The list separator of the Excel that will open it; where that is a semicolon, as in most of
Europe, the decimal sign is a comma."""
EXCELS: Final[tuple[Excel, ...]] = ("comma", "semicolon")
MARK: Final = "\ufeff"
_FORMULA: Final = re.compile(r"(^|[,;|\t\r\n])(\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""Where a cell may begin, before a sign that makes it a formula; the last four are full-width."""


class CsvWriter:
    """Writes rows; an unknown cell is empty, and no text is a formula to a spreadsheet."""

    def __init__(self, write: Callable[[str], object], excel: Excel | None = None) -> None:
        self._write = write
        self._decimal = "," if excel == "semicolon" else "."
        delimiter = ";" if excel == "semicolon" else ","
        # The csv module quotes a lone carriage return only if its own line ends have one.
        self._lines = csv.writer(self, delimiter=delimiter, lineterminator="\r\n")
        if excel is not None:
            write(MARK)

    def add(self, cells: Iterable[Cell]) -> None:
        """Write one row."""
        self._lines.writerow([self._spell(cell) for cell in cells])

    def write(self, line: str) -> None:
        """Take a line of the csv module, and end it as Unix does."""
        self._write(line.removesuffix("\r\n") + "\n")

    def _spell(self, cell: Cell) -> Cell:
        if isinstance(cell, bool):
            return "true" if cell else "false"
        if isinstance(cell, float):
            return repr(cell).replace(".", self._decimal)
        return guard_text(cell) if isinstance(cell, str) else cell


def guard_text(text: str) -> str:
    """The text with an apostrophe wherever a spreadsheet would find a formula.

    Where lists are separated by semicolons, a spreadsheet finds cells inside a text as well.
    """
    return _FORMULA.sub(r"\1\2'", text)
