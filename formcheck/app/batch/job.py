"""One clip to score, and what became of it: plain data that goes to workers and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Final, Literal

from formcheck.app.batch.content import hash_texts
from formcheck.app.batch.remote import hide_password, is_url
from formcheck.defaults import DEFAULT_RATE_HZ
from formcheck.errors import FormcheckError, put_together
from formcheck.files import spell_out
from formcheck.pose.follow import LARGEST, Follow
from formcheck.pose.landmarks import Side
from formcheck.result.csv_text import Excel

AUTO: Final = "auto"
CLIPS: Final = "clips"
"""The folder of the clips' pages, in that of all pages."""
_MAX_STEM: Final = 60
_HASH_CHARS: Final = 12
SeriesFormat = Literal["csv", "jsonl", "parquet"]


@dataclass(frozen=True, slots=True)
class Options:
    """What holds for every clip of a batch; only the first three decide a result."""

    model: str = "full"
    rate_hz: float | None = DEFAULT_RATE_HZ
    """Frames analysed a second; None analyses every one."""
    exercise_dirs: tuple[str, ...] = ()
    """Further folders of exercise files."""
    poses_dir: str | None = None
    """Where poses are kept, and looked for; None keeps none."""
    report_dir: str | None = None
    """Where pages are written; None writes none."""
    series_dir: str | None = None
    """Where each clip is written frame by frame; None writes none."""
    series_format: SeriesFormat = "csv"
    series_landmarks: bool = False
    """Write the landmarks as well."""
    excel: Excel | None = None
    """The Excel that the table is for."""


@dataclass(frozen=True, slots=True)
class Job:
    """One clip to score."""

    path: str
    """A local path or an fsspec URL."""
    name: str
    """What its rows call it: the path as it was given or found."""
    person: str | None = None
    exercise: str = AUTO
    """An exercise's id, or ``auto``."""
    side: Side | None = None
    neutral: str | None = None
    """As ``formcheck.analyze`` takes it, and so are the next three."""
    fps: float | None = None
    follow: Follow = LARGEST
    mirrored: bool = False

    @property
    def asked(self) -> tuple[object, ...]:
        """All that is asked of the clip."""
        return astuple(self)[2:]

    @property
    def file_name(self) -> str:
        """What messages about the clip's own decoding call it."""
        return Path(self.path.partition("?")[0] if is_url(self.path) else self.path).name

    def explain(self, error: Exception | str) -> str:
        """What went wrong with the clip, in one line without its name or a password."""
        names = (self.path, hide_password(self.path), self.name, self.file_name)
        text = str(error) or type(error).__name__
        if isinstance(error, FormcheckError) and error.subject in {*names, *map(spell_out, names)}:
            text = put_together(error.problem, error.advice)
        return spell_out(" ".join(hide_password(text).split()))


def name_job(job: Job) -> str:
    """What a job is filed under: the same for the same clip asked the same."""
    return hash_texts(job.path, repr(job.asked))


def list_wanted(options: Options, job: Job) -> dict[str, str]:
    """The files that a clip is to have besides its rows, by their paths, and what each is."""
    # The clip's name tells whose a file is; the hash, that no two share one.
    stem = re.sub(r"[^\w.-]+", "-", Path(job.name).name).strip("-.")[:_MAX_STEM] or "clip"
    stem = f"{stem}-{hash_texts(name_job(job))[:_HASH_CHARS]}"
    wanted = {}
    if options.report_dir is not None:
        wanted[str(Path(options.report_dir, CLIPS, f"{stem}.html"))] = "page"
    if options.series_dir is not None:
        series = str(Path(options.series_dir, f"{stem}.{options.series_format}"))
        wanted[series] = "series with landmarks" if options.series_landmarks else "series"
    return wanted


@dataclass(frozen=True, slots=True)
class ClipOutcome:
    """What became of one clip."""

    key: str
    """Of the content, the exercise files, the options and the version: what decides the result.
    Empty where the clip could not be read."""
    result: str | None
    """The Result as JSON; None where it failed."""
    error: str | None
    """What is wrong and what to do, in one line without the clip's name; None if it succeeded."""
    unwritten: Mapping[str, str] = field(default_factory=dict)
    """Why its page or series could not be written, by ``page`` or ``series``."""
    made: Mapping[str, str] = field(default_factory=dict)
    """The files that were written from this very verdict, by their paths, and what each is."""
    stamp: str | None = None
    """Of the clip's file before it was read, from ``read_stamp``; the run adds it."""

    @property
    def status(self) -> Literal["ok", "failed"]:
        """Whether it could be processed."""
        return "failed" if self.result is None else "ok"


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier run found out about a clip: the key, stamp and files of its outcome."""

    key: str
    stamp: str | None
    made: Mapping[str, str] = field(default_factory=dict)

    def has(self, key: str, wanted: Mapping[str, str]) -> bool:
        """Whether nothing has changed, and all files that are wanted were written and are there."""
        return key == self.key and all(
            self.made.get(path) == what and Path(path).exists() for path, what in wanted.items()
        )
