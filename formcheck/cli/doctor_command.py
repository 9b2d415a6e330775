"""``formcheck doctor``: what works here, and how to fix what does not."""

from __future__ import annotations

import sys
from typing import Annotated, Final

import typer

from formcheck.cli.options import DataOption, ModelOption
from formcheck.cli.printing import Lines, find_width

_WORDS: Final = {"ok": "ok     ", "limited": "limited", "broken": "BROKEN "}


def doctor(
    camera: Annotated[
        str,
        typer.Option(metavar="INDEX|NAME|PATH|URL", help="Which camera, or a phone's stream."),
    ] = "0",
    model: ModelOption = "full",
    data: DataOption = None,
    voice: Annotated[
        str | None, typer.Option(metavar="NAME", help="Speak with this voice.")
    ] = None,
    voice_rate: Annotated[
        int, typer.Option(metavar="N", min=80, max=400, help="Words per minute.")
    ] = 165,
    volume: Annotated[
        int, typer.Option(metavar="N", min=0, max=100, help="Volume in per cent.")
    ] = 100,
    cameras: Annotated[bool, typer.Option("--cameras", help="Only list the cameras.")] = False,
    voices: Annotated[bool, typer.Option("--voices", help="Only list the voices.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only what needs fixing.")] = False,
) -> None:
    """Check whether a live session can work here.

    Prints one line per part: camera, model, codecs, display, voice, disk, and whether the network
    stays silent. It plays a sentence and asks whether you heard it. Exits with 1 if live
    cannot work.

    Example:
      formcheck doctor
      formcheck doctor --camera 1
      formcheck doctor --cameras
    """
    if cameras or voices:
        _list(cameras=cameras, voices=voices)
        return
    from formcheck.app.doctor import examine
    from formcheck.cli.printing import tell
    from formcheck.voice.engine import Manner, check_voice

    if voice is not None:
        check_voice(voice)
    hears = typer.confirm if sys.stdin is not None and sys.stdin.isatty() else None
    manner = Manner(voice, voice_rate, volume)
    broken = False
    lines = Lines(find_width())
    for found in examine(camera, model, data, tell, hears, manner):
        broken |= found.state == "broken"
        if quiet and found.state == "ok":
            continue
        fix = f" → {found.fix}" if found.fix else ""
        lines.put(f"{found.text}{fix}", f"{_WORDS[found.state]}  {found.part:<8} ")
    if broken:
        typer.echo("A live session cannot work here yet.", err=True)
        raise typer.Exit(1)


def _list(*, cameras: bool, voices: bool) -> None:
    """The cameras with their numbers, and the voices."""
    if cameras:
        from formcheck.video.camera_names import list_cameras

        found = list_cameras()
        for one in found:
            typer.echo(f"{one.number:3}  {one.name}")
        if not found:
            typer.echo("This system does not list its cameras: try --camera 0, 1, 2.", err=True)
    if voices:
        from formcheck.voice.engine import list_voices

        for name in list_voices():
            typer.echo(f"  {name}")
