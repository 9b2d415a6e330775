"""formcheck watches a hip flexor stretch, says what to correct, and counts the seconds done well.

The names here are the library; all else may change. Importing it costs nothing heavy: video and
model are loaded when a clip is analysed.

    >>> import formcheck
    >>> result = formcheck.analyze("clip.mp4", exercise="half-kneeling")
    >>> result.verdict, [fault.rule for fault in result.sets[0].faults]
    ('fix', ['front_knee', 'trunk_upright', 'rear_hip'])

All of it in one call, or step by step:

- `analyze` judges one clip, picture or saved poses file and returns a `Result`; on request it
  writes the verdict as JSON, the annotated video, the report page, the poses, and a row a frame.
- `estimate` gives the poses of a clip, a `PoseTrack`, with no exercise in mind.
- `judge` judges those and returns a `Judgement`: its ``result`` and its ``timeline``.
- `annotate` draws the video of a judged clip, `write_report` writes its page:

    >>> track = formcheck.estimate("clip.mp4")
    >>> judged = formcheck.judge(track, exercise="half-kneeling")
    >>> judged.result == result
    True
    >>> formcheck.write_report(judged, "report.html")

- `watch` judges frames of your own as they come, and tells a function of yours what it saw, a
  `Watched`; `make_track` takes the poses of another estimator, for `judge`.
- `batch` scores many clips into one table and returns a `BatchSummary`.
- `calibrate` finds a person's neutral pelvis in a clip and returns a `Calibration`, which `analyze`
  and `judge` take as ``neutral``:

    >>> neutral = formcheck.calibrate("clip.mp4@0-3")
    >>> formcheck.analyze("clip.mp4", neutral=neutral).baseline.source
    'given'

- `list_exercises` and `load_exercise` give the catalogue and one `Exercise` of it, `list_routines`
  and `load_routine` the same of each `Routine`.
- A `Result` has a `SetResult` for each set, and that a `HoldResult`, `RepResult`, `FaultResult`,
  `RuleResult` and `UnseenResult` for each hold, repetition and so on; besides there are `Target`,
  `Baseline`, `ViewSeen`, `Note` and, where nothing was seen, `Nearest`. The result of a routine has
  a `PlanResult`, with an `AskedSet` for each set that was asked for and an `ExtraSet` for others.
- A `Judgement` has a `Timeline`: the clip frame by frame, with `RuleColumns` for each rule, and a
  `Reason` with a `ReasonCode` where a rule could not be judged.
- `FormcheckError` is what goes wrong: `SourceError` of a clip, `ModelError` of the pose model,
  `ExerciseError` of an exercise or routine, `ArgumentError` of what was asked for, `StoreError` of
  what is written. Each has its ``subject``, ``problem`` and ``advice``. `ExerciseWarning` tells of
  an exercise's file that was left out.
- `Progress` is the type of the function that is told how far the work is.

``help(formcheck.analyze)`` and so on say the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from formcheck.errors import (
    ArgumentError,
    ExerciseError,
    ExerciseWarning,
    FormcheckError,
    ModelError,
    SourceError,
    StoreError,
)

if TYPE_CHECKING:
    from formcheck.app.analyze import analyze
    from formcheck.app.annotate import annotate
    from formcheck.app.batch.run import BatchSummary, batch
    from formcheck.app.brief import judge
    from formcheck.app.calibrate import calibrate
    from formcheck.app.clip_report import write_report
    from formcheck.app.closer_look import estimate
    from formcheck.app.own_frames import Watched, watch
    from formcheck.app.own_poses import make_track
    from formcheck.exercises.load import list_exercises, load_exercise
    from formcheck.exercises.routine import Routine, list_routines, load_routine
    from formcheck.exercises.schema import Exercise
    from formcheck.judging.calibration import Calibration
    from formcheck.judging.timeline import RuleColumns, Timeline
    from formcheck.measure.reason import Reason, ReasonCode
    from formcheck.pose.estimation import Progress
    from formcheck.pose.track import PoseTrack
    from formcheck.result.judgement import Judgement
    from formcheck.result.models import (
        AskedSet,
        Baseline,
        ExtraSet,
        FaultResult,
        HoldResult,
        Nearest,
        Note,
        PlanResult,
        RepResult,
        Result,
        RuleResult,
        SetResult,
        Target,
        UnseenResult,
        ViewSeen,
    )

__version__ = "0.1.0"

__all__ = [
    "ArgumentError",
    "AskedSet",
    "Baseline",
    "BatchSummary",
    "Calibration",
    "Exercise",
    "ExerciseError",
    "ExerciseWarning",
    "ExtraSet",
    "FaultResult",
    "FormcheckError",
    "HoldResult",
    "Judgement",
    "ModelError",
    "Nearest",
    "Note",
    "PlanResult",
    "PoseTrack",
    "Progress",
    "Reason",
    "ReasonCode",
    "RepResult",
    "Result",
    "Routine",
    "RuleColumns",
    "RuleResult",
    "SetResult",
    "SourceError",
    "StoreError",
    "Target",
    "Timeline",
    "UnseenResult",
    "ViewSeen",
    "Watched",
    "__version__",
    "analyze",
    "annotate",
    "batch",
    "calibrate",
    "estimate",
    "judge",
    "list_exercises",
    "list_routines",
    "load_exercise",
    "load_routine",
    "make_track",
    "watch",
    "write_report",
]

_ROOMS = {
    "formcheck.app.analyze": ("analyze",),
    "formcheck.app.annotate": ("annotate",),
    "formcheck.app.batch.run": ("BatchSummary", "batch"),
    "formcheck.app.brief": ("judge",),
    "formcheck.app.calibrate": ("calibrate",),
    "formcheck.app.clip_report": ("write_report",),
    "formcheck.app.closer_look": ("estimate",),
    "formcheck.app.own_frames": ("Watched", "watch"),
    "formcheck.app.own_poses": ("make_track",),
    "formcheck.exercises.load": ("list_exercises", "load_exercise"),
    "formcheck.exercises.routine": ("Routine", "list_routines", "load_routine"),
    "formcheck.exercises.schema": ("Exercise",),
    "formcheck.judging.calibration": ("Calibration",),
    "formcheck.judging.timeline": ("RuleColumns", "Timeline"),
    "formcheck.measure.reason": ("Reason", "ReasonCode"),
    "formcheck.pose.estimation": ("Progress",),
    "formcheck.pose.track": ("PoseTrack",),
    "formcheck.result.judgement": ("Judgement",),
    "formcheck.result.models": (
        "AskedSet", "Baseline", "ExtraSet", "FaultResult", "HoldResult", "Nearest", "Note",
        "PlanResult", "RepResult", "Result", "RuleResult", "SetResult", "Target", "UnseenResult",
        "ViewSeen",
    ),
}  # fmt: skip
_LAZY = {name: (module, name) for module, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'formcheck' has no attribute '{name}'")
    from importlib import import_module

    module, attribute = _LAZY[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return list(__all__)
