"""What became of many clips, exercise by exercise."""

from __future__ import annotations

import random
from collections.abc import Iterable
from statistics import median
from typing import Any

import pytest

from formcheck.report.batch_page import ClipCounts, ExerciseSummary
from formcheck.result.table import Row


def row(exercise: str | None, verdict: str | None, place: int | None = 1, **more: Any) -> Row:
    score = more.pop("score", None)
    status = "failed" if verdict is None else "ok"
    return {
        "clip": "a.mp4", "status": status, "exercise": exercise, "set": place, "verdict": verdict,
        "score": score, **more,
    }  # fmt: skip


def summarise(rows: Iterable[Row]) -> list[ExerciseSummary]:
    tally = ClipCounts()
    for one in rows:
        tally.add(one)
    return tally.list_exercises()


def test_sets_and_clips_are_counted_for_each_exercise() -> None:
    rows = [
        row("squat", "pass", 1, score=90.0),
        row("squat", "fix", 1, score=60.0),  # another clip of the same name
        row("squat", "fix", 2, score=70.0),
        row("kneel", "cannot_judge", 3),
        row("squat", "pass", 4, score=100.0),
        row("kneel", "not_seen", None),
        row("kneel", None, None),
        row(None, "not_seen", None),
        row(None, None, None),
    ]
    assert summarise(rows) == [
        ExerciseSummary("kneel", 3, 1, 0, 0, 1, 1, 1, None),
        ExerciseSummary("squat", 2, 4, 2, 2, 0, 0, 0, 80.0),
        ExerciseSummary(None, 2, 0, 0, 0, 0, 1, 1, None),
    ]
    assert summarise([]) == []


@pytest.mark.parametrize("n_rows", [1, 2, 3, 10, 999, 1000])
def test_the_median_is_exact(n_rows: int) -> None:
    chance = random.Random(n_rows)
    scores = [round(chance.uniform(0, 100), 1) for _ in range(n_rows)]
    [summary] = summarise(row("squat", "pass", score=score) for score in scores)
    assert summary.median_score == pytest.approx(median(scores), abs=0.0501)
    assert summary.n_clips == n_rows


def test_rows_are_counted_as_they_pass() -> None:
    tally = ClipCounts()
    rows = [row("squat", "pass"), row("squat", "fix", 2)]
    watched = tally.watch(iter(rows))
    assert next(watched) is rows[0]
    assert tally.list_exercises()[0].n_sets == 1
    assert list(watched) == rows[1:]
    assert tally.list_exercises()[0].n_sets == 2
