"""Angles with known answers, and their signs."""

from __future__ import annotations

import numpy as np
import pytest

from formcheck.measure.angles import (
    compute_distance_to_segment_px,
    compute_elevation_deg,
    compute_included_angle_deg,
    compute_tilt_deg,
)


def test_included_angle() -> None:
    a, b = np.array([1.0, 0.0]), np.array([0.0, 0.0])
    assert compute_included_angle_deg(a, b, np.array([0.0, 3.0])) == pytest.approx(90)
    assert compute_included_angle_deg(a, b, np.array([-2.0, 0.0])) == pytest.approx(180)
    assert np.isnan(compute_included_angle_deg(a, b, np.array([np.nan, 0.0])))


def test_elevation_is_positive_upward_whichever_way() -> None:
    hip = np.array([0.0, 0.0])
    for x in (1.0, -1.0):
        assert compute_elevation_deg(hip, np.array([x, -1.0])) == pytest.approx(45)
        assert compute_elevation_deg(hip, np.array([x, 1.0])) == pytest.approx(-45)


def test_tilt_is_positive_forward() -> None:
    hip, facing = np.array([[0.0, 0.0]]), np.array([-1.0])
    assert compute_tilt_deg(hip, np.array([[-1.0, -1.0]]), facing)[0] == pytest.approx(45)
    assert compute_tilt_deg(hip, np.array([[1.0, -1.0]]), facing)[0] == pytest.approx(-45)
    assert compute_tilt_deg(hip, np.array([[-1.0, 0.0]]), facing)[0] == pytest.approx(90)


def test_distance_to_segment() -> None:
    a, b = np.array([0.0, 0.0]), np.array([10.0, 0.0])
    assert compute_distance_to_segment_px(np.array([5.0, 3.0]), a, b) == pytest.approx(3)
    assert compute_distance_to_segment_px(np.array([13.0, 4.0]), a, b) == pytest.approx(5)
