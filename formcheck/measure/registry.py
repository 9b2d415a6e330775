"""The registry of the measures that exercises name, and the measurements of a frame.

A measure is one function from a Body to (N,) numbers, registered under a name that ends in its
unit: ``_deg``, or the body length it is a share of (``_trunk _thigh _shank _leg _shoulders``). It
is NaN where a joint it needs is not seen, and the reason is kept. The functions are in
``measures``; importing the package registers them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from formcheck.measure.body import Body, find_landmarks
from formcheck.measure.pelvis import Back, view_backs
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.measure.view import Unseen
from formcheck.pose.landmarks import Side
from formcheck.pose.track import Floats

Compute = Callable[[Body], Floats]
"""From a Body of N frames to (N,) values."""


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """One registered measure."""

    name: str
    """Ends in its unit."""
    says: str
    """What it is, in a sentence."""
    joints: tuple[str, ...]
    """Those it needs, as ``rear_knee``, ``front_hip``, ``near_elbow``, ``left_wrist``, ``nose``."""
    guess: bool
    """True: a joint that is covered but inside the picture is taken where the model guesses it.
    Good enough to tell a position (hidden knees are off by .04 thigh), not to judge form."""
    compute: Compute

    @property
    def unit(self) -> str:
        """``deg``, or the length it is a share of."""
        return self.name.rsplit("_", 1)[1]


MEASURES: Final[dict[str, Measure]] = {}
"""Every measure that is computed from a frame alone, by its name."""

PELVIC_TILT: Final = "pelvic_tilt_change_deg"
FROM_NEUTRAL: Final = frozenset({PELVIC_TILT})
"""Measures against the person's own neutral: judging works them out from ``Measurements.back`` once
that is known."""
FROM_START: Final[Mapping[str, str]] = {
    "trunk_inclination_change_deg": "trunk_inclination_deg",
    "near_heel_rise_leg": "near_ankle_height_leg",
    "knee_drop_deg": "knees_apart_deg",
}
"""Measures that are the change of another since the position was entered: judging works them out,
against the median of the first second in position."""
FROM_REST: Final = frozenset({"knee_drop_deg"})
"""Of them, those against where the person rests between repetitions instead."""
OF_REP: Final = frozenset({"rep_s"})
"""What is known of a repetition only once it is over: how long it took."""


UNITS: Final = ("deg", "trunk", "thigh", "shank", "leg", "shoulders")
"""What the name of a measure may end in: degrees, or the body's own length it is a share of."""


def name_measures() -> frozenset[str]:
    """Every name that a rule may give as its measure."""
    return frozenset({*MEASURES, *FROM_NEUTRAL, *FROM_START, *OF_REP})


def add_measure(
    name: str, joints: str, says: str, compute: Compute, *, guess: bool = False
) -> None:
    """Register a measure; the arguments are the fields of `Measure`, joints with spaces between.

    Raises:
        ValueError: the name is taken or ends in no unit, a joint is unknown, or it says nothing.
    """
    if name in MEASURES:
        raise ValueError(f"measure {name} is registered twice")
    if name.rpartition("_")[2] not in UNITS:
        raise ValueError(f"measure {name}: its name has to end in a unit, _{', _'.join(UNITS)}")
    if not says:
        raise ValueError(f"measure {name}: say in its docstring what it is")
    for joint in joints.split():
        try:
            find_landmarks("left", joint)
        except (KeyError, ValueError) as error:
            raise ValueError(f"measure {name}: there is no joint {joint!r}") from error
    MEASURES[name] = Measure(name, says, tuple(joints.split()), guess, compute)


def measure(name: str, *joints: str, guess: bool = False) -> Callable[[Compute], Compute]:
    """Register a function from Body to (N,) whose docstring begins with what the measure is.

    Args:
        name: ends in its unit: ``_deg``, or the length it is a share of, as ``_trunk``.
        joints: those it needs, such as ``rear_knee``; where one is not seen, the value is NaN.
        guess: take a joint that is covered where the model guesses it.

    Raises:
        ValueError: when it registers a name that is taken or ends in no unit, an unknown joint, or
            a function without a docstring.
    """

    def register(compute: Compute) -> Compute:
        says = " ".join((compute.__doc__ or "").strip().partition("\n\n")[0].split())
        add_measure(name, " ".join(joints), says, compute, guess=guess)
        return compute

    return register


