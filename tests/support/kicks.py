"""Kicks made to order: a signal that rises and falls, and the exercise that counts it."""

from __future__ import annotations

from collections.abc import Callable

from formcheck.exercises.schema import Exercise, Reps

SIGNAL = "front_thigh_elevation_deg"
COUNT = Reps(kind="reps", target_reps=4, signal=SIGNAL, up=20, down=10, min_s=0.8, top_s=1)
RATE_HZ = 20.0


def pulse(t: float, *starts: float, height: float = 40.0, ramp_s: float = 0.5) -> float:
    """Up in ``ramp_s``, a second at the top, down again, from each start."""
    for start in starts:
        x = t - start
        if 0 <= x < 1 + 2 * ramp_s:
            return height * min(1.0, x / ramp_s, (1 + 2 * ramp_s - x) / ramp_s)
    return 0.0


def make_exercise(sides: str) -> Exercise:
    rules = [
        {"id": "height", "measure": SIGNAL, "low": 35, "required": True, "during": "top",
         "cue_low": "Higher", "source": "made up"},
        {"id": "still", "measure": "trunk_lean_deg", "low": -10, "high": 10, "during": "rep",
         "cue_low": "Still", "cue_high": "Still", "source": "made up"},
        {"id": "slow", "measure": "rep_s", "low": 1.5, "slack": 0.05, "during": "rep",
         "cue_low": "Slower", "source": "made up"},
    ]  # fmt: skip
    return Exercise.model_validate(
        {
            "id": "kick", "name": "Kick", "views": ["side"], "sides": sides,
            "stretched": None if sides == "none" else "the kicking leg",
            "instructions": ["Kick."], "camera": "Side-on.", "sources": ["made up"],
            "position": [{"measure": "rear_knee_below_hip_thigh", "low": 0.5}],
            "rules": rules, "count": COUNT.model_dump(),
        }
    )  # fmt: skip


def kicks(*starts: float, **others: float) -> Callable[[float], dict[str, float]]:
    return lambda t: {SIGNAL: pulse(t, *starts, **others)}
