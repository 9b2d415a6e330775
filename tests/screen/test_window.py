"""The window, on a screen of its own: pixels arrive, keys are heard, closing is noticed."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
import pytest

from tests.support.display import LIMIT_S, QT_NAMES, ask_to_close, find_window, open_screen, run

SHOW = """
import json, sys, threading, time
import cv2
import numpy as np
from formcheck.screen.window import Window

commands = []
threading.Thread(target=lambda: commands.extend(sys.stdin), daemon=True).start()
window = Window(**json.loads(sys.argv[1]))
told = None
while True:
    width, height = window.size
    canvas = np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)
    window.show(canvas)
    keys = window.poll()
    full = -1.0
    if not window.is_closed:
        full = cv2.getWindowProperty("formcheck", cv2.WND_PROP_FULLSCREEN)
    state = {"size": [width, height], "is_closed": window.is_closed, "full": full}
    if keys or state != told:
        print(json.dumps({**state, "keys": keys}), flush=True)
        told = state
    while commands:
        command = commands.pop(0).strip()
        if command == "end":
            sys.exit()
        getattr(window, command)()
    time.sleep(0.005)
"""


@pytest.fixture(scope="session")
def screen() -> Iterator[str]:
    """The name of a display without a window manager."""
    with open_screen() as name:
        yield name


class Shown:
    """A process that shows pictures in a window, and tells what it sees of it."""

    def __init__(
        self, display: str, asked: Mapping[str, Any] = MappingProxyType({}), **more: str
    ) -> None:
        self.display = display
        self.environment = {k: v for k, v in os.environ.items() if k not in QT_NAMES}
        self.environment["DISPLAY"] = display
        # What makes Qt talk most.
        self.environment |= {"XDG_SESSION_TYPE": "wayland", "XDG_CURRENT_DESKTOP": "GNOME"} | more
        self._process = subprocess.Popen(
            [sys.executable, "-c", SHOW, json.dumps(dict(asked))],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(json.loads(line))

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first state that is wanted."""
        seen = []
        end_s = time.monotonic() + LIMIT_S
        while (left_s := end_s - time.monotonic()) > 0:
            try:
                seen.append(self._lines.get(timeout=left_s))
            except queue.Empty:
                break
            if wanted(seen[-1]):
                return seen[-1]
        raise AssertionError(f"not seen; but {seen}")

    def order(self, command: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()

    def end(self) -> str:
        """End it; what it wrote on stderr."""
        self.order("end")
        _, stderr = self._process.communicate(timeout=LIMIT_S)
        assert self._process.returncode == 0, stderr
        return stderr

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def find_window(self) -> str:
        return find_window(self.environment)

    def run(self, *command: str) -> bytes:
        return run(self.environment, *command)


@pytest.fixture
def shown(screen: str) -> Iterator[Shown]:
    child = Shown(screen)
    child.wait_for(lambda state: state["size"] == [1280, 720])
    yield child
    child.kill()


def noise(width: int, height: int) -> np.ndarray:
    """What the child shows: each pixel another, so that stretching by one would be seen."""
    return np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)


def wait_for_pixels(shown: Shown, width: int, height: int) -> None:
    wanted, window = noise(width, height), shown.find_window()
    end_s = time.monotonic() + LIMIT_S
    while time.monotonic() < end_s:
        picture = shown.run("import", "-window", window, "ppm:-")
        seen = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
        if seen is not None and seen.shape == wanted.shape and (seen == wanted).all():
            return
    raise AssertionError("the canvas is not on the screen as it was drawn")


def test_the_canvas_is_on_the_screen_pixel_by_pixel_at_any_size(shown: Shown) -> None:
    wait_for_pixels(shown, 1280, 720)
    shown.run("xdotool", "windowsize", shown.find_window(), "901", "603")
    shown.wait_for(lambda state: state["size"] == [901, 603])
    wait_for_pixels(shown, 901, 603)
    assert shown.end() == "", "nothing is said on stderr"


