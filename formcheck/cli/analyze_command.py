"""``formcheck analyze``: clips in, verdicts out."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from formcheck.cli import options
from formcheck.cli.options import EXIT_FAILURE, argument, option
from formcheck.cli.overwriting import check_folder, check_targets, warn_of_saved
from formcheck.cli.printing import STDOUT, print_text, say, tell
from formcheck.errors import ArgumentError, FormcheckError, SourceError
from formcheck.notation import tell_plural

if TYPE_CHECKING:
    from formcheck.cli.apart import Apart
    from formcheck.exercises.schema import Exercise
    from formcheck.history.store import History
    from formcheck.result.models import Result

_DATED: Final = {
    "given": "as you gave it",
    "clip": "as recorded in the clip",
    "file": "when the file was last changed",
}


@dataclass(frozen=True, kw_only=True)
class AnalyzeOptions(options.ClipOptions):
    """What ``formcheck analyze`` takes."""

    clips: list[str] = argument("Video, picture, or saved poses file.", metavar="CLIP")
    routine: str | None = option(
        None, "Compare the recording with this routine, given by id or file.", metavar="ID|FILE"
    )
    neutral: str | None = option(
        None,
        "Your neutral pelvis: a file from calibrate, a clip, or seconds of one "
        "[default: the first steady upright moment].",
        metavar="FILE|CLIP[@START-END]|@START-END",
    )
    person: str | None = option(None, "The person this result belongs to.", metavar="NAME")
    out: Path | None = option(
        None, "Where to write [default: CLIP.formcheck beside it].", metavar="DIR"
    )
    video: bool = option(True, "Write the annotated video or photo.")
    report: bool | None = option(
        None,
        "Write the report page, with pictures of the worst moments "
        "[default: yes, unless only --json is asked for].",
        "--report/--no-report",
    )
    json: options.JsonOption = None
    poses: Path | None = option(
        None, "Save the poses to a file that can be given as CLIP later.", metavar="FILE"
    )
    series: Path | None = option(
        None,
        "Write what was measured and judged, one row per analysed frame.",
        metavar="FILE.csv|.jsonl|.parquet",
    )
    fail_under: float | None = option(
        None, "Exit with 1 if a clip scores lower or has no score.", metavar="SCORE"
    )
    remember: bool = option(
        False, "Add the sets to the history (see formcheck history).", "--remember"
    )
    date: str | None = option(
        None,
        "When it was recorded, for --remember [default: the clip's own date].",
        metavar="YYYY-MM-DD[THH:MM]",
    )
    data: options.DataOption = None
    force: bool = option(False, "Replace files that were not made from this clip.", "--force")
    debug: options.DebugOption = False


def analyze(asked: AnalyzeOptions) -> None:
    """Judge recorded stretches: how long the form was good, and what to correct.

    Writes report.html, the page to look at, annotated.mp4 and result.json. Exits with 0
    when done, 1 if a score is under --fail-under, 2 on failure.

    Example:
      formcheck analyze kneel.mp4
      formcheck analyze kneel.mp4 --exercise half-kneeling --json -
      formcheck analyze kneel.mp4 --neutral @3-5
      formcheck analyze session.mp4 --routine daily-relief
      formcheck analyze slowed.mp4 --fps 120
      formcheck analyze kneel.mp4 --series kneel.csv
    """
    _check(asked)
    from formcheck.cli.apart import Apart

    results: list[Result] = []
    try:
        with Apart() as apart, _open_history(asked) as history:
            n_failed = _analyze_all(apart, asked, history, results)
    finally:  # whatever ends it, what was done before is kept
        if asked.json is not None and asked.json != STDOUT and results:
            from formcheck.files import write_text

            write_text(asked.json, "".join(f"{result.to_json()}\n" for result in results))
    if n_failed:
        raise typer.Exit(EXIT_FAILURE)
    least = asked.fail_under
    if least is not None and any(r.score is None or r.score < least for r in results):
        raise typer.Exit(1)


def _check(asked: AnalyzeOptions) -> None:
    """Refuse, before any work, what contradicts itself or cannot be written."""
    asked.check_frames(asked.series)
    if asked.poses is not None and len(asked.clips) > 1:
        raise typer.BadParameter("--poses saves the poses of a single clip: give only one")
    if asked.series is not None and len(asked.clips) > 1:
        raise typer.BadParameter(
            "--series is for a single clip: give only one, or use formcheck batch"
        )
    if asked.routine is not None and (asked.exercise, asked.side) != ("auto", "auto"):
        raise typer.BadParameter(
            "--routine sets the exercises and sides: leave out --exercise and --side"
        )
    if asked.fail_under is not None and not math.isfinite(asked.fail_under):
        raise typer.BadParameter("--fail-under must be a score from 0 to 100")
    if asked.data is not None and not asked.remember:
        raise typer.BadParameter(
            "--data says where --remember keeps the sets: give --remember as well"
        )
    if asked.date is not None and not asked.remember:
        raise typer.BadParameter("--date is for --remember: give --remember as well")
    if asked.series is not None:
        from formcheck.result.table import check_table

        check_table(asked.series)
    check_targets([asked.json, asked.poses, asked.series], asked.force)
    warn_of_saved(asked.clips, asked)


def _open_history(asked: AnalyzeOptions) -> AbstractContextManager[History | None]:
    """The history, opened before the long work; None unless ``--remember`` is given."""
    if not asked.remember:
        return nullcontext()
    from formcheck.history.store import History

    return History(options.find_history(asked.data))


def _remember(
    history: History,
    clip: Path,
    at: datetime | None,
    result: Result,
    exercises: dict[str, Exercise],
) -> str:
    """Remember a clip in place of what was remembered of it before; a line that says so."""
    from formcheck.history.past import clean_name
    from formcheck.history.remember import find_origin, remember_clip
    from formcheck.history.wording import name_person, tell_day

    origin = find_origin(clip, at)
    n = remember_clip(history, result, origin, exercises)
    if not n:
        return "nothing to remember: no set was seen"
    whose = name_person(clean_name(result.person))
    when = f"{tell_day(origin.at.date(), year=True)} {origin.at:%H:%M}"
    return f"remembered: {tell_plural(n, 'set')} of {whose}, {when} ({_DATED[origin.dated_by]})"


def _read_date(text: str) -> datetime:
    """When a clip was recorded, as the user gives it: a day, or a day and a time.

    A day alone stands for its noon. Without an offset the time is that of this machine's clock.

    Raises:
        ArgumentError: it is not a date, or is in the future.
    """
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        advice = "give a day, as in 2026-05-31, or a day and a time, as in 2026-05-31T07:30"
        raise ArgumentError(f"--date {text!r}", "is not a date", advice) from error
    if len(text.strip()) <= len("2026-05-31"):
        at = at.replace(hour=12)
    at = at if at.tzinfo is not None else at.astimezone()
    if at > datetime.now(UTC) + timedelta(days=1):
        advice = "give the day when the clip was recorded"
        raise ArgumentError(f"--date {text}", "is in the future", advice)
    return at


def _analyze_all(
    apart: Apart, asked: AnalyzeOptions, history: History | None, results: list[Result]
) -> int:
    """Analyse every clip in turn, adding its result to ``results``; the number that failed."""
    from formcheck.cli.verdict import print_verdict
    from formcheck.exercises.load import list_exercises
    from formcheck.pose.track_file import is_track

    at = None if asked.date is None else _read_date(asked.date)
    exercises = list_exercises(*(asked.exercises or ()), asked=(asked.exercise,))
    n_failed = 0
    for place, clip in enumerate(asked.clips):
        try:
            folder = _choose_folder(clip, asked.clips[:place], asked)
            if is_track(Path(clip)):
                result, written = _analyze_one(clip, folder, asked)
            else:  # in another process, as its decoder may crash
                name = Path(clip).name
                result, written = apart.call(name, _analyze_one, clip, folder, asked)
        except FormcheckError as error:
            if asked.debug or len(asked.clips) == 1:
                raise
            tell(error)
            n_failed += 1
            continue
        results.append(result)
        if asked.json == STDOUT:
            print_text(result.to_json() + "\n")
        elif not asked.quiet:
            print_verdict(result, exercises, written)
        if history is not None:
            try:
                said = _remember(history, Path(clip), at, result, exercises)
            except FormcheckError as error:  # the result is not lost by it
                tell(error)
                n_failed += 1
            else:
                if not asked.quiet and asked.json != STDOUT:
                    say(f"  → {said}")
    return n_failed


def _analyze_one(clip: str, folder: Path, asked: AnalyzeOptions) -> tuple[Result, list[Path]]:
    """A clip's result, and the files that were written."""
    import formcheck
    from formcheck.cli.progress_bar import show_progress
    from formcheck.pose.track_file import is_track

    path = Path(clip)
    video = folder / "annotated.mp4" if asked.video and not is_track(path) else None
    wants_report = bool(video or asked.json is None) if asked.report is None else asked.report
    report = folder / "report.html" if wants_report else None
    # Beside a video or a page it tells the next run of which clip they are.
    kept = folder / "result.json" if video or report or asked.json is None else None
    if kept:
        _spare_others(folder, path, asked)
    with show_progress(path.name, quiet=asked.quiet) as progress:
        result = formcheck.analyze(
            path,
            routine=asked.routine,
            person=asked.person,
            neutral=asked.neutral,
            json=kept,
            video=video,
            report=report,
            poses=asked.poses,
            series=asked.series,
            progress=progress,
            **asked.shared,
        )
    shown = video.with_suffix(".jpg") if video and result.duration_s == 0 else video
    written = [shown] if shown and shown.exists() else []
    return result, [*written, *(path for path in (kept, report, asked.series) if path)]


def _spare_others(folder: Path, path: Path, asked: AnalyzeOptions) -> None:
    """Refuse a folder with files of another clip; saved poses know of which clip they are."""
    from formcheck.files import spell_out
    from formcheck.pose.track_file import is_track, load_track

    track = load_track(path) if is_track(path) else None

    def measure_s() -> float | None:
        from formcheck.video.clip import Clip

        if track is not None:
            return track.duration_s
        with Clip(path, true_hz=asked.fps) as clip:
            return clip.duration_s

    name = spell_out(path.name if track is None else track.clip)
    check_folder(folder, name, asked.force, None if asked.out is None else measure_s)


def _choose_folder(clip: str, before: list[str], asked: AnalyzeOptions) -> Path:
    """Where a clip's files go; in one ``--out`` clips of the same name are numbered."""
    path = Path(clip)
    if not path.name:
        raise SourceError(clip or "an empty name", "is a folder", "give a recorded video")
    if asked.out is None:
        return path.with_name(f"{path.name}.formcheck")
    if len(asked.clips) == 1:
        return asked.out
    n_alike = sum(Path(other).name == path.name for other in before)
    return asked.out / (f"{path.name}.formcheck" + (f"-{n_alike + 1}" if n_alike else ""))
