"""What was measured in a clip is judged by a given exercise, or by the one that is recognised.

``auto`` follows the position that was held longest. Exercises that share a position are told apart
set by set, by the marks that it shows. It would rather say nothing than guess.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from formcheck.exercises.schema import Exercise
from formcheck.judging.moment import Moment, take_moment
from formcheck.judging.neutral import KnownNeutral, PelvisWatch
from formcheck.judging.position import is_ever_in_position, is_in_position
from formcheck.judging.session import Measured, Session
from formcheck.judging.set import Set
from formcheck.measure.body import Body
from formcheck.measure.registry import Measurements, measure_numbers
from formcheck.pose.landmarks import SIDES, Side
from formcheck.result.models import SetResult
from formcheck.result.score import score_set, score_still

MARKED: Final = 0.2
"""A set is of the exercise whose marks it shows in more than this share of its frames. On two draws
of rendered clips (docs/accuracy.md) sets with the fault of the very measure that marks them show it
in 0.33 of their frames or more, others in 0.06 at most."""
MIN_DETECTED_S: Final = 3.0
"""To ``auto`` a shorter time in position is not an exercise: people pass through."""


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """One set as it was played."""

    played: Set
    number: int
    """Its place among the sets of its session, from 1."""
    moments: Sequence[Moment]
    """What its session knew after each frame of the clip."""
    all_sets: Sequence[Set]
    """Those of its session, in order, counted in the result or not."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was done, in order."""

    exercises: tuple[Exercise, ...]
    """The given exercise, or those that were detected."""
    sets: tuple[SetResult, ...]
    other_side: str | None = None
    """Id of the exercise, where it was done only on the other side than the one asked for."""
    neutral: KnownNeutral | None = None
    """The neutral that the tilt was taken from; None if no set had one."""
    courses: tuple[Course, ...] = ()
    """Each of ``sets`` as its session saw it; empty of a single picture."""
    idle: Sequence[Moment] = ()
    """Where there are no sets: what the session of the given exercise knew after each frame."""
    n_quick: Mapping[str, int] = field(default_factory=dict)
    """By exercise, the number of movements that were too quick to be repetitions."""

    @property
    def played(self) -> tuple[Set, ...]:
        """What the session kept of each of ``sets``, frame by frame; empty of a single picture."""
        return tuple(course.played for course in self.courses)


def find_shown(body: Body, exercises: Sequence[Exercise]) -> list[Exercise]:
    """The exercises whose position is seen in any frame, on either side."""
    names = dict.fromkeys(band.measure for exercise in exercises for band in exercise.position)
    sides = [measure_numbers(body, side, names) for side in SIDES]
    return [e for e in exercises if any(is_ever_in_position(e, numbers) for numbers in sides)]


@dataclass(frozen=True, slots=True, eq=False)
class _ScoredSet:
    result: SetResult
    neutral: KnownNeutral | None
    course: Course | None = None
    """None of a single picture."""


