"""An assessment: read while the limb keeps still, and only if it does for long enough."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from formcheck.exercises.schema import Exercise
from formcheck.judging.session import Session
from formcheck.result.models import SetResult
from formcheck.result.score import score_set
from tests.support.builders import measured

TEST = Exercise.model_validate(
    {
        "id": "reach", "name": "Reach", "views": ["side"], "stretched": "the lowered leg",
        "instructions": ["Lower it."], "camera": "Side-on.", "sources": ["made up"],
        "position": [{"measure": "rear_knee_below_hip_thigh", "low": 0.5}],
        "count": {
            "kind": "assessment", "target_s": 3, "caveat": "made up",
            "measures": {"thigh_deg": "front_thigh_elevation_deg", "knee_deg": "front_knee_deg"},
            "readings": [
                {"text": "parallel", "high": 0}, {"text": "tight", "low": 8},
                {"text": "borderline", "low": 0, "high": 8},
            ],
        },
    }
)  # fmt: skip


def assess(thigh: Callable[[float], float], until_s: float = 10.0) -> SetResult:
    session = Session(TEST)
    for k in range(round(until_s * 20) + 1):
        t = round(k / 20, 6)
        here = {"front_thigh_elevation_deg": thigh(t)}
        out = {"rear_knee_below_hip_thigh": 0.0}
        session.push({"left": measured(t, here), "right": measured(t, out)})
    session.finish()
    [done] = session.sets
    return score_set(done)


@pytest.mark.parametrize(
    ("degrees", "verdict"), [(-8, "parallel"), (0, "parallel"), (4, "borderline"), (12, "tight")]
)
def test_what_the_value_means(degrees: float, verdict: str) -> None:
    done = assess(lambda t: degrees)
    assert done.measured == {"thigh_deg": degrees, "knee_deg": 90, "verdict": verdict}
    assert (done.side, done.verdict, done.score, done.completion) == ("left", "pass", None, 1)


def test_the_leg_on_its_way_is_not_read() -> None:
    """It hangs high for two seconds, is let down, and lies still."""
    done = assess(lambda t: float(np.interp(t, [2, 4], [25, -6])))
    assert done.measured is not None
    assert done.measured["thigh_deg"] == -6
    [hold] = done.holds
    assert hold.start_s == pytest.approx(4, abs=0.4)
    assert hold.end_s == pytest.approx(10)


def test_too_short_gives_values_and_no_verdict() -> None:
    done = assess(lambda t: -6.0, until_s=2.0)
    assert done.measured is not None
    assert done.measured["verdict"] is None
    assert done.verdict == "cannot_judge"


@pytest.mark.parametrize(
    "thigh", [lambda t: 12 * math.sin(3 * t), lambda t: math.nan], ids=["moving", "unseen"]
)
def test_what_never_keeps_still_is_not_read(thigh: Callable[[float], float]) -> None:
    done = assess(thigh)
    assert done.measured == {"thigh_deg": None, "knee_deg": None, "verdict": None}
    assert (done.verdict, done.holds, done.good_hold_s) == ("cannot_judge", (), 0)


def test_a_leg_that_never_stops_sinking_is_not_measured() -> None:
    done = assess(lambda t: 25 - 3.5 * t, until_s=8)
    assert done.measured is not None
    assert done.measured["verdict"] is None
    assert done.verdict == "cannot_judge"
    assert done.completion < 1


def test_two_that_are_each_too_short_make_no_measurement() -> None:
    """The same set, left and come back to: the longer stretch is what there is."""
    inside = {"front_thigh_elevation_deg": -5.0}
    out = {"rear_knee_below_hip_thigh": 0.0}
    session = Session(TEST)
    for k in range(20 * 12):
        t = round(k / 20, 6)
        here = inside if t < 1.8 or 5 <= t < 7.2 else out
        session.push({"left": measured(t, here), "right": measured(t, out)})
    session.finish()
    [one] = session.sets
    assert [len(stay.holds) for stay in one.stays] == [1, 1]
    done = score_set(one)
    assert [(hold.start_s, hold.end_s) for hold in done.holds] == [(5.0, 7.15)]
    assert done.good_hold_s == done.confirmed_hold_s == done.longest_hold_s == 2.15
    assert (done.completion, done.verdict) == (0.72, "cannot_judge")
