"""What became of many clips, exercise by exercise: sums of a table's rows, which are not kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from statistics import median

from formcheck.result.table import Row


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


@dataclass(slots=True)
class _Counts:
    last_clip: int = 0
    n_clips: int = 0
    n_sets: int = 0
    n_failed: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    scores: Counter[float] = field(default_factory=Counter)
    """Scores have one decimal: of any number of them a thousand are different."""


class ClipCounts:
    """Counts rows as they pass, in the order of the table."""

    def __init__(self) -> None:
        self._counts: dict[str | None, _Counts] = {}
        self._n_clips = 0

    def add(self, row: Row) -> None:
        """Count one more row; those of a clip come one after the other."""
        place, exercise = row["set"], row["exercise"]
        if place is None or place == 1:
            self._n_clips += 1
        counts = self._counts.setdefault(None if exercise is None else str(exercise), _Counts())
        if counts.last_clip != self._n_clips:
            counts.last_clip = self._n_clips
            counts.n_clips += 1
        counts.n_sets += place is not None
        counts.n_failed += row["status"] == "failed"
        if row["verdict"] is not None:
            is_read = row["verdict"] == "pass" and row.get("reading") is not None
            counts.verdicts["measured" if is_read else str(row["verdict"])] += 1
        if isinstance(row["score"], float):
            counts.scores[row["score"]] += 1

    def watch(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The same rows, each counted as it is taken."""
        for row in rows:
            self.add(row)
            yield row

    def list_exercises(self) -> list[ExerciseSummary]:
        """A summary of each exercise so far, by id; of none last."""
        order = sorted(self._counts, key=lambda exercise: (exercise is None, exercise or ""))
        return [
            ExerciseSummary(
                exercise=exercise,
                n_clips=counts.n_clips,
                n_sets=counts.n_sets,
                n_pass=counts.verdicts["pass"],
                n_fix=counts.verdicts["fix"],
                n_cannot_judge=counts.verdicts["cannot_judge"],
                n_not_seen=counts.verdicts["not_seen"],
                n_failed=counts.n_failed,
                median_score=_find_median(counts.scores),
                n_measured=counts.verdicts["measured"],
            )
            for exercise, counts in ((exercise, self._counts[exercise]) for exercise in order)
        ]


def _find_median(scores: Counter[float]) -> float | None:
    """To one decimal; None without scores."""
    return round(median(scores.elements()), 1) if scores else None
