"""Clips that are not on this machine: anything that fsspec reads, by its address."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from formcheck.errors import FormcheckError, SourceError
from formcheck.runtime.environment import NOWHERE

_URL: Final = re.compile(r"[A-Za-z][\w+.-]+(::[\w+.-]+)*://")
"""Two letters at least: ``C:`` is a drive."""
_PASSWORD: Final = re.compile(r"(//[^/@:\s]*):[^/@\s]*@")
_PROXIES: Final = ("https_proxy", "http_proxy")
_EXCEPTIONS: Final = ("no_proxy", "NO_PROXY")


def is_url(path: str) -> bool:
    """True for ``https://…``, ``s3://…`` and the like; False for paths of this machine."""
    return _URL.match(path) is not None


def hide_password(text: str) -> str:
    """The text without the passwords in its addresses: it goes into tables and messages."""
    return _PASSWORD.sub(r"\1@", text)


@contextmanager
def open_clip(path: str) -> Iterator[Path | BinaryIO]:
    """A clip or saved poses, ready to be read, wherever they are.

    One from elsewhere is fetched whole, once, into a temporary file: its content is hashed before
    it is decoded, which reads all of it. A clip's file has no name, so that no kill leaves it.

    Yields:
        A path of this machine, unexamined, or a seekable binary file.

    Raises:
        SourceError: it cannot be reached or read, or the extra ``remote`` is missing.
    """
    if not is_url(path):
        yield Path(path)
    elif path.partition("?")[0].lower().endswith(".npz"):
        with tempfile.TemporaryDirectory(prefix="formcheck-") as folder:
            copy = Path(folder) / "poses.npz"
            with copy.open("wb") as whole:
                _fetch(path, whole)
            yield copy
    else:
        with tempfile.TemporaryFile(prefix="formcheck-") as whole:
            _fetch(path, cast("BinaryIO", whole))
            whole.seek(0)
            yield cast("BinaryIO", whole)


def expand_url(pattern: str) -> list[str]:
    """The addresses that a pattern with ``*`` stands for, unsorted; errors are ``open_clip``'s."""
    with _report(pattern):
        store, inner = _find_store(pattern)
        return [store.unstrip_protocol(found) for found in store.glob(inner)]


def _fetch(url: str, into: BinaryIO) -> None:
    """Write all of it into an open file."""
    with _report(url):
        store, inner = _find_store(url)
        if "https" in store.protocol:  # its files need a length beforehand
            store.get_file(inner, into)
        else:
            with store.open(inner, "rb") as source:
                shutil.copyfileobj(source, into, 1 << 20)
        into.flush()


def _find_store(url: str) -> tuple[Any, str]:
    """The file system of an address, and the address within it."""
    _free_proxies()
    try:
        core = importlib.import_module("fsspec.core")
    except ImportError as error:
        raise SourceError(
            hide_password(url), "addresses need an extra", "pip install 'formcheck[remote]'"
        ) from error
    return cast("tuple[Any, str]", core.url_to_fs(url))


def _free_proxies() -> None:
    """Let this process's own clients out, where it inherited what keeps MediaPipe from sending.

    A child takes the C environment of its parent for ``os.environ``, including the proxy where
    nobody listens and the emptied exceptions. They go back to where only C looks.
    """
    if not any(name in os.environ for name in _PROXIES):
        return
    blocked = [name for name in _PROXIES if os.environ.get(name) == NOWHERE]
    hidden = dict.fromkeys(blocked, NOWHERE)
    if blocked:
        hidden |= {name: "" for name in _EXCEPTIONS if os.environ.get(name) == ""}
    for name, value in hidden.items():
        del os.environ[name]
        os.putenv(name, value)


@contextmanager
def _report(url: str) -> Iterator[None]:
    """Whatever a store raises, and each raises its own, as one line."""
    try:
        yield
    except FormcheckError:
        raise
    except Exception as error:
        cause: BaseException = error
        # Over HTTP fsspec calls every failure a missing file; the cause is what the server said.
        if isinstance(error, FileNotFoundError) and error.__cause__ is not None:
            cause = error.__cause__
        status = getattr(cause, "status", None)
        text = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
        problem, advice = f"cannot be read ({hide_password(' '.join(str(text).split()))})", None
        if isinstance(cause, FileNotFoundError) or status in (404, 410):
            problem, advice = "no such file", "check the address"
        elif isinstance(cause, PermissionError) or status in (401, 403):
            problem, advice = "no permission to read it", "check the address and your credentials"
        raise SourceError(hide_password(url), problem, advice) from error
