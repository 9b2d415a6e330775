"""What a live session says aloud, and when: one correction at a time, silence when all is well.

Pure: states in, lines out. The voice speaks them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
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
    tell_other_side,
    tell_own_side,
)
from formcheck.voice.sound import Chime

REPEAT_S: Final = 6.0
"""A correction is repeated no sooner."""
APART_S: Final = 2.0
"""Nothing else is said of the form within this long: a line must not contradict the last one."""
WRONG_SIDE_S: Final = (6.0, 12.0, 24.0)
"""How long after the time before the wrong side is said again; then always the last."""
REMIND_S: Final = 20.0
"""What to do next is repeated after this long."""
SAID_WITHIN_S: Final = 30.0
"""What a phase asks for waits this long for what is being said."""
N_INSTRUCTIONS: Final = 3
"""So many of an exercise's instructions are spoken, before its first set."""
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
    replaces: bool = False
    """Whether what waits to be said is dropped; what is being said is heard to its end."""
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
        self._introduced: int | None = None
        """The turn that was introduced last."""
        self._spoken_s = -math.inf
        """When the voice was last speaking."""
        self._n_hands = 0
        self._n_wrong = 0
        """How often the wrong side was told, since it was taken."""
        self._wrong_s = -math.inf

    def follow(self, now_s: float, state: LiveState, alert: str | None = None) -> list[Utterance]:
        """What is to be heard now, after the latest frame, on a clock that goes on without frames.

        An ``alert`` is what keeps the session from going on.
        """
        lines = self._tell_alert(now_s, alert)
        if state.n_hands != self._n_hands:
            self._n_hands = state.n_hands
            lines.insert(0, Utterance("", "seen"))
        if alert is not None:
            return lines
        if state.is_spoken_to:
            self._spoken_s = now_s
        place = None if state.turn is None else state.turn.place
        # Each repetition goes to its leg's turn, and legs may alternate.
        is_counting = state.phase is Phase.WORK and _is_by_reps(state.turn)
        has_changed = place != self._place
        if state.phase is not self._phase or (has_changed and not is_counting):
            lines += self._tell_phase(now_s, state, has_changed=has_changed)
        else:
            lines += self._remind(now_s, state)
        self._place = place
        if state.is_wrong_side:
            return self._tell_wrong_side(now_s, state)
        self._n_wrong = 0
        if state.phase is Phase.COUNTDOWN and state.count_s is not None:
            lines += self._count_down(state.count_s)
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

    def _tell_wrong_side(self, now_s: float, state: LiveState) -> list[Utterance]:
        if self._n_wrong:
            wait_s = WRONG_SIDE_S[min(self._n_wrong, len(WRONG_SIDE_S)) - 1]
            if now_s - self._wrong_s < wait_s:
                return []
        self._n_wrong, self._wrong_s = self._n_wrong + 1, now_s
        return [Utterance(tell_other_side(state), "fix", replaces=True, within_s=10)]

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
        texts, chime = self._name_phase(state, came_from, has_changed)
        for text in texts:
            self._said[text] = now_s
            replaces = came_from is not None and text is texts[0]
            lines.append(Utterance(text, chime, replaces=replaces, within_s=SAID_WITHIN_S))
            chime = None
        return lines

    def _name_phase(
        self, state: LiveState, came_from: Phase | None, has_changed: bool
    ) -> tuple[Sequence[str], Chime | None]:
        phase, turn = state.phase, state.turn
        if phase is Phase.SETUP:
            return [state.problem] if state.problem else [], None
        if phase is Phase.READY and turn is not None:
            if turn.place != self._introduced:
                return self._introduce(turn), None
            was_out = came_from is Phase.SETUP or has_changed
            return [GET_INTO_POSITION if was_out else "Get into position again"], None
        text, chime = self._name_stage(state, came_from)
        return [text], chime

    def _name_stage(self, state: LiveState, came_from: Phase | None) -> tuple[str, Chime | None]:
        """Of a phase that is told in one sentence."""
        phase, turn = state.phase, state.turn
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

    def _introduce(self, turn: Turn) -> list[str]:
        """Before a turn: the side, once, and how to get into position; all of it the first time."""
        exercise, is_new = turn.exercise, turn.step != self._step
        self._step, self._introduced = turn.step, turn.place
        of = f"set {turn.number} of {turn.n_sets}" if turn.n_sets > 1 else ""
        parts = [exercise.name, tell_own_side(turn), of]
        if not is_new:
            return [_join(*parts[1:], GET_INTO_POSITION)]
        lines = [_join(*parts), *exercise.instructions[:N_INSTRUCTIONS]]
        if exercise.near is not None:
            near = "the front leg" if exercise.near == "other" else exercise.stretched
            lines.append(f"Keep {near} nearest the camera")
        return lines

    def _remind(self, now_s: float, state: LiveState) -> list[Utterance]:
        """Repeat what is to be done where nothing happens."""
        problem = state.problem if state.phase in (Phase.SETUP, Phase.READY) else None
        said_s = max(self._said.values(), default=-math.inf)
        is_silent = now_s - max(said_s, self._spoken_s) >= REMIND_S
        if problem is not None and self._is_due(problem, now_s, self._repeat_s):
            text = problem
        elif is_silent and state.phase in (Phase.READY, Phase.RELAX):
            text = GET_INTO_POSITION if state.phase is Phase.READY else STAY_OUT
        else:
            return []
        self._said[text] = now_s
        return [Utterance(text)]

    # --- while working --------------------------------------------------------------------

    def _count_down(self, left_s: float) -> list[Utterance]:
        left = math.ceil(left_s)
        if left == self._left or left_s <= 0:
            return []
        self._left = left
        return [Utterance(str(left), within_s=0.7)]

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


def _join(*parts: str) -> str:
    """Sentences as one, those that are empty left out."""
    return ". ".join(part[0].upper() + part[1:] for part in parts if part)
