"""Result: what is said of a clip, as JSON ``schema`` 1.

Times are seconds of presentation time; numbers are in the unit their name or ``unit`` gives;
unknown numbers are None, never NaN.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from formcheck.files import spell_out
from formcheck.judging.rules import Outcome
from formcheck.measure.reason import Reason
from formcheck.measure.view import View
from formcheck.pose.landmarks import Side

SetVerdict = Literal["pass", "fix", "cannot_judge"]
ClipVerdict = Literal["pass", "fix", "cannot_judge", "not_seen"]
Status = Literal["done", "short", "missing"]
Unit = Literal["s", "reps"]
Condition = Literal["position", "view", "unseen", "short", "moving", "camera", "repetition", "side"]


def _round_to(digits: int) -> BeforeValidator:
    return BeforeValidator(lambda value: None if value is None else round(float(value), digits))


def _spell(text: object) -> object:
    return spell_out(text) if isinstance(text, str) else text


Text = Annotated[str, BeforeValidator(_spell)]
"""The name of a file or a person may hold bytes that are not text; JSON has to be text."""
Seconds = Annotated[float, _round_to(3), Field(allow_inf_nan=False)]
Amount = Annotated[float, _round_to(2), Field(allow_inf_nan=False)]


class FrozenModel(BaseModel):
    """Data that never changes and has no fields but its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ViewSeen(FrozenModel):
    """How the camera saw the body."""

    expected: tuple[View, ...]
    """Views that the exercise can be judged from."""
    seen: View | None
    """The view from the camera; None where nobody was seen."""
    ok: bool
    """Whether the one is among the others."""
    near_side: Side | None
    """The side of the body nearer the camera; None where that is not told, as from the front."""


class Baseline(FrozenModel):
    """Where the person's neutral pelvis came from."""

    source: Literal["given", "calibrated", "assumed", "none"] = "none"
    """``given`` by the user, ``calibrated`` in a session that asked for it, ``assumed`` from the
    first steady upright moment, or ``none``."""
    start_s: Seconds | None = None
    """When it was seen, if in this clip."""
    end_s: Seconds | None = None
    """Until when."""


class HoldResult(FrozenModel):
    """An unbroken stretch in position with no required rule failing."""

    start_s: Seconds
    """When it begins."""
    end_s: Seconds
    """When it ends."""


class FaultResult(FrozenModel):
    """A rule that failed for long enough to be reported."""

    rule: str
    """The rule's id."""
    start_s: Seconds
    """When it begins to fail."""
    end_s: Seconds
    """When the rule is met again, or the set ends."""
    worst: Amount
    """The value farthest outside the band, in the rule's unit."""
    cue: str
    """What the person is told, at most 40 characters."""


class UnseenResult(FrozenModel):
    """A stretch in which a required rule could not be judged, so that nothing was held."""

    rule: str
    """The rule's id."""
    start_s: Seconds
    """When it begins."""
    end_s: Seconds
    """When it ends."""
    why: str
    """The reason, in words."""


class RuleResult(FrozenModel):
    """One rule over a set."""

    outcome: Outcome
    """``pass``, ``fail`` or ``unknown``."""
    pass_s: Seconds
    """Seconds in which it passed."""
    fail_s: Seconds
    """Seconds in which it failed."""
    unknown_s: Seconds
    """Seconds in which it was not known."""
    median: Amount | None
    """Of its values, in ``unit``; None where there are none."""
    min: Amount | None
    """The smallest of them."""
    max: Amount | None
    """The largest of them."""
    unit: str
    """``deg``, or the length of the body that its values are shares of, as ``trunk``."""
    why_unknown: str | None
    """The most common reason, if the outcome is unknown."""
    reason: SkipJsonSchema[Annotated[Reason | None, Field(exclude=True, repr=False)]] = None
    """The same as data; not in JSON, so that a result that was read back has none."""

    def __eq__(self, other: object) -> bool:
        """A result that was read back equals the one that was written."""
        return isinstance(other, RuleResult) and self.model_dump() == other.model_dump()

    __hash__ = None  # type: ignore[assignment]


class RepResult(FrozenModel):
    """One repetition."""

    start_s: Seconds
    """When it leaves rest."""
    peak_s: Seconds
    """When it is farthest."""
    end_s: Seconds
    """When it is back at rest."""
    top_s: Seconds
    """How long the top was held."""
    side: Side | None
    """Which leg does it; None where both do."""
    good: bool
    """No required rule failed."""
    faults: tuple[str, ...]
    """Its rules that failed."""


