"""A session against its routine: done, short, missing, extra, whatever the order."""

from __future__ import annotations

from typing import Any

import pytest

from formcheck.exercises.load import load_exercise
from formcheck.exercises.routine import Routine, Step
from formcheck.exercises.schema import Exercise, Reps
from formcheck.judging.rules import Outcome
from formcheck.pose.landmarks import Side
from formcheck.result.models import PlanResult, RepResult, Result, RuleResult, SetResult, ViewSeen
from formcheck.result.plan import compare_plan, describe_plan
from formcheck.result.score import POSITION_ONLY

KNEEL = load_exercise("half-kneeling")
KICK = KNEEL.model_copy(
    update={
        "id": "kick",
        "count": Reps(
            kind="reps", target_reps=10, sets=2, signal="front_thigh_elevation_deg", up=20, down=10
        ),
    }
)
SQUAT = KNEEL.model_copy(update={"id": "squat", "sides": "none", "stretched": None})
LUNGE = KNEEL.model_copy(update={"id": "lunge"})
EXERCISES: dict[str, Exercise] = {
    "half-kneeling": KNEEL,
    "kick": KICK,
    "squat": SQUAT,
    "lunge": LUNGE,
    "seated-90-90": load_exercise("seated-90-90"),
}

TWO_AND_ONE = Routine(
    id="two-and-one",
    name="Two and one",
    sources=("a test",),
    steps=(
        Step(exercise="half-kneeling", sets=2, hold_s=30),
        Step(exercise="squat", sets=1, hold_s=20, sides="none"),
    ),
)
KICKS = Routine(
    id="kicks",
    name="Kicks",
    sources=("a test",),
    steps=(Step(exercise="kick", sets=2, reps=10, sides="alternating"),),
)


def hold(
    start_s: float, good_s: float, side: Side | None = "left", exercise: str = "half-kneeling",
    **changes: Any,
) -> SetResult:  # fmt: skip
    values: dict[str, Any] = {
        "exercise": exercise, "side": side, "start_s": start_s, "end_s": start_s + good_s,
        "position_s": good_s, "good_hold_s": good_s, "confirmed_hold_s": good_s,
        "longest_hold_s": good_s, "holds": (), "rules": {}, "faults": (),
        "completion": min(1.0, good_s / 30), "score": 100.0, "verdict": "pass", **changes,
    }  # fmt: skip
    return SetResult(**values)


def squat(start_s: float, good_s: float) -> SetResult:
    return hold(start_s, good_s, None, "squat")


def kicks(*moves: tuple[float, Side, bool]) -> SetResult:
    """A set of kicks of two seconds: when each starts, with which leg, whether it is good."""
    reps = tuple(
        RepResult(
            start_s=start_s, peak_s=start_s + 1, end_s=start_s + 2, top_s=1.0, side=side,
            good=good, faults=() if good else ("kick_height",),
        )
        for start_s, side, good in moves
    )  # fmt: skip
    sides = {side for _, side, _ in moves}
    side = sides.pop() if len(sides) == 1 else None
    return hold(moves[0][0], moves[-1][0] + 2, side, "kick", reps=reps)


def compare(routine: Routine, *sets: SetResult) -> PlanResult:
    result = Result(
        clip="session.mp4", exercise="mixed", exercise_source="detected", model="full",
        duration_s=600, frames=6000, frames_analyzed=6000, frames_with_pose=6000,
        view=ViewSeen(expected=(), seen="side", ok=True, near_side="left"), sets=sets,
        target=None, completion=None, score=None, verdict="pass",
    )  # fmt: skip
    plan = compare_plan(result, routine, EXERCISES)
    again = result.model_copy(update={"plan": plan})
    assert Result.model_validate_json(again.to_json()) == again
    return plan


def rows(plan: PlanResult) -> list[tuple[str, Side | None, int, float, str]]:
    return [(s.exercise, s.side, s.set, s.done, s.status) for s in plan.sets]


ALL_DONE = (
    hold(0, 30), hold(45, 31), hold(90, 30, "right"), hold(135, 29, "right"), squat(180, 20),
)  # fmt: skip


