"""What one thread of a live session hands to the other: the newest moment, no queue."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from formcheck.measure.body import Body
from formcheck.video.frame import Frame


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A judged moment."""

    frame: Frame
    body: Body | None
    inference_s: float


@dataclass(slots=True)
class Slot:
    """The newest moment, and the frame that is being judged; what was not fetched is replaced."""

    changed: threading.Condition = field(default_factory=threading.Condition)
    coming: Frame | None = None
    newest: Shown | None = None

    def announce(self, frame: Frame) -> None:
        """A frame whose moment will come."""
        with self.changed:
            self.coming = frame
            self.changed.notify()

    def put(self, shown: Shown) -> None:
        """Replace what is there."""
        with self.changed:
            self.newest = shown
            if self.coming is shown.frame:
                self.coming = None
            self.changed.notify()

    def take(self, timeout_s: float) -> Frame | Shown | None:
        """The moment or else the frame that is there, or comes in time."""
        with self.changed:
            self.changed.wait_for(lambda: self.newest or self.coming, timeout_s)
            if self.newest is not None:
                newest, self.newest = self.newest, None
                return newest
            coming, self.coming = self.coming, None
            return coming
