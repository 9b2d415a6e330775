"""What the good-form clock does at one moment, as it is shown."""

from __future__ import annotations

from typing import Final, Literal

from formcheck.judge.session import Session

Clock = Literal["out", "entering", "settling", "running", "paused", "ready", "moving"]
"""out of position; in it for less than a second; in it but not yet well; counting; stopped by a
failing or unseen rule; between repetitions; in one."""
CLOCK_WORDS: Final[dict[Clock, str]] = {
    "running": "HOLD", "ready": "READY", "moving": "MOVING", "paused": "PAUSED",
    "settling": "GET READY", "entering": "GET READY", "out": "NOT IN POSITION",
}  # fmt: skip


def read_clock(session: Session) -> Clock:
    """What a session's clock does."""
    stay = session.stay
    if stay is None:
        return "entering" if session.is_entering else "out"
    if stay.rep_watch is not None:
        return "moving" if stay.rep_watch.is_moving else "ready"
    if stay.steady_watch is not None:
        return "running" if stay.steady_watch.is_steady else "settling"
    if stay.settled_s is None:
        return "settling"
    return "running" if stay.clock.start_s is not None and stay.clock.paused_s is None else "paused"
