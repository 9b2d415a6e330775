"""A screen of its own for tests of windows, without a window manager."""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

LIMIT_S = 60.0
"""For what takes a second on a machine with nothing else to do."""
DISPLAY_NAMES = ("DISPLAY", "WAYLAND_DISPLAY")
QT_NAMES = ("QT_QPA_PLATFORM", "QT_LOGGING_RULES", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE")


@contextmanager
def open_screen() -> Iterator[str]:
    """The name of a new display."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x1000x24"]
    server = subprocess.Popen(
        [*command, "-nolisten", "tcp"], pass_fds=[writing], stderr=subprocess.DEVNULL
    )
    os.close(writing)
    with os.fdopen(reading) as numbers:
        number = numbers.readline().strip()
    assert number, "Xvfb did not start"
    try:
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(LIMIT_S)


def run(environment: Mapping[str, str], *command: str) -> bytes:
    """What a program says on stdout; it has to succeed."""
    return subprocess.run(
        command, env=environment, capture_output=True, timeout=LIMIT_S, check=True
    ).stdout


def find_window(environment: Mapping[str, str]) -> str:
    """The number of formcheck's window, once it is there."""
    found = run(environment, "xdotool", "search", "--sync", "--name", "^formcheck$")
    return found.decode().split()[-1]


def ask_to_close(display: str, window: int) -> None:
    """Send what a click on the window's close button sends."""

    class Message(ctypes.Structure):
        _fields_ = (
            ("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send_event", ctypes.c_int),
            ("display", ctypes.c_void_p), ("window", ctypes.c_ulong),
            ("message_type", ctypes.c_ulong), ("format", ctypes.c_int),
            ("data", ctypes.c_long * 5), ("room", ctypes.c_long * 24),
        )  # fmt: skip

    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XInternAtom.restype = ctypes.c_ulong
    opened = ctypes.c_void_p(x11.XOpenDisplay(display.encode()))
    assert opened.value
    protocols = x11.XInternAtom(opened, b"WM_PROTOCOLS", 0)
    delete = x11.XInternAtom(opened, b"WM_DELETE_WINDOW", 0)
    client_message = 33
    message = Message(client_message, 0, 1, opened, window, protocols, 32)
    message.data[0] = delete
    x11.XSendEvent(opened, ctypes.c_ulong(window), 0, ctypes.c_long(0), ctypes.byref(message))
    x11.XCloseDisplay(opened)
