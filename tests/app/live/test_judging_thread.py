"""The two threads of a live session: what is shown together belongs together; keys need no frames.

The camera numbers its pictures, and the pose, the verdict and the time of each carry its number.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pytest

from formcheck.app.live import judging_thread
from formcheck.app.live.camera_session import LiveSession, Settings
from formcheck.app.live.result_keeper import Keeper
from formcheck.coach import flow as flow_module
from formcheck.coach.flow import Flow
from formcheck.coach.live_state import LiveState, Phase
from formcheck.errors import ModelError
from formcheck.exercises.load import list_exercises
from formcheck.exercises.routine import make_routine
from formcheck.measure.body import Body
from formcheck.result.models import Result
from formcheck.screen.drawing import Image
from formcheck.screen.live_scene import LiveScene
from formcheck.video.frame import Frame
from tests.support.builders import OUT, make_body, measured

EXERCISES = list_exercises()
RATE_HZ: Final = 25
RULE: Final = "trunk_upright"
PER_FRAME: Final = 0.01
"""Degrees of lean that a frame's number is told by: the six hundredth is yet upright."""


def read_number(picture: Image) -> int:
    return int(picture[0, 0, 0]) + 256 * int(picture[0, 0, 1])


@dataclass
class Film:
    """A camera that sends so many frames as fast as they are taken, and then none."""

    n: int
    name: str = "camera 0"
    width_px: int = 64
    height_px: int = 48
    lost: str | None = None
    now_s: float = 0.0
    is_closed: bool = False

    def frames_or_none(self, every_s: float) -> Iterator[Frame | None]:
        for number in range(self.n):
            if self.is_closed:
                return
            image = np.zeros((self.height_px, self.width_px, 3), np.uint8)
            image[:] = number % 256, number // 256, 0
            self.now_s = number / RATE_HZ
            yield Frame(image, self.now_s, number)
        while not self.is_closed:
            time.sleep(every_s)
            yield None

    def close(self) -> None:
        self.is_closed = True


@dataclass
class Numbers:
    """An estimator, and all that measures: everything in a picture is its number."""

    fails_at: int | None = None
    model_name: str = "full"
    n_people: int = 1
    inference_s: float = 0.0

    def estimate(self, frame: Frame) -> int:
        if frame.index == self.fails_at:
            raise ModelError("the model", "it stopped")
        time.sleep(0.0005)
        return read_number(frame.image)

    def watch_room(self, frame: Frame, pose: object) -> bool:
        return False

    def update(self, number: int) -> Body:
        xy_px, one = np.full((1, 33, 2), float(number)), np.array([1.0])
        body = make_body(xy_px, np.zeros((1, 33, 3)), one, 5 * one)
        return replace(body, time_s=one * number / RATE_HZ)

    def measure(self, body: Body, exercises: object) -> Any:
        time_s = float(body.time_s[0])
        values = {"trunk_lean_deg": PER_FRAME * body.xy_px[0, 0, 0]}
        return {"left": [measured(time_s, values)], "right": [measured(time_s, OUT)]}

    def close(self) -> None: ...


@dataclass
class Mouth:
    """A voice that keeps what it is to say, and takes its time to answer."""

    slow_s: float = 0.0
    said: list[str] = field(default_factory=list)
    muted: bool = False
    is_speaking: bool = False

    @property
    def warning(self) -> str | None:
        time.sleep(self.slow_s)
        return None

    def say(self, text: str, **_: Any) -> None:
        self.said.append(text)

    def chime(self, name: str) -> None: ...

    def close(self, within_s: float) -> None: ...


@dataclass
class Tape:
    """A recorder that keeps the number and the time of each frame."""

    frames: list[tuple[int, float]] = field(default_factory=list)
    failed: str | None = None

    def offer(self, image: Image, time_s: float) -> None:
        self.frames.append((read_number(image), time_s))

    def close(self, tell: object) -> None: ...


@dataclass
class Watcher:
    """A view that takes its time."""

    slow_s: float = 0.0
    presses: list[tuple[str, Callable[[LiveScene], bool]]] = field(default_factory=list)
    """Keys, each pressed once the one before has shown what it is to show."""
    shown: list[tuple[int, LiveScene]] = field(default_factory=list)
    waited_s: list[float] = field(default_factory=list)
    is_closed: bool = False
    _waits_for: Callable[[LiveScene], bool] | None = None
    _pressed_s: float = 0.0

    def prepare(self, picture: Image) -> None: ...

    def show(self, picture: Image, live: LiveScene) -> Image:
        time.sleep(self.slow_s)
        self.shown.append((read_number(picture), live))
        return picture

    def poll(self) -> list[str]:
        if self._waits_for is not None:
            if not self._waits_for(self.shown[-1][1]):
                return []
            self.waited_s.append(time.monotonic() - self._pressed_s)
            self._waits_for = None
        if not self.presses or not self.shown or not self.shown[-1][0]:
            return []
        (key, self._waits_for), *self.presses = self.presses
        self._pressed_s = time.monotonic()
        return [key]

    def toggle_fullscreen(self) -> None: ...

    def close(self) -> None: ...


