"""Writes each exercise's figure and the way into it from the clips with truth.

    python tools/exercise_figures.py

The figure is the median of the best hold. Of the clips of an exercise the one is taken whose camera
stands nearest to where it should. The left leg is made the stretched one. The `[figure]` and the
`[[way_in]]` at the end of the exercise's file are replaced.
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
KNEELING = "half-kneeling_good25"
WAYS_IN = {
    "childs-pose": [("childs-pose_good", 0.0), ("childs-pose_good", 2.2)],
    "donkey-kick": [("donkey-kick_good", 0.0), ("donkey-kick_good", 1.8)],
    "half-kneeling": [(KNEELING, 0.0), (KNEELING, 2.6)],
    "half-kneeling-reach": [(KNEELING, 0.0), (KNEELING, 4.0)],
    "half-kneeling-side-bend": [("half-kneeling-side-bend_good", 0.0)],
    "knee-drops": [("knee-drops_good", 0.0)],
    "knee-to-chest": [("knee-to-chest_good", 0.0), ("knee-to-chest_good", 2.2)],
    "lunge-stretch": [(KNEELING, 0.0), (KNEELING, 4.0)],
    "prayer-squat": [("prayer-squat_depth", 0.0), ("prayer-squat_depth", 2.2)],
    "seated-90-90": [("seated-90-90_good", 0.0)],
    "standing-stretch": [(KNEELING, 0.0), (KNEELING, 2.2)],
    "thomas-test": [("thomas-test_ok", 0.0)],
}
"""Clips and the seconds at which they show the way into each position."""
Point = tuple[float, float]
Bench = tuple[float, float, float]
"""Left end, right end and top."""


def main() -> None:
    """Write the figure of every exercise that a camera sees."""
    for exercise in list_exercises().values():
        if exercise.is_seen:
            write_figure(CATALOGUE_DIR / f"{exercise.id}.toml", exercise)
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


def make_way_in(near: str | None, clip: str, at_s: float) -> dict[str, Point]:
    """The points of a moment before the position, seen from the side of its figure."""
    truth = read_truth(SAMPLES / f"{clip}.truth.json")
    points = normalise(read_points(truth, (at_s, at_s + TOP_S)), truth["side"] == "right")
    if near is not None and find_near(truth) != near:
        points = {name: (0.0 - x, y) for name, (x, y) in points.items()}
    return points


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


def read_points(truth: dict[str, Any], part: tuple[float, float] | None = None) -> dict[str, Point]:
    """The median of each point over a part, else over the longest good one; pixels, y down."""
    start_s, end_s = part or max(find_good(truth), key=lambda one: one[1] - one[0])
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


def write_figure(path: Path, exercise: Exercise) -> None:
    """Replace the figure and the way in at the end of an exercise's file."""
    points, near, bench = make_figure(exercise)
    kept = path.read_text(encoding="utf-8").split(NOTE)[0].rstrip()
    lines = [kept, "", NOTE, "[figure]", *tell_place(near, bench)]
    lines += ["", "[figure.points]"]
    lines += [f"{name} = [{x:g}, {y:g}]" for name, (x, y) in points.items()]
    for clip, at_s in WAYS_IN[exercise.id]:
        way = make_way_in(near, clip, at_s)
        lines += ["", "[[way_in]]", *tell_place(near, place_bench(way) if bench else None)]
        told = (f"{name} = [{x:g}, {y:g}]" for name, (x, y) in way.items())
        lines.append(f"points = {{ {', '.join(told)} }}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def tell_place(near: str | None, bench: Bench | None) -> list[str]:
    """The lines of the side nearer the camera, and of what is lain on."""
    lines = [] if near is None else [f'near = "{near}"']
    if bench is not None:
        lines.append(f"bench = [{', '.join(f'{value:g}' for value in bench)}]")
    return lines


if __name__ == "__main__":
    main()
