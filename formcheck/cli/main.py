"""The ``formcheck`` command: its subcommands and how errors leave it."""

from __future__ import annotations

import logging
import sys
import warnings
from typing import Any, Final

import typer
from typer.core import TyperGroup

import formcheck
from formcheck.cli.analyze_command import analyze
from formcheck.cli.batch_command import batch
from formcheck.cli.calibrate_command import calibrate
from formcheck.cli.doctor_command import doctor
from formcheck.cli.exercises_command import app as exercises
from formcheck.cli.history_command import app as history
from formcheck.cli.live_command import live
from formcheck.cli.options import EXIT_FAILURE, add_command, make_group
from formcheck.cli.printing import print_any_letter, stop_printing, tell
from formcheck.cli.routines_command import app as routines
from formcheck.cli.serve_command import serve
from formcheck.cli.stopping import Stopped, listen
from formcheck.defaults import MODELS
from formcheck.errors import ExerciseWarning, FormcheckError
from formcheck.pose.model_files import find_model, sum_model

EXIT_SIGNAL: Final = 128
"""Plus the signal's number, as shells do."""

_show_other = warnings.showwarning


class _Group(TyperGroup):
    """Turns the library's errors into one line and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        listen()
        print_any_letter()
        # It logs where it caches fonts, which no user asks for.
        logging.getLogger("matplotlib").setLevel(logging.ERROR)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("default", ExerciseWarning)
                warnings.showwarning = _show_warning
                return super().invoke(ctx)
        except BrokenPipeError as error:
            stop_printing()
            raise typer.Exit from error
        except (FormcheckError, ValueError, OSError) as error:
            if ctx.meta.get("debug"):
                raise
            tell(_one_line(error))
            raise typer.Exit(EXIT_FAILURE) from error
        except Stopped as stopped:
            tell("stopped; what was done so far is kept")
            raise typer.Exit(EXIT_SIGNAL + stopped.signum) from stopped


def _show_warning(message: Warning | str, category: type[Warning], *where: Any, **to: Any) -> None:
    if issubclass(category, ExerciseWarning):
        tell(_one_line(message))
    else:
        _show_other(message, category, *where, **to)


def _one_line(error: BaseException | str) -> str:
    return " ".join(str(error).split()) or type(error).__name__


app = make_group(
    "Watches a hip flexor stretch through a camera, says what to correct, and counts only the "
    "seconds held correctly. "
    "Education, not a medical assessment: stop if it hurts.",
    cls=_Group,
    pretty_exceptions_enable=False,
)
for command in (analyze, batch, calibrate):
    add_command(app, no_args_is_help=True)(command)
add_command(app)(live)
add_command(app)(serve)
add_command(app)(doctor)
app.add_typer(exercises, name="exercises")
app.add_typer(routines, name="routines")
app.add_typer(history, name="history")


def _print_version(value: bool) -> None:
    if not value:
        return
    typer.echo(f"formcheck {formcheck.__version__}")
    for model in MODELS:
        path = find_model(model)
        typer.echo(f"{model:5} {path.name}  SHA-256 {sum_model(path)}")
    raise typer.Exit


@app.callback()
def main(
    version: bool = typer.Option(
        False,
        "--version",
        callback=_print_version,
        is_eager=True,
        help="Print the version, and the pose models with their checksums.",
    ),
) -> None:
    """The options before a command."""


if __name__ == "__main__":
    sys.exit(app())
