"""From the position to “Hold”: the neutral, the countdown, and waiting for the voice.

What is asked for is waited for: the sentence is spoken to its end before it counts what the person
does, as nobody can do what they have not heard.
"""

from __future__ import annotations

from typing import Final

from formcheck.coach.live_state import Phase
from formcheck.coach.tally import Current
from formcheck.exercises.schema import Hold
from formcheck.judging.session import Session

COUNTDOWN_S: Final = 3.0
BEGINS_WITHIN_S: Final = 0.5
"""A sentence has begun by then, where there is a voice that says it."""


class LeadIn:
    """Leads into each set.

    Args:
        countdown_s: of the countdown.
        listens: whether the person can hear what is asked, so that their neutral waits for it;
            False where a recording is played. The countdown always waits for the voice.
    """

    def __init__(self, countdown_s: float, *, listens: bool) -> None:
        self.countdown_s, self.listens = countdown_s, listens
        self.is_spoken_to = False
        """Whether the voice is speaking now."""

    def was_heard(self, asked_s: float, time_s: float) -> bool:
        """Whether what was asked for at a time has been said to its end."""
        return not self.is_spoken_to and time_s - asked_s >= BEGINS_WITHIN_S - 1e-6

    def find_end_s(self, current: Current) -> float | None:
        """When the countdown of a set ends; None before it runs."""
        from_s = current.countdown_from_s
        return None if from_s is None else from_s + self.countdown_s

    def find_phase(self, session: Session, current: Current | None, time_s: float) -> Phase:
        """What the person is to do in position; they are led in once the countdown is over.

        Args:
            session: in position.
            current: the set under way.
            time_s: of the frame.
        """
        if current is None or current.is_led_in:
            return Phase.WORK
        if self._is_neutral_sought(session, current, time_s):
            return Phase.NEUTRAL
        if isinstance(session.exercise.count, Hold) and self._counts_down(current, time_s):
            return Phase.COUNTDOWN
        current.is_led_in = True
        return Phase.WORK

    def _is_neutral_sought(self, session: Session, current: Current, time_s: float) -> bool:
        """Whether the neutral is still to be found; looked for from when it was asked for."""
        pelvis = session.pelvis
        if not session.exercise.needs_outline or pelvis is None or pelvis.known is not None:
            return False
        if self.listens and not current.is_neutral_asked:
            if current.asked_s is None:
                current.asked_s = time_s
            session.look_for_neutral(time_s)
            if self.was_heard(current.asked_s, time_s):
                current.is_neutral_asked, current.asked_s = True, None
            return True
        return pelvis.is_searching

    def _counts_down(self, current: Current, time_s: float) -> bool:
        if current.asked_s is None:
            current.asked_s = time_s
        if current.countdown_from_s is None:
            if not self.was_heard(current.asked_s, time_s):
                return True
            current.countdown_from_s = time_s
        return time_s - current.countdown_from_s < self.countdown_s - 1e-6
