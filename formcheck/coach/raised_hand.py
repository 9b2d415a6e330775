"""A hand held above the head: the one thing that can be asked for without a key or a voice."""

from __future__ import annotations

from typing import Final

import numpy as np

from formcheck.coach.live_state import HandAsks, Phase
from formcheck.exercises.schema import Exercise
from formcheck.judging.session import GAP_S, Session
from formcheck.measure.body import Body
from formcheck.measure.view import Unseen
from formcheck.pose.landmarks import SIDES, Landmark, Side, landmark_on, other_side

HELD_S: Final = 1.0
ABOVE_TRUNK: Final = 0.3
"""How far above nose and ears the wrist has to be, in trunk lengths: the crown is .2 above them."""
_MIN_UPRIGHT: Final = 0.7
"""Cosine of the trunk's lean: who lies or folds has hands above the head without raising one."""
_RAISED: Final = frozenset({"near_shoulder_flexion_deg", "rear_arm_raise_deg"})
"""What is measured of an arm that an exercise raises."""


def read_hand(
    phase: Phase, session: Session, problem: str | None, *, is_paused: bool
) -> HandAsks | None:
    """What a raised hand asks for: nothing where an exercise raises one, or in position.

    Args:
        phase: of the flow.
        session: of the exercise under way.
        problem: what to change about the set-up; None while all is well.
        is_paused: whether the user paused it.
    """
    if is_paused:
        return "go on"
    if raises_arm(session.exercise) or session.stay is not None:
        return None
    if phase is Phase.SETUP and problem is not None:
        return "start"
    return "next" if phase in (Phase.REST, Phase.READY) else None


def raises_arm(exercise: Exercise) -> bool:
    """Whether an arm above the head belongs to the exercise."""
    return any(rule.measure in _RAISED for rule in exercise.rules)


class RaisedHand:
    """Tells once when one hand, and not the other, has been above the head for a second."""

    def __init__(self) -> None:
        self._side: Side | None = None
        self._since_s = self._last_s = 0.0
        self._was_told = False

    def update(self, body: Body) -> bool:
        """Take the next frame, N = 1; True once for each time that a hand is raised."""
        time_s, side = float(body.time_s[0]), find_raised(body)
        if side is None or side != self._side or time_s - self._last_s >= GAP_S:
            self._side, self._since_s, self._was_told = side, time_s, False
        self._last_s = time_s
        if side is None or self._was_told or time_s - self._since_s < HELD_S - 1e-6:
            return False
        self._was_told = True
        return True


def find_raised(body: Body) -> Side | None:
    """The side whose hand alone is above the head in one frame; None if neither or both are."""
    xy, unseen = body.xy_px[0], body.unseen[0]
    trunk_px = float(body.trunk_px[0])
    shoulder, hip = (
        (xy[landmark_on("left", name)] + xy[landmark_on("right", name)]) / 2
        for name in ("shoulder", "hip")
    )
    if not np.isfinite(xy).all() or hip[1] - shoulder[1] < _MIN_UPRIGHT * trunk_px:
        return None
    head_y = min(xy[[Landmark.NOSE, Landmark.LEFT_EAR, Landmark.RIGHT_EAR], 1])
    up: list[Side] = []
    for side in SIDES:
        wrist, elbow = landmark_on(side, "wrist"), landmark_on(side, "elbow")
        is_seen = unseen[wrist] == unseen[elbow] == Unseen.SEEN
        is_above = xy[wrist, 1] < head_y - ABOVE_TRUNK * trunk_px
        if is_seen and is_above and xy[wrist, 1] < xy[elbow, 1] < shoulder[1] + 0.1 * trunk_px:
            up.append(side)
    if len(up) != 1:
        return None
    other_wrist = landmark_on(other_side(up[0]), "wrist")
    return up[0] if xy[other_wrist, 1] > shoulder[1] else None
