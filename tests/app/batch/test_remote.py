"""Clips behind an address, from a real server: fetched whole, and what goes wrong."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from formcheck.app.batch import remote
from formcheck.app.batch.remote import expand_url, hide_password, is_url, open_clip
from formcheck.errors import SourceError
from formcheck.pose.track import PoseTrack
from formcheck.pose.track_file import is_track, load_track, save_track
from formcheck.video.clip import Clip
from tests.support.web_server import serve

LARGE_BYTES = 24 << 20


def frames_of(path: str) -> list[float]:
    with open_clip(path) as file, Clip(file) as clip:
        return [frame.time_s for frame in clip.frames(max_side_px=64)]


@pytest.fixture
def folder(tmp_path: Path, samples: Path) -> Path:
    shutil.copy(samples / "half-kneeling_tuck.mp4", tmp_path / "kneel 1 é.mp4")
    return tmp_path


def test_a_clip_far_away_gives_the_frames_of_the_one_here(folder: Path) -> None:
    with serve(folder) as web:
        there = frames_of(f"{web.url}/kneel%201%20%C3%A9.mp4")
    assert len(there) > 50
    assert there == frames_of(str(folder / "kneel 1 é.mp4"))


def test_it_is_fetched_whole_and_once_and_its_copy_has_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = np.random.default_rng(6).bytes(LARGE_BYTES)
    (tmp_path / "long.mp4").write_bytes(content)
    copies = tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(copies))
    with serve(tmp_path) as web, open_clip(f"{web.url}/long.mp4") as file:
        assert list(copies.iterdir()) == [], "a kill now would leave it"
        assert not isinstance(file, Path)
        assert file.read(1000) == content[:1000]
        file.seek(-9, os.SEEK_END)
        assert file.read() == content[-9:]
        file.seek(0)
        assert file.read() == content
    assert web.n_bytes == LARGE_BYTES


def test_saved_poses_far_away_are_a_file_here(tmp_path: Path) -> None:
    track = PoseTrack(
        time_s=np.array([0.0, 0.5]), xy_px=np.zeros((2, 33, 2)), xyz_m=np.zeros((2, 33, 3)),
        visibility=np.ones((2, 33)), n_people=np.ones(2, dtype=np.int16), width_px=64, height_px=48,
        clip="kneel.mp4", model="full", n_frames=2, duration_s=0.5, is_still=False,
    )  # fmt: skip
    save_track(track, tmp_path / "kneel.npz")
    with serve(tmp_path) as web, open_clip(f"{web.url}/kneel.npz?version=3") as file:
        assert isinstance(file, Path)
        assert is_track(file)
        assert load_track(file).clip == "kneel.mp4"
    assert not file.exists()


def test_any_store_that_fsspec_knows(folder: Path) -> None:
    with importlib.import_module("fsspec").open("memory://clips/kneel.mp4", "wb") as file:
        file.write((folder / "kneel 1 é.mp4").read_bytes())
    here = frames_of(str(folder / "kneel 1 é.mp4"))
    assert frames_of("memory://clips/kneel.mp4") == here
    assert frames_of(f"file://{folder}/kneel 1 é.mp4") == here
    assert expand_url("memory://clips/*.mp4") == ["memory:///clips/kneel.mp4"]


def test_a_pattern_of_addresses(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    with serve(tmp_path) as web:
        found = expand_url(f"{web.url}/*.mp4")
        assert sorted(found) == [f"{web.url}/a.mp4", f"{web.url}/b.mp4"]
        assert expand_url(f"{web.url}/*.mov") == []
    with pytest.raises(SourceError, match="cannot be read"):
        expand_url("http://127.0.0.1:1/*.mp4")


def test_a_local_path_is_passed_through() -> None:
    with open_clip("no such/clip.mp4") as path:
        assert path == Path("no such/clip.mp4")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("{web}/missing.mp4", "no such file: check the address"),
        ("{web}/missing.npz", "no such file: check the address"),
        ("http://127.0.0.1:1/a.mp4", "cannot be read"),
        ("nothing://there/a.mp4", "cannot be read"),
        ("http://[/a.mp4", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, address: str, words: str) -> None:
    with serve(tmp_path) as web:
        address = address.format(web=web.url)
        with pytest.raises(SourceError, match=words) as caught, open_clip(address):
            pass
    assert str(caught.value).startswith(address)
    assert "\n" not in str(caught.value)


def test_a_connection_that_breaks_is_no_short_clip(folder: Path) -> None:
    size = (folder / "kneel 1 é.mp4").stat().st_size
    with (
        serve(folder, breaks_after=size // 2) as web,
        pytest.raises(SourceError, match="cannot be read") as caught,
    ):
        frames_of(f"{web.url}/kneel 1 é.mp4")
    assert "not a video" not in str(caught.value)


def test_what_the_reader_raises_stays_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"abc")
    with (
        serve(tmp_path) as web,
        pytest.raises(ZeroDivisionError),
        open_clip(f"{web.url}/a.mp4"),
    ):
        raise ZeroDivisionError


def test_without_the_extra_the_message_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    for act in (lambda: expand_url("s3://b/*.mp4"), lambda: open_clip("s3://b/a.mp4").__enter__()):
        with pytest.raises(SourceError, match=r"formcheck\[remote\]"):
            act()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("https://h/a.mp4", True), ("s3://bucket/a.mp4", True), ("file:///a.mp4", True),
        ("simplecache::https://h/a.mp4", True), ("a.mp4", False), ("C:/a.mp4", False),
        ("c://a.mp4", False), ("clips/https://a.mp4", False), ("a:b.mp4", False), ("", False),
    ],
)  # fmt: skip
def test_what_is_an_address(path: str, expected: bool) -> None:
    assert is_url(path) is expected


def test_passwords_are_not_told(tmp_path: Path) -> None:
    assert hide_password("ftp://ann:secret@h/a.mp4") == "ftp://ann@h/a.mp4"
    # Of some stores a name before the @ is part of the place.
    assert hide_password("abfs://box@account/a.mp4") == "abfs://box@account/a.mp4"
    with serve(tmp_path) as web:
        address = web.url.replace("//", "//ann:secret@") + "/a.mp4"
        with pytest.raises(SourceError, match="ann@") as caught, open_clip(address):
            pass
    assert "secret" not in str(caught.value)


def test_a_worker_that_inherited_the_block_may_reach_a_store(tmp_path: Path) -> None:
    """Its Python forgets the proxy where nobody listens; MediaPipe's C library keeps it."""
    from formcheck.runtime.environment import NOWHERE

    (tmp_path / "a.mp4").write_bytes(b"abc")
    script = (
        "import ctypes, os, sys\n"
        "from formcheck.app.batch.remote import open_clip\n"
        "with open_clip('file://' + sys.argv[1]): pass\n"
        "getenv = ctypes.CDLL(None).getenv\n"
        "getenv.restype = ctypes.c_char_p\n"
        "names = ('https_proxy', 'http_proxy', 'no_proxy', 'ALL_PROXY')\n"
        "print([os.environ.get(name) for name in names])\n"
        "print([getenv(name.encode()).decode() for name in names])\n"
    )
    mine = "http://proxy.example:3128"
    inherited = {"https_proxy": NOWHERE, "http_proxy": mine, "no_proxy": "", "ALL_PROXY": mine}
    told = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "a.mp4")],
        env={**os.environ, **inherited}, capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    assert told.stdout.splitlines() == [
        str([None, mine, None, mine]),
        str([NOWHERE, mine, "", mine]),
    ]


def test_nothing_is_imported_where_nothing_is_blocked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(sys.modules, "formcheck.pose.model", None)
    remote._free_proxies()
