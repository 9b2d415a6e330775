"""What docstrings show is run, where a clip lies that they name."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import formcheck
from benchmarks.accuracy import read_poses
from formcheck.pose.track_file import save_track
from tests.conftest import SAMPLES

PACKAGE = Path(formcheck.__file__).parent
SHOWING = [path for path in sorted(PACKAGE.rglob("*.py")) if ">>> " in path.read_text("utf-8")]


@pytest.mark.parametrize("path", SHOWING, ids=lambda path: path.stem)
def test_it_does_what_it_shows(
    path: Path, poses_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    save_track(read_poses(SAMPLES / "half-kneeling_knee-lean.mp4", poses_dir), Path("clip.mp4"))
    words = path.relative_to(PACKAGE.parent).with_suffix("").parts
    name = ".".join(words).removesuffix(".__init__")
    done = doctest.testmod(importlib.import_module(name))
    assert done.attempted > 0
    assert done.failed == 0
    assert "+SKIP" not in path.read_text("utf-8")


def test_the_library_s_own_is_among_them() -> None:
    assert PACKAGE / "__init__.py" in SHOWING
