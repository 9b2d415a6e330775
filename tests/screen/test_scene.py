"""What is shown and said at each moment of a session."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest

from formcheck.coach.cues import FINDING_NEUTRAL, SHOW_BACK, Cue
from formcheck.exercises.load import load_exercise
from formcheck.judging.moment import take_moment
from formcheck.judging.neutral import FIND_WITHIN_S, STEADY_S
from formcheck.judging.session import Session
from formcheck.measure.pelvis import PER_DEG, Back
from formcheck.measure.reason import Reason, ReasonCode
from formcheck.pose.landmarks import Side, other_side
from formcheck.pose.outline import LEVELS
from formcheck.result.score import judge_still
from formcheck.screen.scene import Scene, build_scene, build_still_scene
from tests.support.builders import BACK_CODES, OUT, make_body, measured
from tests.support.kicks import RATE_HZ, kicks, make_exercise


def session_at(until_s: float, *parts: tuple[float, Mapping[str, float]]) -> Session:
    """A session up to a moment; each part holds from its time on."""
    session = Session(load_exercise("half-kneeling"))
    for k in range(round(until_s * 20) + 1):
        t = k / 20
        values: Mapping[str, float] = {}
        for start_s, part in parts:
            values = part if t >= start_s else values
        session.push({"left": measured(t, values), "right": measured(t, OUT)})
    return session


BENT = {"front_knee_deg": 60.0}
LEAN = {"trunk_lean_deg": 30.0}
BODY = make_body(np.zeros((1, 33, 2)), np.zeros((1, 33, 3)), np.array([1.0]), np.array([5.0]))
FOLDED = {"rear_hip_extension_deg": -40.0}


def show(session: Session) -> Scene:
    """What is shown after the latest frame, of nobody."""
    return build_scene(take_moment(session), None, None)


@pytest.mark.parametrize(
    ("session", "clock", "cue"),
    [
        (session_at(2, (0, OUT)), "out", Cue("Get into position", "wait")),
        (session_at(0.5), "entering", Cue("Get ready", "wait", is_said=False)),
        (session_at(2, (0, {"hip_travel_trunk": 0.4})), "entering", Cue("Hold still", "wait")),
        (session_at(3), "running", Cue("Good. Hold.", "good")),
        (session_at(2, (0, BENT)), "settling", Cue("Slide your front foot forward", "wait")),
        (session_at(4.2, (4, BENT)), "paused",
         Cue("Slide your front foot forward", "wait", is_said=False)),
        (session_at(5, (4, BENT)), "paused", Cue("Slide your front foot forward", "fix")),
        (session_at(5, (4, {"front_knee_deg": 120})), "paused",
         Cue("Bring your front foot closer", "fix")),
        (session_at(5, (4, LEAN)), "paused", Cue("Lift your chest", "fix")),
        (session_at(6, (4, LEAN), (5, {})), "running", Cue("Good. Hold.", "good")),
    ],
)  # fmt: skip
def test_clock_and_cue(session: Session, clock: str, cue: Cue) -> None:
    scene = show(session)
    assert (scene.clock, scene.cue) == (clock, cue)


def test_required_rules_are_said_first() -> None:
    both = {"rear_hip_extension_deg": -40.0, "trunk_lean_deg": 30.0}
    scene = show(session_at(6, (4, {"rear_hip_extension_deg": -40.0}), (5, both)))
    assert scene.cue == Cue("Lift your chest", "fix")


def test_a_fault_just_mended_is_not_told_the_other_way() -> None:
    """Well again, nearer to the band's other end, and not yet for long enough to clear it."""
    for value in (-10.0, 0.0, 10.0):
        scene = show(session_at(5.1, (4, LEAN), (5, {"trunk_lean_deg": value})))
        assert scene.cue == Cue("Lift your chest", "fix")


def see_partly(
    until_s: float, why: Reason, *names: str, exercise: str = "half-kneeling", side: Side = "left"
) -> Scene:
    """A scene in which those measures are not seen from 4 s on."""
    session = Session(load_exercise(exercise))
    for k in range(round(until_s * 20) + 1):
        frame = measured(k / 20, dict.fromkeys(names, math.nan) if k >= 80 else {})
        seen = replace(frame, why=dict.fromkeys(names, why))
        session.push({side: seen, other_side(side): measured(k / 20, OUT)})
    return show(session)


