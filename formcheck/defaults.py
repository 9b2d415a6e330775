"""What holds unless one asks otherwise, and is said in more than one place. Imports nothing."""

from __future__ import annotations

from typing import Final, Literal

MODELS: Final = ("lite", "full")
"""The models that come with the package."""
DEFAULT_RATE_HZ: Final = 8.0
"""Frames of a recording analysed a second: the lowest rate at which no verdict and no fault on the
clips with truth differs from that of every frame, and at which held seconds are no farther off
than at 10 Hz (docs/cluster.md). Where the person is quick, more are."""
STOP_AT_PAIN: Final = "A mild pull is fine, pain is not: stop if it hurts."
DEFAULT_WEEKS: Final = 13
"""How far the history looks back: about three months, what the sources ask for."""
Coaching = Literal["quiet", "normal", "full"]
"""quiet: each correction once, and what to do; normal: again, ever more rarely, with praise, tips,
time and breath; full: again as often as at first."""
