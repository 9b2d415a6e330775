"""How fast a live session is, whether it agrees with analyze, and whether its memory stays flat.

    python -m benchmarks.live               # a paced 720p source at 30 frames a second, 30 s
    python -m benchmarks.live --clips       # every sample clip at the camera, against analyze
    python -m benchmarks.live --minutes 30  # memory, minute by minute

The source is a server in a process of its own, so it takes its share of the machine, as a camera's
driver does. The picture is drawn at 1280x720; it is shown in a window where there is a display.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import formcheck
from benchmarks.footage import SAMPLES
from benchmarks.memory import read_memory_mb
from formcheck.app.live.camera_session import LiveSession, Settings
from formcheck.app.live.estimator import LiveEstimator
from formcheck.app.live.result_keeper import Keeper
from formcheck.app.live.views import View, WindowLive, find_display_problem
from formcheck.coach.flow import Flow
from formcheck.coach.live_state import LiveState
from formcheck.exercises.load import list_exercises
from formcheck.exercises.routine import make_routine
from formcheck.history.store import History
from formcheck.result.models import Result
from formcheck.screen.drawing import Image
from formcheck.screen.live_scene import LiveScene
from formcheck.screen.stage import Stage
from formcheck.video.camera import Camera
from formcheck.voice.speech import Voice
from tests.support.stream import StreamProcess

EXERCISES = list_exercises()
CANVAS = (1280, 720)
SETTLING_MIN = 6
"""In the first minutes memory grows once, when the model's trackers are first made anew."""
WITHIN_S = 0.3
"""How far a hold may be off what analyze gives."""


@dataclass
class Drawn:
    """Draws as the window does, and shows nothing."""

    stage: Stage = field(default_factory=Stage)
    is_closed: bool = False

    def prepare(self, picture: Image) -> None:
        """As the window does."""
        self.stage.prepare(picture, CANVAS)

    def show(self, picture: Image, live: LiveScene) -> Image:
        """Draw a moment."""
        return self.stage.draw(picture, live, CANVAS)

    def poll(self) -> list[str]:
        """No keys."""
        return []

    def toggle_fullscreen(self) -> None:
        """Nothing to fill."""

    def close(self) -> None:
        """Nothing to close."""


def open_view() -> tuple[View, str]:
    """A window, or only the drawing of one; and which it is."""
    problem = find_display_problem()
    return (Drawn(), f"drawn, not shown ({problem})") if problem else (WindowLive(), "in a window")


def run_session(
    url: str,
    exercise: str,
    *,
    until: Callable[[LiveState], bool] | None = None,
    seconds: float | None = None,
    hold_s: float | None = None,
) -> tuple[LiveSession, str]:
    """One session at a camera, all parts as the command has them."""
    estimator = LiveEstimator("full", outlines=EXERCISES[exercise].needs_outline)
    view, how = open_view()
    with (
        tempfile.TemporaryDirectory() as folder,
        Camera(url) as camera,
        Voice(folder=Path(folder) / "said") as voice,
    ):
        plan = make_routine(EXERCISES[exercise], hold_s=hold_s)
        flow = Flow(plan, EXERCISES, camera.height_px, listens=False)  # a clip hears nothing
        keeper = Keeper(
            Path(folder) / "result.json",
            lambda: History(Path(folder) / "history.sqlite3"),
            session="one",
            person=None,
            routine=plan.id,
        )
        settings = Settings(seconds=seconds, until=until)
        session = LiveSession(flow, camera, estimator, view, voice, keeper, settings=settings)
        session.run()
    return session, how


def measure_speed(seconds: float) -> None:
    """Latency and frame rate with a paced source."""
    clip = SAMPLES / "half-kneeling_knee-lean.mp4"
    options = ("--size", "1280x720", "--rate", "30", "--noise", "2", "--loop")
    with StreamProcess([clip], *options) as server:
        session, how = run_session(server.url, "half-kneeling", seconds=seconds)
    told = session.stats.summarise()
    print(f"source 1280x720 at 30 frames a second; {how}")
    print(f"frames a second           {told['rate_hz']:6.1f}   (the source: 30)")
    print("                             p50     p95")
    print(f"capture to screen, ms     {told['latency_p50_ms']:6.1f}  {told['latency_p95_ms']:6.1f}")
    print(
        f"the model of it, ms       {told['inference_p50_ms']:6.1f}  "
        f"{told['inference_p95_ms']:6.1f}"
    )
    print(
        f"beyond the model, ms      {told['beyond_inference_p50_ms']:6.1f}  "
        f"{told['beyond_inference_p95_ms']:6.1f}   (budget: 10)"
    )


