"""What is done, kept as it is done: one line a clip, so that a run that was killed goes on.

A line that a kill cut off, or that was damaged, is left out, and its clip is scored again. What a
clip is filed under is :func:`name_job`; of several lines with one name the last holds.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from io import BufferedRandom
from pathlib import Path
from typing import Any, Final, Self

from formcheck.app.batch.content import hash_texts
from formcheck.app.batch.job import ClipOutcome, Job
from formcheck.errors import StoreError

SYNC_EVERY: Final = 32
SYNC_EVERY_S: Final = 1.0
"""Lines are forced to the disk in groups of so many, or after so long."""
_SEAL: Final = ', "check": "'
_CHECK_CHARS: Final = 16
_BEGINNINGS: Final = (b'{"job": "', b'{"output": "')
_FAR_BYTES: Final = 1 << 40
"""Where Windows locks: behind all that is read."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """What is kept of one clip."""

    outcome: ClipOutcome
    stamp: str | None
    """Of the clip's file before it was read, as :func:`formcheck.app.batch.content.read_stamp`."""


def name_job(job: Job) -> str:
    """What a job is filed under: the same for the same clip asked the same."""
    return hash_texts(job.path, repr(job.asked))


class Journal:
    """Entries in a file; only where each begins is held in memory.

    Raises:
        StoreError: it cannot be opened, is another file, or another run holds it.
    """

    def __init__(self, path: Path) -> None:
        """Open the journal, or begin one."""
        self._path = path
        self.outputs: list[str] = []
        """Hashes of the tables that were made of it: the last may not be in its place."""
        self._places: dict[str, tuple[int, int]] = {}
        self._n_waiting, self._synced_s = 0, time.monotonic()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: BufferedRandom = path.open("a+b")
        except OSError as error:
            what = f"cannot be opened: {error.strerror}"
            raise StoreError(path, what, "give another --out") from error
        try:
            _lock(self._file, path)
            self._read()
        except OSError as error:
            self._file.close()
            if isinstance(error, StoreError):
                raise
            raise StoreError(path, f"cannot be read: {error.strerror}") from error

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def __len__(self) -> int:
        return len(self._places)

    def add(self, name: str, entry: JournalEntry) -> None:
        """Keep an entry; it survives a kill at once, a power cut within a second.

        Raises:
            StoreError: the disk is full.
        """
        place = self._append({"job": name, **asdict(entry.outcome), "stamp": entry.stamp})
        self._places[name] = place

    def note_output(self, content: str) -> None:
        """Keep the hash of the table that is about to be put in its place.

        Raises:
            StoreError: the disk is full.
        """
        self._append({"output": content})
        self.sync()
        self.outputs.append(content)

    def find(self, name: str) -> JournalEntry | None:
        """What is kept under a name; None for nothing.

        Raises:
            StoreError: the file was changed from outside.
        """
        if name not in self._places:
            return None
        place, length = self._places[name]
        self._file.seek(place)
        said = _unseal(self._file.read(length))
        if said is None or said.get("job") != name:
            raise StoreError(self._path, "was changed while it was in use", "run again")
        return _read_entry(said)

    def clear(self) -> None:
        """Forget all entries.

        Raises:
            StoreError: it cannot be written.
        """
        try:
            self._file.truncate(0)
        except OSError as error:
            raise self._failed(error) from error
        self._places.clear()
        outputs, self.outputs = self.outputs, []
        for content in dict.fromkeys(outputs):
            self.note_output(content)

    def sync(self, *, if_due: bool = False) -> None:
        """Force to the disk what was added, with ``if_due`` only if it has waited long enough.

        Raises:
            StoreError: the disk is full.
        """
        now_s = time.monotonic()
        if self._n_waiting == 0 or (
            if_due and self._n_waiting < SYNC_EVERY and now_s - self._synced_s < SYNC_EVERY_S
        ):
            return
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._failed(error) from error
        self._n_waiting, self._synced_s = 0, now_s

    def close(self) -> None:
        """Force all to the disk and let go of the file.

        Raises:
            StoreError: the disk is full.
        """
        try:
            self.sync()
        finally:
            try:
                self._file.close()
            except OSError as error:  # what could not be written before is tried once more
                raise self._failed(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _failed(self, error: OSError) -> StoreError:
        return StoreError(
            self._path,
            f"cannot be written: {error.strerror}",
            "free some space, or give another --out",
        )

    def _append(self, said: dict[str, Any]) -> tuple[int, int]:
        """Write one line; where it begins and how long it is."""
        line = _seal(said)
        try:
            place = self._file.seek(0, os.SEEK_END)
            self._file.write(line)
            self._file.flush()
        except OSError as error:
            raise self._failed(error) from error
        self._n_waiting += 1
        self.sync(if_due=True)
        return place, len(line)

    def _read(self) -> None:
        """Find every whole line, and cut off what a kill left of the last one."""
        n_lines = n_ours = end = 0
        for place, line in self._lines():
            said = _unseal(line)
            # A kill may have cut off the very first line.
            n_ours += said is not None or (n_lines == 0 and _is_beginning(line))
            if said is not None and "output" in said:
                self.outputs.append(said["output"])
            elif said is not None and _is_entry(said):
                self._places[said["job"]] = (place, len(line))
            n_lines += 1
            if line.endswith(b"\n"):
                end = place + len(line)
        if n_lines and not n_ours:
            raise StoreError(self._path, "is no journal of a batch", "move it, or delete it")
        self._file.truncate(end)

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        self._file.seek(0)
        place = 0
        for line in self._file:
            yield place, line
            place += len(line)


def _seal(said: dict[str, Any]) -> bytes:
    """A line of JSON whose last member is a checksum of what is before it."""
    text = json.dumps(said)[:-1]
    return f'{text}{_SEAL}{_check(text)}"}}\n'.encode()


def _unseal(line: bytes) -> dict[str, Any] | None:
    """What a line says; None if it is not whole."""
    try:
        text, seal, check = line.decode("ascii").rpartition(_SEAL)
        if not seal or check != f'{_check(text)}"}}\n':
            return None
        said = json.loads(text + "}")
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _is_beginning(line: bytes) -> bool:
    """Whether it may be a line of a journal that was cut off."""
    if line.endswith(b"\n"):
        return False
    return any(line.startswith(begins[: len(line)]) for begins in _BEGINNINGS)


def _check(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_CHECK_CHARS]


def _is_entry(said: dict[str, Any]) -> bool:
    """Whether it is an entry of this version: another may have had other fields."""
    return said.keys() == {"job", "stamp", *ClipOutcome.__dataclass_fields__}


def _read_entry(said: dict[str, Any]) -> JournalEntry:
    fields = {name: said[name] for name in ClipOutcome.__dataclass_fields__}
    return JournalEntry(ClipOutcome(**fields), said["stamp"])


def _lock(file: BufferedRandom, path: Path) -> None:
    """Refuse a second run on the same journal; a lock ends with its process, however that ends."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(_FAR_BYTES)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise StoreError(
            path, "another run is at work on it", "wait, or give another --out"
        ) from error
