"""A window on the screen: shows a canvas, hears keys, knows its own size."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from formcheck.errors import FormcheckError
from formcheck.language import translate
from formcheck.screen.drawing import Image

_KEYS: Final = {**{ord(key): key for key in "mnrdf?q"}, ord(" "): "space", 27: "q"}
"""OpenCV's codes, of lower case letters."""
_NOT_A_LETTER: Final = 0xFF00
"""Bits set in the codes of arrows and the like, whose last byte is some letter's."""
_LISTEN_EVERY_S: Final = 0.05
"""Without a picture to show, events are handled this often; it takes two milliseconds."""
_N_KEYS: Final = 16
"""At most so many at a time: a key that is held down must not keep the picture from moving."""
_SMALLEST_PX: Final = 16
"""Backends report smaller windows while one opens or is minimised."""
_OPENING_LIMIT_S: Final = 15.0
_QUIET: Final = "*.debug=false;*.info=false;*.warning=false"
"""Qt's remarks on fonts and desktops help nobody; its errors are still shown."""
_NORMAL: Final = cv2.WINDOW_NORMAL | cv2.WINDOW_FREERATIO | cv2.WINDOW_GUI_NORMAL
"""Resizable, filled by the picture, without OpenCV's tool bar."""
_X11: Final = "xcb"
"""What Qt calls X11."""
_EVENTS_OWNER: Final = "libX11-xcb.so.1"
"""Tells the system's libX11 that Qt reads the events. The copy in the wheels is older than many
systems' libX11, and writes that to the wrong place: on a busy machine events get lost, among them
the one that lets Qt draw at all."""
_TITLE: Final = "formcheck"
_TRY: Final = """
import cv2
cv2.namedWindow("formcheck", cv2.WINDOW_NORMAL | cv2.WINDOW_GUI_NORMAL)
cv2.destroyAllWindows()
"""


class Window:
    """A resizable window, black at first; it is used from the main thread only.

    Ask ``find_display_problem`` before: without a display the window's library ends the whole
    process.

    Args:
        fullscreen: fill the screen from the start.
    """

    def __init__(self, *, fullscreen: bool = False) -> None:
        _prepare_qt()
        self._size = width, height = 1280, 720
        self._pressed: list[str] = []
        self._is_closed = False
        cv2.namedWindow(_TITLE, _NORMAL)
        cv2.resizeWindow(_TITLE, width, height)
        self._is_fullscreen = False
        self._listened_s = 0.0
        if fullscreen:
            self.toggle_fullscreen()
        self.show(np.zeros((height, width, 3), np.uint8))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture's area now, pixels; the last known once it is closed."""
        if not self._is_closed:
            try:
                width, height = cv2.getWindowImageRect(_TITLE)[2:]
            except cv2.error:  # it was closed a moment ago
                return self._size
            if min(width, height) >= _SMALLEST_PX:
                self._size = (width, height)
        return self._size

    @property
    def is_closed(self) -> bool:
        """Whether the window was closed, by the user or by ``close``."""
        return self._is_closed

    def show(self, canvas: Image) -> None:
        """Show a picture; after the window was closed, nothing.

        Args:
            canvas: (H, W, 3) uint8 BGR, of ``size``; another is stretched.
        """
        if self._is_closed:
            return  # OpenCV would open the window anew
        cv2.imshow(_TITLE, canvas)
        self._listen()
        self._listened_s = time.monotonic()

    def poll(self) -> list[str]:
        """The keys pressed since the last time, by their names in ``KEYS``; Esc is ``q``."""
        if time.monotonic() - self._listened_s > _LISTEN_EVERY_S:
            self._listen()
            self._listened_s = time.monotonic()
        pressed, self._pressed = self._pressed, []
        return pressed

    def toggle_fullscreen(self) -> None:
        """Fill the screen, or stop doing so."""
        if self._is_closed:
            return
        self._is_fullscreen = not self._is_fullscreen
        mode = cv2.WINDOW_FULLSCREEN if self._is_fullscreen else cv2.WINDOW_NORMAL
        cv2.setWindowProperty(_TITLE, cv2.WND_PROP_FULLSCREEN, mode)
        self._listen()

    def close(self) -> None:
        """Close the window; again does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        cv2.destroyWindow(_TITLE)
        cv2.pollKey()  # it goes when its events are handled

    def _listen(self) -> None:
        """Handle what the user did: about a millisecond."""
        if self._is_closed:
            return
        for _ in range(_N_KEYS):
            code = cv2.pollKey()
            if code == -1:
                break
            key = None if code & _NOT_A_LETTER else _KEYS.get(ord(chr(code & 0xFF).lower()))
            if key is not None:
                self._pressed.append(key)
        try:
            self._is_closed = cv2.getWindowProperty(_TITLE, cv2.WND_PROP_VISIBLE) < 1
        except cv2.error:  # some backends raise where others say -1
            self._is_closed = True


def find_display_problem() -> FormcheckError | None:
    """Why no window can be opened; None if one can.

    A window is opened in another process, for a moment: where there is no display, Qt ends the
    process that asks.
    """
    problem = partial(FormcheckError, translate("no window can be opened"))
    has_x11 = sys.platform != "linux" or os.environ.get("DISPLAY")
    if not has_x11 and not os.environ.get("WAYLAND_DISPLAY"):
        return problem(translate("no display"))
    _prepare_qt()
    # Its warnings tell why.
    environment = {k: v for k, v in os.environ.items() if k != "QT_LOGGING_RULES"}
    try:
        tried = subprocess.run(
            [sys.executable, "-P", "-c", _TRY],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_OPENING_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return problem(translate("none came within {n} s", n=f"{_OPENING_LIMIT_S:g}"))
    if tried.returncode == 0:
        return None
    if not has_x11:
        what = translate("this Wayland desktop has no XWayland")
        return problem(what, translate("install xwayland"))
    return problem(_find_reason(tried.stderr.decode(errors="replace")))


def _find_reason(text: str) -> str:
    """The line of a failed try that says most."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    reasons = [line for line in lines if line.startswith("qt.qpa.") and "wayland" not in line]
    reason = (reasons or lines[-1:] or [translate("it ended without saying why")])[0]
    return " ".join(reason.removeprefix("qt.qpa.xcb: ").split())


def _prepare_qt() -> None:
    """Set what Qt reads when the first window opens; OpenCV's wheels bring Qt on Linux."""
    if sys.platform == "linux":
        os.environ["QT_QPA_PLATFORM"] = _choose_platform(os.environ.get("QT_QPA_PLATFORM", ""))
        os.environ.setdefault("QT_LOGGING_RULES", _QUIET)
        with contextlib.suppress(OSError):  # a system without it: the wheels' own is tried
            ctypes.CDLL(_EVENTS_OWNER, mode=ctypes.RTLD_GLOBAL)  # found before the wheels' own


def _choose_platform(asked: str) -> str:
    """Which platform Qt is to draw with: of those that the desktop asks for, what OpenCV brings.

    Qt ends the process over a platform that it lacks. The wheels bring only X11's, which XWayland
    serves on Wayland desktops; another build of OpenCV uses Qt's own folder, and is left to it.
    """
    plugins = (Path(cv2.__file__).parent / "qt" / "plugins" / "platforms").glob("libq*.so")
    brought = {plugin.stem.removeprefix("libq") for plugin in plugins}
    # A list to try in turn, each perhaps with options: "wayland;xcb", "xcb:nograb".
    names = [one for one in asked.split(";") if not brought or one.partition(":")[0] in brought]
    return ";".join(filter(None, names)) or _X11
