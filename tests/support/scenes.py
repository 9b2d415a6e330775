"""Moments to be drawn: half-kneeling from the side, all its rules with the same outcome."""

from __future__ import annotations

import math

import numpy as np

from formcheck.coach.cues import Cue
from formcheck.coach.live_state import Phase
from formcheck.exercises.load import load_exercise
from formcheck.judging.rules import Outcome, Verdict
from formcheck.pose.landmarks import Landmark
from formcheck.pose.outline import LEVELS
from formcheck.screen.drawing import Box
from formcheck.screen.live_scene import CAUTION, Breath, LiveScene
from formcheck.screen.scene import Mark, Scene, Tuck
from tests.support.builders import kneeling_pose

EXERCISE = load_exercise("half-kneeling")
JOINTS = (Landmark.RIGHT_KNEE, Landmark.RIGHT_KNEE, Landmark.LEFT_SHOULDER, None, Landmark.LEFT_HIP)

STRAIGHT = np.full(len(LEVELS), 0.2)
TUCK = Tuck(STRAIGHT, STRAIGHT, 1, -8.0, "TUCKED", None, 0.0)


def make_scene(width: int, height: int, outcome: Outcome = Outcome.PASS) -> Scene:
    xy = kneeling_pose().xy_px
    share = min(width, height) / 480
    marks = [
        Mark(Verdict(rule, outcome, math.nan if joint is None else 66.0, None), joint)
        for rule, joint in zip(EXERCISE.rules, JOINTS, strict=True)
    ]
    return Scene(
        exercise=EXERCISE.name, side="left", n_set=1, n_sets=2, clock="running",
        done=12.3, confirmed=4.0, target=30.0, unit="s", cue=Cue("Good. Hold.", "good"),
        marks=tuple(marks), tuck=TUCK, xy_px=xy * share,
    )  # fmt: skip


def overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def make_live(outcome: Outcome = Outcome.PASS) -> LiveScene:
    return LiveScene(
        scene=make_scene(960, 540, outcome),
        phase=Phase.WORK,
        count=None,
        coming="Next: switch sides: right side, set 1 of 2",
        figure=None,
        figure_mirrored=False,
        breath=Breath("in", 0.4),
        notice=CAUTION,
    )
