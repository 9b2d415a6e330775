"""A clip's poses are judged, without its video."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import ExerciseError
from formcheck.exercises.load import find_exercise
from formcheck.exercises.schema import Exercise
from formcheck.judging.moment import Moment
from formcheck.judging.neutral import KnownNeutral
from formcheck.judging.session import measure_sides
from formcheck.judging.timeline import Timeline, build_timeline
from formcheck.measure.body import Body, track_body
from formcheck.measure.view import is_whole_body_in_frame
from formcheck.pose.landmarks import Side
from formcheck.pose.track import PoseTrack
from formcheck.result.build import Origin, SeenBody, conclude, find_sway
from formcheck.result.detect import ClipJudge, Found, find_shown
from formcheck.result.models import Note, Result
from formcheck.result.not_seen import NotSeen, explain_not_seen

AUTO: Final = "auto"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a session knew after one frame of a clip whose Result is known."""

    moment: Moment
    """From the session of the set there; failing that of the next one, or of the last."""
    set_number: int
    """Number of the Result's set there, from 1; 0 between sets."""
    is_entered: bool
    """Whether the session had entered that set by then; between sets, whether the person was in
    position all the same, as in a set too short to count."""


Tell = Callable[[Shown], str]
"""Words what a person was told."""


@dataclass(frozen=True, eq=False)
class Judgement:
    """The outcome for a clip, and what the session that judged it saw."""

    result: Result
    """The verdict."""
    track: PoseTrack
    """The clip's poses."""
    body: Body
    """Every analysed frame."""
    found: Found
    """The sets of the result as they were played."""
    exercises: Mapping[str, Exercise]
    """The catalogue that was judged by, by id."""
    side: Side | None = None
    """The side that was asked for."""
    asked: tuple[Exercise, ...] = ()
    """The exercises that were looked for: where none was done, the timeline has their measures."""
    tell: Tell | None = None
    """Words the timeline's cues; None leaves them out."""

    @cached_property
    def timeline(self) -> Timeline:
        """The clip frame by frame."""
        if self.tell is None:
            return self._bare_timeline
        told = map(self.shown_at, range(len(self._bare_timeline)))
        cues = tuple(None if shown is None else self.tell(shown) for shown in told)
        return replace(self._bare_timeline, cue=cues)

    @cached_property
    def _bare_timeline(self) -> Timeline:
        shown = self.found.exercises or self.asked
        measured = measure_sides(self.body, shown)
        return build_timeline(measured, self.found.played, shown, side=self.side)

    def shown_at(self, row: int) -> Shown | None:
        """What there was to show after the frame in a row of the timeline.

        None where no session saw the clip: no exercise was recognised, or it is a picture.
        """
        number = int(self._bare_timeline.set_number[row])
        if not self.found.courses:
            moments = self.found.idle
            return Shown(moments[row], 0, moments[row].in_position) if moments else None
        course = self.found.courses[self._next_set[row] - 1]
        moment = course.moments[row]
        is_entered = moment.n_sets >= course.number if number else moment.in_position
        return Shown(moment, number, is_entered)

    @cached_property
    def _next_set(self) -> NDArray[np.intp]:
        """(N,) number of the set at each row; failing that of the next one, or of the last."""
        numbers = self._bare_timeline.set_number
        inside = np.flatnonzero(numbers)
        after = np.searchsorted(inside, np.arange(len(numbers)))
        following = np.append(numbers[inside], len(self.found.courses))
        return np.asarray(following[after], dtype=np.intp)

    def with_result(self, **changed: object) -> Judgement:
        """The same with fields of the result changed."""
        return replace(self, result=self.result.model_copy(update=changed))

    def with_notes(self, notes: Iterable[Note]) -> Judgement:
        """The same with more warnings."""
        return self.with_result(warnings=(*self.result.warnings, *notes))


def judge_poses(
    track: PoseTrack,
    exercises: Mapping[str, Exercise],
    *,
    exercise: str = AUTO,
    side: Side | None = None,
    person: str | None = None,
    neutral: KnownNeutral | None = None,
    tell: Tell | None = None,
) -> Judgement:
    """Judge a clip by its poses.

    Args:
        track: the clip's poses.
        exercises: the catalogue by id.
        exercise: an id of it, or ``auto`` to find out which was done.
        side: the stretched side; None finds it.
        person: the person the result belongs to.
        neutral: the person's own neutral pelvis; None assumes one.
        tell: words the cues of the timeline; None leaves them out.

    Raises:
        ExerciseError: ``exercises`` has no such id, or it is a question, which no camera sees.
    """
    body = track_body(track)
    visible = [one for one in exercises.values() if one.is_seen]
    is_given = exercise != AUTO
    asked = [find_exercise(exercise, exercises)] if is_given else visible
    if is_given and not asked[0].is_seen:
        raise ExerciseError(f"exercise '{exercise}'", "is asked, not seen", "no clip shows it")
    if is_given:
        measured = measure_sides(body, asked)
        found = ClipJudge(measured, side, track.is_still, neutral).judge(asked[0])
    else:
        found = _detect(track, body, asked, side, neutral)
    not_seen = None
    if not found.sets:
        others = [one for one in visible if one.id != exercise] if is_given else None
        not_seen = _tell_not_seen(track, body, asked, others, side)
    origin = Origin(
        name=track.clip,
        model=track.model,
        person=person,
        duration_s=track.duration_s,
        n_frames=track.n_frames,
        exercise_source="given" if is_given else "detected" if found.exercises else "none",
        side=side,
        is_still=track.is_still,
        not_seen=not_seen,
    )
    seen = SeenBody(
        body.time_s, body.yaw_deg, body.facing, is_whole_body_in_frame(body.unseen),
        track.n_people, body.roll_deg, find_sway(body),
    )  # fmt: skip
    result = conclude(origin, seen, found)
    return Judgement(result, track, body, found, exercises, side, tuple(asked), tell)


def _tell_not_seen(
    track: PoseTrack,
    body: Body,
    asked: list[Exercise],
    others: list[Exercise] | None,
    side: Side | None,
) -> NotSeen | None:
    """Why nothing was seen of what was asked for, and which of the others was seen instead.

    ``others`` is None if none was asked for, as all were tried.
    """
    is_given = others is not None
    not_seen = explain_not_seen(body, asked, side, is_still=track.is_still, is_given=is_given)
    if not_seen is None or others is None:
        return not_seen
    there = _detect(track, body, others, None, None).sets
    if not there:
        return not_seen
    instead = max(there, key=lambda one: one.position_s).exercise
    nearest = not_seen.nearest.model_copy(update={"instead": instead})
    return NotSeen(nearest, f"{not_seen.text} It looks like {instead}.")


def _detect(
    track: PoseTrack,
    body: Body,
    asked: list[Exercise],
    side: Side | None,
    neutral: KnownNeutral | None,
) -> Found:
    """Find out which of some exercises was done, and judge it."""
    shown = find_shown(body, asked) if len(asked) > 1 else asked
    judge = ClipJudge(measure_sides(body, shown), side, track.is_still, neutral)
    return judge.judge_auto(shown)
