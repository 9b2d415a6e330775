"""What the person is told of a rule that cannot be judged: what is not seen, or what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from formcheck.judging.rules import Verdict
from formcheck.measure.pelvis import BackUnseen
from formcheck.measure.registry import PELVIC_TILT
from formcheck.measure.view import UNSEEN_TEXT, Unseen
from formcheck.pose.landmarks import Side, other_side

SHOW_BACK: Final[Mapping[str, str]] = {
    BackUnseen.NOT_SIDE_ON: "Turn side-on so I can see your back",
    BackUnseen.ARM: "Keep your arms off your back",
    BackUnseen.LEAN: "Come upright to check your tuck",
    BackUnseen.STANCE: "Set your legs as you did in neutral",
    BackUnseen.NOT_CLEAN: "I can't make out your back",
    BackUnseen.NO_BODY: "Step back so I can see hip and shoulder",
}
"""What to do about each condition under which the tuck cannot be told."""
_JOINT: Final = re.compile(r"the (?:(rear|front|near) )?([a-z ]+?) (?:is|cannot be) ")
"""How a reason names a joint, as in ``the rear knee is outside the picture``."""
_VIEW: Final = "it can only be judged from the "
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
    why = verdict.why_unknown or ""
    if verdict.rule.measure == PELVIC_TILT:
        return SHOW_BACK.get(why)
    if verdict.rule.never is not None:
        return None
    return tell_reason(why, side) or _shorten(f"{name_rule(verdict)} cannot be told now")


def tell_reason(why: str, side: Side) -> str | None:
    """Why something was not measured, as it is said to the person.

    Args:
        why: as in ``Measurements.why``.
        side: the leg that is taken as the stretched one: the rear one.

    Returns:
        As in ``Your left ankle cannot be seen``, at most 40 characters; None of another reason.
    """
    if why == UNSEEN_TEXT[Unseen.NO_PERSON]:
        return "I can't see you"
    if why.startswith(_VIEW):
        view = why.removeprefix(_VIEW)
        return _TURNS.get(view, f"Turn: {view} view is needed")
    joint = _JOINT.match(why)
    if joint is None:
        return None
    which, name = joint.groups()
    own = {"rear": f"{side} ", "front": f"{other_side(side)} ", "near": "near "}.get(which, "")
    return f"Your {own}{name} cannot be seen"


def tell_unclear(verdict: Verdict) -> str:
    """That a value lies between well and failing: it is no correction."""
    return _shorten(f"{name_rule(verdict)} not clear: a little more")


def name_rule(verdict: Verdict) -> str:
    """A rule's name in words, as in ``Front knee``."""
    return verdict.rule.id.replace("_", " ").capitalize()


def _shorten(text: str) -> str:
    """A text that can be read from afar."""
    return text if len(text) <= _MOST else f"{text[: _MOST - 1]}…"
