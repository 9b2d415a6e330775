"""``formcheck doctor``: what works here, and the fix for what does not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from formcheck.cli.lines import Lines, find_width
from formcheck.cli.options import CameraOption, DebugOption, ModelOption

HELP: Final = """Check whether a live session can work here.

One line for each part: camera, model, codecs, display, voice, disk, silence of the network. Exits 1
if live cannot work.

\b
Example:
  formcheck doctor
  formcheck doctor --camera 1
"""
_WORDS: Final = {"ok": "ok     ", "limited": "limited", "broken": "BROKEN "}


def doctor(
    ctx: typer.Context,
    camera: CameraOption = "0",
    model: ModelOption = "full",
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the history is kept.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only what needs a fix.")] = False,
    debug: DebugOption = False,
) -> None:
    """Check every part; ``HELP`` is what the user reads."""
    ctx.meta["debug"] = debug
    from formcheck.app.doctor import examine
    from formcheck.cli.say import tell

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
