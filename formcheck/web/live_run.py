"""A live session that runs in threads of its own, filmed, shown and spoken by pages."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from typing import Final

from formcheck.app.live.camera_session import Settings
from formcheck.app.live.estimator import LiveEstimator
from formcheck.app.live.live_plan import Assembled, LivePlan, assemble, find_routine
from formcheck.errors import ExerciseError, FormcheckError
from formcheck.exercises.load import list_exercises
from formcheck.exercises.schema import Hold, Question
from formcheck.history.store import History
from formcheck.language import phrase, translate
from formcheck.web.browser_camera import BrowserCamera
from formcheck.web.browser_view import BrowserView
from formcheck.web.browser_voice import BrowserVoice, Engine
from formcheck.web.context import ServeContext
from formcheck.web.personal import PersonalSetup
from formcheck.web.protocol import Key, Over, Preparing, Problem, Start, Told

SUMMARY_S: Final = 4.0
"""A session ends so long after its last set: pages keep what it came to."""
_LOOK_S: Final = 0.1
_JOIN_S: Final = 20.0
_LOADING: Final = phrase("Getting ready")
_WAITING: Final = phrase("Waiting for the camera's picture")


def plan_session(
    context: ServeContext, asked: Start, setup: PersonalSetup, person: str | None
) -> LivePlan:
    """What a page asks for as a plan, led as the person likes it.

    Raises:
        ExerciseError: there is no such exercise or routine, or it needs no camera.
    """
    exercises = list_exercises(*context.exercise_dirs, asked=(asked.exercise,))
    only = exercises.get(asked.exercise)
    if only is not None and isinstance(only.count, Question):
        what, advice = phrase("is asked, not seen by a camera"), phrase("choose another")
        raise ExerciseError(translate(only.name), translate(what), translate(advice))
    # What the person likes in general is of no use to what is counted or measured.
    hold_s = asked.hold_s if only is None or isinstance(only.count, Hold) else None
    routine = find_routine(
        asked.exercise, exercises, context.exercise_dirs, sets=asked.sets, hold_s=hold_s,
        rest_s=asked.rest_s,
    )  # fmt: skip
    name = f"{datetime.now():%Y-%m-%d-%H%M%S}-{routine.id}"
    kept = context.remembers
    return LivePlan(
        routine, exercises, None if asked.side == "auto" else asked.side,
        countdown_s=asked.countdown_s, listens=asked.listens,
        json=context.sessions / f"{name}.json" if kept else None,
        page=context.sessions / f"{name}.html" if kept else None,
        open_history=partial(History, context.history) if kept else None,
        settings=Settings(
            person=person, mirrored=asked.mirrored, repeat_s=setup.repeat,
            coaching=setup.coaching, breathes=setup.breathing, summary_s=SUMMARY_S,
        ),
    )  # fmt: skip


class LiveRun:
    """One session from a page's start to its end.

    Args:
        plan: what is to be done.
        model: of the poses.
        engine: makes the voice's sound.
        tell: called from its threads with all that pages are to be told.
    """

    def __init__(
        self, plan: LivePlan, model: str, engine: Engine, tell: Callable[[Told], None]
    ) -> None:
        self.session = secrets.token_hex(8)
        self.camera = BrowserCamera(self._tell_spoilt)
        self.voice = BrowserVoice(engine, tell)
        self._plan, self._model, self._tell = plan, model, tell
        self._view = BrowserView(
            self.session, plan.exercises, self.camera.find_number, lambda: self.voice.muted, tell
        )
        self._thread = threading.Thread(target=self._work, name="session", daemon=True)

    @property
    def routine(self) -> str:
        """What is done, for people."""
        return self._plan.routine.name

    @property
    def is_mirrored(self) -> bool:
        """Whether its picture is shown as a mirror does."""
        return self._plan.settings.mirrored

    def start(self, *, muted: bool = False) -> None:
        """Begin; frames may come from now on."""
        self.voice.muted = muted
        self._thread.start()

    def press(self, key: Key) -> None:
        """A key of a page."""
        if key == "q":
            self._view.end()
        self._view.press(key)

    def end(self) -> None:
        """Have it end; what was done is kept."""
        self._view.end()

    def join(self) -> None:
        """Wait for its end."""
        self._thread.join(_JOIN_S)

    def _tell_spoilt(self, number: int) -> None:
        text = translate("A frame could not be decoded.")
        self._tell(Problem(code="frame", text=text, frame=number))

    def _work(self) -> None:
        parts: Assembled | None = None
        problems: list[str] = []
        try:
            parts = self._assemble()
            if parts is not None:
                parts.session.run()
        except FormcheckError as error:
            problems.append(str(error))
        except Exception as error:
            problems.append(
                translate(
                    "The session was stopped by an error: {problem}",
                    problem=f"{type(error).__name__}: {error}",
                )
            )
            raise
        finally:
            self._tell(self._conclude(parts, problems))

    def _assemble(self) -> Assembled | None:
        """Load the model and wait for the first picture; None if it is to end before."""
        with ExitStack() as unused:
            unused.callback(self.voice.close, 0.0)
            unused.callback(self.camera.close)
            self._tell(Preparing(text=translate(_LOADING)))
            estimator = LiveEstimator(self._model, outlines=self._plan.needs_outline)
            unused.callback(estimator.close)
            self._tell(Preparing(text=translate(_WAITING)))
            while not self.camera.wait_for_first(_LOOK_S):
                if self._view.is_closed:
                    return None
            unused.pop_all()
        return assemble(self._plan, self.camera, estimator, self._view, self.voice)

    def _conclude(self, parts: Assembled | None, problems: list[str]) -> Over:
        """Write the page, and say where it is."""
        summary = None
        if parts is not None:
            result = parts.session.result
            problems += parts.session.problems
            if parts.page is not None and self._plan.page is not None and result.sets:
                parts.page.write(result, None)
                if parts.page.failed is None:
                    summary = f"/summary/{self._plan.page.stem}"
                else:
                    problems.append(parts.page.failed)
        n_sets = 0 if parts is None else len(parts.session.result.sets)
        is_kept = self._plan.open_history is not None
        text = phrase("What you have done is kept.") if is_kept else phrase("Nothing was kept.")
        text = translate(text if n_sets else phrase("No set was done."))
        return Over(session=self.session, text=text, summary=summary, problems=problems)
