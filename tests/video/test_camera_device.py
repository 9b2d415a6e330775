"""Cameras that are plugged in, played by a stand-in for OpenCV's capture."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import cv2
import numpy as np
import pytest

from formcheck import SourceError, language
from formcheck.video import camera as camera_module
from formcheck.video import camera_reader
from formcheck.video.camera import FROZEN, GONE, NOTHING_COMES, OPENING, Camera
from tests.support.cameras import (
    LONG_S,
    N_SLOTS,
    NOTICED_S,
    SLOW_S,
    Image,
    camera_threads,
    number_of,
    numbered,
    viewing,
    wait_until,
)
from tests.support.german import list_english


@pytest.fixture(autouse=True)
def _no_threads_stay() -> Iterator[None]:
    yield
    wait_until(lambda: not camera_threads())


class FakeCapture:
    """What OpenCV gives for a device; each test tells how its reads go."""

    def __init__(self, grab: Callable[[FakeCapture], bool]) -> None:
        self._grab = grab
        self.number = 0
        self.stamp_s = 0.0
        self.asked: dict[int, float] = {}
        self.released = threading.Event()

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return True

    def set(self, prop: int, value: float) -> bool:
        self.asked[prop] = value
        return True

    def get(self, prop: int) -> float:
        return self.stamp_s * 1000 if prop == cv2.CAP_PROP_POS_MSEC else 0.0

    def grab(self) -> bool:
        return self._grab(self)

    def retrieve(self) -> tuple[bool, Image]:
        return True, numbered(self.number % N_SLOTS)

    def release(self) -> None:
        self.released.set()


class Absent(FakeCapture):
    """What OpenCV gives where there is none."""

    def isOpened(self) -> bool:  # noqa: N802
        return False


def well(capture: FakeCapture) -> bool:
    time.sleep(0.02)
    capture.number += 1
    return True


class Plugged:
    """A stand-in for ``cv2.VideoCapture`` that gives the captures of a test in turn."""

    def __init__(self, *captures: FakeCapture | Callable[[], FakeCapture]) -> None:
        self._captures = list(captures)
        self.opened: list[Any] = []

    def __call__(self, *args: Any) -> FakeCapture:
        self.opened.append(args)
        capture = self._captures.pop(0) if len(self._captures) > 1 else self._captures[0]
        return capture if isinstance(capture, FakeCapture) else capture()


def plug(monkeypatch: pytest.MonkeyPatch, *captures: Any) -> Plugged:
    plugged = Plugged(*captures)
    monkeypatch.setattr(cv2, "VideoCapture", plugged)
    return plugged


@pytest.mark.parametrize(
    ("where", "target", "name"),
    [
        (0, 0, "camera 0"),
        ("2", 2, "camera 2"),
        ("/dev/video2", "/dev/video2", "camera /dev/video2"),
    ],
)
def test_a_device_is_asked_for_what_is_wanted(
    monkeypatch: pytest.MonkeyPatch, where: int | str, target: int | str, name: str
) -> None:
    capture = FakeCapture(well)
    plugged = plug(monkeypatch, capture)
    with Camera(where) as camera:
        assert camera.name == name
        next(camera.frames())
    assert plugged.opened[0][0] == target
    assert capture.asked[cv2.CAP_PROP_FOURCC] == cv2.VideoWriter.fourcc(*"MJPG")
    assert capture.asked[cv2.CAP_PROP_FRAME_WIDTH] == 1280
    assert capture.asked[cv2.CAP_PROP_FRAME_HEIGHT] == 720
    assert capture.asked[cv2.CAP_PROP_FPS] == 30
    assert capture.released.wait(LONG_S)


def test_the_drivers_time_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    start_s = time.monotonic() - 0.3

    def grab(capture: FakeCapture) -> bool:
        well(capture)
        capture.stamp_s = start_s + 0.02 * capture.number
        return True

    plug(monkeypatch, FakeCapture(grab))
    with viewing(0) as (_, viewer):
        viewer.wait_for_more(20)
    # Sleeping takes longer than the stamps say, so only the stamps give whole steps.
    steps = np.array([frame.time_s for frame, _ in viewer.frames]) / 0.02
    near = np.abs(steps - np.round(steps)) < 1e-3
    assert near[:15].all()


def test_a_drivers_time_that_goes_back_does_not_turn_frames_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def grab(capture: FakeCapture) -> bool:
        well(capture)
        capture.stamp_s = time.monotonic() - 0.2 * (capture.number % 2)
        return True

    plug(monkeypatch, FakeCapture(grab))
    with viewing(0) as (_, viewer):  # which looks whether times increase
        viewer.wait_for_more(20)


@pytest.mark.parametrize("offset_s", [-1000.0, 50.0, 1.7e9])
def test_a_drivers_time_on_another_clock_is_not(
    monkeypatch: pytest.MonkeyPatch, offset_s: float
) -> None:
    def grab(capture: FakeCapture) -> bool:
        well(capture)
        capture.stamp_s = time.monotonic() + offset_s + 7 * capture.number
        return True

    plug(monkeypatch, FakeCapture(grab))
    with viewing(0) as (_, viewer):
        viewer.wait_for_more(20)
    spans_s = viewer.frames[-1][0].time_s, viewer.frames[-1][1] - viewer.frames[0][1]
    assert spans_s[0] == pytest.approx(spans_s[1], abs=0.3)


def test_a_device_that_repeats_its_last_picture_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """As OpenCV does with some that are unplugged: all reads succeed."""
    monkeypatch.setattr(camera_module, "_REOPEN_FROZEN_S", 0.5)

    def grab(capture: FakeCapture) -> bool:
        time.sleep(0.02)
        capture.number = min(capture.number + 1, 20)
        return True

    first, second = FakeCapture(grab), FakeCapture(well)
    second.number = 100
    plug(monkeypatch, first, second)
    with viewing(0) as (camera, viewer):
        wait_until(lambda: first.number == 20)
        assert wait_until(lambda: camera.lost == FROZEN) < NOTICED_S + SLOW_S
        n_before = viewer.n
        wait_until(lambda: camera.lost is None)
        assert camera.n_reconnects == 1
        assert first.released.is_set()
        viewer.wait_for_more(2)
        assert number_of(viewer.frames[n_before][0].image) >= 100


def test_a_device_that_blocks_for_ever_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    wake = threading.Event()

    def grab(capture: FakeCapture) -> bool:
        if capture.number == 10:
            wake.wait()
        return well(capture)

    first, second = FakeCapture(grab), FakeCapture(well)
    second.number = 100
    plug(monkeypatch, first, second)
    try:
        with viewing(0) as (camera, viewer):
            wait_until(lambda: first.number == 10)
            assert wait_until(lambda: camera.lost == NOTHING_COMES) < NOTICED_S + SLOW_S
            wait_until(lambda: camera.lost is None)
            assert not first.released.is_set()
            wake.set()
            assert first.released.wait(LONG_S)  # by itself, when it woke
            viewer.wait_for_more(20)
    finally:
        wake.set()
    numbers = [number_of(frame.image) for frame, _ in viewer.frames]
    assert 11 not in numbers  # its late picture
    assert max(numbers) > 100


def test_closing_does_not_wait_for_a_device_that_is_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck, wake = threading.Event(), threading.Event()

    def grab(capture: FakeCapture) -> bool:
        if capture.number == 3:
            stuck.set()
            wake.wait()
        return well(capture)

    plug(monkeypatch, FakeCapture(grab))
    try:
        with Camera(0) as camera:
            assert stuck.wait(LONG_S)
            start_s = time.monotonic()
            camera.close()
            assert time.monotonic() - start_s < 1.0 + SLOW_S
            assert [thread.name for thread in camera_threads()] == ["camera reader"]
    finally:
        wake.set()


def test_an_unplugged_device_is_gone_until_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    plugged_in = threading.Event()

    def grab(capture: FakeCapture) -> bool:
        return capture.number < 5 and well(capture)

    second = FakeCapture(well)
    second.number = 100
    plug(
        monkeypatch,
        FakeCapture(grab),
        lambda: second if plugged_in.is_set() else Absent(well),
    )
    with viewing(0) as (camera, viewer):
        assert wait_until(lambda: camera.lost is not None) < NOTICED_S + SLOW_S
        assert camera.lost == GONE
        plugged_in.set()
        wait_until(lambda: camera.lost is None)
        viewer.wait_for_more(3)
        assert camera.n_reconnects == 1


def test_one_damaged_picture_is_no_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    def grab(capture: FakeCapture) -> bool:
        return well(capture) and capture.number % 5 != 0

    plugged = plug(monkeypatch, FakeCapture(grab))
    with viewing(0) as (camera, viewer):
        viewer.wait_for_more(30)
        assert camera.lost is None
    assert len(plugged.opened) == 1


def test_opening_that_hangs_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    wake = threading.Event()

    def hang() -> FakeCapture:
        wake.wait()
        return FakeCapture(well)

    plug(monkeypatch, hang)
    monkeypatch.setattr(camera_module, "_OPEN_DEVICE_S", 0.3)
    try:
        start_s = time.monotonic()
        with pytest.raises(SourceError, match="camera 0"):
            Camera(0)
        assert time.monotonic() - start_s < 1.0 + SLOW_S
    finally:
        wake.set()


def test_a_device_that_opens_slowly_is_waited_for_and_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on Windows: twelve seconds for the opening, and some for each setting."""
    share = 1 / 20
    for name in ("_OPEN_DEVICE_S", "_FIRST_PICTURE_S", "_TELL_S", "_TELL_AGAIN_S"):
        monkeypatch.setattr(camera_module, name, getattr(camera_module, name) * share)

    class Slow(FakeCapture):
        def set(self, prop: int, value: float) -> bool:
            time.sleep(3.7 * share)
            return super().set(prop, value)

    def open_slowly() -> FakeCapture:
        time.sleep(12 * share)
        return slow

    def first_is_late(capture: FakeCapture) -> bool:
        time.sleep(4 * share if capture.number == 0 else 0.02)
        capture.number += 1
        return True

    slow = Slow(first_is_late)
    plugged = plug(monkeypatch, open_slowly)
    told: list[str] = []
    with Camera(0, tell=told.append) as camera:
        assert next(camera.frames()).index == 0
        assert camera.lost is None
        assert camera.opening_s > (12 + 5 * 3.7 + 4) * share
    assert told[0].startswith("camera 0 is still opening")
    assert len(told) >= 3, "after 3 s, and then every 10"
    assert len(plugged.opened) == 1


