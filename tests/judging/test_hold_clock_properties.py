"""Whatever the person does, the numbers of a set fit together."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.judging.session import Session
from formcheck.result.score import score_set
from tests.support.builders import OUT, Tick, play

DOINGS: dict[str, Mapping[str, float]] = {
    "well": {},
    "bent": {"front_knee_deg": 60.0},
    "leaning": {"trunk_lean_deg": 30.0},
    "arched": {"pelvic_tilt_change_deg": 10.0},
    "unseen knee": {"front_knee_deg": math.nan},
    "unseen tuck": {"pelvic_tilt_change_deg": math.nan},
    "moving": {"hip_travel_trunk": 0.4},
    "out": OUT,
    "gone": {},
    "not looked at": {},
}
NOT_MET = {"bent", "leaning", "arched", "unseen knee", "gone"}
"""In which nothing is held; absences that are seen, and gaps, have clauses of their own."""
tenths_of_s = st.one_of(st.integers(1, 12), st.integers(1, 120))
"""Often about as short as what is credited back, or drops a fault."""
bouts = st.tuples(st.sampled_from(sorted(DOINGS)), tenths_of_s, st.integers(0, 60))
"""A doing, how long it lasts, and how long all is well after it, in tenths of a second."""
parts = st.lists(bouts, min_size=1, max_size=10).map(
    lambda found: [
        part
        for doing, tenths, well in found
        for part in ((doing, tenths), ("well", well))
        if part[1]
    ]
)


def doing_at(parts: list[tuple[str, int]]) -> tuple[Callable[[float], str], float]:
    """Time to what is done then, and when that is over."""
    ends, until_s = [], 0.0
    for doing, tenths in parts:
        until_s += tenths / 10
        ends.append((until_s, doing))
    return lambda t: next((doing for end_s, doing in ends if t < end_s), "out"), until_s


def play_parts(
    parts: list[tuple[str, int]], rate_hz: int, after: Callable[[Session], None] = lambda s: None
) -> tuple[Session, list[Tick]]:
    doing, until_s = doing_at(parts)
    return play(
        lambda t: DOINGS[doing(t)],
        until_s=until_s + 1,
        rate_hz=rate_hz,
        found=lambda t: doing(t) != "gone",
        looks=lambda t: doing(t) != "not looked at",
        after=after,
    )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(parts=parts, rate_hz=st.sampled_from([10, 15, 30]))
def test_running_sums_are_the_sums_from_scratch(parts: list[tuple[str, int]], rate_hz: int) -> None:
    n_frames = 0

    def check(session: Session) -> None:
        nonlocal n_frames
        done = session.current_set
        if done is None:
            return
        n_frames += 1
        confirmed = [part for stay in done.counted for part in stay.confirmed]
        assert done.good_hold_s == pytest.approx(sum(hold.length_s for hold in done.holds))
        assert done.confirmed_hold_s == pytest.approx(sum(part.length_s for part in confirmed))

    session, _ = play_parts(parts, rate_hz, check)
    assert n_frames or not session.sets
    if session.sets:
        check(session)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(parts=parts, rate_hz=st.sampled_from([10, 15, 30]))
def test_the_numbers_fit_together(parts: list[tuple[str, int]], rate_hz: int) -> None:
    doing, until_s = doing_at(parts)
    session, _ = play_parts(parts, rate_hz)
    last_s = -1.0
    for done in (score_set(one) for one in session.sets):
        assert last_s < done.start_s <= done.end_s <= until_s + 1
        last_s = done.end_s
        inside = done.position_s + 1e-3
        assert 0 <= done.confirmed_hold_s <= done.good_hold_s + 2e-3
        assert done.longest_hold_s <= done.good_hold_s + 2e-3 <= inside + 2e-3
        edges = [edge for hold in done.holds for edge in (hold.start_s, hold.end_s)]
        assert edges == sorted(edges)
        assert all(done.start_s <= edge <= done.end_s for edge in edges)
        for rule in done.rules.values():
            assert rule.pass_s + rule.fail_s + rule.unknown_s <= inside + 3e-3
            assert (rule.outcome == "fail") == (rule.fail_s > 0)
        for fault in done.faults:
            assert done.start_s <= fault.start_s < fault.end_s <= done.end_s
            required = next(r for r in session.exercise.rules if r.id == fault.rule).required
            if required:
                assert not any(
                    hold.start_s < fault.end_s - 1e-3 and fault.start_s < hold.end_s - 1e-3
                    for hold in done.holds
                ), "no second of a required rule's fault is held"
        for hold in done.holds:
            unmet_s = run_s = 0.0
            for k in range(round(hold.start_s * rate_hz), round(hold.end_s * rate_hz)):
                run_s = run_s + 1 / rate_hz if doing(k / rate_hz) in NOT_MET else 0.0
                unmet_s = max(unmet_s, run_s)
            assert unmet_s <= 0.5 + 1.5 / rate_hz, "no more than what is credited back is unmet"
        for unseen in done.unseen:
            assert unseen.rule == "front_knee"
            assert unseen.end_s - unseen.start_s >= 0.5 - 1e-3
        assert done.verdict in ("pass", "fix", "cannot_judge")
        assert (done.verdict == "fix") <= bool(done.faults)
        assert (done.score is None) == (done.verdict == "cannot_judge")
        assert (done.why_not_judged is None) == (done.verdict != "cannot_judge")
        if done.verdict == "pass":
            assert done.good_hold_s >= 3 - 2e-3
