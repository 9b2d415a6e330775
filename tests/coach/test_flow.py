"""The flow: a session led turn by turn; no camera, no clock of its own.

All is judged but the rest before another exercise, and what is told gates no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from formcheck.coach.flow import AWAY_AFTER_S, Flow
from formcheck.coach.lead_in import BEGINS_WITHIN_S, COUNTDOWN_S
from formcheck.coach.live_state import Phase
from formcheck.coach.patience import GIVE_UP_S
from formcheck.exercises.routine import make_routine
from formcheck.judging.session import BREAK_S
from formcheck.measure.body import BodyTracker
from formcheck.pose.track import PoseTrack
from formcheck.result.models import Result, SetResult
from tests.support.builders import join_tracks, judge_track, mirror_track
from tests.support.led_flow import EXERCISES, TWO_SIDES, LedFlow, kneel, routine, stand

HANGING: Mapping[str, float] = {
    "trunk_lean_deg": -90.0, "front_trunk_thigh_guessed_deg": 60.0,
    "other_hip_less_rear_hip_deg": -90.0, "front_knee_guessed_deg": 90.0, "rear_hang_leg": 0.3,
    "rear_thigh_elevation_deg": -5.0, "rear_knee_deg": 90.0,
}  # fmt: skip
"""The flexibility test: one knee hugged, the other leg let down."""


def test_a_whole_routine_goes_through_its_phases(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = LedFlow(monkeypatch, TWO_SIDES)
    stage.play(stand, 3)
    for side in ("left", "right"):
        stage.play(kneel(side), 12)
        stage.play(stand, 8)
    assert stage.names == [
        "setup", "ready", "countdown", "work", "relax", "rest", "ready",
        "countdown", "work", "relax", "done",
    ]  # fmt: skip
    result = stage.conclude()
    assert [one.side for one in result.sets] == ["left", "right"]
    assert result.plan is not None
    assert result.plan.complete
    assert all(one.good_hold_s > 10 for one in result.sets), "the Result has every good second"


def test_the_countdown_gates_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=20)
    stage = LedFlow(monkeypatch, plan)
    stage.play(kneel("left"), 4.8)
    began = next(at for at, phase in stage.phases if phase is Phase.COUNTDOWN)
    work = next(at for at, phase in stage.phases if phase is Phase.WORK)
    assert work - began == pytest.approx(BEGINS_WITHIN_S + COUNTDOWN_S, abs=0.11)
    assert stage.flow.turn is not None
    stage.play(kneel("left"), 2)
    assert stage.flow.turn.done == pytest.approx(stage.time_s, abs=0.11)
    assert stage.flow.results[0].good_hold_s == stage.flow.turn.done


def test_a_hold_shorter_than_the_countdown_is_counted_down_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=2)
    stage = LedFlow(monkeypatch, plan, side="left")
    stage.play(kneel("left"), 8)
    assert stage.names == ["setup", "countdown", "work", "relax"]


def test_the_side_that_is_taken_first_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = LedFlow(monkeypatch, TWO_SIDES)
    stage.play(kneel("right"), 12)
    assert [turn.side for turn in stage.flow.turns if turn.is_done] == ["right"]
    stage.play(stand, 6)
    assert stage.flow.turn is not None
    assert stage.flow.turn.side == "left"


def test_one_side_alone_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = LedFlow(monkeypatch, TWO_SIDES, side="right")
    stage.play(kneel("left"), 8)
    assert stage.flow.results == []
    stage.play(kneel("right"), 10)
    stage.play(stand, 2)
    assert stage.phase == "done"


def test_the_clock_of_a_turn_stops_with_the_form(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = LedFlow(monkeypatch, make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=20))
    stage.play(kneel("left"), 8)
    before = stage.state.remaining
    stage.play(lambda t: ("left", {"front_knee_deg": 60.0}), 4)
    assert stage.state.remaining == pytest.approx(before, abs=0.2)
    stage.play(kneel("left"), 3)
    assert stage.state.remaining == pytest.approx(before - 3, abs=0.5)


def test_leaving_the_picture_pauses_and_coming_back_resumes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = LedFlow(monkeypatch, make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=20))
    stage.play(kneel("left"), 10)
    done = stage.state.remaining
    stage.play(stand, 5, found=False)
    assert stage.state.is_interrupted
    assert stage.flow.is_away
    assert stage.state.remaining == pytest.approx(done, abs=0.15)
    stage.play(kneel("left"), 3)
    assert not stage.state.is_interrupted
    assert stage.state.remaining == pytest.approx(done - 3, abs=0.25)
    assert len(stage.flow.results) == 1, "it is the same set"


def test_who_is_away_for_long_goes_on_where_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = LedFlow(monkeypatch, make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=15))
    stage.play(kneel("left"), 10.6)
    done = stage.flow.turn.done if stage.flow.turn else 0.0
    stage.play(stand, 3 * BREAK_S, found=False)
    stage.play(kneel("left"), 6)
    assert done == pytest.approx(10.5, abs=0.3)
    left = stage.flow.turns[0]
    assert left.is_done
    assert len(left.sets) == 2, "the Result has two sets, as a recording would"
    assert stage.phase == "relax"


@pytest.mark.parametrize("gap_s", [3.0, 25.0])
def test_a_lost_camera_breaks_no_set_and_counts_nothing(
    monkeypatch: pytest.MonkeyPatch, gap_s: float
) -> None:
    stage = LedFlow(monkeypatch, make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=30))
    stage.play(kneel("left"), 10)
    stage.skip_time(gap_s)
    stage.play(kneel("left"), 10)
    result = stage.conclude()
    assert len(result.sets) == 1
    assert result.sets[0].good_hold_s == pytest.approx(20, abs=0.35)
    assert len(result.sets[0].holds) == 2


def test_a_pause_is_like_a_lost_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = LedFlow(monkeypatch, make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=30))
    stage.play(kneel("left"), 10)
    stage.flow.pause(True)
    stage.play(stand, 20)
    stage.flow.pause(False)
    stage.play(kneel("left"), 5)
    result = stage.conclude()
    assert len(result.sets) == 1
    assert result.sets[0].good_hold_s == pytest.approx(15, abs=0.35)


def test_a_rest_does_not_run_while_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = LedFlow(monkeypatch, TWO_SIDES)
    stage.play(kneel("left"), 10)
    stage.play(stand, 2)
    before = stage.state.count_s
    stage.skip_time(4)
    stage.play(stand, 0.1)
    assert stage.phase == "rest"
    assert before is not None
    assert stage.state.count_s == pytest.approx(before, abs=0.2)


def test_who_does_not_come_out_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rest under 10 s would be the same set: the next one of this side could never begin."""
    stage = LedFlow(monkeypatch, make_routine(EXERCISES["half-kneeling"], sets=2, hold_s=3))
    stage.play(kneel("left"), 10)
    assert stage.phase == "relax"
    stage.play(stand, 4)
    assert stage.phase == "rest"
    stage.play(kneel("left"), 5)
    assert stage.phase == "relax"
    stage.play(stand, 16)
    stage.play(kneel("left"), 8)
    assert [turn.is_done for turn in stage.flow.turns] == [True, True, False, False]


