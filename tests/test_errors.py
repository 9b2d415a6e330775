"""Errors are data that survive a copy and a pipe, and become a line in one place."""

from __future__ import annotations

import ast
import copy
import pickle
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import formcheck
from formcheck.app.batch.inputs import find_jobs
from formcheck.app.calibrate import split_range
from formcheck.errors import (
    ArgumentError,
    ExerciseError,
    ExerciseWarning,
    FormcheckError,
    ModelError,
    SourceError,
    StoreError,
)
from formcheck.exercises.load import list_exercises, load_exercise
from formcheck.exercises.routine import load_routine, make_routine
from formcheck.files import write_text
from formcheck.history.database import DeniedError
from formcheck.pose.follow import read_follow
from formcheck.pose.model_files import find_model
from formcheck.video.camera_reader import parse_address
from formcheck.video.clip import Clip

KINDS: dict[type[FormcheckError], type[Exception]] = {
    FormcheckError: Exception,
    SourceError: OSError,
    ModelError: RuntimeError,
    ExerciseError: ValueError,
    ArgumentError: ValueError,
    StoreError: OSError,
    DeniedError: OSError,
}
PACKAGE = Path(formcheck.__file__).parent


@pytest.mark.parametrize(("kind", "also"), KINDS.items())
@pytest.mark.parametrize("advice", [None, "give a file"])
@pytest.mark.parametrize(
    "again",
    [
        lambda error: error,
        copy.copy,
        copy.deepcopy,
        *(
            lambda error, protocol=protocol: pickle.loads(pickle.dumps(error, protocol))
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
        ),
    ],
)
def test_an_error_keeps_what_it_says(
    kind: type[FormcheckError],
    also: type[Exception],
    advice: str | None,
    again: Callable[[FormcheckError], Any],
) -> None:
    """OSError takes two arguments or three for a number, its words and a file's name."""
    error = again(kind(Path("a.mp4"), "is empty", advice))
    assert type(error) is kind
    assert isinstance(error, also)
    assert isinstance(error, FormcheckError)
    assert (error.subject, error.problem, error.advice) == ("a.mp4", "is empty", advice)
    assert error.args == ("a.mp4", "is empty", advice)
    assert error.finding == "a.mp4: is empty"
    assert str(error) == "a.mp4: is empty" + (": give a file" if advice else "")
    if isinstance(error, OSError):
        assert (error.errno, error.strerror, error.filename) == (None, None, None)


def test_keywords_are_taken_too() -> None:
    for kind in KINDS:
        error = kind(subject="a", problem="b", advice="c")
        assert str(pickle.loads(pickle.dumps(error))) == "a: b: c"


def test_an_error_is_one_line_whatever_a_file_is_called() -> None:
    error = SourceError("two\nlines\r\n.mp4", "is\nempty", "give\u2028another")
    assert str(error) == "two lines .mp4: is empty: give another"
    assert error.subject == "two\nlines\r\n.mp4"


def test_a_warning_has_the_error_of_what_was_left_out(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        list_exercises(tmp_path)
    [warning] = (one.message for one in caught)
    assert isinstance(warning, ExerciseWarning)
    assert warning.error.subject == str(tmp_path / "mine.toml")
    assert str(warning) == f"left out: {warning.error}"
    assert str(pickle.loads(pickle.dumps(warning))) == str(warning)


def open_clip(path: Path) -> None:
    with Clip(path):
        pass


@pytest.mark.parametrize(
    ("fail", "kind", "line"),
    [
        (lambda folder: open_clip(folder), SourceError,
         "{folder}: is a folder: give a recorded video"),
        (lambda folder: open_clip(folder / "no.mp4"), SourceError,
         "{folder}/no.mp4: no such file: check the path"),
        (lambda folder: parse_address("kitchen"), SourceError,
         "camera 'kitchen': is not a camera: give a number such as 0, a name that "
         "`formcheck doctor --cameras` lists, a device such as "
         "/dev/video2, a URL that begins with http, https, rtsp or rtmp, or a video file that "
         "exists"),
        (lambda folder: find_model("no.task"), ModelError,
         "model 'no.task': there is no file no.task: use lite, full or a .task file"),
        (lambda folder: load_exercise("half-kneling"), ExerciseError,
         "exercise 'half-kneling': is not known: did you mean half-kneeling or "
         "half-kneeling-reach or half-kneeling-side-bend?"),
        (lambda folder: load_routine(folder / "no.toml"), ExerciseError,
         "{folder}/no.toml: file: no such file"),
        (lambda folder: make_routine(load_exercise("donkey-kick"), hold_s=3), ExerciseError,
         "'donkey-kick': counts repetitions: it is not held for seconds"),
        (lambda folder: make_routine(load_exercise("half-kneeling"), sets=0), ExerciseError,
         "half-kneeling: sets: Input should be greater than or equal to 1"),
        (lambda folder: write_text(folder, "x"), StoreError,
         "{folder}: cannot be written: it is not a regular file: give a file's name"),
        (lambda folder: find_jobs([]), SourceError,
         "clips: none were given: give files or folders"),
        (lambda folder: split_range(""), ArgumentError,
         "neutral '': is neither a clip nor part of one: give a calibration file, CLIP, "
         "CLIP@START-END or @START-END, in seconds, as in @0-3"),
        (lambda folder: split_range("@3-1"), ArgumentError,
         "neutral '@3-1': the start must be before the end"),
        (lambda folder: read_follow("me"), ArgumentError,
         "follow 'me': does not name anybody: give left, right, largest, or a point as X,Y, "
         "shares of the "
         "picture's width and height from 0 to 1, as in 0.3,0.6"),
    ],
)  # fmt: skip
def test_how_errors_read(
    fail: Callable[[Path], object], kind: type[FormcheckError], line: str, tmp_path: Path
) -> None:
    with pytest.raises(kind) as caught:
        fail(tmp_path)
    assert str(caught.value) == line.format(folder=tmp_path)


def list_raised() -> Iterator[tuple[str, ast.Call]]:
    """Every error of formcheck's own kinds that the package makes, and where."""
    names = {kind.__name__ for kind in KINDS}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names:
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}", node


def test_nothing_is_glued_together_where_an_error_is_raised() -> None:
    """The subject and the advice stand for themselves."""
    raised = list(list_raised())
    assert len(raised) > 100
    for where, call in raised:
        parts = call.args
        given = len(parts) if not any(isinstance(one, ast.Starred) for one in parts) else 2
        assert given in (2, 3), f"{where}: a subject, a problem and perhaps advice"
        texts = [
            one.value
            for part in (parts[0], *parts[2:])
            for one in ast.walk(part)
            if isinstance(one, ast.Constant) and isinstance(one.value, str)
        ]
        assert not any(": " in text for text in texts), f"{where}: glued together"
