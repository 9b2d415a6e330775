"""A flow that is led through a session by measurements made to order: no camera, no clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from formcheck.coach import flow as flow_module
from formcheck.coach.flow import Flow
from formcheck.coach.live_state import LiveState, Phase
from formcheck.exercises.load import list_exercises
from formcheck.exercises.routine import Routine
from formcheck.measure.body import Body
from formcheck.measure.view import Unseen
from formcheck.pose.landmarks import Side
from formcheck.result.models import Result
from tests.support.builders import OUT, make_body, measured

EXERCISES = list_exercises()
Play = Callable[[float], tuple[Side | None, Mapping[str, float]]]
"""A time to the leg that kneels, None for out of position, and values that are not well."""


def routine(*steps: dict[str, Any]) -> Routine:
    raw = {"id": "mine", "name": "Mine", "sources": ["here"], "steps": list(steps)}
    return Routine.model_validate(raw, context=EXERCISES)


class LedFlow:
    """A flow that is fed measurements made to order in place of bodies."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, plan: Routine, **options: Any) -> None:
        self.flow = Flow(plan, EXERCISES, 480, **{"listens": False, **options})
        self.phases: list[tuple[float, Phase]] = []
        self.time_s = 0.0
        self._now: tuple[Side | None, Mapping[str, float], bool] = (None, {}, True)
        monkeypatch.setattr(flow_module, "measure_sides", self._measure)

    def _measure(self, body: Body, exercises: Any) -> Any:
        leg, values, found = self._now
        time_s = float(body.time_s[0])
        return {
            side: [measured(time_s, values if side == leg else OUT, found=found)]
            for side in ("left", "right")
        }

    def play(self, script: Play, for_s: float, *, found: bool = True, rate_hz: float = 10) -> None:
        """Go on for so long; ``script`` is asked with the time since then."""
        for k in range(round(for_s * rate_hz)):
            self._now = (*script(k / rate_hz), found)
            body = make_body(
                np.zeros((1, 33, 2)), np.zeros((1, 33, 3)), np.array([1.0]), np.array([5.0])
            )
            if not found:
                body = replace(
                    body,
                    facing=np.array([np.nan]),
                    unseen=np.full((1, 33), Unseen.NO_PERSON, np.uint8),
                )
            self.flow.judge(replace(body, time_s=np.array([self.time_s])))
            if not self.phases or self.phases[-1][1] is not self.flow.phase:
                self.phases.append((round(self.time_s, 3), self.flow.phase))
            self.time_s = round(self.time_s + 1 / rate_hz, 6)

    def skip_time(self, seconds: float) -> None:
        """No frames for so long."""
        self.time_s += seconds

    @property
    def state(self) -> LiveState:
        return self.flow.state

    @property
    def phase(self) -> str:
        return self.flow.phase.value

    @property
    def names(self) -> list[str]:
        return [phase.value for _, phase in self.phases]

    def conclude(self) -> Result:
        self.flow.finish()
        return self.flow.conclude("camera 0", "full", None)


def kneel(side: Side) -> Play:
    return lambda t: (side, {})


def stand(t: float) -> tuple[Side | None, Mapping[str, float]]:
    return None, {}


TWO_SIDES = routine({"exercise": "half-kneeling", "sets": 1, "hold_s": 5, "rest_s": 5})
