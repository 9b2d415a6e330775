"""``formcheck live``: a session in front of the camera."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import closing, redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

import typer

from formcheck.cli import options
from formcheck.cli.kept_settings import keep_settings, list_settings, recall_settings
from formcheck.cli.options import EXIT_FAILURE, argument, option
from formcheck.cli.overwriting import check_targets
from formcheck.cli.printing import STDOUT, print_text, tell
from formcheck.defaults import Coaching
from formcheck.errors import FormcheckError
from formcheck.language import ENGLISH, current_language, find_language, translate, use_language

if TYPE_CHECKING:
    from formcheck.app.live.live_plan import Assembled
    from formcheck.app.live.views import View
    from formcheck.exercises.routine import Routine
    from formcheck.exercises.schema import Exercise, Question
    from formcheck.screen.recorder import Recorder
    from formcheck.voice.engine import Manner
    from formcheck.voice.speech import Voice

VOICE_DIR: Final = "FORMCHECK_VOICE_DIR"
"""Environment variable: a folder for sound files of what is said; then nothing is played."""


@dataclass(frozen=True)
class LiveOptions:
    """What ``formcheck live`` takes."""

    name: str = argument(
        "The id of an exercise or a routine, or a routine's TOML file.",
        metavar="[EXERCISE|ROUTINE]",
        default="daily-relief",
    )
    camera: options.CameraOption = "0"
    resolution: str = option("1280x720", "Ask the camera for this size.", metavar="WxH")
    side: options.SideChoice = option("auto", "Do only this side, the stretched one.")
    sets: int | None = option(None, "Sets per side.", metavar="N", min=1)
    hold: float | None = option(None, "Seconds to hold in good form in each set.", metavar="S")
    rest: float | None = option(None, "Seconds of rest after each set.", metavar="S", min=0)
    countdown: float = option(3.0, "Seconds from “Get ready” to “Hold”.", metavar="S", min=0)
    neutral: Path | None = option(
        None, "Your neutral, saved by calibrate [default: find it in the session].", metavar="FILE"
    )
    follow: options.FollowOption = "largest"
    mirror: bool = option(True, "Show the picture as in a mirror.")
    language: options.LanguageOption = None
    mute: options.MuteOption = False
    voice: str | None = option(
        None, "Speak with this voice; `formcheck doctor --voices` lists them.", metavar="NAME"
    )
    voice_rate: int = option(165, "Words per minute.", metavar="N", min=80, max=400)
    volume: int = option(100, "Volume in per cent.", metavar="N", min=0, max=100)
    coaching: Coaching = option("normal", "How much to say about your form.")
    breathing: bool = option(True, "Say quietly when to breathe in and out.")
    repeat: float = option(
        6.0,
        "Wait this long before repeating a correction, then longer each time.",
        metavar="S",
        min=2,
    )
    record: Path | None = option(None, "Record the session as it is shown.", metavar="FILE.mp4")
    raw: bool = option(False, "Record only the camera's picture.", "--raw")
    window: options.WindowOption = True
    fullscreen: bool = option(False, "Fill the screen.")
    seconds: float | None = option(None, "Stop automatically after this many seconds.", metavar="N")
    json: options.JsonOption = None
    report: Path | None = option(
        None, "Write a report page of the session, without pictures.", metavar="FILE.html"
    )
    model: options.ModelOption = "full"
    person: str | None = option(None, "The person these sets belong to.", metavar="NAME")
    no_history: bool = option(False, "Keep nothing in the history.", "--no-history")
    data: options.DataOption = None
    stats: bool = option(False, "Print how fast it ran.", "--stats")
    exercises: options.FoldersOption = None
    force: bool = option(False, "Replace files that exist.", "--force")
    save: bool = option(
        False, "Save these settings for next time, separately for each --person.", "--save"
    )
    show_settings: bool = option(
        False, "Show the settings without starting a session.", "--show-settings"
    )
    quiet: bool = option(False, "Print no summary.", "--quiet")

    @property
    def shown_on(self) -> TextIO:
        """Where everything but the Result is printed: ``--json -`` keeps stdout for that."""
        return sys.stderr if self.json == STDOUT else sys.stdout


def live(asked: LiveOptions) -> None:
    """Lead you hands-free through a stretch or a routine, at the camera.

    Says what to correct and counts only the seconds held in good form. Put the camera at hip
    height, about three metres away; `formcheck exercises show ID` says more. Without a name it runs
    daily-relief. To try a session without a camera, give a clip as the camera: it is played in real
    time, and not kept in the history.

    Keys: space pause, m mute, n next, r find neutral again, d details, f full screen, ? these keys,
    q quit.

    Example:
      formcheck live
      formcheck live half-kneeling --sets 1 --hold 20
      formcheck live daily-relief --hold 15 --rest 10
      formcheck live daily-relief --camera http://192.168.1.20:8080/video
      formcheck live half-kneeling --camera kneel.mp4
      formcheck live --no-window --record today.mp4 --report today.html
    """
    asked = recall_settings(asked)
    if asked.show_settings:
        if asked.save:
            raise typer.BadParameter(
                "--save keeps the settings of a session: leave out --show-settings"
            )
        typer.echo("\n".join(list_settings(asked)))
        return
    use_language(asked.language or find_language(os.environ))
    check_targets((asked.json, asked.record, asked.report), asked.force)
    read_size(asked.resolution)
    if asked.report == STDOUT:
        raise typer.BadParameter("--report writes a page, which cannot be printed: give a file")
    if asked.record is not None and asked.record.suffix.lower() != ".mp4":
        raise typer.BadParameter("--record writes MP4: give a name that ends in .mp4")
    if asked.hold is not None and not 0 < asked.hold < float("inf"):
        raise typer.BadParameter("--hold must be above 0 seconds")
    for name, value in (("--rest", asked.rest), ("--countdown", asked.countdown)):
        if value is not None and not 0 <= value < float("inf"):
            raise typer.BadParameter(f"{name} must be a number of seconds")
    if asked.seconds is not None and not 0 < asked.seconds < float("inf"):
        raise typer.BadParameter("--seconds must be above 0")
    from formcheck.app.live.live_plan import find_routine
    from formcheck.exercises.load import list_exercises
    from formcheck.exercises.schema import Question

    known = list_exercises(*(asked.exercises or ()), asked=(asked.name,))
    only = known.get(asked.name)
    if only is None or not isinstance(only.count, Question):
        _lead(
            find_routine(
                asked.name, known, asked.exercises or (), sets=asked.sets, hold_s=asked.hold,
                rest_s=asked.rest,
            ),
            known,
            asked,
        )  # fmt: skip
    elif asked.report is not None:
        raise typer.BadParameter(f"--report shows what a camera saw, and {asked.name} is asked")
    else:
        _ask(only, only.count, asked)


def read_size(text: str) -> tuple[int, int]:
    """Width and height of ``1280x720``."""
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise typer.BadParameter("--resolution must be a width and a height, such as 1280x720")
    return int(width), int(height)


def _lead(routine: Routine, exercises: dict[str, Exercise], asked: LiveOptions) -> None:
    from formcheck.app.live.camera_session import Settings
    from formcheck.app.live.estimator import LiveEstimator
    from formcheck.app.live.live_plan import LivePlan, assemble
    from formcheck.history.store import History
    from formcheck.judging.calibration import read_neutral
    from formcheck.pose.follow import mirror_follow, read_follow
    from formcheck.screen.recorder import Recorder
    from formcheck.video.clip_camera import check_camera, is_recorded, open_camera
    from formcheck.voice.engine import Manner, check_voice

    check_camera(asked.camera)
    neutral = None if asked.neutral is None else read_neutral(asked.neutral)
    whom = read_follow(asked.follow)
    if asked.mirror:  # it is said of the picture as shown
        whom = mirror_follow(whom)
    outlines = any(exercises[step.exercise].needs_outline for step in routine.steps)
    make_view = choose_view(window=asked.window, fullscreen=asked.fullscreen)
    settings = Settings(
        asked.person, asked.mirror, asked.seconds, asked.raw, asked.repeat, asked.coaching,
        asked.breathing, tell=tell,
    )  # fmt: skip
    language = current_language()
    manner = Manner(asked.voice, asked.voice_rate, asked.volume, language)
    if asked.voice is not None:
        check_voice(asked.voice, language)
    if asked.save:
        keep_settings(asked)
    with (
        # The model takes longest: the camera is opened when all else is ready, so no frame waits.
        closing(LiveEstimator(asked.model, outlines=outlines, follow=whom)) as estimator,
        open_voice(mutes=asked.mute, manner=manner) as voice,
        open_camera(asked.camera, tell, read_size(asked.resolution)) as source,
    ):
        with redirect_stdout(asked.shown_on):
            view = make_view()
        remembers = not asked.no_history and not is_recorded(asked.camera)  # a clip is no practice
        plan = LivePlan(
            routine, exercises, options.read_side(asked.side), neutral, asked.countdown,
            listens=not is_recorded(asked.camera),
            json=None if asked.json == STDOUT else asked.json, page=asked.report,
            open_history=partial(History, options.find_history(asked.data)) if remembers else None,
            settings=settings,
        )  # fmt: skip
        recorder = Recorder(asked.record) if asked.record else None
        parts = assemble(plan, source, estimator, view, voice, recorder)
        session, page = parts.session, parts.page
        try:
            with redirect_stdout(asked.shown_on):
                session.run()
        finally:
            if not isinstance(sys.exc_info()[1], FormcheckError):
                _report(parts, exercises, asked, recorder)
    if session.failures or (page is not None and page.failed):
        raise typer.Exit(EXIT_FAILURE)


def choose_view(*, window: bool, fullscreen: bool) -> Callable[[], View]:
    """What opens a window, or uses the terminal if there is no display or no window is wanted."""
    from formcheck.app.live.views import TerminalLive, WindowLive, find_display_problem

    if not window:
        return TerminalLive
    problem = find_display_problem()
    if problem is None:
        return partial(WindowLive, fullscreen=fullscreen)
    tell(translate("{problem}: showing the session in the terminal", problem=problem))
    return TerminalLive


def open_voice(*, mutes: bool, manner: Manner | None = None) -> Voice:
    """The voice, silent where it ``mutes``; it goes to files if the environment says so."""
    from formcheck.voice.engine import Manner
    from formcheck.voice.speech import Voice

    folder = os.environ.get(VOICE_DIR)
    voice = Voice(folder=Path(folder) if folder else None, manner=manner or Manner())
    voice.muted = mutes
    return voice


def _report(
    parts: Assembled,
    exercises: dict[str, Exercise],
    asked: LiveOptions,
    recorder: Recorder | None,
) -> None:
    """Print the summary and where the files are."""
    from formcheck.cli.verdict import print_summary, print_verdict

    session, page = parts.session, parts.page
    result = session.result
    if page is not None:
        page.write(result, recorder)
    problem = page.failed if page is not None else None
    if asked.json == STDOUT:
        print_text(result.to_json() + "\n")
    elif not asked.quiet:
        recorded = asked.record if recorder is not None and recorder.has_file else None
        kept = asked.json if parts.keeper.has_written else None
        told = None if problem else asked.report
        written = [path for path in (recorded, kept, told) if path]
        if current_language() == ENGLISH:
            print_verdict(result, exercises, written)
        else:
            print_summary(session.summary, written)
    for text in filter(None, (*session.problems, problem)):
        tell(text)
    if asked.stats:
        typer.echo(f"speed: {session.describe_speed()}", err=True)


def _ask(exercise: Exercise, question: Question, asked: LiveOptions) -> None:
    """Ask about what no camera sees, and keep the answer."""
    from formcheck.coach.question import conclude_answer
    from formcheck.files import write_text

    # A prompt writes to stdout even where it is told not to.
    with redirect_stdout(asked.shown_on):
        answer = _ask_in_terminal(exercise, question)
    result = conclude_answer(exercise, answer, asked.person)
    if asked.json == STDOUT:
        print_text(result.to_json() + "\n")
    elif asked.json is not None:
        write_text(asked.json, result.to_json(indent=2) + "\n")
    if not asked.no_history:
        from formcheck.app.kept_answer import remember_answer

        remember_answer(options.find_history(asked.data), result)


def _ask_in_terminal(exercise: Exercise, question: Question) -> int:
    """Ask for one of the answers and print what it means; which it is, from 0."""
    from formcheck.cli.exercise_page import CAUTION

    typer.echo(f"{translate(exercise.name)}\n{translate(CAUTION)}\n")
    for number, text in enumerate(exercise.instructions, start=1):
        typer.echo(f"{number:3}. {translate(text)}")
    typer.echo(f"\n{translate(question.question)}")
    for number, one in enumerate(question.answers, start=1):
        typer.echo(f"{number:3}. {translate(one.answer)}")
    n_answers = len(question.answers)
    advice = translate("give a number from 1 to {n}", n=n_answers)

    def read_number(text: str) -> int:
        number = int(text) if text.strip().isdecimal() else 0
        if not 1 <= number <= n_answers:
            raise typer.BadParameter(advice)  # the prompt says so and asks again
        return number

    try:
        chosen: int = typer.prompt(translate("Number"), value_proc=read_number)
    except typer.Abort as error:  # the input has ended
        typer.echo()
        raise FormcheckError(translate("the question"), translate("no answer"), advice) from error
    meaning = translate(question.answers[chosen - 1].meaning)
    typer.echo(f"{meaning}. {translate(question.caveat)}")
    return chosen - 1
