"""Writing files: whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from formcheck.errors import FormcheckError, StoreError
from formcheck.language import tell_system, translate


def spell_out(name: str) -> str:
    """A name as text: bytes of it that are no characters, as some files' names have, as escapes."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def find_obstacle(folder: Path) -> str | None:
    """Why no file can be put into a folder, which may be yet to be made; None where one can.

    It is tried: root may do all by its rights, in ``/proc`` and on others' network drives too.
    Nothing is left there.
    """
    try:
        there = _find_existing(folder.absolute())
        if not there.is_dir():
            return f"{there} is not a folder"
        with tempfile.TemporaryDirectory(dir=there, prefix=".formcheck-"):
            return None
    except PermissionError:
        return "no permission to write there"
    except OSError as error:
        return f"nothing can be created there ({error.strerror or error})"


def _find_existing(folder: Path) -> Path:
    """The folder, or else the nearest above it that is there; a link to nowhere is there too."""
    for path in (folder, *folder.parents):
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            path.lstat()
            return path
    raise FileNotFoundError(f"{folder}: no such place")


def name_beside(path: Path) -> tuple[Path, Path]:
    """A name for a file that is to take the path's place, and that place: where a link leads.

    The folder is made, the file is not: whoever makes it knows its name before it is there, and so
    can remove it whatever comes in between. Not by tempfile, whose files nobody else may read.

    Raises:
        StoreError: a device, a pipe or a folder is there, whose place no file takes.
        OSError: the folder cannot be made.
    """
    place = Path(os.path.realpath(path))
    if place.exists() and not place.is_file():
        raise StoreError(
            path,
            translate("cannot be written: it is not a regular file"),
            translate("give a file's name"),
        )
    place.parent.mkdir(parents=True, exist_ok=True)
    return place.with_name(f".{place.name}.{secrets.token_hex(4)}"), place


def put_in_place(temporary: Path, place: Path) -> None:
    """Give a file that is whole its name, once it is on the disk.

    Raises:
        OSError: it cannot be done.
    """
    with temporary.open("r+b") as file:
        os.fsync(file.fileno())
    temporary.replace(place)


@contextlib.contextmanager
def replace_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to that takes the path's place once it is whole; else nothing is changed.

    Raises:
        StoreError: it cannot be written, or something else than a file is there.
    """
    temporary: Path | None = None
    try:
        temporary, place = name_beside(path)
        with temporary.open("x+b") as file:
            yield file
        put_in_place(temporary, place)
    except FormcheckError:  # of the writer; some are an OSError as well
        raise
    except OSError as error:
        raise StoreError(
            path,
            translate("cannot be written: {problem}", problem=tell_system(error)),
            translate("free some space, or choose another place"),
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text in UTF-8, whole or not at all; an existing file is replaced.

    Raises:
        StoreError: it cannot be written.
    """
    with replace_file(path) as file:
        file.write(text.encode())
