"""What comes from outside is printed, and steers nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from formcheck.cli.main import app
from formcheck.notation import make_plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("a\rb\x07\x9b\x7f", "a\\x0db\\x07\\x9b\\x7f"),
        ("\u202e4pm.gpj", "\\u202e4pm.gpj"),
        ("two\nlines", "two\nlines"),
        ("Zoë \U0001f9d8\u200d\u2640 قدم.mp4", "Zoë \U0001f9d8\u200d\u2640 قدم.mp4"),
    ],
)
def test_control_characters_are_escapes(text: str, plain: str) -> None:
    assert make_plain(text) == plain


def test_a_name_stays_on_its_line() -> None:
    assert make_plain("a\nb", one_line=True) == "a\\nb"


def test_an_error_names_a_file_and_steers_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in (["analyze", "\x1b[31m.mp4"], ["batch", "\x1b[31m.mp4"],
                    ["exercises", "check", "\x1b[31m.toml"]):  # fmt: skip
        done = CliRunner().invoke(app, command)
        assert done.exit_code != 0
        assert "1b[31m.mp4" in done.stderr or "1b[31m.toml" in done.stderr, command
        assert "\x1b" not in done.output, command
