"""Writing files: whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from formcheck.errors import FormcheckError, StoreError


@contextlib.contextmanager
def replace_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to that takes the path's place once it is whole; else nothing is changed.

    Raises:
        StoreError: it cannot be written.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not by tempfile, whose files nobody else may read.
        name = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with name.open("xb") as file:
            temporary = name
            yield file
            file.flush()
            os.fsync(file.fileno())
        name.replace(path)
        temporary = None
    except FormcheckError:  # of the writer; some are an OSError as well
        raise
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be written: {error.strerror or error}: free some space, or choose "
            "another place"
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
