"""Routines: which exercises, in what order, how often and for how long. TOML to Routine."""

from __future__ import annotations

from collections.abc import Container, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from formcheck.errors import ExerciseError, put_together
from formcheck.exercises.load import find_named, leave_out, list_exercises
from formcheck.exercises.mistake import FileModel, make_error, read_model, refuse, tell_reason
from formcheck.exercises.schema import Exercise, Hold, Id, NReps, NSets, Reps, Text
from formcheck.pose.landmarks import SIDES, Side

ROUTINES_DIR: Final = Path(__file__).parent / "routines"
OWN_ROUTINES: Final = "routines"
"""The subfolder of a folder of one's own exercises that holds one's own routines."""


class Step(FileModel):
    """One exercise of a routine. What its file leaves out is taken from the exercise."""

    model_config = ConfigDict(strict=True)

    exercise: Text
    """The exercise's id."""
    sets: NSets = 1
    """How many; of each side where there are sides."""
    hold_s: Annotated[float | None, Field(gt=0)] = None
    """Seconds to hold well in each set; None where repetitions are counted."""
    reps: NReps | None = None
    """Good repetitions in each set; None where a hold is timed."""
    sides: Literal["each", "alternating", "none"] = "each"
    """One side after the other, from side to side, or both at once."""
    rest_s: Annotated[float, Field(ge=0)] = 15.0
    """Seconds of rest after each set. After less than 10 s out of position, what follows on the
    same side still belongs to this set."""

    @property
    def target(self) -> float:
        """What a set is to reach: seconds of hold, or repetitions."""
        return float(self.reps or self.hold_s or 0)

    @property
    def turns(self) -> tuple[tuple[Side | None, int], ...]:
        """Side and number of each set, in order; numbers start at 1 on each side."""
        numbers = range(1, self.sets + 1)
        if self.sides == "none":
            return tuple((None, n) for n in numbers)
        if self.sides == "alternating":
            return tuple((side, n) for n in numbers for side in SIDES)
        return tuple((side, n) for side in SIDES for n in numbers)

    @model_validator(mode="before")
    @classmethod
    def _fill_from_exercise(cls, raw: Any, info: ValidationInfo) -> Any:
        if not isinstance(raw, Mapping) or not isinstance(raw.get("exercise"), str):
            return raw
        exercise = _known(info).get(raw["exercise"])
        if exercise is None:
            return raw
        own: dict[str, Any] = {"sets": exercise.count.sets, "sides": exercise.sides}
        if "hold_s" not in raw and "reps" not in raw:
            count = exercise.count
            own["hold_s"] = exercise.hold_target_s
            own["reps"] = count.target_reps if isinstance(count, Reps) else None
        return {**own, **raw}

    @field_validator("exercise")
    @classmethod
    def _can_be_done(cls, name: str, info: ValidationInfo) -> str:
        known = _known(info)
        if not known:
            return name
        if name not in known:
            raise make_error("unknown", f"there is no exercise '{name}'", {"names": list(known)})
        if not known[name].is_seen:
            raise make_error(
                "step", f"'{name}' is a question, which no camera can answer: leave it out"
            )
        return name

    @model_validator(mode="after")
    def _whole(self, info: ValidationInfo) -> Self:
        exercise = _known(info).get(self.exercise)
        if exercise is not None:
            counts_reps = isinstance(exercise.count, Reps)
            if counts_reps and self.hold_s is not None:
                raise make_error(
                    "step", f"'{self.exercise}' counts repetitions: give reps, not hold_s"
                )
            if not counts_reps and self.reps is not None:
                raise make_error("step", f"'{self.exercise}' is held: give hold_s, not reps")
            if (self.sides == "none") != (exercise.sides == "none"):
                own = "has no sides" if exercise.sides == "none" else "is done on each side"
                raise make_error("step", f"'{self.exercise}' {own}: sides cannot be {self.sides}")
        if (self.hold_s is None) == (self.reps is None):
            raise make_error("step", "give either hold_s or reps")
        return self


class Routine(FileModel):
    """A session's plan, as its TOML file describes it."""

    id: Id
    """The file's name."""
    name: Text
    """For people."""
    sources: Annotated[tuple[Text, ...], Field(min_length=1)]
    """The documents on which it is based."""
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    """In order."""


def list_routines(*folders: str | Path, asked: Container[str] = ()) -> dict[str, Routine]:
    """The routines that come with formcheck and one's own, by id, in order of their ids.

    A routine of one's own replaces the one of the same id. A file of one's own that is wrong is
    left out with an ``ExerciseWarning`` that names every mistake.

    Args:
        *folders: folders of one's own exercises; the routines are in their subfolder ``routines``,
            if there is one.
        asked: ids of the routines that are needed: if the file of one is wrong, that is an error.

    Raises:
        ExerciseError: a folder is missing, or the file of a routine in ``asked`` is wrong.
    """
    exercises = list_exercises(*folders)
    found: dict[str, Routine] = {}
    for folder in list_routine_folders(*folders):
        for path in sorted(folder.glob("*.toml")):
            with leave_out(path, asked):
                routine = read_routine(path, exercises)
                found[routine.id] = routine
    return {key: found[key] for key in sorted(found)}


