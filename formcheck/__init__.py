"""formcheck watches a hip flexor stretch, says what to correct, and counts the seconds done well.

The names here are the library; all else may change. Importing it costs nothing heavy: video and
model are loaded when a clip is analysed.

    >>> import formcheck
    >>> result = formcheck.analyze("clip.mp4", exercise="half-kneeling")  # doctest: +SKIP
    >>> result.verdict, result.sets[0].good_hold_s  # doctest: +SKIP
    ('fix', 10.5)

What there is:

- `analyze` judges one clip, picture or saved poses file and returns a `Result`; on request it
  writes the verdict as JSON, the annotated video, the report page, the poses, and a row a frame.
- `batch` scores many clips into one table and returns a `BatchSummary`.
- `calibrate` finds a person's neutral pelvis in a clip and returns a `Calibration`, which `analyze`
  takes as ``neutral``:

    >>> neutral = formcheck.calibrate("relaxed.mp4@0-3")  # doctest: +SKIP
    >>> result = formcheck.analyze("clip.mp4", neutral=neutral)  # doctest: +SKIP

- `list_exercises` and `load_exercise` give the catalogue and one `Exercise` of it, `list_routines`
  and `load_routine` the same of each `Routine`; a `Result` of a routine has a `PlanResult`.
- `FormcheckError` is what goes wrong: `SourceError` of a clip, `ModelError` of the pose model,
  `ExerciseError` of an exercise or routine, `StoreError` of what is written.
- `Progress` is the type of the function that is told how far the work is.

``help(formcheck.analyze)`` and so on say the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from formcheck.errors import ExerciseError, FormcheckError, ModelError, SourceError, StoreError

if TYPE_CHECKING:
    from formcheck.app.analyze import analyze
    from formcheck.app.batch.run import Summary as BatchSummary
    from formcheck.app.batch.run import batch
    from formcheck.app.calibrate import calibrate
    from formcheck.exercises.load import list_exercises, load_exercise
    from formcheck.exercises.routine import Routine, list_routines, load_routine
    from formcheck.exercises.schema import Exercise
    from formcheck.judging.calibration import Calibration
    from formcheck.pose.estimation import Progress
    from formcheck.result.models import Result
    from formcheck.result.plan import PlanResult

__version__ = "0.1.0"

__all__ = [
    "BatchSummary",
    "Calibration",
    "Exercise",
    "ExerciseError",
    "FormcheckError",
    "ModelError",
    "PlanResult",
    "Progress",
    "Result",
    "Routine",
    "SourceError",
    "StoreError",
    "__version__",
    "analyze",
    "batch",
    "calibrate",
    "list_exercises",
    "list_routines",
    "load_exercise",
    "load_routine",
]

_LAZY = {
    "BatchSummary": ("formcheck.app.batch.run", "Summary"),
    "Calibration": ("formcheck.judging.calibration", "Calibration"),
    "Exercise": ("formcheck.exercises.schema", "Exercise"),
    "PlanResult": ("formcheck.result.plan", "PlanResult"),
    "Progress": ("formcheck.pose.estimation", "Progress"),
    "Result": ("formcheck.result.models", "Result"),
    "Routine": ("formcheck.exercises.routine", "Routine"),
    "analyze": ("formcheck.app.analyze", "analyze"),
    "batch": ("formcheck.app.batch.run", "batch"),
    "calibrate": ("formcheck.app.calibrate", "calibrate"),
    "list_exercises": ("formcheck.exercises.load", "list_exercises"),
    "list_routines": ("formcheck.exercises.routine", "list_routines"),
    "load_exercise": ("formcheck.exercises.load", "load_exercise"),
    "load_routine": ("formcheck.exercises.routine", "load_routine"),
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'formcheck' has no attribute '{name}'")
    from importlib import import_module

    module, attribute = _LAZY[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return list(__all__)
