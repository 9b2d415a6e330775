"""Settings that a person keeps: shown, used the next time, and no one else's."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner
from typer.testing import Result as Called

from formcheck.cli import live_command
from formcheck.cli.kept_settings import keep_settings
from formcheck.cli.live_command import LiveOptions
from formcheck.cli.main import app


def call(folder: Path, *arguments: str) -> Called:
    return CliRunner().invoke(app, ["live", "--data", str(folder), *arguments])


@pytest.fixture
def led(monkeypatch: pytest.MonkeyPatch) -> list[LiveOptions]:
    """The sessions that would have begun; what is to be kept is kept before one does."""
    found: list[LiveOptions] = []

    def lead(routine: object, exercises: object, asked: LiveOptions) -> None:
        found.append(asked)
        if asked.save:
            keep_settings(asked)

    monkeypatch.setattr(live_command, "_lead", lead)
    return found


def test_what_was_kept_is_used_unless_something_else_is_given(
    tmp_path: Path, led: list[LiveOptions]
) -> None:
    mine = "--volume", "40", "--coaching", "quiet", "--no-mirror", "--no-breathing", "--mute"
    assert call(tmp_path, *mine, "--person", "Ann", "--save").exit_code == 0
    assert call(tmp_path, "--person", "Ann", "--volume", "70", "--no-mute").exit_code == 0
    assert call(tmp_path, "--person", "Ben").exit_code == 0
    _, ann, ben = led
    assert (ann.volume, ann.coaching, ann.mirror, ann.breathing) == (70, "quiet", False, False)
    assert not ann.mute
    assert (ben.volume, ben.coaching, ben.mirror, ben.breathing) == (100, "normal", True, True)


def test_without_save_nothing_is_written(tmp_path: Path, led: list[LiveOptions]) -> None:
    assert call(tmp_path / "data", "--volume", "40").exit_code == 0
    assert not (tmp_path / "data").exists()
    assert led[0].volume == 40


def test_settings_are_shown_as_the_options_that_give_them(
    tmp_path: Path, led: list[LiveOptions]
) -> None:
    call(tmp_path, "--voice-rate", "140", "--person", "Ann", "--save")
    shown = call(tmp_path, "--person", "Ann", "--no-window", "--show-settings")
    assert shown.exit_code == 0
    lines = shown.stdout.splitlines()
    assert {"--voice-rate 140", "--no-window", "--breathing", "--camera 0"} <= set(lines)
    assert lines[-1] == f"saved in: {tmp_path / 'settings.json'}"
    assert len(led) == 1, "nothing is begun"


def test_what_begins_no_session_saves_nothing_and_says_so(
    tmp_path: Path, led: list[LiveOptions]
) -> None:
    result = call(tmp_path, "--volume", "40", "--save", "--show-settings")
    assert result.exit_code == 2
    assert "leave out --show-settings" in result.stderr
    assert not (tmp_path / "settings.json").exists()
    assert led == []


@pytest.mark.parametrize("text", ["", "[]", '{"Ann": 3}', "\x00"])
def test_a_damaged_file_is_told_and_left(tmp_path: Path, text: str, led: list[LiveOptions]) -> None:
    (tmp_path / "settings.json").write_text(text)
    result = call(tmp_path, "--person", "Ann", "--save")
    assert "is not a settings file" in f"{result.exception} {result.stderr}"
    assert (tmp_path / "settings.json").read_text() == text
    assert led == []


def test_a_resolution_is_a_width_and_a_height(tmp_path: Path) -> None:
    result = call(tmp_path, "--resolution", "wide")
    assert result.exit_code == 2
    assert "such as 1280x720" in result.stderr
