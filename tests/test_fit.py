"""The fit of positions' bounds: where a bound is put, and what is written of it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from benchmarks import fit
from benchmarks.fit import BandsFit, ExerciseFit, place, round_bound
from formcheck.exercises.load import CATALOGUE_DIR, list_exercises, load_exercise
from formcheck.exercises.schema import Band

MINE = [8.0, 9.0, 10.0, 11.0, 12.0]
SPREAD = float(np.std(MINE))


@pytest.mark.parametrize(
    ("now", "others", "bound"),
    [
        (5.0, [2.0, 1.0], 5.0),
        (0.0, [], 0.0),
        (7.9, [2.0], 8 - SPREAD),
        (1.0, [2.0], 2 + SPREAD),
        (0.0, [7.0], 7.5),
    ],
    ids=["it stays in the gap", "nobody else", "too near", "too far", "a gap narrower than both"],
)
def test_a_bound_keeps_a_margin_on_both_sides(
    now: float, others: list[float], bound: float
) -> None:
    found = place(now, MINE, others)
    assert found.bound == pytest.approx(bound)
    assert (found.n_inside, found.inside, found.n_wrong) == (5, 8.0, 0)
    assert found.n_beyond == len(others)
    assert found.beyond == pytest.approx(max(others, default=math.nan), nan_ok=True)


def test_one_who_is_misread_does_not_drag_the_bound_along() -> None:
    found = place(50.0, [*np.linspace(80, 120, 40), -200.0], [20.0, 10.0])
    assert 20 < found.bound <= 80
    assert (found.n_inside, found.n_wrong) == (40, 1)


def test_more_on_one_side_count_for_more() -> None:
    few, many = place(0.0, MINE, [9.0]), place(0.0, MINE, [9.0] * 20)
    assert few.bound < 9 < many.bound


def test_a_bound_has_no_more_digits_than_its_gap_asks_for() -> None:
    wide, narrow = place(5.123, MINE, [2.0]), place(0.0, [8.001, 8.002], [8.0])
    assert round_bound(wide, "deg") == 5
    assert round_bound(wide, "trunk") == 5.12
    assert 8.0 < round_bound(narrow, "deg") < 8.001


def test_bounds_are_fitted_together_and_others_count_only_where_all_else_is_met() -> None:
    bands = [Band(measure="trunk_lean_deg", low=0, high=90), Band(measure="yaw_deg", high=60)]
    inside = [np.array([[40.0 + k] * 4, [10.0 + k] * 4]) for k in range(5)]
    leaning = np.array([[70.0] * 4, [12.0] * 4]), 4
    turned = np.array([[41.0] * 4, [80.0] * 4]), 4
    both = np.array([[89.0] * 4, [85.0] * 4]), 4
    found = BandsFit(bands, inside, [leaning, turned, both], 0.95, moves=True)
    lean, yaw = found.bands
    assert 44 < lean.high < 70
    assert 14 < yaw.high < 80
    assert found.fits[0, "high"].n_beyond == 1, "the one who is turned as well is no matter here"


def test_a_bound_that_was_set_for_a_reason_stays() -> None:
    band = Band(measure="yaw_deg", high=60, source="Set by hand: the view.")
    found = BandsFit([band], [np.array([[80.0] * 4])], [], 0.95, moves=True)
    assert (found.bands, found.fits) == ([band], {})


def test_what_is_written_is_read_again_with_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exercise = load_exercise("thomas-test")
    path = tmp_path / "thomas-test.toml"
    path.write_text((CATALOGUE_DIR / path.name).read_text())
    values = np.array([[0.5 * (max(b.low, -1) + min(b.high, 1))] * 4 for b in exercise.position])
    free = [band.model_copy(update={"source": None}) for band in exercise.position]
    found = BandsFit(free, [values, values + 0.01], [], 0.95, moves=True)
    monkeypatch.setattr(fit, "CATALOGUE_DIR", tmp_path)
    fit.write(exercise.id, ExerciseFit(found, None))
    again = list_exercises(tmp_path)[exercise.id]
    assert [(b.low, b.high) for b in again.position] == [(b.low, b.high) for b in found.bands]
    assert all((b.source or "").startswith(fit.MEASURED) for b in again.position)
    assert again.count == exercise.count
    lines = path.read_text().splitlines()
    assert lines[lines.index("[figure]") - 1].startswith("# "), "comments stay where they were"
