"""The files of the pose models; importing this loads nothing heavy."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from formcheck.defaults import MODELS
from formcheck.errors import ModelError


def find_model(model: str | Path) -> Path:
    """The file of a model: ``lite``, ``full``, or a path to a ``.task`` file.

    Raises:
        ModelError: there is no such model or file.
    """
    package = Path(__file__).parent.parent
    candidates, hint = [Path(model)], "use lite, full or a .task file"
    if model in MODELS:
        folders = (package / "models", package.parent / "models")
        candidates = [folder / f"pose_landmarker_{model}.task" for folder in folders]
        hint = "install formcheck again"
    for path in candidates:
        with suppress(OSError, ValueError):  # no file's name: too long, or has a zero in it
            if path.is_file():
                return path
    raise ModelError(f"model {str(model)!r}", f"there is no file {candidates[0]}", hint)


def sum_model(path: Path) -> str:
    """The SHA-256 of a model's file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
