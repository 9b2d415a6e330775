"""``formcheck exercises``: what there is, how to do one, and files of one's own checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from formcheck.cli import options
from formcheck.cli.options import EXIT_FAILURE, add_command, make_group
from formcheck.cli.printing import print_table, say
from formcheck.errors import ExerciseError

if TYPE_CHECKING:
    from formcheck.exercises.schema import Exercise

app = make_group("""The exercises: list them, show how to do one, check your own.

Example:
  formcheck exercises list
  formcheck exercises show half-kneeling
  formcheck exercises check my-exercises/plank.toml
""")


@add_command(app, "list")
def list_exercises(
    exercises: options.FoldersOption = None,
    as_json: options.JsonLinesOption = False,
    quiet: options.IdsOption = False,
) -> None:
    """List the exercises: id, name, view, and what is counted.

    Example:
      formcheck exercises list
      formcheck exercises list --exercises my-exercises --json
    """
    from formcheck.exercises.load import list_exercises
    from formcheck.exercises.telling import tell_count

    found = list_exercises(*(exercises or ())).values()
    if as_json:
        typer.echo("\n".join(json.dumps(_summarise(one), ensure_ascii=False) for one in found))
    elif quiet:
        typer.echo("\n".join(one.id for one in found))
    else:
        rows = (
            (one.id, one.name, " or ".join(one.views) or "none", tell_count(one)) for one in found
        )
        print_table(("id", "name", "view", "counts"), rows)
        typer.echo("\nRoutines: formcheck routines list")


@add_command(app, no_args_is_help=True)
def show(
    exercise: Annotated[str, typer.Argument(metavar="ID", help="The exercise's id.")],
    exercises: options.FoldersOption = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Print only how to do it: no rules, no sources.")
    ] = False,
) -> None:
    """Show how to do an exercise, what is judged, and where that comes from.

    Example:
      formcheck exercises show half-kneeling
      formcheck exercises show plank --exercises my-exercises
    """
    from formcheck.cli.exercise_page import ExercisePage
    from formcheck.exercises.load import load_exercise
    from formcheck.exercises.routine import list_routine_folders

    folders = tuple(exercises or ())
    try:
        found = load_exercise(exercise, *folders)
    except ExerciseError as error:
        files = (folder / f"{exercise}.toml" for folder in list_routine_folders(*folders))
        if not any(file.is_file() for file in files):
            raise
        advice = f"formcheck routines show {exercise}"
        raise ExerciseError(f"'{exercise}'", "is a routine, not an exercise", advice) from error
    ExercisePage().write(found, brief=quiet)


@add_command(app, no_args_is_help=True)
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="TOML file, or a folder.")],
    exercises: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="More exercises that same_position_as may name."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only the mistakes.")] = False,
) -> None:
    """Check exercise files of your own: every mistake in one run, one per line.

    For a folder, every *.toml in it is checked. Exits with 0 if all are
    correct, 2 if any is not.

    Example:
      formcheck exercises check my-exercises/plank.toml
      formcheck exercises check my-exercises
    """
    from formcheck.exercises.load import check_files, list_exercises

    checked = check_files(files, list_exercises(*(exercises or ())))
    for one in checked:
        for mistake in one.mistakes:
            say(str(mistake), err=True)
        if one.exercise is not None and not quiet:
            typer.echo(f"{one.file}: ok ({one.exercise.id}, {one.exercise.name})")
    if any(one.mistakes for one in checked):
        raise typer.Exit(EXIT_FAILURE)


@add_command(app)
def measures(
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only the names.")] = False,
) -> None:
    """List what can be measured, for writing your own exercise.

    Example:
      formcheck exercises measures
      formcheck exercises measures --quiet | grep knee
    """
    from formcheck.measure.registry import name_measures

    names = sorted(name_measures())
    if quiet:
        typer.echo("\n".join(names))
        return
    units = (name.rpartition("_")[2].replace("deg", "°") for name in names)
    rows = zip(names, units, map(_tell_meaning, names), strict=True)
    print_table(("measure", "unit", "what it is"), rows)


def _summarise(exercise: Exercise) -> dict[str, object]:
    from formcheck.exercises.telling import tell_count

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
        "counts": tell_count(exercise),
        "rules": [rule.id for rule in exercise.rules],
        "needs_neutral": exercise.needs_outline,
    }


def _tell_meaning(name: str) -> str:
    """What the measure is, or where its value comes from."""
    from formcheck.measure.registry import FROM_NEUTRAL, FROM_REST, FROM_START, MEASURES, OF_REP

    if name in FROM_START:
        since = "from rest" if name in FROM_REST else "since the position was entered"
        return f"Change of {FROM_START[name]} {since}."
    if name in FROM_NEUTRAL:
        return "Change from the person's own neutral; known only in position."
    if name in OF_REP:
        return "How long a repetition took; known once it is over."
    return MEASURES[name].says if name in MEASURES else ""
