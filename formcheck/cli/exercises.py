"""``formcheck exercises``: what there is, how to do one, and files of one's own checked."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from formcheck.exercises.spec import Assessment, Band, Exercise, Question, Reading, Rule

EXIT_WRONG: Final = 2
MAX_WIDTH: Final = 100
"""Longer lines of prose are hard to read."""
PIPE_WIDTH: Final = 200
"""A table that no terminal shows keeps each row on one line."""
LONG_WORD: Final = 16
"""The longest word of a name, so that no narrow column cuts it."""

HELP: Final = """The exercises: list them, show how to do one, check your own.

\b
Example:
  formcheck exercises list
  formcheck exercises show half-kneeling
  formcheck exercises check my-exercises/plank.toml
"""
LIST_HELP: Final = """List the exercises: id, name, view, and what is counted.

\b
Example:
  formcheck exercises list
  formcheck exercises list --exercises my-exercises --json
"""
SHOW_HELP: Final = """Show how to do an exercise, what is judged, and where that comes from.

\b
Example:
  formcheck exercises show half-kneeling
  formcheck exercises show plank --exercises my-exercises
"""
CHECK_HELP: Final = """Check exercise files of your own: every mistake in one run, one a line.

A folder stands for all its *.toml. Exits 0 if all are right, 2 if any is wrong.

\b
Example:
  formcheck exercises check my-exercises/plank.toml
  formcheck exercises check my-exercises
"""
MEASURES_HELP: Final = """List what can be measured, for those who write an exercise.

\b
Example:
  formcheck exercises measures
  formcheck exercises measures --quiet | grep knee
"""
CAUTION: Final = (
    "This is education, not a medical assessment. A mild pull is right, pain is not: stop at pain."
)

_UNITS: Final = {
    "deg": "°",
    "trunk": " trunk lengths",
    "thigh": " thigh lengths",
    "shank": " shank lengths",
    "leg": " leg lengths",
    "shoulders": " shoulder widths",
}
_VIEWS: Final = {"side": "side-on", "oblique": "half turned", "front": "front-on"}
_DURING: Final = {"top": "at the top of each repetition", "rep": "over each repetition"}

Folders = Annotated[
    list[Path] | None,
    typer.Option("--exercises", metavar="DIR", help="A folder of your own exercises."),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@app.command("list", help=LIST_HELP)
def list_exercises(
    ctx: typer.Context,
    exercises: Folders = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a line instead.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the ids alone.")] = False,
    debug: Debug = False,
) -> None:
    """List the exercises; ``LIST_HELP`` is what the user reads."""
    ctx.meta["debug"] = debug
    from formcheck.exercises.load import load_exercises

    found = load_exercises(*(exercises or ())).values()
    if as_json:
        for one in found:
            _say(json.dumps(_summarise(one), ensure_ascii=False))
    elif quiet:
        for one in found:
            _say(one.id)
    else:
        rows = ((one.id, one.name, _tell_views(one.views), _tell_count(one)) for one in found)
        _print_table(("id", "name", "view", "counts"), rows)


@app.command(help=SHOW_HELP, no_args_is_help=True)
def show(
    ctx: typer.Context,
    exercise: Annotated[str, typer.Argument(metavar="ID", help="The exercise's id.")],
    exercises: Folders = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Print how to do it alone, no rules, no sources.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Show one exercise; ``SHOW_HELP`` is what the user reads."""
    ctx.meta["debug"] = debug
    from formcheck.exercises.load import load_exercise

    _say(_Page().write(load_exercise(exercise, *(exercises or ())), brief=quiet))


@app.command(help=CHECK_HELP, no_args_is_help=True)
def check(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="TOML file, or a folder.")],
    exercises: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="More exercises that same_position_as may name."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print mistakes alone.")] = False,
    debug: Debug = False,
) -> None:
    """Check files; ``CHECK_HELP`` is what the user reads."""
    ctx.meta["debug"] = debug
    from formcheck.exercises.check import check_files
    from formcheck.exercises.load import load_exercises

    checked = check_files(files, load_exercises(*(exercises or ())))
    for one in checked:
        for mistake in one.mistakes:
            typer.echo(str(mistake), err=True)
        if one.exercise is not None and not quiet:
            _say(f"{one.file}: ok ({one.exercise.id}, {one.exercise.name})")
    if any(one.mistakes for one in checked):
        raise typer.Exit(EXIT_WRONG)


@app.command(help=MEASURES_HELP)
def measures(
    ctx: typer.Context,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the names alone.")] = False,
    debug: Debug = False,
) -> None:
    """List the measures; ``MEASURES_HELP`` is what the user reads."""
    ctx.meta["debug"] = debug
    from formcheck.measure.named import name_measures

    names = sorted(name_measures())
    if quiet:
        for name in names:
            _say(name)
        return
    units = (name.rpartition("_")[2].replace("deg", "°") for name in names)
    rows = zip(names, units, map(_tell_meaning, names), strict=True)
    _print_table(("measure", "unit", "what it is"), rows)