def test_all_done() -> None:
    plan = compare(TWO_AND_ONE, *ALL_DONE)
    assert rows(plan) == [
        ("half-kneeling", "left", 1, 30, "done"),
        ("half-kneeling", "left", 2, 31, "done"),
        ("half-kneeling", "right", 1, 30, "done"),
        ("half-kneeling", "right", 2, 29, "done"),
        ("squat", None, 1, 20, "done"),
    ]
    assert [(s.step, s.asked, s.unit, s.index) for s in plan.sets] == [
        (1, 30, "s", 0), (1, 30, "s", 1), (1, 30, "s", 2), (1, 30, "s", 3), (2, 20, "s", 4),
    ]  # fmt: skip
    assert (plan.n_done, plan.n_asked, plan.complete, plan.extra) == (5, 5, True, ())
    assert describe_plan(plan) == "5 of 5 done"


@pytest.mark.parametrize(("good_s", "status"), [(28.5, "done"), (28.4, "short"), (0.0, "short")])
def test_done_is_from_95_percent(good_s: float, status: str) -> None:
    plan = compare(TWO_AND_ONE, hold(0, good_s))
    assert rows(plan)[0] == ("half-kneeling", "left", 1, good_s, status)


def test_one_missing_and_one_short() -> None:
    sets = (hold(0, 30), hold(45, 12), hold(90, 30, "right"), hold(135, 30, "right"))
    plan = compare(TWO_AND_ONE, *sets)
    assert [s.status for s in plan.sets] == ["done", "short", "done", "done", "missing"]
    assert (plan.sets[-1].done, plan.sets[-1].index) == (0, None)
    assert (plan.n_done, plan.complete) == (3, False)
    told = "3 of 5 done; missing: squat; short: half-kneeling left set 2 (12 of 30 s)"
    assert describe_plan(plan) == told


def test_what_is_missing_is_named_by_as_few_words_as_tell_it() -> None:
    told = describe_plan(compare(TWO_AND_ONE, hold(0, 30), hold(45, 30), squat(90, 20)))
    assert told == "3 of 5 done; missing: half-kneeling right"
    told = describe_plan(compare(TWO_AND_ONE, squat(90, 20)))
    assert told == "1 of 5 done; missing: half-kneeling"
    told = describe_plan(compare(TWO_AND_ONE, *ALL_DONE[1:]))
    assert told == "4 of 5 done; missing: half-kneeling left set 2"


def test_order_and_sides_are_free() -> None:
    sets = (
        squat(0, 20), hold(50, 30, "right"), hold(90, 31, "left"), hold(130, 32, "right"),
        hold(170, 33, "left"),
    )  # fmt: skip
    plan = compare(TWO_AND_ONE, *sets)
    assert plan.complete
    assert [s.index for s in plan.sets] == [2, 4, 1, 3, 0]


def test_more_than_asked_counts_the_best_in_order_of_time() -> None:
    sets = (*ALL_DONE, hold(300, 29), hold(340, 35), hold(400, 10, "right", "lunge"))
    plan = compare(TWO_AND_ONE, *sets)
    assert [s.index for s in plan.sets[:2]] == [1, 6]
    assert [(e.exercise, e.side, e.done, e.unit, e.index) for e in plan.extra] == [
        ("half-kneeling", "left", 30, "s", 0),
        ("half-kneeling", "left", 29, "s", 5),
        ("lunge", "right", 10, "s", 7),
    ]
    assert plan.complete
    assert describe_plan(plan) == (
        "5 of 5 done; extra: half-kneeling left (30 s), half-kneeling left (29 s), "
        "lunge right (10 s)"
    )


def test_a_try_that_was_begun_again_costs_nothing() -> None:
    plan = compare(TWO_AND_ONE, hold(0, 5), hold(20, 30), hold(65, 30), *ALL_DONE[2:])
    assert plan.complete
    assert [e.index for e in plan.extra] == [0]


def test_of_equal_ones_the_earlier_counts() -> None:
    plan = compare(TWO_AND_ONE, hold(0, 30), hold(45, 30), hold(90, 30))
    assert [s.index for s in plan.sets[:2]] == [0, 1]


