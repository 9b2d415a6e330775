"""What a live session says aloud, and when: one correction at a time, silence when all is well.

Pure: states in, lines out. The voice speaks them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from formcheck.coach.cues import GET_INTO_POSITION, GET_READY, Cue
from formcheck.coach.live_state import LiveState, Phase
from formcheck.coach.turns import Turn, tell_plan
from formcheck.screen.live_scene import (
    CAUTION,
    COME_OUT,
    STAY_OUT,
    TUCK_NOW,
    asks_tuck,
    choose_prompt,
    tell_coming,
    tell_side,
    tell_turn,
)
from formcheck.voice.sound import Chime

REPEAT_S: Final = 6.0
"""A correction is repeated no sooner."""
APART_S: Final = 2.0
"""Nothing else is said of the form within this long: a line must not contradict the last one."""
REMIND_S: Final = 20.0
"""What to do next is repeated after this long."""
LAST_S: Final = 5
"""The last seconds of a hold are counted down."""
_HALF_FROM_S: Final = 20.0
"""Half of a shorter hold is not worth saying."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something to be heard now."""

    text: str
    chime: Chime | None = None
    urgent: bool = False
    """Whether it may cut off what is being said."""
    within_s: float = 3.0
    """Not said at all if it could not begin this soon."""


class Script:
    """Follows one session and says what is to be heard."""

    def __init__(self, repeat_s: float = REPEAT_S) -> None:
        """Repeat a correction no sooner than ``repeat_s``."""
        self._repeat_s = repeat_s
        self._said: dict[str, float] = {}
        self._judged = "", -math.inf
        """What was last said of the form, and when."""
        self._is_correcting = False
        self._phase: Phase | None = None
        self._place: int | None = None
        self._step: int | None = None
        self._alert: str | None = None
        self._left = math.inf
        self._counted: dict[int, float] = {}
        self._warned = False

    def follow(self, now_s: float, state: LiveState, alert: str | None = None) -> list[Utterance]:
        """What is to be heard at this moment.

        Args:
            now_s: on any clock that goes on when frames do not come.
            state: after the latest frame.
            alert: what keeps the session from going on; None while it goes on.
        """
        lines = self._tell_alert(now_s, alert)
        if alert is not None:
            return lines
        place = None if state.turn is None else state.turn.place
        # Each repetition goes to its leg's turn, and legs may alternate.
        is_counting = state.phase is Phase.WORK and _is_by_reps(state.turn)
        has_changed = place != self._place
        if state.phase is not self._phase or (has_changed and not is_counting):
            lines += self._tell_phase(now_s, state, has_changed=has_changed)
        else:
            lines += self._remind(now_s, state)
        self._place = place
        if state.phase is Phase.COUNTDOWN:
            lines += self._count_down(state.count_s or 0.0)
        elif state.phase is Phase.WORK:
            lines += self._tell_form(now_s, choose_prompt(state), state) or self._tell_time(state)
        if state.gives_up_in_s is None:
            self._warned = False
        elif not self._warned:
            self._warned = True
            lines.append(Utterance(f"I go on in {math.ceil(state.gives_up_in_s)} seconds"))
        return lines

    def _is_due(self, text: str, now_s: float, after_s: float) -> bool:
        return now_s - self._said.get(text, -math.inf) >= after_s

    def _tell_alert(self, now_s: float, alert: str | None) -> list[Utterance]:
        before, self._alert = self._alert, alert
        if alert is None:
            return [Utterance("Going on", "start", urgent=True)] if before is not None else []
        if alert != before or self._is_due(alert, now_s, REMIND_S):
            self._said[alert] = now_s
            return [Utterance(alert, "fix", urgent=True)]
        return []

    # --- phases ---------------------------------------------------------------------------

    def _tell_phase(self, now_s: float, state: LiveState, *, has_changed: bool) -> list[Utterance]:
        came_from, self._phase = self._phase, state.phase
        self._left = math.inf
        self._counted = {turn.place: turn.done for turn in state.turns}
        self._judged, self._is_correcting = ("", -math.inf), False
        lines: list[Utterance] = []
        if came_from is None:
            has_many = len(state.routine.steps) > 1
            opening = f"{state.routine.name}. {CAUTION}" if has_many else CAUTION
            lines = [Utterance(opening, "start", within_s=10)]
        text, chime = self._name_phase(state, came_from, has_changed)
        if text is not None:
            self._said[text] = now_s
            waits = state.phase in (Phase.SETUP, Phase.READY, Phase.REST)
            lines.append(Utterance(text, chime, urgent=not waits, within_s=10 if waits else 2))
        return lines

    def _name_phase(
        self, state: LiveState, came_from: Phase | None, has_changed: bool
    ) -> tuple[str | None, Chime | None]:
        phase, turn = state.phase, state.turn
        if phase is Phase.SETUP:
            return state.problem, None
        if phase is Phase.READY and turn is not None:
            if came_from in (Phase.SETUP, Phase.REST, None) or has_changed:
                return self._introduce(state, turn), None
            return "Get into position again", None
        if phase is Phase.NEUTRAL:
            return "Stay tall and relaxed: I am finding your neutral", None
        if phase is Phase.COUNTDOWN:
            return TUCK_NOW if asks_tuck(state) else GET_READY, None
        if phase is Phase.WORK:
            if _is_by_reps(turn):
                return "Begin when you are ready", "start"
            return "Hold" if came_from is Phase.COUNTDOWN else "Go on, hold", "start"
        if phase is Phase.RELAX:
            return (COME_OUT, "end") if turn is None or turn.is_done else (STAY_OUT, None)
        if phase is Phase.REST:
            seconds, coming = math.ceil(state.count_s or 0), tell_coming(state)
            text = f"Rest for {seconds} seconds" + (f". {coming}" if coming else "")
            return text, "end" if came_from is Phase.WORK else None
        plan = tell_plan(state.routine, state.turns, state.results)
        praise = " Well done." if plan.n_done else ""
        return f"All done. {plan.n_done} of {plan.n_asked} sets.{praise}", "end"

    def _introduce(self, state: LiveState, turn: Turn) -> str:
        """Before a turn: the exercise when it is new, the side, and how to begin."""
        parts = [turn.exercise.name] if turn.step != self._step else []
        self._step = turn.step
        parts.append(tell_turn(turn))
        if turn.side is not None and turn.exercise.stretched:
            parts.append(f"That is {turn.exercise.stretched}")
        if turn.number == 1:
            parts += [turn.exercise.instructions[0], tell_side(state) or ""]
        else:
            parts.append(GET_INTO_POSITION)
        return ". ".join(part.rstrip(".").capitalize() for part in parts if part)

    def _remind(self, now_s: float, state: LiveState) -> list[Utterance]:
        """Repeat what is to be done where nothing happens."""
        text = None
        if state.phase in (Phase.SETUP, Phase.READY) and state.problem is not None:
            text = state.problem if self._is_due(state.problem, now_s, self._repeat_s) else None
        is_silent = now_s - max(self._said.values(), default=-math.inf) >= REMIND_S
        if text is None and is_silent and state.phase in (Phase.READY, Phase.RELAX):
            text = GET_INTO_POSITION if state.phase is Phase.READY else STAY_OUT
        if text is None:
            return []
        self._said[text] = now_s
        return [Utterance(text)]

    # --- while working --------------------------------------------------------------------

    def _count_down(self, left_s: float) -> list[Utterance]:
        left = math.ceil(left_s)
        if left == self._left or left_s <= 0:
            return []
        is_first, self._left = math.isinf(self._left), left
        return [] if is_first else [Utterance(str(left), within_s=0.7)]

    def _tell_form(self, now_s: float, cue: Cue, state: LiveState) -> list[Utterance]:
        """A correction, or praise once it is corrected."""
        last, last_s = self._judged
        if cue.text != last and now_s - last_s < APART_S:
            return []
        by_reps = _is_by_reps(state.turn)
        if cue.tone == "fix":
            if not self._is_due(cue.text, now_s, self._repeat_s):
                return []
            chime: Chime | None = None if self._is_correcting else "fix"
            self._is_correcting = True
            return self._judge(cue.text, now_s, chime)
        if cue.tone == "good" and self._is_correcting:
            self._is_correcting = False
            return [] if by_reps else self._judge(cue.text, now_s, "good")
        # Quietly: what is not a correction, or not yet.
        is_told = cue.is_said and (cue.tone == "tip" or (cue.tone == "wait" and not by_reps))
        waits = is_told and state.time_s - state.phase_since_s >= APART_S
        if waits and self._is_due(cue.text, now_s, 2 * self._repeat_s):
            self._is_correcting |= state.moment.clock == "paused"  # told when it goes on
            return self._judge(cue.text, now_s, None)
        return []

    def _judge(self, text: str, now_s: float, chime: Chime | None) -> list[Utterance]:
        self._judged = text, now_s
        self._said[text] = now_s
        return [Utterance(text, chime, urgent=chime is not None)]

    def _tell_time(self, state: LiveState) -> list[Utterance]:
        """Time marks of a hold, and the number of each good repetition."""
        turn = state.turn
        if turn is None:
            return []
        if _is_by_reps(turn):
            if turn.done <= self._counted.get(turn.place, 0.0):
                return []
            self._counted[turn.place] = turn.done
            return [Utterance(f"{turn.done:.0f}", "good")]
        left = math.ceil(state.remaining)
        if left >= self._left:
            return []
        before, self._left = self._left, left
        if math.isinf(before):
            return []
        if 0 < left <= LAST_S:
            return [Utterance(str(left), within_s=0.7)]
        if turn.target >= _HALF_FROM_S and left == math.floor(turn.target / 2):
            return [Utterance("Half way")]
        return [Utterance("10 seconds")] if left == 10 and turn.target > 2 * 10 else []


def _is_by_reps(turn: Turn | None) -> bool:
    return turn is not None and turn.unit == "reps"
