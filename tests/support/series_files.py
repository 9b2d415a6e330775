"""A series read back from its file, with nothing of formcheck's own."""

from __future__ import annotations

import csv
import importlib
import json
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def read_series(path: Path) -> list[Row]:
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as file:
            return [
                {name: _read_cell(name, text) for name, text in row.items()}
                for row in csv.DictReader(file)
            ]
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return list(importlib.import_module("pyarrow.parquet").read_table(path).to_pylist())


def _read_cell(name: str, text: str) -> str | float | bool | None:
    if text in ("", "true", "false"):
        return {"": None, "true": True, "false": False}[text]
    try:
        return text if name == "clip" else float(text)
    except ValueError:
        return text
