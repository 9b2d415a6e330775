"""Verdicts on the sample clips against their exact truth."""

from __future__ import annotations

import numpy as np

from benchmarks.accuracy import ClipAccuracy


def test_every_sample_clip_is_judged_right(accuracies: list[ClipAccuracy]) -> None:
    assert len(accuracies) >= 6
    assert [row for row in accuracies if not row.ok] == []
    assert sum(row.n_faults for row in accuracies) >= 3


def test_holds_agree_with_the_truth(accuracies: list[ClipAccuracy]) -> None:
    assert max(abs(row.hold_off_s) for row in accuracies) <= 0.5


def test_angles_agree_with_the_truth(accuracies: list[ClipAccuracy]) -> None:
    for name in ("front_knee_deg", "front_thigh_elevation_deg", "trunk_lean_deg"):
        errors = np.abs([e for row in accuracies for e in row.errors_deg.get(name, [])])
        assert len(errors) > 500
        assert np.median(errors) < 6, name
