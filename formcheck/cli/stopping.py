"""Ctrl-C and SIGTERM: both unwind what is under way, so that temporary files are removed."""

from __future__ import annotations

import signal
from types import FrameType

_last: signal.Signals | None = None


class Stopped(BaseException):
    """The user, or the system, asked to stop."""

    def __init__(self, signum: signal.Signals) -> None:
        super().__init__(signum.name)
        self.signum = signum
        """Which signal it was."""


def listen() -> None:
    """From now on SIGINT and SIGTERM raise `Stopped` in the main thread."""
    global _last
    _last = None
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, _stop)


def check() -> None:
    """Raise `Stopped` again if it was lost: a codec that calls back into Python swallows it."""
    if _last is not None:
        raise Stopped(_last)


def _stop(signum: int, frame: FrameType | None) -> None:
    global _last
    _last = signal.Signals(signum)
    raise Stopped(_last)
