"""Numbers with their units, the same wherever they are read."""

from __future__ import annotations

import pytest

from formcheck.notation import tell_change


@pytest.mark.parametrize(
    ("change_deg", "text"),
    [(-8.2, "−8°"), (12.0, "+12°"), (0.4, "0°"), (-0.4, "0°"), (2.6, "+3°")],
)
def test_degrees_have_their_sign(change_deg: float, text: str) -> None:
    assert tell_change(change_deg) == text
