"""``formcheck live``: the session in front of the camera."""

from __future__ import annotations

import difflib
import os
import sys
import uuid
from collections.abc import Callable
from contextlib import closing, redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from formcheck.cli.options import (
    SIDES,
    CameraOption,
    DebugOption,
    FoldersOption,
    JsonOption,
    ModelOption,
    SideChoice,
    VoiceOption,
    WindowOption,
)
from formcheck.cli.overwriting import check_targets
from formcheck.cli.say import STDOUT, print_text, say, tell
from formcheck.errors import ExerciseError, FormcheckError

if TYPE_CHECKING:
    from formcheck.app.live.camera_session import LiveSession, Settings
    from formcheck.app.live.live_page import SessionPage
    from formcheck.app.live.result_keeper import Keeper
    from formcheck.app.live.views import View
    from formcheck.coach.flow import Flow
    from formcheck.exercises.routine import Routine
    from formcheck.exercises.schema import Exercise, Question
    from formcheck.result.models import Result
    from formcheck.screen.recorder import Recorder
    from formcheck.voice.speech import Voice

VOICE_DIR: Final = "FORMCHECK_VOICE_DIR"
"""Environment variable: sound files of what would be said go there, and nothing is played."""
HELP: Final = """Lead you through a stretch or a routine at the camera, hands-free.

Says what to correct and counts only the seconds done right. Put the camera hip high, about three
metres away, as `formcheck exercises show ID` says. Without a name: daily-relief. A clip given as
the camera is played in real time, to try a session without one: nothing of it is remembered.

\b
Keys: space pause, m mute, n next, r find neutral again, f full screen, ? these keys, q quit.

\b
Example:
  formcheck live
  formcheck live half-kneeling --sets 1 --hold 20
  formcheck live daily-relief --camera http://192.168.1.20:8080/video
  formcheck live half-kneeling --camera kneel.mp4
  formcheck live --no-window --record today.mp4 --report today.html
"""


@dataclass(frozen=True, slots=True)
class _LiveOptions:
    """The options of one call that are not the session's own settings."""

    camera: str
    side: SideChoice
    neutral: Path | None
    follow: str
    voice: bool
    record: Path | None
    window: bool
    fullscreen: bool
    json: Path | None
    report: Path | None
    no_history: bool
    data: Path | None
    stats: bool
    quiet: bool


def live(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="[EXERCISE|ROUTINE]", help="An id, or a routine's TOML file.")
    ] = "daily-relief",
    camera: CameraOption = "0",
    side: Annotated[
        SideChoice, typer.Option(help="Do this side only, the stretched one.")
    ] = SideChoice.AUTO,
    sets: Annotated[int | None, typer.Option(metavar="N", min=1, help="Sets a side.")] = None,
    hold: Annotated[
        float | None, typer.Option(metavar="S", help="Seconds to hold well in each set.")
    ] = None,
    neutral: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Your neutral, from calibrate [default: find it]."),
    ] = None,
    follow: Annotated[
        str,
        typer.Option(
            metavar="left|right|largest|X,Y",
            help="Whom to follow where several are seen, in the picture as it is shown; X,Y is a "
            "point of it, each from 0 to 1.",
        ),
    ] = "largest",
    mirror: Annotated[bool, typer.Option(help="Show the picture as a mirror does.")] = True,
    voice: VoiceOption = True,
    repeat: Annotated[
        float, typer.Option(metavar="S", min=2, help="Repeat a correction no sooner than this.")
    ] = 6.0,
    record: Annotated[
        Path | None, typer.Option(metavar="FILE.mp4", help="Record the session as it is shown.")
    ] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Record the camera's picture alone.")] = False,
    window: WindowOption = True,
    fullscreen: Annotated[bool, typer.Option("--fullscreen", help="Fill the screen.")] = False,
    seconds: Annotated[
        float | None, typer.Option(metavar="N", help="Stop by itself after so many seconds.")
    ] = None,
    json: JsonOption = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="Write a page of the session there, no pictures."),
    ] = None,
    model: ModelOption = "full",
    person: Annotated[str | None, typer.Option(help="Whom to remember it of.")] = None,
    no_history: Annotated[bool, typer.Option("--no-history", help="Remember nothing.")] = False,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the history is kept.")
    ] = None,
    stats: Annotated[bool, typer.Option("--stats", help="Tell how fast it was.")] = False,
    exercises: FoldersOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No summary.")] = False,
    debug: DebugOption = False,
) -> None:
    """Run a live session; ``HELP`` is what the user reads."""
    ctx.meta["debug"] = debug
    check_targets((json, record, report), force)
    if report == STDOUT:
        raise typer.BadParameter("--report writes a page, which no terminal shows: give a file")
    if record is not None and record.suffix.lower() != ".mp4":
        raise typer.BadParameter("--record writes MP4: give a name that ends in .mp4")
    if hold is not None and not 0 < hold < float("inf"):
        raise typer.BadParameter("--hold is above 0 seconds")
    if seconds is not None and not 0 < seconds < float("inf"):
        raise typer.BadParameter("--seconds is above 0")
    asked = _LiveOptions(
        camera, side, neutral, follow, voice, record, window, fullscreen, json, report, no_history,
        data, stats, quiet,
    )  # fmt: skip
    from formcheck.exercises.load import list_exercises
    from formcheck.exercises.schema import Question

    folders = tuple(exercises or ())
    known = list_exercises(*folders, asked=(name,))
    only = known.get(name)
    if only is not None and isinstance(only.count, Question):
        if report is not None:
            raise typer.BadParameter(f"--report shows what a camera saw, and {name} is asked")
        _ask(only, only.count, asked, person)
        return
    routine = _find_routine(name, known, folders, sets, hold)
    from formcheck.app.live.camera_session import Settings

    settings = Settings(person, mirror, seconds, raw, repeat)
    _lead(routine, known, asked, settings, model)


