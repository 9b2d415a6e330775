"""A Result as lines on stdout: they fit the terminal, and in a pipe each thing is one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from formcheck.cli.lines import Column, Lines, find_width, write_rows
from formcheck.exercises.schema import Exercise
from formcheck.notation import tell_amount, tell_stretch
from formcheck.report.faults import FaultGroup, group_faults
from formcheck.report.verdicts import (
    GOOD_HOLD,
    GOOD_REPS,
    NOT_JUDGED,
    find_asked,
    find_exercise_id,
    find_score,
    is_measured,
    is_picture,
    tell_outcome,
    tell_reading,
    tell_set_verdict,
    tell_total,
    tell_why_not,
)
from formcheck.report.words import tell_unseen
from formcheck.result.models import Baseline, Result, SetResult
from formcheck.result.plan import PlanResult, describe_plan

_CODES: Final = {
    "pass": "PASS", "fix": "FIX", "cannot_judge": "CANNOT JUDGE", "not_seen": "NOT SEEN",
}  # fmt: skip


def print_verdict(
    result: Result, exercises: Mapping[str, Exercise], written: Sequence[Path]
) -> None:
    """Print what a person needs of a result, and where its files are.

    Args:
        result: the verdict.
        exercises: those it names, by id.
        written: files.
    """
    width = find_width()
    lines = Lines(width)
    lines.put(_name_verdict(result, exercises), bold=True)
    for text in _list_sets(result, exercises, width):
        lines.put_row(text)
    several = len(result.sets) > 1
    for number, one in enumerate(result.sets, start=1):
        where = f"set {number}: " if several else ""
        if one.measured is not None:
            lines.put(f"{where}{tell_reading(one)}", "  = ")
        if several and (why := tell_why_not(one)):
            lines.put(f"{where}{why}", "  ? ")
        for text in tell_unseen(one):
            lines.put(f"{where}{text}", "  ? ")
    for group in group_faults(result.sets, exercises):
        of = f"{group.exercise}, " if result.exercise == "mixed" else ""
        lines.put(f"{group.cue}{_tell_when(group)}  ({of}{group.measured})", "  ✗ ")
    if result.baseline.source != "none":
        lines.put(f"neutral pelvis: {_tell_neutral(result.baseline)}", "  ")
    for warning in result.warnings:
        lines.put(warning.text, "  ! ")
    if result.plan is not None:
        _print_plan(lines, result.plan)
    for path in written:
        lines.put(str(path), "  → ")


def _tell_when(group: FaultGroup) -> str:
    """How often and when; nothing of a picture."""
    if not any(fault.end_s > 0 for fault in group.faults):
        return ""
    return f"  {len(group.faults)} ×  {group.times}"


def _name_verdict(result: Result, exercises: Mapping[str, Exercise]) -> str:
    exercise = find_exercise_id(result) or "no exercise recognised"
    if result.exercise == "mixed":
        exercise = "several exercises"
    code = "MEASURED" if is_measured(result) else _CODES[result.verdict]
    words = tell_outcome(result, exercises)
    if words == NOT_JUDGED:
        words = tell_why_not(result.sets[0]) or "too little was seen or held"
    return f"{result.clip}: {exercise}, {code}: {words}"


def _list_sets(result: Result, exercises: Mapping[str, Exercise], width: int | None) -> list[str]:
    """A line a set; of several exercises each says its own, in the line or above it."""
    if not result.sets:
        return []
    number, *others = _make_columns(result, exercises)
    if result.exercise != "mixed":
        return write_rows([number, *others])
    names = Column("exercise", tuple(one.exercise for one in result.sets))
    return write_rows([number, names, *others], width, above=names)


def _make_columns(result: Result, exercises: Mapping[str, Exercise]) -> list[Column]:
    sets = result.sets
    asked = [find_asked(result, one, exercises[one.exercise]) for one in sets]
    both = list(zip(sets, asked, strict=True))
    totals = tuple(_tell_total(one, exercises[one.exercise], of) for one, of in both)
    verdicts = tuple(tell_set_verdict(one, exercises[one.exercise], of) for one, of in both)
    scores = tuple("-" if (s := find_score(one)) is None else f"{s:.0f}" for one in sets)
    return [
        Column("set", tuple(map(str, range(1, len(sets) + 1))), to_right=True),
        Column("side", tuple(one.side or "-" for one in sets)),
        Column("time", tuple(_tell_time(one) for one in sets)),
        Column(_name_totals(sets), totals, to_right=True),
        Column("confirmed", tuple(map(_tell_confirmed, sets)), to_right=True),
        Column("score", scores, to_right=True),
        Column("verdict", verdicts),
    ]


def _name_totals(sets: Sequence[SetResult]) -> str:
    if all(one.reps for one in sets):
        return GOOD_REPS
    return "good" if any(one.reps for one in sets) else GOOD_HOLD


def _tell_time(one: SetResult) -> str:
    """As in ``2.9-34.1 s``."""
    return "-" if is_picture(one) else tell_stretch(one.start_s, one.end_s).replace(" to ", "-")


def _tell_total(one: SetResult, exercise: Exercise, asked: float | None) -> str:
    is_timed = one.measured is None and not is_picture(one)
    return tell_total(one, exercise, asked) if is_timed else "-"


def _tell_confirmed(one: SetResult) -> str:
    if one.reps or one.measured is not None or is_picture(one):
        return "-"
    return tell_amount(one.confirmed_hold_s, None, "s")


def _print_plan(lines: Lines, plan: PlanResult) -> None:
    """The routine as a table, and what it comes to in one line."""
    lines.put(plan.name, bold=True)
    columns = [
        Column("step", tuple(f"{one.step} {one.exercise}" for one in plan.sets)),
        Column("side", tuple(one.side or "-" for one in plan.sets)),
        Column("set", tuple(str(one.set) for one in plan.sets)),
        Column(
            "done",
            tuple(tell_amount(one.done, one.asked, one.unit) for one in plan.sets),
            to_right=True,
        ),
        Column("status", tuple(one.status for one in plan.sets)),
    ]
    for row in write_rows(columns):
        lines.put_row(row)
    for one in plan.sets:
        if one.why:
            side = f" {one.side}" if one.side else ""
            why = one.why.replace("_", " ")
            lines.put(f"{one.exercise}{side} set {one.set}: {why}", "  ? ")
    lines.put(describe_plan(plan))


def _tell_neutral(baseline: Baseline) -> str:
    if baseline.start_s is None or baseline.end_s is None:
        return baseline.source
    when = tell_stretch(baseline.start_s, baseline.end_s)
    if baseline.source == "assumed":
        return f"assumed to be that of {when} (--neutral gives another)"
    return f"{baseline.source}, {when}"
