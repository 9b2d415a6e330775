"""What is measured against the person themselves: the tilt from neutral, changes since the start.

The neutral pelvis is given, or assumed from the first steady upright moment in the position. It
comes from the frames so far, never from later ones: until it is known there is no value, and
without it there is no verdict. The tilt is averaged over about a second.
"""

from __future__ import annotations

import math
import statistics
from collections import deque
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from formcheck.measure.pelvis import Back, Neutral, average_backs, compare_all, compare_backs
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.measure.registry import FROM_REST, FROM_START, PELVIC_TILT, Measurements

Source = Literal["given", "calibrated", "assumed"]

AVERAGE_S: Final = 1.0
"""The tilt is the median over this long: one frame scatters by .3 to 1.2°, which hides 5°."""
STEP_S: Final = 0.3
STEP_DEG: Final = 3.0
"""When the median of the last `STEP_S` is this far from it, the pelvis has moved, and the newer one
is used: an average that lags by half a second would be off by a whole tuck."""
STEADY_S: Final = 1.5
"""How long a pose has to be kept to be taken for neutral."""
CALIBRATE_S: Final = 2.0
"""The same where the person was asked to keep it."""
FIND_WITHIN_S: Final = 6.0
"""A neutral is assumed only from the first seconds of a stay: later the tuck has begun."""
ASKED_AFTER_S: Final = 2.0
"""They are asked by then, as soon as they have entered."""
ASKED_WITHIN_S: Final = 12.0
"""Who was asked to keep still for it does so within this long, or it is not found."""
TUCKED_DEG: Final = -3.0
"""Whoever has been this far behind a neutral had not taken a tuck for it."""
PAST_NEUTRAL_DEG: Final = 5.0
"""Who has not, and comes this far in front of it, may have: a tuck is 8 to 12°."""
START_S: Final = 1.0
"""Entering takes a second with the hips nearly still: that is the start."""
MAX_SCATTER_DEG: Final = 2.0
"""Of a still person whose outline is noisy: more is movement, found or given."""
_MAX_DRIFT_DEG: Final = 1.5
"""Between the medians of the first and the second half: a slow tuck is not neutral."""
_MAX_LEAN_DEG: Final = 15.0
"""Upright, as in the rules on the trunk."""
_MAX_HIP_TRAVEL_TRUNK: Final = 0.08
_MIN_SEEN: Final = 0.8
_MIN_FRAMES: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class KnownNeutral:
    """A neutral and where it came from."""

    neutral: Neutral
    source: Source
    start_s: float | None = None
    """When it was seen in this recording; None if it was elsewhere."""
    end_s: float | None = None
    is_anew: bool = False
    """Whether it was taken in place of one that was a tuck already."""


class NeutralFinder:
    """Finds the first steady upright moment in frames that come in order."""

    def __init__(self, *, asked: bool = False) -> None:
        """Start with no frames; ``asked`` if the person was asked to stay in neutral."""
        self._seen: deque[tuple[float, float, Back]] = deque()
        self._steady_s = CALIBRATE_S if asked else STEADY_S
        self._source: Source = "calibrated" if asked else "assumed"

    def push(self, measured: Measurements) -> KnownNeutral | None:
        """Take the next frame; the neutral as soon as it has been kept for long enough."""
        back = measured.back
        if back is None or back.why is ReasonCode.NOT_TRACED:
            return None
        self._seen.append((measured.time_s, measured.values["hip_travel_trunk"], back))
        while measured.time_s - self._seen[1 % len(self._seen)][0] >= self._steady_s - 1e-6:
            self._seen.popleft()
        start_s = self._seen[0][0]
        if measured.time_s - start_s < self._steady_s - 1e-6 or not self._is_steady():
            return None
        good = [back for _, _, back in self._seen if back.why is None]
        return KnownNeutral(average_backs(good), self._source, start_s, measured.time_s)

    def _is_steady(self) -> bool:
        good = [back for _, _, back in self._seen if back.why is None]
        if len(good) < max(_MIN_FRAMES, _MIN_SEEN * len(self._seen)):
            return False
        tilt_deg = np.array([tilt for tilt, _ in compare_all(good, average_backs(good))])
        half = len(good) // 2
        drift_deg = abs(float(np.median(tilt_deg[half:]) - np.median(tilt_deg[:half])))
        return (
            max(abs(back.lean_deg) for back in good) <= _MAX_LEAN_DEG
            and self._seen[-1][1] <= _MAX_HIP_TRAVEL_TRUNK
            and float(tilt_deg.std()) <= MAX_SCATTER_DEG
            and drift_deg <= _MAX_DRIFT_DEG
        )


