"""``formcheck calibrate``: one's neutral, kept in a file for ``--neutral``."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from formcheck.cli.options import (
    CameraOption,
    DebugOption,
    FoldersOption,
    MirroredOption,
    ModelOption,
    VoiceOption,
    WindowOption,
)
from formcheck.cli.overwriting import check_targets
from formcheck.cli.say import say, tell
from formcheck.errors import ExerciseError, SourceError

if TYPE_CHECKING:
    from formcheck.judging.calibration import Calibration

AT_CAMERA: Final = "half-kneeling"
"""The exercise in whose position a neutral is taken at the camera unless told otherwise."""

HELP: Final = """Keep your neutral pelvis in a file that --neutral reads.

At the camera it leads you into the exercise's position and keeps the first two steady seconds. From
a clip it takes the first steady upright moment, or the seconds you name. Stand or kneel tall and
relaxed, side-on to the camera, arms off the back. The file holds a few numbers about the back, no
image.

\b
Example:
  formcheck calibrate me.json
  formcheck calibrate me.json --clip relaxed.mp4 --exercise half-kneeling
  formcheck calibrate me.json --clip kneel.mp4@0-3
  formcheck analyze kneel.mp4 --neutral me.json
"""


def calibrate(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")],
    clip: Annotated[
        str | None,
        typer.Option(
            metavar="CLIP[@START-END]",
            help="Video, picture or saved poses [default: the camera].",
        ),
    ] = None,
    camera: CameraOption = "0",
    exercise: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="Look in this exercise's position [default: anywhere in a clip, half-kneeling at "
            "the camera].",
        ),
    ] = None,
    follow: Annotated[
        str,
        typer.Option(
            metavar="left|right|largest|X,Y",
            help="Whose, where several are seen; X,Y is a point of the picture, each from 0 to 1.",
        ),
    ] = "largest",
    mirrored: MirroredOption = False,
    window: WindowOption = True,
    voice: VoiceOption = True,
    model: ModelOption = "full",
    exercises: FoldersOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing.")] = False,
    debug: DebugOption = False,
) -> None:
    """Keep one's neutral in a file; ``HELP`` is what the user reads."""
    ctx.meta["debug"] = debug
    if mirrored and clip is None:
        raise typer.BadParameter("--mirrored is about a recorded clip: give --clip as well")
    check_targets([file], force)
    from formcheck.files import write_text

    if clip is None:
        found = _calibrate_at_camera(
            camera, exercise or AT_CAMERA, tuple(exercises or ()), model, follow, window, voice
        )
    else:
        from formcheck.cli.apart import Apart

        asked = (clip, exercise, tuple(exercises or ()), model, follow, mirrored, quiet)
        with Apart() as apart:
            found = apart.call(Path(clip).name, _calibrate_clip, *asked)
    write_text(file, found.to_json())
    if not quiet:
        say(
            f"{found.clip}: neutral from {found.start_s:.1f} to {found.end_s:.1f} s, "
            f"trunk lean {found.lean_deg:.0f}°"
        )
        say(f"  → {file}   use it with: --neutral {file}")


def _calibrate_clip(
    clip: str,
    exercise: str | None,
    folders: tuple[Path, ...],
    model: str,
    follow: str,
    mirrored: bool,
    quiet: bool,
) -> Calibration:
    import formcheck
    from formcheck.cli.progress_bar import show_progress

    with show_progress(Path(clip).name, quiet=quiet) as progress:
        return formcheck.calibrate(
            clip,
            exercise=exercise,
            model=model,
            follow=follow,
            mirrored=mirrored,
            exercise_dirs=folders,
            progress=progress,
        )


def _calibrate_at_camera(
    where: str,
    exercise: str,
    folders: tuple[Path, ...],
    model: str,
    follow: str,
    window: bool,
    speaks: bool,
) -> Calibration:
    from formcheck.app.live.camera_session import LiveSession, Settings
    from formcheck.app.live.estimator import LiveEstimator
    from formcheck.app.live.result_keeper import Keeper
    from formcheck.cli.live_command import choose_view, open_voice
    from formcheck.coach.flow import Flow
    from formcheck.exercises.load import load_exercise
    from formcheck.exercises.routine import make_routine
    from formcheck.judging.calibration import make_calibration
    from formcheck.pose.follow import mirror_follow, read_follow
    from formcheck.video.clip_camera import open_camera

    whom = mirror_follow(read_follow(follow))  # the picture is shown as a mirror does
    one = load_exercise(exercise, *folders)
    if not one.needs_outline:
        raise ExerciseError(exercise, "does not judge the pelvis", "it needs no neutral")
    make_view = choose_view(window=window, fullscreen=False)
    with (
        closing(LiveEstimator(model, outlines=True, follow=whom)) as estimator,
        open_voice(speaks=speaks) as voice,
        open_camera(where, tell) as source,
    ):
        flow = Flow(make_routine(one), {one.id: one}, source.height_px)
        session = LiveSession(
            flow,
            source,
            estimator,
            make_view(),
            voice,
            Keeper(None, None, session="", person=None, routine=one.id),
            settings=Settings(
                until=lambda state: state.neutral is not None,
                farewell="I have your neutral. You can relax.",
            ),
        )
        session.run()
        known = session.state.neutral
        if known is None:
            raise SourceError(
                source.name,
                f"no steady upright moment in {one.name} was seen",
                "try again, side-on to the camera, arms off the back",
            )
        return make_calibration(known, source.name, one.id)
