"""A clip's poses as a file, so that rules can be run again without the video.

A ``.npz`` of float32 landmarks and float64 times, with a version and a checksum of its contents.
No pickle is read or written.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import SourceError, StoreError
from formcheck.pose.pose import PoseTrack

VERSION: Final = 2
"""1 had no outlines."""
_MARK: Final = "formcheck_poses.npy"
_ARRAYS: Final[dict[str, type[np.generic]]] = {
    "time_s": np.float64,
    "xy_px": np.float32,
    "xyz_m": np.float32,
    "visibility": np.float32,
    "n_people": np.int16,
    "outline": np.float32,
}
"""``outline`` is there only where it was asked for."""
_FACTS: Final = ("width_px", "height_px", "clip", "model", "n_frames", "duration_s", "is_still")


def save_track(track: PoseTrack, path: Path) -> None:
    """Save poses under a temporary name and rename it; an existing file is replaced.

    Landmarks that an estimator gave are float32 already: loading gives back exactly what was saved.

    Raises:
        StoreError: the file cannot be written.
    """
    arrays = {
        name: getattr(track, name).astype(kind)
        for name, kind in _ARRAYS.items()
        if getattr(track, name) is not None
    }
    facts = {name: getattr(track, name) for name in _FACTS}
    facts["version"] = VERSION
    facts["sha256"] = _hash(facts, arrays)
    name: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            name = file.name
            text = np.array(json.dumps(facts))
            np.savez_compressed(file, allow_pickle=False, **{_MARK[:-4]: text}, **arrays)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
        name = None
    except OSError as error:
        raise StoreError(f"{path}: poses cannot be saved: {error.strerror}") from error
    finally:
        if name is not None:
            Path(name).unlink(missing_ok=True)


def is_track(path: Path) -> bool:
    """True if the file holds saved poses, whatever its name; False for all else."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _MARK in archive.namelist()
    except (OSError, zipfile.BadZipFile, ValueError):
        return False


def load_track(path: Path) -> PoseTrack:
    """Load saved poses.

    Raises:
        SourceError: the file cannot be read, is damaged, or is of a later version.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            facts = json.loads(str(archive[_MARK[:-4]]))
            arrays = {name: archive[name] for name in _ARRAYS if name in archive}
        if facts["version"] > VERSION:
            raise SourceError(f"{path}: saved by a later formcheck: install that one")
        checksum = facts.pop("sha256")
        if checksum != _hash(facts, arrays):
            raise SourceError(f"{path}: the saved poses are damaged: analyse the clip again")
        del facts["version"]
        wide = {
            name: array if name == "n_people" else array.astype(np.float64)
            for name, array in arrays.items()
        }
        return PoseTrack(**wide, **facts)
    except SourceError:
        raise
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, EOFError) as error:
        raise SourceError(
            f"{path}: cannot be read as saved poses: analyse the clip again"
        ) from error


def _hash(facts: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for array in arrays.values():
        digest.update(array.tobytes())
    return digest.hexdigest()
