"""Everybody of whom it is known what they do: rendered clips with truth, and labelled photos."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.people import NOTHING, read_table, read_truths
from formcheck.exercises.load import list_exercises
from formcheck.measure.body import Body, track_body
from formcheck.pose.landmarks import SIDES, Side
from formcheck.pose.track import PoseTrack
from formcheck.pose.track_file import load_track
from formcheck.result.detect import MIN_DETECTED_S

Bools = NDArray[np.bool_]
RAMP_S: Final = 0.3
"""Left out at both ends of a hold."""
PHOTOS_A_SOURCE: Final = 200
"""Photos are numbered source by source; so many numbers are taken for one."""


@dataclass(frozen=True, eq=False)
class Person:
    """One clip or photo with one leg taken as the stretched one."""

    name: str
    group: str
    """The draw or the source it comes from."""
    side: Side
    track: PoseTrack
    body: Body
    shown: frozenset[str]
    """The exercises it may be."""
    inside: tuple[tuple[float, float], ...]
    """When it is in the position, seconds; empty where it is in none on that side."""
    is_clear: bool
    """Whether it has to be one of them."""

    def find_inside(self) -> Bools:
        """(N,) the frames in which it is in the position."""
        time_s = self.body.time_s
        found = [(time_s >= start) & (time_s <= end) for start, end in self.inside]
        return np.array(np.any([np.zeros(len(time_s)), *found], axis=0), dtype=np.bool_)

    @property
    def n_claimed(self) -> int:
        """As many frames in the position claim the exercise."""
        time_s = self.body.time_s
        if len(time_s) < 2:
            return 1
        return math.ceil(MIN_DETECTED_S / float(np.median(np.diff(time_s))))


def list_people(draws: Iterable[Path], shared: Path) -> Iterator[Person]:
    """Everybody there is, with either leg."""
    unsided = {name for name, one in list_exercises().items() if one.sides == "none"}
    for folder in draws:
        for name, truth in read_truths(folder):
            track = load_track(folder / f"{name}.npz")
            body = track_body(track)
            for side in SIDES:
                inside = tuple(
                    (hold["start_s"] + RAMP_S, hold["end_s"] - RAMP_S)
                    for hold in truth["holds"]
                    if (hold["side"] or side) == side or truth["exercise"] in unsided
                )
                shown = frozenset({truth["exercise"]})
                yield Person(
                    f"{folder.name}/{name}", folder.name, side, track, body, shown, inside, True
                )
    for label in read_table(shared / "people" / "labels.tsv"):
        track = load_track(shared / "people" / "poses" / f"{label['id']}.npz")
        body, shown = track_body(track), frozenset(label["accepted"].split("|"))
        group = f"photos {int(label['id']) // PHOTOS_A_SOURCE}"
        for side in SIDES:
            clear = NOTHING not in shown
            yield Person(label["id"], group, side, track, body, shown, ((0.0, 0.0),), clear)
