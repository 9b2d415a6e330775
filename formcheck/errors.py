"""What can go wrong, as a tree.

FormcheckError
├── SourceError    (also OSError)     a clip, picture or poses file that cannot be read
├── ModelError     (also RuntimeError) the pose model is missing, damaged or does not run
├── ExerciseError  (also ValueError)   an exercise that is unknown or badly described
└── StoreError     (also OSError)     a result or history that cannot be written or read

Every message is one line that names the thing, says what is wrong with it and what to do.
"""

from __future__ import annotations


class FormcheckError(Exception):
    """Anything that formcheck raises on purpose."""


class SourceError(FormcheckError, OSError):
    """A clip, picture or poses file cannot be opened or read."""


class ModelError(FormcheckError, RuntimeError):
    """The pose model is missing, damaged or cannot run on this machine."""


class ExerciseError(FormcheckError, ValueError):
    """An exercise, side or neutral that is unknown or badly described."""


class ExerciseWarning(UserWarning):
    """A file of one's own exercises or routines that is wrong was left out; the others work."""


class StoreError(FormcheckError, OSError):
    """A result, video or poses file cannot be written, or the history cannot be used."""
