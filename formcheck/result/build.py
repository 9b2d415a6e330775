"""What was seen and judged becomes the Result, of a clip and of a live session alike."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from formcheck.exercises.schema import Assessment, Reps, Rule
from formcheck.judging.position import LEAVE_AFTER_S
from formcheck.judging.rules import Outcome, is_in_views
from formcheck.judging.timeline import Bools
from formcheck.measure.body import Body
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.measure.registry import FROM_NEUTRAL
from formcheck.measure.view import VIEW_TEXT, is_whole_body_in_frame, name_view, near_side
from formcheck.pose.landmarks import Side, other_side
from formcheck.pose.track import Floats
from formcheck.result.detect import Found
from formcheck.result.models import (
    Baseline,
    Nearest,
    Note,
    PlanResult,
    Result,
    SetResult,
    Target,
    ViewSeen,
)
from formcheck.result.not_seen import CAMERA_SHARE, NotSeen
from formcheck.result.score import judge_clip, mean_completion, mean_score

TUCK_NOT_JUDGED: Final = "tuck_not_judged"
"""Code of the warning that the tuck was not judged, which is said beside a verdict."""
RULE_NOT_JUDGED: Final = "rule_not_judged"
"""The same of any other rule that may be unknown."""
NOT_SEEN_CODES: Final = ("no_person", "low_frame_rate", "side_differs", "position_not_seen")
"""Codes of the warnings that say why nothing was seen."""
NOTHING_DONE: Final = "nothing_done"
"""Code of the warning that nothing of the plan was done."""
REPS_RATE_HZ: Final = 20.0
"""At this rate no repetition of the sample clips is lost; at 15 Hz one is."""
N_GAPS: Final = 8
"""Gaps between frames whose median gives the rate at a moment."""
SWAY_TRUNK: Final = 0.08
SWAY_SHARE: Final = 0.15
"""The camera moved where hips and planted feet went so far over the picture together, in so much of
the sets. Of 117 clips of a camera that stands it is 3 % at most; shifted by 2 % of the picture's
height, as a hand does it, 23 % at least."""
TURNED_FROM_DEG: Final = 5.0
"""A camera turned about its axis by so much is mentioned."""
ABSENT_SHARE: Final = 0.25
"""Of a clip in which nobody may be seen without a warning: starting a camera, and coming back to
stop it, takes less."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenBody:
    """A person over N frames, whatever they did."""

    time_s: Floats
    """(N,) presentation times."""
    yaw_deg: Floats
    """(N,) view from pure side-on, NaN where nobody was found."""
    facing: Floats
    """(N,) +1 facing right in the picture, -1 left, NaN where nobody was found."""
    is_whole: Bools
    """(N,) whether the whole body was in the picture."""
    n_people: NDArray[np.int16]
    """(N,) people in the picture."""
    roll_deg: Floats
    """(N,) by how much the picture was turned anticlockwise to be level."""
    is_swaying: Bools
    """(N,) whether the camera moved over the last second, and the person with it."""

    @property
    def is_found(self) -> Bools:
        """(N,) whether anybody was found."""
        return np.isfinite(self.facing)


def find_sway(body: Body) -> Bools:
    """(N,) whether the camera moved over the last second, and the person with it."""
    way, own = body.hip_travel, body.off_feet_travel
    return np.asarray((way > SWAY_TRUNK) & (own < CAMERA_SHARE * way))


