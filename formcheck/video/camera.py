"""A camera: plugged in, or a phone's stream, read with OpenCV.

One thread reads, and only the newest picture is kept. Another watches it, as OpenCV may block for
ever, repeat the last picture for ever, or say that all is well when a camera is unplugged. A camera
that sends nothing new is closed and opened again until it works. A thread that is stuck inside
OpenCV cannot be ended: it is left behind, what it reads later is ignored, and it releases its
camera by itself when it wakes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, Self

import cv2
import numpy as np

from formcheck.language import phrase, translate
from formcheck.video.camera_reader import (
    SIZE_PX,
    Reader,
    asks_here,
    explain_silence,
    open_when_allowed,
    parse_address,
    prepare_opencv,
)
from formcheck.video.frame import Frame, Image, fit

NOTHING_COMES: Final = phrase("The camera sends nothing")
FROZEN: Final = phrase("The picture is frozen")
GONE: Final = phrase("The camera is gone")
OPENING: Final = phrase("The camera is still opening")
BLACK: Final = phrase("The picture is black: is there light?")
COVERED: Final = phrase("The lens is covered")

_SILENT_S: Final = 1.5
_FROZEN_S: Final = 1.5
_REOPEN_FROZEN_S: Final = 3.0
"""A frozen picture may move again by itself; after this long the camera is opened again."""
_OPEN_STREAM_S: Final = 8.0
"""From asking for a stream to its first picture."""
_OPEN_DEVICE_S: Final = 60.0
"""For opening and setting a device: on Windows some take twelve seconds (opencv#26495), some
fifty."""
_FIRST_PICTURE_S: Final = 8.0
"""From then to its first picture. A webcam may take three seconds."""
_TELL_S: Final = 3.0
"""After this long it is told that a camera is still opening, and then every so often."""
_TELL_AGAIN_S: Final = 10.0
_PAUSES_S: Final = (0.5, 1.0, 2.0)
_STEADY_S: Final = 2.0
"""A connection that lasted this long was a good one: the next is tried without a pause."""
_MAX_LEFT_BEHIND: Final = 8
_GRID_PX: Final = 4
"""Every so many pixels are compared to tell a frozen picture; a sensor's noise is in all."""
_FLAT_SHARE: Final = 0.09
_MIN_STEP_S: Final = 0.001
_LOOK_EVERY_S: Final = 0.05
"""How often the watcher looks at least."""


def find_cover(image: Image) -> str | None:
    """Why nothing can be seen in a picture that comes; None where something can.

    A black picture has no light anywhere (8 of 255 at most in 99 % of it), as in the dark or behind
    a shutter. A lens that is covered by a finger or a cloth gives one that is dark (70 at most) and
    has no edges: of 32 by 18 parts, neighbours differ by less than a share of the mean (.07 where
    light falls past a finger; rooms have .12 or more, by day and in the evening).
    """
    light = image.max(axis=2)
    if np.percentile(light[::_GRID_PX, ::_GRID_PX], 99) <= 8:
        return BLACK
    parts = cv2.resize(light, (32, 18), interpolation=cv2.INTER_AREA).astype(float)
    steps = np.concatenate([np.abs(np.diff(parts, axis=axis)).ravel() for axis in (0, 1)])
    is_flat = np.percentile(steps, 95) < _FLAT_SHARE * parts.mean()
    return COVERED if is_flat and parts.mean() < 70 else None


class Camera:
    """A webcam, a device or a URL as a source of frames: the newest wins, and it comes back.

    What it sends is shrunk to the longer side of ``size`` at most. OpenCV's and FFmpeg's own
    messages are silenced for the process. Close it: a camera that is not closed is read until the
    process ends.

    Args:
        where: an index (``0`` or ``"0"``), a device (``"/dev/video2"``), or a URL that begins
            with http, https, rtsp or rtmp.
        size: width and height to ask of a device; None for `SIZE_PX`.
        tell: called with words for the person while the first picture takes long.

    Raises:
        SourceError: that cannot be a camera, or no picture came from there in a few seconds.
    """

    def __init__(
        self,
        where: int | str,
        *,
        size: tuple[int, int] | None = None,
        tell: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._address = replace(parse_address(where), size_px=size or SIZE_PX)
        self.name = self._address.name
        """``camera 0``, ``camera /dev/video2``, or a URL without user, password and query."""
        self.n_frames = 0
        """Pictures read, all connections together."""
        self.n_skipped = 0
        """Pictures never handed out because a newer one came."""
        self.n_reconnects = 0
        """Times that it was opened again and sent pictures."""
        self.lost: str | None = None
        """Why no new picture has come for 1.5 s, for the person to read and hear; else None."""
        self._closed = False
        self._changed = threading.Condition()
        self._newest: tuple[Image, float] | None = None
        self._sample: Image | None = None
        self._start_s = self._last_s = 0.0
        """Capture times of the first and of the latest picture taken."""
        self._seen_s = self._moved_s = 0.0
        """When the latest picture came, and the latest that differed from the one before."""
        self._left_behind: list[Reader] = []
        self._n_failures = 0
        self._reopen_s = 0.0
        prepare_opencv()
        self._reader: Reader | None = None
        self._watcher = threading.Thread(target=self._watch, name="camera watch", daemon=True)
        start_s = time.monotonic()
        try:
            self.width_px, self.height_px = self._first_size(tell)
            """Of its frames; they do not change."""
        except BaseException:
            self.close()
            raise
        self.opening_s = time.monotonic() - start_s
        """How long it took to the first picture."""
        self._watcher.start()

    @property
    def now_s(self) -> float:
        """The present, on the clock of the frames' times."""
        return time.monotonic() - self._start_s

    def frames(self) -> Iterator[Frame]:
        """The newest frame, again and again, each at most once; waits while there is none.

        ``time_s`` is the moment of capture, 0 at the camera's first picture: the driver's own
        time where it tells one, else when the picture arrived. ``index`` counts the frames
        handed out. Frames that come after a reconnection in another size are fitted into the
        first size, with black bars. Ends when the camera is closed, and only then.
        """
        return (frame for frame in self.frames_or_none() if frame is not None)

    def frames_or_none(self, every_s: float | None = None) -> Iterator[Frame | None]:
        """As ``frames()``, and None whenever no frame has come for ``every_s``."""
        index = 0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._newest is not None or self._closed, every_s)
                if self._closed:
                    return
                newest, self._newest = self._newest, None
            if newest is None:
                yield None
                continue
            yield Frame(fit(newest[0], self.width_px, self.height_px), newest[1], index)
            index += 1

    def close(self) -> None:
        """End ``frames()`` and let go of the camera, at once, even where OpenCV is stuck."""
        with self._changed:
            self._closed = True
            reader = self._reader
            if reader is not None:
                reader.stop.set()
            self._changed.notify_all()
        for thread in (self._watcher, reader):
            if thread is not None and thread.is_alive():
                thread.join(timeout=0.5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start_reader(self, capture: cv2.VideoCapture | None = None) -> Reader:
        """Open the camera; the lock is held, so that no picture comes before this returns."""
        self._reader = Reader(self._address, self._take, self._attend, capture)
        self._reader.start()
        return self._reader

    def _first_size(self, tell: Callable[[str], None]) -> tuple[int, int]:
        """Wait for the first picture; its width and height, shrunk to what is sensible."""
        capture = None
        if asks_here(self._address):
            capture = open_when_allowed(self._address, tell)
        with self._changed:
            reader = self._start_reader(capture)
            tell_s = reader.began_s + _TELL_S
            while self._newest is None and not reader.ended:
                now_s, end_s = time.monotonic(), self._patience_ends_s(reader)
                if now_s >= end_s:
                    break
                if now_s >= tell_s:
                    told = phrase("{camera} is still opening: some cameras take half a minute")
                    tell(translate(told, camera=self._address.told_name))
                    tell_s = now_s + _TELL_AGAIN_S
                self._changed.wait(min(end_s, tell_s) - now_s)
            newest = self._newest
        if newest is None:
            raise explain_silence(self._address)
        height_px, width_px = newest[0].shape[:2]
        share = min(1.0, max(self._address.size_px) / max(width_px, height_px))
        return round(width_px * share), round(height_px * share)

    def _take(self, reader: Reader, image: Image, at_s: float) -> bool:
        """A picture and its moment, from the reader's thread; False when it is not wanted."""
        sample = image[::_GRID_PX, ::_GRID_PX].copy()
        with self._changed:
            if reader is not self._reader or self._closed:
                return False
            now_s = time.monotonic()
            if self.n_frames == 0:
                self._start_s, self._last_s = at_s, at_s - _MIN_STEP_S
            elif reader.first_s is None:
                self.n_reconnects += 1
            reader.first_s = reader.first_s or now_s
            self.n_frames += 1
            self._seen_s = now_s
            if self._sample is None or not np.array_equal(sample, self._sample):
                self._sample, self._moved_s = sample, now_s
            elif now_s - self._moved_s >= _FROZEN_S:
                self.lost = FROZEN
                return True
            self.lost = None
            self.n_skipped += self._newest is not None
            self._last_s = max(at_s, self._last_s + _MIN_STEP_S)
            self._newest = image, self._last_s - self._start_s
            self._changed.notify_all()
            return True

    def _attend(self) -> None:
        """A reader has opened the camera, or has ended; from its thread."""
        with self._changed:
            self._changed.notify_all()

    def _watch(self) -> None:
        with self._changed:
            while not self._closed:
                now_s = time.monotonic()
                self._note_loss(now_s)
                if self._reader is not None and now_s >= self._patience_ends_s(self._reader):
                    self._give_up(self._reader, now_s)
                self._left_behind = [one for one in self._left_behind if not one.ended]
                if self._reader is None and now_s >= self._reopen_s:
                    if len(self._left_behind) < _MAX_LEFT_BEHIND:
                        self._start_reader()
                    else:
                        self._reopen_s = now_s + _PAUSES_S[-1]
                self._changed.wait(_LOOK_EVERY_S)

    def _note_loss(self, now_s: float) -> None:
        """Say what is wrong once nothing came for too long; the lock is held."""
        reader = self._reader
        if now_s - self._seen_s < _SILENT_S:
            return
        if reader is not None and reader.opened_s is None:
            if reader.ended:
                self.lost = GONE
            elif now_s - reader.began_s >= _TELL_S:
                self.lost = OPENING
        if self.lost is None:
            stands = reader is not None and reader.opened_s is not None and not reader.ended
            self.lost = NOTHING_COMES if stands else GONE

    def _patience_ends_s(self, reader: Reader) -> float:
        """The moment to give a reader up, unless a picture comes before; the lock is held."""
        if reader.ended:
            return 0.0
        if reader.first_s is None:
            if self._address.is_stream:
                return reader.began_s + _OPEN_STREAM_S
            if reader.opened_s is None:
                return reader.began_s + _OPEN_DEVICE_S
            return reader.opened_s + _FIRST_PICTURE_S
        if self.lost == FROZEN:
            patience_s = max(self._moved_s + _FROZEN_S, reader.began_s) + _REOPEN_FROZEN_S
            return min(self._seen_s + _SILENT_S, patience_s)
        return self._seen_s + _SILENT_S

    def _give_up(self, reader: Reader, now_s: float) -> None:
        """Leave a reader to itself, and tell when to start the next; the lock is held."""
        reader.stop.set()
        self._reader = None
        self._left_behind.append(reader)
        if reader.first_s is not None and self._seen_s - reader.first_s >= _STEADY_S:
            self._n_failures = 0
        # One that still holds a device needs a moment to let go of it.
        at_once = reader.ended and self._n_failures == 0
        pause_s = 0.0 if at_once else _PAUSES_S[min(self._n_failures, len(_PAUSES_S) - 1)]
        self._n_failures += 1
        self._reopen_s = now_s + pause_s
