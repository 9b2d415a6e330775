"""What a live session is made of, whatever films, shows and speaks it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from formcheck.app.live.camera_session import LiveSession, Settings
from formcheck.app.live.estimator import LiveEstimator
from formcheck.app.live.judging_thread import LiveCamera
from formcheck.app.live.live_page import SessionPage
from formcheck.app.live.live_voice import LiveVoice
from formcheck.app.live.result_keeper import Keeper
from formcheck.app.live.views import View
from formcheck.coach.flow import Flow
from formcheck.coach.lead_in import COUNTDOWN_S
from formcheck.errors import ExerciseError, offer_nearest
from formcheck.exercises.routine import (
    Routine,
    change_routine,
    list_routines,
    load_routine,
    make_routine,
)
from formcheck.exercises.schema import Exercise
from formcheck.history.store import History
from formcheck.judging.neutral import KnownNeutral
from formcheck.pose.landmarks import Side
from formcheck.screen.recorder import Recorder


@dataclass(frozen=True, slots=True)
class LivePlan:
    """What is to be done, and where it is kept."""

    routine: Routine
    exercises: Mapping[str, Exercise]
    """By id."""
    side: Side | None = None
    """That side only; None both."""
    neutral: KnownNeutral | None = None
    countdown_s: float = COUNTDOWN_S
    listens: bool = True
    """Whether the person hears what is asked of them: not where a clip is played."""
    json: Path | None = None
    """Where the Result goes."""
    page: Path | None = None
    """Where the session's page goes."""
    open_history: Callable[[], History] | None = None
    """Called in the thread that keeps; None remembers nothing."""
    settings: Settings = field(default_factory=Settings)

    @property
    def needs_outline(self) -> bool:
        """Whether any of its exercises is judged by the outline of the back."""
        return any(self.exercises[step.exercise].needs_outline for step in self.routine.steps)


@dataclass(frozen=True, slots=True)
class Assembled:
    """A session and what keeps it."""

    session: LiveSession
    keeper: Keeper
    page: SessionPage | None


def assemble(
    plan: LivePlan,
    camera: LiveCamera,
    estimator: LiveEstimator,
    view: View,
    voice: LiveVoice,
    recorder: Recorder | None = None,
) -> Assembled:
    """Put a session together; it is not begun yet."""
    page = None if plan.page is None else SessionPage(plan.page, plan.exercises)
    flow = Flow(
        plan.routine, plan.exercises, camera.height_px, side=plan.side, neutral=plan.neutral,
        countdown_s=plan.countdown_s, listens=plan.listens,
        watch=None if page is None else page.trace.see,
    )  # fmt: skip
    keeper = Keeper(
        plan.json, plan.open_history, session=uuid.uuid4().hex, person=plan.settings.person,
        routine=plan.routine.id,
    )  # fmt: skip
    session = LiveSession(flow, camera, estimator, view, voice, keeper, recorder, plan.settings)
    return Assembled(session, keeper, page)


def find_routine(
    name: str,
    exercises: Mapping[str, Exercise],
    folders: Sequence[Path] = (),
    *,
    sets: int | None = None,
    hold_s: float | None = None,
    rest_s: float | None = None,
) -> Routine:
    """The routine of that name, or one that is the exercise of that name alone.

    Args:
        name: an id, or the path of a routine's file.
        exercises: by id.
        folders: of the user's own exercises and routines.
        sets: of each side, in place of what is written; likewise the seconds of hold and rest.
        hold_s: above 0.
        rest_s: at least 0.

    Raises:
        ExerciseError: there is none, or its file is wrong.
    """
    if name in exercises:
        return make_routine(exercises[name], sets=sets, hold_s=hold_s, rest_s=rest_s)
    if name.endswith(".toml") or len(Path(name).parts) > 1:
        routines = {name: load_routine(name, *folders)}
    else:
        routines = list_routines(*folders, asked=(name,))
    if name in routines:
        whole = routines[name]
        return change_routine(whole, exercises, sets=sets, hold_s=hold_s, rest_s=rest_s)
    advice = offer_nearest(name, [*routines, *exercises])
    raise ExerciseError(f"'{name}'", "is neither an exercise nor a routine", advice)
