"""The neutral: found while steady, not while moving, not too late; and the average over it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from formcheck.judging.neutral import (
    ASKED_WITHIN_S,
    CALIBRATE_S,
    FIND_WITHIN_S,
    PAST_NEUTRAL_DEG,
    STEADY_S,
    KnownNeutral,
    NeutralFinder,
    PelvisWatch,
)
from formcheck.measure.pelvis import PER_DEG, Back, average_backs
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.measure.registry import PELVIC_TILT, Measurements
from tests.support.backs import HANGING, bend

RATE_HZ = 10.0


def look(
    time_s: float,
    tilt_deg: float = 0.0,
    *,
    lean_deg: float = 0.0,
    why: ReasonCode | None = None,
    hip_travel: float = 0.01,
) -> Measurements:
    """A frame whose back is tilted so far from neutral."""
    profile = bend(10 + tilt_deg / PER_DEG[0], -5)
    back = Back(profile, HANGING, lean_deg, np.zeros(2), why)
    values = {"hip_travel_trunk": hip_travel, PELVIC_TILT: math.nan}
    return Measurements(time_s, values, {PELVIC_TILT: Reason(ReasonCode.NO_NEUTRAL)}, True, back)


def times(start_s: float, end_s: float) -> list[float]:
    return [round(start_s + k / RATE_HZ, 6) for k in range(round((end_s - start_s) * RATE_HZ) + 1)]


def find(frames: list[Measurements]) -> KnownNeutral | None:
    finder = NeutralFinder()
    return next((known for known in map(finder.push, frames) if known), None)


def follow(watch: PelvisWatch, frames: list[Measurements]) -> list[float]:
    return [watch.complete(frame).values[PELVIC_TILT] for frame in frames]


def test_a_steady_second_and_a_half_is_a_neutral() -> None:
    known = find([look(t) for t in times(2.0, 6.0)])
    assert known is not None
    assert (known.source, known.start_s, known.end_s) == ("assumed", 2.0, 2.0 + STEADY_S)


@pytest.mark.parametrize(
    "frames",
    [
        [look(t, 4 * t) for t in times(0, 4)],
        [look(t, 6 * math.sin(9 * t)) for t in times(0, 4)],
        [look(t, lean_deg=20) for t in times(0, 4)],
        [look(t, hip_travel=0.12) for t in times(0, 4)],
        [look(t, why=ReasonCode.ARM) for t in times(0, 4)],
        [look(t) for t in times(0, STEADY_S - 0.1)],
    ],
    ids=["slow tilting", "swaying", "leaning", "moving", "hidden", "too short"],
)
def test_anything_else_is_none(frames: list[Measurements]) -> None:
    assert find(frames) is None


@pytest.mark.parametrize(("scatter_deg", "is_found"), [(1.8, True), (2.3, False)])
def test_an_outline_that_scatters_is_no_movement(scatter_deg: float, *, is_found: bool) -> None:
    """A second of it: the two halves have one median."""
    frames = [look(t, scatter_deg * (-1) ** k) for k, t in enumerate(times(0, 4))]
    assert (find(frames) is not None) == is_found


def test_it_waits_until_the_person_keeps_still() -> None:
    known = find([look(t, 6 * math.sin(9 * t) if t < 2 else 0) for t in times(0, 6)])
    assert known is not None
    assert known.start_s is not None
    assert 1.5 <= known.start_s <= 2.2


def test_before_the_neutral_there_is_no_value_and_after_it_the_change() -> None:
    watch = PelvisWatch()
    watch.enter(0.0)
    values = follow(watch, [look(t) for t in times(0, 3)])
    assert np.isnan(values[: int(STEADY_S * RATE_HZ)]).all()
    assert values[-1] == pytest.approx(0.0, abs=0.1)
    tucked = follow(watch, [look(t, -9) for t in times(3.1, 6)])
    assert tucked[-1] == pytest.approx(-9, abs=0.5)


def test_a_steady_moment_that_comes_late_is_not_taken_for_neutral() -> None:
    """Whoever fidgets for long may have tucked by then: no neutral, no verdict."""
    watch = PelvisWatch()
    watch.enter(0.0)
    fidget_s = FIND_WITHIN_S - 0.5
    frames = [look(t, 6 * math.sin(9 * t)) for t in times(0, fidget_s)]
    frames += [look(t, -9) for t in times(fidget_s + 0.1, 20)]
    assert np.isnan(follow(watch, frames)).all()
    assert watch.known is None
    last = watch.complete(look(20.1, -9))
    assert last.why[PELVIC_TILT].code is ReasonCode.NO_NEUTRAL


def test_the_neutral_stays_for_a_later_stay() -> None:
    watch = PelvisWatch()
    watch.enter(0.0)
    follow(watch, [look(t) for t in times(0, 3)])
    watch.enter(30.0)
    assert follow(watch, [look(t, -8) for t in times(30, 31)])[-1] == pytest.approx(-8, abs=0.1)


def test_a_given_neutral_is_used_at_once() -> None:
    back = look(0.0).back
    assert back is not None
    watch = PelvisWatch(KnownNeutral(average_backs([back]), "given"))
    watch.enter(0.0)
    assert follow(watch, [look(t, -8) for t in times(0, 0.5)])[0] == pytest.approx(-8, abs=0.1)
    assert watch.known is not None
    assert watch.known.source == "given"


@pytest.fixture
def settled() -> PelvisWatch:
    """The neutral known, two seconds in."""
    watch = PelvisWatch()
    watch.enter(0.0)
    follow(watch, [look(t) for t in times(0, 2)])
    return watch


def test_one_wild_frame_changes_nothing(settled: PelvisWatch) -> None:
    frames = [look(t, 25 if t == 2.5 else 0) for t in times(2.1, 3.5)]
    assert np.abs(follow(settled, frames)).max() < 0.5


def test_noise_is_averaged(settled: PelvisWatch) -> None:
    seed = 7
    print("seed", seed)
    noise = np.random.default_rng(seed).normal(0, 1.2, 200)
    frames = [look(t, -6 + d) for t, d in zip(times(2.1, 21.0), noise, strict=False)]
    assert np.std(follow(settled, frames)[15:]) < 0.6


def test_a_tuck_is_followed_within_half_a_second(settled: PelvisWatch) -> None:
    values = follow(settled, [look(t, -9) for t in times(2.1, 3.0)])
    assert min(k for k, v in enumerate(values) if v < -8) / RATE_HZ <= 0.5


def test_an_arm_hides_the_back_also_between_the_frames_that_are_traced(
    settled: PelvisWatch,
) -> None:
    """Live, one frame in three is."""
    for k, t in enumerate(times(2.1, 5.0)):
        why = ReasonCode.NOT_TRACED if k % 3 else ReasonCode.ARM
        told = settled.complete(look(t, why=why)).why.get(PELVIC_TILT)
    assert told == Reason(ReasonCode.ARM), "also where nothing was traced: that is no reason"
    assert settled.hidden is ReasonCode.ARM
    assert settled.hidden_since_s is not None
    assert settled.hidden_since_s < 3.2
    settled.complete(look(5.1))
    follow(settled, [look(t) for t in times(5.2, 6.2)])
    assert settled.hidden is None


def test_a_hidden_back_keeps_its_value_for_a_moment_only(settled: PelvisWatch) -> None:
    hidden = [look(t, why=ReasonCode.ARM) for t in times(2.1, 4.0)]
    values = follow(settled, hidden)
    assert np.isfinite(values[:4]).all()
    assert np.isnan(values[7:]).all()
    assert settled.complete(look(4.1, why=ReasonCode.ARM)).why[PELVIC_TILT].code is ReasonCode.ARM


def test_frames_without_an_outline_in_between_change_nothing(settled: PelvisWatch) -> None:
    """Live, the outline is not traced in every frame."""
    frames = [
        look(t, -9, why=None if k % 3 == 0 else ReasonCode.NOT_TRACED)
        for k, t in enumerate(times(2.1, 5.0))
    ]
    values = follow(settled, frames)
    assert np.isfinite(values).all()
    assert values[-1] == pytest.approx(-9, abs=0.5)


def test_a_neutral_that_was_asked_for_takes_two_seconds() -> None:
    finder = NeutralFinder(asked=True)
    frames = [look(t) for t in times(2.0, 6.0)]
    known = next(known for known in map(finder.push, frames) if known)
    assert (known.source, known.start_s, known.end_s) == ("calibrated", 2.0, 2.0 + CALIBRATE_S)
    assert CALIBRATE_S == 2.0


def test_looking_goes_on_between_frames_with_an_outline() -> None:
    watch = PelvisWatch(asked=True)
    watch.enter(0.0)
    watch.look(0.0)
    searching = []
    for k, t in enumerate(times(0.0, 1.5)):
        watch.complete(look(t, why=None if k % 3 == 0 else ReasonCode.NOT_TRACED))
        searching.append(watch.is_searching)
    assert all(searching)


def test_nothing_is_taken_for_a_neutral_before_it_was_asked_for() -> None:
    watch = PelvisWatch(asked=True)
    watch.enter(0.0)
    follow(watch, [look(t) for t in times(0.0, 8.0)])
    assert (watch.known, watch.is_searching) == (None, False)
    watch.look(8.0)
    assert watch.is_searching
    follow(watch, [look(t) for t in times(8.0, 11.0)])
    assert watch.known is not None
    assert watch.known.start_s == 8.0


def test_a_neutral_that_was_asked_for_is_looked_for_so_long() -> None:
    watch = PelvisWatch(asked=True)
    watch.enter(0.0)
    watch.look(1.0)
    restless = times(1.0, 1.0 + ASKED_WITHIN_S + 0.5)
    follow(watch, [look(t, -8 * (k % 2)) for k, t in enumerate(restless)])
    assert (watch.known, watch.is_searching) == (None, False)


def test_a_forgotten_neutral_is_found_again() -> None:
    watch = PelvisWatch(asked=True)
    watch.enter(0.0)
    watch.look(0.0)
    follow(watch, [look(t) for t in times(0.0, 3.0)])
    first = watch.known
    assert first is not None
    watch.forget(3.0)
    assert watch.known is None
    watch.look(3.1)
    values = follow(watch, [look(t, -6) for t in times(3.1, 6.5)])
    assert watch.known is not None
    assert watch.known is not first
    assert values[-1] == pytest.approx(0, abs=0.5)


def test_a_neutral_that_was_a_tuck_is_taken_anew_when_the_person_relaxes_past_it() -> None:
    watch = PelvisWatch()
    watch.enter(0.0)
    follow(watch, [look(t, -9) for t in times(0, 3)])
    relaxed = follow(watch, [look(t) for t in times(3.1, 6)])
    assert not any(value > PAST_NEUTRAL_DEG for value in relaxed), "no arch is invented"
    assert watch.known is not None
    assert watch.known.is_anew
    assert watch.known.start_s == pytest.approx(3.2, abs=0.5)
    assert relaxed[-1] == pytest.approx(0, abs=0.5)
    assert follow(watch, [look(t, -9) for t in times(6.1, 8)])[-1] == pytest.approx(-9, abs=0.5)


@pytest.mark.parametrize("tilts", [(0, -9, 9), (0, 4, 4), (0, -4, 9)])
def test_who_has_tucked_or_moves_little_keeps_their_neutral(tilts: tuple[int, ...]) -> None:
    """An arched back after a tuck is an arched back."""
    watch = PelvisWatch()
    watch.enter(0.0)
    values = follow(watch, [look(t, tilts[min(int(t / 3), 2)]) for t in times(0, 9)])
    assert watch.known is not None
    assert not watch.known.is_anew
    assert values[-1] == pytest.approx(tilts[-1], abs=0.5)


def test_a_neutral_that_was_asked_for_in_a_tuck_is_to_be_asked_for_again_once() -> None:
    watch = PelvisWatch(asked=True)
    watch.enter(0.0)
    watch.look(0.0)
    follow(watch, [look(t, -9) for t in times(0, 3)])
    assert not watch.is_doubted
    relaxed = follow(watch, [look(t) for t in times(3.1, 6)])
    assert watch.is_doubted
    assert not any(value > PAST_NEUTRAL_DEG for value in relaxed), "no arch is invented"
    watch.forget(6.0)
    assert not watch.is_doubted
    watch.look(6.0)
    follow(watch, [look(t) for t in times(6.0, 9)])
    arched = follow(watch, [look(t, 9) for t in times(9.1, 12)])
    assert not watch.is_doubted
    assert arched[-1] == pytest.approx(9, abs=0.5), "who does it again has arched"


def test_a_given_neutral_is_never_doubted() -> None:
    back = look(0.0, -9).back
    assert back is not None
    watch = PelvisWatch(KnownNeutral(average_backs([back]), "given"))
    watch.enter(0.0)
    assert follow(watch, [look(t) for t in times(0, 4)])[-1] == pytest.approx(9, abs=0.5)
