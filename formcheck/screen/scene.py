"""What there is to show at one moment, as plain data: the overlay and the window draw it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from formcheck.coach.cues import Cue, choose_cue, choose_still_cue
from formcheck.exercises.schema import Exercise, Reps
from formcheck.judging.moment import Clock, Moment, PelvisMoment
from formcheck.judging.rules import Outcome, Verdict
from formcheck.measure.body import Body
from formcheck.measure.reason import ReasonCode
from formcheck.measure.registry import MEASURES, PELVIC_TILT, find_joint
from formcheck.pose.landmarks import Landmark, Side
from formcheck.pose.outline import N_LEVELS
from formcheck.pose.track import Floats

TuckWord = Literal["TUCKED", "ARCHED", "NEUTRAL", "NOT CLEAR YET", "FINDING NEUTRAL", "CAN'T TELL"]
NEUTRAL_WITHIN_DEG: Final = 3.0
"""A change under this is within what the measure is off on a still person: nothing has moved."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One rule's verdict and where on the body it belongs."""

    verdict: Verdict
    joint: Landmark | None
    """The joint it is drawn at; None where no point shows it."""


@dataclass(frozen=True, slots=True, eq=False)
class Tuck:
    """The back from the side, and what is known of the pelvis."""

    profile: Floats
    """(K,) the back now: its distance behind the trunk's axis, trunk lengths, at ``LEVELS``; NaN
    where not seen."""
    neutral: Floats | None
    """(K,) the same in neutral; None until that is known."""
    facing: int
    """+1 when the person looks to the picture's right, -1 to its left."""
    change_deg: float
    """Tilt from neutral, posterior negative; NaN when unknown."""
    word: TuckWord
    why: str | None
    """Why the change is not known; None where it is, or soon will be."""
    time_s: float
    """When that was so."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One moment of a session."""

    exercise: str
    """Its name."""
    side: Side | None
    """The stretched side; None before the first set."""
    n_set: int
    """Which set it is, from 1: of its side in a plan, else of all; 0 where none, or not known."""
    n_sets: int | None
    """Of how many, in a plan; None where there is none."""
    clock: Clock
    done: float
    """Seconds held well, or good repetitions, in this set so far."""
    confirmed: float
    """The part of it with every required rule seen to be met."""
    target: float
    """What to aim for; 0 where no exercise was recognised."""
    unit: Literal["s", "reps"]
    """What is counted."""
    cue: Cue
    marks: tuple[Mark, ...]
    """The verdicts, in the order of the rules; empty out of position."""
    tuck: Tuck | None
    """None out of position, and where the exercise has no rule on the pelvis."""
    xy_px: Floats | None
    """(33, 2) landmarks to draw; None where nobody is seen."""


def name_set(scene: Scene) -> str:
    """The set under way, as in ``left side, set 1 of 2``; empty where there is none to name."""
    parts = [f"{scene.side} side"] if scene.side else []
    if scene.n_set:
        total = f" of {scene.n_sets}" if scene.n_sets else ""
        parts.append(f"set {scene.n_set}{total}")
    return ", ".join(parts)


def build_still_scene(
    exercise: Exercise | None,
    side: Side | None,
    verdicts: Sequence[Verdict],
    body: Body,
    xy_px: Floats | None,
) -> Scene:
    """What to show of a single picture, which has no clock.

    Args:
        exercise: seen in it; None where none was recognised.
        side: the stretched side.
        verdicts: on it.
        body: N = 1.
        xy_px: (33, 2) pixels to draw; None where nobody is seen.
    """
    if exercise is None:
        return build_scene(None, body, xy_px)
    marks = tuple(Mark(v, _find_joint(v, body, side or "left")) for v in verdicts)
    return Scene(
        exercise.name, side, 0, None, "out", 0.0, 0.0, 0.0, "s",
        choose_still_cue(verdicts), marks, None, xy_px,
    )  # fmt: skip


def build_scene(moment: Moment | None, body: Body | None, xy_px: Floats | None) -> Scene:
    """What to show now.

    Args:
        moment: of the latest judged frame; None where no exercise was recognised.
        body: the body of that frame, N = 1; None before the first.
        xy_px: (33, 2) pixels to draw; None where nobody is seen.
    """
    if moment is None:
        nothing = Cue("I see no exercise I know", "wait")
        return Scene(
            "Not recognised", None, 0, None, "out", 0.0, 0.0, 0.0, "s", nothing, (), None, xy_px
        )
    count, verdicts = moment.exercise.count, moment.verdicts
    return Scene(
        exercise=moment.exercise.name,
        side=moment.side,
        n_set=moment.n_sets,
        n_sets=None,
        clock=moment.clock,
        done=moment.done,
        confirmed=moment.confirmed,
        target=(
            count.target_reps if isinstance(count, Reps) else moment.exercise.hold_target_s or 0.0
        ),
        unit="reps" if isinstance(count, Reps) else "s",
        cue=choose_cue(moment),
        marks=tuple(Mark(v, _find_joint(v, body, moment.side)) for v in verdicts),
        tuck=_view_tuck(verdicts, moment.pelvis, body),
        xy_px=xy_px,
    )


def mirror_scene(scene: Scene, width_px: int) -> Scene:
    """The same moment in the mirrored picture, whose width is given."""
    xy = scene.xy_px
    return replace(
        scene,
        xy_px=None if xy is None else xy * [-1.0, 1.0] + [width_px - 1.0, 0.0],
        tuck=replace(scene.tuck, facing=-scene.tuck.facing) if scene.tuck else None,
    )


def _view_tuck(
    verdicts: tuple[Verdict, ...], pelvis: PelvisMoment | None, body: Body | None
) -> Tuck | None:
    verdict = next((v for v in verdicts if v.rule.measure == PELVIC_TILT), None)
    if verdict is None:
        return None
    searching = pelvis is not None and pelvis.is_searching
    why = verdict.why_unknown
    waits = searching and why is not None and why.code is ReasonCode.NO_NEUTRAL
    profile = pelvis.profile if pelvis else None
    return Tuck(
        profile=np.full(N_LEVELS, np.nan) if profile is None else profile,
        neutral=pelvis.neutral if pelvis else None,
        facing=-1 if body is not None and body.facing[0] < 0 else 1,
        change_deg=verdict.value,
        word=_name_tuck(verdict, searching),
        why=None if why is None or waits or not math.isnan(verdict.value) else str(why),
        time_s=float(body.time_s[-1]) if body is not None else 0.0,
    )


def _name_tuck(verdict: Verdict, searching: bool) -> TuckWord:
    if verdict.outcome is Outcome.PASS:
        return "TUCKED"
    if verdict.outcome is Outcome.FAIL:
        return "ARCHED"
    if verdict.is_unclear:
        return "NEUTRAL" if abs(verdict.value) < NEUTRAL_WITHIN_DEG else "NOT CLEAR YET"
    return "FINDING NEUTRAL" if searching else "CAN'T TELL"


def _find_joint(verdict: Verdict, body: Body | None, side: Side | None) -> Landmark | None:
    measure = MEASURES.get(verdict.rule.measure)
    if measure is None or not measure.joints or body is None or side is None:
        return None
    middle = measure.joints[len(measure.joints) // 2]
    return find_joint(body.with_side(side), middle)
