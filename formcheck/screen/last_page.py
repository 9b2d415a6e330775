"""Draws the last page of a live session: what was asked, what was done, what to correct."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from formcheck.language import translate
from formcheck.screen.drawing import (
    Image,
    draw_symbol,
    fit_text,
    measure_text,
    put_text,
    wrap_text,
)
from formcheck.screen.live_scene import SessionSummary
from formcheck.screen.signs import GREY, STATUSES, WHITE, YELLOW

_LARGEST: Final = 0.055
_SMALLEST: Final = 0.023
"""Letters, of the window's shorter side."""
_SMALLEST_PX: Final = 9
_STEP: Final = 1.35
"""From line to line, in letters."""
_GAP: Final = 0.3
"""Between rows, in lines."""


class _Row(NamedTuple):
    """A row's name and remark, cut into lines; its amount stands beside the first."""

    name: list[str]
    amount: str
    remark: list[str]
    status: str


class _Page(NamedTuple):
    """A summary in letters of one size."""

    letters: int
    notes: list[str]
    rows: list[_Row]
    amount_px: int
    """Width of the column of amounts."""

    def fits(self, room_px: float) -> bool:
        """Whether it is no higher, and no row's name or remark takes more than two lines."""
        n_lines = len(self.notes) + _GAP * bool(self.notes)
        n_lines += sum(len(row.name) + len(row.remark) + _GAP for row in self.rows)
        is_tidy = all(max(len(row.name), len(row.remark)) <= 2 for row in self.rows)
        return is_tidy and n_lines * _STEP * self.letters <= room_px


def draw_summary(canvas: Image, summary: SessionSummary) -> None:
    """Fill a dark canvas; rows for which there is no room are counted."""
    height, width = canvas.shape[:2]
    pad = min(width, height) // 16
    size, page = _lay_out(summary, width, height)
    put_text(canvas, summary.title, (pad, pad + size), size, YELLOW)
    letters, step = page.letters, _STEP * page.letters
    y = pad + 1.4 * size + step
    for note in page.notes:
        put_text(canvas, note, (pad, round(y)), letters, WHITE)
        y += step
    y += _GAP * step * bool(page.notes)
    for shown, row in enumerate(page.rows):
        n_lines, left_over = len(row.name) + len(row.remark), len(page.rows) - shown
        if y + step * (n_lines - 1 + (left_over > 1)) > height - letters // 2:
            more = translate("and {n} more", n=left_over)
            put_text(canvas, more, (pad, min(round(y), height)), letters, GREY)
            return
        _draw_row(canvas, row, page, (pad, y))
        y += step * (n_lines + _GAP)


def _draw_row(canvas: Image, row: _Row, page: _Page, at: tuple[int, float]) -> None:
    left, y = at
    letters, right = page.letters, canvas.shape[1] - left
    symbol, colour = STATUSES[row.status]
    radius = round(0.5 * letters)
    draw_symbol(canvas, symbol, (left + radius, round(y) - letters // 3), radius, colour)
    put_text(canvas, row.amount, (right - page.amount_px, round(y)), letters, colour)
    for number, line in enumerate((*row.name, *row.remark)):
        at_px = left + round(1.7 * letters), round(y + _STEP * letters * number)
        put_text(canvas, line, at_px, letters, WHITE)


@lru_cache(4)
def _lay_out(summary: SessionSummary, width: int, height: int) -> tuple[int, _Page]:
    """The title's size, and the rest as large as it has room for: the page stays for long."""
    short = min(width, height)
    pad = short // 16
    size = fit_text(summary.title, round(0.075 * short), width - 2 * pad)
    smallest = max(_SMALLEST_PX, round(_SMALLEST * short))
    largest = max(smallest, round(_LARGEST * short))
    best = _cut(summary, smallest, width - 2 * pad)
    while smallest < largest:
        letters = (smallest + largest + 1) // 2
        page = _cut(summary, letters, width - 2 * pad)
        if page.fits(height - 2 * pad - 1.4 * size):
            smallest, best = letters, page
        else:
            largest = letters - 1
    return size, best


def _cut(summary: SessionSummary, letters: int, width: int) -> _Page:
    """A summary in lines of letters of that size."""
    amounts = [f"{row.amount}, {translate(row.status)}" for row in summary.rows]
    amount_px = max((measure_text(text, letters) for text in amounts), default=0)
    room = width - round(1.7 * letters)
    rows = []
    for row, amount in zip(summary.rows, amounts, strict=True):
        name = wrap_text(row.name, room - amount_px - letters, letters)
        rows.append(_Row(name, amount, wrap_text(row.remark or "", room, letters), row.status))
    notes = [line for note in summary.notes for line in wrap_text(note, width, letters)]
    return _Page(letters, notes, rows, amount_px)
