"""What a live session says aloud, and when: one correction at a time, else time and breath alone.

Pure: states in, lines out. The voice speaks them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from formcheck.coach.cues import BEGIN, GET_INTO_POSITION, GET_READY, Cue
from formcheck.coach.live_state import LiveState, Phase
from formcheck.coach.turns import Turn, tell_plan
from formcheck.defaults import Coaching
from formcheck.judging.neutral import KnownNeutral
from formcheck.language import phrase, translate, write_small
from formcheck.screen.live_scene import (
    CAUTION,
    COME_OUT,
    STAY_OUT,
    TUCK_NOW,
    asks_tuck,
    choose_prompt,
    find_breath,
    tell_coming,
    tell_other_side,
)
from formcheck.voice.sentences import (
    AGAIN,
    BREATHS,
    CAMERA_MOVED,
    FIND_NEUTRAL,
    FINDING,
    NEUTRAL_ANEW,
    NEUTRAL_DOUBTED,
    introduce,
    join,
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
RARER: Final = (1, 2, 4)
"""A correction that nothing comes of waits so many times as long before it is said again."""
SETTLED_S: Final = 1.5
"""Who leaves the position is told after this long: it may be the picture that they leave."""
NO_BREATH_S: Final = 7.0
"""In the last seconds of a hold the time is told, and no breath."""
FRESH_S: Final = 1.0
"""What is said of the form is dropped where it could not begin this soon: it may be over."""
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
    quiet: bool = False
    """Whether it is said in a low voice."""


class Script:
    """Follows one session and says what is to be heard."""

    def __init__(
        self,
        repeat_s: float = REPEAT_S,
        coaching: Coaching = "normal",
        *,
        breathes: bool = True,
        listens: bool = True,
    ) -> None:
        """Begin before the first frame.

        Args:
            repeat_s: seconds after which a correction is repeated at the soonest.
            coaching: how much is said of the form.
            breathes: whether the breath is told.
            listens: whether the person can hear it; a recording goes on while it is spoken to, so
                it is not told what to do on the way to a hold.
        """
        self._repeat_s, self._coaching, self._listens = repeat_s, coaching, listens
        self._breathes = breathes and coaching != "quiet"
        self._breath: str | None = None
        self._n_judged = 0
        """How often the latest correction was said while nothing came of it."""
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
        self._is_out_of_sight = False
        """Whether the latest alert was of something else than a key."""
        self._changed_s = -math.inf
        """When the phase began."""
        self._leaves = False
        """Whether the position was left and that is not told yet."""
        self._n_hands = self._n_moved = self._n_doubted = 0
        self._neutral: KnownNeutral | None = None
        self._n_wrong = 0
        """How often the wrong side was told, since it was taken."""
        self._wrong_s = -math.inf

    def follow(self, now_s: float, state: LiveState, alert: str | None = None) -> list[Utterance]:
        """What is to be heard now, after the latest frame, on a clock that goes on without frames.

        An ``alert`` is what keeps the session from going on.
        """
        lines = self._choose(now_s, state, alert)
        return [replace(line, text=translate(line.text)) for line in lines]

    def _choose(self, now_s: float, state: LiveState, alert: str | None) -> list[Utterance]:
        lines = self._tell_alert(now_s, state, alert)
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
        is_moved, is_doubted = state.n_moved != self._n_moved, state.n_doubted != self._n_doubted
        self._n_moved, self._n_doubted = state.n_moved, state.n_doubted
        if is_moved or is_doubted:
            why = CAMERA_MOVED if is_moved else NEUTRAL_DOUBTED
            others = [replace(line, replaces=False) for line in lines]
            lines = [Utterance(why, "fix", replaces=True, within_s=10), *others]
        if state.neutral is not self._neutral:
            self._neutral = state.neutral
            if state.neutral is not None and state.neutral.is_anew:
                lines.append(
                    Utterance(join(translate(NEUTRAL_ANEW), translate(TUCK_NOW)), within_s=10)
                )
        if state.is_wrong_side:
            return [*self._tell_wrong_side(now_s, state), *self._warn_of_end(state)]
        self._n_wrong = 0
        if state.phase is Phase.COUNTDOWN and state.count_s is not None:
            lines += self._count_down(state.count_s)
        elif state.phase is Phase.WORK:
            lines += self._tell_form(now_s, choose_prompt(state), state) or self._tell_time(state)
            lines = lines or self._tell_breath(state)
        return [*lines, *self._warn_of_end(state)]

    def _warn_of_end(self, state: LiveState) -> list[Utterance]:
        """Say once that a turn in which nothing is gained is about to be passed over."""
        before, self._warned = self._warned, state.gives_up_in_s is not None
        if state.gives_up_in_s is None or before:
            return []
        left_s = math.ceil(state.gives_up_in_s)
        return [Utterance(translate("Moving on in {seconds} seconds", seconds=left_s))]

    def _is_due(self, text: str, now_s: float, after_s: float) -> bool:
        return now_s - self._said.get(text, -math.inf) >= after_s

    def _tell_alert(self, now_s: float, state: LiveState, alert: str | None) -> list[Utterance]:
        before, self._alert = self._alert, alert
        if alert is None:
            if before is None:
                return []
            goes_on = state.phase not in (Phase.SETUP, Phase.READY)
            by_key = not self._is_out_of_sight
            line = Utterance(phrase("Going on"), "start", urgent=by_key)
            return [line] if goes_on or by_key else []
        if alert != before or self._is_due(alert, now_s, REMIND_S):
            self._said[alert] = now_s
            self._is_out_of_sight = not state.is_paused
            # A key is answered at once; nothing else cuts off what is being said.
            return [Utterance(alert, "fix", urgent=state.is_paused, replaces=True)]
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
        self._changed_s, self._leaves = now_s, False
        self._left, self._breath = math.inf, None
        self._counted = {turn.place: turn.done for turn in state.turns}
        self._judged, self._is_correcting = ("", -math.inf), False
        lines: list[Utterance] = []
        if came_from is None and self._listens:
            has_many = len(state.routine.steps) > 1
            opening = join(translate(state.routine.name) if has_many else "", translate(CAUTION))
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
            if came_from is Phase.SETUP or has_changed:
                return [GET_INTO_POSITION], None
            self._leaves = True
            return [], None
        if phase is Phase.COUNTDOWN and not self._listens:
            return [], None
        text, chime = self._name_stage(state, came_from)
        return [text], chime

    def _name_stage(self, state: LiveState, came_from: Phase | None) -> tuple[str, Chime | None]:
        """Of a phase that is told in one sentence."""
        phase, turn = state.phase, state.turn
        if phase is Phase.NEUTRAL:
            return FIND_NEUTRAL if self._listens else FINDING, None
        if phase is Phase.COUNTDOWN:
            return TUCK_NOW if asks_tuck(state) else GET_READY, None
        if phase is Phase.WORK:
            if _is_by_reps(turn):
                return BEGIN, "start"
            return phrase("Hold") if came_from is Phase.COUNTDOWN else phrase(
                "Go on, hold"
            ), "start"
        if phase is Phase.RELAX:
            return (COME_OUT, "end") if turn is None or turn.is_done else (STAY_OUT, None)
        if phase is Phase.REST:
            seconds, coming = math.ceil(state.count_s or 0), tell_coming(state)
            text = join(translate("Rest for {seconds} seconds", seconds=seconds), coming or "")
            return text, "end" if came_from is Phase.WORK else None
        plan = tell_plan(state.routine, state.turns, state.results)
        words = phrase("All done. {n} of {n_asked} sets.")
        if plan.n_done:
            words = phrase("All done. {n} of {n_asked} sets. Well done.")
        return translate(words, n=plan.n_done, n_asked=plan.n_asked), "end"

    def _introduce(self, turn: Turn) -> list[str]:
        """Before a turn: the side, once, and how to get into position; all of it the first time."""
        exercise, is_new = turn.exercise, turn.step != self._step
        self._step, self._introduced = turn.step, turn.place
        if not self._listens:
            return [exercise.name] if is_new else []
        return introduce(turn, is_new=is_new)

    def _remind(self, now_s: float, state: LiveState) -> list[Utterance]:
        """Repeat what is to be done where nothing happens."""
        problem = state.problem if state.phase in (Phase.SETUP, Phase.READY) else None
        said_s = max(self._said.values(), default=-math.inf)
        is_silent = now_s - max(said_s, self._spoken_s) >= REMIND_S
        prompt, text = choose_prompt(state).text, None
        if problem is not None and self._is_due(problem, now_s, self._repeat_s):
            text = problem
        elif self._leaves and now_s - self._changed_s >= SETTLED_S:
            self._leaves = False
            # It may be that they are there and move: what is said is what is shown.
            text = AGAIN if prompt == GET_INTO_POSITION else prompt
        elif is_silent and state.phase is Phase.READY:
            text = prompt
        elif is_silent and state.phase is Phase.RELAX and state.turn and not state.turn.is_done:
            text = STAY_OUT
        if text is None:
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
        by_reps, is_quiet = _is_by_reps(state.turn), self._coaching == "quiet"
        if cue.tone == "fix":
            if not self._is_due(cue.text, now_s, self._wait_s(cue.text)):
                return []
            chime: Chime | None = None if self._is_correcting else "fix"
            self._is_correcting = True
            return self._judge(cue.text, now_s, chime)
        if cue.tone == "good" and self._is_correcting:
            self._is_correcting, self._n_judged = False, 0
            if by_reps:
                return []
            self._judged, self._said[cue.text] = (cue.text, now_s), now_s
            praise = "" if is_quiet else cue.text
            return [Utterance(praise, "good", replaces=True, within_s=FRESH_S)]
        # Quietly: what is not a correction, or not yet.
        is_told = cue.is_said and (cue.tone == "wait" or not is_quiet) and cue.tone != "good"
        is_told &= cue.tone == "tip" or not by_reps
        waits = is_told and state.time_s - state.phase_since_s >= APART_S
        if waits and self._is_due(cue.text, now_s, 2 * self._wait_s(cue.text)):
            self._is_correcting |= state.moment.clock == "paused"  # told when it goes on
            return self._judge(cue.text, now_s, None)
        return []

    def _wait_s(self, text: str) -> float:
        """How long after the last time a correction is due: longer while nothing comes of it."""
        if text != self._judged[0] or self._n_judged == 0 or self._coaching == "full":
            return self._repeat_s
        if self._coaching == "quiet":
            return math.inf
        return self._repeat_s * RARER[min(self._n_judged, len(RARER)) - 1]

    def _judge(self, text: str, now_s: float, chime: Chime | None) -> list[Utterance]:
        is_again = text == self._judged[0] and self._n_judged > 0
        self._n_judged = self._n_judged + 1 if is_again else 1
        self._judged = text, now_s
        self._said[text] = now_s
        # Every second time in other words; in between the screen has the same.
        said = translate(text)
        if self._n_judged % 2 == 0:
            said = translate("Once more: {cue}", cue=f"{write_small(said[0])}{said[1:]}")
        return [Utterance(said, chime, replaces=True, within_s=FRESH_S)]

    def _tell_breath(self, state: LiveState) -> list[Utterance]:
        """The breath, in a low voice, while all is well and nothing else is said."""
        breath = find_breath(state) if self._breathes else None
        before, self._breath = self._breath, None if breath is None else breath.phase
        if breath is None or breath.phase == before or state.moment.clock != "running":
            return []
        if state.remaining <= NO_BREATH_S:
            return []
        return [Utterance(BREATHS[breath.phase], within_s=0.5, quiet=True)]

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
            return [] if self._coaching == "quiet" else [Utterance(phrase("Halfway"))]
        is_told = left == 10 and turn.target > 2 * 10 and self._coaching != "quiet"
        return [Utterance(phrase("10 seconds"))] if is_told else []


def _is_by_reps(turn: Turn | None) -> bool:
    return turn is not None and turn.unit == "reps"