def list_routine_folders(*folders: str | Path) -> tuple[Path, ...]:
    """Where routines are: formcheck's own, and those in folders of one's own exercises."""
    return ROUTINES_DIR, *(Path(folder) / OWN_ROUTINES for folder in folders)


def load_routine(name: str | Path, *folders: str | Path) -> Routine:
    """The routine of that id, or the one in that file.

    Args:
        name: its id, e.g. ``daily-relief``, or the path of a TOML file: what ends in ``.toml`` or
            has a folder in it.
        *folders: folders of one's own exercises, see ``list_routines``.

    Raises:
        ExerciseError: there is none, the nearest names are offered; or a file is wrong.
    """
    path = Path(name)
    if isinstance(name, Path) or path.suffix == ".toml" or len(path.parts) > 1:
        return read_routine(path, list_exercises(*folders))
    return find_named("routine", str(name), list_routines(*folders, asked=(str(name),)))


def make_routine(
    exercise: Exercise,
    *,
    sets: int | None = None,
    hold_s: float | None = None,
    rest_s: float | None = None,
) -> Routine:
    """A routine of one exercise.

    Args:
        exercise: one that a camera sees.
        sets: how many, of each side where there are sides; None takes the exercise's own.
        hold_s: seconds to hold well in each; None likewise.
        rest_s: seconds of rest after each; None takes a step's default.

    Raises:
        ExerciseError: it counts repetitions and ``hold_s`` is given, or a number is out of range.
    """
    if hold_s is not None and isinstance(exercise.count, Reps):
        advice = "it is not held for seconds"
        raise ExerciseError(f"'{exercise.id}'", "counts repetitions", advice)
    step = {"exercise": exercise.id, **_leave_none(sets=sets, hold_s=hold_s, rest_s=rest_s)}
    raw = {"id": exercise.id, "name": exercise.name, "sources": exercise.sources, "steps": [step]}
    return _validate(raw, {exercise.id: exercise})


def change_routine(
    routine: Routine,
    exercises: Mapping[str, Exercise],
    *,
    sets: int | None = None,
    hold_s: float | None = None,
    rest_s: float | None = None,
) -> Routine:
    """A routine with other numbers in all of its steps.

    Args:
        routine: as its file says.
        exercises: by id.
        sets: of every step, of each side where there are sides; None leaves them.
        hold_s: of every step that is held; repetitions and measurements stay as they are.
        rest_s: after every set.

    Raises:
        ExerciseError: a number is out of range.
    """
    steps = []
    for step in routine.steps:
        is_held = isinstance(exercises[step.exercise].count, Hold)
        own_s = hold_s if is_held else None
        changes = _leave_none(sets=sets, hold_s=own_s, rest_s=rest_s)
        steps.append({**step.model_dump(exclude_none=True), **changes})
    return _validate({**routine.model_dump(), "steps": steps}, exercises)


def _leave_none(**given: float | None) -> dict[str, float]:
    """Those that are given."""
    return {name: value for name, value in given.items() if value is not None}


def _validate(raw: Mapping[str, Any], exercises: Mapping[str, Exercise]) -> Routine:
    """A routine that was not read from a file.

    Raises:
        ExerciseError: a number is out of range.
    """
    try:
        return Routine.model_validate(raw, context=exercises)
    except ValidationError as error:
        raise ExerciseError(raw["id"], "; ".join(map(_name_reason, error.errors()))) from error


def read_routine(path: Path, exercises: Mapping[str, Exercise]) -> Routine:
    """Read one file.

    Args:
        path: the TOML file.
        exercises: those that a step may name, by id; what a step leaves out is theirs.

    Raises:
        ExerciseError: it cannot be read, is not TOML, or is not a routine; names every mistake.
    """
    routine, mistakes, _ = read_model(path, Routine, exercises)
    if routine is None:
        raise refuse(mistakes)
    return routine


def _name_reason(one: ErrorDetails) -> str:
    """What is wrong with a step that was not read from a file, and of which of its numbers."""
    key = str(one["loc"][-1])
    return put_together(key if key in ("sets", "hold_s", "rest_s") else None, tell_reason(one))


def _known(info: ValidationInfo) -> Mapping[str, Exercise]:
    """The exercises that a step may name; none where the file's own words are to stand."""
    return info.context or {}
