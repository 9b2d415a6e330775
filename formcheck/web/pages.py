"""The app's pages of what there is to do, and of what was done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from functools import partial
from typing import Final, TypeVar

from aiohttp import web
from markupsafe import Markup

from formcheck.app.kept_answer import remember_answer
from formcheck.coach.question import conclude_answer
from formcheck.defaults import STOP_AT_PAIN
from formcheck.errors import ExerciseError, offer_nearest
from formcheck.exercises.load import list_exercises
from formcheck.exercises.routine import Routine, Step, change_routine, list_routines, make_routine
from formcheck.exercises.schema import Answer, Exercise, Figure, Rule
from formcheck.exercises.telling import tell_count, tell_size, tell_step
from formcheck.history import wording
from formcheck.history.past import PastSet, clean_name
from formcheck.history.progress import Practice
from formcheck.history.review import find_led, find_today, review
from formcheck.history.store import History
from formcheck.history.week import PlanWeek
from formcheck.language import phrase, translate
from formcheck.measure.view import VIEW_TEXT
from formcheck.notation import name_words, tell_limits
from formcheck.report import words
from formcheck.report.history_page import name_turn, render_page
from formcheck.report.pictures import draw_figure_svg
from formcheck.web.context import CONTEXT, ServeContext
from formcheck.web.failures import read_form
from formcheck.web.kept_pages import KeptPage, find_page, list_pages, read_page
from formcheck.web.live_hub import HUB
from formcheck.web.personal import PersonalSetup, find_person
from formcheck.web.rendering import show
from formcheck.web.shown_report import show_report

FIRST_ROUTINE: Final = "daily-relief"
"""To do each day, until another is led or chosen."""
N_LATEST: Final = 5
_T = TypeVar("_T")


@dataclass(frozen=True)
class Offered:
    """The exercises and routines that there are, the user's own among them; by id."""

    exercises: Mapping[str, Exercise]
    routines: Mapping[str, Routine]

    @classmethod
    def load(cls, context: ServeContext) -> Offered:
        """Read them anew: a file of one's own may have changed."""
        folders = context.exercise_dirs
        return cls(list_exercises(*folders), list_routines(*folders))

    def find_routine(self, name: str) -> Routine | None:
        """The routine of that id, or one of the exercise of that id alone; None without either."""
        exercise = self.exercises.get(name)
        if exercise is not None and exercise.is_seen:
            return make_routine(exercise)
        return self.routines.get(name)


@dataclass(frozen=True)
class PlannedStep:
    """A step of the routine of the day."""

    exercise: str
    name: str
    asked: str
    drawing: Markup
    is_done: bool = False
    """Today."""


@dataclass(frozen=True)
class PageOfDay:
    """What there is to do today, and how the week goes."""

    practice: Practice
    exercises: Mapping[str, Exercise]
    routine: Routine
    steps: Sequence[PlannedStep]
    others: Sequence[Routine]
    latest: Sequence[KeptPage]

    @property
    def plan(self) -> PlanWeek | None:
        """The week against the routine."""
        return self.practice.plan


def add_page_routes(app: web.Application) -> None:
    """Add these pages."""
    app.router.add_get("/", show_today)
    app.router.add_get("/exercises", show_exercises)
    app.router.add_get("/exercises/{id}", show_exercise)
    app.router.add_post("/exercises/{id}/answer", take_answer)
    app.router.add_get("/history", show_history)
    app.router.add_get("/sessions", show_sessions)
    app.router.add_get("/summary/{name}", show_summary)
    app.router.add_post("/summary/{name}/delete", delete_summary)


async def in_thread(function: Callable[..., _T], *arguments: object) -> _T:
    """What a function returns that reads files or works long; others are served meanwhile."""
    return await asyncio.to_thread(function, *arguments)


