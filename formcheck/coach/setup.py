"""Before an exercise: can the camera see what it takes to judge it, and what to do if not."""

from __future__ import annotations

from typing import Final

import numpy as np

from formcheck.exercises.schema import Exercise
from formcheck.judging.rules import is_in_views
from formcheck.language import phrase
from formcheck.measure.body import Body
from formcheck.measure.view import Unseen
from formcheck.pose.landmarks import Landmark, Side, landmark_on, other_side

MIN_BODY_SHARE: Final = 0.25
"""Trunk, thigh and shank together, of the picture's height. On the sample clips they are 0.49 to
0.91 of it; at half of the least the model still has the 256 pixels that it looks at."""
SETUP_FOR_S: Final = 1.0
"""How long the set-up has to be good, or bad, before that is said."""
STEP_IN: Final = phrase("Step into the picture")
COME_CLOSER: Final = phrase("Too far away: come closer")
TOO_NEAR: Final = phrase("Too close: step back")
_PARTS: Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    (("ankle", "heel", "foot_index"), phrase("Step back, I can't see your feet")),
    (("knee",), phrase("Step back, I can't see your knees")),
    (("shoulder", "hip"), phrase("Move to the middle of the picture")),
)
"""Joints that must be in the picture, and what to do when one is not; after the head."""
_TURN_SIDE_ON: Final[dict[Side, str]] = {
    "left": phrase("Turn side-on, left side to the camera"),
    "right": phrase("Turn side-on, right side to the camera"),
}


def find_near_side(exercise: Exercise, stretched: Side | None) -> Side | None:
    """The person's side that is to be nearer the camera; None if either will do."""
    if exercise.near is None or stretched is None:
        return None
    return stretched if exercise.near == "stretched" else other_side(stretched)


def check_setup(
    exercise: Exercise, side: Side | None, body: Body, height_px: int, n_people: int = 1
) -> str | None:
    """The first thing to change about where the person and the camera are; None if all is well.

    Args:
        exercise: what is to be done.
        side: the stretched side; None if there is none, or either.
        body: N = 1.
        height_px: of the picture.
        n_people: in the picture.

    Returns:
        What to do, under 40 characters.
    """
    unseen = body.unseen[0]
    if (unseen == Unseen.NO_PERSON).all():
        return STEP_IN
    feet = [landmark_on(s, joint) for joint in _PARTS[0][0] for s in ("left", "right")]
    has_no_head = unseen[Landmark.NOSE] == Unseen.OUT_OF_FRAME
    if has_no_head and (unseen[feet] == Unseen.OUT_OF_FRAME).any():
        return TOO_NEAR
    if has_no_head:
        return phrase("Step back, I can't see your head")
    for joints, text in _PARTS:
        marks = [landmark_on(s, joint) for joint in joints for s in ("left", "right")]
        if (unseen[marks] == Unseen.OUT_OF_FRAME).any():
            return text
    if n_people > 1:
        return phrase("One person in the picture, please")
    length_px = float(body.trunk_px[0] + body.thigh_px[0] + body.shank_px[0])
    if length_px < MIN_BODY_SHARE * height_px:
        return COME_CLOSER
    return _check_view(exercise, side, float(body.yaw_deg[0]))


def _check_view(exercise: Exercise, side: Side | None, yaw_deg: float) -> str | None:
    if not np.isfinite(yaw_deg) or is_in_views(yaw_deg, exercise.views):
        return None
    if "side" not in exercise.views:
        bands = [band for band in exercise.position if band.measure == "yaw_deg"]
        is_enough = bool(bands) and all(band.contains(yaw_deg) for band in bands)
        return None if is_enough else phrase("Face the camera")
    near = find_near_side(exercise, side)
    return phrase("Turn side-on to the camera") if near is None else _TURN_SIDE_ON[near]


class SetupWatch:
    """What to change about the set-up: told once it has lasted, until it has been over as long.

    Args:
        height_px: of the picture.
    """

    def __init__(self, height_px: int) -> None:
        self.problem: str | None = None
        """What to change; None while all is well."""
        self._height_px = height_px
        self._now: str | None = None
        """The same of this very moment."""
        self._accepted: str | None = None
        """What the person leaves as it is."""
        self._since_s = 0.0

    def update(self, exercise: Exercise, side: Side | None, body: Body, n_people: int) -> None:
        """Take the next frame, out of position; all as in `check_setup`."""
        time_s = float(body.time_s[0])
        found = check_setup(exercise, side, body, self._height_px, n_people)
        if found != self._now:
            self._now, self._since_s = found, time_s
        if found is None or found != self._accepted:
            self._accepted = None
        if time_s - self._since_s >= SETUP_FOR_S:
            self.problem = None if self._accepted else found

    def recheck(self, height_px: int | None = None) -> None:
        """What was left as it is, and what was well, has to be so anew.

        Args:
            height_px: of the pictures from now on; None if it is as it was.
        """
        self._accepted = None
        self._height_px = height_px or self._height_px

    def accept(self) -> None:
        """The person starts as they are, while it is this that would have to change."""
        self._accepted, self.problem = self._now, None

    def clear(self) -> None:
        """Whoever is in position is seen well enough."""
        self.problem = self._now = None

    def excuse(self, gap_s: float) -> None:
        """Nobody was looking for so long."""
        self._since_s += gap_s

    def is_well(self, time_s: float) -> bool:
        """Whether all has been well for long enough."""
        return self._now == self._accepted and time_s - self._since_s >= SETUP_FOR_S