def test_a_joint_that_is_not_seen_stops_the_clock_and_is_named_at_once() -> None:
    why = Reason(ReasonCode.OUT_OF_FRAME, ("front_ankle",))
    scene = see_partly(4.1, why, "front_knee_deg")
    text = "Your right ankle cannot be seen"
    assert (scene.clock, scene.cue) == ("paused", Cue(text, "wait", is_said=False))
    assert see_partly(5.1, why, "front_knee_deg").cue == Cue(text, "wait"), "and said after 1 s"
    other = see_partly(5.1, why, "front_knee_deg", side="right")
    assert other.cue.text == "Your left ankle cannot be seen"


@pytest.mark.parametrize(
    ("why", "text"),
    [
        (Reason(ReasonCode.HIDDEN, ("rear_knee",)), "Your left knee cannot be seen"),
        (Reason(ReasonCode.NOT_VISIBLE, ("near_elbow",)), "Your near elbow cannot be seen"),
        (Reason(ReasonCode.OUT_OF_FRAME, ("front_foot_index",)), "Your right toes cannot be seen"),
        (Reason(ReasonCode.OUT_OF_FRAME, ("nose",)), "Your nose cannot be seen"),
        (Reason(ReasonCode.VIEW, ("side",)), "Turn side-on to the camera"),
        (Reason(ReasonCode.VIEW, ("side", "oblique")), "Turn: side or oblique view is needed"),
        (Reason(ReasonCode.NO_PERSON), "I can't see you"),
        (Reason(ReasonCode.NOT_MEASURABLE), "Front knee cannot be judged now"),
    ],
)
def test_why_it_cannot_be_judged_is_told_in_words(why: Reason, text: str) -> None:
    assert see_partly(5, why, "front_knee_deg").cue == Cue(text, "wait")


def test_a_position_that_is_not_seen_is_told_and_after_it_was_left() -> None:
    why = Reason(ReasonCode.OUT_OF_FRAME, ("rear_ankle",))
    names = "front_knee_above_front_ankle_shank", "rear_ankle_above_rear_knee_shank"
    soon, later = see_partly(4.3, why, *names), see_partly(6, why, *names)
    assert (soon.clock, later.clock) == ("paused", "out")
    assert soon.cue.text == later.cue.text == "Your left ankle cannot be seen"


def test_the_ring_has_good_and_confirmed_seconds() -> None:
    unclear = {"pelvic_tilt_change_deg": math.nan}
    scene = show(session_at(8, (4, unclear)))
    assert scene.done == pytest.approx(8.0)
    assert scene.confirmed == pytest.approx(4.0)
    assert (scene.side, scene.n_set, scene.n_sets, scene.target) == ("left", 1, None, 30)


def test_without_an_exercise_it_says_so() -> None:
    scene = build_scene(None, None, None)
    assert scene.cue.text == "I see no exercise I know"
    assert scene.marks == ()
    assert scene.tuck is None


# --- the tuck -------------------------------------------------------------------------------

GOOD = Cue("Good. Hold.", "good")
TUCK = Cue("Pelvis tuck not clear: a little more", "wait")
FIND = Cue(FINDING_NEUTRAL, "wait")
UNTOLD = {"pelvic_tilt_change_deg": math.nan}


def bend(change_deg: float, why: ReasonCode | None = None) -> Back:
    """A back whose pelvis reads that far from that of ``bend(0)``."""
    slope = math.tan(math.radians(change_deg / PER_DEG[0]))
    profile = 0.2 + slope * np.maximum(0.0, LEVELS - 0.6)
    still = np.full((2, 2, 2), 0.5)
    return Back(profile, still, 0.0, np.zeros(2), why)


def watch_back(
    until_s: float,
    back_at: Callable[[float], Back],
    exercise: str = "half-kneeling",
    values_at: Callable[[float], Mapping[str, float]] = lambda t: {},
) -> Session:
    """A session that sees those backs, all else held well."""
    session = Session(load_exercise(exercise))
    for k in range(round(until_s * 20) + 1):
        t = k / 20
        seen = replace(measured(t, {**UNTOLD, **values_at(t)}), back=back_at(t))
        session.push({"left": seen, "right": measured(t, OUT)})
    return session


def after_neutral(then: Back, from_s: float = 2.0) -> Callable[[float], Back]:
    return lambda t: bend(0.0) if t < from_s else then


def cue_of(session: Session) -> Cue:
    return show(session).cue


def view_tuck(session: Session) -> tuple[str, float, str | None]:
    tuck = show(session).tuck
    assert tuck is not None
    return tuck.word, tuck.change_deg, tuck.why


