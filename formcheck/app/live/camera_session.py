"""A live session: one thread judges the newest frame, the main thread shows, speaks and listens.

Neither waits for the other: a slow window costs no judged frame, and a lost camera no key.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final, Protocol

import cv2
import numpy as np

from formcheck.app.live.estimator import LiveEstimator
from formcheck.app.live.fresh import keep_fresh
from formcheck.app.live.handover import Shown, Slot
from formcheck.app.live.live_stats import Stats
from formcheck.app.live.result_keeper import Keeper
from formcheck.coach.flow import Flow, Phase
from formcheck.judging.session import EventKind
from formcheck.measure.body import Body, BodyTracker
from formcheck.result.build import TUCK_NOT_JUDGED
from formcheck.result.models import Note, Result
from formcheck.screen.drawing import Image
from formcheck.screen.live_scene import CAUTION, LiveScene, Summary
from formcheck.screen.prompts import build_live_scene, sum_up
from formcheck.screen.recorder import Recorder
from formcheck.video.camera import OPENING
from formcheck.video.frame import Frame
from formcheck.voice.script import Script
from formcheck.voice.speech import GOODBYE_S, Voice

CAUTION_FOR_S: Final = 15.0
NOTICE_FOR_S: Final = 8.0
SUMMARY_FOR_S: Final = 30.0
"""The summary stays for this long, unless a key is pressed."""
_TICK_S: Final = 0.02
_REDRAW_S: Final = 0.1
"""Without frames the view is drawn anew this often, for what moves by itself."""
_JOIN_S: Final = 5.0
_FAREWELL_S: Final = 5.0
"""A farewell is heard to its end, with its chime, or for this long; it takes three seconds."""
_STARTING: Final = "Starting"
_AWAY: Final = "Paused: I can't see you"
_PAUSED: Final = "Paused"
_KEPT_ON: Final = frozenset({EventKind.POSITION_LEFT, EventKind.SET_COMPLETED})
"""After these there is more to keep."""


class Camera(Protocol):
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

    def frames(self) -> Iterator[Frame]:
        """The newest frame, again and again, until it is closed."""

    def close(self) -> None:
        """End the frames."""


class View(Protocol):
    """A window, or a terminal."""

    @property
    def is_closed(self) -> bool:
        """Whether the user closed it."""

    def prepare(self, picture: Image) -> None:
        """Begin with a picture that will be shown, while it is still being judged."""

    def show(self, picture: Image, live: LiveScene) -> Image | None:
        """Show a moment; the canvas that was drawn, None where nothing is drawn."""

    def poll(self) -> list[str]:
        """Keys pressed since."""

    def toggle_fullscreen(self) -> None:
        """Fill the screen, or do so no more."""

    def close(self) -> None:
        """Take it away."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a session is run."""

    person: str | None = None
    mirrored: bool = True
    seconds: float | None = None
    """Stop by itself after this long; None goes on to the end."""
    records_raw: bool = False
    """Record the camera's picture in place of what is shown."""
    repeat_s: float = 6.0
    """A correction is said again no sooner."""
    until: Callable[[Flow], bool] | None = None
    """Stop once this is so; None goes on to the end."""
    farewell: str | None = None
    """To be said then."""


