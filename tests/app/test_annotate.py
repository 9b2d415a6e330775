"""What the annotated video shows between and at analysed frames."""

from __future__ import annotations

import numpy as np
import pytest

from formcheck.app.annotate import interpolate_xy


def test_landmarks_between_frames() -> None:
    time_s = np.array([0.0, 0.1, 2.0])
    xy = np.stack([np.full((33, 2), value) for value in (0.0, 10.0, 50.0)])

    def at(moment_s: float) -> float | None:
        found = interpolate_xy(time_s, xy, moment_s, 0.5)
        return None if found is None else float(found[0, 0])

    assert at(0.05) == pytest.approx(5.0)
    assert at(0.1) == pytest.approx(10.0)
    assert at(1.0) is None, "frames too far apart are not bridged"
    assert at(2.2) == pytest.approx(50.0)
    assert at(3.0) is None
    xy[1] = np.nan
    assert at(0.05) is None
