"""What is shown and said at each moment of a session."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from formcheck.coach.session import Session
from formcheck.exercises.load import load_exercise
from formcheck.feedback.cues import Cue
from formcheck.feedback.scene import build_scene
from tests.builders import OUT, measured


def session_at(until_s: float, *parts: tuple[float, Mapping[str, float]]) -> Session:
    """A session up to a moment; each part holds from its time on."""
    session = Session(load_exercise("half-kneeling"))
    for k in range(round(until_s * 20) + 1):
        t = k / 20
        values: Mapping[str, float] = {}
        for start_s, part in parts:
            values = part if t >= start_s else values
        session.push({"left": measured(t, values), "right": measured(t, OUT)})
    return session


BENT = {"front_knee_deg": 60.0}
LEAN = {"trunk_lean_deg": 30.0}


@pytest.mark.parametrize(
    ("session", "clock", "cue"),
    [
        (session_at(2, (0, OUT)), "out", Cue("Get into position", "wait")),
        (session_at(0.5), "entering", Cue("Hold still", "wait")),
        (session_at(3), "running", Cue("Good. Hold.", "good")),
        (session_at(2, (0, BENT)), "settling", Cue("Slide your front foot forward", "wait")),
        (session_at(4.2, (4, BENT)), "paused", Cue("Good. Hold.", "good")),
        (session_at(5, (4, BENT)), "paused", Cue("Slide your front foot forward", "fix")),
        (session_at(5, (4, {"front_knee_deg": 120})), "paused",
         Cue("Bring your front foot closer", "fix")),
        (session_at(5, (4, LEAN)), "paused", Cue("Lift your chest", "fix")),
        (session_at(6, (4, LEAN), (5, {})), "running", Cue("Good. Hold.", "good")),
    ],
)  # fmt: skip
def test_clock_and_cue(session: Session, clock: str, cue: Cue) -> None:
    scene = build_scene(session, None, None)
    assert (scene.clock, scene.cue) == (clock, cue)


def test_required_rules_are_said_first() -> None:
    both = {"rear_hip_extension_deg": -40.0, "trunk_lean_deg": 30.0}
    scene = build_scene(
        session_at(6, (4, {"rear_hip_extension_deg": -40.0}), (5, both)), None, None
    )
    assert scene.cue == Cue("Lift your chest", "fix")


def test_the_ring_has_good_and_confirmed_seconds() -> None:
    unclear = {"pelvic_tilt_change_deg": math.nan}
    scene = build_scene(session_at(8, (4, unclear)), None, None)
    assert scene.good_hold_s == pytest.approx(8.0)
    assert scene.confirmed_hold_s == pytest.approx(4.0)
    assert scene.unjudged_tuck == "the joint is not seen"
    assert (scene.side, scene.n_set, scene.n_sets, scene.target_s) == ("left", 1, 2, 30)


def test_without_an_exercise_it_says_so() -> None:
    scene = build_scene(None, None, None)
    assert scene.cue.text == "I see no exercise I know"
    assert scene.marks == ()
