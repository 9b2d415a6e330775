"""Backs made to order."""

from __future__ import annotations

import numpy as np

from formcheck.pose.outline import LEVELS

HANGING = np.array([[[0.4, -0.05], [0.8, -0.2]], [[0.4, -0.1], [0.8, -0.3]]])
"""Arms in front of the trunk: elbows and wrists along it and behind it."""


def bend(sacral_deg: float, upper_deg: float) -> np.ndarray:
    """A back made of two straight parts with these slopes."""
    upper = 0.2 + np.tan(np.radians(upper_deg)) * LEVELS
    at_waist = 0.2 + np.tan(np.radians(upper_deg)) * 0.56
    lower = at_waist + np.tan(np.radians(sacral_deg)) * (LEVELS - 0.56)
    return np.asarray(np.where(LEVELS < 0.56, upper, lower))
