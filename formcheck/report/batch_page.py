"""A batch as one HTML page: what became of the clips, the worst of them first.

A table's rows are looked at as they pass, and not kept.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from statistics import median
from typing import Final

from markupsafe import Markup

from formcheck.exercises.schema import Exercise
from formcheck.report import words
from formcheck.report.html import PAGE_STYLE, TEMPLATES, render_html
from formcheck.result.csv_text import Cell
from formcheck.result.models import Result, SetResult
from formcheck.result.table import Row, list_cues

MAX_ROWS: Final = 1000
"""Rows on the page; the table has all of them."""
_BIN: Final = 5.0
_N_COMMON: Final = 10
_ORDER: Final = {"failed": 0, "fix": 1, "cannot_judge": 2, "not_seen": 3, "pass": 4}
"""What is wrong comes first."""
_WITHOUT_SET: Final = {"failed": words.NOT_PROCESSED, "not_seen": words.NOT_SEEN}


@dataclass(frozen=True, slots=True)
class ExerciseSummary:
    """What became of the clips of one exercise."""

    exercise: str | None
    """None for clips in which none was seen or asked for."""
    n_clips: int
    """A clip of several exercises counts for each."""
    n_sets: int
    n_pass: int
    """Sets, those that were measured aside; so are the next two."""
    n_fix: int
    n_cannot_judge: int
    n_not_seen: int
    """Clips; so is the next."""
    n_failed: int
    median_score: float | None
    """Of its sets; None where none has a score."""
    n_measured: int = 0
    """Sets of which an assessment read something: they neither pass nor fail."""


class ClipCounts:
    """Counts rows as they pass, in the order of the table."""

    def __init__(self) -> None:
        self._counts: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
        """By exercise: how many of what, as the fields of its summary are called."""
        self._scores: defaultdict[str | None, Counter[float]] = defaultdict(Counter)
        """By exercise; they have one decimal: of any number a thousand are different."""
        self._last_clips: dict[str | None, int] = {}
        self._n_clips = 0

    def add(self, row: Row) -> None:
        """Count one more row; those of a clip come one after the other."""
        place, verdict = row["set"], row["verdict"]
        exercise = None if row["exercise"] is None else str(row["exercise"])
        if place is None or place == 1:
            self._n_clips += 1
        counts = self._counts[exercise]
        counts["n_clips"] += self._last_clips.get(exercise) != self._n_clips
        self._last_clips[exercise] = self._n_clips
        counts["n_sets"] += place is not None
        counts["n_failed"] += row["status"] == "failed"
        if verdict is not None:
            is_read = verdict == "pass" and row.get("reading") is not None
            counts["n_measured" if is_read else f"n_{verdict}"] += 1
        if isinstance(row["score"], float):
            self._scores[exercise][row["score"]] += 1

    def watch(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The same rows, each counted as it is taken."""
        for row in rows:
            self.add(row)
            yield row

    def list_exercises(self) -> list[ExerciseSummary]:
        """A summary of each exercise so far, by id; of none last."""
        names = [one.name for one in fields(ExerciseSummary) if one.name.startswith("n_")]
        return [
            ExerciseSummary(
                exercise=exercise,
                median_score=round(median(scores.elements()), 1) if scores else None,
                **{name: self._counts[exercise][name] for name in names},
            )
            for exercise in sorted(self._counts, key=lambda name: (name is None, name or ""))
            for scores in (self._scores[exercise],)
        ]


