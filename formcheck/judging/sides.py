"""A body measured for exercises, with each leg as the stretched one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from formcheck.exercises.schema import Exercise
from formcheck.measure.body import Body
from formcheck.measure.pelvis import view_backs
from formcheck.measure.registry import FROM_NEUTRAL, Measurements, measure_body
from formcheck.pose.landmarks import SIDES, Side

Measured = Mapping[Side, Sequence[Measurements]]
"""Every frame of a clip, measured with each leg as the stretched one."""


def measure_sides(body: Body, exercises: Sequence[Exercise]) -> Measured:
    """Measure a body for all of the exercises."""
    names = dict.fromkeys(name for exercise in exercises for name in exercise.measures)
    backs = view_backs(body) if FROM_NEUTRAL.intersection(names) else None
    return {side: measure_body(body, side, names, backs) for side in SIDES}
