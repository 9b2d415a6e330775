"""How right the verdicts are on people other than those of the sample clips, rendered and real.

    python -m benchmarks.people [SHARED] [--draws FOLDER ...] [--poses DIR]

SHARED is the folder that has ``many/seedN`` (rendered clips as poses with exact truth),
``people`` (labelled photos with their poses) and ``real/clips`` (clips with what was seen in them).
All are judged as users do it, with ``auto``, from kept poses; those of the real clips are kept in
DIR from the first run on. What is absent is said and left out.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.accuracy import (
    ClipAccuracy,
    compare_angles,
    compare_result,
    compare_tilt,
    measure_tilt,
    read_poses,
)
from benchmarks.by_camera import print_by_camera, read_camera
from formcheck.exercises.load import list_exercises
from formcheck.pose.track_file import load_track
from formcheck.result.judgement import judge_poses
from formcheck.result.models import Result

NOTHING = "-"
N_WORST = 40
Z95 = 1.96


@dataclass(frozen=True)
class Photo:
    """A labelled photo and what was said of it."""

    name: str
    seen: str
    """What it shows, by eye."""
    accepted: frozenset[str]
    """What may be answered; ``-`` is nothing."""
    found: str
    """The exercise, ``-`` for none."""
    verdict: str

    @property
    def shows_exercise(self) -> bool:
        """Whether it has to be recognised."""
        return NOTHING not in self.accepted

    @property
    def shows_none(self) -> bool:
        """Whether nothing may be claimed."""
        return self.accepted == {NOTHING}


@dataclass(frozen=True)
class RealClip:
    """A real clip: what may be answered, what was seen by eye, and what was said."""

    name: str
    accepted: frozenset[str]
    by_eye: str
    said: Result

    @property
    def ok(self) -> bool:
        """Whether what was recognised is accepted; held seconds are for the reader to compare."""
        return (self.said.exercise or NOTHING) in self.accepted


def name_causes(row: ClipAccuracy) -> list[str]:
    """Everything that is wrong with a clip's verdict; the first is counted as its cause.

    Confirmed seconds are told apart: where the tuck is not seen a hold is good all the same.
    """
    if row.found is None:
        return ["not seen"]
    if not row.exercise_ok:
        return [f"taken for {row.found}"]
    causes = [] if row.side_ok else ["wrong side"]
    causes += [f"missed {fault}" for fault in row.missed]
    causes += [f"invented {fault}" for fault in row.invented]
    if row.n_reps != row.n_true_reps:
        causes.append(f"{row.n_reps} of {row.n_true_reps} repetitions")
    if not row.hold_ok:
        causes.append(f"hold off by {row.hold_off_s:+.1f} s")
    return causes


def find_interval(n_right: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    share, spread = n_right / n, Z95**2 / n
    middle = (share + spread / 2) / (1 + spread)
    half = Z95 * math.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def tell_share(n_right: int, n: int) -> str:
    """A share as ``48 of 56, 86 % (74 to 93)``."""
    if n == 0:
        return "none"
    low, high = find_interval(n_right, n)
    return f"{n_right} of {n}, {100 * n_right / n:.1f} % ({100 * low:.0f} to {100 * high:.0f})"


def list_draws(shared: Path) -> list[Path]:
    """The folders of rendered clips, each with poses and truth."""
    return sorted(path for path in shared.glob("many/*") if path.is_dir())


def read_truths(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """A draw's clips and their truth, where it has a hold or a repetition: others are not fair."""
    for path in sorted(folder.glob("*.truth.json")):
        truth = json.loads(path.read_text())
        if truth["holds"] or truth["reps"]:
            yield path.name.removesuffix(".truth.json"), truth


