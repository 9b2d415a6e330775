"""Holding back what MediaPipe's C++ code writes to standard error as it starts."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Final

_CHATTER: Final = re.compile(rb"[IWE]\d{4} \d\d:|(?:INFO|WARNING|ERROR): ")

_lock = threading.RLock()


@contextmanager
def hold_back_chatter() -> Iterator[None]:
    """Drop its log lines, which it has no switch for; pass on all else at the end."""
    with _lock:
        try:
            kept = os.dup(2)
        except OSError:  # there is no standard error
            yield
            return
        with _open_memory() as written:
            _flush()
            os.dup2(written.fileno(), 2)
            try:
                yield
            finally:
                _flush()
                os.dup2(kept, 2)
                os.close(kept)
                written.seek(0)
                if lines := [line for line in written if not _CHATTER.match(line)]:
                    os.write(2, b"".join(lines))


def _open_memory() -> IO[bytes]:
    """A file in memory where the system has such: the disk may be full."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("stderr"), "w+b")
    return tempfile.TemporaryFile()


def _flush() -> None:
    with suppress(AttributeError, OSError, ValueError):
        sys.stderr.flush()
