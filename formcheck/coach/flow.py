"""A whole session led hands-free: which turn it is, and what the person is to do in it.

The judging is the Session's, from an exercise's first frame on, set-up, neutral and countdown
included; only in the rest before another exercise no frame is judged. Every second that was held
well counts for the turn, those of the countdown too: the clock that is shown and the Result say the
same. Nothing counts while the person is asked for their neutral, as to relax is not to hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from formcheck.coach.conclusion import conclude_led
from formcheck.coach.lead_in import COUNTDOWN_S, LeadIn
from formcheck.coach.live_state import HandAsks, LiveState, Phase
from formcheck.coach.patience import Patience
from formcheck.coach.raised_hand import RaisedHand, read_hand
from formcheck.coach.setup import SetupWatch
from formcheck.coach.tally import Current, Tally
from formcheck.coach.turns import Turn, find_rest_s, list_turns
from formcheck.exercises.routine import Routine
from formcheck.exercises.schema import Exercise
from formcheck.judging.moment import take_moment
from formcheck.judging.neutral import KnownNeutral
from formcheck.judging.position import PositionWatch
from formcheck.judging.session import GAP_S, Ended, Session, measure_sides
from formcheck.judging.stay import Stay
from formcheck.measure.body import Body
from formcheck.pose.landmarks import Side, other_side
from formcheck.result.build import Origin, SeenLog
from formcheck.result.models import Result, SetResult

AWAY_AFTER_S: Final = 2.0
STAY_S: Final = 10.0
"""Whoever stays in position after the last set may; then the session is over."""


class Flow:
    """Leads through a routine, body by body; others read its ``state``.

    Args:
        routine: what is asked, step by step.
        exercises: by id.
        height_px: of the picture that landmarks are pixels of.
        side: that side only, where there are sides; None both.
        neutral: the person's own; None finds it in each exercise.
        countdown_s: seconds from what it is for to “Hold”.
        listens: whether the person can hear what is asked of them, so that their neutral waits
            until it was said; False where a recording is played.
        watch: told of each finished stay in position before its frames are released.
    """

    def __init__(
        self,
        routine: Routine,
        exercises: Mapping[str, Exercise],
        height_px: int,
        *,
        side: Side | None = None,
        neutral: KnownNeutral | None = None,
        countdown_s: float = COUNTDOWN_S,
        listens: bool = True,
        watch: Callable[[Stay], None] | None = None,
    ) -> None:
        self.routine = routine
        self.phase = Phase.SETUP
        self.is_paused = False
        """Whether the user paused it."""
        self.is_away = False
        """True while nobody is seen, and somebody was."""
        self.lead_in = LeadIn(countdown_s, listens=listens)
        self.time_s = 0.0
        """The latest frame."""
        self.log = SeenLog()
        self.session: Session
        self._side, self._neutral = side, neutral
        self._hand, self._n_hands, self._n_moved, self._n_doubted = RaisedHand(), 0, 0, 0
        self._other: PositionWatch | None = None
        """The position with the other leg, where one side alone is asked for."""
        self._is_wrong_side = False
        self._introduces = False
        """Whether the next turn is introduced to its end: a key asked for it."""
        self._tally = Tally(list_turns(routine, exercises, side), watch)
        self._place: int | None = 0
        """Of the turn under way, or the next one; None once all are over."""
        self._last_turn: Turn | None = None
        self._phase_since_s = 0.0
        self._neutrals: list[KnownNeutral] = []
        self._setup = SetupWatch(height_px)
        self._rest_until_s: float | None = None
        self._seen_s: float | None = None
        """When somebody was last seen; None before."""
        self._patience = Patience()
        self._n_frames = 0
        self._ended: list[Ended] = []
        """What became certain with what is being done."""
        self._start(self.turns[0].exercise)

    @property
    def turns(self) -> Sequence[Turn]:
        """All that is asked for, and how far each is."""
        return self._tally.turns

    @property
    def turn(self) -> Turn | None:
        """The turn under way, or the next one; None once all are over."""
        return None if self._place is None else self._tally.turns[self._place]

    @property
    def state(self) -> LiveState:
        """All that is known after the latest frame, frozen."""
        later = (turn for turn in self.turns if turn.is_open and turn.place != self._place)
        current = self._tally.current
        is_off = self.is_away and self.phase not in (Phase.RELAX, Phase.REST, Phase.DONE)
        has_begun = current is not None or (self.turn is not None and self.turn.done > 0)
        return LiveState(
            routine=self.routine,
            turns=tuple(self.turns),
            turn=self.turn,
            following=next(later, None),
            last_turn=self._last_turn,
            phase=self.phase,
            phase_since_s=self._phase_since_s,
            is_wrong_side=self._is_wrong_side,
            time_s=self.time_s,
            moment=take_moment(self.session),
            problem=self._setup.problem,
            count_s=self._count_s(current),
            gives_up_in_s=None if self._place is None else self._patience.ends_in_s,
            is_spoken_to=self.lead_in.is_spoken_to,
            is_paused=self.is_paused,
            is_interrupted=is_off and has_begun,
            hand_asks=self._read_hand(),
            n_hands=self._n_hands,
            n_moved=self._n_moved,
            n_doubted=self._n_doubted,
            neutral=pelvis.known if (pelvis := self.session.pelvis) else None,
            results=tuple(self.results) if self.phase is Phase.DONE else (),
        )

    def _read_hand(self) -> HandAsks | None:
        if self._is_wrong_side and not self.is_paused:
            return None  # in position, be it not the session's
        return read_hand(self.phase, self.session, self._setup.problem, is_paused=self.is_paused)

    def _count_s(self, current: Current | None) -> float | None:
        """Seconds left of a countdown or a rest; None if none runs."""
        ends_s = self._rest_until_s if self.phase is Phase.REST else None
        if self.phase is Phase.COUNTDOWN and current is not None:
            ends_s = self.lead_in.find_end_s(current)
        return None if ends_s is None else round(max(0.0, ends_s - self.time_s), 3)  # 3, not 4

    @property
    def needs_outline(self) -> bool:
        """Whether the exercise under way is judged by the outline of the back."""
        return self.session.exercise.needs_outline and self.phase is not Phase.DONE

    @property
    def results(self) -> list[SetResult]:
        """Every set so far, the one under way included."""
        return self._tally.results

    def conclude(self, name: str, model: str, person: str | None) -> Result:
        """The Result so far.

        Args:
            name: of the camera.
            model: of the poses.
            person: whom to file it under.
        """
        neutrals = (*self._neutrals, self.session.neutral)
        neutral = next((known for known in neutrals if known), None)
        origin = Origin(
            name, model, person, self.time_s, self._n_frames, "given", self._side, is_live=True
        )
        return conclude_led(origin, self.log.read(), self.routine, self._tally, neutral)

    # --- what the user asks ---------------------------------------------------------------

    def pause(self, paused: bool) -> None:
        """Stop judging, or go on."""
        self.is_paused = paused

    def skip(self) -> list[Ended]:
        """Go on to what comes next: past the rest, else past this turn."""
        self._ended = []
        self._pass_over()
        self._introduces, self._phase_since_s = True, self.time_s
        return self._ended

    def _obey(self, asked: HandAsks | None) -> None:
        """What a raised hand asks for."""
        self._n_hands += asked is not None
        if asked == "go on":
            self.pause(False)
        elif asked == "start":
            self._setup.accept()
        elif asked == "next":
            self._pass_over()

    def redo_neutral(self) -> None:
        """Find the neutral again."""
        self.session.redo_neutral(self.time_s)
        self._tally.lead_in_anew()

    def note_camera_moved(self, height_px: int | None = None) -> None:
        """The camera was moved: the view is checked again, and the neutral found again.

        Args:
            height_px: of the pictures from now on; None if it is as it was.
        """
        self._n_moved += 1
        self._setup.recheck(height_px)
        self.session.forget_neutrals(self.time_s)
        if self.session.exercise.needs_outline:
            self._tally.lead_in_anew()

    def finish(self) -> list[Ended]:
        """There are no more frames."""
        self._ended = []
        self._end()
        return self._ended

    def judge(self, body: Body, n_people: int = 1) -> list[Ended]:
        """Take the next frame; while paused it is passed over.

        Args:
            body: N = 1, later than the one before.
            n_people: in the picture.

        Returns:
            The repetitions, stays and sets that ended with it.
        """
        self._ended = []
        if self._hand.update(body):
            self._obey(self._read_hand())
        if self.is_paused:
            return self._ended
        time_s = float(body.time_s[0])
        gap_s = time_s - self.time_s if self._n_frames else 0.0
        self._n_frames += 1
        self.time_s = time_s
        if gap_s >= GAP_S:
            self._excuse(gap_s)
            gap_s = 0.0
        self.log.add(body, n_people)
        is_found = bool(np.isfinite(body.facing[0]))
        if is_found:
            self._seen_s = time_s
        self.is_away = self._seen_s is not None and time_s - self._seen_s >= AWAY_AFTER_S
        if self.phase is Phase.DONE:
            return []
        is_between_exercises = self.phase is Phase.REST and not self.session.sets
        if not is_between_exercises:
            measured = measure_sides(body, [self.session.exercise])
            self._take(self.session.push({side: rows[0] for side, rows in measured.items()}))
            if self.session.pelvis is not None and self.session.pelvis.is_doubted:
                self._n_doubted += 1
                self.redo_neutral()
            if self._other is not None and self._side is not None:
                self._other.update(measured[other_side(self._side)][0])
        if self.session.stay is not None or self.session.is_entering:
            self._setup.clear()
        else:
            side = self.turn.side if self.turn else None
            self._setup.update(self.session.exercise, side, body, n_people)
        self._tally.count()
        if is_found and self.phase is not Phase.REST:  # to rest is what was asked
            self._patience.idle_s += gap_s
        before = self.phase
        self._advance(time_s, is_found=is_found)
        if self.phase is not before:
            self._phase_since_s = time_s
        return self._ended

    def _excuse(self, gap_s: float) -> None:
        """Nobody was looking: no clock ran."""
        if self._rest_until_s is not None:
            self._rest_until_s += gap_s
        current = self._tally.current
        if current is not None:
            current.excuse(gap_s)
        if self._seen_s is not None:
            self._seen_s += gap_s
        self._setup.excuse(gap_s)

    def _take(self, ended: list[Ended]) -> None:
        """Count what ended; a repetition says which turn the person is at."""
        self._ended += ended
        counted = self._tally.take(self.session, ended)
        if counted is not None:
            self._place, self._rest_until_s = counted.place, None

    # --- turns and phases -----------------------------------------------------------------

    def _start(self, exercise: Exercise) -> None:
        asks = self._neutral is None and self.lead_in.listens
        self.session = Session(exercise, self._side, self._neutral, asks_neutral=asks)
        is_sided = exercise.sides != "none" and exercise.count.kind != "reps"
        self._other = PositionWatch(exercise) if self._side and is_sided else None

    def _is_out_of_sight(self, is_found: bool) -> bool:
        """Whether a set goes on in which nobody is seen, or they have just come back into sight."""
        session, is_led = self.session, self.phase in (Phase.NEUTRAL, Phase.COUNTDOWN, Phase.WORK)
        goes_on = is_led and session.stay is None and session.is_set_open
        return goes_on and (not is_found or session.is_entering)

    def _advance(self, time_s: float, *, is_found: bool) -> None:
        """Find the phase; go on where a turn is over."""
        if self.session.is_resuming or self._is_out_of_sight(is_found):
            return
        mine, stay = self._tally.turn, self.session.stay
        self._is_wrong_side = False
        if self._introduces and self.phase is Phase.READY:
            self._introduces = not self.lead_in.was_heard(self._phase_since_s, time_s)
            if self._introduces:
                return
        is_led_in = self.phase in (Phase.NEUTRAL, Phase.COUNTDOWN)  # and is so to its end
        if stay is not None and mine is not None and (mine.is_open or is_led_in):
            self._place = mine.place
            self._rest_until_s = None
            self.phase = self.lead_in.find_phase(self.session, self._tally.current, time_s)
            self._watch_progress()
        elif self.turn is not None and self.turn.is_done:
            self._patience.idle_s = 0.0
            if stay is not None and self.turn.unit != "reps":
                is_last = not any(turn.is_open for turn in self.turns)
                if is_last and self.phase is Phase.RELAX and time_s - self._phase_since_s >= STAY_S:
                    self._go_on(rests=False)
                    return
                self.phase = Phase.RELAX
            else:
                self._go_on(rests=True)
        elif self._rest_until_s is not None and time_s < self._rest_until_s:
            if self._is_back_too_early():
                self.phase, self._rest_until_s = Phase.RELAX, None
        elif self._is_back_too_early():
            self.phase = Phase.RELAX
            self._watch_progress()
        elif self.phase is Phase.RELAX and mine is not None and stay is None:
            self._begin_rest(mine, time_s)
        else:
            self._rest_until_s = None
            self._get_ready(time_s)
            self._watch_progress()

    def _is_back_too_early(self) -> bool:
        """Whether the set goes on that is done, where another one of its side is to begin."""
        mine = self._tally.turn
        if self.session.stay is None or mine is None:
            return False
        return self.turn is None or mine.side == self.turn.side

    def _get_ready(self, time_s: float) -> None:
        """Before a turn: set-up, or all is ready for it, be it for the other side."""
        stay, exercise = self.session.stay, self.session.exercise
        if exercise.count.kind == "reps" and stay is not None:
            self.phase = Phase.WORK
            return
        is_other = self._other is not None and self._other.entered_s is not None
        self._is_wrong_side = exercise.sides != "none" and (stay is not None or is_other)
        if self._is_wrong_side:
            self.phase = Phase.READY
        elif self.phase is Phase.SETUP:
            self.phase = Phase.READY if self._setup.is_well(time_s) else Phase.SETUP
        else:
            self.phase = Phase.SETUP if self._setup.problem else Phase.READY

    def _go_on(self, *, rests: bool) -> None:
        """To the next turn, and its exercise if that is another one; or to the end."""
        last = self._last_turn = self.turn
        self._place = next((turn.place for turn in self.turns if turn.is_open), None)
        self._patience.best = self.turn.done if self.turn else 0.0
        self._rest_until_s = None
        if self.turn is None:
            self._end()
            return
        changes = self.turn.exercise is not self.session.exercise
        if changes:
            self._take(self.session.finish())
            if self.session.neutral is not None:
                self._neutrals.append(self.session.neutral)
            self._start(self.turn.exercise)
        self.phase = Phase.READY
        if last is not None and (rests or changes):
            self._begin_rest(last, self.time_s)

    def _end(self) -> None:
        self._take(self.session.finish())
        self.phase, self._place = Phase.DONE, None

    def _begin_rest(self, last: Turn, time_s: float) -> None:
        self.phase, self._patience.idle_s = Phase.REST, 0.0
        self._rest_until_s = time_s + find_rest_s(last, self.turn)

    def _watch_progress(self) -> None:
        """Pass over a turn in which nothing has been gained for long."""
        is_led_in = self.phase in (Phase.NEUTRAL, Phase.COUNTDOWN)
        self._patience.note(self.turn.done if self.turn else 0.0, is_busy=is_led_in)
        if self._patience.is_over and self.turn is not None:
            self._pass_over()

    def _pass_over(self) -> None:
        self._patience.idle_s = 0.0
        if self.phase is Phase.REST and self._rest_until_s is not None:
            self._rest_until_s = self.time_s
        elif self.turn is not None:
            self._tally.skip(self.turn)
            self._go_on(rests=False)
