"""``formcheck doctor``: what works here, and how to fix what does not."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from formcheck.cli.options import DataOption, ModelOption
from formcheck.cli.printing import Lines, find_width

_WORDS: Final = {"ok": "ok     ", "limited": "limited", "broken": "BROKEN "}


def doctor(
    camera: Annotated[
        str,
        typer.Option(metavar="INDEX|PATH|URL", help="Which camera, or a phone's stream."),
    ] = "0",
    model: ModelOption = "full",
    data: DataOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only what needs a fix.")] = False,
) -> None:
    """Check whether a live session can work here.

    One line for each part: camera, model, codecs, display, voice, disk, silence of the network.
    Exits 1 if live cannot work.

    Example:
      formcheck doctor
      formcheck doctor --camera 1
    """
    from formcheck.app.doctor import examine
    from formcheck.cli.printing import tell

    broken = False
    lines = Lines(find_width())
    for found in examine(camera, model, data, tell):
        broken |= found.state == "broken"
        if quiet and found.state == "ok":
            continue
        fix = f" → {found.fix}" if found.fix else ""
        lines.put(f"{found.text}{fix}", f"{_WORDS[found.state]}  {found.part:<8} ")
    if broken:
        typer.echo("A live session cannot work here yet.", err=True)
        raise typer.Exit(1)
