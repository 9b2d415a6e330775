"""Fits the bounds of positions, and of the marks that ``auto`` goes by, to labelled people.

    python -m benchmarks.fit [EXERCISE ...] [--shared FOLDER] [--draws FOLDER ...]
        [--move] [--write]
    python -m benchmarks.fit --leave-out [--shared FOLDER] [--draws FOLDER ...]

What each bound rests on is printed: how near the people in the exercise and those in something else
come to it. With ``--move`` the bounds are fitted to them before.

The people are those of ``benchmarks.people``: rendered clips with truth, and labelled photos. Each
bound parts those in the exercise from those in something else who meet all other bounds, with a
margin on both sides (``place``). The bounds are fitted one after the other, again until none moves.

``--write`` puts them into the catalogue with what they rest on as their ``source``. A bound whose
source says something else was set for that reason, and stays. ``--leave-out`` fits to all
but one draw, or all but the photos of one source, and judges those left out by that.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, Literal

import numpy as np
import tomlkit

from benchmarks.labelled import Bools, Person, list_people
from benchmarks.people import NOTHING, list_draws, tell_share
from formcheck.exercises.load import CATALOGUE_DIR, list_exercises
from formcheck.exercises.schema import Band, Exercise
from formcheck.measure.registry import measure_numbers
from formcheck.pose.landmarks import SIDES
from formcheck.pose.track import Floats
from formcheck.result.detect import MARKED
from formcheck.result.judgement import judge_poses

End = Literal["low", "high"]
ENDS: Final[tuple[End, ...]] = ("low", "high")
EXTREME: Final = 0.05
"""The share of a hold's frames that may lie beyond a bound: noise."""
ROOM: Final = 1.0
"""The margin of a bound: standard deviations of the people in the exercise."""
MEASURED: Final = "Measured here. "
"""How the source of a bound begins that says what it rests on."""
MAX_ROUNDS: Final = 6
_MISPLACED: Final = re.compile(rf'((?:^(?:#.*)?\n)+)(source = "{re.escape(MEASURED)}.*\n)', re.M)


@dataclass(frozen=True)
class Fit:
    """A bound and what it rests on, all in the measure's unit."""

    bound: float
    n_inside: int
    inside: float
    """The outermost of those in the exercise who are kept."""
    n_beyond: int
    """Others who meet all other bounds and are told apart by this one."""
    beyond: float
    """The nearest of them; NaN without one."""
    n_wrong: int
    """People on the wrong side of it, on both."""

    def tell(self, end: End) -> str:
        """What it rests on, in a few words."""
        least, most = ("or more", "or less") if end == "low" else ("or less", "or more")
        told = f"{end}: {self.n_inside} in it {self.inside:.3g} {least}"
        if self.n_beyond:
            told += f", {self.n_beyond} not in it {self.beyond:.3g} {most}"
        return f"{told}, {self.n_wrong} on the wrong side" if self.n_wrong else told


# --- one bound --------------------------------------------------------------------------------


def place(now: float, inside: Sequence[float], beyond: Sequence[float]) -> Fit:
    """Where the lower bound belongs: below those inside, above those beyond.

    Each person costs what they lack of a margin of ``ROOM`` standard deviations on their own side
    of the bound. Where the sum is least over a range, the bound stays in it as near as it can to
    where it is, or goes to the middle of the gap if fewer are on the wrong side then. This is a
    support vector machine in one dimension.

    Args:
        now: where it is.
        inside: the outermost value of each person in the exercise; one at least.
        beyond: that of each of the others.
    """
    mine, others = np.asarray(inside), np.asarray(beyond)
    margin = max(ROOM * float(np.std(mine)), 1e-9)
    corners = np.sort(np.concatenate((mine - margin, others + margin)))
    lacking = np.maximum(corners[:, None] - (mine - margin), 0).sum(axis=1)
    lacking += np.maximum(others + margin - corners[:, None], 0).sum(axis=1)
    best = corners[lacking <= lacking.min() + 1e-9]
    low = float(best[0]) if others.size else -math.inf
    middle = (mine.min() + max(others, default=now)) / 2
    found = (weigh(min(max(wish, low), float(best[-1])), mine, others) for wish in (now, middle))
    return min(found, key=lambda one: one.n_wrong)