@dataclass(frozen=True, slots=True, eq=False)
class ClipJudge:
    """Judges what was measured of a clip or a picture."""

    measured: Measured
    """Every frame, for both sides."""
    side: Side | None
    """The stretched side; None finds it."""
    is_still: bool
    """Whether it is a single picture, judged without a clock."""
    neutral: KnownNeutral | None = None
    """The person's own; None assumes one."""

    def judge(self, exercise: Exercise) -> Found:
        """Judge one exercise."""
        sets, moments = self._play(exercise)
        other = None
        if not sets and self.side is not None and exercise.sides != "none":
            any_side, _ = replace(self, side=None)._play(exercise)
            other = exercise.id if any_side else None
        return replace(_conclude((exercise,), sets, other), idle=() if sets else moments)

    def judge_auto(self, exercises: Sequence[Exercise]) -> Found:
        """Find out which of some exercises was done, a set at a time, and judge it.

        Args:
            exercises: the catalogue, or those of it that `find_shown` finds.
        """
        families = [
            self._find_family_sets([e for e in exercises if e.family == family])
            for family in dict.fromkeys(exercise.family for exercise in exercises)
        ]
        families.sort(key=lambda sets: -sum(s.result.position_s for s in sets))
        chosen: list[_ScoredSet] = []
        for sets in families:
            seen_s = sum(s.result.position_s for s in sets)
            if self.is_still and not chosen:
                chosen = sets
            elif seen_s >= MIN_DETECTED_S:
                chosen += [s for s in sets if not chosen or _is_apart(s, chosen)]
        chosen.sort(key=lambda s: s.result.start_s)
        by_id = {exercise.id: exercise for exercise in exercises}
        found = dict.fromkeys(s.result.exercise for s in chosen)
        other = None
        if not chosen and self.side is not None:
            sets_there = replace(self, side=None).judge_auto(exercises).sets
            longest = max(sets_there, key=lambda s: s.position_s, default=None)
            other = None if longest is None else longest.exercise
        return _conclude(tuple(by_id[name] for name in found), chosen, other)

    def _find_family_sets(self, members: Sequence[Exercise]) -> list[_ScoredSet]:
        """The sets in a position that exercises share, each judged as the one it is told to be."""
        lead = next((one for one in members if one.count.kind != "reps"), members[0])
        found, _ = self._play(lead)
        told = [(done.result, self._tell_apart(members, done)) for done in found]
        chosen: list[_ScoredSet] = []
        for i, member in enumerate(members):
            mine = [result for result, which in told if which == i]
            if mine:
                own = found if member is lead else self._play(member)[0]
                chosen += [s for s in own if any(_overlap(s.result, result) for result in mine)]
        return chosen

    def _play(self, exercise: Exercise) -> tuple[list[_ScoredSet], Sequence[Moment]]:
        """Play a session over a clip: its sets, and what it knew after each frame."""
        if self.is_still:
            return self._judge_still(exercise), ()
        session = Session(exercise, self.side, self.neutral)
        moments: list[Moment] = []
        for left, right in zip(self.measured["left"], self.measured["right"], strict=True):
            session.push({"left": left, "right": right})
            moment = take_moment(session)
            is_same = bool(moments) and not moment.in_position and moment == moments[-1]
            moments.append(moments[-1] if is_same else moment)
        session.finish()
        courses = [Course(one, n, moments, session.sets) for n, one in enumerate(session.sets, 1)]
        if exercise.count.kind == "reps":  # the position alone is no exercise
            courses = [course for course in courses if course.played.reps]
        scored = [_ScoredSet(score_set(one.played), session.neutral, one) for one in courses]
        return scored, moments

    def _judge_still(self, exercise: Exercise) -> list[_ScoredSet]:
        if exercise.count.kind == "reps":
            return []  # a photo cannot show a repetition
        is_sided = exercise.sides != "none"
        candidates = (self.side,) if self.side and is_sided else SIDES if is_sided else SIDES[:1]
        for candidate in candidates:
            for seen in self.measured[candidate][:1]:
                if is_in_position(exercise, seen):
                    frame = PelvisWatch(self.neutral).complete(seen)
                    result = score_still(exercise, candidate if is_sided else None, frame)
                    return [_ScoredSet(result, self.neutral)]
        return []

    def _tell_apart(self, members: Sequence[Exercise], done: _ScoredSet) -> int | None:
        """The number of the exercise that a set was: the first in rank whose marks it shows.

        Otherwise that of the one without marks; None where each has some.
        """
        frames: Sequence[Measurements] = self.measured[done.result.side or "left"]
        if done.course is not None:
            stays = done.course.played.stays
            frames = [m for m in frames if any(s.start_s <= m.time_s <= s.end_s for s in stays)]
        ranked = sorted(
            ((m.auto.rank, i, m.auto.bands) for i, m in enumerate(members) if m.auto),
            key=lambda row: row[:2],
        )
        for _, i, bands in ranked:
            n_marked = sum(all(b.contains(m.values[b.measure]) for b in bands) for m in frames)
            if n_marked > MARKED * len(frames):
                return i
        return next((i for i, member in enumerate(members) if member.auto is None), None)


def _conclude(
    exercises: tuple[Exercise, ...], sets: Sequence[_ScoredSet], other_side: str | None
) -> Found:
    played = {done.result.exercise: done.course.all_sets for done in sets if done.course}
    return Found(
        exercises,
        tuple(done.result for done in sets),
        other_side,
        next((done.neutral for done in sets if done.neutral), None),
        tuple(done.course for done in sets if done.course),
        n_quick={name: _count_quick(name, mine, sets) for name, mine in played.items()},
    )


def _count_quick(exercise: str, sets: Sequence[Set], chosen: Sequence[_ScoredSet]) -> int:
    """Movements too quick to count, also in sets without a repetition, but in no other exercise."""
    others = [done.result for done in chosen if done.result.exercise != exercise]
    return sum(one.n_quick for one in sets if not any(_overlap(one, other) for other in others))


def _overlap(a: Set | SetResult, b: SetResult) -> bool:
    return a.start_s <= b.end_s and b.start_s <= a.end_s


def _is_apart(done: _ScoredSet, chosen: Sequence[_ScoredSet]) -> bool:
    result = done.result
    return result.position_s >= MIN_DETECTED_S and all(
        result.end_s <= other.result.start_s or result.start_s >= other.result.end_s
        for other in chosen
    )
