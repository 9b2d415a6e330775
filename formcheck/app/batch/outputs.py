"""The journal of a batch becomes its table."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from formcheck.app.batch.content import hash_file
from formcheck.app.batch.job import AUTO, Job, Options
from formcheck.app.batch.journal import Journal, name_job
from formcheck.app.batch.pages import Missing, PageLinks, locate_series
from formcheck.errors import StoreError
from formcheck.exercises.schema import Exercise
from formcheck.report.batch_page import BatchDigest
from formcheck.result.csv_text import Excel
from formcheck.result.models import Result
from formcheck.result.table import Row, make_rows, write_table


def read_rows(
    jobs: Sequence[Job],
    options: Options,
    journal: Journal,
    columns: Sequence[str],
    exercises: Mapping[str, Exercise],
    digest: BatchDigest,
    links: PageLinks,
    seriesless: Missing,
) -> Iterator[Row]:
    """The rows of every clip, in the order of the clips, read as they are wanted."""
    for job in jobs:
        entry = journal.find(name_job(job))
        assert entry is not None, job
        kept = entry.outcome.result
        result = None if kept is None else Result.model_validate_json(kept)
        link = links.find(job, entry.outcome)
        if result is not None and (series := locate_series(options, job)) is not None:
            seriesless.is_there(series, entry.outcome.series_error)
        rows = make_rows(
            job.name,
            result,
            entry.outcome.error,
            columns,
            person=job.person,
            exercise=None if job.exercise == AUTO else job.exercise,
            side=job.side,
        )
        for row, one in zip_longest(rows, () if result is None else result.sets):
            if result is None or one is None:
                digest.add(row, link, failure=entry.outcome.error)
            else:
                digest.add_set(row, link, result, one, exercises[one.exercise])
            yield row


def write_out(
    out: Path,
    rows: Iterable[Row],
    columns: Sequence[str],
    journal: Journal,
    excel: Excel | None = None,
) -> int:
    """Write the table; the journal knows of it before, so that it is never taken for another's.

    Raises:
        StoreError: it cannot be written.
    """
    whole = out.with_name(f".{out.stem}.{os.getpid()}{out.suffix}")
    try:
        n_rows = write_table(whole, rows, columns, excel)
        journal.note_output(hash_file(whole))
        whole.replace(out)
    except StoreError as error:
        raise StoreError(out, error.problem, error.advice) from error
    except OSError as error:
        raise StoreError(
            out, f"cannot be written: {error.strerror}", "free some space, or give another --out"
        ) from error
    finally:
        whole.unlink(missing_ok=True)
    return n_rows