# --- words ------------------------------------------------------------------------------------


def _summarise(exercise: Exercise) -> dict[str, object]:
    count = exercise.count
    return {
        "id": exercise.id,
        "name": exercise.name,
        "views": exercise.views,
        "sides": exercise.sides,
        "kind": count.kind,
        "target_s": exercise.hold_target_s,
        "target_reps": count.target_reps if count.kind == "reps" else None,
        "sets": count.sets,
        "counts": _tell_count(exercise),
        "rules": [rule.id for rule in exercise.rules],
        "needs_neutral": exercise.needs_outline,
    }


def _tell_count(exercise: Exercise) -> str:
    """What is counted, as in ``30 s × 2 a side``."""
    count = exercise.count
    if count.kind == "question":
        return "a question"
    text = f"{count.target_reps} reps" if count.kind == "reps" else f"{count.target_s:g} s"
    if exercise.sides == "none":
        text += f" × {count.sets}" if count.sets > 1 else ""
    else:
        text += f" × {count.sets} a side" if count.sets > 1 else ", once a side"
    if exercise.sides == "alternating":
        text += ", alternating"
    if count.kind == "reps" and count.top_s:
        text += f", each held {count.top_s:g} s"
    return text


def _tell_views(views: Iterable[str]) -> str:
    return " or ".join(views) or "none"


def _tell_band(band: Band | Reading) -> str:
    """The band in words, with its unit where the measure names one."""
    low, high = f"{band.low:g}", f"{band.high:g}"
    unit = _tell_unit(getattr(band, "measure", ""))
    if low == "-inf" and high == "inf":
        return "anything else"
    if low == "-inf":
        return f"at most {high}{unit}"
    return f"at least {low}{unit}" if high == "inf" else f"{low} to {high}{unit}"


def _tell_unit(measure: str) -> str:
    unit = measure.rpartition("_")[2]
    return _UNITS.get(unit, f" {unit}" if unit else "")


def _tell_meaning(name: str) -> str:
    """The first line of the measure's docstring, or where its value comes from."""
    from formcheck.measure.named import FROM_NEUTRAL, FROM_START, MEASURES, OF_REP

    if name in FROM_START:
        return f"Change of {FROM_START[name]} since the position was entered."
    if name in FROM_NEUTRAL:
        return "Change from the person's own neutral; known only in position."
    if name in OF_REP:
        return "How long a repetition took; known once it is over."
    doc = MEASURES[name].compute.__doc__ if name in MEASURES else None
    return " ".join((doc or "").strip().partition("\n\n")[0].split())


# --- printing ---------------------------------------------------------------------------------


def _say(text: str) -> None:
    """Print to stdout; whoever closed the other end of the pipe has read enough."""
    try:
        typer.echo(text)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at exit
        raise typer.Exit from None


def _open_console(pipe_width: int) -> Console:
    """A console as wide as the terminal, or as COLUMNS says, else ``pipe_width``."""
    from rich.console import Console

    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a pipe of another code has no “ or ×
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal and not os.environ.get("COLUMNS"):
        console.width = pipe_width
    return console


def _print_table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for place, head in enumerate(heads):
        table.add_column(head, no_wrap=place == 0, min_width=LONG_WORD if place == 1 else None)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = _open_console(PIPE_WIDTH)
    with console.capture() as capture:
        console.print(table)
    _say("\n".join(line.rstrip() for line in capture.get().splitlines()))


