"""How fast formcheck is, as ratios of what was measured in the same run.

    python -m benchmarks.speed          # all but the last
    python -m benchmarks.speed judge    # one part: video, verdict, sizes, frame, judge, start
    python -m benchmarks.speed hour     # memory and time up to an hour of video; takes half an hour

Clips are the sample ones as a phone records them: 1280x720, 30 frames a second, with noise.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

import formcheck
from benchmarks.batch import describe
from benchmarks.footage import SAMPLES, repeat_footage, write_footage
from formcheck.capture.clip import Clip
from formcheck.coach.clip import judge_track
from formcheck.coach.flow import Flow
from formcheck.coach.result import Result
from formcheck.defaults import DEFAULT_RATE_HZ
from formcheck.estimate.mediapipe import PoseEstimator
from formcheck.exercises.load import load_exercises
from formcheck.exercises.routine import make_routine
from formcheck.feedback.prompts import build_live_scene
from formcheck.feedback.stage import Stage
from formcheck.measure.body import BodyTracker
from formcheck.pose.pose import PoseTrack
from formcheck.tracking import ANALYSIS_SIDE_PX, estimate_track

EXERCISES: Final = load_exercises()
WITH_MASKS: Final = "half-kneeling"
WITHOUT: Final = "childs-pose"
"""An exercise without a rule on the pelvis needs no silhouette."""
KNEELING: Final = SAMPLES / "half-kneeling_knee-lean.mp4"
FOLDED: Final = SAMPLES / "childs-pose_hips.mp4"
HOLD_S: Final = 30.0
"""What an exercise asks for: a clip of one hold is no shorter."""
N_STARTS: Final = 7
IMPORT: Final = """
from formcheck.estimate.pyplot import import_later
with import_later():
    import mediapipe
"""
N_ROUNDS: Final = 3
"""The machine's own speed varies: what each takes in its best round is told."""
N_JUDGED: Final = 20
"""Rounds of a twentieth of a second."""


def clock(work: Callable[[], object]) -> float:
    """Seconds that it takes."""
    start_s = time.perf_counter()
    work()
    return time.perf_counter() - start_s


def tell(what: str, ratio: float, aim: str, more: str = "") -> None:
    """One line of the table."""
    print(f"{what:58} {ratio:8.2f}  (aim: {aim}){'  ' + more if more else ''}", flush=True)


def warm_up() -> None:
    """What is done once a process is not measured."""
    formcheck.analyze(SAMPLES / "childs-pose_good.mp4", exercise=WITHOUT, rate_hz=5)


def time_naive(clip: Path, *options: str) -> float:
    """Seconds that the naive loop takes, in a process of its own."""
    command = (sys.executable, "-m", "benchmarks.naive", str(clip), *options)
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return float(done.stdout)


