"""A session in German: nothing that is shown or said of it is English."""

from __future__ import annotations

import pytest

from formcheck import language
from formcheck.exercises.routine import make_routine
from formcheck.pose.track import PoseTrack
from formcheck.screen.live_scene import LiveScene, sum_up
from formcheck.screen.signs import STATES, tell_clock
from tests.support.actor import EXERCISES, PlayedLive
from tests.support.german import list_english
from tests.support.led_flow import routine

Tracks = dict[str, PoseTrack]


def act(live: PlayedLive) -> None:
    """Do what each phase asks for: the actor understands English alone."""
    phase, actor = live.flow.phase.value, live.actor
    name = live.flow.session.exercise.id
    if name != actor.exercise:
        actor.exercise = name
        actor.stand()
    if live.flow.turn is not None and live.flow.turn.side not in (None, actor.side):
        actor.side = live.flow.turn.side or "right"
        actor.stand()
    if phase == "ready":
        actor.enter()
    elif phase in ("countdown", "work"):
        actor.tuck()
    elif phase in ("relax", "rest"):
        actor.leave()


def list_shown(scene: LiveScene) -> list[str]:
    drawn = scene.scene
    told = [drawn.exercise, drawn.set_name, drawn.cue.text, scene.coming, scene.notice, scene.alert]
    told += [mark.tell(drawn.clock) for mark in drawn.marks] + [tell_clock(drawn)[1]]
    told.append(language.translate(STATES[drawn.clock][0]))
    if drawn.tuck is not None:
        told += [language.translate(drawn.tuck.word), language.translate(drawn.tuck.why or "")]
    return [text for text in told if text and text != scene.alert]


def check(live: PlayedLive) -> None:
    live.conclude()
    summary = sum_up(live.flow.state)
    rows = [text for row in summary.rows for text in (row.name, row.amount, row.remark) if text]
    shown = [text for scene in live.scenes for text in list_shown(scene)]
    assert len(live.texts) > 10
    assert list_english(*{*live.texts, *shown, *rows, summary.title}) == []


def test_a_session_in_german_has_no_english_word(
    monkeypatch: pytest.MonkeyPatch, sample_tracks: Tracks
) -> None:
    """Two exercises on both sides, a camera that is lost, a pause, and a tuck that is let go."""
    monkeypatch.setattr(language, "_used", "de")
    steps = [
        {"exercise": name, "sets": 1, "hold_s": 22} for name in ("half-kneeling", "childs-pose")
    ]
    live = PlayedLive(sample_tracks, routine(*steps))
    events = {20: "lost", 30: "found", 40: "pause", 42: "go on", 60: "relax"}
    while live.flow.phase.value != "done" and live.time_s < 400:
        act(live)
        event = events.pop(int(live.time_s), None)
        if event in ("lost", "found"):
            live.lost = "The camera is gone" if event == "lost" else None
        elif event in ("pause", "go on"):
            live.flow.pause(event == "pause")
        elif event == "relax":
            live.actor.relax()
        live.play(0.5)
    assert live.flow.phase.value == "done"
    assert "Halten" in live.texts
    assert any("Die Kamera ist weg" in text for text in live.texts)
    check(live)


def test_corrections_are_said_in_german(
    monkeypatch: pytest.MonkeyPatch, sample_tracks: Tracks
) -> None:
    monkeypatch.setattr(language, "_used", "de")
    plan = make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=60)
    live = PlayedLive(sample_tracks, plan, {"listens": False})
    live.actor.exercise = "half-kneeling"
    for clip in ("half-kneeling_knee-lean", "half-kneeling_tuck"):
        live.actor.play_clip(clip)
        live.play(14)
    assert "Schieb den vorderen Fuß weiter vor" in live.cues
    assert {"Richte den Oberkörper auf", "Becken aufgerichtet: noch etwas mehr"} < {*live.texts}
    check(live)