@dataclass(frozen=True, slots=True, eq=False)
class Measurements:
    """What was measured in one frame, with one leg taken as the stretched one."""

    time_s: float
    """Presentation time of the frame."""
    values: Mapping[str, float]
    """Measure name to value in the unit its name ends in; NaN = not seen."""
    why: Mapping[str, Reason]
    """Measure name to the reason, for each that is NaN."""
    found: bool
    """False when nobody was in the frame."""
    back: Back | None = None
    """The back's outline, where a measure from neutral was asked for."""

    def with_value(self, name: str, value: float, why: Reason | None) -> Measurements:
        """The same with one more measure; ``why`` says why it is NaN."""
        reasons = dict(self.why)
        reasons.pop(name, None)
        if why is not None:
            reasons[name] = why
        values = {**self.values, name: value}
        return Measurements(self.time_s, values, reasons, self.found, self.back)


def measure_body(
    body: Body, side: Side, names: Iterable[str], backs: list[Back] | None = None
) -> list[Measurements]:
    """Measure every frame of a Body with one leg taken as the stretched one.

    Args:
        body: N frames.
        side: the leg to take as stretched.
        names: any of ``name_measures()``; what only judging can work out is NaN.
        backs: what ``view_backs`` gives for the body, where it is known already.

    Returns:
        N Measurements, in order.

    Raises:
        KeyError: a name is not registered.
    """
    body = body.with_side(side)
    n = len(body)
    is_seen = _list_seen(body)
    values: dict[str, list[float]] = {}
    why: list[dict[str, Reason]] = [{} for _ in range(n)]
    for name in dict.fromkeys(names):
        if name in FROM_START or name in OF_REP:
            values[name] = [np.nan] * n
            for reasons in why:
                reasons[name] = Reason(ReasonCode.NOT_YET)
            continue
        if name in FROM_NEUTRAL:
            backs = backs or view_backs(body)
            values[name] = [np.nan] * n
            for reasons, back in zip(why, backs, strict=True):
                reasons[name] = Reason(back.why or ReasonCode.NO_NEUTRAL)
            continue
        numbers, unseen = _measure_one(body, MEASURES[name], is_seen)
        for joint, codes in unseen:
            for i in np.flatnonzero(codes):
                why[i][name] = _give_reason(int(codes[i]), joint)
        values[name] = numbers.tolist()
        for i in np.flatnonzero(~np.isfinite(numbers)):
            why[i].setdefault(name, Reason(ReasonCode.NOT_MEASURABLE))
    found: list[bool] = np.asarray(np.isfinite(body.xy_px).any(axis=(1, 2))).tolist()
    kept: Sequence[Back | None] = backs or [None] * n
    columns = zip(*values.values(), strict=True) if values else [()] * n
    rows = [dict(zip(values, row, strict=True)) for row in columns]
    return [
        Measurements(*frame)
        for frame in zip(body.time_s.tolist(), rows, why, found, kept, strict=True)
    ]


def measure_numbers(body: Body, side: Side, names: Iterable[str]) -> dict[str, Floats]:
    """The values alone that ``measure_body`` gives, for a fraction of the time.

    Returns:
        Measure name to (N,) values; NaN = not seen, or only judging can work it out.

    Raises:
        KeyError: a name is not registered.
    """
    body = body.with_side(side)
    is_seen = _list_seen(body)
    later = FROM_NEUTRAL | FROM_START.keys() | OF_REP
    return {
        name: np.full(len(body), np.nan)
        if name in later
        else _measure_one(body, MEASURES[name], is_seen)[0]
        for name in names
    }


def _list_seen(body: Body) -> list[bool]:
    """Whether each landmark is seen in all frames."""
    seen: list[bool] = np.asarray(~body.unseen.any(axis=0)).tolist()
    return seen


def _measure_one(
    body: Body, measure: Measure, is_seen: list[bool]
) -> tuple[Floats, list[tuple[str, NDArray[np.uint8]]]]:
    """(N,) values of a measure, and (N,) codes for each joint that is not seen in all frames."""
    numbers = np.array(measure.compute(body), dtype=np.float64)
    if numbers.shape != (len(body),):
        raise ValueError(
            f"measure {measure.name} gives one number a frame, ({len(body)},), not {numbers.shape}"
        )
    unseen = []
    for joint in reversed(measure.joints):
        if all(is_seen[landmark] for landmark in find_landmarks(body.side, joint)):
            continue
        codes = body.joint_unseen(joint)
        if measure.guess:
            codes[codes > Unseen.OUT_OF_FRAME] = Unseen.SEEN
        numbers[codes != Unseen.SEEN] = np.nan
        unseen.append((joint, codes))
    return numbers, unseen


@cache
def _give_reason(unseen: int, joint: str) -> Reason:
    """Why a joint is not seen."""
    if unseen == Unseen.NO_PERSON:
        return Reason(ReasonCode.NO_PERSON)
    return Reason(ReasonCode[Unseen(unseen).name], (joint,))
