"""``formcheck history``: show, plot, export and erase what is remembered."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from formcheck.cli import options
from formcheck.cli.options import EXIT_FAILURE, add_command, make_group, option
from formcheck.cli.overwriting import check_targets
from formcheck.cli.printing import STDOUT, print_text, say, tell
from formcheck.defaults import DEFAULT_WEEKS
from formcheck.errors import ArgumentError, StoreError
from formcheck.notation import tell_plural

if TYPE_CHECKING:
    from formcheck.history.past import PastSet
    from formcheck.history.progress import Practice
    from formcheck.history.store import History

Person = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="The person whose sets to use [default: sets without a name]."
    ),
]
Everyone = Annotated[bool, typer.Option("--everyone", help="Use everyone's sets.")]
DayStarts = Annotated[
    str | None,
    typer.Option(
        metavar="HH:MM",
        help="When your day begins, such as 04:00; anything earlier counts towards the day before. "
        "The setting is kept [default: the last one given, otherwise 00:00].",
    ),
]

HOW_TO_FILL: Final = (
    "`formcheck live` keeps every set, and `formcheck analyze CLIP --remember` those of a clip."
)
app = make_group(f"""Your past sessions, and whether you are improving.

{HOW_TO_FILL} Only numbers and names are kept, and only on this machine.

Example:
  formcheck history show
  formcheck history show --person Ann --json -
  formcheck history plot --person Ann --out ann.html
  formcheck history export --format csv --out ann.csv --person Ann
  formcheck history erase --person Ann
