"""Writes a live session's video meanwhile: frames that it has no time for are counted."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from formcheck.errors import StoreError
from formcheck.language import translate
from formcheck.runtime.finishing import finish
from formcheck.screen.drawing import Image
from formcheck.video.frame import fit
from formcheck.video.writer import VideoWriter

N_WAITING: Final = 4
"""Frames that may wait to be written; more would only fill memory."""


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
        self._waiting: queue.SimpleQueue[tuple[Image, float] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="recorder", daemon=True)
        self._thread.start()

    @property
    def has_file(self) -> bool:
        """Whether the recording is there, once it is closed."""
        return self.failed is None and self.n_written > 0

    def offer(self, image: Image, time_s: float) -> None:
        """Record a frame, later than the one before, if there is time for it; never waits.

        The image, uint8 (H, W, 3) BGR, must not change afterwards. It is fitted
        into the first one's size.
        """
        if self._waiting.qsize() < N_WAITING:
            self._waiting.put((image, time_s))
        else:
            self.n_dropped += 1

    def close(self, tell: Callable[[str], None] | None = None) -> None:
        """Finish the file; ``tell`` is told if that takes long."""
        self._waiting.put(None)
        try:
            finish(self._thread, str(self.path), tell)
        finally:
            if self._thread.is_alive():
                self.failed = str(StoreError(self.path, translate("stopped before it was whole")))

    def _write(self) -> None:
        writer: VideoWriter | None = None
        item: tuple[Image, float] | None = None
        try:
            with ExitStack() as ending:
                while (item := self._waiting.get()) is not None:
                    if writer is None:
                        height, width = (side // 2 * 2 for side in item[0].shape[:2])
                        writer = VideoWriter(self.path, width, height, fast=True)
                        ending.enter_context(writer)
                    writer.write(fit(item[0], width, height), item[1])
                    self.n_written += 1
                if writer is not None:
                    writer.close()
        except StoreError as error:
            self.failed = str(error)
            # If it failed at the end, there is no more to come.
            while item is not None and self._waiting.get() is not None:
                self.n_dropped += 1
