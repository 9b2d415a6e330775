"""The catalogue, walked: every row is there, every rule can pass and fail, nothing is left over."""

from __future__ import annotations

import re

import numpy as np
import pytest

from formcheck.exercises.load import list_exercises
from formcheck.exercises.routine import Routine, list_routines
from formcheck.exercises.schema import MAX_CUE_CHARS, Exercise, Rule
from formcheck.measure.body import Body
from formcheck.measure.registry import FROM_NEUTRAL, FROM_START, MEASURES, OF_REP
from formcheck.pose.landmarks import SIDES
from formcheck.pose.track import Floats
from tests.conftest import ROOT
from tests.support.builders import make_body

CATALOGUE = list_exercises()

RULES = {
    "half-kneeling": "front_knee* thigh_parallel* trunk_upright* pelvis_tuck* rear_hip",
    "half-kneeling-reach": (
        "front_knee* thigh_parallel* trunk_upright* pelvis_tuck* rear_hip arms_overhead*"
    ),
    "half-kneeling-side-bend": "arm_overhead* side_bend* hips_level",
    "lunge-stretch": "rear_thigh_back* front_knee trunk_upright* pelvis_tuck",
    "standing-stretch": "rear_knee_straight trunk_upright* pelvis_tuck* rear_hip",
    "seated-90-90": "trunk_tall front_knee rear_knee",
    "prayer-squat": "depth* trunk_upright heels_down stance_width",
    "childs-pose": "hips_to_heels* head_low* arms_reach",
    "knee-to-chest": "knee_close* other_leg_flat* head_down",
    "knee-drops": "range* slow",
    "donkey-kick": "kick_height* knee_bent* trunk_still* hands_under_shoulders slow",
    "thomas-test": "",
    "arch-check": "",
}
"""Rule ids of every exercise, required ones starred: results and stored history use them."""

AIMS = {
    "half-kneeling": (30, 2), "half-kneeling-reach": (20, 2), "half-kneeling-side-bend": (20, 2),
    "lunge-stretch": (30, 3), "standing-stretch": (30, 2), "seated-90-90": (30, 1),
    "prayer-squat": (30, 1), "childs-pose": (20, 1), "knee-to-chest": (20, 1),
    "knee-drops": (10, 1), "donkey-kick": (10, 2), "thomas-test": (3, 1), "arch-check": (None, 1),
}  # fmt: skip
"""Seconds or repetitions, and sets a side."""

SIDELESS = {"prayer-squat", "childs-pose", "knee-drops", "arch-check"}

FOR_ONES_OWN = {"near_knee_deg", "near_elbow_deg", "left_elbow_deg", "right_elbow_deg"}
"""Measures that no exercise of the catalogue needs, and many another does."""

exercises = pytest.mark.parametrize("exercise", CATALOGUE.values(), ids=lambda e: e.id)
rules = pytest.mark.parametrize(
    "rule", [pytest.param(r, id=f"{e.id}.{r.id}") for e in CATALOGUE.values() for r in e.rules]
)


def test_every_row_is_there_with_its_rules() -> None:
    found = {
        exercise.id: {rule.id + "*" * rule.required for rule in exercise.rules}
        for exercise in CATALOGUE.values()
    }
    assert found == {name: set(ids.split()) for name, ids in RULES.items()}


@exercises
def test_the_aim_is_the_catalogues(exercise: Exercise) -> None:
    count = exercise.count
    aim = count.target_reps if count.kind == "reps" else exercise.hold_target_s
    assert (aim, count.sets) == AIMS[exercise.id]
    assert (exercise.sides == "none") == (exercise.id in SIDELESS)


@exercises
def test_it_can_be_done_from_its_words(exercise: Exercise) -> None:
    assert len(exercise.instructions) >= 3
    assert exercise.sources
    assert any("top if it hurts" in line for line in exercise.instructions) or not exercise.is_seen
    assert "three metres" in exercise.camera or not exercise.is_seen


@exercises
def test_a_side_is_told_by_the_position(exercise: Exercise) -> None:
    """For one leg only as the rear one; with repetitions or no sides, for either alike."""
    bodies = [_make_random_body().with_side(side) for side in SIDES]
    told, held = [], np.ones((2, len(bodies[0])), dtype=np.bool_)
    for band in exercise.position:
        values = np.array([MEASURES[band.measure].compute(body) for body in bodies])
        if not np.allclose(values[0], values[1], equal_nan=True):
            told.append(band.measure)
            held &= (band.low <= values) & (values <= band.high)
    if exercise.count.kind == "reps" or exercise.sides == "none":
        assert told == []
    else:
        assert held.any(axis=1).all(), "it can hold for either leg"
        assert not held.all(axis=0).any(), "and for both at once never"


@rules
def test_cues_are_short_and_say_what_to_do(rule: Rule) -> None:
    for cue in (rule.cue_low, rule.cue_high):
        if cue is not None:
            assert 0 < len(cue) < MAX_CUE_CHARS
            assert cue[0].isupper()
            assert not cue.endswith(".")
    begins = ("What the exercise's sources ", "Chosen here: ", "Measured here: ", "“")
    assert rule.source.startswith(begins), "whose numbers they are"


@pytest.mark.parametrize(
    "found", [*CATALOGUE.values(), *list_routines().values()], ids=lambda one: one.id
)
def test_sources_are_documents_by_their_titles(found: Exercise | Routine) -> None:
    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    for source in found.sources:
        [title] = re.findall("“(.+?)”", source)
        assert title in " ".join(page.split())
        rows = [line for line in page.splitlines() if line.startswith("|") and title in line]
        assert all(f"`{found.id}`" in row for row in rows)


def test_every_measure_is_used() -> None:
    used = {name for exercise in CATALOGUE.values() for name in exercise.measures}
    assert set(MEASURES) - used == FOR_ONES_OWN
    assert set(FROM_START) | set(FROM_NEUTRAL) <= used
    assert used >= OF_REP


@rules
def test_every_rule_can_pass_and_fail(rule: Rule) -> None:
    values = _reach(rule.measure)
    values = values[np.isfinite(values)]
    inside = np.array([rule.contains(value) for value in values])
    outside = ~np.array([rule.contains(value, rule.slack) for value in values])
    assert inside.any(), "it can never pass"
    low = outside & (values < rule.low)
    high = outside & (values > rule.high)
    assert low.any() == (rule.cue_low is not None)
    assert high.any() == (rule.cue_high is not None)


@exercises
def test_every_position_can_hold_and_not_hold(exercise: Exercise) -> None:
    for band in exercise.position:
        values = _reach(band.measure)
        holds = np.array([band.contains(value) for value in values[np.isfinite(values)]])
        assert holds.any()
        assert not holds.all()


def _reach(name: str) -> Floats:
    """Values that a measure takes on bodies that are anyhow."""
    if name in OF_REP:
        return np.linspace(0, 5)
    if name in FROM_NEUTRAL:
        return np.linspace(-25, 25)
    body = _make_random_body()
    if name in FROM_START:
        values = MEASURES[FROM_START[name]].compute(body)
        return np.asarray(values[1:] - values[:-1])
    return MEASURES[name].compute(body)


def _make_random_body(n: int = 2000) -> Body:
    rng = np.random.default_rng(7)
    return make_body(
        rng.normal(0, 80, (n, 33, 2)),
        rng.normal(0, 0.4, (n, 33, 3)),
        rng.choice([-1.0, 1.0], n),
        rng.uniform(0, 90, n),
    )
