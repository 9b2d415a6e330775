"""One connection to a camera, with OpenCV: opened, read in a thread of its own, and released.

Where the camera is: an index, a device or a URL; and why no picture comes from there.
"""

from __future__ import annotations

import atexit
import base64
import http.client
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

import cv2
import numpy as np

from formcheck.errors import SourceError
from formcheck.language import phrase, translate
from formcheck.runtime.environment import configure_cameras
from formcheck.video.camera_names import find_camera, name_camera
from formcheck.video.frame import Image

_SCHEMES: Final = {"http": 80, "https": 443, "rtsp": 554, "rtmp": 1935}
"""What a URL may begin with, and the port it means where it names none."""
_ACCEPTED: Final = phrase(
    "give a number such as 0, a name that `formcheck doctor --cameras` lists, a device such as "
    "/dev/video2, a URL that begins with http, https, rtsp or rtmp, or a video file that exists"
)
_ANSWER_S: Final = 2.0
_OTHER_CAMERA: Final = phrase("or give another number, or the URL of a phone's camera app")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a camera is."""

    target: int | str
    """What OpenCV is given."""
    name: str
    """What to call it: without user, password and query."""
    is_stream: bool
    """True for a URL, False for what is plugged in."""
    size_px: tuple[int, int] = (1280, 720)
    """Width and height to ask of a device."""

    @property
    def told_name(self) -> str:
        """What to call it to the person: ``name`` in the language in use."""
        if self.is_stream:
            return self.name
        return name_camera(self.name.removeprefix("camera "))


def parse_address(where: int | str) -> Address:
    """An index, a device or a URL, told apart; a SourceError if it is none of them."""
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
        number = find_camera(text)
        if number is None:
            raise SourceError(
                name_camera(repr(name)), translate("is not a camera"), translate(_ACCEPTED)
            )
        return Address(number, f"camera {text}", is_stream=False)
    return Address(text, name, is_stream=True)


def explain_silence(address: Address) -> SourceError:
    """Why no picture comes from a camera that could not be opened.

    Asks the camera's own host, for a few seconds at most.
    """
    if not address.is_stream:
        return SourceError(address.told_name, *_device_trouble(str(address.target)))
    parts = urlsplit(str(address.target))
    trouble = _find_host_trouble(parts)
    if trouble is None:
        trouble = _http_trouble(parts) if parts.scheme.startswith("http") else _NO_VIDEO
    return SourceError(address.told_name, *map(translate, trouble))


def check_host(address: Address) -> None:
    """Tell at once that a URL is mistyped: no such host, or nothing listens there.

    Raises:
        SourceError: that is so. A host that does not answer yet may do so later.
    """
    if address.is_stream:
        trouble = _find_host_trouble(urlsplit(str(address.target)))
        if trouble is not None and trouble is not _SILENT:
            raise SourceError(address.told_name, *map(translate, trouble))


_Trouble = tuple[str, str]
"""What is wrong, and what to do."""
_SILENT: Final = (
    phrase("does not answer"),
    phrase("check the address, and that both devices are on the same network"),
)
_NO_VIDEO: Final = (
    phrase("answers, but sends no video"),
    phrase("check the path, the user and the password"),
)


def _find_host_trouble(parts: SplitResult) -> _Trouble | None:
    """What keeps a connection from being made; None if one was."""
    host, port = parts.hostname or "", parts.port or _SCHEMES[parts.scheme]
    try:
        socket.create_connection((host, port), timeout=_ANSWER_S).close()
    except ConnectionRefusedError:
        what = translate("nothing is listening on port {port}", port=port)
        return what, phrase("start the camera app, or check the port")
    except (socket.gaierror, UnicodeError):  # unknown, or nothing that a host can be called
        return translate("there is no host {host}", host=host), phrase("check the address")
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
        advice = translate("write {scheme}://user:password@...", scheme=parts.scheme)
        return phrase("requires a user name and a password"), advice
    if answer.status >= 400:
        what = translate("says that there is no such page ({status})", status=answer.status)
        return what, phrase("check the path")
    if kind == "text/html":
        return (
            phrase("is a web page, not a video"),
            phrase("give the address of its stream, often .../video"),
        )
    return _NO_VIDEO


def _device_trouble(target: str) -> _Trouble:
    other = translate(_OTHER_CAMERA)
    if sys.platform != "linux":
        advice = phrase(
            "allow this program to use the camera in the system's privacy settings, close other "
            "programs that use it, {other}"
        )
        return translate("cannot be opened"), translate(advice, other=other)
    device = Path(f"/dev/video{target}" if target.isdigit() else target)
    if not device.exists():
        numbers = sorted(
            int(path.name.removeprefix("video"))
            for path in Path("/dev").glob("video*")
            if path.name.removeprefix("video").isdigit()
        )
        what = phrase("there is no such camera; none is plugged in")
        if numbers:
            what = phrase("there is no such camera; available: {numbers}")
        told = translate(what, numbers=", ".join(map(str, numbers)))
        return told, translate("plug it in, {other}", other=other)
    if not os.access(device, os.R_OK | os.W_OK):
        return (
            translate("no permission to use {device}", device=device),
            translate("add yourself to its group (often video)"),
        )
    advice = translate("close other programs that use it, {other}", other=other)
    return translate("sends no picture"), advice


def _without_secrets(text: str) -> str:
    """An address without user, password, query and fragment, well formed or not."""
    scheme, mark, rest = text.rpartition("://")
    place = rest.rpartition("@")[2].partition("?")[0].partition("#")[0]
    return scheme.rpartition("@")[2] + mark + place


SIZE_PX: Final = (1280, 720)
"""Width and height that are asked of a device."""
_OPEN_TIMEOUT_MS: Final = 5000
_READ_TIMEOUT_MS: Final = 2000
_MAX_FAILED_READS: Final = 10
_FAILED_READ_PAUSE_S: Final = 0.05
_OLDEST_STAMP_S: Final = 1.0
_LAST_WAIT_S: Final = 2.5
"""At the end of the process: longer than a read can be stuck in a stream."""
_process_ends = threading.Event()
ASK_FOR_S: Final = 20.0
"""How long the answer is waited for where macOS asks."""
_AGAIN_S: Final = 0.5
ASKED: Final = phrase("macOS may be asking whether this program may use the camera: allow it")


class Reader(threading.Thread):
    """Opens a camera once and reads it until it ends, fails, or is told to stop.

    Args:
        take: given this reader, each picture and its moment on ``time.monotonic``; False ends the
            reading.
        attend: called when the camera is open, and when the reading has ended.
        capture: the camera, where it has been opened already; None opens it.
    """

    def __init__(
        self,
        address: Address,
        take: Callable[[Reader, Image, float], bool],
        attend: Callable[[], None],
        capture: cv2.VideoCapture | None = None,
    ) -> None:
        super().__init__(name="camera reader", daemon=True)
        self._address, self._capture = address, capture
        self._give, self._attend = take, attend
        self.stop = threading.Event()
        self.began_s = time.monotonic()
        self.ended = False
        self.opened_s: float | None = None
        """When it was open and set; None before."""
        self.first_s: float | None = None
        """When its first picture was taken; set by the camera."""

    def run(self) -> None:
        """Read, in its own thread; whatever happens, the camera is released and the end told."""
        capture, self._capture = self._capture, None
        try:
            if _process_ends.is_set():
                return
            if capture is None:
                capture = open_capture(self._address)
            if capture.isOpened():
                self.opened_s = time.monotonic()
                self._attend()
                self._read(capture)
        except cv2.error:
            pass  # as bad as an end, and treated as one
        finally:
            if capture is not None:
                capture.release()
            self.ended = True
            self._attend()

    def _read(self, capture: cv2.VideoCapture) -> None:
        n_failed = 0
        while not self.stop.is_set():
            if capture.grab():
                at_s = time.monotonic()
                if not self._address.is_stream:
                    at_s = _stamp_s(capture, at_s)
                image = _retrieve(capture)
                if image is not None:
                    n_failed = 0
                    if not self._give(self, image, at_s):
                        return
                    continue
            # One damaged picture is not the end: what follows may be good again.
            n_failed += 1
            if n_failed >= _MAX_FAILED_READS:
                return
            self.stop.wait(_FAILED_READ_PAUSE_S)


def prepare_opencv() -> None:
    """Silence OpenCV and FFmpeg, and have readers end before the process does."""
    atexit.unregister(_end_readers)
    atexit.register(_end_readers)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    configure_cameras()


def _end_readers() -> None:
    """End all readers: one that returns from OpenCV while Python exits aborts the process."""
    _process_ends.set()
    deadline_s = time.monotonic() + _LAST_WAIT_S
    readers = [thread for thread in threading.enumerate() if isinstance(thread, Reader)]
    for reader in readers:
        reader.stop.set()
    for reader in readers:
        reader.join(max(0.0, deadline_s - time.monotonic()))


def open_capture(address: Address) -> cv2.VideoCapture:
    """Open a camera, and set up a device; the capture tells whether that succeeded."""
    if address.is_stream:
        return cv2.VideoCapture(
            str(address.target),
            cv2.CAP_FFMPEG,
            [
                *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _OPEN_TIMEOUT_MS),
                *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, _READ_TIMEOUT_MS),
                # With more threads a decoder of H.264 is as many frames late.
                *(cv2.CAP_PROP_N_THREADS, 1),
            ],
        )
    api = cv2.CAP_V4L2 if sys.platform == "linux" else cv2.CAP_ANY
    capture = cv2.VideoCapture(address.target, api)
    if capture.isOpened():
        # Uncompressed 720p does not fit through USB 2 at 30 frames a second. A driver ignores what
        # it cannot do.
        _ask(capture, {cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"MJPG")})
        # Drivers take width and height together.
        width, height = address.size_px
        _ask(capture, {cv2.CAP_PROP_FRAME_WIDTH: width, cv2.CAP_PROP_FRAME_HEIGHT: height})
        _ask(capture, {cv2.CAP_PROP_FPS: 30})
        # With one buffer the driver cannot store the picture that comes while this one is decoded,
        # and every other one is missed.
        _ask(capture, {cv2.CAP_PROP_BUFFERSIZE: 2})
    return capture


def asks_here(address: Address) -> bool:
    """Whether the system asks if a program may use this camera, and this thread may ask.

    On macOS, OpenCV asks on the main thread alone: elsewhere opening fails and nobody is asked.
    """
    is_main = threading.current_thread() is threading.main_thread()
    return sys.platform == "darwin" and is_main and not address.is_stream


def open_when_allowed(address: Address, tell: Callable[[str], None]) -> cv2.VideoCapture:
    """Open a device on this thread, again and again until it is allowed, or time is up.

    OpenCV does not wait for the person's answer: the first attempts fail. ``tell`` is told once
    what the person is to do.
    """
    end_s, has_told = time.monotonic() + ASK_FOR_S, False
    while True:
        capture = open_capture(address)
        if capture.isOpened() or time.monotonic() >= end_s:
            return capture
        capture.release()
        if not has_told:
            tell(translate(ASKED))
            has_told = True
        time.sleep(_AGAIN_S)


def _ask(capture: cv2.VideoCapture, wanted: Mapping[int, int]) -> None:
    """Set what a device does not have yet: on Windows each setting may take seconds."""
    if any(capture.get(what) != value for what, value in wanted.items()):
        for what, value in wanted.items():
            capture.set(what, value)


def _stamp_s(capture: cv2.VideoCapture, now_s: float) -> float:
    """The driver's time of the picture just grabbed, if it is on our clock, else ``now_s``."""
    stamp_s = float(capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000
    return stamp_s if 0 <= now_s - stamp_s <= _OLDEST_STAMP_S else now_s


def _retrieve(capture: cv2.VideoCapture) -> Image | None:
    """The picture just grabbed as (H, W, 3) BGR; None if it cannot be decoded."""
    ok, image = capture.retrieve()
    if not ok or image.dtype != np.uint8 or image.size == 0:
        return None
    if image.ndim == 2 or image.shape[2] == 1:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    return np.asarray(image, np.uint8) if image.shape[2] == 3 else None
