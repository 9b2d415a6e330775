"""Saved poses come back exactly, and damage is noticed."""

from __future__ import annotations

import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from formcheck import SourceError, StoreError
from formcheck.pose.track import PoseTrack
from formcheck.pose.track_file import is_track, load_track, save_track
from tests.support.random_poses import make_track


@pytest.mark.parametrize("outlined", [False, True])
def test_what_is_loaded_is_what_was_saved(tmp_path: Path, outlined: bool) -> None:
    track, path = make_track(outlined=outlined), tmp_path / "new folder" / "clip.poses.npz"
    if outlined:
        track = replace(track, rolls=np.array([[0.0, 9.5], [4.1, -9.25]]))
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


@pytest.mark.parametrize(
    "changed",
    [
        {"duration_s": float("inf")}, {"duration_s": -1.0}, {"clip": 5}, {"is_still": 1},
        {"width_px": 0}, {"height_px": 480.5}, {"n_frames": 4}, {"n_frames": True},
        {"xyz_m": np.full((5, 33, 3), np.inf)}, {"visibility": np.full((5, 33), np.nan)},
        {"xy_px": np.where(np.arange(33)[:, None] == 7, np.nan, np.ones((5, 33, 2)))},
        {"time_s": np.array([0, 1, 2, 3, 1e300])},
    ],
)  # fmt: skip
def test_numbers_that_no_poses_have_are_refused(tmp_path: Path, changed: dict[str, object]) -> None:
    """They come from no estimator: nobody's verdict hangs on them."""
    path = tmp_path / "poses.npz"
    save_track(replace(make_track(), **changed), path)  # type: ignore[arg-type]
    with pytest.raises(SourceError, match=r"poses\.npz: contains numbers that no poses can have"):
        load_track(path)


def test_no_frames_are_no_poses(tmp_path: Path) -> None:
    save_track(make_track(0), tmp_path / "poses.npz")
    with pytest.raises(SourceError, match="no poses can have"):
        load_track(tmp_path / "poses.npz")


def test_what_unpacks_to_far_more_than_a_clip_needs_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "poses.npz"
    save_track(make_track(), path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("outline.npy", bytes(1 << 20))
    monkeypatch.setattr("formcheck.pose.track_file._MAX_BYTES", 1 << 20)
    with pytest.raises(SourceError, match="larger than any clip's poses"):
        load_track(path)


def test_a_shape_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """A few bytes that claim to be terabytes: no memory is asked for that there is not."""
    path = tmp_path / "poses.npz"
    text = np.lib.format.magic(1, 0) + b"\x76\0" + (
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000000,), }".ljust(117)
        + b"\n"
    )  # fmt: skip
    save_track(make_track(), path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, text if name == "time_s.npy" else data)
    assert is_track(path)
    with pytest.raises(SourceError, match="saved poses"):
        load_track(path)


def test_what_cannot_be_written_says_so_and_keeps_the_old(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("mine")
    with pytest.raises(StoreError, match="cannot be written"):
        save_track(make_track(), path / "poses.npz")
    assert path.read_text() == "mine"


@pytest.mark.parametrize("there", [True, False])
def test_what_a_link_leads_to_is_replaced_not_the_link(tmp_path: Path, there: bool) -> None:
    link, real = tmp_path / "link.npz", tmp_path / "elsewhere" / "real.npz"
    if there:
        real.parent.mkdir()
        real.write_text("old")
    link.symlink_to(real)
    save_track(make_track(), link)
    assert link.is_symlink()
    assert is_track(real)
    assert list(real.parent.iterdir()) == [real]


@pytest.mark.parametrize("kind", ["pipe", "link to a pipe", "folder"])
def test_only_files_are_replaced(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "poses.npz"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        os.mkfifo(tmp_path / "pipe")
        path.symlink_to("pipe")
    before = sorted(one.name for one in tmp_path.iterdir())
    with pytest.raises(
        StoreError, match=r"poses\.npz: .* it is not a regular file: give a file's name"
    ):
        save_track(make_track(), path)
    assert path.is_fifo() or path.is_dir()
    assert sorted(one.name for one in tmp_path.iterdir()) == before
