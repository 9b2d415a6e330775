"""What an exercise is: frozen models that say every mistake at once.

Nothing here computes: a rule is one measure, two bounds, and what to say. Which measures there are
is in ``formcheck.measure.registry``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from formcheck.measure.registry import FROM_NEUTRAL, FROM_START, name_measures
from formcheck.measure.view import View
from formcheck.pose.landmarks import Side

MAX_CUE_CHARS = 40
"""A cue must be read from three metres and heard in a breath."""

Text = Annotated[str, Field(min_length=1)]
Cue = Annotated[str, Field(min_length=1, max_length=MAX_CUE_CHARS)]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$")]


MAX_SETS: Final = 100
MAX_REPS: Final = 1000
"""More in one set is a slip of the keyboard."""
NSets = Annotated[int, Field(ge=1, le=MAX_SETS)]
NReps = Annotated[int, Field(ge=1, le=MAX_REPS)]

CONTRADICTION: Final = "contradiction"
UNKNOWN_MEASURE: Final = "unknown_measure"
"""Type of the error of a model whose fields are each right and do not go together."""
Contradiction = tuple[tuple[str | int, ...], str]
"""Where, from the model on, and what is wrong."""


def _check_measure(name: str) -> str:
    if name not in name_measures():
        raise PydanticCustomError(UNKNOWN_MEASURE, "there is no measure '{name}'", {"name": name})
    return name


MeasureName = Annotated[str, AfterValidator(_check_measure)]


class FrozenModel(BaseModel):
    """Data that never changes and has no fields but its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _Model(FrozenModel):
    def find_contradictions(self) -> Iterator[Contradiction]:
        """Everything in which the fields do not go together.

        ``exercises.check`` also asks a model of which some fields are wrong and stand-ins are in
        their place: so all mistakes of a file are found at once.
        """
        yield from ()

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        first = next(self.find_contradictions(), None)
        if first is not None:
            raise PydanticCustomError(CONTRADICTION, "{reason}", {"reason": first[1]})
        return self


def _find_disorder(low: str, low_value: float, high: str, high_value: float) -> Iterator[str]:
    if not low_value < high_value:
        yield f"{low} {low_value:g} must be below {high} {high_value:g}"


class Band(_Model):
    """A measure and the band its value has to lie in; bounds in the measure's unit."""

    measure: MeasureName
    low: float = -math.inf
    high: float = math.inf

    def find_contradictions(self) -> Iterator[Contradiction]:
        """See the model; here bounds that are missing or out of order."""
        if math.isinf(self.low) and math.isinf(self.high):
            yield (), "give low, high or both"
        for reason in _find_disorder("low", self.low, "high", self.high):
            yield (), reason

    @property
    def unit(self) -> str:
        """The measure's unit, the last word of its name."""
        return self.measure.rsplit("_", 1)[1]

    def contains(self, value: float, slack: float = 0.0) -> bool:
        """True if the value lies in the band widened by ``slack``; False for NaN."""
        return self.low - slack <= value <= self.high + slack


class PositionBand(Band):
    """One demand of a position, and what is said where it keeps one from being seen."""

    too_low: Text | None = None
    """What was wrong when the value is under the band, and after a colon what to do; None takes the
    measure's own words."""
    too_high: Text | None = None
    """The same when it is over the band."""

    def find_contradictions(self) -> Iterator[Contradiction]:
        """See the model; here words without their bound."""
        yield from super().find_contradictions()
        for bound, value, words in (
            ("low", self.low, self.too_low),
            ("high", self.high, self.too_high),
        ):
            if words is not None and math.isinf(value):
                yield (f"too_{bound}",), f"'too_{bound}' needs '{bound}'"


class Rule(Band):
    """One demand of good form.

    It fails outside [low - slack, high + slack], is well inside [low, high], and keeps its state
    between, so that noise at an edge does not flicker.
    """

    id: Id
    slack: Annotated[float, Field(ge=0)] = 3.0
    """In the measure's unit; 3° is MediaPipe's noise on a still person."""
    for_s: Annotated[float, Field(gt=0)] = 0.5
    """How long it must fail before it is a fault."""
    unclear_s: Annotated[float | None, Field(gt=0)] = None
    """Where given, a value between the band and its slack is UNKNOWN, not clear yet, in place of
    keeping its state; after this long it is told what to do, without being a fault."""
    required: bool = False
    """True: the good-form clock runs only while the rule is seen to be met."""
    may_be_unknown: bool = False
    """Of a required rule: True lets the clock run while it is UNKNOWN. Those seconds are good, but
    not confirmed, and the set can be judged without it."""
    during: Literal["always", "top", "rep"] = "always"
    """Of repetitions: judged at the top, where it turns, over each one, or all the time in
    position."""
    views: tuple[View, ...] | None = None
    """Views it can be judged in; None for the exercise's own."""
    never: Text | None = None
    """Why no camera can judge it: the rule is shown, and is always UNKNOWN for this reason."""
    cue_low: Cue | None = None
    """What to say when the value is under the band."""
    cue_high: Cue | None = None
    """What to say when the value is over the band."""
    source: Text
    """Where the thresholds come from."""

    def find_contradictions(self) -> Iterator[Contradiction]:
        """See the model; here also keys that need another, or exclude it."""
        yield from super().find_contradictions()
        if self.may_be_unknown and not self.required:
            yield ("may_be_unknown",), "'may_be_unknown' is for a rule with required = true"
        if self.required and self.never is not None and not self.may_be_unknown:
            reason = "a required rule that is never judged stops the clock: give may_be_unknown too"
            yield ("never",), reason
        for bound, value, cue in (
            ("low", self.low, self.cue_low),
            ("high", self.high, self.cue_high),
        ):
            if math.isfinite(value) != (cue is not None):
                yield (f"cue_{bound}",), f"'{bound}' and 'cue_{bound}' go together"

    @property
    def stops_unseen(self) -> bool:
        """Whether the clock stops while the rule is UNKNOWN."""
        return self.required and not self.may_be_unknown

    def cue_for(self, value: float) -> str | None:
        """What to say of a failing value; None where the value is unknown."""
        if math.isnan(value):
            return None
        below = self.low - value > value - self.high
        return self.cue_low if below else self.cue_high


