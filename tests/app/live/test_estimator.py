"""Poses of a live session: outlines now and then, and one model from start to end."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from formcheck.app.live import estimator as estimator_module
from formcheck.app.live.estimator import OUTLINE_EVERY_S, LiveEstimator
from formcheck.pose.follow import Follow
from formcheck.pose.model import Estimate
from formcheck.pose.track import Pose
from formcheck.video.frame import Frame

IMAGE = np.zeros((48, 64, 3), np.uint8)


class Machine:
    """Stands in for MediaPipe and for the clock that it is timed with."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.took_s = 0.02
        self.now_s = 1000.0
        self.made: list[FakeEstimator] = []
        monkeypatch.setattr(estimator_module, "PoseEstimator", self._make)
        clock = SimpleNamespace(perf_counter=lambda: self.now_s)
        monkeypatch.setattr(estimator_module, "time", clock)

    def _make(self, model: str, **options: Any) -> FakeEstimator:
        self.made.append(FakeEstimator(self, model, **options))
        return self.made[-1]

    @property
    def outlined_s(self) -> list[float]:
        """When an outline was asked for."""
        return [at for one in self.made for at, outline in one.asked if outline]


class FakeEstimator:
    def __init__(self, machine: Machine, model: str, *, outlines: bool, follow: Follow) -> None:
        self.model_name, self.outlines, self.follow = model, outlines, follow
        self.asked: list[tuple[float, bool]] = []
        self.is_closed, self.n_restarts = False, 0
        self._machine = machine

    def estimate(self, frame: Frame, *, outline: bool) -> Estimate:
        assert not self.is_closed
        self.asked.append((frame.time_s, outline))
        self._machine.now_s += self._machine.took_s
        return Estimate(Pose.missing(frame.time_s, outlined=outline), 2)

    def restart(self, follow: Follow) -> None:
        self.n_restarts += 1

    def search(self, *_: object) -> list[object]:
        pytest.fail("the frames are small")

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def feed(live: LiveEstimator, start_s: float, end_s: float, rate_hz: float) -> float:
    """Frames up to ``end_s``; the time of the first after it."""
    time_s, index = start_s, 0
    while time_s < end_s:
        live.estimate(Frame(IMAGE, time_s, index))
        index += 1
        time_s = start_s + index / rate_hz
    return time_s


@pytest.mark.parametrize("rate_hz", [7.0, 15.0, 29.97, 60.0])
def test_outlines_come_at_most_ten_times_a_second(machine: Machine, rate_hz: float) -> None:
    live = LiveEstimator("full", outlines=True)
    feed(live, 0.0, 3.0, rate_hz)
    gaps_s = np.diff(machine.outlined_s)
    assert machine.outlined_s[0] == 0
    assert gaps_s.min() >= OUTLINE_EVERY_S - 0.0011
    assert gaps_s.max() <= max(OUTLINE_EVERY_S, 1 / rate_hz) + 1 / rate_hz
    assert len(machine.made[0].asked) >= 3 * rate_hz - 1, "poses come from every frame"


def test_no_outline_where_none_is_needed(machine: Machine) -> None:
    live = LiveEstimator("full", outlines=False)
    feed(live, 0.0, 2.0, 20)
    assert machine.outlined_s == []
    assert not machine.made[0].outlines


def test_outlines_come_and_go_with_the_need(machine: Machine) -> None:
    live = LiveEstimator("full", outlines=True)
    needs = False
    live.needs_outline = lambda: needs
    at_s = feed(live, 0.0, 2.0, 20)
    assert machine.outlined_s == []
    needs = True
    since_s, at_s = at_s, feed(live, at_s, 4.0, 20)
    assert machine.outlined_s[0] == since_s, "at once"
    n = len(machine.outlined_s)
    assert n == pytest.approx(20, abs=1)
    needs = False
    feed(live, at_s, 6.0, 20)
    assert len(machine.outlined_s) == n


def test_it_tells_what_the_latest_frame_took_and_who_is_there(machine: Machine) -> None:
    live = LiveEstimator("full", outlines=True)
    assert (live.n_people, live.inference_s, live.model_name) == (0, 0.0, "full")
    machine.took_s = 0.031
    pose = live.estimate(Frame(IMAGE, 3.5, 0))
    assert pose.time_s == 3.5
    assert live.n_people == 2
    assert live.inference_s == pytest.approx(0.031)
    live.close()
    assert machine.made[0].is_closed


@pytest.mark.parametrize("model", ["full", "lite"])
def test_the_model_stays_the_same_however_slow_it_is(machine: Machine, model: str) -> None:
    live = LiveEstimator(model, outlines=True, follow=(0.2, 0.5))
    machine.took_s = 0.25
    feed(live, 0.0, 60.0, 4)
    [only] = machine.made
    assert (only.model_name, only.follow, only.is_closed) == (model, (0.2, 0.5), False)
    assert live.model_name == model


def test_a_phone_that_is_turned_is_looked_through_anew(machine: Machine) -> None:
    """A room that is compared with one of another shape would end the session."""
    estimator = LiveEstimator("full", outlines=False)
    sizes = [(64, 48)] * 20 + [(48, 64)] * 20 + [(64, 48)] * 20
    for number, (width, height) in enumerate(sizes):
        image = np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)
        frame = Frame(image, number / 10, number)
        pose = estimator.estimate(frame)
        assert not estimator.watch_room(frame, pose), "it is not the camera that was bumped"
    assert machine.made[0].n_restarts == 2
