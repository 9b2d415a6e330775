"""The rule on the tuck: tucked, arched, or not clear; and what it does to the clock."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from formcheck.exercises.load import list_exercises
from formcheck.judging.rules import Outcome
from formcheck.judging.session import Session
from formcheck.measure.reason import ReasonCode
from formcheck.pose.track import PoseTrack
from tests.support.builders import Script, between, judge_track, pick_frames, play

EXERCISES = list_exercises()
PER_FRAME = ("xy_px", "xyz_m", "visibility", "outline", "n_people")
WITH_TUCK = ("half-kneeling", "half-kneeling-reach", "lunge-stretch", "standing-stretch")


def tilt(degrees: float) -> dict[str, float]:
    return {"pelvic_tilt_change_deg": degrees}


def outcomes(session: Session) -> list[Outcome]:
    frames = session.sets[0].stays[0].frames
    return [v.outcome for _, verdicts in frames for v in verdicts if v.rule.id == "pelvis_tuck"]


def played(script: Script, until_s: float = 12.0) -> Session:
    return play(script, until_s=until_s)[0]


@pytest.mark.parametrize("name", WITH_TUCK)
def test_every_exercise_of_the_stretch_asks_for_the_tuck(name: str) -> None:
    rule = EXERCISES[name].rule("pelvis_tuck")
    assert rule.required == (name != "lunge-stretch")
    assert EXERCISES[name].needs_outline


@pytest.mark.parametrize(
    ("degrees", "outcome"),
    [
        (-20, Outcome.PASS), (-5, Outcome.PASS), (-4.9, Outcome.UNKNOWN), (0, Outcome.UNKNOWN),
        (3.9, Outcome.UNKNOWN), (4.1, Outcome.FAIL), (20, Outcome.FAIL),
    ],
)  # fmt: skip
def test_the_bands(degrees: float, outcome: Outcome) -> None:
    assert set(outcomes(played(lambda t: tilt(degrees)))) == {outcome}


def test_between_the_bands_nothing_of_before_is_kept() -> None:
    """Other rules keep their state there; this one does not know."""
    after_tuck = outcomes(played(lambda t: tilt(-8 if t < 5 else -3)))
    after_arch = outcomes(played(lambda t: tilt(8 if t < 5 else 1)))
    assert after_tuck[-1] is after_arch[-1] is Outcome.UNKNOWN


def test_an_unclear_tuck_is_good_but_not_confirmed() -> None:
    session = played(lambda t: tilt(0 if t < 4 else -8), until_s=10.0)
    [one] = session.sets
    assert one.good_hold_s == pytest.approx(10, abs=0.11)
    assert one.confirmed_hold_s == pytest.approx(6, abs=0.11)
    assert one.faults == []


def test_an_arched_back_stops_the_clock_until_it_is_no_longer_arched() -> None:
    session = played(lambda t: tilt(-8 if t < 4 else 9 if t < 7 else 1), until_s=10.0)
    [fault] = session.sets[0].faults
    assert (fault.start_s, fault.worst) == (4.0, 9)
    assert fault.end_s == pytest.approx(7.0)
    assert session.sets[0].good_hold_s == pytest.approx(7, abs=0.11)


def test_a_tuck_that_cannot_be_seen_is_no_fault_and_no_pass() -> None:
    session = played(between(2, 20, tilt(math.nan)))
    assert set(outcomes(session)[60:]) == {Outcome.UNKNOWN}
    assert session.sets[0].faults == []
    assert session.sets[0].confirmed_hold_s == pytest.approx(2, abs=0.11)


def judged(track: PoseTrack, exercise: str = "half-kneeling") -> dict[str, float | str | None]:
    [one] = judge_track(track, EXERCISES, exercise=exercise).sets
    tuck = one.rules["pelvis_tuck"]
    return {
        "outcome": tuck.outcome.value, "pass_s": tuck.pass_s, "fail_s": tuck.fail_s,
        "why": None if tuck.reason is None else tuck.reason.code,
        "confirmed_s": one.confirmed_hold_s,
    }  # fmt: skip


def test_poses_without_outlines_are_never_confirmed(sample_tracks: dict[str, PoseTrack]) -> None:
    bare = replace(sample_tracks["half-kneeling_good25"], outline=None)
    found = judged(bare)
    assert (found["outcome"], found["pass_s"], found["confirmed_s"]) == ("unknown", 0, 0)
    assert found["why"] == ReasonCode.NOT_TRACED
    assert judge_track(bare, EXERCISES).baseline.source == "none"


def test_a_clip_that_shows_no_neutral_never_passes(sample_tracks: dict[str, PoseTrack]) -> None:
    """Cut to the tucked part: what is assumed to be neutral is the tuck itself."""
    whole = sample_tracks["half-kneeling_good25"]
    tucked = pick_frames(whole, (whole.time_s > 10) & (whole.time_s < 30))
    found = judged(tucked)
    assert (found["outcome"], found["pass_s"], found["fail_s"]) == ("unknown", 0, 0)
    assert found["why"] == ReasonCode.NOT_CLEAR


def test_a_person_who_never_keeps_still_has_no_neutral(
    sample_tracks: dict[str, PoseTrack],
) -> None:
    """The back is there, but another one in every frame."""
    whole = sample_tracks["half-kneeling_good25"]
    assert whole.outline is not None
    seed = 3
    print("seed", seed)
    slope = np.random.default_rng(seed).normal(0, 0.12, (len(whole), 1, 1))
    bent = np.where(np.arange(whole.outline.shape[2]) > 33, np.arange(66) - 33, 0) * 0.02
    track = replace(whole, outline=whole.outline + slope * bent)
    result = judge_track(track, EXERCISES, exercise="half-kneeling")
    assert result.baseline.source == "none"
    assert result.sets[0].rules["pelvis_tuck"].pass_s == 0
    assert result.sets[0].confirmed_hold_s == 0


def test_the_neutral_is_told(sample_tracks: dict[str, PoseTrack]) -> None:
    baseline = judge_track(sample_tracks["half-kneeling_tuck"], EXERCISES).baseline
    assert baseline.source == "assumed"
    assert baseline.start_s is not None
    assert baseline.end_s is not None
    assert 0 <= baseline.start_s < baseline.end_s <= 3


def test_who_kneels_tucked_relaxes_and_tucks_again_is_told_so(
    sample_tracks: dict[str, PoseTrack],
) -> None:
    """Seconds of a clip in another order: the tuck, then neutral, then the tuck."""
    track = sample_tracks["half-kneeling_good25"]
    spans = ((10, 14), (3.6, 6), (14, 20))
    order = [i for a, b in spans for i, t in enumerate(track.time_s) if a <= t < b]
    shuffled = replace(
        track,
        time_s=np.arange(len(order)) / 8,
        **{name: getattr(track, name)[order] for name in PER_FRAME},
    )
    result = judge_track(shuffled, EXERCISES, exercise="half-kneeling")
    assert [fault.rule for one in result.sets for fault in one.faults] == []
    assert result.baseline.start_s == pytest.approx(4.7, abs=0.5)
    assert sum(one.confirmed_hold_s for one in result.sets) > 4
    assert "neutral_taken_anew" in [warning.code for warning in result.warnings]