def weigh(bound: float, inside: Sequence[float] | Floats, beyond: Sequence[float] | Floats) -> Fit:
    """What a lower bound rests on; people as for ``place``."""
    mine, others = np.asarray(inside), np.asarray(beyond)
    kept, off = mine[mine >= bound], others[others < bound]
    near, far = float(min(kept, default=math.nan)), float(max(off, default=math.nan))
    n_wrong = len(mine) - len(kept) + len(others) - len(off)
    return Fit(bound, len(kept), near, len(off), far, n_wrong)


def round_bound(fit: Fit, unit: str) -> float:
    """The bound in as few digits as keep it within its gap."""
    for digits in range(0 if unit == "deg" else 2, 6):
        rounded = round(fit.bound, digits) + 0.0
        if rounded <= fit.inside and not rounded <= fit.beyond:
            return rounded
    return fit.bound


def mirror(fit: Fit) -> Fit:
    """The fit of an upper bound from that of the lower one of the negated values."""
    return replace(fit, bound=-fit.bound, inside=-fit.inside, beyond=-fit.beyond)


# --- a position and its marks -----------------------------------------------------------------


class BandsFit:
    """Fits the bounds of a position, or of the marks by which ``auto`` tells an exercise.

    Args:
        bands: as they are now.
        inside: (bands, frames) values of each person in the exercise, at the frames that count.
        others: those of everybody else, and in how many frames all bands must hold to claim it.
        share: of the frames of a person in the exercise that must be within.
        moves: whether bounds are moved; or else it is only told what they rest on.
    """

    def __init__(
        self, bands: Sequence[Band], inside: Sequence[Floats], others: Sequence[tuple[Floats, int]],
        share: float, moves: bool,
    ) -> None:  # fmt: skip
        self.bands = list(bands)
        self.fits: dict[tuple[int, End], Fit] = {}
        self._inside, self._others, self._share, self._moves = inside, others, share, moves
        if not inside:
            return
        for _ in range(MAX_ROUNDS):
            before = list(self.bands)
            for i, band in enumerate(before):
                for end in ENDS:
                    is_fitted = band.source is None or band.source.startswith(MEASURED)
                    if is_fitted and math.isfinite(getattr(band, end)):
                        self._fit_bound(i, end)
            if before == self.bands:
                return

    def _fit_bound(self, i: int, end: End) -> None:
        sign = 1 if end == "low" else -1
        now = sign * getattr(self.bands[i], end)
        inside = [
            float(np.quantile(row, 1 - self._share))
            for values in self._inside
            if (row := (sign * values[i])[np.isfinite(values[i])]).size
        ]
        beyond = []
        for values, n in self._others:
            row = (sign * values[i])[self._meet_others(values, i, end)]
            if len(row) >= n:
                beyond.append(float(np.sort(row)[-n]))
        found = (place if self._moves else weigh)(now, inside, beyond)
        bound = now if found.bound == now else round_bound(found, self.bands[i].unit)
        self.fits[i, end] = mirror(found) if sign < 0 else found
        self.bands[i] = self.bands[i].model_copy(update={end: sign * bound})

    def _meet_others(self, values: Floats, i: int, end: End) -> Bools:
        """The frames that meet all bounds but this one."""
        met: Bools = np.isfinite(values[i])
        for k, (row, band) in enumerate(zip(values, self.bands, strict=True)):
            if (k, end) != (i, "low"):
                met &= row >= band.low
            if (k, end) != (i, "high"):
                met &= row <= band.high
        return met


@dataclass(frozen=True, eq=False)
class ExerciseFit:
    """What was fitted of one exercise; None where it has none of its own."""

    position: BandsFit | None
    marks: BandsFit | None


