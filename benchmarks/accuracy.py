"""How right the verdicts are: clips with exact truth against what formcheck says of them.

    python -m benchmarks.accuracy [FOLDER] [--poses DIR]

FOLDER holds ``NAME.mp4`` with ``NAME.truth.json`` and ``NAME.truth.csv`` (sample_videos/README.md).
Every clip is judged as users do it, with ``auto``; whether it comes out right when the exercise is
given is said besides. Exits 1 when a clip is wrong that is not known to be, or is right that was.
"""

from __future__ import annotations

import argparse
import csv
import gzip
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
from rich.table import Column, Table

from formcheck.app.closer_look import find_track
from formcheck.defaults import DEFAULT_RATE_HZ
from formcheck.exercises.load import list_exercises
from formcheck.exercises.schema import Exercise
from formcheck.judging.session import Session, measure_sides
from formcheck.measure.body import track_body
from formcheck.measure.registry import measure_body
from formcheck.pose.landmarks import Side, other_side
from formcheck.pose.track import PoseTrack
from formcheck.pose.track_file import load_track, save_track
from formcheck.result.judgement import judge_poses
from formcheck.result.models import FaultResult, Result
from formcheck.video.clip import Clip

HOLD_WITHIN_S = 0.5
HOLD_WITH_TUCK_WITHIN_S = 0.7
"""Where a tuck fault is in the clip: the tilt is averaged over a second."""
CONFIRMED_WITHIN_S = 1.5
TUCK = "pelvis_tuck"
ARCHED_FROM_DEG = 8.0
NEUTRAL_WITHIN_DEG = 4.0
"""The AUC asks how well frames arched by 8° or more are told from frames within 4° of neutral."""
HOLD_WITHIN_APPROXIMATE_S = 1.6
EDGE_WITHIN_S = 0.6
KNOWN_WRONG = {
    "knee-drops_small": "drops of 10 to 14° read 6° or less and are not counted",
}
"""Clips that come out wrong with ``auto``, and why: they are counted as wrong, and listed."""

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
    """One clip's verdicts with ``auto`` against its truth."""

    name: str
    exercise: str
    found: str | None
    exercise_ok: bool
    side_ok: bool
    hold_off_s: float
    hold_ok: bool
    confirmed_off_s: float | None
    missed: list[str]
    invented: list[str]
    n_faults: int
    approximate: bool = False
    """The truth has plateaus in place of edges."""
    n_reps: int = 0
    """Repetitions counted."""
    n_true_reps: int = 0
    given_ok: bool = True
    """Whether nothing is wrong when the exercise is given."""
    errors_deg: dict[str, list[float]] = field(default_factory=dict)
    camera: dict[str, float] = field(default_factory=dict)
    """Its yaw and lens in degrees and its height in metres, where the truth has them."""
    tilt_deg: list[tuple[float, float]] = field(default_factory=list)
    """Of each frame in position: true and measured change of tilt; NaN where none was given."""
    yaw_deg: float = 0.0
    """How far the camera is off side-on."""
    loose_shirt: bool = False

    @property
    def confirmed_ok(self) -> bool:
        return self.confirmed_off_s is None or abs(self.confirmed_off_s) <= CONFIRMED_WITHIN_S

    @property
    def ok(self) -> bool:
        """True if nothing is wrong."""
        right = self.exercise_ok and self.side_ok and self.hold_ok and self.confirmed_ok
        right = right and self.n_reps == self.n_true_reps
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
        track = find_track(source, list_exercises().values(), model="full", rate_hz=DEFAULT_RATE_HZ)
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        save_track(track, kept)
    return track


def compare(clip: Path, track: PoseTrack) -> ClipAccuracy:
    """Compare what is said of one clip with its truth."""
    truth = json.loads(clip.with_name(clip.name + ".truth.json").read_text())
    exercises = list_exercises()
    auto = judge_poses(track, exercises).result
    known = truth["exercise"] in exercises
    if not known:
        invented = [f"{s.exercise} {s.start_s:.1f} s" for s in auto.sets]
        return ClipAccuracy(
            clip.name, truth["exercise"], auto.exercise, auto.exercise is None, True, 0.0, True,
            None, [], invented, 0,
        )  # fmt: skip
    found = compare_result(clip.name, truth, auto)
    given = judge_poses(track, exercises, exercise=truth["exercise"]).result
    found.given_ok = compare_result(clip.name, truth, given).ok
    found.errors_deg = compare_angles(clip, truth, track, exercises[truth["exercise"]])
    found.tilt_deg = compare_tilt(clip, truth, track, exercises[truth["exercise"]])
    return found


