"""Poses of the sample clips, found once a run."""

from __future__ import annotations

import os
import random
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest
from filelock import FileLock, Timeout

from benchmarks.accuracy import ClipAccuracy, compare, read_poses
from formcheck.pose.track import PoseTrack

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "sample_videos"
WORKER: Final = "PYTEST_XDIST_WORKER"
os.environ["LC_ALL"] = "C.UTF-8"  # sessions in English
os.environ.pop(
    "COLUMNS", None
)  # what goes to a pipe is not cut to the terminal that runs the tests


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of sample clips."""
    return SAMPLES


@pytest.fixture(scope="session")
def poses_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all processes that share the run."""
    folder = tmp_path_factory.getbasetemp()
    if WORKER in os.environ:
        folder = folder.parent
    folder /= "poses"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def kneeling_track(poses_dir: Path) -> PoseTrack:
    """The poses of ``half-kneeling_good25`` alone, which are there sooner than those of all."""
    clip = SAMPLES / "half-kneeling_good25.mp4"
    with FileLock(poses_dir / f"{clip.stem}.lock"):
        return read_poses(clip, poses_dir)


@pytest.fixture(scope="session")
def sample_tracks(poses_dir: Path) -> dict[str, PoseTrack]:
    """Clip name to its poses as ``analyze`` finds them; processes share the work."""
    clips = sorted(SAMPLES.glob("*.mp4"))
    anywhere = random.Random(os.environ.get(WORKER)).sample(clips, len(clips))
    for clip in anywhere:  # what another process is at is left to it
        with suppress(Timeout), FileLock(poses_dir / f"{clip.stem}.lock", blocking=False):
            read_poses(clip, poses_dir)
    tracks = {}
    for clip in clips:
        with FileLock(poses_dir / f"{clip.stem}.lock"):
            tracks[clip.stem] = read_poses(clip, poses_dir)
    return tracks


@pytest.fixture(scope="session")
def accuracies(sample_tracks: dict[str, PoseTrack]) -> list[ClipAccuracy]:
    return [compare(SAMPLES / name, track) for name, track in sample_tracks.items()]