def test_events_are_handed_to_qt_by_the_library_of_the_system(screen: str) -> None:
    # By another's layout of the same structure, the window stayed black on a busy machine.
    code = """
import ctypes
from formcheck.screen import window
print(window.find_display_problem())
address = ctypes.cast(ctypes.CDLL(None).XSetEventQueueOwner, ctypes.c_void_p).value
for line in open("/proc/self/maps"):
    begin, end = (int(part, 16) for part in line.split()[0].split("-"))
    if begin <= address < end:
        print(line.split()[-1])
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "DISPLAY": screen},
        capture_output=True, text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    problem, place = ended.stdout.split()
    assert problem == "None"
    assert "/libX11-xcb.so.1" in place
    assert "/site-packages/" not in place


def test_keys_are_heard_by_their_names(shown: Shown) -> None:
    shown.run("xdotool", "windowfocus", "--sync", shown.find_window())
    keys = {
        "space": "space", "m": "m", "n": "n", "r": "r", "f": "f", "question": "?", "q": "q",
        "Escape": "q", "N": "n",
    }  # fmt: skip
    for key, name in keys.items():
        shown.run("xdotool", "key", "x", "Left", "Up")  # these mean nothing
        shown.run("xdotool", "key", key)
        state = shown.wait_for(lambda state: bool(state["keys"]))
        assert state["keys"] == [name]
        assert not state["is_closed"]
    assert shown.end() == ""


def test_the_close_button_is_noticed_and_the_window_stays_closed(shown: Shown) -> None:
    window = shown.find_window()
    ask_to_close(shown.display, int(window))
    state = shown.wait_for(lambda state: bool(state["is_closed"]))
    assert state["size"] == [1280, 720]
    shown.order("toggle_fullscreen")
    shown.order("close")
    found = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--name", "^formcheck$"],
        env=shown.environment, capture_output=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip
    assert found.stdout == b"", "showing more pictures does not open it anew"
    assert shown.end() == ""


def test_it_closes_when_told(shown: Shown) -> None:
    shown.order("close")
    shown.wait_for(lambda state: bool(state["is_closed"]))
    shown.order("close")
    assert shown.end() == ""


def test_full_screen_and_back(shown: Shown) -> None:
    full = float(cv2.WINDOW_FULLSCREEN)
    shown.order("toggle_fullscreen")
    shown.wait_for(lambda state: state["full"] == full)
    shown.order("toggle_fullscreen")
    state = shown.wait_for(lambda state: state["full"] != full)
    assert not state["is_closed"]
    assert shown.end() == ""


def test_it_can_begin_with_the_full_screen(screen: str) -> None:
    child = Shown(screen, {"fullscreen": True})
    try:
        state = child.wait_for(lambda state: state["full"] == float(cv2.WINDOW_FULLSCREEN))
        assert not state["is_closed"]
        assert child.end() == ""
    finally:
        child.kill()


@pytest.mark.parametrize("platform", ["", "xcb"])
@pytest.mark.parametrize(
    ("display", "problem"),
    [
        (None, "no window can be opened: no display"),
        (":99999", "no window can be opened: could not connect to display"),
    ],
)
def test_no_display_is_told_in_a_line(display: str | None, problem: str, platform: str) -> None:
    told = ask_for_problem(display, platform)
    assert told.startswith(problem)
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize(
    "platform", ["", "xcb", "wayland", "wayland-egl", "wayland;xcb", "eglfs", "nonesuch"]
)
def test_a_display_is_found_whatever_the_desktop_s_qt_is_to_draw_with(
    screen: str, platform: str
) -> None:
    assert ask_for_problem(screen, platform) == "None"


def test_wayland_alone_is_told() -> None:
    told = ask_for_problem(None, "wayland", WAYLAND_DISPLAY="wayland-0")
    assert told == "no window can be opened: this Wayland desktop has no XWayland: install xwayland"


def test_on_a_wayland_desktop_the_window_is_shown_by_xwayland(
    screen: str,
) -> None:
    child = Shown(screen, QT_QPA_PLATFORM="wayland", WAYLAND_DISPLAY="wayland-0")
    try:
        child.wait_for(lambda state: state["size"] == [1280, 720])
        wait_for_pixels(child, 1280, 720)
        assert child.end() == "", "nothing is said on stderr"
    finally:
        child.kill()


def ask_for_problem(display: str | None, platform: str, **more: str) -> str:
    hidden = {*QT_NAMES, "DISPLAY"}
    environment = {k: v for k, v in os.environ.items() if k not in hidden} | more
    if display is not None:
        environment["DISPLAY"] = display
    if platform:
        environment["QT_QPA_PLATFORM"] = platform
    code = "from formcheck.screen import window; print(window.find_display_problem())"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    return ended.stdout.strip()