class Hold(_Model):
    """What to aim for: a hold this long, this many times (a side)."""

    kind: Literal["hold"]
    target_s: Annotated[float, Field(gt=0)]
    sets: NSets = 1


class Reps(_Model):
    """What to aim for: so many repetitions of a movement that shows in one measured signal.

    A repetition begins when the signal leaves its rest, turns beyond the other threshold, and ends
    when it is back: two thresholds, so that a tremble at one of them is no repetition. Where it
    turns is the top: of a signal that rests up, as the knee's angle in a squat, its lowest.
    """

    kind: Literal["reps"]
    target_reps: NReps
    sets: NSets = 1
    signal: MeasureName
    """The measure that goes up and down; tried with each leg as the moving one if the exercise has
    sides."""
    up: float
    """The higher threshold: above it, it is a repetition, or at rest where that is up."""
    down: float
    """The lower one: below it, it is at rest, or a repetition where rest is up."""
    rest: Literal["down", "up"] = "down"
    """Where the signal is between repetitions."""
    both_ways: bool = False
    """True: going as far below zero counts as well."""
    min_s: Annotated[float, Field(ge=0)] = 0.8
    """A shorter one may be a jerk of the landmarks: it is none, and that is told."""
    top_s: Annotated[float, Field(ge=0)] = 0.0
    """How long the top is to be held."""

    def find_contradictions(self) -> Iterator[Contradiction]:
        """See the model; here thresholds that are out of order, or do not go with the rest."""
        for reason in _find_disorder("down", self.down, "up", self.up):
            yield (), f"{reason}; where a repetition goes down and back, say rest = 'up'"
        if self.both_ways and self.rest == "up":
            yield ("both_ways",), "a signal that counts both ways rests at zero: rest is 'down'"


class Reading(_Model):
    """One verdict of an assessment and the values that mean it."""

    text: Text
    low: float = -math.inf
    high: float = math.inf

    def find_contradictions(self) -> Iterator[Contradiction]:
        """See the model; here bounds that are out of order."""
        for reason in _find_disorder("low", self.low, "high", self.high):
            yield (), reason


class Assessment(_Model):
    """A measurement in place of a hold: what is read off once the position is kept."""

    kind: Literal["assessment"]
    target_s: Annotated[float, Field(gt=0)]
    """How long the position is kept for it."""
    sets: NSets = 1
    measures: Annotated[dict[str, MeasureName], Field(min_length=1)]
    """Name in the result to measure; the first is the one the readings are about."""
    readings: Annotated[tuple[Reading, ...], Field(min_length=1)]
    """The first that contains the value is the verdict."""
    caveat: Text
    """What it is only as good as."""


class Answer(_Model):
    """One answer to a question and what it hints at."""

    answer: Text
    meaning: Text


class Question(_Model):
    """Something that is asked and not seen."""

    kind: Literal["question"]
    question: Text
    answers: Annotated[tuple[Answer, ...], Field(min_length=2)]
    caveat: Text
    sets: Literal[1] = 1


Count = Annotated[Hold | Reps | Assessment | Question, Field(discriminator="kind")]


FIGURE_POINTS: Final = (
    "head",
    *(
        f"{side}_{joint}"
        for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "toe")
        for side in ("left", "right")
    ),
)
"""What a figure is drawn from: the middle of the head and the person's own joints."""

_TRUNK: Final = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
MAX_TRUNK: Final = 3.0
"""A trunk longer than this, or shorter than its inverse, is in another unit than trunk lengths."""


