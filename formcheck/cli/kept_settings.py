"""The settings of ``live`` that a person keeps for the next time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from formcheck.cli.options import was_given

if TYPE_CHECKING:
    from formcheck.cli.live_command import LiveOptions

KEPT: Final = (
    "camera", "resolution", "follow", "mirror", "mute", "language", "voice", "voice_rate", "volume",
    "coaching", "breathing", "repeat", "window", "fullscreen", "model",
)  # fmt: skip
"""Those that are about the person and the room, not about one session."""


def recall_settings(asked: LiveOptions) -> LiveOptions:
    """What was asked for, with what the person kept in place of what was not given.

    Raises:
        StoreError: the file of settings is damaged or cannot be read.
    """
    from formcheck.app.saved_settings import read_settings

    kept = read_settings(_find_file(asked)).get(asked.person or "", {})
    now = {name: value for name, value in kept.items() if name in KEPT and not was_given(name)}
    return replace(asked, **now)


def keep_settings(asked: LiveOptions) -> None:
    """Keep the settings for that person.

    Raises:
        StoreError: the file of settings is damaged or cannot be written.
    """
    from formcheck.app.saved_settings import save_settings

    save_settings(_find_file(asked), asked.person, {name: getattr(asked, name) for name in KEPT})


def list_settings(asked: LiveOptions) -> list[str]:
    """Each setting as the option that gives it, a line each, and where they are kept."""
    lines = []
    for name in KEPT:
        value, option = getattr(asked, name), f"--{name.replace('_', '-')}"
        if value is True:
            lines.append(option)
        elif value is False:
            lines.append(f"--no-{option[2:]}")
        elif value is not None:
            lines.append(f"{option} {value}")
    return [*lines, f"saved in: {_find_file(asked)}"]


def _find_file(asked: LiveOptions) -> Path:
    from formcheck.app.saved_settings import FILE_NAME
    from formcheck.history.store import default_path

    return (asked.data or default_path().parent) / FILE_NAME
