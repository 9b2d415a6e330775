"""When a clip was recorded, as far as the file itself says so."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import av

_LOCAL: Final = "com.apple.quicktime.creationdate"
"""Has the offset of the clock where it was recorded."""
_UTC: Final = "creation_time"
"""Of MP4, QuickTime and Matroska; FFmpeg gives it in UTC."""
_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""What is earlier is a clock that was never set: MP4 counts from 1904, much else from 1970."""
_LEAD: Final = timedelta(days=1)
"""A clock may be ahead by as much."""


def read_created(path: Path) -> datetime | None:
    """The moment at which a clip says it was recorded, with its time zone.

    Of a file that tells it in UTC alone, the zone is this machine's at that time.

    Args:
        path: a clip; of what is none, nothing is known.

    Returns:
        None where the file says nothing, or a time that cannot be.
    """
    try:
        # By its number: FFmpeg would read a name as a pattern or a protocol.
        file = os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0)), "rb")
    except OSError:
        return None
    with file:
        try:
            container = av.open(
                file, mode="r", metadata_errors="replace", options={"protocol_whitelist": "none"}
            )
        except (av.FFmpegError, OSError, ValueError):
            return None
        with container:
            told = [container.metadata, *(stream.metadata for stream in container.streams)]
    moments = (_read(tags, key) for key in (_LOCAL, _UTC) for tags in told)
    return next((moment for moment in moments if moment is not None), None)


def _read(tags: Mapping[str, str], key: str) -> datetime | None:
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(tags.get(key, ""))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        if _FIRST <= moment <= datetime.now(UTC) + _LEAD:
            return moment if key == _LOCAL else moment.astimezone()
    return None