class Kept(Keeper):
    """Keeps nothing on a disk, and knows what it was given."""

    def __init__(self) -> None:
        super().__init__(None, None, session="one", person=None, routine="mine")
        self.results: list[Result] = []

    def keep(self, result: Result, turns: Any) -> None:
        self.results.append(result)


@dataclass
class Run:
    session: LiveSession
    view: Watcher
    voice: Mouth
    tape: Tape
    kept: Kept


def make_run(
    monkeypatch: pytest.MonkeyPatch,
    film: Film,
    view: Watcher,
    *,
    fails_at: int | None = None,
    until: Callable[[LiveState], bool] | None = None,
) -> Run:
    """A session with nothing of a machine in it: no model, no camera, no window."""
    numbers: Any = Numbers(fails_at)
    monkeypatch.setattr(judging_thread, "BodyTracker", lambda *size: numbers)
    monkeypatch.setattr(flow_module, "measure_sides", numbers.measure)
    flow = Flow(make_routine(EXERCISES["half-kneeling"], sets=1), EXERCISES, film.height_px)
    voice, tape, kept = Mouth(view.slow_s), Tape(), Kept()
    spoken: Any = voice
    taped: Any = tape
    settings = Settings(mirrored=False, seconds=60, until=until)
    session = LiveSession(flow, film, numbers, view, spoken, kept, taped, settings)
    return Run(session, view, voice, tape, kept)


def test_picture_skeleton_and_verdict_are_of_one_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the view and fast the camera."""
    n = 600
    times: list[tuple[LiveState, float, float]] = []

    def follow(state: LiveState) -> bool:
        times.append((state, state.time_s, state.moment.done))
        return state.time_s >= (n - 1) / RATE_HZ

    run = make_run(monkeypatch, Film(n), Watcher(slow_s=0.005), until=follow)
    run.session.run()
    n_judged = 0
    for number, live in run.view.shown:
        if live.alert == "Starting":
            continue
        assert live.scene.xy_px is not None
        assert live.scene.xy_px[0].tolist() == [number, number]
        for mark in live.scene.marks:
            if mark.verdict.rule.id == RULE:
                assert mark.verdict.value == pytest.approx(PER_FRAME * number, abs=1e-9)
                n_judged += 1
    assert n_judged >= 10
    assert len({number for number, _ in run.view.shown}) < n / 2, "the view is slow"
    assert [at for _, at in run.tape.frames] == [number / RATE_HZ for number, _ in run.tape.frames]
    assert len(run.tape.frames) == len({number for number, _ in run.tape.frames}), "each once"
    assert all(state.time_s == at and state.moment.done == done for state, at, done in times)
    assert run.session.result.frames_analyzed == n, "a slow view costs no frame"
    assert len(run.session.result.sets) == 1


def test_keys_work_while_no_frame_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    view = Watcher(
        presses=[
            ("space", lambda live: live.alert == "Paused"),
            ("space", lambda live: live.alert is None),
            ("r", lambda live: live.notice == "Finding your neutral again"),
            ("n", lambda live: live.scene.side == "right"),
            ("n", lambda live: live.summary is not None),
            ("q", lambda live: True),
        ]
    )
    run = make_run(monkeypatch, Film(5), view)
    run.session.run()
    assert not view.presses
    assert len(view.waited_s) == 5
    assert max(view.waited_s) < 2, view.waited_s
    assert run.session.state.phase is Phase.DONE
    assert [turn.skipped for turn in run.session.state.turns] == [True, True]
    assert run.kept.results[-1] == run.session.result


def test_what_stops_the_judging_is_raised_and_ends_nothing_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = make_run(monkeypatch, Film(400), Watcher(), fails_at=300)
    with pytest.raises(ModelError):
        run.session.run()
    assert not any("All done" in text for text in run.voice.said)
    assert not any(live.summary for _, live in run.view.shown)
    assert len(run.kept.results[-1].sets) == 1, "what was done until then is kept"
