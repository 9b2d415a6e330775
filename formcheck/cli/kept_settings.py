"""The settings of ``live`` that a person keeps for the next time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from formcheck.cli.options import was_given
from formcheck.errors import StoreError

if TYPE_CHECKING:
    from formcheck.cli.live_command import LiveOptions

KEPT: Final = (
    "camera", "resolution", "follow", "mirror", "mute", "voice", "voice_rate", "volume",
    "coaching", "breathing", "repeat", "window", "fullscreen", "model",
)  # fmt: skip
"""Those that are about the person and the room, not about one session."""
FILE_NAME: Final = "settings.json"


def recall_settings(asked: LiveOptions) -> LiveOptions:
    """What was asked for, with what the person kept in place of what was not given.

    Raises:
        StoreError: the file of settings is damaged or cannot be read.
    """
    kept = _read(_find_file(asked)).get(asked.person or "", {})
    now = {name: value for name, value in kept.items() if name in KEPT and not was_given(name)}
    return replace(asked, **now)


def keep_settings(asked: LiveOptions) -> None:
    """Keep the settings for that person.

    Raises:
        StoreError: the file of settings is damaged or cannot be written.
    """
    from formcheck.files import write_text

    path = _find_file(asked)
    everyone = {**_read(path), asked.person or "": {name: getattr(asked, name) for name in KEPT}}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(path, f"cannot be written: {error.strerror or error}") from error
    write_text(path, json.dumps(everyone, indent=2) + "\n")


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
    return [*lines, f"kept in: {_find_file(asked)}"]


def _find_file(asked: LiveOptions) -> Path:
    from formcheck.history.store import default_path

    return (asked.data or default_path().parent) / FILE_NAME


def _read(path: Path) -> Mapping[str, Mapping[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):  # nothing could have been kept there
        return {}
    except OSError as error:
        raise StoreError(path, f"cannot be read: {error.strerror or error}") from error
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(one, dict) for one in found.values()):
        raise StoreError(path, "is not a settings file", "delete it, and --save anew")
    return found
