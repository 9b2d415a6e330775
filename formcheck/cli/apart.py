"""Work in a process of its own: a file that crashes its decoder costs only that file."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, Final, Self, TypeVar, cast

from formcheck.app.batch.child import end_with_parent, explain_end
from formcheck.cli.stopping import FORCED_AFTER_S, Stopped, listen
from formcheck.errors import ExerciseWarning, SourceError

T = TypeVar("T")
_PORTABLE: Final = ("builtins", "formcheck.errors")
"""Modules whose errors go through a pipe as they are."""
_SHOW_CURSOR: Final = "\x1b[?25h"
"""A progress bar hides it, and a process that dies cannot show it again."""


class Apart:
    """Calls functions one after the other in another process, which is replaced when it dies.

    What a codec may do to a process cannot be caught within it. The other process is spawned, not
    forked, as MediaPipe has threads; it shares the terminal, and stops when this one is stopped.
    """

    def __init__(self) -> None:
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._is_at_work = False

    def call(self, name: str, function: Callable[..., T], *arguments: object) -> T:
        """What a module's function returns, or the error that it raises.

        ``name`` is that of the file it works on, for the message should the process die. The
        arguments and what is returned must be picklable.

        Raises:
            SourceError: the process died.
        """
        process, pipe = self._get_process()
        self._is_at_work = True
        try:
            pipe.send((function, arguments))
            value, error, trace = pipe.recv()
        except (EOFError, OSError) as end:  # the other process is gone
            process.join()
            self._process = None
            if sys.stderr.isatty():
                sys.stderr.write(_SHOW_CURSOR)
            raise SourceError(name, *explain_end(process.exitcode)) from end
        self._is_at_work = False
        if error is not None:
            raise error from _ThereError(trace)
        return cast("T", value)

    def close(self) -> None:
        """End the process, which first undoes what it has under way."""
        if self._process is None or self._pipe is None:
            return
        self._pipe.close()  # ends it if it waits for more
        if self._is_at_work:
            self._process.terminate()
        self._process.join(FORCED_AFTER_S)
        if self._process.is_alive():
            self._process.kill()
        self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _get_process(self) -> tuple[SpawnProcess, Connection]:
        if self._process is None or self._pipe is None:
            context = multiprocessing.get_context("spawn")
            self._pipe, theirs = context.Pipe()
            self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
            with _hold_back_interrupts():
                self._process.start()
            theirs.close()
        return self._process, self._pipe


class _ThereError(Exception):
    """The traceback in the other process, shown as the cause of an error."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


def _serve(pipe: Connection) -> None:
    """In the other process: do what is asked until the pipe is closed."""
    listen()
    _let_interrupts_in()
    end_with_parent()
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    warnings.simplefilter("ignore", ExerciseWarning)  # the parent has shown them
    try:
        while True:
            function, arguments = pipe.recv()
            pipe.send(_try(function, arguments))
    except (EOFError, OSError):
        return
    except Stopped:
        sys.exit(1)  # the parent has been stopped too, and says so


def _try(
    function: Callable[..., object], arguments: tuple[Any, ...]
) -> tuple[object, Exception | None, str]:
    try:
        return function(*arguments), None, ""
    except Exception as error:
        if type(error).__module__ not in _PORTABLE:
            error = RuntimeError(f"{type(error).__name__}: {error}")
        return None, error, traceback.format_exc()


@contextmanager
def _hold_back_interrupts() -> Iterator[None]:
    """A process begun meanwhile gets Ctrl-C once it is ready for it, this one right afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        _let_interrupts_in()


def _let_interrupts_in() -> None:
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