def test_the_next_exercise_is_not_judged_before_the_rest_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = routine(
        {"exercise": "half-kneeling", "sets": 1, "hold_s": 3, "rest_s": 6},
        {"exercise": "half-kneeling-reach", "sets": 1, "hold_s": 3, "sides": "each"},
    )
    stage = LedFlow(monkeypatch, plan)
    stage.play(kneel("left"), 8)
    stage.play(stand, 8)
    stage.play(kneel("right"), 8)
    stage.play(stand, 1)
    assert stage.flow.session.exercise.id == "half-kneeling-reach"
    stage.play(kneel("right"), 4)
    assert stage.phase == "rest"
    assert [one.exercise for one in stage.flow.results] == ["half-kneeling"] * 2
    stage.play(kneel("left"), 8)
    assert stage.flow.results[-1].exercise == "half-kneeling-reach"


def test_next_passes_over_a_rest_and_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = LedFlow(monkeypatch, TWO_SIDES)
    stage.play(kneel("left"), 10)
    stage.play(stand, 1)
    assert stage.phase == "rest"
    stage.flow.skip()
    stage.play(stand, 0.2)
    assert stage.phase == "ready"
    stage.flow.skip()
    assert stage.phase == "done"
    plan = stage.conclude().plan
    assert plan is not None
    assert [one.status for one in plan.sets] == ["done", "missing"]