def fit_exercise(
    people: Sequence[Person], exercise: Exercise, related: frozenset[str], *, moves: bool
) -> ExerciseFit:
    """Fit an exercise's position, and its marks to those who are in that.

    Args:
        people: everybody, with either leg.
        exercise: as it is now.
        related: the ids of those that share its position, its own among them.
        moves: whether bounds are moved.
    """
    mine = [p for p in people if p.side in (SIDES[:1] if exercise.sides == "none" else SIDES)]
    mine = [p for p in mine if not p.shown & related or _is_its_side(p, mine, exercise.position)]
    marks = exercise.auto.bands if exercise.auto is not None else ()
    is_alone = len(related) == 1
    position = None
    if "same_position_as" not in exercise.model_fields_set:
        inside, others = [], []
        for person in mine:
            values = measure(person, exercise.position)
            if not person.shown & related:
                shown = meet(measure(person, marks), marks) if is_alone else np.True_
                others.append((np.where(shown, values, np.nan), person.n_claimed))
            elif person.is_clear and (found := person.find_inside()).any():
                inside.append(values[:, found])
        position = BandsFit(exercise.position, inside, others, 1 - EXTREME, moves)
    if not marks:
        return ExerciseFit(position, None)
    inside, others = [], []
    bands = exercise.position if position is None else position.bands
    for person in mine:
        within = meet(measure(person, bands), bands)
        values = measure(person, marks)[:, within]
        if not values.shape[1] or (len(person.body) < 2 and not is_alone):
            continue  # a picture has no sets to tell apart
        if person.shown == {exercise.id}:
            inside.append(values)
        elif exercise.id not in person.shown and (is_alone or person.shown & related):
            others.append((values, math.ceil(MARKED * values.shape[1])))
    return ExerciseFit(position, BandsFit(marks, inside, others, MARKED, moves))


def measure(person: Person, bands: Sequence[Band]) -> Floats:
    """(bands, N) values of each band's measure."""
    names = [band.measure for band in bands]
    numbers = measure_numbers(person.body, person.side, names)
    return np.array([numbers[name] for name in names]).reshape(len(names), len(person.body))


def meet(values: Floats, bands: Sequence[Band]) -> Bools:
    """(N,) the frames that meet all of some bands."""
    met = [(row >= b.low) & (row <= b.high) for row, b in zip(values, bands, strict=True)]
    return np.array(np.all([np.ones(values.shape[1]), *met], axis=0), dtype=np.bool_)


def _is_its_side(person: Person, people: Sequence[Person], bands: Sequence[Band]) -> bool:
    """Of a photo, whether the other leg would meet no more of the bands; nobody noted its side."""
    if len(person.body) > 1:
        return True

    def count(one: Person) -> int:
        values = measure(one, bands)[:, 0]
        return sum(b.low <= v <= b.high for b, v in zip(bands, values.tolist(), strict=True))

    other = [p for p in people if p.name == person.name and p.side != person.side]
    return all((count(person), person.side) > (count(p), p.side) for p in other)


def fit_catalogue(
    people: Sequence[Person], exercises: Mapping[str, Exercise], *, moves: bool
) -> dict[str, ExerciseFit]:
    """The fits of each exercise, by id."""
    families: dict[str, set[str]] = {}
    for name, one in exercises.items():
        families.setdefault(one.family, set()).add(name)
    return {
        name: fit_exercise(people, one, frozenset(families[one.family]), moves=moves)
        for name, one in exercises.items()
    }


def apply(
    fits: Mapping[str, ExerciseFit], exercises: Mapping[str, Exercise]
) -> dict[str, Exercise]:
    """The exercises with what was fitted."""
    changed = {}
    for name, exercise in exercises.items():
        position, marks = fits[exercise.family].position, fits[name].marks
        update: dict[str, object] = {}
        if position is not None:
            update["position"] = tuple(position.bands)
        if marks is not None and exercise.auto is not None:
            update["auto"] = exercise.auto.model_copy(update={"bands": tuple(marks.bands)})
        changed[name] = exercise.model_copy(update=update)
    return changed


# --- what comes of it -------------------------------------------------------------------------


def write(name: str, fits: ExerciseFit) -> None:
    """Put the bounds into the exercise's file, each with its source."""
    path = CATALOGUE_DIR / f"{name}.toml"
    file = tomlkit.parse(path.read_text())
    if fits.position is not None:
        _set(file["position"], fits.position)
    if fits.marks is not None:
        _set(file["auto"]["bands"], fits.marks)
    # tomlkit takes a comment above a table for the end of the one before.
    path.write_text(_MISPLACED.sub(r"\2\1", tomlkit.dumps(file)))