async def show_today(request: web.Request) -> web.Response:
    """This week against the plan, and what to do today."""
    context, person = request.app[CONTEXT], find_person(request)
    day = await in_thread(_plan_day, context, person)
    known = day.practice
    return show(
        "today.html", here="/", day=day, person=person, wording=wording, tell_step=tell_step,
        tell_size=tell_size, stop_at_pain=STOP_AT_PAIN, disclaimer=words.DISCLAIMER,
        today=wording.tell_today(known.today),
        name=partial(name_turn, day.exercises), way_back=request.app[HUB].way_back,
    )  # fmt: skip


def _plan_day(context: ServeContext, person: str | None) -> PageOfDay:
    known, setup = Offered.load(context), PersonalSetup.recall(context, person)
    sets, day_starts = _read_sets(context, person)
    today = find_today(day_starts)
    routine = known.find_routine(setup.routine) if setup.routine else None
    routine = routine or find_led(sets, known.exercises, today, context.exercise_dirs)
    routine = routine or known.routines[FIRST_ROUTINE]
    routine = change_routine(routine, known.exercises, hold_s=setup.hold, rest_s=setup.rest)
    practice = review(sets, person, known.exercises, day_starts=day_starts, routine=routine)
    steps = [
        PlannedStep(
            step.exercise, known.exercises[step.exercise].name, tell_step(step),
            _draw(known.exercises[step.exercise]), _is_done(practice, step),
        )
        for step in routine.steps
    ]  # fmt: skip
    others = [one for one in known.routines.values() if one.id != routine.id]
    latest = list_pages(context.sessions)[:N_LATEST]
    return PageOfDay(practice, known.exercises, routine, steps, others, latest)


def _is_done(practice: Practice, step: Step) -> bool:
    """Whether a step's exercise was done today as often and as long as the routine asks."""
    rows = practice.plan.rows if practice.plan else ()
    own = [row for row in rows if row.exercise == step.exercise]
    return all(row.days[practice.today.weekday()] for row in own)


def _read_sets(context: ServeContext, person: str | None) -> tuple[list[PastSet], time]:
    """A person's sets, and when their day begins; without a history there are none."""
    if not context.history.exists():
        return [], time()
    with History(context.history, to_read=True) as history:
        return history.sets(clean_name(person)), history.day_starts


async def show_exercises(request: web.Request) -> web.Response:
    """Routines and exercises."""
    known = await in_thread(Offered.load, request.app[CONTEXT])
    shown = sorted(known.exercises.values(), key=lambda one: not one.is_seen)
    cards = [(one, tell_count(one), _draw(one)) for one in shown]
    return show(
        "exercises.html", here="/exercises", routines=known.routines.values(), cards=cards,
        exercises=known.exercises, tell_step=tell_step, tell_size=tell_size,
    )  # fmt: skip


async def show_exercise(request: web.Request) -> web.Response:
    """How to do an exercise, where the camera goes, and what is judged."""
    one = await _find_exercise(request)
    return _show_exercise(one)


async def take_answer(request: web.Request) -> web.Response:
    """The answer to a question that no camera answers: what it means."""
    one, context = await _find_exercise(request), request.app[CONTEXT]
    chosen = (await read_form(request)).get("answer", "")
    answers = one.count.answers if one.count.kind == "question" else ()
    if not chosen.isdecimal() or len(chosen) > 2 or int(chosen) >= len(answers):
        raise web.HTTPNotFound(text=phrase("There is no such answer."))
    result = conclude_answer(one, int(chosen), find_person(request))
    if context.remembers:
        await in_thread(remember_answer, context.history, result)
    return _show_exercise(one, answers[int(chosen)])


async def _find_exercise(request: web.Request) -> Exercise:
    folders, name = request.app[CONTEXT].exercise_dirs, request.match_info["id"]
    exercises = await in_thread(list_exercises, *folders)
    if name not in exercises:
        advice = offer_nearest(name, exercises)
        raise ExerciseError(f"'{name}'", "is not an exercise", advice)
    return exercises[name]


