"""What is written is as open to others as the user's umask says: no more, no less."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from formcheck.files import write_text
from formcheck.pose.track_file import save_track
from formcheck.result.table import COLUMNS, write_table
from formcheck.video.writer import VideoWriter
from tests.support.random_poses import make_track

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no umask")


def write_video(path: Path) -> None:
    with VideoWriter(path, 64, 48) as writer:
        writer.write(np.zeros((48, 64, 3), np.uint8), 0.0)


WRITERS: Final[dict[str, Callable[[Path], object]]] = {
    "text.json": lambda path: write_text(path, "{}"),
    "table.csv": lambda path: write_table(path, [], COLUMNS),
    "table.parquet": lambda path: write_table(path, [], COLUMNS),
    "video.mp4": write_video,
    "poses.npz": lambda path: save_track(make_track(), path),
}


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
@pytest.mark.parametrize("name", WRITERS)
def test_the_umask_is_kept(tmp_path: Path, name: str, mask: int) -> None:
    path = tmp_path / "new" / name
    before = os.umask(mask)
    try:
        WRITERS[name](path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o777 & ~mask
    assert list(path.parent.iterdir()) == [path]