class BatchDigest:
    """Takes a table's rows as they pass and keeps what a page shows of them."""

    def __init__(self) -> None:
        """Begin with no rows."""
        self._worst: list[tuple[tuple[int, float, int], dict[str, Cell]]] = []
        """By how bad each is: the larger, the worse."""
        self._scores: Counter[tuple[str, int]] = Counter()
        self._cues: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()
        self.n_rows = self.n_clips = self.n_failed = 0

    def add(
        self,
        row: Row,
        link: str | None = None,
        cues: Sequence[str] = (),
        *,
        called: str | None = None,
        total: str = "",
        why: str | None = None,
        failure: str | None = None,
    ) -> None:
        """Look at one more row, in the order of the table.

        Args:
            row: of the table.
            link: address of the clip's own page; None where there is none.
            cues: those of the row's set one by one, which the row has joined.
            called: what its set came to, in words; None for a row without a set.
            total: how much was done of what was asked.
            why: what there is to say of it if there is nothing to correct.
            failure: why the clip could not be processed, without its name, so that equal reasons
                count together.
        """
        verdict = "failed" if row["status"] == "failed" else str(row["verdict"] or "not_seen")
        if verdict not in _ORDER:
            raise ValueError(f"a row's verdict is one of {', '.join(_ORDER)}, got {verdict!r}")
        self.n_rows += 1
        self.n_clips += row["set"] in (None, 1)
        self.n_failed += verdict == "failed"
        score = row["score"] if isinstance(row["score"], int | float) else None
        if score is not None:
            self._scores[verdict, min(int(score // _BIN), round(100 / _BIN) - 1)] += 1
        if failure is not None:
            self._errors[failure] += 1
        self._cues.update(cues)
        told = row["cues"] or why or row["why_unknown"]
        shown: dict[str, Cell] = {
            **{name: row[name] for name in ("clip", "person", "exercise", "side")},
            "place": self.n_rows,
            "link": link,
            "verdict": verdict,
            "called": called or _WITHOUT_SET.get(verdict, verdict.replace("_", " ")),
            "score": score,
            "total": total,
            "what": (row["error"] if verdict == "failed" else told) or "",
        }
        badness = -_ORDER[verdict], -101.0 if score is None else -score, -self.n_rows
        if len(self._worst) < MAX_ROWS:
            heapq.heappush(self._worst, (badness, shown))
        else:
            heapq.heappushpop(self._worst, (badness, shown))

    def add_set(
        self, row: Row, link: str | None, result: Result, one: SetResult, exercise: Exercise
    ) -> None:
        """Look at the row of a set: like `add`, with what the clip's result says of it in words."""
        asked = words.find_asked(result, one, exercise)
        is_read = one.measured is not None
        self.add(
            row, link, list_cues(one), called=words.tell_set_verdict(one, exercise, asked),
            total="" if is_read else words.tell_total(one, exercise, asked),
            why=words.tell_reading(one) if is_read else words.tell_why_not(one),
        )  # fmt: skip

    @property
    def rows(self) -> list[dict[str, Cell]]:
        """The worst rows, the worst first, as the page shows them; unknown numbers are None."""
        return [shown for _, shown in sorted(self._worst, key=lambda one: one[0], reverse=True)]

    @property
    def cues(self) -> list[tuple[str, int]]:
        """The commonest corrections, with how many sets they were due in."""
        return _rank(self._cues)

    @property
    def errors(self) -> list[tuple[str, int]]:
        """Why clips failed, the commonest reason first."""
        return _rank(self._errors)

    def draw_scores(self) -> Markup | None:
        """The distribution of scores as SVG; None where there is no score."""
        if not self._scores:
            return None
        from formcheck.report.charts import draw_scores  # loads matplotlib

        counts = {
            verdict: [self._scores[verdict, k] for k in range(round(100 / _BIN))]
            for verdict in _ORDER
        }
        return draw_scores(counts, _BIN, "scores-")


def render_batch_page(digest: BatchDigest, summaries: Sequence[ExerciseSummary], table: str) -> str:
    """The page as HTML, after the last row; ``table`` names the file that has all of them."""
    values = {
        "summaries": summaries,
        "digest": digest,
        "plot": digest.draw_scores(),
        "rows": digest.rows,
        "table": table,
        "disclaimer": words.DISCLAIMER,
    }
    styles = [PAGE_STYLE, TEMPLATES / "batch.css"]
    return render_html(TEMPLATES / "batch.html", styles, values, script=TEMPLATES / "batch.js")


def _rank(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:_N_COMMON]
