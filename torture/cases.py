"""Cases drawn at random, each by its own seed, so that one can be drawn again alone.

``TORTURE_SEED`` draws others, ``TORTURE_SHARE`` fewer or more: 0.05 for a quick look.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np

SEED: Final = int(os.environ.get("TORTURE_SEED", "1"))
SHARE: Final = float(os.environ.get("TORTURE_SHARE", "1"))
ROOT: Final = Path(__file__).parent.parent
CASE_S: Final = 30.0
"""A case that takes longer hangs."""


class CaseHangsError(Exception):
    """A case took longer than it may. No TimeoutError: as an OSError it would be explained away."""


def count(n: int) -> int:
    """So many cases, or the share of them that was asked for; one at least."""
    return max(1, round(n * SHARE))


def draw(subject: str, case: int) -> np.random.Generator:
    """The source of chance of one case: the same whichever other cases are drawn."""
    return np.random.default_rng([SEED, *subject.encode(), case])


@contextmanager
def bounded(limit_s: float = CASE_S) -> Iterator[None]:
    """What runs within, in this process, is ended after so long.

    Raises:
        CaseHangsError: it took longer, whatever it made of being ended.
    """
    ended = False

    def end(*_: object) -> None:
        nonlocal ended
        ended = True
        raise CaseHangsError(f"not done after {limit_s:g} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, limit_s, limit_s)  # again, for what goes on regardless
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if ended:
            raise CaseHangsError(f"not done after {limit_s:g} s")


def keep(folder: Path, name: str, content: bytes) -> str:
    """Keep what failed; where it is, and how to draw it again."""
    kept = folder / "failed"
    kept.mkdir(exist_ok=True)
    (kept / name).write_bytes(content)
    return f"{kept / name} (TORTURE_SEED={SEED})"


def tell(text: str) -> None:
    """Say what was drawn and how it went; pytest shows it where something failed, or with -s."""
    print(f"TORTURE_SEED={SEED} {text}")  # noqa: T201
