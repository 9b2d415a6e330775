"""Whatever the rules do: no praise in a fault, no warning in a hold, and a clock that is so."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.coach.cues import PRAISE
from formcheck.coach.live_state import Phase
from formcheck.exercises.load import list_exercises
from formcheck.exercises.routine import make_routine
from formcheck.exercises.schema import Exercise, Rule
from formcheck.judging.moment import take_moment
from formcheck.judging.rules import Outcome
from formcheck.judging.session import Session
from formcheck.pose.landmarks import Side
from formcheck.screen.drawing import Image
from formcheck.screen.live_scene import build_live_scene
from formcheck.screen.overlay import Kept, draw_scene
from formcheck.screen.scene import Scene, build_scene
from formcheck.screen.signs import ORANGE
from formcheck.screen.stage import Stage
from formcheck.voice.script import Script
from tests.support.builders import OUT, kneeling_pose, make_body, measured
from tests.support.led_flow import LedFlow

EXERCISES = list_exercises()
HELD = [EXERCISES[name] for name in ("half-kneeling", "half-kneeling-reach", "lunge-stretch")]
IN_POSITION: Mapping[str, float] = {"rear_thigh_back_deg": 20.0}
"""Of the lunge; the others do not ask."""
DOES = ("pass", "fail low", "fail high", "unclear", "unseen")
POSE = kneeling_pose()
BODY = make_body(POSE.xy_px[None], np.zeros((1, 33, 3)), np.array([1.0]), np.array([5.0]))
GREY: Image = np.full((480, 640, 3), 128, np.uint8)


@dataclass(frozen=True)
class Part:
    """A stretch of time in which each rule does something; one of ``DOES`` a rule."""

    tenths: int
    does: tuple[int, ...]
    is_out: bool = False

    def values(self, exercise: Exercise) -> Mapping[str, float]:
        if self.is_out:
            return OUT
        pairs = zip(exercise.rules, self.does, strict=False)
        return {**IN_POSITION, **{rule.measure: value_of(rule, DOES[k]) for rule, k in pairs}}


def value_of(rule: Rule, does: str) -> float:
    low = rule.low if math.isfinite(rule.low) else rule.high - 20
    high = rule.high if math.isfinite(rule.high) else rule.low + 20
    far = rule.slack + 10
    return {
        "pass": (low + high) / 2,
        "fail low": rule.low - far if math.isfinite(rule.low) else rule.high + far,
        "fail high": rule.high + far if math.isfinite(rule.high) else rule.low - far,
        "unclear": rule.high + rule.slack / 2 if math.isfinite(rule.high) else low,
        "unseen": math.nan,
    }[does]


# Mostly well: else the clock would hardly ever run.
does = st.lists(st.sampled_from([0, 0, 0, 0, 1, 2, 3, 4]), min_size=6, max_size=6).map(tuple)
part = st.builds(Part, st.integers(1, 25), does, st.sampled_from([False] * 9 + [True]))
parts = st.lists(part, min_size=1, max_size=14).map(
    lambda some: [Part(20, (0,) * 6), *some]  # everybody gets into position once
)


def list_frames(script: list[Part], exercise: Exercise) -> Iterator[Mapping[str, float]]:
    """What is measured, ten times a second."""
    for one in script:
        yield from [one.values(exercise)] * one.tenths


def is_failing(session: Session) -> bool:
    stay = session.stay
    if stay is None:
        return False
    fails = any(verdict.outcome is Outcome.FAIL for verdict in stay.verdicts)
    return fails or any(watch.open_fault for watch in stay.watches)


def is_out_of_sight(session: Session) -> bool:
    """Whether a rule is not seen that has to be."""
    verdicts = session.stay.verdicts if session.stay else ()
    return any(
        v.rule.stops_unseen and v.outcome is Outcome.UNKNOWN and math.isnan(v.value)
        for v in verdicts
    )


def is_running(session: Session) -> bool:
    stay = session.stay
    if stay is None or stay.clock.start_s is None:
        return False
    return stay.clock.paused_s is None


def check(scene: Scene, session: Session) -> None:
    """What holds at every moment of a hold, on a page of its own or beside a picture."""
    if scene.cue.tone == "good":
        assert scene.clock == "running", scene.cue
        assert not is_failing(session), scene.cue
    if scene.cue.tone == "fix":
        assert scene.clock != "running", scene.cue
    if scene.clock == "paused" and scene.cue.tone != "fix" and not is_failing(session):
        assert scene.cue.text.endswith("cannot be seen") or not is_out_of_sight(session), scene.cue
    assert len(scene.cue.text) <= 40


def kneel_so(values: Mapping[str, float], time_s: float) -> tuple[Side | None, Mapping[str, float]]:
    return "left", values


def look_of(scene: Scene | None) -> object:
    """What is drawn in colours of their own."""
    if scene is None:
        return None
    outcomes = [mark.verdict.outcome for mark in scene.marks]
    return scene.clock, scene.cue, scene.tuck and scene.tuck.word, outcomes


def has_orange(picture: Image) -> bool:
    return bool((picture == ORANGE).all(axis=2).any())


@settings(max_examples=60, deadline=None, derandomize=True)
@given(script=parts, exercise=st.sampled_from(HELD))
def test_the_overlay_of_a_clip(script: list[Part], exercise: Exercise) -> None:
    session, kept, last = Session(exercise), Kept(), None
    for k, values in enumerate(list_frames(script, exercise)):
        session.push({"left": measured(k / 10, values), "right": measured(k / 10, OUT)})
        scene = build_scene(take_moment(session), BODY, POSE.xy_px)
        check(scene, session)
        assert (scene.clock == "running") == is_running(session)
        if scene.clock == "running" and look_of(scene) != look_of(last):
            assert not has_orange(draw_scene(GREY, scene, kept)), scene.cue
        last = scene


@settings(max_examples=40, deadline=None, derandomize=True)
@given(script=parts, exercise=st.sampled_from(HELD), alerts=st.integers(0, 5))
def test_a_live_session(script: list[Part], exercise: Exercise, alerts: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        stage, voice, last = (
            LedFlow(patch, make_routine(exercise, sets=1, hold_s=30)),
            Script(),
            None,
        )
        for k, values in enumerate(list_frames(script, exercise)):
            stage.play(partial(kneel_so, values), 0.1)
            flow, session = stage.flow, stage.flow.session
            alert = "Paused" if alerts and k % 40 > 40 - alerts else None
            live = build_live_scene(stage.state, BODY, 640, mirrored=True, alert=alert)
            if alert is None:  # what stops it all is said in place of a cue
                check(live.scene, session)
            works = flow.phase is Phase.WORK and alert is None
            if live.scene.clock == "running":
                assert is_running(session)
                assert alert is None
            assert live.scene.clock == "running" or not (works and is_running(session))
            for line in voice.follow(k / 10, stage.state, alert):
                if line.text == PRAISE or line.chime == "good":
                    assert is_running(session), line
                    assert not is_failing(session), line
                if line.chime == "fix" and alert is None:
                    assert not is_running(session), line
            if live.scene.clock == "running" and live.scene.cue.text != last:
                assert not has_orange(Stage().draw(GREY, live, (640, 360))), live.scene.cue
            last = live.scene.cue.text


@pytest.mark.parametrize("rule_id", ["rear_hip", "pelvis_tuck"])
def test_what_is_not_required_is_a_tip_beside_the_clock(rule_id: str) -> None:
    """And the tuck is none at all while it is unclear."""
    exercise = EXERCISES["half-kneeling"]
    rule = exercise.rule(rule_id)
    value = value_of(rule, "fail low" if rule_id == "rear_hip" else "unclear")
    session = Session(exercise)
    for k in range(100):
        values = {rule.measure: value} if k >= 30 else {}
        session.push({"left": measured(k / 10, values), "right": measured(k / 10, OUT)})
    scene = build_scene(take_moment(session), BODY, POSE.xy_px)
    assert scene.clock == "running"
    assert scene.cue.tone == ("tip" if rule_id == "rear_hip" else "wait")
    assert scene.cue.is_said
