"""A long session made to order: 44 sets of many exercises, with faults, readings and reps."""

from __future__ import annotations

import math
import random
from typing import Final

from formcheck.exercises.load import list_exercises
from formcheck.exercises.schema import Assessment, Exercise, Reps, Rule
from formcheck.judging.rules import Outcome
from formcheck.pose.landmarks import Side
from formcheck.result.models import (
    FaultResult,
    HoldResult,
    RepResult,
    Result,
    RuleResult,
    SetResult,
    SetVerdict,
    ViewSeen,
)
from formcheck.result.score import judge_clip, mean_completion, mean_score

EXERCISES: Final = list_exercises()
NAMES: Final = (
    "half-kneeling-side-bend", "half-kneeling-reach", "half-kneeling", "donkey-kick",
    "thomas-test", "standing-stretch", "childs-pose",
)  # fmt: skip
UNJUDGED: Final = 7
"""Place of the set that cannot be judged."""


def make_session(n_sets: int = 44, seed: int = 1) -> Result:
    """A session of an hour; every third set begins another exercise."""
    chance = random.Random(seed)
    sets = []
    start_s = 5.0
    for k in range(n_sets):
        exercise = EXERCISES[NAMES[k // 3 % len(NAMES)]]
        side: Side | None = None if exercise.sides == "none" else ("left", "right")[k % 2]
        sets.append(make_set(chance, exercise, side, start_s, is_judged=k != UNJUDGED))
        start_s = sets[-1].end_s + chance.uniform(11, 90)
    n = round(8 * start_s)
    return Result(
        clip="session.mp4", exercise="mixed", exercise_source="detected", model="full",
        duration_s=start_s, frames=n, frames_analyzed=n, frames_with_pose=n,
        view=ViewSeen(expected=("side",), seen="side", ok=True, near_side="left"),
        sets=tuple(sets), target=None, completion=mean_completion(sets), score=mean_score(sets),
        verdict=judge_clip(sets),
    )  # fmt: skip


def make_set(
    chance: random.Random,
    exercise: Exercise,
    side: Side | None,
    start_s: float,
    *,
    is_judged: bool,
) -> SetResult:
    """One set of 8 to 40 s, in which each rule fails in one case of four."""
    length_s = chance.uniform(8, 40)
    is_read = isinstance(exercise.count, Assessment)
    rules, faults = {}, []
    for rule in exercise.rules:
        fails = chance.random() < 0.25 and rule.never is None and not is_read and is_judged
        rules[rule.id] = RuleResult(
            outcome=Outcome.FAIL if fails else Outcome.PASS, pass_s=length_s - 2,
            fail_s=2 if fails else 0, unknown_s=0, median=None, min=None, max=None,
            unit=rule.unit, why_unknown=None,
        )  # fmt: skip
        n_faults = chance.randint(1, 6) if fails else 0
        faults += [_make_fault(rule, start_s + j * length_s / 7) for j in range(n_faults)]
    faults.sort(key=lambda fault: fault.start_s)
    held_s = max(0.0, length_s - 1.3 * len(faults) - 1) if is_judged else 1.2
    reps = tuple(_make_rep(chance, start_s + 2 * j, side) for j in range(8))
    verdict: SetVerdict = "fix" if faults else "pass"
    return SetResult(
        exercise=exercise.id, side=side, start_s=start_s, end_s=start_s + length_s,
        position_s=length_s, good_hold_s=held_s, confirmed_hold_s=max(0.0, held_s - 1),
        longest_hold_s=held_s, holds=(HoldResult(start_s=start_s, end_s=start_s + held_s),),
        reps=reps if isinstance(exercise.count, Reps) else (), rules=rules, faults=tuple(faults),
        measured={"thigh_elevation_deg": 16.0, "verdict": "tight"} if is_read else None,
        completion=0.5, score=None if is_read or not is_judged else chance.uniform(40, 100),
        verdict=verdict if is_judged else "cannot_judge",
    )  # fmt: skip


def _make_fault(rule: Rule, start_s: float) -> FaultResult:
    worst = rule.low - 10 if math.isfinite(rule.low) else rule.high + 10
    cue = rule.cue_for(worst) or ""
    return FaultResult(rule=rule.id, start_s=start_s, end_s=start_s + 1.3, worst=worst, cue=cue)


def _make_rep(chance: random.Random, start_s: float, side: Side | None) -> RepResult:
    return RepResult(
        start_s=start_s, peak_s=start_s + 1, end_s=start_s + 1.8, top_s=0.5, side=side,
        good=chance.random() < 0.8, faults=(),
    )  # fmt: skip
