"""Results and what goes with them, made to order for the tests of the report page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from formcheck.exercises.load import list_exercises
from formcheck.judging.rules import Outcome, Verdict
from formcheck.pose.landmarks import Landmark
from formcheck.report.pictures import Picture, Shot, take_picture
from formcheck.report.traces import RuleSeries, SetSeries, Span, Trace
from formcheck.result.models import Result
from formcheck.result.score import judge_clip, mean_completion, mean_score, score_set
from formcheck.screen.scene import Mark
from formcheck.video.frame import Frame
from tests.support.builders import OUT, Script, play

EXERCISES = list_exercises()
KNEE = {"front_knee_deg": 66.0}
LEAN = {"trunk_lean_deg": 40.0}


def kneel(t: float) -> Mapping[str, float]:
    """Half-kneeling from 2.9 to 23 s; the knee fails from 7 s, the trunk from 12 s, for 2 s."""
    if not 2.9 <= t <= 23.0:
        return OUT
    return {**(KNEE if 7.0 <= t < 9.0 else {}), **(LEAN if 12.0 <= t < 14.0 else {})}


def make_result(script: Script = kneel, *, until_s: float = 25.0, **changes: Any) -> Result:
    """The Result of a script for half-kneeling, as of a clip of that length."""
    session, _ = play(script, until_s=until_s)
    sets = tuple(score_set(done) for done in session.sets)
    n = round(until_s * 20)
    result = Result.model_validate(
        {
            "schema": 1, "clip": "kneel.mp4", "exercise": "half-kneeling",
            "exercise_source": "given", "model": "full", "duration_s": until_s, "frames": n,
            "frames_analyzed": n, "frames_with_pose": n,
            "view": {"expected": ["side"], "seen": "side", "ok": True, "near_side": "right"},
            "sets": sets, "target": {"hold_s": 30, "sets": 2},
            "completion": mean_completion(sets), "score": mean_score(sets),
            "verdict": judge_clip(sets),
        }
    )  # fmt: skip
    return result.model_copy(update=changes)


def make_series(n: int, start_s: float, end_s: float, values: Any = None) -> RuleSeries:
    """A wave of ``n`` points, or the values given."""
    time_s = np.linspace(start_s, end_s, n)
    value = 90.0 + 10.0 * np.sin(time_s) if values is None else np.asarray(values, np.float64)
    no = np.zeros(n, dtype=np.bool_)
    return RuleSeries(time_s, value, no, no)


def make_trace(result: Result, n: int = 200) -> Trace:
    """A course for every rule of every set."""
    sets = []
    for one in result.sets:
        rules = {
            rule.id: make_series(n, one.start_s, one.end_s)
            for rule in EXERCISES[one.exercise].rules
        }
        unjudged = (Span(one.start_s, one.start_s + 1.5, "pelvis tuck: the back is hidden"),)
        held = tuple(Span(h.start_s + 1.5, h.end_s) for h in one.holds if h.end_s - h.start_s > 2)
        sets.append(SetSeries(rules, {}, held, unjudged))
    return Trace(tuple(sets), (Span(0.0, 1.0, "nobody was seen"),))


def make_shot(time_s: float = 7.0, *, fault_index: int = 0) -> Shot:
    """A person in the middle of a picture, with the front knee marked."""
    rule = EXERCISES["half-kneeling"].rule("front_knee")
    xy = np.random.default_rng(3).uniform([0.4, 0.2], [0.6, 0.8], (33, 2))
    mark = Mark(Verdict(rule, Outcome.FAIL, 66.0, None), Landmark.RIGHT_KNEE)
    return Shot(0, fault_index, time_s, 1.0, xy, mark)


def make_picture(fault_index: int = 0) -> Picture:
    """A picture of grey noise, which compresses worse than any room."""
    noise = np.random.default_rng(4).integers(90, 160, (540, 960, 3)).astype(np.uint8)
    return take_picture(make_shot(fault_index=fault_index), Frame(noise, 7.0, 70))
