"""What can go wrong, as a tree.

FormcheckError
├── SourceError    (also OSError)     a clip, picture or poses file that cannot be read
├── ModelError     (also RuntimeError) the pose model is missing, damaged or does not run
├── ExerciseError  (also ValueError)   an exercise that is unknown or badly described
├── ArgumentError  (also ValueError)   a value that an option or argument does not take
└── StoreError     (also OSError)     a result or history that cannot be written or read

Every error names the thing, says what is wrong with it and what to do. The three are data; here
alone they become a line.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


class FormcheckError(Exception):
    """Anything that formcheck raises on purpose.

    Args:
        subject: what it is about: a file, a clip, a camera, an option.
        problem: what is wrong with it.
        advice: what to do about it; None where nothing can be said.
    """

    def __init__(self, subject: str | Path, problem: str, advice: str | None = None) -> None:
        # OSError's own would take them for a number, its words and a file's name.
        BaseException.__init__(self, str(subject), problem, advice)
        self.subject = str(subject)
        """What it is about."""
        self.problem = problem
        """What is wrong with it."""
        self.advice = advice
        """What to do about it; None where nothing can be said."""

    @property
    def finding(self) -> str:
        """What is wrong with what, without the advice."""
        return put_together(self.subject, self.problem)

    def __str__(self) -> str:
        return put_together(self.subject, self.problem, self.advice)


class SourceError(FormcheckError, OSError):
    """A clip, picture or poses file cannot be opened or read."""


class ModelError(FormcheckError, RuntimeError):
    """The pose model is missing, damaged or cannot run on this machine."""


class ExerciseError(FormcheckError, ValueError):
    """An exercise, routine, side or neutral that is unknown or wrongly described."""


class ArgumentError(FormcheckError, ValueError):
    """A value that an option or an argument does not accept, or two that exclude each other."""


class ExerciseWarning(UserWarning):
    """A faulty file of your own exercises or routines was left out; the others work.

    Args:
        error: what is wrong with it.
    """

    def __init__(self, error: ExerciseError) -> None:
        super().__init__(error)
        self.error = error
        """What is wrong with it."""

    def __str__(self) -> str:
        return f"left out: {self.error}"


class StoreError(FormcheckError, OSError):
    """A result, video or poses file cannot be written, or the history cannot be used."""


def offer_nearest(name: str, known: Iterable[str]) -> str:
    """Advice for a name that is not known: those it may have been meant for, or else all."""
    known = list(known)
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    return f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"


def put_together(*parts: str | None) -> str:
    """What errors consist of as one line, whatever the parts are; None is left out."""
    return ": ".join(" ".join(part.splitlines()) for part in parts if part)
