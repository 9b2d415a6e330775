"""Ctrl-C, SIGTERM and a closed terminal stop the work in order: what was done is kept."""

from __future__ import annotations

import signal
import time
from types import FrameType
from typing import Final

FORCED_AFTER_S: Final = 15.0
"""Keeping what was done takes seconds and must not be interrupted: a signal is heeded again only
after this long, when the work cannot be ending by itself."""
_NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP")
"""Windows has no SIGHUP."""

_last: signal.Signals | None = None
_stopped_s = 0.0


class Stopped(BaseException):
    """The user, or the system, asked to stop."""

    def __init__(self, signum: signal.Signals) -> None:
        super().__init__(signum.name)
        self.signum = signum


def listen() -> None:
    """From now on the first of these signals raises `Stopped` in the main thread."""
    global _last
    _last = None
    for name in _NAMES:
        signum = getattr(signal, name, None)
        # Under nohup it is ignored, so that the work goes on when the terminal is closed.
        if signum is None or (name == "SIGHUP" and signal.getsignal(signum) is signal.SIG_IGN):
            continue
        signal.signal(signum, _stop)


def check() -> None:
    """Raise `Stopped` again if it was lost: a codec that calls back into Python swallows it."""
    if _last is not None:
        raise Stopped(_last)


def _stop(signum: int, frame: FrameType | None) -> None:
    global _last, _stopped_s
    now_s = time.monotonic()
    if _last is not None and now_s - _stopped_s < FORCED_AFTER_S:
        return
    _last, _stopped_s = signal.Signals(signum), now_s
    raise Stopped(_last)
