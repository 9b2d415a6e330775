"""Makes docs/pelvis.png: what the pelvic tilt is measured on, and how it compares with the truth.

    python tools/pelvis_figure.py

Needs matplotlib, which MediaPipe brings along.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from formcheck.exercises.load import load_exercise
from formcheck.judging.session import Session, measure_sides
from formcheck.measure.body import BodyTracker
from formcheck.measure.pelvis import SACRUM, UPPER_BACK, fit_slope_deg
from formcheck.measure.registry import PELVIC_TILT
from formcheck.pose.estimation import estimate_track
from formcheck.pose.landmarks import SIDES, Landmark
from formcheck.pose.outline import LEFT, LEVELS, RIGHT
from formcheck.pose.track import Floats, PoseTrack
from formcheck.video.clip import Clip

ROOT: Final = Path(__file__).resolve().parent.parent
RATE_HZ: Final = 10.0
BLUE, ORANGE, PURPLE, GREEN = "#0072B2", "#D55E00", "#CC79A7", "#009E73"


@dataclass(frozen=True)
class Run:
    """A clip, as the program judged it."""

    name: str
    track: PoseTrack
    time_s: Floats
    change_deg: Floats
    """From neutral, averaged; NaN where not known."""
    facing: float
    neutral_s: tuple[float, float]

    def read_truth(self) -> tuple[Floats, Floats]:
        """Times in seconds, and the true tilt from neutral in degrees."""
        with (ROOT / "sample_videos" / f"{self.name}.truth.csv").open() as file:
            rows = [(float(r["time_s"]), float(r["pelvic_tilt"])) for r in csv.DictReader(file)]
        time_s, tilt_deg = np.array(rows).T
        return time_s, tilt_deg


def judge(name: str, exercise: str) -> Run:
    """Run the program over a sample clip."""
    with Clip(ROOT / "sample_videos" / f"{name}.mp4") as clip:
        track = estimate_track(clip, model="full", rate_hz=RATE_HZ)
    session = Session(load_exercise(exercise))
    tracker = BodyTracker(track.width_px, track.height_px)
    change_deg, facing = [], 1.0
    for pose in track:
        body = tracker.update(pose)
        facing = float(body.facing[0])
        measured = measure_sides(body, [session.exercise])
        session.push({side: measured[side][0] for side in SIDES})
        verdicts = session.stay.verdicts if session.stay else ()
        values = [v.value for v in verdicts if v.rule.measure == PELVIC_TILT]
        change_deg.append(values[0] if values else np.nan)
    known = session.neutral
    if known is None or known.start_s is None or known.end_s is None:
        raise SystemExit(f"{name}: no neutral was found")
    time_s, change = np.array(track.time_s), np.array(change_deg)
    return Run(name, track, time_s, change, facing, (known.start_s, known.end_s))


def read_picture(run: Run, at_s: float) -> NDArray[np.uint8]:
    """The frame of that time, RGB."""
    with Clip(ROOT / "sample_videos" / f"{run.name}.mp4") as clip:
        for frame in clip.frames(max_side_px=max(run.track.width_px, run.track.height_px)):
            if frame.time_s >= at_s - 1e-6:
                return np.ascontiguousarray(frame.image[:, :, ::-1])
    raise SystemExit(f"{run.name}: has no frame at {at_s} s")


def draw_frame(axes: Any, run: Run, near_s: float, title: str) -> None:
    """One frame with the edge of the back, its two parts and their fitted lines."""
    k = int(np.abs(run.time_s - near_s).argmin())
    pose = list(run.track)[k]
    axes.imshow(read_picture(run, pose.time_s), interpolation="lanczos")
    if pose.outline is None:
        raise SystemExit(f"{run.name}: the outline was not traced")
    side, sign = (LEFT, 1.0) if run.facing > 0 else (RIGHT, -1.0)
    profile = pose.outline[side]
    xy = pose.xy_px
    shoulder = (xy[Landmark.LEFT_SHOULDER] + xy[Landmark.RIGHT_SHOULDER]) / 2
    axis = (xy[Landmark.LEFT_HIP] + xy[Landmark.RIGHT_HIP]) / 2 - shoulder
    out = sign * np.array([-axis[1], axis[0]])

    def place(u: Floats, behind: Floats) -> Floats:
        return np.asarray((shoulder + u[:, None] * axis + behind[:, None] * out).T)

    axes.plot(*place(np.array([0.0, 1.0]), np.zeros(2)), "--", color="white", lw=1.4)
    shown = (LEVELS >= -0.04) & (LEVELS <= 1.16)
    rest = shown & ~UPPER_BACK & ~SACRUM
    axes.plot(*place(LEVELS[rest], profile[rest]), "o", ms=3, color="white", mec="black", mew=0.5)
    for part, colour, dx in ((UPPER_BACK, BLUE, 0.12), (SACRUM, ORANGE, 0.12)):
        u = LEVELS[part]
        axes.plot(*place(u, profile[part]), "o", ms=3.6, color=colour, mec="white", mew=0.4)
        slope_deg = float(fit_slope_deg(profile, part))
        ends = np.array([u[0] - 0.06, u[-1] + 0.06])
        behind = profile[part].mean() + np.tan(np.radians(slope_deg)) * (ends - u.mean())
        axes.plot(*place(ends, behind + 0.05), "-", color=colour, lw=2.6)
        x, y = place(ends.mean(keepdims=True), behind.mean(keepdims=True) + dx)
        axes.text(
            x[0], y[0], f"{slope_deg:+.1f}°".replace("-", "−"), color=colour, fontsize=13,
            weight="bold", ha="left" if run.facing < 0 else "right", va="center",
        )  # fmt: skip
    trunk_px = float(np.hypot(*axis))
    middle = shoulder + axis / 2 + 0.1 * out
    axes.set_xlim(middle[0] - 0.6 * trunk_px, middle[0] + 0.6 * trunk_px)
    axes.set_ylim(middle[1] + 0.95 * trunk_px, middle[1] - 1.0 * trunk_px)
    axes.axis("off")
    angle = float(fit_slope_deg(profile, SACRUM) - fit_slope_deg(profile, UPPER_BACK))
    axes.set_title(f"{title}, {pose.time_s:.1f} s\nsacrum less upper back: {angle:.1f}°")


def draw_course(axes: Any, run: Run, title: str) -> None:
    """The change over time, the program's against the truth."""
    time_s, truth_deg = run.read_truth()
    last_s = float(time_s[-1])
    axes.axhspan(-20, -5, color=GREEN, alpha=0.16, lw=0)
    axes.axhspan(4, 20, color=ORANGE, alpha=0.16, lw=0)
    axes.axhline(0, color="0.6", lw=0.8)
    for y, word, colour in (
        (-17.2, "tucked: −5° or less", "#00664B"), (17.2, "arched: +4° or more", "#8F3F00"),
    ):  # fmt: skip
        axes.text(last_s * 0.99, y, word, color=colour, ha="right", va="center", fontsize=11)
    axes.axvspan(*run.neutral_s, ymin=0.0, ymax=0.05, color="0.35", lw=0)
    axes.text(run.neutral_s[1], -18.6, " neutral taken", fontsize=10, color="0.25", va="center")
    axes.plot(time_s, truth_deg, color="black", lw=1.8, label="truth")
    axes.plot(run.time_s, run.change_deg, color=BLUE, lw=2.2, label="formcheck")
    axes.set(xlim=(0, last_s), ylim=(-20, 20), ylabel="change from neutral (°)", title=title)
    axes.set_yticks([-15, -10, -5, 0, 4, 10, 15])
    axes.set_yticklabels(["−15", "−10", "−5", "0", "+4", "+10", "+15"])


