"""CSV for programs and for Excel, read by Python's csv, and as Excel reads it."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Final

import pytest

from formcheck.result.csv_text import EXCELS, Cell, CsvWriter, Excel, guard_text
from formcheck.result.table import COLUMNS, make_rows, write_table
from tests.support.past_sets import make_set
from tests.support.table_rows import TABLE, make_result

HEADER: Final[list[Cell]] = ["clip", "person", "score"]
ROWS: Final[list[list[Cell]]] = [
    ["knéel.mp4", "Zoë Ångström", 94.5],
    ["=1+1.mp4", "@SUM(A1)", -0.5],
    ['a "b"; c, d\ne.mp4', "李", None],
    ["plain.mp4", True, 3],
]
GUARDED: Final = [
    ["knéel.mp4", "Zoë Ångström", "94.5"],
    ["'=1+1.mp4", "'@SUM(A1)", "-0.5"],
    ['a "b"; c, d\ne.mp4', "李", ""],
    ["plain.mp4", "true", "3"],
]


def write(excel: Excel | None = None) -> bytes:
    text = io.StringIO(newline="")
    table = CsvWriter(text.write, excel)
    for row in [HEADER, *ROWS]:
        table.add(row)
    return text.getvalue().encode()


def open_as_excel(content: bytes, separator: str) -> list[list[str]]:
    """What a double click shows: in the old code page unless there is a mark."""
    text = content.decode(
        "utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "cp1252", "replace"
    )
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


def test_a_program_reads_it_as_it_is() -> None:
    content = write()
    assert content.isascii() is False
    rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
    assert rows == [HEADER, *GUARDED]
    assert b"\r" not in content


@pytest.mark.parametrize(
    ("excel", "separator", "decimal"), [("comma", ",", "."), ("semicolon", ";", ",")]
)
def test_excel_shows_letters_and_numbers_and_no_formula(
    excel: Excel, separator: str, decimal: str
) -> None:
    wanted = [[*row[:2], row[2].replace(".", decimal)] for row in GUARDED]
    assert open_as_excel(write(excel), separator) == [HEADER, *wanted]
    # Of the file for programs it would show other letters: the two cannot be had at once.
    assert open_as_excel(write(), ",")[1][1] != "Zoë Ångström"
    python = csv.reader(
        io.StringIO(write(excel).decode("utf-8-sig"), newline=""), delimiter=separator
    )
    assert next(python) == HEADER


@pytest.mark.parametrize("text", ["a-b =c 2026-03-01.mp4", "x+y", "a@b", "", "a=", "1-2"])
def test_what_is_no_formula_is_left_alone(text: str) -> None:
    assert guard_text(text) == text


@pytest.mark.parametrize("excel", EXCELS)
def test_a_table_of_a_batch_may_be_for_excel(tmp_path: Path, excel: Excel) -> None:
    rows = make_rows("knéel.mp4", make_result(make_set(start_s=-0.5)), None, TABLE)
    write_table(tmp_path / "a.csv", rows, TABLE, excel)
    separator = ";" if excel == "semicolon" else ","
    header, row = open_as_excel((tmp_path / "a.csv").read_bytes(), separator)
    found = dict(zip(header, row, strict=True))
    assert found["clip"] == "knéel.mp4"
    assert found["start_s"] == ("-0,5" if excel == "semicolon" else "-0.5")


def test_other_tables_are_not_for_excel(tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.parquet"):
        with pytest.raises(ValueError, match=r"ends in \.csv"):
            write_table(tmp_path / name, [], COLUMNS, "comma")
    with pytest.raises(ValueError, match="give comma or semicolon"):
        write_table(tmp_path / "a.csv", [], COLUMNS, "tab")  # type: ignore[arg-type]
