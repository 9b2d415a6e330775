"""The poses of clips, kept from one run to the next: re-scoring then opens no video.

There is a file for each content and way of looking at it: two links to one clip share it. Beside
the poses a folder of stamps tells which content a path had when it was last read.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from formcheck.app.batch.content import hash_texts, read_stamp
from formcheck.errors import SourceError, StoreError
from formcheck.files import write_text
from formcheck.pose.track import PoseTrack
from formcheck.pose.track_file import VERSION, load_track, save_track
from formcheck.result.models import Note

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
