"""How fast formcheck is, as ratios of what was measured in the same run.

    python -m benchmarks.speed          # all
    python -m benchmarks.speed judge    # one part: video, verdict, sizes, frame, judge, start, hour

Clips are the sample ones as a phone records them: 1280x720, 30 frames a second, with noise. What is
compared is measured three times in turn, and the best of each counts: the machine's own speed
varies. Exits 1 when an aim is missed. ``hour``, time and memory up to an hour of video, takes ten
minutes.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Final

import av
import numpy as np

import formcheck
from benchmarks.batch import describe
from benchmarks.footage import (
    FOLDED,
    HOLD_S,
    KNEELING,
    SAMPLES,
    repeat_footage,
    write_footage,
)
from benchmarks.memory import read_memory_mb
from benchmarks.naive import make_landmarker, show
from formcheck.coach.flow import Flow
from formcheck.defaults import DEFAULT_RATE_HZ
from formcheck.exercises.load import list_exercises
from formcheck.exercises.routine import make_routine
from formcheck.measure.body import BodyTracker
from formcheck.pose.estimation import estimate_track
from formcheck.pose.shrink import MAX_SIDE_PX
from formcheck.pose.track import PoseTrack
from formcheck.result.judgement import judge_poses
from formcheck.result.models import Result
from formcheck.screen.live_scene import build_live_scene
from formcheck.screen.stage import Stage
from formcheck.video.clip import Clip

EXERCISES: Final = list_exercises()
WITH_MASKS: Final = "half-kneeling"
WITHOUT: Final = "childs-pose"
"""An exercise without a rule on the pelvis needs no silhouette."""
MOST_MB: Final = 700.0
LOOK_S: Final = 0.25
N_STARTS: Final = 7
IMPORT: Final = "import mediapipe"
N_ROUNDS: Final = 3
N_JUDGED: Final = 20
"""Rounds of a twentieth of a second."""


missed: list[str] = []
"""Aims that were."""


def clock(work: Callable[[], object], read_s: Callable[[], float] = time.perf_counter) -> float:
    """Seconds that it takes by a clock."""
    start_s = read_s()
    work()
    return read_s() - start_s


def tell(
    what: str, figure: float, *, at_least: float | None = None, at_most: float | None = None
) -> None:
    """One line of the table."""
    aims = [("at least", at_least), ("at most", at_most)]
    aim = ", ".join(f"{name} {bound:g}" for name, bound in aims if bound is not None)
    is_low = at_least is not None and figure < at_least
    is_high = at_most is not None and figure > at_most
    if is_low or is_high:
        missed.append(what)
    word = "  MISSED" if is_low or is_high else ""
    print(f"{what:58} {figure:8.2f}  (aim: {aim or 'none'}){word}", flush=True)


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
    frames = list(islice(Clip(clip).frames(max_side_px=MAX_SIDE_PX), n_frames // 3))
    pictures = [(show(frame.image), round(1000 * frame.time_s)) for frame in frames]
    with make_landmarker(masks=masks) as landmarker:
        took_s = clock(lambda: [landmarker.detect_for_video(*picture) for picture in pictures])
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
        tell(f"every frame, times naive, {how}", plain_s / every_s, at_least=1.45)
        tell(f"every frame, of the model's limit, {how}", limit_s / every_s, at_least=0.75)
        tell(f"sampled, times naive, {how}", plain_s / sampled_s, at_least=1.9)


def measure_verdict(folder: Path) -> None:
    """A verdict alone, of a minute of video."""
    clip = write_footage(folder / "minute.mp4", [KNEELING], seconds=60)
    found: list[Result] = []

    def analyze(rate_hz: float | None) -> None:
        found.append(formcheck.analyze(clip, exercise=WITH_MASKS, rate_hz=rate_hz))

    rounds = [
        (time_naive(clip, "--masks"), clock(lambda: analyze(DEFAULT_RATE_HZ)))
        for _ in range(N_ROUNDS)
    ]
    plain_s, sampled_s = map(min, zip(*rounds, strict=True))
    tell("verdict of a minute at 720p, times naive", plain_s / sampled_s, at_least=4)
    analyze(None)
    n_other = sum(describe(one) != describe(found[-1]) for one in found)
    tell("of those, other verdicts than with every frame", n_other, at_most=0)


def measure_sizes(folder: Path) -> None:
    """Larger pictures, decoding aside: in seconds of the processor, as both go on side by side."""
    rests: dict[tuple[int, int], float] = {}
    for size in ((1280, 720), (1920, 1080), (3840, 2160)):
        clip = write_footage(folder / f"{size[0]}.mp4", [KNEELING], size=size, seconds=15)

        def analyze() -> None:
            formcheck.analyze(clip, exercise=WITH_MASKS)  # noqa: B023

        rounds = [
            (clock(analyze, time.process_time), clock(lambda: decode(clip), time.process_time))  # noqa: B023
            for _ in range(N_ROUNDS)
        ]
        whole_s, decode_s = map(min, zip(*rounds, strict=True))
        rests[size] = whole_s - decode_s
        print(f"{size[0]}x{size[1]}: {whole_s:.2f} s of a core, decoding alone {decode_s:.2f} s")
    base_s = rests.pop((1280, 720))
    for size, rest_s in rests.items():
        tell(f"{size[1]}p apart from decoding, times 720p", rest_s / base_s, at_most=1.3)


def decode(clip: Path) -> None:
    """Decode a clip, and do nothing with it."""
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for packet in container.demux(stream):
            packet.decode()


def measure_frame(track: PoseTrack) -> None:
    """All of ours in a live frame: smoothing, measuring, judging, drawing."""
    rounds = [np.percentile(time_frames(track), (50, 95)) for _ in range(N_ROUNDS)]
    median_ms, most_ms = 1000 * min(rounds, key=lambda found: float(found[0]))
    tell("ours in a live frame at 720p, ms in the median", median_ms, at_most=6)
    tell("the same in 95 %", most_ms, at_most=6)


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
        live = build_live_scene(flow.state, body, picture.shape[1], mirrored=True)
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
                    judge_poses(track, EXERCISES, exercise=exercise if name == "given" else "auto")  # noqa: B023
                    for exercise, track in tracks
                ]
            )
            for _ in range(N_JUDGED)
        )
        aim = 10_000 if name == "given" else None
        tell(
            f"saved poses judged, frames a second, exercise {name}", n_frames / took_s, at_least=aim
        )


def measure_start() -> None:
    """Commands from their start."""
    script = Path(sys.executable).with_name("formcheck")

    def run(*command: str) -> float:
        quiet = subprocess.DEVNULL
        return statistics.median(
            clock(lambda: subprocess.run(command, stdout=quiet, stderr=quiet, check=True))
            for _ in range(N_STARTS)
        )

    tell("formcheck --help, s", run(str(script), "--help"), at_most=0.3)
    tell("formcheck exercises list, s", run(str(script), "exercises", "list"), at_most=0.4)
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
    tell("start-up apart from those, s", whole_s - import_s - work_s, at_most=0.5)


def measure_hour(folder: Path) -> None:
    """Memory of a process that analyses longer and longer clips, and the time it takes."""
    first = {s: write_footage(folder / f"first{s}.mp4", [KNEELING], seconds=s) for s in (10, 60)}
    took_s: dict[int, float] = {}
    for seconds in (10, 60, 600, 3600):
        base_s = min(seconds, 60)
        clip = repeat_footage(folder / f"{seconds}.mp4", first[base_s], seconds // base_s)
        code = f"import sys, formcheck\nformcheck.analyze(sys.argv[1], exercise={WITH_MASKS!r})\n"
        start_s = time.perf_counter()
        with subprocess.Popen([sys.executable, "-c", code, str(clip)]) as process:
            curve = []
            while process.poll() is None:
                curve.append(read_memory_mb(process.pid))
                time.sleep(LOOK_S)
        took_s[seconds] = time.perf_counter() - start_s
        most_mb = max(most for _, most in curve)
        step = max(1, len(curve) // 12)
        print(
            f"{seconds:4} s: {took_s[seconds]:.1f} s, {seconds / took_s[seconds]:.1f} times real "
            f"time; memory {' '.join(f'{mb:.0f}' for mb, _ in curve[::step])} MB"
        )
        tell(f"most memory of {seconds} s of video, MB", most_mb, at_most=MOST_MB)
        clip.unlink()
    rate = (took_s[3600] - took_s[600]) / 3000 / ((took_s[600] - took_s[60]) / 540)
    tell("a second of the hour, times one of ten minutes", rate, at_most=1.2)


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


def main() -> int:
    """Measure what is asked for; 1 when an aim is missed."""
    parts = ("video", "verdict", "sizes", "frame", "judge", "start", "hour")
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("parts", nargs="*", choices=[[], *parts])
    asked = parser.parse_args().parts or parts
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
    for what in missed:
        print(f"missed: {what}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
