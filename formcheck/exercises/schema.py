"""What an exercise is: frozen models, which name every mistake of a file at once.

Nothing here computes: a rule is one measure, two bounds, and what to say. Which measures there are
is in ``formcheck.measure.registry``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import AfterValidator, Field, ValidationError, WrapValidator
from pydantic_core import InitErrorDetails

from formcheck.exercises import contradiction
from formcheck.exercises.contradiction import KINDS
from formcheck.exercises.mistake import ID_PATTERN, FileModel, make_error, validate_all
from formcheck.measure.registry import FROM_NEUTRAL, FROM_START, name_measures
from formcheck.measure.view import View
from formcheck.pose.landmarks import Side

MAX_CUE_CHARS: Final = 40
"""A cue must be read from three metres and heard in a breath."""
MAX_SHORT_CHARS: Final = 20
"""One line of letters that are read from three metres, beside the side and the set."""
MAX_SETS: Final = 100
MAX_REPS: Final = 1000
"""More in one set is a slip of the keyboard."""
_T = TypeVar("_T")


def _check_characters(text: str) -> str:
    bad = next((c for c in text if not c.isprintable() and c not in "\n\t"), None)
    if bad is not None:
        raise make_error("control", f"it has the control character U+{ord(bad):04X}")
    return text


def _check_measure(name: str) -> str:
    if name not in name_measures():
        names = sorted(name_measures())
        raise make_error("unknown", f"there is no measure '{name}'", {"names": names})
    return name


Text = Annotated[str, Field(min_length=1), AfterValidator(_check_characters)]
Cue = Annotated[
    str, Field(min_length=1, max_length=MAX_CUE_CHARS), AfterValidator(_check_characters)
]
Id = Annotated[str, Field(pattern=ID_PATTERN)]
MeasureName = Annotated[str, AfterValidator(_check_measure)]
NSets = Annotated[int, Field(ge=1, le=MAX_SETS)]
NReps = Annotated[int, Field(ge=1, le=MAX_REPS)]


class Band(FileModel):
    """A measure and the band its value has to lie in; bounds in the measure's unit."""

    measure: MeasureName
    low: float = -math.inf
    high: float = math.inf
    source: Text | None = None
    """Where the bounds come from."""

    find_contradictions = staticmethod(contradiction.find_in_band)

    @property
    def unit(self) -> str:
        """The measure's unit, the last word of its name."""
        return self.measure.rsplit("_", 1)[1]

    def contains(self, value: float, slack: float = 0.0) -> bool:
        """True if the value lies in the band widened by ``slack``; False for NaN."""
        return self.low - slack <= value <= self.high + slack


class PositionBand(Band):
    """One condition of a position, and what is said where it is not met."""

    too_low: Text | None = None
    """What was wrong when the value is below the band and, after a colon, what to do; None takes
    the measure's own words."""
    too_high: Text | None = None
    """The same when it is above the band."""
    leave_low: float | None = None
    """Below which the position is left once it was entered; None takes ``low``. For a fault of form
    that would lead out of the band."""
    leave_high: float | None = None
    """The same above it."""

    find_contradictions = staticmethod(contradiction.find_in_position)

    def keeps(self, value: float) -> bool:
        """True if the value does not end a position that was entered; False for NaN."""
        low = self.low if self.leave_low is None else self.leave_low
        high = self.high if self.leave_high is None else self.leave_high
        return low <= value <= high


class Rule(Band):
    """One demand of good form.

    It fails outside [low - slack, high + slack], is well inside [low, high], and keeps its state
    between, so that noise at an edge does not flicker.
    """

    id: Id
    slack: Annotated[float, Field(ge=0)] = contradiction.DEFAULT_SLACK
    """In the measure's unit."""
    for_s: Annotated[float, Field(gt=0)] = 0.5
    """How long it must fail before it is a fault."""
    unclear_s: Annotated[float | None, Field(gt=0)] = None
    """Where given, a value between the band and its slack is UNKNOWN, not clear yet, rather than
    keeping its state; after this long the cue is said, without a fault."""
    required: bool = False
    """True: the good-form clock runs only while the rule is seen to be met."""
    may_be_unknown: bool = False
    """Of a required rule: the clock runs while it is UNKNOWN. Those seconds are good but not
    confirmed, and the set can be judged without it."""
    during: Literal["always", "top", "rep"] = "always"
    """Of repetitions: judged at the top, where it turns, over each one, or all the time in
    position."""
    views: tuple[View, ...] | None = None
    """Views it can be judged in; None for the exercise's own."""
    never: Text | None = None
    """Why no camera can judge it: the rule is shown, and always UNKNOWN for this reason."""
    cue_low: Cue | None = None
    """What to say when the value is below the band."""
    cue_high: Cue | None = None
    """What to say when the value is above the band."""
    source: Text
    """Where the thresholds come from."""

    find_contradictions = staticmethod(contradiction.find_in_rule)

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


class Hold(FileModel):
    """What to aim for: a hold this long, this many times (a side)."""

    kind: Literal["hold"]
    target_s: Annotated[float, Field(gt=0)]
    sets: NSets = 1


class Reps(FileModel):
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

    find_contradictions = staticmethod(contradiction.find_in_reps)


class Reading(FileModel):
    """One verdict of an assessment and the values that mean it."""

    text: Text
    low: float = -math.inf
    high: float = math.inf

    find_contradictions = staticmethod(contradiction.find_in_reading)


