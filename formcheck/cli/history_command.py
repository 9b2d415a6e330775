"""``formcheck history``: what is remembered, shown, plotted, exported, erased."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from formcheck.cli.batch_command import EXCELS, ExcelChoice
from formcheck.cli.overwriting import check_targets
from formcheck.cli.say import STDOUT, print_text, say
from formcheck.defaults import DEFAULT_WEEKS
from formcheck.errors import ArgumentError, StoreError

if TYPE_CHECKING:
    from formcheck.exercises.routine import Routine
    from formcheck.exercises.schema import Exercise
    from formcheck.history.past import PastSet
    from formcheck.history.progress import Practice
    from formcheck.history.store import History

MIDNIGHT: Final = time()
PAGE: Final = Path("formcheck-history.html")
EXIT_FAILURE: Final = 2

HELP: Final = """What is remembered of your sessions: whether it gets better.

`formcheck live` remembers each set, `formcheck analyze --remember` those of a clip: numbers and
names, on this machine alone.

\b
Example:
  formcheck history show
  formcheck history show --person Ann --json -
  formcheck history plot --person Ann --out ann.html
  formcheck history export --format csv --out ann.csv --person Ann
  formcheck history erase --person Ann
"""
SHOW_HELP: Final = """Show whether it gets better: days, seconds, range, faults, left and right.

\b
Example:
  formcheck history show
  formcheck history show --person Ann --routine daily-relief
  formcheck history show --everyone --json progress.jsonl
  formcheck history show --day-starts 04:00
"""
PLOT_HELP: Final = """Write the same as one page to look at in a browser, with plots.

\b
Example:
  formcheck history plot
  formcheck history plot --person Ann --out ann.html --weeks 26
"""
EXPORT_HELP: Final = """Export every set as it is remembered, as CSV or JSON.

\b
Example:
  formcheck history export --out sets.csv
  formcheck history export --everyone --format json > sets.json
"""
ERASE_HELP: Final = """Erase what is remembered for good, backups of earlier versions included.

Asks first. Without --person it erases the sets of nobody in particular. Exports that you made stay.

\b
Example:
  formcheck history erase --person Ann
  formcheck history erase --everyone --yes
"""


class Format(StrEnum):
    """What ``export`` writes."""

    CSV = "csv"
    JSON = "json"


Person = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Whose [default: of nobody in particular]."),
]
Everyone = Annotated[bool, typer.Option("--everyone", help="All people's.")]
Data = Annotated[Path | None, typer.Option(metavar="DIR", help="Where the history is kept.")]
RoutineName = Annotated[
    str | None,
    typer.Option(
        metavar="ID|FILE",
        help="Hold this week against this routine [default: the one led most often of late].",
    ),
]
Weeks = Annotated[int, typer.Option(metavar="N", min=1, max=260, help="How far to look back.")]
Folders = Annotated[
    list[Path] | None,
    typer.Option("--exercises", metavar="DIR", help="A folder of your own exercises."),
]
DayStarts = Annotated[
    str | None,
    typer.Option(
        metavar="HH:MM",
        help="When your day of practice begins, as in 04:00: what you do before that belongs to "
        "the day before. It is kept [default: what was given last, else 00:00].",
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@app.command(help=SHOW_HELP)
def show(
    ctx: typer.Context,
    person: Person = None,
    everyone: Everyone = False,
    routine: RoutineName = None,
    weeks: Weeks = DEFAULT_WEEKS,
    as_json: Annotated[
        Path | None,
        typer.Option(
            "--json", metavar="FILE", help="Write it there as JSON, a line a person; - prints it."
        ),
    ] = None,
    day_starts: DayStarts = None,
    data: Data = None,
    exercises: Folders = None,
    force: Force = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="The numbers alone, no explanations.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Show what is remembered; ``SHOW_HELP`` is what the user reads."""
    ctx.meta["debug"] = debug
    check_targets([as_json], force)
    asked = _LookBack(routine, weeks, tuple(exercises or ()))
    with _open_to_read(data, day_starts) as history:
        people = _choose_people(history, person, everyone)
        found = (
            [_look_back(history.sets(name), name, asked, history.day_starts) for name in people]
            if history
            else []
        )
    if history is None or not people:
        _say_empty(data, err=as_json is not None, quiet=quiet)
        found = (
            [_look_back([], person, asked, MIDNIGHT)]
            if as_json is not None and not everyone
            else []
        )
    if as_json is not None:
        from formcheck.history.progress import to_dict

        lines = (json.dumps(to_dict(one), ensure_ascii=False, allow_nan=False) for one in found)
        _write("".join(f"{line}\n" for line in lines), as_json)
    elif found:
        from formcheck.cli.history_view import ProgressView

        view = ProgressView()
        text = "\n\n".join(view.write(one, brief=quiet) for one in found)
        print_text(f"{text}\n", exact=False)