def save(figure: Any, path: Path) -> None:
    """Write a figure in 256 colours: less than half the size."""
    figure.canvas.draw()
    picture = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())).convert("RGB")
    picture.quantize(256, kmeans=8).save(path, optimize=True)


def main() -> None:
    """Write docs/pelvis.png."""
    free = judge("half-kneeling_good25", "half-kneeling")
    tilting = judge("standing-stretch_tuck", "standing-stretch")
    plt.rcParams.update({"font.size": 12, "axes.titlesize": 12, "font.family": "DejaVu Sans"})
    figure = plt.figure(figsize=(12, 5.9), dpi=100, layout="constrained")
    grid = figure.add_gridspec(2, 3, width_ratios=[1, 1, 2.1])
    draw_frame(figure.add_subplot(grid[:, 0]), free, 5.0, "Neutral")
    draw_frame(figure.add_subplot(grid[:, 1]), free, 14.0, "Tucked")
    figure.text(
        0.012, 0.015,
        "dots: edge of the silhouette, found by the program\n"
        "lines: fitted to the upper back (blue) and to the sacrum (orange);\n"
        "degrees are to the trunk's axis, shoulder to hip (dashes)\n"
        "right: the change of both and of lean, weighed into degrees of tilt",
        fontsize=11, color="0.2", va="bottom",
    )  # fmt: skip
    upper = figure.add_subplot(grid[0, 2])
    draw_course(upper, free, "The person on the left: tucks and holds")
    lower = figure.add_subplot(grid[1, 2])
    draw_course(lower, tilting, "Another person, hands on hips: tucks, arches, tucks again")
    lower.set_xlabel("time (s)")
    upper.text(
        33.8, 2.0, "between: not clear yet", fontsize=11, color="0.3", ha="right", va="center"
    )
    upper.legend(loc="upper left", ncols=2, frameon=False)
    upper.set_xlabel("time (s)")
    save(figure, ROOT / "docs" / "pelvis.png")


if __name__ == "__main__":
    main()
