"""The process's threads of OpenCV, and the memory that glibc keeps."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import cv2

THREADS: Final = "OPENCV_FOR_THREADS_NUM"
"""How many threads each copy of OpenCV in the process uses; each reads it once, when first used."""
_M_ARENA_MAX: Final = -8
"""From glibc's malloc.h."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Have OpenCV work in the threads that call it, while all cores are busy anyway.

    Its own threads wait in a busy loop: a tenth of the time of estimating a clip (measured).
    """
    n_threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(n_threads)


def calm_mediapipe() -> None:
    """The same for the OpenCV within MediaPipe, before it is first used and for good.

    The one that Python imports keeps its threads; a number set by the user applies to both.
    """
    if THREADS not in os.environ:
        cv2.getNumThreads()  # reads its own number, while none is set
        os.putenv(THREADS, "1")


def share_memory() -> None:
    """Have threads that begin from now on share what is free.

    glibc gives each an arena whose free memory no other can use: 170 MB more in an hour of video
    (measured), and no gain in speed.
    """
    _call_glibc("mallopt", _M_ARENA_MAX, 1)


def return_memory() -> None:
    """Give back what was freed: glibc keeps a gigabyte in an hour of two threads (measured)."""
    _call_glibc("malloc_trim", 0)


def _call_glibc(name: str, *arguments: int) -> None:
    """Call a function that other C libraries do not have, and need not."""
    function = getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
    if function is not None:
        function(*arguments)
