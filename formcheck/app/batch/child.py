"""A process that works for another one: it ends with it, and its own end is told in words."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading


def end_with_parent() -> None:
    """Let this process end when its parent is killed: it has nobody to work for."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        if hasattr(signal, "pthread_sigmask"):  # a signal is to wake the main thread
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def explain_end(exit_code: int | None) -> tuple[str, str]:
    """Why a process that was at work on a file may have ended, and what to do."""
    how = f"exit code {exit_code}"
    if exit_code is not None and exit_code < 0:
        how = f"signal {-exit_code}"
    return (
        f"the process that was reading it ended ({how}): it ran out of memory, or a codec failed",
        "try it again on its own, or convert the file to MP4 or JPEG",
    )
