"""formcheck watches a hip flexor stretch, says what to correct, and counts the good seconds.

The names here are the library; everything else may change. Importing it loads nothing heavy: video
and model are loaded when a clip is analysed.

    >>> import formcheck
    >>> result = formcheck.analyze("clip.mp4", exercise="half-kneeling")
    >>> result.verdict, [fault.rule for fault in result.sets[0].faults]
    ('fix', ['front_knee', 'trunk_upright', 'rear_hip'])

Everything in one call, or step by step:

- `analyze` judges one clip, picture or saved poses file and returns a `Result`; on request it
  writes the verdict as JSON, the annotated video, the report page, the poses, and one row per
  frame.
- `estimate` gives the poses of a clip, a `PoseTrack`, with no exercise in mind.
- `judge` judges those and returns a `Judgement`: its ``result`` and its ``timeline``.
- `annotate` draws the video of a judged clip, `write_report` writes its page:

    >>> track = formcheck.estimate("clip.mp4")
    >>> judged = formcheck.judge(track, exercise="half-kneeling")
    >>> judged.result == result
    True
    >>> formcheck.write_report(judged, "report.html")

- `watch` judges your own frames as they arrive, and calls a function with what it saw, a
  `Watched`; `make_track` turns the poses of another estimator into a track for `judge`.
- `batch` scores many clips into one table and returns a `BatchSummary`.
- `calibrate` finds a person's neutral pelvis in a clip and returns a `Calibration`, which `analyze`
  and `judge` accept as ``neutral``:

    >>> neutral = formcheck.calibrate("clip.mp4@0-3")
    >>> formcheck.analyze("clip.mp4", neutral=neutral).baseline.source
    'given'

- `list_exercises` and `load_exercise` return the catalogue or one `Exercise`; `list_routines` and
  `load_routine` do the same for `Routine`.
- A `Result` has a `SetResult` for each set, which in turn has a `HoldResult`, `RepResult`,
  `FaultResult`, `RuleResult` or `UnseenResult` for each hold, repetition and so on. It also has a
  `Target`, `Baseline`, `ViewSeen`, `Note` and, if nothing was recognised, `Nearest`. The result of
  a routine has a `PlanResult`, with an `AskedSet` for each set that was asked for and an `ExtraSet`
  for others.
- A `Judgement` has a `Timeline`: the clip frame by frame, with `RuleColumns` for each rule, and a
  `Reason` with a `ReasonCode` where a rule could not be judged.
- `FormcheckError` is the base of all errors: `SourceError` (a clip), `ModelError` (the pose
  model), `ExerciseError` (an exercise or routine), `ArgumentError` (an argument)
  and `StoreError` (writing). Each has its ``subject``, ``problem`` and ``advice``.
  `ExerciseWarning` reports an exercise's file that was left out.
- `Progress` is the type of the function that receives the progress of the work.

See ``help(formcheck.analyze)`` and so on for details.
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
