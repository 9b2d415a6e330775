"""What a session asks for, turn by turn, and what it tells of it afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from formcheck.coach.turns import list_turns, tell_plan
from formcheck.exercises.load import list_exercises
from formcheck.exercises.routine import Routine, load_routine
from formcheck.exercises.schema import Assessment, Hold, Reps
from formcheck.pose.landmarks import Side
from formcheck.result.models import PlanResult, RepResult, SetResult
from formcheck.result.plan import describe_plan

EXERCISES = list_exercises()


def routine(*steps: dict[str, Any]) -> Routine:
    raw = {"id": "mine", "name": "Mine", "sources": ["a test"], "steps": list(steps)}
    return Routine.model_validate(raw, context=EXERCISES)


MIXED = routine(
    {"exercise": "half-kneeling", "sets": 2, "hold_s": 20, "rest_s": 12},
    {"exercise": "donkey-kick", "sets": 1, "reps": 6, "sides": "alternating"},
    {"exercise": "childs-pose", "sets": 1, "hold_s": 25},
)


def hold(start_s: float, good_s: float, side: Side | None = "left", **changes: Any) -> SetResult:
    values: dict[str, Any] = {
        "exercise": "half-kneeling", "side": side, "start_s": start_s, "end_s": start_s + good_s,
        "position_s": good_s, "good_hold_s": good_s, "confirmed_hold_s": good_s,
        "longest_hold_s": good_s, "holds": (), "rules": {}, "faults": (),
        "completion": min(1.0, good_s / 30), "score": 100.0, "verdict": "pass", **changes,
    }  # fmt: skip
    return SetResult(**values)


def kicks(start_s: float, *good: bool) -> SetResult:
    reps = tuple(
        RepResult(
            start_s=start_s + k, peak_s=start_s + k + 0.5, end_s=start_s + k + 1, top_s=0.2,
            side="left", good=is_good, faults=(),
        )
        for k, is_good in enumerate(good)
    )  # fmt: skip
    return hold(start_s, len(good), exercise="donkey-kick", reps=reps)


def tell(*results: SetResult, **done: tuple[float, list[int]]) -> PlanResult:
    """A plan of half-kneeling, one set of 20 s on each side; ``done`` and the sets for each."""
    one = routine({"exercise": "half-kneeling", "sets": 1, "hold_s": 20})
    turns = []
    for turn in list_turns(one, EXERCISES):
        done_s, sets = done.get(turn.side or "none", (0.0, []))
        turns.append(replace(turn, done=done_s, sets=tuple(sets)))
    return tell_plan(one, turns, results)


def test_every_set_is_a_turn_in_the_order_of_the_routine() -> None:
    turns = list_turns(MIXED, EXERCISES)
    told = [(t.step, t.exercise.id, t.side, t.number, t.n_sets, t.target, t.unit) for t in turns]
    assert told == [
        (1, "half-kneeling", "left", 1, 2, 20, "s"),
        (1, "half-kneeling", "left", 2, 2, 20, "s"),
        (1, "half-kneeling", "right", 1, 2, 20, "s"),
        (1, "half-kneeling", "right", 2, 2, 20, "s"),
        (2, "donkey-kick", "left", 1, 1, 6, "reps"),
        (2, "donkey-kick", "right", 1, 1, 6, "reps"),
        (3, "childs-pose", None, 1, 1, 25, "s"),
    ]
    assert [turn.rest_s for turn in turns] == [12, 12, 12, 12, 15, 15, 15]
    assert all(turn.is_open and not turn.done for turn in turns)


def test_one_side_alone_leaves_what_has_none() -> None:
    turns = list_turns(MIXED, EXERCISES, "right")
    assert [(turn.exercise.id, turn.side) for turn in turns] == [
        ("half-kneeling", "right"), ("half-kneeling", "right"), ("donkey-kick", "right"),
        ("childs-pose", None),
    ]  # fmt: skip


def test_the_steps_own_target_takes_the_place_of_the_exercises() -> None:
    turns = list_turns(MIXED, EXERCISES)
    kneel, kick, child = (turns[index].exercise for index in (0, 4, 6))
    assert isinstance(kneel.count, Hold)
    assert (kneel.count.target_s, kneel.count.sets) == (20, 2)
    assert isinstance(kick.count, Reps)
    assert (kick.count.target_reps, kick.count.sets) == (6, 1)
    assert isinstance(child.count, Hold)
    assert child.count.target_s == 25
    assert kneel.rules == EXERCISES["half-kneeling"].rules
    own = EXERCISES["half-kneeling"].count
    assert isinstance(own, Hold)
    assert own.target_s == 30, "the catalogue stays as it is"


def test_turns_of_a_step_share_an_exercise_and_steps_do_not() -> None:
    twice = routine(*[{"exercise": "half-kneeling", "sets": 1, "hold_s": 20}] * 2)
    first, second, third, fourth = (turn.exercise for turn in list_turns(twice, EXERCISES))
    assert first is second
    assert third is fourth
    assert first is not third


def test_an_assessment_is_asked_for_as_it_is() -> None:
    turns = list_turns(routine({"exercise": "thomas-test"}), EXERCISES)
    assert {turn.side for turn in turns} == {"left", "right"}
    assert isinstance(turns[0].exercise.count, Assessment)
    assert turns[0].target > 0


@pytest.mark.parametrize("name", ["daily-relief", "reach-bend-drop", "stretch-and-strengthen"])
def test_the_routines_ask_for_all_they_say(name: str) -> None:
    asked = load_routine(name)
    turns = list_turns(asked, EXERCISES)
    assert len(turns) == sum(len(step.turns) for step in asked.steps)
    assert all(turn.target > 0 for turn in turns)


@pytest.mark.parametrize(
    ("done", "status", "is_done"),
    [(0, "missing", False), (5, "short", False), (19.999, "done", False), (20, "done", True)],
)
def test_how_far_a_turn_is(done: float, status: str, is_done: bool) -> None:
    turn = replace(list_turns(MIXED, EXERCISES)[0], done=done)
    assert (turn.is_done, turn.is_open) == (is_done, not is_done)
    plan = tell(hold(2, done), left=(done, [0]))
    assert plan.sets[0].status == status


def test_a_turn_that_was_passed_over_is_not_open() -> None:
    turn = replace(list_turns(MIXED, EXERCISES)[0], skipped=True)
    assert not turn.is_open


def test_a_turn_of_several_sets_is_told_once() -> None:
    """Who left for a while went on where they were; all that was held counts."""
    plan = tell(hold(2, 12), hold(40, 9), hold(70, 21, "right"), left=(21, [0, 1]), right=(20, [2]))
    assert plan.complete
    assert (plan.n_asked, plan.n_done, plan.extra) == (2, 2, ())
    left, right = plan.sets
    assert (left.side, left.asked, left.done, left.unit, left.status) == (
        "left", 20, 21, "s", "done",
    )  # fmt: skip
    assert (left.index, right.index) == (1, 2)
    assert describe_plan(plan).startswith("2 of 2 done")


def test_what_was_not_asked_for_is_extra() -> None:
    plan = tell(hold(2, 21), hold(40, 8), kicks(60, True, False, True), left=(20, [0]))
    assert [(one.exercise, one.done, one.unit, one.index) for one in plan.extra] == [
        ("half-kneeling", 8, "s", 1), ("donkey-kick", 2, "reps", 2),
    ]  # fmt: skip
    assert (plan.n_done, plan.complete) == (1, False)
    assert [one.status for one in plan.sets] == ["done", "missing"]
    assert plan.sets[1].index is None


def test_what_could_not_be_judged_is_not_done_and_says_why() -> None:
    unjudged: dict[str, Any] = {"verdict": "cannot_judge", "why_not_judged": "it was dark"}
    plan = tell(hold(2, 12, **unjudged), hold(40, 9, **unjudged), left=(20, [0, 1]))
    assert plan.sets[0].status == "short"
    assert plan.sets[0].why
    assert plan.n_done == 0
    partly = tell(hold(2, 12, **unjudged), hold(40, 9), left=(20, [0, 1]))
    assert (partly.sets[0].status, partly.sets[0].why) == ("done", None)
