"""How right the verdicts are: clips with exact truth against what formcheck says of them.

    python -m benchmarks.accuracy [FOLDER] [--poses DIR]

FOLDER holds ``NAME.mp4`` with ``NAME.truth.json`` and ``NAME.truth.csv`` (sample_videos/README.md).
Exits 1 when a verdict is wrong.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from formcheck.capture.clip import Clip
from formcheck.coach.clip import judge_track
from formcheck.coach.result import FaultResult, Result
from formcheck.exercises.load import load_exercises
from formcheck.exercises.spec import Exercise
from formcheck.measure.body import track_body
from formcheck.measure.named import measure_body
from formcheck.pose.landmarks import Side, other_side
from formcheck.pose.pose import PoseTrack
from formcheck.pose.store import load_track, save_track
from formcheck.recording import DEFAULT_RATE_HZ, estimate_track

HOLD_WITHIN_S = 0.5
HOLD_WITHIN_APPROXIMATE_S = 1.6
EDGE_WITHIN_S = 0.6
NOT_JUDGED = {"pelvis_tuck"}
"""Rules whose measure does not exist yet: ``good_holds_without_tuck`` is the truth."""
TOLD_BY_ITS_FAULT = {"half-kneeling-reach_arms", "lunge-stretch_hip", "thomas-test_tight"}
"""Clips whose fault is the very measure that tells the exercise: ``auto`` need not know them."""

ANGLES = {
    "front_knee_deg": "front knee",
    "front_thigh_elevation_deg": "front thigh",
    "trunk_lean_deg": "trunk lean",
    "rear_thigh_back_deg": "rear thigh",
    "rear_knee_deg": "rear knee",
    "near_shoulder_flexion_deg": "shoulder",
}


@dataclass
class ClipAccuracy:
    """One clip's verdicts against its truth."""

    name: str
    exercise: str
    found: str | None
    exercise_ok: bool
    side_ok: bool
    hold_off_s: float
    hold_ok: bool
    missed: list[str]
    invented: list[str]
    n_faults: int
    errors_deg: dict[str, list[float]] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """True if nothing is wrong."""
        right = self.exercise_ok and self.side_ok and self.hold_ok
        return right and not self.missed and not self.invented


def evaluate(folder: Path, poses: Path | None = None, n_jobs: int = 2) -> list[ClipAccuracy]:
    """Judge every clip of a folder that has truth.

    Args:
        folder: clips and their truth files.
        poses: where poses are kept from run to run; None keeps none.
        n_jobs: worker processes.
    """
    names = sorted(path.name.removesuffix(".truth.json") for path in folder.glob("*.truth.json"))
    with ProcessPoolExecutor(n_jobs, mp_context=get_context("spawn")) as pool:
        tracks = list(
            pool.map(read_poses, [folder / f"{n}.mp4" for n in names], [poses] * len(names))
        )
    return [compare(folder / name, track) for name, track in zip(names, tracks, strict=True)]


def read_poses(clip: Path, poses: Path | None) -> PoseTrack:
    """The poses of a clip, from the kept ones if they are there."""
    kept = poses / f"{clip.stem}.poses.npz" if poses else None
    if kept and kept.exists():
        return load_track(kept)
    with Clip(clip) as source:
        track = estimate_track(source, model="full", rate_hz=DEFAULT_RATE_HZ, progress=None)
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        save_track(track, kept)
    return track


def compare(clip: Path, track: PoseTrack) -> ClipAccuracy:
    """Compare what is said of one clip with its truth."""
    truth = json.loads(clip.with_name(clip.name + ".truth.json").read_text())
    exercises = load_exercises()
    auto = judge_track(track, exercises)
    known = truth["exercise"] in exercises
    if not known:
        invented = [f"{s.exercise} {s.start_s:.1f} s" for s in auto.sets]
        return ClipAccuracy(
            clip.name, truth["exercise"], auto.exercise, auto.exercise is None, True, 0.0, True,
            [], invented, 0,
        )  # fmt: skip
    given = judge_track(track, exercises, exercise=truth["exercise"])
    good_s = sum(h["end_s"] - h["start_s"] for h in truth["good_holds_without_tuck"])
    off_s = sum(s.good_hold_s for s in given.sets) - good_s
    within_s = HOLD_WITHIN_APPROXIMATE_S if truth["approximate"] else HOLD_WITHIN_S
    missed, invented = _compare_faults(truth, given)
    return ClipAccuracy(
        name=clip.name,
        exercise=truth["exercise"],
        found=auto.exercise,
        exercise_ok=clip.name in TOLD_BY_ITS_FAULT or auto.exercise == truth["exercise"],
        side_ok={s.side for s in given.sets} == {h["side"] for h in truth["holds"]},
        hold_off_s=off_s,
        hold_ok=abs(off_s) <= within_s,
        missed=missed,
        invented=invented,
        n_faults=sum(_is_scored(f["rule"], truth) for f in truth["faults"]),
        errors_deg=_compare_angles(clip, truth, track, exercises[truth["exercise"]]),
    )


