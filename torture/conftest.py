"""What is abused: clips made from the samples, and the poses of some of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pebble import ProcessPool

from benchmarks.accuracy import read_poses
from formcheck.pose.track import PoseTrack
from torture.cases import SEED, SHARE
from torture.kinds import make_base
from torture.worker import start_pool

SAMPLES = Path(__file__).parent.parent / "sample_videos"
TRACKED = ("half-kneeling_knee-lean", "half-kneeling_tuck", "donkey-kick_low", "thomas-test_tight")


def pytest_report_header() -> str:
    return f"torture: TORTURE_SEED={SEED} TORTURE_SHARE={SHARE:g}"


@pytest.fixture(scope="session")
def samples() -> Path:
    return SAMPLES


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nearly five seconds with sound: 3.3 s well done, then the front knee goes too far."""
    return make_base(tmp_path_factory.mktemp("base"), SAMPLES)


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPool]:
    with start_pool() as started:
        yield started


@pytest.fixture(scope="session")
def tracks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, PoseTrack]:
    """Poses of a hold, of one with an unclear tuck, of repetitions and of an assessment."""
    folder = tmp_path_factory.mktemp("poses")
    return {name: read_poses(SAMPLES / f"{name}.mp4", folder) for name in TRACKED}


@pytest.fixture
def open_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that another user may look into, though pytest closes those above it."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
