"""What good form is: data, not code.

``formcheck.exercises(*folders)`` gives the catalogue and the exercises of further folders, by id.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from formcheck.exercises.spec import Exercise


class _Callable(ModuleType):
    """Python puts this package in the place of the function of its name, at the first import."""

    def __call__(self, *folders: str | Path) -> dict[str, Exercise]:
        """The catalogue and the exercises of further folders, by id; see ``load_exercises``."""
        from formcheck.exercises.load import load_exercises

        return load_exercises(*folders)


sys.modules[__name__].__class__ = _Callable