@pytest.mark.parametrize(
    ("change_deg", "word"),
    [(-9, "TUCKED"), (-4, "NOT CLEAR YET"), (-2, "NEUTRAL"), (2, "NEUTRAL"),
     (3.6, "NOT CLEAR YET"), (12, "ARCHED")],
)  # fmt: skip
def test_the_tuck_in_a_word(change_deg: float, word: str) -> None:
    def once_tucked(t: float) -> Back:
        return bend(0.0 if t < 2 else -9.0 if t < 3 else change_deg)

    said, value, why = view_tuck(watch_back(5, once_tucked))
    assert (said, why) == (word, None)
    assert value == pytest.approx(change_deg, abs=0.3)


def test_the_tuck_has_both_backs() -> None:
    scene = show(watch_back(4, after_neutral(bend(-9))))
    assert scene.tuck is not None
    assert scene.tuck.neutral == pytest.approx(bend(0).profile)
    assert scene.tuck.profile == pytest.approx(bend(-9).profile)


def test_neutral_is_looked_for_first() -> None:
    early = watch_back(STEADY_S - 0.3, lambda t: bend(0))
    assert view_tuck(early)[::2] == ("FINDING NEUTRAL", None)
    assert cue_of(early) == FIND
    assert cue_of(watch_back(STEADY_S + 0.1, lambda t: bend(0))) == GOOD


def test_neutral_is_not_looked_for_for_ever() -> None:
    def restless(t: float) -> Back:
        return bend(20.0 * math.sin(6 * t))

    assert cue_of(watch_back(FIND_WITHIN_S - 0.1, restless)) == FIND
    late = watch_back(FIND_WITHIN_S + 0.1, restless)
    assert cue_of(late) == GOOD
    assert view_tuck(late)[::2] == ("CAN'T TELL", str(Reason(ReasonCode.NO_NEUTRAL)))


def test_poses_without_an_outline_have_nothing_to_look_for() -> None:
    session = watch_back(2, lambda t: bend(0, ReasonCode.NOT_TRACED))
    assert cue_of(session) == GOOD
    assert view_tuck(session)[::2] == ("CAN'T TELL", str(Reason(ReasonCode.NOT_TRACED)))
    assert cue_of(watch_back(9, lambda t: bend(0, ReasonCode.NOT_TRACED))) == GOOD


def test_what_keeps_neutral_from_being_found_is_said() -> None:
    session = watch_back(2, lambda t: bend(0, ReasonCode.ARM))
    assert view_tuck(session)[::2] == ("FINDING NEUTRAL", str(Reason(ReasonCode.ARM)))
    assert cue_of(session) == FIND
    assert (
        cue_of(watch_back(3.1, lambda t: bend(0, ReasonCode.ARM))).text == SHOW_BACK[ReasonCode.ARM]
    )


@pytest.mark.parametrize("why", BACK_CODES)
def test_what_hides_the_back_is_said_after_three_seconds(why: ReasonCode) -> None:
    hidden = after_neutral(bend(0, why))
    told = Cue(SHOW_BACK[why], "wait") if why in SHOW_BACK else GOOD
    # Half of the last second has to be hidden for there to be no value.
    assert cue_of(watch_back(2 + 3.3, hidden)) == GOOD
    assert cue_of(watch_back(2 + 3.8, hidden)) == told
    assert len(told.text) < 40
    assert view_tuck(watch_back(5.8, hidden))[::2] == ("CAN'T TELL", str(Reason(why)))


def test_what_hides_the_back_may_change_meanwhile() -> None:
    def back_at(t: float) -> Back:
        return bend(0, ReasonCode.ARM if t < 4 else ReasonCode.LEAN) if t >= 2 else bend(0)

    assert cue_of(watch_back(5.8, back_at)).text == SHOW_BACK[ReasonCode.LEAN]


def test_a_back_seen_again_ends_it() -> None:
    def back_at(t: float) -> Back:
        return bend(0, ReasonCode.ARM if 2 <= t < 5 else None)

    assert cue_of(watch_back(8, back_at)) in (GOOD, TUCK)
    assert view_tuck(watch_back(8, back_at))[0] == "NEUTRAL"


def test_a_hidden_back_matters_only_where_the_tuck_is_required() -> None:
    rocked = {"rear_thigh_back_deg": 20.0}
    session = watch_back(
        9, after_neutral(bend(0, ReasonCode.ARM)), "lunge-stretch", lambda t: rocked
    )
    assert cue_of(session) == GOOD
    assert view_tuck(session)[0] == "CAN'T TELL"