def _find_routine(
    name: str,
    exercises: dict[str, Exercise],
    folders: tuple[Path, ...],
    sets: int | None,
    hold_s: float | None,
) -> Routine:
    """The routine of that name, or one of that exercise alone."""
    from formcheck.exercises.routine import list_routines, load_routine, make_routine

    if name in exercises:
        return make_routine(exercises[name], sets=sets, hold_s=hold_s)
    is_file = name.endswith(".toml") or len(Path(name).parts) > 1
    routines = (
        {name: load_routine(name, *folders)} if is_file else list_routines(*folders, asked=(name,))
    )
    if name in routines:
        if sets is not None or hold_s is not None:
            what = "--sets and --hold are for one exercise"
            raise ExerciseError(name, what, "a routine says its own")
        return routines[name]
    names = [*routines, *exercises]
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(names)}"
    raise ExerciseError(f"'{name}'", "is no exercise and no routine", hint)


def _lead(
    routine: Routine,
    exercises: dict[str, Exercise],
    asked: _LiveOptions,
    settings: Settings,
    model: str,
) -> None:
    from formcheck.app.live.camera_session import LiveSession
    from formcheck.app.live.estimator import LiveEstimator
    from formcheck.app.live.live_page import SessionPage
    from formcheck.coach.flow import Flow
    from formcheck.judging.calibration import read_neutral
    from formcheck.pose.follow import mirror_follow, read_follow
    from formcheck.screen.recorder import Recorder
    from formcheck.video.clip_camera import open_camera

    neutral = None if asked.neutral is None else read_neutral(asked.neutral)
    whom = read_follow(asked.follow)
    if settings.mirrored:  # it is said of the picture that is shown
        whom = mirror_follow(whom)
    outlines = any(exercises[step.exercise].needs_outline for step in routine.steps)
    make_view = choose_view(window=asked.window, fullscreen=asked.fullscreen)
    # The terminal view writes to stdout, where the Result is to be alone.
    shown_on = sys.stderr if asked.json == STDOUT else sys.stdout
    with (
        # The model takes longest: the camera is opened when all else is ready, so no frame waits.
        closing(LiveEstimator(model, outlines=outlines, follow=whom)) as estimator,
        open_voice(speaks=asked.voice) as voice,
        open_camera(asked.camera, tell) as source,
    ):
        page = None if asked.report is None else SessionPage(asked.report, exercises)
        flow = Flow(
            routine, exercises, source.height_px, side=SIDES[asked.side], neutral=neutral,
            watch=None if page is None else page.trace.see,
        )  # fmt: skip
        with redirect_stdout(shown_on):
            view = make_view()
        keeper = _open_keeper(flow, asked, settings.person)
        recorder = Recorder(asked.record) if asked.record else None
        session = LiveSession(flow, source, estimator, view, voice, keeper, recorder, settings)
        try:
            with redirect_stdout(shown_on):
                session.run()
        finally:
            if not isinstance(sys.exc_info()[1], FormcheckError):
                _report(session, exercises, asked, keeper, page, recorder)
    if session.failures or (page is not None and page.failed):
        raise typer.Exit(2)


