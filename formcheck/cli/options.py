"""How a function becomes a command, and the options that several commands share."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar, get_type_hints

import typer

from formcheck.defaults import DEFAULT_RATE_HZ
from formcheck.pose.landmarks import Side
from formcheck.result.csv_text import Excel

Run = TypeVar("Run", bound=Callable[..., None])
EXIT_FAILURE: Final = 2
SideChoice = Literal["left", "right", "auto"]
_TAKEN: Final = "taken as"
_given: ContextVar[frozenset[str]] = ContextVar("given", default=frozenset())
_BY_NAME: Final = inspect.Parameter.KEYWORD_ONLY

CameraOption = Annotated[
    str,
    typer.Option(
        metavar="INDEX|NAME|PATH|URL",
        help="Which camera, or a phone's stream; a clip is played as if it were one. "
        "`formcheck doctor --cameras` lists the names.",
    ),
]
DataOption = Annotated[Path | None, typer.Option(metavar="DIR", help="Where the history is kept.")]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
ExcelOption = Annotated[
    Excel | None,
    typer.Option(
        help="Write a CSV that Excel opens with a double click; most of Europe needs semicolon."
    ),
]
FoldersOption = Annotated[
    list[Path] | None,
    typer.Option("--exercises", metavar="DIR", help="A folder of your own exercises."),
]
FollowOption = Annotated[
    str,
    typer.Option(
        metavar="left|right|largest|X,Y",
        help="Which person to judge if there are several; X,Y is a point in the picture as shown, "
        "each from 0 to 1.",
    ),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")]
IdsOption = Annotated[bool, typer.Option("--quiet", help="Print only the ids.")]
JsonLinesOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON object per line instead.")
]
JsonOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Write the Result to this file; - prints it and nothing else."
    ),
]
LanguageOption = Annotated[
    str | None,
    typer.Option(
        metavar="LANGUAGE",
        help="Language of what is shown and said: en or de [default: the system's].",
    ),
]
MirroredOption = Annotated[
    bool, typer.Option("--mirrored", help="The clip was saved mirrored, as front cameras often do.")
]
ModelOption = Annotated[str, typer.Option(metavar="lite|full|PATH", help="Pose model.")]
SilentOption = Annotated[bool, typer.Option("--quiet", help="Print nothing.")]
MuteOption = Annotated[bool, typer.Option("--mute/--no-mute", help="Turn the voice off.")]
WindowOption = Annotated[bool, typer.Option(help="Show a window, or use the terminal.")]


def option(default: Any, text: str, *names: str, **how: Any) -> Any:
    """The field of a dataclass that is an option of a command; ``how`` goes to `typer.Option`.

    Without names such as ``--every-frame`` it is named after the field.
    """
    return field(default=default, metadata={_TAKEN: typer.Option(*names, help=text, **how)})


def argument(text: str, metavar: str, **default: Any) -> Any:
    """The field of a dataclass that is an argument of a command, required without a default."""
    return field(metadata={_TAKEN: typer.Argument(help=text, metavar=metavar)}, **default)


@dataclass(frozen=True, kw_only=True)
class ClipOptions:
    """The options that ``analyze`` and ``batch`` share."""

    exercise: str = option("auto", "Exercise, or auto to recognise it.", metavar="ID")
    side: SideChoice = option("auto", "The stretched side, as the person's own left or right.")
    follow: FollowOption = "largest"
    mirrored: MirroredOption = False
    rate: float | None = option(
        None,
        f"Frames to analyse per second [default: {DEFAULT_RATE_HZ:g}; all where repetitions "
        "are counted].",
        metavar="HZ",
    )
    every_frame: bool = option(False, "Analyse every frame.", "--every-frame")
    fps: float | None = option(
        None,
        "The camera's true frame rate, if the file does not give it or is in slow motion.",
        metavar="HZ",
    )
    series_landmarks: bool = option(
        False, "Add each frame's 33 landmarks to the series, in pixels.", "--series-landmarks"
    )
    model: ModelOption = "full"
    exercises: FoldersOption = None
    quiet: bool = option(False, "Print no progress and no table.", "--quiet")

    @property
    def shared(self) -> dict[str, Any]:
        """What `formcheck.analyze` and `formcheck.batch` take alike, by name."""
        return {
            "exercise": self.exercise,
            "side": read_side(self.side),
            "follow": self.follow,
            "mirrored": self.mirrored,
            "model": self.model,
            "rate_hz": None if self.every_frame else self.rate or DEFAULT_RATE_HZ,
            "fps": self.fps,
            "exercise_dirs": self.exercises or (),
            "series_landmarks": self.series_landmarks,
        }

    def check_frames(self, series: Path | None) -> None:
        """Refuse impossible rates, and landmarks without a ``series`` to put them into."""
        if self.rate is not None and (self.every_frame or not 0 < self.rate < float("inf")):
            raise typer.BadParameter("give a rate above 0 Hz, or --every-frame, not both")
        if self.fps is not None and not 0 < self.fps < float("inf"):
            raise typer.BadParameter("--fps must be a rate above 0 Hz, such as 30")
        if self.series_landmarks and series is None:
            raise typer.BadParameter(
                "--series-landmarks needs --series: say where to write the series"
            )


def make_group(text: str, **how: Any) -> typer.Typer:
    """A command with subcommands, whose help is the text; ``how`` goes to `typer.Typer`."""
    return typer.Typer(
        no_args_is_help=True, add_completion=False, rich_markup_mode=None, help=_keep_lines(text),
        **how,
    )  # fmt: skip


def add_command(
    app: typer.Typer, name: str | None = None, *, no_args_is_help: bool = False
) -> Callable[[Run], Run]:
    """Turn a function into a command, with its docstring as the help.

    The options are its parameters, or the fields of its only parameter if that is a dataclass.
    Every command also has ``--debug``, which is kept in the context's ``meta``.
    """

    def add(run: Run) -> Run:
        options: Any = next(iter(get_type_hints(run).values()))
        is_grouped = is_dataclass(options)
        source: Callable[..., object] = options if is_grouped else run
        hints = get_type_hints(source, include_extras=True)
        for one in fields(options) if is_grouped else ():
            if _TAKEN in one.metadata:
                hints[one.name] = Annotated[hints[one.name], one.metadata[_TAKEN]]
        taken = inspect.signature(source).parameters.values()
        given = [one.replace(kind=_BY_NAME, annotation=hints[one.name]) for one in taken]
        wants_debug = "debug" in hints
        if not wants_debug:
            kind = {"annotation": DebugOption, "default": False}
            given.append(inspect.Parameter("debug", _BY_NAME, **kind))
        context = inspect.Parameter("ctx", _BY_NAME, annotation=typer.Context)

        def call(ctx: typer.Context, **values: Any) -> None:
            ctx.meta["debug"] = values["debug"]
            _given.set(frozenset(name for name in values if _is_on_line(ctx, name)))
            if not wants_debug:
                del values["debug"]
            made = source(**values)
            if is_grouped:
                run(made)

        vars(call)["__signature__"] = inspect.Signature([context, *given])
        text = _keep_lines(inspect.getdoc(run) or "")
        app.command(name or run.__name__, help=text, no_args_is_help=no_args_is_help)(call)
        return run

    return add


def was_given(name: str) -> bool:
    """Whether an option of the command under way stands on its command line."""
    return name in _given.get()


def _is_on_line(ctx: typer.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _keep_lines(text: str) -> str:
    """The help, in which the lines under a heading such as ``Example:`` are not joined."""
    return re.sub(r"\n\n(?=\w+:)", "\n\n\b\n", text)


def find_history(data: Path | None) -> Path | None:
    """The history's file in the folder that ``--data`` names; None for the user's own history."""
    return None if data is None else data / "history.sqlite3"


def read_side(side: SideChoice) -> Side | None:
    """The side asked for; None for the one that is found."""
    return None if side == "auto" else side
