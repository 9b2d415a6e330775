"""Why an exercise was not seen: the nearest one, and what it lacked for longest.

Each moment weighs its length, times a third for each condition of the position that fails in it: so
the moments in which least is lacking count most. What an exercise lacked is the condition whose
failing moments weigh most; or, if the moments in which every condition holds weigh more, whatever
else it takes to enter the position and to be counted. Which exercise was nearest depends also on
how far each value was from its band.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from formcheck.exercises.schema import Exercise, PositionBand, Reps
from formcheck.judging.position import ENTER_AFTER_S, LEAVE_AFTER_S, STILL_TRUNK, hold_bands
from formcheck.judging.quick import list_runs
from formcheck.judging.timeline import Bools
from formcheck.measure.body import Body
from formcheck.measure.position_words import Bound, find_words
from formcheck.measure.registry import measure_body, measure_numbers
from formcheck.measure.view import VIEW_TEXT, name_view
from formcheck.notation import UNIT_TEXT
from formcheck.pose.landmarks import SIDES, Side
from formcheck.pose.track import Floats
from formcheck.result.detect import MIN_DETECTED_S
from formcheck.result.models import Condition, Nearest

FAILING_WEIGHS: Final = 1 / 3
"""What a moment weighs for each further condition that fails in it."""
DEGREES: Final = 30.0
LENGTHS: Final = 0.3
MOST: Final = 2.0
"""This far beyond its bound, in degrees or body lengths, a value counts as one more condition that
fails; farther, as two at the most."""
CAMERA_SHARE: Final = 0.5
"""The camera moved if taking the feet's path over the picture from the hips' leaves less than this
share of it: a person who rocks leaves the feet where they are."""
YAW: Final = "yaw_deg"
TRAVEL: Final = "hip_travel_trunk"


@dataclass(frozen=True, slots=True)
class NotSeen:
    """Which exercise was nearest, and why it was not seen, as data and in words."""

    nearest: Nearest
    text: str


def explain_not_seen(
    body: Body, exercises: Sequence[Exercise], side: Side | None, *, is_still: bool, is_given: bool
) -> NotSeen | None:
    """Why none of some exercises was seen; None where nobody was.

    Args:
        body: N frames.
        exercises: those that were looked for.
        side: the side that was asked for; None for either.
        is_still: a single picture, judged without a clock.
        is_given: there is one exercise, and it was asked for by name.
    """
    if not np.isfinite(body.facing).any():
        return None
    looks = [
        _TriedPosition.of(body, exercise, one, is_still)
        for exercise in exercises
        for one in ((side,) if side is not None and exercise.sides != "none" else SIDES)
    ]
    look = max(looks, key=lambda one: one.nearness_s)
    nearest, reason = look.explain(is_given, is_still)
    name = look.exercise.id
    lead = (
        f"{name.capitalize()} was not seen because"
        if is_given
        else f"The nearest exercise was {name}, but"
    )
    return NotSeen(nearest, f"{lead} {reason}.")


@dataclass(frozen=True, slots=True)
class _Lack:
    """A band of the position that failed in one way."""

    band: PositionBand
    bound: Bound | None
    """None where its measure was not seen."""
    fails: Bools
    """(N,)"""


@dataclass(frozen=True, slots=True, eq=False)
class _TriedPosition:
    """One exercise's position, tried on every frame with one leg taken as the stretched one."""

    exercise: Exercise
    side: Side
    body: Body
    length_s: Floats
    """(N,) what each frame stands for; 0 where nobody was found."""
    numbers: Mapping[str, Floats]
    """Measure to (N,) values."""
    holds: Bools
    """(K, N) whether each of the position's bands holds."""
    off: Floats
    """(K, N) how far beyond its bound each band's measure is; 0 where it holds or is not seen."""

    @staticmethod
    def of(body: Body, exercise: Exercise, side: Side, is_still: bool) -> _TriedPosition:
        names = dict.fromkeys([TRAVEL, *(band.measure for band in exercise.position)])
        numbers = measure_numbers(body, side, names)
        length_s = np.ones(1)
        if not is_still:
            length_s = np.minimum(np.diff(body.time_s, append=body.time_s[-1]), LEAVE_AFTER_S)
            length_s[-1] = np.median(length_s[:-1]) if len(length_s) > 1 else 1.0
        length_s = length_s * np.isfinite(body.facing)
        off = np.array([_find_off(band, numbers[band.measure]) for band in exercise.position])
        return _TriedPosition(
            exercise, side, body, length_s, numbers, hold_bands(exercise, numbers), off
        )

    @property
    def weight_s(self) -> Floats:
        """(N,) how much each frame weighs."""
        return np.asarray(self.length_s * FAILING_WEIGHS ** (~self.holds).sum(axis=0))

    @property
    def nearness_s(self) -> float:
        """How near the exercise was."""
        return float((self.weight_s * FAILING_WEIGHS ** self.off.sum(axis=0)).sum())

    def explain(self, is_given: bool, is_still: bool) -> tuple[Nearest, str]:
        """What was lacking, as data and in words."""
        inside = np.asarray(self.holds.all(axis=0))
        worst = max(self._list_lacks(), key=self._weigh, default=None)
        condition: Condition
        if worst is None or self.weight_s[inside].sum() >= self.weight_s[worst.fails].sum():
            condition, failed_s, words = self._explain_entering(inside, is_given, is_still)
            nearest = Nearest(exercise=self.exercise.id, condition=condition, failed_s=failed_s)
            return nearest, words
        measure = worst.band.measure
        condition = "unseen" if worst.bound is None else "view" if measure == YAW else "position"
        nearest = Nearest(
            exercise=self.exercise.id,
            condition=condition,
            measure=measure,
            bound=worst.bound,
            failed_s=float(self.length_s[worst.fails].sum()),
        )
        return nearest, self._word(worst)

    def _list_lacks(self) -> Iterator[_Lack]:
        found = np.isfinite(self.body.facing)
        for band in self.exercise.position:
            values = self.numbers[band.measure]
            ways: tuple[tuple[Bound | None, Bools], ...] = (
                ("low", values < band.low),
                ("high", values > band.high),
                (None, np.isnan(values) & found),
            )
            for bound, fails in ways:
                if fails.any():
                    yield _Lack(band, bound, fails)

    def _weigh(self, lack: _Lack) -> tuple[float, float]:
        """How much its frames weigh, and by how much they miss the band."""
        off = self.off[self.exercise.position.index(lack.band)][lack.fails]
        return round(float(self.weight_s[lack.fails].sum()), 3), float(off.mean())

    def _word(self, lack: _Lack) -> str:
        band, fails = lack.band, lack.fails
        if lack.bound is None:
            rows = measure_body(self.body, self.side, [band.measure])
            reasons = Counter(rows[i].why[band.measure] for i in np.flatnonzero(fails))
            why = reasons.most_common(1)[0][0]
            return f"its position could not be seen: {why}. Step back or turn until it can"
        own = band.too_low if lack.bound == "low" else band.too_high
        words = own or find_words(band.measure, lack.bound)
        value = float(np.median(self.numbers[band.measure][fails]))
        if words is None and band.measure == YAW and name_view(value) not in self.exercise.views:
            needed = " or ".join(VIEW_TEXT[view] for view in self.exercise.views)
            return f"you were seen {VIEW_TEXT[name_view(value)]}, but {needed} is needed"
        if words is None:
            limit = band.low if lack.bound == "low" else band.high
            least = "least" if lack.bound == "low" else "most"
            unit = UNIT_TEXT[band.unit]
            return f"{band.measure} was {value:.3g}{unit}, but at {least} {limit:g}{unit} is needed"
        return words

    def _explain_entering(
        self, inside: Bools, is_given: bool, is_still: bool
    ) -> tuple[Condition, float | None, str]:
        """What kept a position that was seen from being entered or counted, how long, in words."""
        if is_still:
            return "repetition", None, "a photo cannot show a repetition"
        times, inside_s = self.body.time_s, float(self.length_s[inside].sum())
        runs = list(list_runs(times, inside))
        late = [run[times[run] - times[run[0]] >= ENTER_AFTER_S - 1e-6] for run in runs]
        if not any(len(run) for run in late):
            longest_s = max(float(times[run[-1]] - times[run[0]]) for run in runs)
            if len(times) > 1 and np.median(np.diff(times)) > LEAVE_AFTER_S:
                return "short", longest_s, "there are too few frames per second to see it held"
            words = f"its position was held for {longest_s:.1f} s: hold it for longer"
            return "short", longest_s, words
        if not any((self.numbers[TRAVEL][run] <= STILL_TRUNK).any() for run in late):
            if self._is_camera_moving(np.concatenate(late)):
                return "camera", inside_s, "the camera moved: stand it on something firm"
            return "moving", inside_s, "your hips did not keep still for a second: hold still"
        if isinstance(self.exercise.count, Reps):
            least_s = self.exercise.count.min_s
            words = (
                f"in the {inside_s:.1f} s in its position no complete repetition of "
                f"{least_s:g} s or more was seen: begin and end at rest, and go all the way"
            )
            return "repetition", inside_s, words
        words = (
            f"its position was held for less than {MIN_DETECTED_S:g} s: hold it for longer, or "
            "name the exercise"
        )
        return "short", inside_s, words

    def _is_camera_moving(self, at: NDArray[np.intp]) -> bool:
        """Whether in those frames the body moves over the picture as one, planted feet and all."""
        way, own = self.body.hip_travel[at], self.body.off_feet_travel[at]
        is_known = way > 0
        return bool(is_known.any()) and bool(
            np.median(own[is_known] / way[is_known]) < CAMERA_SHARE
        )


def _find_off(band: PositionBand, values: Floats) -> Floats:
    scale = DEGREES if band.unit == "deg" else LENGTHS
    beyond = np.fmax(band.low - values, values - band.high) / scale
    return np.nan_to_num(np.clip(beyond, 0, MOST))
