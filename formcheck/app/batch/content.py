"""What a file holds, as a hash, whether it has been touched since, and the poses kept of it.

Kept from one run to the next, so that re-scoring opens no video. There is a file of poses for each
content and way of looking at it: two links to one clip share it. Beside them a folder of stamps
tells which content a path had when it was last read.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from formcheck.errors import SourceError, StoreError
from formcheck.files import write_text
from formcheck.pose.track import PoseTrack
from formcheck.pose.track_file import VERSION, load_track, save_track
from formcheck.result.models import Note

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


_NOTES: Final = "formcheck_notes.json"
_STAMPS: Final = "stamps"


@dataclass(frozen=True, slots=True, eq=False)
class SeenClip:
    """What was seen in a clip."""

    track: PoseTrack
    notes: tuple[Note, ...] = ()
    """What was wrong with the recording, which the poses do not tell."""


class PoseStore:
    """Poses in a folder, which is made when there is something to keep.

    They are found by what they are of; several processes may use it at once. What cannot be written
    is a StoreError.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, content: str, how: str) -> SeenClip | None:
        """What is kept of a clip; None where there is nothing, or it is damaged.

        ``content`` is the hash of the clip, ``how`` all else that decides what is seen: the model,
        the rate, who is followed.
        """
        path = self._locate(".npz", content, how, str(VERSION))
        try:
            track = load_track(path)
            with zipfile.ZipFile(path) as archive:
                notes = json.loads(archive.read(_NOTES))
            return SeenClip(track, tuple(Note.model_validate(note) for note in notes))
        except (SourceError, OSError, ValueError, KeyError, zipfile.BadZipFile):
            return None

    def keep(self, seen: SeenClip, content: str, how: str) -> None:
        """Keep what was seen, whole or not at all."""
        path = self._locate(".npz", content, how, str(VERSION))
        notes = json.dumps([note.model_dump() for note in seen.notes])
        with _explain(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as folder:
                whole = Path(folder) / path.name
                save_track(seen.track, whole)
                with zipfile.ZipFile(whole, "a") as archive:
                    archive.writestr(_NOTES, notes)
                whole.replace(path)

    def find_content(self, path: str) -> str | None:
        """The hash of a file of this machine, if it has not been touched since it was noted."""
        stamp = read_stamp(path)
        try:
            kept = json.loads(self._locate(".json", path).read_bytes())
            return str(kept["content"]) if stamp is not None and kept["stamp"] == stamp else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def note_content(self, path: str, stamp: str, content: str) -> None:
        """Note the hash of a file, and its stamp from before it was read."""
        place = self._locate(".json", path)
        with _explain(place):
            write_text(place, json.dumps({"stamp": stamp, "content": content}))

    def _locate(self, ending: str, *of: str) -> Path:
        name = hash_texts(*of)
        folder = self._folder / _STAMPS if ending == ".json" else self._folder
        return folder / name[:2] / f"{name}{ending}"


@contextmanager
def _explain(path: Path) -> Iterator[None]:
    """Raise what goes wrong while writing as a StoreError that says what to do."""
    try:
        yield
    except OSError as error:  # a StoreError names the temporary file
        cause = error.__cause__ if isinstance(error, StoreError) else error
        why = cause.strerror if isinstance(cause, OSError) else cause
        advice = "free some space, or give another --poses"
        raise StoreError(path, f"cannot be written: {why}", advice) from error
