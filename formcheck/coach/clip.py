"""A clip's poses judged: the whole Result, with no video opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from formcheck.coach.judge import (
    Judgement,
    Measured,
    explain_unseen,
    judge,
    judge_auto,
    measure_sides,
)
from formcheck.coach.neutral import KnownNeutral
from formcheck.coach.position import LEAVE_AFTER_S
from formcheck.coach.result import Baseline, Note, Result, SetResult, Target, ViewSeen
from formcheck.coach.rules import NOT_CLEAR, is_in_views
from formcheck.coach.score import judge_clip, mean_completion, mean_score
from formcheck.coach.stay import TUCK
from formcheck.errors import ExerciseError
from formcheck.exercises.spec import Assessment, Exercise, Reps
from formcheck.measure.body import Body, track_body
from formcheck.measure.view import (
    UNSEEN_TEXT,
    Unseen,
    is_whole_body_in_frame,
    name_view,
    near_side,
)
from formcheck.pose.landmarks import Side
from formcheck.pose.pose import PoseTrack

AUTO: Final = "auto"
TUCK_NOT_JUDGED: Final = "tuck_not_judged"
"""Code of the warning that has to be said beside a verdict."""
_HIDDEN_WORDS = UNSEEN_TEXT[Unseen.HIDDEN].format(joint="").strip()


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
        measured = measure_sides(body, asked)
        found = judge_auto(measured, asked, side, is_still=track.is_still, neutral=neutral)
    elif exercise in exercises:
        asked = [exercises[exercise]]
        if not asked[0].is_seen:
            raise ExerciseError(f"exercise '{exercise}' is asked, not seen: no clip shows it")
        measured = measure_sides(body, asked)
        found = judge(measured, asked[0], side, is_still=track.is_still, neutral=neutral)
    else:
        raise ExerciseError(f"exercise '{exercise}' is not known")
    return Result(
        clip=track.clip,
        person=person,
        exercise=_name_exercise(found),
        exercise_source=(
            "given" if exercise != AUTO else "detected" if found.exercises else "none"
        ),
        model=track.model,
        duration_s=track.duration_s,
        frames=track.n_frames,
        frames_analyzed=len(track),
        frames_with_pose=int(track.found.sum()),
        view=_see_view(body, found),
        baseline=_tell_baseline(found),
        sets=found.sets,
        target=_read_target(found),
        completion=mean_completion(found.sets),
        score=mean_score(found.sets),
        verdict=judge_clip(found.sets),
        warnings=tuple(_warn(track, body, found, measured, asked, side)),
    )


def _tell_baseline(found: Judgement) -> Baseline:
    if found.neutral is None:
        return Baseline()
    return Baseline(
        source=found.neutral.source,
        start_s=found.neutral.start_s,
        end_s=found.neutral.end_s,
    )


def _name_exercise(found: Judgement) -> str | None:
    if len(found.exercises) > 1:
        return "mixed"
    return found.exercises[0].id if found.exercises else None


def _read_target(found: Judgement) -> Target | None:
    if len(found.exercises) != 1:
        return None
    count = found.exercises[0].count
    return Target(
        hold_s=found.exercises[0].hold_target_s,
        reps=count.target_reps if isinstance(count, Reps) else None,
        sets=count.sets,
    )


def _see_view(body: Body, found: Judgement) -> ViewSeen:
    expected = tuple(dict.fromkeys(v for e in found.exercises for v in e.views))
    times = body.time_s
    inside = np.zeros(len(times), dtype=np.bool_)
    for one in found.sets:
        inside |= (times >= one.start_s - 1e-3) & (times <= one.end_s + 1e-3)
    seen = np.isfinite(body.yaw_deg)
    chosen = inside & seen if (inside & seen).any() else seen
    if not chosen.any():
        return ViewSeen(expected=expected, seen=None, ok=False, near_side=None)
    yaw_deg = float(np.median(body.yaw_deg[chosen]))
    view = name_view(yaw_deg)
    near = None if view == "front" else near_side(float(np.median(body.facing[chosen])))
    ok = is_in_views(yaw_deg, expected) if expected else True
    return ViewSeen(expected=expected, seen=view, ok=ok, near_side=near)


def _warn(
    track: PoseTrack,
    body: Body,
    found: Judgement,
    measured: Measured,
    asked: list[Exercise],
    side: Side | None,
) -> Iterator[Note]:
    if not track.found.any():
        yield Note(code="no_person", text="Nobody was seen in this clip.")
        return
    if (track.n_people > 1).any():
        text = "Several people were seen: the largest steady one was followed."
        yield Note(code="several_people", text=text)
    if not track.is_still and len(track) > 1 and np.median(np.diff(track.time_s)) > LEAVE_AFTER_S:
        text = "There are too few frames a second to time a hold."
        yield Note(code="low_frame_rate", text=text)
    if found.other_side and side is not None:
        text = f"The {side} side was asked for, but the other one was held."
        yield Note(code="side_differs", text=text)
    if 2 * is_whole_body_in_frame(body.unseen).sum() < track.found.sum():
        text = "Part of the body was outside the picture: step back until head and feet are in it."
        yield Note(code="cut_off", text=text)
    yield from _warn_of_sets(body, found)
    if not found.sets and len(asked) == 1 and (why := explain_unseen(measured, asked[0])):
        text = f"The position could not be seen: {why}. Step back or turn until it can."
        yield Note(code="position_not_seen", text=text)


def _warn_of_sets(body: Body, found: Judgement) -> Iterator[Note]:
    view = _see_view(body, found)
    if found.sets and not view.ok:
        text = f"Turn {' or '.join(view.expected)}-on: the view was {view.seen}."
        yield Note(code="view", text=text)
    lacking = [one for one in found.sets if _lacks_tuck(one)]
    if lacking:
        why = lacking[0].rules[TUCK].why_unknown
        what = "was not clear" if why == NOT_CLEAR else f"was not judged ({why})"
        text = f"The pelvic tuck {what}."
        ids = {one.exercise for one in lacking}
        if any(e.id in ids and e.rule(TUCK).required for e in found.exercises):
            text = f"The pelvic tuck {what}: not all of the held seconds are confirmed."
        yield Note(code=TUCK_NOT_JUDGED, text=text)
    for exercise in found.exercises:
        if found.sets and isinstance(exercise.count, Assessment):
            yield Note(code="caveat", text=exercise.count.caveat)
    reasons = {
        why
        for one in found.sets
        for rule in one.rules.values()
        if (why := rule.why_unknown) and why.endswith(_HIDDEN_WORDS)
    }
    if reasons:
        text = f"{'; '.join(sorted(reasons)).capitalize()}: turn the front leg to the camera."
        yield Note(code="far_leg_hidden", text=text)


def _lacks_tuck(one: SetResult) -> bool:
    tuck = one.rules.get(TUCK)
    return tuck is not None and tuck.outcome.value == "unknown"
