"""What the person is told of a rule that cannot be judged: what is not seen, or what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from formcheck.judging.rules import Verdict
from formcheck.measure.reason import OF_JOINTS, Reason, ReasonCode, name_joint
from formcheck.measure.registry import PELVIC_TILT
from formcheck.pose.landmarks import Side, other_side

SHOW_BACK: Final[Mapping[ReasonCode, str]] = {
    ReasonCode.NOT_SIDE_ON: "Turn side-on so I can see your back",
    ReasonCode.ARM: "Keep your arms off your back",
    ReasonCode.LEAN: "Come upright to check your tuck",
    ReasonCode.STANCE: "Set your legs as you did in neutral",
    ReasonCode.NOT_CLEAN: "I can't make out your back",
    ReasonCode.NO_BODY: "Step back so I can see hip and shoulder",
}
"""What to do about each condition under which the tuck cannot be told."""
_TURNS: Final = {"side": "Turn side-on to the camera", "front": "Turn to face the camera"}
_MOST: Final = 40
"""Letters that can be read from three metres."""


def tell_unseen(verdict: Verdict, side: Side) -> str | None:
    """What is in the way of judging a rule.

    Args:
        verdict: UNKNOWN, without a value.
        side: the leg that is taken as the stretched one.

    Returns:
        At most 40 characters; None where there is nothing to do about it.
    """
    why = verdict.why_unknown
    if verdict.rule.measure == PELVIC_TILT:
        return None if why is None else SHOW_BACK.get(why.code)
    if verdict.rule.never is not None:
        return None
    told = None if why is None else tell_reason(why, side)
    return told or _shorten(f"{name_rule(verdict)} cannot be told now")


def tell_reason(why: Reason, side: Side) -> str | None:
    """Why something was not measured, as it is said to the person.

    Args:
        why: as in ``Measurements.why``.
        side: the leg that is taken as the stretched one: the rear one.

    Returns:
        As in ``Your left ankle cannot be seen``, at most 40 characters; None of another reason.
    """
    if why.code is ReasonCode.NO_PERSON:
        return "I can't see you"
    if why.code is ReasonCode.VIEW:
        views = " or ".join(why.subject)
        return _TURNS.get(views, f"Turn: {views} view is needed")
    if why.code not in OF_JOINTS:
        return None
    [joint] = why.subject
    which, _, name = joint.partition("_")
    own = {"rear": side, "front": other_side(side)}.get(which)
    return f"Your {name_joint(f'{own}_{name}' if own else joint)} cannot be seen"


def tell_unclear(verdict: Verdict) -> str:
    """That a value lies between well and failing: it is no correction."""
    return _shorten(f"{name_rule(verdict)} not clear: a little more")


def name_rule(verdict: Verdict) -> str:
    """A rule's name in words, as in ``Front knee``."""
    return verdict.rule.id.replace("_", " ").capitalize()


def _shorten(text: str) -> str:
    """A text that can be read from afar."""
    return text if len(text) <= _MOST else f"{text[: _MOST - 1]}…"