class Figure(_Model):
    """A drawing of the right position, with the left leg as the stretched one."""

    near: Side | None = None
    """The person's side nearer the camera, drawn over the other; None seen from the front."""
    points: dict[str, tuple[float, float]]
    """Each of ``FIGURE_POINTS``: x to the right in the picture and y up, in trunk lengths, from the
    middle of the hips; a trunk that lies away from the camera is shorter."""
    bench: tuple[float, float, float] | None = None
    """What is lain on, from the floor up: its left and right end and its top, as the points are;
    None where that is the floor."""

    def find_contradictions(self) -> Iterator[Contradiction]:
        """See the model; here points that are missing or unknown, or in another unit."""
        trunk_points = [self.points.get(name, (math.nan, math.nan)) for name in _TRUNK]
        across, up = (a + b - c - d for a, b, c, d in zip(*trunk_points, strict=True))
        trunk = math.hypot(across, up) / 2
        if trunk < 1 / MAX_TRUNK or trunk > MAX_TRUNK:
            reason = (
                f"hips to shoulders is {trunk:.3g}: give points in trunk lengths, so that it is 1"
            )
            yield ("points",), reason
        if self.bench is not None:
            for reason in _find_disorder("left", self.bench[0], "right", self.bench[1]):
                yield ("bench",), reason
        for name in sorted(set(FIGURE_POINTS).symmetric_difference(self.points)):
            known = name in FIGURE_POINTS
            yield ("points", name), "is missing" if known else "there is no such point"


class Auto(_Model):
    """How ``auto`` tells this exercise from others in the same position: by majority of time."""

    band: Band
    rank: Annotated[int, Field(ge=1)]
    """Lower ranks are asked first."""


class Exercise(_Model):
    """One exercise, as its TOML file describes it."""

    id: Id
    name: Text
    views: tuple[View, ...]
    """Views it can be judged from; none for a question."""
    sides: Literal["each", "alternating", "none"] = "each"
    """Done on each side, from side to side, or on both at once: then a result has no side."""
    stretched: Text | None = None
    """Which leg is the stretched one, in words: the ``side`` of a result."""
    instructions: Annotated[tuple[Text, ...], Field(min_length=1)]
    camera: Text
    """Where to put the camera."""
    near: Literal["stretched", "other"] | None = None
    """Which leg is to be nearer the camera; None where either will do."""
    same_position_as: Id | None = None
    """Another exercise whose position this one shares; ``position`` is then filled from it."""
    position: tuple[PositionBand, ...] = ()
    """All must hold for the person to be in the exercise; for one side only, which tells it."""
    rules: tuple[Rule, ...] = ()
    count: Count
    auto: Auto | None = None
    figure: Figure | None = None
    """The right position, for the live view; None draws none."""
    sources: Annotated[tuple[Text, ...], Field(min_length=1)]

    def find_contradictions(self) -> Iterator[Contradiction]:
        """See the model; here what one kind of exercise has and another has not."""
        if self.count.kind == "question":
            for key in ("position", "rules", "same_position_as", "views"):
                if getattr(self, key):
                    yield (key,), "a question has no position, no rules and no views"
            return
        if not self.views:
            yield ("views",), "give at least one of 'views'"
        if (self.same_position_as is None) == (not self.position):
            yield ("position",), "give either 'position' or 'same_position_as'"
        if (self.sides == "none") != (self.stretched is None):
            yield ("stretched",), "give 'stretched', which leg a side means, unless sides is none"
        if self.near is not None and self.sides == "none":
            yield ("near",), "there is no stretched leg where sides is none"
        if self.count.kind == "hold" and not self.rules:
            yield ("rules",), "a hold has rules"
        ids = [rule.id for rule in self.rules]
        for place, rule in enumerate(self.rules):
            if rule.id in ids[:place]:
                yield ("rules", place, "id"), f"two rules have the same id, '{rule.id}'"
            if self.count.kind != "reps" and rule.during != "always":
                yield ("rules", place, "during"), "'during' is for repetitions"

    @property
    def family(self) -> str:
        """Id of the exercise whose position this one has."""
        return self.same_position_as or self.id

    @property
    def needs_outline(self) -> bool:
        """Whether judging it needs the outline of the back."""
        return not FROM_NEUTRAL.isdisjoint(self.measures)

    @property
    def measures(self) -> tuple[str, ...]:
        """Every measure that judging it needs, each once; the view and stillness always."""
        bands = [*self.position, *self.rules, *([self.auto.band] if self.auto else [])]
        names = ["yaw_deg", "hip_travel_trunk", *(band.measure for band in bands)]
        if isinstance(self.count, Reps):
            names.append(self.count.signal)
        if isinstance(self.count, Assessment):
            names += self.count.measures.values()
        names += [FROM_START[name] for name in names if name in FROM_START]
        return tuple(dict.fromkeys(names))

    @property
    def hold_target_s(self) -> float | None:
        """Seconds to keep the position for; None where that is not the aim."""
        return self.count.target_s if isinstance(self.count, Hold | Assessment) else None

    @property
    def is_seen(self) -> bool:
        """False for what is asked: no camera sees it."""
        return self.count.kind != "question"

    def rule(self, rule_id: str) -> Rule:
        """The rule of that id.

        Raises:
            KeyError: it has none.
        """
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)
