"""What a batch writes: the table from its journal, and a page and a series for each clip."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Final
from urllib.parse import quote

from pydantic import ValidationError

from formcheck.app.batch.content import hash_file
from formcheck.app.batch.job import AUTO, CLIPS, ClipOutcome, Job, Options, list_wanted, name_job
from formcheck.app.batch.journal import DAMAGED, Journal
from formcheck.errors import StoreError
from formcheck.exercises.schema import Exercise
from formcheck.files import find_obstacle, write_text
from formcheck.report.batch_page import BatchDigest, ClipCounts, render_batch_page
from formcheck.result.models import Result
from formcheck.result.table import Row, check_table, list_columns, make_rows, write_table

_INDEX: Final = "index.html"
_MARK: Final = "<!-- formcheck batch -->"


@dataclass(slots=True)
class Missing:
    """Counts the clips that were judged and lack a file that they should have."""

    n: int = 0
    why: str | None = None
    """What was wrong with the first of them."""

    def is_there(self, place: Path, error: str | None) -> bool:
        """Look for a file, which a worker could write unless there was an error."""
        if error is None and place.exists():
            return True
        self.n += 1
        # A worker of a cluster that does not share the folder has written it to its own.
        unshared = StoreError(place, "is not there", "share its folder with all workers")
        self.why = self.why or error or str(unshared)
        return False


@dataclass(slots=True)
class Outputs:
    """Writes the table and the page of a whole batch, and counts what is in them."""

    jobs: Sequence[Job]
    options: Options
    journal: Journal
    exercises: Mapping[str, Exercise]
    n_rows: int = 0
    counts: ClipCounts = field(default_factory=ClipCounts)
    missing: dict[str, Missing] = field(
        default_factory=lambda: {"page": Missing(), "series": Missing()}
    )
    _digest: BatchDigest = field(default_factory=BatchDigest)

    def write(self, out: Path) -> None:
        """Write the table; the journal has its hash first, so that the next run knows it again."""
        columns = list_columns(self.exercises.values())
        whole = out.with_name(f".{out.stem}.{os.getpid()}{out.suffix}")
        try:
            rows = self.counts.watch(self._read_rows(columns))
            self.n_rows = write_table(whole, rows, columns, self.options.excel)
            self.journal.note_table(hash_file(whole))
            whole.replace(out)
        except StoreError as error:
            subject = out if error.subject == str(whole) else error.subject
            raise StoreError(subject, error.problem, error.advice) from error
        except OSError as error:
            advice = "free some space, or give another --out"
            raise StoreError(out, f"cannot be written: {error.strerror}", advice) from error
        finally:
            whole.unlink(missing_ok=True)
        if self.options.report_dir is not None:
            index = Path(self.options.report_dir) / _INDEX
            exercises = self.counts.list_exercises()
            write_text(index, render_batch_page(self._digest, exercises, out.name))

    def _read_rows(self, columns: Sequence[str]) -> Iterator[Row]:
        """The rows of every clip, in the order of the clips, read as they are wanted."""
        for job in self.jobs:
            outcome = self.journal.find(name_job(job))
            try:
                assert outcome is not None, job
                kept = outcome.result
                result = None if kept is None else Result.model_validate_json(kept)
            except ValidationError as error:
                raise StoreError(self.journal.path, *DAMAGED) from error
            link = None if result is None else self._find_files(job, outcome)
            rows = make_rows(
                job.name, result, outcome.error, columns,
                person=job.person, exercise=None if job.exercise == AUTO else job.exercise,
                side=job.side,
            )  # fmt: skip
            for row, one in zip_longest(rows, () if result is None else result.sets):
                if result is None or one is None:
                    self._digest.add(row, link, failure=outcome.error)
                else:
                    self._digest.add_set(row, link, result, one, self.exercises[one.exercise])
                yield row

    def _find_files(self, job: Job, outcome: ClipOutcome) -> str | None:
        """Look for a clip's files; the address of its page, None without one of this verdict."""
        link = None
        for path, what in list_wanted(self.options, job).items():
            place, kind = Path(path), what.split()[0]
            if self.missing[kind].is_there(place, outcome.unwritten.get(kind)) and kind == "page":
                link = quote(f"{CLIPS}/{place.name}")
        return link


def check_folders(options: Options, *, force: bool, keeps_poses: bool) -> None:
    """Raise a StoreError, before long work, if what is asked for cannot be written.

    That includes a page in the way that is not of a batch, unless ``force`` is given, and Parquet
    without pyarrow. ``keeps_poses`` says that this machine writes the poses.
    """
    report = None if options.report_dir is None else Path(options.report_dir)
    for folder, what in (
        (report, "pages"),
        (report and report / CLIPS, "pages"),
        (options.series_dir, "series"),
        (options.poses_dir if keeps_poses else None, "poses"),
    ):
        if folder is not None and (obstacle := find_obstacle(Path(folder))):
            raise StoreError(folder, obstacle, f"give another folder for the {what}")
    if options.series_dir is not None:
        check_table(Path(options.series_dir, f"clip.{options.series_format}"))
    if report is None:
        return
    index = report / _INDEX
    if index.is_dir():
        raise StoreError(index, "is a folder", "give another folder for the pages")
    if force or not index.exists():
        return
    try:
        with index.open("rb") as file:
            ours = _MARK.encode() in file.read(200)
    except OSError as error:
        raise StoreError(index, f"cannot be read: {error.strerror}") from error
    if not ours:
        raise StoreError(index, "already exists", "give another folder, or --force")
