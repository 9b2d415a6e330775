"""What is said, and when: one correction at a time, silence when all is well."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from formcheck.coach.flow import Flow
from formcheck.coach.live_state import LiveState, Phase
from formcheck.defaults import Coaching
from formcheck.exercises.load import list_exercises
from formcheck.exercises.routine import Routine, make_routine
from formcheck.screen.live_scene import sum_up
from formcheck.voice.script import APART_S, REPEAT_S, Script, Utterance
from tests.support.led_flow import LedFlow, Play, kneel, stand

EXERCISES = list_exercises()
BAD_KNEE = {"front_knee_deg": 60.0}
LEAN = {"trunk_lean_deg": 30.0}


@dataclass
class Heard:
    """A flow that is listened to frame by frame."""

    stage: LedFlow
    script: Script = field(default_factory=Script)
    lines: list[tuple[float, Utterance]] = field(default_factory=list)
    """Of a full voice."""
    breaths: list[tuple[float, str]] = field(default_factory=list)

    def play(self, script: Play, for_s: float, **options: Any) -> None:
        for k in range(round(for_s * 10)):
            self.stage.play(lambda t, k=k: script(k / 10), 0.1, **options)  # type: ignore[misc]
            self.listen()

    def listen(self, alert: str | None = None, after_s: float = 0.0) -> None:
        now_s = self.stage.time_s + after_s
        said = self.script.follow(now_s, self.stage.state, alert)
        self.lines += [(now_s, line) for line in said if not line.quiet]
        self.breaths += [(now_s, line.text) for line in said if line.quiet]

    @property
    def texts(self) -> list[str]:
        return [line.text for _, line in self.lines if line.text]

    def since(self, time_s: float) -> list[str]:
        return [line.text for at, line in self.lines if at > time_s and line.text]

    def times(self, text: str) -> list[float]:
        return [at for at, line in self.lines if line.text == text]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    plan = make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=25)
    return Heard(LedFlow(monkeypatch, plan))


def working(heard: Heard) -> float:
    """Into the work phase; when that is."""
    heard.play(stand, 2)
    heard.play(kneel("left"), 7)
    assert heard.stage.flow.phase is Phase.WORK
    return heard.stage.time_s


def test_the_way_in_is_told_in_order(heard: Heard) -> None:
    working(heard)
    joined = " | ".join(heard.texts)
    order = [
        "stop if it hurts", "Half-kneeling", "kneeling leg", "Tuck your", "2", "1", "Hold",
    ]  # fmt: skip
    places = [joined.find(words) for words in order]
    assert -1 not in places, joined
    assert places == sorted(places), joined


def test_silence_while_all_is_well_but_for_the_time(heard: Heard) -> None:
    start = working(heard)
    heard.play(kneel("left"), 17.1)
    assert heard.since(start)[:7] == ["Halfway", "10 seconds", "5", "4", "3", "2", "1"]
    ones = [heard.times(str(n))[-1] for n in (5, 4, 3, 2, 1)]
    assert all(b - a == pytest.approx(1, abs=0.15) for a, b in itertools.pairwise(ones))


FORWARD = ("Slide your front foot forward", "Once more: slide your front foot forward")


def gaps(heard: Heard) -> list[float]:
    """Seconds between the corrections of the foot, in whichever words."""
    times = [at for at, line in heard.lines if line.text in FORWARD]
    return [round(b - a, 1) for a, b in itertools.pairwise(times)]


def test_a_correction_comes_ever_more_rarely_while_nothing_comes_of_it(heard: Heard) -> None:
    working(heard)
    heard.play(lambda t: ("left", BAD_KNEE), 75)
    assert gaps(heard) == pytest.approx([6, 12, 24, 24], abs=0.15)
    said = [line.text for _, line in heard.lines if line.text in FORWARD]
    assert said == [FORWARD[k % 2] for k in range(5)]


def test_a_correction_that_was_heeded_begins_anew(heard: Heard) -> None:
    """And is never said again within six seconds."""
    working(heard)
    for _ in range(4):
        heard.play(lambda t: ("left", BAD_KNEE), 2)
        heard.play(kneel("left"), 3)
    heard.play(lambda t: ("left", BAD_KNEE), 2)
    assert heard.texts.count(FORWARD[1]) == 0
    assert len(gaps(heard)) == 3
    assert min(gaps(heard)) >= REPEAT_S


@pytest.mark.parametrize(
    ("coaching", "apart"), [("quiet", []), ("normal", [3.0, 6.0, 12.0]), ("full", [3.0] * 8)]
)
def test_how_often_is_a_choice(heard: Heard, coaching: Coaching, apart: list[float]) -> None:
    heard.script = Script(repeat_s=3.0, coaching=coaching)
    working(heard)
    heard.play(lambda t: ("left", BAD_KNEE), 25)
    assert gaps(heard) == pytest.approx(apart, abs=0.15)


def test_quiet_coaching_leads_and_corrects_without_praise_tips_and_breath(heard: Heard) -> None:
    heard.script = Script(coaching="quiet")
    start = working(heard)
    heard.play(lambda t: ("left", BAD_KNEE), 3)
    heard.play(lambda t: ("left", {"rear_hip_extension_deg": -40.0}), 6)
    heard.play(kneel("left"), 16)
    assert heard.since(start)[:6] == [FORWARD[0], "5", "4", "3", "2", "1"]
    assert heard.breaths == []
    assert "good" in [line.chime for _, line in heard.lines]


def test_the_breath_is_told_as_it_is_shown_while_nothing_else_is_said(heard: Heard) -> None:
    start = working(heard)
    heard.play(kneel("left"), 15)
    since = heard.stage.state.phase_since_s
    assert [text for _, text in heard.breaths] == [
        "Breathe in",
        "and out",
        "Breathe in",
        "and out",
    ][: len(heard.breaths)]
    assert len(heard.breaths) >= 3
    at = [round((time_s - since) % 10) for time_s, text in heard.breaths if text == "and out"]
    assert set(at) == {4}
    assert start > since
    assert all(
        line.quiet for line in heard.script.follow(99.0, heard.stage.state) if "reath" in line.text
    )


def test_the_breath_is_not_told_in_a_fault_nor_where_it_is_not_wanted(heard: Heard) -> None:
    heard.script = Script(breathes=False)
    start = working(heard)
    heard.play(kneel("left"), 5)
    assert heard.breaths == []
    heard.script = Script()
    heard.play(lambda t: ("left", BAD_KNEE), 0.6)
    n = len(heard.breaths)
    heard.play(lambda t: ("left", BAD_KNEE), 12)
    assert len(heard.breaths) == n
    assert start


def test_leaving_says_one_thing(heard: Heard) -> None:
    """Out of position: to get in again. Out of the picture: that, and nothing of the position."""
    start = working(heard)
    heard.play(stand, 4)
    assert heard.since(start) == ["Get into position again"]
    heard.play(kneel("left"), 4)
    start = heard.stage.time_s
    for k in range(50):
        heard.stage.play(stand, 0.1, found=False)
        heard.listen("Paused: I can't see you" if k > 12 else None)
    assert heard.since(start) == ["Paused: I can't see you"]


def test_praise_when_it_is_mended_and_never_within_two_seconds(heard: Heard) -> None:
    start = working(heard)
    heard.play(lambda t: ("left", BAD_KNEE), 0.8)
    heard.play(kneel("left"), 5)
    said = [(at, line) for at, line in heard.lines if at > start]
    texts = [line.text for _, line in said]
    assert texts[:2] == ["Slide your front foot forward", "Good. Hold."]
    assert said[1][0] - said[0][0] >= APART_S - 0.01
    assert said[0][1].chime == "fix"
    assert said[1][1].chime == "good"


def test_a_joint_out_of_sight_is_said_quietly_and_praise_when_it_is_back(heard: Heard) -> None:
    start = working(heard)
    heard.play(lambda t: ("left", {"front_knee_deg": math.nan}), 4)
    heard.play(kneel("left"), 2)
    said = [line for at, line in heard.lines if at > start]
    assert [line.text for line in said][:2] == ["Your right ankle cannot be seen", "Good. Hold."]
    assert [line.chime for line in said][:2] == [None, "good"]


def test_a_joint_out_of_sight_for_a_moment_is_not_said(heard: Heard) -> None:
    start = working(heard)
    heard.play(lambda t: ("left", {"front_knee_deg": math.nan} if t < 0.6 else {}), 3)
    assert heard.since(start) == []


def test_what_stops_no_clock_is_a_quiet_tip_without_praise(heard: Heard) -> None:
    start = working(heard)
    heard.play(lambda t: ("left", {"rear_hip_extension_deg": -40.0}), 4)
    heard.play(kneel("left"), 2)
    said = [line for at, line in heard.lines if at > start]
    assert [(line.text, line.chime) for line in said] == [("Push your kneeling hip forward", None)]


def test_one_correction_at_a_time(heard: Heard) -> None:
    start = working(heard)
    heard.play(lambda t: ("left", {**BAD_KNEE, **LEAN}), 5)
    assert heard.since(start) == ["Slide your front foot forward"]
    heard.play(lambda t: ("left", LEAN), 4)
    assert "Lift your chest" in heard.since(start)


def test_nothing_contradicts_the_last_line_within_two_seconds(heard: Heard) -> None:
    """Form that goes from one fault to its opposite and back, as fast as faults can."""
    start = working(heard)
    low, high = {"front_knee_deg": 60.0}, {"front_knee_deg": 120.0}
    heard.play(lambda t: ("left", low if int(t / 0.7) % 2 else high), 20)
    form = [
        at for at, line in heard.lines
        if at > start and line.text and not line.text.isdigit()
    ]  # fmt: skip
    assert len(form) >= 4
    assert all(b - a >= APART_S - 0.01 for a, b in itertools.pairwise(form))


def test_the_end_of_a_hold_and_the_other_side(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=6)
    heard = Heard(LedFlow(monkeypatch, plan))
    heard.play(stand, 2)
    heard.play(kneel("left"), 12)
    heard.play(stand, 3)
    joined = " | ".join(heard.texts)
    assert "Done. Rest, or stay." in joined
    assert "switch sides, right side" in joined
    heard.play(stand, 14)
    heard.play(kneel("right"), 12)
    heard.play(stand, 2)
    assert heard.texts[-1] == "All done. 2 of 2 sets. Well done."


def test_what_stops_the_session_is_said_and_its_end_too(heard: Heard) -> None:
    start = working(heard)
    for k in range(50):
        heard.listen("The camera sends nothing: trying again", after_s=k / 2)
    assert len(heard.times("The camera sends nothing: trying again")) == 2
    heard.listen(after_s=25)
    assert heard.since(start)[-1] == "Going on"


def test_nothing_else_is_said_meanwhile(heard: Heard) -> None:
    start = working(heard)
    heard.stage.play(lambda t: ("left", BAD_KNEE), 5)
    heard.listen("Paused")
    assert heard.since(start) == ["Paused"]


def test_the_set_up_is_told_until_it_is_well(heard: Heard) -> None:
    heard.play(stand, 15, found=False)
    assert len(heard.times("Step into the picture")) >= 2


def test_giving_up_is_said_before(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = Heard(LedFlow(monkeypatch, make_routine(EXERCISES["half-kneeling"], sets=1)))
    heard.play(stand, 105)
    assert any(text.startswith("Moving on in") for text in heard.texts)


def begin_reps() -> tuple[Script, LiveState]:
    """Someone who is told to begin, and the state of that moment."""
    plan = make_routine(EXERCISES["donkey-kick"], sets=1)
    state, script = Flow(plan, EXERCISES, 480).state, Script()
    script.follow(0.0, state)
    state = replace(state, phase=Phase.WORK)
    assert "Begin when you are ready" in [line.text for line in script.follow(1.0, state)]
    return script, state


def test_each_good_repetition_is_counted() -> None:
    script, state = begin_reps()
    heard: list[Utterance] = []
    for k in range(1, 4):
        turn = replace(state.turns[0], done=k)
        heard += script.follow(5.0 * k, replace(state, turn=turn))
    assert [line.text for line in heard] == ["1", "2", "3"]
    assert all(line.chime == "good" for line in heard)


def test_legs_that_alternate_are_counted_each_and_not_begun_anew() -> None:
    script, state = begin_reps()
    turns = list(state.turns)
    heard: list[Utterance] = []
    for k, place in enumerate((0, 1, 0, 1, 0)):
        if k != 3:  # one that was not good has no number
            turns[place] = replace(turns[place], done=turns[place].done + 1)
        heard += script.follow(5.0 * (k + 1), replace(state, turn=turns[place]))
    assert [line.text for line in heard] == ["1", "1", "2", "3"]
    assert all(line.chime == "good" and not line.urgent for line in heard)


def test_the_end_counts_as_the_summary_does(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = Heard(LedFlow(monkeypatch, make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=3)))
    heard.play(lambda t: ("left", {"front_knee_deg": math.nan}), 13)
    heard.play(lambda t: ("left", {}), 8)
    heard.play(stand, 2)
    flow = heard.stage.flow
    assert flow.turns[0].is_done, "it was held for long enough, seen for too short"
    flow.finish()
    heard.listen()
    assert heard.texts[-1] == "All done. 0 of 2 sets."
    assert "0 of 2 done" in sum_up(flow.state).title


def test_a_routine_names_what_comes_next(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = {
        "id": "mine", "name": "Mine", "sources": ["here"],
        "steps": [
            {"exercise": "half-kneeling", "sets": 1, "hold_s": 3, "rest_s": 6},
            {"exercise": "half-kneeling-reach"},
        ],
    }  # fmt: skip
    plan = Routine.model_validate(raw, context=EXERCISES)
    heard = Heard(LedFlow(monkeypatch, plan))
    for side in ("left", "right"):
        heard.play(kneel(side), 9)
        heard.play(stand, 8)
    assert any("Next: 90-90 stretch, arms overhead, left side" in text for text in heard.texts)
