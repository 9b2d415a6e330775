"""Steady stretches: where a limb keeps still, and what is read there."""

from __future__ import annotations

import math

import numpy as np
import pytest

from formcheck.judging.steady import SteadyWatch


def test_noise_is_still() -> None:
    """For as long as it lasts: noise splits no rest."""
    seed = 2
    print("seed", seed)
    noise = np.random.default_rng(seed).normal(0, 0.6, 1200)
    watch = SteadyWatch()
    for k, off in enumerate(noise):
        watch.update(k / 20, {"thigh_deg": 5 + float(off)})
    only = watch.longest
    assert only is not None
    assert only.interval.length_s == pytest.approx(1199 / 20)
    assert only.read()["thigh_deg"] == pytest.approx(5, abs=0.2)


@pytest.mark.parametrize("sinks_deg_s", [1.0, 2.0, 3.5, 3.9])
@pytest.mark.parametrize("rate_hz", [8, 20])
def test_a_leg_that_sinks_slowly_is_read_where_it_comes_to_rest(
    sinks_deg_s: float, rate_hz: int
) -> None:
    """Each second alone looks like rest: it travels less than a held thigh may."""
    down_s = 26 / sinks_deg_s
    watch = SteadyWatch()
    for k in range(round((down_s + 3.5) * rate_hz) + 1):
        t = k / rate_hz
        watch.update(t, {"thigh_deg": float(np.interp(t, [0, down_s], [20, -6]))})
    assert watch.longest is not None
    assert watch.longest.interval.length_s >= 3
    assert watch.longest.read()["thigh_deg"] == pytest.approx(-6, abs=0.5)


def test_the_longest_stretch_is_the_first_of_the_longest() -> None:
    """Each ends where the value moves or is not seen; what is read is of it alone."""
    watch = SteadyWatch()
    places = [0.0] * 30 + [20.0] * 50 + [math.nan] + [40.0] * 50
    for k, place in enumerate(places):
        watch.update(k / 10, {"thigh_deg": place, "knee_deg": math.nan})
        assert watch.is_steady == (10 <= k < 30 or 40 <= k < 80 or k >= 91)
    assert watch.longest is not None
    assert watch.longest.interval.start_s == 3.0
    assert watch.longest.interval.length_s == pytest.approx(4.9)
    read = watch.longest.read()
    assert read["thigh_deg"] == 20.0
    assert math.isnan(read["knee_deg"])


@pytest.mark.parametrize(
    ("glitch_s", "back_at", "length_s"),
    [(0.5, 5.0, 7.9), (1.0, 5.0, 7.9), (1.2, 5.0, 4.0), (0.5, 10.0, 4.0)],
)
def test_a_glitch_does_not_split_a_rest(glitch_s: float, back_at: float, length_s: float) -> None:
    """The model loses a held leg for a moment; one that came to rest elsewhere has moved."""
    watch = SteadyWatch()
    for k in range(80):
        t = k / 10
        place = 5.0 if t <= 4 else 13.0 if t <= 4 + glitch_s - 0.1 + 1e-6 else back_at
        watch.update(t, {"thigh_deg": place})
    assert watch.longest is not None
    assert watch.longest.interval.length_s == pytest.approx(length_s)
    assert watch.longest.read()["thigh_deg"] == 5.0
