"""What cannot be read as TOML of sensible size and depth is a mistake, not a crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from formcheck.exercises.mistake import MAX_DEPTH, MAX_FILE_BYTES, read_toml


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a = " + "[" * 100_000 + "]" * 100_000, "nested too deeply"),
        ("[" + "a." * 20_000 + "a]", "nested too deeply"),
        ("[" + "a." * MAX_DEPTH + "a]", "nested too deeply"),
        ("x = 1" + "0" * 400_000, "not valid TOML"),
        ("#" * (MAX_FILE_BYTES + 1), "larger than 1 MB"),
    ],
    ids=["lists", "tables", "just too deep", "number", "size"],
)
def test_what_no_exercise_is(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(text)
    read = read_toml(path)
    assert isinstance(read, str)
    assert reason in read


def test_the_parser_never_fills_the_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is full, what is cleaned up in the meantime fails as well."""
    monkeypatch.setattr("formcheck.exercises.mistake.tomllib.loads", lambda _: pytest.fail("read"))
    path = tmp_path / "x.toml"
    for text in ("a = " + "[" * 101 + "]" * 101, "a = " + "{b = " * 101, "# " + "[" * 101):
        path.write_text(text)
        assert read_toml(path) == "it is nested too deeply"


def test_brackets_side_by_side_are_not_deep(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("".join(f"[t{k}]\na = [[1], [2]]\n" for k in range(500)))
    assert isinstance(read_toml(path), dict)


def test_what_lies_as_deep_as_is_allowed_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("[" + "a." * (MAX_DEPTH - 3) + "a]\n")
    assert isinstance(read_toml(path), dict)
