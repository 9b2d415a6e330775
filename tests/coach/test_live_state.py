"""What a flow gives out of itself at one moment: frozen, all of it, and left as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

from formcheck.coach.live_state import LiveState, Phase
from tests.support.led_flow import TWO_SIDES, LedFlow, kneel, routine, stand

PLANS = {
    "two sides": TWO_SIDES,
    "two exercises": routine(
        {"exercise": "half-kneeling", "sets": 1, "hold_s": 3, "rest_s": 3},
        {"exercise": "half-kneeling-reach", "sets": 1},
    ),
}


def copy_out(thing: Any) -> object:
    """All that can be reached from a thing, by value; what could be changed is refused."""
    if isinstance(thing, np.ndarray):
        return thing.tobytes()
    if isinstance(thing, BaseModel):
        assert thing.model_config.get("frozen"), type(thing)
        return thing.model_dump_json()
    if is_dataclass(thing):
        params: Any = getattr(thing, "__dataclass_params__")  # noqa: B009
        assert params.frozen, type(thing)
        return [copy_out(getattr(thing, one.name)) for one in fields(thing)]
    if isinstance(thing, Mapping):
        return [(key, copy_out(value)) for key, value in thing.items()]
    if isinstance(thing, tuple):
        return [copy_out(one) for one in thing]
    assert thing is None or isinstance(thing, str | int | float), type(thing)
    return repr(thing)


@pytest.mark.parametrize("name", PLANS)
def test_a_state_stays_as_it_was(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    stage = LedFlow(monkeypatch, PLANS[name])
    taken: list[tuple[LiveState, object]] = []

    def look() -> None:
        taken.append((stage.state, copy_out(stage.state)))

    def bad_knee(t: float) -> Any:
        return "left", {"front_knee_deg": 60.0}

    acts: tuple[Callable[[], object], ...] = (
        lambda: stage.flow.pause(True), lambda: stage.flow.pause(False), stage.flow.redo_neutral,
        stage.flow.skip, stage.flow.finish,
    )  # fmt: skip
    for script, for_s in ((stand, 2), (kneel("left"), 8), (bad_knee, 2), (kneel("left"), 3),
                          (stand, 4), (kneel("right"), 9), (stand, 3)):  # fmt: skip
        for _ in range(2 * for_s):
            stage.play(script, 0.5)
            look()
    for act in acts:
        act()
        look()
    assert len({state.phase for state, _ in taken}) >= 3
    assert taken[-1][0].phase is Phase.DONE
    assert taken[-1][0].results
    for state, copy in taken:
        assert copy_out(state) == copy
