"""A clip's poses judged: the whole Result, with no video opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from formcheck.coach.conclude import Origin, Seen, conclude
from formcheck.coach.judge import (
    explain_unseen,
    find_shown,
    judge,
    judge_auto,
    measure_sides,
)
from formcheck.coach.neutral import KnownNeutral
from formcheck.coach.result import Result
from formcheck.errors import ExerciseError
from formcheck.exercises.load import find_exercise
from formcheck.exercises.spec import Exercise
from formcheck.measure.body import track_body
from formcheck.measure.view import is_whole_body_in_frame
from formcheck.pose.landmarks import Side
from formcheck.pose.pose import PoseTrack

AUTO: Final = "auto"


def judge_track(
    track: PoseTrack,
    exercises: Mapping[str, Exercise],
    *,
    exercise: str = AUTO,
    side: Side | None = None,
    person: str | None = None,
    neutral: KnownNeutral | None = None,
) -> Result:
    """Judge a clip by its poses.

    Args:
        track: the clip's poses.
        exercises: the catalogue by id.
        exercise: an id of it, or ``auto`` to find out which was done.
        side: the stretched side; None finds it.
        person: whom to file the result under.
        neutral: the person's own neutral pelvis; None assumes one.

    Raises:
        ExerciseError: ``exercises`` has no such id, or it is nothing that a camera sees.
    """
    body = track_body(track)
    if exercise == AUTO:
        asked = [one for one in exercises.values() if one.is_seen]
        shown = find_shown(body, asked) if len(asked) > 1 else asked
        measured = measure_sides(body, shown)
        found = judge_auto(measured, shown, side, is_still=track.is_still, neutral=neutral)
    else:
        asked = [find_exercise(exercise, exercises)]
        if not asked[0].is_seen:
            raise ExerciseError(f"exercise '{exercise}' is asked, not seen: no clip shows it")
        measured = measure_sides(body, asked)
        found = judge(measured, asked[0], side, is_still=track.is_still, neutral=neutral)
    origin = Origin(
        name=track.clip,
        model=track.model,
        person=person,
        duration_s=track.duration_s,
        n_frames=track.n_frames,
        exercise_source=(
            "given" if exercise != AUTO else "detected" if found.exercises else "none"
        ),
        side=side,
        is_still=track.is_still,
        unseen=None if found.sets or len(asked) > 1 else explain_unseen(measured, asked[0]),
    )
    seen = Seen(
        body.time_s, body.yaw_deg, body.facing, is_whole_body_in_frame(body.unseen), track.n_people
    )
    return conclude(origin, seen, found)
