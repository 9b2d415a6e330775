"""Whether the person is in the exercise at all: entered and left, dated back."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from formcheck.exercises.schema import Exercise
from formcheck.measure.reason import Reason
from formcheck.measure.registry import Measurements
from formcheck.pose.track import Floats

ENTER_AFTER_S: Final = 1.0
LEAVE_AFTER_S: Final = 0.7
STILL_TRUNK: Final = 0.15
"""Mid-hip must keep to a box of this diagonal, in trunk lengths, over the second of entering: at
.2 alternating lunges and squats enter, at .15 walking does not (measured)."""


def is_in_position(exercise: Exercise, measured: Measurements) -> bool:
    """True if every band of the position holds; what is not seen does not hold."""
    values = measured.values
    for band in exercise.position:  # noqa: SIM110, all(...) takes twice as long
        if not band.low <= values[band.measure] <= band.high:
            return False
    return True


def keeps_position(exercise: Exercise, measured: Measurements) -> bool:
    """True if nothing of it ends the position for a person who is in it; what is not seen does."""
    return all(band.keeps(measured.values[band.measure]) for band in exercise.position)


def find_hidden(exercise: Exercise, measured: Measurements) -> Reason | None:
    """Why the position may be kept but cannot be seen; None if it is seen, kept or not."""
    why = None
    for band in exercise.position:
        value = measured.values[band.measure]
        if math.isnan(value):
            why = why or measured.why[band.measure]
        elif not band.contains(value):
            return None
    return why


def hold_bands(exercise: Exercise, numbers: Mapping[str, Floats]) -> NDArray[np.bool_]:
    """(K, N) whether each of the position's K bands holds in N frames, of (N,) measures each."""
    return np.array(
        [
            (band.low <= numbers[band.measure]) & (numbers[band.measure] <= band.high)
            for band in exercise.position
        ]
    )


def is_ever_in_position(exercise: Exercise, numbers: Mapping[str, Floats]) -> bool:
    """True if `is_in_position` is for any of N frames, whose measures are (N,) each."""
    return bool(hold_bands(exercise, numbers).all(axis=0).any())


class PositionWatch:
    """Follows one exercise's position for one side.

    Entered after 1 s in it with the hips nearly still, dated back to that second's first frame;
    left after 0.7 s out of it, dated back to the last frame in it. Over a gap between frames it is
    for the session to say whether it was left.
    """

    def __init__(self, exercise: Exercise) -> None:
        """Watch for ``exercise``."""
        self._exercise = exercise
        self._inside: deque[float] = deque()
        self.entered_s: float | None = None
        """When the present stay began; None while out of position."""
        self.last_in_s = math.nan
        """The latest frame in position."""
        self.patience_s = LEAVE_AFTER_S
        """How long the position may be out of sight before it is left."""
        self.inside = False
        """True if the latest frame was in position, entered or not yet."""
        self.resumes_until_s = -math.inf
        """After a gap: a frame in position up to then enters it at once."""

    @property
    def entering_s(self) -> float | None:
        """When a stay would begin that may be entered yet; None where none is under way."""
        return self._inside[0] if self._inside and self.entered_s is None else None

    def update(self, measured: Measurements) -> None:
        """Take the next frame."""
        time_s = measured.time_s
        if self.is_over(time_s):
            self.leave()
        inside = is_in_position(self._exercise, measured)
        if self.entered_s is not None and not inside:
            inside = keeps_position(self._exercise, measured)
        self.inside = inside
        if inside and self.entered_s is None and time_s < self.resumes_until_s - 1e-6:
            self.entered_s = time_s
        if inside:
            self._step_in(time_s, measured.values["hip_travel_trunk"])
        elif self.entered_s is None:
            self._inside.clear()

    def is_over(self, time_s: float) -> bool:
        """True if a stay has to be ended by that moment, were no frame in position before it."""
        return self.entered_s is not None and time_s - self.last_in_s >= self.patience_s - 1e-6

    def leave(self) -> None:
        """End the stay."""
        self.entered_s = None
        self._inside.clear()

    def resume(self, time_s: float) -> None:
        """After a gap that ends at that time, the first frame in position enters it at once.

        A position is not left before it has been out of sight for as long as it takes.
        """
        self.resumes_until_s = time_s + LEAVE_AFTER_S

    def _step_in(self, time_s: float, hip_travel_trunk: float) -> None:
        if self._inside and time_s - self._inside[-1] >= LEAVE_AFTER_S:
            self._inside.clear()
        self._inside.append(time_s)
        while len(self._inside) > 1 and self._inside[1] <= time_s - ENTER_AFTER_S + 1e-6:
            self._inside.popleft()
        self.last_in_s = time_s
        long_enough = time_s - self._inside[0] >= ENTER_AFTER_S - 1e-6
        if self.entered_s is None and long_enough and hip_travel_trunk <= STILL_TRUNK:
            self.entered_s = self._inside[0]
