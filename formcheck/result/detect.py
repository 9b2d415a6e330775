"""A whole body of measurements judged: one exercise given, or the one that is seen.

``auto`` follows the position held longest. Exercises that share a position are told apart a set at
a time, by majority of time. It prefers saying nothing to guessing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from formcheck.exercises.schema import Exercise
from formcheck.judging.moment import Moment, take_moment
from formcheck.judging.neutral import KnownNeutral, PelvisWatch
from formcheck.judging.position import is_ever_in_position, is_in_position
from formcheck.judging.session import Session
from formcheck.judging.set import Set
from formcheck.judging.sides import Measured
from formcheck.measure.body import Body
from formcheck.measure.registry import measure_numbers
from formcheck.pose.landmarks import SIDES, Side
from formcheck.result.models import SetResult
from formcheck.result.score import score_set, score_still

MIN_DETECTED_S: Final = 3.0
"""A shorter time in position is not taken for an exercise by ``auto``: people pass through."""


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
    """Id of what was done on the other side only than the one that was given."""
    neutral: KnownNeutral | None = None
    """The neutral that the tilt was taken from; None if no set had one."""
    courses: tuple[Course, ...] = ()
    """Each of ``sets`` as its session saw it; empty of a single picture."""
    idle: Sequence[Moment] = ()
    """Where there are no sets: what the session of the given exercise knew after each frame."""
    n_quick: Mapping[str, int] = field(default_factory=dict)
    """Exercise to its movements that were too quick to be repetitions."""

    @property
    def played(self) -> tuple[Set, ...]:
        """What the session kept of each of ``sets``, frame by frame; empty of a single picture."""
        return tuple(course.played for course in self.courses)


def find_shown(body: Body, exercises: Sequence[Exercise]) -> list[Exercise]:
    """Those whose position is seen in any frame, on either side: few of a catalogue."""
    names = dict.fromkeys(band.measure for exercise in exercises for band in exercise.position)
    sides = [measure_numbers(body, side, names) for side in SIDES]
    return [e for e in exercises if any(is_ever_in_position(e, numbers) for numbers in sides)]


def judge(
    measured: Measured,
    exercise: Exercise,
    side: Side | None,
    *,
    is_still: bool,
    neutral: KnownNeutral | None = None,
) -> Found:
    """Judge one exercise.

    Args:
        measured: every frame, for both sides.
        exercise: what the person was to do.
        side: the stretched side; None finds it.
        is_still: a single picture, judged without a clock.
        neutral: the person's own; None assumes one.
    """
    sets, moments = _play(measured, exercise, side, is_still, neutral)
    other = None
    if not sets and side is not None and exercise.sides != "none":
        any_side, _ = _play(measured, exercise, None, is_still, neutral)
        other = exercise.id if any_side else None
    return replace(_conclude((exercise,), sets, other), idle=() if sets else moments)


def judge_auto(
    measured: Measured,
    exercises: Sequence[Exercise],
    side: Side | None,
    *,
    is_still: bool,
    neutral: KnownNeutral | None = None,
) -> Found:
    """Find out which of the exercises was done, a set at a time, and judge it.

    Args:
        measured: every frame, for both sides.
        exercises: the catalogue, or those of it that `find_shown` finds.
        side: the stretched side; None finds it.
        is_still: a single picture, judged without a clock.
        neutral: the person's own; None assumes one.
    """
    families: list[list[_ScoredSet]] = []
    for family in dict.fromkeys(exercise.family for exercise in exercises):
        members = [e for e in exercises if e.family == family]
        families.append(_find_family_sets(measured, members, side, is_still, neutral))
    families.sort(key=lambda sets: -sum(s.result.position_s for s in sets))
    chosen: list[_ScoredSet] = []
    for sets in families:
        seen_s = sum(s.result.position_s for s in sets)
        if is_still and not chosen:
            chosen = sets
        elif seen_s >= MIN_DETECTED_S:
            chosen += [s for s in sets if not chosen or _is_apart(s, chosen)]
    chosen.sort(key=lambda s: s.result.start_s)
    found = dict.fromkeys(s.result.exercise for s in chosen)
    by_id = {exercise.id: exercise for exercise in exercises}
    other = None
    if not chosen and side is not None:
        any_side = judge_auto(measured, exercises, None, is_still=is_still, neutral=neutral)
        other = max(any_side.sets, key=lambda s: s.position_s).exercise if any_side.sets else None
    return _conclude(tuple(by_id[i] for i in found), chosen, other)


@dataclass(frozen=True, slots=True)
class _ScoredSet:
    """A set's result and the frames it was in position."""

    result: SetResult
    stays: tuple[tuple[float, float], ...]
    neutral: KnownNeutral | None
    course: Course | None = None
    """None of a single picture."""