def _is_scored(rule: str, truth: dict[str, Any]) -> bool:
    return rule not in truth["grey"] and rule not in NOT_JUDGED


def _compare_faults(truth: dict[str, Any], result: Result) -> tuple[list[str], list[str]]:
    """Faults of the truth that were not found, and found ones that are not in the truth."""
    real = [f for f in truth["faults"] if _is_scored(f["rule"], truth)]
    said = [f for s in result.sets for f in s.faults if _is_scored(f.rule, truth)]

    def agree(a: dict[str, Any], b: FaultResult) -> bool:
        edges = max(abs(a["start_s"] - b.start_s), abs(a["end_s"] - b.end_s))
        return bool(a["rule"] == b.rule and (truth["approximate"] or edges <= EDGE_WITHIN_S))

    missed = [
        f"{f['rule']} {f['start_s']:.1f}-{f['end_s']:.1f}"
        for f in real
        if not any(agree(f, g) for g in said)
    ]
    invented = [
        f"{g.rule} {g.start_s:.1f}-{g.end_s:.1f}"
        for g in said
        if not any(agree(f, g) for f in real)
    ]
    return missed, invented


def _compare_angles(
    clip: Path, truth: dict[str, Any], track: PoseTrack, exercise: Exercise
) -> dict[str, list[float]]:
    """Measured minus true angles that the exercise judges, degrees, in the frames of the holds."""
    with clip.with_name(clip.name + ".truth.csv").open() as file:
        rows = list(csv.DictReader(file))
    column = {key: np.array([float(row[key]) for row in rows]) for key in rows[0]}
    errors: dict[str, list[float]] = {}
    body = track_body(track)
    for hold in truth["holds"]:
        rear: Side = hold["side"]
        exact = dict(_true_angles(column, rear, truth["facing"]))
        judged = [name for name in exact if name in exercise.measures]
        for measured in measure_body(body, rear, judged):
            if not hold["start_s"] <= measured.time_s <= hold["end_s"]:
                continue
            row = int(np.argmin(np.abs(column["time_s"] - measured.time_s)))
            for name in judged:
                if np.isfinite(measured.values[name]):
                    errors.setdefault(name, []).append(measured.values[name] - exact[name][row])
    return errors


def _true_angles(column: dict[str, Any], rear: Side, facing: str) -> Iterator[tuple[str, Any]]:
    front = other_side(rear)
    yield "front_knee_deg", column[f"knee_{front}"]
    yield "rear_knee_deg", column[f"knee_{rear}"]
    yield "front_thigh_elevation_deg", column[f"thigh_{front}"]
    yield "trunk_lean_deg", column["trunk_lean"]
    yield "rear_thigh_back_deg", column["trunk_lean"] - column[f"hip_flex_{rear}"]
    yield "near_shoulder_flexion_deg", column[f"shoulder_{facing}"]


def print_report(rows: list[ClipAccuracy]) -> None:
    """Print the tables."""
    console = Console(width=140)
    table = Table("clip", "auto", "side", "good hold off", "faults", "missed", "invented")
    for row in rows:
        table.add_row(
            row.name,
            ("ok" if row.exercise_ok else "WRONG") + f": {row.found or 'none'}",
            "ok" if row.side_ok else "WRONG",
            f"{row.hold_off_s:+.2f} s" + ("" if row.hold_ok else " WRONG"),
            f"{row.n_faults - len(row.missed)} of {row.n_faults}",
            ", ".join(row.missed) or "-",
            ", ".join(row.invented) or "-",
        )
    console.print(table)
    angles = Table("exercise", *(f"{word} error" for word in ANGLES.values()))
    for exercise in dict.fromkeys(row.exercise for row in rows if row.errors_deg):
        cells = []
        for name in ANGLES:
            errors = np.array(
                [e for r in rows if r.exercise == exercise for e in r.errors_deg.get(name, [])]
            )
            cells.append(f"{errors.mean():+.1f} ± {errors.std():.1f}°" if len(errors) else "-")
        angles.add_row(exercise, *cells)
    console.print(angles)
    scored = [row for row in rows if row.errors_deg]
    off_s = np.abs([row.hold_off_s for row in scored])
    console.print(
        f"{sum(row.ok for row in rows)} of {len(rows)} clips right; "
        f"good hold off by {np.median(off_s):.2f} s in the median, {off_s.max():.2f} s at worst; "
        f"faults {sum(r.n_faults - len(r.missed) for r in scored)} of "
        f"{sum(r.n_faults for r in scored)} found, {sum(len(r.invented) for r in rows)} invented"
    )


def main() -> int:
    """Run from the command line; 1 if a verdict is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("sample_videos"))
    parser.add_argument("--poses", type=Path, help="keep the poses there from run to run")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    rows = evaluate(options.folder, options.poses, options.jobs)
    if not rows:
        print(f"{options.folder}: no clip with truth files", file=sys.stderr)
        return 2
    print_report(rows)
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
