"""How long a turn is waited for in which nothing is gained: nobody has a hand free to skip it."""

from __future__ import annotations

from typing import Final

GIVE_UP_S: Final = 120.0
"""A turn without progress for this long, while the person is seen, is passed over."""
WARN_BEFORE_S: Final = 20.0
"""It is said this long before."""


class Patience:
    """Counts the seconds without progress."""

    def __init__(self) -> None:
        self.idle_s = 0.0
        self.best = 0.0
        """What the turn had gained at the latest frame."""

    @property
    def ends_in_s(self) -> float | None:
        """Seconds until it is over; None while that is far."""
        left_s = GIVE_UP_S - self.idle_s
        return left_s if left_s <= WARN_BEFORE_S else None

    @property
    def is_over(self) -> bool:
        """Whether nothing was gained for too long."""
        return self.idle_s >= GIVE_UP_S

    def note(self, done: float, *, is_busy: bool) -> None:
        """What the turn has by now; whoever is busy with what was asked is not hurried."""
        if done > self.best + 1e-6 or is_busy:
            self.idle_s = 0.0
        self.best = done