def test_a_turn_without_progress_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = LedFlow(monkeypatch, TWO_SIDES)
    stage.play(stand, GIVE_UP_S - 5, rate_hz=2)
    assert stage.flow.turn is stage.flow.turns[0]
    assert stage.state.gives_up_in_s is not None
    stage.play(stand, 8, rate_hz=2)
    assert stage.flow.turn is stage.flow.turns[1]


@pytest.mark.parametrize("rest_s", [60, GIVE_UP_S + 30])
@pytest.mark.parametrize("idle_s", [1, GIVE_UP_S - 25])
def test_a_rest_is_not_time_without_progress(
    monkeypatch: pytest.MonkeyPatch, rest_s: float, idle_s: float
) -> None:
    """However long it is, and however long the person had stayed where they were before it."""
    step = {"exercise": "half-kneeling", "sets": 1, "hold_s": 5, "rest_s": rest_s}
    stage = LedFlow(monkeypatch, routine(step))
    stage.play(kneel("left"), 12 + idle_s)
    stage.play(stand, 1)
    assert stage.phase == "rest"
    stage.play(stand, rest_s - 2, rate_hz=5)
    assert (stage.phase, stage.state.gives_up_in_s) == ("rest", None)
    stage.play(stand, 4, rate_hz=5)
    assert stage.flow.turn is stage.flow.turns[1]
    stage.play(kneel("right"), 12)
    plan = stage.conclude().plan
    assert plan is not None
    assert plan.complete


def test_a_turn_of_a_measurement_is_one_stretch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that are each too short are not done: nothing could be read."""
    stage = LedFlow(monkeypatch, make_routine(EXERCISES["thomas-test"], sets=1), side="left")
    stage.play(lambda t: ("left", HANGING), 2.2)
    stage.play(stand, 3)
    stage.play(lambda t: ("left", HANGING), 2.2)
    [turn] = stage.flow.turns
    assert not turn.is_done
    assert turn.done == turn.confirmed == pytest.approx(2.1)
    stage.play(lambda t: ("left", HANGING), 1)
    assert stage.flow.turns[0].is_done
    plan = stage.conclude().plan
    assert plan is not None
    assert (plan.sets[0].status, plan.sets[0].why) == ("done", None)
    assert plan.sets[0].done == pytest.approx(3.1)


def test_nobody_is_hurried_while_they_are_away(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = LedFlow(monkeypatch, TWO_SIDES)
    stage.play(stand, 3)
    stage.play(stand, 2 * GIVE_UP_S, found=False, rate_hz=2)
    assert stage.flow.turn is stage.flow.turns[0]
    assert stage.flow.is_away
    assert AWAY_AFTER_S < 3


def test_a_recording_is_counted_on_while_the_neutral_is_found_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody was asked to relax."""
    stage = LedFlow(monkeypatch, make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=30))
    stage.play(kneel("left"), 10)
    done = stage.flow.turns[0].done
    stage.flow.redo_neutral()
    stage.play(kneel("left"), 2)
    assert stage.phase == "countdown"
    assert stage.flow.turns[0].done == pytest.approx(done + 2, abs=0.11)
    assert stage.flow.results[0].good_hold_s == stage.flow.turns[0].done


def test_a_set_that_cannot_be_judged_is_not_called_done(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = LedFlow(monkeypatch, make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=4))
    stage.play(lambda t: ("left", {"front_knee_deg": np.nan}), 12)
    plan = stage.conclude().plan
    assert plan is not None
    assert plan.sets[0].status == "missing"
    assert plan.sets[0].why is not None
    assert "front_knee" in plan.sets[0].why


# --- the same as a recording ----------------------------------------------------------------


