"""What a session knows at one moment, frozen: what is shown, said and kept is read from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from formcheck.exercises.schema import Exercise
from formcheck.judging.neutral import KnownNeutral
from formcheck.judging.reps import Rep
from formcheck.judging.rules import Verdict
from formcheck.judging.session import Session
from formcheck.judging.set import Set
from formcheck.judging.stay import Stay
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.pose.landmarks import Side
from formcheck.pose.track import Floats

Clock = Literal["out", "entering", "settling", "running", "paused", "ready", "moving"]
"""out of position; in it for less than a second; in it but not yet well; counting; stopped by a
failing or unseen rule; between repetitions; in one."""


@dataclass(frozen=True, slots=True)
class RuleMoment:
    """One rule in position."""

    verdict: Verdict
    worst: float | None
    """Of the fault that is open, the value farthest outside the band so far; None without one."""
    unseen_s: float
    """For how long there has been no value; 0 while there is one."""
    unclear_s: float
    """For how long the value has been neither well nor failing; 0 while it is not."""


@dataclass(frozen=True, slots=True, eq=False)
class PelvisMoment:
    """What is known of the pelvis."""

    profile: Floats | None
    """(K,) the back as it was last seen, at ``LEVELS``; None before that."""
    known: KnownNeutral | None
    """The neutral; None until there is one."""
    is_searching: bool
    """While the neutral is being looked for."""
    hidden: ReasonCode | None
    """What keeps the tilt from being told; None where nothing does that a person could change."""
    hidden_s: float
    """For how long."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A session after one frame."""

    exercise: Exercise
    clock: Clock
    n_sets: int
    """Sets so far, the one under way included."""
    side: Side | None
    """The stretched side of the last of them; None where there is none."""
    done: float
    """Seconds held well, or good repetitions, in that set so far."""
    confirmed: float
    """The part of it in which every required rule was seen to be met."""
    hidden: Mapping[Side, Reason]
    """With which leg as the stretched one the position cannot be seen, and why."""
    is_unsteady: bool
    """A position is not entered for the moving of the hips alone."""
    is_resuming: bool = False
    """Just after a gap between frames: whether the position is still kept is not seen yet."""
    leg: Side | None = None
    """The leg taken as the stretched one; None out of position, and so are all that follow."""
    is_settled: bool = False
    """In position, and judged."""
    is_read_off: bool = False
    """An assessment, in which nothing is held."""
    rules: tuple[RuleMoment, ...] = ()
    """In the order of the exercise's, those that are judged by the repetition left out."""
    is_in_rep: bool = False
    """A repetition may be under way."""
    rep: Rep | None = None
    """The last one of this stay."""
    pelvis: PelvisMoment | None = None

    @property
    def in_position(self) -> bool:
        """Whether the position is entered, and not left."""
        return self.leg is not None

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Of all rules; what is judged by the repetition is the last one's until another begins."""
        always = tuple(one.verdict for one in self.rules)
        return always if self.rep is None or self.is_in_rep else always + self.rep.verdicts


def take_moment(session: Session) -> Moment:
    """What a session knows after its latest frame."""
    exercise, stay, current = session.exercise, session.stay, session.current_set
    n_sets, side = len(session.sets), current.side if current else None
    done, confirmed = _count(current) if current else (0.0, 0.0)
    hidden = dict(session.hidden)
    if stay is None:
        is_resuming = session.is_resuming
        clock: Clock = "entering" if session.is_entering or is_resuming else "out"
        return Moment(
            exercise, clock, n_sets, side, done, confirmed, hidden, session.is_unsteady, is_resuming
        )  # fmt: skip
    now_s, pelvis = stay.end_s, session.pelvis
    return Moment(
        exercise, _read_clock(stay), n_sets, side, done, confirmed, hidden,
        is_unsteady=False,
        leg=stay.side,
        is_settled=stay.settled_s is not None,
        is_read_off=stay.steady_watch is not None,
        rules=tuple([
            RuleMoment(
                verdict,
                None if watch.open_fault is None else watch.open_fault.worst,
                _count_s(watch.unseen_since_s, now_s),
                _count_s(watch.unclear_since_s, now_s),
            )
            for watch, verdict in zip(stay.watches, stay.verdicts, strict=True)
        ]),
        is_in_rep=stay.is_in_rep,
        rep=stay.reps[-1] if stay.reps else None,
        pelvis=None if pelvis is None else PelvisMoment(
            None if pelvis.latest is None else pelvis.latest.profile,
            pelvis.known,
            pelvis.is_searching,
            pelvis.hidden,
            _count_s(pelvis.hidden_since_s, now_s),
        ),
    )  # fmt: skip


def _read_clock(stay: Stay) -> Clock:
    if stay.rep_watch is not None:
        return "moving" if stay.is_in_rep else "ready"
    if stay.steady_watch is not None:
        return "running" if stay.steady_watch.is_steady else "settling"
    if stay.settled_s is None:
        return "settling"
    return "running" if stay.clock.start_s is not None and stay.clock.paused_s is None else "paused"


def _count(current: Set) -> tuple[float, float]:
    """What is done in a set, and what of it is confirmed, in seconds or repetitions."""
    if current.exercise.count.kind == "reps":
        return current.n_good_reps, current.n_confirmed_reps
    return current.add_up()


def _count_s(since_s: float | None, now_s: float) -> float:
    return 0.0 if since_s is None else now_s - since_s
