"""A clip, frame by frame: what was measured, what was said of it, and when the clock ran.

It is what the session that judged it kept, as columns, with a row for each analysed frame. Holds,
faults and repetitions cover their first frame and not their last one, so that the length of one is
the sum of its frames' lengths, from each to the next.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import FormcheckError
from formcheck.exercises.schema import Exercise
from formcheck.judging.hold_clock import Interval
from formcheck.judging.rules import Outcome
from formcheck.judging.session import Measured
from formcheck.judging.set import Set
from formcheck.judging.stay import Stay
from formcheck.measure.reason import Reason
from formcheck.measure.registry import OF_REP, Measurements
from formcheck.pose.landmarks import Landmark, Side
from formcheck.pose.track import Floats, PoseTrack

if TYPE_CHECKING:
    from pandas import DataFrame

Cell = str | float | int | bool | None
CellType = type[str] | type[float] | type[int] | type[bool]
Bools = NDArray[np.bool_]

NOBODY: Final = "nobody"
OUT: Final = "out"
SETTLING: Final = "settling"
IN_POSITION: Final = "in position"
HELD: Final = "held"


@dataclass(frozen=True, slots=True, eq=False)
class RuleColumns:
    """One rule over N frames."""

    outcome: tuple[Outcome | None, ...]
    """N verdicts; None outside the position, and of a rule that is judged by the repetition."""
    why: tuple[Reason | None, ...]
    """N reasons why the outcome is UNKNOWN; None where it is not."""
    in_fault: Bools
    """(N,) True in its faults, or in the repetitions that failed it."""


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """N analysed frames of one clip, with unknown numbers NaN."""

    time_s: Floats
    """(N,) presentation times, increasing."""
    exercise: tuple[str | None, ...]
    """N ids, of the set that the frame is in; None between sets."""
    set_number: NDArray[np.int16]
    """(N,) the set's place among the Result's, from 1; 0 between sets."""
    side: tuple[Side | None, ...]
    """N sides, of the set; None where it has none."""
    phase: tuple[str, ...]
    """N of ``nobody``, ``out`` (of position), ``settling``, ``in position`` and ``held``."""
    is_held: Bools
    """(N,) True where the seconds to the next frame count as held."""
    is_confirmed: Bools
    """(N,) the part of that in which every required rule was seen to be met."""
    rep_number: NDArray[np.int16]
    """(N,) place of the repetition under way in its set, from 1; 0 where there is none."""
    is_good_rep: Bools
    """(N,) True in the repetitions that are good."""
    measures: Mapping[str, Floats]
    """By name, which ends in the unit: (N,) values, with the set's side as the stretched one."""
    rules: Mapping[str, RuleColumns]
    """By id; those of all exercises that were judged."""
    cue: tuple[str | None, ...] | None = None
    """N lines: what the person was told; None where no exercise was recognised. None in place of
    them all where nobody worded them."""
    landmarks: Mapping[str, Floats] = field(default_factory=dict)
    """By name, ``left_knee_x_px``, ``left_knee_y_px``, ``left_knee_visibility`` and so on: (N,)
    values, if they were added."""

    def __len__(self) -> int:
        """Number of frames."""
        return len(self.time_s)

    def with_landmarks(self, track: PoseTrack) -> Timeline:
        """The same with the 33 landmarks of the poses that were judged.

        ``_x_px`` and ``_y_px`` are pixels of the upright picture, y down, also where that was
        mirrored; ``_visibility`` is in [0, 1]. Left and right are the person's own.
        """
        xy_px = track.xy_px
        if track.is_mirrored:  # the sides are the person's, the places stay the picture's
            xy_px = xy_px * (-1.0, 1.0) + (track.width_px, 0.0)
        columns: dict[str, Floats] = {}
        for landmark in Landmark:
            name = landmark.name.lower()
            columns[f"{name}_x_px"], columns[f"{name}_y_px"] = xy_px[:, landmark].T
            columns[f"{name}_visibility"] = track.visibility[:, landmark]
        return replace(self, landmarks=columns)

    @property
    def columns(self) -> dict[str, CellType]:
        """Names of the columns of `rows`, in order, and what is in them where it is known."""
        columns = dict(_FIXED)
        if self.cue is not None:
            columns["cue"] = str
        columns |= dict.fromkeys(self.measures, float)
        for rule_id in self.rules:
            columns[f"rule_{rule_id}"] = columns[f"rule_{rule_id}__why"] = str
            columns[f"rule_{rule_id}__fault"] = bool
        return columns | dict.fromkeys(self.landmarks, float)

    def rows(self) -> Iterator[dict[str, Cell]]:
        """One row a frame: what is unknown or does not apply is None."""
        for i in range(len(self)):
            fixed: tuple[Cell, ...] = (
                round(float(self.time_s[i]), 6), self.exercise[i], int(self.set_number[i]) or None,
                self.side[i], self.phase[i], bool(self.is_held[i]), bool(self.is_confirmed[i]),
                int(self.rep_number[i]) or None,
                bool(self.is_good_rep[i]) if self.rep_number[i] else None,
            )  # fmt: skip
            row: dict[str, Cell] = dict(zip(_FIXED, fixed, strict=True))
            if self.cue is not None:
                row["cue"] = self.cue[i]
            for name, values in self.measures.items():
                row[name] = _round(values[i])
            for rule_id, rule in self.rules.items():
                outcome = rule.outcome[i]
                row[f"rule_{rule_id}"] = None if outcome is None else outcome.value
                why = rule.why[i]
                row[f"rule_{rule_id}__why"] = None if why is None else str(why)
                row[f"rule_{rule_id}__fault"] = bool(rule.in_fault[i])
            for name, values in self.landmarks.items():
                row[name] = _round(values[i])
            yield row

    def to_pandas(self) -> DataFrame:
        """The rows as a pandas data frame: numbers are float64, the rest has pandas' own NA.

        Raises:
            FormcheckError: pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            advice = "pip install 'formcheck[pandas]', or write the series to a file"
            raise FormcheckError("a data frame", "needs an extra", advice) from error
        rows = list(self.rows())
        return pandas.DataFrame(
            {
                name: pandas.array([row[name] for row in rows], dtype=_DTYPES[kind])
                for name, kind in self.columns.items()
            }
        )


_FIXED: Final[Mapping[str, CellType]] = {
    "time_s": float, "exercise": str, "set": int, "side": str, "phase": str, "clock_runs": bool,
    "confirmed": bool, "rep": int, "good_rep": bool,
}  # fmt: skip
_DTYPES: Final[Mapping[CellType, str]] = {
    str: "string", float: "float64", int: "Int64", bool: "boolean",
}  # fmt: skip


def _round(value: np.float64) -> float | None:
    return round(float(value), 4) if math.isfinite(value) else None


def build_timeline(
    measured: Measured,
    played: Sequence[Set],
    exercises: Sequence[Exercise],
    *,
    side: Side | None = None,
) -> Timeline:
    """The timeline of what was judged.

    Args:
        measured: every frame, for both sides, with the measures of ``exercises``.
        played: the sets of the result as they were played; none of a single picture.
        exercises: whose measures and rules are columns.
        side: the stretched side where no set tells it.
    """
    return _Columns(measured, played, exercises, side or "left").build()


class _Columns:
    """The columns, filled set by set."""

    def __init__(
        self, measured: Measured, played: Sequence[Set], exercises: Sequence[Exercise], side: Side
    ) -> None:
        self._measured, self._played = measured, played
        self._times = np.array([frame.time_s for frame in measured["left"]], dtype=np.float64)
        n = len(self._times)
        self._at = {time_s: i for i, time_s in enumerate(self._times.tolist())}
        self._exercise: list[str | None] = [None] * n
        self._set = np.zeros(n, dtype=np.int16)
        self._side: list[Side | None] = [None] * n
        self._phase = [OUT if frame.found else NOBODY for frame in measured["left"]]
        self._held, self._sure, self._good = (np.zeros(n, dtype=np.bool_) for _ in range(3))
        self._rep = np.zeros(n, dtype=np.int16)
        names = dict.fromkeys(name for one in exercises for name in one.measures)
        for name in OF_REP:  # of a whole repetition, not of a frame
            names.pop(name, None)
        self._measures = {
            name: np.array([frame.values[name] for frame in measured[side]], dtype=np.float64)
            for name in names
        }
        rule_ids = dict.fromkeys(rule.id for one in exercises for rule in one.rules)
        self._outcome: dict[str, list[Outcome | None]] = {r: [None] * n for r in rule_ids}
        self._why: dict[str, list[Reason | None]] = {r: [None] * n for r in rule_ids}
        self._faults = {r: np.zeros(n, dtype=np.bool_) for r in rule_ids}

    def build(self) -> Timeline:
        for number, played in enumerate(self._played, start=1):
            self._fill_set(number, played)
        rules = {
            name: RuleColumns(tuple(outcome), tuple(self._why[name]), self._faults[name])
            for name, outcome in self._outcome.items()
        }
        return Timeline(
            self._times, tuple(self._exercise), self._set, tuple(self._side), tuple(self._phase),
            self._held, self._sure, self._rep, self._good, self._measures, rules,
        )  # fmt: skip

    def _fill_set(self, number: int, played: Set) -> None:
        inside = self._between(Interval(played.start_s, played.end_s), closed=True)
        self._set[inside] = number
        for i in map(int, np.flatnonzero(inside)):
            self._exercise[i], self._side[i] = played.exercise.id, played.side
            self._take(i, self._measured[played.measured_side][i])
        for stay in played.stays:
            self._fill_stay(stay)
        for hold in played.holds:
            held = self._between(hold)
            self._held |= held
            for i in map(int, np.flatnonzero(held)):
                self._phase[i] = HELD
        for sure in (interval for stay in played.counted for interval in stay.confirmed):
            self._sure |= self._between(sure)
        for place, rep in enumerate(played.reps, start=1):
            of_rep = self._between(Interval(rep.rise.start_s, rep.rise.end_s))
            self._rep[of_rep] = place
            self._good[of_rep] = rep.good
            for i in map(int, np.flatnonzero(of_rep)):
                self._side[i] = rep.side
        for fault in played.faults:
            end_s = played.end_s if fault.end_s is None else fault.end_s
            self._faults[fault.rule.id] |= self._between(Interval(fault.start_s, end_s))

    def _fill_stay(self, stay: Stay) -> None:
        for legs in stay.legs:
            time_s = legs[stay.side].time_s
            rep = next((rep for rep in stay.reps if rep.rise.end_s >= time_s), None)
            leg = (rep.side if rep else None) or stay.side
            self._take(self._at[time_s], legs[leg])
        for time_s, verdicts in stay.frames:
            i = self._at[time_s]
            settled = stay.settled_s is not None and time_s >= stay.settled_s
            self._phase[i] = IN_POSITION if settled else SETTLING
            for verdict in verdicts:
                self._outcome[verdict.rule.id][i] = verdict.outcome
                self._why[verdict.rule.id][i] = verdict.why_unknown

    def _take(self, i: int, frame: Measurements) -> None:
        for name, values in self._measures.items():
            values[i] = frame.values.get(name, math.nan)

    def _between(self, span: Interval, *, closed: bool = False) -> Bools:
        after = self._times >= span.start_s - 1e-9
        before = self._times <= span.end_s + 1e-9 if closed else self._times < span.end_s - 1e-9
        return np.asarray(after & before)
