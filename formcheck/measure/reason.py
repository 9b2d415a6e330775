"""Why something is unknown: a code and what it is about. Here alone the two become words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from formcheck.language import phrase, translate


class ReasonCode(StrEnum):
    """The ways in which something cannot be known."""

    NO_PERSON = "no_person"
    """Nobody is seen."""
    OUT_OF_FRAME = "out_of_frame"
    """Of a joint, as the next two."""
    NOT_VISIBLE = "not_visible"
    """It cannot be made out."""
    HIDDEN = "hidden"
    """It is behind the near leg."""
    NOT_MEASURABLE = "not_measurable"
    """All joints are seen, and the measure still has no value."""
    NOT_SEEN = "not_seen"
    """Of a rule over a set: it was never seen."""
    NOT_YET = "not_yet"
    """Of a change since the position was entered, as the next one."""
    NOT_AT_START = "not_at_start"
    """What it is compared with was not seen."""
    VIEW = "view"
    """Of the views that it can be judged from."""
    NEVER = "never"
    """Of the exercise's own words for why a camera can never judge it."""
    NOT_CLEAR = "not_clear"
    """The value lies between passing and failing."""
    TOO_SHORT = "too_short"
    """Of a rule over a set: it was seen for too short a time."""

    # Of the back, and with it the pelvic tilt.
    NOT_TRACED = "not_traced"
    """It was not asked for, as in poses that were saved without it."""
    NO_BODY = "no_body"
    """The hip or the shoulder is not seen."""
    NOT_SIDE_ON = "not_side_on"
    """The view is too far from side-on."""
    ARM = "arm"
    """An arm is over it."""
    NOT_CLEAN = "not_clean"
    """The outline is not clean."""
    LEAN = "lean"
    """The trunk leans more or less than in neutral."""
    STANCE = "stance"
    """The legs are not where they were in neutral."""
    NO_NEUTRAL = "no_neutral"
    """There is no neutral to compare with."""


OF_JOINTS: Final = (ReasonCode.OUT_OF_FRAME, ReasonCode.NOT_VISIBLE, ReasonCode.HIDDEN)
"""What is the matter with one joint."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is unknown, as data; ``str`` words it in English, `tell` for the person."""

    code: ReasonCode
    """Which it is."""
    subject: tuple[str, ...] = ()
    """What it is about, where the code needs it: a joint as measures name it, e.g. ``rear_knee``;
    views; or words of an exercise's file."""

    def __str__(self) -> str:
        return _WORDS[self.code].format(subject=" or ".join(self._name_subject()))

    def tell(self) -> str:
        """The words in the language in use."""
        subject = translate(" or ").join(map(translate, self._name_subject()))
        return translate(_WORDS[self.code], subject=subject)

    def _name_subject(self) -> tuple[str, ...]:
        if self.code not in OF_JOINTS:
            return self.subject
        return tuple(f"the {name_joint(joint)}" for joint in self.subject)


def name_joint(joint: str) -> str:
    """A joint in words, e.g. ``rear toes`` for ``rear_foot_index``."""
    return joint.replace("foot_index", "toes").replace("_", " ")


_WORDS: Final[Mapping[ReasonCode, str]] = {
    ReasonCode.NO_PERSON: phrase("nobody is seen"),
    ReasonCode.OUT_OF_FRAME: phrase("{subject} is outside the picture"),
    ReasonCode.NOT_VISIBLE: phrase("{subject} cannot be made out"),
    ReasonCode.HIDDEN: phrase("{subject} is hidden behind the near leg"),
    ReasonCode.NOT_MEASURABLE: phrase("it cannot be measured here"),
    ReasonCode.NOT_SEEN: phrase("it was not seen"),
    ReasonCode.NOT_YET: phrase("it is known only once the position has been held"),
    ReasonCode.NOT_AT_START: phrase("it was not seen when the position was entered"),
    ReasonCode.VIEW: phrase("it can only be judged from the {subject}"),
    ReasonCode.NEVER: phrase("{subject}"),
    ReasonCode.NOT_CLEAR: phrase("not clear yet: a little more"),
    ReasonCode.TOO_SHORT: phrase("it was judged for too short a time"),
    ReasonCode.NOT_TRACED: phrase("the line of the back was not traced"),
    ReasonCode.NO_BODY: phrase("the hip or the shoulder is not seen"),
    ReasonCode.NOT_SIDE_ON: phrase("the back can only be judged side-on"),
    ReasonCode.ARM: phrase("an arm is over the back"),
    ReasonCode.NOT_CLEAN: phrase("the outline of the back is not clean"),
    ReasonCode.LEAN: phrase("the trunk leans more or less than in neutral"),
    ReasonCode.STANCE: phrase("the legs are not where they were in neutral"),
    ReasonCode.NO_NEUTRAL: phrase("the neutral position is not known"),
}
