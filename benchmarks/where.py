"""Where the time of an annotated video goes, stage by stage, in milliseconds of a core a frame.

    python -m benchmarks.where [--no-masks]

Each stage does its work alone on the same clip of half a minute, every frame; what the whole costs
beyond their sum is what parts of a clip have both, models made anew, and memory taken anew.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

import formcheck
from benchmarks.footage import FOLDED, HOLD_S, KNEELING, write_footage
from benchmarks.naive import make_landmarker, show
from formcheck.app.annotate import Scenes
from formcheck.exercises.load import list_exercises
from formcheck.pose.estimation import estimate_track
from formcheck.pose.model import PoseEstimator
from formcheck.pose.shrink import MAX_SIDE_PX
from formcheck.pose.track import PoseTrack
from formcheck.result.judgement import judge_poses
from formcheck.runtime.process import one_thread
from formcheck.screen.drawing import Image
from formcheck.screen.overlay import Kept, draw_scene, plan_layout
from formcheck.video.clip import Clip
from formcheck.video.frame import SHOWN_SIDE_PX
from formcheck.video.writer import VideoWriter

DRAWING: Final = "judging again, drawing"
N_KEPT: Final = 200
"""Frames that a stage works on: all of them would fill the memory."""


class Costs:
    """Milliseconds of a core a frame of each stage."""

    def __init__(self) -> None:
        self.ms: dict[str, float] = {}

    @contextmanager
    def of(self, stage: str, n_frames: int) -> Iterator[None]:
        """Clock all threads of this process while a stage is at work, and tell."""
        start_s = time.process_time()
        yield
        self.tell(stage, 1000 * (time.process_time() - start_s) / n_frames)

    def tell(self, stage: str, ms: float) -> None:
        """Keep and print what a stage costs."""
        self.ms[stage] = ms
        print(f"{stage:52} {ms:6.2f} ms of a core a frame", flush=True)


def measure_poses(clip: Path, costs: Costs, *, masks: bool) -> None:
    """From the file to landmarks."""
    n_frames = Clip(clip).n_frames_hint or 1
    with costs.of("decoding and conversion for the model", n_frames):
        for _ in Clip(clip).frames(max_side_px=MAX_SIDE_PX):
            pass
    frames = list(islice(Clip(clip).frames(max_side_px=MAX_SIDE_PX), N_KEPT))
    with make_landmarker(masks=masks) as landmarker:
        pictures = [(show(frame.image), round(1000 * frame.time_s)) for frame in frames]
        with costs.of("the model", len(frames)):
            for picture, time_ms in pictures:
                landmarker.detect_for_video(picture, time_ms)
    with PoseEstimator("full", outlines=masks, n_poses=1) as estimator:
        start_s = time.process_time()
        for frame in frames:
            estimator.estimate(frame)
        whole_ms = 1000 * (time.process_time() - start_s) / len(frames)
    what = "landmarks to numbers" + (", tracing the outline" if masks else "")
    costs.tell(what, whole_ms - costs.ms["the model"])


def measure_video(clip: Path, track: PoseTrack, name: str, costs: Costs, out: Path) -> None:
    """From landmarks to the annotated video."""
    exercises = list_exercises()
    with costs.of("judging", len(track)):
        judged = judge_poses(track, exercises, exercise=name)
    with costs.of("decoding and conversion for the video", track.n_frames):
        for _ in Clip(clip).frames(max_side_px=SHOWN_SIDE_PX):
            pass
    frames = list(islice(Clip(clip).frames(max_side_px=SHOWN_SIDE_PX), N_KEPT))
    size = plan_layout(frames[0].width_px, frames[0].height_px).size

    def annotate(write: Callable[[Image, float], None]) -> None:
        scenes, kept = Scenes(judged), Kept()
        for frame in frames:
            scene = scenes.at(frame.time_s, frame.width_px)
            write(draw_scene(frame.image, scene, kept), frame.time_s)

    with costs.of(DRAWING, len(frames)):
        annotate(lambda picture, time_s: None)
    start_s = time.process_time()
    with VideoWriter(out, *size) as writer:
        annotate(writer.write)
    both_ms = 1000 * (time.process_time() - start_s) / len(frames)
    costs.tell("conversion and x264, panel included", both_ms - costs.ms[DRAWING])


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--no-masks", action="store_true")
    masks = not parser.parse_args().no_masks
    sample = KNEELING if masks else FOLDED
    name = sample.name.partition("_")[0]
    costs = Costs()
    with tempfile.TemporaryDirectory() as folder, one_thread():
        clip = write_footage(Path(folder) / "clip.mp4", [sample], seconds=HOLD_S)
        out = Path(folder) / "annotated.mp4"
        formcheck.analyze(clip, exercise=name, rate_hz=1.0)  # what is done once a process
        measure_poses(clip, costs, masks=masks)
        track = estimate_track(Clip(clip), model="full", rate_hz=None, outlines=masks)
        measure_video(clip, track, name, costs, out)
        parts_ms = sum(costs.ms.values())
        with costs.of("the whole", track.n_frames):
            formcheck.analyze(clip, exercise=name, rate_hz=None, video=out)
    print(f"{'of it beyond the stages':52} {costs.ms['the whole'] - parts_ms:6.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
