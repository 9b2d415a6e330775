"""What another process is asked to do in tests: found by its name there."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from formcheck.cli import analyze_command as analyze
from formcheck.cli.stopping import Stopped
from formcheck.errors import SourceError

analyze_well = analyze._analyze_one


def analyze_one(clip: str, *more: Any) -> object:
    """A decoder that dies of some clips, as the real one may."""
    if "crashing" in clip:
        die(signal.SIGSEGV)
    return analyze_well(clip, *more)


def die(signum: int) -> None:
    os.kill(os.getpid(), signum)
    time.sleep(60)


def leave(*_: object) -> None:
    os._exit(1)


def end(code: int) -> None:
    os._exit(code)


def add(one: int, other: int) -> tuple[int, int]:
    """The sum, and where it was done."""
    return one + other, os.getpid()


def fail(what: str) -> None:
    if what == "source":
        raise SourceError("a.mp4", "is empty")
    if what == "value":
        raise ValueError("no value")

    class HomelessError(Exception):
        pass

    raise HomelessError("nobody else knows this class")


def work_until_stopped(begun: str, undone: str) -> None:
    """Take its time, and tidy up when it is stopped."""
    try:
        Path(begun).touch()
        time.sleep(60)
    except Stopped:
        Path(undone).touch()
        raise
