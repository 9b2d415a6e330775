"""One clip scored: what every worker does, on this machine or on a cluster."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import formcheck
from formcheck.app.batch.content import PoseStore, SeenClip, hash_file, hash_texts, read_stamp
from formcheck.app.batch.job import AUTO, ClipOutcome, Job, Known, Options, list_wanted
from formcheck.app.batch.remote import is_url, open_clip
from formcheck.app.brief import Brief
from formcheck.app.calibrate import resolve_neutral, split_range
from formcheck.app.closer_look import find_track, list_losses, load_saved
from formcheck.errors import ExerciseWarning, FormcheckError, StoreError
from formcheck.exercises.load import CATALOGUE_DIR, find_exercise, list_exercises
from formcheck.exercises.schema import Exercise
from formcheck.judging.calibration import Range
from formcheck.judging.neutral import KnownNeutral
from formcheck.pose.follow import Follow
from formcheck.pose.model_files import find_model
from formcheck.pose.track import mirror_track
from formcheck.pose.track_file import is_track
from formcheck.result.judgement import Judgement
from formcheck.result.table import write_series
from formcheck.video.clip import Clip

_Stamps = tuple[tuple[Path, int, int], ...]


def score(job: Job, options: Options, known: Known | None = None) -> ClipOutcome:
    """Score one clip; one that cannot be processed has an outcome too.

    Where nothing has changed since an earlier run found what is ``known``, the outcome has its key
    and neither a result nor an error.
    """
    key = ""
    try:
        catalogue = read_catalogue(options.exercise_dirs)
        rules = _hash_rules(job, options, catalogue)
        with open_clip(job.path) as source:
            content = _find_content(job.path, source, options, known)
            key = f"{content}-{rules}"
            wanted = list_wanted(options, job)
            if known is not None and known.has(key, wanted):
                return ClipOutcome(key, None, None)
            judged = _judge(job, options, catalogue, source, content)
        made = dict(known.made) if known is not None and known.key == key else {}
        unwritten: dict[str, str] = {}
        for path, what in wanted.items():
            error = _write_beside(Path(path), what, job, judged)
            if error is None:
                made[path] = what
            else:
                made.pop(path, None)
                unwritten[what.split()[0]] = error
        return ClipOutcome(key, judged.result.to_json(), None, unwritten, made)
    except (FormcheckError, ValueError, OSError) as error:
        return ClipOutcome(key, None, job.explain(error))


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """Exercises, and what tells whether they have changed."""

    exercises: Mapping[str, Exercise]
    hashes: Mapping[str, str]
    """By id: of all that a file says of the exercise, a position that is another's included."""


def read_catalogue(folders: tuple[str, ...]) -> Catalogue:
    """The catalogue and further folders; read again once a file of them has changed."""
    stamps = []
    for folder in (CATALOGUE_DIR, *map(Path, folders)):
        for path in sorted(folder.glob("*.toml")):
            with suppress(FileNotFoundError):  # taken away since it was listed
                found = path.stat()
                stamps.append((path, found.st_mtime_ns, found.st_size))
    return _read_catalogue(folders, tuple(stamps))


@lru_cache(maxsize=16)
def _read_catalogue(folders: tuple[str, ...], _: _Stamps) -> Catalogue:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExerciseWarning)  # said before the first clip
        exercises = list_exercises(*map(Path, folders))
    hashes = {name: hash_texts(exercise.model_dump_json()) for name, exercise in exercises.items()}
    return Catalogue(exercises, hashes)


def _hash_rules(job: Job, options: Options, catalogue: Catalogue) -> str:
    """A hash of all that decides the result, apart from the clip."""
    if job.exercise != AUTO:
        find_exercise(job.exercise, catalogue.exercises)  # raises, and names similar ones
    asked = catalogue.hashes.values() if job.exercise == AUTO else [catalogue.hashes[job.exercise]]
    parts = (formcheck.__version__, _hash_model(options.model), options.rate_hz, *job.asked)
    return hash_texts(*asked, repr((*parts, _hash_neutral(job.neutral))))


def _hash_model(model: str) -> str:
    path = find_model(model)
    return hash_texts(path.stem, _hash_shared(path))


def _hash_neutral(neutral: str | None) -> str | None:
    clip = "" if neutral is None else split_range(neutral)[0]
    return _hash_shared(Path(clip)) if clip else None