@app.command(help=PLOT_HELP)
def plot(
    ctx: typer.Context,
    person: Person = None,
    routine: RoutineName = None,
    weeks: Weeks = DEFAULT_WEEKS,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write the page.")] = PAGE,
    day_starts: DayStarts = None,
    data: Data = None,
    exercises: Folders = None,
    force: Force = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing.")] = False,
    debug: Debug = False,
) -> None:
    """Write the page; ``PLOT_HELP`` is what the user reads."""
    ctx.meta["debug"] = debug
    check_targets([out], force)
    asked = _LookBack(routine, weeks, tuple(exercises or ()))
    with _open_to_read(data, day_starts) as history:
        people = _choose_people(history, person, everyone=False)
        found = (
            [_look_back(history.sets(name), name, asked, history.day_starts) for name in people]
            if history
            else []
        )
    if not found:
        _say_empty(data, err=out == STDOUT, quiet=quiet)
        return
    from formcheck.exercises.load import list_exercises
    from formcheck.report.history_page import render_page

    _write(render_page(found[0], list_exercises(*asked.folders)), out)
    if out != STDOUT and not quiet:
        say(f"  → {out}")


@app.command(help=EXPORT_HELP)
def export(
    ctx: typer.Context,
    person: Person = None,
    everyone: Everyone = False,
    form: Annotated[
        Format | None,
        typer.Option("--format", help="What to write [default: as FILE's name says, else csv]."),
    ] = None,
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="Where to write it; - prints it.")
    ] = STDOUT,
    excel: Annotated[
        ExcelChoice | None,
        typer.Option(
            help="Make the CSV one that Excel opens by a double click, where its lists are "
            "separated by commas or by semicolons (most of Europe).",
        ),
    ] = None,
    day_starts: DayStarts = None,
    data: Data = None,
    force: Force = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing beside it.")] = False,
    debug: Debug = False,
) -> None:
    """Export the sets; ``EXPORT_HELP`` is what the user reads."""
    ctx.meta["debug"] = debug
    check_targets([out], force)
    form = form or (Format.JSON if out.suffix.lower() == ".json" else Format.CSV)
    if excel is not None and form is Format.JSON:
        raise typer.BadParameter("--excel is for CSV: leave it out for JSON")
    with _open_to_read(data, day_starts) as history:
        people = _choose_people(history, person, everyone)
        sets = [] if history is None or not people else history.sets(person, everyone=everyone)
    if not people:
        _say_empty(data, err=True, quiet=quiet)
    from formcheck.history.past import write_csv, write_json

    as_csv = form is Format.CSV
    _write(write_csv(sets, EXCELS[excel]) if as_csv else write_json(sets), out)
    if out != STDOUT and not quiet:
        say(f"{_count(len(sets))} → {out}")


@app.command(help=ERASE_HELP)
def erase(
    ctx: typer.Context,
    person: Person = None,
    everyone: Everyone = False,
    yes: Annotated[bool, typer.Option("--yes", help="Erase without asking.")] = False,
    data: Data = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but the question.")] = False,
    debug: Debug = False,
) -> None:
    """Erase for good; ``ERASE_HELP`` is what the user reads."""
    ctx.meta["debug"] = debug
    with _open(data) as history:
        people = _choose_people(history, person, everyone)
        if history is None or not people:
            _say_empty(data, err=False, quiet=quiet)
            return
        n = len(history.sets(person, everyone=everyone))
        whose = "everyone" if everyone else _name(people[0])
        if not yes:
            _confirm(f"Erase {_count(n)} of {whose} for good?")
        n = history.erase(person, everyone=everyone)
    if not quiet:
        say(f"{_count(n)} of {whose} erased.")


# --- what is asked for ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _LookBack:
    """How to look back."""

    routine: str | None
    weeks: int
    folders: tuple[Path, ...]


@contextmanager
def _open_to_read(data: Path | None, day_starts: str | None) -> Iterator[History | None]:
    """The history, which need not be writable, and when a day begins kept in it if that is given.

    None where there is no file yet, and none is begun.
    """
    from formcheck.history.database import DeniedError

    starts = None if day_starts is None else read_day_starts(day_starts)
    with _open(data, to_read=True) as history:
        if history is not None and starts is not None and starts != history.day_starts:
            try:
                history.keep_day_starts(starts)
            except DeniedError:
                say("formcheck: --day-starts holds this time: the history is read-only", err=True)
        yield history


