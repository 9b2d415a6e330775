"""Reasons: data that become words in one place."""

from __future__ import annotations

import pickle

import pytest

from formcheck.coach.cues import SHOW_BACK, tell_reason
from formcheck.judging.rules import Outcome
from formcheck.measure.reason import OF_JOINTS, Reason, ReasonCode
from formcheck.measure.registry import MEASURES
from formcheck.measure.view import Unseen
from formcheck.report.words import tell_why
from formcheck.result.models import RuleResult
from tests.support.builders import BACK_CODES

JOINTS = sorted({joint for measure in MEASURES.values() for joint in measure.joints})


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason(ReasonCode.NO_PERSON), "nobody is seen"),
        (Reason(ReasonCode.OUT_OF_FRAME, ("front_ankle",)),
         "the front ankle is outside the picture"),
        (Reason(ReasonCode.NOT_VISIBLE, ("near_elbow",)), "the near elbow cannot be made out"),
        (Reason(ReasonCode.HIDDEN, ("rear_foot_index",)),
         "the rear toes is hidden behind the near leg"),
        (Reason(ReasonCode.VIEW, ("side",)), "it can only be judged from the side"),
        (Reason(ReasonCode.VIEW, ("oblique", "front")),
         "it can only be judged from the oblique or front"),
        (Reason(ReasonCode.NEVER, ("no {camera} tells",)), "no {camera} tells"),
        (Reason(ReasonCode.NOT_CLEAR), "not clear yet: a little more"),
        (Reason(ReasonCode.ARM), "an arm is over the back"),
        (Reason(ReasonCode.NO_NEUTRAL), "the neutral position is not known"),
    ],
)  # fmt: skip
def test_a_reason_in_words(reason: Reason, words: str) -> None:
    assert str(reason) == words


@pytest.mark.parametrize("code", list(ReasonCode))
def test_every_code_has_words_of_its_own_and_goes_through_pickle(code: ReasonCode) -> None:
    reason = Reason(code, ("rear_knee",))
    others = {str(Reason(other, reason.subject)) for other in ReasonCode if other is not code}
    assert str(reason).strip()
    assert str(reason) not in others
    assert pickle.loads(pickle.dumps(reason)) == reason
    assert tell_why(reason)


def test_every_way_of_not_seeing_a_joint_has_a_code() -> None:
    ways = {ReasonCode[one.name] for one in Unseen if one is not Unseen.SEEN}
    assert ways == {ReasonCode.NO_PERSON, *OF_JOINTS}


@pytest.mark.parametrize("joint", JOINTS)
@pytest.mark.parametrize("code", OF_JOINTS)
def test_every_joint_is_named_to_the_person(joint: str, code: ReasonCode) -> None:
    told = tell_reason(Reason(code, (joint,)), "left")
    assert told is not None
    assert len(told) <= 40
    assert "_" not in told
    which, _, name = joint.partition("_")
    own = {"rear": "left", "front": "right", "near": "near", "left": "left", "right": "right"}
    words = f"{own[which]} {name.replace('foot_index', 'toes')}" if name else joint
    assert told == f"Your {words} cannot be seen"


def test_what_can_be_done_is_of_the_back_alone() -> None:
    nothing = {ReasonCode.NOT_TRACED, ReasonCode.NO_NEUTRAL}
    assert set(SHOW_BACK) == set(BACK_CODES) - nothing


def test_a_result_that_was_read_back_has_the_words_alone_and_is_the_same() -> None:
    reason = Reason(ReasonCode.NOT_CLEAR)
    seen = RuleResult(
        outcome=Outcome.UNKNOWN, pass_s=0, fail_s=0, unknown_s=1, median=None, min=None, max=None,
        unit="deg", why_unknown=str(reason), reason=reason,
    )  # fmt: skip
    again = RuleResult.model_validate_json(seen.model_dump_json())
    assert again == seen
    assert (again.why_unknown, again.reason) == (str(reason), None)
    assert "reason" not in RuleResult.model_json_schema()["properties"]
    assert again != seen.model_copy(update={"unknown_s": 2.0})
