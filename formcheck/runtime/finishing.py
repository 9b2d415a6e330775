"""Waiting for a thread that still has something to write: nothing is lost to a slow disk."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from formcheck.language import translate

QUIET_S: Final = 3.0
"""Waiting for longer is told."""
_LOOK_S: Final = 0.2
"""How soon Ctrl-C is heeded on Windows, where it breaks no wait."""


def finish(thread: threading.Thread, what: str, tell: Callable[[str], None] | None = None) -> None:
    """Wait for the thread's end, however long it takes.

    Args:
        thread: was told to end.
        what: it writes, such as a file's name.
        tell: is told once, if it takes long; None where nobody listens.
    """
    thread.join(QUIET_S)
    if thread.is_alive() and tell is not None:
        with suppress(OSError):  # a terminal that was closed
            tell(translate("still writing {what}", what=what))
    while thread.is_alive():
        thread.join(_LOOK_S)
