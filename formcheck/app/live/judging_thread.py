"""The thread of a live session that judges the newest frame; the flow is its alone.

Others read the frozen moments that it hands over, and tell it what keys ask of the flow.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

from formcheck.app.live.estimator import LiveEstimator
from formcheck.app.live.fresh import keep_fresh
from formcheck.app.live.handover import JudgedFrame, Slot
from formcheck.app.live.result_keeper import Keeper
from formcheck.coach.flow import Flow
from formcheck.coach.live_state import Phase
from formcheck.judging.reps import Rep
from formcheck.judging.session import Ended
from formcheck.measure.body import BodyTracker
from formcheck.result.models import Result
from formcheck.video.frame import Frame

COMMANDS: Final[Mapping[str, Callable[[Flow], list[Ended] | None]]] = {
    "space": lambda flow: flow.pause(not flow.is_paused),
    "n": Flow.skip,
    "r": Flow.redo_neutral,
}
"""What the user asks of the flow, by key."""
_TICK_S: Final = 0.02
"""While no frame comes, commands are looked for this often."""


class LiveCamera(Protocol):
    """What a live session asks of a camera."""

    @property
    def name(self) -> str:
        """What to call it in a result."""

    @property
    def width_px(self) -> int:
        """Width of its frames."""

    @property
    def height_px(self) -> int:
        """Height of its frames."""

    @property
    def lost(self) -> str | None:
        """Why no frames come; None while they do."""

    @property
    def now_s(self) -> float:
        """The present on the clock of the frames' times."""

    def frames_or_none(self, every_s: float) -> Iterator[Frame | None]:
        """The newest frame, again and again, until it is closed; None while none comes."""

    def close(self) -> None:
        """End the frames."""


class JudgingThread(threading.Thread):
    """Judges frame after frame until the camera is closed, and keeps the results.

    Args:
        flow: leads through the session; not to be touched by anybody else from now on.
        camera: opened.
        estimator: gives the poses; closed at the end.
        keeper: keeps the results.
        person: whom to file them under.
    """

    def __init__(
        self,
        flow: Flow,
        camera: LiveCamera,
        estimator: LiveEstimator,
        keeper: Keeper,
        person: str | None,
    ) -> None:
        super().__init__(name="judge", daemon=True)
        self._flow, self._camera, self._estimator = flow, camera, estimator
        self._keeper, self._person = keeper, person
        estimator.needs_outline = lambda: flow.needs_outline
        self._commands: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.slot = Slot(JudgedFrame(None, None, flow.state, 0.0, self._conclude()))
        """Where the newest moment is."""
        self.is_speaking = False
        """Whether the voice is speaking now; the main thread sets it."""
        self.error: BaseException | None = None
        """What ended it too early."""

    def ask(self, key: str) -> None:
        """Carry out one of ``COMMANDS``, before the next frame is judged."""
        self._commands.put(key)

    def run(self) -> None:
        """Judge; whatever ends it, what was done is kept."""
        try:
            self._judge_frames()
        except BaseException as error:
            self.error = error
        try:
            self._flow.finish()
            self._publish(is_last=True)
        except BaseException as error:
            self.error = self.error or error
        finally:
            self._estimator.close()

    def _judge_frames(self) -> None:
        size = self._camera.width_px, self._camera.height_px
        tracker = BodyTracker(*size)
        for frame in keep_fresh(self._take_frames(), lambda: self._camera.now_s):
            self.slot.announce(frame)
            if size != (frame.width_px, frame.height_px):  # a phone was turned
                size = frame.width_px, frame.height_px
                tracker = BodyTracker(*size)
                self._flow.note_camera_moved(frame.height_px)
            pose = self._estimator.estimate(frame)
            body = tracker.update(pose)
            self._obey()
            self._flow.lead_in.is_spoken_to = self.is_speaking
            ended = self._flow.judge(body, self._estimator.n_people)
            took_s = self._estimator.inference_s
            self._publish(ended, frame=frame, body=body, inference_s=took_s)
            if self._estimator.watch_room(frame, pose):  # while the frame is drawn
                self._flow.note_camera_moved()

    def _take_frames(self) -> Iterator[Frame]:
        for frame in self._camera.frames_or_none(_TICK_S):
            self._obey()
            if frame is not None:
                yield frame

    def _obey(self) -> None:
        """Carry out what was asked; it is seen at once, whether frames come or not."""
        while not self._commands.empty():
            self._publish(COMMANDS[self._commands.get()](self._flow) or ())

    def _publish(
        self, ended: Sequence[Ended] = (), *, is_last: bool = False, **changes: Any
    ) -> None:
        """Hand over what is known now; at the end of a stay or a set there is more to keep."""
        newest, state = self.slot.newest, self._flow.state
        is_over = state.phase is Phase.DONE and newest.state.phase is not Phase.DONE
        if is_last or is_over or not all(isinstance(one, Rep) for one in ended):
            changes["result"] = result = self._conclude()
            self._keeper.keep(result, state.turns)
        self.slot.put(replace(newest, state=state, **changes))

    def _conclude(self) -> Result:
        """The Result so far."""
        model = self._estimator.model_name
        return self._flow.conclude(self._camera.name, model, self._person)
