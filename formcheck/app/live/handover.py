"""What the two threads of a live session share: the newest moment, no queue; and the flow."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from formcheck.app.live.estimator import LiveEstimator
from formcheck.coach.flow import Flow
from formcheck.judge.session import Event, EventKind
from formcheck.measure.body import Body
from formcheck.video.frame import Frame

_KEPT_ON: Final = frozenset({EventKind.POSITION_LEFT, EventKind.SET_COMPLETED})


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


class Locked:
    """The flow as the loop's judge: its lock is held while it takes a body."""

    def __init__(
        self, flow: Flow, estimator: LiveEstimator, lock: Any, keep: Callable[[], None]
    ) -> None:
        """Call ``keep`` whenever there is more to keep."""
        self._flow, self._estimator, self._lock, self._keep = flow, estimator, lock, keep

    def judge(self, body: Body) -> list[Event]:
        """Take the next body, N = 1."""
        with self._lock:
            events = self._flow.judge(body, self._estimator.n_people)
            if any(event.kind in _KEPT_ON for event in events):
                self._keep()
        return events

    def finish(self) -> list[Event]:
        """There are no more."""
        with self._lock:
            return self._flow.finish()
