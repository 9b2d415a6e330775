"""From when on a stay is judged: well for a moment, or still, or long enough in position."""

from __future__ import annotations

import math

import pytest

from formcheck.exercises.load import list_exercises
from formcheck.judging.rules import Outcome, Verdict
from formcheck.judging.settling import SETTLE_WITHIN_S, STILL_S, Settling
from tests.support.builders import UNSEEN_JOINT, measured

RULES = list_exercises()["half-kneeling"].rules
FRAME_S = 0.1


def settle(
    outcome: Outcome, *, until_s: float = 8.0, travel: float = 0.02, waits_until_s: float = 0.0,
    anew_at_s: float = -1.0,
) -> Settling:  # fmt: skip
    """All rules alike, frame by frame."""
    settling = Settling(0.0)
    value = {Outcome.PASS: 0.0, Outcome.FAIL: 60.0, Outcome.UNKNOWN: math.nan}[outcome]
    why = UNSEEN_JOINT if outcome is Outcome.UNKNOWN else None
    verdicts = [Verdict(rule, outcome, value, why) for rule in RULES]
    for k in range(round(until_s / FRAME_S) + 1):
        t = round(k * FRAME_S, 6)
        frame = measured(t, {"hip_travel_trunk": travel})
        if t == anew_at_s:
            settling.begin_anew(t)
        settling.update(frame, verdicts, waits=t < waits_until_s)
    return settling


def test_who_is_well_has_settled_at_the_first_well_frame() -> None:
    assert settle(Outcome.PASS, until_s=0.2).since_s is None, "one frame proves nothing"
    done = settle(Outcome.PASS, until_s=0.3)
    assert (done.since_s, done.was_well) == (0.0, True)


def test_who_keeps_still_has_settled_well_or_not() -> None:
    done = settle(Outcome.FAIL)
    assert done.since_s == pytest.approx(STILL_S)
    assert not done.was_well


def test_who_moves_has_settled_after_a_while() -> None:
    assert settle(Outcome.FAIL, travel=0.3, until_s=4.9).since_s is None
    assert settle(Outcome.FAIL, travel=0.3).since_s == pytest.approx(SETTLE_WITHIN_S)


def test_what_is_unseen_is_not_well() -> None:
    done = settle(Outcome.UNKNOWN, travel=0.3)
    assert done.since_s == pytest.approx(SETTLE_WITHIN_S)
    assert not done.was_well


def test_keeping_still_for_the_neutral_is_not_settling() -> None:
    done = settle(Outcome.FAIL, waits_until_s=2.0)
    assert done.since_s == pytest.approx(2.0 + STILL_S - FRAME_S, abs=FRAME_S)


def test_who_was_asked_for_something_else_settles_anew_as_well_as_before() -> None:
    assert settle(Outcome.PASS, anew_at_s=5.0).since_s == pytest.approx(5.0)
    assert settle(Outcome.FAIL, anew_at_s=5.0).since_s == pytest.approx(7.0, abs=0.15)


def test_it_may_be_well_after_it_has_settled() -> None:
    settling = Settling(0.0)
    for k in range(60):
        t = round(k * FRAME_S, 6)
        outcome = Outcome.FAIL if t < 4 else Outcome.PASS
        verdicts = [Verdict(rule, outcome, 60.0, None) for rule in RULES]
        settling.update(measured(t, {}), verdicts, waits=False)
        assert settling.was_well == (t >= 4.3 - 1e-6)
    assert settling.since_s == pytest.approx(STILL_S)
