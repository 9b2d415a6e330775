"""Where in a clip the person moves too quickly for the usual rate of analysis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from formcheck.exercises.schema import Exercise
from formcheck.judging.hold_clock import Interval
from formcheck.judging.position import LEAVE_AFTER_S, hold_bands
from formcheck.measure.body import Body
from formcheck.measure.registry import measure_numbers
from formcheck.pose.landmarks import SIDES
from formcheck.pose.track import Floats

LEAST_S: Final = 0.5
"""A shorter stay never counts as entering, at whatever rate (that takes a second)."""
BRIEF_S: Final = 2.0
"""Whether a shorter stay counts as entering depends on single frames."""
OFTEN: Final = 2
"""Someone who is so briefly in a position only once is on the way to another."""
MARGIN_S: Final = 1.5
"""Before and after: an estimator has found the person, and the position is entered, within it."""


def find_quick(body: Body, exercises: Iterable[Exercise]) -> list[Interval]:
    """Where a person repeats a movement, or is in and out of a position.

    Args:
        body: N frames.
        exercises: those that are looked for.

    Returns:
        Stretches with their margins, in order, apart from each other: every stay in the position of
        an exercise of repetitions, and the brief stays in that of another if there are several.
    """
    found: list[Interval] = []
    for exercise in exercises:
        if not exercise.is_seen:
            continue
        stays = list(_find_stays(body, exercise))
        if exercise.count.kind != "reps":
            stays = [stay for stay in stays if stay.length_s <= BRIEF_S]
            stays = stays if len(stays) >= OFTEN else []
        found += stays
    return _join(found)


def _find_stays(body: Body, exercise: Exercise) -> Iterator[Interval]:
    is_sided = exercise.sides != "none" and exercise.count.kind != "reps"
    names = {band.measure for band in exercise.position}
    for side in SIDES if is_sided else SIDES[:1]:
        inside = hold_bands(exercise, measure_numbers(body, side, names)).all(axis=0)
        for run in list_runs(body.time_s, np.asarray(inside)):
            stay = Interval(float(body.time_s[run[0]]), float(body.time_s[run[-1]]))
            if stay.length_s >= LEAST_S:
                yield stay


def list_runs(time_s: Floats, inside: NDArray[np.bool_]) -> Iterator[NDArray[np.intp]]:
    """The places of the frames of each stretch in which every frame is inside.

    Args:
        time_s: (N,)
        inside: (N,)
    """
    at = np.flatnonzero(inside)
    if len(at):
        ends = (np.diff(at) > 1) | (np.diff(time_s[at]) >= LEAVE_AFTER_S)
        yield from np.split(at, np.flatnonzero(ends) + 1)


def _join(stays: list[Interval]) -> list[Interval]:
    """With margins, and one in place of those that meet."""
    joined: list[Interval] = []
    for stay in sorted(stays, key=lambda one: one.start_s):
        start_s, end_s = stay.start_s - MARGIN_S, stay.end_s + MARGIN_S
        if joined and start_s <= joined[-1].end_s:
            before = joined.pop()
            start_s, end_s = before.start_s, max(before.end_s, end_s)
        joined.append(Interval(start_s, end_s))
    return joined
