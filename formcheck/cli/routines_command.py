"""``formcheck routines``: what there is, and what one asks for, step by step."""

from __future__ import annotations

import json
import shlex
from typing import Annotated

import typer

from formcheck.cli.options import FoldersOption, IdsOption, JsonLinesOption, add_command, make_group
from formcheck.cli.printing import print_table

app = make_group("""The routines: list them, show what one asks for.

Example:
  formcheck routines list
  formcheck routines show daily-relief
""")


@add_command(app, "list")
def list_routines(
    exercises: FoldersOption = None,
    as_json: JsonLinesOption = False,
    quiet: IdsOption = False,
) -> None:
    """List the routines: id, name, how many sets, and how long it takes at least.

    Your own go into the subfolder `routines` of a folder given with --exercises.

    Example:
      formcheck routines list
      formcheck routines list --exercises my-exercises --json
    """
    from formcheck.exercises.routine import list_routines
    from formcheck.exercises.telling import count_sets, tell_length

    found = list_routines(*(exercises or ())).values()
    if as_json:
        typer.echo(
            "\n".join(json.dumps(one.model_dump(mode="json"), ensure_ascii=False) for one in found)
        )
    elif quiet:
        typer.echo("\n".join(one.id for one in found))
    else:
        rows = ((one.id, one.name, str(count_sets(one)), tell_length(one)) for one in found)
        print_table(("id", "name", "sets", "takes"), rows)


@add_command(app, no_args_is_help=True)
def show(
    routine: Annotated[
        str, typer.Argument(metavar="ID|FILE", help="The routine's id, or its file.")
    ],
    exercises: FoldersOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only the steps.")] = False,
) -> None:
    """Show what a routine asks for, step by step, and where that comes from.

    Example:
      formcheck routines show daily-relief
      formcheck routines show mornings --exercises my-exercises
    """
    from formcheck.cli.exercise_page import Page
    from formcheck.exercises.load import list_exercises
    from formcheck.exercises.routine import load_routine
    from formcheck.exercises.telling import count_sets, tell_length, tell_step

    folders = tuple(exercises or ())
    found = load_routine(routine, *folders)
    known = list_exercises(*folders)
    page = Page()
    if not quiet:
        page.put(f"{found.name} ({found.id})", bold=True)
        page.put(f"{count_sets(found)} sets, {tell_length(found)} including rests", "  ")
        page.head("Steps")
    for number, step in enumerate(found.steps, start=1):
        name = f"{known[step.exercise].name} ({step.exercise})"
        page.put(f"{name}: {tell_step(step)}", f"{number:3}. ")
    if not quiet:
        page.list_sources(found.sources)
        page.head("How to do it")
        name = shlex.quote(str(routine))
        page.put(f"formcheck live {name}", "  ")
        page.put(f"formcheck analyze session.mp4 --routine {name}", "  ")
        page.put("formcheck exercises show ID explains how to do each exercise.", "  ")
        page.end()
