"""What a live view shows of a flow: the line to read, the mirror, the breath, what comes next."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from formcheck import language
from formcheck.coach.live_state import Phase
from formcheck.exercises.load import list_exercises
from formcheck.exercises.routine import make_routine
from formcheck.screen.live_scene import (
    BREATHE_IN_S,
    BREATHE_OUT_S,
    build_live_scene,
    choose_prompt,
    find_breath,
    sum_up,
    tell_coming,
)
from tests.support.builders import make_body
from tests.support.german import list_english
from tests.support.led_flow import TWO_SIDES, LedFlow, kneel, stand

EXERCISES = list_exercises()
BODY = make_body(
    np.full((1, 33, 2), [100.0, 50.0]), np.zeros((1, 33, 3)), np.array([1.0]), np.array([5.0])
)


def test_every_prompt_can_be_read_from_afar(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = LedFlow(monkeypatch, TWO_SIDES)
    told = set()
    for script in (stand, kneel("left"), stand, kneel("right"), stand):
        for _ in range(120):
            stage.play(script, 0.1)
            told.add(choose_prompt(stage.state).text)
    assert len(told) >= 6
    assert all(len(text) <= 40 for text in told)
    assert "All done. Well done." in told


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("side", ["left", "right"])
def test_the_figure_faces_as_the_person_shall(
    monkeypatch: pytest.MonkeyPatch, side: str, mirrored: bool
) -> None:
    stage = LedFlow(monkeypatch, TWO_SIDES)
    turn = next(turn for turn in stage.state.turns if turn.side == side)
    state = replace(stage.state, turn=turn)
    live = build_live_scene(state, BODY, 640, mirrored=mirrored)
    assert live.figure_mirrored == ((side == "right") != mirrored)
    assert live.scene.xy_px is not None
    assert live.scene.xy_px[0].tolist() == ([539.0, 50.0] if mirrored else [100.0, 50.0])


def test_a_breath_is_four_seconds_in_and_six_out(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = LedFlow(monkeypatch, make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=30))
    stage.play(stand, 2)
    assert find_breath(stage.state) is None
    stage.play(kneel("left"), 3)
    assert find_breath(stage.state) is None, "not before the hold"
    phases = []
    for _ in range(200):
        stage.play(kneel("left"), 0.1)
        breath = find_breath(stage.state)
        if breath is not None:
            assert 0 <= breath.share <= 1
            phases.append(breath.phase)
    n_in, n_out = round(BREATHE_IN_S * 10), round(BREATHE_OUT_S * 10)
    assert phases[: n_in - 1] == ["in"] * (n_in - 1)
    assert phases[n_in + 1 : n_in + n_out - 1] == ["out"] * (n_out - 2)
    assert (BREATHE_IN_S, BREATHE_OUT_S) == (4, 6)


def test_an_alert_stops_the_breath_and_the_clock_s_word(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = LedFlow(monkeypatch, make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=30))
    stage.play(kneel("left"), 8)
    assert build_live_scene(stage.state, BODY, 640, mirrored=True).scene.clock == "running"
    live = build_live_scene(stage.state, BODY, 640, mirrored=True, alert="Paused")
    assert live.breath is None
    assert live.scene.clock == "paused"


def test_what_comes_next(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = LedFlow(monkeypatch, TWO_SIDES)
    assert tell_coming(stage.state) == "Next: switch sides, right side"
    stage.play(kneel("left"), 12)
    stage.play(stand, 1)
    assert stage.phase == "rest"
    assert tell_coming(stage.state) == "Next: switch sides, right side"
    stage.play(stand, 6)
    stage.play(kneel("right"), 6)
    assert tell_coming(stage.state) is None, "nothing comes after the last"


def test_the_summary_has_every_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = LedFlow(monkeypatch, TWO_SIDES)
    stage.play(kneel("left"), 7)
    stage.play(lambda t: ("left", {"front_knee_deg": 60.0}), 2)
    stage.play(kneel("left"), 4)
    stage.play(stand, 2)
    stage.flow.finish()
    assert stage.flow.phase is Phase.DONE
    summary = sum_up(stage.state, ("a note",))
    assert summary.title == "Mine: 1 of 2 done"
    assert [row.status for row in summary.rows] == ["done", "missing"]
    assert summary.rows[0].remark == "To correct: Slide your front foot forward"
    assert summary.rows[1].remark is None
    assert summary.notes == ("a note",)


def test_one_set_more_than_asked_is_summed_up_too(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = LedFlow(monkeypatch, TWO_SIDES)
    for _ in range(2):
        stage.play(kneel("left"), 12)
        stage.play(stand, 14)
    stage.flow.finish()
    summary = sum_up(stage.state)
    assert [row.status for row in summary.rows] == ["done", "missing", "extra"]
    assert summary.rows[2].name == f"{EXERCISES['half-kneeling'].name}, left side"
    assert float(summary.rows[2].amount.removesuffix(" s")) > 5


def test_a_set_that_cannot_be_judged_is_not_summed_up_as_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = LedFlow(monkeypatch, TWO_SIDES)
    stage.play(lambda t: ("left", {"front_knee_deg": math.nan}), 13)
    stage.play(lambda t: ("left", {}), 8)
    stage.play(stand, 2)
    stage.flow.finish()
    assert stage.flow.turns[0].is_done, "it was held for long enough, seen for too short"
    summary = sum_up(stage.state)
    assert summary.title == "Mine: 0 of 2 done"
    assert summary.rows[0].status == "short"
    assert summary.rows[0].remark is not None
    assert summary.rows[0].remark.startswith("Not judged: front knee: ")
    monkeypatch.setattr(language, "_used", "de")
    remark = sum_up(stage.state).rows[0].remark or ""
    assert remark.count(":") == 2, "with the rule and the reason"
    assert list_english(remark) == []
