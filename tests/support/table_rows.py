"""A result as a table takes it, and the columns of all exercises."""

from __future__ import annotations

from typing import Any

from formcheck.exercises.load import list_exercises
from formcheck.result.models import Note, Result, Target, ViewSeen
from formcheck.result.table import list_columns

TABLE = list_columns(list_exercises().values())


def make_result(*sets: Any, **changes: Any) -> Result:
    values: dict[str, Any] = {
        "clip": "kneel.mp4", "person": "Ann", "exercise": "half-kneeling",
        "exercise_source": "detected", "model": "full", "duration_s": 14.2, "frames": 213,
        "frames_analyzed": 142, "frames_with_pose": 140,
        "view": ViewSeen(expected=("side",), seen="side", ok=True, near_side="left"),
        "sets": sets, "target": Target(hold_s=30, sets=2), "completion": 0.27, "score": 94.9,
        "verdict": "fix", "warnings": (Note(code="far_leg_hidden", text="…"),),
    }  # fmt: skip
    return Result(**{**values, **changes})