def lead(track: PoseTrack, name: str) -> tuple[Flow, Result]:
    flow = Flow(make_routine(EXERCISES[name]), EXERCISES, track.height_px, listens=False)
    tracker = BodyTracker(track.width_px, track.height_px)
    for pose, n_people in zip(track, track.n_people, strict=True):
        flow.judge(tracker.update(pose), int(n_people))
    flow.finish()
    return flow, flow.conclude(track.clip, track.model, None)


def strip(one: SetResult) -> dict[str, Any]:
    """Without what hangs on the neutral, which is sought for 2 s when it was asked for."""
    rules = {name: rule for name, rule in one.rules.items() if name != "pelvis_tuck"}
    faults = [(fault.rule, fault.start_s, fault.end_s) for fault in one.faults]
    kept = one.model_dump(exclude={"rules", "faults", "confirmed_hold_s", "score"})
    return {**kept, "rules": rules, "faults": faults}


def test_a_track_gives_the_sets_that_analyze_gives(sample_tracks: dict[str, PoseTrack]) -> None:
    for clip, track in sample_tracks.items():
        name = clip.split("_")[0]
        _, live = lead(track, name)
        recorded = judge_track(track, EXERCISES, exercise=name)
        assert [strip(one) for one in live.sets] == [strip(one) for one in recorded.sets], clip
        for mine, other in zip(live.sets, recorded.sets, strict=True):
            assert mine.confirmed_hold_s == pytest.approx(other.confirmed_hold_s, abs=0.5), clip
        assert (live.verdict, live.view) == (recorded.verdict, recorded.view), clip
        if EXERCISES[name].needs_outline:
            assert live.baseline.source == "assumed", clip


def test_a_track_of_both_sides_does_both_turns(sample_tracks: dict[str, PoseTrack]) -> None:
    first = sample_tracks["half-kneeling_knee-lean"]
    both = join_tracks(first, mirror_track(first))
    flow, live = lead(both, "half-kneeling")
    recorded = judge_track(both, EXERCISES, exercise="half-kneeling")
    assert [one.side for one in live.sets] == [one.side for one in recorded.sets] == [
        "left", "right",
    ]  # fmt: skip
    assert [turn.side for turn in flow.turns if turn.sets] == ["left", "right"]


def test_movements_too_quick_to_count_are_told(sample_tracks: dict[str, PoseTrack]) -> None:
    slow = sample_tracks["donkey-kick_good"]
    both = join_tracks(slow, replace(slow, time_s=slow.time_s / 3, duration_s=slow.duration_s / 3))
    for track, n_told in ((slow, 0), (both, 1)):
        _, live = lead(track, "donkey-kick")
        recorded = judge_track(track, EXERCISES, exercise="donkey-kick")
        told, expected = (
            [one for one in result.warnings if one.code == "too_quick"]
            for result in (live, recorded)
        )
        assert told == expected
        assert len(told) == n_told


def test_to_be_away_is_told_of_a_recording_alone(sample_tracks: dict[str, PoseTrack]) -> None:
    track = sample_tracks["half-kneeling_tuck"]
    away = track.time_s < 0.6 * track.duration_s
    track = replace(track, xy_px=np.where(away[:, None, None], np.nan, track.xy_px))
    _, live = lead(track, "half-kneeling")
    recorded = judge_track(track, EXERCISES, exercise="half-kneeling")
    assert "absent" in [one.code for one in recorded.warnings]
    assert "absent" not in [one.code for one in live.warnings]


def test_the_replay_s_speed_does_not_matter(sample_tracks: dict[str, PoseTrack]) -> None:
    """No clock of its own: the same events, however fast the frames are handed over."""
    track = sample_tracks["half-kneeling_knee-lean"]
    assert lead(track, "half-kneeling")[1] == lead(track, "half-kneeling")[1]


def test_sets_let_go_of_their_frames(sample_tracks: dict[str, PoseTrack]) -> None:
    flow, _ = lead(sample_tracks["half-kneeling_knee-lean"], "half-kneeling")
    assert all(not stay.frames for done in flow.session.sets for stay in done.stays)
