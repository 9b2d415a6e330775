"""The cameras that are plugged in, by the names that the system has for them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

from formcheck.errors import SourceError
from formcheck.language import translate

_DEVICES: Final = Path("/sys/class/video4linux")
_ASK_MACOS: Final = ("system_profiler", "SPCameraDataType", "-json")
_LIMIT_S: Final = 10.0


class NamedCamera(NamedTuple):
    """A camera as it is called, and the number that opens it."""

    number: int
    name: str


def list_cameras() -> list[NamedCamera]:
    """The cameras in the order of their numbers; none where the system does not tell.

    On Linux they are the devices that send pictures: some cameras have another one for data, which
    is left out. On macOS the order is the system's own report's. Windows tells no order.
    """
    if sys.platform == "linux":
        return _list_devices(_DEVICES)
    return _ask_macos() if sys.platform == "darwin" else []


def name_camera(which: str) -> str:
    """What to call a camera to the person, as in ``camera 0``."""
    return translate("camera {which}", which=which)


def find_camera(name: str) -> int | None:
    """The number of the camera of that name, or with that in its name; None without one.

    Raises:
        SourceError: several cameras have it.
    """
    wanted, cameras = name.casefold(), list_cameras()
    found = [one for one in cameras if one.name.casefold() == wanted]
    found = found or [one for one in cameras if wanted and wanted in one.name.casefold()]
    if len(found) > 1:
        told = ", ".join(f"{one.number} ({one.name})" for one in found)
        raise SourceError(
            name_camera(repr(name)),
            translate("matches more than one"),
            translate("give the number of one of them, {numbers}", numbers=told),
        )
    return found[0].number if found else None


def _list_devices(folder: Path) -> list[NamedCamera]:
    found = []
    for device in folder.glob("video*"):
        number = device.name.removeprefix("video")
        try:
            name = (device / "name").read_text(encoding="utf-8", errors="replace").strip()
            has_pictures = (device / "index").read_text(encoding="ascii").strip() == "0"
        except OSError:  # unplugged meanwhile
            continue
        if number.isdecimal() and has_pictures:
            found.append(NamedCamera(int(number), name))
    return sorted(found)


def _ask_macos() -> list[NamedCamera]:
    try:
        told = subprocess.run(_ASK_MACOS, capture_output=True, timeout=_LIMIT_S, check=False)
        cameras = json.loads(told.stdout)["SPCameraDataType"]
        return [NamedCamera(index, str(one["_name"])) for index, one in enumerate(cameras)]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError):
        return []