def judge_draw(folder: Path) -> list[ClipAccuracy]:
    """Judge each clip of a draw."""
    exercises, rows = list_exercises(), []
    for name, truth in read_truths(folder):
        track = load_track(folder / f"{name}.npz")
        row = compare_result(f"{folder.name}/{name}", truth, judge_poses(track, exercises).result)
        row.errors_deg = compare_angles(folder / name, truth, track, exercises[truth["exercise"]])
        row.camera = read_camera(truth)
        row.tilt_deg = compare_tilt(folder / name, truth, track, exercises[truth["exercise"]])
        rows.append(row)
    return rows


def judge_photos(folder: Path, labels: Sequence[dict[str, str]]) -> list[Photo]:
    """Judge labelled photos."""
    exercises, rows = list_exercises(), []
    for label in labels:
        path = folder / "poses" / f"{label['id']}.npz"
        said = judge_poses(load_track(path), exercises).result
        accepted = frozenset(label["accepted"].split("|"))
        found = said.exercise or NOTHING
        rows.append(Photo(label["id"], label["class"], accepted, found, said.verdict))
    return rows


def judge_real_clip(folder: Path, poses: Path | None, row: dict[str, str]) -> RealClip:
    """Judge a real clip."""
    said = judge_poses(read_poses(folder / row["file"], poses), list_exercises()).result
    return RealClip(row["file"], frozenset(row["accepted"].split("|")), row["seen by eye"], said)


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a file of tab-separated values."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def print_draws(console: Console, rows: Sequence[ClipAccuracy]) -> None:
    """How many rendered clips are right in every respect, per exercise, and why not."""
    wrong = [row for row in rows if name_causes(row)]
    n_right, n_confirmed = len(rows) - len(wrong), sum(row.confirmed_ok for row in rows)
    console.print(f"rendered clips right in every respect: {tell_share(n_right, len(rows))}")
    console.print(f"  their confirmed seconds within 1.5 s: {tell_share(n_confirmed, len(rows))}")
    table = Table("exercise", "right", "what is wrong")
    for exercise in sorted({row.exercise for row in rows}):
        mine = [row for row in rows if row.exercise == exercise]
        causes = Counter(_kind(name_causes(row)[0]) for row in mine if name_causes(row))
        told = ", ".join(f"{cause} {n}" for cause, n in causes.most_common())
        table.add_row(exercise, f"{len(mine) - causes.total()} of {len(mine)}", told)
    console.print(table)
    for cause, n in Counter(_kind(c) for r in rows for c in name_causes(r)).most_common():
        console.print(f"  {cause}: {n}")
    for row in wrong[:N_WORST]:
        console.print(f"  {row.name}: {'; '.join(name_causes(row))}")
    if len(wrong) > N_WORST:
        console.print(f"  and {len(wrong) - N_WORST} more")


def print_tilt(console: Console, rows: Sequence[ClipAccuracy]) -> None:
    """How well the change of pelvic tilt is told, by view, clothing and arms."""
    near = [row for row in rows if row.yaw_deg <= 20]
    table = Table("pelvic tilt", "frames in position", "RMSE", "AUC", "abstained")
    for name, group in (
        ("up to 10° off side-on", [row for row in near if row.yaw_deg <= 10]),
        ("10 to 20°", [row for row in near if row.yaw_deg > 10]),
        ("beyond", [row for row in rows if row.yaw_deg > 20]),
        ("up to 20°", near),
        ("of these in a tight shirt", [row for row in near if not row.loose_shirt]),
        ("in a loose shirt", [row for row in near if row.loose_shirt]),
        ("arms overhead", [row for row in near if row.exercise == "half-kneeling-reach"]),
    ):
        told = measure_tilt(group)
        if told is not None:
            auc, abstained = f"{told.auc:.3f}", f"{told.abstained:.0%}"
            table.add_row(name, str(told.n_frames), f"{told.rmse_deg:.1f}°", auc, abstained)
    console.print(table)


