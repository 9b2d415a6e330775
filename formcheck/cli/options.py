"""Options that several commands share: each is worded once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from formcheck.defaults import DEFAULT_RATE_HZ
from formcheck.pose.landmarks import Side


class SideChoice(StrEnum):
    """What ``--side`` takes."""

    LEFT = "left"
    RIGHT = "right"
    AUTO = "auto"


SIDES: Final[dict[SideChoice, Side | None]] = {
    SideChoice.LEFT: "left",
    SideChoice.RIGHT: "right",
    SideChoice.AUTO: None,
}

CameraOption = Annotated[
    str,
    typer.Option(
        metavar="INDEX|PATH|URL",
        help="Which camera, or a phone's stream; a clip is played as if it were one.",
    ),
]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
EveryFrameOption = Annotated[bool, typer.Option("--every-frame", help="Analyse every frame.")]
ExerciseOption = Annotated[
    str, typer.Option(metavar="ID", help="Exercise, or auto to recognise it.")
]
FoldersOption = Annotated[
    list[Path] | None, typer.Option(metavar="DIR", help="A folder of your own exercises.")
]
FollowOption = Annotated[
    str,
    typer.Option(
        metavar="left|right|largest|X,Y",
        help="Whom to judge where several are seen; X,Y is a point of the picture, each from 0 "
        "to 1.",
    ),
]
FpsOption = Annotated[
    float | None,
    typer.Option(
        metavar="HZ",
        help="Frames a second that the camera took, where the file does not say it or is slowed.",
    ),
]
JsonOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write the Result there; - prints it alone.")
]
LandmarksOption = Annotated[
    bool,
    typer.Option(
        "--series-landmarks", help="Put each frame's 33 landmarks into the series, in pixels."
    ),
]
MirroredOption = Annotated[
    bool, typer.Option("--mirrored", help="Saved mirrored, as front cameras do.")
]
ModelOption = Annotated[str, typer.Option(metavar="lite|full|PATH", help="Pose model.")]
QuietOption = Annotated[bool, typer.Option("--quiet", help="No progress, no table.")]
RateOption = Annotated[
    float | None,
    typer.Option(
        metavar="HZ",
        help=f"Frames analysed a second [default: {DEFAULT_RATE_HZ:g}, and all where repetitions "
        "are done].",
    ),
]
SideOption = Annotated[SideChoice, typer.Option(help="The stretched side, the person's own.")]
VoiceOption = Annotated[bool, typer.Option("--voice/--mute", help="Speak, or be silent.")]
WindowOption = Annotated[bool, typer.Option(help="Show a window, or the terminal.")]


def read_rate(rate: float | None, *, every_frame: bool) -> float | None:
    """Frames to analyse a second; None for every one."""
    if rate is not None and (every_frame or not 0 < rate < float("inf")):
        raise typer.BadParameter("give a rate above 0 Hz, or --every-frame, not both")
    return None if every_frame else rate or DEFAULT_RATE_HZ


def check_fps(fps: float | None) -> None:
    """Refuse what is no rate."""
    if fps is not None and not 0 < fps < float("inf"):
        raise typer.BadParameter("--fps is a rate above 0 Hz, such as 30")


def check_landmarks(asked: bool, series: Path | None) -> None:
    """Refuse landmarks of no series."""
    if asked and series is None:
        raise typer.BadParameter("--series-landmarks is for --series: say where to write that")


def name_frame_options(rate: float | None, every_frame: bool, model: str) -> dict[str, bool]:
    """The options on how poses are taken, and whether each was given."""
    return {"--rate": rate is not None, "--every-frame": every_frame, "--model": model != "full"}