class _Page:
    """Writes an exercise in paragraphs that fit the terminal."""

    def __init__(self) -> None:
        self._console = _open_console(80)
        self._width = min(self._console.width, MAX_WIDTH)

    def write(self, exercise: Exercise, *, brief: bool) -> str:
        """The text, with a terminal's colours; ``brief`` leaves out the rules and the sources."""
        with self._console.capture() as capture:
            self._write(exercise, brief)
        return capture.get().rstrip()

    def _write(self, exercise: Exercise, brief: bool) -> None:
        self._put(f"{exercise.name} ({exercise.id})", style="bold")
        self._put(f"Counted: {_tell_count(exercise)}", "  ")
        if exercise.stretched:
            self._put(f"Left or right is the side of {exercise.stretched}.", "  ")
        self._head("What to do")
        for number, text in enumerate(exercise.instructions, start=1):
            self._put(text, f"{number:3}. ")
        self._head("Camera")
        self._put(exercise.camera, "  ")
        if exercise.views:
            self._put(f"View: {' or '.join(_VIEWS[view] for view in exercise.views)}", "  ")
        if exercise.count.kind == "question":
            self._write_question(exercise.count)
        if not brief:
            if exercise.count.kind == "assessment":
                self._write_assessment(exercise.count)
            self._write_rules(exercise)
            self._head("Sources")
            for source in exercise.sources:
                self._put(source, "  - ")
        self._console.print()
        self._put(CAUTION)

    def _write_question(self, question: Question) -> None:
        self._head("The question, which no camera answers")
        self._put(question.question, "  ")
        for one in question.answers:
            self._put(f"{one.answer}: {one.meaning}", "  - ")
        self._put(question.caveat, "  ")

    def _write_assessment(self, assessment: Assessment) -> None:
        self._head("What is measured")
        for place, (name, measure) in enumerate(assessment.measures.items()):
            about = ", which the reading is about" if place == 0 else ""
            words = _name_words(name.removesuffix(f"_{measure.rpartition('_')[2]}"))
            self._put(f"{words}, in {_tell_unit(measure).strip()} ({measure}){about}", "  - ")
        self._head("How it reads")
        unit = _tell_unit(next(iter(assessment.measures.values())))
        for reading in assessment.readings:
            self._put(f"{_tell_band(reading)}{unit}: {reading.text}", "  - ")
        self._put(assessment.caveat, "  ")

    def _write_rules(self, exercise: Exercise) -> None:
        from formcheck.measure.named import FROM_NEUTRAL

        judged = [rule for rule in exercise.rules if rule.never is None]
        never = [rule for rule in exercise.rules if rule.never is not None]
        if judged:
            counted = "no repetition counts" if exercise.count.kind == "reps" else "the clock stops"
            self._head(f"Rules ({counted} while a required one fails)")
            self._put("Each fails 3° outside its band, if it does not say otherwise.", "  ")
        for rule in judged:
            self._write_rule(rule)
        if exercise.needs_outline:
            own = ", ".join(_name_words(r.id) for r in judged if r.measure in FROM_NEUTRAL)
            self._head("Your own neutral")
            self._put(
                f"This compares you with your own neutral: {own or 'the position'}. Stay tall and "
                "relaxed for the first two seconds in the position, or keep your neutral in a "
                "file (formcheck calibrate --help) and name it with --neutral.",
                "  ",
            )
        if never:
            self._head("What no camera can judge")
        for rule in never:
            self._put(f"{_name_words(rule.id)}, {_tell_band(rule)}: {rule.never}", "  - ")
            self._put(f"Source: {rule.source}", "    ", style="dim")

    def _write_rule(self, rule: Rule) -> None:
        self._put(" · ".join((_name_words(rule.id), *_tell_rule(rule))), "  ", "    ")
        cues = [f"“{cue}”" for cue in (rule.cue_low, rule.cue_high) if cue]
        self._put(" / ".join(cues), "    ")
        self._put(f"Source: {rule.source}", "    ", style="dim")

    def _head(self, text: str) -> None:
        self._console.print()
        self._put(text, style="bold")

    def _put(self, text: str, first: str = "", rest: str | None = None, *, style: str = "") -> None:
        """Print a paragraph; ``first`` begins its first line, blanks or ``rest`` the others."""
        from rich.text import Text

        rest = " " * len(first) if rest is None else rest
        plain = " ".join(text.split())
        room = max(10, self._width - max(len(first), len(rest)))
        for place, line in enumerate(Text(plain).wrap(self._console, room)):
            start = rest if place else first
            self._console.print(Text(f"{start}{line.plain.rstrip()}", style=style), soft_wrap=True)


def _name_words(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")


def _tell_rule(rule: Rule) -> Iterator[str]:
    """What a rule asks for, in parts."""
    from formcheck.measure.named import FROM_NEUTRAL, FROM_START

    band = _tell_band(rule)
    if rule.measure in FROM_NEUTRAL:
        band += " from your own neutral"
    if rule.measure in FROM_START:
        band += " from where you began"
    yield band
    yield "required" if rule.required else "advice"
    if rule.during in _DURING:
        yield _DURING[rule.during]
    if rule.views:
        yield f"judged only {' or '.join(_VIEWS[view] for view in rule.views)}"
    unit = _tell_unit(rule.measure)
    if rule.unclear_s is not None:
        bounds = (rule.low - rule.slack, rule.high + rule.slack)
        edges = " and ".join(f"{edge:g}{unit}" for edge in bounds if math.isfinite(edge))
        yield f"not clear up to {edges}"
    elif rule.slack != type(rule).model_fields["slack"].default:
        yield f"fails {rule.slack:g}{unit} outside" if rule.slack else "fails at once outside"
