"""How far measured angles are off, by where the camera stands: its yaw, height and lens."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.accuracy import ANGLES, ClipAccuracy

EDGES: dict[str, tuple[float, ...]] = {
    "yaw_deg": (-45, -30, -20, -10, 10, 20, 30, 45),
    "height_m": (0.3, 0.6, 0.9, 1.2, 1.6),
    "lens_deg": (26, 34, 42, 50, 60),
}
"""Yaw is 0 from the side, + from before the person, - from behind."""


def read_camera(truth: dict[str, Any]) -> dict[str, float]:
    """Where the camera of a rendered clip stood; empty where the truth does not say."""
    camera = truth.get("camera") or {}
    if not {"height_m", "fov_v_deg"} <= camera.keys():
        return {}
    return {
        "yaw_deg": truth["camera_yaw_deg"],
        "height_m": camera["height_m"],
        "lens_deg": camera["fov_v_deg"],
    }


def find_medians(rows: Sequence[ClipAccuracy], angle: str, of: str) -> list[tuple[float, int]]:
    """For each stretch of ``EDGES[of]`` the median over clips of the clip's median error, degrees.

    With the number of clips; NaN where there is none.
    """
    pairs = [
        (row.camera[of], float(np.median(row.errors_deg[angle])))
        for row in rows
        if row.camera and row.errors_deg.get(angle)
    ]
    medians = []
    for low, high in pairwise(EDGES[of]):
        errors_deg = [error for at, error in pairs if low <= at < high]
        medians.append((float(np.median(errors_deg)) if errors_deg else np.nan, len(errors_deg)))
    return medians


def print_by_camera(console: Console, rows: Sequence[ClipAccuracy]) -> None:
    """A table for each of yaw, height and lens."""
    console.print("measured - true angle in the holds, degrees: median over clips (clips)")
    for of, edges in EDGES.items():
        spans = [f"{low:g} to {high:g}" for low, high in pairwise(edges)]
        table = Table(of, *spans)
        for angle, name in ANGLES.items():
            cells = [
                f"{median:+.1f} ({n})" if n else "" for median, n in find_medians(rows, angle, of)
            ]
            table.add_row(name, *cells)
        console.print(table)