def time_limit(clip: Path, n_frames: int, *, masks: bool) -> float:
    """Seconds that the model alone takes, one decoded frame after the other."""
    # All of the frames would fill the memory.
    frames = list(islice(Clip(clip).frames(max_side_px=ANALYSIS_SIDE_PX), n_frames // 3))
    with PoseEstimator("full", outlines=masks, n_poses=1) as estimator:
        took_s = clock(lambda: [estimator.estimate(frame) for frame in frames])
    return took_s * n_frames / len(frames)


def measure_video(folder: Path) -> None:
    """Annotated video, against the naive loop and the model's own limit."""
    for exercise, sample in ((WITH_MASKS, KNEELING), (WITHOUT, FOLDED)):
        masks = EXERCISES[exercise].needs_outline
        clip = write_footage(folder / f"{exercise}.mp4", [sample], seconds=HOLD_S)
        n_frames = Clip(clip).n_frames_hint or 0
        out = folder / "a.mp4"

        def annotate(rate_hz: float | None) -> float:
            return clock(
                lambda: formcheck.analyze(clip, exercise=exercise, rate_hz=rate_hz, video=out)  # noqa: B023
            )

        options = ("--video", str(out), *(["--masks"] if masks else []))
        rounds = [
            (
                time_naive(clip, *options),
                time_limit(clip, n_frames, masks=masks),
                annotate(None),
                annotate(DEFAULT_RATE_HZ),
            )
            for _ in range(N_ROUNDS)
        ]
        plain_s, limit_s, every_s, sampled_s = map(min, zip(*rounds, strict=True))
        how = "with masks" if masks else "without masks"
        fps = [f"{n_frames / s:.0f}" for s in (plain_s, limit_s, every_s, sampled_s)]
        print(
            f"annotated video {how}, frames a second: naive {fps[0]}, the model alone {fps[1]}, "
            f"every frame {fps[2]}, sampled {fps[3]}"
        )
        tell(f"every frame, times naive, {how}", plain_s / every_s, "1.45")
        tell(f"every frame, of the model's limit, {how}", limit_s / every_s, "0.75")
        tell(f"sampled, times naive, {how}", plain_s / sampled_s, "1.9")


def measure_verdict(folder: Path) -> None:
    """A verdict alone, of a minute of video."""
    clip = write_footage(folder / "minute.mp4", [KNEELING], seconds=60)
    plain_s = time_naive(clip, "--masks")
    found: list[Result] = []

    def analyze(rate_hz: float | None) -> Callable[[], None]:
        return lambda: found.append(formcheck.analyze(clip, exercise=WITH_MASKS, rate_hz=rate_hz))

    sampled_s = clock(analyze(DEFAULT_RATE_HZ))
    clock(analyze(None))
    same = "verdicts unchanged" if describe(found[0]) == describe(found[1]) else "VERDICTS DIFFER"
    tell("verdict of a minute at 720p, times naive", plain_s / sampled_s, "4", same)


def measure_sizes(folder: Path) -> None:
    """Larger pictures, decoding aside."""
    rests: dict[tuple[int, int], float] = {}
    for size in ((1280, 720), (1920, 1080), (3840, 2160)):
        clip = write_footage(folder / f"{size[0]}.mp4", [KNEELING], size=size, seconds=15)
        decode_s = clock(lambda: sum(1 for _ in Clip(clip).frames(rate_hz=0.01)))  # noqa: B023
        whole_s = clock(lambda: formcheck.analyze(clip, exercise=WITH_MASKS))  # noqa: B023
        rests[size] = max(whole_s - decode_s, 1e-9)
        print(f"{size[0]}x{size[1]}: {whole_s:.2f} s, decoding alone {decode_s:.2f} s")
    base_s = rests.pop((1280, 720))
    for size, rest_s in rests.items():
        tell(f"{size[1]}p apart from decoding, times 720p", rest_s / base_s, "at most 1.3")


def measure_frame(track: PoseTrack) -> None:
    """All of ours in a live frame: smoothing, measuring, judging, drawing."""
    rounds = [np.percentile(time_frames(track), (50, 95)) for _ in range(N_ROUNDS)]
    median_ms, most_ms = 1000 * min(rounds, key=lambda found: float(found[0]))
    tell("ours in a live frame at 720p, ms in the median", median_ms, "at most 6")
    tell("the same in 95 %", most_ms, "at most 6")


def time_frames(track: PoseTrack) -> list[float]:
    """Seconds that each frame of a live session takes."""
    flow = Flow(make_routine(EXERCISES[WITH_MASKS]), EXERCISES, track.height_px)
    tracker, stage = BodyTracker(track.width_px, track.height_px), Stage()
    picture = np.zeros((track.height_px, track.width_px, 3), np.uint8)
    took_s = []
    for pose in track:
        start_s = time.perf_counter()
        body = tracker.update(pose)
        flow.judge(body, 1)
        live = build_live_scene(flow, body, picture.shape[1], mirrored=True)
        stage.prepare(picture, (1280, 720))
        stage.draw(picture, live, (1280, 720))
        took_s.append(time.perf_counter() - start_s)
    return took_s


def measure_judging(tracks: list[tuple[str, PoseTrack]]) -> None:
    """Saved poses judged again."""
    n_frames = sum(len(track) for _, track in tracks)
    for name in ("given", "auto"):
        took_s = min(
            clock(
                lambda: [
                    judge_track(track, EXERCISES, exercise=exercise if name == "given" else "auto")  # noqa: B023
                    for exercise, track in tracks
                ]
            )
            for _ in range(N_JUDGED)
        )
        aim = "10000" if name == "given" else "none"
        tell(f"saved poses judged, frames a second, exercise {name}", n_frames / took_s, aim)


def measure_start() -> None:
    """Commands from their start."""
    script = Path(sys.executable).with_name("formcheck")

    def run(*command: str) -> float:
        quiet = subprocess.DEVNULL
        return statistics.median(
            clock(lambda: subprocess.run(command, stdout=quiet, stderr=quiet, check=True))
            for _ in range(N_STARTS)
        )

    tell("formcheck --help, s", run(str(script), "--help"), "at most 0.3")
    tell("formcheck exercises list, s", run(str(script), "exercises", "list"), "at most 0.4")
    import_s = run(sys.executable, "-c", IMPORT)
    clip = SAMPLES / "childs-pose_good.mp4"
    args = ("analyze", str(clip), "--exercise", WITHOUT, "--no-video", "--no-report", "--json", "-")
    whole_s = run(str(script), *args)
    work_s = statistics.median(
        clock(lambda: formcheck.analyze(clip, exercise=WITHOUT)) for _ in range(N_STARTS)
    )
    print(
        f"a clip of 12 s from start to verdict {whole_s:.2f} s: "
        f"import of mediapipe {import_s:.2f}, the clip itself {work_s:.2f}"
    )
    tell("start-up apart from those, s", whole_s - import_s - work_s, "at most 0.5")


def measure_hour(folder: Path) -> None:
    """Memory of a process that analyses longer and longer clips, and the time it takes."""
    first = {s: write_footage(folder / f"first{s}.mp4", [KNEELING], seconds=s) for s in (10, 60)}
    for seconds in (10, 60, 600, 3600):
        base_s = min(seconds, 60)
        clip = repeat_footage(folder / f"{seconds}.mp4", first[base_s], seconds // base_s)
        code = f"import sys, formcheck\nformcheck.analyze(sys.argv[1], exercise={WITH_MASKS!r})\n"
        start_s = time.perf_counter()
        with subprocess.Popen([sys.executable, "-c", code, str(clip)]) as process:
            curve = []
            while process.poll() is None:
                curve.append(read_memory_mb(process.pid))
                time.sleep(1)
        took_s = time.perf_counter() - start_s
        step = max(1, len(curve) // 12)
        print(
            f"{seconds:4} s: {took_s:7.1f} s, {seconds / took_s:5.1f} times real time; "
            f"at most {max(curve):.0f} MB: {' '.join(f'{mb:.0f}' for mb in curve[::step])}"
        )
        clip.unlink()


def read_memory_mb(pid: int) -> float:
    """Resident memory of a process now."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):  # it ended just now
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def make_tracks() -> list[tuple[str, PoseTrack]]:
    """Poses of some sample clips, with the exercise of each."""
    names = ("half-kneeling_knee-lean", "standing-stretch_good", "donkey-kick_good")
    return [
        (
            name.split("_")[0],
            estimate_track(
                Clip(SAMPLES / f"{name}.mp4"),
                model="full",
                rate_hz=DEFAULT_RATE_HZ,
                outlines=EXERCISES[name.split("_")[0]].needs_outline,
            ),
        )
        for name in names
    ]


def main() -> None:
    """Measure what is asked for."""
    parts = ("video", "verdict", "sizes", "frame", "judge", "start", "hour")
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("parts", nargs="*", choices=[[], *parts])
    asked = parser.parse_args().parts or parts[:-1]
    warm_up()
    tracks = make_tracks() if {"frame", "judge"}.intersection(asked) else []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        work: dict[str, Callable[[], None]] = {
            "video": lambda: measure_video(folder),
            "verdict": lambda: measure_verdict(folder),
            "sizes": lambda: measure_sizes(folder),
            "frame": lambda: measure_frame(tracks[0][1]),
            "judge": lambda: measure_judging(tracks),
            "start": measure_start,
            "hour": lambda: measure_hour(folder),
        }
        for part in asked:
            work[part]()


if __name__ == "__main__":
    main()