class SeenLog:
    """Gathers what is seen, frame by frame, in 56 bytes each."""

    def __init__(self) -> None:
        """Start with no frames."""
        self._rows = array("d")

    def add(self, body: Body, n_people: int) -> None:
        """Add one frame: a body of N = 1 and the people in the picture."""
        is_whole = is_whole_body_in_frame(body.unseen)[0]
        numbers = (body.time_s[0], body.yaw_deg[0], body.facing[0], body.roll_deg[0])
        self._rows.extend((*numbers, is_whole, find_sway(body)[0], n_people))

    def read(self) -> SeenBody:
        """All frames so far."""
        rows = np.array(self._rows).reshape(-1, 7).T
        time_s, yaw_deg, facing, roll_deg, is_whole, is_swaying, n = rows
        whole, swaying = is_whole > 0, is_swaying > 0
        return SeenBody(time_s, yaw_deg, facing, whole, n.astype(np.int16), roll_deg, swaying)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the frames came from and how they were taken."""

    name: str
    """The clip's or the camera's."""
    model: str
    person: str | None
    duration_s: float
    n_frames: int
    """Shown or decoded, analysed or not."""
    exercise_source: Literal["given", "detected", "none"]
    side: Side | None = None
    """The side that was asked for."""
    is_still: bool = False
    is_live: bool = False
    """Whether a person was led, and may rest where no camera sees them."""
    not_seen: NotSeen | None = None
    """Why no exercise was seen; None if one was, or if that is not known."""


def conclude(origin: Origin, seen: SeenBody, found: Found) -> Result:
    """The Result of what was judged."""
    only, target = found.exercises[0] if len(found.exercises) == 1 else None, None
    if only is not None:
        n_reps = only.count.target_reps if isinstance(only.count, Reps) else None
        target = Target(hold_s=only.hold_target_s, reps=n_reps, sets=only.count.sets)
    return Result(
        clip=origin.name,
        person=origin.person,
        exercise=only.id if only else "mixed" if found.exercises else None,
        exercise_source=origin.exercise_source,
        model=origin.model,
        duration_s=origin.duration_s,
        frames=origin.n_frames,
        frames_analyzed=len(seen.time_s),
        frames_with_pose=int(seen.is_found.sum()),
        view=_see_view(seen, found),
        baseline=Baseline.model_validate(found.neutral or Baseline(), from_attributes=True),
        sets=found.sets,
        target=target,
        completion=mean_completion(found.sets),
        score=mean_score(found.sets),
        verdict=judge_clip(found.sets),
        nearest=_find_nearest(origin, found),
        warnings=tuple(Note(code=c, text=t) for c, t in _warn(origin, seen, found)),
    )


def add_plan(result: Result, plan: PlanResult) -> Result:
    """The result with its plan; where all of the plan is missing, it is not a ``pass``."""
    changed: dict[str, object] = {"plan": plan}
    if result.verdict == "pass" and all(one.status == "missing" for one in plan.sets):
        note = Note(code=NOTHING_DONE, text="None of what was asked for was done.")
        changed |= {"verdict": "cannot_judge", "score": None, "warnings": (*result.warnings, note)}
    return result.model_copy(update=changed)


def _see_view(seen: SeenBody, found: Found) -> ViewSeen:
    expected = tuple(dict.fromkeys(v for e in found.exercises for v in e.views))
    inside = _find_inside(seen, found.sets)
    known = np.isfinite(seen.yaw_deg)
    chosen = inside & known if (inside & known).any() else known
    if not chosen.any():
        return ViewSeen(expected=expected, seen=None, ok=False, near_side=None)
    yaw_deg = float(np.median(seen.yaw_deg[chosen]))
    view = name_view(yaw_deg)
    near = None if view == "front" else near_side(float(np.median(seen.facing[chosen])))
    ok = is_in_views(yaw_deg, expected) if expected else True
    return ViewSeen(expected=expected, seen=view, ok=ok, near_side=near)


def _find_inside(seen: SeenBody, sets: Iterable[SetResult]) -> Bools:
    """(N,) whether each frame is in one of the sets."""
    inside = np.zeros(len(seen.time_s), dtype=np.bool_)
    for one in sets:
        inside |= (seen.time_s >= one.start_s - 1e-3) & (seen.time_s <= one.end_s + 1e-3)
    return inside


def _warn(origin: Origin, seen: SeenBody, found: Found) -> Iterator[tuple[str, str]]:
    """Code and text of each warning."""
    if not seen.is_found.any():
        yield "no_person", "Nobody was seen."
        return
    absent_s = 0.0 if origin.is_live or origin.is_still else _count_absent_s(seen)
    if absent_s > ABSENT_SHARE * origin.duration_s:
        text = (
            f"Nobody was seen for {absent_s:.1f} of {origin.duration_s:.1f} s: nothing was counted "
            "during that time."
        )
        yield "absent", text
    if (seen.n_people > 1).any():
        text = (
            "Several people were seen. Only one was followed: the largest, unless --follow "
            "names another."
        )
        yield "several_people", text
    roll_deg = float(np.median(seen.roll_deg))
    if abs(roll_deg) >= TURNED_FROM_DEG:
        how = f"The camera was tilted by about {abs(roll_deg):.0f}°"
        yield "camera_turned", f"{how}: this was corrected. Set it level."
    n_frames = len(seen.time_s)
    if not origin.is_still and n_frames > 1 and np.median(np.diff(seen.time_s)) > LEAVE_AFTER_S:
        yield "low_frame_rate", "There are too few frames per second to time a hold."
    if (rates := _find_thin_rates(origin, seen, found)) is not None:
        text = (
            "Only {:.0f} of {:.0f} frames per second were analysed: quick repetitions may be "
            "missed."
        )
        yield "reps_sampled", text.format(*rates)
    yield from _warn_of_quick(found)
    if found.other_side is not None and origin.side is not None:
        other = other_side(origin.side)
        text = (
            f"The {origin.side} side was asked for, but {found.other_side} was done on the {other}."
        )
        yield "side_differs", text
    if 2 * seen.is_whole.sum() < seen.is_found.sum():
        text = "Part of the body was outside the picture: step back until head and feet are in it."
        yield "cut_off", text
    yield from _warn_of_sets(seen, found)
    if found.other_side is None and not found.sets and origin.not_seen is not None:
        yield "position_not_seen", origin.not_seen.text


def _count_absent_s(seen: SeenBody) -> float:
    """Seconds in which there were frames and nobody in them."""
    length_s = np.diff(seen.time_s)
    usual_s = max(LEAVE_AFTER_S, float(np.median(length_s))) if len(length_s) else 0.0
    return float(np.minimum(length_s, usual_s)[~seen.is_found[:-1]].sum())


def _find_thin_rates(origin: Origin, seen: SeenBody, found: Found) -> tuple[float, float] | None:
    """Frames a second analysed, and in the clip, if too few were analysed to see repetitions.

    Counted in the sets of repetitions. Where a position was entered and no repetition was seen,
    counted where frames are closest: a closer look is taken at all of a position or at none of it.
    """
    gaps_s = np.diff(seen.time_s)
    counting = {e.id for e in found.exercises if isinstance(e.count, Reps)}
    sets = [one for one in found.sets if one.exercise in counting]
    nearest = _find_nearest(origin, found)
    if sets:
        gaps_s = gaps_s[_find_inside(seen, sets)[1:]]
    elif nearest is None or nearest.condition != "repetition":
        return None
    elif len(gaps_s) > N_GAPS:
        gaps_s = np.median(sliding_window_view(gaps_s, N_GAPS), axis=1).min(keepdims=True)
    if not len(gaps_s) or not origin.duration_s:
        return None
    rate_hz, all_hz = 1 / float(np.median(gaps_s)), origin.n_frames / origin.duration_s
    return (rate_hz, all_hz) if rate_hz < min(REPS_RATE_HZ, 0.75 * all_hz) else None


def _warn_of_quick(found: Found) -> Iterator[tuple[str, str]]:
    """One warning for each exercise in which movements were too quick to be repetitions."""
    for exercise in found.exercises:
        n = found.n_quick.get(exercise.id, 0)
        if n and isinstance(exercise.count, Reps):
            text = (
                f"Movements too quick to count: {n}. A repetition of {exercise.id} takes "
                f"{exercise.count.min_s:g} s or more, from rest to rest: go slower."
            )
            yield "too_quick", text


def _find_nearest(origin: Origin, found: Found) -> Nearest | None:
    if found.sets:
        return None
    if found.other_side is not None:
        return Nearest(exercise=found.other_side, condition="side")
    return None if origin.not_seen is None else origin.not_seen.nearest


def _warn_of_sets(seen: SeenBody, found: Found) -> Iterator[tuple[str, str]]:
    if not found.sets:
        return
    inside = _find_inside(seen, found.sets)
    if (seen.is_swaying & inside).sum() > SWAY_SHARE * inside.sum():
        how = "The camera moved: seconds and repetitions may be missing."
        yield "camera_moved", f"{how} Stand it on something firm."
    view = _see_view(seen, found)
    if not view.ok and view.seen is not None:
        needed = " or ".join(VIEW_TEXT[one] for one in view.expected)
        yield "view", f"You were seen {VIEW_TEXT[view.seen]}, but {needed} is needed."
    yield from _warn_of_unconfirmed(found)
    if found.neutral is not None and found.neutral.is_anew:
        text = (
            "Your pelvis tilted forward of your neutral before it was ever tucked, so your neutral "
            f"was taken again at {found.neutral.start_s:.1f} s. If that was an arched back, give "
            "your neutral."
        )
        yield "neutral_taken_anew", text
    for exercise in found.exercises:
        if isinstance(exercise.count, Assessment):
            yield "caveat", exercise.count.caveat
    reasons = (rule.reason for one in found.sets for rule in one.rules.values())
    hidden = {
        str(_name_far(why)) for why in reasons if why is not None and why.code is ReasonCode.HIDDEN
    }
    if hidden:
        what = "; ".join(sorted(hidden)).capitalize()
        yield (
            "far_leg_hidden",
            f"{what}: turn a little, or all the way round, until it can be seen.",
        )


def _name_far(why: Reason) -> Reason:
    """A hidden joint of the rear or front leg as one of the far leg."""
    [joint] = why.subject
    which, _, name = joint.partition("_")
    return Reason(why.code, (f"far_{name}" if which in ("rear", "front") else joint,))


def _warn_of_unconfirmed(found: Found) -> Iterator[tuple[str, str]]:
    """One warning for each rule that was unknown in a set that was judged all the same."""
    exercises = {exercise.id: exercise for exercise in found.exercises}
    unknown: dict[str, tuple[Rule, Reason | None]] = {}
    unsure: set[str] = set()  # rules for which held seconds are not confirmed
    for one in found.sets:
        for rule in exercises[one.exercise].rules:
            seen = one.rules[rule.id]
            may_be_unknown = rule.may_be_unknown or rule.measure in FROM_NEUTRAL
            if seen.outcome is not Outcome.UNKNOWN or not may_be_unknown:
                continue
            if rule.required and one.confirmed_hold_s < one.good_hold_s:
                unsure.add(rule.id)
            told = unknown.get(rule.id)
            if told is None or (rule.required and not told[0].required):
                unknown[rule.id] = rule, seen.reason
    for rule, why in unknown.values():
        is_tuck = rule.measure in FROM_NEUTRAL
        name = "The pelvic tuck" if is_tuck else f"The rule {rule.id}"
        is_unclear = why is not None and why.code is ReasonCode.NOT_CLEAR
        what = "was not clear" if is_unclear else f"was not judged ({why})"
        rest = ": not all of the held seconds are confirmed." if rule.id in unsure else "."
        yield TUCK_NOT_JUDGED if is_tuck else RULE_NOT_JUDGED, f"{name} {what}{rest}"