class PelvisWatch:
    """Adds the tilt from neutral to the measurements of one side, frame by frame."""

    def __init__(self, given: KnownNeutral | None = None, *, asked: bool = False) -> None:
        """Use the ``given`` neutral, or (None) assume one.

        Args:
            given: the person's own.
            asked: the person is asked to stay in neutral: `look` says when they have been.
        """
        self._asked = asked
        self._looks = not asked
        self._patience_s = ASKED_WITHIN_S if asked else FIND_WITHIN_S
        self.known = given
        """The neutral in use; None until there is one."""
        self.latest: Back | None = None
        """The back in the latest frame that had one."""
        self.is_searching = False
        """True while a neutral is being looked for."""
        self.is_asked = False
        """True while the person is asked to keep still in neutral, which is no hold."""
        self.hidden: ReasonCode | None = None
        """The condition that keeps the tilt from being told; None if it is told, or if there is
        nothing that the person could change about it."""
        self.hidden_since_s: float | None = None
        """Since when there has been such a condition, be it one or another."""
        self._why: ReasonCode | None = None
        """Why the tilt was unknown in the latest frame that had a back."""
        self._finder = NeutralFinder(asked=asked)
        self._entered_s = 0.0
        self._values: deque[tuple[float, float]] = deque()
        self._has_tucked = False
        self._relaxed: NeutralFinder | None = None
        self.is_doubted = False
        """True where the person, who was asked for their neutral, has come to rest in front of it
        before they ever tucked: it is to be asked for again."""
        self._may_doubt = True
        """False once it was doubted: who comes forward of the second one as well has arched."""

    def enter(self, time_s: float) -> None:
        """The position was entered at that time: what was averaged before is forgotten."""
        self._entered_s = time_s
        self._finder = NeutralFinder(asked=self._asked)
        self._values.clear()
        self._relaxed = None
        self.is_searching, self._looks = False, not self._asked
        self._why = self.hidden = self.hidden_since_s = None

    def look(self, time_s: float) -> None:
        """From now on the person keeps still for their neutral; nothing before is taken for it."""
        self._entered_s = time_s
        self._finder = NeutralFinder(asked=self._asked)
        self.is_searching = self._looks = True

    def carry_on(self, gap_s: float) -> None:
        """Nobody looked for so long: what is averaged, or being looked for, begins anew."""
        self._entered_s += gap_s
        self._finder = NeutralFinder(asked=self._asked)
        self._values.clear()

    def forget(self, time_s: float) -> None:
        """The neutral is to be found again, from that time on."""
        self.known = None
        self._has_tucked = self.is_doubted = False
        self.enter(time_s)

    def complete(self, measured: Measurements) -> Measurements:
        """The same frame with the tilt from neutral, or why it is unknown."""
        back = measured.back
        if back is None:
            self.is_searching = self.is_asked = False
            return measured
        time_s = measured.time_s
        if back.why is not ReasonCode.NOT_TRACED:
            self.latest = back
        in_time = self._looks and time_s - self._entered_s <= self._patience_s
        if self.known is None and in_time:
            self.known = self._finder.push(measured)
        traced = back.why is not ReasonCode.NOT_TRACED or self.is_searching
        self.is_searching = self.known is None and in_time and traced
        is_about_to_look = not self._looks and time_s - self._entered_s <= ASKED_AFTER_S
        is_sought = self.known is None and (self.is_searching or is_about_to_look)
        self.is_asked = self._asked and is_sought
        why: ReasonCode | None = back.why or ReasonCode.NO_NEUTRAL
        if self.known is not None and back.why is not ReasonCode.NOT_TRACED:
            value, why = compare_backs(back, self.known.neutral)
            self._values.append((time_s, value))
        while self._values and self._values[0][0] <= time_s - AVERAGE_S:
            self._values.popleft()
        value_deg = self._average()
        if self._is_doubted(measured, value_deg):
            value_deg, why = math.nan, ReasonCode.NO_NEUTRAL
        why = None if math.isfinite(value_deg) else why or ReasonCode.NOT_CLEAN
        if why is ReasonCode.NOT_TRACED:  # most frames of a live session: nothing new is known
            why = self._why or why
        else:
            self._why = why
        self._note_hidden(why, time_s)
        return measured.with_value(PELVIC_TILT, value_deg, None if why is None else Reason(why))

    def _is_doubted(self, measured: Measurements, value_deg: float) -> bool:
        """Whether what was taken for neutral may have been a tuck, as the person relaxes past it.

        It is taken anew where they come to rest; who can be asked for it is asked.
        """
        if self.known is None or self.known.source == "given":
            return False
        if not self._may_doubt:
            return self.is_doubted
        self._has_tucked = self._has_tucked or value_deg <= TUCKED_DEG
        if self._has_tucked or not value_deg >= PAST_NEUTRAL_DEG:
            self._relaxed = None
            return False
        self._relaxed = self._relaxed or NeutralFinder()
        anew = self._relaxed.push(measured)
        if anew is not None and self._asked:
            self.is_doubted, self._may_doubt = True, False
        elif anew is not None:
            self.known = replace(anew, is_anew=True)
            self._values.clear()
        return True

    def _note_hidden(self, why: ReasonCode | None, time_s: float) -> None:
        if why is ReasonCode.NOT_TRACED:  # most frames of a live session: nothing new is known
            return
        if why in (None, ReasonCode.NO_NEUTRAL):
            self.hidden = self.hidden_since_s = None
            return
        self.hidden = why
        if self.hidden_since_s is None:
            self.hidden_since_s = time_s

    def _average(self) -> float:
        """Degrees over the last second; NaN if the tilt was not seen for half of it."""
        if not self._values:
            return np.nan
        seen = [one for one in self._values if math.isfinite(one[1])]
        if 2 * len(seen) < len(self._values):
            return np.nan
        # Of so few numbers numpy's median takes ten times as long.
        median_deg = statistics.median(value for _, value in seen)
        since_s = self._values[-1][0] - STEP_S
        latest = [value for time_s, value in seen if time_s > since_s]
        if latest and abs(statistics.median(latest) - median_deg) > STEP_DEG:
            return statistics.median(latest)
        return median_deg


class StartWatch:
    """Adds the changes since the start to the measurements of one stay, frame by frame."""

    def __init__(self, names: tuple[str, ...]) -> None:
        """Fill in those of ``names`` that are changes since the start."""
        self._asked = {
            name: FROM_START[name] for name in names if name in FROM_START and name not in FROM_REST
        }
        self._first_s: float | None = None
        self._seen: dict[str, list[float]] = {base: [] for base in self._asked.values()}
        self._start: dict[str, float] = {}

    def complete(self, measured: Measurements) -> Measurements:
        """The same frame with its changes since the start, or why they are unknown."""
        if not self._asked:
            return measured
        if self._first_s is None:
            self._first_s = measured.time_s
        if measured.time_s - self._first_s <= START_S + 1e-6:
            for base, values in self._seen.items():
                if math.isfinite(measured.values[base]):
                    values.append(measured.values[base])
                if values:
                    self._start[base] = statistics.median(values)
        for name, base in self._asked.items():
            value = measured.values[base] - self._start.get(base, math.nan)
            why = None
            if not math.isfinite(value):
                why = measured.why.get(base, Reason(ReasonCode.NOT_AT_START))
            measured = measured.with_value(name, value, why)
        return measured