class SetResult(FrozenModel):
    """One stay on one side, absences under 10 s included."""

    exercise: str
    """The exercise's id."""
    side: Side | None
    """The stretched side, the person's own; None where the exercise has none."""
    start_s: Seconds
    """When the position was entered."""
    end_s: Seconds
    """When it was left."""
    position_s: Seconds
    """Seconds in position."""
    good_hold_s: Seconds
    """Seconds held with every required rule met, or unknown where it may be."""
    confirmed_hold_s: Seconds
    """The part of them in which every required rule was seen to be met."""
    longest_hold_s: Seconds
    """The longest of ``holds``."""
    holds: tuple[HoldResult, ...]
    """In order of time."""
    reps: tuple[RepResult, ...] = ()
    """In order of time, good or not."""
    rules: dict[str, RuleResult]
    """By the rule's id."""
    faults: tuple[FaultResult, ...]
    """In order of time."""
    unseen: tuple[UnseenResult, ...] = ()
    """Where the clock stood because a required rule could not be judged, in order of time."""
    measured: dict[str, Amount | str | None] | None = None
    """What an assessment read, and its ``verdict``; None for other exercises."""
    completion: Amount
    """The share of the exercise's target that was reached, from 0 to 1."""
    score: Annotated[float, _round_to(1)] | None
    """0 to 100; None where the verdict is ``cannot_judge``."""
    verdict: SetVerdict
    """``pass``, ``fix`` or ``cannot_judge``."""
    why_not_judged: str | None = None
    """Why the verdict is ``cannot_judge``; None where it is not."""


class Target(FrozenModel):
    """What the exercise aims for."""

    hold_s: float | None
    """Seconds to hold; None where nothing is held."""
    reps: int | None = None
    """Repetitions; None where none are counted."""
    sets: int
    """Sets a side."""


class Note(FrozenModel):
    """Something to know besides the verdict."""

    code: str
    """For programs, as ``several_people``."""
    text: Text
    """For people."""


class Nearest(FrozenModel):
    """The nearest exercise where none was recognised, and what was missing for longest."""

    exercise: str
    """Its id."""
    condition: Condition
    """What was lacking: a condition of its position, the view, joints that were seen, time, still
    hips, a still camera, a whole repetition, or the side that was asked for."""
    measure: str | None = None
    """The position's, of the first three conditions."""
    bound: Literal["low", "high"] | None = None
    """Which of its bounds was passed; None where it was not seen."""
    failed_s: Seconds | None = None
    """For how long; None where that says nothing."""
    instead: str | None = None
    """What seems to have been done in place of the exercise that was given."""


class AskedSet(FrozenModel):
    """One set that the routine asks for and what became of it."""

    step: int
    """Number of the routine's step, from 1."""
    exercise: str
    """The exercise's id."""
    side: Side | None
    """The side it is to be done on; None where there is none."""
    set: int
    """Number of the set among those of its step and side, from 1."""
    asked: float
    """Seconds to hold well, or good repetitions; see ``unit``."""
    done: float
    """How much of that was done."""
    unit: Unit
    """``s`` or ``reps``."""
    status: Status
    """``done``, ``short`` or ``missing``."""
    index: int | None
    """Place in the Result's ``sets`` of the set that counts for it, from 0; None if missing."""
    why: str | None = None
    """Why it could not be judged, or why it may be missing."""


class ExtraSet(FrozenModel):
    """What was done beyond the routine."""

    exercise: str
    """The exercise's id."""
    side: Side | None
    """The stretched side; None where there is none."""
    done: float
    """Seconds held well, or good repetitions; see ``unit``."""
    unit: Unit
    """``s`` or ``reps``."""
    index: int
    """Place in the Result's ``sets``, from 0."""


class PlanResult(FrozenModel):
    """A session compared with its routine."""

    routine: str
    """The routine's id."""
    name: str
    """Its name."""
    sets: tuple[AskedSet, ...]
    """All that was asked, in the routine's order."""
    extra: tuple[ExtraSet, ...]
    """In order of time."""
    n_asked: int
    """Sets asked for."""
    n_done: int
    """Those that are done."""
    complete: bool
    """True if everything asked for was done."""


class Result(FrozenModel):
    """The verdict on one clip."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    clip: Text
    """Its name."""
    person: Text | None = None
    """The person it belongs to; None where nobody was named."""
    exercise: str | None
    """An exercise's id, ``mixed`` for several, None where none was seen or given."""
    exercise_source: Literal["given", "detected", "none"]
    """Whether it was ``given`` or ``detected``; ``none`` where none was seen."""
    model: str
    """Of the poses."""
    duration_s: Seconds
    """Length of the clip; 0 of a picture."""
    frames: int
    """Frames that the clip has."""
    frames_analyzed: int
    """Those in which the person was looked for."""
    frames_with_pose: int
    """Those in which somebody was found."""
    view: ViewSeen
    """How the camera saw the person."""
    baseline: Baseline = Baseline()
    """Where the neutral came from."""
    sets: tuple[SetResult, ...]
    """In order of time."""
    target: Target | None
    """Of the exercise; None where none was seen, or several."""
    completion: Amount | None
    """The mean of the sets', from 0 to 1; None without a set."""
    score: Annotated[float, _round_to(1)] | None
    """The mean of the sets', from 0 to 100; None where none has one."""
    verdict: ClipVerdict
    """``pass``, ``fix``, ``cannot_judge`` or ``not_seen``."""
    nearest: Nearest | None = None
    """Of a clip that is ``not_seen``, while somebody was; None of any other."""
    warnings: tuple[Note, ...] = ()
    """What else there is to know."""
    plan: PlanResult | None = None
    """The session compared with its routine; None where none was given."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @property
    def schema(self) -> int:  # type: ignore[override]  # pydantic has a deprecated one
        """The version of the JSON format."""
        return self.schema_

    def to_json(self, *, indent: int | None = None) -> str:
        """The JSON of it, on one line unless ``indent`` is given."""
        return self.model_dump_json(by_alias=True, indent=indent)
