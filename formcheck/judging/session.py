"""The whole machine: measurements in, what ended out. No clock of its own, no I/O, no pixels.

Measurements come for both sides, once with each leg taken as the stretched one: a position holds
for one of them at most, and that tells the side.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

from formcheck.exercises.schema import Exercise
from formcheck.judging.neutral import KnownNeutral, PelvisWatch
from formcheck.judging.position import (
    ENTER_AFTER_S,
    LEAVE_AFTER_S,
    PositionWatch,
    find_hidden,
    is_in_position,
)
from formcheck.judging.reps import Rep
from formcheck.judging.rest import RestWatch
from formcheck.judging.set import Set
from formcheck.judging.stay import Stay
from formcheck.measure.body import Body
from formcheck.measure.pelvis import view_backs
from formcheck.measure.reason import Reason
from formcheck.measure.registry import FROM_NEUTRAL, Measurements, measure_body
from formcheck.pose.landmarks import SIDES, Side

MOVING_S: Final = 3.0
"""A repetition may lead out of the position for this long, if it ends in it."""
BREAK_S: Final = 10.0
"""An absence this long ends a set."""
GAP_S: Final = LEAVE_AFTER_S
"""Frames that are farther apart have a gap between them: nobody was looking."""

Ended = Rep | Stay | Set
"""What can end with a frame."""
Measured = Mapping[Side, Sequence[Measurements]]
"""Every frame of a clip, measured with each leg as the stretched one."""


def measure_sides(body: Body, exercises: Sequence[Exercise]) -> Measured:
    """Measure a body for all of the exercises."""
    names = dict.fromkeys(name for exercise in exercises for name in exercise.measures)
    backs = view_backs(body) if FROM_NEUTRAL.intersection(names) else None
    return {side: measure_body(body, side, names, backs) for side in SIDES}


class Session:
    """Judges one exercise over any number of sets, frame by frame."""

    def __init__(
        self,
        exercise: Exercise,
        side: Side | None = None,
        neutral: KnownNeutral | None = None,
        *,
        asks_neutral: bool = False,
    ) -> None:
        """Judge ``exercise``.

        Args:
            exercise: what the person does.
            side: that side only; None takes whichever is seen.
            neutral: the person's own; None assumes one on each side.
            asks_neutral: the person is asked to stay in neutral, which is looked for only from when
                `look_for_neutral` says so; nothing counts as held until it is found.
        """
        self.exercise = exercise
        self.sets: list[Set] = []
        self.stay: Stay | None = None
        """The stay under way; None while out of position."""
        self.hidden: dict[Side, Reason] = {}
        """Of the latest frame: with which leg as the stretched one the position may well be kept
        but cannot be seen, and why."""
        self.is_set_open = False
        """Whether the current set may still go on."""
        asked = SIDES if side is None else (side,)
        is_sided = exercise.sides != "none" and exercise.count.kind != "reps"
        self._rep_sides = asked if exercise.sides != "none" else SIDES[:1]
        self._sides = asked if is_sided else SIDES[:1]
        self._needs_outline = exercise.needs_outline
        self._watches = {s: PositionWatch(exercise) for s in self._sides}
        self._pelvis = {s: PelvisWatch(neutral, asked=asks_neutral) for s in self._sides}
        self._rest = RestWatch(exercise.measures)
        self._recent: deque[Mapping[Side, Measurements]] = deque()
        self._last_s: float | None = None
        self._excused_s = 0.0
        self._before: Stay | None = None
        """The stay that a gap broke off, while it may yet go on."""

    @property
    def current_set(self) -> Set | None:
        """The set under way, or the last one; None before the first."""
        return self.sets[-1] if self.sets else None

    @property
    def pelvis(self) -> PelvisWatch | None:
        """What is known of the pelvis on the current side; None before the first set."""
        return self._pelvis[self.sets[-1].measured_side] if self.sets else None

    @property
    def neutral(self) -> KnownNeutral | None:
        """The neutral of the first side that has one."""
        known = (self._pelvis[done.measured_side].known for done in self.sets)
        return next((neutral for neutral in known if neutral is not None), None)

    @property
    def is_entering(self) -> bool:
        """True while the position is seen but has not been held for long enough to be entered."""
        return self.stay is None and any(watch.inside for watch in self._watches.values())

    @property
    def is_resuming(self) -> bool:
        """True for a moment after a gap between frames, until the position is seen again."""
        return self.stay is None and self._before is not None

    @property
    def is_unsteady(self) -> bool:
        """True while only moving hips keep a position that is to be held from being entered."""
        if self.stay is not None or self.exercise.count.kind == "reps":
            return False
        return any(
            watch.entering_s is not None
            and watch.last_in_s - watch.entering_s >= ENTER_AFTER_S - 1e-6
            for watch in self._watches.values()
        )

    def push(self, measured: Mapping[Side, Measurements]) -> list[Ended]:
        """Take the next frame.

        Args:
            measured: the frame measured with each leg as the stretched one; both at one time,
                later than the frame before.

        Returns:
            The repetitions, stays and sets that ended with it, in order.
        """
        time_s = measured["left"].time_s
        ended = self._bridge_gap(time_s)
        inside = is_in_position(self.exercise, measured[self._sides[0]])
        measured = self._rest.complete(measured, inside=inside)
        self._recent.append(measured)
        while self._recent[0]["left"].time_s < time_s - ENTER_AFTER_S - LEAVE_AFTER_S:
            self._recent.popleft()
        for side in self._sides:
            watch = self._watches[side]
            mine = self.stay if self.stay is not None and self.stay.side == side else None
            moving = mine is not None and mine.is_in_rep
            watch.patience_s = MOVING_S if moving else LEAVE_AFTER_S
            if mine is not None and watch.is_over(time_s):
                ended += self._leave()
            watch.update(measured[side])
            if self.stay is not None and moving and not watch.inside:
                self.stay.follow(measured)
            self.hidden.pop(side, None)
            why = None if watch.inside else find_hidden(self.exercise, measured[side])
            if why is not None:
                self.hidden[side] = why
                if self.stay is mine is not None:
                    mine.miss(time_s)
            if watch.entered_s is None or not watch.inside:
                continue
            if self.stay is None:
                ended += self._enter(side, watch.entered_s)
            elif self.stay.side == side:
                ended += self._advance(self.stay, measured)
        before = self._before
        if before is not None and time_s >= self._watches[before.side].resumes_until_s - 1e-6:
            self._before = None
        if self.stay is None and self.is_set_open and self._is_break(time_s):
            ended += self._complete()
        return ended

    def redo_neutral(self, time_s: float) -> None:
        """Forget the neutral of the current side, and find it again from that time on."""
        if self.pelvis is not None:
            self.pelvis.forget(time_s)

    def forget_neutrals(self, time_s: float) -> None:
        """The camera sees the back otherwise from that time on; a given neutral still holds."""
        for pelvis in self._pelvis.values():
            if pelvis.known is None or pelvis.known.source != "given":
                pelvis.forget(time_s)

    def look_for_neutral(self, time_s: float) -> None:
        """The person was asked to keep still in neutral: look for it from that time on."""
        if self.pelvis is not None:
            self.pelvis.look(time_s)

    def finish(self) -> list[Ended]:
        """Tell it that there are no more frames: the position is left and the set is over."""
        return [*self._leave(), *(self._complete() if self.is_set_open else [])]

    def _is_break(self, time_s: float) -> bool:
        """Whether the last set is over: an entry under way may yet be dated back into it."""
        entering_s = self._watches[self.sets[-1].measured_side].entering_s
        return self._count_absence_s(time_s if entering_s is None else entering_s) >= BREAK_S

    def _count_absence_s(self, time_s: float) -> float:
        """Seconds since the last set was left, without gaps between frames."""
        return time_s - self.sets[-1].end_s - self._excused_s

    def _bridge_gap(self, time_s: float) -> list[Ended]:
        """A gap between frames is not an absence: it ends no set, and nothing is counted for it.

        The stay ends with the last frame before the gap. Whoever is in the same position after it,
        before it would have been left, is in it from that frame on, as settled as before.
        """
        last_s, self._last_s = self._last_s, time_s
        if last_s is None or time_s - last_s < GAP_S:
            return []
        self._excused_s += time_s - last_s
        self._before = self.stay or self._before
        ended = self._leave()
        if self._before is not None:
            self._watches[self._before.side].resume(time_s)
        return ended

    def _enter(self, side: Side, entered_s: float) -> list[Ended]:
        ended: list[Ended] = []
        last = self.current_set
        same = self.is_set_open and last is not None and last.measured_side == side
        if last is None or not same or self._count_absence_s(entered_s) >= BREAK_S:
            if self.is_set_open:
                ended += self._complete()
            last = Set(self.exercise, side)
            self.sets.append(last)
            self.is_set_open = True
        before = self._before if self._before and self._before.side == side else None
        self.stay = Stay(self.exercise, side, entered_s, self._rep_sides, before)
        self._before = None
        if before is None:
            self._pelvis[side].enter(entered_s)
        else:
            self._pelvis[side].carry_on(entered_s - before.end_s)
        last.stays.append(self.stay)
        for measured in self._recent:
            if measured["left"].time_s >= entered_s:
                ended += self._advance(self.stay, measured)
        return ended

    def _advance(self, stay: Stay, measured: Mapping[Side, Measurements]) -> list[Rep]:
        self._excused_s = 0.0
        n_reps = len(stay.reps)
        pelvis = self._pelvis[stay.side]
        own = pelvis.complete(measured[stay.side])
        waits = self._needs_outline and pelvis.known is None
        stay.update({**measured, stay.side: own}, waits=waits, relaxes=pelvis.is_asked)
        for rep in stay.reps[n_reps:]:
            self._rest.forget_since(rep.rise.start_s)
        return stay.reps[n_reps:]

    def _leave(self) -> list[Ended]:
        stay, self.stay = self.stay, None
        if stay is None:
            return []
        self._watches[stay.side].leave()
        stay.finish(was_well=self.sets[-1].was_well)
        return [stay]

    def _complete(self) -> list[Ended]:
        self.is_set_open = False
        self.sets[-1].conclude()
        return [self.sets[-1]]
