"""Writes a live session's video meanwhile: frames that it has no time for are counted."""

from __future__ import annotations

import queue
import threading
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from formcheck.errors import StoreError
from formcheck.screen.drawing import Image
from formcheck.video.writer import VideoWriter

N_WAITING: Final = 4
"""Frames that may wait to be written; more would only fill memory."""
_CLOSE_LIMIT_S: Final = 10.0


class Recorder:
    """Records frames from a thread of its own; the file appears when it is whole.

    A failure (disk full) ends the recording, not the session: ``failed`` says why.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.n_written = 0
        self.n_dropped = 0
        """Frames for which the machine had no time."""
        self.failed: str | None = None
        """Why there is no whole recording; None while there is."""
        self._size: tuple[int, int] | None = None
        self._waiting: queue.Queue[tuple[Image, float] | None] = queue.Queue(N_WAITING)
        self._thread = threading.Thread(target=self._write, name="recorder", daemon=True)
        self._thread.start()

    @property
    def has_file(self) -> bool:
        """Whether the recording is there, once it is closed."""
        return self.failed is None and self.n_written > 0

    def offer(self, image: Image, time_s: float) -> None:
        """Record a frame, later than the one before, if there is time for it; never waits.

        The image, uint8 (H, W, 3) BGR, must not change afterwards. It is scaled to the first one's
        size.
        """
        try:
            self._waiting.put_nowait((image, time_s))
        except queue.Full:
            self.n_dropped += 1

    def close(self) -> None:
        """Finish the file."""
        try:
            self._waiting.put(None, timeout=_CLOSE_LIMIT_S)
        except queue.Full:
            self.failed = "the disk is too slow"
            return
        self._thread.join(_CLOSE_LIMIT_S)
        if self._thread.is_alive():
            self.failed = "the disk is too slow"

    def _write(self) -> None:
        writer: VideoWriter | None = None
        item: tuple[Image, float] | None = None
        try:
            while (item := self._waiting.get()) is not None:
                if writer is None:
                    self._size = (item[0].shape[1] // 2 * 2, item[0].shape[0] // 2 * 2)
                    writer = VideoWriter(self.path, *self._size, fast=True)
                writer.write(self._fit(item[0]), item[1])
                self.n_written += 1
            if writer is not None:
                writer.close()
        except StoreError as error:
            self.failed = str(error)
            if writer is not None:
                writer.__exit__(type(error), error, None)
            # If it failed at the end, there is no more to come.
            while item is not None and self._waiting.get() is not None:
                self.n_dropped += 1

    def _fit(self, image: Image) -> Image:
        size = self._size
        if size is None or (image.shape[1], image.shape[0]) == size:
            return image
        return cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
