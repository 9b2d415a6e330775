"""A Result as a short table on stdout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from formcheck.coach.conclude import TUCK_NOT_JUDGED
from formcheck.coach.plan import PlanResult, describe_plan
from formcheck.coach.result import Baseline, Result, SetResult
from formcheck.report.plain import make_plain
from formcheck.report.words import tell_number, tell_reading, tell_unseen

_WORDS = {
    "pass": "PASS: held well",
    "fix": "FIX: see below",
    "cannot_judge": "CANNOT JUDGE: too little was seen or held",
    "not_seen": "NOT SEEN: no stretch was held",
}


def print_verdict(result: Result, written: Sequence[Path]) -> None:
    """Print what a person needs of a result, and where its files are."""
    console = Console(soft_wrap=True, highlight=False)
    exercise = result.exercise or "no exercise recognised"
    verdict = _WORDS[result.verdict]
    if result.verdict == "pass" and all(one.measured is not None for one in result.sets):
        verdict = "MEASURED: see below"
    if any(warning.code == TUCK_NOT_JUDGED for warning in result.warnings):
        verdict += " (tuck not confirmed)"
    console.print(_write(f"{result.clip}: {exercise}, {verdict}", "bold"))
    if result.sets:
        console.print(_make_table(result))
    for one in result.sets:
        if one.measured is not None:
            console.print(Text(f"  = {tell_reading(one)}"))
        for line in tell_unseen(one):
            console.print(Text(f"  ? {line}"))
        for fault in one.faults:
            worst = tell_number(fault.worst, one.rules[fault.rule].unit)
            console.print(
                Text(
                    f"  ✗ {fault.start_s:.1f}-{fault.end_s:.1f} s  "
                    f"{fault.rule.replace('_', ' ')} {worst}: {fault.cue}"
                )
            )
    if result.baseline.source != "none":
        console.print(Text(f"  neutral pelvis: {_tell_neutral(result.baseline)}"))
    for warning in result.warnings:
        console.print(_write(f"  ! {warning.text}"))
    if result.plan is not None:
        _print_plan(console, result.plan)
    for path in written:
        console.print(_write(f"  → {path}"))


def _write(text: str, style: str = "") -> Text:
    """A line that may name what comes from outside."""
    return Text(make_plain(text, one_line=True), style=style)


def _print_plan(console: Console, plan: PlanResult) -> None:
    """The routine as a table, and what it comes to in one line."""
    table = Table(box=None, padding=(0, 1), header_style="dim")
    for name in ("step", "side", "set", "asked", "done", "status"):
        table.add_column(name, no_wrap=True)
    for one in plan.sets:
        table.add_row(
            f"{one.step} {one.exercise}",
            one.side or "-",
            str(one.set),
            f"{one.asked:g} {one.unit}",
            f"{round(one.done, 1):g} {one.unit}",
            one.status,
        )
    console.print(_write(plan.name, "bold"))
    console.print(table)
    for one in plan.sets:
        if one.why:
            side = f" {one.side}" if one.side else ""
            console.print(Text(f"  ? {one.exercise}{side} set {one.set}: {one.why}"))
    console.print(Text(describe_plan(plan)))


def _tell_neutral(baseline: Baseline) -> str:
    if baseline.start_s is None or baseline.end_s is None:
        return baseline.source
    when = f"{baseline.start_s:.1f}-{baseline.end_s:.1f} s"
    if baseline.source == "assumed":
        return f"assumed to be that of {when} (--neutral gives another)"
    return f"{baseline.source}, {when}"


def _make_table(result: Result) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    table.add_column("set", overflow="fold")
    for name in ("side", "time", "done well", "confirmed", "score", "verdict"):
        table.add_column(name, no_wrap=True)
    for number, one in enumerate(result.sets, start=1):
        table.add_row(
            f"{number} {one.exercise}" if result.exercise == "mixed" else str(number),
            one.side or "-",
            f"{one.start_s:.1f}-{one.end_s:.1f} s",
            _held(one, result),
            "-" if one.reps else f"{one.confirmed_hold_s:.1f} s",
            "-" if one.score is None else f"{one.score:.0f}",
            one.verdict.replace("_", " "),
        )
    return table


def _held(one: SetResult, result: Result) -> str:
    if one.reps:
        target = result.target.reps if result.target else None
        good = sum(rep.good for rep in one.reps)
        return f"{good} of {target or len(one.reps)} reps"
    target_s = result.target.hold_s if result.target else None
    return f"{one.good_hold_s:.1f} s" + (f" of {target_s:g}" if target_s else "")
