"""The next frames are decoded while the caller is at work on one."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from typing import Final

from formcheck.video.frame import Frame

N_AHEAD: Final = 4
"""Frames that may wait: more would only fill the memory."""


def read_ahead(frames: Iterator[Frame]) -> Generator[Frame]:
    """The same frames, decoded in a thread of their own; what that raises is raised here.

    Args:
        frames: given up where the caller stops early; nobody else may use it meanwhile.
    """
    waiting: queue.Queue[Frame | BaseException | None] = queue.Queue(N_AHEAD)
    stop = threading.Event()

    def put(item: Frame | BaseException | None) -> None:
        while not stop.is_set():
            try:
                waiting.put(item, timeout=0.1)
            except queue.Full:
                continue
            return

    def read() -> None:
        try:
            for frame in frames:
                put(frame)
                if stop.is_set():
                    return
            put(None)
        except BaseException as error:
            put(error)

    thread = threading.Thread(target=read, name="decoder", daemon=True)
    thread.start()
    try:
        while (item := waiting.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        thread.join()
