"""What the judging thread of a live session hands to the main one: the newest moment, no queue."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from formcheck.coach.live_state import LiveState
from formcheck.measure.body import Body
from formcheck.result.models import Result
from formcheck.video.frame import Frame


@dataclass(frozen=True, slots=True, eq=False)
class JudgedFrame:
    """A frame and all that is known with it; nothing of it changes afterwards."""

    frame: Frame | None
    """None before the first."""
    body: Body | None
    """In that frame, N = 1."""
    state: LiveState
    """With that frame, and with what the user asked for since."""
    inference_s: float
    """How long the model took."""
    result: Result
    """As it was last kept."""


@dataclass(slots=True)
class Slot:
    """The newest judged frame, and the one that is being judged; what was not taken is replaced."""

    newest: JudgedFrame
    _coming: Frame | None = None
    _is_new: bool = False
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def announce(self, frame: Frame) -> None:
        """A frame that is being judged."""
        with self._changed:
            self._coming = frame
            self._changed.notify()

    def put(self, judged: JudgedFrame) -> None:
        """Replace what is there."""
        with self._changed:
            self.newest, self._is_new = judged, True
            if self._coming is judged.frame:
                self._coming = None
            self._changed.notify()

    def take(self, timeout_s: float) -> Frame | JudgedFrame | None:
        """What is new, be it judged or else about to be; None if nothing comes in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_new or self._coming, timeout_s)
            if self._is_new:
                self._is_new = False
                return self.newest
            coming, self._coming = self._coming, None
            return coming
