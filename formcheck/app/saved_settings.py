"""The file of settings that people keep for the next time, each by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from formcheck.errors import StoreError
from formcheck.files import write_text

FILE_NAME: Final = "settings.json"
"""In the folder of the history."""


def read_settings(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """Each person's settings by name, nobody's under ``""``; none where there is no such file.

    Raises:
        StoreError: the file is damaged or cannot be read.
    """
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
        raise StoreError(path, "is not a settings file", "delete it, and use --save again")
    return found


def save_settings(path: Path, person: str | None, settings: Mapping[str, Any]) -> None:
    """Keep a person's settings; what else they and others kept stays.

    Raises:
        StoreError: the file is damaged or cannot be written.
    """
    known, name = read_settings(path), person or ""
    everyone = {**known, name: {**known.get(name, {}), **settings}}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(path, f"cannot be written: {error.strerror or error}") from error
    write_text(path, json.dumps(everyone, indent=2) + "\n")
