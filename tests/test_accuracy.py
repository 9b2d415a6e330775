"""Verdicts on the sample clips against their exact truth."""

from __future__ import annotations

import numpy as np

from benchmarks.accuracy import KNOWN_WRONG, ClipAccuracy, compute_auc, measure_tilt


def test_every_sample_clip_is_judged_as_is_known(accuracies: list[ClipAccuracy]) -> None:
    assert len(accuracies) >= 25
    assert {row.name for row in accuracies if not row.ok} == set(KNOWN_WRONG)
    assert sum(row.n_faults for row in accuracies) >= 12


def test_with_the_exercise_given_only_small_repetitions_are_lost(
    accuracies: list[ClipAccuracy],
) -> None:
    assert {row.name for row in accuracies if not row.given_ok} == {"knee-drops_small"}


def test_holds_agree_with_the_truth(accuracies: list[ClipAccuracy]) -> None:
    right = [row for row in accuracies if row.name not in KNOWN_WRONG]
    exact = [row for row in right if not row.approximate]
    assert len(exact) >= 8
    assert max(abs(row.hold_off_s) for row in exact) <= 0.5
    assert max(abs(row.hold_off_s) for row in right) <= 1.6


def test_repetitions_are_counted_exactly(accuracies: list[ClipAccuracy]) -> None:
    right = [row for row in accuracies if row.name not in KNOWN_WRONG]
    assert all(row.n_reps == row.n_true_reps for row in right)
    assert sum(row.n_reps for row in right) >= 12


def test_angles_agree_with_the_truth(accuracies: list[ClipAccuracy]) -> None:
    for name in ("front_knee_deg", "front_thigh_elevation_deg", "trunk_lean_deg"):
        errors = np.abs([e for row in accuracies for e in row.errors_deg.get(name, [])])
        assert len(errors) > 500
        assert np.median(errors) < 6, name


def test_the_pelvic_tilt_agrees_with_the_truth(accuracies: list[ClipAccuracy]) -> None:
    tilt = measure_tilt(accuracies)
    assert tilt is not None
    assert tilt.n_frames > 800
    assert tilt.guess_rmse_deg > 6, "the clips do not tilt enough to tell"
    assert tilt.rmse_deg <= 5
    assert tilt.auc >= 0.95
    assert tilt.abstained <= 0.2


def test_tucked_seconds_are_confirmed(accuracies: list[ClipAccuracy]) -> None:
    right = [row for row in accuracies if row.name not in KNOWN_WRONG]
    off_s = [row.confirmed_off_s for row in right if row.confirmed_off_s is not None]
    assert len(off_s) >= 7
    assert max(map(abs, off_s)) <= 1.5


def test_the_auc_counts_pairs_in_the_right_order() -> None:
    assert compute_auc([2, 3], [0, 1]) == 1
    assert compute_auc([0, 1], [2, 3]) == 0
    assert compute_auc([1, 1], [1]) == 0.5
