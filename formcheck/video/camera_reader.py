"""One connection to a camera, with OpenCV: opened, read in a thread of its own, and released."""

from __future__ import annotations

import atexit
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

import cv2
import numpy as np

from formcheck.runtime.environment import configure_cameras
from formcheck.video.camera_address import Address
from formcheck.video.frame import Image

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
ASKED: Final = "macOS may be asking whether this program may use the camera: allow it"


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
        size: tuple[int, int],
        take: Callable[[Reader, Image, float], bool],
        attend: Callable[[], None],
        capture: cv2.VideoCapture | None = None,
    ) -> None:
        super().__init__(name="camera reader", daemon=True)
        self._address, self._size, self._capture = address, size, capture
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
                capture = open_capture(self._address, self._size)
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


def open_capture(address: Address, size: tuple[int, int]) -> cv2.VideoCapture:
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
        _ask(capture, {cv2.CAP_PROP_FRAME_WIDTH: size[0], cv2.CAP_PROP_FRAME_HEIGHT: size[1]})
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


def open_when_allowed(
    address: Address, size: tuple[int, int], tell: Callable[[str], None]
) -> cv2.VideoCapture:
    """Open a device on this thread, again and again until it is allowed, or time is up.

    OpenCV does not wait for the person's answer: the first attempts fail.

    Args:
        address: of the device.
        size: width and height to ask of it.
        tell: told once what the person is to do.
    """
    end_s, has_told = time.monotonic() + ASK_FOR_S, False
    while True:
        capture = open_capture(address, size)
        if capture.isOpened() or time.monotonic() >= end_s:
            return capture
        capture.release()
        if not has_told:
            tell(ASKED)
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
