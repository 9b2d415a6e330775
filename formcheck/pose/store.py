"""A clip's poses in a file: saved whole or not at all, and loaded exactly as they were.

The file is a compressed ``.npz``: one float32 array a quantity, the times in float64, and
``about``, a JSON text with the rest, the format's version and a checksum over all of it.
"""

from __future__ import annotations

import json
import os
import secrets
import zipfile
import zlib
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np

from formcheck.errors import SourceError, StoreError
from formcheck.pose.pose import PoseTrack

FORMAT: Final = "formcheck poses"
VERSION: Final = 1

_ARRAYS: Final = {
    "time_s": np.dtype("<f8"),
    "xy_px": np.dtype("<f4"),
    "xyz_m": np.dtype("<f4"),
    "visibility": np.dtype("<f4"),
    "n_people": np.dtype("<i2"),
}
_FIELDS: Final = {
    "width_px": int,
    "height_px": int,
    "clip": str,
    "model": str,
    "n_frames": int,
    "duration_s": float,
    "is_still": bool,
}
_ABOUT: Final = "about.npy"
_ZIP_MAGIC: Final = b"PK\x03\x04"
_MAX_BYTES: Final = 1 << 32
"""More than a day of poses unpacked; what claims more is not opened."""


def save_track(track: PoseTrack, path: Path) -> None:
    """Save a clip's poses, replacing an existing file only once all is written.

    Positions and visibility are kept as float32, which is what the model gives.

    Raises:
        StoreError: the file cannot be written: no such folder, no permission, or the disk is full.
    """
    arrays = {name: np.asarray(getattr(track, name), kind) for name, kind in _ARRAYS.items()}
    about: dict[str, Any] = {"format": FORMAT, "version": VERSION}
    about |= {name: kind(getattr(track, name)) for name, kind in _FIELDS.items()}
    about["sha256"] = _checksum(arrays, about)
    text = np.frombuffer(json.dumps(about).encode(), np.uint8)
    part = path.with_name(f".{path.name[:80]}.{secrets.token_hex(4)}.part")
    try:
        try:
            with part.open("xb") as file:
                np.savez_compressed(file, allow_pickle=False, about=text, **arrays)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"{path}: the poses cannot be written ({error.strerror or error}); "
            "check the folder, its rights and the free space"
        ) from error


def load_track(path: Path) -> PoseTrack:
    """Load a clip's poses.

    Raises:
        SourceError: there is no such file, it cannot be read, is damaged, is not a poses file, or
            was written by a newer version.
    """
    try:
        with path.open("rb") as file:
            return _parse(file)
    except FileNotFoundError as error:
        raise SourceError(f"{path}: no such file; check the path") from error
    except IsADirectoryError as error:
        raise SourceError(f"{path}: is a folder; name a poses file") from error
    except PermissionError as error:
        raise SourceError(f"{path}: no permission to read it; change its rights") from error
    except _NewerError as error:
        raise SourceError(f"{path}: {error}") from error
    except _DAMAGE as error:
        raise SourceError(
            f"{path}: is damaged or not a poses file; make it again from the clip"
        ) from error


def is_track(path: Path) -> bool:
    """Whether a file holds saved poses, by its first bytes and its table of contents."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            if file.read(len(_ZIP_MAGIC)) != _ZIP_MAGIC:
                return False
            with zipfile.ZipFile(file) as parts:
                return {_ABOUT, "xy_px.npy", "time_s.npy"} <= set(parts.namelist())
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return False


class _NewerError(Exception):
    """The file's version is not known here."""


_DAMAGE: Final = (
    OSError, ValueError, KeyError, TypeError, EOFError, OverflowError, RecursionError,
    NotImplementedError, zipfile.BadZipFile, zlib.error, MemoryError, SyntaxError,
)  # fmt: skip
"""What numpy, zip and JSON raise on bytes that are not theirs."""


def _parse(file: Any) -> PoseTrack:
    with zipfile.ZipFile(file) as parts:
        if sum(part.file_size for part in parts.infolist()) > _MAX_BYTES:
            raise ValueError("larger than any poses file")
    file.seek(0)
    with np.load(file, allow_pickle=False) as stored:
        about = json.loads(stored["about"].tobytes())
        if about["format"] != FORMAT:
            raise ValueError("another format")
        if about["version"] > VERSION:
            raise _NewerError(
                f"was saved by a newer formcheck (format {about['version']}); install that one"
            )
        arrays = {name: stored[name] for name in _ARRAYS}
    if any(arrays[name].dtype != kind for name, kind in _ARRAYS.items()):
        raise ValueError("an array of another kind")
    if about.pop("sha256") != _checksum(arrays, about):
        raise ValueError("the checksum differs")
    return PoseTrack(
        time_s=arrays["time_s"].astype(np.float64),
        xy_px=arrays["xy_px"].astype(np.float64),
        xyz_m=arrays["xyz_m"].astype(np.float64),
        visibility=arrays["visibility"].astype(np.float64),
        n_people=arrays["n_people"].astype(np.int16),
        **{name: kind(about[name]) for name, kind in _FIELDS.items()},
    )


def _checksum(arrays: dict[str, Any], about: dict[str, Any]) -> str:
    total = sha256(json.dumps(about, sort_keys=True).encode())
    for name in _ARRAYS:
        total.update(f"{name} {arrays[name].shape}".encode())
        total.update(np.ascontiguousarray(arrays[name]).tobytes())
    return total.hexdigest()
