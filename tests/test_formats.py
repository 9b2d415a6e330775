"""The page on files is true: every column of a batch's table is on it, and its routine is one."""

from __future__ import annotations

import re
from pathlib import Path

from formcheck.exercises.routine import load_routine
from formcheck.result.table import COLUMNS
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")


def test_every_column_of_the_table_is_told() -> None:
    part = PAGE.split("## The table of a batch")[1].split("\n## ")[0]
    told = {
        name
        for line in part.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert {name for name in told if name.islower()} == set(COLUMNS)


def test_the_routine_can_be_loaded(tmp_path: Path) -> None:
    [text] = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    path = tmp_path / "evening.toml"
    path.write_text(text, encoding="utf-8")
    assert [step.exercise for step in load_routine(path).steps] == [
        "half-kneeling", "donkey-kick", "childs-pose",
    ]  # fmt: skip