def test_a_tuck_that_stays_unclear_is_told_and_no_correction() -> None:
    unclear_s = load_exercise("half-kneeling").rule("pelvis_tuck").unclear_s
    assert unclear_s is not None
    session = watch_back(STEADY_S + unclear_s - 0.1, lambda t: bend(0))
    assert cue_of(session) == GOOD
    session = watch_back(STEADY_S + unclear_s + 0.1, lambda t: bend(0))
    assert cue_of(session) == TUCK
    assert session.stay is not None
    assert session.stay.faults == [], "it is no fault"
    scene = show(session)
    assert scene.clock == "running"
    assert scene.done == pytest.approx(STEADY_S + unclear_s + 0.1)


def test_unclear_for_a_moment_is_not_said() -> None:
    def back_at(t: float) -> Back:
        return bend(0 if t < 2 else -9 if t % 2 < 1 else -3)

    for until_s in np.arange(4, 12, 0.5):
        assert cue_of(watch_back(float(until_s), back_at)) == GOOD


def test_a_fault_comes_before_what_is_unclear() -> None:
    session = watch_back(8, lambda t: bend(0), values_at=lambda t: LEAN if t >= 6 else {})
    assert cue_of(session) == Cue("Lift your chest", "fix")
    assert cue_of(watch_back(5.5, lambda t: bend(0))) == TUCK


def test_a_fault_comes_before_a_hidden_back() -> None:
    hidden = after_neutral(bend(0, ReasonCode.ARM))
    session = watch_back(8, hidden, values_at=lambda t: LEAN if t >= 6 else {})
    assert cue_of(session) == Cue("Lift your chest", "fix")


def test_getting_into_form_comes_before_neutral() -> None:
    session = watch_back(1.2, lambda t: bend(0), values_at=lambda t: BENT)
    assert cue_of(session) == Cue("Slide your front foot forward", "wait")


def test_out_of_position_there_is_no_tuck() -> None:
    scene: Scene = show(session_at(2, (0, OUT)))
    assert scene.tuck is None


def test_repetitions_are_counted_and_the_last_one_is_spoken_of() -> None:
    def seen(until_s: float, height: float) -> Scene:
        session = Session(make_exercise("each"))
        for k in range(round(until_s * RATE_HZ) + 1):
            t = round(k / RATE_HZ, 6)
            kick = kicks(2, 5, height=height)(t)
            session.push({"left": measured(t, kick), "right": measured(t, {})})
        return show(session)

    before, during, after = seen(1.9, 40), seen(3.0, 40), seen(4.5, 40)
    assert [scene.clock for scene in (before, during, after)] == ["ready", "moving", "ready"]
    assert [scene.done for scene in (before, during, after)] == [0, 0, 1]
    assert (after.target, after.unit, after.cue.text) == (4, "reps", "Good. Again.")
    assert before.cue.text == "Begin when you are ready"
    again = seen(6.0, 40)
    assert (again.clock, again.done, again.cue.text) == ("moving", 1, "Go on"), "no praise in a rep"
    assert again.marks == (), "nothing is known of this one yet"
    low = seen(4.5, 28)
    assert (low.done, low.cue.text, low.cue.tone) == (0, "Higher", "fix")
    assert {mark.verdict.rule.id for mark in low.marks} == {"height", "still", "slow"}


@pytest.mark.parametrize(
    ("values", "cue"),
    [
        ({}, Cue("Position correct", "good")),
        ({"pelvic_tilt_change_deg": math.nan}, Cue("Position correct", "good")),
        (BENT, Cue("Slide your front foot forward", "fix")),
        (FOLDED, Cue("Push your kneeling hip forward", "tip")),
        ({**FOLDED, **LEAN}, Cue("Lift your chest", "fix")),
        ({"front_knee_deg": math.nan}, Cue("Not everything can be seen", "wait")),
    ],
)
def test_a_single_picture_says_one_thing(values: Mapping[str, float], cue: Cue) -> None:
    exercise = load_exercise("half-kneeling")
    verdicts = judge_still(exercise, measured(0.0, values))
    scene = build_still_scene(exercise, "left", verdicts, BODY, BODY.xy_px[0])
    assert (scene.cue, scene.clock, scene.side) == (cue, "out", "left")
    assert [mark.verdict for mark in scene.marks] == list(verdicts)


def test_a_picture_of_nothing_known_says_so() -> None:
    assert build_still_scene(None, None, (), BODY, None).cue.text == "I see no exercise I know"
