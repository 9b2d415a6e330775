"""Saved poses come back exactly, and damage is noticed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from formcheck import SourceError, StoreError
from formcheck.pose.outline import N_LEVELS
from formcheck.pose.pose import PoseTrack
from formcheck.pose.store import is_track, load_track, save_track


def make_track(n: int = 5, *, outlined: bool = False) -> PoseTrack:
    random = np.random.default_rng(3)

    def numbers(*shape: int) -> np.ndarray:
        return random.random(shape).astype(np.float32).astype(np.float64)

    xy_px = numbers(n, 33, 2)
    xy_px[1] = np.nan
    return PoseTrack(
        np.arange(n) / 7, xy_px, numbers(n, 33, 3), numbers(n, 33), np.ones(n, np.int16),
        640, 480, "clip.mp4", "full", 30, 2.25,
        outline=numbers(n, 2, N_LEVELS) if outlined else None,
    )  # fmt: skip


@pytest.mark.parametrize("outlined", [False, True])
def test_what_is_loaded_is_what_was_saved(tmp_path: Path, outlined: bool) -> None:
    track, path = make_track(outlined=outlined), tmp_path / "new folder" / "clip.poses.npz"
    save_track(track, path)
    loaded = load_track(path)
    for name in PoseTrack.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(loaded, name), getattr(track, name))
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_saved_poses_are_told_by_their_contents(tmp_path: Path) -> None:
    save_track(make_track(), tmp_path / "poses.mp4")
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    (tmp_path / "text.npz").write_text("no")
    assert is_track(tmp_path / "poses.mp4")
    assert not is_track(tmp_path / "other.npz")
    assert not is_track(tmp_path / "text.npz")
    assert not is_track(tmp_path)
    assert not is_track(tmp_path / "missing")


def test_changed_contents_are_noticed(tmp_path: Path) -> None:
    path = tmp_path / "poses.npz"
    save_track(make_track(), path)
    with np.load(path) as archive:
        arrays = dict(archive)
    arrays["xy_px"][0, 0, 0] += 1
    np.savez_compressed(path, **arrays)
    with pytest.raises(SourceError, match="damaged"):
        load_track(path)


@pytest.mark.parametrize("keep", [10, 200, 1000])
def test_a_cut_file_is_an_error(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "poses.npz"
    save_track(make_track(), path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(SourceError, match="saved poses"):
        load_track(path)


def test_what_cannot_be_written_says_so_and_keeps_the_old(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("mine")
    with pytest.raises(StoreError, match="cannot be saved"):
        save_track(make_track(), path / "poses.npz")
    assert path.read_text() == "mine"
