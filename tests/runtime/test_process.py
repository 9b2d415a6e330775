"""OpenCV's own threads: none beside an estimator's, and the caller's are left as they were."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from formcheck.runtime.process import THREADS, one_thread

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sample_videos" / "half-kneeling_knee-lean.mp4"
COUNT = f"""
import os
from itertools import islice
import cv2
from formcheck.video.clip import Clip
from formcheck.pose.model import PoseEstimator
with Clip({str(SAMPLE)!r}) as clip, PoseEstimator("lite", outlines=True, n_poses=1) as estimator:
    for frame in islice(clip.frames(max_side_px=640), 3):
        estimator.estimate(frame)
    print(len(os.listdir("/proc/self/task")), cv2.getNumThreads())
"""


def count_threads(number: str | None) -> tuple[int, int]:
    """Of a process that estimates poses, and of the OpenCV that it imports."""
    environment = {key: value for key, value in os.environ.items() if key != THREADS}
    if number is not None:
        environment[THREADS] = number
    command = (sys.executable, "-c", COUNT)
    told = subprocess.run(command, env=environment, capture_output=True, check=True, text=True)
    n_all, n_opencv = map(int, told.stdout.split())
    return n_all, n_opencv


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="Linux tells its threads")
def test_mediapipe_has_no_threads_of_opencv_unless_the_user_asks_for_them() -> None:
    n_calm, n_opencv = count_threads(None)
    assert n_opencv == cv2.getNumThreads(), "Python's OpenCV keeps its own"
    number = max(2, n_opencv)
    n_asked, told = count_threads(str(number))
    assert told == number
    assert n_asked > n_calm


def test_threads_are_given_back() -> None:
    before = cv2.getNumThreads()
    cv2.setNumThreads(3)
    try:
        with one_thread():
            assert cv2.getNumThreads() == 1
        assert cv2.getNumThreads() == 3
    finally:
        cv2.setNumThreads(before)