def compare_result(name: str, truth: dict[str, Any], said: Result) -> ClipAccuracy:
    """Compare one result with the truth."""
    good_s = sum(h["end_s"] - h["start_s"] for h in truth["good_holds"])
    off_s = sum(s.good_hold_s for s in said.sets) - good_s
    if truth["approximate"]:
        off_s = _compare_holds(truth, said)
    within_s = HOLD_WITHIN_APPROXIMATE_S if truth["approximate"] else HOLD_WITHIN_S
    if any(f["rule"] == TUCK for f in truth["faults"]):
        within_s = HOLD_WITH_TUCK_WITHIN_S
    confirmed_off_s = None
    if truth.get("confirmed_s") is not None:
        confirmed_off_s = sum(s.confirmed_hold_s for s in said.sets) - truth["confirmed_s"]
    missed, invented = _compare_faults(truth, said)
    return ClipAccuracy(
        name=name,
        exercise=truth["exercise"],
        found=said.exercise,
        exercise_ok=said.exercise == truth["exercise"],
        side_ok={s.side for s in said.sets} == {h["side"] for h in truth["holds"]},
        hold_off_s=off_s,
        hold_ok=abs(off_s) <= within_s,
        confirmed_off_s=confirmed_off_s,
        missed=missed,
        invented=invented,
        n_faults=sum(_is_scored(f["rule"], truth) for f in truth["faults"]),
        n_reps=sum(len(s.reps) for s in said.sets),
        n_true_reps=len(truth["reps"]),
        approximate=truth["approximate"],
        yaw_deg=abs(truth["camera_yaw_deg"]),
        loose_shirt=truth["loose_shirt"],
    )


def _compare_holds(truth: dict[str, Any], result: Result) -> float:
    """How much too long the worst hold is against the plateau it is about; seconds.

    The plateaus come without their ramps of about a second, so that they cannot be summed.
    """
    real = join_plateaus(truth)
    found = [(h.start_s, h.end_s) for s in result.sets for h in s.holds]
    off_s = []
    for start_s, end_s in real:
        about = [b - a for a, b in found if min(b, end_s) - max(a, start_s) > 0]
        off_s.append(sum(about) - (end_s - start_s))
    apart = [b - a for a, b in found if all(min(b, e) - max(a, s) <= 0 for s, e in real)]
    return float(max([*off_s, *apart, 0.0], key=abs))


def join_plateaus(truth: dict[str, Any]) -> list[tuple[float, float]]:
    """Where a hold is good: plateaus with no fault of a required rule between them are one."""
    exercise = list_exercises()[truth["exercise"]]
    required = {rule.id for rule in exercise.rules if rule.required}
    faults = [f for f in truth["faults"] if f["rule"] in required and _is_scored(f["rule"], truth)]
    joined: list[tuple[float, float]] = []
    for start_s, end_s in ((h["start_s"], h["end_s"]) for h in truth["good_holds"]):
        since_s = joined[-1][1] if joined else start_s
        is_one = any(h["start_s"] <= since_s <= start_s <= h["end_s"] for h in truth["holds"])
        is_one = is_one and all(f["end_s"] <= since_s or f["start_s"] >= start_s for f in faults)
        if joined and is_one:
            start_s = joined.pop()[0]
        joined.append((start_s, end_s))
    return joined


def _is_scored(rule: str, truth: dict[str, Any]) -> bool:
    return rule not in truth["grey"]


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


def compare_angles(
    clip: Path, truth: dict[str, Any], track: PoseTrack, exercise: Exercise
) -> dict[str, list[float]]:
    """Measured minus true angles that the exercise judges, degrees, in the frames of the holds."""
    column = _read_columns(clip)
    errors: dict[str, list[float]] = {}
    body = track_body(track)
    for hold in truth["holds"]:
        if hold["side"] is None:
            continue
        rear: Side = hold["side"]
        exact = dict(_true_angles(column, rear, truth["facing"]))
        asked = {rule.measure for rule in exercise.rules if rule.never is None}
        judged = [name for name in exact if name in asked]
        for measured in measure_body(body, rear, judged):
            if not hold["start_s"] <= measured.time_s <= hold["end_s"]:
                continue
            row = int(np.argmin(np.abs(column["time_s"] - measured.time_s)))
            for name in judged:
                if np.isfinite(measured.values[name]):
                    errors.setdefault(name, []).append(measured.values[name] - exact[name][row])
    return errors


def _read_columns(clip: Path) -> dict[str, Any]:
    packed = clip.with_name(clip.name + ".truth.csv.gz")
    plain = clip.with_name(clip.name + ".truth.csv")
    with gzip.open(packed, "rt") if packed.exists() else plain.open() as file:
        rows = list(csv.DictReader(file))
    return {key: np.array([float(row[key] or "nan") for row in rows]) for key in rows[0]}


