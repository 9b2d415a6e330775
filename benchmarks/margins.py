"""How far each bound of a position is from people in it, and from people in something else.

    python -m benchmarks.margins [EXERCISE ...] [--shared FOLDER]

For each bound: the people in the position who come nearest to it, and those in something else who
meet all other bounds and come nearest to this one. A bound belongs in the middle between the two.
The people are those of ``benchmarks.people``: rendered clips with truth, and labelled photos.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.people import NOTHING, list_draws, read_table, read_truths
from formcheck.exercises.load import list_exercises
from formcheck.exercises.schema import Exercise
from formcheck.measure.body import Body, track_body
from formcheck.measure.registry import measure_numbers
from formcheck.pose.landmarks import SIDES, Side
from formcheck.pose.track import Floats
from formcheck.pose.track_file import load_track

Bools = NDArray[np.bool_]
N_SHOWN = 3
RAMP_S = 0.3
"""Left out at both ends of a hold."""
EXTREME = 5.0
"""Per cent of a clip's frames that may lie beyond its value."""


@dataclass(frozen=True)
class Person:
    """One clip or photo with one leg taken as the stretched one."""

    name: str
    side: Side
    body: Body
    shown: frozenset[str]
    """The exercises it may be."""
    inside: tuple[tuple[float, float], ...]
    """When it is in the position, seconds; empty where it is in none on that side."""
    is_clear: bool
    """Whether it has to be one of them."""

    def measure(self, exercise: Exercise) -> Floats:
        """(bounds, N) values of the position's measures."""
        names = [band.measure for band in exercise.position]
        numbers = measure_numbers(self.body, self.side, names)
        return np.array([numbers[name] for name in names])


def list_people(shared: Path) -> Iterator[Person]:
    """Everybody there is, with either leg."""
    for folder in list_draws(shared):
        for name, truth in read_truths(folder):
            body = track_body(load_track(folder / f"{name}.npz"))
            for side in SIDES:
                inside = tuple(
                    (hold["start_s"] + RAMP_S, hold["end_s"] - RAMP_S)
                    for hold in truth["holds"]
                    if (hold["side"] or side) == side
                )
                shown = frozenset({truth["exercise"]})
                yield Person(f"{folder.name}/{name}", side, body, shown, inside, True)
    for label in read_table(shared / "people" / "labels.tsv"):
        body = track_body(load_track(shared / "people" / "poses" / f"{label['id']}.npz"))
        shown = frozenset(label["accepted"].split("|"))
        for side in SIDES:
            yield Person(label["id"], side, body, shown, ((0.0, 0.0),), NOTHING not in shown)


def print_margins(exercise: Exercise, people: Sequence[Person], families: dict[str, str]) -> None:
    """Print each bound of an exercise's position with who is nearest on either side."""
    print(exercise.id)
    sides = SIDES[:1] if exercise.sides == "none" else SIDES
    mine = [person for person in people if person.side in sides]
    related = {name for name, family in families.items() if family == exercise.family}
    values = {id(person): person.measure(exercise) for person in mine}
    for row, band in enumerate(exercise.position):
        for name, bound, sign in (("low", band.low, 1), ("high", band.high, -1)):
            if not np.isfinite(bound):
                continue
            within: dict[str, float] = {}
            beyond: dict[str, float] = {}
            for person in mine:
                value = sign * values[id(person)][row]
                others = _meets(exercise, np.delete(values[id(person)], row, axis=0), row)
                if person.shown & related:
                    frames = _pick(person) & np.isfinite(value) & (others | (len(person.body) > 1))
                    if person.is_clear and frames.any():
                        within[person.name] = float(np.percentile(value[frames], EXTREME))
                elif (others & np.isfinite(value)).any():
                    beyond[person.name] = float(value[others & np.isfinite(value)].max())
            near = sorted(within.items(), key=lambda one: one[1])[:N_SHOWN]
            far = sorted(beyond.items(), key=lambda one: -one[1])[:N_SHOWN]
            told = " | ".join(
                ", ".join(f"{sign * value:.2f} {who}" for who, value in found) or "nobody"
                for found in (near, far)
            )
            print(f"  {band.measure} {name} {bound:g}: {told}")


def _pick(person: Person) -> Bools:
    """The frames in which a person is in the position."""
    time_s = person.body.time_s
    found = [(time_s >= start) & (time_s <= end) for start, end in person.inside]
    return np.array(np.any([np.zeros(len(time_s)), *found], axis=0), dtype=np.bool_)


def _meets(exercise: Exercise, values: Floats, left_out: int) -> Bools:
    """The frames that meet all bounds but those of one band."""
    bands = [band for i, band in enumerate(exercise.position) if i != left_out]
    met = [(row >= b.low) & (row <= b.high) for row, b in zip(values, bands, strict=True)]
    return np.array(np.all(met, axis=0), dtype=np.bool_)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("exercises", nargs="*")
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    options = parser.parse_args()
    exercises = {name: one for name, one in list_exercises().items() if one.position}
    if unknown := set(options.exercises) - set(exercises):
        print(f"no exercise with a position: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    people = list(list_people(options.shared))
    families = {name: one.family for name, one in exercises.items()}
    for name in options.exercises or exercises:
        if "same_position_as" not in exercises[name].model_fields_set:
            print_margins(exercises[name], people, families)
    return 0


if __name__ == "__main__":
    sys.exit(main())
