"""Where a camera is: an index, a device or a URL; and why no picture comes from there."""

from __future__ import annotations

import base64
import http.client
import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from formcheck.errors import SourceError

_SCHEMES: Final = {"http": 80, "https": 443, "rtsp": 554, "rtmp": 1935}
"""What a URL may begin with, and the port it means where it names none."""
_ACCEPTED: Final = (
    "give a number such as 0, a device such as /dev/video2, a URL that begins with http, https, "
    "rtsp or rtmp, or a video file that exists"
)
_ANSWER_S: Final = 2.0
_OTHER_CAMERA: Final = "or give another number, or the URL of a phone's camera app"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a camera is."""

    target: int | str
    """What OpenCV is given."""
    name: str
    """What to call it: without user, password and query."""
    is_stream: bool
    """True for a URL, False for what is plugged in."""


def parse_address(where: int | str) -> Address:
    """An index, a device or a URL, told apart.

    Raises:
        SourceError: it is none of them.
    """
    text = str(where).strip()
    if text.isascii() and text.isdigit():
        return Address(int(text), f"camera {int(text)}", is_stream=False)
    if text.startswith("/dev/"):
        return Address(text, f"camera {text}", is_stream=False)
    name = _without_secrets(text)
    try:
        parts = urlsplit(text)
        usable = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise SourceError(f"camera {name!r}", "is not a camera", _ACCEPTED)
    return Address(text, name, is_stream=True)


def explain_silence(address: Address) -> SourceError:
    """Why no picture comes from a camera that could not be opened.

    Asks the camera's own host, for a few seconds at most.
    """
    if not address.is_stream:
        return SourceError(address.name, *_device_trouble(str(address.target)))
    parts = urlsplit(str(address.target))
    trouble = _find_host_trouble(parts)
    if trouble is None:
        trouble = _http_trouble(parts) if parts.scheme.startswith("http") else _NO_VIDEO
    return SourceError(address.name, *trouble)


def check_host(address: Address) -> None:
    """Tell at once that a URL is mistyped: no such host, or nothing listens there.

    Raises:
        SourceError: that is so. A host that does not answer yet may do so later.
    """
    if address.is_stream:
        trouble = _find_host_trouble(urlsplit(str(address.target)))
        if trouble is not None and trouble is not _SILENT:
            raise SourceError(address.name, *trouble)


_Trouble = tuple[str, str]
"""What is wrong, and what to do."""
_SILENT: Final = "does not answer", "check the address, and that both are in the same network"
_NO_VIDEO: Final = "answers, but sends no video", "check the path, the user and the password"


def _find_host_trouble(parts: SplitResult) -> _Trouble | None:
    """What keeps a connection from being made; None if one was."""
    host, port = parts.hostname or "", parts.port or _SCHEMES[parts.scheme]
    try:
        socket.create_connection((host, port), timeout=_ANSWER_S).close()
    except ConnectionRefusedError:
        return f"nothing listens at port {port}", "start the camera app, check the port"
    except (socket.gaierror, UnicodeError):  # unknown, or nothing that a host can be called
        return f"there is no host {host}", "check the address"
    except OSError:
        return _SILENT
    return None


def _http_trouble(parts: SplitResult) -> _Trouble:
    secure = parts.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = connect(parts.hostname or "", parts.port, timeout=_ANSWER_S)
    headers = {}
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
    try:
        connection.request("GET", (parts.path or "/") + f"?{parts.query}", headers=headers)
        answer = connection.getresponse()
        kind = answer.headers.get_content_type()
    except (OSError, ValueError, http.client.HTTPException):
        return _NO_VIDEO  # not HTTP, a certificate of its own making, or too slow to tell
    finally:
        connection.close()
    if answer.status in (401, 403):
        return "wants a user and a password", f"write {parts.scheme}://user:password@..."
    if answer.status >= 400:
        return f"says that there is no such page ({answer.status})", "check the path"
    if kind == "text/html":
        return "is a web page, not a video", "give the address of its stream, often .../video"
    return _NO_VIDEO


def _device_trouble(target: str) -> _Trouble:
    if sys.platform != "linux":
        return (
            "cannot be opened",
            "allow this program to use the camera in the system's privacy settings, close other "
            f"programs that use it, {_OTHER_CAMERA}",
        )
    device = Path(f"/dev/video{target}" if target.isdigit() else target)
    if not device.exists():
        numbers = sorted(
            int(path.name.removeprefix("video"))
            for path in Path("/dev").glob("video*")
            if path.name.removeprefix("video").isdigit()
        )
        there = f"there are {', '.join(map(str, numbers))}" if numbers else "none is plugged in"
        return f"there is no such camera, {there}", f"plug it in, {_OTHER_CAMERA}"
    if not os.access(device, os.R_OK | os.W_OK):
        return f"no permission to use {device}", "add yourself to its group (often video)"
    return "sends no picture", f"close other programs that use it, {_OTHER_CAMERA}"


def _without_secrets(text: str) -> str:
    """An address without user, password, query and fragment, well formed or not."""
    scheme, mark, rest = text.rpartition("://")
    place = rest.rpartition("@")[2].partition("?")[0].partition("#")[0]
    return scheme.rpartition("@")[2] + mark + place
