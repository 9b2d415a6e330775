"""What tests of cameras share: numbered pictures, and someone who takes the frames."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from formcheck.video.camera import Camera
from formcheck.video.frame import Frame

Image = NDArray[np.uint8]
N_SLOTS = 512
NOTICED_S = 2.0
SLOW_S = 0.5
"""What a busy machine may add."""
LONG_S = 20.0
"""A wait that only ends so late when something is broken."""


def numbered(number: int, width: int = 320, height: int = 180) -> Image:
    """A noisy picture with its number, nine bits, along its middle."""
    rng = np.random.default_rng(number)
    image = rng.integers(60, 100, (height, width, 3)).astype(np.uint8)
    step = width // 9
    for bit in range(9):
        on = 255 if number >> bit & 1 else 0
        image[height // 2 - 20 : height // 2 + 20, bit * step : (bit + 1) * step] = on
    return image


def number_of(image: Image) -> int:
    height, width = image.shape[:2]
    step = width // 9
    middles = [image[height // 2, bit * step + step // 2].mean() for bit in range(9)]
    return sum(int(middle > 128) << bit for bit, middle in enumerate(middles))


def wait_until(condition: Callable[[], bool], timeout_s: float = LONG_S) -> float:
    """Seconds until a condition holds."""
    start_s = time.monotonic()
    while not condition():
        assert time.monotonic() - start_s < timeout_s, "waited in vain"
        time.sleep(0.005)
    return time.monotonic() - start_s


class Viewer:
    """Takes all frames of a camera in a thread, with the moments at which they came."""

    def __init__(self, camera: Camera) -> None:
        self.camera = camera
        self.frames: list[tuple[Frame, float]] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        for frame in self.camera.frames():
            self.frames.append((frame, time.monotonic()))

    @property
    def n(self) -> int:
        return len(self.frames)

    def wait_for_more(self, n: int) -> None:
        goal = self.n + n
        wait_until(lambda: self.n >= goal)

    def join(self) -> None:
        self._thread.join(LONG_S)
        assert not self._thread.is_alive(), "frames() did not end"


@contextmanager
def viewing(where: int | str) -> Iterator[tuple[Camera, Viewer]]:
    """A camera whose frames are taken as they come, closed afterwards, leaving no thread."""
    with Camera(where) as camera:
        viewer = Viewer(camera)
        try:
            yield camera, viewer
        finally:
            camera.close()
            viewer.join()
    times = [frame.time_s for frame, _ in viewer.frames]
    assert np.all(np.diff(times) > 0)
    assert [frame.index for frame, _ in viewer.frames] == list(range(len(times)))
    assert camera.n_skipped + len(times) <= camera.n_frames


def camera_threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name.startswith("camera")]
