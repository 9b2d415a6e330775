"""Whole sessions, played by an actor who does what is said, under all that goes wrong at home."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from formcheck.exercises.routine import load_routine, make_routine
from formcheck.notation import tell_amount
from formcheck.pose.landmarks import Landmark
from formcheck.pose.track import Pose, PoseTrack
from formcheck.screen.live_scene import sum_up
from tests.support.actor import EXERCISES, TICK_S, PlayedLive, Spoken
from tests.support.led_flow import routine
from tests.support.said_log import check_said

Tracks = dict[str, PoseTrack]
Event = Callable[[PlayedLive], object]


@pytest.fixture(autouse=True)
def said_well() -> Iterator[None]:
    """Over the log of every session that a test plays."""
    PlayedLive.made.clear()
    yield
    for live in PlayedLive.made:
        check_said(live)
        check_total(live)


def check_total(live: PlayedLive) -> None:
    """The clock on the screen, the Result, its plan and the summary say the same of each turn."""
    result = live.conclude()
    assert result.plan is not None
    rows = sum_up(live.flow.state).rows
    for turn, asked, row in zip(live.flow.turns, result.plan.sets, rows, strict=False):
        assert turn.done == asked.done
        assert row.amount == tell_amount(turn.done, turn.target, turn.unit)
        held_s = sum(result.sets[index].good_hold_s for index in turn.sets)
        assert turn.done == pytest.approx(held_s, abs=1e-6)
    latest = live.states[-1].turn
    assert latest is None or live.scenes[-1].scene.done == latest.done


def lead(
    tracks: Tracks, name: str = "half-kneeling", hold_s: float = 60, **options: Any
) -> PlayedLive:
    """One set, on the right side where there are sides, up to five seconds of holding."""
    if EXERCISES[name].sides != "none":
        options = {"side": "right", **options}
    live = PlayedLive(tracks, make_routine(EXERCISES[name], sets=1, hold_s=hold_s), options)
    live.play_to("work")
    live.play(5)
    return live


@pytest.mark.parametrize("name", ["half-kneeling", "prayer-squat"])
@pytest.mark.parametrize("gap_s", [0.375, 0.75, 1.0, 1.5, 3.0, 12.0])
def test_a_gap_between_frames_is_nobody_looking(
    sample_tracks: Tracks, name: str, gap_s: float
) -> None:
    live = lead(sample_tracks, name)
    start_s, n_shown, turn = live.time_s, len(live.scenes), live.flow.turn
    assert turn is not None
    live.stall(gap_s)
    live.play(6)
    assert live.said_since(start_s) == []
    assert {scene.scene.cue.text for scene in live.scenes[n_shown:]} == {"Good. Hold."}
    assert live.phases[-1] == "work"
    assert live.flow.turn is not None
    more_s = gap_s if gap_s < 0.7 else -TICK_S
    assert live.flow.turn.done - turn.done == pytest.approx(6 + more_s, abs=0.01)
    assert len(live.conclude().sets) == 1


def hide(pose: Pose) -> Pose:
    return Pose.missing(pose.time_s, outlined=pose.outline is not None)


def test_frames_without_a_person_after_a_gap_are_no_absence(sample_tracks: Tracks) -> None:
    """A tracker that has lost the person in a gap needs a moment to find them again."""
    live = lead(sample_tracks)
    start_s, n_shown = live.time_s, len(live.scenes)
    live.stall(3)
    live.disturb = hide
    live.play(0.5)
    live.disturb = lambda pose: pose
    live.play(4)
    assert live.said_since(start_s) == []
    shown = {scene.scene.cue.text for scene in live.scenes[n_shown:]}
    assert shown == {"Good. Hold.", "Stay like this"}
    assert live.states[-1].moment.clock == "running"
    assert len(live.conclude().sets[0].holds) == 2


def test_who_has_left_in_a_gap_has_left(sample_tracks: Tracks) -> None:
    live = lead(sample_tracks)
    live.actor.leave()
    live.stall(5)
    live.play(2)
    assert live.phases[-1] == "ready"


# --- the wrong side ---------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"side": "right"}], ids=["again", "not asked for"])
def test_the_wrong_side_is_told_at_once_and_what_to_do(
    sample_tracks: Tracks, options: dict[str, Any]
) -> None:
    """The left knee once more, or the left one where the right one was asked for."""
    plan = make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=10)
    live = PlayedLive(sample_tracks, plan, options)
    live.actor.side = "left"
    if not options:
        live.play_to("rest")
        live.play(12)
        live.actor.obeys = lambda text: not text.startswith("Your right")
        live.actor.later(live.time_s + 8, live.actor.enter)
    else:
        live.actor.obeys = lambda text: not text.startswith("Half-kneeling")
    assert live.play_until(lambda: live.flow.state.is_wrong_side)
    at_s = live.time_s
    assert live.scenes[-1].scene.cue.text == "Now the other knee"
    assert live.scenes[-1].scene.clock == "out"
    assert live.flow.state.hand_asks is None, "as in every position"
    live.play(1)
    assert live.said_since(at_s - 0.01) == ["Now the other knee"]
    live.play_to("work")
    assert not live.flow.state.is_wrong_side
    assert live.play_until(lambda: live.flow.phase == "done")
    result = live.conclude()
    assert result.plan is not None
    assert result.plan.complete
    assert [one.side for one in result.plan.sets] == (["right"] if options else ["left", "right"])
    extra = [(one.side, result.sets[one.index].exercise) for one in result.plan.extra]
    assert extra == ([] if options else [("left", "half-kneeling")]), "it was what it was"
    assert not any(text.startswith("Get into position again") for text in live.texts)


def test_the_wrong_side_is_said_again_but_ever_more_rarely(sample_tracks: Tracks) -> None:
    plan = make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=10)
    live = PlayedLive(sample_tracks, plan, {"side": "right"})
    live.actor.side = "left"
    live.actor.obeys = lambda text: not text.startswith(("Half", "Now the"))
    assert live.play_until(lambda: live.flow.state.is_wrong_side)
    live.play(50)
    times = [one.start_s for one in live.voice.said if one.text == "Now the other knee"]
    assert np.diff(times) == pytest.approx([6, 12, 24], abs=0.2)
    assert {scene.scene.cue.text for scene in live.scenes[-300:]} == {"Now the other knee"}
    assert live.play_until(lambda: live.flow.phase != "ready", 100)
    [warned] = find(live, "Moving on in 20 seconds")
    assert warned.start_s == pytest.approx(live.time_s - 20, abs=1.5), "it is said before"


# --- what is asked is heard -------------------------------------------------------------------


def find(live: PlayedLive, words: str) -> list[Spoken]:
    return [one for one in live.voice.said if words in one.text]


def test_the_neutral_is_two_seconds_after_it_was_asked_for(sample_tracks: Tracks) -> None:
    live = PlayedLive(sample_tracks, make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=10))
    live.play_to("countdown")
    known = live.flow.session.neutral
    [asked] = find(live, "Stay tall and relaxed")
    assert known is not None
    assert known.start_s is not None
    assert known.start_s >= asked.end_s - 0.01
    assert not asked.is_cut
    assert known.end_s == pytest.approx(asked.end_s + 2, abs=0.4)


def test_nothing_is_counted_while_the_person_is_asked_to_relax(sample_tracks: Tracks) -> None:
    """From the neutral on every second is: those of the countdown as well."""
    live = PlayedLive(sample_tracks, make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=20))
    live.play_to("countdown")
    known, turn = live.flow.session.neutral, live.flow.turn
    assert known is not None
    assert turn is not None
    assert turn.done < 0.3
    live.play_to("work")
    live.play(4)
    [held] = live.flow.results[0].holds
    assert held.start_s == pytest.approx(known.end_s, abs=0.3)
    assert live.flow.results[0].good_hold_s == held.end_s - held.start_s


def test_a_new_neutral_waits_likewise(sample_tracks: Tracks) -> None:
    live = lead(sample_tracks)
    live.actor.relax()
    live.flow.redo_neutral()
    before_s = live.time_s
    live.play_to("countdown")
    known, asked = live.flow.session.neutral, find(live, "Stay tall and relaxed")[-1]
    assert known is not None
    assert known.start_s is not None
    assert asked.start_s > before_s
    assert known.start_s >= asked.end_s - 0.01
    live.play_to("work")
    live.play(5)
    assert live.states[-1].moment.clock == "running"


def test_whoever_does_not_keep_still_goes_on_without_a_neutral(sample_tracks: Tracks) -> None:
    """The tuck is not judged then, and a set held tucked is not taken for one."""
    live = PlayedLive(sample_tracks, make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=20))
    shakes = np.random.default_rng(1)

    def shake(pose: Pose) -> Pose:
        if live.flow.phase != "neutral":
            return pose
        return replace(pose, xy_px=pose.xy_px + shakes.normal(0, 12, 2))

    live.disturb = shake
    live.play_to("work")
    live.stall(3)
    live.play(8)
    assert live.flow.session.neutral is None
    assert live.flow.phase == "work"


def test_the_countdown_is_heard_whole(sample_tracks: Tracks) -> None:
    live = lead(sample_tracks)
    texts = live.texts
    at = texts.index("Hold")
    assert "tailbone" in texts[at - 4]
    assert texts[at - 3 : at + 1] == ["3", "2", "1", "Hold"]
    spoken = live.voice.said[at - 4 : at + 1]
    assert not any(one.is_cut for one in spoken)
    starts = [one.start_s for one in spoken[1:]]
    assert np.diff(starts) == pytest.approx([1, 1, 1], abs=0.15)


@pytest.mark.parametrize("name", ["half-kneeling", "standing-stretch", "prayer-squat"])
def test_a_recording_is_counted_in_whole_as_well(sample_tracks: Tracks, name: str) -> None:
    """It hears nothing and does not wait, and no sentence is said over another."""
    options = {"listens": False}
    live = PlayedLive(sample_tracks, make_routine(EXERCISES[name], sets=1, hold_s=10), options)
    live.actor.later(2.0, live.actor.enter)
    live.actor.later(8.0, live.actor.tuck)
    live.play_to("work", 20)
    neutral = [] if name == "prayer-squat" else ["I am finding your neutral"]
    assert live.texts == [EXERCISES[name].name, *neutral, "3", "2", "1", "Hold"]
    assert not any(one.is_cut for one in live.voice.said)


def test_the_whole_instruction_is_spoken_before_the_first_set_alone(sample_tracks: Tracks) -> None:
    live = PlayedLive(sample_tracks, make_routine(EXERCISES["half-kneeling"], sets=2, hold_s=5))
    assert live.play_until(lambda: live.flow.phase == "done", 300)
    for words in EXERCISES["half-kneeling"].instructions[:3]:
        assert len(find(live, words)) == 1
    introductions = [text for text in live.texts if "kneeling leg. Set" in text]
    assert introductions == [
        "Half-kneeling hip flexor stretch. Your left leg is the kneeling leg. Set 1 of 2",
        "Your left leg is the kneeling leg. Set 2 of 2. Get into position",
        "Your right leg is the kneeling leg. Set 1 of 2. Get into position",
        "Your right leg is the kneeling leg. Set 2 of 2. Get into position",
    ]
    assert not any(one.is_cut for one in live.voice.said)


def test_doing_it_skips_the_rest_of_the_instruction(sample_tracks: Tracks) -> None:
    live = PlayedLive(sample_tracks, make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=5))
    live.actor.is_patient = False
    live.play_to("work")
    assert not find(live, "nearest the camera")
    assert not any(one.is_cut for one in live.voice.said)


def test_next_in_position_lets_the_next_introduction_be_heard(sample_tracks: Tracks) -> None:
    steps = [
        {"exercise": name, "sets": 1, "hold_s": 20} for name in ("half-kneeling", "lunge-stretch")
    ]
    live = PlayedLive(sample_tracks, routine(*steps), {"side": "right"})
    live.play_to("work")
    live.play(5)
    at_s = live.time_s
    live.flow.skip()  # into the rest before it
    live.play(0.5)
    live.flow.skip()
    live.play(40)
    said = [one for one in live.voice.said if one.start_s > at_s]
    heard = [one.text for one in said]
    asked = next(k for k, text in enumerate(heard) if "Stay tall and" in text or "Now" in text)
    instructions = EXERCISES["lunge-stretch"].instructions[:3]
    assert heard[asked - 4 : asked - 1] == list(instructions)
    assert not any(one.is_cut for one in said[:asked])


@pytest.mark.parametrize("rest_s", [3.0, 20.0])
def test_a_rest_between_exercises_without_sides_is_what_the_file_says(
    sample_tracks: Tracks, rest_s: float
) -> None:
    live = PlayedLive(
        sample_tracks,
        routine(
            {"exercise": "prayer-squat", "sets": 1, "hold_s": 5, "rest_s": rest_s},
            {"exercise": "childs-pose", "sets": 1, "hold_s": 5},
        ),
    )
    live.play_to("rest")
    start_s = live.time_s
    assert live.play_until(lambda: live.flow.phase != "rest")
    assert live.time_s - start_s == pytest.approx(rest_s, abs=0.2)


def test_whoever_stays_in_after_the_last_set_comes_to_the_summary(sample_tracks: Tracks) -> None:
    live = PlayedLive(
        sample_tracks, make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=5), {"side": "left"}
    )
    live.actor.obeys = lambda text: "ome out" not in text
    live.play_to("relax")
    live.play_to("done", 15)


# --- a raised hand ----------------------------------------------------------------------------


def raise_hand(pose: Pose) -> Pose:
    """The same person, one hand above the head."""
    xy = pose.xy_px.copy()
    trunk_px = abs(xy[Landmark.LEFT_HIP, 1] - xy[Landmark.LEFT_SHOULDER, 1])
    xy[Landmark.LEFT_ELBOW] = xy[Landmark.NOSE] - [0, 0.1 * trunk_px]
    xy[Landmark.LEFT_WRIST] = xy[Landmark.NOSE] - [0, 0.5 * trunk_px]
    visibility = pose.visibility.copy()
    visibility[[Landmark.LEFT_ELBOW, Landmark.LEFT_WRIST]] = 1.0
    return replace(pose, xy_px=xy, visibility=visibility)


def test_a_raised_hand_ends_a_rest_and_a_pause_and_no_hold(sample_tracks: Tracks) -> None:
    plan = make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=10)
    live = PlayedLive(sample_tracks, plan)
    live.play_to("work")
    live.disturb = raise_hand
    live.play(3)
    assert (live.flow.phase, live.flow.state.n_hands) == ("work", 0), "a set counts"
    assert live.scenes[-1].notice is None
    live.disturb = lambda pose: pose
    live.flow.pause(True)
    live.play(2)
    assert live.scenes[-1].notice == "Raise a hand: go on"
    live.disturb = raise_hand
    live.play(1.5)
    assert not live.flow.is_paused
    assert live.voice.chimes[-2][1] == "seen"
    live.disturb = lambda pose: pose
    live.play_to("rest")
    live.play(2)
    assert live.scenes[-1].notice == "Raise a hand: next"
    live.disturb = raise_hand
    live.play(1.5)
    assert live.flow.phase == "ready"
    assert live.flow.state.n_hands == 2
    turn = live.flow.turn
    live.play(5)
    assert live.flow.turn is turn, "a hand that stays up asks once"


# --- the voice alone --------------------------------------------------------------------------


def test_who_sees_no_screen_is_told_all_that_is_needed(sample_tracks: Tracks) -> None:
    """The position, the beginning, the breath, the time, the end: from what was said alone."""
    for name in ("prayer-squat", "childs-pose", "knee-to-chest"):
        exercise = EXERCISES[name]
        options = {} if exercise.sides == "none" else {"side": "right"}
        plan = make_routine(exercise, sets=1, hold_s=30)
        live = PlayedLive(sample_tracks, plan, options)
        assert live.play_until(lambda live=live: live.flow.phase == "done", 240)  # type: ignore[misc]
        live.play(3)
        told = iter(live.texts)
        first, _, third = exercise.instructions[:3]
        needed = ["Education", exercise.name, first, third, "3", "2", "1", "Hold", "Breathe in"]
        needed += ["and out", "Halfway", "5", "1", "Done.", "All done. 1 of 1"]
        for words in needed:
            assert any(words in text for text in told), f"{words!r} in its place: {live.texts}"
        if options:
            assert any("right leg is" in text for text in live.texts)


# --- out of sight, and a neutral that was a tuck ---------------------------------------------


@pytest.mark.parametrize("hidden_s", [1.5, 5.0])
def test_the_clock_waits_while_somebody_stands_in_between(
    sample_tracks: Tracks, hidden_s: float
) -> None:
    """What follows people gives nobody while the person is hidden behind somebody else."""
    live = lead(sample_tracks)
    start_s, n_shown, turn = live.time_s, len(live.scenes), live.flow.turn
    assert turn is not None
    live.disturb = hide
    live.play(hidden_s)
    live.disturb = lambda pose: pose
    live.play(4)
    told = ["Paused: I can't see you", "Going on"] if hidden_s > 2 else []
    assert live.said_since(start_s) == told
    shown = {scene.scene.cue.text for scene in live.scenes[n_shown:]}
    assert shown <= {"Good. Hold.", "I can't see you", "Paused: I can't see you", "Get ready"}
    assert live.flow.turn is not None
    assert live.flow.turn.done - turn.done == pytest.approx(4, abs=0.26)
    assert len(live.conclude().sets) == 1


def test_whoever_is_gone_when_they_are_seen_again_is_told(sample_tracks: Tracks) -> None:
    live = lead(sample_tracks)
    start_s = live.time_s
    live.disturb = hide
    live.actor.leave()
    live.play(3)
    live.disturb = lambda pose: pose
    live.play(3)
    assert live.said_since(start_s)[-1].startswith("Get into position")


def test_a_neutral_that_was_a_tuck_is_asked_for_again(sample_tracks: Tracks) -> None:
    """The person tucks at once, and relaxes when the hold has begun."""
    plan = make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=20)
    live = PlayedLive(sample_tracks, plan, {"side": "right"})
    live.actor.obeys = lambda text: "tall and" not in text
    live.play_to("neutral")
    live.actor.tuck()
    live.play_to("work")
    first = live.flow.session.neutral
    live.actor.obeys = lambda text: True
    start_s = live.time_s
    live.actor.relax()
    live.play_to("neutral", 10)
    live.play_to("work", 20)
    said = live.said_since(start_s)
    assert said[:3] == [
        "You may have been tucked already, so let me look again",
        "Stay tall and relaxed: I am finding your neutral",
        "Tuck your tailbone under",
    ], said
    assert said[3:6] == ["3", "2", "1"]
    assert live.flow.session.neutral is not first
    live.play(6)
    assert live.flow.turn is not None
    assert live.flow.turn.confirmed > 4, "the tuck is seen as one"
    assert not any("arch" in cue.lower() for cue in live.cues)


def test_a_neutral_that_was_taken_anew_is_said(sample_tracks: Tracks) -> None:
    live = lead(sample_tracks)
    pelvis = live.flow.session.pelvis
    assert pelvis is not None
    assert pelvis.known is not None
    pelvis.known = replace(pelvis.known, is_anew=True)
    live.play(3)
    assert len(find(live, "I took your neutral again. Tuck your tailbone under")) == 1


# --- the camera is moved ----------------------------------------------------------------------


def tilt(pose: Pose) -> Pose:
    """As a camera sees it that was bumped by 5 % of the picture, and 3 degrees."""
    turn = np.radians(3)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return replace(pose, xy_px=(pose.xy_px - [640, 270]) @ matrix.T + [640 + 64, 270])


def test_a_camera_that_was_bumped_is_told_and_the_neutral_taken_anew(
    sample_tracks: Tracks,
) -> None:
    live = lead(sample_tracks)
    start_s, turn, known = live.time_s, live.flow.turn, live.flow.state.neutral
    assert turn is not None
    live.disturb = tilt
    live.flow.note_camera_moved()
    live.actor.relax()
    live.play_to("countdown")
    assert live.flow.turn is not None
    held_s = live.flow.turn.done
    assert held_s == pytest.approx(turn.done, abs=0.2), "nothing is counted meanwhile"
    live.play_to("work")
    said = live.said_since(start_s)
    assert said[0] == "The camera was moved, so let me look again"
    assert "Stay tall and relaxed" in said[1]
    assert live.flow.state.neutral is not None
    assert live.flow.state.neutral is not known
    before = live.flow.turn
    live.play(6)
    assert live.states[-1].moment.clock == "running"
    assert live.flow.turn is not None
    assert live.flow.turn.done == pytest.approx(before.done + 6, abs=0.3)


# --- a whole routine --------------------------------------------------------------------------

ALWAYS_TRUE = (
    "Daily relief. Education", "Half-kneeling hip", "Standing hip", "Prayer squat", "Wide-stance",
    "Single knee", "Your left leg is", "Your right leg is", "Keep the front leg nearest",
)  # fmt: skip
"""Of the routine, not of a moment."""


def find_false(live: PlayedLive) -> list[str]:
    """Every sentence that is not true of the moment at which it was begun, or that is not known."""
    instructions = {text for one in EXERCISES.values() for text in one.instructions}
    times = [state.time_s for state in live.states]
    wrong = []
    for one in live.voice.said:
        place = max(0, int(np.searchsorted(times, one.start_s + 1e-6)) - 1)
        state = live.states[place]
        left = state.remaining if state.count_s is None else state.count_s
        checks = {
            "Get into position": not state.moment.in_position,
            "Stay tall and relaxed": state.phase == "neutral",
            "Now tuck": state.phase == "countdown",
            "Tuck your": state.phase == "countdown",
            "Get ready": state.phase == "countdown",
            "Hold": state.phase == "work",
            "Go on, hold": state.phase == "work",
            "Halfway": state.phase == "work",
            "10 seconds": state.phase == "work" and 9 <= left <= 10.1,
            "Done.": state.phase == "relax" and state.turn and state.turn.is_done,
            "Breathe in": state.phase == "work",
            "and out": state.phase == "work",
            "Rest for": state.phase == "rest",
            "Now the other": state.is_wrong_side,
            "The camera was moved": state.n_moved == 1,
            "Paused: I can't see you": state.is_interrupted,
            "Gone: trying again": one.start_s - state.time_s > 1,
            "Going on": True,
            "All done": state.phase == "done",
        }
        truth = next((true for words, true in checks.items() if one.text.startswith(words)), None)
        if one.text.isdecimal():
            truth = abs(left - int(one.text)) < 1.01
        if truth is None:
            truth = one.text.startswith(ALWAYS_TRUE) or one.text in instructions
        if not truth:
            wrong.append(f"{one.start_s:.1f} s, {state.phase}: {one.text}")
    return wrong


def play_daily(tracks: Tracks, events: Mapping[tuple[int, float], Event]) -> PlayedLive:
    """The routine to its end; each event happens so many seconds into the hold of a turn."""
    live = PlayedLive(tracks, load_routine("daily-relief"))
    waiting = dict(events)
    while live.flow.phase != "done":
        live.play(TICK_S)
        turn = live.flow.turn
        assert live.time_s < 1500, f"{live.flow.phase}, {live.texts[-5:]}"
        if turn is not None and live.flow.phase == "work":
            for key in [key for key in waiting if key[0] == turn.place and turn.done >= key[1]]:
                waiting.pop(key)(live)
    assert not waiting
    return live


def stall(for_s: float) -> Event:
    return lambda live: live.stall(for_s)


def disconnect(live: PlayedLive) -> None:
    live.stall(1.5)
    live.lost = "Gone"
    live.stall(8.5)
    live.lost = None


def pass_by(live: PlayedLive) -> None:
    live.disturb = hide
    live.play(2.5)
    live.disturb = lambda pose: pose


def bump(live: PlayedLive) -> None:
    live.disturb = tilt
    live.flow.note_camera_moved()


def mistake_the_side(live: PlayedLive) -> None:
    """The left leg behind once more, though the right one was asked for."""
    live.actor.mistakes_side = True


@pytest.mark.slow
def test_a_day_with_all_that_goes_wrong_is_held_as_one_without(sample_tracks: Tracks) -> None:
    smooth = play_daily(sample_tracks, {})
    rough = play_daily(
        sample_tracks,
        {
            (0, 5.0): stall(0.4), (0, 12.0): stall(0.75), (0, 20.0): stall(1.5),
            (1, 10.0): stall(12.0), (2, 8.0): pass_by, (3, 15.0): disconnect,
            (4, 10.0): bump, (4, 20.0): mistake_the_side, (6, 5.0): stall(3.0),
            (8, 6.0): stall(0.9), (9, 4.0): pass_by,
        },
    )  # fmt: skip
    held = [[turn.done for turn in live.flow.turns] for live in (smooth, rough)]
    assert held[1] == pytest.approx(held[0], abs=0.5)
    assert all(turn.is_done for turn in rough.flow.turns)
    assert (find_false(smooth), find_false(rough)) == ([], [])
    assert "Now the other leg" in rough.texts
    urgent = ("Paused", "Gone", "Going on")
    cut = [(a.text, b.text) for a, b in pairwise(rough.voice.said) if a.is_cut]
    assert all(after.startswith(urgent) for _, after in cut), "alerts alone cut a sentence off"
