"""Writes each exercise's figure from the clips with truth: the median of the best hold.

    python tools/exercise_figures.py

Of the clips of an exercise the one is taken whose camera stands nearest to where it should. The
left leg is made the stretched one. The `[figure]` at the end of the exercise's file is replaced.
"""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from formcheck.exercises.contradiction import FIGURE_POINTS
from formcheck.exercises.load import CATALOGUE_DIR, list_exercises
from formcheck.exercises.schema import Exercise

SAMPLES = Path(__file__).parent.parent / "sample_videos"
NOTE = "# The median of a good hold of a sample clip with truth; made by tools/exercise_figures.py."
TOP_S = 0.15
"""Half of the stretch about the top of a repetition that is taken."""
TOP = {"knee-drops": 1}
"""Which repetition is taken where it is not the first: the knees drop inward, as they are told."""
BENCHES = {"thomas-test"}
"""Exercises done on a bench: from the hips' edge to behind the head."""
LONGEST_PART = 1.05
"""No thigh or shank is longer, trunk lengths; where one is, the trunk is foreshortened."""
BENCH_BELOW = 0.17
"""Half of the trunk as it is drawn, from side to side."""
BENCH_BEYOND = (0.3, 0.4)
"""How far the bench reaches beyond the hips and beyond the head."""
Point = tuple[float, float]
Bench = tuple[float, float, float]
"""Left end, right end and top."""


def main() -> None:
    """Write the figure of every exercise that a camera sees."""
    for exercise in list_exercises().values():
        if exercise.is_seen:
            write_figure(CATALOGUE_DIR / f"{exercise.id}.toml", *make_figure(exercise))
            print(f"{exercise.id}: {find_clip(exercise)['clip']}")


def make_figure(exercise: Exercise) -> tuple[dict[str, Point], str | None, Bench | None]:
    """The points, the side nearer the camera, and what is lain on."""
    truth = find_clip(exercise)
    points = normalise(read_points(truth), truth["side"] == "right")
    near = find_near(truth) if "side" in exercise.views else None
    if exercise.near == "other" and near == "left":  # seen from the other side
        points = {name: (0.0 - x, y) for name, (x, y) in points.items()}
        near = "right"
    return points, near, place_bench(points) if exercise.id in BENCHES else None


def find_clip(exercise: Exercise) -> dict[str, Any]:
    """The truth of the clip that is taken."""
    truths = [read_truth(path) for path in SAMPLES.glob(f"{exercise.id}_*.truth.json")]
    usable = [truth for truth in truths if find_good(truth)]
    return min(usable, key=lambda one: (measure_turn(one, exercise), one["clip"]))


def read_truth(path: Path) -> dict[str, Any]:
    """What is known of a clip."""
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def find_good(truth: dict[str, Any]) -> list[tuple[float, float]]:
    """Stretches of good form: holds, the tops of good repetitions, or of an assessment."""
    holds = truth["good_holds"] or ([] if truth["faults"] else truth["holds"])
    tops = [rep["peak_s"] for rep in truth["reps"] if rep.get("good", True)]
    if tops:
        top_s = tops[TOP.get(truth["exercise"], 0)]
        return [(top_s - TOP_S, top_s + TOP_S)]
    return [(hold["start_s"], hold["end_s"]) for hold in holds]


def measure_turn(truth: dict[str, Any], exercise: Exercise) -> float:
    """Degrees between the camera and the best view of the exercise."""
    yaw_deg = float(truth["camera_yaw_deg"])
    from_side = abs(math.degrees(math.asin(math.sin(math.radians(yaw_deg)))))
    return from_side if "side" in exercise.views else abs(90.0 - from_side)


def find_near(truth: dict[str, Any]) -> str:
    """The side nearer the camera, with the left leg as the stretched one."""
    near = "right" if truth["facing"] == "right" else "left"
    if truth["side"] == "right":
        near = "left" if near == "right" else "right"
    return near


def read_points(truth: dict[str, Any]) -> dict[str, Point]:
    """The median of each point over the longest good stretch, pixels, y down."""
    start_s, end_s = max(find_good(truth), key=lambda part: part[1] - part[0])
    path = SAMPLES / truth["clip"].replace(".mp4", ".truth.csv")
    with path.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if start_s <= float(row["time_s"]) <= end_s]

    def median(name: str) -> Point:
        x, y = (np.median([float(row[f"{name}_{axis}"]) for row in rows]) for axis in "xy")
        return float(x), float(y)

    found = {}
    for name in FIGURE_POINTS:
        if name == "head":
            ears = np.array([median("ear_L"), median("ear_R")])
            found[name] = (float(ears[:, 0].mean()), float(ears[:, 1].mean()))
            continue
        side, joint = name.split("_")
        found[name] = median(f"{joint}_{side[0].upper()}")
    return found


def normalise(points: dict[str, Point], mirrored: bool) -> dict[str, Point]:
    """In trunk lengths from the middle of the hips, y up; ``mirrored`` exchanges the sides.

    Where the trunk is foreshortened, its length is told from the legs, so that what is drawn is
    as thick as it is long.
    """
    xy = {name: np.array(point) for name, point in points.items()}
    hips = (xy["left_hip"] + xy["right_hip"]) / 2
    trunk = float(np.hypot(*((xy["left_shoulder"] + xy["right_shoulder"]) / 2 - hips)))
    for side in ("left", "right"):
        for upper, lower in (("hip", "knee"), ("knee", "ankle")):
            part = float(np.hypot(*(xy[f"{side}_{upper}"] - xy[f"{side}_{lower}"])))
            trunk = max(trunk, part / LONGEST_PART)
    result = {}
    for name in FIGURE_POINTS:
        source = name
        if mirrored and name != "head":
            side, joint = name.split("_")
            source = f"{'right' if side == 'left' else 'left'}_{joint}"
        x, y = (xy[source] - hips) / trunk
        turned = -x if mirrored else x
        result[name] = (round(float(turned), 2) + 0.0, round(float(-y), 2) + 0.0)
    return result


def place_bench(points: dict[str, Point]) -> Bench:
    """Left end, right end and top of what the trunk lies on."""
    trunk = [f"{side}_{joint}" for side in ("left", "right") for joint in ("shoulder", "hip")]
    top = min(points[name][1] for name in trunk) - BENCH_BELOW
    head = points["head"][0]
    sign = math.copysign(1.0, head)
    left, right = sorted((-sign * BENCH_BEYOND[0], head + sign * BENCH_BEYOND[1]))
    return round(left, 2), round(right, 2), round(top, 2)


def write_figure(
    path: Path,
    points: dict[str, Point],
    near: str | None,
    bench: Bench | None,
) -> None:
    """Replace the figure at the end of an exercise's file."""
    kept = path.read_text(encoding="utf-8").split(NOTE)[0].rstrip()
    lines = [kept, "", NOTE, "[figure]"]
    if near is not None:
        lines.append(f'near = "{near}"')
    if bench is not None:
        lines.append(f"bench = [{', '.join(f'{value:g}' for value in bench)}]")
    lines += ["", "[figure.points]"]
    lines += [f"{name} = [{x:g}, {y:g}]" for name, (x, y) in points.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
