"""Somebody walks through the picture in front of the person who stretches."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import formcheck
from tests import media

CROSSES_S = (3.0, 8.0)


def test_a_passer_by_ends_no_set_and_is_told(samples: Path, tmp_path: Path) -> None:
    """The passer-by takes five seconds, and hides the person for two or three of them."""
    frames = media.read_frames(samples / "half-kneeling_good25.mp4", 9.0, 20.0)
    start_s = frames[0][0]
    other = media.read_frames(samples / "standing-stretch_good.mp4", 5.0, 5.2)[0][1]
    cut = other[60:470, 400:590]
    assert cut.shape == (410, 190, 3)

    def pass_by(time_s: float, image: np.ndarray) -> np.ndarray:
        since_s = time_s - start_s - CROSSES_S[0]
        if not 0 <= since_s <= CROSSES_S[1] - CROSSES_S[0]:
            return image
        x = int(-190 + since_s / (CROSSES_S[1] - CROSSES_S[0]) * 1150)
        left, right = max(0, x), min(960, x + 190)
        shown = image.copy()
        if right > left:
            shown[60:470, left:right] = cut[:, left - x : right - x]
        return shown

    clip = media.write_clip(tmp_path / "two.mp4", [(t, pass_by(t, image)) for t, image in frames])
    result = formcheck.analyze(clip)
    [one] = result.sets
    assert (one.exercise, one.side, one.verdict) == ("half-kneeling", "right", "pass")
    assert one.good_hold_s == pytest.approx(11, abs=4)
    assert one.end_s > 10.5
    assert one.faults == ()
    assert "several_people" in [warning.code for warning in result.warnings]
