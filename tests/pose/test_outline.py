"""The trunk's edges, traced from shapes whose edges are known."""

from __future__ import annotations

import numpy as np
import pytest

from formcheck.pose.landmarks import Landmark
from formcheck.pose.outline import LEFT, LEVELS, N_LEVELS, RIGHT, trace_outline

SIZE = (360, 640)
SHOULDER = np.array([300.0, 100.0])
ON_TRUNK = (LEVELS >= 0) & (LEVELS <= 1)


def landmarks(shoulder: np.ndarray, hip: np.ndarray) -> np.ndarray:
    xy = np.full((33, 2), 50.0)
    xy[[Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]] = shoulder
    xy[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]] = hip
    return xy


def draw_strip(hip: np.ndarray, left_px: float, right_px: float, blur_px: float) -> np.ndarray:
    """A silhouette beside the line from shoulder to hip: so far to the left, so far to the right.

    Its edge falls from 1 to 0 over ``blur_px``, as the model's does.
    """
    y, x = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
    axis = (hip - SHOULDER) / np.linalg.norm(hip - SHOULDER)
    off = (x - SHOULDER[0]) * -axis[1] + (y - SHOULDER[1]) * axis[0]
    inside = np.minimum(left_px - off, right_px + off)
    return np.asarray(np.clip(0.5 + inside / blur_px, 0, 1), dtype=np.float32)


@pytest.mark.parametrize("lean_px", [0.0, 35.0, -60.0])
@pytest.mark.parametrize("left_px", [20.0, 20.3, 20.77, 36.1, 60.4, 77.7])
def test_edges_are_finer_than_a_pixel_at_any_lean(lean_px: float, left_px: float) -> None:
    hip = SHOULDER + np.array([lean_px, 90.0])
    length_px = float(np.linalg.norm(hip - SHOULDER))
    edges = trace_outline(draw_strip(hip, left_px, 31.5, 4.0), landmarks(SHOULDER, hip))
    assert edges[LEFT, ON_TRUNK] * length_px == pytest.approx(left_px, abs=0.1)
    assert edges[RIGHT, ON_TRUNK] * length_px == pytest.approx(31.5, abs=0.1)


def test_the_first_edge_counts() -> None:
    """An arm behind the back, with daylight between, is not the back."""
    hip = SHOULDER + np.array([0.0, 90.0])
    silhouette = draw_strip(hip, 20.0, 20.0, 2.0)
    silhouette[:, 250:260] = 1.0
    edges = trace_outline(silhouette, landmarks(SHOULDER, hip))
    assert edges[LEFT, ON_TRUNK] * 90 == pytest.approx(20.0, abs=0.2)


def test_a_person_cut_off_by_the_picture_has_no_edge_there() -> None:
    shoulder, hip = np.array([10.0, 100.0]), np.array([10.0, 190.0])
    silhouette = np.zeros(SIZE, np.float32)
    silhouette[:, :30] = 1.0
    edges = trace_outline(silhouette, landmarks(shoulder, hip))
    assert np.isnan(edges[LEFT]).all()
    assert edges[RIGHT, ON_TRUNK] * 90 == pytest.approx(20.0, abs=0.6)


def test_an_axis_off_the_body_gives_nothing() -> None:
    hip = SHOULDER + np.array([0.0, 90.0])
    xy = landmarks(SHOULDER, hip)
    assert np.isnan(trace_outline(np.zeros(SIZE, np.float32), xy)).all()
    assert np.isnan(trace_outline(np.ones(SIZE, np.float32), landmarks(hip, hip))).all()
    assert np.isnan(trace_outline(np.ones(SIZE, np.float32), np.full((33, 2), np.nan))).all()
    assert trace_outline(np.ones(SIZE, np.float32), xy).shape == (2, N_LEVELS)


def test_the_size_of_the_picture_does_not_matter() -> None:
    hip = SHOULDER + np.array([20.0, 90.0])
    small = trace_outline(draw_strip(hip, 25.0, 30.0, 3.0), landmarks(SHOULDER, hip))
    large = np.kron(draw_strip(hip, 25.0, 30.0, 3.0), np.ones((2, 2), np.float32))
    traced = trace_outline(large, landmarks(SHOULDER * 2, hip * 2))
    assert traced[:, ON_TRUNK] == pytest.approx(small[:, ON_TRUNK], abs=0.006)
