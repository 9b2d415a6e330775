"""A Result as a short table on stdout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from formcheck.coach.clip import TUCK_NOT_JUDGED
from formcheck.coach.result import Baseline, Result, SetResult

_WORDS = {
    "pass": "PASS: held well",
    "fix": "FIX: see below",
    "cannot_judge": "CANNOT JUDGE: too little was seen or held",
    "not_seen": "NOT SEEN: no stretch was held",
}
_UNITS = {"deg": "°"}


def print_verdict(result: Result, written: Sequence[Path]) -> None:
    """Print what a person needs of a result, and where its files are."""
    console = Console(soft_wrap=True, highlight=False)
    exercise = result.exercise or "no exercise recognised"
    verdict = _WORDS[result.verdict]
    if any(warning.code == TUCK_NOT_JUDGED for warning in result.warnings):
        verdict += " (tuck not confirmed)"
    console.print(Text(f"{result.clip}: {exercise}, {verdict}", style="bold"))
    if result.sets:
        console.print(_make_table(result))
    for one in result.sets:
        for fault in one.faults:
            unit = one.rules[fault.rule].unit
            worst = f"{fault.worst:.0f}{_UNITS.get(unit, ' ' + unit)}"
            console.print(
                Text(
                    f"  ✗ {fault.start_s:.1f}-{fault.end_s:.1f} s  "
                    f"{fault.rule.replace('_', ' ')} {worst}: {fault.cue}"
                )
            )
    if result.baseline.source != "none":
        console.print(Text(f"  neutral pelvis: {_tell_neutral(result.baseline)}"))
    for warning in result.warnings:
        console.print(Text(f"  ! {warning.text}"))
    for path in written:
        console.print(Text(f"  → {path}"))


def _tell_neutral(baseline: Baseline) -> str:
    if baseline.start_s is None or baseline.end_s is None:
        return baseline.source
    when = f"{baseline.start_s:.1f}-{baseline.end_s:.1f} s"
    if baseline.source == "assumed":
        return f"assumed to be that of {when} (--neutral gives another)"
    return f"{baseline.source}, {when}"


def _make_table(result: Result) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for name in ("set", "side", "time", "held well", "confirmed", "score", "verdict"):
        table.add_column(name, no_wrap=True)
    for number, one in enumerate(result.sets, start=1):
        table.add_row(
            f"{number} {one.exercise}" if result.exercise == "mixed" else str(number),
            one.side or "-",
            f"{one.start_s:.1f}-{one.end_s:.1f} s",
            _held(one, result),
            f"{one.confirmed_hold_s:.1f} s",
            "-" if one.score is None else f"{one.score:.0f}",
            one.verdict.replace("_", " "),
        )
    return table


def _held(one: SetResult, result: Result) -> str:
    target_s = result.target.hold_s if result.target else None
    return f"{one.good_hold_s:.1f} s" + (f" of {target_s:g}" if target_s else "")