def _conclude(
    exercises: tuple[Exercise, ...], sets: Sequence[_ScoredSet], other_side: str | None = None
) -> Found:
    neutral = next((done.neutral for done in sets if done.neutral), None)
    played = {done.result.exercise: done.course.all_sets for done in sets if done.course}
    return Found(
        exercises,
        tuple(done.result for done in sets),
        other_side,
        neutral,
        tuple(done.course for done in sets if done.course),
        n_quick={name: _count_quick(name, mine, sets) for name, mine in played.items()},
    )


def _count_quick(exercise: str, sets: Sequence[Set], chosen: Sequence[_ScoredSet]) -> int:
    """Movements too quick to count, in sets without a repetition as well.

    Where another exercise was done they are none.
    """
    others = [done.result for done in chosen if done.result.exercise != exercise]
    return sum(one.n_quick for one in sets if not any(_overlap(one, other) for other in others))


def _find_family_sets(
    measured: Measured,
    members: Sequence[Exercise],
    side: Side | None,
    is_still: bool,
    neutral: KnownNeutral | None,
) -> list[_ScoredSet]:
    """The sets in a position that exercises share, each judged as the one it is told to be."""
    lead = next((one for one in members if one.count.kind != "reps"), members[0])
    found, _ = _play(measured, lead, side, is_still, neutral)
    told = [(done.result, _tell_apart(members, measured, done)) for done in found]
    chosen: list[_ScoredSet] = []
    for i, member in enumerate(members):
        mine = [result for result, which in told if which == i]
        if not mine:
            continue
        own = found
        if member is not lead:
            own, _ = _play(measured, member, side, is_still, neutral)
        chosen += [s for s in own if any(_overlap(s.result, result) for result in mine)]
    return chosen


def _overlap(a: Set | SetResult, b: SetResult) -> bool:
    return a.start_s <= b.end_s and b.start_s <= a.end_s


def _play(
    measured: Measured,
    exercise: Exercise,
    side: Side | None,
    is_still: bool,
    neutral: KnownNeutral | None,
) -> tuple[list[_ScoredSet], Sequence[Moment]]:
    """Play a session over a clip: its sets, and what it knew after each frame."""
    if is_still:
        return _judge_still(measured, exercise, side, neutral), ()
    session = Session(exercise, side, neutral)
    moments: list[Moment] = []
    for left, right in zip(measured["left"], measured["right"], strict=True):
        session.push({"left": left, "right": right})
        moment = take_moment(session)
        moments.append(moments[-1] if moments and moment == moments[-1] else moment)
    session.finish()
    courses = [
        Course(done, number, moments, session.sets)
        for number, done in enumerate(session.sets, start=1)
    ]
    if exercise.count.kind == "reps":  # the position alone is no exercise
        courses = [course for course in courses if course.played.reps]
    return [_finish(course, session.neutral) for course in courses], moments


def _finish(course: Course, neutral: KnownNeutral | None) -> _ScoredSet:
    stays = tuple((s.start_s, s.end_s) for s in course.played.stays)
    return _ScoredSet(score_set(course.played), stays, neutral, course)


def _judge_still(
    measured: Measured, exercise: Exercise, side: Side | None, neutral: KnownNeutral | None
) -> list[_ScoredSet]:
    if exercise.count.kind == "reps":
        return []  # a single picture shows no repetition
    is_sided = exercise.sides != "none"
    candidates = (side,) if side is not None and is_sided else SIDES if is_sided else SIDES[:1]
    for candidate in candidates:
        for seen in measured[candidate][:1]:
            if is_in_position(exercise, seen):
                frame = PelvisWatch(neutral).complete(seen)
                result = score_still(exercise, candidate if is_sided else None, frame)
                return [_ScoredSet(result, ((frame.time_s, frame.time_s),), neutral)]
    return []


def _tell_apart(members: Sequence[Exercise], measured: Measured, done: _ScoredSet) -> int | None:
    """Which of the exercises in one position a set was: the first in rank that most frames show.

    Else the one that needs no telling; None where each has a mark and none shows it.
    """
    side = done.result.side or "left"
    frames = [
        m for m in measured[side] if any(start <= m.time_s <= end for start, end in done.stays)
    ]
    ranked = sorted(
        ((m.auto.rank, i, m.auto.band) for i, m in enumerate(members) if m.auto),
        key=lambda row: row[:2],
    )
    for _, i, band in ranked:
        if 2 * sum(band.contains(m.values[band.measure]) for m in frames) > len(frames):
            return i
    return next((i for i, member in enumerate(members) if member.auto is None), None)


def _is_apart(done: _ScoredSet, chosen: Sequence[_ScoredSet]) -> bool:
    result = done.result
    return result.position_s >= MIN_DETECTED_S and all(
        result.end_s <= other.result.start_s or result.start_s >= other.result.end_s
        for other in chosen
    )
