"""What a file holds, as a hash, and whether it has been touched since."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import BinaryIO, Final

_SETTLED_S: Final = 2.0
"""File systems tell times to some milliseconds, network drives to two seconds at worst: what was
written a moment ago might be written again within the same tick."""
_HASH_CHARS: Final = 32
"""128 bits, in hexadecimal."""


def hash_texts(*texts: str) -> str:
    """A hash of several texts, which tells them apart: 32 characters."""
    digest = hashlib.sha256()
    for text in texts:
        data = os.fsencode(text)  # a path may hold bytes that are not text
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()[:_HASH_CHARS]


def hash_file(source: Path | BinaryIO) -> str:
    """A hash of all that a file holds: 32 characters. A file object is rewound."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            return hash_file(file)
    source.seek(0)
    digest = hashlib.file_digest(source, "sha256")  # type: ignore[arg-type]  # files have readinto
    source.seek(0)
    return digest.hexdigest()[:_HASH_CHARS]


def read_stamp(path: str) -> str | None:
    """What changes whenever a file of this machine is written to: its size, times and inode.

    None if it is not there or was written to a moment ago.
    """
    try:
        found = os.stat(path)  # noqa: PTH116  (text that may be no path at all)
    except (OSError, ValueError):
        return None
    if time.time() - max(found.st_mtime, found.st_ctime) < _SETTLED_S:
        return None
    return f"{found.st_size}-{found.st_mtime_ns}-{found.st_ctime_ns}-{found.st_ino}"
