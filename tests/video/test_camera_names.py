"""Cameras by name: as Linux lists its devices, and as a person would type it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from formcheck.errors import SourceError
from formcheck.video import camera_names
from formcheck.video.camera_names import NamedCamera, list_cameras
from formcheck.video.camera_reader import parse_address


@pytest.fixture
def devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A webcam with its device for data, a virtual camera, and two of one make."""
    for number, name, index in (
        (0, "Integrated Camera: Integrated C", 0), (1, "Integrated Camera: Integrated C", 1),
        (10, "OBS Virtual Camera", 0), (2, "C920 HD", 0), (4, "C920 HD", 0),
    ):  # fmt: skip
        folder = tmp_path / f"video{number}"
        folder.mkdir()
        (folder / "name").write_text(f"{name}\n")
        (folder / "index").write_text(f"{index}\n")
    (tmp_path / "video7").mkdir()  # unplugged while it is read
    monkeypatch.setattr(camera_names, "_DEVICES", tmp_path)
    monkeypatch.setattr("sys.platform", "linux")


def test_cameras_are_listed_by_number_without_those_for_data(devices: None) -> None:
    assert [one.number for one in list_cameras()] == [0, 2, 4, 10]
    assert list_cameras()[-1] == NamedCamera(10, "OBS Virtual Camera")


@pytest.mark.parametrize(("name", "number"), [("OBS Virtual Camera", 10), ("integrated", 0)])
def test_a_camera_is_taken_by_its_name_or_a_part_of_it(
    devices: None, name: str, number: int
) -> None:
    address = parse_address(name)
    assert (address.target, address.is_stream) == (number, False)
    assert address.name == f"camera {name}"


def test_a_name_of_two_cameras_names_both(devices: None) -> None:
    with pytest.raises(
        SourceError,
        match=r"matches more than one: give the number of one of them, 2 \(C920 HD\), 4",
    ):
        parse_address("c920")


def test_an_unknown_name_tells_what_can_be_given(devices: None) -> None:
    with pytest.raises(SourceError, match=r"is not a camera: .*doctor --cameras"):
        parse_address("iPhone")


def test_macos_is_asked_for_its_own_report(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"SPCameraDataType": [{"_name": "FaceTime HD Camera"}, {"_name": "Anna's iPhone"}]}

    def answer(*_: object, **__: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess([], 0, json.dumps(told).encode())

    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr("subprocess.run", answer)
    assert list_cameras() == [NamedCamera(0, "FaceTime HD Camera"), NamedCamera(1, "Anna's iPhone")]
    told.clear()
    assert list_cameras() == []
