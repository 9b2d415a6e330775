"""The ``formcheck`` command: its subcommands and how errors leave it."""

from __future__ import annotations

import logging
import sys
import warnings
from typing import Any, Final

import typer
from typer.core import TyperGroup

import formcheck
from formcheck.cli import analyze_command as analyze
from formcheck.cli import batch_command as batch
from formcheck.cli import calibrate_command as calibrate
from formcheck.cli import doctor_command as doctor
from formcheck.cli import exercises_command as exercises
from formcheck.cli import history_command as history
from formcheck.cli import live_command as live
from formcheck.cli import routines_command as routines
from formcheck.cli.say import print_any_letter, say, stop_printing
from formcheck.cli.stopping import Stopped, listen
from formcheck.errors import ExerciseWarning, FormcheckError

EXIT_FAILURE: Final = 2
EXIT_SIGNAL: Final = 128
"""Plus the signal's number, as shells do."""


_show_other = warnings.showwarning


class _Group(TyperGroup):
    """Turns what the library raises into one line and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        listen()
        print_any_letter()
        # It tells where it keeps what it knows of fonts, which no user asks for.
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
            say(f"formcheck: {_one_line(error)}", err=True)
            raise typer.Exit(EXIT_FAILURE) from error
        except Stopped as stopped:
            typer.echo("formcheck: stopped; what was done before is kept", err=True)
            raise typer.Exit(EXIT_SIGNAL + stopped.signum) from stopped


def _show_warning(message: Warning | str, category: type[Warning], *where: Any, **to: Any) -> None:
    if issubclass(category, ExerciseWarning):
        say(f"formcheck: {_one_line(message)}", err=True)
    else:
        _show_other(message, category, *where, **to)


def _one_line(error: BaseException | str) -> str:
    return " ".join(str(error).split()) or type(error).__name__


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Watches a hip flexor stretch, says what to correct, and counts only the seconds done "
    "right. Education, not a medical assessment: stop at pain.",
)
app.command(help=analyze.HELP, no_args_is_help=True)(analyze.analyze)
app.command(help=batch.HELP, no_args_is_help=True)(batch.batch)
app.command(help=calibrate.HELP, no_args_is_help=True)(calibrate.calibrate)
app.command(help=live.HELP)(live.live)
app.command(help=doctor.HELP)(doctor.doctor)
app.add_typer(exercises.app, name="exercises", help=exercises.HELP)
app.add_typer(routines.app, name="routines", help=routines.HELP)
app.add_typer(history.app, name="history", help=history.HELP)


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"formcheck {formcheck.__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Take the options that stand before a command."""


if __name__ == "__main__":
    sys.exit(app())
