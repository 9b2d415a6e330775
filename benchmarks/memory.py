"""How much memory a process holds."""

from __future__ import annotations

from pathlib import Path


def read_memory_mb(pid: int | str = "self") -> tuple[float, float]:
    """Resident memory of a process: now, and the most so far; zeros once it has ended.

    Not by ``getrusage``, whose most begins with what the parent had when it started the process.
    """
    try:
        words = Path(f"/proc/{pid}/status").read_text().split()
        now_kib, most_kib = (int(words[words.index(name) + 1]) for name in ("VmRSS:", "VmHWM:"))
    except (OSError, ValueError):
        return 0.0, 0.0
    return now_kib * 1024 / 1e6, most_kib * 1024 / 1e6