def _hash_shared(path: Path) -> str:
    """The hash of a file that many clips need: a model, or one that a neutral is in."""
    stamp = read_stamp(str(path))
    return _hash_clip(path) if stamp is None else _hash_stamped(path, stamp)


@lru_cache(maxsize=1024)
def _hash_stamped(path: Path, _: str) -> str:
    return _hash_clip(path)


def _find_content(path: str, source: Path | BinaryIO, options: Options, known: Known | None) -> str:
    """The hash of a clip, which is read only if nothing else tells it."""
    if is_url(path):
        return hash_file(source)
    stamp, store = read_stamp(path), _find_store(options)
    if stamp is not None and known is not None and known.stamp == stamp:
        return known.key.partition("-")[0]
    content = None if store is None else store.find_content(path)
    if content is None:
        content = _hash_clip(Path(path))
        if store is not None and stamp is not None:
            store.note_content(path, stamp, content)
    return content


def _hash_clip(path: Path) -> str:
    """The hash of a file; a SourceError if it cannot be read."""
    try:
        return hash_file(path)
    except (OSError, ValueError):
        Clip(path).close()  # says better what is wrong with it
        raise


def _judge(
    job: Job, options: Options, catalogue: Catalogue, source: Path | BinaryIO, content: str
) -> Judgement:
    brief = Brief(catalogue.exercises, job.exercise, job.side, job.person)
    if brief.needs_outline and job.neutral is not None:
        only = None if job.exercise == AUTO else job.exercise
        rules = "" if only is None else catalogue.hashes[only]
        given = _find_neutral(
            job.neutral, _hash_neutral(job.neutral), only, rules, options,
            job.follow, job.mirrored,
        )  # fmt: skip
        brief = replace(brief, neutral=given)
    seen = _see(job, options, source, content, brief)
    judged = brief.judge(mirror_track(seen.track) if job.mirrored else seen.track)
    return judged.with_notes(seen.notes)


@lru_cache(maxsize=64)
def _find_neutral(
    neutral: str,
    content: str | None,
    exercise: str | None,
    rules: str,
    options: Options,
    follow: Follow,
    mirrored: bool,
) -> KnownNeutral | Range | None:
    """The neutral that was given: found once for all clips that it is given for.

    It is searched in the exercise's position, None for any. ``content`` and ``rules``, the hashes
    of the file that it names and of the exercise, tell that either has changed since.
    """
    only = None
    if exercise is not None:
        only = read_catalogue(options.exercise_dirs).exercises[exercise]
    return resolve_neutral(neutral, only, options.model, follow=follow, mirrored=mirrored)


def _see(
    job: Job, options: Options, source: Path | BinaryIO, content: str, brief: Brief
) -> SeenClip:
    """The poses of a clip: the kept ones, or new ones, which are kept if that is asked for."""
    store = _find_store(options)
    how = repr((_hash_model(options.model), options.rate_hz, job.fps, job.follow, job.mirrored))
    seen = None if store is None else store.find(content, how)
    if seen is None:
        if isinstance(source, Path) and is_track(source):
            return SeenClip(load_saved(source, job.fps, job.follow))
        # Where they are kept, another exercise may be looked for in them later.
        asked: Sequence[Exercise] = brief.asked if store is None else [*brief.exercises.values()]
        with Clip(source, name=job.file_name, n_threads=1, true_hz=job.fps) as clip:
            track = find_track(
                clip,
                asked,
                model=options.model,
                rate_hz=options.rate_hz,
                # It changes no landmark: a clip has the same result with and without.
                outlines=store is not None or brief.needs_outline,
                follow=job.follow,
                mirrored=job.mirrored,
                n_threads=1,
            )
            seen = SeenClip(track, list_losses(clip))
        if store is not None:
            store.keep(seen, content, how)
    return replace(seen, track=replace(seen.track, clip=job.file_name))


def _find_store(options: Options) -> PoseStore | None:
    return None if options.poses_dir is None else PoseStore(Path(options.poses_dir))


def _write_beside(path: Path, what: str, job: Job, judged: Judgement) -> str | None:
    """Write a page, without pictures, or a series; why that failed, which costs no result."""
    try:
        if what == "page":
            from formcheck.app.clip_report import ReportMaker  # plots take a while to import

            ReportMaker(judged).write(path)
        else:
            track = judged.track if "landmarks" in what else None
            write_series(path, judged.timeline, track, job.name)
    except StoreError as error:
        with suppress(OSError):  # lest that of an earlier verdict be taken for this one's
            path.unlink(missing_ok=True)
        return str(error)
    return None
