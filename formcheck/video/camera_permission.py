"""macOS asks whether a program may use the camera: OpenCV lets it ask on the main thread alone.

From another thread the opening fails and nobody is asked. On the main thread it fails too, as
OpenCV does not wait for the answer: it is tried again until the person has allowed it.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Final

import cv2

from formcheck.video.camera_address import Address
from formcheck.video.camera_reader import open_capture

ASK_FOR_S: Final = 20.0
"""How long an answer is waited for."""
_AGAIN_S: Final = 0.5
ASKED: Final = "macOS may be asking whether this program may use the camera: allow it"


def asks_here(address: Address) -> bool:
    """Whether the system asks for this camera, and this is the thread on which it can."""
    is_main = threading.current_thread() is threading.main_thread()
    return sys.platform == "darwin" and is_main and not address.is_stream


def open_when_allowed(
    address: Address, size: tuple[int, int], tell: Callable[[str], None]
) -> cv2.VideoCapture:
    """Open a device on this thread, again and again until it is allowed, or time is up.

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