def test_one_exercise_in_two_steps_of_different_length() -> None:
    steps = (
        Step(exercise="squat", hold_s=10, sides="none"),
        Step(exercise="squat", hold_s=30, sides="none"),
    )
    routine = TWO_AND_ONE.model_copy(update={"steps": steps})
    assert compare(routine, squat(0, 30), squat(50, 10)).complete
    assert compare(routine, squat(0, 10), squat(50, 40)).complete
    plan = compare(routine, squat(0, 20), squat(50, 5))
    assert [(s.done, s.status) for s in plan.sets] == [(20, "done"), (5, "short")]


def test_of_a_form_that_no_camera_sees_the_position_is_what_is_asked_for() -> None:
    routine = TWO_AND_ONE.model_copy(
        update={"steps": (Step(exercise="seated-90-90", hold_s=30, sides="none"),)}
    )
    unjudged = {"verdict": "cannot_judge", "score": None, "why_not_judged": POSITION_ONLY}
    assert compare(routine, hold(0, 30, None, "seated-90-90", **unjudged)).complete
    assert not compare(routine, hold(0, 20, None, "seated-90-90", **unjudged)).complete


def test_what_cannot_be_judged_is_short_and_says_why() -> None:
    unseen = RuleResult(
        outcome=Outcome.UNKNOWN, pass_s=0, fail_s=0, unknown_s=30, median=None, min=None,
        max=None, unit="deg", why_unknown="the knee is hidden",
    )  # fmt: skip
    rules = {"pelvis_tuck": unseen, "rear_hip": unseen, "front_knee": unseen}
    dark = hold(
        0, 30, verdict="cannot_judge", rules=rules, why_not_judged="front_knee: the knee is hidden"
    )
    plan = compare(TWO_AND_ONE, dark, *ALL_DONE[1:])
    assert [(s.status, s.index) for s in plan.sets[:2]] == [("short", 0), ("done", 1)]
    assert plan.sets[0].why == "front_knee: the knee is hidden"
    told = "4 of 5 done; short: half-kneeling left set 1 (30 of 30 s, cannot be judged)"
    assert describe_plan(plan) == told
    plan = compare(TWO_AND_ONE, dark, hold(45, 30), hold(90, 30), *ALL_DONE[2:])
    assert plan.complete, "one that can be judged goes before it"


def test_a_set_of_twice_the_length_is_one_and_the_missing_one_says_so() -> None:
    plan = compare(TWO_AND_ONE, hold(0, 62))
    assert [s.status for s in plan.sets] == ["done", *["missing"] * 4]
    assert "rest 10 s or more" in (plan.sets[1].why or "")
    assert plan.sets[2].why is None


def test_legs_that_take_turns_are_a_set_each() -> None:
    first = kicks(*((3.0 * i, "left" if i % 2 else "right", True) for i in range(20)))
    second = kicks(*((100 + 3.0 * i, "left" if i % 2 else "right", i > 3) for i in range(20)))
    plan = compare(KICKS, first, second)
    assert [(s.side, s.set, s.asked, s.done, s.unit, s.status) for s in plan.sets] == [
        ("left", 1, 10, 10, "reps", "done"),
        ("right", 1, 10, 10, "reps", "done"),
        ("left", 2, 10, 8, "reps", "short"),
        ("right", 2, 10, 8, "reps", "short"),
    ]
    assert describe_plan(plan) == (
        "2 of 4 done; short: kick left set 2 (8 of 10 reps), kick right set 2 (8 of 10 reps)"
    )


def test_legs_one_after_the_other_without_leaving_the_position() -> None:
    blocks: tuple[Side, ...] = ("left", "right", "left", "right")
    moves = [(40.0 * b + 3 * i, side, True) for b, side in enumerate(blocks) for i in range(10)]
    plan = compare(KICKS, kicks(*moves))
    assert plan.complete
    assert {s.index for s in plan.sets} == {0}


def test_nothing_done() -> None:
    plan = compare(TWO_AND_ONE)
    assert {s.status for s in plan.sets} == {"missing"}
    assert describe_plan(plan) == "0 of 5 done; missing: half-kneeling, squat"
