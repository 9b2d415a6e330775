"""A clip's poses as a file, from which it can be judged again without the video.

A ``.npz`` of float32 landmarks and float64 times, with a version and a checksum of its contents.
No pickle is read or written.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import SourceError
from formcheck.files import replace_file
from formcheck.pose.track import PoseTrack

VERSION: Final = 3
"""1 had no outlines, 2 no rolls."""
_MARK: Final = "formcheck_poses.npy"
_ARRAYS: Final[dict[str, type[np.generic]]] = {
    "time_s": np.float64,
    "xy_px": np.float32,
    "xyz_m": np.float32,
    "visibility": np.float32,
    "n_people": np.int16,
    "outline": np.float32,
    "rolls": np.float64,
}
"""``outline`` is present only where it was asked for, ``rolls`` from version 3 on."""
_FACTS: Final[dict[str, type | tuple[type, ...]]] = {
    "width_px": int,
    "height_px": int,
    "clip": str,
    "model": str,
    "n_frames": int,
    "duration_s": (int, float),
    "is_still": bool,
    "true_hz": (int, float, type(None)),
}
_AGAIN: Final = "analyse the clip again"
_MAX_BYTES: Final = 1 << 30
"""Unpacked: an hour of every frame takes 150 MB. A larger file is a trap, not a clip."""
_LARGEST: Final = 1e9
"""No coordinate or time in a clip is larger."""


def save_track(track: PoseTrack, path: Path) -> None:
    """Save poses, whole or not at all; an existing file is replaced.

    An estimator's landmarks are float32 already: loading gives back exactly what was saved.

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
    text = np.array(json.dumps(facts))
    with replace_file(path) as file:
        np.savez_compressed(file, allow_pickle=False, **{_MARK[:-4]: text}, **arrays)


def is_track(path: Path) -> bool:
    """True if the file holds saved poses, whatever its name; False for anything else."""
    try:
        if not path.is_file():  # a pipe would block, and a device be read without end
            return False
        with zipfile.ZipFile(path) as archive:
            return _MARK in archive.namelist()
    except Exception:  # zipfile raises a dozen kinds for damaged bytes
        return False


def load_track(path: Path) -> PoseTrack:
    """Load saved poses.

    Raises:
        SourceError: the file cannot be read, is damaged, or is of a later version.
    """
    try:
        facts, arrays = _read(path)
        if facts["version"] > VERSION:
            raise SourceError(path, "saved by a later version of formcheck", "install that version")
        checksum = facts.pop("sha256")
        if checksum != _hash(facts, arrays):
            raise SourceError(path, "the saved poses are damaged", _AGAIN)
        del facts["version"]
        wide: dict[str, Any] = {
            name: array if name == "n_people" else array.astype(np.float64)
            for name, array in arrays.items()
        }
        track = PoseTrack(**wide, **facts)
        if not _is_sane(track):
            raise SourceError(path, "contains numbers that no poses can have", _AGAIN)
        return track
    except SourceError:
        raise
    except Exception as error:  # zipfile, zlib and numpy raise a dozen kinds for damaged bytes
        raise SourceError(path, "cannot be read as saved poses", _AGAIN) from error


def _read(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The facts and arrays of a file, refused where it unpacks to more than a clip needs."""
    with path.open("rb") as file:
        with zipfile.ZipFile(file) as archive:
            if sum(part.file_size for part in archive.infolist()) > _MAX_BYTES:
                raise SourceError(path, "is larger than any clip's poses", "analyse the clip")
        file.seek(0)
        with np.load(file, allow_pickle=False) as arrays:
            facts = json.loads(str(arrays[_MARK[:-4]]))
            return facts, {name: arrays[name] for name in _ARRAYS if name in arrays}


def _is_sane(track: PoseTrack) -> bool:
    """Whether an estimator may have given it: each person found has all landmarks."""
    facts_fit = all(
        isinstance(getattr(track, name), kind)
        and (kind is bool or not isinstance(getattr(track, name), bool))
        for name, kind in _FACTS.items()
    )
    if not facts_fit or not len(track):
        return False
    landmarks = [track.xy_px, track.xyz_m, track.visibility]
    values = [*landmarks, track.time_s]
    values += [one for one in (track.outline, track.rolls) if one is not None]
    return (
        0 < min(track.width_px, track.height_px) <= max(track.width_px, track.height_px) < _LARGEST
        and len(track) <= track.n_frames < _LARGEST
        and 0 <= track.duration_s < _LARGEST
        and (track.true_hz is None or 0 < track.true_hz < _LARGEST)
        and bool(np.isfinite(track.time_s).all())
        and all(bool(np.isfinite(one[track.found]).all()) for one in landmarks)
        and not any(bool((np.abs(one) > _LARGEST).any()) for one in values)
    )


def _hash(facts: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for array in arrays.values():
        digest.update(array.tobytes())
    return digest.hexdigest()
