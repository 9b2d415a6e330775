"""MediaPipe is imported without matplotlib's pyplot, which only its drawing of 3D plots uses.

That is two fifths of MediaPipe's import (measured), and nothing here draws with it.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final

_NAME: Final = "matplotlib.pyplot"


class _Later(ModuleType):
    """Stands for pyplot, and imports it when something of it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what the import itself looks for
            raise AttributeError(name)
        if sys.modules.get(_NAME) is self:
            del sys.modules[_NAME]
        return getattr(importlib.import_module(_NAME), name)


@contextmanager
def import_later() -> Iterator[None]:
    """What is imported meanwhile gets pyplot only once it uses it; all others get it as ever."""
    if _NAME in sys.modules:
        yield
        return
    stand_in = sys.modules[_NAME] = _Later(_NAME)
    try:
        yield
    finally:
        if sys.modules.get(_NAME) is stand_in:
            del sys.modules[_NAME]