def choose_view(*, window: bool, fullscreen: bool) -> Callable[[], View]:
    """What opens a window, or takes the terminal where there is no display or none is wanted."""
    from formcheck.app.live.views import TerminalLive, WindowLive, find_display_problem

    if not window:
        return TerminalLive
    problem = find_display_problem()
    if problem is None:
        return partial(WindowLive, fullscreen=fullscreen)
    typer.echo(f"formcheck: {problem}: showing the session in the terminal", err=True)
    return TerminalLive


def open_voice(*, speaks: bool) -> Voice:
    """The voice, muted unless it ``speaks``; into files where the environment asks for that."""
    from formcheck.voice.speech import Voice

    folder = os.environ.get(VOICE_DIR)
    voice = Voice(folder=Path(folder) if folder else None)
    voice.muted = not speaks
    return voice


def _open_keeper(flow: Flow, asked: _LiveOptions, person: str | None) -> Keeper:
    from formcheck.app.live.result_keeper import Keeper
    from formcheck.history.store import History
    from formcheck.video.clip_camera import is_recorded

    remembers = not asked.no_history and not is_recorded(asked.camera)  # a clip is no practice

    def open_history() -> History:
        return History(asked.data / "history.sqlite3" if asked.data else None)

    return Keeper(
        None if asked.json == STDOUT else asked.json,
        open_history if remembers else None,
        session=uuid.uuid4().hex,
        person=person,
        routine=flow.routine.id,
    )


def _report(
    session: LiveSession,
    exercises: dict[str, Exercise],
    asked: _LiveOptions,
    keeper: Keeper,
    page: SessionPage | None,
    recorder: Recorder | None,
) -> None:
    """The summary on stdout, and where the files are."""
    from formcheck.cli.verdict import print_verdict

    result = session.result
    if page is not None:
        page.write(result, recorder)
    if asked.json == STDOUT:
        print_text(result.to_json() + "\n")
    elif not asked.quiet:
        recorded = asked.record if recorder is not None and recorder.has_file else None
        kept = asked.json if keeper.has_written else None
        told = asked.report if page is not None and not page.failed else None
        files = [path for path in (recorded, kept, told) if path]
        print_verdict(result, exercises, files)
    failed = [page.failed] if page is not None and page.failed else []
    for text in (*session.problems, *failed):
        say(f"formcheck: {text}", err=True)
    if asked.stats:
        typer.echo(f"speed: {session.describe_speed()}", err=True)


def _ask(exercise: Exercise, question: Question, asked: _LiveOptions, person: str | None) -> None:
    """Ask what no camera sees, and keep the answer."""
    from formcheck.coach.question import conclude_answer
    from formcheck.files import write_text

    # A prompt writes to stdout even where it is told not to.
    with redirect_stdout(sys.stderr if asked.json == STDOUT else sys.stdout):
        answer = _ask_in_terminal(exercise, question)
    result = conclude_answer(exercise, answer, person)
    if asked.json == STDOUT:
        print_text(result.to_json() + "\n")
    elif asked.json is not None:
        write_text(asked.json, result.to_json(indent=2) + "\n")
    if not asked.no_history:
        _remember_answer(result, asked, person)


def _ask_in_terminal(exercise: Exercise, question: Question) -> int:
    """Which answer it is, from 0; its meaning is told."""
    from formcheck.cli.exercise_page import CAUTION

    typer.echo(f"{exercise.name}\n{CAUTION}\n")
    for number, text in enumerate(exercise.instructions, start=1):
        typer.echo(f"{number:3}. {text}")
    typer.echo(f"\n{question.question}")
    for number, one in enumerate(question.answers, start=1):
        typer.echo(f"{number:3}. {one.answer}")
    n_answers = len(question.answers)
    try:
        chosen: int = typer.prompt("Number", value_proc=partial(_read_number, n_answers=n_answers))
    except typer.Abort as error:  # the input has ended
        typer.echo()
        advice = f"give a number from 1 to {n_answers}"
        raise FormcheckError("the question", "no answer", advice) from error
    typer.echo(f"{question.answers[chosen - 1].meaning}. {question.caveat}")
    return chosen - 1


def _read_number(text: str, n_answers: int) -> int:
    """What was typed, as a number from 1 on.

    Raises:
        typer.BadParameter: it is none; the prompt says so and asks again.
    """
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= n_answers:
        raise typer.BadParameter(f"give a number from 1 to {n_answers}")
    return number


def _remember_answer(result: Result, asked: _LiveOptions, person: str | None) -> None:
    from datetime import UTC, datetime

    from formcheck.history.store import History

    with History(asked.data / "history.sqlite3" if asked.data else None) as history:
        history.add_set(
            result.sets[0],
            session=uuid.uuid4().hex,
            person=person,
            source="live",
            at=datetime.now(UTC).astimezone(),
            clip=None,
            unit="s",
        )
