"""JPEG frames are decoded in a process that may die: a picture that kills it costs that frame."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Final, Self

import numpy as np

from formcheck.app.batch.child import end_with_parent
from formcheck.errors import FormcheckError
from formcheck.language import phrase, translate
from formcheck.pose.shrink import MAX_SIDE_PX
from formcheck.video.frame import Image

LIMIT_S: Final = 2.0
"""A frame that takes longer is a trap: an honest one takes milliseconds."""
_FIRST_S: Final = 30.0
"""The process starts within this, also on a busy machine."""
_END_S: Final = 1.0
MOST_FAILED: Final = 3
"""Processes in a row: one may fail because of its frame, this many because of the machine."""


def shrink_size(width_px: int, height_px: int) -> tuple[int, int]:
    """Width and height that a picture has once it is decoded: no larger than what is judged."""
    share = min(1.0, MAX_SIDE_PX / max(width_px, height_px))
    return max(1, round(width_px * share)), max(1, round(height_px * share))


class Decoder:
    """Decodes JPEGs one after the other; its process begins at once, and is replaced if it dies.

    One thread at a time may use it.

    Raises:
        FormcheckError: its process cannot be started.
    """

    def __init__(self) -> None:
        self.n_replaced = 0
        """How often its process had to be."""
        self._n_failed = 0
        """Of them, since the last that answered."""
        self._is_new = True
        self._start()

    def decode(self, jpeg: bytes) -> Image | None:
        """The picture, uint8 (H, W, 3) BGR, shrunk to what is judged; None if it is spoilt.

        Args:
            jpeg: whose header was looked at: its sides are no longer than allowed.

        Raises:
            FormcheckError: one process after another has failed, or none can be started.
        """
        limit_s = _FIRST_S if self._is_new else LIMIT_S
        try:
            self._pipe.send_bytes(jpeg)
            if not self._pipe.poll(limit_s):
                self._replace()
                return None
            size = self._pipe.recv_bytes()
            self._is_new, self._n_failed = False, 0
            if not size:
                return None
            height, width = np.frombuffer(size, np.uint32).tolist()
            pixels = self._pipe.recv_bytes()
        except (EOFError, OSError):  # the process is gone
            self._replace()
            return None
        return np.frombuffer(pixels, np.uint8).reshape(height, width, 3)

    def close(self) -> None:
        """End the process."""
        self._pipe.close()  # ends it, if it waits for more
        self._process.join(_END_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join(_END_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")  # not forked: MediaPipe has threads
        with ExitStack() as opened:
            try:
                pipe, theirs = context.Pipe()
                opened.callback(pipe.close)
                with theirs, _without_interrupts():
                    process = context.Process(
                        target=_serve, args=(theirs,), name="frames", daemon=True
                    )
                    process.start()
            except OSError as error:
                problem = phrase("the process that decodes them cannot be started: {problem}")
                raise _fail(problem, problem=error.strerror or error) from error
            opened.pop_all()
        self._pipe: Connection = pipe
        self._process: SpawnProcess = process

    def _replace(self) -> None:
        self._process.kill()
        self.close()
        self.n_replaced += 1
        self._n_failed += 1
        if self._n_failed >= MOST_FAILED:
            problem = phrase("the process that decodes them ended or hung {n} times in a row")
            raise _fail(problem, n=self._n_failed)
        self._is_new = True
        self._start()


def _fail(what: str, **values: object) -> FormcheckError:
    subject = phrase("the camera's pictures")
    advice = phrase("close other programs, as memory may be short, and start the session again")
    return FormcheckError(translate(subject), translate(what, **values), translate(advice))


def _serve(pipe: Connection) -> None:
    """In the other process: decode what comes until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a session that is interrupted ends the pipe
    end_with_parent()
    import cv2

    cv2.setNumThreads(1)
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    with suppress(EOFError, OSError):
        while True:
            data = np.frombuffer(pipe.recv_bytes(), np.uint8)
            image = None
            with suppress(cv2.error, MemoryError):
                image = cv2.imdecode(data, flags)
            if image is None:
                pipe.send_bytes(b"")
                continue
            size = shrink_size(image.shape[1], image.shape[0])
            if size != (image.shape[1], image.shape[0]):
                image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
            pipe.send_bytes(np.array(image.shape[:2], np.uint32).tobytes())
            pipe.send_bytes(np.ascontiguousarray(image).reshape(-1).data)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """A process begun meanwhile never gets Ctrl-C, which is for this one."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