def compare_tilt(
    clip: Path, truth: dict[str, Any], track: PoseTrack, exercise: Exercise
) -> list[tuple[float, float]]:
    """True and measured change of pelvic tilt from neutral in the frames of the holds, degrees.

    Of lunge-stretch none, whose truth has no neutral.
    """
    ids = [rule.id for rule in exercise.rules]
    if TUCK not in ids or truth["view"] != "side" or exercise.id == "lunge-stretch":
        return []
    column = _read_columns(clip)
    session = Session(exercise)
    measured = measure_sides(track_body(track), [exercise])
    for left, right in zip(measured["left"], measured["right"], strict=True):
        session.push({"left": left, "right": right})
    session.finish()
    found = {
        time_s: verdicts[ids.index(TUCK)].value
        for one in session.sets
        for stay in one.stays
        for time_s, verdicts in stay.frames
    }
    true_deg = np.interp(track.time_s, column["time_s"], column["pelvic_tilt"])
    inside = np.zeros(len(track), dtype=np.bool_)
    for hold in truth["holds"]:
        inside |= (track.time_s >= hold["start_s"]) & (track.time_s <= hold["end_s"])
    return [
        (float(true_deg[i]), found.get(float(track.time_s[i]), np.nan))
        for i in np.flatnonzero(inside & np.isfinite(true_deg))
    ]


def compute_auc(positive: list[float], negative: list[float]) -> float:
    """The share of pairs in which the positive one is higher, ties counting half."""
    a, b = np.array(positive)[:, None], np.array(negative)[None]
    return float(((a > b) + 0.5 * (a == b)).mean())


@dataclass(frozen=True)
class TiltAccuracy:
    """How well the change of pelvic tilt was told."""

    n_frames: int
    rmse_deg: float
    guess_rmse_deg: float
    auc: float
    abstained: float


def measure_tilt(rows: list[ClipAccuracy]) -> TiltAccuracy | None:
    """Over all clips with truth about the tilt; None without any, or where none was told.

    The AUC is NaN where nobody is arched.
    """
    pairs = np.array([p for row in rows for p in row.tilt_deg]).reshape(-1, 2)
    seen = pairs[np.isfinite(pairs[:, 1])]
    arched = seen[seen[:, 0] >= ARCHED_FROM_DEG, 1]
    neutral = seen[np.abs(seen[:, 0]) <= NEUTRAL_WITHIN_DEG, 1]
    if not len(seen):
        return None
    return TiltAccuracy(
        len(pairs),
        float(np.sqrt(np.mean((seen[:, 1] - seen[:, 0]) ** 2))),
        float(np.sqrt(np.mean(seen[:, 0] ** 2))),
        compute_auc(arched.tolist(), neutral.tolist()) if len(arched) and len(neutral) else np.nan,
        1 - len(seen) / len(pairs),
    )


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
    console = Console(width=160)
    table = Table(
        Column("clip", no_wrap=True),
        "auto",
        "side",
        "good hold off",
        "confirmed off",
        "reps",
        "faults",
        "missed",
        "invented",
        "if given",
    )
    for row in rows:
        table.add_row(
            row.name,
            ("ok" if row.exercise_ok else "WRONG") + f": {row.found or 'none'}",
            "ok" if row.side_ok else "WRONG",
            f"{row.hold_off_s:+.2f} s" + ("" if row.hold_ok else " WRONG"),
            "-"
            if row.confirmed_off_s is None
            else f"{row.confirmed_off_s:+.2f} s" + ("" if row.confirmed_ok else " WRONG"),
            f"{row.n_reps} of {row.n_true_reps}" if row.n_reps or row.n_true_reps else "-",
            f"{row.n_faults - len(row.missed)} of {row.n_faults}",
            ", ".join(row.missed) or "-",
            ", ".join(row.invented) or "-",
            "ok" if row.given_ok else "WRONG",
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
    off_s = np.abs([row.hold_off_s for row in rows])
    console.print(
        f"{sum(row.ok for row in rows)} of {len(rows)} clips right in every respect with auto, "
        f"{sum(row.given_ok for row in rows)} with the exercise given; with auto: "
        f"exercise {sum(row.exercise_ok for row in rows)} of {len(rows)}; "
        f"good hold off by {np.median(off_s):.2f} s in the median, {off_s.max():.2f} s at worst; "
        f"faults {sum(r.n_faults - len(r.missed) for r in rows)} of "
        f"{sum(r.n_faults for r in rows)} found, {sum(len(r.invented) for r in rows)} invented; "
        f"repetitions {sum(r.n_reps for r in rows)} of {sum(r.n_true_reps for r in rows)}"
    )
    for row in rows:
        if row.ok == (row.name in KNOWN_WRONG):
            console.print(
                f"  {row.name} is {'right' if row.ok else 'wrong'}, against what is known"
            )
        elif not row.ok:
            console.print(f"  wrong, as is known: {row.name}: {KNOWN_WRONG[row.name]}")
    tilt = measure_tilt(rows)
    if tilt is not None:
        console.print(
            f"pelvic tilt, change from neutral, {tilt.n_frames} frames in position (lunge-stretch "
            f"aside): RMSE {tilt.rmse_deg:.1f}° (always saying 0: {tilt.guess_rmse_deg:.1f}°), "
            f"AUC {tilt.auc:.3f} for {ARCHED_FROM_DEG:.0f}° or more anterior against "
            f"±{NEUTRAL_WITHIN_DEG:.0f}°, abstained {100 * tilt.abstained:.0f} %"
        )


def main() -> int:
    """Run from the command line; 1 if it is not as known which clips are right."""
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
    return 0 if all(row.ok != (row.name in KNOWN_WRONG) for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
