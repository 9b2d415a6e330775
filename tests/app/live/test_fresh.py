"""Frames that are fresh: one is left out to catch up, and only where that helps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from formcheck.app.live.fresh import STALE_S, keep_fresh
from formcheck.video.frame import Frame

IMAGE = np.zeros((2, 2, 3), np.uint8)
RATE_HZ = 30.0


class Machine:
    """A camera and a machine on one made-up clock: the newest frame is handed over."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 0.0
        self._last = -1
        monkeypatch.setattr("formcheck.app.live.fresh.time.perf_counter", lambda: self.now_s)

    def frames(self, until_s: float) -> Iterator[Frame]:
        while self.now_s < until_s:
            newest = int(self.now_s * RATE_HZ + 1e-9)
            if newest <= self._last:
                self.now_s = (self._last + 1) / RATE_HZ
                newest = self._last + 1
            self._last = newest
            yield Frame(IMAGE, newest / RATE_HZ, newest)

    def run(
        self, work_s: float, hiccups: tuple[int, ...] = (), until_s: float = 10.0
    ) -> list[float]:
        """How old each frame was when it was taken."""
        ages = []
        for n, frame in enumerate(keep_fresh(self.frames(until_s), lambda: self.now_s)):
            ages.append(self.now_s - frame.time_s)
            self.now_s += work_s + (0.05 if n in hiccups else 0.0)
        return ages


def test_after_a_hiccup_the_next_frames_are_fresh_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work of 31 ms at 33 ms a frame: without leaving one out each would come late for long."""
    ages = Machine(monkeypatch).run(0.031, hiccups=(60, 120, 180))
    late = [n for n, age in enumerate(ages) if age > STALE_S]
    assert len(late) <= 3
    assert len(ages) >= 10 * RATE_HZ - 3 * 4


def test_a_slow_machine_takes_every_frame_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    ages = Machine(monkeypatch).run(0.045)
    assert len(ages) == pytest.approx(10 / 0.045, rel=0.05)


def test_a_fast_machine_leaves_none_out(monkeypatch: pytest.MonkeyPatch) -> None:
    ages = Machine(monkeypatch).run(0.015)
    assert len(ages) == pytest.approx(10 * RATE_HZ, abs=2)
    assert max(ages) < STALE_S


def test_two_are_never_left_out_in_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that says that all frames are old must not stop the session."""
    machine = Machine(monkeypatch)
    taken = []
    for frame in keep_fresh(machine.frames(10.0), lambda: machine.now_s + 1.0):
        taken.append(frame.index)
        machine.now_s += 0.01
    assert max(np.diff(taken)) <= 2