def compare_clips(names: list[str]) -> bool:
    """Sample clips at the camera, hands-free, against analyze on the file, each frame judged."""
    n_same = n = 0
    print(f"{'clip':38} {'sets':>5} {'hold, s':>15} {'reps':>6}  faults")
    for clip in sorted(SAMPLES.glob("*.mp4")):
        if names and clip.stem not in names:
            continue
        exercise = clip.stem.split("_")[0]
        recorded = formcheck.analyze(clip, exercise=exercise, rate_hz=None)
        end_s = recorded.duration_s - 0.05

        def is_over(state: LiveState, end_s: float = end_s) -> bool:
            return state.time_s >= end_s

        with StreamProcess([clip]) as server:
            session, _ = run_session(server.url, exercise, until=is_over)
        live = session.result
        why = tell_difference(live, recorded)
        n, n_same = n + 1, n_same + (why is None)
        holds = " ".join(
            f"{one.good_hold_s:.1f}/{other.good_hold_s:.1f}"
            for one, other in zip(live.sets, recorded.sets, strict=False)
        )
        reps = sum(len(one.reps) for one in live.sets)
        faults = ", ".join(fault.rule for one in live.sets for fault in one.faults)
        print(
            f"{clip.stem:38} {len(live.sets):>5} {holds:>15} {reps:>6}  {faults}"
            + (f"   DIFFERS: {why}" if why else ""),
            flush=True,
        )
    print(f"{n_same} of {n} the same: sets, sides, repetitions, faults, holds within {WITHIN_S} s")
    return n_same == n


def tell_difference(live: Result, recorded: Result) -> str | None:
    """The first thing in which two results differ that matters; None if nothing does."""
    if [one.side for one in live.sets] != [one.side for one in recorded.sets]:
        return f"sides {[one.side for one in live.sets]} {[one.side for one in recorded.sets]}"
    for one, other in zip(live.sets, recorded.sets, strict=True):
        if len(one.holds) != len(other.holds) or len(one.reps) != len(other.reps):
            counts = [f"{len(each.holds)} holds, {len(each.reps)} reps" for each in (one, other)]
            return ", not ".join(counts)
        # Of repetitions the holds are their tops, each timed by itself.
        lengths = [[h.end_s - h.start_s for h in each.holds] for each in (one, other)]
        if not one.reps:
            lengths = [[one.good_hold_s], [other.good_hold_s]]
        off_s = max((abs(a - b) for a, b in zip(*lengths, strict=True)), default=0.0)
        if off_s > WITHIN_S:
            return f"hold off by {off_s:.2f} s"
        mine, theirs = (sorted(f.rule for f in each.faults) for each in (one, other))
        if mine != theirs:
            return f"faults {mine}, not {theirs}"
    return None


def watch_memory(minutes: float) -> bool:
    """The process's memory, minute by minute, with a looping source."""
    clips = [SAMPLES / f"{name}.mp4" for name in ("half-kneeling_knee-lean", "half-kneeling_tuck")]
    curve: list[float] = []
    done = threading.Event()

    def sample() -> None:
        while not done.wait(15.0):
            curve.append(read_memory_mb()[0])
            print(f"{len(curve) / 4:6.2f} min  {curve[-1]:7.1f} MB", flush=True)

    watcher = threading.Thread(target=sample, daemon=True)
    with StreamProcess(clips, "--size", "1280x720", "--rate", "30", "--loop") as server:
        watcher.start()
        session, how = run_session(
            server.url, "half-kneeling", seconds=60 * minutes, hold_s=120 * minutes
        )
        done.set()
    during = curve[: max(1, int(4 * minutes) - 1)]  # not of the session that is being closed
    settled = np.array(during[4 * SETTLING_MIN :] or during)
    middle = float(np.median(settled))
    off = float(np.abs(settled / middle - 1).max())
    print(f"{how}; {session.stats.describe()}")
    print(
        f"after {SETTLING_MIN} minutes: {middle:.0f} MB in the median, at most {100 * off:.1f} % "
        f"off it; {curve[0]:.0f} MB after 15 s"
    )
    print(json.dumps({"minutes": minutes, "memory_mb": [round(mb, 1) for mb in curve]}))
    return off <= 0.05


def main() -> None:
    """Measure what is asked for; exit 1 if it is not as it should be."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--clips", nargs="*", help="sample clips, all by default, against analyze")
    parser.add_argument("--minutes", type=float, help="memory over so many minutes")
    parser.add_argument("--seconds", type=float, default=30.0, help="of the speed measurement")
    given = parser.parse_args()
    start_s = time.monotonic()
    is_well = True
    if given.clips is not None:
        is_well = compare_clips(given.clips)
    elif given.minutes is not None:
        is_well = watch_memory(given.minutes)
    else:
        measure_speed(given.seconds)
    print(f"took {time.monotonic() - start_s:.0f} s")
    raise SystemExit(not is_well)


if __name__ == "__main__":
    main()
