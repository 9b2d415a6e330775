"""``formcheck analyze``: clips in, verdicts out."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from formcheck.cli.options import (
    SIDES,
    DebugOption,
    EveryFrameOption,
    ExerciseOption,
    FoldersOption,
    FollowOption,
    FpsOption,
    JsonOption,
    LandmarksOption,
    MirroredOption,
    ModelOption,
    QuietOption,
    RateOption,
    SideChoice,
    SideOption,
    check_fps,
    check_landmarks,
    name_frame_options,
    read_rate,
)
from formcheck.cli.overwriting import check_folder, check_targets, warn_of_saved
from formcheck.cli.say import STDOUT, print_text, say
from formcheck.errors import FormcheckError, SourceError

if TYPE_CHECKING:
    from formcheck.cli.apart import Apart
    from formcheck.cli.remembering import ClipMemory
    from formcheck.result.models import Result

HELP: Final = """Judge recorded stretches: how long the hold was good, what to correct.

Writes report.html, the page to look at, annotated.mp4 and result.json. Exits 0 when done, 1 under
--fail-under, 2 on failure.

\b
Example:
  formcheck analyze kneel.mp4
  formcheck analyze kneel.mp4 --exercise half-kneeling --json -
  formcheck analyze kneel.mp4 --neutral @3-5
  formcheck analyze session.mp4 --routine daily-relief
  formcheck analyze slowed.mp4 --fps 120
  formcheck analyze kneel.mp4 --series kneel.csv
"""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What one call was asked for, apart from the clips."""

    exercise: str
    routine: str | None
    side: SideChoice
    model: str
    rate_hz: float | None
    fps: float | None
    person: str | None
    neutral: str | None
    follow: str
    mirrored: bool
    exercise_dirs: tuple[Path, ...]
    out: Path | None
    video: bool
    report: bool | None
    poses: Path | None
    series: Path | None
    series_landmarks: bool
    quiet: bool


