"""The camera of a page: its frames come as JPEG with the page's own capture times.

The page sends a frame when the one before was answered, so that none waits. Only the newest is
kept all the same. A page that is gone is a camera that is gone; it comes back by itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

from formcheck.video.camera import GONE, NOTHING_COMES
from formcheck.video.frame import Frame
from formcheck.web.browser_decoder import Decoder, shrink_size
from formcheck.web.protocol import SentFrame

SILENT_S: Final = 1.5
"""Nothing for so long: the camera is lost, as one that is plugged in is."""
MIN_STEP_S: Final = 0.001
_N_KEPT: Final = 32
"""Numbers of frames that are remembered by their times."""


class BrowserCamera:
    """Frames of the page that films, newest wins.

    Their times are the page's capture clock, in seconds from the first picture on. Where that clock
    stood still or began anew while nothing came, as when a phone slept or the page was loaded
    again, it is set on by what has passed here.

    Args:
        on_spoilt: told the number of each frame that could not be decoded.
    """

    name = "browser camera"

    def __init__(self, on_spoilt: Callable[[int], None] = lambda number: None) -> None:
        self.is_connected = False
        """Whether a page is there that films."""
        self.n_frames = 0
        """Frames handed out."""
        self._on_spoilt = on_spoilt
        self._changed = threading.Condition()
        self._newest: SentFrame | None = None
        self._size: tuple[int, int] | None = None
        self._is_closed = False
        self._offset_s: float | None = None
        """Of the frames' times on the page's clock; None before the first."""
        self._last_s = -MIN_STEP_S
        self._arrived_s = self._answered_s = self._handed_s = time.monotonic()
        self._numbers: dict[float, int] = {}
        self._decoder = Decoder()
        self._is_read = False
        self._is_judged = False
        """Whether a frame is under way: the first takes seconds, and no other is sent."""

    @property
    def width_px(self) -> int:
        """Width of the first frame, as it is judged."""
        return (self._size or (1, 1))[0]

    @property
    def height_px(self) -> int:
        """Height of the first frame, as it is judged."""
        return (self._size or (1, 1))[1]

    @property
    def lost(self) -> str | None:
        """Why no frames come; None while they do."""
        if self._is_judged or time.monotonic() - max(self._arrived_s, self._answered_s) < SILENT_S:
            return None
        return NOTHING_COMES if self.is_connected else GONE

    @property
    def now_s(self) -> float:
        """The present on the clock of the frames' times: since the latest was handed out."""
        return self._last_s + time.monotonic() - self._handed_s

    def offer(self, sent: SentFrame) -> None:
        """Take a frame, from any thread; one that still waits is replaced."""
        with self._changed:
            self._newest = sent
            self._size = self._size or shrink_size(sent.width_px, sent.height_px)
            self._arrived_s = time.monotonic()
            self._changed.notify_all()

    def wait_for_first(self, timeout_s: float) -> bool:
        """Wait until a frame has come, so that the size is known; False if none came in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest or self._is_closed, timeout_s)
            return self._newest is not None and not self._is_closed

    def find_number(self, time_s: float | None) -> int | None:
        """The page's number of the frame of that time."""
        return None if time_s is None else self._numbers.get(time_s)

    def frames_or_none(self, every_s: float) -> Iterator[Frame | None]:
        """The newest frame, again and again, until it is closed; None while none comes."""
        self._is_read = True
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._newest or self._is_closed, every_s)
                    if self._is_closed:
                        return
                    sent, self._newest = self._newest, None
                self._is_judged = sent is not None
                frame = None if sent is None else self._decode(sent)
                if frame is not None or sent is None:
                    yield frame
                if sent is not None:
                    self._answered_s, self._is_judged = time.monotonic(), False
        finally:
            self._decoder.close()

    def close(self) -> None:
        """End the frames."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        if not self._is_read:
            self._decoder.close()

    def _decode(self, sent: SentFrame) -> Frame | None:
        image = self._decoder.decode(sent.jpeg)
        if image is None:
            self._on_spoilt(sent.number)
            return None
        frame = Frame(image, self._find_time(sent), self.n_frames)
        self.n_frames += 1
        self._numbers[frame.time_s] = sent.number
        while len(self._numbers) > _N_KEPT:
            del self._numbers[next(iter(self._numbers))]
        self._handed_s = time.monotonic()
        return frame

    def _find_time(self, sent: SentFrame) -> float:
        """Seconds from the first picture on, later than the frame before."""
        if self._offset_s is None:
            self._offset_s = sent.captured_s
        time_s = sent.captured_s - self._offset_s
        silent_s = max(self._arrived_s - self._answered_s, MIN_STEP_S)
        stood_still = silent_s >= SILENT_S and time_s < self._last_s + silent_s - SILENT_S
        if self.n_frames and (stood_still or time_s <= self._last_s):
            time_s = self._last_s + silent_s
            self._offset_s = sent.captured_s - time_s
        self._last_s = max(time_s, self._last_s + MIN_STEP_S)
        return self._last_s
