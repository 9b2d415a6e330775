"""A Result as lines on stdout: they fit the terminal, and in a pipe each thing is one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from formcheck.cli.printing import Lines, find_width
from formcheck.exercises.schema import Exercise
from formcheck.language import translate
from formcheck.notation import tell_amount, tell_stretch
from formcheck.report import words
from formcheck.result.models import Baseline, PlanResult, Result
from formcheck.result.plan import describe_plan

if TYPE_CHECKING:
    from formcheck.screen.live_scene import SessionSummary

_CODES: Final = {
    "pass": "PASS", "fix": "FIX", "cannot_judge": "CANNOT JUDGE", "not_seen": "NOT SEEN",
}  # fmt: skip


def print_verdict(
    result: Result, exercises: Mapping[str, Exercise], written: Sequence[Path]
) -> None:
    """Print what a person needs to know of a result, and which files were ``written``.

    The ``exercises``, by id, include those that the result names.
    """
    lines = Lines(find_width())
    lines.put(_name_verdict(result, exercises), bold=True)
    if result.sets:
        _print_sets(lines, result, exercises)
    several = len(result.sets) > 1
    for number, one in enumerate(result.sets, start=1):
        where = f"set {number}: " if several else ""
        if one.measured is not None:
            lines.put(f"{where}{words.tell_reading(one)}", "  = ")
        if several and (why := words.tell_why_not(one)):
            lines.put(f"{where}{why}", "  ? ")
        for text in words.tell_unseen(one):
            lines.put(f"{where}{text}", "  ? ")
    for group in words.group_faults(result.sets, exercises):
        of = f"{group.exercise}, " if result.exercise == "mixed" else ""
        has_times = any(fault.end_s > 0 for fault in group.faults)  # a picture has none
        when = f"  {len(group.faults)} ×  {group.times}" if has_times else ""
        lines.put(f"{group.cue}{when}  ({of}{group.measured})", "  ✗ ")
    if result.baseline.source != "none":
        lines.put(f"neutral pelvis: {_tell_neutral(result.baseline)}", "  ")
    for warning in result.warnings:
        lines.put(warning.text, "  ! ")
    if result.plan is not None:
        _print_plan(lines, result.plan)
    for path in written:
        lines.put(str(path), "  → ")


def print_summary(summary: SessionSummary, written: Sequence[Path]) -> None:
    """Print what a session came to, in its language, and which files were ``written``."""
    lines = Lines(find_width())
    lines.put(summary.title, bold=True)
    for row in summary.rows:
        lines.put(f"{row.name}: {row.amount}, {translate(row.status)}", "  ")
        if row.remark is not None:
            lines.put(row.remark, "    ")
    for note in summary.notes:
        lines.put(note, "  ! ")
    for path in written:
        lines.put(str(path), "  → ")


def _name_verdict(result: Result, exercises: Mapping[str, Exercise]) -> str:
    exercise = words.find_exercise_id(result) or "no exercise recognised"
    if result.exercise == "mixed":
        exercise = "several exercises"
    code = "MEASURED" if words.is_measured(result) else _CODES[result.verdict]
    outcome = words.tell_outcome(result, exercises)
    if outcome == words.NOT_JUDGED:
        outcome = words.tell_why_not(result.sets[0]) or "too little was seen or held"
    return f"{result.clip}: {exercise}, {code}: {outcome}"


def _print_sets(lines: Lines, result: Result, exercises: Mapping[str, Exercise]) -> None:
    """A line for each set, with its exercise in it or above it if there are several."""
    is_mixed = result.exercise == "mixed"
    by_reps = [bool(one.reps) for one in result.sets]
    total = words.GOOD_REPS if all(by_reps) else "good" if any(by_reps) else words.GOOD_HOLD
    names = ("exercise",) if is_mixed else ()
    heads = ("set", *names, "side", "time", total, "confirmed", "score", "verdict")
    rows = []
    for number, one in enumerate(result.sets, start=1):
        exercise = exercises[one.exercise]
        asked = words.find_asked(result, one, exercise)
        stretch = tell_stretch(one.start_s, one.end_s).replace(" to ", "-")
        time = "-" if words.is_picture(one) else stretch
        is_timed = one.measured is None and not words.is_picture(one)
        score = words.find_score(one)
        rows.append((
            str(number),
            *((one.exercise,) if is_mixed else ()),
            one.side or "-",
            time,
            words.tell_total(one, exercise, asked) if is_timed else "-",
            tell_amount(one.confirmed_hold_s, None, "s") if is_timed and not one.reps else "-",
            "-" if score is None else f"{score:.0f}",
            words.tell_set_verdict(one, exercise, asked),
        ))  # fmt: skip
    right = ("set", total, "confirmed", "score")
    above = "exercise" if is_mixed else None
    lines.put_table(heads, rows, to_right=right, above=above)


def _print_plan(lines: Lines, plan: PlanResult) -> None:
    """The routine as a table, and what it comes to in one line."""
    lines.put(plan.name, bold=True)
    rows = [
        (
            f"{one.step} {one.exercise}",
            one.side or "-",
            str(one.set),
            tell_amount(one.done, one.asked, one.unit),
            one.status,
        )
        for one in plan.sets
    ]
    lines.put_table(("step", "side", "set", "done", "status"), rows, to_right=("done",))
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
        return f"assumed from {when} (--neutral gives another)"
    return f"{baseline.source}, {when}"
