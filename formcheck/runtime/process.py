"""What holds for the whole process: the threads of OpenCV, and the memory that glibc keeps."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import cv2

THREADS: Final = "OPENCV_FOR_THREADS_NUM"
"""How many threads each copy of OpenCV in the process uses; it reads that once, with its first
work."""
_M_ARENA_MAX: Final = -8
"""Of glibc's malloc.h."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Let OpenCV work in the threads that call it, while all cores are busy anyway.

    The threads of its own wait in a busy loop: a tenth of all time in estimating a clip (measured).
    """
    n_threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(n_threads)


def calm_mediapipe() -> None:
    """The same for the OpenCV within MediaPipe, before its first work and for good.

    The one that Python imports keeps its threads; a number that the user set holds for both.
    """
    if THREADS not in os.environ:
        cv2.getNumThreads()  # reads its own number, while none is set
        os.putenv(THREADS, "1")


def share_memory() -> None:
    """Let threads that begin from now on share what is free.

    glibc gives each an arena, whose free memory no other can use: in an hour of video 170 MB more
    (measured), and no faster.
    """
    _call_glibc("mallopt", _M_ARENA_MAX, 1)


def return_memory() -> None:
    """Give back what was freed: glibc keeps it, a gigabyte in an hour of two threads (measured)."""
    _call_glibc("malloc_trim", 0)


def _call_glibc(name: str, *arguments: int) -> None:
    """Call a function that other C libraries do not have, and need not."""
    function = getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
    if function is not None:
        function(*arguments)