def read_day_starts(text: str) -> time:
    """A time of day from midnight to noon.

    Raises:
        ValueError: it is none.
    """
    found = re.fullmatch(r"(\d\d?):(\d\d)", text.strip())
    if found is None or int(found[1]) > 11 or int(found[2]) > 59:
        advice = "give a time from 00:00 to 11:59, as in 04:00"
        raise ArgumentError(f"--day-starts {text!r}", "is no such time", advice)
    return time(int(found[1]), int(found[2]))


@contextmanager
def _open(data: Path | None, *, to_read: bool = False) -> Iterator[History | None]:
    """The history; None where there is no file yet, and none is begun."""
    from formcheck.history.store import History

    try:
        begun = _find_file(data).exists()
    except OSError:  # what is in the way is told better where it is opened
        begun = True
    if not begun:
        yield None
        return
    with History(None if data is None else _find_file(data), to_read=to_read) as history:
        yield history


def _find_file(data: Path | None) -> Path:
    from formcheck.history.store import default_path

    return default_path() if data is None else data / "history.sqlite3"


def _choose_people(history: History | None, person: str | None, everyone: bool) -> list[str | None]:
    """Whose sets are asked for; none where nothing at all is remembered.

    Raises:
        StoreError: others are remembered, and nobody of that name.
    """
    from formcheck.history.past import clean_name

    if everyone and person is not None:
        raise typer.BadParameter("give --person or --everyone, not both")
    people = [] if history is None else history.people()
    name = clean_name(person)
    if everyone or not people:
        return people
    if name in people:
        return [name]
    named = [one for one in people if one is not None]
    near = difflib.get_close_matches(name or "", named, n=1)
    who = ", ".join(map(_name, people))
    hint = f"did you mean {near[0]}?" if near else f"there are sets of {who}: see --person"
    raise StoreError("the history", f"no set of {_name(name)} is remembered", hint)


def _look_back(
    sets: list[PastSet], person: str | None, asked: _LookBack, day_starts: time
) -> Practice:
    from formcheck.exercises.load import list_exercises
    from formcheck.history.past import clean_name
    from formcheck.history.progress import look_back

    exercises = list_exercises(*asked.folders)
    today = find_today(day_starts)
    return look_back(
        sets,
        exercises,
        person=clean_name(person),
        today=today,
        routine=_find_routine(sets, asked, exercises, today),
        weeks=asked.weeks,
    )


def find_today(day_starts: time) -> date:
    """The day of practice by this machine's clock."""
    from formcheck.history.past import find_day

    return find_day(datetime.now().astimezone(), day_starts)


def _find_routine(
    sets: list[PastSet], asked: _LookBack, exercises: dict[str, Exercise], today: date
) -> Routine | None:
    """The routine asked for, or the one led most often of late, if it is known here."""
    from formcheck.exercises.routine import list_routines, load_routine, make_routine
    from formcheck.history.week import find_routine

    if asked.routine is not None:
        return load_routine(asked.routine, *asked.folders)
    name = find_routine(sets, today)
    if name is None:
        return None
    exercise = exercises.get(name)
    if exercise is not None and exercise.is_seen:
        return make_routine(exercise)
    return list_routines(*asked.folders).get(name)


# --- writing ----------------------------------------------------------------------------------


def _write(text: str, path: Path) -> None:
    """Write to a file, or to stdout."""
    if path == STDOUT:
        print_text(text)
        return
    from formcheck.files import write_text

    write_text(path, text)


def _say_empty(data: Path | None, *, err: bool, quiet: bool) -> None:
    from formcheck.history.wording import HOW_TO_FILL

    if not quiet:
        say(f"Nothing is remembered yet in {_find_file(data)}.\n{HOW_TO_FILL}", err=err)


def _confirm(question: str) -> None:
    """Ask; whoever does not say yes, or cannot be asked, loses nothing."""
    try:
        agreed = typer.confirm(question)
    except typer.Abort:
        agreed = False
        typer.echo()
    if not agreed:
        typer.echo("formcheck: nothing was erased; --yes erases without asking", err=True)
        raise typer.Exit(EXIT_FAILURE)


def _name(person: str | None) -> str:
    return person or "nobody in particular"


def _count(n: int) -> str:
    return f"{n} set" if n == 1 else f"{n} sets"