def _show_exercise(one: Exercise, answer: Answer | None = None) -> web.Response:
    figures = [*one.way_in, *([one.figure] if one.figure else [])]
    drawings = [
        _draw_step(figure, one, k, len(figures)) for k, figure in enumerate(figures, start=1)
    ]
    return show(
        "exercise.html", here="/exercises", exercise=one, counted=tell_count(one),
        drawings=drawings, views=_join_views(one),
        judged=[rule for rule in one.rules if rule.never is None],
        never=[rule for rule in one.rules if rule.never is not None],
        readings=list(_tell_readings(one)), words=words, name_words=name_words,
        name_rule=_name_rule, answer=answer, stop_at_pain=STOP_AT_PAIN,
    )  # fmt: skip


def _draw_step(figure: Figure, exercise: Exercise, number: int, n_steps: int) -> Markup:
    name = translate(exercise.name)
    words = translate("{exercise}, step {n} of {n_steps}", exercise=name, n=number, n_steps=n_steps)
    return draw_figure_svg(figure, words)


def _join_views(exercise: Exercise) -> str:
    return translate(" or ").join(translate(VIEW_TEXT[view]) for view in exercise.views)


def _name_rule(rule: Rule) -> str:
    """As in ``Front knee``."""
    name = translate(name_words(rule.id))
    return f"{name[0].upper()}{name[1:]}"


def _tell_readings(exercise: Exercise) -> Iterator[tuple[str, str]]:
    """Of an assessment: each range of values, and how it reads."""
    if exercise.count.kind == "assessment":
        unit = next(iter(exercise.count.measures.values())).rpartition("_")[2]
        for one in exercise.count.readings:
            yield tell_limits(one.low, one.high, unit), one.text


def _draw(exercise: Exercise) -> Markup:
    """The correct position; nothing where it has no drawing."""
    if exercise.figure is None:
        return Markup("")
    words = translate("The correct position: {exercise}", exercise=translate(exercise.name))
    return draw_figure_svg(exercise.figure, words)


async def show_history(request: web.Request) -> web.Response:
    """The page of the weeks."""
    context, person = request.app[CONTEXT], find_person(request)
    html = await in_thread(_render_history, context, person)
    if html is None:
        heading = phrase("History")
        text = phrase(
            "Nothing is remembered yet. A session remembers each of its sets: start with Today."
        )
        return show("message.html", heading=heading, text=text, in_app=True, here="/history")
    return show_report(html, here="/history")


def _render_history(context: ServeContext, person: str | None) -> str | None:
    sets, day_starts = _read_sets(context, person)
    if not sets:
        return None
    exercises = list_exercises(*context.exercise_dirs)
    practice = review(sets, person, exercises, day_starts=day_starts, folders=context.exercise_dirs)
    return render_page(practice, exercises)


# --- the pages of sessions --------------------------------------------------------------------


async def show_sessions(request: web.Request) -> web.Response:
    """The sessions whose pages are kept."""
    pages = await in_thread(list_pages, request.app[CONTEXT].sessions)
    return show("sessions.html", pages=pages, here="/history", wording=wording)


async def show_summary(request: web.Request) -> web.Response:
    """The page of a session."""
    page = await _find_session(request)
    html = await in_thread(read_page, page)
    return show_report(html, actions="session_bar.html", name=page.name)


async def delete_summary(request: web.Request) -> web.Response:
    """Delete the page of a session, and its Result; what the history remembers of it stays."""
    page = await _find_session(request)
    for path in (page.path, page.path.with_suffix(".json")):
        path.unlink(missing_ok=True)
    raise web.HTTPSeeOther("/sessions")


async def _find_session(request: web.Request) -> KeptPage:
    sessions, name = request.app[CONTEXT].sessions, request.match_info["name"]
    page = await in_thread(find_page, sessions, name)
    if page is None:
        raise web.HTTPNotFound(text=phrase("The page of that session has been deleted."))
    return page