class LiveSession:
    """Runs one session from the first frame to the summary.

    Args:
        flow: leads through it.
        camera: opened.
        estimator: gives the poses; closed at the end.
        view: shows it.
        voice: speaks it.
        keeper: keeps its results.
        recorder: records it; None records nothing.
        settings: how.
    """

    def __init__(
        self,
        flow: Flow,
        camera: Camera,
        estimator: LiveEstimator,
        view: View,
        voice: Voice,
        keeper: Keeper,
        recorder: Recorder | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.flow = flow
        self.stats = Stats()
        self._camera, self._view, self._voice = camera, view, voice
        self._keeper, self._recorder = keeper, recorder
        self._settings = settings or Settings()
        self._script = Script(self._settings.repeat_s)
        self._estimator = estimator
        estimator.needs_outline = lambda: self.flow.needs_outline
        self._slot = Slot()
        self._lock = threading.RLock()
        self._error: BaseException | None = None
        self._shows_keys = False
        self._start_s = time.monotonic()
        self._notices: list[tuple[float, str]] = [(self._start_s + CAUTION_FOR_S, CAUTION)]
        self._told: set[str] = set()
        self._last = np.zeros((camera.height_px, camera.width_px, 3), np.uint8)
        self._taken: tuple[Frame, Image] | None = None
        self._body: Body | None = None
        self._drawn_s = 0.0
        self._done_s: float | None = None
        self._goodbye_s = GOODBYE_S
        self._summary: Summary | None = None

    def run(self) -> None:
        """Run it; ends when all is done, the user quits, or an exception stops it.

        Whatever ends it, the results are kept and the files are whole afterwards.

        Raises:
            ModelError: the model cannot run.
        """
        worker = threading.Thread(target=self._judge_frames, name="judge", daemon=True)
        worker.start()
        try:
            while self._step():
                pass
        finally:
            self._finish(worker)
        if self._error is not None:
            raise self._error

    def conclude(self) -> Result:
        """The Result, so far or of all."""
        with self._lock:
            model = self._estimator.model_name
            result = self.flow.conclude(self._camera.name, model, self._settings.person)
        notes = [Note(code="lite_model", text="The lighter model was used: the machine is slow.")]
        if not self._estimator.stepped_down:
            notes = []
        return result.model_copy(update={"warnings": (*result.warnings, *notes)})

    @property
    def failures(self) -> list[str]:
        """What could not be kept, one line each."""
        recorder = self._recorder
        found = [self._keeper.failed, recorder.failed if recorder else None]
        return [text for text in found if text is not None]

    @property
    def problems(self) -> list[str]:
        """What could not be kept or heard, one line each."""
        return [*self.failures, *([str(self._voice.warning)] if self._voice.warning else [])]

    def describe_speed(self) -> str:
        """Latency and frame rate, and what the recording left out, in one line."""
        text = self.stats.describe()
        if self._recorder is not None:
            n, dropped = self._recorder.n_written, self._recorder.n_dropped
            text += f"; {n} frames recorded, {dropped} left out"
        return text

    # --- the judging thread -----------------------------------------------------------------

    def _judge_frames(self) -> None:
        try:
            tracker = BodyTracker(self._camera.width_px, self._camera.height_px)
            for frame in keep_fresh(self._camera.frames(), lambda: self._camera.now_s):
                self._slot.announce(frame)
                body = tracker.update(self._estimator.estimate(frame))
                self._judge(body)
                self._slot.put(Shown(frame, body, self._estimator.inference_s))
            with self._lock:
                self.flow.finish()
        except BaseException as error:
            self._error = error
        finally:
            self._estimator.close()

    def _judge(self, body: Body) -> None:
        with self._lock:
            events = self.flow.judge(body, self._estimator.n_people)
            if any(event.kind in _KEPT_ON for event in events):
                self._keeper.keep(self.conclude(), self.flow.turns)

    # --- the main thread --------------------------------------------------------------------

    def _step(self) -> bool:
        """Show what is new and listen; False when it is over."""
        shown = self._slot.take(_TICK_S)
        if isinstance(shown, Frame):
            self._view.prepare(self._take_picture(shown))
            return True
        now_s = time.monotonic()
        alert = self._find_alert()
        self._note_changes(now_s)
        with self._lock:
            lines = self._script.follow(now_s, self.flow, alert)
        for line in lines:
            if line.chime is not None:
                self._voice.chime(line.chime)
            if line.text is not None:
                self._voice.say(line.text, urgent=line.urgent, within_s=line.within_s)
        if shown is not None or now_s - self._drawn_s >= _REDRAW_S:
            is_starting = self._body is None and shown is None
            self._show(shown, alert or (_STARTING if is_starting else None), now_s)
        if not all(self._press(key) for key in self._view.poll()) or self._view.is_closed:
            return False
        return self._error is None and not self._is_over(now_s)

    def _is_over(self, now_s: float) -> bool:
        seconds = self._settings.seconds
        if seconds is not None and now_s - self._start_s >= seconds:
            return True
        with self._lock:
            if self._settings.until is not None and self._settings.until(self.flow):
                self._voice.chime("end")
                self._voice.say(self._settings.farewell or "", urgent=True)
                self._goodbye_s = _FAREWELL_S
                return True
        if self.flow.phase is not Phase.DONE:
            return False
        if self._done_s is None:
            self._done_s = now_s
        return now_s - self._done_s >= SUMMARY_FOR_S

    def _show(self, shown: Shown | None, alert: str | None, now_s: float) -> None:
        self._drawn_s = now_s
        if shown is not None:
            self._last = self._take_picture(shown.frame)
            self._body = shown.body
        with self._lock:
            live = build_live_scene(
                self.flow,
                self._body,
                self._last.shape[1],
                mirrored=self._settings.mirrored,
                alert=alert,
                notice=self._find_notice(now_s),
                shows_keys=self._shows_keys,
                summary=self._sum_up(),
            )
        canvas = self._view.show(self._last, live)
        if shown is None:
            return
        self.stats.add(self._camera.now_s - shown.frame.time_s, shown.inference_s, now_s)
        if self._recorder is not None:
            raw = self._settings.records_raw or canvas is None
            image = shown.frame.image if raw else canvas
            if image is not None:
                self._recorder.offer(image, shown.frame.time_s)

    def _sum_up(self) -> Summary | None:
        """The last page, once all is over."""
        if self._summary is None and self.flow.phase is Phase.DONE:
            notes = sorted(self.conclude().warnings, key=lambda one: one.code != TUCK_NOT_JUDGED)
            self._summary = sum_up(self.flow, tuple(note.text for note in notes))
        return self._summary

    def _take_picture(self, frame: Frame) -> Image:
        """A frame's picture, mirrored if it is to be; once for each frame."""
        if self._taken is None or frame is not self._taken[0]:
            mirrored = self._settings.mirrored
            self._taken = frame, np.asarray(cv2.flip(frame.image, 1)) if mirrored else frame.image
        return self._taken[1]

    def _press(self, key: str) -> bool:
        """What a key does; False for quitting."""
        if key == "q" or (self.flow.phase is Phase.DONE and key in ("n", "space")):
            return False
        if key == "f":
            self._view.toggle_fullscreen()
        elif key == "?":
            self._shows_keys = not self._shows_keys
        elif key == "m":
            self._voice.muted = not self._voice.muted
            self._notify("Voice off: m turns it on" if self._voice.muted else "Voice on")
        else:
            with self._lock:
                if key == "space":
                    self.flow.pause(not self.flow.is_paused)
                elif key == "n":
                    self.flow.skip()
                elif key == "r":
                    self.flow.redo_neutral()
                    self._notify("Finding your neutral again")
        return True

    def _find_alert(self) -> str | None:
        if self.flow.phase is Phase.DONE:
            return None
        lost = self._camera.lost
        if lost is not None:
            return lost if lost == OPENING else f"{lost}: trying again"
        if self.flow.is_paused:
            return _PAUSED
        if self.flow.is_interrupted:
            return _AWAY
        return None

    def _note_changes(self, now_s: float) -> None:
        """Tell once what the person should know and can do nothing about."""
        stepped = self._estimator.stepped_down
        news: Mapping[str, str | None] = {
            "voice": str(self._voice.warning) if self._voice.warning else None,
            "kept": self._keeper.failed,
            "recorded": self._recorder.failed if self._recorder else None,
            "lite": "This machine is slow: using the lighter model" if stepped else None,
        }
        for name, text in news.items():
            if text is not None and name not in self._told:
                self._told.add(name)
                self._notify(text)
                if name == "lite":
                    self._voice.say("This machine is slow. I use the lighter model.")

    def _notify(self, text: str) -> None:
        self._notices.append((time.monotonic() + NOTICE_FOR_S, text))

    def _find_notice(self, now_s: float) -> str | None:
        self._notices = [notice for notice in self._notices if notice[0] > now_s]
        return self._notices[-1][1] if self._notices else None

    def _finish(self, worker: threading.Thread) -> None:
        """Each of these is done whatever befalls those before it: the last one named comes first.

        Ctrl-C may come just now, and a terminal that was closed takes no last words.
        """
        with ExitStack() as ending:
            ending.callback(self._voice.close, self._goodbye_s)
            ending.callback(self._view.close)
            if self._recorder is not None:
                ending.callback(self._recorder.close)
            ending.callback(self._keeper.close)
            ending.callback(self._keep_last)
            ending.callback(worker.join, _JOIN_S)
            ending.callback(self._camera.close)

    def _keep_last(self) -> None:
        with self._lock:
            self.flow.finish()
            self._keeper.keep(self.conclude(), self.flow.turns)
