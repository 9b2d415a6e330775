"""What a set and a clip came to, in words: *held well* only where the target is met."""

from __future__ import annotations

import random

import pytest

from formcheck.exercises.routine import Routine, make_routine
from formcheck.report.words import (
    find_asked,
    tell_done,
    tell_lead,
    tell_score,
    tell_set_verdict,
    tell_verdict,
)
from formcheck.result.models import Result, SetResult
from formcheck.result.plan import compare_plan
from tests.support.builders import OUT
from tests.support.html_pages import EXERCISES, make_result
from tests.support.played_session import make_session, make_set


def hold(held_s: float, **changes: object) -> Result:
    """A clip of half-kneeling with nothing to correct, held for so long of 30 s."""
    result = make_result(lambda t: {} if 1.0 <= t <= 20.0 else OUT)
    [one] = result.sets
    one = one.model_copy(update={"good_hold_s": held_s, **changes})
    return result.model_copy(update={"sets": (one,), "verdict": one.verdict})


def tell_set(result: Result, place: int = 0) -> str:
    one = result.sets[place]
    exercise = EXERCISES[one.exercise]
    return tell_set_verdict(one, exercise, find_asked(result, one, exercise))


@pytest.mark.parametrize(
    ("held_s", "said", "headline"),
    [
        (7.0, "nothing to correct", "Nothing to correct, 7 of 30 s"),
        (29.9, "nothing to correct", "Nothing to correct, 29.9 of 30 s"),
        (30.0, "held well", "Held well"),
        (31.2, "held well", "Held well"),
    ],
)
def test_held_well_is_said_where_the_target_is_met(held_s: float, said: str, headline: str) -> None:
    result = hold(held_s)
    assert tell_set(result) == said
    assert tell_verdict(result, EXERCISES) == headline
    assert tell_lead(result, EXERCISES) == f"Good hold: {held_s:g} of 30 s, left side."


def test_held_well_is_said_of_nothing_else() -> None:
    """Over random sets of all kinds."""
    seed = 11
    print("seed", seed)
    chance = random.Random(seed)
    for _ in range(300):
        exercise = EXERCISES[
            chance.choice(sorted(name for name, e in EXERCISES.items() if e.is_seen))
        ]
        side = None if exercise.sides == "none" else "left"
        one = make_set(chance, exercise, side, 1.0, is_judged=chance.random() < 0.8)  # type: ignore[arg-type]
        asked = find_asked(make_session(1).model_copy(update={"sets": (one,)}), one, exercise)
        said = tell_set_verdict(one, exercise, asked)
        if said in ("held well", "done well"):
            done = sum(rep.good for rep in one.reps) if one.reps else one.good_hold_s
            assert asked is not None
            assert one.verdict == "pass"
            assert one.measured is None
            assert round(done, 1) >= asked


def test_a_picture_has_no_clock() -> None:
    result = hold(0.0, start_s=0.0, end_s=0.0, holds=())
    assert tell_set(result) == "position correct"
    assert tell_verdict(result, EXERCISES) == "Position correct"
    assert tell_lead(result, EXERCISES) == ("Left side. Position correct. A photo has no clock.")
    wrong = hold(0.0, start_s=0.0, end_s=0.0, holds=(), verdict="fix")
    assert tell_verdict(wrong, EXERCISES) == "Something to correct"
    assert tell_lead(wrong, EXERCISES).startswith("Left side. A photo has no clock.")


@pytest.mark.parametrize("reading", ["tight", "borderline", "reaches parallel"])
def test_a_test_is_told_by_its_reading(reading: str) -> None:
    measured = {"thigh_elevation_deg": 16.0, "verdict": reading}
    result = hold(6.5, exercise="thomas-test", measured=measured, score=None)
    assert tell_set(result) == reading
    assert tell_verdict(result, EXERCISES) == f"Measured: {reading}"
    assert tell_lead(result, EXERCISES) == f"Thigh elevation 16°: {reading}, left side."
    right = result.sets[0].model_copy(
        update={"side": "right", "measured": {**measured, "verdict": "tight"}}
    )
    both = result.model_copy(update={"sets": (*result.sets, right)})
    said = f"left {reading} and right tight"
    assert tell_verdict(both, EXERCISES) == f"Measured: {said}"


def test_a_test_that_was_not_read_could_not_be_judged() -> None:
    measured = {"thigh_elevation_deg": 16.0, "verdict": None}
    result = hold(1.0, exercise="thomas-test", measured=measured, verdict="cannot_judge")
    assert tell_set(result) == "could not be judged"


def test_what_cannot_be_judged_has_no_score_in_words() -> None:
    result = hold(2.0, verdict="cannot_judge", score=100.0)
    assert tell_verdict(result, EXERCISES) == "Could not be judged"
    assert tell_score(result) == "There is no score: not all of it could be judged."


def ask(result: Result, routine: Routine) -> Result:
    return result.model_copy(update={"plan": compare_plan(result, routine, EXERCISES)})


def test_a_routine_says_what_is_asked_of_a_set() -> None:
    """One total of a set, of one target, wherever it stands."""
    result = ask(hold(21.0), make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=20.0))
    one, exercise = result.sets[0], EXERCISES["half-kneeling"]
    asked = find_asked(result, one, exercise)
    assert asked == 20
    assert tell_done(one, exercise, asked) == "Good hold: 21 of 20 s"
    assert tell_set(result) == "held well"
    assert tell_verdict(result, EXERCISES) == "Nothing to correct, 1 of 2 done", "of the routine"


def test_a_second_try_is_measured_by_the_routine_too() -> None:
    """Only one of two sets counts for it; the other is not told by another target."""
    first = hold(21.0)
    second = first.sets[0].model_copy(update={"good_hold_s": 5.0, "start_s": 40.0, "end_s": 45.0})
    both = first.model_copy(update={"sets": (*first.sets, second)})
    result = ask(both, make_routine(EXERCISES["half-kneeling"], sets=1, hold_s=20.0))
    exercise = EXERCISES["half-kneeling"]
    assert [find_asked(result, one, exercise) for one in result.sets] == [20, 20]


def test_legs_that_take_turns_share_what_is_asked() -> None:
    result = make_session()
    [kicks] = [one for one in result.sets if one.exercise == "donkey-kick"][:1]
    left = tuple(rep.model_copy(update={"side": "left", "good": True}) for rep in kicks.reps)
    right = tuple(
        rep.model_copy(update={"side": "right", "start_s": rep.start_s + 1}) for rep in left
    )
    one: SetResult = kicks.model_copy(update={"reps": (*left, *right), "side": None})
    result = result.model_copy(update={"sets": (one,), "exercise": "donkey-kick"})
    result = ask(result, make_routine(EXERCISES["donkey-kick"], sets=1))
    exercise = EXERCISES["donkey-kick"]
    asked = find_asked(result, one, exercise)
    assert tell_done(one, exercise, asked) == "Good reps: 16 of 20 reps"


def test_of_much_to_correct_the_commonest_is_named() -> None:
    lead = tell_lead(make_session(), EXERCISES)
    assert "To correct most often: " in lead
    assert lead.endswith("more, below.")
    counts = [int(part.split()[0]) for part in lead.split("(")[1:]]
    assert counts == sorted(counts, reverse=True)
    assert len(counts) == 4
