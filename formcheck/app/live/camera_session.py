"""A live session: one thread judges the newest frame, the main thread shows, speaks and listens.

Neither waits for the other: a slow window costs no judged frame, and a lost camera no key.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from formcheck.app.live.estimator import LiveEstimator
from formcheck.app.live.handover import JudgedFrame
from formcheck.app.live.judging_thread import COMMANDS, JudgingThread, LiveCamera
from formcheck.app.live.live_stats import Stats
from formcheck.app.live.live_voice import LiveVoice
from formcheck.app.live.result_keeper import Keeper
from formcheck.app.live.views import View
from formcheck.coach.flow import Flow
from formcheck.coach.live_state import LiveState, Phase
from formcheck.defaults import Coaching
from formcheck.language import phrase, translate, translate_note
from formcheck.result.build import TUCK_NOT_JUDGED
from formcheck.result.models import Result
from formcheck.screen.drawing import Image
from formcheck.screen.live_scene import CAUTION, SessionSummary, build_live_scene, sum_up
from formcheck.screen.recorder import Recorder
from formcheck.video.camera import BLACK, COVERED, OPENING, find_cover
from formcheck.video.frame import Frame
from formcheck.voice.script import Script
from formcheck.voice.speech import GOODBYE_S

CAUTION_FOR_S: Final = 15.0
NOTICE_FOR_S: Final = 8.0
SUMMARY_FOR_S: Final = 30.0
COVERED_AFTER_S: Final = 1.5
"""Nobody is seen for this long before a dark picture is told: a frame may be dark once."""
_TICK_S: Final = 0.02
_REDRAW_S: Final = 0.1
"""Without frames the view is drawn anew this often, for what moves by itself."""
_JOIN_S: Final = 5.0
_FAREWELL_S: Final = 5.0
"""A farewell is heard to its end, with its chime, or for this long; it takes three seconds."""
_STARTING: Final = phrase("Starting")
_AWAY: Final = phrase("Paused: I can't see you")
_VOICE_ON: Final = phrase("Voice on")
_VOICE_OFF: Final = phrase("Voice off: m turns it on")
_PAUSED: Final = phrase("Paused")


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
    coaching: Coaching = "normal"
    """How much to say about your form."""
    breathes: bool = True
    """Whether the breath is told."""
    until: Callable[[LiveState], bool] | None = None
    """Stop once this is so; None goes on to the end."""
    farewell: str | None = None
    """To be said then."""
    summary_s: float = SUMMARY_FOR_S
    """How long the summary stays, unless a key is pressed."""
    tell: Callable[[str], None] | None = None
    """Told of what takes long at the end; None where nobody listens."""


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
        camera: LiveCamera,
        estimator: LiveEstimator,
        view: View,
        voice: LiveVoice,
        keeper: Keeper,
        recorder: Recorder | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.stats = Stats()
        self._camera, self._view, self._voice = camera, view, voice
        self._keeper, self._recorder = keeper, recorder
        self._settings = settings or Settings()
        given = self._settings
        self._script = Script(
            given.repeat_s, given.coaching, breathes=given.breathes, listens=flow.lead_in.listens
        )
        self._judge = JudgingThread(flow, camera, estimator, keeper, self._settings.person)
        self._now = self._judge.slot.newest
        """What is shown and said."""
        self._seen_s = time.monotonic()
        """When somebody was last seen."""
        self._cover: str | None = None
        """Why nobody can be; None where one could."""
        self._shows_keys = False
        self._shows_details = False
        self._start_s = time.monotonic()
        self._notices: list[tuple[float, str]] = [(self._start_s + CAUTION_FOR_S, CAUTION)]
        self._told: set[str] = set()
        self._picture = np.zeros((camera.height_px, camera.width_px, 3), np.uint8)
        self._pictured: Frame | None = None
        """The frame that it is of."""
        self._taken: tuple[Frame, Image] | None = None
        self._drawn_s = 0.0
        self._done_s: float | None = None
        self._goodbye_s = GOODBYE_S
        self._summary: SessionSummary | None = None

    def run(self) -> None:
        """Run it; ends when all is done, the user quits, or an exception stops it.

        Whatever ends it, the results are kept and the files are whole afterwards.

        Raises:
            ModelError: the model cannot run.
        """
        self._judge.start()
        try:
            while self._step():
                pass
        finally:
            self._finish()
        if self._judge.error is not None:
            raise self._judge.error

    @property
    def state(self) -> LiveState:
        """What is known now, or was at the end."""
        return self._judge.slot.newest.state

    @property
    def result(self) -> Result:
        """As it was last kept: of all, once it is over."""
        return self._judge.slot.newest.result

    @property
    def summary(self) -> SessionSummary:
        """What it came to, in the language in use."""
        return _summarize(self._judge.slot.newest)

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

    def _step(self) -> bool:
        """Show what is new and listen; False when it is over."""
        found = self._judge.slot.take(_TICK_S)
        if self._judge.error is not None:
            return False
        if isinstance(found, Frame):
            self._view.prepare(self._take_picture(found))
            return True
        now_s = time.monotonic()
        self._now = found or self._now
        if found is not None:
            self._look_for_cover(found, now_s)
        alert = find_alert(self._now.state, self._camera.lost or self._cover)
        self._note_changes(now_s)
        for line in self._script.follow(now_s, self._now.state, alert):
            if line.chime is not None:
                self._voice.chime(line.chime)
            self._voice.say(
                line.text, urgent=line.urgent, replaces=line.replaces, within_s=line.within_s,
                quiet=line.quiet,
            )  # fmt: skip
        self._judge.is_speaking = self._voice.is_speaking
        if found is not None or now_s - self._drawn_s >= _REDRAW_S:
            self._show(alert or (_STARTING if self._now.frame is None else None), now_s)
        if not all(self._press(key) for key in self._view.poll()) or self._view.is_closed:
            return False
        return not self._is_over(now_s)

    def _look_for_cover(self, new: JudgedFrame, now_s: float) -> None:
        """Where nobody has been seen for a while: whether anything can be."""
        if new.body is None or math.isfinite(new.body.facing[0]):
            self._seen_s, self._cover = now_s, None
        elif new.frame is not None and now_s - self._seen_s >= COVERED_AFTER_S:
            self._cover = find_cover(new.frame.image)

    def _is_over(self, now_s: float) -> bool:
        seconds, until = self._settings.seconds, self._settings.until
        if seconds is not None and now_s - self._start_s >= seconds:
            return True
        if until is not None and not self._judge.is_alive():
            return True  # there are no more frames, as where a clip was played
        if until is not None and until(self._now.state):
            self._voice.chime("end")
            self._voice.say(self._settings.farewell or "", urgent=True)
            self._goodbye_s = _FAREWELL_S
            return True
        if self._now.state.phase is not Phase.DONE:
            return False
        if self._done_s is None:
            self._done_s = now_s
        return now_s - self._done_s >= self._settings.summary_s

    def _show(self, alert: str | None, now_s: float) -> None:
        now, self._drawn_s = self._now, now_s
        new = None if now.frame is self._pictured else now.frame
        if new is not None:
            self._pictured, self._picture = new, self._take_picture(new)
        live = build_live_scene(
            now.state,
            now.body,
            self._picture.shape[1],
            mirrored=self._settings.mirrored,
            alert=alert,
            notice=self._find_notice(now_s),
            shows_keys=self._shows_keys,
            shows_details=self._shows_details,
            summary=self._sum_up(),
        )
        canvas = self._view.show(self._picture, live)
        if new is None:
            return
        self.stats.add(self._camera.now_s - new.time_s, now.inference_s, now_s)
        if self._recorder is not None:
            raw = self._settings.records_raw or canvas is None
            image = new.image if raw else canvas
            if image is not None:
                self._recorder.offer(image, new.time_s)

    def _sum_up(self) -> SessionSummary | None:
        """The last page, once all is over."""
        if self._summary is None and self._now.state.phase is Phase.DONE:
            self._summary = _summarize(self._now)
        return self._summary

    def _take_picture(self, frame: Frame) -> Image:
        """A frame's picture, mirrored if it is to be; once for each frame."""
        if self._taken is None or frame is not self._taken[0]:
            mirrored = self._settings.mirrored
            self._taken = frame, np.asarray(cv2.flip(frame.image, 1)) if mirrored else frame.image
        return self._taken[1]

    def _press(self, key: str) -> bool:
        """What a key does; False for quitting."""
        if key == "q" or (self._now.state.phase is Phase.DONE and key in ("n", "space")):
            return False
        if key == "f":
            self._view.toggle_fullscreen()
        elif key == "?":
            self._shows_keys = not self._shows_keys
        elif key == "d":
            self._shows_details = not self._shows_details
        elif key == "m":
            self._voice.muted = not self._voice.muted
            self._notify(_VOICE_OFF if self._voice.muted else _VOICE_ON)
        elif key in COMMANDS:
            self._judge.ask(key)
            if key == "r":
                self._notify(phrase("Finding your neutral again"))
        return True

    def _note_changes(self, now_s: float) -> None:
        """Tell once what the person should know and can do nothing about."""
        news: Mapping[str, str | None] = {
            "voice": str(self._voice.warning) if self._voice.warning else None,
            "kept": self._keeper.failed,
            "recorded": self._recorder.failed if self._recorder else None,
        }
        for name, text in news.items():
            if text is not None and name not in self._told:
                self._told.add(name)
                self._notify(text)

    def _notify(self, text: str) -> None:
        self._notices.append((time.monotonic() + NOTICE_FOR_S, text))

    def _find_notice(self, now_s: float) -> str | None:
        self._notices = [notice for notice in self._notices if notice[0] > now_s]
        return self._notices[-1][1] if self._notices else None

    def _finish(self) -> None:
        """Each of these is done whatever befalls those before it: the last one named comes first.

        Ctrl-C may come just now, and a terminal that was closed takes no last words.
        """
        with ExitStack() as ending:
            ending.callback(self._voice.close, self._goodbye_s)
            if self._recorder is not None:
                ending.callback(self._recorder.close, self._settings.tell)
            ending.callback(self._keeper.close, self._settings.tell)
            ending.callback(self._view.close)  # a window in which nothing is heeded looks frozen
            # Ctrl-C ends one wait, and what is kept last comes after the last frame.
            ending.callback(self._judge.join, _JOIN_S)
            ending.callback(self._judge.join, _JOIN_S)
            ending.callback(self._camera.close)


def _summarize(judged: JudgedFrame) -> SessionSummary:
    notes = sorted(judged.result.warnings, key=lambda one: one.code != TUCK_NOT_JUDGED)
    return sum_up(judged.state, tuple(translate_note(note.code, note.text) for note in notes))


def find_alert(state: LiveState, lost: str | None) -> str | None:
    """What keeps a session from going on; None while it goes on.

    Args:
        state: after the latest frame.
        lost: why no frames come, or why nothing is seen in them; None while all is well.
    """
    if state.phase is Phase.DONE:
        return None
    if lost is not None:
        return (
            lost
            if lost in (OPENING, BLACK, COVERED)
            else translate("{problem}: trying again", problem=translate(lost))
        )
    if state.is_paused:
        return _PAUSED
    return _AWAY if state.is_interrupted else None
