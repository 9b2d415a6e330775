"""One clip to score, and what became of it: plain data that goes to workers and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from formcheck.defaults import DEFAULT_RATE_HZ
from formcheck.errors import put_together
from formcheck.pose.follow import LARGEST, Follow
from formcheck.pose.landmarks import Side
from formcheck.result.csv_text import Excel

AUTO: Final = "auto"
Status = Literal["ok", "failed"]
SeriesFormat = Literal["csv", "jsonl", "parquet"]


@dataclass(frozen=True, slots=True)
class Options:
    """What holds for every clip of a batch."""

    model: str = "full"
    rate_hz: float | None = DEFAULT_RATE_HZ
    """Frames analysed a second; None analyses every one."""
    exercise_dirs: tuple[str, ...] = ()
    """Further folders of exercise files."""
    poses_dir: str | None = None
    """Where poses are kept, and looked for; None keeps none."""
    report_dir: str | None = None
    """Where pages are written; None writes none. It decides no result."""
    series_dir: str | None = None
    """Where each clip is written frame by frame; likewise, and so with the next two."""
    series_format: SeriesFormat = "csv"
    series_landmarks: bool = False
    """Write the landmarks as well."""
    excel: Excel | None = None
    """The Excel that the table is for; likewise."""


@dataclass(frozen=True, slots=True)
class Job:
    """One clip to score."""

    index: int
    """Its place among the inputs, from 0: rows come in this order."""
    path: str
    """A local path or an fsspec URL."""
    name: str
    """What its rows call it: the path as it was given or found."""
    person: str | None = None
    exercise: str = AUTO
    """An exercise's id, or ``auto``."""
    side: Side | None = None
    neutral: str | None = None
    """As ``formcheck.analyze`` takes it."""
    fps: float | None = None
    """Likewise."""
    follow: Follow = LARGEST
    """Whom to judge where several people are seen."""
    mirrored: bool = False
    """The clip was saved mirrored."""

    @property
    def asked(self) -> tuple[object, ...]:
        """All that is asked of the clip."""
        said = (self.person, self.exercise, self.side, self.neutral)
        return (*said, self.fps, self.follow, self.mirrored)


@dataclass(frozen=True, slots=True)
class Failure:
    """What became of a clip whose worker did not say it."""

    problem: str
    advice: str | None = None

    def __str__(self) -> str:
        return put_together(self.problem, self.advice)


@dataclass(frozen=True, slots=True)
class ClipOutcome:
    """What became of one clip."""

    index: int
    key: str
    """Of the content, the exercise files, the options and the version: what decides the result.
    Empty where the clip could not be read."""
    result: str | None
    """The Result as JSON; None where it failed."""
    error: str | None
    """What is wrong and what to do, in one line, without the clip's name; None where it is well."""
    duration_s: float = 0.0
    """Of the clip; 0 where it is not known."""
    page_error: str | None = None
    """Why it has no page; None where it has one, or none was asked for."""
    series_error: str | None = None
    """Likewise of its series."""
    made: Mapping[str, str] = field(default_factory=dict)
    """The files that were written of this very verdict, by their paths, and what each is."""

    @property
    def status(self) -> Status:
        """Whether it could be processed."""
        return "failed" if self.result is None else "ok"
