"""Poses of the sample clips, found once a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.accuracy import ClipAccuracy, compare, read_poses
from formcheck.pose.pose import PoseTrack

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "sample_videos"


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of sample clips."""
    return SAMPLES


@pytest.fixture(scope="session")
def poses_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("poses")


@pytest.fixture(scope="session")
def sample_tracks(poses_dir: Path) -> dict[str, PoseTrack]:
    """Clip name to its poses as ``analyze`` finds them."""
    return {clip.stem: read_poses(clip, poses_dir) for clip in sorted(SAMPLES.glob("*.mp4"))}


@pytest.fixture(scope="session")
def accuracies(sample_tracks: dict[str, PoseTrack]) -> list[ClipAccuracy]:
    return [compare(SAMPLES / name, track) for name, track in sample_tracks.items()]