def test_a_device_that_is_lost_and_opens_slowly_again_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(camera_module, "_TELL_S", 0.5)
    wake = threading.Event()

    def grab(capture: FakeCapture) -> bool:
        return capture.number < 5 and well(capture)

    def open_slowly() -> FakeCapture:
        wake.wait()
        return FakeCapture(well)

    plugged = plug(monkeypatch, FakeCapture(grab), open_slowly)
    try:
        with viewing(0) as (camera, viewer):
            wait_until(lambda: camera.lost == OPENING)
            wake.set()
            wait_until(lambda: camera.lost is None)
            viewer.wait_for_more(3)
    finally:
        wake.set()
    assert len(plugged.opened) == 2


def test_a_device_is_not_asked_for_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ready(FakeCapture):
        def get(self, prop: int) -> float:
            has = {cv2.CAP_PROP_FRAME_WIDTH: 960, cv2.CAP_PROP_FRAME_HEIGHT: 720}
            return {**has, cv2.CAP_PROP_FPS: 30}.get(prop, 0.0)

    capture = Ready(well)
    plug(monkeypatch, capture)
    with Camera(0):
        pass
    assert cv2.CAP_PROP_FPS not in capture.asked
    both = capture.asked[cv2.CAP_PROP_FRAME_WIDTH], capture.asked[cv2.CAP_PROP_FRAME_HEIGHT]
    assert both == (1280, 720), "drivers take both or none"