def _set(tables: object, fit: BandsFit) -> None:
    assert isinstance(tables, list)
    for i, (table, band) in enumerate(zip(tables, fit.bands, strict=True)):
        told = [fit.fits[i, end].tell(end) for end in ENDS if (i, end) in fit.fits]
        for end in ENDS:
            if (i, end) in fit.fits:
                value = getattr(band, end)
                table[end] = int(value) if value.is_integer() else value
        if told:
            table["source"] = f"{MEASURED}{'; '.join(told)}."


def print_fits(exercise: Exercise, fits: ExerciseFit) -> None:
    """Print each bound, before and after, with what it rests on."""
    print(exercise.id)
    old = (exercise.position, exercise.auto.bands if exercise.auto else ())
    for bands, fit in zip(old, (fits.position, fits.marks), strict=True):
        if fit is None:
            continue
        for (i, end), found in sorted(fit.fits.items()):
            was, now = getattr(bands[i], end), getattr(fit.bands[i], end)
            moved = f"{was:g} -> {now:g}" if was != now else f"{now:g}"
            print(f"  {bands[i].measure} {moved}, {found.tell(end)}")


@dataclass(frozen=True)
class LeftOut:
    """What was said of somebody by bounds that were fitted without them."""

    name: str
    shown: frozenset[str]
    found: str
    verdict: str


def leave_out(people: Sequence[Person], exercises: Mapping[str, Exercise]) -> None:
    """Fit to all but one group at a time, and judge that one."""
    said: list[LeftOut] = []
    with ProcessPoolExecutor() as pool:
        groups = dict.fromkeys(person.group for person in people)
        for found in pool.map(partial(_judge_group, people, exercises), groups):
            said += found
    mine = [one for one in said if NOTHING not in one.shown]
    others = [one for one in said if one.shown == {NOTHING}]
    for one in said:
        if one.found not in one.shown:
            print(f"  {one.name}: {one.found}, {one.verdict}; it is {', '.join(one.shown)}")
    for what, rows in (("rendered", [m for m in mine if "/" in m.name]),
                       ("photos", [m for m in mine if "/" not in m.name])):  # fmt: skip
        n_right = sum(one.found in one.shown for one in rows)
        print(f"{what}, recognised: {tell_share(n_right, len(rows))}")
    n_claimed = sum(one.found != NOTHING for one in others)
    print(f"other photos claimed: {tell_share(n_claimed, len(others))}")
    n_passed = sum(one.verdict == "pass" for one in others)
    print(f"other photos passed: {tell_share(n_passed, len(others))}")


def _judge_group(
    people: Sequence[Person], exercises: Mapping[str, Exercise], group: str
) -> list[LeftOut]:
    """What is said of those of a group, fitted to everybody else."""
    others = [p for p in people if p.group != group]
    fitted = apply(fit_catalogue(others, exercises, moves=True), exercises)
    said = []
    for person in (p for p in people if p.group == group and p.side == SIDES[0]):
        result = judge_poses(person.track, fitted).result
        said.append(LeftOut(person.name, person.shown, result.exercise or NOTHING, result.verdict))
    return said


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("exercises", nargs="*")
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--draws", type=Path, nargs="*")
    parser.add_argument("--move", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--leave-out", action="store_true")
    options = parser.parse_args()
    exercises = {name: one for name, one in list_exercises().items() if one.position}
    if unknown := set(options.exercises) - set(exercises):
        print(f"no exercise with a position: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    draws = list_draws(options.shared) if options.draws is None else options.draws
    people = list(list_people(draws, options.shared))
    if options.leave_out:
        leave_out(people, exercises)
        return 0
    fits = fit_catalogue(people, exercises, moves=options.move)
    for name in options.exercises or exercises:
        print_fits(exercises[name], fits[name])
        if options.write:
            write(name, fits[name])
    return 0


if __name__ == "__main__":
    sys.exit(main())
