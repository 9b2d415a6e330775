"""What one stay comes to: its rules by outcome, its confirmed stretches, and what outlives it."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from formcheck.exercises.load import list_exercises
from formcheck.judging.stay import RuleTime, Stay
from formcheck.measure.reason import Reason, ReasonCode
from tests.support.builders import UNSEEN_JOINT, Script, between, measured, play
from tests.support.kicks import RATE_HZ, kicks, make_exercise

KNEELING = list_exercises()["half-kneeling"]
FRAME_S = 0.05


def stay_of(script: Script, until_s: float = 10.0) -> Stay:
    session, _ = play(script, until_s=until_s)
    [stay] = session.sets[0].stays
    return stay


def time_of(stay: Stay, rule_id: str) -> RuleTime:
    return next(one for one in stay.count_rules() if one.rule.id == rule_id)


def test_each_rule_has_its_seconds_by_outcome() -> None:
    stay = stay_of(
        lambda t: {"front_knee_deg": 60.0 if 4 <= t < 6 else math.nan if 7 <= t < 8 else 90.0}
    )
    knee = time_of(stay, "front_knee")
    assert (knee.pass_s, knee.fail_s, knee.unknown_s) == pytest.approx((7.0, 2.0, 1.0))
    assert knee.asked_s == pytest.approx(10.0)
    assert knee.why_unknown == {UNSEEN_JOINT: pytest.approx(1.0)}
    [unseen] = knee.unseen
    assert (unseen.interval.start_s, unseen.interval.end_s, unseen.why) == (7.0, 8.0, UNSEEN_JOINT)
    assert set(knee.values) == {60.0, 90.0}
    assert [one.rule.id for one in stay.count_rules()] == [rule.id for rule in KNEELING.rules]


def test_a_slip_that_was_credited_back_passed() -> None:
    knee = time_of(stay_of(between(5, 5.4, {"front_knee_deg": 60.0})), "front_knee")
    assert (knee.pass_s, knee.fail_s) == pytest.approx((10.0, 0.0))


def test_confirmed_is_held_with_every_required_rule_seen() -> None:
    stay = stay_of(between(4, 6, {"pelvic_tilt_change_deg": math.nan}))
    assert [(part.start_s, part.end_s) for part in stay.confirmed] == [(0.0, 4.0), (6.0, 10.0)]
    assert stay.add_up() == pytest.approx((10.0, 8.0))


def test_how_a_required_rule_failed_is_kept_fault_or_not() -> None:
    stay = stay_of(lambda t: {"front_knee_deg": 55.0 if t < 0.3 else 60.0 if t < 0.4 else 90.0})
    assert not stay.faults
    failing = stay.failing["front_knee"]
    assert failing.length_s == pytest.approx(0.4)
    assert (failing.end_s, failing.worst) == (0.4, 55.0)
    assert set(stay.failing) == {"front_knee"}


@pytest.mark.parametrize(
    "script",
    [between(4, 6, {"front_knee_deg": 60.0}), between(4, 6, {"front_knee_deg": math.nan})],
    ids=["a fault", "unseen"],
)
def test_what_was_counted_outlives_the_frames(script: Callable[[float], dict[str, float]]) -> None:
    stay = stay_of(script)
    before, sums, faults = stay.count_rules(), stay.add_up(), stay.faults
    assert stay.frames
    assert not stay.is_released
    stay.release()
    assert stay.is_released
    assert not stay.frames
    assert not stay.legs
    assert (stay.count_rules(), stay.add_up(), stay.faults) == (before, sums, faults)


def test_a_rule_on_repetitions_counts_them() -> None:
    exercise = make_exercise("each")
    stay = Stay(exercise, "left", 0.0, ("left",))
    for k in range(round(9 * RATE_HZ)):
        t = round(k / RATE_HZ, 6)
        high, low = kicks(2)(t), kicks(5, height=28.0)(t)
        signal = {name: high[name] + low[name] for name in high}
        stay.update({"left": measured(t, signal), "right": measured(t, {})})
    stay.finish(was_well=True)
    height = time_of(stay, "height")
    assert (height.n_passed, height.n_failed) == (1, 1)
    assert height.pass_s + height.fail_s == pytest.approx(height.asked_s)
    assert [rep.good for rep in stay.reps] == [True, False]
    assert stay.holds == [stay.reps[0].rise.top]
    assert stay.add_up()[0] == pytest.approx(stay.reps[0].rise.top_s)


def test_two_stays_add_up() -> None:
    rule, hidden = KNEELING.rule("front_knee"), Reason(ReasonCode.HIDDEN, ("front_knee",))
    one, other = RuleTime(rule, pass_s=2.0, unknown_s=1.0), RuleTime(rule, fail_s=3.0, asked_s=4.0)
    one.add_unknown(hidden, 1.0)
    other.add_unknown(hidden, 0.5)
    other.add_unknown(None, 0.25)
    one.add(other)
    assert (one.pass_s, one.fail_s, one.unknown_s, one.asked_s) == (2.0, 3.0, 1.0, 4.0)
    assert one.why_unknown == {hidden: 1.5, Reason(ReasonCode.NOT_SEEN): 0.25}