def analyze(
    ctx: typer.Context,
    clips: Annotated[
        list[str], typer.Argument(metavar="CLIP", help="Video, picture, or saved poses file.")
    ],
    exercise: ExerciseOption = "auto",
    routine: Annotated[
        str | None,
        typer.Option(
            metavar="ID|FILE", help="Check the recorded session against this routine, or its file."
        ),
    ] = None,
    side: SideOption = SideChoice.AUTO,
    neutral: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|CLIP[@START-END]|@START-END",
            help="Where your pelvis is neutral: a file from calibrate, a clip, or seconds of it "
            "[default: the first steady upright moment].",
        ),
    ] = None,
    follow: FollowOption = "largest",
    mirrored: MirroredOption = False,
    person: Annotated[str | None, typer.Option(help="Whom the result is of.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where to write [default: CLIP.formcheck beside it]."),
    ] = None,
    video: Annotated[bool, typer.Option(help="Write the annotated video, or picture.")] = True,
    report: Annotated[
        bool | None,
        typer.Option(
            "--report/--no-report",
            help="Write the report page, with pictures of the worst moments "
            "[default: unless --json alone is asked for].",
        ),
    ] = None,
    json: JsonOption = None,
    rate: RateOption = None,
    every_frame: EveryFrameOption = False,
    fps: FpsOption = None,
    poses: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Save the poses; it is accepted as a CLIP later."),
    ] = None,
    series: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv|.jsonl|.parquet",
            help="Write what was measured and judged, a row an analysed frame.",
        ),
    ] = None,
    series_landmarks: LandmarksOption = False,
    fail_under: Annotated[
        float | None,
        typer.Option(metavar="SCORE", help="Exit 1 if a clip scores less, or has no score."),
    ] = None,
    model: ModelOption = "full",
    exercises: FoldersOption = None,
    remember: Annotated[
        bool, typer.Option("--remember", help="Remember the sets: see formcheck history.")
    ] = False,
    date: Annotated[
        str | None,
        typer.Option(
            metavar="YYYY-MM-DD[THH:MM]",
            help="When it was recorded, for --remember [default: as the clip says].",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where --remember keeps the history."),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Replace files that are not of this clip."),
    ] = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Judge recorded stretches; ``HELP`` is what the user reads."""
    ctx.meta["debug"] = debug
    rate_hz = read_rate(rate, every_frame=every_frame)
    check_fps(fps)
    if poses is not None and len(clips) > 1:
        raise typer.BadParameter("--poses saves one clip's poses: give one clip")
    if series is not None and len(clips) > 1:
        raise typer.BadParameter("--series is of one clip: give one clip, or use formcheck batch")
    check_landmarks(series_landmarks, series)
    if routine is not None and (exercise != "auto" or side is not SideChoice.AUTO):
        raise typer.BadParameter(
            "--routine says its exercises and sides itself: leave out --exercise and --side"
        )
    if fail_under is not None and not math.isfinite(fail_under):
        raise typer.BadParameter("--fail-under takes a score from 0 to 100")
    if data is not None and not remember:
        raise typer.BadParameter("--data says where --remember keeps it: give --remember as well")

    if date is not None and not remember:
        raise typer.BadParameter("--date is for --remember: give --remember as well")

    plan = _Plan(
        exercise, routine, side, model, rate_hz, fps,
        person, neutral, follow, mirrored, tuple(exercises or ()), out, video, report, poses,
        series, series_landmarks, quiet,
    )  # fmt: skip
    if series is not None:
        from formcheck.result.table import check_table

        check_table(series)
    check_targets([json, poses, series], force)
    warn_of_saved(clips, name_frame_options(rate, every_frame, model))
    from formcheck.cli.apart import Apart

    results: list[Result] = []
    try:
        with Apart() as apart, _open_memory(remember, data, plan, date) as memory:
            n_failed = _analyze_all(apart, clips, plan, json, force, debug, memory, results)
    finally:  # whatever ends it, what was done before is kept
        if json is not None and json != STDOUT and results:
            from formcheck.files import write_text

            write_text(json, "".join(f"{result.to_json()}\n" for result in results))
    if n_failed:
        raise typer.Exit(2)
    if fail_under is not None and any(r.score is None or r.score < fail_under for r in results):
        raise typer.Exit(1)


def _analyze_all(
    apart: Apart,
    clips: list[str],
    plan: _Plan,
    json: Path | None,
    force: bool,
    debug: bool,
    memory: ClipMemory | None,
    results: list[Result],
) -> int:
    """Every clip in turn, its result added to the others; how many failed, at their own cost."""
    from formcheck.cli.verdict import print_verdict
    from formcheck.exercises.load import list_exercises

    exercises = list_exercises(*plan.exercise_dirs, asked=(plan.exercise,))
    n_failed = 0
    for place, clip in enumerate(clips):
        try:
            folder = _choose_folder(clip, clips[:place], plan, len(clips) > 1)
            result, written = _analyze_safely(apart, clip, folder, plan, json is None, force)
        except FormcheckError as error:
            if debug or len(clips) == 1:
                raise
            say(f"formcheck: {error}", err=True)
            n_failed += 1
            continue
        results.append(result)
        if json == STDOUT:
            print_text(result.to_json() + "\n")
        elif not plan.quiet:
            print_verdict(result, exercises, written)
        if memory is not None:
            n_failed += not _remember(memory, clip, result, plan.quiet or json == STDOUT)
    return n_failed


def _open_memory(
    remember: bool, data: Path | None, plan: _Plan, date: str | None
) -> AbstractContextManager[ClipMemory | None]:
    if not remember:
        return nullcontext()
    from formcheck.cli.remembering import open_memory, read_date

    at = None if date is None else read_date(date)
    return open_memory(data, plan.exercise_dirs, at)


def _remember(memory: ClipMemory, clip: str, result: Result, quiet: bool) -> bool:
    """Remember a clip; if that fails it is said, and its result is not lost by it."""
    try:
        said = memory.remember(Path(clip), result)
    except FormcheckError as error:
        say(f"formcheck: {error}", err=True)
        return False
    if not quiet:
        say(f"  → {said}")
    return True


def _analyze_safely(
    apart: Apart, clip: str, folder: Path, plan: _Plan, with_json: bool, force: bool
) -> tuple[Result, list[Path]]:
    """Analyse a clip where a crash of its decoder ends nothing else; saved poses need none."""
    from formcheck.pose.track_file import is_track

    if is_track(Path(clip)):
        return _analyze_one(clip, folder, plan, with_json, force)
    return apart.call(Path(clip).name, _analyze_one, clip, folder, plan, with_json, force)


def _analyze_one(
    clip: str, folder: Path, plan: _Plan, with_json: bool, force: bool
) -> tuple[Result, list[Path]]:
    import formcheck
    from formcheck.cli.progress_bar import show_progress
    from formcheck.pose.track_file import is_track

    path = Path(clip)
    video = folder / "annotated.mp4" if plan.video and not is_track(path) else None
    asked = bool(video or with_json) if plan.report is None else plan.report
    report = folder / "report.html" if asked else None
    # Beside a video or a page it tells the next run whose they are.
    kept = folder / "result.json" if video or with_json or report else None
    if kept:
        measure_s = None if plan.out is None else partial(_measure_clip_s, path, plan.fps)
        check_folder(folder, _name_clip(path), force, measure_s)
    with show_progress(path.name, quiet=plan.quiet) as progress:
        result = formcheck.analyze(
            path,
            exercise=plan.exercise,
            routine=plan.routine,
            side=SIDES[plan.side],
            model=plan.model,
            rate_hz=plan.rate_hz,
            fps=plan.fps,
            person=plan.person,
            neutral=plan.neutral,
            follow=plan.follow,
            mirrored=plan.mirrored,
            exercise_dirs=plan.exercise_dirs,
            json=kept,
            video=video,
            report=report,
            poses=plan.poses,
            series=plan.series,
            series_landmarks=plan.series_landmarks,
            progress=progress,
        )
    shown = video.with_suffix(".jpg") if video and result.duration_s == 0 else video
    written = [shown] if shown and shown.exists() else []
    return result, [*written, *(path for path in (kept, report, plan.series) if path)]


def _name_clip(path: Path) -> str:
    """What a result calls the clip: saved poses know whose they are."""
    from formcheck.files import spell_out
    from formcheck.pose.track_file import is_track, load_track

    name = load_track(path).clip if is_track(path) else path.name
    return spell_out(name)


def _measure_clip_s(path: Path, fps: float | None) -> float | None:
    """The length of a clip, or of the one that saved poses are of; None if it does not say."""
    from formcheck.pose.track_file import is_track, load_track
    from formcheck.video.clip import Clip

    if is_track(path):
        return load_track(path).duration_s
    with Clip(path, true_hz=fps) as clip:
        return clip.duration_s


def _choose_folder(clip: str, before: list[str], plan: _Plan, several: bool) -> Path:
    """Where a clip's files go; clips of one name in one ``--out`` are numbered."""
    path = Path(clip)
    if not path.name:
        raise SourceError(clip or "an empty name", "is a folder", "name a recorded video")
    if plan.out is None:
        return path.with_name(f"{path.name}.formcheck")
    if not several:
        return plan.out
    n_alike = sum(Path(other).name == path.name for other in before)
    return plan.out / (f"{path.name}.formcheck" + (f"-{n_alike + 1}" if n_alike else ""))