def test_windows_hardware_transforms_are_left_out_unless_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS"
    plug(monkeypatch, FakeCapture(well))
    for given, then in ((None, "0"), ("1", "1")):
        monkeypatch.setenv(name, given or "")
        if given is None:
            monkeypatch.delenv(name)
        with Camera(0):
            assert os.environ[name] == then


# --- macOS --------------------------------------------------------------------------------------


class Asking:
    """OpenCV on macOS: opens nothing until it was allowed, and asks on the main thread alone."""

    def __init__(self, allow_after: int) -> None:
        self._allow_after = allow_after
        self.n_asked = 0
        self.threads: list[threading.Thread] = []

    def __call__(self, *args: Any) -> FakeCapture:
        self.threads.append(threading.current_thread())
        if self.threads[-1] is threading.main_thread():
            self.n_asked += 1
        allowed = self.n_asked > self._allow_after
        return FakeCapture(well) if allowed else Absent(well)


@pytest.mark.parametrize("allow_after", [0, 3])
def test_on_macos_the_camera_is_opened_where_the_system_can_ask(
    monkeypatch: pytest.MonkeyPatch, allow_after: int
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(camera_reader, "_AGAIN_S", 0.02)
    asking = Asking(allow_after)
    monkeypatch.setattr(cv2, "VideoCapture", asking)
    told: list[str] = []
    with Camera(0, tell=told.append) as camera:
        frames = camera.frames()
        assert [next(frames).index for _ in range(3)] == [0, 1, 2]
    assert set(asking.threads) == {threading.main_thread()}
    assert len(asking.threads) == allow_after + 1
    assert told == ([camera_reader.ASKED] if allow_after else [])


def test_on_macos_a_camera_that_is_not_allowed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(camera_reader, "ASK_FOR_S", 0.2)
    monkeypatch.setattr(camera_reader, "_AGAIN_S", 0.02)
    monkeypatch.setattr(cv2, "VideoCapture", Asking(1000))
    with pytest.raises(SourceError, match="camera 0: cannot be opened: allow this program"):
        Camera(0)
    monkeypatch.setattr(language, "_used", "de")
    with pytest.raises(SourceError) as caught:
        Camera(0)
    assert list_english(str(caught.value)) == []


def test_elsewhere_and_for_streams_a_thread_opens_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that an opening that hangs keeps nothing waiting."""
    asking = Asking(-1)
    monkeypatch.setattr(cv2, "VideoCapture", asking)
    with Camera(0):
        pass
    monkeypatch.setattr(sys, "platform", "darwin")
    with Camera("http://127.0.0.1:9/video"):
        pass
    assert [thread.name for thread in asking.threads] == ["camera reader"] * 2


def test_threads_left_behind_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    wake = threading.Event()

    def grab(capture: FakeCapture) -> bool:
        return capture.number < 5 and well(capture)

    def hang() -> FakeCapture:
        wake.wait()
        return FakeCapture(well)

    plugged = plug(monkeypatch, FakeCapture(grab), hang)
    monkeypatch.setattr(camera_module, "_OPEN_DEVICE_S", 0.3)
    monkeypatch.setattr(camera_module, "_PAUSES_S", (0.01,))
    try:
        with viewing(0) as (camera, viewer):
            wait_until(lambda: len(plugged.opened) == 9)
            time.sleep(0.8)  # time for two more
            assert len(plugged.opened) == 9
            wake.set()
            wait_until(lambda: camera.lost is None)  # and it still comes back
            viewer.wait_for_more(3)
    finally:
        wake.set()
