"""Temporary folders that are held by the process that made them; what dead ones left is removed."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_MARK: Final = "held"
"""A file in the folder, locked while the process that made it lives. The system unlocks it however
that ends, whereas the number of a process that has ended may be given to another."""


class HeldFolder:
    """A new folder in the system's temporary one, for this process alone.

    Args:
        prefix: of its name, by which ``remove_leftovers`` finds it.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self, prefix: str) -> None:
        self._handle = -1
        while self._handle < 0:
            self.path = Path(tempfile.mkdtemp(prefix=prefix))
            try:
                self._handle = _hold(self.path)
            except OSError:
                shutil.rmtree(self.path, ignore_errors=True)
                raise

    def remove(self) -> None:
        """Delete it with all that is in it; once more does nothing."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
            shutil.rmtree(self.path, ignore_errors=True)


def remove_leftovers(prefix: str) -> None:
    """Delete this user's folders of that prefix whose makers are gone; a living one's stay."""
    for path in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        with suppress(OSError):  # another's, or it goes meanwhile
            if path.is_symlink() or not _is_mine(path):
                continue
            handle = os.open(path / _MARK, os.O_RDWR)
            try:
                if _lock(handle):
                    shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(handle)


def _hold(folder: Path) -> int:
    """The handle of the mark; -1 if another process took the folder for a leftover before."""
    handle = os.open(folder / _MARK, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    try:
        is_held = _lock(handle) and (folder / _MARK).exists()
    except OSError:  # no file can be locked there: nobody takes it for a leftover either
        is_held = True
    if not is_held:
        os.close(handle)
    return handle if is_held else -1


def _lock(handle: int) -> bool:
    """Lock the mark until it is closed; False if it is locked.

    Raises:
        OSError: no file can be locked there.
    """
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _is_mine(path: Path) -> bool:
    return sys.platform == "win32" or path.stat().st_uid == os.getuid()
