"""Frames from anywhere are judged as they arrive, and your function is called.

python examples/own_frames.py sample_videos/half-kneeling_knee-lean.mp4
"""

import sys
from collections.abc import Iterator

import cv2
import numpy as np

import formcheck as fc


def read_frames(path: str, until_s: float) -> Iterator[tuple[float, np.ndarray]]:
    """Every other frame, with its time; it might as well be a robot's camera."""
    video = cv2.VideoCapture(path)
    rate_hz = video.get(cv2.CAP_PROP_FPS)
    for index in range(int(until_s * rate_hz)):
        is_there, picture = video.read()
        if is_there and index % 2 == 0:
            yield index / rate_hz, picture


last = ""


def tell(seen: fc.Watched) -> None:
    """Print a cue when it changes."""
    global last
    if seen.cue != last:
        clock = "runs" if seen.clock_runs else "stands"
        print(f"{seen.time_s:4.1f} s  clock {clock} at {seen.done:3.1f} s  {seen.cue}")
        last = seen.cue


judged = fc.watch(read_frames(sys.argv[1], until_s=9), "half-kneeling", tell)
print(f"in all: {judged.result.sets[0].good_hold_s:.1f} s held well")