def _kind(cause: str) -> str:
    """A cause without its numbers."""
    words = cause.split()
    if words[0] in ("missed", "invented", "hold"):
        return " ".join(words[:2])
    return "repetitions" if words[-1] == "repetitions" else cause


def print_photos(console: Console, rows: Sequence[Photo]) -> None:
    """How many photos are recognised, and how many of others claimed."""
    shown = [row for row in rows if row.shows_exercise]
    others = [row for row in rows if row.shows_none]
    either = [row for row in rows if not row.shows_exercise and not row.shows_none]
    claimed = [row for row in others if row.found != NOTHING]
    n_found = sum(row.found in row.accepted for row in shown)
    n_passed = sum(row.verdict == "pass" for row in claimed)
    console.print(f"photos of an exercise recognised: {tell_share(n_found, len(shown))}")
    console.print(f"other photos claimed: {tell_share(len(claimed), len(others))}")
    console.print(f"other photos passed: {tell_share(n_passed, len(others))}")
    n_fair = sum(row.found in row.accepted for row in either)
    console.print(f"photos that may be seen or not, answered so: {tell_share(n_fair, len(either))}")
    wrong = Counter(
        (row.found, row.seen, "" if row.verdict != "pass" else "pass")
        for row in rows
        if row.found not in row.accepted
    )
    table = Table("taken for", "by eye", "photos", "verdict")
    for (found, seen, verdict), n in sorted(wrong.items()):
        table.add_row(found, seen, str(n), verdict)
    console.print(table)
    console.print("  " + " ".join(r.name for r in rows if r.found not in r.accepted))


def print_real_clips(console: Console, rows: Iterable[RealClip]) -> None:
    """What is said of each real clip beside what was seen by eye."""
    table = Table("clip", "said", "good hold", "reps", "faults", "by eye")
    for row in rows:
        sets = row.said.sets
        told = f"{row.said.exercise or 'none'}, {row.said.verdict}"
        table.add_row(
            row.name,
            told if row.ok else f"{told} WRONG",
            f"{sum(one.good_hold_s for one in sets):.1f} s",
            f"{sum(rep.good for one in sets for rep in one.reps)} good of "
            f"{sum(len(one.reps) for one in sets)}",
            ", ".join(sorted({fault.rule for one in sets for fault in one.faults})),
            row.by_eye,
        )
    console.print(table)


def main() -> int:
    """Run from the command line; 2 where there is nothing to judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shared", nargs="?", type=Path, default=Path("../shared"))
    parser.add_argument("--draws", nargs="*", type=Path, help="folders of draws [SHARED/many/*]")
    parser.add_argument("--poses", type=Path, help="keep the poses of the real clips there")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    draws = options.draws or list_draws(options.shared)
    people, real = options.shared / "people", options.shared / "real" / "clips"
    console = Console(width=160)
    with ProcessPoolExecutor(options.jobs) as pool:
        clips = [row for rows in pool.map(judge_draw, draws) for row in rows]
        photos: list[Photo] = []
        if (people / "labels.tsv").exists():
            labels = read_table(people / "labels.tsv")
            parts = [labels[k :: options.jobs] for k in range(options.jobs)]
            judged = pool.map(judge_photos, [people] * len(parts), parts)
            photos = sorted((row for rows in judged for row in rows), key=lambda row: row.name)
        real_clips: list[RealClip] = []
        if (real / "truth.tsv").exists():
            table = read_table(real / "truth.tsv")
            n = len(table)
            real_clips = list(pool.map(judge_real_clip, [real] * n, [options.poses] * n, table))
    if not clips and not photos and not real_clips:
        print(f"{options.shared}: neither draws nor people nor real clips", file=sys.stderr)
        return 2
    if clips:
        print_draws(console, clips)
        print_tilt(console, clips)
        print_by_camera(console, clips)
    if photos:
        print_photos(console, photos)
    if real_clips:
        print_real_clips(console, real_clips)
    return 0


if __name__ == "__main__":
    sys.exit(main())
