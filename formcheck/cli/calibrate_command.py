"""``formcheck calibrate``: your neutral pelvis, kept in a file for ``--neutral``."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from formcheck.cli import options
from formcheck.cli.options import argument, option
from formcheck.cli.overwriting import check_targets
from formcheck.cli.printing import say, tell
from formcheck.errors import ExerciseError, SourceError

if TYPE_CHECKING:
    from formcheck.judging.calibration import Calibration

AT_CAMERA: Final = "half-kneeling"
"""The exercise in whose position the neutral is found at the camera by default."""


@dataclass(frozen=True)
class CalibrateOptions:
    """What ``formcheck calibrate`` takes."""

    file: Path = argument("Where to write it.", metavar="FILE")
    clip: str | None = option(
        None, "Video, picture or saved poses [default: the camera].", metavar="CLIP[@START-END]"
    )
    camera: options.CameraOption = "0"
    exercise: str | None = option(
        None,
        "Look in this exercise's position [default: anywhere in a clip, half-kneeling at "
        "the camera].",
        metavar="ID",
    )
    follow: options.FollowOption = "largest"
    mirrored: options.MirroredOption = False
    window: options.WindowOption = True
    mute: options.MuteOption = False
    model: options.ModelOption = "full"
    exercises: options.FoldersOption = None
    force: options.ForceOption = False
    quiet: options.SilentOption = False


def calibrate(asked: CalibrateOptions) -> None:
    """Save your neutral pelvis to a file for --neutral.

    At the camera it leads you into the exercise's position and keeps the first two steady seconds.
    From a clip it takes the first steady upright moment, or the seconds you name. Stand or kneel
    tall and relaxed, side-on to the camera, arms off the back. The file contains a few numbers
    about the back, and no image.

    Example:
      formcheck calibrate me.json
      formcheck calibrate me.json --clip relaxed.mp4 --exercise half-kneeling
      formcheck calibrate me.json --clip kneel.mp4@0-3
      formcheck analyze kneel.mp4 --neutral me.json
    """
    if asked.mirrored and asked.clip is None:
        raise typer.BadParameter("--mirrored is for recorded clips: give --clip as well")
    check_targets([asked.file], asked.force)
    from formcheck.files import write_text

    if asked.clip is None:
        found = _calibrate_at_camera(asked)
    else:
        from formcheck.cli.apart import Apart

        with Apart() as apart:
            found = apart.call(Path(asked.clip).name, _calibrate_clip, asked.clip, asked)
    write_text(asked.file, found.to_json())
    if not asked.quiet:
        say(
            f"{found.clip}: neutral from {found.start_s:.1f} to {found.end_s:.1f} s, "
            f"trunk lean {found.lean_deg:.0f}°"
        )
        say(f"  → {asked.file}   use it with: --neutral {asked.file}")


def _calibrate_clip(clip: str, asked: CalibrateOptions) -> Calibration:
    import formcheck
    from formcheck.cli.progress_bar import show_progress

    with show_progress(Path(clip).name, quiet=asked.quiet) as progress:
        return formcheck.calibrate(
            clip,
            exercise=asked.exercise,
            model=asked.model,
            follow=asked.follow,
            mirrored=asked.mirrored,
            exercise_dirs=asked.exercises or (),
            progress=progress,
        )


def _calibrate_at_camera(asked: CalibrateOptions) -> Calibration:
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

    whom = mirror_follow(read_follow(asked.follow))  # it is said of the picture as shown, mirrored
    one = load_exercise(asked.exercise or AT_CAMERA, *(asked.exercises or ()))
    if not one.needs_outline:
        raise ExerciseError(one.id, "does not judge the pelvis", "it needs no neutral")
    make_view = choose_view(window=asked.window, fullscreen=False)
    settings = Settings(
        until=lambda state: state.neutral is not None,
        farewell="I have your neutral. You can relax.",
    )
    with (
        closing(LiveEstimator(asked.model, outlines=True, follow=whom)) as estimator,
        open_voice(mutes=asked.mute) as voice,
        open_camera(asked.camera, tell) as source,
    ):
        flow = Flow(make_routine(one), {one.id: one}, source.height_px)
        keeper = Keeper(None, None, session="", person=None, routine=one.id)
        session = LiveSession(
            flow, source, estimator, make_view(), voice, keeper, settings=settings
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
