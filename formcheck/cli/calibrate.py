"""``formcheck calibrate``: one's neutral, kept in a file for ``--neutral``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from formcheck.errors import StoreError

HELP: Final = """Keep your neutral pelvis in a file that --neutral reads.

Takes the first steady upright moment of a clip, or the seconds you name: stand or kneel tall and
relaxed, side-on to the camera, arms off the back, best in the exercise's own position. The file
holds a few numbers about the back, no image.

\b
Example:
  formcheck calibrate me.json --clip relaxed.mp4 --exercise half-kneeling
  formcheck calibrate me.json --clip kneel.mp4@0-3
  formcheck analyze kneel.mp4 --neutral me.json
"""


def calibrate(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")],
    clip: Annotated[
        str, typer.Option(metavar="CLIP[@START-END]", help="Video, picture or saved poses.")
    ],
    exercise: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Look in this exercise's position [default: anywhere]."),
    ] = None,
    model: Annotated[str, typer.Option(metavar="lite|full|PATH", help="Pose model.")] = "full",
    exercises: Annotated[
        list[Path] | None, typer.Option(metavar="DIR", help="A folder of your own exercises.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Keep one's neutral in a file; ``HELP`` is what the user reads."""
    ctx.meta["debug"] = debug
    if file.exists() and not force:
        raise StoreError(f"{file}: exists already: give another name, or --force to replace it")
    import formcheck
    from formcheck.cli.progress import show_progress
    from formcheck.report.files import write_text

    with show_progress(Path(clip).name, quiet=quiet) as progress:
        found = formcheck.calibrate(
            clip,
            exercise=exercise,
            model=model,
            exercise_dirs=tuple(exercises or ()),
            progress=progress,
        )
    write_text(file, found.to_json())
    if not quiet:
        typer.echo(
            f"{found.clip}: neutral from {found.start_s:.1f} to {found.end_s:.1f} s, "
            f"trunk lean {found.lean_deg:.0f}°"
        )
        typer.echo(f"  → {file}   use it with: --neutral {file}")