""")


@dataclass(frozen=True, kw_only=True)
class LookBackOptions:
    """The options that ``show`` and ``plot`` share."""

    person: Person = None
    routine: str | None = option(
        None,
        "Compare this week with this routine [default: the one done most often recently].",
        metavar="ID|FILE",
    )
    weeks: int = option(DEFAULT_WEEKS, "How far to look back.", metavar="N", min=1, max=260)
    day_starts: DayStarts = None
    data: options.DataOption = None
    exercises: options.FoldersOption = None
    force: options.ForceOption = False


@dataclass(frozen=True, kw_only=True)
class ShowOptions(LookBackOptions):
    """What ``formcheck history show`` takes."""

    everyone: Everyone = False
    as_json: Path | None = option(
        None, "Write it as JSON, one line per person; - prints it.", "--json", metavar="FILE"
    )
    quiet: bool = option(False, "Print only the numbers, no explanations.", "--quiet")


@dataclass(frozen=True, kw_only=True)
class PlotOptions(LookBackOptions):
    """What ``formcheck history plot`` takes."""

    out: Path = option(Path("formcheck-history.html"), "Where to write the page.", metavar="FILE")
    quiet: options.SilentOption = False


@add_command(app)
def show(asked: ShowOptions) -> None:
    """Show whether you are improving: days, seconds, range, faults, left and right.

    Example:
      formcheck history show
      formcheck history show --person Ann --routine daily-relief
      formcheck history show --everyone --json progress.jsonl
      formcheck history show --day-starts 04:00
    """
    check_targets([asked.as_json], asked.force)
    found = _look_back(asked, asked.everyone)
    if not found:
        _say_empty(asked.data, err=asked.as_json is not None, quiet=asked.quiet)
        if asked.as_json is not None and not asked.everyone:
            found = [_sum_up([], asked.person, asked, time())]
    if asked.as_json is not None:
        from formcheck.history.progress import to_dict

        lines = (json.dumps(to_dict(one), ensure_ascii=False, allow_nan=False) for one in found)
        _write("".join(f"{line}\n" for line in lines), asked.as_json)
    elif found:
        from formcheck.cli.history_view import ProgressView

        view = ProgressView()
        text = "\n\n".join(view.write(one, brief=asked.quiet) for one in found)
        print_text(f"{text}\n", exact=False)


@add_command(app)
def plot(asked: PlotOptions) -> None:
    """Write the history as a page with plots, to open in a browser.

    Example:
      formcheck history plot
      formcheck history plot --person Ann --out ann.html --weeks 26
    """
    check_targets([asked.out], asked.force)
    found = _look_back(asked, everyone=False)
    if not found:
        _say_empty(asked.data, err=asked.out == STDOUT, quiet=asked.quiet)
        return
    from formcheck.exercises.load import list_exercises
    from formcheck.report.history_page import render_page

    _write(render_page(found[0], list_exercises(*(asked.exercises or ()))), asked.out)
    if asked.out != STDOUT and not asked.quiet:
        say(f"  → {asked.out}")


@add_command(app)
def export(
    person: Person = None,
    everyone: Everyone = False,
    form: Annotated[
        Literal["csv", "json"] | None,
        typer.Option("--format", help="Format [default: from FILE's ending, else csv]."),
    ] = None,
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="Where to write it; - prints it.")
    ] = STDOUT,
    excel: options.ExcelOption = None,
    day_starts: DayStarts = None,
    data: options.DataOption = None,
    force: options.ForceOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing else.")] = False,
) -> None:
    """Export every remembered set as CSV or JSON.

    Example:
      formcheck history export --out sets.csv
      formcheck history export --everyone --format json > sets.json
    """
    check_targets([out], force)
    form = form or ("json" if out.suffix.lower() == ".json" else "csv")
    if excel is not None and form == "json":
        raise typer.BadParameter("--excel is for CSV: leave it out for JSON")
    with _open(data, to_read=True, day_starts=day_starts) as history:
        people = _choose_people(history, person, everyone)
        sets = [] if history is None or not people else history.sets(person, everyone=everyone)
    if not people:
        _say_empty(data, err=True, quiet=quiet)
    from formcheck.history.past import write_csv, write_json

    _write(write_csv(sets, excel) if form == "csv" else write_json(sets), out)
    if out != STDOUT and not quiet:
        say(f"{tell_plural(len(sets), 'set')} → {out}")


@add_command(app)
def erase(
    person: Person = None,
    everyone: Everyone = False,
    yes: Annotated[bool, typer.Option("--yes", help="Erase without asking.")] = False,
    data: options.DataOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but the question.")] = False,
) -> None:
    """Permanently erase remembered sets, including backups of earlier versions.

    Asks first. Without --person it erases the sets kept without a name. The pages that
    `formcheck serve` kept of that person go too; your exports stay.

    Example:
      formcheck history erase --person Ann
      formcheck history erase --everyone --yes
    """
    from formcheck.history.kept_files import erase_files
    from formcheck.history.wording import name_person

    with _open(data) as history:
        people = _choose_people(history, person, everyone)
        if history is None or not people:
            _say_empty(data, err=False, quiet=quiet)
            return
        n = len(history.sets(person, everyone=everyone))
        whose = "everyone" if everyone else name_person(people[0])
        if not yes:
            _confirm(f"Erase {tell_plural(n, 'set')} of {whose} for good?")
        n = history.erase(person, everyone=everyone)
        n_pages = erase_files(history.path.parent, person, everyone=everyone)
    if not quiet:
        pages = f" and {tell_plural(n_pages, 'page')}" if n_pages else ""
        say(f"{tell_plural(n, 'set')}{pages} of {whose} erased.")


@contextmanager
def _open(
    data: Path | None, *, to_read: bool = False, day_starts: str | None = None
) -> Iterator[History | None]:
    """Open the history in a folder, or the user's own; None where there is no file yet.

    It need not be writable if it is only read. When a day begins is kept in it, if that is given.
    """
    from formcheck.history.database import DeniedError
    from formcheck.history.store import History

    starts = None if day_starts is None else read_day_starts(day_starts)
    try:
        begun = _find_file(data).exists()
    except OSError:  # opening it explains better what is in the way
        begun = True
    if not begun:
        yield None
        return
    with History(options.find_history(data), to_read=to_read) as history:
        if starts is not None and starts != history.day_starts:
            try:
                history.keep_day_starts(starts)
            except DeniedError:
                tell("--day-starts applies to this run only: the history is read-only")
        yield history


def read_day_starts(text: str) -> time:
    """Read a time of day from midnight to noon.

    Raises:
        ArgumentError: it is not one.
    """
    found = re.fullmatch(r"(\d\d?):(\d\d)", text.strip())
    if found is None or int(found[1]) > 11 or int(found[2]) > 59:
        advice = "give a time from 00:00 to 11:59, as in 04:00"
        raise ArgumentError(f"--day-starts {text!r}", "is not a valid time", advice)
    return time(int(found[1]), int(found[2]))


def _find_file(data: Path | None) -> Path:
    from formcheck.history.store import default_path

    return options.find_history(data) or default_path()


def _choose_people(history: History | None, person: str | None, everyone: bool) -> list[str | None]:
    """The people whose sets are asked for; empty where nothing at all is remembered.

    Raises:
        StoreError: others are remembered, but nobody of that name.
    """
    from formcheck.history.past import clean_name
    from formcheck.history.wording import name_person

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
    who = ", ".join(map(name_person, people))
    hint = f"did you mean {near[0]}?" if near else f"there are sets of {who}: see --person"
    raise StoreError("the history", f"no set of {name_person(name)} is remembered", hint)


def _look_back(asked: LookBackOptions, everyone: bool) -> list[Practice]:
    """What the sets of each person asked for come to; empty where nothing is remembered."""
    with _open(asked.data, to_read=True, day_starts=asked.day_starts) as history:
        people = _choose_people(history, asked.person, everyone)
        if history is None:
            return []
        return [_sum_up(history.sets(one), one, asked, history.day_starts) for one in people]


def _sum_up(
    sets: Sequence[PastSet], person: str | None, asked: LookBackOptions, day_starts: time
) -> Practice:
    from formcheck.exercises.load import list_exercises
    from formcheck.exercises.routine import load_routine
    from formcheck.history.review import review

    folders = asked.exercises or ()
    exercises = list_exercises(*folders)
    routine = None if asked.routine is None else load_routine(asked.routine, *folders)
    return review(
        sets, person, exercises, day_starts=day_starts, routine=routine, folders=folders,
        weeks=asked.weeks,
    )  # fmt: skip


def _write(text: str, path: Path) -> None:
    """Write to a file, or to stdout."""
    if path == STDOUT:
        print_text(text)
        return
    from formcheck.files import write_text

    write_text(path, text)


def _say_empty(data: Path | None, *, err: bool, quiet: bool) -> None:
    if not quiet:
        say(f"Nothing is remembered yet in {_find_file(data)}.\n{HOW_TO_FILL}", err=err)


def _confirm(question: str) -> None:
    """Ask, and go on only after a yes."""
    try:
        agreed = typer.confirm(question)
    except typer.Abort:
        agreed = False
        typer.echo()
    if not agreed:
        tell("nothing was erased; --yes erases without asking")
        raise typer.Exit(EXIT_FAILURE)