class Assessment(FileModel):
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
    """What its accuracy depends on."""

    find_contradictions = staticmethod(contradiction.find_in_assessment)


class Answer(FileModel):
    """One answer to a question and what it hints at."""

    answer: Text
    meaning: Text


class Question(FileModel):
    """Something that is asked and not seen."""

    kind: Literal["question"]
    question: Text
    answers: Annotated[tuple[Answer, ...], Field(min_length=2)]
    caveat: Text
    sets: Literal[1] = 1


def _check_as_meant(raw: Any, handler: Callable[[Any], _T]) -> _T:
    """Check a count whose kind is missing or misspelt as the kind that was meant."""
    if not isinstance(raw, Mapping) or raw.get("kind") in KINDS:
        return handler(raw)
    wrong = make_error("missing", "Field required")
    if "kind" in raw:
        expected = f"{', '.join(map(repr, KINDS[:-1]))} or {KINDS[-1]!r}"
        wrong = make_error("literal_error", f"Input should be {expected}", {"expected": expected})
    errors = [InitErrorDetails(type=wrong, loc=("kind",), input=raw.get("kind"))]
    meant = contradiction.find_kind(raw)
    if meant is None:
        raise ValidationError.from_exception_data("file", errors)
    return validate_all({**raw, "kind": meant}, handler, errors)


Count = Annotated[
    Hold | Reps | Assessment | Question, Field(discriminator="kind"), WrapValidator(_check_as_meant)
]


class Figure(FileModel):
    """A drawing of the correct position, with the left leg as the stretched one."""

    near: Side | None = None
    """The person's side nearer the camera, drawn over the other; None seen from the front."""
    points: dict[str, tuple[float, float]]
    """Each of ``FIGURE_POINTS``: x to the right in the picture and y up, in trunk lengths, from the
    middle of the hips; a trunk that lies away from the camera is shorter."""
    bench: tuple[float, float, float] | None = None
    """What is lain on, from the floor up: its left and right end and its top, as the points are;
    None where that is the floor."""

    find_contradictions = staticmethod(contradiction.find_in_figure)

    @property
    def is_level(self) -> bool:
        """Whether the trunk is level rather than upright, as lying or on all fours."""
        shoulders = [self.points[f"{side}_shoulder"] for side in ("left", "right")]
        return abs(sum(x for x, _ in shoulders)) > abs(sum(y for _, y in shoulders))


class Auto(FileModel):
    """By what ``auto`` tells this exercise, beside its position.

    A set in the position shows it where all bands hold at once for a good part of its time.
    """

    bands: Annotated[tuple[Band, ...], Field(min_length=1)]
    rank: Annotated[int, Field(ge=1)] = 1
    """Of exercises in one position, lower ranks are asked first."""

    find_contradictions = staticmethod(contradiction.find_in_auto)


class Exercise(FileModel):
    """One exercise, as its TOML file describes it."""

    id: Id
    """The file's name: lower-case letters, digits and hyphens."""
    name: Text
    """For people."""
    short_name: Annotated[Text, Field(max_length=MAX_SHORT_CHARS)] | None = None
    """The name where only a few letters can be read; None for the whole name."""
    views: tuple[View, ...]
    """Views from which it can be judged; none for a question."""
    sides: Literal["each", "alternating", "none"] = "each"
    """Done on each side, from side to side, or with both at once: then a result has no side."""
    stretched: Text | None = None
    """Which leg is the stretched one, in words: the ``side`` of a result."""
    instructions: Annotated[tuple[Text, ...], Field(min_length=1)]
    """How to do it, step by step."""
    camera: Text
    """Where to put the camera."""
    near: Literal["stretched", "other"] | None = None
    """Which leg should be nearer the camera; None where either will do."""
    same_position_as: Id | None = None
    """Another exercise whose position this one shares; ``position`` is then filled from it."""
    position: tuple[PositionBand, ...] = ()
    """All must hold for the person to be in the exercise; for one side only, which tells it."""
    rules: tuple[Rule, ...] = ()
    """What good form is, the most important first."""
    count: Count
    """What is counted: a hold, repetitions, an assessment or a question."""
    auto: Auto | None = None
    """How it is told apart from others in one position; None where that needs nothing."""
    figure: Figure | None = None
    """The correct position, for the live view; None draws none."""
    way_in: Annotated[tuple[Figure, ...], Field(max_length=3)] = ()
    """Drawings of the way into it, the first one first; without its end, which is ``figure``."""
    sources: Annotated[tuple[Text, ...], Field(min_length=1)]
    """The documents on which it is based."""

    find_contradictions = staticmethod(contradiction.find_in_exercise)

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
        bands = [*self.position, *self.rules, *(self.auto.bands if self.auto else [])]
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
        """False for a question, which no camera can answer."""
        return self.count.kind != "question"

    @property
    def why_form_unseen(self) -> str | None:
        """Why no camera can judge what matters of its form; None where one can.

        That is so where rules are never judged and none of the others is required.
        """
        if any(rule.required and rule.never is None for rule in self.rules):
            return None
        return next((rule.never for rule in self.rules if rule.never), None)

    def rule(self, rule_id: str) -> Rule:
        """The rule of that id.

        Raises:
            KeyError: it has none.
        """
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)
