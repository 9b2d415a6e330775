"""What was done counts for which turn: sets and repetitions go to the first open one of their side.

A person may take the sides in another order than asked, or leave a set and come back to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from formcheck.coach.turns import Turn
from formcheck.exercises.schema import Assessment, Exercise
from formcheck.judging.reps import Rep
from formcheck.judging.session import Ended, Session
from formcheck.judging.set import Set
from formcheck.judging.stay import Stay
from formcheck.pose.landmarks import Side
from formcheck.result.models import SetResult
from formcheck.result.score import score_set


@dataclass(slots=True, eq=False)
class Current:
    """The set under way, the turn it counts for, and what was there before it."""

    set: Set
    place: int | None
    """Of that turn; None for one more than asked; repetitions find a turn each for themselves."""
    carried: tuple[float, float]
    """What the turn had, and had confirmed, when the set began."""
    is_led_in: bool = False
    """Whether the person was told to hold: the countdown is over."""
    is_neutral_asked: bool = False
    """Whether the person was asked for their neutral."""
    asked_s: float | None = None
    """When they were asked for what is waited for now; None before."""
    countdown_from_s: float | None = None
    """When the countdown began; None before."""

    def lead_in_anew(self) -> None:
        """The person is asked for their neutral again, and told again when to hold."""
        self.asked_s = self.countdown_from_s = None
        self.is_led_in = self.is_neutral_asked = False

    def excuse(self, gap_s: float) -> None:
        """Nobody was looking for so long."""
        if self.asked_s is not None:
            self.asked_s += gap_s
        if self.countdown_from_s is not None:
            self.countdown_from_s += gap_s


class Tally:
    """Keeps the sets of a session and what they brought each turn.

    Args:
        turns: what is to be done, from the first to the last.
        watch: told of each finished stay before its frames are released.
    """

    def __init__(self, turns: Sequence[Turn], watch: Callable[[Stay], None] | None = None) -> None:
        self.turns = list(turns)
        """As they are now."""
        self._watch = watch
        self.current: Current | None = None
        """The set under way; None between sets."""
        self._finished: list[SetResult] = []
        self._n_quick: Counter[str] = Counter()

    @property
    def results(self) -> list[SetResult]:
        """Every set so far, the one under way included."""
        current = self.current
        if current is None or not _is_exercise(current.set):
            return list(self._finished)
        return [*self._finished, score_set(current.set)]

    @property
    def n_quick(self) -> Mapping[str, int]:
        """Exercise to its movements so far that were too quick to be repetitions."""
        current = self.current.set if self.current else None
        return self._n_quick + Counter({current.exercise.id: current.n_quick} if current else {})

    @property
    def turn(self) -> Turn | None:
        """The turn that the set under way counts for; None if it counts for none."""
        if self.current is None or self.current.place is None:
            return None
        return self.turns[self.current.place]

    def skip(self, turn: Turn) -> None:
        """Pass over a turn."""
        self._change(turn, skipped=True)

    def lead_in_anew(self) -> None:
        """The set under way is led into once more."""
        if self.current is not None:
            self.current.lead_in_anew()

    def take(self, session: Session, ended: Sequence[Ended]) -> Turn | None:
        """Keep what ended with a frame.

        Args:
            session: after it.
            ended: in order.

        Returns:
            The turn that the last repetition counted for; None without one.
        """
        latest = session.current_set
        self._release(session.stay)
        if self.current is not None and self.current.set is not latest:
            self._finish(self.current.set)
        if self.current is None and latest is not None and session.is_set_open:
            self._open(latest)
        counted = None
        for one in ended:
            if isinstance(one, Rep):
                counted = self._count_rep(session.exercise, one) or counted
        if self.current is not None and not session.is_set_open:
            self._finish(self.current.set)
        return counted

    def count(self) -> None:
        """What the set under way has held is the turn's: one total for the clock and the Result."""
        current, turn = self.current, self.turn
        if current is None or turn is None:
            return
        parts = zip(current.carried, current.set.add_up(), strict=True)
        # Of an assessment one stretch counts, not the sum of some.
        add = max if isinstance(current.set.exercise.count, Assessment) else sum
        done, confirmed = (float(add(part)) for part in parts)
        if (done, confirmed) != (turn.done, turn.confirmed):
            self._change(turn, done=done, confirmed=confirmed)

    def _find_open(self, exercise: Exercise, side: Side | None) -> Turn | None:
        """The first open turn of an exercise on that side."""
        mine = (turn for turn in self.turns if turn.exercise is exercise and turn.is_open)
        return next((turn for turn in mine if turn.side == side), None)

    def _open(self, latest: Set) -> None:
        is_reps = latest.exercise.count.kind == "reps"
        turn = None if is_reps else self._find_open(latest.exercise, latest.side)
        if turn is None:
            self.current = Current(latest, None, (0.0, 0.0))
        else:
            self.current = Current(latest, turn.place, (turn.done, turn.confirmed))
            self._change(turn, sets=(*turn.sets, len(self._finished)))

    def _change(self, turn: Turn, **changes: Any) -> Turn:
        self.turns[turn.place] = changed = replace(turn, **changes)
        return changed

    def _release(self, present: Stay | None) -> None:
        """Release the frames of the stays that are over."""
        for stay in self.current.set.stays if self.current else ():
            if stay is not present and not stay.is_released:
                if self._watch is not None:
                    self._watch(stay)
                stay.release()

    def _finish(self, done: Set) -> None:
        self._n_quick = Counter(self.n_quick)
        if _is_exercise(done):
            self._finished.append(score_set(done))
        self.current = None

    def _count_rep(self, exercise: Exercise, rep: Rep) -> Turn | None:
        turn = self._find_open(exercise, rep.side)
        if turn is None:
            return None
        if len(self._finished) not in turn.sets:
            turn = self._change(turn, sets=(*turn.sets, len(self._finished)))
        if rep.good:
            confirmed = turn.confirmed + rep.confirmed
            turn = self._change(turn, done=turn.done + 1, confirmed=confirmed)
        return turn


def _is_exercise(done: Set) -> bool:
    """False for a position without a repetition, where those are what counts."""
    return done.exercise.count.kind != "reps" or bool(done.reps)
